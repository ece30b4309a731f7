/* rate_merge: see the header. */
#include "cli/plan/rate_merge.h"

#include "plan/review.h"

/* Lists of more pairs of items than that are not compared item by item. */
#define PAIR_COUNT_MAX 4000000u

/* A value of the file that is to become another. */
struct change {
    const struct fen_node *actual, *before, *after;
    const struct fen_words *words; /* of its keys; NULL: it has none */
};

struct merging {
    struct fen_text_edit *edit;
    struct fen_arena *arena;
    struct fen_str before, after; /* what the nodes of the old and the new rule were read from */
    struct change *pending;
    uint32_t pending_count, pending_capacity;
};

/* The bytes of a text from one character to another. */
static struct fen_str slice(struct fen_str text, uint32_t start, uint32_t end)
{
    uint32_t from = 0, to = 0;
    for (uint32_t character = 0; character < end && to < text.size; character++) {
        to++;
        while (to < text.size && ((unsigned char)text.data[to] & 0xC0) == 0x80)
            to++;
        from = character + 1 == start ? to : from;
    }
    return (struct fen_str){text.data + from, to - from};
}

static struct fen_str text_of(const struct merging *merging, const struct fen_node *value)
{
    return slice(merging->after, value->start, value->end);
}

static struct fen_str entry_of(const struct merging *merging, const struct fen_node *value)
{
    return slice(merging->after, value->key->start, value->end);
}

/* Whether a value of the old rule is one of the new: both are written in the same way. */
static bool is_same(const struct merging *merging, const struct fen_node *before,
                    const struct fen_node *after)
{
    if (before->kind == FEN_NODE_SCALAR && after->kind == FEN_NODE_SCALAR)
        return fen_str_equal(before->place.text, after->place.text);
    return fen_str_equal(slice(merging->before, before->start, before->end),
                         text_of(merging, after));
}

/* Whether one item is the other, maybe changed: tiers by where they begin. */
static bool is_partner(const struct fen_node *before, const struct fen_node *after)
{
    if (before->kind == FEN_NODE_LIST && before->first != NULL)
        before = before->first;
    if (after->kind == FEN_NODE_LIST && after->first != NULL)
        after = after->first;
    return fen_str_equal(before->place.text, after->place.text);
}

static void push(struct merging *merging, const struct fen_node *actual,
                 const struct fen_node *before, const struct fen_node *after,
                 const struct fen_words *words)
{
    struct change change = {actual, before, after, words};
    if (!is_same(merging, before, after))
        FEN_ARENA_PUSH(merging->arena, merging->pending, merging->pending_count,
                       merging->pending_capacity, change);
}

/* The words of the keys of a rule's value; NULL: it has none. */
static const struct fen_words *words_of(const struct fen_words *words, int key)
{
    if (words != &fen_rule_keys)
        return NULL;
    switch (key) {
    case FEN_RULE_KEY_WHEN: return &fen_when_keys;
    case FEN_RULE_KEY_PAY: return &fen_pay_keys;
    case FEN_RULE_KEY_CAP: return &fen_cap_keys;
    case FEN_RULE_KEY_SPLIT: return &fen_portion_roles;
    case FEN_RULE_KEY_HOLD: return &fen_hold_keys;
    default: return NULL;
    }
}

/* Whether a key of the file is in neither version, or in the new one: it stays. */
static bool keeps_key(const struct fen_node *value, const struct fen_node *before,
                      const struct fen_node *after, const struct fen_words *words)
{
    const struct fen_word *word = fen_words_find(words, value->key->place.text);
    return word == NULL || fen_review_value(after, words, word->value) != NULL ||
           fen_review_value(before, words, word->value) == NULL;
}

static void merge_values(struct merging *merging, const struct fen_node *actual,
                         const struct fen_node *before, const struct fen_node *after,
                         const struct fen_words *words, const bool *is_removed)
{
    uint32_t insert_count = 0;
    struct fen_text_insert *inserts =
        fen_arena_allocate(merging->arena, ((size_t)after->child_count + 1) * sizeof *inserts);
    for (const struct fen_node *value = after->first; value != NULL; value = value->next) {
        int key = fen_words_find(words, value->key->place.text)->value;
        const struct fen_node *old = fen_review_value(before, words, key);
        const struct fen_node *place = fen_review_value(actual, words, key);
        if (place != NULL && old != NULL)
            push(merging, place, old, value, words_of(words, key));
        else if (place != NULL)
            fen_text_edit_replace(merging->edit, place, text_of(merging, value));
        else if (old == NULL || !is_same(merging, old, value))
            inserts[insert_count++] =
                (struct fen_text_insert){NULL, entry_of(merging, value)};
    }
    fen_text_edit_children(merging->edit, actual, is_removed, inserts, insert_count);
}

