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

void fen_trace_add_candidate(struct fen_trace *trace, const struct fen_trace_candidate *candidate)
{
    struct fen_trace_candidate placed = *candidate;
    placed.line = present_line(trace);
    TRACE_PUSH(trace, candidate, placed);
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
    fen_trace_add_candidate(trace, &candidate);
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

void fen_trace_add_limit(struct fen_trace *trace, const struct fen_trace_limit *limit)
{
    TRACE_PUSH(trace, limit, *limit);
}

void fen_trace_add_step(struct fen_trace *trace, enum fen_trace_kind kind, enum fen_pass pass,
                        const struct fen_work_credit *credit)
{
    struct fen_trace_step step = {kind, pass, credit, NULL, credit->amount[pass]};
    if (kind == FEN_TRACE_LIMIT)
        step.limit = trace->limits[trace->limit_count - 1].limit;
    TRACE_PUSH(trace, step, step);
}

void fen_trace_add_server(struct fen_trace *trace, const struct fen_trace_server *server)
{
    TRACE_PUSH(trace, server, *server);
}

void fen_trace_add_leaver(struct fen_trace *trace, const struct fen_trace_leaver *leaver)
{
    TRACE_PUSH(trace, leaver, *leaver);
}

void fen_trace_add_portion(struct fen_trace *trace, const struct fen_trace_portion *portion)
{
    TRACE_PUSH(trace, portion, *portion);
}

void fen_trace_add_share(struct fen_trace *trace, const struct fen_trace_share *share)
{
    TRACE_PUSH(trace, share, *share);
}
