/*
 * start_refusal: tells whoever started fen what a worker found that it must not go on from, and
 * what to do about it, in their language (stream/start_fault.h).
 *
 * Threads: main.
 */
#ifndef FEN_CLI_SERVE_START_REFUSAL_H
#define FEN_CLI_SERVE_START_REFUSAL_H

#include "cli/exit_code.h"
#include "stream/start_fault.h"

/* Say it on stderr, with topic, partition and the mend. Returns: CONFIG. */
enum fen_exit fen_start_refusal_say(const struct fen_start_fault *fault);

#endif /* FEN_CLI_SERVE_START_REFUSAL_H */
