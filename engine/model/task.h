/*
 * task: what is known of one task, and what it has posted (SPEC §3, §5 Task).
 *
 * Two records of fen.task-state.v1, and the bytes a split lane keeps: one of the task (when it was
 * closed, under which plan), and one for each guide that has a score in it. Why apart: hundreds of
 * thousands of guides may play one game, and a score must cost one small record, not the whole
 * game's.
 *
 * Threads: values; any. Texts borrow the state record or the batch's arena.
 */
#ifndef FEN_MODEL_TASK_H
#define FEN_MODEL_TASK_H

#include <stdint.h>

#include "base/record.h"
#include "base/str.h"
#include "model/order.h"
#include "model/pin.h"

/* The record under tenant/task (message TaskState). */
struct fen_task_state {
    struct fen_str tenant;       /* not in the record: its key says it */
    struct fen_str task;         /* likewise */
    struct fen_str closed_event; /* of the holding task.closed; absent: not closed */
    int64_t closed_ms;
    struct fen_pin pin;
    uint32_t suspense_count; /* 1 while an amount waits for a guide to be announced */
    struct fen_event_mark *marks; /* of task.closed */
    uint32_t mark_count, mark_capacity; /* the capacity is not in the record */
};

/* A score that no earlier one reaches. */
struct fen_task_score {
    int64_t score;
    int64_t at_ms;
};

/* The record under tenant/task/guide (message TaskGuideState). */
struct fen_task_guide {
    struct fen_str guide; /* not in the record: its key says it */
    struct fen_task_score *scores; /* ascending by time and by score */
    uint32_t score_count;
    struct fen_posted *posted; /* ascending by key */
    uint32_t posted_count;
    struct fen_event_mark *marks; /* of task.scored */
    uint32_t mark_count, mark_capacity; /* the capacity is not in the record */
};

extern const struct fen_schema fen_task_state_schema;
extern const struct fen_schema fen_task_guide_schema;

/* Which of the two a record of fen.task-state.v1 is, by its key. */
const struct fen_schema *fen_task_record_schema(struct fen_str key);

#endif /* FEN_MODEL_TASK_H */
