/*
 * kafka_sink: see kafka_sink.h.
 *
 * Happy path: outputs go to librdkafka by produce_batch, run by run of one topic, their bytes
 * borrowed (no copy) until the commit is OK; offsets and commit follow.
 *
 * Failure modes: anything but OK ends in close, then open: a new producer with the same
 * transactional.id, whose initialisation waits for the coordinator to settle what was left open.
 * A transaction is never aborted and gone on with: aborting while the first produce is under way
 * is fatal in every librdkafka to date. A full queue is served and tried again, and counted.
 */
#include "stream/kafka_sink.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "stream/kafka_owner.h"
#include "stream/taint.h"

#define METADATA_TIMEOUT_MS 5000
#define FULL_TIMEOUT_MS 10000
#define OUTPUT_BLOCK_COUNT 1024u
#define QUIET_TIMEOUT_MS 500
#define QUIET_STEP_MS 10

struct kafka_sink {
    struct fen_sink port;
    const struct fen_kafka_config *config;
    char id[FEN_KAFKA_OWNER_SIZE_BYTES]; /* transactional.id */
    rd_kafka_t *producer;     /* NULL: closed */
    struct fen_taint *taint;  /* of this producer; freed after it */
    rd_kafka_topic_t *topics[FEN_TOPIC_COUNT];
    rd_kafka_message_t *block; /* OUTPUT_BLOCK_COUNT of them */
    bool is_in_transaction;
    uint64_t full_count;
    rd_kafka_resp_err_t delivery_error; /* first of the transaction */
};

static struct kafka_sink *sink_of(struct fen_sink *port)
{
    return (struct kafka_sink *)port;
}

/* Runs on the worker's thread. Without it each commit costs 10 ms more: flush polls in steps. */
static void note_delivery(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    struct kafka_sink *sink = opaque;
    (void)producer;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR
        && sink->delivery_error == RD_KAFKA_RESP_ERR_NO_ERROR)
        sink->delivery_error = message->err;
}

/*
 * Drop what is queued, and give the requests under way a moment to end. 2.0.2 aborts the process
 * (txn_req_cnt) when a producer is destroyed just as it sends AddPartitionsToTxn: after the purge
 * none is sent any more, and those sent are waited for. It is a race: bounded waiting makes it
 * rare, and a crash at this point is one more that the log survives.
 */
