/*
 * bench_rules: the rules core alone, on one core: facts of orders in memory, entries out
 * (workload W6). What lies around it, decoding, dedupe, state and records, is in bench_core.
 *
 *     bench_rules [--orders N] [--distinct N] [--rules N] [--json] [--callgrind-friendly]
 *
 * Every order has two lines and is placed and paid by a bound customer with ten touches; 60% are
 * picked up and served by two guides, 8% refunded in part. Orders and customers lie in memory as a
 * lane reads them from its state records. Measured for each: the choice of its plan, attribution,
 * the match against 5,000 rules, caps and limits, servers and splits, the floor, and the difference
 * to what was posted (nothing), which makes its entries. The distinct orders are evaluated round
 * and round, so that entries never run dry. Time is the thread's CPU time; allocations are
 * jemalloc's own counts over the measured orders.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/core_plan.h"
#include "bench/process.h"
#include "model/state_record.h"
#include "split/entitle.h"
#include "split/facts.h"
#include "split/pin.h"

#define START_MS    INT64_C(1780243200000) /* 2026-06-01 00:00, +08:00 */
#define DAY_MS      INT64_C(86400000)
#define TOUCH_COUNT 10u
#define BATCH_COUNT 1000u /* orders after which a worker would reset its batch's arena */

struct options {
    uint32_t order_count;
    uint32_t distinct_count;
    uint32_t rule_count;
    bool is_json;
};

/* An order and its customer, as the lanes would hand them to the rules. */
struct subject {
    struct fen_order order;
    struct fen_customer customer;
};

struct stage {
    struct options options;
    struct bench_shop shop;
    struct fen_reference_builder *references;
    struct fen_arena *made;    /* a subject's events, until its record is written */
    struct fen_arena *facts;   /* what is known; lasts */
    struct fen_arena *batch;   /* entries, until a batch is over */
    struct fen_arena *scratch; /* one evaluation */
    struct subject *subjects;
    uint64_t entry_count;
    int64_t total_fen; /* of the measured entries: keeps the work from being optimised away */
};

/* What the decoder does: `at` and `effective` are the event's time where they are not said. */
static void merge(struct stage *stage, struct subject *subject, struct fen_event *event)
{
    event->at_ms = event->time_ms;
    if (!fen_facts_merge_order(stage->made, event, &subject->order))
        bench_process_fail("an event of an order has no effect");
}

static void fill_touches(struct stage *stage, uint32_t customer, struct fen_order *order)
{
    struct fen_event event;
    order->touch_count = TOUCH_COUNT;
    order->touches = fen_arena_allocate(stage->made, TOUCH_COUNT * sizeof *order->touches);
    for (uint32_t index = 0; index < TOUCH_COUNT; index++) {
        bench_shop_touch(&stage->shop, customer, index, order->created_ms - index * 3600000,
                         stage->made, &event);
        order->touches[index] = (struct fen_touch_fact){
            .guide = event.guide, .sku = event.sku, .at_ms = event.time_ms, .event = event.id};
    }
}

/*
 * `made` as a lane has it: read from its state record, whose bytes hold the texts. What the key of
 * the record says is left out.
 */
static void read_back(struct stage *stage, const struct fen_schema *schema, const void *made,
                      void *subject_out)
{
    struct fen_buffer record = {0};
    fen_state_record_encode(schema, made, stage->scratch, &record);
    struct fen_str bytes = fen_arena_copy(stage->facts, fen_buffer_str(&record));
    if (fen_state_record_decode(schema, bytes, stage->facts, subject_out) != FEN_RECORD_OK)
        bench_process_fail("a state record cannot be read");
    fen_buffer_deinit(&record);
    fen_arena_reset(stage->scratch);
}

static void keep_subject(struct stage *stage, const struct subject *made, struct subject *subject)
{
    read_back(stage, &fen_order_schema, &made->order, &subject->order);
    subject->order.tenant = fen_arena_copy(stage->facts, made->order.tenant);
    subject->order.order = fen_arena_copy(stage->facts, made->order.order);
    read_back(stage, &fen_customer_schema, &made->customer, &subject->customer);
    fen_arena_reset(stage->made);
}

