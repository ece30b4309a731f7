/* source: see source.h. */
#include "sim/source.h"

#include <stdlib.h>
#include <string.h>

#include "sim/fiber.h"
#include "sim/schedule.h"
#include "stream/inputs.h"
#include "stream/places.h"

#define RESTORE_COUNT_MAX 40u
#define LOOKUP_US INT64_C(5000000)
#define RETRY_US 20000
#define REPEAT_MAX 5
#define ROOM 64u

enum question { QUESTION_COMMITTED, QUESTION_WATERMARKS, QUESTION_STABLE, QUESTION_TIMES };

/* A lookup; it may outlive its call, so it holds copies. */
struct lookup {
    struct sim_request request;
    struct sim_cluster *cluster;
    struct sim_group *group;
    enum question question;
    uint32_t count;
    bool is_known;
    struct fen_offset offsets[ROOM];
    struct fen_watermarks watermarks[ROOM];
    struct fen_time_lookup times[ROOM];
};

struct sim_source {
    struct fen_source port;
    struct sim_source_options options;
    char instance[64];
    bool has_joined;
    bool is_assigned;  /* told */
    bool is_revoked;   /* heard, not told yet */
    bool is_dropped;   /* told, and not started since */
    bool is_lost;      /* thrown out: join anew */
    bool is_fenced;
    bool was_current; /* when it was closed */
    struct sim_membership membership;
    struct sim_membership started; /* as of start, for the sink */
    struct fen_offset assigned[ROOM];
    struct fen_offset fetched[ROOM]; /* where the transport stands */
    uint32_t place_count;
    uint32_t turn;
    struct fen_places places;
    struct fen_range_to_read *ranges;
    uint32_t range_count;
    struct fen_message *messages;
    uint32_t capacity;
};

static struct sim_source *source_of(struct fen_source *port)
{
    return (struct sim_source *)port;
}

static void make_room(struct sim_source *source, uint32_t count)
{
    if (count <= source->capacity)
        return;
    source->capacity = count;
    source->messages = realloc(source->messages, count * sizeof *source->messages);
    FEN_ASSERT(source->messages != NULL);
}

/* --- the group ------------------------------------------------------------------------------ */

void sim_source_beat(struct fen_source *port)
{
    struct sim_source *source = source_of(port);
    if (!source->has_joined || source->is_lost || sim_client_is_cut(source->options.client))
        return;
    switch (sim_group_beat(source->options.group, &source->membership)) {
    case SIM_HEARTBEAT_STABLE:
        break;
    case SIM_HEARTBEAT_REBALANCE:
        source->is_revoked = true;
        break;
    case SIM_HEARTBEAT_UNKNOWN:
        source->is_revoked = source->is_lost = true;
        break;
    case SIM_HEARTBEAT_FENCED:
        source->is_fenced = true;
        break;
    }
}

bool sim_source_was_current(const struct fen_source *port)
{
    return ((const struct sim_source *)port)->was_current;
}

/* Whether what it reads is still its own to read. */
static bool is_current(const struct sim_source *source)
{
    return sim_group_is_member(source->options.group,
                               source->place_count > 0 ? &source->started : &source->membership);
}

static void join(struct sim_source *source)
{
    source->membership =
        sim_group_join(source->options.group, source->instance);
    source->has_joined = true;
    source->is_lost = source->is_revoked = false;
    source->is_assigned = false;
}

/* Nothing is owned: join, or ask whether there is an assignment by now. */
static enum fen_source_verdict await_assignment(struct sim_source *source,
                                                struct fen_poll *poll_out)
{
    if (sim_client_is_cut(source->options.client))
        return FEN_SOURCE_MESSAGES;
    if (!source->has_joined || source->is_lost)
        join(source);
    if (!sim_group_take(source->options.group, &source->membership, source->assigned,
                        &poll_out->partition_count))
        return FEN_SOURCE_MESSAGES;
    source->is_assigned = true;
    source->is_revoked = false;
    poll_out->partitions = source->assigned;
    return FEN_SOURCE_ASSIGNED;
}

/* --- messages ------------------------------------------------------------------------------- */

