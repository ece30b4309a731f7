/* kafka_lookup: see kafka_lookup.h. Lists of partitions asked at once, again while leaders move. */
#include "stream/kafka_lookup.h"

#include <poll.h>

#include "base/clock.h"

/* As times, ListOffsets understands these as the two ends. */
#define TIME_OF_END INT64_C(-1)
#define TIME_OF_BEGINNING INT64_C(-2)

#define RETRY_MS 200

static void add(rd_kafka_topic_partition_list_t *list, enum fen_topic topic, uint32_t partition,
                int64_t offset)
{
    rd_kafka_topic_partition_list_add(list, fen_topic_info(topic)->name, (int32_t)partition)
        ->offset = offset;
}

rd_kafka_topic_partition_list_t *fen_kafka_lookup_list(const struct fen_offset *offsets,
                                                       uint32_t count)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (uint32_t i = 0; i < count; i++)
        add(list, offsets[i].topic, offsets[i].partition, offsets[i].offset);
    return list;
}

/* False, with the first error of the request or of one of its partitions. */
static bool is_answered(const rd_kafka_topic_partition_list_t *list, rd_kafka_resp_err_t error,
                        const char *question, struct fen_buffer *reason)
{
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fen_buffer_append_format(reason, "%s: %s", question, rd_kafka_err2str(error));
        return false;
    }
    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *partition = &list->elems[i];
        if (partition->err == RD_KAFKA_RESP_ERR_NO_ERROR)
            continue;
        fen_buffer_append_format(reason, "%s: %s [%d]: %s", question, partition->topic,
                                 (int)partition->partition, rd_kafka_err2str(partition->err));
        return false;
    }
    return true;
}

static int64_t offset_in(const rd_kafka_topic_partition_list_t *list, enum fen_topic topic,
                         uint32_t partition)
{
    const rd_kafka_topic_partition_t *found = rd_kafka_topic_partition_list_find(
        list, fen_topic_info(topic)->name, (int32_t)partition);
    FEN_ASSERT(found != NULL);
    return found->offset;
}

bool fen_kafka_lookup_committed(rd_kafka_t *member, struct fen_offset *offsets, uint32_t count,
                                int timeout_ms, struct fen_buffer *reason)
{
    if (count == 0)
        return true;
    rd_kafka_topic_partition_list_t *list = fen_kafka_lookup_list(offsets, count);
    rd_kafka_resp_err_t error = rd_kafka_committed(member, list, timeout_ms);
    bool is_known = is_answered(list, error, "committed offsets", reason);
    for (uint32_t i = 0; is_known && i < count; i++) {
        int64_t offset = offset_in(list, offsets[i].topic, offsets[i].partition);
        offsets[i].offset = offset < 0 ? FEN_OFFSET_NONE : offset;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return is_known;
}

/* Leaders move, and those of a topic just created are not known everywhere at once. */
static bool is_passing(rd_kafka_resp_err_t error)
{
    return error == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION
           || error == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE
           || error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
           || error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION
           || error == RD_KAFKA_RESP_ERR__TRANSPORT;
}

static rd_kafka_resp_err_t first_error(const rd_kafka_topic_partition_list_t *list,
                                       rd_kafka_resp_err_t error)
{
    for (int i = 0; error == RD_KAFKA_RESP_ERR_NO_ERROR && i < list->cnt; i++)
        error = list->elems[i].err;
    return error;
}

/*
 * rd_kafka_offsets_for_times asks the leaders that the client has noted, and where one answers that
 * it is none any more, it goes on asking the same (librdkafka 2.0.2): have them noted anew.
 */
static void learn_leaders(rd_kafka_t *handle)
{
    const struct rd_kafka_metadata *metadata;
    if (rd_kafka_metadata(handle, 1, NULL, &metadata, FEN_KAFKA_LOOKUP_TIMEOUT_MS)
        == RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_metadata_destroy(metadata);
}

/* One question of one kind for every partition of `list`, whose offsets hold the times. */
static bool ask(rd_kafka_t *handle, rd_kafka_topic_partition_list_t *list, const char *question,
                struct fen_buffer *reason)
{
    int64_t deadline_ms = fen_clock_ms() + FEN_KAFKA_LOOKUP_TIMEOUT_MS;
    rd_kafka_topic_partition_list_sort(list, NULL, NULL);
    for (;;) {
        rd_kafka_topic_partition_list_t *asked = rd_kafka_topic_partition_list_copy(list);
        rd_kafka_resp_err_t error =
            rd_kafka_offsets_for_times(handle, asked, FEN_KAFKA_LOOKUP_TIMEOUT_MS);
        if (!is_passing(first_error(asked, error)) || fen_clock_ms() >= deadline_ms) {
            bool is_known = is_answered(asked, error, question, reason);
            for (int i = 0; is_known && i < list->cnt; i++)
                list->elems[i].offset = asked->elems[i].offset;
            rd_kafka_topic_partition_list_destroy(asked);
            return is_known;
        }
        rd_kafka_topic_partition_list_destroy(asked);
        (void)poll(NULL, 0, RETRY_MS); /* no event tells of a leader's election */
        learn_leaders(handle);
    }
}

static bool ask_end(rd_kafka_t *handle, struct fen_watermarks *watermarks, uint32_t count,
                    int64_t time_ms, struct fen_buffer *reason)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (uint32_t i = 0; i < count; i++)
        add(list, watermarks[i].topic, watermarks[i].partition, time_ms);
    bool is_known = ask(handle, list, "ends of partitions", reason);
    for (uint32_t i = 0; is_known && i < count; i++) {
        int64_t offset = offset_in(list, watermarks[i].topic, watermarks[i].partition);
        if (time_ms == TIME_OF_END)
            watermarks[i].high = offset;
        else
            watermarks[i].low = offset;
        is_known = offset >= 0;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return is_known;
}

bool fen_kafka_lookup_watermarks(rd_kafka_t *handle, struct fen_watermarks *watermarks,
                                 uint32_t count, struct fen_buffer *reason)
{
    return count == 0
           || (ask_end(handle, watermarks, count, TIME_OF_BEGINNING, reason)
               && ask_end(handle, watermarks, count, TIME_OF_END, reason));
}

bool fen_kafka_lookup_times(rd_kafka_t *handle, struct fen_time_lookup *lookups, uint32_t count,
                            struct fen_buffer *reason)
{
    if (count == 0)
        return true;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (uint32_t i = 0; i < count; i++) {
        int64_t time_ms = lookups[i].timestamp_ms;
        add(list, lookups[i].topic, lookups[i].partition, time_ms < 0 ? 0 : time_ms);
    }
    bool is_known = ask(handle, list, "offsets by time", reason);
    for (uint32_t i = 0; is_known && i < count; i++) {
        /* No record is that young: nothing is to be read. */
        int64_t offset = offset_in(list, lookups[i].topic, lookups[i].partition);
        lookups[i].offset_out = offset < 0 ? INT64_MAX : offset;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return is_known;
}
