/* account_lists: entries, places in a ranking; see account_json.h. */
#include "api/account_json.h"

#include "api/money_text.h"
#include "model/period.h"
#include "wire/json.h"

#define TOP_COUNT 3
#define NEIGHBOUR_COUNT 2

void fen_json_append_entry(struct fen_buffer *out, const struct fen_entry *entry)
{
    fen_json_encode_ledger_entry(entry, out);
    out->size_bytes--; /* its brace: more follows */
    fen_buffer_append_format(out, ",\"amount_text\":\"");
    fen_money_text_append(out, entry->amount_fen);
    fen_buffer_append_format(out, "\",\"balance_text\":\"");
    fen_money_text_append(out, entry->balance_fen);
    fen_buffer_append_format(out, "\",\"base_text\":\"");
    fen_money_text_append(out, entry->base_fen);
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

/* --- places ----------------------------------------------------------------------------------- */

static void append_places(struct fen_buffer *out, const struct fen_ranking_view *view,
                          uint32_t first, uint32_t end, uint32_t own)
{
    for (uint32_t index = first; index < end; index++) {
        const struct fen_rank *rank = &view->ranks[index];
        fen_buffer_append_format(out, "%s{\"place\":%u,\"is_self\":%s,\"payee\":",
                                 index == first ? "" : ",", (unsigned)index + 1,
                                 index == own ? "true" : "false");
        if (index == own || view->names_others)
            fen_json_append_text(out, rank->payee);
        else
            fen_buffer_append_format(out, "null");
        fen_buffer_append_format(out, ",\"amount\":");
        fen_money_text_append_json(out, rank->score_fen);
        fen_buffer_append_byte(out, '}');
    }
}

void fen_json_append_ranking(struct fen_buffer *out, const struct fen_ranking_view *view)
{
    char month[FEN_DATE_TEXT_BYTES];
    uint32_t count = view->rank_count, own = 0;
    while (own < count && !fen_str_equal(view->ranks[own].payee, view->payee))
        own++;
    bool has_place = own < count;
    uint32_t first = own < NEIGHBOUR_COUNT ? 0 : own - NEIGHBOUR_COUNT;
    uint32_t end = own + NEIGHBOUR_COUNT + 1 > count ? count : own + NEIGHBOUR_COUNT + 1;
    (void)fen_period_format(view->period, month);
    fen_buffer_append_format(out, "{\"period\":\"%s\",\"store\":", month);
    if (view->store.size > 0)
        fen_json_append_text(out, view->store);
    else
        fen_buffer_append_format(out, "null");
    fen_buffer_append_format(out, ",\"guides\":%u,\"place\":", (unsigned)count);
    if (has_place)
        fen_buffer_append_format(out, "%u", (unsigned)own + 1);
    else
        fen_buffer_append_format(out, "null");
    fen_buffer_append_format(out, ",\"top\":[");
    append_places(out, view, 0, count < TOP_COUNT ? count : TOP_COUNT, own);
    fen_buffer_append_format(out, "],\"around\":[");
    if (has_place)
        append_places(out, view, first, end, own);
    fen_buffer_append_format(out, "]}");
}
