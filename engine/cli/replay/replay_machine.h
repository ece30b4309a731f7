/*
 * replay_machine: the core fed from files: lanes, the reference builder, and postings carried
 * between workers by hand.
 *
 * Events take effect in the order they are given. Messages are gathered into batches; an event that
 * changes the references ends the batch before it, so that every event sees the references as they
 * stood at its place. Plans and closed periods are published one by one, since the moment counts
 * (SPEC §4, §6); a run of guides and stores is published together.
 *
 * With several workers each owns every n-th partition, and what belongs to another worker travels
 * as a posting record, as in `fen run`; the amounts are the same (SPEC invariant 1).
 *
 * Threads: one.
 */
#ifndef FEN_CLI_REPLAY_REPLAY_MACHINE_H
#define FEN_CLI_REPLAY_REPLAY_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/str.h"
#include "cli/replay/order_customers.h"
#include "stream/lanes.h"

struct fen_replay_machine;

struct fen_replay_options {
    uint32_t partition_count;
    uint32_t worker_count;
    uint32_t batch_count; /* events a batch at the most */
    enum fen_wire wire;
    bool is_unordered; /* entries may come in any order, and each sum of a batch as one */
    bool drops_records; /* entries are wanted, no records of them */
    bool has_distinct_facts; /* no event about orders, customers or tasks is taken twice */
    struct fen_order_customers *customers; /* for keys, learns from every event; NULL: not needed */

    /* What comes out, in the order of the events that caused it (unless is_unordered); valid during
     * the call. */
    void (*posted)(void *context, const struct fen_entry *entry);
    void (*dead_letter)(void *context, struct fen_str json);
    void (*record)(void *context, const struct fen_message *message); /* of a state topic; NULL:
                                                                         none are made */
    void *context;
};

/* Lanes for every partition, without plans; never NULL; the caller destroys it. */
struct fen_replay_machine *
fen_replay_machine_create(const struct fen_replay_options *options) FEN_MUST_USE;
/* What was taken and not flushed is forgotten; NULL is fine. */
void fen_replay_machine_destroy(struct fen_replay_machine *machine);

/* Publish a plan for every tenant; false with *reason_out (valid until the next call). */
bool fen_replay_machine_publish(struct fen_replay_machine *machine, struct fen_str yaml,
                                struct fen_str *reason_out) FEN_MUST_USE;

/* Likewise, as if it had been in force at all times (fen_reference_apply_trial). */
bool fen_replay_machine_publish_trial(struct fen_replay_machine *machine, struct fen_str yaml,
                                      struct fen_str *reason_out) FEN_MUST_USE;

/* Take one event, or a line that is none: JSON, and its number in its file. The text is copied. */
void fen_replay_machine_take(struct fen_replay_machine *machine, struct fen_str json,
                             int64_t number);

/* Take one valid event in the form of options.wire, as fen_event_encode made it. It is copied. */
void fen_replay_machine_take_encoded(struct fen_replay_machine *machine, struct fen_str value,
                                     int64_t number);

/*
 * Likewise a valid event of a type other than references, where there is one partition and no
 * customers are learnt: neither read here nor copied. The bytes must live until the next flush.
 */
void fen_replay_machine_take_borrowed(struct fen_replay_machine *machine, enum fen_event_type type,
                                      struct fen_str value);

/* Carry out what was taken and not yet done. */
void fen_replay_machine_flush(struct fen_replay_machine *machine);

/* Counters of everything carried out. */
void fen_replay_machine_counters(const struct fen_replay_machine *machine,
                                 struct fen_counters *counters_out);

/* The references as the last event left them; until the machine takes another. After flush. */
const struct fen_reference *fen_replay_machine_reference(struct fen_replay_machine *machine);

/* Orders that wait now for a guide nobody has announced. After flush. */
uint64_t fen_replay_machine_suspended(const struct fen_replay_machine *machine);

/* Visit every order, in no particular order. After flush. */
void fen_replay_machine_visit_orders(struct fen_replay_machine *machine,
                                     void (*visit)(void *context, const struct fen_order *order),
                                     void *context);
/* Likewise the one order. */
void fen_replay_machine_visit_order(struct fen_replay_machine *machine, struct fen_str tenant,
                                    struct fen_str order,
                                    void (*visit)(void *context, const struct fen_order *order),
                                    void *context);

/* Visit every account, in no particular order. After flush. */
void fen_replay_machine_visit_accounts(struct fen_replay_machine *machine,
                                       void (*visit)(void *context, uint32_t partition,
                                                     const struct fen_account *account),
                                       void *context);

#endif /* FEN_CLI_REPLAY_REPLAY_MACHINE_H */
