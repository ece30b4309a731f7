/*
 * explain: what `fen explain` was asked about, and what files or Kafka say of it.
 *
 * Both sources end in the same: state records as they stand in the topics, touches, entries and
 * the references; from there on nothing knows where they came from. Hence a live explanation equals
 * the one from the same events in a file.
 *
 * Threads: one at a time for each struct fen_explain; what takes arguments: main.
 */
#ifndef FEN_CLI_EXPLAIN_EXPLAIN_H
#define FEN_CLI_EXPLAIN_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slab.h"
#include "base/state_table.h"
#include "cli/options/options.h"
#include "model/account.h"
#include "model/difference.h"
#include "post/explain.h"
#include "split/explain.h"
#include "stream/kafka_config.h"
#include "wire/event_decode.h"
#include "wire/message.h"

enum fen_explain_kind {
    FEN_EXPLAIN_ORDER,
    FEN_EXPLAIN_CUSTOMER,
    FEN_EXPLAIN_TASK,
    FEN_EXPLAIN_PAYEE, /* its period rules (SPEC §7), period by period */
};

/* A subject asked about, and what was found of it. */
struct fen_explain_subject {
    enum fen_explain_kind kind;
    struct fen_str tenant;
    struct fen_str id;      /* of a payee "guide:ID" */
    struct fen_str subject; /* "order:ID", as entries name it; of a payee as it was asked for */
    int32_t period;         /* of a payee; FEN_DATE_NONE: all there are */
    bool is_found;
    struct fen_explanation explanation; /* filled by fen_explain_decode, then explained */
    struct fen_account account;         /* of a payee, likewise */
    struct fen_entries entries;         /* by payee and seq; owned by the arena; all of a payee */
    uint32_t touch_capacity;
};

/* Everything of one run. */
struct fen_explain {
    struct fen_arena *arena;
    enum fen_wire wire; /* of the state records gathered */
    struct fen_explain_subject *subjects;
    uint32_t subject_count;
    struct fen_slab *slab;
    struct fen_state_table *orders; /* state records by key */
    struct fen_state_table *customers;
    struct fen_state_table *tasks; /* of tasks, and of guides in them */
    struct fen_state_table *accounts;
    const struct fen_reference *reference;
};

/* The topics that subjects are looked for in. */
struct fen_explain_topics {
    const struct fen_kafka_config *config;
    const char *customer; /* whose the orders are; NULL: looked for in all partitions */
    bool (*is_over)(const void *context); /* whether to give up; NULL: never */
    const void *context;
    uint32_t stall_ms; /* how long nothing may come; 0: 30 s */
};

/* Empty; the caller fills in wire and subjects, and deinits. */
void fen_explain_init(struct fen_explain *explain);
void fen_explain_deinit(struct fen_explain *explain);

/* Whether a record of a state topic may be needed; then it is kept, the newest of a key holds. */
void fen_explain_keep_record(struct fen_explain *explain, const struct fen_message *message);

/* Keep an entry of a subject; its texts are copied. */
void fen_explain_keep_entry(struct fen_explain *explain, const struct fen_entry *entry);

/* Keep a touch of a subject's customer; its texts are copied. Any other event is passed over. */
void fen_explain_keep_touch(struct fen_explain *explain, const struct fen_event *event);

/* Work the subject's facts out anew; what has no moment to be decided as of stays as it is. Its
 * entries are put in order. */
void fen_explain_evaluate(const struct fen_explain *explain, struct fen_explain_subject *subject);

/* Read the kept records of orders, registrations, tasks and payees into the explanations. */
bool fen_explain_decode(struct fen_explain *explain) FEN_MUST_USE;

/*
 * Gather from --plan and --events (explain_file.c), and hand over to `then` with the references in
 * force; what was gathered is valid during that call.
 */
enum fen_exit fen_explain_from_files(struct fen_explain *explain,
                                     const struct fen_arguments *arguments,
                                     enum fen_exit (*then)(struct fen_explain *explain,
                                                           const struct fen_arguments *arguments));

/*
 * Gather states, touches and entries from the topics; the references are the caller's to set.
 * Returns: OK; else with a sentence in `reason` UNAVAILABLE, or INPUT: a state cannot be read.
 * Thread: any.
 */
enum fen_exit fen_explain_gather(struct fen_explain *explain,
                                 const struct fen_explain_topics *topics,
                                 struct fen_buffer *reason);

/* Likewise from the topics at --bootstrap (explain_kafka.c). */
enum fen_exit fen_explain_from_kafka(struct fen_explain *explain,
                                     const struct fen_arguments *arguments,
                                     enum fen_exit (*then)(struct fen_explain *explain,
                                                           const struct fen_arguments *arguments));

/* Append the explained subject as one JSON object, no line end (explain_json.c). */
void fen_explain_append_json(const struct fen_explain_subject *subject, struct fen_buffer *out);

/* Append it as text for people, in the language chosen (explain_text.c). */
void fen_explain_append_text(const struct fen_explain_subject *subject, struct fen_buffer *out);

/* Append a payee's period, explained, as one JSON object, no line end (explain_json_period.c). */
void fen_explain_append_period_json(const struct fen_explain_subject *subject,
                                    const struct fen_period_explanation *period,
                                    struct fen_buffer *out);

/* Append it as text for people (explain_text_period.c). */
void fen_explain_append_period_text(const struct fen_explain_subject *subject,
                                    const struct fen_period_explanation *period,
                                    struct fen_buffer *out);

#endif /* FEN_CLI_EXPLAIN_EXPLAIN_H */
