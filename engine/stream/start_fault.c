/* start_fault: see the header. */
#include "stream/start_fault.h"

#include <inttypes.h>

#include "base/fault_point.h"

uint32_t fen_start_fault_format(void)
{
    return FEN_STATE_FORMAT + (FEN_FAULT_SKIPS("state-format") ? 1 : 0);
}

bool fen_start_fault_check(const struct fen_lane_state *state, uint32_t partition_count,
                           struct fen_start_fault *fault_out)
{
    if (state->format > fen_start_fault_format()) {
        fault_out->kind = FEN_START_NEWER;
        fault_out->found = state->format;
        fault_out->wanted = fen_start_fault_format();
        return false;
    }
    if (state->partition_count != 0 && state->partition_count != partition_count) {
        fault_out->kind = FEN_START_REPARTITIONED;
        fault_out->found = state->partition_count;
        fault_out->wanted = partition_count;
        return false;
    }
    return true;
}

struct fen_start_fault fen_start_fault_at(const struct fen_start_fault *fault,
                                          enum fen_topic topic, uint32_t partition, int64_t offset)
{
    struct fen_start_fault placed = *fault;
    placed.topic = topic;
    placed.partition = partition;
    if (placed.kind == FEN_START_UNREADABLE)
        placed.found = offset;
    return placed;
}

void fen_start_fault_append(const struct fen_start_fault *fault, struct fen_buffer *out)
{
    if (fault->kind == FEN_START_SOUND)
        return;
    if (fault->kind == FEN_START_TAKEN) {
        fen_buffer_append_format(out, "another process runs as this instance");
        return;
    }
    fen_buffer_append_format(out, "%s [%" PRIu32 "] ", fen_topic_info(fault->topic)->name,
                             fault->partition);
    switch (fault->kind) {
    case FEN_START_SOUND:
    case FEN_START_TAKEN:
        break;
    case FEN_START_CUT:
        fen_buffer_append_format(
            out,
            "has no committed offset and begins at %" PRId64
            ": either the group's offsets have expired, or retention cut the beginning before a "
            "first start; see `fen run --accept-cut-inputs`",
            fault->found);
        break;
    case FEN_START_LOST:
        fen_buffer_append_format(out,
                                 "holds offsets %" PRId64 " to %" PRId64 ", and %" PRId64
                                 " is the next to read: records have been lost",
                                 fault->wanted, fault->end, fault->found);
        break;
    case FEN_START_EXPIRED:
        fen_buffer_append_format(out, "has no committed offset, but there is state of earlier "
                                      "work: the group's offsets have expired, or it is another "
                                      "group; see `fen run --accept-cut-inputs`");
        break;
    case FEN_START_STATE_CUT:
        fen_buffer_append_format(out,
                                 "begins at %" PRId64
                                 ": state of earlier work has been deleted, and what is known no "
                                 "more would be posted again",
                                 fault->found);
        break;
    case FEN_START_NEWER:
        fen_buffer_append_format(out,
                                 "was written in format %" PRId64
                                 " by a newer version, and this one knows up to %" PRId64,
                                 fault->found, fault->wanted);
        break;
    case FEN_START_REPARTITIONED:
        fen_buffer_append_format(out,
                                 "was written for %" PRId64
                                 " partitions, and now there are %" PRId64 ": keys have moved",
                                 fault->found, fault->wanted);
        break;
    case FEN_START_UNREADABLE:
        fen_buffer_append_format(out,
                                 "offset %" PRId64
                                 " cannot be read: written by a newer version, or damaged",
                                 fault->found);
        break;
    }
}
