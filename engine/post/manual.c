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

/* The pin of a time; NULL: it has none. */
static const struct fen_manual_pin *find_pin(const struct fen_manual_fact *fact, int64_t time_ms)
{
    for (uint32_t index = 0; index < fact->pin_count; index++)
        if (fact->pins[index].time_ms == time_ms)
            return &fact->pins[index];
    return NULL;
}

/* A time that is pinned already stays so. */
static void pin(struct fen_arena *arena, struct fen_manual_fact *fact, int64_t time_ms,
                int64_t publication)
{
    struct fen_manual_pin now = {time_ms, publication};
    if (find_pin(fact, time_ms) == NULL)
        FEN_ARENA_PUSH(arena, fact->pins, fact->pin_count, fact->pin_capacity, now);
}

/*
 * Of the same key the greatest event id holds (SPEC §3). Returns whether it is this one. The time
 * of one that does not hold is pinned too: whichever comes first, a third one finds the same pins.
 */
static bool fact_take(struct fen_arena *arena, struct fen_manual_fact *fact,
                      const struct fen_event *event, int64_t amount_fen, int64_t publication)
{
    pin(arena, fact, event->time_ms, publication);
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
                                         int64_t publication, struct fen_account *account)
{
    if (event->type == FEN_EVENT_ADJUSTMENT_POSTED) {
        struct fen_manual_fact *fact =
            find_or_add(arena, account, FEN_ROLE_MANUAL, event->adjustment);
        return fact_take(arena, fact, event, event->amount_fen, publication) ? fact : NULL;
    }
    struct fen_manual_fact *fact = find_or_add(arena, account, FEN_ROLE_PAYOUT, event->payout);
    bool is_news = event->type == FEN_EVENT_PAYOUT_SENT
                       ? fact_take(arena, fact, event, -event->amount_fen, publication)
                       : fact_fail(fact, event);
    return is_news ? fact : NULL;
}

/* The publication up to which a time's plan is chosen, given the newest at its first evaluation. */
static int64_t chosen_by(const struct fen_catalog *catalog, struct fen_str tenant, int64_t time_ms,
                         int64_t pinned)
{
    int64_t first = fen_catalog_first_publication(catalog, tenant, time_ms);
    int64_t planned = first > pinned ? first : pinned;
    int64_t retroactive = fen_catalog_retroactive(catalog, tenant, time_ms, planned);
    return retroactive != 0 ? retroactive : planned;
}

static int64_t offset_ms_of(const struct fen_catalog *catalog, struct fen_str tenant,
                            const struct fen_manual_fact *fact)
{
    const struct fen_manual_pin *pinned = find_pin(fact, fact->time_ms);
    FEN_ASSERT(pinned != NULL); /* by merge or follow */
    const struct fen_plan *plan = fen_catalog_choose_of(
        catalog, tenant, fact->time_ms,
        chosen_by(catalog, tenant, fact->time_ms, pinned->publication));
    return plan == NULL ? FEN_OFFSET_DEFAULT_MS : plan->offset_ms;
}

/* What the fact entitles to (SPEC §6). */
static struct fen_entitled entitle(const struct fen_account *account,
                                   const struct fen_manual_fact *fact, int64_t offset_ms)
{
    return (struct fen_entitled){
        .key = {.payee = account->payee,
                .funder = FEN_STR("hq"),
                .role = fact->role,
                .period = fact->period != FEN_DATE_NONE ? fact->period
                                                        : fen_period_of(fact->time_ms, offset_ms),
                .available_date = fen_date_of(fact->time_ms, offset_ms)},
        .amount_fen = fact->amount_fen,
        .earned_ms = fact->time_ms,
        .rate_ppm = FEN_NONE,
    };
}

void fen_manual_difference(struct fen_arena *arena, const struct fen_catalog *catalog,
                           const struct fen_account *account, struct fen_event_ref event,
                           struct fen_manual_fact *fact, struct fen_entries *entries)
{
    bool is_payout = fact->role == FEN_ROLE_PAYOUT;
    bool is_due = fen_str_is_set(fact->event) && !fen_str_is_set(fact->failed_event) &&
                  fact->amount_fen != 0;
    struct fen_entitled entitled; /* looked at if it is due */
    if (is_due)
        entitled = entitle(account, fact, offset_ms_of(catalog, account->tenant, fact));
    struct fen_difference_cause cause = {
        .tenant = account->tenant,
        .subject = fen_arena_join(arena, is_payout ? FEN_STR("payout") : FEN_STR("adjustment"),
                                  ':', fact->id),
        .event = event,
        .kind = is_payout ? FEN_KIND_PAYOUT : FEN_KIND_MANUAL,
    };
    fen_difference(arena, arena, &cause, &entitled, is_due, &fact->posted, &fact->posted_count,
                   entries);
}

void fen_manual_follow(struct fen_arena *arena, const struct fen_catalog *catalog,
                       struct fen_account *account, int64_t since, struct fen_entries *entries)
{
    for (uint32_t index = 0; index < account->manual_count; index++) {
        struct fen_manual_fact *fact = &account->manuals[index];
        const struct fen_manual_pin *pinned = find_pin(fact, fact->time_ms);
        int64_t publication = pinned == NULL ? since : pinned->publication;
        if (chosen_by(catalog, account->tenant, fact->time_ms, publication) <= since)
            continue;
        pin(arena, fact, fact->time_ms, publication);
        fen_manual_difference(arena, catalog, account, fen_event_ref_publication(), fact,
                              entries);
    }
}
