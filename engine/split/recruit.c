/* recruit: see recruit.h. */
#include "split/recruit.h"

#include "model/period.h"
#include "split/known.h"
#include "split/trace.h"

struct fen_order fen_recruit_order(const struct fen_customer *customer)
{
    return (struct fen_order){
        .tenant = customer->tenant,
        .customer = customer->customer,
        .created_ms = customer->registered_ms,
        .store = customer->registered_store,
        .sharer_time_ms = FEN_NONE,
        .paid_ms = FEN_NONE,
    };
}

static void entitle(struct fen_attribution *attribution, const struct fen_rule *rule,
                    struct fen_entitlement *entitlement)
{
    const struct fen_customer *customer = attribution->customer;
    const struct fen_plan *plan = attribution->plan;
    int64_t at_ms = customer->registered_ms;
    struct fen_entitled entitled = {
        .key = {.payee = fen_arena_join(attribution->texts, FEN_STR("guide"), ':',
                                        customer->recruiter),
                .funder = FEN_STR("hq"),
                .rule = rule->name,
                .plan = plan->id,
                .plan_version = plan->version,
                .role = FEN_ROLE_RECRUIT,
                .period = fen_period_of(at_ms, plan->offset_ms),
                .available_date = fen_date_of(at_ms, plan->offset_ms)},
        .amount_fen = rule->pay.amount_fen,
        .earned_ms = at_ms,
        .rate_ppm = FEN_NONE,
    };
    FEN_ARENA_PUSH(attribution->arena, entitlement->items, entitlement->count,
                   entitlement->capacity, entitled);
}

void fen_recruit_entitle(struct fen_attribution *attribution,
                         struct fen_entitlement *entitlement)
{
    const struct fen_customer *customer = attribution->customer;
    FEN_ASSERT(fen_str_is_set(customer->registered_event));
    if (customer->is_voided || !fen_str_is_set(customer->recruiter) ||
        attribution->plan->rule_count[FEN_ROLE_RECRUIT] == 0)
        return;
    fen_attribution_init(attribution);
    const struct fen_known_guide *known = fen_known_guide(attribution, customer->recruiter);
    const struct fen_guide *record = fen_org_guide_as_of(known->history, customer->registered_ms);
    enum fen_standing standing = fen_attribute_standing(attribution, FEN_ROLE_RECRUIT, record);
    if (standing == FEN_STANDING_INELIGIBLE) {
        fen_trace_ineligible(attribution->trace, FEN_ROLE_RECRUIT, known, record);
        return;
    }
    const struct fen_rule *rule = fen_attribute_recruit(attribution, customer->recruiter);
    if (rule == NULL)
        return;
    if (standing == FEN_STANDING_UNKNOWN)
        entitlement->suspense_count = 1;
    else if (rule->pay.amount_fen != 0)
        entitle(attribution, rule, entitlement);
}
