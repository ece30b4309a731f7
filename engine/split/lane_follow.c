/*
 * lane_follow: how a lane follows the references (SPEC §3, last paragraph on merging).
 *
 * Rows of the org's change log become pending subjects (orders, registrations, tasks) through the
 * reference indices; a publication makes those without a plan pending, a retroactive one all of
 * them. Pending subjects are evaluated a bounded number per batch; progress moves on only when none
 * is left, so that a crash in between repeats the rest.
 */
#include <stdlib.h>
#include <string.h>

#include "split/attribute.h"
#include "split/lane_parts.h"

static void *array_room(void *items, uint32_t *capacity, uint32_t needed, size_t size_bytes)
{
    if (needed <= *capacity)
        return items;
    uint32_t grown = *capacity < 64 ? 64 : *capacity;
    while (grown < needed)
        grown *= 2;
    void *memory = realloc(items, grown * size_bytes);
    FEN_ASSERT(memory != NULL && "out of memory");
    *capacity = grown;
    return memory;
}

/* Whether a row of lane->unplanned is about the subject. */
static bool *unplanned_flag(struct fen_split_lane *lane, enum fen_subject subject, uint32_t slot)
{
    switch (subject) {
    case FEN_SUBJECT_ORDER:
        return &lane->order_links[slot].is_unplanned;
    case FEN_SUBJECT_CUSTOMER:
        return &lane->customer_links[slot].is_unplanned;
    case FEN_SUBJECT_TASK:
        break;
    }
    return &lane->tasks.links[slot].is_unplanned;
}

void fen_lane_set_unplanned(struct fen_split_lane *lane, enum fen_subject subject, uint32_t slot,
                            bool is_unplanned)
{
    bool *flag = unplanned_flag(lane, subject, slot);
    if (*flag == is_unplanned)
        return;
    *flag = is_unplanned;
    if (!is_unplanned) {
        lane->unplanned_stale_count++;
        return;
    }
    lane->unplanned = array_room(lane->unplanned, &lane->unplanned_capacity,
                                 lane->unplanned_count + 1, sizeof *lane->unplanned);
    lane->unplanned[lane->unplanned_count++] = (struct fen_unplanned){slot, subject};
}

static void add_pending(struct fen_split_lane *lane, enum fen_subject subject, uint32_t slot,
                        uint32_t cause)
{
    const struct fen_pending *last =
        lane->pending_count > lane->pending_done ? &lane->pending[lane->pending_count - 1] : NULL;
    if (last != NULL && last->slot == slot && last->subject == subject)
        return;
    lane->pending = array_room(lane->pending, &lane->pending_capacity, lane->pending_count + 1,
                               sizeof *lane->pending);
    lane->pending[lane->pending_count++] = (struct fen_pending){slot, cause, subject};
}

