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

struct gathering {
    struct fen_explain *explain;
    const struct fen_explain_topics *topics;
    struct fen_arena *scratch;
    struct fen_buffer *reason;
    uint32_t partition_count; /* of the keyed topics */
};

static bool is_over(const struct gathering *gathering)
{
    const struct fen_explain_topics *topics = gathering->topics;
    return topics->is_over != NULL && topics->is_over(topics->context);
}

static uint32_t stall_ms(const struct gathering *gathering)
{
    return gathering->topics->stall_ms == 0 ? STALL_MS : gathering->topics->stall_ms;
}

static bool keep_record(void *context, const struct fen_message *message)
{
    struct gathering *gathering = context;
    fen_explain_keep_record(gathering->explain, message);
    return !is_over(gathering);
}

static bool keep_touch(void *context, const struct fen_message *message)
{
    struct gathering *gathering = context;
    struct fen_event event;
    struct fen_refused refused;
    fen_arena_reset(gathering->scratch);
    if (fen_event_decode(gathering->explain->wire, message->value, gathering->scratch, &event,
                         &refused) == FEN_REFUSAL_NONE)
        fen_explain_keep_touch(gathering->explain, &event);
    return !is_over(gathering);
}

static bool keep_entries(void *context, const struct fen_message *message)
{
    struct gathering *gathering = context;
    struct fen_ledger_record record;
    fen_arena_reset(gathering->scratch);
    if (!fen_ledger_record_decode(gathering->explain->wire, message->key, message->value,
                                  gathering->scratch, &record))
        return true;
    for (uint32_t i = 0; i < record.entry_count; i++)
        fen_explain_keep_entry(gathering->explain, &record.entries[i]);
    return !is_over(gathering);
}

/* Visit one partition, or with -1 all; `visit` NULL: only count the partitions. */
static enum fen_exit visit_topic(struct gathering *gathering, enum fen_topic topic,
                                 int32_t partition,
                                 bool (*visit)(void *context, const struct fen_message *message))
{
    struct fen_topic_reader *reader = fen_topic_reader_create(
        &(struct fen_topic_reader_options){
            .config = gathering->topics->config,
            .topic = topic,
            .partition = partition,
            .start = FEN_TOPIC_START_BEGINNING,
        },
        gathering->reason);
    bool is_read = reader != NULL;
    if (is_read)
        gathering->partition_count = fen_topic_reader_partition_count(reader);
    if (is_read && visit != NULL)
        is_read = fen_topic_reader_visit(reader, stall_ms(gathering), visit, gathering,
                                         gathering->reason);
    fen_topic_reader_destroy(reader);
    if (is_read && is_over(gathering)) {
        fen_buffer_append_format(gathering->reason, "reading them took too long");
        is_read = false;
    }
    return is_read ? FEN_EXIT_OK : FEN_EXIT_UNAVAILABLE;
}

/* The partitions that `mark` names, each read once. */
static enum fen_exit visit_marked(struct gathering *gathering, enum fen_topic topic,
                                  const bool *marked,
                                  bool (*visit)(void *context, const struct fen_message *message))
{
    enum fen_exit result = FEN_EXIT_OK;
    uint32_t count = gathering->partition_count;
    for (uint32_t p = 0; p < count && result == FEN_EXIT_OK; p++)
        if (marked[p])
            result = visit_topic(gathering, topic, (int32_t)p, visit);
    return result;
}

static void mark(struct gathering *gathering, bool *marked, struct fen_str tenant,
                 struct fen_str id)
{
    struct fen_str key = fen_arena_join(gathering->explain->arena, tenant, '/', id);
    marked[fen_topic_partition(key, gathering->partition_count)] = true;
}

static bool *marks_create(const struct gathering *gathering)
{
    return fen_arena_allocate_zeroed(gathering->explain->arena,
                                     gathering->partition_count * sizeof(bool));
}

