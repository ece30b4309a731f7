/*
 * lane_follow: how a lane follows the references (SPEC §3, last paragraph on merging).
 *
 * Rows of the org's change log become pending subjects (orders, registrations, tasks) through the
 * reference indices: those that looked at the record as of a time the change bears on. A
 * publication makes those without a plan pending; a retroactive one starts a walk over all
 * subjects. A batch follows as much as its room allows: it looks on first, since one subject may
 * be pending for many changes at once, and then evaluates. Progress moves on only when nothing is
 * left, so that a crash in between repeats the rest.
 */
#include <string.h>

#include "base/array.h"
#include "split/attribute.h"
#include "split/lane_parts.h"

/* While so many subjects wait the lane looks for no more: this bounds memory alone. */
#define WAITING_COUNT_MAX 100000u

static struct fen_subject_flags *flags_of(struct fen_split_lane *lane, enum fen_subject subject,
                                          uint32_t slot)
{
    switch (subject) {
    case FEN_SUBJECT_ORDER:
        return &lane->order_links[slot].flags;
    case FEN_SUBJECT_CUSTOMER:
        return &lane->customer_links[slot].flags;
    case FEN_SUBJECT_TASK:
        break;
    }
    return &lane->tasks.links[slot].flags;
}

void fen_lane_set_unplanned(struct fen_split_lane *lane, enum fen_subject subject, uint32_t slot,
                            bool is_unplanned)
{
    bool *flag = &flags_of(lane, subject, slot)->is_unplanned;
    if (*flag == is_unplanned)
        return;
    *flag = is_unplanned;
    if (!is_unplanned) {
        lane->unplanned_stale_count++;
        return;
    }
    lane->unplanned = fen_array_reach(lane->unplanned, &lane->unplanned_capacity,
                                      lane->unplanned_count, sizeof *lane->unplanned);
    lane->unplanned[lane->unplanned_count++] = (struct fen_unplanned){slot, subject};
}

static void add_pending(struct fen_split_lane *lane, enum fen_subject subject, uint32_t slot,
                        struct fen_event_ref cause)
{
    bool *flag = &flags_of(lane, subject, slot)->is_pending;
    if (*flag)
        return;
    *flag = true;
    lane->pending = fen_array_reach(lane->pending, &lane->pending_capacity,
                                    lane->pending_count, sizeof *lane->pending);
    lane->pending[lane->pending_count++] = (struct fen_pending){slot, subject, cause};
}

/* Rows [from, to) of lane->pending are no more. */
static void clear_pending_flags(struct fen_split_lane *lane, uint32_t from, uint32_t to)
{
    for (uint32_t index = from; index < to; index++)
        flags_of(lane, lane->pending[index].subject, lane->pending[index].slot)->is_pending =
            false;
}

static const struct fen_reference_index *reference_index(const struct fen_split_lane *lane,
                                                         enum fen_subject subject)
{
    switch (subject) {
    case FEN_SUBJECT_ORDER:
        return lane->references;
    case FEN_SUBJECT_CUSTOMER:
        return lane->customer_references;
    case FEN_SUBJECT_TASK:
        break;
    }
    return lane->tasks.references;
}

/*
 * Whether the change bears on a subject that looked at the record. Of registrations and tasks no
 * time is at hand: they are evaluated in any case. Stores and transfers are looked at as of
 * `created` (SPEC §4).
 */
static bool bears_on(const struct fen_split_lane *lane, const struct fen_org_change *change,
                     enum fen_subject subject, uint32_t slot)
{
    if (subject != FEN_SUBJECT_ORDER)
        return true;
    const struct fen_order_link *order = &lane->order_links[slot];
    int64_t until_ms = change->record == FEN_ORG_GUIDE ? order->latest_ms : order->created_ms;
    return until_ms >= change->from_ms;
}

/* Which events change a record; a closing bears on no subject. */
static const enum fen_event_type event_types[] = {
    [FEN_ORG_GUIDE] = FEN_EVENT_GUIDE_SET,
    [FEN_ORG_STORE] = FEN_EVENT_STORE_SET,
    [FEN_ORG_TRANSFER] = FEN_EVENT_BOOK_TRANSFERRED,
};

