/* worker_batch: see worker_parts.h. One batch, one transaction, and what follows its outcome. */
#include "stream/worker_parts.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/fault_point.h"

void fen_worker_open_sink(struct fen_worker *worker)
{
    uint32_t timeout_ms = worker->options.sink_timeout_ms;
    enum fen_sink_outcome outcome =
        worker->sink->functions->open(worker->sink, timeout_ms, &worker->reason);
    worker->is_sink_open = outcome == FEN_SINK_OK;
    if (!worker->is_sink_open && worker->is_restored) { /* tainted, and now without a producer */
        fen_worker_close_lanes(worker);
        worker->source->functions->drop(worker->source);
    }
    switch (outcome) {
    case FEN_SINK_OK:
        FEN_FAULT_POINT(SINK_OPENED);
        fen_gauges_progress(&worker->gauges);
        break;
    case FEN_SINK_UNKNOWN:
        fen_worker_report(worker, FEN_LOG_LEVEL_WARN, "the producer cannot be opened yet");
        fen_worker_schedule(worker, 0);
        break;
    case FEN_SINK_FENCED:
        FEN_GAUGES_ADD(&worker->gauges, fences, 1);
        fen_worker_report(worker, FEN_LOG_LEVEL_WARN, "the producer is fenced by another");
        fen_worker_schedule(worker, FEN_WORKER_FENCED_BACKOFF_MS);
        break;
    case FEN_SINK_FATAL:
        fen_worker_fail(worker, "the producer cannot be opened");
        break;
    }
}

static void count_failure(struct fen_gauges *gauges)
{
    FEN_GAUGES_ADD(gauges, recoveries, 1);
    if (gauges->status.failures == 0)
        FEN_GAUGES_SET(gauges, failing_since_ms, fen_clock_ms());
    FEN_GAUGES_ADD(gauges, failures, 1);
}

/*
 * The one recovery path: end the producer, forget the batch and the lanes, and let what the log
 * says decide. The source delivers nothing until the lanes are restored.
 */
static void recover(struct fen_worker *worker, enum fen_sink_outcome outcome)
{
    worker->sink->functions->close(worker->sink);
    worker->is_sink_open = false;
    fen_lanes_discard(worker->lanes);
    fen_ownership_settle(&worker->ownership, false);
    fen_worker_close_lanes(worker);
    worker->source->functions->drop(worker->source);
    fen_pacing_failed(&worker->pacing);
    count_failure(&worker->gauges);
    if (outcome == FEN_SINK_FATAL) {
        fen_worker_fail(worker, "a transaction is refused for good");
        return;
    }
    bool is_fenced = outcome == FEN_SINK_FENCED;
    FEN_GAUGES_ADD(&worker->gauges, fences, is_fenced);
    fen_worker_report(worker, FEN_LOG_LEVEL_WARN,
           is_fenced ? "fenced: letting go of the partitions"
                     : "the outcome of a transaction is unknown: going back to the log");
    fen_worker_schedule(worker, is_fenced ? FEN_WORKER_FENCED_BACKOFF_MS : 0);
    fen_gauges_set_state(&worker->gauges, FEN_WORKER_RECOVERING);
}

static enum fen_sink_outcome transact(struct fen_worker *worker,
                                      const struct fen_message *outputs, uint32_t output_count)
{
    struct fen_sink *sink = worker->sink;
    uint32_t offset_count = 0;
    const struct fen_offset *offsets =
        fen_ownership_offsets(&worker->ownership, &offset_count);
    enum fen_sink_outcome outcome = sink->functions->begin(sink, &worker->reason);
    FEN_FAULT_POINT(BEGUN);
    if (outcome == FEN_SINK_OK)
        outcome = sink->functions->emit(sink, outputs, output_count, &worker->reason);
    FEN_FAULT_POINT(EMITTED);
    if (outcome == FEN_SINK_OK)
        outcome = sink->functions->offsets(sink, offsets, offset_count,
                                           worker->source->functions->group(worker->source),
                                           &worker->reason);
    FEN_FAULT_POINT(OFFSETS_SENT);
    if (outcome == FEN_SINK_OK)
        outcome = sink->functions->commit(sink, &worker->reason);
    FEN_FAULT_POINT(COMMITTED);
    return outcome;
}

/* The part of what is ready that makes one batch: places [from, to) of the alignment. */
struct part {
    uint32_t from;
    uint32_t to;
    uint32_t ready_count;
    bool is_poll_full; /* more was waiting when the poll ended */
};

