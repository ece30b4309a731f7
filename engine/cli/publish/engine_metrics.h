/*
 * engine_metrics: how far the workers of a running engine have come, asked of its /metrics.
 *
 * Why over HTTP: which plans a worker sees is known in its process alone; the topics say what was
 * posted, not what the next order will be worked out by.
 *
 * Threads: any; blocks for at most a few seconds.
 */
#ifndef FEN_CLI_PUBLISH_ENGINE_METRICS_H
#define FEN_CLI_PUBLISH_ENGINE_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/buffer.h"

#define FEN_ENGINE_METRICS_WORKERS_MAX 64u

/* For each worker the offset of fen.plans.v1 before which its batches see the plans. */
struct fen_engine_metrics {
    uint32_t worker_count;
    int64_t plan_offsets[FEN_ENGINE_METRICS_WORKERS_MAX];
};

/*
 * Ask the engine at "ADDRESS:PORT". Returns: false with a sentence in `reason`: nobody answers, or
 * who answers is no engine.
 */
bool fen_engine_metrics_read(const char *address, struct fen_engine_metrics *metrics_out,
                             struct fen_buffer *reason) FEN_MUST_USE;

/* Read the text that /metrics gives; false: no worker is in it. */
bool fen_engine_metrics_parse(struct fen_str text,
                              struct fen_engine_metrics *metrics_out) FEN_MUST_USE;

#endif /* FEN_CLI_PUBLISH_ENGINE_METRICS_H */
