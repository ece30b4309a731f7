/*
 * bench_streams: clients of the API's streams, in one process and one thread.
 *
 *     bench_streams --http ADDRESS:PORT [--api-keys FILE] [--payees N] [--clients N]
 *
 * Commands come as lines on standard input, each is answered by a line of JSON on standard output
 * when it is done. While none is being done, nothing is read.
 *
 *     open FIRST LAST RATE     open the clients [FIRST, LAST), RATE a second, and wait until each
 *                              has its first event
 *     again FIRST LAST PLACE   close them and open them anew all at once, with no id, with the
 *                              `last` they have, or with one too `old`; wait until all are served
 *     deaf FIRST LAST          open clients that take nothing
 *     measure SECONDS          take what comes; latencies from hand-over to receipt
 *     close FIRST LAST
 *
 * `cpu` is the share of one core this process used: near 1 it is the bottleneck itself.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bench/process.h"
#include "bench/stream_crowd.h"

#define WAIT_MS_MAX 120000
#define TURN_MS     10
#define DESCRIPTORS 16u /* beside the clients' */

struct driver {
    struct bench_crowd_options options;
    struct bench_crowd *crowd;
    int64_t begin_ns;
    int64_t begin_cpu_us;
};

static void begin(struct driver *driver)
{
    memset(bench_crowd_figures(driver->crowd), 0, sizeof(struct bench_crowd_figures));
    driver->begin_ns = bench_process_clock_ns();
    driver->begin_cpu_us = bench_process_cpu_us();
}

static void print_histogram(const char *name, const struct fen_histogram *histogram)
{
    struct fen_histogram snapshot = {0};
    fen_histogram_read(histogram, &snapshot);
    printf(",\"%s\":{\"count\":%llu,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"p999_ms\":%.3f,"
           "\"max_ms\":%.3f}",
           name, (unsigned long long)snapshot.count,
           (double)fen_histogram_quantile(&snapshot, 500) / 1e3,
           (double)fen_histogram_quantile(&snapshot, 990) / 1e3,
           (double)fen_histogram_quantile(&snapshot, 999) / 1e3, (double)snapshot.max / 1e3);
}

static void answer(struct driver *driver, const char *what)
{
    const struct bench_crowd_figures *figures = bench_crowd_figures(driver->crowd);
    double wall_s = (double)(bench_process_clock_ns() - driver->begin_ns) / 1e9;
    double cpu_s = (double)(bench_process_cpu_us() - driver->begin_cpu_us) / 1e6;
    printf("{\"done\":\"%s\",\"seconds\":%.3f,\"cpu\":%.3f,\"served\":%u,\"deaf\":%u", what, wall_s,
           cpu_s / wall_s, bench_crowd_served_count(driver->crowd),
           bench_crowd_deaf_count(driver->crowd));
    printf(",\"events\":%llu,\"entries\":%llu,\"snapshots\":%llu,\"gaps\":%llu,\"refused\":%llu,"
           "\"failed\":%llu,\"bytes\":%llu",
           (unsigned long long)figures->event_count, (unsigned long long)figures->entry_count,
           (unsigned long long)figures->snapshot_count, (unsigned long long)figures->gap_count,
           (unsigned long long)figures->refused_count, (unsigned long long)figures->failed_count,
           (unsigned long long)figures->byte_count);
    print_histogram("latency", &figures->latency_us);
    print_histogram("first", &figures->served_us);
    printf("}\n");
    (void)fflush(stdout);
}

/* Until so many are served, or no more can be. */
static void wait_until_served(struct driver *driver, uint32_t count)
{
    const struct bench_crowd_figures *figures = bench_crowd_figures(driver->crowd);
    int64_t deadline_ns = bench_process_clock_ns() + WAIT_MS_MAX * INT64_C(1000000);
    while (bench_crowd_served_count(driver->crowd) + figures->refused_count +
                   figures->failed_count < count &&
           bench_process_clock_ns() < deadline_ns)
        bench_crowd_turn(driver->crowd, TURN_MS);
}

static void measure(struct driver *driver, unsigned seconds)
{
    int64_t end_ns = driver->begin_ns + seconds * INT64_C(1000000000);
    while (bench_process_clock_ns() < end_ns)
        bench_crowd_turn(driver->crowd, TURN_MS);
    answer(driver, "measure");
}

