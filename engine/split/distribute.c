/*
 * distribute: see distribute.h.
 *
 * A credit has recipients (the guide, each server, or the entity) with weights; each recipient has
 * portions. What falls under one key is added before the floor: within a credit that can only be
 * several recipients of one payee, so their weights are added.
 */
#include "split/distribute.h"

#include "model/period.h"
#include "split/known.h"
#include "split/trace.h"

/* One who shares a credit: after the leaver policy. */
struct recipient {
    struct fen_str payee;
    int64_t weight;
};

/* A key in the making. */
struct share {
    struct fen_str payee;
    enum fen_role portion;
    int64_t rate_ppm;
    int64_t weight;
};

#define SHARE_COUNT_MAX (FEN_SERVER_COUNT_MAX * (FEN_ROLE_COUNT + 1))

struct shares {
    struct share items[SHARE_COUNT_MAX];
    uint32_t count;
};

/* As leaver_payee, of a guide under a policy other than `pay`. */
FEN_RARE static struct fen_str leaver_payee_of(struct fen_attribution *attribution,
                                               const struct fen_work_credit *credit,
                                               const struct fen_known_guide *known,
                                               struct fen_str itself)
{
    enum fen_leaver_policy policy = attribution->plan->leaver[credit->credit->role];
    const struct fen_guide *record = fen_org_guide_as_of(known->history, credit->earned_ms);
    if (record == NULL || record->status != FEN_GUIDE_LEFT)
        return itself;
    fen_trace_leaver(attribution->trace, credit, known->guide, policy, record);
    if (policy == FEN_LEAVER_HOUSE)
        return FEN_STR("hq");
    if (!fen_str_is_set(record->store))
        return FEN_STR_NONE;
    return fen_arena_join(attribution->texts, FEN_STR("store"), ':', record->store);
}

/* Who gets the part of a payee, a guide or, `known` NULL, an entity (SPEC §4 Leavers). */
static inline struct fen_str leaver_payee(struct fen_attribution *attribution,
                                          const struct fen_work_credit *credit,
                                          const struct fen_known_guide *known,
                                          struct fen_str itself)
{
    if (known == NULL || attribution->plan->leaver[credit->credit->role] == FEN_LEAVER_PAY)
        return itself;
    return leaver_payee_of(attribution, credit, known, itself);
}

/* Add a part to the key it falls under. */
static void shares_add(struct shares *shares, struct fen_str payee, enum fen_role portion,
                       int64_t rate_ppm, int64_t weight)
{
    if (!fen_str_is_set(payee))
        return;
    for (uint32_t index = 0; index < shares->count; index++)
        if (shares->items[index].portion == portion &&
            fen_str_equal(shares->items[index].payee, payee)) {
            shares->items[index].weight += weight;
            return;
        }
    FEN_ASSERT(shares->count < SHARE_COUNT_MAX);
    shares->items[shares->count++] = (struct share){payee, portion, rate_ppm, weight};
}

/* SPEC §5.6: the portions of one recipient. */
static void shares_add_recipient(struct shares *shares, struct fen_attribution *attribution,
                                 const struct fen_work_line *line,
                                 const struct fen_work_credit *credit,
                                 const struct recipient *recipient)
{
    const struct fen_rule *rule = credit->credit->rule;
    if (rule->split_count == 0) {
        fen_trace_portion(attribution->trace, credit, recipient->payee, FEN_ROLE_NONE, FEN_PPM,
                          recipient->weight);
        shares_add(shares, recipient->payee, FEN_ROLE_NONE, FEN_PPM, recipient->weight);
        return;
    }
    for (uint32_t index = 0; index < rule->split_count; index++) {
        const struct fen_split *split = &rule->splits[index];
        struct fen_str payee =
            split->portion == FEN_ROLE_SELF
                ? recipient->payee
                : fen_attribute_entity(attribution, split->portion, &line->attributed,
                                       credit->credit->selling_store);
        fen_trace_portion(attribution->trace, credit, payee, split->portion, split->rate_ppm,
                          recipient->weight);
        shares_add(shares, payee, split->portion, split->rate_ppm, recipient->weight);
    }
}

/*
 * SPEC §5.5: servers in proportion to their weights, each eligible as of the pickup. Returns the
 * sum of all weights, those of servers that get nothing included; tells whether one is unknown.
 */
