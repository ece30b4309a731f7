/*
 * lanes: the partitions a worker owns, as one pure machine: a batch of messages in, a batch of
 * outputs out, then promote or discard.
 *
 * Why: the Kafka worker, `fen replay`, the simulation and the in-memory benchmark all drive this
 * very machine; none has a core of its own. It does no I/O, reads no clock, and is not concerned
 * with who carries its outputs. Partition p of every co-partitioned input belongs to split lane p
 * (orders, touches, customers, tasks) and post lane p (payee events, postings).
 *
 * A batch: begin, apply each message, finish, carry the outputs, then exactly one of promote (they
 * are committed) or discard (they are not: the lanes are as before begin). Between batches lanes
 * open and close as partitions are assigned and revoked.
 *
 * Short cut (DESIGN §1): a difference whose payee's post lane is open here is posted at once; only
 * others become records of fen.postings.v1.
 *
 * Threads: one worker.
 */
#ifndef FEN_STREAM_LANES_H
#define FEN_STREAM_LANES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/str.h"
#include "model/account.h"
#include "model/entry.h"
#include "plan/reference.h"
#include "stream/start_fault.h"
#include "wire/counters.h"
#include "wire/event_decode.h"
#include "wire/message.h"
#include "wire/payee_change.h"

struct fen_lanes;

struct fen_lanes_options {
    uint32_t partition_count; /* of every co-partitioned topic */
    enum fen_wire wire;       /* of inputs and outputs */
    bool has_split;           /* stages of this worker */
    bool has_post;
    bool is_file;      /* `fen replay`: no touch is late, no route to check, JSON dead letters */
    bool is_at_once;   /* evaluate each event as it comes, as a file's ledger wants it; else what a
                        * batch changed once, at its end */
    bool keeps_state_records; /* emit the state topics' records, those of lanes too */
    bool drops_records;       /* nobody carries records away: of the ledger none is encoded, and the
                               * orders of files remember no touches */
    bool has_distinct_facts;  /* no event of a split lane comes twice */
    /* How much a batch may do for what changed in the references (split/lane.h: its unit is some
     * 3 us; in files there is no bound); 0: the default. */
    uint32_t follow_work_max;
};

/* What changed in one post lane, for the projector; valid until the next begin. */
struct fen_projection {
    uint32_t partition;
    uint64_t version_from; /* lane version before and after this batch; to = from + 1 */
    uint64_t version_to;
    const struct fen_payee_change *payees;
    uint32_t payee_count;
};

/* The caller destroys. Thread: start-up or worker. */
struct fen_lanes *fen_lanes_create(const struct fen_lanes_options *options) FEN_MUST_USE;
void fen_lanes_destroy(struct fen_lanes *lanes);

/* Own a partition, with empty state; stop owning it, forgetting its state. Between batches. */
void fen_lanes_open(struct fen_lanes *lanes, uint32_t partition);
void fen_lanes_close(struct fen_lanes *lanes, uint32_t partition);
bool fen_lanes_is_open(const struct fen_lanes *lanes, uint32_t partition);

/* Commits that changed an open partition's post lane: what the projector's fence stands at. */
uint64_t fen_lanes_version(const struct fen_lanes *lanes, uint32_t partition);

/*
 * Put one record of a state topic (order-state, customer-state, task-state, accounts; protobuf or
 * JSON by the wire; absent value: tombstone) or one touch event into an open partition. Only
 * between open and the first batch; the last record of a key holds.
 *
 * Returns: false when the record cannot be read (newer format, damage): the worker must not start.
 */
bool fen_lanes_restore(struct fen_lanes *lanes, const struct fen_message *message) FEN_MUST_USE;

/* A record that will be put in soon: bring the memory it goes to nearer. */
void fen_lanes_restore_ahead(const struct fen_lanes *lanes, const struct fen_message *message);

/* Why fen_lanes_restore has just returned false, of that message. */
struct fen_start_fault fen_lanes_restore_fault(const struct fen_lanes *lanes,
                                               const struct fen_message *message);

/*
 * Whether an open partition's state shows that some of its inputs have been read before: orders,
 * customers or tasks (`is_split`), or postings received. Between batches.
 */
bool fen_lanes_has_history(const struct fen_lanes *lanes, uint32_t partition, bool is_split);

