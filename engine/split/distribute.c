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

/* Who gets the part of a payee, which is `guide` or an entity (SPEC §4 Leavers); absent: none. */
static struct fen_str leaver_payee(struct fen_attribution *attribution,
                                   const struct fen_work_credit *credit, struct fen_str guide,
                                   struct fen_str itself)
{
    enum fen_leaver_policy policy = attribution->plan->leaver[credit->credit.role];
    if (policy == FEN_LEAVER_PAY)
        return itself;
    const struct fen_guide *record = fen_known_record(attribution, guide, credit->earned_ms);
    if (record == NULL || record->status != FEN_GUIDE_LEFT)
        return itself;
    fen_trace_leaver(attribution->trace, credit, guide, policy, record);
    if (policy == FEN_LEAVER_HOUSE)
        return FEN_STR("hq");
    if (!fen_str_is_set(record->store))
        return FEN_STR_NONE;
    return fen_arena_join(attribution->texts, FEN_STR("store"), ':', record->store);
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
    const struct fen_rule *rule = credit->credit.rule;
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
                                       credit->credit.selling_store);
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
        enum fen_standing standing =
            fen_attribute_standing(attribution, FEN_ROLE_SERVE, server->guide, pickup->at_ms);
        *is_suspended = *is_suspended || standing == FEN_STANDING_UNKNOWN;
        fen_trace_server(attribution, credit, server, standing, pickup->at_ms);
        if (standing != FEN_STANDING_ELIGIBLE || credit->earned_ms == FEN_NONE)
            continue;
        struct fen_str itself = fen_known_guide(attribution, server->guide, pickup->at_ms)->payee;
        struct recipient recipient = {
            leaver_payee(attribution, credit, server->guide, itself), server->weight};
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
                           const struct fen_work_line *line, const struct fen_work_credit *credit,
                           bool *is_suspended)
{
    shares->count = 0;
    *is_suspended = credit->credit.is_suspended;
    if (credit->credit.role == FEN_ROLE_SERVE)
        return shares_add_servers(shares, attribution, line, credit, is_suspended);
    if (*is_suspended || credit->earned_ms == FEN_NONE)
        return 1;
    struct recipient recipient = {
        leaver_payee(attribution, credit, credit->credit.guide, credit->credit.payee), 1};
    shares_add_recipient(shares, attribution, line, credit, &recipient);
    return 1;
}

