/* order_json: see order_json.h; a rule's terms: rule_terms.h. */
#include "api/order_json.h"

#include <string.h>

#include "api/money_text.h"
#include "api/rule_terms.h"
#include "model/exact.h"
#include "model/period.h"
#include "wire/json_fields.h"

/* The order's entries, ascending by seq. */
struct entries {
    const struct fen_entry **items;
    uint32_t count;
};

/* Entries of one line, role, portion, rule and funder; the newest stands for all. */
struct group {
    const struct fen_entry *newest;
    int64_t amount_fen;
    int64_t base_fen;
    int64_t taken_back_fen; /* of entries below zero, those apart that only move a date */
};

/* Sums wrap rather than trap: Redis is the world. */
static int64_t add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static bool is_of_order(const struct fen_entry *entry, struct fen_str order)
{
    const struct fen_str prefix = FEN_STR("order:");
    return entry->subject.size == prefix.size + order.size &&
           memcmp(entry->subject.data, prefix.data, prefix.size) == 0 &&
           memcmp(entry->subject.data + prefix.size, order.data, order.size) == 0;
}

static struct entries entries_of(const struct fen_feed_view *feed, struct fen_str order,
                                 struct fen_arena *arena)
{
    struct entries found = {0};
    uint32_t capacity = 0;
    for (uint32_t record = 0; record < feed->record_count; record++) {
        for (uint32_t index = 0; index < feed->records[record].entry_count; index++) {
            const struct fen_entry *entry = &feed->records[record].entries[index];
            if (is_of_order(entry, order))
                FEN_ARENA_PUSH(arena, found.items, found.count, capacity, entry);
        }
    }
    return found;
}

static bool is_same_part(const struct fen_key *a, const struct fen_key *b)
{
    return a->line == b->line && a->role == b->role && a->portion == b->portion &&
           fen_str_equal(a->rule, b->rule) && fen_str_equal(a->funder, b->funder);
}

static void group_add(struct group *group, const struct fen_entry *entry)
{
    group->newest = entry;
    group->amount_fen = add(group->amount_fen, entry->amount_fen);
    group->base_fen = add(group->base_fen, entry->base_fen);
    if (entry->amount_fen < 0 && entry->kind != FEN_KIND_MOVE)
        group->taken_back_fen = add(group->taken_back_fen, entry->amount_fen);
}

/* In the order of their first entries. */
static struct group *groups_of(const struct entries *entries, struct fen_arena *arena,
                               uint32_t *count_out)
{
    struct group *groups = fen_arena_allocate_zeroed(arena, (entries->count + 1) * sizeof *groups);
    uint32_t count = 0;
    for (uint32_t index = 0; index < entries->count; index++) {
        const struct fen_entry *entry = entries->items[index];
        uint32_t at = 0;
        while (at < count && !is_same_part(&groups[at].newest->key, &entry->key))
            at++;
        count += at == count;
        group_add(&groups[at], entry);
    }
    *count_out = count;
    return groups;
}

/* --- the explanation -------------------------------------------------------------------------- */

static void append_text(struct fen_buffer *out, const char *name, struct fen_str text)
{
    fen_buffer_append_format(out, ",\"%s\":", name);
    if (text.size > 0)
        fen_json_append_text(out, text);
    else
        fen_buffer_append_format(out, "null");
}

static void append_money(struct fen_buffer *out, const char *name, int64_t amount_fen)
{
    fen_buffer_append_format(out, ",\"%s\":", name);
    fen_money_text_append_json(out, amount_fen);
}

/*
 * floor(base × rate); false: no percentage, no base (it stands on the portion `self` alone, SPEC
 * §6), or numbers that no ledger has.
 */
static bool by_rate(const struct group *group, int64_t *amount_out)
{
    int64_t rate_ppm = group->newest->rate_ppm;
    enum fen_role portion = group->newest->key.portion;
    bool has_base = portion == FEN_ROLE_NONE || portion == FEN_ROLE_SELF;
    if (!has_base || rate_ppm < 0 || rate_ppm > FEN_PPM || group->base_fen < 0)
        return false;
    *amount_out = (int64_t)((fen_int128)group->base_fen * rate_ppm / FEN_PPM);
    return true;
}

static void append_steps(struct fen_buffer *out, const struct group *group)
{
    int64_t amount_fen;
    fen_json_integer(out, "rate_ppm", group->newest->rate_ppm);
    if (by_rate(group, &amount_fen)) {
        append_money(out, "by_rate", amount_fen);
        append_money(out, "reduced_by",
                     (int64_t)((uint64_t)amount_fen - (uint64_t)group->amount_fen));
    } else {
        fen_buffer_append_format(out, ",\"by_rate\":null,\"reduced_by\":null");
    }
    append_text(out, "capped_by", group->newest->capped_by);
}

