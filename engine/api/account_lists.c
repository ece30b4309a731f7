/* account_lists: entries, one order's entries, places in a ranking; see account_json.h. */
#include "api/account_json.h"

#include <string.h>

#include "api/money_text.h"
#include "model/period.h"
#include "wire/json.h"

#define TOP_COUNT 3
#define NEIGHBOUR_COUNT 2
#define GROUP_COUNT_MAX 256

void fen_json_append_entry(struct fen_buffer *out, const struct fen_entry *entry)
{
    fen_json_encode_entry(entry, out);
    out->size_bytes--; /* its brace: more follows */
    fen_buffer_append_format(out, ",\"amount_text\":\"");
    fen_money_text_append(out, entry->amount_fen);
    fen_buffer_append_format(out, "\",\"balance_text\":\"");
    fen_money_text_append(out, entry->balance_fen);
    fen_buffer_append_format(out, "\"}");
}

/* A place among all entries of a feed's records; false: there is none beyond. */
struct place {
    uint32_t record;
    uint32_t entry;
};

static bool place_step(const struct fen_feed_view *feed, bool is_backwards, struct place *place)
{
    if (!is_backwards) {
        if (++place->entry < feed->records[place->record].entry_count)
            return true;
        place->entry = 0;
        return ++place->record < feed->record_count;
    }
    if (place->entry-- > 0)
        return true;
    if (place->record-- == 0)
        return false;
    place->entry = feed->records[place->record].entry_count - 1;
    return true;
}

static struct place place_first(const struct fen_feed_view *feed, bool is_backwards)
{
    uint32_t last = feed->record_count - 1;
    return is_backwards ? (struct place){last, feed->records[last].entry_count - 1}
                        : (struct place){0, 0};
}

static bool is_on_page(const struct fen_entry_page *page, uint64_t seq)
{
    return page->is_backwards ? seq < page->before : seq > page->after;
}

void fen_json_append_entries(struct fen_buffer *out, const struct fen_feed_view *feed,
                             const struct fen_entry_page *page)
{
    uint32_t count = 0;
    bool has_more = false;
    bool goes_on = feed->record_count > 0;
    struct place place = goes_on ? place_first(feed, page->is_backwards) : (struct place){0, 0};
    fen_buffer_append_format(out, "{\"entries\":[");
    for (; goes_on && !has_more; goes_on = place_step(feed, page->is_backwards, &place)) {
        const struct fen_entry *entry = &feed->records[place.record].entries[place.entry];
        if (!is_on_page(page, entry->seq))
            continue;
        has_more = count == page->limit;
        if (has_more)
            break;
        if (count++ > 0)
            fen_buffer_append_byte(out, ',');
        fen_json_append_entry(out, entry);
    }
    /* Cut: entries that were asked for are in the ledger and not in Redis any more. */
    bool is_cut = page->is_backwards ? page->oldest > 1 && !has_more
                                     : page->oldest > page->after + 1;
    fen_buffer_append_format(out, "],\"oldest\":%llu,\"has_more\":%s,\"is_cut\":%s}",
                             (unsigned long long)page->oldest, has_more ? "true" : "false",
                             is_cut ? "true" : "false");
}

/* --- one order -------------------------------------------------------------------------------- */

/* Entries of one line, role, portion and rule; the newest stands for all. */
struct group {
    const struct fen_entry *newest;
    int64_t amount_fen;
    int64_t base_fen;
};

struct groups {
    struct group items[GROUP_COUNT_MAX];
    uint32_t count;
};

static bool is_same_line(const struct fen_key *a, const struct fen_key *b)
{
    return a->line == b->line && a->role == b->role && a->portion == b->portion &&
           fen_str_equal(a->rule, b->rule) && fen_str_equal(a->funder, b->funder);
}

static void group_add(struct groups *groups, const struct fen_entry *entry)
{
    uint32_t index = 0;
    while (index < groups->count &&
           !is_same_line(&groups->items[index].newest->key, &entry->key))
        index++;
    if (index == GROUP_COUNT_MAX)
        return;
    if (index == groups->count)
        groups->items[groups->count++] = (struct group){0};
    struct group *group = &groups->items[index];
    group->newest = entry;
    group->amount_fen = (int64_t)((uint64_t)group->amount_fen + (uint64_t)entry->amount_fen);
    group->base_fen = (int64_t)((uint64_t)group->base_fen + (uint64_t)entry->base_fen);
}

