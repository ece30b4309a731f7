/* lane_task: see lane_task.h. Tables, objects, links, restore and promote. */
#include "split/lane_task.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "split/attribute.h"
#include "split/lane_parts.h"

#define RECORD_CHUNK_BYTES 4096u

void fen_lane_tasks_init(struct fen_lane_tasks *tasks, struct fen_slab *slab)
{
    tasks->states = fen_state_table_create(slab);
    tasks->guides = fen_state_table_create(slab);
    tasks->references = fen_reference_index_create();
    tasks->last = &tasks->first;
    tasks->last_guide = &tasks->first_guide;
}

void fen_lane_tasks_deinit(struct fen_lane_tasks *tasks)
{
    free(tasks->links);
    free(tasks->guide_links);
    fen_reference_index_destroy(tasks->references);
    fen_state_table_destroy(tasks->guides);
    fen_state_table_destroy(tasks->states);
}

size_t fen_lane_tasks_held_bytes(const struct fen_lane_tasks *tasks)
{
    return fen_state_table_held_bytes(tasks->states) + fen_state_table_held_bytes(tasks->guides) +
           fen_reference_index_held_bytes(tasks->references) +
           tasks->link_count * sizeof *tasks->links +
           tasks->guide_link_count * sizeof *tasks->guide_links;
}

/* The slot of a task, or of a guide in one ("task/guide"), made where there is none. */
static uint32_t task_slot_of(struct fen_lane_tasks *tasks, struct fen_str tenant,
                             struct fen_str task)
{
    uint32_t slot = fen_state_table_insert(tasks->states, tenant, task);
    tasks->links =
        fen_array_reach(tasks->links, &tasks->link_count, slot, sizeof *tasks->links);
    return slot;
}

static uint32_t guide_slot_of(struct fen_lane_tasks *tasks, struct fen_str tenant,
                              struct fen_str id)
{
    uint32_t slot = fen_state_table_insert(tasks->guides, tenant, id);
    tasks->guide_links = fen_array_reach(tasks->guide_links, &tasks->guide_link_count, slot,
                                         sizeof *tasks->guide_links);
    return slot;
}

struct fen_task_object *fen_lane_task_at(struct fen_split_lane *lane, uint32_t slot)
{
    struct fen_lane_tasks *tasks = &lane->tasks;
    struct fen_task_object *object = fen_state_table_object(tasks->states, slot);
    if (object != NULL)
        return object;
    object = FEN_ARENA_NEW(lane->batch.arena, struct fen_task_object);
    object->key = fen_lane_load(lane, tasks->states, slot, &fen_task_state_schema, &object->state);
    bool has_parts = fen_str_split(object->key, &object->state.tenant, &object->state.task);
    FEN_ASSERT(has_parts);
    object->slot = slot;
    object->suspense_before = object->state.suspense_count;
    *tasks->last = object;
    tasks->last = &object->next;
    fen_state_table_set_object(tasks->states, slot, object);
    return object;
}

struct fen_task_object *fen_lane_task(struct fen_split_lane *lane, struct fen_str tenant,
                                      struct fen_str task)
{
    return fen_lane_task_at(lane, task_slot_of(&lane->tasks, tenant, task));
}

static struct fen_task_guide_object *task_guide_at(struct fen_split_lane *lane, uint32_t slot)
{
    struct fen_lane_tasks *tasks = &lane->tasks;
    struct fen_task_guide_object *object = fen_state_table_object(tasks->guides, slot);
    if (object != NULL)
        return object;
    struct fen_str tenant, rest, task;
    object = FEN_ARENA_NEW(lane->batch.arena, struct fen_task_guide_object);
    object->key = fen_lane_load(lane, tasks->guides, slot, &fen_task_guide_schema, &object->guide);
    bool has_parts = fen_str_split(object->key, &tenant, &rest) &&
                     fen_str_split(rest, &task, &object->guide.guide);
    FEN_ASSERT(has_parts);
    object->slot = slot;
    *tasks->last_guide = object;
    tasks->last_guide = &object->next;
    fen_state_table_set_object(tasks->guides, slot, object);
    return object;
}