static void count_commit(struct fen_worker *worker, const struct part *part,
                         uint32_t output_count, int64_t begin_us)
{
    struct fen_gauges *gauges = &worker->gauges;
    int64_t wall_ms = fen_clock_wall_ms();
    int64_t oldest_ms = INT64_MAX;
    for (uint32_t place = part->from; place < part->to; place++) {
        int64_t timestamp_ms = fen_alignment_at(&worker->alignment, place)->timestamp_ms;
        if (timestamp_ms >= 0 && timestamp_ms < oldest_ms)
            oldest_ms = timestamp_ms;
    }
    if (oldest_ms != INT64_MAX)
        fen_histogram_add(&gauges->status.age_ms,
                          wall_ms > oldest_ms ? (uint64_t)(wall_ms - oldest_ms) : 0);
    fen_histogram_add(&gauges->status.commit_us, (uint64_t)(fen_clock_us() - begin_us));
    fen_histogram_add(&gauges->status.batch_counts, part->to - part->from);
    FEN_GAUGES_ADD(gauges, commits, 1);
    FEN_GAUGES_SET(gauges, failures, 0);
    FEN_GAUGES_SET(gauges, failing_since_ms, 0);
    FEN_GAUGES_ADD(gauges, outputs, output_count);
    FEN_GAUGES_SET(gauges, last_commit_ms, wall_ms);
    fen_gauges_progress(gauges);
}

static void clear_suspects(struct fen_worker *worker)
{
    const struct fen_ownership *ownership = &worker->ownership;
    if (fen_quarantine_is_empty(worker->options.quarantine))
        return;
    for (uint32_t i = 0; i < ownership->touched_count; i++) {
        const struct fen_offset *offset = &ownership->offsets[ownership->touched[i]];
        fen_quarantine_pass(worker->options.quarantine, offset->topic, offset->partition,
                            ownership->ahead[ownership->touched[i]]);
    }
}

/* The transaction is committed: only now is the batch true. */
static void settle(struct fen_worker *worker, const struct part *part)
{
    const struct fen_worker_hooks *hooks = &worker->options.hooks;
    clear_suspects(worker);
    fen_lanes_promote(worker->lanes);
    fen_ownership_settle(&worker->ownership, true);
    FEN_FAULT_POINT(PROMOTED);
    bool is_full = part->is_poll_full || part->to < part->ready_count;
    fen_pacing_committed(&worker->pacing, fen_clock_ms(), part->to - part->from, is_full);
    FEN_GAUGES_SET(&worker->gauges, commit_interval_ms, worker->pacing.interval_ms);
    worker->backoff_ms = 0;
    if (hooks->project != NULL)
        hooks->project(hooks->context, worker->lanes);
    FEN_FAULT_POINT(PROJECTED);
    if (worker->sink->functions->is_tainted(worker->sink)) {
        FEN_GAUGES_ADD(&worker->gauges, taints, 1);
        FEN_LOG_WARN("worker", "a request went astray: the producer is made anew",
                     FEN_LOG_UINT("worker", worker->options.number));
        worker->sink->functions->close(worker->sink);
        worker->is_sink_open = false;
        worker->retry_at_ms = 0;
    }
}

/* What is known of a message from lives that ended with it in hand (quarantine.h). */
static enum fen_suspicion look(const struct fen_worker *worker, const struct fen_message *message)
{
    enum fen_suspicion suspicion = fen_quarantine_look(
        worker->options.quarantine, message->topic, message->partition, message->offset);
    bool is_org = message->topic == FEN_TOPIC_ORG_EVENTS || message->topic == FEN_TOPIC_PLANS;
    if (is_org && fen_quarantine_look(worker->options.reference_quarantine, message->topic,
                                      message->partition, message->offset) == FEN_CONDEMNED)
        return FEN_CONDEMNED;
    return suspicion;
}

/* Apply one message, or dead-letter it unread; false: a posting before it is missing. */
static bool apply_one(struct fen_worker *worker, const struct fen_message *message,
                      enum fen_suspicion suspicion)
{
    bool is_dense = true;
    fen_ownership_advance(&worker->ownership, message);
    fen_quarantine_take(worker->options.quarantine, message);
    if (suspicion == FEN_CONDEMNED) {
        fen_lanes_condemn(worker->lanes, message);
    } else {
        FEN_FAULT_TRAP(message->value);
        is_dense = fen_lanes_apply(worker->lanes, message);
    }
    FEN_FAULT_POINT(APPLIED);
    return is_dense;
}

/*
 * Apply messages until the poll or the lanes' room is at its end, a suspected one alone; false: a
 * posting is missing.
 */
static bool apply_part(struct fen_worker *worker, struct part *part)
{
    bool is_alone = false;
    for (part->to = part->from; part->to < part->ready_count && !is_alone; part->to++) {
        if (part->to > part->from && (fen_lanes_is_full(worker->lanes) ||
                                      part->to - part->from >= worker->pacing.count_max))
            break;
        const struct fen_message *message = fen_alignment_at(&worker->alignment, part->to);
        enum fen_suspicion suspicion = look(worker, message);
        is_alone = suspicion != FEN_UNSUSPECTED;
        if (is_alone && part->to > part->from)
            break;
        if (apply_one(worker, message, suspicion))
            continue;
        fen_buffer_append_format(&worker->reason,
                                 "%s [%" PRIu32 "] offset %" PRId64
                                 ": postings before it are missing",
                                 fen_topic_info(message->topic)->name, message->partition,
                                 message->offset);
        return false;
    }
    return true;
}

