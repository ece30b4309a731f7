/* memory_log: see memory_log.h. Records and markers in chunks; producers with epochs. */
#include "wire/memory_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "wire/memory_group.h"

#define CHUNK_BYTES (1u << 20)
#define NO_TRANSACTION UINT32_MAX

enum kind { KIND_DATA, KIND_MARKER };

struct record {
    struct fen_str key;
    struct fen_str value;
    struct fen_header *headers;
    uint32_t header_count;
    int64_t timestamp_ms;
    uint32_t transaction; /* NO_TRANSACTION: none */
    enum kind kind;
};

/* A transaction in one partition, from its first record to its marker. */
struct stretch {
    uint32_t transaction;
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
    bool holds_markers;
    int64_t committed; /* the group's offset */
};

enum fate { FATE_OPEN, FATE_COMMITTED, FATE_ABORTED };

struct transaction {
    enum fate fate;
    struct fen_offset *offsets; /* pending */
    uint32_t offset_count;
    uint32_t offset_capacity;
};

struct producer {
    char *id;
    uint32_t epoch;
    uint32_t transaction; /* NO_TRANSACTION: none open */
};

struct fen_memory_log {
    uint32_t partition_count;
    struct partition *partitions[FEN_TOPIC_COUNT];
    struct transaction *transactions;
    uint32_t transaction_count;
    uint32_t transaction_capacity;
    struct producer *producers;
    uint32_t producer_count;
    struct fen_arena *arena;
    struct fen_memory_group *group;
    enum fen_memory_fault (*choose)(void *context, enum fen_memory_step step);
    void *choose_context;
};

/* Room for one more item of an array. */
static void *grow(void *items, uint32_t count, uint32_t *capacity, size_t size_bytes)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity == 0 ? 16 : *capacity * 2;
    items = realloc(items, *capacity * size_bytes);
    FEN_ASSERT(items != NULL);
    return items;
}

static struct partition *partition_of(const struct fen_memory_log *log, enum fen_topic topic,
                                      uint32_t partition)
{
    FEN_ASSERT(partition < fen_memory_log_partition_count(log, topic));
    return &log->partitions[topic][partition];
}

struct fen_memory_log *fen_memory_log_create(uint32_t partition_count)
{
    struct fen_memory_log *log = calloc(1, sizeof *log);
    FEN_ASSERT(log != NULL && partition_count > 0);
    log->partition_count = partition_count;
    log->arena = fen_arena_create(CHUNK_BYTES);
    log->group = fen_memory_group_create(log);
    for (uint32_t i = 0; i < FEN_TOPIC_COUNT; i++) {
        uint32_t count = fen_memory_log_partition_count(log, (enum fen_topic)i);
        log->partitions[i] = calloc(count, sizeof *log->partitions[i]);
        FEN_ASSERT(log->partitions[i] != NULL);
        for (uint32_t j = 0; j < count; j++)
            log->partitions[i][j].committed = FEN_OFFSET_NONE;
    }
    return log;
}

void fen_memory_log_destroy(struct fen_memory_log *log)
{
    if (log == NULL)
        return;
    for (uint32_t i = 0; i < FEN_TOPIC_COUNT; i++) {
        for (uint32_t j = 0; j < fen_memory_log_partition_count(log, (enum fen_topic)i); j++) {
            free(log->partitions[i][j].records);
            free(log->partitions[i][j].open);
        }
        free(log->partitions[i]);
    }
    for (uint32_t i = 0; i < log->transaction_count; i++)
        free(log->transactions[i].offsets);
    for (uint32_t i = 0; i < log->producer_count; i++)
        free(log->producers[i].id);
    free(log->transactions);
    free(log->producers);
    fen_memory_group_destroy(log->group);
    fen_arena_destroy(log->arena);
    free(log);
}

uint32_t fen_memory_log_partition_count(const struct fen_memory_log *log, enum fen_topic topic)
{
    return fen_topic_info(topic)->is_single_partition ? 1 : log->partition_count;
}

/* --- records -------------------------------------------------------------------------------- */

static struct record *add_record(struct partition *partition)
{
    partition->records = grow(partition->records, partition->count, &partition->capacity,
                              sizeof *partition->records);
    return &partition->records[partition->count++];
}

static void add_data(struct fen_memory_log *log, const struct fen_message *message,
                     uint32_t transaction)
{
    struct record *record =
        add_record(partition_of(log, message->topic, message->partition));
    record->kind = KIND_DATA;
    record->key = fen_arena_copy(log->arena, message->key);
    record->value = fen_arena_copy(log->arena, message->value);
    record->timestamp_ms = message->timestamp_ms;
    record->transaction = transaction;
    record->header_count = message->header_count;
    record->headers =
        fen_arena_allocate(log->arena, (message->header_count + 1) * sizeof *record->headers);
    for (uint32_t i = 0; i < message->header_count; i++)
        record->headers[i] = (struct fen_header){
            fen_arena_copy(log->arena, message->headers[i].name),
            fen_arena_copy(log->arena, message->headers[i].value)};
}

