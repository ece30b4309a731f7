/*
 * bench_state: the state of a large installation, written to Kafka as a group has left it behind.
 *
 *     bench_state --bootstrap HOST:PORT --group GROUP --partitions N
 *                 [--customers N] [--guides N] [--entries N] [--announced]
 *
 * Each customer is bound to a guide; each guide has an account of so many entries (adjustments,
 * which need neither plan nor order). The records are the core's own: its lanes work through the
 * events batch by batch, and each batch is discarded once its records are sent, so that the memory
 * of ten million customers is not needed to write them. The group has then committed offset 0 of
 * every input but org events, whose end it has when the guides are announced.
 *
 * Why not through `fen run`: a restart and a rebuild read what stands in the state topics, and the
 * core makes these records at some hundred thousand a second.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

#include "base/arena.h"
#include "bench/process.h"
#include "bench/shop.h"
#include "stream/inputs.h"
#include "stream/kafka_config.h"
#include "stream/lanes.h"

#define BATCH_COUNT 4000u
#define OPEN_MS     INT64_C(1780243200000) /* 2026-06-01 00:00, +08:00 */

struct options {
    const char *bootstrap;
    const char *group;
    uint32_t partition_count;
    uint32_t customer_count;
    uint32_t guide_count;
    uint32_t entry_count;
    bool is_announced;
};

struct writing {
    struct options options;
    struct fen_kafka_setting setting;
    struct fen_kafka_config config;
    struct bench_shop shop;
    struct fen_reference_builder *references;
    struct fen_lanes *lanes;
    struct fen_arena *bytes; /* of a batch's messages */
    struct fen_buffer key, value;
    struct fen_message messages[BATCH_COUNT];
    uint32_t message_count;
    rd_kafka_t *producer;
    rd_kafka_topic_t *topics[FEN_TOPIC_COUNT];
    uint64_t record_count, record_bytes;
    int64_t org_count;
};

static void check(const char *step, rd_kafka_resp_err_t error)
{
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        bench_process_fail("%s: %s", step, rd_kafka_err2str(error));
}

static void note_delivery(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    (void)producer;
    (void)opaque;
    check("a record is not delivered", message->err);
}

static rd_kafka_t *open_client(struct writing *writing, enum fen_kafka_use use)
{
    struct fen_buffer reason = {0};
    rd_kafka_conf_t *conf = fen_kafka_config_conf(&writing->config, use);
    if (use == FEN_KAFKA_MEMBER)
        fen_kafka_config_set(conf, "group.id", writing->options.group);
    else
        rd_kafka_conf_set_dr_msg_cb(conf, note_delivery);
    rd_kafka_t *client = fen_kafka_config_open(conf, use, &reason);
    if (client == NULL)
        bench_process_fail("%.*s", FEN_STR_ARG(fen_buffer_str(&reason)));
    return client;
}

/* Serve the producer until at most so many records are under way. */
static void serve(struct writing *writing, int left)
{
    do
        (void)rd_kafka_poll(writing->producer, left == 0 ? 100 : 0);
    while (rd_kafka_outq_len(writing->producer) > left);
}

static void send_record(struct writing *writing, const struct fen_message *message)
{
    int partition = (int)message->partition;
    if (rd_kafka_produce(writing->topics[message->topic], partition, RD_KAFKA_MSG_F_COPY,
                         (void *)(uintptr_t)message->value.data, message->value.size,
                         message->key.data, message->key.size, NULL) != 0)
        check("produce", rd_kafka_last_error());
    writing->record_count++;
    writing->record_bytes += message->key.size + message->value.size;
}

static struct fen_message *push(struct writing *writing, const struct fen_event *event)
{
    fen_buffer_clear(&writing->key);
    fen_buffer_clear(&writing->value);
    fen_topic_event_key(event, &writing->key);
    fen_event_encode(FEN_WIRE_PROTOBUF, event, &writing->value);
    FEN_ASSERT(writing->message_count < BATCH_COUNT);
    struct fen_message *message = &writing->messages[writing->message_count++];
    *message = (struct fen_message){
        .topic = fen_topic_of(event->type),
        .timestamp_ms = event->time_ms,
        .key = fen_arena_copy(writing->bytes, fen_buffer_str(&writing->key)),
        .value = fen_arena_copy(writing->bytes, fen_buffer_str(&writing->value)),
    };
    if (!fen_topic_info(message->topic)->is_single_partition)
        message->partition =
            fen_topic_partition(message->key, writing->options.partition_count);
    return message;
}