static int64_t shares_add_servers(struct shares *shares, struct fen_attribution *attribution,
                                  const struct fen_work_line *line,
                                  const struct fen_work_credit *credit, bool *is_suspended)
{
    const struct fen_line_fact *pickup = line->attributed.times.pickup;
    int64_t weights = 0;
    for (uint32_t index = 0; index < pickup->server_count; index++) {
        const struct fen_server *server = &pickup->servers[index];
        weights += server->weight;
        const struct fen_known_guide *known = fen_known_guide(attribution, server->guide);
        const struct fen_guide *record = fen_org_guide_as_of(known->history, pickup->at_ms);
        enum fen_standing standing = fen_attribute_standing(attribution, FEN_ROLE_SERVE, record);
        *is_suspended = *is_suspended || standing == FEN_STANDING_UNKNOWN;
        fen_trace_server(attribution->trace, credit, server, standing, record);
        if (standing != FEN_STANDING_ELIGIBLE || credit->earned_ms == FEN_NONE)
            continue;
        struct recipient recipient = {leaver_payee(attribution, credit, known, known->payee),
                                      server->weight};
        shares_add_recipient(shares, attribution, line, credit, &recipient);
    }
    return weights;
}

/* In the order of keys: by payee, then portion. */
static void shares_sort(struct shares *shares)
{
    for (uint32_t index = 1; index < shares->count; index++) {
        struct share share = shares->items[index];
        uint32_t at = index;
        for (; at > 0; at--) {
            const struct share *before = &shares->items[at - 1];
            int order = fen_str_compare(before->payee, share.payee);
            if (order < 0 || (order == 0 && before->portion < share.portion))
                break;
            shares->items[at] = *before;
        }
        shares->items[at] = share;
    }
}

/* Fill `shares` for a credit; returns the sum of the weights. */
static int64_t shares_fill(struct shares *shares, struct fen_attribution *attribution,
                           const struct fen_work_line *line, const struct fen_work_credit *work,
                           bool *is_suspended)
{
    const struct fen_credit *credit = work->credit;
    shares->count = 0;
    *is_suspended = credit->is_suspended;
    if (credit->role == FEN_ROLE_SERVE)
        return shares_add_servers(shares, attribution, line, work, is_suspended);
    if (*is_suspended || work->earned_ms == FEN_NONE)
        return 1;
    struct recipient recipient = {
        leaver_payee(attribution, work, credit->known, credit->payee), 1};
    shares_add_recipient(shares, attribution, line, work, &recipient);
    return 1;
}

/* SPEC §5 When: the date of the hold's fact plus its days, or of a moved deadline. */
static int32_t available_date(const struct fen_work *work, const struct fen_work_line *line,
                              const struct fen_rule *rule)
{
    const struct fen_line_times *times = &line->attributed.times;
    int64_t offset_ms = work->attribution->plan->offset_ms;
    if (rule->hold_from == FEN_FACT_NONE)
        return work->earned_date;
    if (times->until_ms != FEN_NONE)
        return fen_date_of(times->until_ms, offset_ms);
    if (times->at_ms[rule->hold_from] == FEN_NONE)
        return FEN_DATE_NONE;
    return fen_date_of(times->at_ms[rule->hold_from], offset_ms) + rule->hold_days;
}

/* A rule of 0% has no entries (SPEC §6); tiers count their base while any of them pays. */
static bool rule_pays_nothing(const struct fen_rule *rule)
{
    const struct fen_pay *pay = &rule->pay;
    if (pay->kind == FEN_PAY_TIERS)
        return pay->tiers[pay->tier_count - 1].rate_ppm == 0; /* rates do not fall (SPEC §7) */
    return pay->kind == FEN_PAY_PERCENT ? pay->rate_ppm == 0 : pay->amount_fen == 0;
}

/* What all rows of a credit have in common. */
struct terms {
    struct fen_str funder;
    int64_t rate_ppm;
    int32_t available_date;
};

static struct fen_str funder_of(struct fen_work *work, const struct fen_work_line *line,
                                const struct fen_credit *credit)
{
    struct fen_str funder = fen_attribute_entity(work->attribution, credit->rule->funder,
                                                 &line->attributed, credit->selling_store);
    return fen_str_is_set(funder) ? funder : FEN_STR("hq");
}

