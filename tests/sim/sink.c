/* sink: see sink.h. Each kind of request is a struct of its own, since it may outlive its call. */
#include "sim/sink.h"

#include <stdlib.h>
#include <string.h>

#include "sim/schedule.h"

#define TRANSACTION_US INT64_C(10000000)
#define RETRY_US 2000

enum step { STEP_INIT, STEP_ADD, STEP_PRODUCE, STEP_ADD_OFFSETS, STEP_OFFSETS, STEP_END };

struct request {
    struct sim_request request;
    struct sim_cluster *cluster;
    enum step step;
    const char *id;
    struct sim_producer *producer;
    uint32_t epoch;
    enum fen_topic topic;
    uint32_t partition;
    const struct fen_message *messages;
    uint32_t count;
    uint32_t sequence;
    struct sim_group *group;
    const struct fen_offset *offsets;
    const struct sim_membership *membership;
    enum sim_answer answer;
};

struct sim_sink {
    struct fen_sink port;
    struct sim_cluster *cluster;
    struct sim_group *group;
    struct sim_client *client;
    const char *id;
    struct sim_producer *producer;
    uint32_t epoch;
    bool is_open;
    bool is_tainted;
    bool is_empty;      /* nothing has been added to the transaction */
    int64_t begin_us;
    bool has[FEN_TOPIC_COUNT][SIM_PARTITION_MAX];
    uint32_t sequences[FEN_TOPIC_COUNT][SIM_PARTITION_MAX];
};

static struct sim_sink *sink_of(struct fen_sink *port)
{
    return (struct sim_sink *)port;
}

static void serve(struct sim_request *opaque)
{
    struct request *request = (struct request *)opaque;
    struct sim_producer *producer = request->producer;
    switch (request->step) {
    case STEP_INIT:
        request->answer = sim_coordinator_init(request->cluster->coordinator, request->id,
                                               &request->producer, &request->epoch);
        break;
    case STEP_ADD:
        request->answer =
            sim_coordinator_add(producer, request->epoch, request->topic, request->partition);
        break;
    case STEP_PRODUCE:
        request->answer = sim_coordinator_produce(producer, request->epoch, request->messages,
                                                  request->count, request->sequence);
        break;
    case STEP_ADD_OFFSETS:
        request->answer = sim_coordinator_add_offsets(producer, request->epoch);
        break;
    case STEP_OFFSETS:
        request->answer =
            sim_coordinator_offsets(producer, request->epoch, request->group, request->offsets,
                                    request->count, request->membership);
        break;
    case STEP_END:
        request->answer = sim_coordinator_end(producer, request->epoch, true);
        break;
    }
}

static enum fen_sink_outcome outcome_of(enum sim_answer answer, struct fen_buffer *reason)
{
    switch (answer) {
    case SIM_ANSWER_OK:
        return FEN_SINK_OK;
    case SIM_ANSWER_FENCED:
        fen_buffer_append_format(reason, "a newer producer has taken over");
        return FEN_SINK_FENCED;
    case SIM_ANSWER_INVALID:
        fen_buffer_append_format(reason, "the transaction is not what it was");
        return FEN_SINK_UNKNOWN;
    case SIM_ANSWER_NO_MEMBER:
        fen_buffer_append_format(reason, "the group's generation has passed on");
        return FEN_SINK_UNKNOWN;
    case SIM_ANSWER_CONCURRENT:
        break;
    }
    fen_buffer_append_format(reason, "not answered in time");
    return FEN_SINK_UNKNOWN;
}

/* Send until it is answered, as the client library does; `request` is copied for each attempt. */
static enum fen_sink_outcome ask(struct sim_sink *sink, struct request *request,
                                 int64_t deadline_us, struct fen_buffer *reason)
{
    request->request.serve = serve;
    request->cluster = sink->cluster;
    do {
        struct request *sent = fen_arena_allocate(sink->cluster->arena, sizeof *sent);
        *sent = *request;
        enum sim_call_end end = sim_call(sink->client, &sent->request);
        if (end == SIM_CALL_DEAD)
            break;
        if (end == SIM_CALL_BROKEN) {
            sink->is_tainted = true;
        } else if (sent->answer != SIM_ANSWER_CONCURRENT) {
            bool is_given_up =
                sim_random_is(sink->client->random, sink->client->weather->given_up);
            request->producer = sent->producer;
            request->epoch = sent->epoch;
            return outcome_of(is_given_up ? SIM_ANSWER_CONCURRENT : sent->answer, reason);
        }
    } while (sim_client_sleep(sink->client, RETRY_US) && sim_now_us() < deadline_us);
    return outcome_of(SIM_ANSWER_CONCURRENT, reason);
}

static struct request request_of(const struct sim_sink *sink, enum step step)
{
    return (struct request){.step = step, .producer = sink->producer, .epoch = sink->epoch};
}

static enum fen_sink_outcome sim_sink_open(struct fen_sink *port, uint32_t timeout_ms,
                                           struct fen_buffer *reason)
{
    struct sim_sink *sink = sink_of(port);
    struct request request = {.step = STEP_INIT, .id = sink->id};
    enum fen_sink_outcome outcome =
        ask(sink, &request, sim_now_us() + (int64_t)timeout_ms * 1000, reason);
    sink->is_open = outcome == FEN_SINK_OK;
    sink->is_tainted = false;
    sink->producer = request.producer;
    sink->epoch = request.epoch;
    memset(sink->sequences, 0, sizeof sink->sequences);
    return outcome;
}

static void sim_sink_close(struct fen_sink *port)
{
    sink_of(port)->is_open = false;
}

static bool sim_sink_is_tainted(const struct fen_sink *port)
{
    return ((const struct sim_sink *)port)->is_tainted;
}