/* All of the batch is in hand together: what it put off is evaluated at its end. */
static void gather(struct fen_worker *worker)
{
    const struct fen_ownership *ownership = &worker->ownership;
    fen_quarantine_gather(worker->options.quarantine);
    for (uint32_t i = 0; i < ownership->touched_count; i++) {
        const struct fen_offset *offset = &ownership->offsets[ownership->touched[i]];
        fen_quarantine_add(worker->options.quarantine, offset->topic, offset->partition,
                           offset->offset, ownership->ahead[ownership->touched[i]]);
    }
}

/* One batch, one transaction. Returns: whether it is committed, and the next may follow. */
static bool run_part(struct fen_worker *worker, struct part *part)
{
    fen_lanes_begin(worker->lanes, worker->reference);
    worker->batch_reference = worker->reference;
    worker->org_offset = worker->reference->org_offset;
    worker->plan_offset = worker->reference->plan_offset;
    if (!apply_part(worker, part)) {
        fen_quarantine_rest(worker->options.quarantine);
        fen_lanes_discard(worker->lanes);
        fen_worker_fail(worker, "a gap in the postings: something was lost");
        return false;
    }
    gather(worker);
    fen_lanes_finish(worker->lanes);
    FEN_FAULT_POINT(FINISHED);
    fen_quarantine_rest(worker->options.quarantine);
    uint32_t output_count = 0;
    const struct fen_message *outputs = fen_lanes_outputs(worker->lanes, &output_count);
    if (part->ready_count == 0 && output_count == 0) {
        fen_lanes_promote(worker->lanes);
        return true;
    }
    int64_t begin_us = fen_clock_us();
    enum fen_sink_outcome outcome = transact(worker, outputs, output_count);
    if (outcome != FEN_SINK_OK) {
        recover(worker, outcome);
        return false;
    }
    count_commit(worker, part, output_count, begin_us);
    settle(worker, part);
    return true;
}

/* Publications the batch was the first to see are taken: told once, by the newest of them. */
static void tell_plans(struct fen_worker *worker)
{
    struct fen_str tenant;
    if (FEN_GAUGES_GET(&worker->gauges, plan_offset) == worker->plan_offset)
        return;
    FEN_GAUGES_SET(&worker->gauges, plan_offset, worker->plan_offset);
    const struct fen_catalog *catalog = worker->reference->catalog;
    int64_t publication = fen_catalog_publication(catalog);
    if (publication <= worker->plan_publication)
        return;
    const struct fen_plan *plan = fen_catalog_newest(catalog, &tenant);
    FEN_LOG_INFO("worker", "plan taken", FEN_LOG_UINT("worker", worker->options.number),
                 FEN_LOG_INT("publications", publication - worker->plan_publication),
                 FEN_LOG_STR("tenant", tenant), FEN_LOG_STR("plan", plan->id),
                 FEN_LOG_UINT("version", plan->version), FEN_LOG_INT("from_ms", plan->from_ms),
                 FEN_LOG_INT("offset", worker->plan_offset - 1));
    FEN_GAUGES_ADD(&worker->gauges, plans_taken,
                   (uint64_t)(publication - worker->plan_publication));
    worker->plan_publication = publication;
}

void fen_worker_run_batch(struct fen_worker *worker, const struct fen_poll *poll)
{
    const struct fen_reference *reference = worker->reference;
    FEN_FAULT_POINT(POLLED);
    bool is_changed = reference != worker->batch_reference
                      || reference->org_offset != worker->org_offset
                      || reference->plan_offset != worker->plan_offset;
    struct part part = {.is_poll_full = poll->is_full};
    part.ready_count = fen_alignment_arrange(&worker->alignment, worker->source, poll->messages,
                                             poll->message_count, poll->is_full,
                                             fen_clock_ms());
    bool is_due = part.ready_count > 0 || is_changed || fen_lanes_is_behind(worker->lanes);
    bool is_committed = is_due ? run_part(worker, &part) : true;
    while (is_committed && part.to < part.ready_count) {
        part.from = part.to;
        /* Tainted, and the rest of the poll will not come again: the producer is made anew now, or
         * else everything is forgotten and read again. */
        if (!worker->is_sink_open)
            fen_worker_open_sink(worker);
        is_committed = worker->is_sink_open && run_part(worker, &part);
    }
    if (is_committed && is_due)
        tell_plans(worker);
    if (is_committed)
        fen_alignment_stash(&worker->alignment, fen_clock_ms());
    else
        fen_alignment_clear(&worker->alignment);
}
