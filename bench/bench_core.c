/*
 * bench_core: the engine's core in memory, on one core: bytes of events in, bytes of records out,
 * without Kafka and Redis (workload W6).
 *
 *     bench_core [--orders N] [--customers N] [--rules N] [--batch N] [--mix] [--json]
 *                [--callgrind-friendly]
 *
 * It drives fen_lanes as a worker does: begin, apply, finish, promote. Events are made and encoded
 * batch by batch outside the measured spans; decoding, checking their route, dedupe, attribution,
 * 5,000 rules, posting, and encoding of state, ledger and accounts records are inside. An order has
 * two lines and is two events (placed, paid) of a customer who is bound and has touched; with --mix
 * also a touch, and for 60% a pickup and 8% a refund. Time is the thread's CPU time; allocations
 * are jemalloc's own counts over the measured orders, tables growing included.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/core_plan.h"
#include "bench/process.h"
#include "bench/shop.h"
#include "stream/lanes.h"
#include "wire/topic.h"

#define PARTITION_COUNT 8u
#define START_MS        INT64_C(1780243200000) /* 2026-06-01 00:00, +08:00 */
#define DAY_MS          INT64_C(86400000)

struct options {
    uint32_t order_count;
    uint32_t warm_up_count;
    uint32_t customer_count;
    uint32_t rule_count;
    uint32_t batch_count; /* events */
    bool is_mix;
    bool is_json;
};

/* What the measured spans took and made. */
struct span {
    int64_t apply_ns; /* begin and apply */
    int64_t finish_ns;
    int64_t promote_ns;
    uint64_t event_count;
    uint64_t output_count;
    uint64_t output_bytes;
};

struct core {
    struct options options;
    struct bench_shop shop;
    struct fen_reference_builder *references;
    struct fen_lanes *lanes;
    struct fen_arena *scratch; /* of one event */
    struct fen_arena *bytes;   /* of a batch's messages */
    struct fen_buffer key, value;
    struct fen_message *messages;
    uint32_t message_count;
    int64_t offset;
    struct span span;
};

static void push(struct core *core, const struct fen_event *event)
{
    fen_buffer_clear(&core->key);
    fen_buffer_clear(&core->value);
    fen_topic_event_key(event, &core->key);
    fen_event_encode(FEN_WIRE_PROTOBUF, event, &core->value);
    core->messages[core->message_count++] = (struct fen_message){
        .topic = fen_topic_of(event->type),
        .partition = fen_topic_partition(fen_buffer_str(&core->key), PARTITION_COUNT),
        .offset = core->offset++,
        .timestamp_ms = event->time_ms,
        .key = fen_arena_copy(core->bytes, fen_buffer_str(&core->key)),
        .value = fen_arena_copy(core->bytes, fen_buffer_str(&core->value)),
    };
    fen_arena_reset(core->scratch);
}

/* What a worker does with a batch, timed. */
static void run_batch(struct core *core)
{
    struct span *span = &core->span;
    uint32_t output_count;
    int64_t start_ns = bench_process_thread_ns();
    fen_lanes_begin(core->lanes, fen_reference_acquire(core->references, 0));
    for (uint32_t i = 0; i < core->message_count; i++) {
        if (!fen_lanes_apply(core->lanes, &core->messages[i]))
            bench_process_fail("a gap in the postings");
    }
    int64_t applied_ns = bench_process_thread_ns();
    fen_lanes_finish(core->lanes);
    const struct fen_message *outputs = fen_lanes_outputs(core->lanes, &output_count);
    int64_t finished_ns = bench_process_thread_ns();
    for (uint32_t i = 0; i < output_count; i++)
        span->output_bytes += outputs[i].key.size + outputs[i].value.size;
    int64_t counted_ns = bench_process_thread_ns();
    fen_lanes_promote(core->lanes);
    span->promote_ns += bench_process_thread_ns() - counted_ns;
    span->apply_ns += applied_ns - start_ns;
    span->finish_ns += finished_ns - applied_ns;
    span->event_count += core->message_count;
    span->output_count += output_count;
    core->message_count = 0;
    fen_arena_reset(core->bytes);
}

static void run_if_full(struct core *core, uint32_t more)
{
    if (core->message_count + more > core->options.batch_count)
        run_batch(core);
}

static void run_customers(struct core *core)
{
    struct fen_event event;
    for (uint32_t i = 0; i < core->options.customer_count; i++) {
        run_if_full(core, 2);
        bench_shop_bound(&core->shop, i, core->scratch, &event);
        push(core, &event);
        bench_shop_touch(&core->shop, i, 0, START_MS - DAY_MS, core->scratch, &event);
        push(core, &event);
    }
    run_batch(core);
}

