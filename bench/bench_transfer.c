/*
 * bench_transfer: the longest pause that a change of guides, stores or plans causes, in memory.
 *
 *     bench_transfer [--guides N] [--customers N] [--book N] [--orders N] [--json] ...
 *
 * A chain is set up: its guides are announced, every customer is bound and has a touch, `book` of
 * them are bound to one guide, and all of these have ordered at one store. Then, in turns: that
 * guide's book is transferred with effect before all those orders, and once more with effect from
 * now on; the new holder changes in the past; the store changes in the past; a plan is published
 * for all orders backwards; guides are set 400,000 times, in polls of 20,000 and one by one.
 *
 * As in a worker, fen_lanes is driven batch by batch (begin, apply, finish, promote), and each
 * batch carries some orders of other customers. Measured is each batch: the quiet ones before,
 * those until nothing waits for its re-evaluation any more, and as many after. Applying and
 * publishing references is another thread's work in `fen run`; it is measured apart.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/chain.h"
#include "bench/core_plan.h"
#include "bench/process.h"

#define HOLDER     1u /* of the book, once the first transfer is done */
#define NEW_HOLDER 2u
#define BEFORE_MS  (BENCH_CHAIN_START_MS - 2 * BENCH_CHAIN_DAY_MS) /* all orders of the book */

struct options {
    struct bench_chain_options chain;
    uint32_t quiet_count; /* batches before and after each change */
    uint32_t set_count;   /* guide.set in a row */
    bool is_json;
};

struct bench {
    struct bench_chain *chain;
    uint32_t quiet_count;
    uint32_t set_count;
    uint32_t change_number; /* of the next org event or plan */
};

/* What one change did. */
struct report {
    const char *name;
    struct bench_stretch before, during, after;
    uint64_t reevaluations, entries;
    struct bench_publications publications;
};

static void name_event(struct bench *bench, struct fen_event *event)
{
    event->id = fen_arena_format(bench->chain->scratch, "change-%u", bench->change_number++);
    event->time_ms = bench->chain->now_ms;
}

static void transfer(struct bench *bench, uint32_t from, uint32_t to, int64_t effective_ms)
{
    struct fen_event event;
    fen_record_clear(&fen_event_schema, &event);
    event.tenant = FEN_STR("default");
    event.type = FEN_EVENT_BOOK_TRANSFERRED;
    event.from = bench_shop_guide_id(bench->chain->scratch, from);
    event.to = bench_shop_guide_id(bench->chain->scratch, to);
    event.effective_ms = effective_ms;
    name_event(bench, &event);
    bench_chain_apply(bench->chain, &event);
}

/* Before all orders of the book. */
static void transfer_late(struct bench *bench)
{
    transfer(bench, BENCH_CHAIN_BOOK_GUIDE, HOLDER, BEFORE_MS);
}

static void transfer_now(struct bench *bench)
{
    transfer(bench, HOLDER, NEW_HOLDER, bench->chain->now_ms);
}

static void change_guide(struct bench *bench)
{
    struct fen_event event;
    bench_shop_guide(&bench->chain->shop, HOLDER, bench->chain->scratch, &event);
    name_event(bench, &event);
    event.level = FEN_STR("expert");
    event.effective_ms = BEFORE_MS;
    bench_chain_apply(bench->chain, &event);
}

static void change_store(struct bench *bench)
{
    struct fen_event event;
    bench_shop_store(&bench->chain->shop, BENCH_CHAIN_BOOK_STORE, bench->chain->scratch, &event);
    name_event(bench, &event);
    event.kind = FEN_STR("concession");
    event.region = FEN_STR("R9");
    event.effective_ms = BEFORE_MS;
    bench_chain_apply(bench->chain, &event);
}

/* The plan again, as version 2 with another rate for managers. */
static void publish_backwards(struct bench *bench)
{
    struct fen_buffer yaml = {0};
    struct fen_event event;
    bench_core_plan_append(&yaml, bench->chain->options.rule_count, bench->chain->shop.sku_count);
    fen_buffer_append_byte(&yaml, '\0');
    memcpy(strstr(yaml.data, "version: 1"), "version: 2", 10);
    memcpy(strstr(yaml.data, "pay: 0.5%"), "pay: 0.6%", 9);
    fen_record_clear(&fen_event_schema, &event);
    event.tenant = FEN_STR("default");
    event.type = FEN_EVENT_PLAN_PUBLISHED;
    event.retroactive = true;
    event.yaml = fen_str_from(yaml.data);
    name_event(bench, &event);
    bench_chain_apply(bench->chain, &event);
    fen_buffer_deinit(&yaml);
}

static void set_guide(struct bench *bench, uint32_t guide)
{
    struct fen_event event;
    bench_shop_guide(&bench->chain->shop, guide, bench->chain->scratch, &event);
    name_event(bench, &event);
    event.effective_ms = bench->chain->now_ms;
    bench_chain_apply(bench->chain, &event);
}

static void run_quiet(struct bench *bench, struct bench_stretch *stretch)
{
    for (uint32_t i = 0; i < bench->quiet_count; i++)
        bench_chain_run(bench->chain, stretch);
}

