/*
 * bench_feed: commissions of made-up payees into Redis, by the engine's own projector.
 *
 *     bench_feed --redis ADDRESS --partitions N --payees N [--batch-ms N]
 *
 * Redis must be empty. Commands come as lines on standard input, each is answered by a line of
 * JSON on standard output when it is done:
 *
 *     fill N                 N commissions of each payee, a record each, of the days before today
 *     rate R SECONDS [H P]   R commissions a second, open loop, handed over every --batch-ms
 *                            (10); P per cent of them go to the first H payees, the rest to all
 *
 * CPU is that of the whole process, projector included, during the command.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bench/payee_book.h"
#include "bench/process.h"
#include "cli/sale/pace.h"
#include "redis/projector.h"

#define DAY_MS          INT64_C(86400000)
#define FILL_RUN        500u
#define FILL_A_DAY      10u
#define WAITING_MAX     64u
#define SETTLE_MS       60000

struct options {
    const char *redis;
    uint32_t partition_count;
    uint32_t payee_count;
    int64_t batch_ms;
};

struct feed {
    struct options options;
    struct bench_payee_book *book;
    struct fen_projector *projector;
    struct fen_outlet *outlet;
    uint64_t rebuild_count;
};

static void wait_ms(int64_t count)
{
    struct fen_pace pace;
    fen_pace_init(&pace, 1000);
    for (int64_t done = 0; done <= count; done++)
        fen_pace_wait(&pace);
}

static void wait_until_settled(const struct feed *feed)
{
    int64_t deadline_ms = fen_clock_ms() + SETTLE_MS;
    while (!fen_projector_is_settled(feed->projector)) {
        if (fen_clock_ms() > deadline_ms)
            bench_process_fail("Redis does not come to have what was posted");
        wait_ms(1);
    }
}

/* Wait while the projector has much to do; fail when it has begun anew, which cannot succeed. */
static void wait_for_room(struct feed *feed)
{
    struct fen_projector_figures figures;
    for (;;) {
        fen_projector_figures(feed->projector, &figures);
        if (figures.blocks_missed > 0 || figures.rebuilds > feed->rebuild_count)
            bench_process_fail("the projector lost its place; is Redis somebody else's?");
        if (figures.blocks_waiting <= WAITING_MAX)
            return;
        wait_ms(1);
    }
}

static void fill(struct feed *feed, uint32_t record_count)
{
    int64_t begin_ms = fen_clock_ms();
    int64_t now_ms = fen_clock_wall_ms();
    uint32_t day_count = (record_count + FILL_A_DAY - 1) / FILL_A_DAY;
    uint64_t entry_count = 0;
    for (uint32_t number = 0; number < record_count; number++) {
        int64_t earned_ms = now_ms - (int64_t)(day_count - number / FILL_A_DAY) * DAY_MS;
        for (uint32_t payee = 0; payee < feed->options.payee_count; payee++) {
            bench_payee_book_post(feed->book, payee, earned_ms);
            if (payee % FILL_RUN == FILL_RUN - 1) {
                entry_count += bench_payee_book_publish(feed->book, feed->outlet);
                wait_for_room(feed);
            }
        }
        entry_count += bench_payee_book_publish(feed->book, feed->outlet);
        wait_for_room(feed);
    }
    wait_until_settled(feed);
    printf("{\"done\":\"fill\",\"entries\":%llu,\"seconds\":%.3f}\n",
           (unsigned long long)entry_count, (double)(fen_clock_ms() - begin_ms) / 1e3);
}

struct load {
    int64_t rate;
    int64_t seconds;
    uint32_t hot_count;
    uint32_t hot_percent;
};

static uint32_t draw_payee(struct feed *feed, const struct load *load)
{
    bool is_hot = load->hot_count > 0 &&
                  bench_payee_book_draw(feed->book, 100) < load->hot_percent;
    return bench_payee_book_draw(feed->book,
                                 is_hot ? load->hot_count : feed->options.payee_count);
}

