/*
 * bench_latency: from the scheduled send of an order to its effect, open loop.
 *
 *     bench_latency setup  --bootstrap HOST:PORT
 *     bench_latency engine --bootstrap HOST:PORT --redis ADDRESS --partitions N [options]
 *     bench_latency relay  --bootstrap HOST:PORT --topic TOPIC [options]
 *     options: --rate N --seconds N --warm-up N --mark TEXT
 *
 * Both ways send the same: `rate` orders a second, order.placed and order.paid of two lines, at
 * moments fixed beforehand, by the same producer. `engine` waits until the order's entry stands in
 * the feed of a guide in Redis (redis_watch.h), `relay` until a read_committed consumer of the
 * relay's output has its order.paid. What is measured is seen - scheduled, so that a sender or
 * engine that falls behind is not flattered; how late the sender was is printed beside it. Orders
 * of the first --warm-up seconds are sent and not judged.
 *
 * `setup` makes the shop: a plan, stores, 64 guides, customers who are bound and have touched.
 * Every order pays at least one guide at payment.
 */
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <librdkafka/rdkafka.h>

#include "base/clock.h"
#include "bench/latency.h"
#include "bench/process.h"
#include "bench/redis_watch.h"
#include "bench/shop.h"
#include "cli/sale/event_sender.h"
#include "cli/sale/pace.h"

#define GUIDE_COUNT  64u
#define SILENCE_MS   10000
#define TIMEOUT_MS   30000
#define DAY_MS       INT64_C(86400000)

struct options {
    const char *bootstrap;
    const char *redis;
    const char *topic;
    const char *mark;
    int64_t rate;
    int64_t seconds;
    int64_t warm_up_seconds;
    uint32_t partition_count;
};

struct run {
    struct options options;
    struct fen_kafka_setting settings[2];
    struct fen_kafka_config config;
    struct bench_shop shop;
    struct bench_latency latency;
    struct fen_event_sender *sender;
    pthread_t thread;
};

static const char plan[] = "plan: latency\n"
                           "version: 1\n"
                           "name: latency\n"
                           "currency: CNY\n"
                           "timezone: \"+08:00\"\n"
                           "from: 2020-01-01 00:00\n"
                           "base: {add_back: [platform], exclude: [tax]}\n"
                           "share: {window: 7d}\n"
                           "credit_order: [share, bind]\n"
                           "roles:\n"
                           "  share: [{name: share, pay: 3%, split: {self: 80%, hq: 20%}}]\n"
                           "  bind: [{name: bind, pay: 2%}]\n"
                           "  sale: [{name: sale, pay: 1%}]\n"
                           "limits: [{name: line, roles: [share, bind, sale], line: 8%}]\n";

static void open_sender(struct run *run)
{
    struct fen_buffer reason = {0};
    run->settings[0] = (struct fen_kafka_setting){"bootstrap.servers", run->options.bootstrap};
    run->settings[1] = (struct fen_kafka_setting){"linger.ms", "1"};
    run->config = (struct fen_kafka_config){run->settings, 2};
    if (fen_kafka_config_check(&run->config, &reason))
        run->sender = fen_event_sender_create(&run->config, FEN_WIRE_PROTOBUF, &reason);
    if (run->sender == NULL)
        bench_process_fail("%.*s", FEN_STR_ARG(fen_buffer_str(&reason)));
}

static void flush(struct run *run)
{
    struct fen_buffer reason = {0};
    if (!fen_event_sender_flush(run->sender, TIMEOUT_MS, &reason))
        bench_process_fail("%.*s", FEN_STR_ARG(fen_buffer_str(&reason)));
}

static void send_event(struct run *run, const struct fen_event *event)
{
    if (!fen_event_sender_send(run->sender, event, event->customer, FEN_STR_NONE,
                               event->time_ms))
        flush(run); /* says why and ends */
}

static void send_plan(struct run *run)
{
    struct fen_event event;
    fen_record_clear(&fen_event_schema, &event);
    event.id = FEN_STR("latency-plan");
    event.tenant = FEN_STR("default");
    event.type = FEN_EVENT_PLAN_PUBLISHED;
    event.time_ms = run->shop.open_ms;
    event.yaml = fen_str_from(plan);
    send_event(run, &event);
}

