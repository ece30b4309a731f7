/*
 * memory_group: the consumer group of a memory_log: members, generations, assignment by range.
 *
 * Eager: when somebody joins or leaves, every member first gives up all it has; when all have, the
 * next generation shares the partitions of each topic out among the members that want it, in the
 * order of their names, in contiguous ranges.
 *
 * Threads: that of the log. For memory_log.c; its functions are named in memory_log.h.
 */
#ifndef FEN_WIRE_MEMORY_GROUP_H
#define FEN_WIRE_MEMORY_GROUP_H

#include "base/assert.h"
#include "wire/memory_log.h"

struct fen_memory_group;

/* A group without members over the log, which must outlive it; the log creates and destroys it. */
struct fen_memory_group *fen_memory_group_create(const struct fen_memory_log *log) FEN_MUST_USE;
void fen_memory_group_destroy(struct fen_memory_group *group);

/* The log's group. */
struct fen_memory_group *fen_memory_log_group(const struct fen_memory_log *log);

#endif /* FEN_WIRE_MEMORY_GROUP_H */