/* The records that the events pushed come to; the lanes forget them again. */
static void run_batch(struct writing *writing)
{
    uint32_t count = 0;
    fen_lanes_begin(writing->lanes, fen_reference_acquire(writing->references, 0));
    for (uint32_t i = 0; i < writing->message_count; i++)
        if (!fen_lanes_apply(writing->lanes, &writing->messages[i]))
            bench_process_fail("the core refuses an event");
    fen_lanes_finish(writing->lanes);
    const struct fen_message *outputs = fen_lanes_outputs(writing->lanes, &count);
    for (uint32_t i = 0; i < count; i++)
        send_record(writing, &outputs[i]);
    fen_lanes_discard(writing->lanes);
    serve(writing, 200000);
    writing->message_count = 0;
    fen_arena_reset(writing->bytes);
}

/* Every guide and store, to the topic that is kept whole. */
static void announce(struct writing *writing)
{
    struct fen_event event;
    for (uint32_t i = 0; i < writing->shop.store_count + writing->options.guide_count; i++) {
        if (i < writing->shop.store_count)
            bench_shop_store(&writing->shop, i, writing->bytes, &event);
        else
            bench_shop_guide(&writing->shop, i - writing->shop.store_count, writing->bytes,
                             &event);
        send_record(writing, push(writing, &event));
        writing->org_count++;
        if (writing->message_count == BATCH_COUNT) {
            serve(writing, 200000);
            writing->message_count = 0;
            fen_arena_reset(writing->bytes);
        }
    }
    writing->message_count = 0;
}

static void push_adjustment(struct writing *writing, uint32_t guide, uint32_t number)
{
    struct fen_event event;
    fen_record_clear(&fen_event_schema, &event);
    event.tenant = FEN_STR("default");
    event.type = FEN_EVENT_ADJUSTMENT_POSTED;
    event.time_ms = OPEN_MS;
    event.id = fen_arena_format(writing->bytes, "adjusted-%u-%u", guide, number);
    event.adjustment = event.id;
    struct fen_str id = bench_shop_guide_id(writing->bytes, guide);
    event.payee = fen_arena_format(writing->bytes, "guide:%.*s", FEN_STR_ARG(id));
    event.amount_fen = 100 + (int64_t)guide % 10000;
    event.reason = FEN_STR("opening balance");
    event.approver = FEN_STR("finance");
    push(writing, &event);
}

static void write_customers(struct writing *writing)
{
    struct fen_event event;
    for (uint32_t i = 0; i < writing->options.customer_count; i++) {
        bench_shop_bound(&writing->shop, i, writing->bytes, &event);
        push(writing, &event);
        if (writing->message_count == BATCH_COUNT)
            run_batch(writing);
    }
    run_batch(writing);
}

/* All entries of a guide in one batch: a batch knows nothing of those before it. */
static void write_accounts(struct writing *writing)
{
    for (uint32_t i = 0; i < writing->options.guide_count; i++) {
        if (writing->message_count + writing->options.entry_count > BATCH_COUNT)
            run_batch(writing);
        for (uint32_t j = 0; j < writing->options.entry_count; j++)
            push_adjustment(writing, i, j);
    }
    run_batch(writing);
}

/* What makes it the group's own state: without any offset committed, a worker refuses it. */
static void commit_offsets(struct writing *writing)
{
    enum fen_topic topics[FEN_INPUT_COUNT_MAX];
    uint32_t topic_count = fen_inputs_list(true, true, topics);
    rd_kafka_t *member = open_client(writing, FEN_KAFKA_MEMBER);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    for (uint32_t i = 0; i < topic_count; i++) {
        const struct fen_topic_info *info = fen_topic_info(topics[i]);
        int count = info->is_single_partition ? 1 : (int)writing->options.partition_count;
        for (int partition = 0; partition < count; partition++)
            rd_kafka_topic_partition_list_add(list, info->name, partition)->offset =
                topics[i] == FEN_TOPIC_ORG_EVENTS ? writing->org_count : 0;
    }
    check("offsets", rd_kafka_commit(member, list, 0));
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(member);
}

