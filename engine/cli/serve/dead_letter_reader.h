/*
 * dead_letter_reader: reads fen.dlq.v1 whole and goes on, for what finance sees of it.
 *
 * It belongs to no group and commits nothing. Whatever goes wrong concerns this view alone: it is
 * logged, the board is emptied, and the topic is read from its beginning again.
 *
 * Threads: start, stop: start-up. It runs one thread of its own.
 */
#ifndef FEN_CLI_SERVE_DEAD_LETTER_READER_H
#define FEN_CLI_SERVE_DEAD_LETTER_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "api/dead_letter_board.h"
#include "stream/kafka_config.h"

struct fen_dead_letter_reader;

/* Begin to read into `board`, which, as `config`, must outlive the reader. */
struct fen_dead_letter_reader *fen_dead_letter_reader_start(const struct fen_kafka_config *config,
                                                            struct fen_dead_letter_board *board)
    FEN_MUST_USE;

/* Ask the thread to end, without waiting for it. NULL is fine, here and below. */
void fen_dead_letter_reader_ask_to_stop(struct fen_dead_letter_reader *reader);

/*
 * Wait for it and free the reader; false when it did not end within `timeout_ms`: then nothing may
 * be freed, and the process leaves by _exit.
 */
bool fen_dead_letter_reader_stop(struct fen_dead_letter_reader *reader,
                                 uint32_t timeout_ms) FEN_MUST_USE;

#endif /* FEN_CLI_SERVE_DEAD_LETTER_READER_H */