/* Most credits of an order are earned at one time: its period and date are at hand. */
static void note_earned(struct fen_work *work, int64_t earned_ms)
{
    if (work->earned_ms == earned_ms && work->period != 0)
        return;
    int64_t offset_ms = work->attribution->plan->offset_ms;
    work->earned_ms = earned_ms;
    work->period = fen_period_of(earned_ms, offset_ms);
    work->earned_date = fen_date_of(earned_ms, offset_ms);
}

static void row_fill(const struct fen_work *work, const struct fen_work_credit *credit,
                     const struct terms *terms, const struct share *share,
                     struct fen_entitled *row)
{
    const struct fen_plan *plan = work->attribution->plan;
    row->key.payee = share->payee;
    row->key.funder = terms->funder;
    row->key.rule = credit->credit->rule->name;
    row->key.plan = plan->id;
    row->key.plan_version = plan->version;
    row->key.line = credit->line;
    row->key.role = credit->credit->role;
    row->key.portion = share->portion;
    row->key.period = work->period;
    row->key.available_date = terms->available_date;
    row->earned_ms = credit->earned_ms;
    row->rate_ppm = terms->rate_ppm;
    row->capped_by = credit->capped_by;
    row->touch = credit->credit->touch;
}

static inline void reserve_rows(const struct fen_work *work, struct fen_entitlement *entitlement,
                                uint32_t more)
{
    entitlement->items =
        fen_arena_reserve(work->attribution->arena, entitlement->items, entitlement->count,
                          &entitlement->capacity, more, sizeof *entitlement->items);
}

static bool row_stands(const struct fen_entitled *row)
{
    return row->amount_fen != 0 || row->base_fen != 0;
}

/* What one share gives when the refunds of a pass count: SPEC §5.7, and its part of the base. */
static inline void share_amounts(const struct fen_work_credit *credit, enum fen_pass pass,
                                 const struct share *share, int64_t weights, int64_t *amount_fen,
                                 int64_t *base_fen)
{
    bool carries_base = share->portion == FEN_ROLE_NONE || share->portion == FEN_ROLE_SELF;
    const struct fen_exact_room *room = credit->room[pass];
    *amount_fen = room == NULL
                      ? fen_exact_share_floor(credit->amount[pass], credit->scale, share->weight,
                                              weights, share->rate_ppm)
                      : fen_exact_room_share_floor(room, share->weight, weights, share->rate_ppm);
    *base_fen = carries_base ? fen_money_scale_floor(credit->remaining[pass]->fen, share->weight,
                                                     weights)
                             : 0;
}

/* What `fen explain` is told of a share. */
FEN_RARE static void trace_share(const struct fen_work *work, const struct fen_work_credit *credit,
                                 const struct share *share, int64_t weights,
                                 const struct fen_entitled *row)
{
    int64_t amount_fen[FEN_PASS_COUNT] = {row->amount_fen};
    int64_t base_fen[FEN_PASS_COUNT] = {row->base_fen};
    if (work->has_goodwill)
        share_amounts(credit, FEN_PASS_ALL_REFUNDS, share, weights,
                      &amount_fen[FEN_PASS_ALL_REFUNDS], &base_fen[FEN_PASS_ALL_REFUNDS]);
    fen_trace_add_share(work->attribution->trace,
                        &(struct fen_trace_share){
                            .key = row->key,
                            .rate_ppm = share->rate_ppm,
                            .weight = share->weight,
                            .weights = weights,
                            .amount_fen = {amount_fen[0], amount_fen[1]},
                            .base_fen = {base_fen[0], base_fen[1]},
                        });
}

/*
 * SPEC §5 Goodwill: of the row just filled, not yet counted, the funder bears at most what the same
 * steps give when every refund counts; hq the rest, in a row of its own.
 */
FEN_RARE static void part_goodwill(const struct fen_work_credit *credit,
                                   const struct share *share, int64_t weights,
                                   struct fen_entitlement *entitlement)
{
    struct fen_entitled *row = &entitlement->items[entitlement->count], rest = *row;
    int64_t funder_fen, funder_base_fen;
    if (fen_str_equal(row->key.funder, FEN_STR("hq")))
        return;
    share_amounts(credit, FEN_PASS_ALL_REFUNDS, share, weights, &funder_fen,
                  &funder_base_fen);
    if (funder_fen < row->amount_fen)
        row->amount_fen = funder_fen;
    row->base_fen = funder_base_fen;
    rest.key.funder = FEN_STR("hq");
    rest.amount_fen -= row->amount_fen;
    rest.base_fen -= row->base_fen;
    entitlement->count += row_stands(row);
    entitlement->items[entitlement->count] = rest;
}