static void open_all(struct writing *writing)
{
    struct fen_buffer reason = {0};
    const struct options *options = &writing->options;
    writing->setting = (struct fen_kafka_setting){"bootstrap.servers", options->bootstrap};
    writing->config = (struct fen_kafka_config){&writing->setting, 1};
    if (!fen_kafka_config_check(&writing->config, &reason))
        bench_process_fail("%.*s", FEN_STR_ARG(fen_buffer_str(&reason)));
    writing->producer = open_client(writing, FEN_KAFKA_PLAIN);
    for (uint32_t i = 0; i < FEN_TOPIC_COUNT; i++)
        writing->topics[i] = rd_kafka_topic_new(writing->producer,
                                                fen_topic_info((enum fen_topic)i)->name, NULL);
    writing->shop = (struct bench_shop){.mark = "S2026",
                                        .guide_count = options->guide_count,
                                        .store_count = options->guide_count / 20 + 1,
                                        .customer_count = options->customer_count,
                                        .sku_count = 1,
                                        .open_ms = OPEN_MS};
    writing->bytes = fen_arena_create((size_t)1 << 20);
    writing->references = fen_reference_builder_create(1);
    writing->lanes = fen_lanes_create(&(struct fen_lanes_options){
        .partition_count = options->partition_count,
        .wire = FEN_WIRE_PROTOBUF,
        .has_split = true,
        .has_post = true,
        .keeps_state_records = true,
    });
    for (uint32_t i = 0; i < options->partition_count; i++)
        fen_lanes_open(writing->lanes, i);
}

static void close_all(struct writing *writing)
{
    for (uint32_t i = 0; i < FEN_TOPIC_COUNT; i++)
        rd_kafka_topic_destroy(writing->topics[i]);
    rd_kafka_destroy(writing->producer);
    fen_lanes_destroy(writing->lanes);
    fen_reference_builder_destroy(writing->references);
    fen_arena_destroy(writing->bytes);
    fen_buffer_deinit(&writing->key);
    fen_buffer_deinit(&writing->value);
}

static void read_number(const char *name, const char *text, struct options *options)
{
    static const char *const names[] = {"partitions", "customers", "guides", "entries"};
    uint32_t *const places[] = {&options->partition_count, &options->customer_count,
                                &options->guide_count, &options->entry_count};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            *places[i] = (uint32_t)bench_process_number(name, text, 0);
}

static void read_options(int argc, char **argv, struct options *options)
{
    static const struct option longs[] = {
        {"bootstrap", required_argument, NULL, 'b'}, {"group", required_argument, NULL, 'g'},
        {"partitions", required_argument, NULL, 'n'}, {"customers", required_argument, NULL, 'n'},
        {"guides", required_argument, NULL, 'n'},    {"entries", required_argument, NULL, 'n'},
        {"announced", no_argument, NULL, 'a'},       {NULL, 0, NULL, 0},
    };
    int index = 0;
    *options = (struct options){.partition_count = 8, .guide_count = 1000, .entry_count = 1};
    for (int word; (word = getopt_long(argc, argv, "", longs, &index)) != -1;) {
        if (word == 'b')
            options->bootstrap = optarg;
        else if (word == 'g')
            options->group = optarg;
        else if (word == 'n')
            read_number(longs[index].name, optarg, options);
        else if (word == 'a')
            options->is_announced = true;
        else
            exit(2);
    }
    if (options->bootstrap == NULL || options->group == NULL || options->partition_count == 0 ||
        options->guide_count == 0 || options->entry_count > BATCH_COUNT)
        bench_process_fail("--bootstrap, --group, partitions and guides are needed, and at most "
                           "%u entries",
                           BATCH_COUNT);
}

int main(int argc, char **argv)
{
    struct writing *writing = calloc(1, sizeof *writing);
    FEN_ASSERT(writing != NULL);
    read_options(argc, argv, &writing->options);
    open_all(writing);
    if (writing->options.is_announced)
        announce(writing);
    write_customers(writing);
    write_accounts(writing);
    serve(writing, 0);
    commit_offsets(writing);
    printf("{\"records\":%llu,\"bytes\":%llu}\n", (unsigned long long)writing->record_count,
           (unsigned long long)writing->record_bytes);
    close_all(writing);
    free(writing);
    return 0;
}
