/* broker: see broker.h. A record's place in its array is its offset, for ever. */
#include "sim/broker.h"

#include <stdlib.h>
#include <string.h>

struct record {
    struct fen_str key;
    struct fen_str value;
    struct fen_header *headers;
    uint32_t header_count;
    int64_t timestamp_ms;
    const struct sim_transaction *transaction; /* NULL: none */
    bool is_marker;
    bool is_removed; /* by compaction */
};

/* A transaction in one partition, from its first record to its marker. */
struct stretch {
    const struct sim_transaction *transaction;
    int64_t first;
};

struct partition {
    struct record *records;
    uint32_t count;
    uint32_t capacity;
    int64_t low;
    struct stretch *open; /* without a marker yet, ascending by first */
    uint32_t open_count;
    uint32_t open_capacity;
};

struct sim_broker {
    uint32_t partition_count;
    struct fen_arena *arena;
    struct partition *partitions[FEN_TOPIC_COUNT];
};

struct sim_broker *sim_broker_create(uint32_t partition_count, struct fen_arena *arena)
{
    struct sim_broker *broker = calloc(1, sizeof *broker);
    FEN_ASSERT(broker != NULL && partition_count > 0);
    broker->partition_count = partition_count;
    broker->arena = arena;
    for (uint32_t i = 0; i < FEN_TOPIC_COUNT; i++) {
        uint32_t count = sim_broker_partition_count(broker, (enum fen_topic)i);
        broker->partitions[i] = calloc(count, sizeof *broker->partitions[i]);
        FEN_ASSERT(broker->partitions[i] != NULL);
    }
    return broker;
}

void sim_broker_destroy(struct sim_broker *broker)
{
    for (uint32_t i = 0; i < FEN_TOPIC_COUNT; i++) {
        for (uint32_t j = 0; j < sim_broker_partition_count(broker, (enum fen_topic)i); j++) {
            free(broker->partitions[i][j].records);
            free(broker->partitions[i][j].open);
        }
        free(broker->partitions[i]);
    }
    free(broker);
}

uint32_t sim_broker_partition_count(const struct sim_broker *broker, enum fen_topic topic)
{
    return fen_topic_info(topic)->is_single_partition ? 1 : broker->partition_count;
}

static struct partition *partition_of(const struct sim_broker *broker, enum fen_topic topic,
                                      uint32_t partition)
{
    FEN_ASSERT(partition < sim_broker_partition_count(broker, topic));
    return &broker->partitions[topic][partition];
}

static struct record *add_record(struct partition *partition)
{
    if (partition->count == partition->capacity) {
        partition->capacity = partition->capacity == 0 ? 32 : partition->capacity * 2;
        partition->records =
            realloc(partition->records, partition->capacity * sizeof *partition->records);
        FEN_ASSERT(partition->records != NULL);
    }
    struct record *record = &partition->records[partition->count++];
    *record = (struct record){.timestamp_ms = -1};
    return record;
}

static bool is_open_in(const struct partition *partition,
                       const struct sim_transaction *transaction)
{
    for (uint32_t i = 0; i < partition->open_count; i++) {
        if (partition->open[i].transaction == transaction)
            return true;
    }
    return false;
}

static void open_in(struct partition *partition, const struct sim_transaction *transaction)
{
    if (is_open_in(partition, transaction))
        return;
    if (partition->open_count == partition->open_capacity) {
        partition->open_capacity = partition->open_capacity == 0 ? 8 : partition->open_capacity * 2;
        partition->open =
            realloc(partition->open, partition->open_capacity * sizeof *partition->open);
        FEN_ASSERT(partition->open != NULL);
    }
    partition->open[partition->open_count++] = (struct stretch){transaction, partition->count};
}

void sim_broker_open(struct sim_broker *broker, enum fen_topic topic, uint32_t partition,
                     struct sim_transaction *transaction)
{
    open_in(partition_of(broker, topic, partition), transaction);
}

void sim_broker_append(struct sim_broker *broker, const struct fen_message *message,
                       struct sim_transaction *transaction)
{
    struct partition *to = partition_of(broker, message->topic, message->partition);
    if (transaction != NULL)
        open_in(to, transaction);
    struct record *record = add_record(to);
    record->key = fen_arena_copy(broker->arena, message->key);
    record->value = fen_arena_copy(broker->arena, message->value);
    record->timestamp_ms = message->timestamp_ms;
    record->transaction = transaction;
    record->header_count = message->header_count;
    record->headers =
        fen_arena_allocate(broker->arena, (message->header_count + 1) * sizeof *record->headers);
    for (uint32_t i = 0; i < message->header_count; i++)
        record->headers[i] = (struct fen_header){
            fen_arena_copy(broker->arena, message->headers[i].name),
            fen_arena_copy(broker->arena, message->headers[i].value)};
}

