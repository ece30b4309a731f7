/* plan_diff_list: see the header. */
#include "cli/plan/plan_diff_list.h"

#include <stdlib.h>

#include "cli/options/language.h"
#include "cli/plan/plan_phrase.h"

static const char *const commas[] = {", ", "、", "，"};
static const char *const semicolons[] = {"; ", "；"};
#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof *(array)))

static bool begins(struct fen_str text, const char *with, uint32_t *size_out)
{
    struct fen_str head = fen_str_from(with);
    *size_out = head.size;
    return text.size >= head.size && memcmp(text.data, head.data, head.size) == 0;
}

/* How many bytes of a quoted text come next, its quotes included; 0: none does. */
static uint32_t quoted_size(struct fen_str text)
{
    const char *close = fen_language_pick("\"", "”");
    uint32_t at, size;
    if (!begins(text, fen_language_pick("\"", "“"), &at))
        return 0;
    for (; at < text.size; at++) {
        if (!begins((struct fen_str){text.data + at, text.size - at}, close, &size))
            continue;
        at += size;
        if (!begins((struct fen_str){text.data + at, text.size - at}, close, &size))
            return at; /* else it is doubled: a quote within the text */
        at += size - 1;
    }
    return text.size;
}

/* Cut the text up to the next separator off `rest`. */
static struct fen_str next_part(struct fen_str *rest, const char *const *separators,
                                uint32_t separator_count)
{
    uint32_t at = 0;
    while (at < rest->size) {
        struct fen_str here = {rest->data + at, rest->size - at};
        for (uint32_t i = 0; i < separator_count; i++) {
            uint32_t size;
            if (!begins(here, separators[i], &size))
                continue;
            struct fen_str part = {rest->data, at};
            *rest = (struct fen_str){here.data + size, here.size - size};
            return part;
        }
        uint32_t quoted = quoted_size(here);
        at += quoted > 0 ? quoted : 1;
    }
    struct fen_str part = *rest;
    rest->size = 0;
    return part;
}

static int compare_parts(const void *a, const void *b)
{
    return fen_str_compare(*(const struct fen_str *)a, *(const struct fen_str *)b);
}

static struct fen_diff_group group_of(struct fen_arena *arena, struct fen_str text, bool has_key)
{
    struct fen_diff_group group = {.key = FEN_STR(""), .text = text};
    const char *blank = has_key ? memchr(text.data, ' ', text.size) : NULL;
    uint32_t capacity = 0;
    if (blank != NULL) {
        uint32_t size = (uint32_t)(blank - text.data);
        group.key = (struct fen_str){text.data, size};
        group.text = (struct fen_str){blank + 1, text.size - size - 1};
    }
    struct fen_str rest = group.text;
    while (rest.size > 0) {
        struct fen_str part = next_part(&rest, commas, COUNT_OF(commas));
        FEN_ARENA_PUSH(arena, group.parts, group.part_count, capacity, part);
    }
    if (group.part_count > 1)
        qsort(group.parts, group.part_count, sizeof *group.parts, compare_parts);
    return group;
}

struct fen_diff_groups fen_diff_groups_of(struct fen_arena *arena, struct fen_str phrase,
                                          bool has_keys)
{
    struct fen_diff_groups groups = {0};
    while (phrase.size > 0) {
        struct fen_str text = next_part(&phrase, semicolons, COUNT_OF(semicolons));
        struct fen_diff_group group = group_of(arena, text, has_keys);
        FEN_ARENA_PUSH(arena, groups.items, groups.count, groups.capacity, group);
    }
    return groups;
}

const struct fen_diff_group *fen_diff_group_find(const struct fen_diff_groups *groups,
                                                 struct fen_str key)
{
    for (uint32_t index = 0; index < groups->count; index++)
        if (fen_str_equal(groups->items[index].key, key))
            return &groups->items[index];
    return NULL;
}

bool fen_diff_group_equal(const struct fen_diff_group *one, const struct fen_diff_group *other)
{
    if (one == NULL || other == NULL || one->part_count != other->part_count)
        return one == other;
    for (uint32_t index = 0; index < one->part_count; index++)
        if (!fen_str_equal(one->parts[index], other->parts[index]))
            return false;
    return true;
}

bool fen_diff_is_same(struct fen_arena *arena, struct fen_str one, struct fen_str other,
                      bool has_keys)
{
    struct fen_diff_groups left = fen_diff_groups_of(arena, one, has_keys);
    struct fen_diff_groups right = fen_diff_groups_of(arena, other, has_keys);
    if (left.count != right.count)
        return false;
    for (uint32_t index = 0; index < left.count; index++)
        if (!fen_diff_group_equal(&left.items[index],
                                  fen_diff_group_find(&right, left.items[index].key)))
            return false;
    return true;
}

struct fen_str fen_diff_missing(struct fen_arena *arena, const struct fen_diff_group *group,
                                const struct fen_diff_group *other)
{
    struct fen_str list = FEN_STR("");
    for (uint32_t index = 0; index < group->part_count; index++)
        if (other->part_count == 0 || bsearch(&group->parts[index], other->parts,
                                              other->part_count, sizeof *other->parts,
                                              compare_parts) == NULL)
            list = fen_phrase_joined(arena, list, fen_language_pick(", ", "、"),
                                     group->parts[index]);
    return list;
}
