/*
 * schedule: what is due when; a binary heap, ties in the order in which they were put in.
 *
 * Threads: one.
 */
#ifndef FEN_CLI_SALE_SCHEDULE_H
#define FEN_CLI_SALE_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

/* One thing to do: `kind` and the numbers mean something to the caller alone. */
struct fen_due {
    int64_t at_ms;
    uint32_t subject;
    uint16_t kind;
    uint16_t part;
    uint64_t turn; /* set by push */
};

struct fen_schedule {
    struct fen_due *items; /* owned */
    uint32_t count;
    uint32_t capacity;
    uint64_t turn;
};

/* Free what is still due. */
void fen_schedule_deinit(struct fen_schedule *schedule);

/* Put a thing in; its turn is set here. */
void fen_schedule_push(struct fen_schedule *schedule, struct fen_due due);

/* The moment of the first thing due; INT64_MAX when there is none. */
int64_t fen_schedule_first_ms(const struct fen_schedule *schedule);

/* Take the first thing due; false when there is none. */
bool fen_schedule_pop(struct fen_schedule *schedule, struct fen_due *due_out);

#endif /* FEN_CLI_SALE_SCHEDULE_H */