static void fill_subject(struct stage *stage, uint32_t number)
{
    const struct bench_shop *shop = &stage->shop;
    struct subject made;
    struct subject *subject = &made;
    uint32_t customer = bench_shop_customer_of(shop, number);
    int64_t at_ms = START_MS + number;
    struct fen_event event;
    fen_record_clear(&fen_order_schema, &subject->order);
    fen_record_clear(&fen_customer_schema, &subject->customer);
    bench_shop_bound(shop, customer, stage->made, &event);
    event.effective_ms = event.time_ms;
    (void)fen_facts_merge_customer(stage->made, &event, &subject->customer);
    bench_shop_placed(shop, number, at_ms, stage->made, &event);
    subject->order.tenant = event.tenant;
    subject->order.order = event.order;
    merge(stage, subject, &event);
    bench_shop_paid(shop, number, at_ms, stage->made, &event);
    merge(stage, subject, &event);
    if (number % 5 < 3) {
        bench_shop_picked_up(shop, number, at_ms, stage->made, &event);
        merge(stage, subject, &event);
    }
    if (number % 25 < 2) {
        bench_shop_refunded(shop, number, at_ms, stage->made, &event);
        merge(stage, subject, &event);
    }
    fill_touches(stage, customer, &subject->order);
    keep_subject(stage, &made, &stage->subjects[number]);
}

/* What a lane does with an order that is due, between its facts and its entries. */
static void evaluate(struct stage *stage, const struct fen_reference *reference,
                     struct subject *subject, struct fen_entries *entries)
{
    bool is_new_choice;
    entries->count = 0;
    struct fen_order *order = &subject->order;
    struct fen_entitlement entitlement = {0};
    struct fen_attribution attribution = {
        .arena = stage->scratch,
        .texts = stage->batch,
        .plan = fen_pin_choose_order(reference->catalog, order, stage->batch, &is_new_choice),
        .org = reference->org,
        .order = order,
        .customer = &subject->customer,
    };
    if (attribution.plan == NULL)
        bench_process_fail("no plan covers an order");
    fen_entitle_order(&attribution, &entitlement);
    struct fen_posted *posted = NULL;
    uint32_t posted_count = 0;
    struct fen_difference_cause cause = {
        .tenant = order->tenant,
        .subject = fen_arena_join(stage->batch, FEN_STR("order"), ':', order->order),
        .event = {order->paid_event, FEN_EVENT_ORDER_PAID},
    };
    fen_difference(stage->batch, stage->scratch, &cause, entitlement.items, entitlement.count,
                   &posted, &posted_count, entries);
    for (uint32_t index = 0; index < entries->count; index++)
        stage->total_fen += entries->items[index].amount_fen;
    stage->entry_count += entries->count;
    fen_arena_reset(stage->scratch);
}

static void run_batch(struct stage *stage, uint32_t first)
{
    const struct fen_reference *reference = fen_reference_acquire(stage->references, 0);
    struct fen_entries entries = {0};
    fen_arena_reset(stage->batch);
    for (uint32_t index = 0; index < BATCH_COUNT; index++)
        evaluate(stage, reference,
                 &stage->subjects[(first + index) % stage->options.distinct_count], &entries);
}

static void stage_init(struct stage *stage, const struct options *options)
{
    *stage = (struct stage){
        .options = *options,
        .shop = {.mark = "O2026", .guide_count = 5000, .store_count = 300,
                 .customer_count = options->distinct_count, .sku_count = 2000,
                 .open_ms = START_MS - 30 * DAY_MS},
        .references = fen_reference_builder_create(1),
        .made = fen_arena_create((size_t)1 << 16),
        .facts = fen_arena_create((size_t)1 << 20),
        .batch = fen_arena_create((size_t)1 << 20),
        .scratch = fen_arena_create((size_t)1 << 18),
        .subjects = calloc(options->distinct_count, sizeof *stage->subjects),
    };
    FEN_ASSERT(stage->subjects != NULL);
    bench_core_publish(&stage->shop, options->rule_count, stage->references);
    for (uint32_t number = 0; number < options->distinct_count; number++)
        fill_subject(stage, number);
}