/* The sum of a group in the form of an entry: the newest's facts with the sums. */
static void append_group(struct fen_buffer *out, const struct group *group)
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
    fen_buffer_append_format(out, ",\"rule\":");
    if (newest->key.rule.size > 0)
        fen_json_append_text(out, newest->key.rule);
    else
        fen_buffer_append_format(out, "null");
    fen_buffer_append_format(out, ",\"amount\":");
    fen_money_text_append_json(out, group->amount_fen);
    fen_buffer_append_format(out, ",\"base\":");
    fen_money_text_append_json(out, group->base_fen);
    fen_buffer_append_format(out, ",\"newest\":%llu}", (unsigned long long)newest->seq);
}

static bool is_of_order(const struct fen_entry *entry, struct fen_str order)
{
    const struct fen_str prefix = FEN_STR("order:");
    return entry->subject.size == prefix.size + order.size &&
           memcmp(entry->subject.data, prefix.data, prefix.size) == 0 &&
           memcmp(entry->subject.data + prefix.size, order.data, order.size) == 0;
}

uint32_t fen_json_append_order(struct fen_buffer *out, const struct fen_feed_view *feed,
                               struct fen_str order)
{
    struct groups groups = {.count = 0};
    uint64_t total_fen = 0;
    uint32_t count = 0;
    bool goes_on = feed->record_count > 0;
    struct place place = {0, 0};
    fen_buffer_append_format(out, "{\"order\":");
    fen_json_append_text(out, order);
    fen_buffer_append_format(out, ",\"entries\":[");
    for (; goes_on; goes_on = place_step(feed, false, &place)) {
        const struct fen_entry *entry = &feed->records[place.record].entries[place.entry];
        if (!is_of_order(entry, order))
            continue;
        if (count++ > 0)
            fen_buffer_append_byte(out, ',');
        fen_json_append_entry(out, entry);
        group_add(&groups, entry);
        total_fen += (uint64_t)entry->amount_fen;
    }
    fen_buffer_append_format(out, "],\"lines\":[");
    for (uint32_t index = 0; index < groups.count; index++) {
        if (index > 0)
            fen_buffer_append_byte(out, ',');
        append_group(out, &groups.items[index]);
    }
    /* An order begun before the feed may have earlier entries that are not shown. */
    bool is_complete = feed->record_count == 0 || feed->records[0].seq_first == 1;
    fen_buffer_append_format(out, "],\"is_complete\":%s,\"total\":",
                             is_complete ? "true" : "false");
    fen_money_text_append_json(out, (int64_t)total_fen);
    fen_buffer_append_byte(out, '}');
    return count;
}

/* --- places ----------------------------------------------------------------------------------- */

static void append_places(struct fen_buffer *out, const struct fen_rank *ranks, uint32_t first,
                          uint32_t end, uint32_t own)
{
    for (uint32_t index = first; index < end; index++) {
        fen_buffer_append_format(out, "%s{\"place\":%u,\"is_self\":%s,\"payee\":",
                                 index == first ? "" : ",", (unsigned)index + 1,
                                 index == own ? "true" : "false");
        fen_json_append_text(out, ranks[index].payee);
        fen_buffer_append_format(out, ",\"amount\":");
        fen_money_text_append_json(out, ranks[index].score_fen);
        fen_buffer_append_byte(out, '}');
    }
}

void fen_json_append_ranking(struct fen_buffer *out, const struct fen_rank *ranks,
                             uint32_t rank_count, struct fen_str payee, struct fen_str store,
                             int32_t period)
{
    char month[FEN_DATE_TEXT_BYTES];
    uint32_t own = 0;
    while (own < rank_count && !fen_str_equal(ranks[own].payee, payee))
        own++;
    bool has_place = own < rank_count;
    uint32_t first = own < NEIGHBOUR_COUNT ? 0 : own - NEIGHBOUR_COUNT;
    uint32_t end = own + NEIGHBOUR_COUNT + 1 > rank_count ? rank_count : own + NEIGHBOUR_COUNT + 1;
    (void)fen_period_format(period, month);
    fen_buffer_append_format(out, "{\"period\":\"%s\",\"store\":", month);
    if (store.size > 0)
        fen_json_append_text(out, store);
    else
        fen_buffer_append_format(out, "null");
    fen_buffer_append_format(out, ",\"guides\":%u,\"place\":", (unsigned)rank_count);
    if (has_place)
        fen_buffer_append_format(out, "%u", (unsigned)own + 1);
    else
        fen_buffer_append_format(out, "null");
    fen_buffer_append_format(out, ",\"top\":[");
    append_places(out, ranks, 0, rank_count < TOP_COUNT ? rank_count : TOP_COUNT, own);
    fen_buffer_append_format(out, "],\"around\":[");
    if (has_place)
        append_places(out, ranks, first, end, own);
    fen_buffer_append_format(out, "]}");
}
