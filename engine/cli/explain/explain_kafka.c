/*
 * explain_kafka: subjects out of the topics, as committed records have them.
 *
 * The order's state is looked for in all partitions, unless --customer says whose it is; it says in
 * which partition the customer's state and touches are, and to whom entries were posted, so that of
 * the ledger only those payees' partitions are read. Org and plans are read whole.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/explain/explain.h"
#include "cli/options/kafka_options.h"
#include "cli/inspect/topic_reader.h"
#include "cli/options/wire_option.h"
#include "stream/reference_reader.h"
#include "wire/ledger_record.h"
#include "wire/topic.h"

#define STALL_MS 30000

struct live {
    struct fen_explain *explain;
    struct fen_kafka_config config;
    struct fen_arena *scratch;
    uint32_t partition_count; /* of the keyed topics */
};

static bool keep_record(void *context, const struct fen_message *message)
{
    struct live *live = context;
    fen_explain_keep_record(live->explain, message);
    return true;
}

static bool keep_touch(void *context, const struct fen_message *message)
{
    struct live *live = context;
    struct fen_event event;
    struct fen_refused refused;
    fen_arena_reset(live->scratch);
    if (fen_event_decode(live->explain->wire, message->value, live->scratch, &event, &refused) ==
        FEN_REFUSAL_NONE)
        fen_explain_keep_touch(live->explain, &event);
    return true;
}

static bool keep_entries(void *context, const struct fen_message *message)
{
    struct live *live = context;
    struct fen_ledger_record record;
    fen_arena_reset(live->scratch);
    if (!fen_ledger_record_decode(live->explain->wire, message->key, message->value, live->scratch,
                                  &record))
        return true;
    for (uint32_t i = 0; i < record.entry_count; i++)
        fen_explain_keep_entry(live->explain, &record.entries[i]);
    return true;
}

/* Visit one partition, or with -1 all; `visit` NULL: only count the partitions. */
static enum fen_exit visit_topic(struct live *live, enum fen_topic topic, int32_t partition,
                                 bool (*visit)(void *context, const struct fen_message *message))
{
    struct fen_buffer reason = {0};
    struct fen_topic_reader *reader = fen_topic_reader_create(
        &(struct fen_topic_reader_options){
            .config = &live->config,
            .topic = topic,
            .partition = partition,
            .start = FEN_TOPIC_START_BEGINNING,
        },
        &reason);
    enum fen_exit result = FEN_EXIT_OK;
    if (reader != NULL)
        live->partition_count = fen_topic_reader_partition_count(reader);
    if (reader == NULL ||
        (visit != NULL && !fen_topic_reader_visit(reader, STALL_MS, visit, live, &reason)))
        result = fen_kafka_unavailable(&live->config, &reason);
    fen_topic_reader_destroy(reader);
    fen_buffer_deinit(&reason);
    return result;
}

/* The partitions that `mark` names, each read once. */
static enum fen_exit visit_marked(struct live *live, enum fen_topic topic, const bool *marked,
                                  bool (*visit)(void *context, const struct fen_message *message))
{
    enum fen_exit result = FEN_EXIT_OK;
    uint32_t count = live->partition_count;
    for (uint32_t p = 0; p < count && result == FEN_EXIT_OK; p++)
        if (marked[p])
            result = visit_topic(live, topic, (int32_t)p, visit);
    return result;
}

static void mark(struct live *live, bool *marked, struct fen_str tenant, struct fen_str id)
{
    struct fen_str key = fen_arena_join(live->explain->arena, tenant, '/', id);
    marked[fen_topic_partition(key, live->partition_count)] = true;
}

static bool *marks_create(const struct live *live)
{
    return fen_arena_allocate_zeroed(live->explain->arena, live->partition_count * sizeof(bool));
}

static bool asks_for(const struct fen_explain *explain, enum fen_explain_kind kind)
{
    for (uint32_t i = 0; i < explain->subject_count; i++)
        if (explain->subjects[i].kind == kind)
            return true;
    return false;
}

