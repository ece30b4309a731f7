/*
 * window: blocks on their way from the rings into Redis, one pipeline at a time.
 *
 * All calls of a pipeline are written, then all replies are read: one round trip for as many
 * partitions as have changed. The fences keep this safe: should one call fail, those behind it of
 * the same partition refuse themselves, and their blocks wait for the next pipeline.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "redis/projector_state.h"

/* Blocks are taken until the pipeline has this many bytes. */
#define WINDOW_BYTES ((size_t)1 << 20)

/* What the replies to a block's calls amount to. */
enum window_verdict {
    WINDOW_APPLIED,
    WINDOW_REFUSED, /* the fence stood elsewhere */
    WINDOW_AGAIN,   /* an error that passes */
    WINDOW_FAILED,  /* an error of the data in Redis */
    WINDOW_CUT,     /* the connection is lost */
};

/* Take the next block, the outlets in turn. */
static bool window_take(struct fen_projector *projector)
{
    for (uint32_t tries = 0; tries < projector->outlet_count; tries++) {
        struct fen_outlet *outlet = &projector->outlets[projector->next_outlet];
        projector->next_outlet = (projector->next_outlet + 1) % projector->outlet_count;
        struct fen_block *block = fen_ring_pop(outlet->out);
        if (block == NULL)
            continue;
        projector->waiting[projector->waiting_count++] =
            (struct fen_waiting){.block = block, .outlet = outlet};
        return true;
    }
    return false;
}

/* What to do with a block before anything is sent. */
enum window_admission {
    WINDOW_SEND,
    WINDOW_KEEP, /* until the board or the fence has been looked at */
    WINDOW_DROP, /* of no more use: what sets the partition up anew reads beyond this block */
};

static enum window_admission window_admit(struct fen_projector *projector,
                                          const struct fen_block *block)
{
    struct fen_partition *partition = &projector->partitions[block->partition];
    switch (partition->state) {
    case FEN_PARTITION_IDLE:
        /* Its worker opened the partition before it pushed, perhaps since we looked (O2). */
        return atomic_load_explicit(&projector->rows[block->partition].ownership,
                                    memory_order_acquire) == partition->ownership
                   ? WINDOW_DROP
                   : WINDOW_KEEP;
    case FEN_PARTITION_UNSURE:
        return WINDOW_KEEP;
    case FEN_PARTITION_LOST:
        return WINDOW_DROP;
    case FEN_PARTITION_SYNCED:
        break;
    }
    if (block->version_from == partition->version_sent)
        return WINDOW_SEND;
    if (block->version_from > partition->version_sent)
        fen_partition_lose(projector, block->partition, "a version is missing");
    return WINDOW_DROP;
}

static void window_write_block(struct fen_projector *projector, struct fen_waiting *waiting)
{
    const struct fen_block *block = waiting->block;
    char from[FEN_FENCE_TEXT_BYTES];
    char to[FEN_FENCE_TEXT_BYTES];
    snprintf(from, sizeof from, "%" PRIu64, block->version_from);
    snprintf(to, sizeof to, "%" PRIu64, block->version_to);
    struct fen_str sha = {projector->connection.sha, FEN_SHA_BYTES};
    uint32_t step = 0;
    do {
        fen_block_append_command(block, &step, sha, fen_str_from(from), fen_str_from(to),
                                 &projector->request);
        waiting->command_count++;
    } while (step < block->step_count);
    projector->partitions[block->partition].version_sent = block->version_to;
}

/* Frame what waits, take more, frame that, until the pipeline is full or the rings are empty. */
static bool window_fill(struct fen_projector *projector)
{
    bool is_any_taken = projector->waiting_count > 0;
    fen_buffer_clear(&projector->request);
    uint32_t index = 0;
    while (projector->request.size_bytes < WINDOW_BYTES) {
        if (index == projector->waiting_count) {
            if (index == FEN_WINDOW_BLOCK_COUNT || !window_take(projector))
                break;
            is_any_taken = true;
        }
        struct fen_waiting *waiting = &projector->waiting[index++];
        enum window_admission admission = window_admit(projector, waiting->block);
        if (admission == WINDOW_SEND)
            window_write_block(projector, waiting);
        waiting->is_done = admission == WINDOW_DROP;
    }
    return is_any_taken;
}

