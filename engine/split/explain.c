/* explain: see explain.h. */
#include "split/explain.h"

#include <stdlib.h>

#include "split/pin.h"
#include "split/recruit.h"

/* The newest first. */
static int touch_compare(const void *a, const void *b)
{
    const struct fen_explained_touch *left = a, *right = b;
    int64_t left_ms = left->touch.at_ms, right_ms = right->touch.at_ms;
    int order = (left_ms < right_ms) - (left_ms > right_ms);
    return order != 0 ? order : fen_str_compare(right->touch.event, left->touch.event);
}

/* By event, and of one event as they were read. */
static int event_compare(const void *a, const void *b)
{
    const struct fen_explained_touch *left = *(struct fen_explained_touch *const *)a;
    const struct fen_explained_touch *right = *(struct fen_explained_touch *const *)b;
    int order = fen_str_compare(left->touch.event, right->touch.event);
    return order != 0 ? order : (left > right) - (left < right);
}

/*
 * Ids tell events apart, whatever else they say: the first one read holds (SPEC §3). A customer may
 * have many thousands: no comparing of each with each. Returns: how many are left, as they were.
 */
static uint32_t leave_out_repeats(struct fen_explained_touch *all, uint32_t count,
                                  struct fen_arena *arena)
{
    struct fen_explained_touch **sorted = fen_arena_allocate(arena, count * sizeof(void *));
    uint32_t kept = 0;
    for (uint32_t index = 0; index < count; index++)
        sorted[index] = &all[index];
    qsort(sorted, count, sizeof(void *), event_compare);
    for (uint32_t index = count; index-- > 1;)
        if (fen_str_equal(sorted[index]->touch.event, sorted[index - 1]->touch.event))
            sorted[index]->touch.event = FEN_STR_NONE;
    for (uint32_t index = 0; index < count; index++)
        if (fen_str_is_set(all[index].touch.event))
            all[kept++] = all[index];
    return kept;
}

static void list_touches(struct fen_explanation *explanation)
{
    const struct fen_order *order = &explanation->order;
    uint32_t count = 0, kept = order->touch_count;
    struct fen_explained_touch *all = fen_arena_allocate(
        explanation->arena, ((size_t)kept + explanation->touch_count) * sizeof *all);
    for (uint32_t index = 0; index < kept; index++)
        all[count++] = (struct fen_explained_touch){order->touches[index], true, false};
    for (uint32_t index = 0; index < explanation->touch_count; index++)
        all[count++] = (struct fen_explained_touch){explanation->touches[index], false, false};
    count = leave_out_repeats(all, count, explanation->arena);
    for (uint32_t index = 0; index < count && explanation->plan != NULL; index++)
        all[index].is_inside = fen_attribute_is_inside_window(&explanation->attribution,
                                                              all[index].touch.at_ms);
    qsort(all, count, sizeof *all, touch_compare);
    explanation->explained_touches = all;
    explanation->explained_touch_count = count;
}

static void add_due(struct fen_explanation *explanation, const struct fen_explained_due *due)
{
    FEN_ARENA_PUSH(explanation->arena, explanation->dues, explanation->due_count,
                   explanation->due_capacity, *due);
}

static void add_posted(struct fen_explanation *explanation, const struct fen_posted *posted)
{
    if (posted->amount_fen != 0 || posted->base_fen != 0)
        add_due(explanation, &(struct fen_explained_due){posted->key, posted->earned_ms, 0, 0,
                                                         posted->amount_fen, posted->base_fen});
}

static void add_entitled(struct fen_explanation *explanation, const struct fen_entitled *entitled)
{
    add_due(explanation,
            &(struct fen_explained_due){entitled->key, entitled->earned_ms, entitled->amount_fen,
                                        entitled->base_fen, 0, 0});
}

static int due_compare(const void *a, const void *b)
{
    return fen_key_compare(&((const struct fen_explained_due *)a)->key,
                           &((const struct fen_explained_due *)b)->key);
}