static void begin_report(struct bench *bench, struct report *report)
{
    run_quiet(bench, &report->before);
    struct fen_counters counters = bench_chain_counters(bench->chain);
    report->reevaluations = counters.reevaluations;
    report->entries = counters.entries_posted;
}

static void end_report(struct bench *bench, struct report *report)
{
    bench_chain_settle(bench->chain, &report->during);
    struct fen_counters counters = bench_chain_counters(bench->chain);
    report->reevaluations = counters.reevaluations - report->reevaluations;
    report->entries = counters.entries_posted - report->entries;
    run_quiet(bench, &report->after);
}

static void measure_change(struct bench *bench, struct report *report,
                           void (*change)(struct bench *bench))
{
    begin_report(bench, report);
    int64_t since_ns = bench_process_clock_ns();
    change(bench);
    bench_chain_publish(bench->chain, since_ns, &report->publications);
    end_report(bench, report);
}

/* Every guide set again, round and round; a batch comes after each `poll_count`. */
static void measure_guides(struct bench *bench, struct report *report, uint32_t publish_count,
                           uint32_t poll_count)
{
    begin_report(bench, report);
    int64_t since_ns = bench_process_clock_ns();
    for (uint32_t set = 1; set <= bench->set_count; set++) {
        set_guide(bench, set % bench->chain->shop.guide_count);
        if (set % publish_count != 0 && set < bench->set_count)
            continue;
        bench_chain_publish(bench->chain, since_ns, &report->publications);
        if (set % poll_count == 0)
            bench_chain_run(bench->chain, &report->during);
        since_ns = bench_process_clock_ns();
    }
    end_report(bench, report);
}

static void print_stretch(const char *name, struct bench_stretch *stretch, const char *end)
{
    struct bench_stretch_figures figures = bench_stretch_figures(stretch);
    printf("\"%s\":{\"batches\":%u,\"wall_p50_ms\":%.3f,\"wall_p99_ms\":%.3f,\"wall_max_ms\":%.3f,"
           "\"cpu_p50_ms\":%.3f,\"cpu_p99_ms\":%.3f,\"cpu_max_ms\":%.3f,\"cpu_sum_ms\":%.1f}%s",
           name, stretch->count, figures.wall_p50_ms, figures.wall_p99_ms, figures.wall_max_ms,
           figures.cpu_p50_ms, figures.cpu_p99_ms, figures.cpu_max_ms, figures.cpu_sum_ms, end);
}

static void print_json_report(struct report *report, const char *end)
{
    printf("{\"change\":\"%s\",\"reevaluations\":%llu,\"entries\":%llu,\"publications\":%u,"
           "\"reference_ms\":%.3f,\"reference_max_ms\":%.3f,",
           report->name, (unsigned long long)report->reevaluations,
           (unsigned long long)report->entries, report->publications.count,
           (double)report->publications.sum_ns / 1e6, (double)report->publications.max_ns / 1e6);
    print_stretch("before", &report->before, ",");
    print_stretch("during", &report->during, ",");
    print_stretch("after", &report->after, "}");
    fputs(end, stdout);
}

static void print_text_report(struct report *report)
{
    struct bench_stretch_figures before = bench_stretch_figures(&report->before);
    struct bench_stretch_figures during = bench_stretch_figures(&report->during);
    struct bench_stretch_figures after = bench_stretch_figures(&report->after);
    printf("%-16s %9llu %9llu %7u %8.1f %8.1f %8.1f %8.1f %8.1f %8.1f %9.0f %8.1f\n", report->name,
           (unsigned long long)report->reevaluations, (unsigned long long)report->entries,
           report->during.count, before.wall_max_ms, during.wall_p50_ms, during.wall_p99_ms,
           during.wall_max_ms, during.cpu_max_ms, after.wall_max_ms, during.cpu_sum_ms,
           (double)report->publications.max_ns / 1e6);
}

static void print_reports(const struct bench_chain *chain, struct report *reports, uint32_t count,
                          bool is_json)
{
    const struct bench_chain_options *options = &chain->options;
    struct fen_lanes_sizes sizes;
    fen_lanes_measure(chain->lanes, &sizes);
    double held_mib = (double)sizes.held_bytes / (1 << 20);
    double resident_mib = (double)bench_process_resident_bytes() / (1 << 20);
    if (!is_json) {
        printf("%u guides, %u customers with a touch each, %u of one book, %u orders of theirs, "
               "%u partitions, %u events a batch\n%.0f MiB held by the lanes, %.0f MiB resident\n",
               options->guide_count, options->customer_count, options->book_count,
               options->order_count, options->partition_count, options->event_count, held_mib,
               resident_mib);
        printf("%-16s %9s %9s %7s %8s %8s %8s %8s %8s %8s %9s %8s\n", "ms", "anew", "entries",
               "batches", "before", "p50", "p99", "longest", "cpu", "after", "cpu sum", "publish");
        for (uint32_t index = 0; index < count; index++)
            print_text_report(&reports[index]);
        return;
    }
    printf("{\"guides\":%u,\"customers\":%u,\"book\":%u,\"orders\":%u,\"partitions\":%u,"
           "\"events_per_batch\":%u,\"held_mib\":%.1f,\"resident_mib\":%.1f,\"changes\":[",
           options->guide_count, options->customer_count, options->book_count,
           options->order_count, options->partition_count, options->event_count, held_mib,
           resident_mib);
    for (uint32_t index = 0; index < count; index++)
        print_json_report(&reports[index], index + 1 < count ? "," : "]}\n");
}

