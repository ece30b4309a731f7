/* coordinator: see coordinator.h. */
#include "sim/coordinator.h"

#include <stdlib.h>
#include <string.h>

#include "sim/schedule.h"

#define MARKER_US_MIN 100
#define MARKER_US_MAX 12000
#define SLOW_MARKER_US_MAX 6000000

enum state { STATE_IDLE, STATE_OPEN, STATE_ENDING, STATE_ENDED };

/* A producer in one partition. */
struct sequence {
    uint32_t epoch;
    uint32_t next;
};

struct sim_producer {
    struct sim_coordinator *coordinator;
    char id[64];
    uint32_t epoch;
    enum state state;
    bool commits; /* ENDING, ENDED */
    struct sim_transaction *transaction;
    uint64_t number; /* of the transaction */
    bool has[FEN_TOPIC_COUNT][SIM_PARTITION_MAX];
    bool has_offsets;
    struct sim_group *group; /* whose offsets; NULL: none yet */
    uint32_t markers_missing;
    struct sequence sequences[FEN_TOPIC_COUNT][SIM_PARTITION_MAX];
    struct sim_producer *next;
};

struct sim_coordinator {
    struct sim_coordinator_options options;
    struct sim_producer *producers;
};

/* A marker on its way. */
struct marker {
    struct sim_producer *producer;
    const struct sim_transaction *transaction;
    enum fen_topic topic; /* FEN_TOPIC_COUNT: the group's offsets */
    uint32_t partition;
};

struct sim_coordinator *sim_coordinator_create(const struct sim_coordinator_options *options)
{
    struct sim_coordinator *coordinator = calloc(1, sizeof *coordinator);
    FEN_ASSERT(coordinator != NULL && options->partition_count <= SIM_PARTITION_MAX);
    coordinator->options = *options;
    return coordinator;
}

void sim_coordinator_destroy(struct sim_coordinator *coordinator)
{
    while (coordinator->producers != NULL) {
        struct sim_producer *producer = coordinator->producers;
        coordinator->producers = producer->next;
        free(producer);
    }
    free(coordinator);
}

void sim_coordinator_heal(struct sim_coordinator *coordinator)
{
    coordinator->options.slow_marker = 0;
}

static void take_marker(void *context, uint64_t number)
{
    const struct marker *marker = context;
    struct sim_producer *producer = marker->producer;
    const struct sim_coordinator_options *options = &producer->coordinator->options;
    (void)number;
    if (marker->topic == FEN_TOPIC_COUNT && producer->group != NULL)
        sim_group_settle(producer->group, marker->transaction,
                         marker->transaction->fate == SIM_FATE_COMMITTED);
    if (marker->topic != FEN_TOPIC_COUNT)
        sim_broker_mark(options->broker, marker->topic, marker->partition, marker->transaction);
    if (--producer->markers_missing == 0)
        producer->state = STATE_ENDED;
}

static void send_marker(struct sim_producer *producer, enum fen_topic topic, uint32_t partition)
{
    const struct sim_coordinator_options *options = &producer->coordinator->options;
    struct marker *marker = fen_arena_allocate(options->arena, sizeof *marker);
    *marker = (struct marker){producer, producer->transaction, topic, partition};
    bool is_slow = sim_random_is(options->random, options->slow_marker);
    producer->markers_missing++;
    sim_schedule_after(sim_random_between(options->random, MARKER_US_MIN,
                                          is_slow ? SLOW_MARKER_US_MAX : MARKER_US_MAX),
                       take_marker, marker, 0);
}

/* The transaction's fate is decided; markers set out. */
static void end(struct sim_producer *producer, bool commits)
{
    const struct sim_coordinator_options *options = &producer->coordinator->options;
    producer->state = STATE_ENDING;
    producer->commits = commits;
    producer->transaction->fate = commits ? SIM_FATE_COMMITTED : SIM_FATE_ABORTED;
    producer->markers_missing = 0;
    if (commits)
        options->decided(options->context, producer->transaction);
    for (uint32_t topic = 0; topic < FEN_TOPIC_COUNT; topic++) {
        for (uint32_t i = 0; i < SIM_PARTITION_MAX; i++) {
            if (producer->has[topic][i])
                send_marker(producer, (enum fen_topic)topic, i);
        }
    }
    if (producer->has_offsets)
        send_marker(producer, FEN_TOPIC_COUNT, 0);
}

static struct sim_producer *find(struct sim_coordinator *coordinator, const char *id)
{
    for (struct sim_producer *producer = coordinator->producers; producer != NULL;
         producer = producer->next) {
        if (strcmp(producer->id, id) == 0)
            return producer;
    }
    struct sim_producer *producer = calloc(1, sizeof *producer);
    FEN_ASSERT(producer != NULL && strlen(id) < sizeof producer->id);
    producer->coordinator = coordinator;
    memcpy(producer->id, id, strlen(id) + 1);
    producer->next = coordinator->producers;
    coordinator->producers = producer;
    return producer;
}

