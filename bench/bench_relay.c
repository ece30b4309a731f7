/*
 * bench_relay: a bare transactional relay, the yardstick of bench/engine: every record of the
 * input topics, unread, to the same partition of one output topic, with the engine's own client
 * settings (stream/kafka_config), pacing (stream/pacing) and ways of consuming and producing: bulk
 * consumption, borrowed bytes, produce_batch, offsets in the transaction.
 *
 *     bench_relay --bootstrap HOST:PORT --group NAME --output TOPIC [--input TOPIC]...
 *                 [--count N | --until-idle MS] [--live] [-X KEY=VALUE]...
 *
 * It ends at the end of its inputs, after --count records, or, with --until-idle, when nothing has
 * come for so long. --live begins at the end of the inputs rather than at their beginning. Without
 * --input: all inputs of the engine. The line {"ready":true} says that all partitions are being
 * read; the last line is the result. CPU is that of the whole process, wall time that from the
 * first commit to the last, over the records after the first commit: joining is not in it.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include <librdkafka/rdkafka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "bench/process.h"
#include "cli/options/kafka_options.h"
#include "stream/inputs.h"
#include "stream/kafka_config.h"
#include "stream/pacing.h"

#define INPUT_COUNT_MAX   16u
#define SETTING_COUNT_MAX 32u
#define CHUNK_COUNT       1000u
#define TIMEOUT_MS        30000

struct options {
    const char *group;
    const char *output;
    const char *inputs[INPUT_COUNT_MAX];
    uint32_t input_count;
    struct fen_kafka_setting settings[SETTING_COUNT_MAX];
    uint32_t setting_count;
    uint64_t count;     /* 0: no such end */
    int64_t idle_ms;    /* 0: end at the end of the inputs */
    bool is_live;
};

/* A partition of an input, as assigned. */
struct place {
    const char *topic;
    const rd_kafka_topic_t *handle; /* NULL until its first message */
    int32_t partition;
    int64_t next;    /* offset to commit; -1: none yet */
    bool is_touched; /* in this batch */
    bool is_at_end;
};

struct relay {
    struct options options;
    struct fen_kafka_config config;
    rd_kafka_t *member;
    rd_kafka_queue_t *queue;
    rd_kafka_t *producer;
    rd_kafka_topic_t *output;
    struct place *places;
    uint32_t place_count;
    uint32_t last_place; /* where the message before was found */
    uint32_t at_end_count;
    rd_kafka_message_t **batch; /* messages held until the commit */
    rd_kafka_message_t *block;  /* the same for produce_batch */
    uint32_t batch_count;
    struct fen_pacing pacing;
    bool is_ready;
    rd_kafka_resp_err_t delivery_error;

    uint64_t record_count, record_bytes, commit_count;
    uint64_t first_count; /* records of the first commit */
    int64_t first_commit_ns, last_commit_ns;
};

static void note_delivery(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    struct relay *relay = opaque;
    (void)producer;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        relay->delivery_error = message->err;
}

static void take_assignment(struct relay *relay, rd_kafka_topic_partition_list_t *list)
{
    relay->places = calloc((size_t)list->cnt + 1, sizeof *relay->places);
    FEN_ASSERT(relay->places != NULL);
    relay->place_count = (uint32_t)list->cnt;
    for (int i = 0; i < list->cnt; i++) {
        list->elems[i].offset =
            relay->options.is_live ? RD_KAFKA_OFFSET_END : RD_KAFKA_OFFSET_BEGINNING;
        char *topic = strdup(list->elems[i].topic);
        FEN_ASSERT(topic != NULL);
        relay->places[i] =
            (struct place){.topic = topic, .partition = list->elems[i].partition, .next = -1};
    }
}

/* The group is new and has one member: one assignment, and a revocation at the end. */
static void on_rebalance(rd_kafka_t *member, rd_kafka_resp_err_t code,
                         rd_kafka_topic_partition_list_t *list, void *opaque)
{
    if (code != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        (void)rd_kafka_assign(member, NULL);
        return;
    }
    take_assignment(opaque, list);
    (void)rd_kafka_assign(member, list);
}

static rd_kafka_t *open_handle(rd_kafka_conf_t *conf, enum fen_kafka_use use)
{
    struct fen_buffer reason = {0};
    rd_kafka_t *handle = fen_kafka_config_open(conf, use, &reason);
    if (handle == NULL)
        bench_process_fail("%.*s", FEN_STR_ARG(fen_buffer_str(&reason)));
    return handle;
}