/* SPEC §5 When: the date of the hold's fact plus its days, or of a moved deadline. */
static int32_t available_date(const struct fen_attribution *attribution,
                              const struct fen_work_line *line,
                              const struct fen_work_credit *credit)
{
    const struct fen_rule *rule = credit->credit.rule;
    const struct fen_line_times *times = &line->attributed.times;
    int64_t offset_ms = attribution->plan->offset_ms;
    if (rule->hold_from == FEN_FACT_NONE)
        return fen_date_of(credit->earned_ms, offset_ms);
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

/* The period of an earned time; most credits of an order have the same. */
static int32_t work_period(struct fen_work *work, int64_t earned_ms)
{
    if (work->period_ms != earned_ms || work->period == 0) {
        work->period_ms = earned_ms;
        work->period = fen_period_of(earned_ms, work->attribution->plan->offset_ms);
    }
    return work->period;
}

/* A row of a credit, but for payee, portion and amounts. */
static void fill_row(struct fen_work *work, const struct fen_work_line *line,
                        const struct fen_work_credit *credit, struct fen_entitled *entitled)
{
    const struct fen_plan *plan = work->attribution->plan;
    const struct fen_rule *rule = credit->credit.rule;
    struct fen_str funder = fen_attribute_entity(work->attribution, rule->funder,
                                                 &line->attributed, credit->credit.selling_store);
    bool is_rate = rule->pay.kind == FEN_PAY_PERCENT || rule->pay.kind == FEN_PAY_TIERS;
    *entitled = (struct fen_entitled){
        .key = {.funder = fen_str_is_set(funder) ? funder : FEN_STR("hq"),
                .rule = rule->name,
                .plan = plan->id,
                .plan_version = plan->version,
                .line = credit->line,
                .role = credit->credit.role,
                .period = work_period(work, credit->earned_ms),
                .available_date = available_date(work->attribution, line, credit)},
        .earned_ms = credit->earned_ms,
        .rate_ppm = is_rate ? rule->pay.rate_ppm : FEN_NONE,
        .capped_by = credit->capped_by,
        .touch = credit->credit.touch,
    };
}

/* The next row, not yet counted. */
static struct fen_entitled *next_row(struct fen_arena *arena, struct fen_entitlement *entitlement)
{
    if (entitlement->count == entitlement->capacity) {
        entitlement->capacity = entitlement->capacity == 0 ? 16 : entitlement->capacity * 2;
        entitlement->items = fen_arena_grow(arena, entitlement->items, entitlement->count,
                                            entitlement->capacity, sizeof *entitlement->items);
    }
    return &entitlement->items[entitlement->count];
}

static bool row_stands(const struct fen_entitled *row)
{
    return row->amount_fen != 0 || row->base_fen != 0;
}

/* Of amounts that go beyond what the funder bears, hq's part is put into `rest` (Goodwill). */
static void part_goodwill(struct fen_entitled *row, int64_t funder_fen, int64_t funder_base_fen,
                          struct fen_entitled *rest)
{
    *rest = *row;
    if (funder_fen < row->amount_fen)
        row->amount_fen = funder_fen;
    row->base_fen = funder_base_fen;
    rest->key.funder = FEN_STR("hq");
    rest->amount_fen -= row->amount_fen;
    rest->base_fen -= row->base_fen;
}

/*
 * Into `row`, the next one. SPEC §5.7 and Goodwill: the funder bears at most what the same steps
 * give when every refund counts, hq the rest in an entry of its own.
 */
static void distribute_share(const struct fen_work *work, const struct fen_work_credit *credit,
                             const struct share *share, int64_t weights,
                             struct fen_entitled *row, struct fen_entitlement *entitlement)
{
    int64_t amount_fen[FEN_PASS_COUNT] = {0}, base_fen[FEN_PASS_COUNT] = {0};
    bool carries_base = share->portion == FEN_ROLE_NONE || share->portion == FEN_ROLE_SELF;
    for (int pass = 0; pass < (work->has_goodwill ? FEN_PASS_COUNT : 1); pass++) {
        amount_fen[pass] = fen_exact_share_floor(credit->amount[pass], work->scale, share->weight,
                                                 weights, share->rate_ppm);
        if (carries_base)
            base_fen[pass] =
                fen_money_scale_floor(credit->remaining_fen[pass], share->weight, weights);
    }
    row->key.payee = share->payee;
    row->key.portion = share->portion;
    row->amount_fen = amount_fen[FEN_PASS_OWN_REFUNDS];
    row->base_fen = base_fen[FEN_PASS_OWN_REFUNDS];
    fen_trace_share(work->attribution->trace, &row->key, share->rate_ppm, share->weight, weights,
                    amount_fen, base_fen);
    bool is_parted = work->has_goodwill && !fen_str_equal(row->key.funder, FEN_STR("hq"));
    struct fen_entitled rest;
    if (is_parted)
        part_goodwill(row, amount_fen[FEN_PASS_ALL_REFUNDS], base_fen[FEN_PASS_ALL_REFUNDS],
                      &rest);
    entitlement->count += row_stands(row);
    if (!is_parted)
        return;
    *next_row(work->attribution->arena, entitlement) = rest;
    entitlement->count += row_stands(&rest);
}

static void distribute_credit(struct fen_work *work, const struct fen_work_line *line,
                              const struct fen_work_credit *credit,
                              struct fen_entitlement *entitlement)
{
    struct fen_attribution *attribution = work->attribution;
    struct shares shares;
    bool is_suspended;
    int64_t weights = shares_fill(&shares, attribution, line, credit, &is_suspended);
    bool is_live = credit->earned_ms != FEN_NONE && !attribution->order->is_cancelled;
    entitlement->suspense_count += is_suspended && is_live;
    if (shares.count == 0 || !is_live ||
        rule_pays_nothing(credit->credit.rule))
        return;
    shares_sort(&shares);
    for (uint32_t index = 0; index < shares.count; index++) {
        struct fen_entitled *row = next_row(attribution->arena, entitlement);
        fill_row(work, line, credit, row);
        distribute_share(work, credit, &shares.items[index], weights, row, entitlement);
    }
}

void fen_distribute(struct fen_work *work, struct fen_entitlement *entitlement)
{
    for (uint32_t index = 0; index < work->line_count; index++) {
        const struct fen_work_line *line = &work->lines[index];
        for (uint32_t credit = 0; credit < line->credit_count; credit++)
            distribute_credit(work, line, &line->credits[credit], entitlement);
    }
}