static void calm(struct kafka_sink *sink)
{
    int64_t deadline_ms = fen_clock_ms() + QUIET_TIMEOUT_MS;
    uint32_t quiet_count = 0;
    (void)rd_kafka_purge(sink->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    while (sink->is_in_transaction && quiet_count < 2 && fen_clock_ms() < deadline_ms) {
        int64_t until_ms = fen_clock_ms() + QUIET_STEP_MS;
        while (fen_clock_ms() < until_ms)
            (void)rd_kafka_poll(sink->producer, QUIET_STEP_MS);
        quiet_count = fen_taint_is_quiet(sink->taint) ? quiet_count + 1 : 0;
    }
    (void)rd_kafka_poll(sink->producer, 0);
}

static void kafka_sink_close(struct fen_sink *port)
{
    struct kafka_sink *sink = sink_of(port);
    if (sink->producer == NULL)
        return;
    calm(sink);
    sink->is_in_transaction = false;
    for (uint32_t i = 0; i < FEN_TOPIC_COUNT; i++) {
        if (sink->topics[i] != NULL)
            rd_kafka_topic_destroy(sink->topics[i]);
        sink->topics[i] = NULL;
    }
    rd_kafka_destroy(sink->producer);
    sink->producer = NULL;
    free(sink->taint);
    sink->taint = NULL;
}

/* Which of the codes say that another producer has taken over this transactional.id. */
static bool is_fenced(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED
           || code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH
           || code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID;
}

/* What no repetition will mend. */
static bool is_hopeless(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED
           || code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED
           || code == RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION
           || code == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE
           || code == RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT
           || code == RD_KAFKA_RESP_ERR__AUTHENTICATION;
}

static enum fen_sink_outcome outcome_of(rd_kafka_resp_err_t code)
{
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return FEN_SINK_OK;
    if (is_fenced(code))
        return FEN_SINK_FENCED;
    return is_hopeless(code) ? FEN_SINK_FATAL : FEN_SINK_UNKNOWN;
}

/* Name the step and the error, free it, and say what it amounts to; NULL is OK. */
static enum fen_sink_outcome judge(rd_kafka_error_t *error, const char *step,
                                   struct fen_buffer *reason)
{
    if (error == NULL)
        return FEN_SINK_OK;
    enum fen_sink_outcome outcome = outcome_of(rd_kafka_error_code(error));
    fen_buffer_append_format(reason, "%s: %s: %s", step, rd_kafka_error_name(error),
                             rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return outcome;
}

static rd_kafka_t *make_producer(struct kafka_sink *sink, struct fen_buffer *reason)
{
    sink->taint = calloc(1, sizeof *sink->taint);
    FEN_ASSERT(sink->taint != NULL);
    rd_kafka_conf_t *conf = fen_kafka_config_conf(sink->config, FEN_KAFKA_PRODUCER);
    fen_kafka_config_set(conf, "transactional.id", sink->id);
    rd_kafka_conf_set_dr_msg_cb(conf, note_delivery);
    rd_kafka_conf_set_opaque(conf, sink);
    fen_taint_watch(sink->taint, conf);
    return fen_kafka_config_open(conf, FEN_KAFKA_PRODUCER, reason);
}

/*
 * Handles of all output topics, known to the client before the first record: without, 2.0.2 delays
 * the first record to a topic by a second.
 */
static bool open_topics(struct kafka_sink *sink, struct fen_buffer *reason)
{
    static const enum fen_topic outputs[] = {
        FEN_TOPIC_POSTINGS,       FEN_TOPIC_LEDGER,     FEN_TOPIC_ACCOUNTS,
        FEN_TOPIC_ORDER_STATE,    FEN_TOPIC_TASK_STATE, FEN_TOPIC_DEAD_LETTERS,
        FEN_TOPIC_CUSTOMER_STATE,
    };
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        sink->topics[outputs[i]] =
            rd_kafka_topic_new(sink->producer, fen_topic_info(outputs[i])->name, NULL);
        FEN_ASSERT(sink->topics[outputs[i]] != NULL);
    }
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t error =
        rd_kafka_metadata(sink->producer, 0, NULL, &metadata, METADATA_TIMEOUT_MS);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fen_buffer_append_format(reason, "metadata of the output topics: %s",
                                 rd_kafka_err2str(error));
        return false;
    }
    rd_kafka_metadata_destroy(metadata);
    return true;
}

static enum fen_sink_outcome kafka_sink_open(struct fen_sink *port, uint32_t timeout_ms,
                                             struct fen_buffer *reason)
{
    struct kafka_sink *sink = sink_of(port);
    kafka_sink_close(port);
    sink->delivery_error = RD_KAFKA_RESP_ERR_NO_ERROR;
    sink->producer = make_producer(sink, reason);
    if (sink->producer == NULL) {
        free(sink->taint);
        sink->taint = NULL;
        return FEN_SINK_FATAL;
    }
    rd_kafka_error_t *error = rd_kafka_init_transactions(sink->producer, (int)timeout_ms);
    enum fen_sink_outcome outcome = judge(error, "init_transactions", reason);
    if (outcome == FEN_SINK_OK && !open_topics(sink, reason))
        outcome = FEN_SINK_UNKNOWN;
    if (outcome != FEN_SINK_OK)
        kafka_sink_close(port);
    return outcome;
}

static bool kafka_sink_is_tainted(const struct fen_sink *port)
{
    const struct kafka_sink *sink = (const struct kafka_sink *)port;
    return sink->taint != NULL && fen_taint_is_set(sink->taint) && !FEN_FAULT_SKIPS("taint");
}

