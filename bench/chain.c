/* chain: see the header. */
#include "bench/chain.h"

#include <stdlib.h>

#include "bench/core_plan.h"
#include "bench/process.h"
#include "wire/topic.h"

#define START_MS   BENCH_CHAIN_START_MS
#define DAY_MS     BENCH_CHAIN_DAY_MS
#define LOAD_COUNT BENCH_CHAIN_LOAD_COUNT

#define BATCH_COUNT_MAX 100000u /* to settle: more means that it never ends */

static void push(struct bench_chain *chain, const struct fen_event *event)
{
    fen_buffer_clear(&chain->key);
    fen_buffer_clear(&chain->value);
    fen_topic_event_key(event, &chain->key);
    fen_event_encode(FEN_WIRE_PROTOBUF, event, &chain->value);
    FEN_ASSERT(chain->message_count < LOAD_COUNT);
    chain->messages[chain->message_count++] = (struct fen_message){
        .topic = fen_topic_of(event->type),
        .partition = fen_topic_partition(fen_buffer_str(&chain->key),
                                         chain->options.partition_count),
        .offset = chain->offset++,
        .timestamp_ms = event->time_ms,
        .key = fen_arena_copy(chain->bytes, fen_buffer_str(&chain->key)),
        .value = fen_arena_copy(chain->bytes, fen_buffer_str(&chain->value)),
    };
    fen_arena_reset(chain->scratch);
}

/* What a worker does with a batch, timed. */
static void run_batch(struct bench_chain *chain, struct bench_stretch *stretch)
{
    int64_t wall_ns = bench_process_clock_ns(), cpu_ns = bench_process_thread_ns();
    fen_lanes_begin(chain->lanes, fen_reference_acquire(chain->references, 0));
    for (uint32_t i = 0; i < chain->message_count; i++)
        if (!fen_lanes_apply(chain->lanes, &chain->messages[i]))
            bench_process_fail("a gap in the postings");
    fen_lanes_finish(chain->lanes);
    fen_lanes_promote(chain->lanes);
    bench_stretch_add(stretch, bench_process_clock_ns() - wall_ns,
                      bench_process_thread_ns() - cpu_ns);
    chain->message_count = 0;
    fen_arena_reset(chain->bytes);
}

static void push_order(struct bench_chain *chain, uint32_t number, uint32_t customer,
                       bool is_of_book)
{
    struct fen_event event;
    struct fen_str id, store;
    for (int paid = 0; paid < 2; paid++) {
        if (paid)
            bench_shop_paid(&chain->shop, number, chain->now_ms, chain->scratch, &event);
        else
            bench_shop_placed(&chain->shop, number, chain->now_ms, chain->scratch, &event);
        id = bench_shop_customer_id(chain->scratch, customer);
        store = bench_shop_store_id(chain->scratch, BENCH_CHAIN_BOOK_STORE);
        event.customer = id;
        if (is_of_book && !paid) {
            event.store = store;
            event.coupon_guide = event.seller = FEN_STR_NONE;
            event.live = NULL;
        }
        push(chain, &event);
    }
}

void bench_chain_run(struct bench_chain *chain, struct bench_stretch *stretch)
{
    const struct bench_chain_options *options = &chain->options;
    for (uint32_t i = 0; i + 2 <= options->event_count; i += 2) {
        uint32_t number = chain->next_order++;
        uint32_t others = options->customer_count - options->book_count;
        chain->now_ms += 10;
        push_order(chain, number, options->book_count + (number * 2654435761u) % others, false);
    }
    run_batch(chain, stretch);
}

void bench_chain_publish(struct bench_chain *chain, int64_t since_ns,
                         struct bench_publications *publications)
{
    chain->offset++;
    fen_reference_publish(chain->references, chain->offset, chain->offset);
    int64_t taken_ns = bench_process_clock_ns() - since_ns;
    publications->sum_ns += taken_ns;
    if (taken_ns > publications->max_ns)
        publications->max_ns = taken_ns;
    publications->count++;
}

void bench_chain_apply(struct bench_chain *chain, const struct fen_event *event)
{
    struct fen_str reason = FEN_STR_NONE;
    if (fen_reference_apply(chain->references, event, &reason) != FEN_REFERENCE_APPLIED)
        bench_process_fail("an org event or plan is refused: %.*s", FEN_STR_ARG(reason));
    fen_arena_reset(chain->scratch);
}

struct fen_counters bench_chain_counters(const struct bench_chain *chain)
{
    struct fen_counters counters = {0};
    fen_counters_read(fen_lanes_counters(chain->lanes), &counters);
    return counters;
}

void bench_chain_settle(struct bench_chain *chain, struct bench_stretch *stretch)
{
    do
        bench_chain_run(chain, stretch);
    while (fen_lanes_is_behind(chain->lanes) && stretch->count < BATCH_COUNT_MAX);
}