static bool asks_for(const struct fen_explain *explain, enum fen_explain_kind kind)
{
    for (uint32_t i = 0; i < explain->subject_count; i++)
        if (explain->subjects[i].kind == kind)
            return true;
    return false;
}

/* The states of what was asked about, and of the customers of those orders. */
static enum fen_exit read_states(struct gathering *gathering)
{
    const char *customer = gathering->topics->customer;
    struct fen_explain *explain = gathering->explain;
    enum fen_exit result = visit_topic(gathering, FEN_TOPIC_ORDER_STATE, -1, NULL);
    if (result != FEN_EXIT_OK)
        return result;
    bool *orders = marks_create(gathering), *customers = marks_create(gathering);
    bool *tasks = marks_create(gathering), *accounts = marks_create(gathering);
    for (uint32_t i = 0; i < explain->subject_count; i++) {
        const struct fen_explain_subject *subject = &explain->subjects[i];
        if (subject->kind == FEN_EXPLAIN_ORDER && customer != NULL)
            mark(gathering, orders, subject->tenant, fen_str_from(customer));
        if (subject->kind == FEN_EXPLAIN_CUSTOMER)
            mark(gathering, customers, subject->tenant, subject->id);
        if (subject->kind == FEN_EXPLAIN_TASK)
            mark(gathering, tasks, subject->tenant, subject->id);
        if (subject->kind == FEN_EXPLAIN_PAYEE)
            mark(gathering, accounts, subject->tenant, subject->id);
    }
    if (!asks_for(explain, FEN_EXPLAIN_ORDER))
        result = FEN_EXIT_OK;
    else if (customer == NULL)
        result = visit_topic(gathering, FEN_TOPIC_ORDER_STATE, -1, keep_record);
    else
        result = visit_marked(gathering, FEN_TOPIC_ORDER_STATE, orders, keep_record);
    if (result == FEN_EXIT_OK)
        result = visit_marked(gathering, FEN_TOPIC_TASK_STATE, tasks, keep_record);
    if (result == FEN_EXIT_OK)
        result = visit_marked(gathering, FEN_TOPIC_ACCOUNTS, accounts, keep_record);
    if (result == FEN_EXIT_OK && !fen_explain_decode(explain))
        return FEN_EXIT_INPUT;
    for (uint32_t i = 0; i < explain->subject_count && result == FEN_EXIT_OK; i++) {
        const struct fen_explain_subject *subject = &explain->subjects[i];
        if (subject->kind == FEN_EXPLAIN_ORDER &&
            fen_str_is_set(subject->explanation.order.customer))
            mark(gathering, customers, subject->tenant, subject->explanation.order.customer);
    }
    if (result == FEN_EXIT_OK)
        result = visit_marked(gathering, FEN_TOPIC_CUSTOMER_STATE, customers, keep_record);
    if (result == FEN_EXIT_OK && !fen_explain_decode(explain))
        return FEN_EXIT_INPUT;
    if (result == FEN_EXIT_OK && asks_for(explain, FEN_EXPLAIN_ORDER))
        result = visit_marked(gathering, FEN_TOPIC_TOUCH_EVENTS, customers, keep_touch);
    return result;
}

static void mark_payees(struct gathering *gathering, bool *marked, struct fen_str tenant,
                        const struct fen_posted *posted, uint32_t count)
{
    for (uint32_t index = 0; index < count; index++)
        mark(gathering, marked, tenant, posted[index].key.payee);
}

