/* lane: see lane.h. */
#include "post/lane.h"

#include <stdlib.h>
#include <string.h>

#include "post/lane_parts.h"
#include "post/manual.h"

struct fen_post_lane *fen_post_lane_create(bool is_at_once)
{
    struct fen_post_lane *lane = calloc(1, sizeof *lane);
    FEN_ASSERT(lane != NULL && "out of memory");
    lane->is_at_once = is_at_once;
    lane->slab = fen_slab_create();
    lane->accounts = fen_state_table_create(lane->slab);
    fen_applied_init(&lane->applied);
    lane->restoring = fen_arena_create(16 * 1024);
    lane->last = &lane->first;
    return lane;
}

void fen_post_lane_destroy(struct fen_post_lane *lane)
{
    if (lane == NULL)
        return;
    fen_applied_deinit(&lane->applied);
    fen_arena_destroy(lane->restoring);
    fen_state_table_destroy(lane->accounts);
    fen_slab_destroy(lane->slab);
    free(lane);
}

bool fen_post_account_read(struct fen_arena *arena, struct fen_str key, struct fen_str value,
                           struct fen_account *account_out)
{
    fen_record_clear(&fen_account_schema, account_out);
    if (fen_str_is_set(value) && fen_record_decode(&fen_account_schema, value, arena, account_out,
                                                   NULL) != FEN_RECORD_OK)
        return false;
    return fen_str_split(key, &account_out->tenant, &account_out->payee);
}

bool fen_post_lane_restore(struct fen_post_lane *lane, struct fen_str key, struct fen_str value)
{
    struct fen_account account;
    fen_arena_reset(lane->restoring);
    if (!fen_post_account_read(lane->restoring, key, value, &account))
        return false;
    if (fen_str_is_set(value)) {
        (void)fen_state_table_put(lane->accounts, account.tenant, account.payee, value);
    } else {
        uint32_t slot = fen_state_table_insert(lane->accounts, account.tenant, account.payee);
        fen_state_table_set(lane->accounts, slot, value);
    }
    fen_applied_restore(&lane->applied, account.marks, account.mark_count);
    return true;
}

void fen_post_lane_begin(struct fen_post_lane *lane, const struct fen_post_batch *batch)
{
    FEN_ASSERT(lane->first == NULL);
    lane->batch = *batch;
    fen_applied_begin(&lane->applied);
    lane->follow_before = lane->follow;
    fen_post_lane_follow(lane);
}

bool fen_post_lane_is_behind(const struct fen_post_lane *lane)
{
    return lane->follow.left > 0;
}

int64_t fen_post_lane_progress(const struct fen_post_lane *lane)
{
    return lane->follow.complete;
}

void fen_post_lane_restore_progress(struct fen_post_lane *lane, int64_t plan_publication)
{
    lane->follow.complete = lane->follow.read = plan_publication;
}

struct fen_account_object *fen_post_lane_account_at(struct fen_post_lane *lane, uint32_t slot)
{
    struct fen_arena *arena = lane->batch.arena;
    struct fen_account_object *object = fen_state_table_object(lane->accounts, slot);
    if (object != NULL)
        return object;
    object = FEN_ARENA_NEW(arena, struct fen_account_object);
    object->slot = slot;
    bool is_readable = fen_post_account_read(
        arena, fen_arena_copy(arena, fen_state_table_key(lane->accounts, slot)),
        fen_arena_copy(arena, fen_state_table_value(lane->accounts, slot)), &object->account);
    FEN_ASSERT(is_readable); /* our own bytes */
    *lane->last = object;
    lane->last = &object->next;
    fen_state_table_set_object(lane->accounts, slot, object);
    return object;
}

static struct fen_account_object *lane_account(struct fen_post_lane *lane, struct fen_str tenant,
                                               struct fen_str payee)
{
    return fen_post_lane_account_at(lane,
                                    fen_state_table_insert(lane->accounts, tenant, payee));
}

/* The period's rules have yet to see what was posted to it. */
static void object_make_due(struct fen_post_lane *lane, struct fen_account_object *object,
                            int32_t period)
{
    uint32_t at = object->due_count;
    while (at > 0 && object->due[at - 1] > period)
        at--;
    if (at > 0 && object->due[at - 1] == period)
        return;
    FEN_ARENA_PUSH(lane->batch.arena, object->due, object->due_count, object->due_capacity, period);
    memmove(object->due + at + 1, object->due + at,
            (object->due_count - 1 - at) * sizeof *object->due);
    object->due[at] = period;
    if (object->is_due)
        return;
    object->is_due = true;
    object->next_due = lane->first_due;
    lane->first_due = object;
}

void fen_post_object_post(struct fen_post_lane *lane, struct fen_account_object *object,
                          const struct fen_entry *difference)
{
    struct fen_entry entry = *difference;
    object->is_changed = true;
    if (!fen_account_post(lane->batch.arena, &object->account, &object->room,
                          lane->batch.reference->org, &entry)) {
        lane->batch.counts->entries_beyond_range++;
        return;
    }
    FEN_ARENA_PUSH(lane->batch.arena, object->entries.items, object->entries.count,
                   object->entries.capacity, entry);
    object_make_due(lane, object, entry.key.period);
    lane->batch.counts->entries_posted++;
}