/* Append a share, for which there is room: one row, or, of goodwill, two. */
static inline void append_share(const struct fen_work *work, const struct fen_work_credit *credit,
                         const struct terms *terms, const struct share *share, int64_t weights,
                         struct fen_entitlement *entitlement)
{
    struct fen_entitled *row = &entitlement->items[entitlement->count];
    share_amounts(credit, FEN_PASS_OWN_REFUNDS, share, weights, &row->amount_fen,
                  &row->base_fen);
    row_fill(work, credit, terms, share, row);
    if (work->attribution->trace != NULL)
        trace_share(work, credit, share, weights, row);
    if (work->has_goodwill)
        part_goodwill(credit, share, weights, entitlement);
    entitlement->count += row_stands(&entitlement->items[entitlement->count]);
}

/* Append the shares of a credit, in the order of keys. One body for both who call it. */
__attribute__((noinline)) static void
append_shares(struct fen_work *work, const struct fen_work_line *line,
              const struct fen_work_credit *credit, const struct share *shares, uint32_t count,
              int64_t weights, struct fen_entitlement *entitlement)
{
    const struct fen_rule *rule = credit->credit->rule;
    if (rule_pays_nothing(rule))
        return;
    bool is_rate = rule->pay.kind == FEN_PAY_PERCENT || rule->pay.kind == FEN_PAY_TIERS;
    reserve_rows(work, entitlement, 2 * count);
    note_earned(work, credit->earned_ms);
    struct terms terms = {
        .funder = funder_of(work, line, credit->credit),
        .rate_ppm = is_rate ? rule->pay.rate_ppm : FEN_NONE,
        .available_date = available_date(work, line, rule),
    };
    for (uint32_t index = 0; index < count; index++)
        append_share(work, credit, &terms, &shares[index], weights, entitlement);
}

/* Several recipients or portions. */
FEN_RARE static void distribute_parts(struct fen_work *work, const struct fen_work_line *line,
                                      const struct fen_work_credit *credit, bool is_live,
                                      struct fen_entitlement *entitlement)
{
    struct shares shares;
    bool is_suspended;
    int64_t weights = shares_fill(&shares, work->attribution, line, credit, &is_suspended);
    entitlement->suspense_count += is_suspended && is_live;
    if (shares.count == 0 || !is_live)
        return;
    shares_sort(&shares);
    append_shares(work, line, credit, shares.items, shares.count, weights, entitlement);
}

/* One recipient gets all, as most often. */
static void distribute_whole(struct fen_work *work, const struct fen_work_line *line,
                             const struct fen_work_credit *credit,
                             struct fen_entitlement *entitlement)
{
    struct share share = {
        .payee = leaver_payee(work->attribution, credit, credit->credit->known,
                              credit->credit->payee),
        .portion = FEN_ROLE_NONE,
        .rate_ppm = FEN_PPM,
        .weight = 1,
    };
    if (fen_str_is_set(share.payee))
        append_shares(work, line, credit, &share, 1, 1, entitlement);
}

static void distribute_credit(struct fen_work *work, const struct fen_work_line *line,
                              const struct fen_work_credit *credit,
                              struct fen_entitlement *entitlement)
{
    const struct fen_credit *given = credit->credit;
    bool is_live = credit->earned_ms != FEN_NONE && !work->attribution->order->is_cancelled;
    if (work->attribution->trace != NULL || given->role == FEN_ROLE_SERVE ||
        given->rule->split_count > 0)
        distribute_parts(work, line, credit, is_live, entitlement);
    else if (is_live && given->is_suspended)
        entitlement->suspense_count++;
    else if (is_live)
        distribute_whole(work, line, credit, entitlement);
}

void fen_distribute(struct fen_work *work, struct fen_entitlement *entitlement)
{
    reserve_rows(work, entitlement, 16); /* as many as most orders have */
    for (uint32_t index = 0; index < work->line_count; index++) {
        const struct fen_work_line *line = &work->lines[index];
        for (uint32_t credit = 0; credit < line->credit_count; credit++)
            distribute_credit(work, line, &line->credits[credit], entitlement);
    }
}
