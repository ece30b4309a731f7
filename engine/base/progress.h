/*
 * progress: a bar on standard error for work that takes a while.
 *
 * Drawn only where somebody can see it (stderr is a terminal and TERM is not "dumb"); elsewhere it
 * does nothing, so that callers need not ask. Redrawn at most ten times a second.
 *
 * Threads: a bar belongs to one thread; nothing else should write to the terminal meanwhile.
 */
#ifndef FEN_BASE_PROGRESS_H
#define FEN_BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct fen_progress {
    const char *title; /* borrowed */
    uint64_t total;    /* 0: not known, a count without a bar is shown */
    int64_t start_ms;
    int64_t drawn_ms;
    bool is_visible;
    bool has_color;
};

/* Begin; `title` must outlive the bar. */
void fen_progress_init(struct fen_progress *progress, const char *title, uint64_t total);

/* `done` of `total` units are done. Cost: a clock read, rarely a write. */
void fen_progress_update(struct fen_progress *progress, uint64_t done);

/* Draw the last state and leave the bar's line behind. */
void fen_progress_deinit(struct fen_progress *progress, uint64_t done);

#endif /* FEN_BASE_PROGRESS_H */
