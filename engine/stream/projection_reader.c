/* projection_reader: see projection_reader.h. */
#include "stream/projection_reader.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "stream/kafka_lookup.h"
#include "stream/kafka_restore.h"

#define POLL_MS 100
#define STALL_MS 30000
#define IDLE_MS 5000
#define ARENA_BYTES ((size_t)256 << 10)

struct fen_projection_reader {
    struct fen_projection_reader_options options;
    struct fen_kafka_setting *settings; /* the user's and ours */
    struct fen_kafka_config config;
    struct fen_kafka_restore restore;
    bool has_clients;
    int64_t used_ms; /* when the clients were last used */
    const struct fen_reference *reference;
    struct fen_arena *arena;
    struct fen_buffer reason;
};

/* One reading of one partition. */
struct reading {
    struct fen_projection_reader *reader;
    uint32_t partition;
    struct fen_projection_fold fold;
};

/*
 * A reading is short and is followed by the next partition's: each fetch under way when it begins,
 * and the one that finds its end, waits this long on the broker. 100 ms would make 400 ms of a
 * partition that takes 20.
 */
static void configure(struct fen_projection_reader *reader, const struct fen_kafka_config *config)
{
    reader->settings = calloc(config->setting_count + 1, sizeof *reader->settings);
    FEN_ASSERT(reader->settings != NULL && "out of memory");
    for (uint32_t index = 0; index < config->setting_count; index++)
        reader->settings[index] = config->settings[index];
    reader->settings[config->setting_count] =
        (struct fen_kafka_setting){"fetch.wait.max.ms", "5"};
    reader->config = (struct fen_kafka_config){reader->settings, config->setting_count + 1};
}

struct fen_projection_reader *
fen_projection_reader_create(const struct fen_projection_reader_options *options)
{
    struct fen_projection_reader *reader = calloc(1, sizeof *reader);
    FEN_ASSERT(reader != NULL && "out of memory");
    reader->options = *options;
    if (reader->options.ledger_record_count_max == 0)
        reader->options.ledger_record_count_max = FEN_PROJECTION_LEDGER_RECORD_COUNT_DEFAULT;
    reader->arena = fen_arena_create(ARENA_BYTES);
    configure(reader, options->config);
    fen_kafka_restore_init(&reader->restore, &reader->config, options->group);
    return reader;
}

static void let_go_of_clients(struct fen_projection_reader *reader)
{
    if (reader->has_clients)
        fen_kafka_restore_end(&reader->restore);
    reader->has_clients = false;
}

void fen_projection_reader_destroy(struct fen_projection_reader *reader)
{
    if (reader == NULL)
        return;
    let_go_of_clients(reader);
    fen_arena_destroy(reader->arena);
    fen_buffer_deinit(&reader->reason);
    free(reader->settings);
    free(reader);
}

void fen_projection_reader_tick(struct fen_projection_reader *reader)
{
    if (reader->options.references != NULL)
        reader->reference =
            fen_reference_acquire(reader->options.references, reader->options.reference_reader);
    if (reader->has_clients && fen_clock_ms() - reader->used_ms > IDLE_MS)
        let_go_of_clients(reader);
}

static bool take_message(struct reading *reading, const struct fen_message *message)
{
    bool is_read = fen_projection_fold_take(&reading->fold, message);
    if (!is_read)
        FEN_LOG_ERROR("projection", "a record cannot be read",
                      FEN_LOG_TEXT("topic", fen_topic_info(message->topic)->name),
                      FEN_LOG_UINT("partition", message->partition),
                      FEN_LOG_INT("offset", message->offset), FEN_LOG_STR("key", message->key));
    return is_read;
}

/* Poll a range to its end. */
static bool read_range(struct reading *reading)
{
    struct fen_projection_reader *reader = reading->reader;
    int64_t progress_ms = fen_clock_ms();
    bool is_complete = false;
    while (!is_complete) {
        struct fen_poll poll;
        enum fen_source_verdict verdict =
            fen_kafka_restore_poll(&reader->restore, POLL_MS, &poll, &is_complete);
        if (verdict != FEN_SOURCE_MESSAGES) {
            fen_buffer_append_format(&reader->reason, "%s", poll.reason);
            return false;
        }
        for (uint32_t index = 0; index < poll.message_count; index++) {
            if (!take_message(reading, &poll.messages[index])) {
                fen_buffer_append_format(&reader->reason, "a record cannot be read");
                return false;
            }
        }
        if (poll.message_count > 0)
            progress_ms = fen_clock_ms();
        if (fen_clock_ms() - progress_ms > STALL_MS ||
            !reading->fold.visitor->goes_on(reading->fold.visitor->context)) {
            fen_buffer_append_format(&reader->reason, "given up");
            return false;
        }
    }
    return true;
}

/* Read a topic's partition up to its end as it is now. */
static bool read_topic(struct reading *reading, enum fen_topic topic, int64_t record_count_max)
{
    struct fen_projection_reader *reader = reading->reader;
    struct fen_watermarks marks = {.topic = topic, .partition = reading->partition};
    rd_kafka_t *looker = fen_kafka_restore_looker(&reader->restore, &reader->reason);
    reader->has_clients = true;
    if (looker == NULL || !fen_kafka_lookup_watermarks(looker, &marks, 1, &reader->reason))
        return false;
    struct fen_range_to_read range = {topic, reading->partition, marks.low, marks.high};
    if (range.to - range.from > record_count_max)
        range.from = range.to - record_count_max;
    return fen_kafka_restore_begin(&reader->restore, &range, 1, &reader->reason) &&
           read_range(reading);
}

static bool visit_accounts(struct reading *reading)
{
    struct fen_str key;
    if (fen_projection_fold_visit(&reading->fold, &key))
        return true;
    fen_buffer_append_format(&reading->reader->reason, "the account %.*s cannot be read",
                             FEN_STR_ARG(key));
    return false;
}

bool fen_projection_reader_read(struct fen_projection_reader *reader, uint32_t partition,
                                uint32_t entries_per_payee,
                                const struct fen_projection_visitor *visitor,
                                uint64_t *version_out)
{
    fen_buffer_clear(&reader->reason);
    fen_projection_reader_tick(reader);
    struct reading reading = {
        .reader = reader,
        .partition = partition,
        .fold = {.wire = reader->options.wire,
                 .org = reader->reference == NULL ? NULL : reader->reference->org,
                 .visitor = visitor,
                 .arena = reader->arena},
    };
    fen_projection_fold_init(&reading.fold);
    bool is_read = read_topic(&reading, FEN_TOPIC_ACCOUNTS, INT64_MAX) && visit_accounts(&reading);
    if (is_read && entries_per_payee > 0)
        is_read =
            read_topic(&reading, FEN_TOPIC_LEDGER, reader->options.ledger_record_count_max);
    fen_projection_fold_deinit(&reading.fold);
    reader->used_ms = fen_clock_ms();
    *version_out = reading.fold.version;
    if (!is_read) {
        FEN_LOG_WARN("projection", "partition cannot be read back",
                     FEN_LOG_UINT("partition", partition),
                     FEN_LOG_STR("why", fen_buffer_str(&reader->reason)));
        let_go_of_clients(reader); /* the next reading begins afresh */
    }
    return is_read;
}