static void open_member(struct relay *relay)
{
    rd_kafka_conf_t *conf = fen_kafka_config_conf(&relay->config, FEN_KAFKA_MEMBER);
    fen_kafka_config_set(conf, "group.id", relay->options.group);
    fen_kafka_config_set(conf, "group.instance.id", "relay-0");
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    rd_kafka_conf_set_opaque(conf, relay);
    relay->member = open_handle(conf, FEN_KAFKA_MEMBER);
    relay->queue = rd_kafka_queue_get_consumer(relay->member);
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)relay->options.input_count);
    for (uint32_t i = 0; i < relay->options.input_count; i++)
        rd_kafka_topic_partition_list_add(list, relay->options.inputs[i], RD_KAFKA_PARTITION_UA);
    if (rd_kafka_subscribe(relay->member, list) != RD_KAFKA_RESP_ERR_NO_ERROR)
        bench_process_fail("the subscription is refused");
    rd_kafka_topic_partition_list_destroy(list);
}

/* Fail with the step and the error, unless there is none. */
static void check(const char *step, rd_kafka_error_t *error)
{
    if (error != NULL)
        bench_process_fail("%s: %s: %s", step, rd_kafka_error_name(error),
                           rd_kafka_error_string(error));
}

static void open_producer(struct relay *relay)
{
    char id[512];
    const struct rd_kafka_metadata *metadata = NULL;
    (void)snprintf(id, sizeof id, "bench.%s", relay->options.group);
    rd_kafka_conf_t *conf = fen_kafka_config_conf(&relay->config, FEN_KAFKA_PRODUCER);
    fen_kafka_config_set(conf, "transactional.id", id);
    rd_kafka_conf_set_dr_msg_cb(conf, note_delivery);
    rd_kafka_conf_set_opaque(conf, relay);
    relay->producer = open_handle(conf, FEN_KAFKA_PRODUCER);
    check("init_transactions", rd_kafka_init_transactions(relay->producer, TIMEOUT_MS));
    relay->output = rd_kafka_topic_new(relay->producer, relay->options.output, NULL);
    /* Without, 2.0.2 delays the first record to a topic by a second. */
    if (rd_kafka_metadata(relay->producer, 0, relay->output, &metadata, TIMEOUT_MS)
        != RD_KAFKA_RESP_ERR_NO_ERROR)
        bench_process_fail("no metadata of %s", relay->options.output);
    rd_kafka_metadata_destroy(metadata);
}

static bool is_place_of(const struct place *place, const rd_kafka_message_t *message)
{
    return place->handle == message->rkt && place->partition == message->partition;
}

/* Messages come in runs of one partition: mostly it is the place of the one before. */
static struct place *place_of(struct relay *relay, const rd_kafka_message_t *message)
{
    if (is_place_of(&relay->places[relay->last_place], message))
        return &relay->places[relay->last_place];
    for (uint32_t i = 0; i < relay->place_count; i++) {
        struct place *place = &relay->places[i];
        if (place->handle == NULL && place->partition == message->partition
            && strcmp(place->topic, rd_kafka_topic_name(message->rkt)) == 0)
            place->handle = message->rkt;
        if (is_place_of(place, message)) {
            relay->last_place = i;
            return place;
        }
    }
    bench_process_fail("a message of a partition that is not assigned");
}

static void set_at_end(struct relay *relay, struct place *place, bool is_at_end)
{
    if (place->is_at_end == is_at_end)
        return;
    place->is_at_end = is_at_end;
    relay->at_end_count += is_at_end ? 1 : UINT32_MAX;
}

static void take(struct relay *relay, rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        set_at_end(relay, place_of(relay, message), true);
        rd_kafka_message_destroy(message);
        return;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        bench_process_fail("consuming: %s", rd_kafka_message_errstr(message));
    struct place *place = place_of(relay, message);
    set_at_end(relay, place, false);
    place->next = message->offset + 1;
    place->is_touched = true;
    rd_kafka_message_t *out = &relay->block[relay->batch_count];
    *out = (rd_kafka_message_t){
        .partition = message->partition,
        .payload = message->payload,
        .len = message->len,
        .key = message->key,
        .key_len = message->key_len,
    };
    relay->record_bytes += message->len + message->key_len;
    relay->batch[relay->batch_count++] = message;
}

/* As stream/kafka_batch does. Returns: whether a limit was reached. */
static bool collect(struct relay *relay, const struct fen_poll_limits *limits)
{
    rd_kafka_message_t *chunk[CHUNK_COUNT];
    rd_kafka_message_t *first = rd_kafka_consumer_poll(relay->member, (int)limits->wait_ms);
    if (first == NULL)
        return false;
    take(relay, first);
    int64_t deadline_ms = fen_clock_ms() + limits->collect_ms;
    while (relay->batch_count < limits->message_count_max) {
        uint32_t wanted = limits->message_count_max - relay->batch_count;
        int64_t left_ms = deadline_ms - fen_clock_ms();
        if (wanted > CHUNK_COUNT)
            wanted = CHUNK_COUNT;
        ssize_t count = rd_kafka_consume_batch_queue(relay->queue, left_ms < 0 ? 0 : (int)left_ms,
                                                     chunk, wanted);
        for (ssize_t i = 0; i < count; i++)
            take(relay, chunk[i]);
        if (count < (ssize_t)wanted)
            return false;
    }
    return true;
}

