/*
 * lane_task: the tasks of a split lane; private to the split layer.
 *
 * A task has a record of its own and one for each guide with a score in it (model/task.h), and the
 * lane a table for each. Guides are linked to their task at promote; what a batch adds hangs on the
 * task's object. The reference index needs no record: a guide with a score is looked at, always.
 *
 * Threads: one worker.
 */
#ifndef FEN_SPLIT_LANE_TASK_H
#define FEN_SPLIT_LANE_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/slab.h"
#include "base/state_table.h"
#include "model/task.h"
#include "split/lane.h"
#include "split/reference_index.h"
#include "split/subject.h"

/* A guide with a score, during a batch. */
struct fen_task_guide_object {
    struct fen_task_guide guide;
    uint32_t slot;
    bool is_changed;
    bool is_new;               /* not linked to its task until promote */
    struct fen_str key, value; /* of the record, encoded at finish */
    struct fen_task_guide_object *next_new; /* of the same task */
    struct fen_task_guide_object *next;     /* of the batch */
};

/* A task during a batch. */
struct fen_task_object {
    struct fen_task_state state;
    uint32_t slot;
    bool is_changed;
    struct fen_str key, value; /* of the record, encoded at finish */
    struct fen_due due;
    uint32_t suspense_before;
    struct fen_task_guide_object *new_guides;
    struct fen_task_object *next; /* of the batch */
};

/* Committed links of a task and of a guide in it, by slot. */
struct fen_task_link {
    uint32_t first_guide; /* slot; 0 none */
    struct fen_subject_flags flags;
};
struct fen_task_guide_link {
    uint32_t next_guide; /* of the same task; 0 the last */
    bool is_linked;
};

struct fen_lane_tasks {
    struct fen_state_table *states; /* by tenant/task */
    struct fen_state_table *guides; /* by tenant/task/guide */
    struct fen_task_link *links;
    uint32_t link_count;
    struct fen_task_guide_link *guide_links;
    uint32_t guide_link_count;
    struct fen_reference_index *references; /* guides -> slots of tasks */

    /* of the batch */
    struct fen_task_object *first, **last;
    struct fen_task_guide_object *first_guide, **last_guide;
};

/* Tables in `slab`; fen_lane_tasks_deinit frees them. */
void fen_lane_tasks_init(struct fen_lane_tasks *tasks, struct fen_slab *slab);
void fen_lane_tasks_deinit(struct fen_lane_tasks *tasks);
size_t fen_lane_tasks_held_bytes(const struct fen_lane_tasks *tasks);

/* The task's object of this batch, read from the table when first asked for. */
struct fen_task_object *fen_lane_task(struct fen_split_lane *lane, struct fen_str tenant,
                                      struct fen_str task);
struct fen_task_object *fen_lane_task_at(struct fen_split_lane *lane, uint32_t slot);

/* Likewise of a guide in the task. */
struct fen_task_guide_object *fen_lane_task_guide(struct fen_split_lane *lane,
                                                  struct fen_task_object *task,
                                                  struct fen_str guide);

/* All guides with a score in the task, committed and new, by id; in the batch's scratch memory. */
struct fen_task_guide_object **fen_lane_task_guides(struct fen_split_lane *lane,
                                                    struct fen_task_object *task,
                                                    uint32_t *count_out);

/* Apply a task.* event that is no duplicate. */
void fen_lane_apply_task(struct fen_split_lane *lane, const struct fen_event *event,
                         struct fen_event_mark mark);

/* Evaluate the task: at once in files, at the end of the batch on Kafka (lane_parts.h). */
void fen_lane_evaluate_task_soon(struct fen_split_lane *lane, struct fen_task_object *object,
                                 struct fen_event_ref event, bool is_anew);
void fen_lane_finish_due_tasks(struct fen_split_lane *lane);

/* What lane.h does for the whole lane, for its tasks. */
void fen_lane_encode_tasks(struct fen_split_lane *lane, struct fen_buffer *scratch);
void fen_lane_visit_task_changes(const struct fen_split_lane *lane,
                                 void (*visit)(void *context,
                                               const struct fen_split_change *change),
                                 void *context);
void fen_lane_promote_tasks(struct fen_split_lane *lane);
void fen_lane_end_task_batch(struct fen_split_lane *lane);

#endif /* FEN_SPLIT_LANE_TASK_H */