/* The next record of one place that passes; the transport goes back now and then. */
static bool fetch(struct sim_source *source, struct fen_offset *place,
                  struct fen_message *message_out)
{
    struct sim_client *client = source->options.client;
    struct sim_broker *broker = source->options.cluster->broker;
    if (sim_random_is(client->random, source->options.repeat) && place->offset > 0) {
        int64_t back = sim_random_between(client->random, 1, REPEAT_MAX);
        int64_t low = sim_broker_watermarks(broker, place->topic, place->partition).low;
        place->offset = place->offset - back > low ? place->offset - back : low;
    }
    while (sim_broker_read(broker, place->topic, place->partition, true, &place->offset,
                           message_out)) {
        if (fen_places_pass(&source->places, place->topic, place->partition,
                            message_out->offset))
            return true;
    }
    fen_places_reach(&source->places, place->topic, place->partition, place->offset);
    return false;
}

/* One record of each place in turn, so that topics are read side by side as from a broker. */
static uint32_t collect(struct sim_source *source, uint32_t count_max)
{
    uint32_t count = 0;
    uint32_t idle = 0;
    make_room(source, count_max);
    while (count < count_max && idle < source->place_count) {
        struct fen_offset *place = &source->fetched[source->turn++ % source->place_count];
        bool is_late = sim_random_is(source->options.client->random, 300);
        if (!is_late && fetch(source, place, &source->messages[count])) {
            count++;
            idle = 0;
        } else {
            idle++;
        }
    }
    return count;
}

static bool is_cut_by_retention(const struct sim_source *source)
{
    for (uint32_t i = 0; i < source->place_count; i++) {
        const struct fen_offset *place = &source->fetched[i];
        if (place->offset < sim_broker_watermarks(source->options.cluster->broker, place->topic,
                                                  place->partition).low)
            return true;
    }
    return false;
}

static enum fen_source_verdict tell_revoked(struct sim_source *source)
{
    source->is_revoked = false;
    source->is_assigned = false;
    source->is_dropped = false;
    source->place_count = 0;
    fen_places_close_all(&source->places);
    return FEN_SOURCE_REVOKED;
}

static enum fen_source_verdict sim_source_poll(struct fen_source *port,
                                               const struct fen_poll_limits *limits,
                                               struct fen_poll *poll_out)
{
    struct sim_source *source = source_of(port);
    struct sim_client *client = source->options.client;
    memset(poll_out, 0, sizeof *poll_out);
    int64_t wait_us = (int64_t)limits->wait_ms * 1000;
    bool is_alive =
        sim_client_sleep(client, sim_random_between(client->random, 50, 500 + wait_us));
    if (!is_alive)
        return FEN_SOURCE_MESSAGES;
    if (source->is_fenced) {
        poll_out->reason = "another source has this member's name";
        return FEN_SOURCE_FENCED;
    }
    if (source->is_revoked && source->is_assigned)
        return tell_revoked(source);
    if (!source->is_assigned)
        return await_assignment(source, poll_out);
    if (source->place_count == 0 || sim_client_is_cut(client))
        return FEN_SOURCE_MESSAGES;
    if (is_cut_by_retention(source)) {
        poll_out->reason = "the offset is no longer kept";
        return FEN_SOURCE_CUT;
    }
    uint32_t count_max =
        1 + sim_random_below(client->random, limits->message_count_max);
    poll_out->message_count = collect(source, count_max);
    poll_out->messages = source->messages;
    poll_out->is_full = poll_out->message_count == count_max;
    return FEN_SOURCE_MESSAGES;
}

/* --- lookups -------------------------------------------------------------------------------- */

static void serve(struct sim_request *opaque)
{
    struct lookup *lookup = (struct lookup *)opaque;
    const struct sim_broker *broker = lookup->cluster->broker;
    lookup->is_known = true;
    for (uint32_t i = 0; i < lookup->count; i++) {
        struct fen_offset *offset = &lookup->offsets[i];
        struct fen_watermarks *mark = &lookup->watermarks[i];
        struct fen_time_lookup *time = &lookup->times[i];
        switch (lookup->question) {
        case QUESTION_COMMITTED:
            lookup->is_known = sim_group_committed(lookup->group, offset->topic,
                                                   offset->partition, &offset->offset)
                               && lookup->is_known;
            break;
        case QUESTION_WATERMARKS:
            *mark = sim_broker_watermarks(broker, mark->topic, mark->partition);
            break;
        case QUESTION_STABLE:
            *mark = sim_broker_watermarks(broker, mark->topic, mark->partition);
            mark->high = sim_broker_stable_end(broker, mark->topic, mark->partition);
            break;
        case QUESTION_TIMES:
            time->offset_out =
                sim_broker_offset_for(broker, time->topic, time->partition, time->timestamp_ms);
            break;
        }
    }
}