void fen_memory_log_append(struct fen_memory_log *log, const struct fen_message *message)
{
    add_data(log, message, NO_TRANSACTION);
}

/* The last stable offset: before the first transaction without a marker. */
static int64_t stable_end(const struct partition *partition)
{
    return partition->open_count == 0 ? partition->count : partition->open[0].first;
}

static bool is_visible(const struct fen_memory_log *log, const struct record *record,
                       bool is_committed)
{
    if (record->kind == KIND_MARKER)
        return false;
    return !is_committed || record->transaction == NO_TRANSACTION
           || log->transactions[record->transaction].fate == FATE_COMMITTED;
}

int64_t fen_memory_log_stable_end(const struct fen_memory_log *log, enum fen_topic topic,
                                  uint32_t partition)
{
    return stable_end(partition_of(log, topic, partition));
}

bool fen_memory_log_read(const struct fen_memory_log *log, enum fen_topic topic,
                         uint32_t partition, bool is_committed, int64_t *offset,
                         struct fen_message *message_out)
{
    const struct partition *from = partition_of(log, topic, partition);
    int64_t end = is_committed ? stable_end(from) : from->count;
    while (*offset < end) {
        int64_t at = (*offset)++;
        const struct record *record = &from->records[at];
        if (at < from->low || !is_visible(log, record, is_committed))
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

struct fen_watermarks fen_memory_log_watermarks(const struct fen_memory_log *log,
                                                enum fen_topic topic, uint32_t partition)
{
    const struct partition *from = partition_of(log, topic, partition);
    return (struct fen_watermarks){topic, partition, from->low, from->count};
}

int64_t fen_memory_log_offset_for(const struct fen_memory_log *log, enum fen_topic topic,
                                  uint32_t partition, int64_t timestamp_ms)
{
    const struct partition *from = partition_of(log, topic, partition);
    for (int64_t i = from->low; i < from->count; i++) {
        const struct record *record = &from->records[i];
        if (record->kind == KIND_DATA && record->timestamp_ms >= timestamp_ms)
            return i;
    }
    return INT64_MAX;
}

void fen_memory_log_cut(struct fen_memory_log *log, enum fen_topic topic, uint32_t partition,
                        int64_t low)
{
    struct partition *from = partition_of(log, topic, partition);
    FEN_ASSERT(low >= from->low && low <= from->count);
    from->low = low;
}

/* --- transactions --------------------------------------------------------------------------- */

static void write_marker(struct partition *partition, uint32_t index)
{
    struct record *record = add_record(partition);
    memset(record, 0, sizeof *record);
    record->kind = KIND_MARKER;
    record->transaction = partition->open[index].transaction;
    partition->open_count--;
    memmove(&partition->open[index], &partition->open[index + 1],
            (partition->open_count - index) * sizeof *partition->open);
}

/* Write the markers that are due in a partition, unless they are held back. */
static void write_markers(struct fen_memory_log *log, struct partition *partition)
{
    for (uint32_t i = 0; !partition->holds_markers && i < partition->open_count;) {
        if (log->transactions[partition->open[i].transaction].fate == FATE_OPEN)
            i++;
        else
            write_marker(partition, i);
    }
}

static void write_all_markers(struct fen_memory_log *log)
{
    for (uint32_t i = 0; i < FEN_TOPIC_COUNT; i++) {
        for (uint32_t j = 0; j < fen_memory_log_partition_count(log, (enum fen_topic)i); j++)
            write_markers(log, &log->partitions[i][j]);
    }
}

void fen_memory_log_hold_markers(struct fen_memory_log *log, enum fen_topic topic,
                                 uint32_t partition, bool is_held)
{
    struct partition *held = partition_of(log, topic, partition);
    held->holds_markers = is_held;
    write_markers(log, held);
}

static void end_transaction(struct fen_memory_log *log, struct producer *producer, enum fate fate)
{
    if (producer->transaction == NO_TRANSACTION)
        return;
    struct transaction *transaction = &log->transactions[producer->transaction];
    transaction->fate = fate;
    for (uint32_t i = 0; fate == FATE_COMMITTED && i < transaction->offset_count; i++) {
        const struct fen_offset *offset = &transaction->offsets[i];
        partition_of(log, offset->topic, offset->partition)->committed = offset->offset;
    }
    producer->transaction = NO_TRANSACTION;
    write_all_markers(log);
}

static struct producer *find_producer(struct fen_memory_log *log, const char *id)
{
    for (uint32_t i = 0; i < log->producer_count; i++) {
        if (strcmp(log->producers[i].id, id) == 0)
            return &log->producers[i];
    }
    return NULL;
}

static struct producer *add_producer(struct fen_memory_log *log, const char *id)
{
    log->producers =
        realloc(log->producers, (log->producer_count + 1) * sizeof *log->producers);
    FEN_ASSERT(log->producers != NULL);
    struct producer *producer = &log->producers[log->producer_count++];
    *producer = (struct producer){strdup(id), 0, NO_TRANSACTION};
    FEN_ASSERT(producer->id != NULL);
    return producer;
}

struct fen_memory_producer fen_memory_log_open(struct fen_memory_log *log, const char *id)
{
    struct producer *producer = find_producer(log, id);
    if (producer == NULL)
        producer = add_producer(log, id);
    end_transaction(log, producer, FATE_ABORTED);
    producer->epoch++;
    return (struct fen_memory_producer){(uint32_t)(producer - log->producers), producer->epoch};
}

void fen_memory_log_expire_producer(struct fen_memory_log *log, const char *id)
{
    if (find_producer(log, id) != NULL)
        (void)fen_memory_log_open(log, id);
}

static struct producer *present(struct fen_memory_log *log, struct fen_memory_producer producer)
{
    FEN_ASSERT(producer.id < log->producer_count);
    struct producer *found = &log->producers[producer.id];
    return found->epoch == producer.epoch ? found : NULL;
}

bool fen_memory_log_begin(struct fen_memory_log *log, struct fen_memory_producer producer)
{
    struct producer *found = present(log, producer);
    if (found == NULL)
        return false;
    FEN_ASSERT(found->transaction == NO_TRANSACTION);
    log->transactions = grow(log->transactions, log->transaction_count,
                             &log->transaction_capacity, sizeof *log->transactions);
    found->transaction = log->transaction_count++;
    log->transactions[found->transaction] = (struct transaction){.fate = FATE_OPEN};
    return true;
}

bool fen_memory_log_emit(struct fen_memory_log *log, struct fen_memory_producer producer,
                         const struct fen_message *message)
{
    struct producer *found = present(log, producer);
    if (found == NULL)
        return false;
    FEN_ASSERT(found->transaction != NO_TRANSACTION);
    struct partition *to = partition_of(log, message->topic, message->partition);
    bool is_first = true;
    for (uint32_t i = 0; i < to->open_count; i++)
        is_first = is_first && to->open[i].transaction != found->transaction;
    if (is_first) {
        to->open = grow(to->open, to->open_count, &to->open_capacity, sizeof *to->open);
        to->open[to->open_count++] = (struct stretch){found->transaction, to->count};
    }
    add_data(log, message, found->transaction);
    return true;
}

bool fen_memory_log_send_offset(struct fen_memory_log *log, struct fen_memory_producer producer,
                                struct fen_offset offset)
{
    struct producer *found = present(log, producer);
    if (found == NULL)
        return false;
    FEN_ASSERT(found->transaction != NO_TRANSACTION);
    struct transaction *transaction = &log->transactions[found->transaction];
    transaction->offsets = grow(transaction->offsets, transaction->offset_count,
                                &transaction->offset_capacity, sizeof *transaction->offsets);
    transaction->offsets[transaction->offset_count++] = offset;
    return true;
}

bool fen_memory_log_commit(struct fen_memory_log *log, struct fen_memory_producer producer)
{
    struct producer *found = present(log, producer);
    if (found == NULL)
        return false;
    FEN_ASSERT(found->transaction != NO_TRANSACTION);
    end_transaction(log, found, FATE_COMMITTED);
    return true;
}

bool fen_memory_log_committed(const struct fen_memory_log *log, enum fen_topic topic,
                              uint32_t partition, int64_t *offset_out)
{
    for (uint32_t i = 0; i < log->producer_count; i++) {
        if (log->producers[i].transaction == NO_TRANSACTION)
            continue;
        const struct transaction *transaction =
            &log->transactions[log->producers[i].transaction];
        for (uint32_t j = 0; j < transaction->offset_count; j++) {
            if (transaction->offsets[j].topic == topic
                && transaction->offsets[j].partition == partition)
                return false;
        }
    }
    *offset_out = partition_of(log, topic, partition)->committed;
    return true;
}

/* --- faults and the group ------------------------------------------------------------------- */

void fen_memory_log_set_faults(struct fen_memory_log *log,
                               enum fen_memory_fault (*choose)(void *context,
                                                               enum fen_memory_step step),
                               void *context)
{
    log->choose = choose;
    log->choose_context = context;
}

enum fen_memory_fault fen_memory_log_fault(struct fen_memory_log *log, enum fen_memory_step step)
{
    return log->choose == NULL ? FEN_MEMORY_FAULT_NONE : log->choose(log->choose_context, step);
}

struct fen_memory_group *fen_memory_log_group(const struct fen_memory_log *log)
{
    return log->group;
}
