/*
 * memory_source: a worker's source on a memory_log.
 *
 * It never waits: poll answers at once. Destroyed without close, it crashed: its member keeps its
 * place until another source joins by its name or the log expires it.
 *
 * Threads: that of the log.
 */
#ifndef FEN_WIRE_MEMORY_SOURCE_H
#define FEN_WIRE_MEMORY_SOURCE_H

#include "base/assert.h"
#include "wire/memory_log.h"
#include "wire/source.h"

/* Joins at the first poll. `instance` and `topics` are copied. Never NULL. */
struct fen_source *fen_memory_source_create(struct fen_memory_log *log, const char *instance,
                                            const enum fen_topic *topics,
                                            uint32_t topic_count) FEN_MUST_USE;

#endif /* FEN_WIRE_MEMORY_SOURCE_H */
