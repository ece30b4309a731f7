/* memory_sink: see memory_sink.h. One producer of the log. */
#include "wire/memory_sink.h"

#include <stdlib.h>
#include <string.h>

struct memory_sink {
    struct fen_sink port;
    struct fen_memory_log *log;
    char *id;
    struct fen_memory_producer producer;
    bool is_open;
    bool is_tainted;
};

static struct memory_sink *sink_of(struct fen_sink *port)
{
    return (struct memory_sink *)port;
}

/* The step is reached; BEFORE: it does not happen. */
static bool is_lost(struct memory_sink *sink, enum fen_memory_fault fault,
                    struct fen_buffer *reason)
{
    if (fault == FEN_MEMORY_FAULT_TAINT)
        sink->is_tainted = true;
    if (fault == FEN_MEMORY_FAULT_BEFORE)
        fen_buffer_append_format(reason, "the request was lost");
    return fault == FEN_MEMORY_FAULT_BEFORE;
}

/* The step has happened, unless a newer producer is there. */
static enum fen_sink_outcome end_step(bool is_done, enum fen_memory_fault fault,
                                      struct fen_buffer *reason)
{
    if (!is_done) {
        fen_buffer_append_format(reason, "a newer producer has taken over");
        return FEN_SINK_FENCED;
    }
    if (fault != FEN_MEMORY_FAULT_AFTER)
        return FEN_SINK_OK;
    fen_buffer_append_format(reason, "the answer was lost");
    return FEN_SINK_UNKNOWN;
}

static void memory_sink_close(struct fen_sink *port)
{
    sink_of(port)->is_open = false;
}

static enum fen_sink_outcome memory_sink_open(struct fen_sink *port, uint32_t timeout_ms,
                                              struct fen_buffer *reason)
{
    struct memory_sink *sink = sink_of(port);
    (void)timeout_ms;
    sink->is_open = false;
    enum fen_memory_fault fault = fen_memory_log_fault(sink->log, FEN_MEMORY_STEP_OPEN);
    if (is_lost(sink, fault, reason))
        return FEN_SINK_UNKNOWN;
    sink->is_tainted = false; /* nothing of a transaction can go astray before it begins */
    sink->producer = fen_memory_log_open(sink->log, sink->id);
    sink->is_open = fault != FEN_MEMORY_FAULT_AFTER;
    return end_step(true, fault, reason);
}

static bool memory_sink_is_tainted(const struct fen_sink *port)
{
    return ((const struct memory_sink *)port)->is_tainted;
}

static enum fen_sink_outcome memory_sink_begin(struct fen_sink *port, struct fen_buffer *reason)
{
    struct memory_sink *sink = sink_of(port);
    FEN_ASSERT(sink->is_open && !sink->is_tainted);
    enum fen_memory_fault fault = fen_memory_log_fault(sink->log, FEN_MEMORY_STEP_BEGIN);
    if (is_lost(sink, fault, reason))
        return FEN_SINK_UNKNOWN;
    return end_step(fen_memory_log_begin(sink->log, sink->producer), fault, reason);
}

static enum fen_sink_outcome memory_sink_emit(struct fen_sink *port,
                                              const struct fen_message *messages, uint32_t count,
                                              struct fen_buffer *reason)
{
    struct memory_sink *sink = sink_of(port);
    bool is_done = true;
    enum fen_memory_fault fault = fen_memory_log_fault(sink->log, FEN_MEMORY_STEP_EMIT);
    if (fault == FEN_MEMORY_FAULT_BEFORE)
        count /= 2; /* lost on the way: the first half has arrived */
    for (uint32_t i = 0; i < count && is_done; i++)
        is_done = fen_memory_log_emit(sink->log, sink->producer, &messages[i]);
    if (is_lost(sink, fault, reason))
        return FEN_SINK_UNKNOWN;
    return end_step(is_done, fault, reason);
}

static enum fen_sink_outcome memory_sink_offsets(struct fen_sink *port,
                                                 const struct fen_offset *offsets, uint32_t count,
                                                 const void *group, struct fen_buffer *reason)
{
    struct memory_sink *sink = sink_of(port);
    FEN_ASSERT(count > 0);
    enum fen_memory_fault fault = fen_memory_log_fault(sink->log, FEN_MEMORY_STEP_OFFSETS);
    if (is_lost(sink, fault, reason))
        return FEN_SINK_UNKNOWN;
    if (!fen_memory_log_is_member(sink->log, group)) {
        fen_buffer_append_format(reason, "the group's generation has passed on");
        return FEN_SINK_UNKNOWN;
    }
    bool is_done = true;
    for (uint32_t i = 0; i < count && is_done; i++)
        is_done = fen_memory_log_send_offset(sink->log, sink->producer, offsets[i]);
    return end_step(is_done, fault, reason);
}

static enum fen_sink_outcome memory_sink_commit(struct fen_sink *port, struct fen_buffer *reason)
{
    struct memory_sink *sink = sink_of(port);
    enum fen_memory_fault fault = fen_memory_log_fault(sink->log, FEN_MEMORY_STEP_COMMIT);
    if (is_lost(sink, fault, reason))
        return FEN_SINK_UNKNOWN;
    return end_step(fen_memory_log_commit(sink->log, sink->producer), fault, reason);
}

static void memory_sink_destroy(struct fen_sink *port)
{
    struct memory_sink *sink = sink_of(port);
    free(sink->id);
    free(sink);
}

static const struct fen_sink_functions memory_sink_functions = {
    .open = memory_sink_open,
    .close = memory_sink_close,
    .is_tainted = memory_sink_is_tainted,
    .begin = memory_sink_begin,
    .emit = memory_sink_emit,
    .offsets = memory_sink_offsets,
    .commit = memory_sink_commit,
    .destroy = memory_sink_destroy,
};

struct fen_sink *fen_memory_sink_create(struct fen_memory_log *log, const char *id)
{
    struct memory_sink *sink = calloc(1, sizeof *sink);
    FEN_ASSERT(sink != NULL);
    sink->port.functions = &memory_sink_functions;
    sink->log = log;
    sink->id = strdup(id);
    FEN_ASSERT(sink->id != NULL);
    return &sink->port;
}
