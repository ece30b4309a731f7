/*
 * lane_task_evaluate: what a task.* event does to a lane, and one closed task against the
 * references in force (SPEC §3, §5 Task).
 */
#include "base/array.h"
#include "split/lane_parts.h"
#include "split/pin.h"
#include "split/task.h"

/* The guides with a score by the closing; `index` of each is its place in `guides`. */
static struct fen_contender *find_contenders(struct fen_split_lane *lane,
                                             struct fen_task_guide_object *const *guides,
                                             uint32_t guide_count, int64_t closed_ms,
                                             uint32_t *count_out)
{
    struct fen_contender *contenders =
        fen_arena_allocate(lane->batch.scratch, guide_count * sizeof *contenders);
    uint32_t count = 0;
    for (uint32_t index = 0; index < guide_count; index++)
        count += fen_task_contend(&guides[index]->guide, closed_ms, index, &contenders[count]);
    *count_out = count;
    return contenders;
}

/* Post to one guide what it is entitled to (NULL: nothing), less what it has. */
static void post_guide(struct fen_split_lane *lane, const struct fen_difference_cause *cause,
                       struct fen_task_guide_object *guide, const struct fen_entitled *entitled)
{
    if (fen_difference(lane->batch.arena, lane->batch.scratch, cause, entitled, entitled != NULL,
                       &guide->guide.posted, &guide->guide.posted_count,
                       lane->batch.entries) > 0)
        guide->is_changed = true;
}

/* Who gets how much; returns the suspense: counted once per task (SPEC §5). */
static uint32_t award(struct fen_split_lane *lane, struct fen_task_object *object,
                      const struct fen_plan *plan, struct fen_task_guide_object *const *guides,
                      uint32_t guide_count, struct fen_entitled **entitled)
{
    const struct fen_task_state *state = &object->state;
    const struct fen_task *table = fen_task_table(plan, state->task);
    if (table == NULL)
        return 0;
    uint32_t count, suspense_count = 0;
    struct fen_contender *contenders =
        find_contenders(lane, guides, guide_count, state->closed_ms, &count);
    struct fen_order closing = {.tenant = state->tenant, .created_ms = state->closed_ms};
    struct fen_attribution attribution = {.arena = lane->batch.scratch,
                                          .texts = lane->batch.scratch,
                                          .plan = plan,
                                          .org = lane->batch.reference->org,
                                          .order = &closing};
    fen_task_award(&attribution, table, contenders, count);
    for (uint32_t index = 0; index < count; index++) {
        const struct fen_contender *contender = &contenders[index];
        if (contender->amount_fen == 0)
            continue;
        if (contender->standing == FEN_STANDING_UNKNOWN) {
            suspense_count = 1;
            continue;
        }
        struct fen_entitled *item = FEN_ARENA_NEW(lane->batch.scratch, struct fen_entitled);
        *item = fen_task_entitled(lane->batch.arena, state, plan, table, contender);
        entitled[contender->index] = item;
    }
    return suspense_count;
}

static void evaluate_task(struct fen_split_lane *lane, struct fen_task_object *object,
                          struct fen_event_ref event, bool is_anew)
{
    struct fen_task_state *state = &object->state;
    lane->batch.counts->reevaluations += is_anew;
    if (!fen_str_is_set(state->closed_event))
        return;
    object->is_changed = true;
    lane->batch.counts->evaluations++;
    bool is_new_choice;
    const struct fen_plan *plan =
        fen_pin_choose(lane->batch.reference->catalog, state->tenant, state->closed_ms,
                       &state->pin, &is_new_choice);
    uint32_t count, suspense_count = 0;
    struct fen_task_guide_object **guides = fen_lane_task_guides(lane, object, &count);
    struct fen_entitled **entitled =
        fen_arena_allocate_zeroed(lane->batch.scratch, count * sizeof *entitled);
    if (plan == NULL)
        lane->batch.counts->orders_unplanned++;
    else
        suspense_count = award(lane, object, plan, guides, count, entitled);
    if (suspense_count > state->suspense_count)
        lane->batch.counts->credits_in_suspense++;
    state->suspense_count = suspense_count;
    struct fen_difference_cause cause = {
        .tenant = state->tenant,
        .subject = fen_arena_join(lane->batch.arena, FEN_STR("task"), ':', state->task),
        .event = event,
        .kind = FEN_KIND_TASK,
    };
    for (uint32_t index = 0; index < count; index++)
        post_guide(lane, &cause, guides[index], entitled[index]);
    fen_arena_reset(lane->batch.scratch);
}

void fen_lane_evaluate_task_soon(struct fen_split_lane *lane, struct fen_task_object *object,
                                 struct fen_event_ref event, bool is_anew)
{
    if (lane->is_at_once)
        evaluate_task(lane, object, event, is_anew);
    else
        fen_due_put(&object->due, event, is_anew);
}

static int due_compare(const void *a, const void *b)
{
    const struct fen_task_object *left = *(struct fen_task_object *const *)a;
    const struct fen_task_object *right = *(struct fen_task_object *const *)b;
    return fen_str_compare(left->key, right->key);
}

/* By key, so that the ledger does not depend on how the tasks were found. */
void fen_lane_finish_due_tasks(struct fen_split_lane *lane)
{
    struct fen_task_object **due = NULL;
    uint32_t count = 0, capacity = 0;
    for (struct fen_task_object *object = lane->tasks.first; object != NULL; object = object->next)
        if (fen_str_is_set(object->due.event.id))
            FEN_ARENA_PUSH(lane->batch.arena, due, count, capacity, object);
    fen_array_sort(due, count, sizeof(struct fen_task_object *), due_compare);
    for (uint32_t index = 0; index < count; index++)
        evaluate_task(lane, due[index], due[index]->due.event, due[index]->due.is_anew);
}

static void apply_score(struct fen_split_lane *lane, const struct fen_event *event,
                        struct fen_event_mark mark, struct fen_task_object *object)
{
    struct fen_task_guide_object *guide = fen_lane_task_guide(lane, object, event->guide);
    guide->is_changed = true;
    fen_event_mark_append(lane->batch.arena, mark, &guide->guide.marks, &guide->guide.mark_count,
                          &guide->guide.mark_capacity);
    bool is_news = fen_task_merge_score(lane->batch.arena, event, &guide->guide);
    bool counts = fen_str_is_set(object->state.closed_event) &&
                  event->at_ms <= object->state.closed_ms;
    if (is_news && counts)
        fen_lane_evaluate_task_soon(lane, object, fen_event_ref(event), false);
}

void fen_lane_apply_task(struct fen_split_lane *lane, const struct fen_event *event,
                         struct fen_event_mark mark)
{
    struct fen_task_object *object = fen_lane_task(lane, event->tenant, event->task);
    if (event->type == FEN_EVENT_TASK_SCORED) {
        apply_score(lane, event, mark, object);
        return;
    }
    FEN_ASSERT(event->type == FEN_EVENT_TASK_CLOSED);
    object->is_changed = true;
    fen_event_mark_append(lane->batch.arena, mark, &object->state.marks, &object->state.mark_count,
                          &object->state.mark_capacity);
    if (fen_task_merge_closing(event, &object->state))
        fen_lane_evaluate_task_soon(lane, object, fen_event_ref(event), false);
}
