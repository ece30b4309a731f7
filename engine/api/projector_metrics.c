/* projector_metrics: the projector's figures as rows of metrics.h. */
#include "api/metrics.h"
#include "redis/projector.h"

/* One reader a row; each takes a copy of all figures, which costs nothing at a scrape's pace. */
#define READER(member, expression)                                                                 \
    static double read_##member(void *context, uint32_t series)                                    \
    {                                                                                              \
        struct fen_projector_figures figures;                                                      \
        (void)series;                                                                              \
        fen_projector_figures(context, &figures);                                                  \
        return expression;                                                                         \
    }

READER(is_connected, figures.is_connected ? 1 : 0)
READER(blocks_applied, (double)figures.blocks_applied)
READER(payees_applied, (double)figures.payees_applied)
READER(blocks_dropped, (double)figures.blocks_dropped)
READER(blocks_missed, (double)figures.blocks_missed)
READER(fences_refused, (double)figures.fences_refused)
READER(rebuilds, (double)figures.rebuilds)
READER(rebuilds_failed, (double)figures.rebuilds_failed)
READER(connects, (double)figures.connects)
READER(errors, (double)figures.errors)
READER(partitions_open, (double)figures.partitions_open)
READER(partitions_synced, (double)figures.partitions_synced)
READER(blocks_waiting, (double)figures.blocks_waiting)
READER(lag, (double)figures.lag_ms / 1000)
READER(fence_age, (double)figures.fence_age_ms / 1000)

static const struct fen_metric rows[] = {
    {"fen_projector_connected", "1 while connected to Redis", FEN_METRIC_GAUGE, NULL, 0, NULL,
     read_is_connected, NULL},
    {"fen_projector_blocks_applied_total", "batches of a partition written to Redis",
     FEN_METRIC_COUNTER, NULL, 0, NULL, read_blocks_applied, NULL},
    {"fen_projector_payees_applied_total", "accounts written to Redis by batches",
     FEN_METRIC_COUNTER, NULL, 0, NULL, read_payees_applied, NULL},
    {"fen_projector_blocks_dropped_total", "batches that a rebuild had covered already",
     FEN_METRIC_COUNTER, NULL, 0, NULL, read_blocks_dropped, NULL},
    {"fen_projector_blocks_missed_total", "batches not handed over for want of room",
     FEN_METRIC_COUNTER, NULL, 0, NULL, read_blocks_missed, NULL},
    {"fen_projector_fences_refused_total", "writes refused by a fence that had moved",
     FEN_METRIC_COUNTER, NULL, 0, NULL, read_fences_refused, NULL},
    {"fen_projector_rebuilds_total", "partitions set up anew from Kafka", FEN_METRIC_COUNTER, NULL,
     0, NULL, read_rebuilds, NULL},
    {"fen_projector_rebuilds_failed_total", "rebuilds broken off, to be tried again",
     FEN_METRIC_COUNTER, NULL, 0, NULL, read_rebuilds_failed, NULL},
    {"fen_projector_connects_total", "connections made to Redis", FEN_METRIC_COUNTER, NULL, 0, NULL,
     read_connects, NULL},
    {"fen_projector_errors_total", "error replies and lost connections", FEN_METRIC_COUNTER, NULL,
     0, NULL, read_errors, NULL},
    {"fen_projector_partitions_open", "ledger partitions owned by this process", FEN_METRIC_GAUGE,
     NULL, 0, NULL, read_partitions_open, NULL},
    {"fen_projector_partitions_synced", "of those owned: Redis stands at the ledger",
     FEN_METRIC_GAUGE, NULL, 0, NULL, read_partitions_synced, NULL},
    {"fen_projector_blocks_waiting", "batches on their way to Redis", FEN_METRIC_GAUGE, NULL, 0,
     NULL, read_blocks_waiting, NULL},
    {"fen_projector_lag_seconds", "age of the oldest committed batch not yet in Redis",
     FEN_METRIC_GAUGE, NULL, 0, NULL, read_lag, NULL},
    {"fen_projector_fence_age_seconds", "since all fences were last seen to stand right",
     FEN_METRIC_GAUGE, NULL, 0, NULL, read_fence_age, NULL},
};

void fen_metrics_add_projector(struct fen_metrics *metrics, const struct fen_projector *projector)
{
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
        struct fen_metric metric = rows[index];
        /* The readers take it as const again. */
        metric.context = (void *)(uintptr_t)projector;
        fen_metrics_add(metrics, &metric);
    }
}
