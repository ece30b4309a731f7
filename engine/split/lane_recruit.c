/*
 * lane_recruit: a customer's registration against the references in force (SPEC §4, §5 Recruit),
 * and what a lane keeps beside the record to know when to do so again.
 */
#include "base/array.h"
#include "split/lane_parts.h"
#include "split/pin.h"
#include "split/recruit.h"

static void post_difference(struct fen_split_lane *lane, struct fen_customer_object *object,
                            const struct fen_entitlement *entitlement,
                            struct fen_event_ref event)
{
    struct fen_customer *customer = &object->customer;
    struct fen_arena *arena = lane->batch.arena;
    struct fen_difference_cause cause = {
        .tenant = customer->tenant,
        .subject = fen_arena_join(arena, FEN_STR("customer"), ':', customer->customer),
        .event = event,
        .kind = FEN_KIND_RECRUIT,
    };
    fen_difference(arena, lane->batch.scratch, &cause, entitlement->items, entitlement->count,
                   &customer->posted, &customer->posted_count, lane->batch.entries);
}

void fen_lane_evaluate_recruit(struct fen_split_lane *lane, struct fen_customer_object *object,
                               struct fen_event_ref event, bool is_anew)
{
    struct fen_customer *customer = &object->customer;
    const struct fen_reference *reference = lane->batch.reference;
    lane->batch.counts->reevaluations += is_anew;
    if (!fen_str_is_set(customer->registered_event))
        return;
    object->is_changed = true;
    lane->batch.counts->evaluations++;
    bool is_new_choice;
    struct fen_order registration = fen_recruit_order(customer);
    struct fen_entitlement entitlement = {.count = 0};
    struct fen_attribution attribution = {
        .arena = lane->batch.scratch,
        .texts = lane->batch.arena,
        .plan = fen_pin_choose(reference->catalog, customer->tenant, customer->registered_ms,
                               &customer->pin, &is_new_choice),
        .org = reference->org,
        .order = &registration,
        .customer = customer,
    };
    if (attribution.plan == NULL)
        lane->batch.counts->orders_unplanned++;
    else
        fen_recruit_entitle(&attribution, &entitlement);
    fen_lane_note_references(lane, lane->customer_references, object->slot, &attribution,
                             &customer->references, &customer->reference_count);
    if (entitlement.suspense_count > customer->suspense_count)
        lane->batch.counts->credits_in_suspense++;
    customer->suspense_count = entitlement.suspense_count;
    post_difference(lane, object, &entitlement, event);
    fen_arena_reset(lane->batch.scratch);
}

void fen_lane_evaluate_recruit_soon(struct fen_split_lane *lane,
                                    struct fen_customer_object *object,
                                    struct fen_event_ref event, bool is_anew)
{
    if (lane->is_at_once)
        fen_lane_evaluate_recruit(lane, object, event, is_anew);
    else
        fen_due_put(&object->due, event, is_anew);
}

static int due_compare(const void *a, const void *b)
{
    const struct fen_customer_object *left = *(struct fen_customer_object *const *)a;
    const struct fen_customer_object *right = *(struct fen_customer_object *const *)b;
    return fen_str_compare(left->key, right->key);
}

/* By key, so that the ledger does not depend on how the customers were found. */
void fen_lane_finish_due_recruits(struct fen_split_lane *lane)
{
    struct fen_customer_object **due = NULL;
    uint32_t count = 0, capacity = 0;
    for (struct fen_customer_object *object = lane->first_customer; object != NULL;
         object = object->next)
        if (fen_str_is_set(object->due.event.id))
            FEN_ARENA_PUSH(lane->batch.arena, due, count, capacity, object);
    fen_array_sort(due, count, sizeof(struct fen_customer_object *), due_compare);
    for (uint32_t index = 0; index < count; index++)
        fen_lane_evaluate_recruit(lane, due[index], due[index]->due.event,
                                  due[index]->due.is_anew);
}

void fen_lane_keep_registration(struct fen_split_lane *lane, uint32_t slot,
                                const struct fen_customer *customer)
{
    bool is_registered = fen_str_is_set(customer->registered_event);
    lane->customer_links[slot].is_registered = is_registered;
    fen_lane_set_unplanned(lane, FEN_SUBJECT_CUSTOMER, slot,
                           is_registered && !fen_str_is_set(customer->pin.plan));
}
