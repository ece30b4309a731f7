/*
 * plan_diff_list: lists that a plan's phrases hold, taken apart again, so that two plans can be
 * compared by what is in a list, whatever its order.
 *
 * A phrase is groups parted by semicolons, a group is parts parted by commas; what the author wrote
 * stands in quotes where it has such signs itself (fen_phrase_quoted), so that nothing is parted
 * that belongs together.
 *
 * Threads: any; the arena is the caller's.
 */
#ifndef FEN_CLI_PLAN_PLAN_DIFF_LIST_H
#define FEN_CLI_PLAN_PLAN_DIFF_LIST_H

#include <stdbool.h>

#include "base/arena.h"

/* "sku a, b": the key and the parts, sorted by their bytes. */
struct fen_diff_group {
    struct fen_str key; /* "": the groups have none */
    struct fen_str text; /* all parts as they stood */
    struct fen_str *parts;
    uint32_t part_count;
};

struct fen_diff_groups {
    struct fen_diff_group *items;
    uint32_t count, capacity;
};

/* The groups of a phrase; `has_keys`: the first word of each is its key. */
struct fen_diff_groups fen_diff_groups_of(struct fen_arena *arena, struct fen_str phrase,
                                          bool has_keys);

/* The group with the key; NULL: there is none. */
const struct fen_diff_group *fen_diff_group_find(const struct fen_diff_groups *groups,
                                                 struct fen_str key);

/* Whether two groups have the same parts; a group that is NULL has none. */
bool fen_diff_group_equal(const struct fen_diff_group *one, const struct fen_diff_group *other);

/* Whether two phrases have the same groups of the same parts. */
bool fen_diff_is_same(struct fen_arena *arena, struct fen_str one, struct fen_str other,
                      bool has_keys);

/* The parts of `group` that `other` lacks, with commas between them; "": none. */
struct fen_str fen_diff_missing(struct fen_arena *arena, const struct fen_diff_group *group,
                                const struct fen_diff_group *other);

#endif /* FEN_CLI_PLAN_PLAN_DIFF_LIST_H */