static void push_order(struct core *core, uint32_t number)
{
    int64_t at_ms = START_MS + number / 100;
    struct fen_event event;
    if (core->options.is_mix) {
        uint32_t customer = bench_shop_customer_of(&core->shop, number);
        bench_shop_touch(&core->shop, customer, number + 1, at_ms, core->scratch, &event);
        push(core, &event);
    }
    bench_shop_placed(&core->shop, number, at_ms, core->scratch, &event);
    push(core, &event);
    bench_shop_paid(&core->shop, number, at_ms, core->scratch, &event);
    push(core, &event);
    if (core->options.is_mix && number % 5 < 3) {
        bench_shop_picked_up(&core->shop, number, at_ms, core->scratch, &event);
        push(core, &event);
    }
    if (core->options.is_mix && number % 25 < 2) {
        bench_shop_refunded(&core->shop, number, at_ms, core->scratch, &event);
        push(core, &event);
    }
}

static void run_orders(struct core *core, uint32_t from, uint32_t to)
{
    for (uint32_t number = from; number < to; number++) {
        run_if_full(core, 5);
        push_order(core, number);
    }
    run_batch(core);
}

static struct core *core_create(const struct options *options)
{
    struct core *core = calloc(1, sizeof *core);
    FEN_ASSERT(core != NULL);
    core->options = *options;
    core->shop = (struct bench_shop){
        .mark = "O2026",
        .guide_count = 5000,
        .store_count = 300,
        .customer_count = options->customer_count,
        .sku_count = 2000,
        .open_ms = START_MS - 30 * DAY_MS,
    };
    core->scratch = fen_arena_create((size_t)1 << 16);
    core->bytes = fen_arena_create((size_t)1 << 20);
    core->messages = calloc(options->batch_count, sizeof *core->messages);
    FEN_ASSERT(core->messages != NULL);
    core->references = fen_reference_builder_create(1);
    core->lanes = fen_lanes_create(&(struct fen_lanes_options){
        .partition_count = PARTITION_COUNT,
        .wire = FEN_WIRE_PROTOBUF,
        .has_split = true,
        .has_post = true,
        .keeps_state_records = true,
    });
    for (uint32_t i = 0; i < PARTITION_COUNT; i++)
        fen_lanes_open(core->lanes, i);
    return core;
}

static void core_destroy(struct core *core)
{
    fen_lanes_destroy(core->lanes);
    fen_reference_builder_destroy(core->references);
    fen_arena_destroy(core->scratch);
    fen_arena_destroy(core->bytes);
    fen_buffer_deinit(&core->key);
    fen_buffer_deinit(&core->value);
    free(core->messages);
    free(core);
}

static void check_counters(const struct core *core)
{
    struct fen_counters counters = {0};
    fen_counters_read(fen_lanes_counters(core->lanes), &counters);
    if (!fen_counters_balance(&counters) || counters.events_dead_lettered > 0
        || counters.orders_unplanned > 0 || counters.entries_posted == 0)
        bench_process_fail("the core refused events: %llu dead letters, %llu unplanned",
                           (unsigned long long)counters.events_dead_lettered,
                           (unsigned long long)counters.orders_unplanned);
}

/* What the measured orders came to. */
struct result {
    double ns_per_order, apply_ns, finish_ns, promote_ns;
    double events_per_order, entries_per_order, outputs_per_order, output_bytes_per_order;
    double calls_per_order, allocated_per_order;
    double bytes_per_customer, bytes_per_order;
};

static void print_text(const struct options *options, const struct result *result)
{
    printf("core in memory, one core, %s: %u orders of two lines, %u rules\n",
           options->is_mix ? "mix" : "placed + paid", options->order_count, options->rule_count);
    printf("  orders/s           %12.0f\n", 1e9 / result->ns_per_order);
    printf("  ns an order        %12.0f   apply %.0f, finish %.0f, promote %.0f\n",
           result->ns_per_order, result->apply_ns, result->finish_ns, result->promote_ns);
    printf("  an order           %12.2f events, %.2f entries, %.2f records out, %.0f bytes out\n",
           result->events_per_order, result->entries_per_order, result->outputs_per_order,
           result->output_bytes_per_order);
    if (bench_process_counts_allocations())
        printf("  malloc an order    %12.4f calls, %.0f bytes (tables growing included)\n",
               result->calls_per_order, result->allocated_per_order);
    printf("  bytes a customer   %12.0f   (bound, with a touch)\n", result->bytes_per_customer);
    printf("  bytes an order     %12.0f   (state in the lanes, room to grow included)\n",
           result->bytes_per_order);
}

static void print_json(const struct options *options, const struct result *result)
{
    printf("{\"workload\":\"%s\",\"orders\":%u,\"rules\":%u,\"orders_per_s\":%.0f,"
           "\"ns_per_order\":%.1f,\"apply_ns\":%.1f,\"finish_ns\":%.1f,\"promote_ns\":%.1f,"
           "\"events_per_order\":%.3f,\"entries_per_order\":%.3f,\"records_out_per_order\":%.3f,"
           "\"bytes_out_per_order\":%.1f,\"malloc_calls_per_order\":%.5f,"
           "\"malloc_bytes_per_order\":%.1f,\"bytes_per_customer\":%.1f,"
           "\"bytes_per_order\":%.1f}\n",
           options->is_mix ? "mix" : "orders", options->order_count, options->rule_count,
           1e9 / result->ns_per_order, result->ns_per_order, result->apply_ns, result->finish_ns,
           result->promote_ns, result->events_per_order, result->entries_per_order,
           result->outputs_per_order, result->output_bytes_per_order, result->calls_per_order,
           result->allocated_per_order, result->bytes_per_customer, result->bytes_per_order);
}

