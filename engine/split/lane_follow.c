/*
 * lane_follow: how a lane follows the references (SPEC §3, last paragraph on merging).
 *
 * Rows of the org's change log become pending orders through the reference index; a publication
 * makes the unplanned orders pending, a retroactive one every order. Pending orders are evaluated a
 * bounded number per batch; progress moves on only when none is left, so that a crash in between
 * repeats the rest.
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

void fen_lane_add_unplanned(struct fen_split_lane *lane, uint32_t slot)
{
    lane->unplanned = array_room(lane->unplanned, &lane->unplanned_capacity,
                                 lane->unplanned_count + 1, sizeof *lane->unplanned);
    lane->unplanned[lane->unplanned_count++] = slot;
    lane->order_links[slot].is_unplanned = true;
}

static void add_pending(struct fen_split_lane *lane, uint32_t slot, uint32_t cause)
{
    if (lane->pending_count > lane->pending_done &&
        lane->pending[lane->pending_count - 1].slot == slot)
        return;
    lane->pending = array_room(lane->pending, &lane->pending_capacity, lane->pending_count + 1,
                               sizeof *lane->pending);
    lane->pending[lane->pending_count++] = (struct fen_pending){slot, cause};
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

static void follow_org_change(struct fen_split_lane *lane, const struct fen_org_change *change)
{
    if (change->record == FEN_ORG_PERIOD)
        return;
    char record = change->record == FEN_ORG_GUIDE ? 'g' : 's';
    int64_t hash = fen_reference_hash(record, change->tenant, change->id);
    const uint32_t *slots;
    uint32_t count = fen_reference_index_find(lane->references, (uint32_t)hash, &slots);
    if (count == 0)
        return;
    uint32_t cause = add_cause(lane, change->event);
    for (uint32_t index = 0; index < count; index++)
        add_pending(lane, slots[index], cause);
}

static void follow_org(struct fen_split_lane *lane, const struct fen_org *org)
{
    uint64_t count = fen_org_change_count(org);
    for (; lane->org_change_read < count; lane->org_change_read++)
        follow_org_change(lane, fen_org_change(org, lane->org_change_read));
}

static void follow_plans(struct fen_split_lane *lane, const struct fen_catalog *catalog)
{
    int64_t publication = fen_catalog_publication(catalog);
    if (publication == lane->plan_publication_read)
        return;
    bool is_retroactive =
        fen_catalog_retroactive_publication(catalog) > lane->plan_publication_read;
    uint32_t cause = add_cause(lane, FEN_STR("plan.published"));
    lane->plan_publication_read = publication;
    for (uint32_t index = 0; index < lane->unplanned_count; index++)
        lane->order_links[lane->unplanned[index]].is_unplanned = false;
    for (uint32_t index = 0; index < lane->unplanned_count && !is_retroactive; index++)
        add_pending(lane, lane->unplanned[index], cause);
    lane->unplanned_count = 0;
    uint32_t slot_count = is_retroactive ? fen_state_table_slot_count(lane->orders) : 0;
    for (uint32_t slot = 1; slot <= slot_count; slot++)
        if (fen_str_is_set(fen_state_table_value(lane->orders, slot)))
            add_pending(lane, slot, cause);
}

/* Nothing is pending any more: what was read is followed to its end. */
static void finish_pending(struct fen_split_lane *lane)
{
    lane->progress.org_change = lane->org_change_read;
    lane->progress.plan_publication = lane->plan_publication_read;
}

void fen_lane_follow_references(struct fen_split_lane *lane)
{
    follow_org(lane, lane->batch.reference->org);
    follow_plans(lane, lane->batch.reference->catalog);
    lane->pending_done_before = lane->pending_done;
    uint32_t most = lane->never_late ? UINT32_MAX : FEN_SPLIT_REEVALUATION_COUNT_MAX;
    for (uint32_t done = 0; done < most && lane->pending_done < lane->pending_count; done++) {
        const struct fen_pending *pending = &lane->pending[lane->pending_done++];
        struct fen_str event = fen_arena_copy(lane->batch.arena, lane->causes[pending->cause]);
        fen_lane_reevaluate(lane, fen_lane_order_at(lane, pending->slot), event);
    }
    if (lane->pending_done == lane->pending_count)
        finish_pending(lane);
}
