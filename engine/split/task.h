/*
 * task: how scores merge, and what a closed task gives to whom (SPEC §3, §5 Task).
 *
 * A score that comes after the closing counts if its `at` is not later, and an earlier closing may
 * still come: so of a guide all scores are kept that no earlier one reaches, and the closing picks
 * the last one it includes.
 *
 * Threads: pure; any. Arrays are never changed in place: a change makes a new one in the arena.
 */
#ifndef FEN_SPLIT_TASK_H
#define FEN_SPLIT_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/difference.h"
#include "model/event.h"
#include "model/task.h"
#include "split/attribute.h"

/* Merge a task.scored or a task.closed; texts borrow the event. Whether anything known changed. */
bool fen_task_merge_score(struct fen_arena *arena, const struct fen_event *event,
                          struct fen_task_guide *guide);
bool fen_task_merge_closing(const struct fen_event *event, struct fen_task_state *state);

/* The guide's greatest score as of a time, at its earliest `at`; NULL: none by then. */
const struct fen_task_score *fen_task_best_score(const struct fen_task_guide *guide,
                                                 int64_t closed_ms);

/* A guide in a closed task. */
struct fen_contender {
    struct fen_str guide;
    struct fen_task_score score;
    enum fen_standing standing; /* as of the closing */
    int64_t amount_fen;
    uint32_t index; /* the caller's */
};

/* The task's table in the plan; NULL: the plan does not know the task. */
const struct fen_task *fen_task_table(const struct fen_plan *plan, struct fen_str task);

/*
 * Whether a guide with scores contends for a task closed at `closed_ms`: its best score by then, as
 * contender `index`.
 */
bool fen_task_contend(const struct fen_task_guide *guide, int64_t closed_ms, uint32_t index,
                      struct fen_contender *contender_out);

/*
 * Fill in standings and amounts, the latter also for guides not announced, whose places are kept;
 * sorts `contenders`. attribution->order says tenant and, as `created`, when the task was closed.
 */
void fen_task_award(struct fen_attribution *attribution, const struct fen_task *table,
                    struct fen_contender *contenders, uint32_t count);

/* What a contender is entitled to: payee in the arena, rule and plan borrowed. */
struct fen_entitled fen_task_entitled(struct fen_arena *arena, const struct fen_task_state *state,
                                      const struct fen_plan *plan, const struct fen_task *table,
                                      const struct fen_contender *contender);

#endif /* FEN_SPLIT_TASK_H */
