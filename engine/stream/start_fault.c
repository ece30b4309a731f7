/* start_fault: see the header. */
#include "stream/start_fault.h"

#include <inttypes.h>

void fen_start_fault_append(const struct fen_start_fault *fault, struct fen_buffer *out)
{
    if (fault->kind == FEN_START_SOUND)
        return;
    fen_buffer_append_format(out, "%s [%" PRIu32 "] ", fen_topic_info(fault->topic)->name,
                             fault->partition);
    switch (fault->kind) {
    case FEN_START_SOUND:
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
