/*
 * lanes_reference: counting and refusing org events and plans.
 *
 * Their effect comes through the reference, which every process reads for itself; that an event is
 * counted once, and dead-lettered once, is the affair of the one worker that is given it here.
 */
#include "plan/parse.h"
#include "stream/lanes_parts.h"

void fen_reference_lane_init(struct fen_reference_lane *lane)
{
    *lane = (struct fen_reference_lane){0};
    fen_applied_init(&lane->applied);
    lane->texts = fen_arena_create(4 * 1024);
}

void fen_reference_lane_deinit(struct fen_reference_lane *lane)
{
    fen_applied_deinit(&lane->applied);
    fen_arena_destroy(lane->texts);
}

void fen_reference_lane_begin(struct fen_reference_lane *lane)
{
    fen_applied_begin(&lane->applied);
    lane->plan_count_before = lane->plan_count;
}

void fen_reference_lane_discard(struct fen_reference_lane *lane)
{
    fen_applied_discard(&lane->applied);
    lane->plan_count = lane->plan_count_before;
}

/* A plan of the tenant's own, or one given for every tenant. */
static const struct fen_published_plan *find_plan(const struct fen_reference_lane *lane,
                                                  struct fen_str tenant,
                                                  const struct fen_plan *plan)
{
    for (uint32_t index = 0; index < lane->plan_count; index++) {
        const struct fen_published_plan *known = &lane->plans[index];
        if (known->version == plan->version && fen_str_equal(known->id, plan->id) &&
            (!fen_str_is_set(known->tenant) || fen_str_equal(known->tenant, tenant)))
            return known;
    }
    return NULL;
}

static void add_plan(struct fen_reference_lane *lane, struct fen_str tenant,
                     const struct fen_plan *plan)
{
    struct fen_published_plan published = {fen_arena_copy(lane->texts, tenant),
                                           fen_arena_copy(lane->texts, plan->id), plan->version,
                                           plan->content};
    FEN_ARENA_PUSH(lane->texts, lane->plans, lane->plan_count, lane->plan_capacity, published);
}

void fen_lanes_give_plan(struct fen_lanes *lanes, const struct fen_plan *plan)
{
    FEN_ASSERT(!lanes->is_in_batch);
    add_plan(&lanes->references, FEN_STR_NONE, plan);
}

/* SPEC §4: an id@version published again is a duplicate, with other content a conflict besides. */
static enum fen_refusal apply_plan(struct fen_reference_lane *lane, const struct fen_event *event,
                                   struct fen_arena *arena, struct fen_counters *counters,
                                   struct fen_refused *refused_out)
{
    struct fen_diagnostics diagnostics = {.arena = arena, .language = FEN_LANGUAGE_ENGLISH};
    const struct fen_plan *plan = fen_plan_parse(event->yaml, arena, &diagnostics);
    if (plan == NULL) {
        refused_out->code = FEN_REFUSAL_BAD_PLAN;
        refused_out->sentence = fen_diagnostics_first(&diagnostics, arena);
        return FEN_REFUSAL_BAD_PLAN;
    }
    const struct fen_published_plan *known = find_plan(lane, event->tenant, plan);
    if (known != NULL) {
        counters->plan_conflicts += known->content != plan->content;
        counters->events_applied += event->retroactive;
        counters->events_duplicate += !event->retroactive;
        return FEN_REFUSAL_NONE;
    }
    add_plan(lane, event->tenant, plan);
    counters->events_applied++;
    return FEN_REFUSAL_NONE;
}

enum fen_refusal fen_reference_lane_apply(struct fen_reference_lane *lane,
                                          const struct fen_event *event, struct fen_arena *arena,
                                          struct fen_counters *counters,
                                          struct fen_refused *refused_out)
{
    struct fen_event_mark mark; /* kept nowhere: every process reads these topics from the start */
    enum fen_applied_fate fate = fen_applied_add(&lane->applied, arena, event, &mark);
    counters->id_conflicts += fate == FEN_APPLIED_CONFLICT;
    if (fate != FEN_APPLIED_NEW) {
        counters->events_duplicate++;
        return FEN_REFUSAL_NONE;
    }
    enum fen_refusal refusal = FEN_REFUSAL_NONE;
    if (event->type == FEN_EVENT_PLAN_PUBLISHED)
        refusal = apply_plan(lane, event, arena, counters, refused_out);
    else
        counters->events_applied++;
    if (refusal != FEN_REFUSAL_NONE)
        fen_applied_take_back(&lane->applied);
    return refusal;
}
