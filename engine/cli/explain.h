/*
 * explain: what `fen explain` was asked about, and what files or Kafka say of it.
 *
 * Both sources end in the same: state records as they stand in the topics, touches, entries and
 * the references; from there on nothing knows where they came from. Hence a live explanation equals
 * the one from the same events in a file.
 *
 * Threads: main.
 */
#ifndef FEN_CLI_EXPLAIN_H
#define FEN_CLI_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slab.h"
#include "base/state_table.h"
#include "cli/options.h"
#include "model/difference.h"
#include "split/explain.h"
#include "wire/event_decode.h"
#include "wire/message.h"

enum fen_explain_kind { FEN_EXPLAIN_ORDER, FEN_EXPLAIN_CUSTOMER, FEN_EXPLAIN_TASK };

/* A subject asked about, and what was found of it. */
struct fen_explain_subject {
    enum fen_explain_kind kind;
    struct fen_str tenant;
    struct fen_str id;
    struct fen_str subject; /* "order:ID", as entries name it */
    bool is_found;
    struct fen_explanation explanation; /* filled by fen_explain_decode, then explained */
    struct fen_entries entries;         /* by payee and seq; owned by the arena */
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
    const struct fen_reference *reference;
};

/* Whether a record of a state topic may be needed; then it is kept, the newest of a key holds. */
void fen_explain_keep_record(struct fen_explain *explain, const struct fen_message *message);

/* Keep an entry of a subject; its texts are copied. */
void fen_explain_keep_entry(struct fen_explain *explain, const struct fen_entry *entry);

/* Keep a touch of a subject's customer; its texts are copied. Any other event is passed over. */
void fen_explain_keep_touch(struct fen_explain *explain, const struct fen_event *event);

/* Read the kept records of orders, registrations and tasks into the explanations. */
bool fen_explain_decode(struct fen_explain *explain) FEN_MUST_USE;

/* Evaluate a subject that was found, with a trace, as the core does (split/explain.h). */
void fen_explain_evaluate(struct fen_explain *explain, struct fen_explain_subject *subject);

/*
 * Gather from --plan and --events (explain_file.c), and hand over to `then` with the references in
 * force; what was gathered is valid during that call.
 */
enum fen_exit fen_explain_from_files(struct fen_explain *explain,
                                     const struct fen_arguments *arguments,
                                     enum fen_exit (*then)(struct fen_explain *explain,
                                                           const struct fen_arguments *arguments));

/* Likewise from the topics at --bootstrap (explain_kafka.c). */
enum fen_exit fen_explain_from_kafka(struct fen_explain *explain,
                                     const struct fen_arguments *arguments,
                                     enum fen_exit (*then)(struct fen_explain *explain,
                                                           const struct fen_arguments *arguments));

/* Append the explained subject as one JSON object, no line end (explain_json.c). */
void fen_explain_append_json(const struct fen_explain_subject *subject, struct fen_buffer *out);

/* Append it as text for people, in the language chosen (explain_text.c). */
void fen_explain_append_text(const struct fen_explain_subject *subject, struct fen_buffer *out);

#endif /* FEN_CLI_EXPLAIN_H */