static void open_again(struct driver *driver, unsigned first, unsigned last,
                       enum bench_crowd_place place)
{
    bench_crowd_close(driver->crowd, first, last);
    uint32_t target = bench_crowd_served_count(driver->crowd) + last - first;
    bench_crowd_open(driver->crowd, first, last, 0, place);
    wait_until_served(driver, target);
    answer(driver, "again");
}

static bool is_range(const struct driver *driver, unsigned first, unsigned last)
{
    return first <= last && last <= driver->options.client_count_max;
}

/* False: it is no command. */
static bool obey(struct driver *driver, const char *line)
{
    unsigned first = 0;
    unsigned last = 0;
    unsigned number = 0;
    char place[8] = "";
    begin(driver);
    if (sscanf(line, "measure %u", &number) == 1) {
        measure(driver, number);
    } else if (sscanf(line, "open %u %u %u", &first, &last, &number) == 3 &&
               is_range(driver, first, last)) {
        uint32_t target = bench_crowd_served_count(driver->crowd) + last - first;
        bench_crowd_open(driver->crowd, first, last, number, BENCH_PLACE_NOWHERE);
        wait_until_served(driver, target);
        answer(driver, "open");
    } else if (sscanf(line, "again %u %u %7s", &first, &last, place) == 3 &&
               is_range(driver, first, last)) {
        open_again(driver, first, last,
                   strcmp(place, "last") == 0  ? BENCH_PLACE_LAST
                   : strcmp(place, "old") == 0 ? BENCH_PLACE_OLD
                                               : BENCH_PLACE_NOWHERE);
    } else if (sscanf(line, "deaf %u %u", &first, &last) == 2 && is_range(driver, first, last)) {
        bench_crowd_open_deaf(driver->crowd, first, last);
        answer(driver, "deaf");
    } else if (sscanf(line, "close %u %u", &first, &last) == 2 && is_range(driver, first, last)) {
        bench_crowd_close(driver->crowd, first, last);
        answer(driver, "close");
    } else {
        return false;
    }
    return true;
}

static void read_address(struct driver *driver, char *text)
{
    char *colon = strrchr(text, ':');
    if (colon == NULL)
        bench_process_fail("--http takes ADDRESS:PORT, not %s", text);
    *colon = '\0';
    driver->options.address = text;
    driver->options.port = (uint16_t)bench_process_number("http", colon + 1, 1);
}

static void read_options(struct driver *driver, int count, char **arguments)
{
    static const struct option names[] = {{"http", required_argument, NULL, 'a'},
                                          {"api-keys", required_argument, NULL, 'k'},
                                          {"payees", required_argument, NULL, 'p'},
                                          {"clients", required_argument, NULL, 'n'},
                                          {NULL, 0, NULL, 0}};
    driver->options.payee_count = 5000;
    driver->options.client_count_max = 5000;
    for (int name; (name = getopt_long(count, arguments, "", names, NULL)) != -1;) {
        if (name == 'a')
            read_address(driver, optarg);
        else if (name == 'k')
            driver->options.key_path = optarg;
        else if (name == 'p')
            driver->options.payee_count = (uint32_t)bench_process_number("payees", optarg, 1);
        else if (name == 'n')
            driver->options.client_count_max =
                (uint32_t)bench_process_number("clients", optarg, 1);
        else
            exit(2);
    }
    if (driver->options.address == NULL || optind != count)
        bench_process_fail("--http ADDRESS:PORT is needed, and options alone");
}

static void allow_descriptors(uint32_t count)
{
    struct rlimit limit;
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < count)
        bench_process_fail("%u clients need as many descriptors and %u more; the system allows "
                           "%llu (ulimit -Hn)", count - DESCRIPTORS, DESCRIPTORS,
                           (unsigned long long)limit.rlim_max);
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int count, char **arguments)
{
    struct driver driver = {0};
    char line[256];
    read_options(&driver, count, arguments);
    allow_descriptors(driver.options.client_count_max + DESCRIPTORS);
    driver.crowd = bench_crowd_create(&driver.options);
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (!obey(&driver, line))
            bench_process_fail("no such command: %s", line);
    }
    bench_crowd_destroy(driver.crowd);
    return 0;
}