/* The states of what was asked about, and of the customers of those orders. */
static enum fen_exit read_states(struct live *live, const char *customer)
{
    struct fen_explain *explain = live->explain;
    enum fen_exit result = visit_topic(live, FEN_TOPIC_ORDER_STATE, -1, NULL);
    if (result != FEN_EXIT_OK)
        return result;
    bool *orders = marks_create(live), *customers = marks_create(live);
    bool *tasks = marks_create(live), *accounts = marks_create(live);
    for (uint32_t i = 0; i < explain->subject_count; i++) {
        const struct fen_explain_subject *subject = &explain->subjects[i];
        if (subject->kind == FEN_EXPLAIN_ORDER && customer != NULL)
            mark(live, orders, subject->tenant, fen_str_from(customer));
        if (subject->kind == FEN_EXPLAIN_CUSTOMER)
            mark(live, customers, subject->tenant, subject->id);
        if (subject->kind == FEN_EXPLAIN_TASK)
            mark(live, tasks, subject->tenant, subject->id);
        if (subject->kind == FEN_EXPLAIN_PAYEE)
            mark(live, accounts, subject->tenant, subject->id);
    }
    if (!asks_for(explain, FEN_EXPLAIN_ORDER))
        result = FEN_EXIT_OK;
    else if (customer == NULL)
        result = visit_topic(live, FEN_TOPIC_ORDER_STATE, -1, keep_record);
    else
        result = visit_marked(live, FEN_TOPIC_ORDER_STATE, orders, keep_record);
    if (result == FEN_EXIT_OK)
        result = visit_marked(live, FEN_TOPIC_TASK_STATE, tasks, keep_record);
    if (result == FEN_EXIT_OK)
        result = visit_marked(live, FEN_TOPIC_ACCOUNTS, accounts, keep_record);
    if (result == FEN_EXIT_OK && !fen_explain_decode(explain))
        return FEN_EXIT_INPUT;
    for (uint32_t i = 0; i < explain->subject_count && result == FEN_EXIT_OK; i++) {
        const struct fen_explain_subject *subject = &explain->subjects[i];
        if (subject->kind == FEN_EXPLAIN_ORDER &&
            fen_str_is_set(subject->explanation.order.customer))
            mark(live, customers, subject->tenant, subject->explanation.order.customer);
    }
    if (result == FEN_EXIT_OK)
        result = visit_marked(live, FEN_TOPIC_CUSTOMER_STATE, customers, keep_record);
    if (result == FEN_EXIT_OK && !fen_explain_decode(explain))
        return FEN_EXIT_INPUT;
    if (result == FEN_EXIT_OK && asks_for(explain, FEN_EXPLAIN_ORDER))
        result = visit_marked(live, FEN_TOPIC_TOUCH_EVENTS, customers, keep_touch);
    return result;
}

static void mark_payees(struct live *live, bool *marked, struct fen_str tenant,
                        const struct fen_posted *posted, uint32_t count)
{
    for (uint32_t index = 0; index < count; index++)
        mark(live, marked, tenant, posted[index].key.payee);
}

/* Entries of those to whom the states say something was posted. */
static enum fen_exit read_entries(struct live *live)
{
    struct fen_explain *explain = live->explain;
    bool *marked = marks_create(live);
    for (uint32_t i = 0; i < explain->subject_count; i++) {
        const struct fen_explain_subject *subject = &explain->subjects[i];
        const struct fen_explanation *explanation = &subject->explanation;
        if (subject->kind == FEN_EXPLAIN_ORDER)
            mark_payees(live, marked, subject->tenant, explanation->order.posted,
                        explanation->order.posted_count);
        if (subject->kind == FEN_EXPLAIN_CUSTOMER)
            mark_payees(live, marked, subject->tenant, explanation->customer.posted,
                        explanation->customer.posted_count);
        if (subject->kind == FEN_EXPLAIN_PAYEE)
            mark(live, marked, subject->tenant, subject->id);
        for (uint32_t guide = 0; guide < explanation->guide_count; guide++)
            mark_payees(live, marked, subject->tenant, explanation->guides[guide].posted,
                        explanation->guides[guide].posted_count);
    }
    return visit_marked(live, FEN_TOPIC_LEDGER, marked, keep_entries);
}

/* Org and plans whole, then what was asked for under them. */
static enum fen_exit explain_live(struct live *live, const struct fen_arguments *arguments,
                                  enum fen_exit (*then)(struct fen_explain *explain,
                                                        const struct fen_arguments *arguments))
{
    struct fen_buffer reason = {0};
    enum fen_exit result = FEN_EXIT_OK;
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    struct fen_reference_reader *reader = fen_reference_reader_create(
        &(struct fen_reference_reader_options){.config = &live->config,
                                               .group = "fen-explain",
                                               .builder = builder,
                                               .wire = live->explain->wire},
        &reason);
    if (reader == NULL || !fen_reference_reader_load(reader, STALL_MS, &reason))
        result = fen_kafka_unavailable(&live->config, &reason);
    if (result == FEN_EXIT_OK) {
        live->explain->reference = fen_reference_acquire(builder, 0);
        result = then(live->explain, arguments);
    }
    fen_reference_reader_destroy(reader);
    fen_reference_builder_destroy(builder);
    fen_buffer_deinit(&reason);
    return result;
}

enum fen_exit fen_explain_from_kafka(struct fen_explain *explain,
                                     const struct fen_arguments *arguments,
                                     enum fen_exit (*then)(struct fen_explain *explain,
                                                           const struct fen_arguments *arguments))
{
    struct live live = {.explain = explain, .scratch = fen_arena_create((size_t)1 << 16)};
    enum fen_exit result = fen_wire_option(arguments, &explain->wire);
    if (result == FEN_EXIT_OK)
        result = fen_kafka_options(arguments, explain->arena, &live.config);
    if (result == FEN_EXIT_OK)
        result = read_states(&live, fen_arguments_text(arguments, "customer"));
    if (result == FEN_EXIT_INPUT)
        fen_say("a state record cannot be read; is --wire right, and this fen as new as the one "
                "that wrote it?",
                "状态记录无法读取；请检查 --wire，以及本程序版本是否不低于写入者");
    if (result == FEN_EXIT_OK)
        result = read_entries(&live);
    if (result == FEN_EXIT_OK)
        result = explain_live(&live, arguments, then);
    fen_arena_destroy(live.scratch);
    return result;
}