static void send_offsets(struct relay *relay)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)relay->place_count);
    for (uint32_t i = 0; i < relay->place_count; i++) {
        struct place *place = &relay->places[i];
        if (!place->is_touched)
            continue;
        place->is_touched = false;
        rd_kafka_topic_partition_list_add(list, place->topic, place->partition)->offset =
            place->next;
    }
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(relay->member);
    check("send_offsets", rd_kafka_send_offsets_to_transaction(relay->producer, list, group,
                                                               TIMEOUT_MS));
    rd_kafka_consumer_group_metadata_destroy(group);
    rd_kafka_topic_partition_list_destroy(list);
}

static void carry(struct relay *relay, bool is_full)
{
    check("begin", rd_kafka_begin_transaction(relay->producer));
    int taken = rd_kafka_produce_batch(relay->output, RD_KAFKA_PARTITION_UA,
                                       RD_KAFKA_MSG_F_PARTITION, relay->block,
                                       (int)relay->batch_count);
    if (taken != (int)relay->batch_count)
        bench_process_fail("produce: only %d of %u records were taken", taken, relay->batch_count);
    send_offsets(relay);
    check("commit", rd_kafka_commit_transaction(relay->producer, -1));
    if (relay->delivery_error != RD_KAFKA_RESP_ERR_NO_ERROR)
        bench_process_fail("a record was not delivered: %s",
                           rd_kafka_err2str(relay->delivery_error));
    relay->last_commit_ns = bench_process_clock_ns();
    relay->commit_count++;
    relay->record_count += relay->batch_count;
    if (relay->commit_count == 1) {
        relay->first_commit_ns = relay->last_commit_ns;
        relay->first_count = relay->record_count;
    }
    fen_pacing_committed(&relay->pacing, fen_clock_ms(), relay->batch_count, is_full);
    for (uint32_t i = 0; i < relay->batch_count; i++)
        rd_kafka_message_destroy(relay->batch[i]);
    relay->batch_count = 0;
}

static bool is_done(const struct relay *relay, int64_t active_ms)
{
    const struct options *options = &relay->options;
    if (relay->place_count == 0)
        return false;
    if (options->count > 0)
        return relay->record_count >= options->count;
    if (options->idle_ms > 0)
        return fen_clock_ms() - active_ms >= options->idle_ms;
    return relay->at_end_count == relay->place_count;
}

static void say_ready(struct relay *relay)
{
    /* Live, the end of each partition is told at once; else records come first. */
    if (relay->is_ready || relay->place_count == 0
        || (relay->options.is_live && relay->at_end_count < relay->place_count))
        return;
    relay->is_ready = true;
    puts("{\"ready\":true}");
    (void)fflush(stdout);
}

static void run(struct relay *relay)
{
    int64_t active_ms = fen_clock_ms();
    while (!is_done(relay, active_ms)) {
        struct fen_poll_limits limits = fen_pacing_limits(&relay->pacing, fen_clock_ms());
        bool is_full = collect(relay, &limits);
        (void)rd_kafka_poll(relay->producer, 0);
        if (!relay->is_ready) {
            say_ready(relay);
            active_ms = fen_clock_ms();
        }
        if (relay->batch_count == 0)
            continue;
        carry(relay, is_full);
        active_ms = fen_clock_ms();
    }
}

static void print_result(const struct relay *relay)
{
    double wall_s = (double)(relay->last_commit_ns - relay->first_commit_ns) / 1e9;
    double cpu_s = (double)bench_process_cpu_us() / 1e6;
    uint64_t timed = relay->record_count - relay->first_count;
    printf("{\"records\":%llu,\"bytes\":%llu,\"commits\":%llu,\"timed_records\":%llu,"
           "\"wall_s\":%.4f,\"records_per_s\":%.0f,\"cpu_s\":%.4f,\"cpu_us_per_record\":%.4f,"
           "\"resident_bytes\":%lld,\"librdkafka\":\"%s\"}\n",
           (unsigned long long)relay->record_count, (unsigned long long)relay->record_bytes,
           (unsigned long long)relay->commit_count, (unsigned long long)timed, wall_s,
           wall_s > 0 ? (double)timed / wall_s : 0, cpu_s,
           relay->record_count > 0 ? cpu_s * 1e6 / (double)relay->record_count : 0,
           (long long)bench_process_resident_bytes(), rd_kafka_version_str());
}