static void merge_mapping(struct merging *merging, const struct fen_node *actual,
                          const struct fen_node *before, const struct fen_node *after,
                          const struct fen_words *words)
{
    bool *is_removed = fen_arena_allocate_zeroed(merging->arena, (size_t)actual->child_count + 1);
    bool keeps_one = false;
    uint32_t index = 0;
    for (const struct fen_node *value = actual->first; value != NULL; value = value->next) {
        is_removed[index] = !keeps_key(value, before, after, words);
        keeps_one = keeps_one || !is_removed[index];
        index++;
    }
    if (keeps_one)
        merge_values(merging, actual, before, after, words, is_removed);
    else
        fen_text_edit_replace(merging->edit, actual, text_of(merging, after));
}

/* The items of a list by number; a single value is a list of itself. */
static const struct fen_node **items_of(struct merging *merging, const struct fen_node *node,
                                        uint32_t *count_out)
{
    bool is_list = node->kind == FEN_NODE_LIST;
    *count_out = is_list ? node->child_count : 1;
    const struct fen_node **items =
        fen_arena_allocate(merging->arena, ((size_t)*count_out + 1) * sizeof *items);
    const struct fen_node *item = is_list ? node->first : node;
    for (uint32_t index = 0; index < *count_out; index++, item = item->next)
        items[index] = item;
    return items;
}

/* Items in a gap between partners take each other's place when there are as many of them. */
static void pair_gap(struct fen_rate_items *items, uint32_t old_start, uint32_t old_end,
                     uint32_t new_start, uint32_t new_end)
{
    if (old_end - old_start != new_end - new_start)
        return;
    for (uint32_t index = new_start; index < new_end; index++)
        items->partners[index] = old_start + (index - new_start);
}

static void pair_gaps(struct fen_rate_items *items)
{
    uint32_t old_start = 0, new_start = 0;
    for (uint32_t index = 0; index < items->new_count; index++) {
        uint32_t partner = items->partners[index];
        if (partner == FEN_RATE_NO_ITEM)
            continue;
        pair_gap(items, old_start, partner, new_start, index);
        old_start = partner + 1;
        new_start = index + 1;
    }
    pair_gap(items, old_start, items->old_count, new_start, items->new_count);
}

/* The longest run of partners in the order of both lists. */
static void pair_items(struct merging *merging, const struct fen_node **old,
                       const struct fen_node **new, struct fen_rate_items *items)
{
    size_t width = (size_t)items->new_count + 1;
    for (uint32_t at = 0; at < items->new_count; at++)
        items->partners[at] = FEN_RATE_NO_ITEM;
    if (width * (items->old_count + 1) > PAIR_COUNT_MAX)
        return;
    uint32_t *lengths = fen_arena_allocate_zeroed(
        merging->arena, width * (items->old_count + 1) * sizeof *lengths);
    for (uint32_t i = items->old_count; i-- > 0;)
        for (uint32_t j = items->new_count; j-- > 0;) {
            uint32_t down = lengths[(i + 1) * width + j], right = lengths[i * width + j + 1];
            lengths[i * width + j] = is_partner(old[i], new[j])
                                         ? lengths[(i + 1) * width + j + 1] + 1
                                         : (down > right ? down : right);
        }
    for (uint32_t i = 0, j = 0; i < items->old_count && j < items->new_count;) {
        if (is_partner(old[i], new[j]))
            items->partners[j++] = i++;
        else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])
            i++;
        else
            j++;
    }
    pair_gaps(items);
}