static void stage_deinit(struct stage *stage)
{
    fen_reference_builder_destroy(stage->references);
    fen_arena_destroy(stage->made);
    fen_arena_destroy(stage->facts);
    fen_arena_destroy(stage->batch);
    fen_arena_destroy(stage->scratch);
    free(stage->subjects);
}

static void print_result(const struct stage *stage, double count, int64_t span_ns, uint64_t calls)
{
    double ns = (double)span_ns / count, entries = (double)stage->entry_count / count;
    if (stage->options.is_json) {
        printf("{\"workload\":\"rules\",\"orders\":%.0f,\"rules\":%u,\"orders_per_s\":%.0f,"
               "\"ns_per_order\":%.1f,\"entries_per_order\":%.3f,\"malloc_calls\":%llu}\n",
               count, stage->options.rule_count, 1e9 / ns, ns, entries,
               (unsigned long long)calls);
        return;
    }
    printf("rules core in memory, one core: %.0f orders of two lines, %u rules\n", count,
           stage->options.rule_count);
    printf("  orders/s           %12.0f\n", 1e9 / ns);
    printf("  ns an order        %12.0f\n", ns);
    printf("  an order           %12.2f entries\n", entries);
    if (bench_process_counts_allocations())
        printf("  malloc calls       %12llu   in all\n", (unsigned long long)calls);
    printf("  paid in all        %12lld fen\n", (long long)stage->total_fen);
}

static void measure(struct stage *stage)
{
    uint32_t batch_count = (stage->options.order_count + BATCH_COUNT - 1) / BATCH_COUNT;
    uint32_t round = (stage->options.distinct_count + BATCH_COUNT - 1) / BATCH_COUNT;
    for (uint32_t batch = 0; batch < round; batch++) /* every order once: arenas reach their size */
        run_batch(stage, batch * BATCH_COUNT);
    stage->entry_count = 0;
    stage->total_fen = 0;
    struct bench_allocations before = bench_process_allocations();
    int64_t start_ns = bench_process_thread_ns();
    for (uint32_t batch = 0; batch < batch_count; batch++)
        run_batch(stage, batch * BATCH_COUNT);
    int64_t span_ns = bench_process_thread_ns() - start_ns;
    uint64_t calls = bench_process_allocations().calls - before.calls;
    if (stage->entry_count == 0)
        bench_process_fail("no order has an entry");
    print_result(stage, (double)batch_count * BATCH_COUNT, span_ns, calls);
}

static void usage(FILE *to)
{
    fputs("bench_rules: the rules core in memory, on one core\n"
          "  --orders N            measured orders (2000000)\n"
          "  --distinct N          orders in memory, evaluated round and round (20000)\n"
          "  --rules N             rules of the plan, 100 to 5000 (5000)\n"
          "  --json                one line of JSON\n"
          "  --callgrind-friendly  10000 orders, 1000 in memory\n",
          to);
}

static const struct option long_options[] = {
    {"orders", required_argument, NULL, 'n'},
    {"distinct", required_argument, NULL, 'd'},
    {"rules", required_argument, NULL, 'r'},
    {"json", no_argument, NULL, 'j'},
    {"callgrind-friendly", no_argument, NULL, 'g'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static void take_option(struct options *options, int letter)
{
    switch (letter) {
    case 'n': options->order_count = (uint32_t)bench_process_number("orders", optarg, 1); break;
    case 'd':
        options->distinct_count = (uint32_t)bench_process_number("distinct", optarg, 1);
        break;
    case 'r': options->rule_count = (uint32_t)bench_process_number("rules", optarg, 100); break;
    case 'j': options->is_json = true; break;
    case 'g':
        options->order_count = 10000;
        options->distinct_count = 1000;
        break;
    case 'h': usage(stdout); exit(0);
    default: usage(stderr); exit(2);
    }
}

int main(int argc, char **argv)
{
    struct options options = {.order_count = 2000000, .distinct_count = 20000,
                              .rule_count = 5000};
    struct stage stage;
    int letter;
    while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1)
        take_option(&options, letter);
    stage_init(&stage, &options);
    measure(&stage);
    stage_deinit(&stage);
    return 0;
}