/* The group's other data is the broker's; this process ends right after. */
static void close_relay(struct relay *relay)
{
    rd_kafka_topic_destroy(relay->output);
    rd_kafka_destroy(relay->producer);
    rd_kafka_queue_destroy(relay->queue);
    (void)rd_kafka_consumer_close(relay->member);
    rd_kafka_destroy(relay->member);
    for (uint32_t i = 0; i < relay->place_count; i++)
        free((void *)(uintptr_t)relay->places[i].topic);
    free(relay->places);
    free(relay->batch);
    free(relay->block);
}

static void usage(FILE *to)
{
    fputs("bench_relay: a bare transactional relay, 1 : 1\n"
          "  --bootstrap HOST:PORT  Kafka\n"
          "  --group NAME           consumer group, a new one\n"
          "  --output TOPIC         with as many partitions as the widest input\n"
          "  --input TOPIC          repeatable (default: all inputs of the engine)\n"
          "  --count N              end after N records\n"
          "  --until-idle MS        end when nothing has come for so long\n"
          "  --live                 begin at the inputs' end\n"
          "  -X KEY=VALUE           a setting of librdkafka\n",
          to);
}

static const struct option long_options[] = {
    {"bootstrap", required_argument, NULL, 'b'}, {"group", required_argument, NULL, 'g'},
    {"output", required_argument, NULL, 'o'},    {"input", required_argument, NULL, 'i'},
    {"count", required_argument, NULL, 'n'},     {"until-idle", required_argument, NULL, 'u'},
    {"live", no_argument, NULL, 'l'},            {"help", no_argument, NULL, 'h'},
    {0},
};

static void add_setting(struct options *options, const char *name, const char *value)
{
    if (options->setting_count == SETTING_COUNT_MAX)
        bench_process_fail("too many settings");
    options->settings[options->setting_count++] = (struct fen_kafka_setting){name, value};
}

static void take_option(struct options *options, struct fen_arena *arena, int letter)
{
    struct fen_kafka_setting setting;
    switch (letter) {
    case 'b': add_setting(options, "bootstrap.servers", optarg); break;
    case 'g': options->group = optarg; break;
    case 'o': options->output = optarg; break;
    case 'i':
        if (options->input_count == INPUT_COUNT_MAX)
            bench_process_fail("too many inputs");
        options->inputs[options->input_count++] = optarg;
        break;
    case 'n': options->count = (uint64_t)bench_process_number("count", optarg, 1); break;
    case 'u': options->idle_ms = bench_process_number("until-idle", optarg, 1); break;
    case 'l': options->is_live = true; break;
    case 'X':
        if (!fen_kafka_setting_parse(optarg, arena, &setting))
            bench_process_fail("-X %s is not KEY=VALUE", optarg);
        add_setting(options, setting.name, setting.value);
        break;
    case 'h': usage(stdout); exit(0);
    default: usage(stderr); exit(2);
    }
}

/* What `fen run` reads from outside: postings are its own. */
static void set_default_inputs(struct options *options)
{
    enum fen_topic topics[FEN_INPUT_COUNT_MAX];
    uint32_t count = fen_inputs_list(true, true, topics);
    for (uint32_t i = 0; i < count && options->input_count < INPUT_COUNT_MAX; i++) {
        if (fen_topic_info(topics[i])->is_input)
            options->inputs[options->input_count++] = fen_topic_info(topics[i])->name;
    }
}

int main(int argc, char **argv)
{
    static struct relay relay;
    struct fen_arena *arena = fen_arena_create(4096);
    struct fen_buffer reason = {0};
    int letter;
    while ((letter = getopt_long(argc, argv, "X:", long_options, NULL)) != -1)
        take_option(&relay.options, arena, letter);
    if (relay.options.group == NULL || relay.options.output == NULL) {
        usage(stderr);
        return 2;
    }
    if (relay.options.input_count == 0)
        set_default_inputs(&relay.options);
    relay.config = (struct fen_kafka_config){relay.options.settings, relay.options.setting_count};
    if (!fen_kafka_config_check(&relay.config, &reason))
        bench_process_fail("%.*s", FEN_STR_ARG(fen_buffer_str(&reason)));
    fen_pacing_init(&relay.pacing, 0, 0, 0);
    /* A first message comes on top of a batch's limit. */
    relay.batch = calloc(relay.pacing.count_max + 1, sizeof(rd_kafka_message_t *));
    relay.block = calloc(relay.pacing.count_max + 1, sizeof *relay.block);
    FEN_ASSERT(relay.batch != NULL && relay.block != NULL);
    open_producer(&relay);
    open_member(&relay);
    run(&relay);
    print_result(&relay);
    close_relay(&relay);
    fen_arena_destroy(arena);
    return 0;
}
