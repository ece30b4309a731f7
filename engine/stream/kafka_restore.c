/* kafka_restore: see kafka_restore.h. A looker for true ends, a reader for the ranges. */
#include "stream/kafka_restore.h"

#include <stdlib.h>
#include <string.h>

#include "stream/kafka_lookup.h"

#define RESTORE_COUNT_MAX 20000u

void fen_kafka_restore_init(struct fen_kafka_restore *restore,
                            const struct fen_kafka_config *config, const char *group)
{
    memset(restore, 0, sizeof *restore);
    restore->config = config;
    restore->group = group;
}

/* assign() asks for a group id; the group's own spares operators another access list. */
static rd_kafka_t *open_client(struct fen_kafka_restore *restore, enum fen_kafka_use use,
                               struct fen_buffer *reason)
{
    rd_kafka_conf_t *conf = fen_kafka_config_conf(restore->config, use);
    fen_kafka_config_set(conf, "group.id", restore->group);
    return fen_kafka_config_open(conf, use, reason);
}

rd_kafka_t *fen_kafka_restore_looker(struct fen_kafka_restore *restore, struct fen_buffer *reason)
{
    if (restore->looker == NULL)
        restore->looker = open_client(restore, FEN_KAFKA_LOOKER, reason);
    return restore->looker;
}

static bool is_read(const struct fen_kafka_restore *restore,
                    const struct fen_range_to_read *range)
{
    const struct fen_place *place =
        fen_kafka_batch_place(&restore->batch, range->topic, range->partition);
    return place->position >= range->to;
}

/* Drop the ranges that are read from the list, so that looking at it costs less and less. */
static void count_unread(struct fen_kafka_restore *restore)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < restore->unread_count; i++) {
        if (!is_read(restore, &restore->ranges[i]))
            restore->ranges[kept++] = restore->ranges[i];
    }
    restore->unread_count = kept;
}

static bool assign(struct fen_kafka_restore *restore, struct fen_buffer *reason)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)restore->unread_count);
    for (uint32_t i = 0; i < restore->unread_count; i++) {
        const struct fen_range_to_read *range = &restore->ranges[i];
        rd_kafka_topic_partition_list_add(list, fen_topic_info(range->topic)->name,
                                          (int32_t)range->partition)
            ->offset = range->from;
        fen_kafka_batch_open(&restore->batch, range->topic, range->partition, range->from,
                             range->to);
    }
    rd_kafka_resp_err_t error = rd_kafka_assign(restore->reader, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        fen_buffer_append_format(reason, "reading state back: %s", rd_kafka_err2str(error));
    return error == RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* Make the reader, or empty the one there is for a second reading. */
static bool prepare_reader(struct fen_kafka_restore *restore, struct fen_buffer *reason)
{
    if (restore->reader != NULL) {
        fen_kafka_batch_close_all(&restore->batch);
        return true;
    }
    restore->reader = open_client(restore, FEN_KAFKA_READER, reason);
    if (restore->reader == NULL)
        return false;
    fen_kafka_batch_init(&restore->batch, restore->reader);
    restore->batch.skips_headers = true;
    return true;
}

bool fen_kafka_restore_begin(struct fen_kafka_restore *restore,
                             const struct fen_range_to_read *ranges, uint32_t count,
                             struct fen_buffer *reason)
{
    free(restore->ranges);
    restore->ranges = malloc((count + 1) * sizeof *ranges);
    FEN_ASSERT(restore->ranges != NULL);
    restore->unread_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (ranges[i].from < ranges[i].to)
            restore->ranges[restore->unread_count++] = ranges[i];
    }
    restore->range_count = restore->unread_count;
    if (restore->unread_count == 0)
        return true;
    return prepare_reader(restore, reason) && assign(restore, reason);
}

enum fen_source_verdict fen_kafka_restore_poll(struct fen_kafka_restore *restore, uint32_t wait_ms,
                                               struct fen_poll *poll_out, bool *is_complete_out)
{
    struct fen_kafka_batch *batch = &restore->batch;
    memset(poll_out, 0, sizeof *poll_out);
    *is_complete_out = restore->unread_count == 0;
    if (*is_complete_out)
        return FEN_SOURCE_MESSAGES;
    fen_kafka_batch_clear(batch);
    fen_kafka_batch_await(batch, wait_ms);
    poll_out->is_full = fen_kafka_batch_collect(batch, RESTORE_COUNT_MAX, 0);
    if (batch->cut != RD_KAFKA_RESP_ERR_NO_ERROR) {
        poll_out->reason = batch->reason;
        return fen_kafka_batch_is_damage(batch->cut) ? FEN_SOURCE_FAILED : FEN_SOURCE_CUT;
    }
    count_unread(restore);
    poll_out->messages = batch->messages;
    poll_out->message_count = batch->message_count;
    *is_complete_out = restore->unread_count == 0;
    return FEN_SOURCE_MESSAGES;
}

bool fen_kafka_restore_is_held(struct fen_kafka_restore *restore, rd_kafka_t *member)
{
    struct fen_buffer ignored = {0};
    bool is_held = false;
    struct fen_watermarks *ends = calloc(restore->unread_count + 1, sizeof *ends);
    FEN_ASSERT(ends != NULL);
    for (uint32_t i = 0; i < restore->unread_count; i++)
        ends[i] = (struct fen_watermarks){.topic = restore->ranges[i].topic,
                                          .partition = restore->ranges[i].partition};
    if (fen_kafka_lookup_watermarks(member, ends, restore->unread_count, &ignored)) {
        for (uint32_t i = 0; i < restore->unread_count; i++)
            is_held = is_held || ends[i].high < restore->ranges[i].to;
    }
    free(ends);
    fen_buffer_deinit(&ignored);
    return is_held;
}

void fen_kafka_restore_end(struct fen_kafka_restore *restore)
{
    free(restore->ranges);
    restore->ranges = NULL;
    restore->range_count = restore->unread_count = 0;
    if (restore->reader != NULL) {
        fen_kafka_batch_deinit(&restore->batch);
        rd_kafka_destroy_flags(restore->reader, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    }
    if (restore->looker != NULL)
        rd_kafka_destroy_flags(restore->looker, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    restore->reader = restore->looker = NULL;
}