/* Event ids outlive the batch that read them: pending orders may wait for later ones. */
static uint32_t add_cause(struct fen_split_lane *lane, struct fen_str event)
{
    lane->causes = array_room(lane->causes, &lane->cause_capacity, lane->cause_count + 1,
                              sizeof *lane->causes);
    char *copy = malloc(event.size + 1);
    FEN_ASSERT(copy != NULL && "out of memory");
    memcpy(copy, event.data == NULL ? "" : event.data, event.size);
    lane->causes[lane->cause_count] = (struct fen_str){copy, event.size};
    return lane->cause_count++;
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

static void follow_org_change(struct fen_split_lane *lane, const struct fen_org_change *change)
{
    if (change->record == FEN_ORG_PERIOD)
        return;
    char record = change->record == FEN_ORG_GUIDE ? 'g' : 's';
    int64_t hash = fen_reference_hash(record, change->tenant, change->id);
    uint32_t cause = UINT32_MAX;
    for (uint32_t subject = FEN_SUBJECT_ORDER; subject <= FEN_SUBJECT_TASK; subject++) {
        const uint32_t *slots;
        uint32_t count = fen_reference_index_find(
            reference_index(lane, (enum fen_subject)subject), (uint32_t)hash, &slots);
        if (count > 0 && cause == UINT32_MAX)
            cause = add_cause(lane, change->event);
        for (uint32_t index = 0; index < count; index++)
            add_pending(lane, (enum fen_subject)subject, slots[index], cause);
    }
}

static void follow_org(struct fen_split_lane *lane, const struct fen_org *org)
{
    uint64_t count = fen_org_change_count(org);
    for (; lane->org_change_read < count; lane->org_change_read++)
        follow_org_change(lane, fen_org_change(org, lane->org_change_read));
}

/* Whether a publication after the last one read may choose anew for this key's subject. */
static bool chooses_anew(const struct fen_split_lane *lane, struct fen_str key)
{
    struct fen_str tenant, id;
    bool has_parts = fen_str_split(key, &tenant, &id);
    FEN_ASSERT(has_parts);
    return fen_catalog_has_retroactive(lane->batch.reference->catalog, tenant,
                                       lane->plan_publication_read);
}

/* All subjects of the tenants with a retroactive publication after the last one read. */
static void add_all(struct fen_split_lane *lane, uint32_t cause)
{
    const struct fen_state_table *states = lane->tasks.states;
    for (uint32_t slot = 1; slot <= fen_state_table_slot_count(lane->orders); slot++)
        if (fen_str_is_set(fen_state_table_value(lane->orders, slot)) &&
            chooses_anew(lane, fen_state_table_key(lane->orders, slot)))
            add_pending(lane, FEN_SUBJECT_ORDER, slot, cause);
    for (uint32_t slot = 1; slot < lane->customer_link_count; slot++)
        if (lane->customer_links[slot].is_registered &&
            chooses_anew(lane, fen_state_table_key(lane->customers, slot)))
            add_pending(lane, FEN_SUBJECT_CUSTOMER, slot, cause);
    for (uint32_t slot = 1; slot <= fen_state_table_slot_count(states); slot++)
        if (fen_str_is_set(fen_state_table_value(states, slot)) &&
            chooses_anew(lane, fen_state_table_key(states, slot)))
            add_pending(lane, FEN_SUBJECT_TASK, slot, cause);
}

static void follow_plans(struct fen_split_lane *lane, const struct fen_catalog *catalog)
{
    int64_t publication = fen_catalog_publication(catalog);
    if (publication == lane->plan_publication_read)
        return;
    bool is_retroactive =
        fen_catalog_retroactive_publication(catalog) > lane->plan_publication_read;
    uint32_t cause = add_cause(lane, FEN_STR("plan.published"));
    if (is_retroactive)
        add_all(lane, cause);
    for (uint32_t index = 0; index < lane->unplanned_count; index++) {
        const struct fen_unplanned *unplanned = &lane->unplanned[index];
        bool *flag = unplanned_flag(lane, unplanned->subject, unplanned->slot);
        if (*flag)
            add_pending(lane, unplanned->subject, unplanned->slot, cause);
        *flag = false;
    }
    lane->unplanned_count = lane->unplanned_stale_count = 0;
    lane->plan_publication_read = publication;
}

/* Nothing is pending any more: what was read is followed to its end. */
static void finish_pending(struct fen_split_lane *lane)
{
    lane->progress.org_change = lane->org_change_read;
    lane->progress.plan_publication = lane->plan_publication_read;
}

static void evaluate_pending(struct fen_split_lane *lane, const struct fen_pending *pending)
{
    struct fen_str event = fen_arena_copy(lane->batch.arena, lane->causes[pending->cause]);
    switch (pending->subject) {
    case FEN_SUBJECT_ORDER:
        fen_lane_reevaluate(lane, fen_lane_order_at(lane, pending->slot), event);
        break;
    case FEN_SUBJECT_CUSTOMER:
        fen_lane_reevaluate_recruit(lane, fen_lane_customer_at(lane, pending->slot), event);
        break;
    case FEN_SUBJECT_TASK: /* many of its guides may have changed: once for them all */
        fen_lane_evaluate_task_soon(lane, fen_lane_task_at(lane, pending->slot), event, true);
        break;
    }
}

void fen_lane_follow_references(struct fen_split_lane *lane)
{
    follow_org(lane, lane->batch.reference->org);
    follow_plans(lane, lane->batch.reference->catalog);
    lane->pending_done_before = lane->pending_done;
    uint32_t most = lane->never_late ? UINT32_MAX : FEN_SPLIT_REEVALUATION_COUNT_MAX;
    for (uint32_t done = 0; done < most && lane->pending_done < lane->pending_count; done++)
        evaluate_pending(lane, &lane->pending[lane->pending_done++]);
    if (lane->pending_done == lane->pending_count)
        finish_pending(lane);
}