struct fen_task_guide_object *fen_lane_task_guide(struct fen_split_lane *lane,
                                                  struct fen_task_object *task,
                                                  struct fen_str guide)
{
    struct fen_lane_tasks *tasks = &lane->tasks;
    struct fen_str id = fen_arena_join(lane->batch.arena, task->state.task, '/', guide);
    uint32_t slot = guide_slot_of(tasks, task->state.tenant, id);
    struct fen_task_guide_object *object = task_guide_at(lane, slot);
    if (!tasks->guide_links[slot].is_linked && !object->is_new) {
        object->is_new = true;
        object->next_new = task->new_guides;
        task->new_guides = object;
    }
    return object;
}

static int guide_compare(const void *a, const void *b)
{
    const struct fen_task_guide_object *left = *(struct fen_task_guide_object *const *)a;
    const struct fen_task_guide_object *right = *(struct fen_task_guide_object *const *)b;
    return fen_str_compare(left->guide.guide, right->guide.guide);
}

/* By id, so that the ledger does not depend on how the guides came to be linked. */
struct fen_task_guide_object **fen_lane_task_guides(struct fen_split_lane *lane,
                                                    struct fen_task_object *task,
                                                    uint32_t *count_out)
{
    const struct fen_lane_tasks *tasks = &lane->tasks;
    struct fen_task_guide_object **guides = NULL;
    uint32_t count = 0, capacity = 0;
    for (struct fen_task_guide_object *fresh = task->new_guides; fresh != NULL;
         fresh = fresh->next_new)
        FEN_ARENA_PUSH(lane->batch.scratch, guides, count, capacity, fresh);
    for (uint32_t slot = tasks->links[task->slot].first_guide; slot != 0;
         slot = tasks->guide_links[slot].next_guide) {
        struct fen_task_guide_object *guide = task_guide_at(lane, slot);
        FEN_ARENA_PUSH(lane->batch.scratch, guides, count, capacity, guide);
    }
    fen_array_sort(guides, count, sizeof(struct fen_task_guide_object *), guide_compare);
    *count_out = count;
    return guides;
}

void fen_lane_encode_tasks(struct fen_split_lane *lane, struct fen_buffer *scratch)
{
    for (struct fen_task_object *object = lane->tasks.first; object != NULL; object = object->next)
        if (object->is_changed)
            object->value =
                fen_lane_encode(lane, &fen_task_state_schema, &object->state, scratch);
    for (struct fen_task_guide_object *object = lane->tasks.first_guide; object != NULL;
         object = object->next)
        if (object->is_changed)
            object->value =
                fen_lane_encode(lane, &fen_task_guide_schema, &object->guide, scratch);
}

void fen_lane_visit_task_changes(const struct fen_split_lane *lane,
                                 void (*visit)(void *context,
                                               const struct fen_split_change *change),
                                 void *context)
{
    for (const struct fen_task_object *object = lane->tasks.first; object != NULL;
         object = object->next) {
        struct fen_split_change change = {FEN_SPLIT_TASK, object->key, object->value,
                                          &object->state};
        if (object->is_changed)
            visit(context, &change);
    }
    for (const struct fen_task_guide_object *object = lane->tasks.first_guide; object != NULL;
         object = object->next) {
        struct fen_split_change change = {FEN_SPLIT_TASK_GUIDE, object->key, object->value,
                                          &object->guide};
        if (object->is_changed)
            visit(context, &change);
    }
}

/* A guide's record is the state's now: its task finds it, and so does a change of the guide. */
static void link_guide(struct fen_lane_tasks *tasks, uint32_t task_slot, uint32_t slot,
                       struct fen_str tenant, struct fen_str guide)
{
    struct fen_task_guide_link *link = &tasks->guide_links[slot];
    if (link->is_linked)
        return;
    link->is_linked = true;
    link->next_guide = tasks->links[task_slot].first_guide;
    tasks->links[task_slot].first_guide = slot;
    fen_reference_index_add(tasks->references,
                            (uint32_t)fen_reference_hash('g', tenant, guide), task_slot);
}

static bool is_unplanned(const struct fen_task_state *state)
{
    return fen_str_is_set(state->closed_event) && !fen_str_is_set(state->pin.plan);
}