static enum window_verdict reply_verdict(struct fen_projector *projector, const redisReply *reply)
{
    if (reply->type == REDIS_REPLY_ERROR) {
        enum fen_reply_error error = fen_projector_judge(projector, reply);
        return error == FEN_REPLY_UNEXPECTED ? WINDOW_FAILED : WINDOW_AGAIN;
    }
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 1 ||
        reply->element[0]->type != REDIS_REPLY_INTEGER)
        return WINDOW_FAILED;
    return reply->element[0]->integer == 1 ? WINDOW_APPLIED : WINDOW_REFUSED;
}

/* Read the replies to a block's calls. The first that is no success decides. */
static enum window_verdict window_read_block(struct fen_projector *projector, uint32_t reply_count)
{
    enum window_verdict verdict = WINDOW_APPLIED;
    for (uint32_t index = 0; index < reply_count; index++) {
        redisReply *reply = fen_connection_read(&projector->connection);
        if (reply == NULL)
            return WINDOW_CUT;
        enum window_verdict one = reply_verdict(projector, reply);
        freeReplyObject(reply);
        if (verdict == WINDOW_APPLIED)
            verdict = one;
    }
    return verdict;
}

/* Act on a verdict. Returns: whether the block is done with. */
static bool window_settle(struct fen_projector *projector, const struct fen_block *block,
                          enum window_verdict verdict)
{
    struct fen_partition *partition = &projector->partitions[block->partition];
    switch (verdict) {
    case WINDOW_APPLIED:
        partition->version = block->version_to;
        projector->pause_count = 0;
        fen_figure_add(&projector->blocks_applied, 1);
        fen_figure_add(&projector->payees_applied, block->payee_count);
        return true;
    case WINDOW_REFUSED:
        if (partition->state == FEN_PARTITION_SYNCED && partition->version != block->version_from)
            return false; /* the call before it failed */
        fen_figure_add(&projector->fences_refused, 1);
        fen_partition_lose(projector, block->partition, "the fence is not where it was left");
        return true;
    case WINDOW_FAILED:
        fen_partition_lose(projector, block->partition, projector->connection.reason);
        return true;
    case WINDOW_AGAIN:
    case WINDOW_CUT:
        break;
    }
    return false;
}

static void window_read(struct fen_projector *projector)
{
    for (uint32_t index = 0; index < projector->waiting_count; index++) {
        struct fen_waiting *waiting = &projector->waiting[index];
        if (waiting->command_count == 0)
            continue;
        enum window_verdict verdict = window_read_block(projector, waiting->command_count);
        if (verdict == WINDOW_CUT) {
            fen_projector_disconnect(projector);
            return;
        }
        waiting->is_done = window_settle(projector, waiting->block, verdict);
    }
    /* Every reply is in: nothing is under way any more. */
    for (uint32_t index = 0; index < projector->waiting_count; index++) {
        struct fen_partition *partition =
            &projector->partitions[projector->waiting[index].block->partition];
        partition->version_sent = partition->version;
    }
}

/* Give back what is done with, keep the rest in order. */
static void window_compact(struct fen_projector *projector)
{
    uint32_t kept = 0;
    uint64_t finished = 0;
    for (uint32_t index = 0; index < projector->waiting_count; index++) {
        struct fen_waiting *waiting = &projector->waiting[index];
        if (waiting->is_done) {
            if (waiting->command_count == 0)
                fen_figure_add(&projector->blocks_dropped, 1);
            fen_outlet_return(waiting->outlet, waiting->block);
            finished++;
            continue;
        }
        waiting->command_count = 0;
        projector->waiting[kept++] = *waiting;
    }
    projector->waiting_count = kept;
    /* S3: pairs with S2 in fen_projector_is_settled. */
    atomic_fetch_add_explicit(&projector->finished_count, finished, memory_order_release);
}

bool fen_window_apply(struct fen_projector *projector)
{
    bool is_any_taken = window_fill(projector);
    fen_projector_note_behind(projector);
    struct fen_str request = fen_buffer_str(&projector->request);
    if (request.size > 0) {
        bool is_written = fen_connection_write(&projector->connection, request);
        FEN_FAULT_POINT(SCRIPT_SENT);
        if (is_written)
            window_read(projector);
        else
            fen_projector_disconnect(projector);
        FEN_FAULT_POINT(FENCE_MOVED);
    }
    window_compact(projector);
    fen_projector_mend(projector);
    return is_any_taken;
}
