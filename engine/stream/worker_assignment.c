/* worker_assignment: see worker_parts.h. From an assignment to restored lanes, and back. */
#include "stream/worker_parts.h"

#include "base/clock.h"
#include "base/fault_point.h"
#include "stream/restore.h"

#define REFERENCE_WAIT_MS 20 /* until it is looked again whether the references have come */

static bool turn_restore(void *context, uint64_t record_count)
{
    struct fen_worker *worker = context;
    if (record_count != worker->gauges.status.restore_records)
        fen_gauges_progress(&worker->gauges);
    FEN_GAUGES_SET(&worker->gauges, restore_records, record_count);
    return !fen_worker_is_stopping(worker);
}

static enum fen_restore_result restore_lanes(struct fen_worker *worker)
{
    struct fen_ownership *ownership = &worker->ownership;
    struct fen_start_fault fault = {.kind = FEN_START_SOUND};
    struct fen_restore_options options = {
        .reference = worker->reference,
        .has_split = worker->options.lanes.has_split,
        .has_post = worker->options.lanes.has_post,
        .accepts_cut_inputs = worker->options.accepts_cut_inputs,
        .stall_ms = worker->options.restore_stall_ms,
        .turn = turn_restore,
        .context = worker,
        .fault_out = &fault,
        .quarantine = worker->options.quarantine,
        .reference_quarantine = worker->options.reference_quarantine,
    };
    for (uint32_t i = 0; i < ownership->lane_count; i++)
        fen_lanes_open(worker->lanes, ownership->partitions[i]);
    uint64_t record_count = 0;
    FEN_GAUGES_SET(&worker->gauges, restore_records, 0);
    enum fen_restore_result result = fen_restore_run(
        worker->source, worker->lanes, &options, ownership->partitions, ownership->lane_count,
        ownership->offsets, ownership->offset_count, &record_count, &worker->reason);
    FEN_GAUGES_SET(&worker->gauges, restore_records, record_count);
    if (result == FEN_RESTORE_LOST)
        fen_gauges_set_start_fault(&worker->gauges, &fault);
    if (result == FEN_RESTORE_DONE
        && !worker->source->functions->start(worker->source, ownership->offsets,
                                             ownership->offset_count, &worker->reason))
        result = FEN_RESTORE_AGAIN;
    FEN_FAULT_POINT(STARTED);
    return result;
}

/* Work begins: the lanes hold what the committed offsets say. */
static void enter(struct fen_worker *worker, int64_t begin_ms)
{
    const struct fen_ownership *ownership = &worker->ownership;
    const struct fen_worker_hooks *hooks = &worker->options.hooks;
    struct fen_gauges *gauges = &worker->gauges;
    worker->is_restored = true;
    worker->batch_reference = NULL; /* the lanes have seen none yet */
    worker->lag_at_ms = 0;
    FEN_GAUGES_ADD(gauges, restores, 1);
    FEN_GAUGES_ADD(gauges, restored_records, gauges->status.restore_records);
    FEN_GAUGES_SET(gauges, restore_ms, fen_clock_ms() - begin_ms);
    FEN_GAUGES_SET(gauges, partition_count, ownership->lane_count);
    fen_gauges_progress(gauges);
    fen_gauges_set_state(gauges, FEN_WORKER_RUNNING);
    if (hooks->opened != NULL)
        hooks->opened(hooks->context, worker->lanes, ownership->partitions,
                      ownership->lane_count);
    FEN_LOG_INFO("worker", "running", FEN_LOG_UINT("worker", worker->options.number),
                 FEN_LOG_UINT("partitions", ownership->lane_count),
                 FEN_LOG_UINT("records", gauges->status.restore_records),
                 FEN_LOG_INT("ms", gauges->status.restore_ms));
}

/*
 * Whether the references are as new as any that the lanes can have been worked by before: theirs
 * were read committed before the assignment. By older ones an entry might be posted into a period
 * that is closed, and changes that a lane has followed might be undone and never looked at again.
 */
static bool has_references(struct fen_worker *worker)
{
    struct fen_watermarks ends[] = {{FEN_TOPIC_ORG_EVENTS, 0, 0, 0}, {FEN_TOPIC_PLANS, 0, 0, 0}};
    if (!worker->knows_reference_ends) {
        if (!worker->source->functions->stable_ends(worker->source, ends, 2, &worker->reason)) {
            fen_worker_report(worker, FEN_LOG_LEVEL_WARN, "restoring is tried again");
            fen_worker_schedule(worker, 0);
            return false;
        }
        worker->knows_reference_ends = true;
        worker->org_end = ends[0].high;
        worker->plan_end = ends[1].high;
    }
    bool is_there = worker->reference->org_offset >= worker->org_end &&
                    worker->reference->plan_offset >= worker->plan_end;
    if (!is_there)
        worker->retry_at_ms = fen_clock_ms() + REFERENCE_WAIT_MS;
    return is_there;
}

void fen_worker_restore(struct fen_worker *worker)
{
    int64_t begin_ms = fen_clock_ms();
    fen_gauges_set_state(&worker->gauges, FEN_WORKER_RESTORING);
    if (!has_references(worker))
        return;
    enum fen_restore_result result = restore_lanes(worker);
    switch (result) {
    case FEN_RESTORE_DONE:
        enter(worker, begin_ms);
        break;
    case FEN_RESTORE_AGAIN:
        fen_worker_close_lanes(worker);
        fen_worker_report(worker, FEN_LOG_LEVEL_WARN, "restoring is tried again");
        fen_worker_schedule(worker, 0);
        break;
    case FEN_RESTORE_STOPPED:
        fen_worker_close_lanes(worker);
        break;
    case FEN_RESTORE_LOST:
        fen_worker_fail(worker, "the state cannot be restored");
        break;
    }
}

void fen_worker_take_assignment(struct fen_worker *worker, const struct fen_poll *poll)
{
    const struct fen_lanes_options *lanes = &worker->options.lanes;
    /* A member that was thought dead is told of its loss and its new share in one breath, and the
     * second word is all that the source still knows. */
    if (worker->is_restored)
        fen_worker_close_lanes(worker);
    FEN_GAUGES_ADD(&worker->gauges, rebalances, 1);
    if (!fen_ownership_take(&worker->ownership, poll->partitions, poll->partition_count,
                            lanes->has_split, lanes->has_post, &worker->reason))
        fen_worker_report(worker, FEN_LOG_LEVEL_ERROR,
                          "the assignment is not co-partitioned: waiting");
    worker->has_assignment = true;
    worker->knows_reference_ends = false;
    worker->retry_at_ms = 0;
    FEN_FAULT_POINT(ASSIGNED);
}

void fen_worker_give_up_assignment(struct fen_worker *worker)
{
    fen_worker_close_lanes(worker);
    fen_ownership_clear(&worker->ownership);
    worker->has_assignment = false;
    worker->source->functions->drop(worker->source);
    fen_gauges_set_state(&worker->gauges, FEN_WORKER_STARTING);
    FEN_LOG_INFO("worker", "partitions revoked", FEN_LOG_UINT("worker", worker->options.number));
}