/* Returns: how many subjects were looked at. */
static uint32_t follow_org_change(struct fen_split_lane *lane, const struct fen_org_change *change)
{
    if (change->record == FEN_ORG_PERIOD)
        return 0;
    char record = change->record == FEN_ORG_STORE ? 's' : 'g';
    uint32_t hash = (uint32_t)fen_reference_hash(record, change->tenant, change->id);
    /* It outlives the batch that read it: pending subjects may wait for later ones. */
    struct fen_event_ref cause = {fen_arena_copy(lane->causes, change->event),
                                  event_types[change->record]};
    uint32_t looks = 0;
    for (uint32_t subject = FEN_SUBJECT_ORDER; subject <= FEN_SUBJECT_TASK; subject++) {
        const uint32_t *slots;
        uint32_t count = fen_reference_index_find(
            reference_index(lane, (enum fen_subject)subject), hash, &slots);
        for (uint32_t index = 0; index < count; index++)
            if (bears_on(lane, change, (enum fen_subject)subject, slots[index]))
                add_pending(lane, (enum fen_subject)subject, slots[index], cause);
        looks += count;
    }
    return looks;
}

/* Whether a publication that the walk is for may choose anew for this key's subject. */
static bool chooses_anew(const struct fen_split_lane *lane, struct fen_str key)
{
    struct fen_str tenant, id;
    bool has_parts = fen_str_split(key, &tenant, &id);
    FEN_ASSERT(has_parts);
    return fen_catalog_has_retroactive(lane->batch.reference->catalog, tenant, lane->sweep.since);
}

/* Likewise for an order: only inside the validity of what was published (SPEC §4). */
static bool chooses_anew_for_order(const struct fen_split_lane *lane, uint32_t slot)
{
    struct fen_str tenant, id;
    bool has_parts = fen_str_split(fen_state_table_key(lane->orders, slot), &tenant, &id);
    FEN_ASSERT(has_parts);
    return fen_catalog_retroactive(lane->batch.reference->catalog, tenant,
                                   lane->order_links[slot].created_ms, lane->sweep.since)
           != 0;
}

/* Whether the walk makes the subject pending. */
static bool sweep_takes(const struct fen_split_lane *lane, enum fen_subject subject, uint32_t slot)
{
    const struct fen_state_table *states = lane->tasks.states;
    switch (subject) {
    case FEN_SUBJECT_ORDER:
        return chooses_anew_for_order(lane, slot);
    case FEN_SUBJECT_CUSTOMER:
        return lane->customer_links[slot].is_registered &&
               chooses_anew(lane, fen_state_table_key(lane->customers, slot));
    case FEN_SUBJECT_TASK:
        break;
    }
    return fen_str_is_set(fen_state_table_value(states, slot)) &&
           chooses_anew(lane, fen_state_table_key(states, slot));
}

static uint32_t subject_slot_count(const struct fen_split_lane *lane, enum fen_subject subject)
{
    switch (subject) {
    case FEN_SUBJECT_ORDER:
        return fen_state_table_slot_count(lane->orders);
    case FEN_SUBJECT_CUSTOMER:
        return fen_state_table_slot_count(lane->customers);
    case FEN_SUBJECT_TASK:
        break;
    }
    return fen_state_table_slot_count(lane->tasks.states);
}

/* One step of the walk. */
static void sweep_on(struct fen_split_lane *lane)
{
    struct fen_sweep *sweep = &lane->sweep;
    if (sweep->slot < subject_slot_count(lane, sweep->subject)) {
        sweep->slot++;
        if (sweep_takes(lane, sweep->subject, sweep->slot))
            add_pending(lane, sweep->subject, sweep->slot, fen_event_ref_publication());
    } else if (sweep->subject != FEN_SUBJECT_TASK) {
        sweep->subject++;
        sweep->slot = 0;
    } else {
        sweep->is_on = false;
    }
}

/* A walk from the beginning; one that is on walks for its own publications besides. */
static void sweep_start(struct fen_split_lane *lane)
{
    int64_t since = lane->sweep.is_on ? lane->sweep.since : lane->plan_publication_read;
    lane->sweep = (struct fen_sweep){.is_on = true, .subject = FEN_SUBJECT_ORDER, .since = since};
}

/* What a publication calls for is noted for good: a batch that is discarded leaves it noted. */
static void follow_plans(struct fen_split_lane *lane, const struct fen_catalog *catalog)
{
    int64_t newest = fen_catalog_publication(catalog);
    if (newest == lane->plan_publication_read)
        return;
    if (fen_catalog_retroactive_publication(catalog) > lane->plan_publication_read)
        sweep_start(lane);
    for (uint32_t index = 0; index < lane->unplanned_count; index++) {
        const struct fen_unplanned *unplanned = &lane->unplanned[index];
        bool *flag = &flags_of(lane, unplanned->subject, unplanned->slot)->is_unplanned;
        if (*flag)
            add_pending(lane, unplanned->subject, unplanned->slot, fen_event_ref_publication());
        *flag = false;
    }
    lane->unplanned_count = lane->unplanned_stale_count = 0;
    lane->plan_publication_read = newest;
}