static void run_load(struct feed *feed, const struct load *load)
{
    int64_t batches = load->seconds * 1000 / feed->options.batch_ms;
    int64_t cpu_us = bench_process_cpu_us();
    int64_t begin_ns = bench_process_clock_ns();
    int64_t late_ns_max = 0;
    uint64_t entry_count = 0;
    uint64_t asked = 0;
    struct fen_pace pace;
    fen_pace_init(&pace, 1000 / feed->options.batch_ms);
    for (int64_t batch = 0; batch < batches; batch++) {
        fen_pace_wait(&pace);
        int64_t now_ns = bench_process_clock_ns();
        int64_t late_ns = now_ns - pace.start_ns - batch * feed->options.batch_ms * 1000000;
        late_ns_max = late_ns > late_ns_max ? late_ns : late_ns_max;
        uint64_t due = (uint64_t)((batch + 1) * load->rate * feed->options.batch_ms / 1000);
        for (; asked < due; asked++)
            bench_payee_book_post(feed->book, draw_payee(feed, load), fen_clock_wall_ms());
        entry_count += bench_payee_book_publish(feed->book, feed->outlet);
        wait_for_room(feed);
    }
    double wall_s = (double)(bench_process_clock_ns() - begin_ns) / 1e9;
    wait_until_settled(feed);
    printf("{\"done\":\"rate\",\"entries\":%llu,\"per_second\":%.1f,\"late_ms_max\":%.1f,"
           "\"seconds\":%.3f,\"cpu_s\":%.3f}\n",
           (unsigned long long)entry_count, (double)entry_count / wall_s,
           (double)late_ns_max / 1e6, wall_s, (double)(bench_process_cpu_us() - cpu_us) / 1e6);
}

static void obey(struct feed *feed, const char *line)
{
    struct load load = {0};
    unsigned count = 0;
    long long rate = 0;
    long long seconds = 0;
    int read = sscanf(line, "rate %lld %lld %u %u", &rate, &seconds, &load.hot_count,
                      &load.hot_percent);
    load.rate = rate;
    load.seconds = seconds;
    if (sscanf(line, "fill %u", &count) == 1)
        fill(feed, count);
    else if ((read == 2 || read == 4) && rate > 0 && load.hot_count <= feed->options.payee_count)
        run_load(feed, &load);
    else
        bench_process_fail("no such command: %s", line);
    (void)fflush(stdout);
}

static void start(struct feed *feed)
{
    const char *reason = NULL;
    struct fen_projector_figures figures;
    feed->book = bench_payee_book_create(feed->options.payee_count, feed->options.partition_count,
                                         FEN_WIRE_PROTOBUF);
    feed->projector = fen_projector_create(
        &(struct fen_projector_options){.address = feed->options.redis,
                                        .partition_count = feed->options.partition_count,
                                        .worker_count = 1,
                                        .held_bytes_max = (size_t)256 << 20,
                                        .source = bench_payee_book_source(feed->book)},
        &reason);
    if (feed->projector == NULL)
        bench_process_fail("%s: %s", feed->options.redis, reason);
    fen_projector_start(feed->projector);
    feed->outlet = fen_projector_outlet(feed->projector, 0);
    bench_payee_book_open(feed->book, feed->outlet);
    wait_until_settled(feed);
    fen_projector_figures(feed->projector, &figures);
    feed->rebuild_count = figures.rebuilds;
}

static void read_options(struct options *options, int count, char **arguments)
{
    static const struct option names[] = {{"redis", required_argument, NULL, 'r'},
                                          {"partitions", required_argument, NULL, 'p'},
                                          {"payees", required_argument, NULL, 'n'},
                                          {"batch-ms", required_argument, NULL, 'b'},
                                          {NULL, 0, NULL, 0}};
    *options = (struct options){.partition_count = 8, .payee_count = 5000, .batch_ms = 10};
    for (int name; (name = getopt_long(count, arguments, "", names, NULL)) != -1;) {
        if (name == 'r')
            options->redis = optarg;
        else if (name == 'p')
            options->partition_count = (uint32_t)bench_process_number("partitions", optarg, 1);
        else if (name == 'n')
            options->payee_count = (uint32_t)bench_process_number("payees", optarg, 1);
        else if (name == 'b')
            options->batch_ms = bench_process_number("batch-ms", optarg, 1);
        else
            exit(2);
    }
    if (options->redis == NULL || optind != count)
        bench_process_fail("--redis ADDRESS is needed, and options alone");
}

int main(int count, char **arguments)
{
    struct feed feed = {0};
    char line[256];
    read_options(&feed.options, count, arguments);
    start(&feed);
    while (fgets(line, sizeof line, stdin) != NULL)
        obey(&feed, line);
    (void)fen_projector_stop(feed.projector, SETTLE_MS);
    fen_projector_destroy(feed.projector);
    bench_payee_book_destroy(feed.book);
    return 0;
}
