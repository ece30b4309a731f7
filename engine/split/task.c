/* task: see task.h. */
#include "split/task.h"

#include <stdlib.h>

#include "model/period.h"
#include "split/known.h"

/* Whether `score` is worth nothing beside `other`, which is as early and as great. */
static bool is_reached(const struct fen_task_score *score, const struct fen_task_score *other)
{
    return other->at_ms <= score->at_ms && other->score >= score->score;
}

bool fen_task_merge_score(struct fen_arena *arena, const struct fen_event *event,
                          struct fen_task_guide *guide)
{
    const struct fen_task_score fresh = {event->score, event->at_ms};
    for (uint32_t index = 0; index < guide->score_count; index++)
        if (is_reached(&fresh, &guide->scores[index]))
            return false;
    struct fen_task_score *kept =
        fen_arena_allocate(arena, (guide->score_count + 1) * sizeof *kept);
    uint32_t count = 0;
    bool is_placed = false;
    for (uint32_t index = 0; index < guide->score_count; index++) {
        const struct fen_task_score *score = &guide->scores[index];
        if (!is_placed && score->at_ms >= fresh.at_ms) {
            kept[count++] = fresh;
            is_placed = true;
        }
        if (!is_reached(score, &fresh))
            kept[count++] = *score;
    }
    if (!is_placed)
        kept[count++] = fresh;
    guide->scores = kept;
    guide->score_count = count;
    return true;
}

bool fen_task_merge_closing(const struct fen_event *event, struct fen_task_state *state)
{
    if (fen_str_is_set(state->closed_event) &&
        !fen_event_is_earlier(event->at_ms, event->id, state->closed_ms, state->closed_event))
        return false;
    state->closed_event = event->id;
    state->closed_ms = event->at_ms;
    return true;
}

const struct fen_task_score *fen_task_best_score(const struct fen_task_guide *guide,
                                                 int64_t closed_ms)
{
    const struct fen_task_score *best = NULL;
    for (uint32_t index = 0; index < guide->score_count; index++)
        if (guide->scores[index].at_ms <= closed_ms)
            best = &guide->scores[index];
    return best;
}

bool fen_task_contend(const struct fen_task_guide *guide, int64_t closed_ms, uint32_t index,
                      struct fen_contender *contender_out)
{
    const struct fen_task_score *score = fen_task_best_score(guide, closed_ms);
    if (score != NULL)
        *contender_out =
            (struct fen_contender){.guide = guide->guide, .score = *score, .index = index};
    return score != NULL;
}

const struct fen_task *fen_task_table(const struct fen_plan *plan, struct fen_str task)
{
    for (uint32_t index = 0; index < plan->task_count; index++)
        if (fen_str_equal(plan->tasks[index].task, task))
            return &plan->tasks[index];
    return NULL;
}

/* Score descending, then earliest `at`, then guide id. */
static int contender_compare(const void *a, const void *b)
{
    const struct fen_contender *left = a, *right = b;
    const struct fen_task_score *one = &left->score, *other = &right->score;
    int order = (one->score < other->score) - (one->score > other->score);
    if (order == 0)
        order = (one->at_ms > other->at_ms) - (one->at_ms < other->at_ms);
    return order != 0 ? order : fen_str_compare(left->guide, right->guide);
}

/* The amount of the highest threshold reached; thresholds rise. */
static int64_t score_amount(const struct fen_task *table, int64_t score)
{
    int64_t amount_fen = 0;
    for (uint32_t step = 0; step < table->step_count && table->steps[step].from <= score; step++)
        amount_fen = table->steps[step].amount_fen;
    return amount_fen;
}

static int64_t rank_amount(const struct fen_task *table, int64_t rank)
{
    for (uint32_t step = 0; step < table->step_count; step++)
        if (table->steps[step].from <= rank && rank <= table->steps[step].to)
            return table->steps[step].amount_fen;
    return 0;
}

void fen_task_award(struct fen_attribution *attribution, const struct fen_task *table,
                    struct fen_contender *contenders, uint32_t count)
{
    qsort(contenders, count, sizeof *contenders, contender_compare);
    int64_t rank = 0;
    for (uint32_t index = 0; index < count; index++) {
        struct fen_contender *contender = &contenders[index];
        contender->standing =
            fen_attribute_standing(attribution, FEN_ROLE_TASK,
                                   fen_known_guide(attribution, contender->guide)->record);
        if (contender->standing == FEN_STANDING_INELIGIBLE)
            continue;
        rank++;
        contender->amount_fen = table->is_by_rank
                                    ? rank_amount(table, rank)
                                    : score_amount(table, contender->score.score);
    }
}

struct fen_entitled fen_task_entitled(struct fen_arena *arena, const struct fen_task_state *state,
                                      const struct fen_plan *plan, const struct fen_task *table,
                                      const struct fen_contender *contender)
{
    return (struct fen_entitled){
        .key = {.payee = fen_arena_join(arena, FEN_STR("guide"), ':', contender->guide),
                .funder = FEN_STR("hq"),
                .rule = table->task,
                .plan = plan->id,
                .plan_version = plan->version,
                .role = FEN_ROLE_TASK,
                .period = fen_period_of(state->closed_ms, plan->offset_ms),
                .available_date = fen_date_of(state->closed_ms, plan->offset_ms)},
        .amount_fen = contender->amount_fen,
        .earned_ms = state->closed_ms,
        .rate_ppm = FEN_NONE,
    };
}
