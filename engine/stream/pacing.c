/* pacing: see pacing.h. The interval follows how full the last batch was. */
#include "stream/pacing.h"

#include "base/assert.h"

/* Of a full batch: one this large means that commits are too frequent, one this small too rare. */
#define LARGE_FRACTION 5u
#define SMALL_FRACTION 20u

void fen_pacing_init(struct fen_pacing *pacing, uint32_t count_max, uint32_t interval_ms_min,
                     uint32_t interval_ms_max)
{
    pacing->count_max = count_max == 0 ? FEN_BATCH_COUNT_MAX_DEFAULT : count_max;
    pacing->interval_ms_min =
        interval_ms_min == 0 ? FEN_COMMIT_INTERVAL_MS_DEFAULT : interval_ms_min;
    pacing->interval_ms_max =
        interval_ms_max == 0 ? FEN_COMMIT_INTERVAL_MS_MAX_DEFAULT : interval_ms_max;
    if (pacing->interval_ms_max < pacing->interval_ms_min)
        pacing->interval_ms_max = pacing->interval_ms_min;
    pacing->count_allowed = pacing->count_max;
    pacing->interval_ms = pacing->interval_ms_min;
    pacing->last_commit_ms = INT64_MIN;
}

struct fen_poll_limits fen_pacing_limits(const struct fen_pacing *pacing, int64_t now_ms)
{
    uint32_t collect_ms = 0;
    if (pacing->last_commit_ms != INT64_MIN
        && now_ms < pacing->last_commit_ms + pacing->interval_ms)
        collect_ms = (uint32_t)(pacing->last_commit_ms + pacing->interval_ms - now_ms);
    return (struct fen_poll_limits){
        .message_count_max = pacing->count_allowed,
        .wait_ms = FEN_IDLE_WAIT_MS,
        .collect_ms = collect_ms,
    };
}

void fen_pacing_committed(struct fen_pacing *pacing, int64_t now_ms, uint32_t message_count,
                          bool is_full)
{
    pacing->last_commit_ms = now_ms;
    uint32_t interval_ms = pacing->interval_ms;
    if (is_full || message_count >= pacing->count_max / LARGE_FRACTION)
        interval_ms *= 2;
    else if (message_count <= pacing->count_max / SMALL_FRACTION)
        interval_ms /= 2;
    if (interval_ms > pacing->interval_ms_max)
        interval_ms = pacing->interval_ms_max;
    pacing->interval_ms =
        interval_ms < pacing->interval_ms_min ? pacing->interval_ms_min : interval_ms;
    uint64_t allowed = (uint64_t)pacing->count_allowed * 2;
    pacing->count_allowed = allowed > pacing->count_max ? pacing->count_max : (uint32_t)allowed;
}

void fen_pacing_failed(struct fen_pacing *pacing)
{
    FEN_ASSERT(pacing->count_allowed > 0);
    if (pacing->count_allowed > 1)
        pacing->count_allowed /= 2;
}