/* Ask until it is known, within the lookup's time; NULL: it is not. */
static const struct lookup *look(struct sim_source *source, const struct lookup *template,
                                 struct fen_buffer *reason)
{
    struct sim_client *client = source->options.client;
    int64_t deadline_us = sim_now_us() + LOOKUP_US;
    do {
        struct lookup *lookup =
            fen_arena_allocate(source->options.cluster->arena, sizeof *lookup);
        *lookup = *template;
        if (sim_call(client, &lookup->request) == SIM_CALL_ANSWERED && lookup->is_known)
            return lookup;
    } while (sim_client_sleep(client, RETRY_US) && sim_now_us() < deadline_us);
    fen_buffer_append_format(reason, "not answered, or an open transaction is about to decide");
    return NULL;
}

static struct lookup lookup_of(const struct sim_source *source, enum question question,
                               uint32_t count)
{
    FEN_ASSERT(count <= ROOM);
    return (struct lookup){.request = {.serve = serve},
                           .cluster = source->options.cluster,
                           .group = source->options.group,
                           .question = question,
                           .count = count};
}

static bool sim_source_committed(struct fen_source *port, struct fen_offset *offsets,
                                 uint32_t count, struct fen_buffer *reason)
{
    struct sim_source *source = source_of(port);
    struct lookup question = lookup_of(source, QUESTION_COMMITTED, count);
    memcpy(question.offsets, offsets, count * sizeof *offsets);
    const struct lookup *lookup = look(source, &question, reason);
    if (lookup != NULL)
        memcpy(offsets, lookup->offsets, count * sizeof *offsets);
    return lookup != NULL;
}

static bool look_for_ends(struct sim_source *source, enum question kind,
                          struct fen_watermarks *watermarks, uint32_t count,
                          struct fen_buffer *reason)
{
    struct lookup question = lookup_of(source, kind, count);
    memcpy(question.watermarks, watermarks, count * sizeof *watermarks);
    const struct lookup *lookup = look(source, &question, reason);
    if (lookup != NULL)
        memcpy(watermarks, lookup->watermarks, count * sizeof *watermarks);
    return lookup != NULL;
}

static bool sim_source_watermarks(struct fen_source *port, struct fen_watermarks *watermarks,
                                  uint32_t count, struct fen_buffer *reason)
{
    return look_for_ends(source_of(port), QUESTION_WATERMARKS, watermarks, count, reason);
}

static bool sim_source_stable_ends(struct fen_source *port, struct fen_watermarks *watermarks,
                                   uint32_t count, struct fen_buffer *reason)
{
    return look_for_ends(source_of(port), QUESTION_STABLE, watermarks, count, reason);
}

static bool sim_source_times(struct fen_source *port, struct fen_time_lookup *lookups,
                             uint32_t count, struct fen_buffer *reason)
{
    struct sim_source *source = source_of(port);
    struct lookup question = lookup_of(source, QUESTION_TIMES, count);
    if (count == 0)
        return true;
    memcpy(question.times, lookups, count * sizeof *lookups);
    const struct lookup *lookup = look(source, &question, reason);
    if (lookup != NULL)
        memcpy(lookups, lookup->times, count * sizeof *lookups);
    return lookup != NULL;
}

/* --- reading back --------------------------------------------------------------------------- */

static void sim_source_restore_end(struct fen_source *port)
{
    struct sim_source *source = source_of(port);
    free(source->ranges);
    source->ranges = NULL;
    source->range_count = 0;
}

static bool sim_source_restore_begin(struct fen_source *port,
                                     const struct fen_range_to_read *ranges, uint32_t count,
                                     struct fen_buffer *reason)
{
    struct sim_source *source = source_of(port);
    (void)reason;
    sim_source_restore_end(port);
    source->ranges = malloc((count + 1) * sizeof *ranges);
    FEN_ASSERT(source->ranges != NULL);
    if (count > 0)
        memcpy(source->ranges, ranges, count * sizeof *ranges);
    source->range_count = count;
    return true;
}

