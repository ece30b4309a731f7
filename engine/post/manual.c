/* manual: see manual.h. */
#include "post/manual.h"

#include "model/period.h"

static struct fen_manual_fact *find_or_add(struct fen_arena *arena, struct fen_account *account,
                                           enum fen_role role, struct fen_str id)
{
    uint32_t index = 0;
    while (index < account->manual_count && (account->manuals[index].role != role ||
                                             !fen_str_equal(account->manuals[index].id, id)))
        index++;
    if (index < account->manual_count)
        return &account->manuals[index];
    struct fen_manual_fact fact = {
        .role = role, .id = id, .time_ms = FEN_NONE, .period = FEN_DATE_NONE};
    FEN_ARENA_PUSH(arena, account->manuals, account->manual_count, account->manual_capacity, fact);
    return &account->manuals[index];
}

/* Of the same key the greatest event id holds (SPEC §3). Returns whether it is this one. */
static bool fact_take(struct fen_manual_fact *fact, const struct fen_event *event,
                      int64_t amount_fen)
{
    if (fen_str_is_set(fact->event) && fen_str_compare(event->id, fact->event) <= 0)
        return false;
    fact->event = event->id;
    fact->amount_fen = amount_fen;
    fact->time_ms = event->time_ms;
    fact->period = FEN_DATE_NONE;
    if (event->type == FEN_EVENT_ADJUSTMENT_POSTED && fen_str_is_set(event->period)) {
        bool is_period = fen_period_parse(event->period, &fact->period);
        FEN_ASSERT(is_period); /* validated: BAD_ID (SPEC §9) */
    }
    return true;
}

/* Undoes payout.sent in whichever order they come. Returns whether it is the first to do so. */
static bool fact_fail(struct fen_manual_fact *fact, const struct fen_event *event)
{
    bool is_first = !fen_str_is_set(fact->failed_event);
    fact->failed_event = event->id;
    return is_first;
}

struct fen_manual_fact *fen_manual_merge(struct fen_arena *arena, const struct fen_event *event,
                                         struct fen_account *account)
{
    if (event->type == FEN_EVENT_ADJUSTMENT_POSTED) {
        struct fen_manual_fact *fact =
            find_or_add(arena, account, FEN_ROLE_MANUAL, event->adjustment);
        return fact_take(fact, event, event->amount_fen) ? fact : NULL;
    }
    struct fen_manual_fact *fact = find_or_add(arena, account, FEN_ROLE_PAYOUT, event->payout);
    bool is_news = event->type == FEN_EVENT_PAYOUT_SENT
                       ? fact_take(fact, event, -event->amount_fen)
                       : fact_fail(fact, event);
    return is_news ? fact : NULL;
}

void fen_manual_difference(struct fen_arena *arena, const struct fen_catalog *catalog,
                           const struct fen_account *account, struct fen_event_ref event,
                           struct fen_manual_fact *fact, struct fen_entries *entries)
{
    bool is_payout = fact->role == FEN_ROLE_PAYOUT;
    struct fen_entitled entitled = {.rate_ppm = FEN_NONE};
    uint32_t count = fen_str_is_set(fact->event) && !fen_str_is_set(fact->failed_event) &&
                     fact->amount_fen != 0;
    if (count > 0) {
        const struct fen_plan *plan =
            fen_catalog_choose(catalog, account->tenant, fact->time_ms);
        int64_t offset_ms = plan == NULL ? FEN_OFFSET_DEFAULT_MS : plan->offset_ms;
        entitled.key = (struct fen_key){
            .payee = account->payee,
            .funder = FEN_STR("hq"),
            .role = fact->role,
            .period = fact->period != FEN_DATE_NONE ? fact->period
                                                    : fen_period_of(fact->time_ms, offset_ms),
            .available_date = fen_date_of(fact->time_ms, offset_ms),
        };
        entitled.amount_fen = fact->amount_fen;
        entitled.earned_ms = fact->time_ms;
    }
    struct fen_difference_cause cause = {
        .tenant = account->tenant,
        .subject = fen_arena_format(arena, "%s:%.*s", is_payout ? "payout" : "adjustment",
                                    FEN_STR_ARG(fact->id)),
        .event = event,
        .kind = is_payout ? FEN_KIND_PAYOUT : FEN_KIND_MANUAL,
    };
    fen_difference(arena, arena, &cause, &entitled, count, &fact->posted, &fact->posted_count,
                   entries);
}