enum sim_answer sim_coordinator_init(struct sim_coordinator *coordinator, const char *id,
                                     struct sim_producer **producer_out, uint32_t *epoch_out)
{
    struct sim_producer *producer = find(coordinator, id);
    switch (producer->state) {
    case STATE_OPEN:
        producer->epoch++;
        end(producer, false);
        return SIM_ANSWER_CONCURRENT;
    case STATE_ENDING:
        return SIM_ANSWER_CONCURRENT;
    case STATE_IDLE:
    case STATE_ENDED:
        break;
    }
    producer->state = STATE_IDLE;
    *producer_out = producer;
    *epoch_out = ++producer->epoch;
    return SIM_ANSWER_OK;
}

/* The transaction's time is over: aborted, and its producer fenced. */
static void expire(void *context, uint64_t number)
{
    struct sim_producer *producer = context;
    if (producer->state != STATE_OPEN || producer->number != number)
        return;
    producer->epoch++;
    end(producer, false);
}

/* A transaction is open, or is opened. */
static enum sim_answer join(struct sim_producer *producer, uint32_t epoch)
{
    const struct sim_coordinator_options *options = &producer->coordinator->options;
    if (epoch != producer->epoch)
        return SIM_ANSWER_FENCED;
    if (producer->state == STATE_ENDING)
        return SIM_ANSWER_CONCURRENT;
    if (producer->state == STATE_OPEN)
        return SIM_ANSWER_OK;
    producer->state = STATE_OPEN;
    producer->transaction = FEN_ARENA_NEW(options->arena, struct sim_transaction);
    memset(producer->has, 0, sizeof producer->has);
    producer->has_offsets = false;
    sim_schedule_after(options->timeout_us, expire, producer, ++producer->number);
    return SIM_ANSWER_OK;
}

enum sim_answer sim_coordinator_add(struct sim_producer *producer, uint32_t epoch,
                                    enum fen_topic topic, uint32_t partition)
{
    enum sim_answer answer = join(producer, epoch);
    if (answer == SIM_ANSWER_OK)
        producer->has[topic][partition] = true;
    return answer;
}

enum sim_answer sim_coordinator_add_offsets(struct sim_producer *producer, uint32_t epoch)
{
    enum sim_answer answer = join(producer, epoch);
    if (answer == SIM_ANSWER_OK)
        producer->has_offsets = true;
    return answer;
}

enum sim_answer sim_coordinator_produce(struct sim_producer *producer, uint32_t epoch,
                                        const struct fen_message *messages, uint32_t count,
                                        uint32_t sequence)
{
    const struct sim_coordinator_options *options = &producer->coordinator->options;
    if (epoch != producer->epoch)
        return SIM_ANSWER_FENCED;
    struct sequence *expected =
        &producer->sequences[messages->topic][messages->partition];
    if (expected->epoch != epoch)
        *expected = (struct sequence){epoch, 0};
    if (sequence < expected->next)
        return SIM_ANSWER_OK; /* it has come before */
    bool is_open = producer->state == STATE_OPEN &&
                   producer->has[messages->topic][messages->partition];
    if (!is_open || sequence > expected->next)
        return SIM_ANSWER_INVALID;
    expected->next += count;
    for (uint32_t i = 0; i < count; i++) {
        sim_broker_append(options->broker, &messages[i], producer->transaction);
        options->appended(options->context, producer->transaction, &messages[i]);
    }
    return SIM_ANSWER_OK;
}

enum sim_answer sim_coordinator_offsets(struct sim_producer *producer, uint32_t epoch,
                                        struct sim_group *group,
                                        const struct fen_offset *offsets, uint32_t count,
                                        const struct sim_membership *membership)
{
    if (epoch != producer->epoch)
        return SIM_ANSWER_FENCED;
    if (producer->state != STATE_OPEN || !producer->has_offsets)
        return SIM_ANSWER_INVALID;
    if (membership != NULL && !sim_group_is_member(group, membership))
        return SIM_ANSWER_NO_MEMBER;
    producer->group = group;
    for (uint32_t i = 0; i < count; i++)
        sim_group_await(group, producer->transaction, &offsets[i]);
    return SIM_ANSWER_OK;
}

enum sim_answer sim_coordinator_end(struct sim_producer *producer, uint32_t epoch, bool commits)
{
    if (epoch != producer->epoch)
        return SIM_ANSWER_FENCED;
    switch (producer->state) {
    case STATE_OPEN:
        end(producer, commits);
        return SIM_ANSWER_OK;
    case STATE_ENDING:
        return producer->commits == commits ? SIM_ANSWER_CONCURRENT : SIM_ANSWER_INVALID;
    case STATE_ENDED:
        return producer->commits == commits ? SIM_ANSWER_OK : SIM_ANSWER_INVALID;
    case STATE_IDLE:
        break;
    }
    return SIM_ANSWER_INVALID;
}