static void measure(struct bench *bench, bool is_json)
{
    struct report reports[] = {
        {.name = "load guides"},   {.name = "load customers"}, {.name = "load orders"},
        {.name = "transfer late"}, {.name = "transfer now"},   {.name = "guide past"},
        {.name = "store past"},    {.name = "plan back"},      {.name = "guides by poll"},
        {.name = "guides singly"},
    };
    uint32_t count = sizeof reports / sizeof *reports;
    bench_chain_load_references(bench->chain, &reports[0].publications, &reports[0].during);
    bench_chain_load_customers(bench->chain, &reports[1].during);
    bench_chain_load_orders(bench->chain, &reports[2].during);
    measure_change(bench, &reports[3], transfer_late);
    measure_change(bench, &reports[4], transfer_now);
    measure_change(bench, &reports[5], change_guide);
    measure_change(bench, &reports[6], change_store);
    measure_change(bench, &reports[7], publish_backwards);
    measure_guides(bench, &reports[8], BENCH_CHAIN_POLL_COUNT, BENCH_CHAIN_POLL_COUNT);
    measure_guides(bench, &reports[9], 1, BENCH_CHAIN_POLL_COUNT / 20);
    bench_chain_check(bench->chain);
    print_reports(bench->chain, reports, count, is_json);
    for (uint32_t index = 0; index < count; index++) {
        bench_stretch_deinit(&reports[index].before);
        bench_stretch_deinit(&reports[index].during);
        bench_stretch_deinit(&reports[index].after);
    }
}

static void usage(FILE *to)
{
    fputs("bench_transfer: the longest pause that a change of guides, stores or plans causes\n"
          "  --guides N      announced (370000)\n"
          "  --stores N      (3000)\n"
          "  --customers N   bound and with a touch (10000000)\n"
          "  --book N        of them, bound to one guide (100000)\n"
          "  --orders N      of theirs (100000)\n"
          "  --rules N       of the plan, 100 to 5000 (5000)\n"
          "  --partitions N  all of one worker (8)\n"
          "  --events N      of other customers' orders in each batch, 2 to 4000 (200)\n"
          "  --quiet N       batches before and after each change (200)\n"
          "  --sets N        guide.set in a row (400000)\n"
          "  --json          one line of JSON\n",
          to);
}

static const struct option long_options[] = {
    {"guides", required_argument, NULL, 'g'},
    {"stores", required_argument, NULL, 's'},
    {"customers", required_argument, NULL, 'c'},
    {"book", required_argument, NULL, 'b'},
    {"orders", required_argument, NULL, 'o'},
    {"rules", required_argument, NULL, 'r'},
    {"partitions", required_argument, NULL, 'p'},
    {"events", required_argument, NULL, 'e'},
    {"quiet", required_argument, NULL, 'q'},
    {"sets", required_argument, NULL, 'n'},
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static void take_option(struct options *options, int letter)
{
    uint32_t *number = NULL;
    switch (letter) {
    case 'g': number = &options->chain.guide_count; break;
    case 's': number = &options->chain.store_count; break;
    case 'c': number = &options->chain.customer_count; break;
    case 'b': number = &options->chain.book_count; break;
    case 'o': number = &options->chain.order_count; break;
    case 'r': number = &options->chain.rule_count; break;
    case 'p': number = &options->chain.partition_count; break;
    case 'e': number = &options->chain.event_count; break;
    case 'q': number = &options->quiet_count; break;
    case 'n': number = &options->set_count; break;
    case 'j': options->is_json = true; return;
    case 'h': usage(stdout); exit(0);
    default: usage(stderr); exit(2);
    }
    *number = (uint32_t)bench_process_number("a number", optarg, 1);
}

int main(int argc, char **argv)
{
    struct options options = {
        .chain = {.guide_count = 370000,
                  .store_count = 3000,
                  .customer_count = 10000000,
                  .book_count = 100000,
                  .order_count = 100000,
                  .rule_count = 5000,
                  .partition_count = 8,
                  .event_count = 200},
        .quiet_count = 200,
        .set_count = 400000,
    };
    int letter;
    while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1)
        take_option(&options, letter);
    const struct bench_chain_options *chain = &options.chain;
    if (chain->guide_count < 3 || chain->rule_count < 100
        || chain->event_count > BENCH_CHAIN_LOAD_COUNT
        || chain->customer_count <= chain->book_count)
        bench_process_fail("3 guides, 100 rules, more customers than the book's, at most %u events",
                           BENCH_CHAIN_LOAD_COUNT);
    struct bench bench = {bench_chain_create(chain), options.quiet_count, options.set_count, 0};
    measure(&bench, options.is_json);
    bench_chain_destroy(bench.chain);
    return 0;
}