static uint64_t count_entries(const struct core *core)
{
    struct fen_counters counters = {0};
    fen_counters_read(fen_lanes_counters(core->lanes), &counters);
    return counters.entries_posted;
}

static void measure_orders(struct core *core, struct result *result)
{
    double count = core->options.order_count;
    uint32_t first = core->options.warm_up_count;
    uint64_t entries_before = count_entries(core);
    struct bench_allocations allocations_before = bench_process_allocations();
    core->span = (struct span){0};
    run_orders(core, first, first + core->options.order_count);
    struct bench_allocations allocations_after = bench_process_allocations();
    const struct span *span = &core->span;
    result->apply_ns = (double)span->apply_ns / count;
    result->finish_ns = (double)span->finish_ns / count;
    result->promote_ns = (double)span->promote_ns / count;
    result->ns_per_order = result->apply_ns + result->finish_ns + result->promote_ns;
    result->events_per_order = (double)span->event_count / count;
    result->entries_per_order = (double)(count_entries(core) - entries_before) / count;
    result->outputs_per_order = (double)span->output_count / count;
    result->output_bytes_per_order = (double)span->output_bytes / count;
    result->calls_per_order =
        (double)(allocations_after.calls - allocations_before.calls) / count;
    result->allocated_per_order =
        (double)(allocations_after.bytes - allocations_before.bytes) / count;
}

static void usage(FILE *to)
{
    fputs("bench_core: the core in memory, on one core\n"
          "  --orders N            measured orders (500000)\n"
          "  --warm-up N           orders before those (100000)\n"
          "  --customers N         customers, bound and with a touch (200000)\n"
          "  --rules N             rules of the plan, 100 to 5000 (5000)\n"
          "  --batch N             events a batch (10000)\n"
          "  --mix                 touches, pickups and refunds beside placed and paid\n"
          "  --json                one line of JSON\n"
          "  --callgrind-friendly  2000 orders after 1000, 1000 customers\n",
          to);
}

static const struct option long_options[] = {
    {"orders", required_argument, NULL, 'n'},
    {"warm-up", required_argument, NULL, 'w'},
    {"customers", required_argument, NULL, 'c'},
    {"rules", required_argument, NULL, 'r'},
    {"batch", required_argument, NULL, 'b'},
    {"mix", no_argument, NULL, 'm'},
    {"json", no_argument, NULL, 'j'},
    {"callgrind-friendly", no_argument, NULL, 'g'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static void take_option(struct options *options, int letter)
{
    switch (letter) {
    case 'n': options->order_count = (uint32_t)bench_process_number("orders", optarg, 1); break;
    case 'w': options->warm_up_count = (uint32_t)bench_process_number("warm-up", optarg, 0); break;
    case 'c':
        options->customer_count = (uint32_t)bench_process_number("customers", optarg, 1);
        break;
    case 'r': options->rule_count = (uint32_t)bench_process_number("rules", optarg, 100); break;
    case 'b': options->batch_count = (uint32_t)bench_process_number("batch", optarg, 5); break;
    case 'm': options->is_mix = true; break;
    case 'j': options->is_json = true; break;
    case 'g':
        options->order_count = 2000;
        options->warm_up_count = 1000;
        options->customer_count = 1000;
        break;
    case 'h': usage(stdout); exit(0);
    default: usage(stderr); exit(2);
    }
}

int main(int argc, char **argv)
{
    struct options options = {
        .order_count = 500000,
        .warm_up_count = 100000,
        .customer_count = 200000,
        .rule_count = 5000,
        .batch_count = 10000,
    };
    struct result result = {0};
    struct fen_lanes_sizes empty, customers, orders;
    int letter;
    while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1)
        take_option(&options, letter);
    struct core *core = core_create(&options);
    bench_core_publish(&core->shop, options.rule_count, core->references);
    fen_lanes_measure(core->lanes, &empty);
    run_customers(core);
    fen_lanes_measure(core->lanes, &customers);
    result.bytes_per_customer =
        (double)(customers.held_bytes - empty.held_bytes) / options.customer_count;
    run_orders(core, 0, options.warm_up_count);
    measure_orders(core, &result);
    fen_lanes_measure(core->lanes, &orders);
    result.bytes_per_order = (double)(orders.held_bytes - customers.held_bytes)
                             / ((double)options.warm_up_count + options.order_count);
    check_counters(core);
    if (options.is_json)
        print_json(&options, &result);
    else
        print_text(&options, &result);
    core_destroy(core);
    return 0;
}
