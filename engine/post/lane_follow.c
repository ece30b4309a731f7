/*
 * lane_follow: how a post lane brings period rules and manual entries up to date (SPEC §4, §7).
 *
 * Entries make their period due, and due periods are worked out anew after each event or, on Kafka,
 * once at the end of the batch. A publication may change which tables hold in any period, and the
 * time zone of adjustments and payouts where it is retroactive or the first for its time: the lane
 * then goes once round its payees, a bounded number per batch, and works out those whose tenant it
 * is for; first on a copy, since for nearly all of them nothing will differ.
 * Progress moves on only at the end of the round, so that a crash in between repeats the rest.
 */
#include <string.h>

#include "post/lane_parts.h"
#include "post/manual.h"
#include "post/period_rules.h"

/* A batch with more memory in use looks at no further payee. */
#define FOLLOW_BYTES_MAX ((size_t)32 * 1024 * 1024)

struct posting {
    struct fen_post_lane *lane;
    struct fen_account_object *object;
};

static void post_difference(void *context, const struct fen_entry *difference)
{
    const struct posting *posting = context;
    fen_post_object_post(posting->lane, posting->object, difference);
}

static void apply_period(struct fen_post_lane *lane, struct fen_account_object *object,
                         int32_t period, struct fen_event_ref event)
{
    struct posting posting = {lane, object};
    struct fen_period_rules rules = {
        .arena = lane->batch.arena,
        .scratch = lane->batch.scratch,
        .catalog = lane->batch.reference->catalog,
        .account = &object->account,
        .room = &object->room,
        .event = event,
        .post = post_difference,
        .context = &posting,
    };
    fen_period_rules_apply(&rules, period);
    fen_arena_reset(lane->batch.scratch);
}

static void due_remove_first(struct fen_account_object *object)
{
    object->due_count--;
    memmove(object->due, object->due + 1, object->due_count * sizeof *object->due);
}

/* Ascending: what a closed period's rules post makes a later one due, never an earlier. */
static void settle_object(struct fen_post_lane *lane, struct fen_account_object *object,
                          struct fen_event_ref event)
{
    while (object->due_count > 0) {
        apply_period(lane, object, object->due[0], event);
        due_remove_first(object); /* its own entries made it due again, in the same place */
    }
}

void fen_post_lane_settle(struct fen_post_lane *lane)
{
    struct fen_account_object *object = lane->first_due;
    lane->first_due = NULL;
    for (; object != NULL; object = object->next_due) {
        const struct fen_entry *newest = &object->entries.items[object->entries.count - 1];
        settle_object(lane, object, (struct fen_event_ref){newest->event, newest->event_type});
        object->is_due = false;
    }
}

static void note_difference(void *context, const struct fen_entry *difference)
{
    bool *differs = context;
    (void)difference;
    *differs = true;
}

/* The first period of the account after `period`; false: none. */
static bool period_after(const struct fen_account *account, int32_t *period)
{
    uint32_t at = *period == FEN_DATE_NONE
                      ? 0
                      : fen_account_sum_at(account, *period + 1, FEN_ROLE_NONE, 0);
    if (at == account->sum_count)
        return false;
    *period = account->sums[at].period;
    return true;
}

/* Whether the account would have anything posted now; works on a copy. */
static bool account_differs(struct fen_post_lane *lane, uint32_t slot)
{
    struct fen_arena *scratch = lane->batch.scratch;
    struct fen_account account;
    struct fen_account_room room = {0};
    const struct fen_catalog *catalog = lane->batch.reference->catalog;
    bool is_readable =
        fen_post_account_read(scratch, fen_state_table_key(lane->accounts, slot),
                              fen_state_table_value(lane->accounts, slot), &account);
    FEN_ASSERT(is_readable); /* our own bytes */
    struct fen_entries manual = {0};
    fen_manual_follow(scratch, catalog, &account, lane->follow.complete, &manual);
    bool differs = manual.count > 0;
    struct fen_period_rules rules = {
        .arena = scratch,
        .scratch = scratch,
        .catalog = catalog,
        .account = &account,
        .room = &room,
        .post = note_difference,
        .context = &differs,
    };
    int32_t period = FEN_DATE_NONE;
    while (!differs && period_after(&account, &period))
        fen_period_rules_apply(&rules, period);
    fen_arena_reset(scratch);
    return differs;
}

/* Manual facts, and every period of the payee, those included that come to be on the way. */
static void reevaluate(struct fen_post_lane *lane, uint32_t slot)
{
    struct fen_account_object *object = fen_post_lane_account_at(lane, slot);
    struct fen_entries manual = {0};
    fen_manual_follow(lane->batch.arena, lane->batch.reference->catalog, &object->account,
                      lane->follow.complete, &manual);
    fen_post_object_post_all(lane, object, &manual);
    int32_t period = FEN_DATE_NONE;
    while (period_after(&object->account, &period))
        apply_period(lane, object, period, fen_event_ref_publication());
    object->due_count = 0;
}

/* Whether a publication for the payee's tenant was new or retroactive that is not followed yet. */
static bool is_borne_on(const struct fen_post_lane *lane, uint32_t slot)
{
    const struct fen_catalog *catalog = lane->batch.reference->catalog;
    struct fen_str tenant, payee;
    bool has_parts = fen_str_split(fen_state_table_key(lane->accounts, slot), &tenant, &payee);
    FEN_ASSERT(has_parts);
    return fen_catalog_tenant_publication(catalog, tenant) > lane->follow.complete ||
           fen_catalog_has_retroactive(catalog, tenant, lane->follow.complete);
}

void fen_post_lane_follow(struct fen_post_lane *lane)
{
    struct fen_post_follow *follow = &lane->follow;
    int64_t publication = fen_catalog_publication(lane->batch.reference->catalog);
    uint32_t slot_count = fen_state_table_slot_count(lane->accounts);
    if (publication != follow->read) {
        follow->read = publication;
        follow->left = slot_count;
    }
    uint32_t evaluated = 0;
    for (uint32_t looked = 0; follow->left > 0; looked++, follow->left--) {
        if (!lane->is_at_once && (looked == lane->batch.room.look_count ||
                                  evaluated == lane->batch.room.payee_count ||
                                  fen_arena_used_bytes(lane->batch.arena) > FOLLOW_BYTES_MAX))
            return;
        follow->slot = follow->slot >= slot_count ? 1 : follow->slot + 1;
        if (!fen_str_is_set(fen_state_table_value(lane->accounts, follow->slot)) ||
            !is_borne_on(lane, follow->slot))
            continue;
        evaluated++;
        if (account_differs(lane, follow->slot))
            reevaluate(lane, follow->slot);
    }
    follow->complete = follow->read;
}