void fen_lane_begin_following(struct fen_split_lane *lane)
{
    const struct fen_reference *reference = lane->batch.reference;
    follow_plans(lane, reference->catalog);
    lane->org_change_count = fen_org_change_count(reference->org);
    lane->org_change_read_before = lane->org_change_read;
    lane->sweep_before = lane->sweep;
    lane->pending_done_before = lane->pending_done;
    lane->pending_count_before = lane->pending_count;
}

/* Pending subjects that are done leave the queue when they are half of it. */
void fen_lane_promote_following(struct fen_split_lane *lane)
{
    uint32_t waiting_count = lane->pending_count - lane->pending_done;
    clear_pending_flags(lane, lane->pending_done_before, lane->pending_done);
    if (lane->pending_done != 0 && lane->pending_done >= waiting_count) {
        memmove(lane->pending, lane->pending + lane->pending_done,
                waiting_count * sizeof *lane->pending);
        lane->pending_done = 0;
        lane->pending_count = waiting_count;
    }
    if (waiting_count == 0)
        fen_arena_reset(lane->causes);
}

void fen_lane_discard_following(struct fen_split_lane *lane)
{
    clear_pending_flags(lane, lane->pending_count_before, lane->pending_count);
    lane->pending_done = lane->pending_done_before;
    lane->pending_count = lane->pending_count_before;
    lane->sweep = lane->sweep_before;
    lane->org_change_read = lane->org_change_read_before;
}

/* Returns: how many lines were evaluated. */
static uint32_t evaluate_order(struct fen_split_lane *lane, uint32_t slot,
                               struct fen_event_ref event)
{
    struct fen_order_object *object = fen_lane_order_at(lane, slot);
    fen_lane_evaluate(lane, object, event, true);
    return object->order.line_count;
}

static void evaluate_pending(struct fen_split_lane *lane, const struct fen_pending *pending,
                             struct fen_split_room *room)
{
    struct fen_event_ref event = {fen_arena_copy(lane->batch.arena, pending->cause.id),
                                  pending->cause.type};
    uint32_t entry_count = lane->batch.entries->count, lines = 1;
    switch (pending->subject) {
    case FEN_SUBJECT_ORDER:
        lines = evaluate_order(lane, pending->slot, event);
        break;
    case FEN_SUBJECT_CUSTOMER:
        fen_lane_evaluate_recruit(lane, fen_lane_customer_at(lane, pending->slot), event, true);
        break;
    case FEN_SUBJECT_TASK: /* many of its guides may have changed: once for them all */
        fen_lane_evaluate_task_soon(lane, fen_lane_task_at(lane, pending->slot), event, true);
        break;
    }
    room->work -= 1 + 2 * (int64_t)lines + lane->batch.entries->count - entry_count;
}

/* Look for what is to be evaluated. */
static void look_on(struct fen_split_lane *lane, struct fen_split_room *room)
{
    room->looks--;
    if (lane->org_change_read < lane->org_change_count)
        room->looks -= follow_org_change(
            lane, fen_org_change(lane->batch.reference->org, lane->org_change_read++));
    else
        sweep_on(lane);
}

static bool has_more_to_look_at(const struct fen_split_lane *lane)
{
    return lane->org_change_read < lane->org_change_count || lane->sweep.is_on;
}

bool fen_split_lane_is_behind(const struct fen_split_lane *lane)
{
    return lane->pending_done < lane->pending_count || has_more_to_look_at(lane);
}

void fen_split_lane_follow(struct fen_split_lane *lane, struct fen_split_room *room)
{
    while (fen_split_lane_is_behind(lane)) {
        uint32_t waiting_count = lane->pending_count - lane->pending_done;
        if (has_more_to_look_at(lane) && room->looks > 0 && waiting_count < WAITING_COUNT_MAX)
            look_on(lane, room);
        else if (waiting_count > 0 && room->work > 0)
            evaluate_pending(lane, &lane->pending[lane->pending_done++], room);
        else
            return;
    }
    lane->progress.org_change = lane->org_change_read;
    lane->progress.plan_publication = lane->plan_publication_read;
}