static void set_up(struct run *run)
{
    struct fen_arena *arena = fen_arena_create(4096);
    struct fen_event event;
    send_plan(run);
    for (uint32_t i = 0; i < run->shop.store_count; i++, fen_arena_reset(arena)) {
        bench_shop_store(&run->shop, i, arena, &event);
        send_event(run, &event);
    }
    for (uint32_t i = 0; i < run->shop.guide_count; i++, fen_arena_reset(arena)) {
        bench_shop_guide(&run->shop, i, arena, &event);
        send_event(run, &event);
    }
    for (uint32_t i = 0; i < run->shop.customer_count; i++, fen_arena_reset(arena)) {
        bench_shop_bound(&run->shop, i, arena, &event);
        send_event(run, &event);
        bench_shop_touch(&run->shop, i, 0, run->shop.open_ms, arena, &event);
        send_event(run, &event);
    }
    flush(run);
    fen_arena_destroy(arena);
}

/* The sender's thread. */
static void *send_orders(void *context)
{
    struct run *run = context;
    struct fen_arena *arena = fen_arena_create(4096);
    struct fen_event event;
    struct fen_pace pace;
    fen_pace_init(&pace, run->options.rate);
    for (uint32_t i = 0; i < run->latency.order_count; i++) {
        struct bench_latency_order *order = &run->latency.orders[i];
        order->scheduled_ns = pace.start_ns + (int64_t)i * 1000000000 / run->options.rate;
        fen_pace_wait(&pace);
        order->sent_ns = bench_process_clock_ns();
        int64_t now_ms = fen_clock_wall_ms();
        fen_arena_reset(arena);
        bench_shop_placed(&run->shop, i, now_ms, arena, &event);
        send_event(run, &event);
        bench_shop_paid(&run->shop, i, now_ms, arena, &event);
        send_event(run, &event);
    }
    flush(run);
    atomic_store_explicit(&run->latency.is_sent, true, memory_order_release);
    fen_arena_destroy(arena);
    return NULL;
}

static void start_sending(void *context)
{
    struct run *run = context;
    if (pthread_create(&run->thread, NULL, send_orders, run) != 0)
        bench_process_fail("no thread for the sender");
}

static void measure_engine(struct run *run)
{
    bench_redis_watch(run->options.redis, run->options.partition_count, GUIDE_COUNT, SILENCE_MS,
                      &run->latency, start_sending, run);
}

/* Read the topic's partitions from their ends on; returns how many there are. */
static int assign_ends(rd_kafka_t *reader, const char *topic)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(reader, topic, NULL);
    if (rd_kafka_metadata(reader, 0, handle, &metadata, TIMEOUT_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
        bench_process_fail("no metadata of %s", topic);
    int count = metadata->topics[0].partition_cnt;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(count);
    for (int i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, topic, i)->offset = RD_KAFKA_OFFSET_END;
    if (rd_kafka_assign(reader, list) != RD_KAFKA_RESP_ERR_NO_ERROR)
        bench_process_fail("the partitions of %s cannot be read", topic);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(handle);
    return count;
}

static void note_record(struct run *run, struct fen_arena *arena, const rd_kafka_message_t *message)
{
    struct fen_event event;
    struct fen_refused refused;
    struct fen_str value = {message->payload, (uint32_t)message->len};
    fen_arena_reset(arena);
    if (fen_event_decode(FEN_WIRE_PROTOBUF, value, arena, &event, &refused) == FEN_REFUSAL_NONE
        && event.type == FEN_EVENT_ORDER_PAID)
        bench_latency_note(&run->latency, event.order);
}

static bool is_over(const struct run *run, int64_t active_ms)
{
    if (bench_latency_is_complete(&run->latency))
        return true;
    return atomic_load_explicit(&run->latency.is_sent, memory_order_acquire)
           && fen_clock_ms() - active_ms > SILENCE_MS;
}

static void measure_relay(struct run *run)
{
    struct fen_buffer reason = {0};
    struct fen_arena *arena = fen_arena_create(4096);
    rd_kafka_conf_t *conf = fen_kafka_config_conf(&run->config, FEN_KAFKA_READER);
    fen_kafka_config_set(conf, "group.id", "bench-latency");
    rd_kafka_t *reader = fen_kafka_config_open(conf, FEN_KAFKA_READER, &reason);
    if (reader == NULL)
        bench_process_fail("%.*s", FEN_STR_ARG(fen_buffer_str(&reason)));
    int waiting = assign_ends(reader, run->options.topic);
    int64_t active_ms = fen_clock_ms();
    while (!is_over(run, active_ms)) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(reader, 100);
        if (message == NULL)
            continue;
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF && waiting > 0 && --waiting == 0)
            start_sending(run); /* the end of every partition has been seen */
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
            note_record(run, arena, message);
        active_ms = fen_clock_ms();
        rd_kafka_message_destroy(message);
    }
    (void)rd_kafka_consumer_close(reader);
    rd_kafka_destroy(reader);
    fen_arena_destroy(arena);
}