/* What stands, by the date it becomes available; sums of 0 are left out. */
static void append_dates(struct fen_buffer *out, const struct entries *entries,
                         const struct group *group)
{
    bool is_first = true;
    fen_buffer_append_format(out, ",\"dates\":[");
    for (uint32_t index = 0; index < entries->count; index++) {
        const struct fen_key *key = &entries->items[index]->key;
        int64_t sum_fen = 0;
        bool was_before = !is_same_part(key, &group->newest->key);
        for (uint32_t at = 0; at < entries->count && !was_before; at++) {
            const struct fen_entry *other = entries->items[at];
            if (!is_same_part(&other->key, key) ||
                other->key.available_date != key->available_date)
                continue;
            was_before = at < index;
            sum_fen = add(sum_fen, other->amount_fen);
        }
        if (was_before || sum_fen == 0)
            continue;
        char date[FEN_DATE_TEXT_BYTES];
        bool has_date = key->available_date != FEN_DATE_NONE &&
                        fen_date_format(key->available_date, date);
        fen_buffer_append_format(out, "%s{\"available_on\":%s%s%s", is_first ? "" : ",",
                                 has_date ? "\"" : "", has_date ? date : "null",
                                 has_date ? "\"" : "");
        append_money(out, "amount", sum_fen);
        fen_buffer_append_byte(out, '}');
        is_first = false;
    }
    fen_buffer_append_byte(out, ']');
}

/* The newest entry that names a share: one that takes back names none. */
static struct fen_str touch_of(const struct entries *entries, const struct group *group)
{
    for (uint32_t index = entries->count; index > 0; index--) {
        const struct fen_entry *entry = entries->items[index - 1];
        if (is_same_part(&entry->key, &group->newest->key) && entry->touch.size > 0)
            return entry->touch;
    }
    return FEN_STR_NONE;
}

static void append_explanation(struct fen_buffer *out, const struct entries *entries,
                               const struct group *group, const struct fen_catalog *plans)
{
    const struct fen_entry *newest = group->newest;
    const struct fen_key *key = &newest->key;
    fen_buffer_append_format(out, "{\"plan\":");
    if (key->plan.size > 0) {
        fen_json_append_text(out, key->plan);
        out->size_bytes--; /* its quote: the version follows */
        fen_buffer_append_format(out, "@%u\"", (unsigned)key->plan_version);
    } else {
        fen_buffer_append_format(out, "null");
    }
    append_text(out, "funder", key->funder);
    append_text(out, "touch", touch_of(entries, group));
    fen_json_integer(out, "earned_at", newest->earned_ms);
    append_steps(out, group);
    append_money(out, "taken_back", group->taken_back_fen);
    append_dates(out, entries, group);
    fen_buffer_append_format(out, ",\"terms\":");
    const struct fen_plan *plan = NULL;
    if (plans != NULL && key->plan.size > 0)
        plan = fen_catalog_find(plans, newest->tenant, key->plan, key->plan_version);
    fen_rule_terms_append_json(out, plan, key);
    fen_buffer_append_byte(out, '}');
}

static void append_group(struct fen_buffer *out, const struct entries *entries,
                         const struct group *group, const struct fen_catalog *plans)
{
    const struct fen_entry *newest = group->newest;
    fen_buffer_append_format(out, "{\"line\":");
    if (newest->key.line == 0)
        fen_buffer_append_format(out, "null");
    else
        fen_json_append_integer(out, newest->key.line);
    fen_buffer_append_format(out, ",\"role\":");
    fen_json_append_name(out, &fen_role_names, newest->key.role);
    fen_buffer_append_format(out, ",\"portion\":");
    fen_json_append_name(out, &fen_role_names, newest->key.portion);
    append_text(out, "rule", newest->key.rule);
    append_money(out, "amount", group->amount_fen);
    append_money(out, "base", group->base_fen);
    fen_buffer_append_format(out, ",\"newest\":%llu,\"explanation\":",
                             (unsigned long long)newest->seq);
    append_explanation(out, entries, group, plans);
    fen_buffer_append_byte(out, '}');
}

uint32_t fen_order_append_json(struct fen_buffer *out, const struct fen_feed_view *feed,
                               struct fen_str order, const struct fen_catalog *plans,
                               struct fen_arena *arena)
{
    struct entries entries = entries_of(feed, order, arena);
    uint32_t group_count;
    struct group *groups = groups_of(&entries, arena, &group_count);
    int64_t total_fen = 0;
    fen_buffer_append_format(out, "{\"order\":");
    fen_json_append_text(out, order);
    fen_buffer_append_format(out, ",\"entries\":[");
    for (uint32_t index = 0; index < entries.count; index++) {
        if (index > 0)
            fen_buffer_append_byte(out, ',');
        fen_json_append_entry(out, entries.items[index]);
        total_fen = add(total_fen, entries.items[index]->amount_fen);
    }
    fen_buffer_append_format(out, "],\"lines\":[");
    for (uint32_t index = 0; index < group_count; index++) {
        if (index > 0)
            fen_buffer_append_byte(out, ',');
        append_group(out, &entries, &groups[index], plans);
    }
    /* An order begun before the feed may have earlier entries that are not shown. */
    bool is_complete = feed->record_count == 0 || feed->records[0].seq_first == 1;
    fen_buffer_append_format(out, "],\"is_complete\":%s", is_complete ? "true" : "false");
    append_money(out, "total", total_fen);
    fen_buffer_append_byte(out, '}');
    return entries.count;
}
