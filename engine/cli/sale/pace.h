/*
 * pace: so many a second, open loop: each has its moment, whatever the ones before it took.
 *
 * Threads: one.
 */
#ifndef FEN_CLI_SALE_PACE_H
#define FEN_CLI_SALE_PACE_H

#include <stdint.h>

struct fen_pace {
    int64_t rate; /* a second; 0: no limit */
    int64_t start_ns;
    uint64_t count;
};

/* Begin now. */
void fen_pace_init(struct fen_pace *pace, int64_t rate);

/* Wait for the next one's moment; at once when that has passed, or without a rate. */
void fen_pace_wait(struct fen_pace *pace);

#endif /* FEN_CLI_SALE_PACE_H */