static void usage(FILE *to)
{
    fputs("bench_latency: from scheduled send to effect, open loop\n"
          "  bench_latency setup|engine|relay --bootstrap HOST:PORT\n"
          "  --redis ADDRESS   of the engine's Redis (engine)\n"
          "  --partitions N    of the engine's topics (engine)\n"
          "  --topic TOPIC     the relay's output (relay)\n"
          "  --rate N          orders a second (1000)\n"
          "  --seconds N       of sending that is judged (20)\n"
          "  --warm-up N       seconds of sending before that (5)\n"
          "  --mark TEXT       begins the orders' ids: a new one for each run\n",
          to);
}

static const struct option long_options[] = {
    {"bootstrap", required_argument, NULL, 'b'}, {"redis", required_argument, NULL, 'r'},
    {"partitions", required_argument, NULL, 'p'}, {"topic", required_argument, NULL, 't'},
    {"rate", required_argument, NULL, 'n'},       {"seconds", required_argument, NULL, 's'},
    {"warm-up", required_argument, NULL, 'w'},    {"mark", required_argument, NULL, 'm'},
    {"help", no_argument, NULL, 'h'},             {0},
};

static void take_option(struct options *options, int letter)
{
    switch (letter) {
    case 'b': options->bootstrap = optarg; break;
    case 'r': options->redis = optarg; break;
    case 't': options->topic = optarg; break;
    case 'm': options->mark = optarg; break;
    case 'p':
        options->partition_count = (uint32_t)bench_process_number("partitions", optarg, 1);
        break;
    case 'n': options->rate = bench_process_number("rate", optarg, 1); break;
    case 's': options->seconds = bench_process_number("seconds", optarg, 1); break;
    case 'w': options->warm_up_seconds = bench_process_number("warm-up", optarg, 0); break;
    case 'h': usage(stdout); exit(0);
    default: usage(stderr); exit(2);
    }
}

static void measure(struct run *run, bool is_engine)
{
    const struct options *options = &run->options;
    bench_latency_init(&run->latency, options->mark,
                       (uint32_t)(options->rate * (options->warm_up_seconds + options->seconds)),
                       (uint32_t)(options->rate * options->warm_up_seconds));
    if (is_engine)
        measure_engine(run);
    else
        measure_relay(run);
    (void)pthread_join(run->thread, NULL);
    bench_latency_print(&run->latency, is_engine ? "engine" : "relay", options->rate);
    bench_latency_deinit(&run->latency);
}

int main(int argc, char **argv)
{
    static struct run run = {
        .options = {.mark = "L", .rate = 1000, .seconds = 20, .warm_up_seconds = 5}};
    int letter;
    while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1)
        take_option(&run.options, letter);
    const char *way = optind + 1 == argc ? argv[optind] : "";
    bool is_setup = strcmp(way, "setup") == 0;
    bool is_engine = strcmp(way, "engine") == 0 && run.options.redis != NULL
                     && run.options.partition_count > 0;
    bool is_relay = strcmp(way, "relay") == 0 && run.options.topic != NULL;
    if (run.options.bootstrap == NULL || !(is_setup || is_engine || is_relay)) {
        usage(stderr);
        return 2;
    }
    run.shop = (struct bench_shop){
        .mark = run.options.mark,
        .guide_count = GUIDE_COUNT,
        .store_count = 16,
        .customer_count = 2000,
        .sku_count = 2000,
        .open_ms = fen_clock_wall_ms() - DAY_MS,
    };
    open_sender(&run);
    if (is_setup)
        set_up(&run);
    else
        measure(&run, is_engine);
    fen_event_sender_destroy(run.sender);
    return 0;
}