void fen_post_object_post_all(struct fen_post_lane *lane, struct fen_account_object *object,
                              const struct fen_entries *differences)
{
    for (uint32_t index = 0; index < differences->count; index++)
        fen_post_object_post(lane, object, &differences->items[index]);
}

void fen_post_lane_post(struct fen_post_lane *lane, const struct fen_entry *difference)
{
    fen_post_object_post(lane, lane_account(lane, difference->tenant, difference->key.payee),
                         difference);
}

enum fen_post_fate fen_post_lane_apply(struct fen_post_lane *lane, const struct fen_event *event)
{
    struct fen_event_mark mark;
    struct fen_arena *arena = lane->batch.arena;
    enum fen_applied_fate fate = fen_applied_add(&lane->applied, arena, event, &mark);
    lane->batch.counts->id_conflicts += fate == FEN_APPLIED_CONFLICT;
    if (fate != FEN_APPLIED_NEW)
        return FEN_POST_DUPLICATE;
    struct fen_account_object *object = lane_account(lane, event->tenant, event->payee);
    struct fen_account *account = &object->account;
    object->is_changed = true;
    fen_event_mark_append(arena, mark, &account->marks, &account->mark_count,
                          &account->mark_capacity);
    const struct fen_catalog *catalog = lane->batch.reference->catalog;
    struct fen_manual_fact *fact =
        fen_manual_merge(arena, event, fen_catalog_publication(catalog), account);
    struct fen_entries entries = {0};
    if (fact == NULL)
        return FEN_POST_APPLIED;
    fen_manual_difference(arena, catalog, account, fen_event_ref(event), fact, &entries);
    fen_post_object_post_all(lane, object, &entries);
    return FEN_POST_APPLIED;
}

bool fen_post_lane_is_changed(const struct fen_post_lane *lane)
{
    for (const struct fen_account_object *object = lane->first; object != NULL;
         object = object->next)
        if (object->is_changed)
            return true;
    return false;
}

void fen_post_lane_visit_changes(const struct fen_post_lane *lane,
                                 void (*visit)(void *context,
                                               const struct fen_post_change *change),
                                 void *context)
{
    for (const struct fen_account_object *object = lane->first; object != NULL;
         object = object->next) {
        struct fen_post_change change = {&object->account, object->value,
                                         object->entries.items, object->entries.count};
        if (object->is_changed)
            visit(context, &change);
    }
}

static void lane_end_batch(struct fen_post_lane *lane)
{
    for (struct fen_account_object *object = lane->first; object != NULL; object = object->next)
        fen_state_table_set_object(lane->accounts, object->slot, NULL);
    lane->first = NULL;
    lane->last = &lane->first;
    lane->first_due = NULL;
}

void fen_post_lane_finish(struct fen_post_lane *lane, struct fen_buffer *scratch)
{
    fen_post_lane_settle(lane);
    for (struct fen_account_object *object = lane->first; object != NULL; object = object->next) {
        if (!object->is_changed)
            continue;
        fen_buffer_clear(scratch);
        fen_record_encode(&fen_account_schema, &object->account, scratch);
        object->value = fen_arena_copy(lane->batch.arena, fen_buffer_str(scratch));
    }
}

void fen_post_lane_promote(struct fen_post_lane *lane)
{
    for (struct fen_account_object *object = lane->first; object != NULL; object = object->next)
        if (object->is_changed)
            fen_state_table_set(lane->accounts, object->slot, object->value);
    lane_end_batch(lane);
}

void fen_post_lane_discard(struct fen_post_lane *lane)
{
    fen_applied_discard(&lane->applied);
    lane->follow = lane->follow_before;
    lane_end_batch(lane);
}

void fen_post_lane_visit_accounts(const struct fen_post_lane *lane, struct fen_arena *arena,
                                  void (*visit)(void *context, const struct fen_account *account),
                                  void *context)
{
    for (uint32_t slot = 1; slot <= fen_state_table_slot_count(lane->accounts); slot++) {
        struct fen_str value = fen_state_table_value(lane->accounts, slot);
        struct fen_account account;
        if (!fen_str_is_set(value))
            continue;
        fen_arena_reset(arena);
        bool is_readable =
            fen_post_account_read(arena, fen_state_table_key(lane->accounts, slot), value,
                                  &account);
        FEN_ASSERT(is_readable); /* our own bytes */
        visit(context, &account);
    }
}

void fen_post_lane_measure(const struct fen_post_lane *lane, struct fen_post_sizes *sizes_out)
{
    *sizes_out = (struct fen_post_sizes){
        .payee_count = fen_state_table_value_count(lane->accounts),
        .mark_count = fen_applied_count(&lane->applied),
        .state_bytes = fen_slab_taken_bytes(lane->slab),
        .held_bytes = fen_slab_held_bytes(lane->slab) +
                      fen_state_table_held_bytes(lane->accounts) +
                      fen_mark_set_held_bytes(lane->applied.marks) +
                      fen_arena_held_bytes(lane->restoring),
    };
}