/* What was entitled and what was posted, each key once. */
static void settle_dues(struct fen_explanation *explanation)
{
    struct fen_explained_due *dues = explanation->dues;
    uint32_t count = 0;
    if (dues == NULL)
        return;
    qsort(dues, explanation->due_count, sizeof *dues, due_compare);
    for (uint32_t index = 0; index < explanation->due_count; index++) {
        if (count == 0 || due_compare(&dues[count - 1], &dues[index]) != 0) {
            dues[count++] = dues[index];
            continue;
        }
        dues[count - 1].amount_fen += dues[index].amount_fen;
        dues[count - 1].base_fen += dues[index].base_fen;
        dues[count - 1].posted_fen += dues[index].posted_fen;
        dues[count - 1].posted_base_fen += dues[index].posted_base_fen;
    }
    explanation->due_count = count;
}

static void list_dues(struct fen_explanation *explanation, const struct fen_posted *posted,
                      uint32_t posted_count)
{
    for (uint32_t index = 0; index < explanation->entitlement.count; index++)
        add_entitled(explanation, &explanation->entitlement.items[index]);
    for (uint32_t index = 0; index < posted_count; index++)
        add_posted(explanation, &posted[index]);
    settle_dues(explanation);
}

static void begin(struct fen_explanation *explanation)
{
    explanation->trace.arena = explanation->arena;
    explanation->attribution = (struct fen_attribution){
        .arena = explanation->arena,
        .texts = explanation->arena,
        .plan = explanation->plan,
        .org = explanation->reference->org,
        .order = &explanation->order,
        .customer =
            fen_str_is_set(explanation->customer.tenant) ? &explanation->customer : NULL,
        .trace = &explanation->trace,
        .window_ms = FEN_NONE, /* until an order is looked at: a task has none */
    };
}

void fen_explain_order(struct fen_explanation *explanation)
{
    struct fen_order *order = &explanation->order;
    explanation->plan = fen_pin_choose_order(explanation->reference->catalog, order,
                                             explanation->arena, &explanation->is_new_choice);
    begin(explanation);
    if (explanation->plan != NULL)
        fen_entitle_order(&explanation->attribution, &explanation->entitlement);
    list_touches(explanation);
    list_dues(explanation, order->posted, order->posted_count);
}

void fen_explain_registration(struct fen_explanation *explanation)
{
    struct fen_customer *customer = &explanation->customer;
    explanation->order = fen_recruit_order(customer);
    explanation->plan =
        fen_pin_choose(explanation->reference->catalog, customer->tenant,
                       customer->registered_ms, &customer->pin, &explanation->is_new_choice);
    begin(explanation);
    if (explanation->plan != NULL)
        fen_recruit_entitle(&explanation->attribution, &explanation->entitlement);
    list_dues(explanation, customer->posted, customer->posted_count);
}

/* The guides with a score by the closing, in the order of their ranks, and what each gets. */
static void award(struct fen_explanation *explanation)
{
    explanation->contenders = fen_arena_allocate_zeroed(
        explanation->arena, explanation->guide_count * sizeof *explanation->contenders);
    for (uint32_t index = 0; index < explanation->guide_count; index++)
        explanation->contender_count +=
            fen_task_contend(&explanation->guides[index], explanation->task.closed_ms, index,
                             &explanation->contenders[explanation->contender_count]);
    fen_task_award(&explanation->attribution, explanation->task_table, explanation->contenders,
                   explanation->contender_count);
}

void fen_explain_task(struct fen_explanation *explanation)
{
    struct fen_task_state *task = &explanation->task;
    explanation->order =
        (struct fen_order){.tenant = task->tenant, .created_ms = task->closed_ms};
    explanation->plan =
        fen_pin_choose(explanation->reference->catalog, task->tenant,
                       task->closed_ms, &task->pin, &explanation->is_new_choice);
    begin(explanation);
    if (explanation->plan != NULL)
        explanation->task_table = fen_task_table(explanation->plan, task->task);
    if (explanation->task_table != NULL)
        award(explanation);
    for (uint32_t index = 0; index < explanation->contender_count; index++) {
        const struct fen_contender *contender = &explanation->contenders[index];
        if (contender->amount_fen != 0 && contender->standing == FEN_STANDING_ELIGIBLE) {
            struct fen_entitled entitled = fen_task_entitled(
                explanation->arena, task, explanation->plan, explanation->task_table, contender);
            add_entitled(explanation, &entitled);
        }
    }
    for (uint32_t index = 0; index < explanation->guide_count; index++)
        for (uint32_t row = 0; row < explanation->guides[index].posted_count; row++)
            add_posted(explanation, &explanation->guides[index].posted[row]);
    settle_dues(explanation);
}