static void merge_list(struct merging *merging, const struct fen_node *actual,
                       const struct fen_node *before, const struct fen_node *after)
{
    struct fen_rate_items items;
    uint32_t actual_count;
    const struct fen_node **places = items_of(merging, actual, &actual_count);
    const struct fen_node **old = items_of(merging, before, &items.old_count);
    const struct fen_node **new = items_of(merging, after, &items.new_count);
    if (actual_count != items.old_count) {
        fen_text_edit_replace(merging->edit, actual, text_of(merging, after));
        return;
    }
    items.partners =
        fen_arena_allocate(merging->arena, ((size_t)items.new_count + 1) * sizeof *items.partners);
    items.texts =
        fen_arena_allocate(merging->arena, ((size_t)items.new_count + 1) * sizeof *items.texts);
    pair_items(merging, old, new, &items);
    for (uint32_t index = 0; index < items.new_count; index++) {
        uint32_t partner = items.partners[index];
        items.texts[index] = text_of(merging, new[index]);
        if (partner != FEN_RATE_NO_ITEM)
            push(merging, places[partner], old[partner], new[index], NULL);
    }
    fen_rate_merge_items(merging->edit, actual, &items);
}

/* One value that was written as a list stays one where that keeps a comment. */
static bool is_list_kept(const struct merging *merging, const struct fen_node *actual,
                         const struct fen_node *after)
{
    return actual->kind == FEN_NODE_LIST &&
           (after->kind == FEN_NODE_LIST || !actual->is_flow ||
            fen_text_edit_has_comment(merging->edit, actual));
}

static void merge(struct merging *merging, const struct change *change)
{
    const struct fen_node *actual = change->actual, *after = change->after;
    if (change->words != NULL && actual->kind == FEN_NODE_MAPPING &&
        change->before->kind == FEN_NODE_MAPPING && after->kind == FEN_NODE_MAPPING)
        merge_mapping(merging, actual, change->before, after, change->words);
    else if (is_list_kept(merging, actual, after))
        merge_list(merging, actual, change->before, after);
    else
        fen_text_edit_replace(merging->edit, actual, text_of(merging, after));
}

/* NULL: the text has signs that YAML does not take. */
static const struct fen_node *read(struct fen_str text, struct fen_arena *arena)
{
    struct fen_diagnostics diagnostics = {.arena = arena};
    struct fen_syntax syntax;
    const struct fen_node *root = fen_node_read(text, arena, &diagnostics, &syntax);
    return diagnostics.error_count == 0 ? root : NULL;
}

bool fen_rate_merge(struct fen_text_edit *edit, const struct fen_node *rule, struct fen_str before,
                    struct fen_str after)
{
    struct merging merging = {
        .edit = edit, .arena = edit->arena, .before = before, .after = after};
    if (fen_str_equal(before, after))
        return false;
    const struct fen_node *old = read(before, edit->arena), *new = read(after, edit->arena);
    if (old == NULL || new == NULL)
        fen_text_edit_replace(edit, rule, after);
    else
        push(&merging, rule, old, new, &fen_rule_keys);
    while (merging.pending_count > 0) {
        struct change change = merging.pending[--merging.pending_count];
        merge(&merging, &change);
    }
    return true;
}

void fen_rate_merge_items(struct fen_text_edit *edit, const struct fen_node *list,
                          const struct fen_rate_items *items)
{
    bool *is_removed = fen_arena_allocate(edit->arena, (size_t)items->old_count + 1);
    struct fen_text_insert *inserts =
        fen_arena_allocate(edit->arena, ((size_t)items->new_count + 1) * sizeof *inserts);
    const struct fen_node *next = NULL;
    uint32_t insert_count = 0;
    memset(is_removed, 1, items->old_count);
    for (uint32_t index = items->new_count; index-- > 0;) {
        uint32_t partner = items->partners[index];
        if (partner == FEN_RATE_NO_ITEM) {
            inserts[insert_count++] = (struct fen_text_insert){next, items->texts[index]};
            continue;
        }
        next = fen_review_item(list, partner);
        is_removed[partner] = false;
    }
    for (uint32_t index = 0; index < insert_count / 2; index++) {
        struct fen_text_insert swapped = inserts[index];
        inserts[index] = inserts[insert_count - 1 - index];
        inserts[insert_count - 1 - index] = swapped;
    }
    if (items->new_count == 0)
        fen_text_edit_empty(edit, list);
    else
        fen_text_edit_children(edit, list, is_removed, inserts, insert_count);
}