/* Entries of those to whom the states say something was posted. */
static enum fen_exit read_entries(struct gathering *gathering)
{
    struct fen_explain *explain = gathering->explain;
    bool *marked = marks_create(gathering);
    for (uint32_t i = 0; i < explain->subject_count; i++) {
        const struct fen_explain_subject *subject = &explain->subjects[i];
        const struct fen_explanation *explanation = &subject->explanation;
        if (subject->kind == FEN_EXPLAIN_ORDER)
            mark_payees(gathering, marked, subject->tenant, explanation->order.posted,
                        explanation->order.posted_count);
        if (subject->kind == FEN_EXPLAIN_CUSTOMER)
            mark_payees(gathering, marked, subject->tenant, explanation->customer.posted,
                        explanation->customer.posted_count);
        if (subject->kind == FEN_EXPLAIN_PAYEE)
            mark(gathering, marked, subject->tenant, subject->id);
        for (uint32_t guide = 0; guide < explanation->guide_count; guide++)
            mark_payees(gathering, marked, subject->tenant, explanation->guides[guide].posted,
                        explanation->guides[guide].posted_count);
    }
    return visit_marked(gathering, FEN_TOPIC_LEDGER, marked, keep_entries);
}

enum fen_exit fen_explain_gather(struct fen_explain *explain,
                                 const struct fen_explain_topics *topics,
                                 struct fen_buffer *reason)
{
    struct gathering gathering = {
        .explain = explain,
        .topics = topics,
        .scratch = fen_arena_create((size_t)1 << 16),
        .reason = reason,
    };
    enum fen_exit result = read_states(&gathering);
    if (result == FEN_EXIT_OK)
        result = read_entries(&gathering);
    if (result == FEN_EXIT_INPUT)
        fen_buffer_append_format(reason, "a state record cannot be read");
    fen_arena_destroy(gathering.scratch);
    return result;
}

/* Org and plans whole, then what was asked for under them. */
static enum fen_exit explain_live(struct fen_explain *explain,
                                  const struct fen_kafka_config *config,
                                  const struct fen_arguments *arguments,
                                  enum fen_exit (*then)(struct fen_explain *explain,
                                                        const struct fen_arguments *arguments))
{
    struct fen_buffer reason = {0};
    enum fen_exit result = FEN_EXIT_OK;
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    struct fen_reference_reader *reader = fen_reference_reader_create(
        &(struct fen_reference_reader_options){.config = config,
                                               .group = "fen-explain",
                                               .builder = builder,
                                               .wire = explain->wire},
        &reason);
    if (reader == NULL || !fen_reference_reader_load(reader, STALL_MS, &reason))
        result = fen_kafka_unavailable(config, &reason);
    if (result == FEN_EXIT_OK) {
        explain->reference = fen_reference_acquire(builder, 0);
        result = then(explain, arguments);
    }
    fen_reference_reader_destroy(reader);
    fen_reference_builder_destroy(builder);
    fen_buffer_deinit(&reason);
    return result;
}

/* What was asked for, and why it is not there, said on stderr. */
static enum fen_exit gather_or_say(struct fen_explain *explain,
                                   const struct fen_explain_topics *topics)
{
    struct fen_buffer reason = {0};
    enum fen_exit result = fen_explain_gather(explain, topics, &reason);
    if (result == FEN_EXIT_UNAVAILABLE)
        (void)fen_kafka_unavailable(topics->config, &reason);
    if (result == FEN_EXIT_INPUT)
        fen_say("a state record cannot be read; is --wire right, and this fen as new as the one "
                "that wrote it?",
                "状态记录无法读取；请检查 --wire，以及本程序版本是否不低于写入者");
    fen_buffer_deinit(&reason);
    return result;
}

enum fen_exit fen_explain_from_kafka(struct fen_explain *explain,
                                     const struct fen_arguments *arguments,
                                     enum fen_exit (*then)(struct fen_explain *explain,
                                                           const struct fen_arguments *arguments))
{
    struct fen_kafka_config config;
    enum fen_exit result = fen_wire_option(arguments, &explain->wire);
    if (result == FEN_EXIT_OK)
        result = fen_kafka_options(arguments, explain->arena, &config);
    if (result == FEN_EXIT_OK)
        result = gather_or_say(explain, &(struct fen_explain_topics){
                                            .config = &config,
                                            .customer = fen_arguments_text(arguments, "customer"),
                                        });
    return result == FEN_EXIT_OK ? explain_live(explain, &config, arguments, then) : result;
}