static void promote_task(struct fen_split_lane *lane, struct fen_task_object *object)
{
    const struct fen_task_state *state = &object->state;
    for (const struct fen_task_guide_object *fresh = object->new_guides; fresh != NULL;
         fresh = fresh->next_new)
        link_guide(&lane->tasks, object->slot, fresh->slot, state->tenant, fresh->guide.guide);
    if (!object->is_changed)
        return;
    fen_state_table_set(lane->tasks.states, object->slot, object->value);
    lane->suspense_count += state->suspense_count - (uint64_t)object->suspense_before;
    fen_lane_set_unplanned(lane, FEN_SUBJECT_TASK, object->slot, is_unplanned(state));
}

void fen_lane_promote_tasks(struct fen_split_lane *lane)
{
    for (struct fen_task_object *object = lane->tasks.first; object != NULL; object = object->next)
        promote_task(lane, object);
    for (struct fen_task_guide_object *object = lane->tasks.first_guide; object != NULL;
         object = object->next)
        if (object->is_changed)
            fen_state_table_set(lane->tasks.guides, object->slot, object->value);
}

void fen_lane_end_task_batch(struct fen_split_lane *lane)
{
    struct fen_lane_tasks *tasks = &lane->tasks;
    for (struct fen_task_object *object = tasks->first; object != NULL; object = object->next)
        fen_state_table_set_object(tasks->states, object->slot, NULL);
    for (struct fen_task_guide_object *object = tasks->first_guide; object != NULL;
         object = object->next)
        fen_state_table_set_object(tasks->guides, object->slot, NULL);
    tasks->first = NULL;
    tasks->last = &tasks->first;
    tasks->first_guide = NULL;
    tasks->last_guide = &tasks->first_guide;
}

/* `value` absent: a tombstone, which is a record without fields. */
static bool restore_state(struct fen_split_lane *lane, struct fen_arena *arena,
                          struct fen_str tenant, struct fen_str task, struct fen_str value)
{
    struct fen_task_state state, before;
    if (fen_record_decode(&fen_task_state_schema, value, arena, &state, NULL) != FEN_RECORD_OK)
        return false;
    uint32_t slot = task_slot_of(&lane->tasks, tenant, task);
    enum fen_record_status status =
        fen_record_decode(&fen_task_state_schema, fen_state_table_value(lane->tasks.states, slot),
                          arena, &before, NULL);
    FEN_ASSERT(status == FEN_RECORD_OK); /* it was read before it was put in */
    fen_applied_restore(&lane->applied, state.marks, state.mark_count);
    lane->suspense_count += state.suspense_count - (uint64_t)before.suspense_count;
    fen_lane_set_unplanned(lane, FEN_SUBJECT_TASK, slot, is_unplanned(&state));
    fen_state_table_set(lane->tasks.states, slot, value);
    return true;
}

/* `id`: "task/guide". */
static bool restore_guide(struct fen_split_lane *lane, struct fen_arena *arena,
                          struct fen_str tenant, struct fen_str id, struct fen_str value)
{
    struct fen_task_guide record;
    if (fen_record_decode(&fen_task_guide_schema, value, arena, &record, NULL) != FEN_RECORD_OK)
        return false;
    struct fen_str task, guide;
    bool has_parts = fen_str_split(id, &task, &guide);
    FEN_ASSERT(has_parts);
    uint32_t task_slot = task_slot_of(&lane->tasks, tenant, task);
    uint32_t slot = guide_slot_of(&lane->tasks, tenant, id);
    fen_applied_restore(&lane->applied, record.marks, record.mark_count);
    link_guide(&lane->tasks, task_slot, slot, tenant, guide);
    fen_state_table_set(lane->tasks.guides, slot, value);
    return true;
}

bool fen_split_lane_restore_task(struct fen_split_lane *lane, struct fen_str key,
                                 struct fen_str value)
{
    struct fen_str tenant, id;
    if (!fen_str_split(key, &tenant, &id))
        return false;
    struct fen_arena *arena = fen_arena_create(RECORD_CHUNK_BYTES);
    bool is_guide = memchr(id.data, '/', id.size) != NULL;
    bool is_readable = is_guide ? restore_guide(lane, arena, tenant, id, value)
                                : restore_state(lane, arena, tenant, id, value);
    fen_arena_destroy(arena);
    return is_readable;
}