/*
 * From which time (event `at`, ms) touches must be restored into a partition so that every order
 * still to come finds its own, by the windows of the plans in force; INT64_MIN: from the beginning.
 * Call after the state topics' records.
 */
int64_t fen_lanes_touches_from_ms(const struct fen_lanes *lanes,
                                  const struct fen_reference *reference, uint32_t partition);

/*
 * Begin a batch under `reference` (which must outlive it): what changed since the lanes' last batch
 * is followed first (org records that orders looked at, plans), a bounded number of lines a batch.
 */
void fen_lanes_begin(struct fen_lanes *lanes, const struct fen_reference *reference);

/* Between batches: whether there is more to follow, so that a batch without messages is due. */
bool fen_lanes_is_behind(const struct fen_lanes *lanes);

/*
 * Apply one message of an input or of fen.postings.v1, for a partition that is open. Org events and
 * plans (topics of one partition) are counted and, when refused, dead-lettered here; their effect
 * comes with the reference. The message's bytes must outlive the batch.
 *
 * Returns: false when a posting's number shows a gap: the worker must stop with an alarm.
 */
bool fen_lanes_apply(struct fen_lanes *lanes, const struct fen_message *message) FEN_MUST_USE;

/*
 * Put one message of an input, not of fen.postings.v1, among the dead letters unread, as CRASHED:
 * it has brought the process down (stream/quarantine.h). Counted as read and dead-lettered.
 */
void fen_lanes_condemn(struct fen_lanes *lanes, const struct fen_message *message);

/*
 * Whether the batch has grown so large in memory that it should be finished before more is applied
 * (64 MiB beside what begin took; an order of many lines weighs more than one of two). References
 * being followed thus never keep events out.
 */
bool fen_lanes_is_full(const struct fen_lanes *lanes);

/* Close the batch: encode everything that changed. */
void fen_lanes_finish(struct fen_lanes *lanes);

/* The records to carry, in the order they must be produced; borrowed until promote or discard. */
const struct fen_message *fen_lanes_outputs(const struct fen_lanes *lanes, uint32_t *count_out);

/* What the batch changed in post lanes; borrowed until the next begin. After finish. */
const struct fen_projection *fen_lanes_projections(const struct fen_lanes *lanes,
                                                   uint32_t *count_out);

/* The outputs are committed: make the overlay the state, add the batch's counters. */
void fen_lanes_promote(struct fen_lanes *lanes);

/*
 * A plan given on the command line, already in the references: one published with its id and
 * version counts as a duplicate, for every tenant (SPEC §4). Between batches.
 */
void fen_lanes_give_plan(struct fen_lanes *lanes, const struct fen_plan *plan);

/* The outputs are not committed: forget the batch. */
void fen_lanes_discard(struct fen_lanes *lanes);

/* Counters of promoted batches; readable from any thread by fen_counters_read. */
const struct fen_counters *fen_lanes_counters(const struct fen_lanes *lanes);

/* Sizes, for metrics and the benchmark. Between batches. */
struct fen_lanes_sizes {
    uint64_t order_count, customer_count, touch_count, payee_count, mark_count;
    uint64_t state_bytes; /* of records kept in memory */
    uint64_t held_bytes;  /* of everything the lanes hold */
    uint64_t unplanned_count, suspense_count; /* subjects and credits waiting now */
};
void fen_lanes_measure(const struct fen_lanes *lanes, struct fen_lanes_sizes *sizes_out);

/*
 * Visit every account of the open post lanes, in no particular order (replay's --accounts, Redis
 * rebuild). `account` is valid during the call. Between batches.
 */
void fen_lanes_visit_accounts(struct fen_lanes *lanes,
                              void (*visit)(void *context, uint32_t partition,
                                            const struct fen_account *account),
                              void *context);

/* Visit every order of the open split lanes, likewise (replay's summary). */
void fen_lanes_visit_orders(struct fen_lanes *lanes,
                            void (*visit)(void *context, const struct fen_order *order),
                            void *context);
/* Likewise the one order, wherever it is. */
void fen_lanes_visit_order(struct fen_lanes *lanes, struct fen_str tenant, struct fen_str order,
                           void (*visit)(void *context, const struct fen_order *order),
                           void *context);

#endif /* FEN_STREAM_LANES_H */
