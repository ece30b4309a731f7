/*
 * org: guides, stores, book transfers and closed periods, each with its history (SPEC §3).
 *
 * An org is an immutable snapshot: readers take one per batch and see one truth throughout it. Each
 * event makes the next snapshot by copying only the chunk of the table it changes (copy on write),
 * so that announcing 400,000 guides never stalls a worker. Lookups are "as of" a time: of the
 * versions with `effective` <= t the greatest (effective, event id); the earliest version also
 * covers all time before it (among equals the greatest event id).
 *
 * The change log lists, in the order they were applied, the records each event changed; a lane
 * remembers how far it has read it and evaluates anew the orders that looked at such a record.
 *
 * Threads: fen_org_* readers any, on a snapshot; the builder is one thread (plan/reference.h).
 */
#ifndef FEN_PLAN_ORG_H
#define FEN_PLAN_ORG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "model/event.h"
#include "model/role.h"

struct fen_org; /* a snapshot */
struct fen_history; /* the versions of one record */

/*
 * One version of a guide's record. Texts live as long as the snapshot's builder. A plan finds its
 * symbols by the numbers of what `when` may ask for (fen_plan_symbol_numbered); 0: absent. What
 * every evaluation asks for comes first, on the cache line of the history's key.
 */
struct fen_guide {
    uint32_t store_number, level_number, kind_number;
    enum fen_guide_status status : 8;
    uint32_t customer_count : 24; /* an event of 256 KiB has fewer */
    struct fen_str *customers;
    struct fen_str store;
    int64_t effective_ms;
    struct fen_str level;
    struct fen_str kind; /* "guide" when the event did not say */
    struct fen_str employer;
    struct fen_str name;
    struct fen_str event;
};

/* Likewise of a store's. */
struct fen_store {
    uint32_t store_number, region_number;
    enum fen_store_kind kind; /* OWNED when the event did not say */
    struct fen_str manager;
    struct fen_str region, region_payee;
    struct fen_str mall, mall_payee;
    struct fen_str franchisee, franchisee_payee;
    struct fen_str brand, brand_payee;
    struct fen_str name;
    int64_t effective_ms;
    struct fen_str event;
};

/* One book.transferred away from a guide. */
struct fen_transfer {
    struct fen_str to;
    int64_t effective_ms;
    struct fen_str event;
};

/* Whom to look up: `hash` is fen_hash_pair(tenant, id). */
struct fen_org_key {
    struct fen_str tenant;
    struct fen_str id;
    uint64_t hash;
};

/* All versions of a guide's or store's record; NULL: never announced. */
const struct fen_history *fen_org_find_guide_history(const struct fen_org *org,
                                                     const struct fen_org_key *key);
const struct fen_history *fen_org_find_store_history(const struct fen_org *org,
                                                     const struct fen_org_key *key);

/* As fen_directory_prefetch_slot and _history, for the guide of a key with this hash. */
void fen_org_prefetch_guide(const struct fen_org *org, uint64_t hash);
void fen_org_prefetch_guide_history(const struct fen_org *org, uint64_t hash);

/* The version of that history as of a time; NULL only for a NULL history. */
const struct fen_guide *fen_org_guide_as_of(const struct fen_history *history, int64_t at_ms);
const struct fen_store *fen_org_store_as_of(const struct fen_history *history, int64_t at_ms);

/* The payee that a history is of, "guide:ID" or "store:ID"; lives as long as the builder. */
struct fen_str fen_org_guide_payee(const struct fen_history *history);
struct fen_str fen_org_store_payee(const struct fen_history *history);

/*
 * The earliest transfer away from the guide with after_ms < effective <= until_ms, among equals the
 * smallest event id; NULL: none (SPEC §4, bind).
 */
const struct fen_transfer *fen_org_find_transfer(const struct fen_org *org,
                                                 const struct fen_org_key *key, int64_t after_ms,
                                                 int64_t until_ms);

/* The same three for one who looks up but once. */
const struct fen_guide *fen_org_guide(const struct fen_org *org, struct fen_str tenant,
                                      struct fen_str guide, int64_t at_ms);
const struct fen_store *fen_org_store(const struct fen_org *org, struct fen_str tenant,
                                      struct fen_str store, int64_t at_ms);
const struct fen_transfer *fen_org_transfer(const struct fen_org *org, struct fen_str tenant,
                                            struct fen_str guide, int64_t after_ms,
                                            int64_t until_ms);

/* The guide's newest version; NULL: unknown. */
const struct fen_guide *fen_org_guide_newest(const struct fen_org *org, struct fen_str tenant,
                                             struct fen_str guide);

/*
 * The store in whose rankings a payee ("guide:ID", ...) stands: that of the guide's newest version;
 * absent for an unknown guide and for any other payee.
 */
struct fen_str fen_org_payee_store(const struct fen_org *org, struct fen_str tenant,
                                   struct fen_str payee);

/* Whether the tenant's period has been closed. */
bool fen_org_is_closed(const struct fen_org *org, struct fen_str tenant, int32_t period);

/* What a change log row names; a transfer names the guide it leaves. */
enum fen_org_record { FEN_ORG_GUIDE, FEN_ORG_STORE, FEN_ORG_TRANSFER, FEN_ORG_PERIOD };

struct fen_org_change {
    enum fen_org_record record;
    struct fen_str tenant;
    struct fen_str id;    /* guide, store or period */
    struct fen_str event; /* id of the event that changed it */
    int64_t from_ms;      /* lookups as of times before this find what they found */
};

/* Rows of the change log in this snapshot, and one of them by index from 0. */
uint64_t fen_org_change_count(const struct fen_org *org);
const struct fen_org_change *fen_org_change(const struct fen_org *org, uint64_t index);

#endif /* FEN_PLAN_ORG_H */