static enum fen_sink_outcome kafka_sink_begin(struct fen_sink *port, struct fen_buffer *reason)
{
    struct kafka_sink *sink = sink_of(port);
    FEN_ASSERT(sink->producer != NULL);
    sink->delivery_error = RD_KAFKA_RESP_ERR_NO_ERROR;
    sink->is_in_transaction = true;
    return judge(rd_kafka_begin_transaction(sink->producer), "begin", reason);
}

static void add_headers(rd_kafka_headers_t *headers, const struct fen_message *message)
{
    for (uint32_t i = 0; i < message->header_count; i++) {
        const struct fen_header *header = &message->headers[i];
        (void)rd_kafka_header_add(headers, header->name.data, header->name.size,
                                  header->value.data, header->value.size);
    }
}

/* produce_batch has no headers; only dead letters do. */
static rd_kafka_resp_err_t produce_one(struct kafka_sink *sink, const struct fen_message *message)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(message->header_count);
    add_headers(headers, message);
    rd_kafka_vu_t arguments[] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = sink->topics[message->topic]},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = (int32_t)message->partition},
        {.vtype = RD_KAFKA_VTYPE_KEY,
         .u.mem = {(void *)(uintptr_t)message->key.data, message->key.size}},
        {.vtype = RD_KAFKA_VTYPE_VALUE,
         .u.mem = {(void *)(uintptr_t)message->value.data, message->value.size}},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
    };
    rd_kafka_error_t *error =
        rd_kafka_produceva(sink->producer, arguments, sizeof arguments / sizeof *arguments);
    if (error == NULL)
        return RD_KAFKA_RESP_ERR_NO_ERROR; /* the headers are librdkafka's now */
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    rd_kafka_headers_destroy(headers);
    return code;
}

/*
 * Hand a run of messages of one topic over; *taken_out says how many went, which are the first: one
 * that is refused ends the run, or those behind it would overtake it.
 */
static rd_kafka_resp_err_t produce_run(struct kafka_sink *sink, const struct fen_message *messages,
                                       uint32_t count, uint32_t *taken_out)
{
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (uint32_t i = 0; i < count; i++) {
        rd_kafka_message_t *to = &sink->block[i];
        memset(to, 0, sizeof *to);
        to->partition = (int32_t)messages[i].partition;
        to->payload = (void *)(uintptr_t)messages[i].value.data;
        to->len = messages[i].value.size;
        to->key = (void *)(uintptr_t)messages[i].key.data;
        to->key_len = messages[i].key.size;
    }
    int taken = rd_kafka_produce_batch(sink->topics[messages->topic], RD_KAFKA_PARTITION_UA,
                                       RD_KAFKA_MSG_F_PARTITION, sink->block, (int)count);
    for (uint32_t i = 0; taken != (int)count && i < count; i++) {
        if (sink->block[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            code = sink->block[i].err;
            break;
        }
    }
    *taken_out = (uint32_t)taken;
    return code;
}

/* How many messages from the first on can go in one produce_batch; 0: the first has headers. */
static uint32_t run_length(const struct fen_message *messages, uint32_t count)
{
    uint32_t length = 0;
    while (length < count && length < OUTPUT_BLOCK_COUNT
           && messages[length].topic == messages->topic && messages[length].header_count == 0)
        length++;
    return length;
}

static enum fen_sink_outcome kafka_sink_emit(struct fen_sink *port,
                                             const struct fen_message *messages, uint32_t count,
                                             struct fen_buffer *reason)
{
    struct kafka_sink *sink = sink_of(port);
    int64_t deadline_ms = fen_clock_ms() + FULL_TIMEOUT_MS;
    uint32_t done = 0;
    while (done < count) {
        uint32_t taken = 0;
        uint32_t length = run_length(messages + done, count - done);
        FEN_ASSERT(sink->topics[messages[done].topic] != NULL);
        rd_kafka_resp_err_t code;
        if (length == 0) {
            code = produce_one(sink, messages + done);
            taken = code == RD_KAFKA_RESP_ERR_NO_ERROR;
        } else {
            code = produce_run(sink, messages + done, length, &taken);
        }
        /* Messages behind a refused one may have been taken: only a full queue refuses the rest. */
        if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL && fen_clock_ms() < deadline_ms) {
            sink->full_count++;
            (void)rd_kafka_poll(sink->producer, 10);
        } else if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            fen_buffer_append_format(reason, "produce to %s: %s",
                                     fen_topic_info(messages[done + taken].topic)->name,
                                     rd_kafka_err2str(code));
            return outcome_of(code) == FEN_SINK_FENCED ? FEN_SINK_FENCED : FEN_SINK_UNKNOWN;
        }
        done += taken;
    }
    (void)rd_kafka_poll(sink->producer, 0);
    return FEN_SINK_OK;
}

