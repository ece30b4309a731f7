/*
 * memory_sink: a worker's sink on a memory_log: one transactional producer.
 *
 * Threads: that of the log.
 */
#ifndef FEN_WIRE_MEMORY_SINK_H
#define FEN_WIRE_MEMORY_SINK_H

#include "base/assert.h"
#include "wire/memory_log.h"
#include "wire/sink.h"

/* `id`, copied, is the transactional id, by which a successor finds what is left. Never NULL. */
struct fen_sink *fen_memory_sink_create(struct fen_memory_log *log, const char *id) FEN_MUST_USE;

#endif /* FEN_WIRE_MEMORY_SINK_H */