void sim_broker_mark(struct sim_broker *broker, enum fen_topic topic, uint32_t partition,
                     const struct sim_transaction *transaction)
{
    struct partition *marked = partition_of(broker, topic, partition);
    FEN_ASSERT(transaction->fate != SIM_FATE_OPEN);
    struct record *record = add_record(marked);
    record->is_marker = true;
    record->transaction = transaction;
    for (uint32_t i = 0; i < marked->open_count; i++) {
        if (marked->open[i].transaction != transaction)
            continue;
        marked->open_count--;
        memmove(&marked->open[i], &marked->open[i + 1],
                (marked->open_count - i) * sizeof *marked->open);
        break;
    }
}

static int64_t stable_end(const struct partition *partition)
{
    return partition->open_count == 0 ? partition->count : partition->open[0].first;
}

int64_t sim_broker_stable_end(const struct sim_broker *broker, enum fen_topic topic,
                              uint32_t partition)
{
    return stable_end(partition_of(broker, topic, partition));
}

static bool is_visible(const struct record *record, bool is_committed)
{
    if (record->is_marker || record->is_removed)
        return false;
    return !is_committed || record->transaction == NULL ||
           record->transaction->fate == SIM_FATE_COMMITTED;
}

bool sim_broker_read(const struct sim_broker *broker, enum fen_topic topic, uint32_t partition,
                     bool is_committed, int64_t *offset, struct fen_message *message_out)
{
    const struct partition *from = partition_of(broker, topic, partition);
    int64_t end = is_committed ? stable_end(from) : from->count;
    if (*offset < from->low)
        *offset = from->low;
    while (*offset < end) {
        int64_t at = (*offset)++;
        const struct record *record = &from->records[at];
        if (!is_visible(record, is_committed))
            continue;
        *message_out = (struct fen_message){
            .topic = topic,
            .partition = partition,
            .offset = at,
            .timestamp_ms = record->timestamp_ms,
            .key = record->key,
            .value = record->value,
            .headers = record->headers,
            .header_count = record->header_count,
        };
        return true;
    }
    return false;
}

struct fen_watermarks sim_broker_watermarks(const struct sim_broker *broker, enum fen_topic topic,
                                            uint32_t partition)
{
    const struct partition *from = partition_of(broker, topic, partition);
    return (struct fen_watermarks){topic, partition, from->low, from->count};
}

int64_t sim_broker_offset_for(const struct sim_broker *broker, enum fen_topic topic,
                              uint32_t partition, int64_t timestamp_ms)
{
    const struct partition *from = partition_of(broker, topic, partition);
    for (int64_t i = from->low; i < from->count; i++) {
        const struct record *record = &from->records[i];
        if (!record->is_marker && record->timestamp_ms >= timestamp_ms)
            return i;
    }
    return INT64_MAX;
}

void sim_broker_cut(struct sim_broker *broker, enum fen_topic topic, uint32_t partition,
                    int64_t low)
{
    struct partition *from = partition_of(broker, topic, partition);
    if (low > from->low && low <= from->count)
        from->low = low;
}

/* Whether a later record below `end`, committed, has the key. */
static bool is_superseded(const struct partition *partition, int64_t at, int64_t end)
{
    for (int64_t i = at + 1; i < end; i++) {
        const struct record *later = &partition->records[i];
        if (is_visible(later, true) && fen_str_equal(later->key, partition->records[at].key))
            return true;
    }
    return false;
}

void sim_broker_compact(struct sim_broker *broker, enum fen_topic topic, uint32_t partition,
                        int64_t keep)
{
    struct partition *compacted = partition_of(broker, topic, partition);
    int64_t end = stable_end(compacted) - keep;
    for (int64_t i = compacted->low; i < end; i++) {
        struct record *record = &compacted->records[i];
        if (record->is_marker || record->is_removed)
            continue;
        record->is_removed = !is_visible(record, true) || is_superseded(compacted, i, end);
    }
}