static enum fen_source_verdict sim_source_restore_poll(struct fen_source *port, uint32_t wait_ms,
                                                       struct fen_poll *poll_out,
                                                       bool *is_complete_out)
{
    struct sim_source *source = source_of(port);
    struct sim_client *client = source->options.client;
    (void)wait_ms;
    memset(poll_out, 0, sizeof *poll_out);
    *is_complete_out = false;
    if (!sim_client_sleep(client, sim_random_between(client->random, 100, 5000))) {
        poll_out->reason = "killed";
        return FEN_SOURCE_FAILED;
    }
    if (sim_client_is_cut(client))
        return FEN_SOURCE_MESSAGES;
    make_room(source, RESTORE_COUNT_MAX);
    uint32_t count = 0;
    *is_complete_out = true;
    for (uint32_t i = 0; i < source->range_count; i++) {
        struct fen_range_to_read *range = &source->ranges[i];
        while (count < RESTORE_COUNT_MAX && range->from < range->to &&
               sim_broker_read(source->options.cluster->broker, range->topic, range->partition,
                               true, &range->from, &source->messages[count])) {
            if (source->messages[count].offset < range->to)
                count++;
        }
        *is_complete_out = *is_complete_out && range->from >= range->to;
    }
    poll_out->messages = source->messages;
    poll_out->message_count = count;
    return FEN_SOURCE_MESSAGES;
}

/* --- life ----------------------------------------------------------------------------------- */

static bool sim_source_start(struct fen_source *port, const struct fen_offset *offsets,
                             uint32_t count, struct fen_buffer *reason)
{
    struct sim_source *source = source_of(port);
    if (source->is_revoked || source->is_fenced || *source->options.client->is_dead) {
        fen_buffer_append_format(reason, "the assignment has changed meanwhile");
        return false;
    }
    FEN_ASSERT(count <= ROOM);
    fen_places_close_all(&source->places);
    for (uint32_t i = 0; i < count; i++)
        fen_places_open(&source->places, offsets[i].topic, offsets[i].partition,
                        offsets[i].offset, INT64_MAX);
    if (count > 0)
        memcpy(source->fetched, offsets, count * sizeof *offsets);
    source->place_count = count;
    source->turn = 0;
    source->started = source->membership;
    return true;
}

static void sim_source_drop(struct fen_source *port)
{
    struct sim_source *source = source_of(port);
    source->place_count = 0;
    fen_places_close_all(&source->places);
    if (source->is_assigned || source->is_lost || !source->has_joined)
        return;
    if (!sim_group_rejoin(source->options.group, &source->membership))
        source->is_lost = true;
}

static const void *sim_source_group(struct fen_source *port)
{
    return &source_of(port)->started;
}

static int64_t sim_source_lag(struct fen_source *port, enum fen_topic topic, uint32_t partition)
{
    struct sim_source *source = source_of(port);
    const struct fen_place *place = fen_places_find(&source->places, topic, partition);
    if (place == NULL || place->next == INT64_MAX)
        return -1;
    int64_t high = sim_broker_watermarks(source->options.cluster->broker, topic, partition).high;
    return high > place->position ? high - place->position : 0;
}

static bool sim_source_close(struct fen_source *port, uint32_t timeout_ms)
{
    struct sim_source *source = source_of(port);
    (void)timeout_ms;
    sim_source_restore_end(port);
    source->was_current = source->has_joined && is_current(source);
    source->place_count = 0;
    source->is_lost = true; /* a static member does not leave: its session runs out */
    return true;
}

static void sim_source_destroy(struct fen_source *port)
{
    struct sim_source *source = source_of(port);
    sim_source_restore_end(port);
    fen_places_deinit(&source->places);
    free(source->messages);
    free(source);
}

static const struct fen_source_functions functions = {
    .poll = sim_source_poll,
    .committed = sim_source_committed,
    .watermarks = sim_source_watermarks,
    .stable_ends = sim_source_stable_ends,
    .offsets_for_times = sim_source_times,
    .restore_begin = sim_source_restore_begin,
    .restore_poll = sim_source_restore_poll,
    .restore_end = sim_source_restore_end,
    .start = sim_source_start,
    .drop = sim_source_drop,
    .group = sim_source_group,
    .lag = sim_source_lag,
    .close = sim_source_close,
    .destroy = sim_source_destroy,
};

struct fen_source *sim_source_create(const struct sim_source_options *options)
{
    struct sim_source *source = calloc(1, sizeof *source);
    FEN_ASSERT(source != NULL && strlen(options->instance) < sizeof source->instance);
    source->port.functions = &functions;
    source->options = *options;
    memcpy(source->instance, options->instance, strlen(options->instance) + 1);
    return &source->port;
}
