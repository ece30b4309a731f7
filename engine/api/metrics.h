/*
 * metrics: the Prometheus text of a process, version 0.0.4, written by ourselves.
 *
 * The counters of wire/counters.h are summed over the workers; everything else is a row that names
 * a metric and a function that reads it, so that this file knows neither workers nor projector.
 * Every series is there from the first scrape on, at 0: an alert on a rate then works from the
 * first event.
 *
 * Threads: create and add: start-up, before the HTTP server starts. write: http; readers of the
 * rows are called on it and must only take relaxed copies.
 */
#ifndef FEN_API_METRICS_H
#define FEN_API_METRICS_H

#include <stdint.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "wire/counters.h"

struct fen_metrics;
struct fen_projector;

enum fen_metric_kind { FEN_METRIC_COUNTER, FEN_METRIC_GAUGE };

/*
 * One metric, of one or several series. `name` has its unit last and, for a counter, `_total`
 * (fen_worker_commits_total, fen_projector_lag_seconds).
 */
struct fen_metric {
    const char *name;
    const char *help; /* one sentence, no line end */
    enum fen_metric_kind kind;
    const char *label;     /* name of the label that tells series apart; NULL: one series */
    uint32_t series_count; /* with a label: its values are 0..series_count - 1 ... */
    const char *(*label_value)(void *context, uint32_t series); /* ... or these; may be NULL */
    double (*read)(void *context, uint32_t series);
    void *context;
};

/* A registry with build information and the process's own figures. The caller destroys. */
struct fen_metrics *fen_metrics_create(const char *version) FEN_MUST_USE;
void fen_metrics_destroy(struct fen_metrics *metrics);

/* Add a metric; its strings and context must outlive the registry. Names are unique. */
void fen_metrics_add(struct fen_metrics *metrics, const struct fen_metric *metric);

/*
 * Sum the counters that `read` adds to *sum into fen_<counter>_total; once per worker (or one that
 * reads all). The function is called on the http thread.
 */
void fen_metrics_add_counters(struct fen_metrics *metrics,
                              void (*read)(void *context, struct fen_counters *sum),
                              void *context);

/* Add the projector's figures: lag, rebuilds, fence age. It must outlive the registry. */
void fen_metrics_add_projector(struct fen_metrics *metrics, const struct fen_projector *projector);

/* Append the text. Thread: http. */
void fen_metrics_write(const struct fen_metrics *metrics, struct fen_buffer *out);

#define FEN_METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

#endif /* FEN_API_METRICS_H */
