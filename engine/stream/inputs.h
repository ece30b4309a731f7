/*
 * inputs: which topics a worker subscribes to, by its stages, and which a follower.
 *
 * Threads: constant; any.
 */
#ifndef FEN_STREAM_INPUTS_H
#define FEN_STREAM_INPUTS_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/topic.h"

#define FEN_INPUT_COUNT_MAX 8u

/* The topics, in the order of enum fen_topic; returns how many. */
uint32_t fen_inputs_list(bool has_split, bool has_post,
                         enum fen_topic topics_out[FEN_INPUT_COUNT_MAX]);

/* Those of a follower (follower.h): the ledger and the accounts. */
uint32_t fen_inputs_list_followed(enum fen_topic topics_out[FEN_INPUT_COUNT_MAX]);

#endif /* FEN_STREAM_INPUTS_H */