/* An offset with who committed it, for the successor (kafka_owner.h); the list frees both. */
static void add_offset(rd_kafka_topic_partition_list_t *list, const struct fen_offset *offset,
                       const char *owner)
{
    rd_kafka_topic_partition_t *place = rd_kafka_topic_partition_list_add(
        list, fen_topic_info(offset->topic)->name, (int32_t)offset->partition);
    place->offset = offset->offset;
    place->metadata = strdup(owner);
    FEN_ASSERT(place->metadata != NULL && "out of memory");
    place->metadata_size = strlen(owner);
}

static enum fen_sink_outcome kafka_sink_offsets(struct fen_sink *port,
                                                const struct fen_offset *offsets, uint32_t count,
                                                const void *group, struct fen_buffer *reason)
{
    struct kafka_sink *sink = sink_of(port);
    FEN_ASSERT(count > 0 && group != NULL);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (uint32_t i = 0; i < count; i++)
        add_offset(list, &offsets[i], sink->id);
    rd_kafka_error_t *error = rd_kafka_send_offsets_to_transaction(
        sink->producer, list, (const rd_kafka_consumer_group_metadata_t *)group, -1);
    rd_kafka_topic_partition_list_destroy(list);
    return judge(error, "send_offsets", reason);
}

/* Bounded by the transaction's timeout: -1 is what is left of it. */
static enum fen_sink_outcome kafka_sink_commit(struct fen_sink *port, struct fen_buffer *reason)
{
    struct kafka_sink *sink = sink_of(port);
    rd_kafka_error_t *error = rd_kafka_commit_transaction(sink->producer, -1);
    if (error != NULL && sink->delivery_error != RD_KAFKA_RESP_ERR_NO_ERROR)
        fen_buffer_append_format(reason, "a record was not delivered: %s; ",
                                 rd_kafka_err2str(sink->delivery_error));
    sink->is_in_transaction = error != NULL;
    return judge(error, "commit", reason);
}

static void kafka_sink_destroy(struct fen_sink *port)
{
    struct kafka_sink *sink = sink_of(port);
    kafka_sink_close(port);
    free(sink->block);
    free(sink);
}

static const struct fen_sink_functions kafka_sink_functions = {
    .open = kafka_sink_open,
    .close = kafka_sink_close,
    .is_tainted = kafka_sink_is_tainted,
    .begin = kafka_sink_begin,
    .emit = kafka_sink_emit,
    .offsets = kafka_sink_offsets,
    .commit = kafka_sink_commit,
    .destroy = kafka_sink_destroy,
};

struct fen_sink *fen_kafka_sink_create(const struct fen_kafka_sink_options *options)
{
    struct kafka_sink *sink = calloc(1, sizeof *sink);
    FEN_ASSERT(sink != NULL);
    sink->port.functions = &kafka_sink_functions;
    sink->config = options->config;
    sink->block = calloc(OUTPUT_BLOCK_COUNT, sizeof *sink->block);
    FEN_ASSERT(sink->block != NULL);
    fen_kafka_owner_name(sink->id, options->group, options->instance, options->number);
    return &sink->port;
}
