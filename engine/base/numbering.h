/*
 * numbering: texts by number, from 0 in the order in which they first come.
 *
 * Why: what is asked of each pair of texts over and over is asked of numbers instead, and an array
 * by number takes the place of a search.
 *
 * Memory    of an arena, at most half full: 24 to 32 bytes for each text there is room for, which
 *           doubles when more come; texts are borrowed.
 * Threads   the arena's owner.
 */
#ifndef FEN_BASE_NUMBERING_H
#define FEN_BASE_NUMBERING_H

#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

struct fen_numbering {
    struct fen_arena *arena;
    struct fen_str *texts; /* by number */
    uint32_t count, room;
    uint32_t *table; /* number + 1; 0: free */
    uint32_t mask;
};

/* An empty one with room for `room` texts at first; valid as long as the arena's memory. */
struct fen_numbering fen_numbering_create(struct fen_arena *arena, uint32_t room) FEN_MUST_USE;

/* The text's number: of a new one the next. */
uint32_t fen_numbering_number(struct fen_numbering *numbering, struct fen_str text);

#endif /* FEN_BASE_NUMBERING_H */
