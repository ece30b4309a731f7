/* latency: see the header. */
#include "bench/latency.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "bench/process.h"

void bench_latency_init(struct bench_latency *latency, const char *mark, uint32_t order_count,
                        uint32_t warm_up_count)
{
    *latency = (struct bench_latency){
        .mark = mark,
        .orders = calloc(order_count, sizeof *latency->orders),
        .order_count = order_count,
        .warm_up_count = warm_up_count,
    };
    FEN_ASSERT(latency->orders != NULL && warm_up_count < order_count);
}

void bench_latency_deinit(struct bench_latency *latency)
{
    free(latency->orders);
    latency->orders = NULL;
}

/* The number in MARK-NUMBER; order_count when it is no such id. */
static uint32_t number_of(const struct bench_latency *latency, struct fen_str order)
{
    uint32_t mark_size = (uint32_t)strlen(latency->mark);
    uint64_t number = 0;
    if (order.size <= mark_size + 1 || memcmp(order.data, latency->mark, mark_size) != 0
        || order.data[mark_size] != '-')
        return latency->order_count;
    for (uint32_t i = mark_size + 1; i < order.size; i++) {
        if (order.data[i] < '0' || order.data[i] > '9')
            return latency->order_count;
        number = number * 10 + (uint64_t)(order.data[i] - '0');
    }
    return number < latency->order_count ? (uint32_t)number : latency->order_count;
}

void bench_latency_note(struct bench_latency *latency, struct fen_str order)
{
    uint32_t number = number_of(latency, order);
    if (number == latency->order_count || latency->orders[number].seen_ns != 0)
        return;
    latency->orders[number].seen_ns = bench_process_clock_ns();
    latency->seen_count++;
}

bool bench_latency_is_complete(const struct bench_latency *latency)
{
    return latency->seen_count == latency->order_count;
}

static int compare(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Milliseconds below which `permille` of the sorted values lie; nearest rank. */
static double quantile_ms(const int64_t *sorted, uint32_t count, uint32_t permille)
{
    if (count == 0)
        return 0;
    uint64_t rank = ((uint64_t)count * permille + 999) / 1000;
    return (double)sorted[rank == 0 ? 0 : rank - 1] / 1e6;
}

void bench_latency_print(const struct bench_latency *latency, const char *path, int64_t rate)
{
    uint32_t judged = latency->order_count - latency->warm_up_count;
    int64_t *seen_ns = calloc(judged, sizeof *seen_ns);
    int64_t *sent_ns = calloc(judged, sizeof *sent_ns);
    uint32_t seen_count = 0;
    FEN_ASSERT(seen_ns != NULL && sent_ns != NULL);
    for (uint32_t i = 0; i < judged; i++) {
        const struct bench_latency_order *order = &latency->orders[latency->warm_up_count + i];
        sent_ns[i] = order->sent_ns - order->scheduled_ns;
        if (order->seen_ns != 0)
            seen_ns[seen_count++] = order->seen_ns - order->scheduled_ns;
    }
    qsort(seen_ns, seen_count, sizeof *seen_ns, compare);
    qsort(sent_ns, judged, sizeof *sent_ns, compare);
    printf("{\"path\":\"%s\",\"rate\":%lld,\"orders\":%u,\"unseen\":%u,\"p50_ms\":%.2f,"
           "\"p90_ms\":%.2f,\"p99_ms\":%.2f,\"p999_ms\":%.2f,\"max_ms\":%.2f,"
           "\"late_send_p99_ms\":%.2f,\"late_send_max_ms\":%.2f}\n",
           path, (long long)rate, judged, judged - seen_count,
           quantile_ms(seen_ns, seen_count, 500), quantile_ms(seen_ns, seen_count, 900),
           quantile_ms(seen_ns, seen_count, 990), quantile_ms(seen_ns, seen_count, 999),
           quantile_ms(seen_ns, seen_count, 1000), quantile_ms(sent_ns, judged, 990),
           quantile_ms(sent_ns, judged, 1000));
    free(seen_ns);
    free(sent_ns);
}
