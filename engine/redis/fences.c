/* fences: where the fences in Redis stand, and what follows from it. See projector_state.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "redis/projector_state.h"
#include "redis/resp.h"

bool fen_fence_parse(struct fen_str text, uint64_t *version_out)
{
    uint64_t version = 0;
    if (text.size == 0 || text.size > 19)
        return false;
    for (uint32_t index = 0; index < text.size; index++) {
        char digit = text.data[index];
        if (digit < '0' || digit > '9')
            return false;
        version = version * 10 + (uint64_t)(digit - '0');
    }
    *version_out = version;
    return true;
}

void fen_partition_lose(struct fen_projector *projector, uint32_t partition, const char *why)
{
    struct fen_partition *row = &projector->partitions[partition];
    if (row->state == FEN_PARTITION_LOST)
        return;
    if (!fen_partition_is_open(row)) {
        row->state = FEN_PARTITION_IDLE; /* its new owner sees to it */
        return;
    }
    if (row->state != FEN_PARTITION_UNSURE)
        row->lost_ms = fen_clock_ms();
    row->state = FEN_PARTITION_LOST;
    row->retry_ms = 0;
    row->retry_count = 0;
    FEN_LOG_WARN("projector", "partition has to be set up anew",
                 FEN_LOG_UINT("partition", partition), FEN_LOG_UINT("version", row->version),
                 FEN_LOG_TEXT("why", why));
}

void fen_fences_doubt(struct fen_projector *projector)
{
    for (uint32_t index = 0; index < projector->partition_count; index++) {
        struct fen_partition *partition = &projector->partitions[index];
        if (partition->state != FEN_PARTITION_SYNCED)
            continue;
        partition->state = FEN_PARTITION_UNSURE;
        partition->lost_ms = fen_clock_ms();
    }
}

static void append_fence_key(const struct fen_projector *projector, uint32_t partition,
                             struct fen_buffer *out)
{
    char key[FEN_KEY_PREFIX_BYTES_MAX + 32];
    snprintf(key, sizeof key, "%s{p%" PRIu32 "}:fence", projector->key_prefix, partition);
    fen_resp_append_text(out, fen_str_from(key));
}

/* Ask for a fence; where the lane has no history at all, a missing fence stands at 0. */
static void append_question(struct fen_projector *projector, uint32_t index)
{
    const struct fen_partition *partition = &projector->partitions[index];
    struct fen_buffer *out = &projector->request;
    bool is_new = partition->state == FEN_PARTITION_UNSURE && partition->version == 0;
    if (is_new) {
        fen_resp_append_array(out, 4);
        fen_resp_append_text(out, FEN_STR("HSETNX"));
        append_fence_key(projector, index, out);
        fen_resp_append_text(out, FEN_STR("seq"));
        fen_resp_append_text(out, FEN_STR("0"));
    }
    fen_resp_append_array(out, 3);
    fen_resp_append_text(out, FEN_STR("HGET"));
    append_fence_key(projector, index, out);
    fen_resp_append_text(out, FEN_STR("seq"));

}

/* What a fence says decides over the partition. Returns: whether it is right. */
static bool fence_settle(struct fen_projector *projector, uint32_t index, const redisReply *reply)
{
    struct fen_partition *partition = &projector->partitions[index];
    uint64_t version = 0;
    bool is_version =
        reply->type == REDIS_REPLY_STRING &&
        fen_fence_parse((struct fen_str){reply->str, (uint32_t)reply->len}, &version);
    if (is_version && version >= partition->version && version <= partition->version_sent) {
        partition->state = FEN_PARTITION_SYNCED;
        partition->version = version;
        partition->version_sent = version;
        return true;
    }
    fen_partition_lose(projector, index,
                       reply->type == REDIS_REPLY_NIL ? "there is no fence"
                                                      : "the fence says another version");
    return false;
}

/* Read the answers to one question. False when the connection is lost. */
static bool question_read(struct fen_projector *projector, uint32_t index, uint32_t reply_count,
                          bool *is_right)
{
    for (; reply_count > 0; reply_count--) {
        redisReply *reply = fen_connection_read(&projector->connection);
        if (reply == NULL)
            return false;
        bool is_error = reply->type == REDIS_REPLY_ERROR;
        if (is_error) {
            *is_right = false;
            if (fen_projector_judge(projector, reply) == FEN_REPLY_UNEXPECTED)
                fen_partition_lose(projector, index, projector->connection.reason);
        } else if (reply_count == 1 && !fence_settle(projector, index, reply)) {
            *is_right = false;
        }
        freeReplyObject(reply);
    }
    return true;
}

/* Look at the fences of all partitions in `state` (and open, where asked for). All right? */
static bool fences_look(struct fen_projector *projector, enum fen_partition_state state,
                        bool is_open_only)
{
    bool is_right = true;
    fen_buffer_clear(&projector->request);
    for (uint32_t index = 0; index < projector->partition_count; index++) {
        const struct fen_partition *partition = &projector->partitions[index];
        if (partition->state == state && (!is_open_only || fen_partition_is_open(partition)))
            append_question(projector, index);
    }
    if (projector->request.size_bytes == 0)
        return true;
    if (!fen_connection_write(&projector->connection, fen_buffer_str(&projector->request))) {
        fen_projector_disconnect(projector);
        return false;
    }
    for (uint32_t index = 0; index < projector->partition_count; index++) {
        const struct fen_partition *partition = &projector->partitions[index];
        if (partition->state != state || (is_open_only && !fen_partition_is_open(partition)))
            continue;
        uint32_t reply_count = state == FEN_PARTITION_UNSURE && partition->version == 0 ? 2 : 1;
        if (!question_read(projector, index, reply_count, &is_right)) {
            fen_projector_disconnect(projector);
            return false;
        }
    }
    fen_projector_mend(projector);
    return is_right;
}

void fen_fences_resolve(struct fen_projector *projector)
{
    fences_look(projector, FEN_PARTITION_UNSURE, false);
}

void fen_fences_assert(struct fen_projector *projector)
{
    if (fences_look(projector, FEN_PARTITION_SYNCED, true))
        atomic_store_explicit(&projector->fences_right_ms, fen_clock_ms(),
                              memory_order_relaxed);
}