struct bench_chain *bench_chain_create(const struct bench_chain_options *options)
{
    struct bench_chain *chain = calloc(1, sizeof *chain);
    FEN_ASSERT(chain != NULL);
    chain->options = *options;
    chain->shop = (struct bench_shop){
        .mark = "O2026",
        .guide_count = options->guide_count,
        .store_count = options->store_count,
        .customer_count = options->customer_count,
        .sku_count = 2000,
        .open_ms = START_MS - 30 * DAY_MS,
    };
    chain->now_ms = chain->shop.open_ms;
    chain->scratch = fen_arena_create((size_t)1 << 16);
    chain->bytes = fen_arena_create((size_t)1 << 20);
    chain->references = fen_reference_builder_create(1);
    chain->lanes = fen_lanes_create(&(struct fen_lanes_options){
        .partition_count = options->partition_count,
        .wire = FEN_WIRE_PROTOBUF,
        .has_split = true,
        .has_post = true,
        .keeps_state_records = true,
    });
    for (uint32_t i = 0; i < options->partition_count; i++)
        fen_lanes_open(chain->lanes, i);
    return chain;
}

void bench_chain_destroy(struct bench_chain *chain)
{
    fen_lanes_destroy(chain->lanes);
    fen_reference_builder_destroy(chain->references);
    fen_arena_destroy(chain->scratch);
    fen_arena_destroy(chain->bytes);
    fen_buffer_deinit(&chain->key);
    fen_buffer_deinit(&chain->value);
    free(chain);
}

static void load_plan(struct bench_chain *chain)
{
    struct fen_buffer yaml = {0};
    struct fen_str reason = FEN_STR_NONE;
    bench_core_plan_append(&yaml, chain->options.rule_count, chain->shop.sku_count);
    if (fen_reference_apply_plan(chain->references, fen_buffer_str(&yaml), &reason)
        != FEN_REFERENCE_APPLIED)
        bench_process_fail("the plan is refused: %.*s", FEN_STR_ARG(reason));
    fen_buffer_deinit(&yaml);
}

void bench_chain_load_references(struct bench_chain *chain, struct bench_publications *publications,
                                 struct bench_stretch *stretch)
{
    struct fen_event event;
    load_plan(chain);
    int64_t since_ns = bench_process_clock_ns();
    for (uint32_t i = 0; i < chain->shop.store_count; i++) {
        bench_shop_store(&chain->shop, i, chain->scratch, &event);
        bench_chain_apply(chain, &event);
    }
    for (uint32_t i = 0; i < chain->shop.guide_count; i++) {
        bench_shop_guide(&chain->shop, i, chain->scratch, &event);
        bench_chain_apply(chain, &event);
        if ((i + 1) % BENCH_CHAIN_POLL_COUNT == 0 || i + 1 == chain->shop.guide_count) {
            bench_chain_publish(chain, since_ns, publications);
            run_batch(chain, stretch);
            since_ns = bench_process_clock_ns();
        }
    }
    while (fen_lanes_is_behind(chain->lanes))
        run_batch(chain, stretch);
}

void bench_chain_load_customers(struct bench_chain *chain, struct bench_stretch *stretch)
{
    struct fen_event event;
    for (uint32_t i = 0; i < chain->options.customer_count; i++) {
        bool is_of_book = i < chain->options.book_count;
        int64_t touched_ms = START_MS - (is_of_book ? 20 : 1) * DAY_MS;
        bench_shop_bound(&chain->shop, i, chain->scratch, &event);
        if (is_of_book)
            event.guide = bench_shop_guide_id(chain->scratch, BENCH_CHAIN_BOOK_GUIDE);
        push(chain, &event);
        bench_shop_touch(&chain->shop, i, 0, touched_ms, chain->scratch, &event);
        push(chain, &event);
        if (chain->message_count + 2 > LOAD_COUNT)
            run_batch(chain, stretch);
    }
    run_batch(chain, stretch);
}

void bench_chain_load_orders(struct bench_chain *chain, struct bench_stretch *stretch)
{
    chain->now_ms = START_MS;
    for (uint32_t i = 0; i < chain->options.order_count; i++) {
        chain->now_ms += 10;
        push_order(chain, chain->next_order++, i % chain->options.book_count, true);
        if (chain->message_count + 2 > LOAD_COUNT)
            run_batch(chain, stretch);
    }
    run_batch(chain, stretch);
}

void bench_chain_check(const struct bench_chain *chain)
{
    struct fen_counters counters = bench_chain_counters(chain);
    if (!fen_counters_balance(&counters) || counters.events_dead_lettered > 0 ||
        counters.orders_unplanned > 0 || counters.events_late_touch_dropped > 0)
        bench_process_fail("the core refused events: %llu dead letters, %llu unplanned, %llu late",
                           (unsigned long long)counters.events_dead_lettered,
                           (unsigned long long)counters.orders_unplanned,
                           (unsigned long long)counters.events_late_touch_dropped);
}
