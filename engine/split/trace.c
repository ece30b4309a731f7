/* trace: see trace.h. */
#include "split/trace.h"

#include "split/known.h"

#define TRACE_PUSH(trace, list, value)                                                             \
    FEN_ARENA_PUSH((trace)->arena, (trace)->list##s, (trace)->list##_count,                        \
                   (trace)->list##_capacity, (value))

void fen_trace_add_line(struct fen_trace *trace, const struct fen_work_line *line)
{
    TRACE_PUSH(trace, line, line);
}

/* The number of the line whose roles are tried; 0: a registration has none. */
static int64_t present_line(const struct fen_trace *trace)
{
    return trace->line_count == 0 ? 0
                                  : trace->lines[trace->line_count - 1]->attributed.line->line;
}

static void add_candidate(struct fen_trace *trace, struct fen_trace_candidate candidate)
{
    candidate.line = present_line(trace);
    TRACE_PUSH(trace, candidate, candidate);
}

void fen_trace_add_nobody(struct fen_trace *trace, enum fen_role role,
                          const struct fen_known_store *selling_store)
{
    add_candidate(trace, (struct fen_trace_candidate){
                             .verdict = FEN_TRACE_NOBODY,
                             .credit = {.role = role, .selling_store = selling_store}});
}

void fen_trace_add_ineligible(struct fen_trace *trace, enum fen_role role,
                              const struct fen_known_guide *known, const struct fen_guide *record)
{
    add_candidate(trace, (struct fen_trace_candidate){.verdict = FEN_TRACE_INELIGIBLE,
                                                      .credit = {.role = role, .known = known},
                                                      .guide = record});
}

void fen_trace_add_match(struct fen_trace *trace, const struct fen_credit *credit,
                         const struct fen_attributes *attributes,
                         const struct fen_known_guide *guide)
{
    struct fen_trace_candidate candidate = {
        .verdict = FEN_TRACE_CREDITED,
        .credit = *credit,
        .attributes = *attributes,
        .guide = guide == NULL ? NULL : guide->record,
    };
    if (credit->rule == NULL)
        candidate.verdict = FEN_TRACE_NO_RULE;
    else if (credit->is_suspended)
        candidate.verdict = FEN_TRACE_SUSPENDED;
    add_candidate(trace, candidate);
}

void fen_trace_passed_touch(struct fen_trace *trace, struct fen_attribution *attribution,
                            const struct fen_touch_fact *touch, struct fen_str sku)
{
    int64_t created_ms = attribution->order->created_ms;
    struct fen_trace_touch passed = {.line = present_line(trace), .touch = touch};
    if (!fen_attribute_is_inside_window(attribution, touch->at_ms)) {
        passed.fate = touch->at_ms > created_ms ? FEN_TRACE_AFTER : FEN_TRACE_TOO_OLD;
    } else if (fen_str_is_set(sku) && !fen_str_equal(touch->sku, sku)) {
        passed.fate = FEN_TRACE_OTHER_SKU;
    } else {
        passed.fate = FEN_TRACE_NOT_ALLOWED;
        passed.guide = fen_known_guide(attribution, touch->guide)->record;
    }
    FEN_ARENA_PUSH(trace->arena, trace->touches, trace->touch_count, trace->touch_capacity,
                   passed);
}

void fen_trace_add_limit(struct fen_trace *trace, const struct fen_limit *limit,
                         enum fen_pass pass, int64_t line, int64_t greatest_fen)
{
    struct fen_trace_limit begun = {limit, pass, line, greatest_fen};
    TRACE_PUSH(trace, limit, begun);
}

void fen_trace_add_step(struct fen_trace *trace, enum fen_trace_kind kind, enum fen_pass pass,
                        const struct fen_work_credit *credit)
{
    struct fen_trace_step step = {kind, pass, credit, NULL, credit->amount[pass]};
    if (kind == FEN_TRACE_LIMIT)
        step.limit = trace->limits[trace->limit_count - 1].limit;
    TRACE_PUSH(trace, step, step);
}

void fen_trace_add_server(struct fen_trace *trace, const struct fen_work_credit *credit,
                          const struct fen_server *server, enum fen_standing standing,
                          const struct fen_guide *record)
{
    struct fen_trace_server served = {credit, server, standing, record};
    TRACE_PUSH(trace, server, served);
}

void fen_trace_add_leaver(struct fen_trace *trace, const struct fen_work_credit *credit,
                          struct fen_str guide, enum fen_leaver_policy policy,
                          const struct fen_guide *record)
{
    struct fen_trace_leaver leaver = {credit, guide, policy, record};
    TRACE_PUSH(trace, leaver, leaver);
}

void fen_trace_add_portion(struct fen_trace *trace, const struct fen_work_credit *credit,
                           struct fen_str payee, enum fen_role portion, int64_t rate_ppm,
                           int64_t weight)
{
    struct fen_trace_portion part = {credit, payee, portion, rate_ppm, weight};
    TRACE_PUSH(trace, portion, part);
}

void fen_trace_add_share(struct fen_trace *trace, const struct fen_trace_share *share)
{
    TRACE_PUSH(trace, share, *share);
}