static enum fen_sink_outcome sim_sink_begin(struct fen_sink *port, struct fen_buffer *reason)
{
    struct sim_sink *sink = sink_of(port);
    (void)reason;
    FEN_ASSERT(sink->producer != NULL);
    sink->begin_us = sim_now_us();
    sink->is_empty = true;
    memset(sink->has, 0, sizeof sink->has);
    return FEN_SINK_OK;
}

/* The records of one partition, from `first` on, copied: they may travel longer than they live. */
static struct fen_message *gather(struct sim_sink *sink, const struct fen_message *messages,
                                  uint32_t count, uint32_t first, uint32_t *count_out)
{
    struct fen_arena *arena = sink->cluster->arena;
    struct fen_message *gathered =
        fen_arena_allocate(arena, (count - first) * sizeof *gathered);
    *count_out = 0;
    for (uint32_t i = first; i < count; i++) {
        if (messages[i].topic != messages[first].topic ||
            messages[i].partition != messages[first].partition)
            continue;
        struct fen_message *copy = &gathered[(*count_out)++];
        *copy = messages[i];
        copy->key = fen_arena_copy(arena, copy->key);
        copy->value = fen_arena_copy(arena, copy->value);
        copy->timestamp_ms = sim_now_us() / 1000;
        copy->headers = fen_arena_allocate(arena, (copy->header_count + 1) * sizeof *copy->headers);
        for (uint32_t j = 0; j < copy->header_count; j++)
            copy->headers[j] = (struct fen_header){
                fen_arena_copy(arena, messages[i].headers[j].name),
                fen_arena_copy(arena, messages[i].headers[j].value)};
    }
    return gathered;
}

static enum fen_sink_outcome produce(struct sim_sink *sink, const struct fen_message *messages,
                                     uint32_t count, uint32_t first, struct fen_buffer *reason)
{
    enum fen_topic topic = messages[first].topic;
    uint32_t partition = messages[first].partition;
    int64_t deadline_us = sink->begin_us + TRANSACTION_US;
    struct request add = request_of(sink, STEP_ADD);
    add.topic = topic;
    add.partition = partition;
    enum fen_sink_outcome outcome = ask(sink, &add, deadline_us, reason);
    if (outcome != FEN_SINK_OK)
        return outcome;
    struct request request = request_of(sink, STEP_PRODUCE);
    request.messages = gather(sink, messages, count, first, &request.count);
    request.sequence = sink->sequences[topic][partition];
    sink->sequences[topic][partition] += request.count;
    return ask(sink, &request, deadline_us, reason);
}

static enum fen_sink_outcome sim_sink_emit(struct fen_sink *port,
                                           const struct fen_message *messages, uint32_t count,
                                           struct fen_buffer *reason)
{
    struct sim_sink *sink = sink_of(port);
    enum fen_sink_outcome outcome = FEN_SINK_OK;
    for (uint32_t i = 0; i < count && outcome == FEN_SINK_OK; i++) {
        bool *has = &sink->has[messages[i].topic][messages[i].partition];
        if (*has)
            continue;
        *has = true;
        sink->is_empty = false;
        outcome = produce(sink, messages, count, i, reason);
    }
    return outcome;
}

static enum fen_sink_outcome sim_sink_offsets(struct fen_sink *port,
                                              const struct fen_offset *offsets, uint32_t count,
                                              const void *group, struct fen_buffer *reason)
{
    struct sim_sink *sink = sink_of(port);
    struct fen_arena *arena = sink->cluster->arena;
    int64_t deadline_us = sink->begin_us + TRANSACTION_US;
    FEN_ASSERT(count > 0);
    sink->is_empty = false;
    struct request add = request_of(sink, STEP_ADD_OFFSETS);
    enum fen_sink_outcome outcome = ask(sink, &add, deadline_us, reason);
    if (outcome != FEN_SINK_OK)
        return outcome;
    struct request request = request_of(sink, STEP_OFFSETS);
    struct fen_offset *copy = fen_arena_allocate(arena, count * sizeof *copy);
    memcpy(copy, offsets, count * sizeof *copy);
    request.group = sink->group;
    request.offsets = copy;
    request.count = count;
    if (group != NULL) {
        struct sim_membership *membership = fen_arena_allocate(arena, sizeof *membership);
        *membership = *(const struct sim_membership *)group;
        request.membership = membership;
    }
    return ask(sink, &request, deadline_us, reason);
}

static enum fen_sink_outcome sim_sink_commit(struct fen_sink *port, struct fen_buffer *reason)
{
    struct sim_sink *sink = sink_of(port);
    struct request request = request_of(sink, STEP_END);
    if (sink->is_empty)
        return FEN_SINK_OK;
    return ask(sink, &request, sink->begin_us + TRANSACTION_US, reason);
}

static void sim_sink_destroy(struct fen_sink *port)
{
    free(sink_of(port));
}

static const struct fen_sink_functions functions = {
    .open = sim_sink_open,
    .close = sim_sink_close,
    .is_tainted = sim_sink_is_tainted,
    .begin = sim_sink_begin,
    .emit = sim_sink_emit,
    .offsets = sim_sink_offsets,
    .commit = sim_sink_commit,
    .destroy = sim_sink_destroy,
};

struct fen_sink *sim_sink_create(struct sim_cluster *cluster, struct sim_group *group,
                                 struct sim_client *client, const char *id)
{
    struct sim_sink *sink = calloc(1, sizeof *sink);
    FEN_ASSERT(sink != NULL);
    sink->port.functions = &functions;
    sink->cluster = cluster;
    sink->group = group;
    sink->client = client;
    struct fen_str copy = fen_arena_format(cluster->arena, "%s", id);
    sink->id = copy.data; /* a request for it may outlive the sink */
    return &sink->port;
}
