/* lane_reading: see lane_reading.h. */
#include "sim/lane_reading.h"

#include <string.h>

#include "sim/schedule.h"
#include "stream/projection_fold.h"

#define STALL_US INT64_C(30000000)

struct reading {
    const struct sim_lane_reading *options;
    struct fen_projection_fold fold;
};

void sim_reference_apply(struct fen_reference_builder *builder, enum fen_wire wire,
                         const struct fen_message *message, struct fen_arena *scratch)
{
    struct fen_event event;
    struct fen_refused refused;
    fen_arena_reset(scratch);
    if (!fen_str_is_set(message->value) ||
        fen_event_decode(wire, message->value, scratch, &event, &refused) != FEN_REFUSAL_NONE ||
        fen_topic_of(event.type) != message->topic ||
        fen_event_check_route(&event, message->key, 0, 1, message->timestamp_ms, scratch,
                              &refused) != FEN_REFUSAL_NONE)
        return;
    (void)!fen_reference_apply(builder, &event, NULL);
}

/* Between two parts: time goes by, and the visitor may have had enough. */
static bool pause(struct reading *reading, int64_t until_us)
{
    struct sim_client *client = reading->options->client;
    if (client == NULL)
        return true;
    return sim_client_sleep(client, sim_random_between(client->random, 100, 10000)) &&
           sim_now_us() < until_us &&
           reading->fold.visitor->goes_on(reading->fold.visitor->context);
}

/* Up to the end as it is now, committed records only, waiting for open transactions. */
static bool read_topic(struct reading *reading, enum fen_topic topic, uint32_t partition)
{
    const struct sim_broker *broker = reading->options->broker;
    struct fen_watermarks marks = sim_broker_watermarks(broker, topic, partition);
    int64_t until_us = sim_now_us() + STALL_US;
    int64_t offset = marks.low;
    struct fen_message message;
    while (offset < marks.high) {
        if (!pause(reading, until_us))
            return false;
        struct sim_client *client = reading->options->client;
        bool is_cut = client != NULL && sim_client_is_cut(client);
        while (!is_cut && offset < marks.high &&
               sim_broker_read(broker, topic, partition, true, &offset, &message)) {
            if (message.offset >= marks.high)
                break;
            if (!fen_projection_fold_take(&reading->fold, &message))
                return false;
        }
        if (client == NULL && offset < marks.high)
            return false;
    }
    return true;
}

bool sim_lane_read(const struct sim_lane_reading *options, uint32_t partition,
                   uint32_t entries_per_payee, const struct fen_projector_visitor *visitor,
                   uint64_t *version_out)
{
    struct fen_str key;
    struct fen_projection_visitor same = {visitor->context, visitor->account, visitor->record,
                                          visitor->goes_on};
    struct reading reading = {
        .options = options,
        .fold = {.wire = options->wire,
                 .org = options->org,
                 .visitor = &same,
                 .arena = fen_arena_create(4096)},
    };
    fen_projection_fold_init(&reading.fold);
    bool is_read = read_topic(&reading, FEN_TOPIC_ACCOUNTS, partition) &&
                   fen_projection_fold_visit(&reading.fold, &key);
    if (is_read && entries_per_payee > 0)
        is_read = read_topic(&reading, FEN_TOPIC_LEDGER, partition);
    fen_projection_fold_deinit(&reading.fold);
    fen_arena_destroy(reading.fold.arena);
    *version_out = reading.fold.version;
    return is_read;
}
