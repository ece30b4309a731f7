/*
 * rebuild: a lost partition, read from its source and written anew.
 *
 *     take the mark of missed blocks away, so that blocks published from now on are not lost again
 *     set the fence to a token of our own: no block, and no other rebuild, gets through meanwhile
 *     where Redis is ahead of Kafka, remove the partition's keys: they are of another world
 *     read accounts and entries; write them behind the token
 *     set the fence to the version that the accounts stand at
 *
 * While Redis works on one part the next is read and encoded: one reply at most is waited for.
 *
 * The source is read after the mark was taken away, so that every batch whose block is missing, or
 * was dropped since, is in what is read; blocks at or below its version are dropped afterwards.
 * Broken off at any point the token stays, which is no version: the next look begins again.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "base/seq_table.h"
#include "redis/projector_state.h"
#include "redis/resp.h"

/* What has been gathered is written when it reaches one of these. */
#define FLUSH_BYTES ((size_t)512 << 10)
#define FLUSH_STEPS (FEN_COMMAND_KEYS_MAX / 2)

/* Before a token where keys still have to be removed, and where they do not. */
#define TOKEN_PURGE "purge-"
#define TOKEN_WRITE "rebuild-"

struct rebuild {
    struct fen_projector *projector;
    uint32_t partition;
    char token[FEN_FENCE_TEXT_BYTES];
    struct fen_seq_table seqs;
    uint64_t payee_count;
    uint64_t entry_count;
    bool is_reply_due; /* a part was sent and its reply not yet read */
    bool is_failed;
    char reason[160];
};

static void fail(struct rebuild *rebuild, const char *reason)
{
    if (rebuild->is_failed)
        return;
    rebuild->is_failed = true;
    snprintf(rebuild->reason, sizeof rebuild->reason, "%s", reason);
}

static void lose(struct rebuild *rebuild)
{
    fail(rebuild, rebuild->projector->connection.reason);
    fen_projector_disconnect(rebuild->projector);
}

/* Send what stands in the projector's request. */
static bool send_request(struct rebuild *rebuild)
{
    struct fen_projector *projector = rebuild->projector;
    if (projector->connection.link == NULL) {
        fail(rebuild, "the connection is lost");
        return false;
    }
    if (fen_connection_write(&projector->connection, fen_buffer_str(&projector->request)))
        return true;
    lose(rebuild);
    return false;
}

/* Read one reply; NULL: failed. */
static redisReply *read_reply(struct rebuild *rebuild)
{
    struct fen_projector *projector = rebuild->projector;
    redisReply *reply = fen_connection_read(&projector->connection);
    if (reply == NULL) {
        lose(rebuild);
        return NULL;
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        fen_projector_judge(projector, reply);
        fail(rebuild, projector->connection.reason);
        freeReplyObject(reply);
        fen_projector_mend(projector);
        return NULL;
    }
    return reply;
}

static void append_fence(struct rebuild *rebuild, struct fen_buffer *out)
{
    char key[FEN_KEY_PREFIX_BYTES_MAX + 32];
    snprintf(key, sizeof key, "%s{p%" PRIu32 "}:fence", rebuild->projector->key_prefix,
             rebuild->partition);
    fen_resp_append_text(out, fen_str_from(key));
}

static redisReply *ask(struct rebuild *rebuild)
{
    return send_request(rebuild) ? read_reply(rebuild) : NULL;
}

/* Read the reply that is due, if one is. */
static void settle(struct rebuild *rebuild)
{
    if (!rebuild->is_reply_due)
        return;
    rebuild->is_reply_due = false;
    redisReply *reply = read_reply(rebuild);
    if (reply == NULL)
        return;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 1 ||
        reply->element[0]->type != REDIS_REPLY_INTEGER || reply->element[0]->integer != 1)
        fail(rebuild, "another projector is setting the partition up");
    freeReplyObject(reply);
}

/* What the fence says now, "" when there is none. */
static bool fence_read(struct rebuild *rebuild, char has[FEN_FENCE_TEXT_BYTES])
{
    struct fen_buffer *request = &rebuild->projector->request;
    fen_buffer_clear(request);
    fen_resp_append_array(request, 3);
    fen_resp_append_text(request, FEN_STR("HGET"));
    append_fence(rebuild, request);
    fen_resp_append_text(request, FEN_STR("seq"));
    redisReply *reply = ask(rebuild);
    if (reply == NULL)
        return false;
    has[0] = '\0';
    if (reply->type == REDIS_REPLY_STRING)
        snprintf(has, FEN_FENCE_TEXT_BYTES, "%s", reply->str);
    freeReplyObject(reply);
    return true;
}

/* Somebody made the fence a key of another type: remove it. */
static void fence_remove(struct rebuild *rebuild)
{
    struct fen_buffer *request = &rebuild->projector->request;
    rebuild->is_failed = false;
    fen_buffer_clear(request);
    fen_resp_append_array(request, 2);
    fen_resp_append_text(request, FEN_STR("DEL"));
    append_fence(rebuild, request);
    freeReplyObject(ask(rebuild));
}

/* Set the fence to a token that nobody else has. */
static void fence_take(struct rebuild *rebuild, const char *kind)
{
    struct fen_projector *projector = rebuild->projector;
    snprintf(rebuild->token, sizeof rebuild->token, "%s%" PRIx64 "-%ld-%" PRIu32, kind,
             (uint64_t)fen_clock_wall_ms(), (long)getpid(), ++projector->token_count);
    fen_buffer_clear(&projector->request);
    fen_resp_append_array(&projector->request, 4);
    fen_resp_append_text(&projector->request, FEN_STR("HSET"));
    append_fence(rebuild, &projector->request);
    fen_resp_append_text(&projector->request, FEN_STR("seq"));
    fen_resp_append_text(&projector->request, fen_str_from(rebuild->token));
    freeReplyObject(ask(rebuild));
}

/* Append a glob that matches exactly the partition's keys. */
static void append_pattern(struct rebuild *rebuild, struct fen_buffer *out)
{
    char pattern[2 * FEN_KEY_PREFIX_BYTES_MAX + 32];
    size_t size = 0;
    for (const char *byte = rebuild->projector->key_prefix; *byte != '\0'; byte++) {
        if (strchr("*?[]^\\", *byte) != NULL)
            pattern[size++] = '\\';
        pattern[size++] = *byte;
    }
    snprintf(pattern + size, sizeof pattern - size, "{p%" PRIu32 "}:*", rebuild->partition);
    fen_resp_append_text(out, fen_str_from(pattern));
}

/* UNLINK the keys of one SCAN reply, the fence apart. */
static void purge_keys(struct rebuild *rebuild, const redisReply *keys)
{
    struct fen_buffer *request = &rebuild->projector->request;
    char fence[FEN_KEY_PREFIX_BYTES_MAX + 32];
    snprintf(fence, sizeof fence, "%s{p%" PRIu32 "}:fence", rebuild->projector->key_prefix,
             rebuild->partition);
    uint32_t count = 0;
    fen_buffer_clear(request);
    for (size_t index = 0; index < keys->elements; index++)
        count += strcmp(keys->element[index]->str, fence) != 0;
    if (count == 0)
        return;
    fen_resp_append_array(request, 1 + count);
    fen_resp_append_text(request, FEN_STR("UNLINK"));
    for (size_t index = 0; index < keys->elements; index++) {
        const redisReply *key = keys->element[index];
        if (strcmp(key->str, fence) != 0)
            fen_resp_append_text(request, (struct fen_str){key->str, (uint32_t)key->len});
    }
    freeReplyObject(ask(rebuild));
}

/* Remove all keys of the partition but its fence. */
static void purge(struct rebuild *rebuild)
{
    struct fen_buffer *request = &rebuild->projector->request;
    char cursor[32] = "0";
    do {
        fen_buffer_clear(request);
        fen_resp_append_array(request, 6);
        fen_resp_append_text(request, FEN_STR("SCAN"));
        fen_resp_append_text(request, fen_str_from(cursor));
        fen_resp_append_text(request, FEN_STR("MATCH"));
        append_pattern(rebuild, request);
        fen_resp_append_text(request, FEN_STR("COUNT"));
        fen_resp_append_text(request, FEN_STR("1000"));
        redisReply *reply = ask(rebuild);
        if (reply == NULL)
            return;
        if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
            reply->element[0]->type != REDIS_REPLY_STRING ||
            reply->element[1]->type != REDIS_REPLY_ARRAY) {
            fail(rebuild, "odd reply to SCAN");
        } else {
            snprintf(cursor, sizeof cursor, "%s", reply->element[0]->str);
            purge_keys(rebuild, reply->element[1]);
        }
        freeReplyObject(reply);
    } while (!rebuild->is_failed && strcmp(cursor, "0") != 0);
}

/* Write what was gathered behind the token; with the last part the fence moves to `to`. */
static void flush(struct rebuild *rebuild, const char *to)
{
    struct fen_projector *projector = rebuild->projector;
    struct fen_block *block = &projector->rebuild_block;
    struct fen_str sha = {projector->connection.sha, FEN_SHA_BYTES};
    uint32_t step = 0;
    block->wall_ms = fen_clock_wall_ms();
    do {
        fen_buffer_clear(&projector->request);
        fen_block_append_command(block, &step, sha, fen_str_from(rebuild->token), fen_str_from(to),
                                 &projector->request);
        settle(rebuild);
        if (rebuild->is_failed || !send_request(rebuild))
            return;
        rebuild->is_reply_due = true;
    } while (step < block->step_count);
    fen_block_clear(block, projector->key_prefix, rebuild->partition, projector->feed_length,
                    projector->wire);
}

static void flush_when_full(struct rebuild *rebuild)
{
    const struct fen_block *block = &rebuild->projector->rebuild_block;
    if (block->step_count >= FLUSH_STEPS || block->args.size_bytes >= FLUSH_BYTES)
        flush(rebuild, rebuild->token);
}

static void visit_account(void *context, const struct fen_account *account, struct fen_str store)
{
    struct rebuild *rebuild = context;
    if (rebuild->is_failed)
        return;
    fen_seq_table_put(&rebuild->seqs, account->tenant, account->payee, account->seq);
    fen_block_add_whole(&rebuild->projector->rebuild_block, account, store);
    rebuild->payee_count++;
    flush_when_full(rebuild);
}

/* Only the records of a payee's newest entries matter: the feed keeps no more. */
static void visit_record(void *context, struct fen_str tenant, struct fen_str payee, uint64_t seq,
                         uint32_t entry_count, struct fen_str record)
{
    struct rebuild *rebuild = context;
    if (rebuild->is_failed)
        return;
    uint64_t newest = fen_seq_table_find(&rebuild->seqs, tenant, payee);
    if (seq + rebuild->projector->feed_length <= newest)
        return;
    fen_block_add_record(&rebuild->projector->rebuild_block, tenant, payee, seq, record);
    rebuild->entry_count += entry_count;
    flush_when_full(rebuild);
}

static bool goes_on(void *context)
{
    const struct rebuild *rebuild = context;
    return !rebuild->is_failed && !fen_projector_is_overdue(rebuild->projector);
}

/* Take the fence, and remove what is of another world. */
static void rebuild_begin(struct rebuild *rebuild)
{
    const struct fen_partition *partition =
        &rebuild->projector->partitions[rebuild->partition];
    char has[FEN_FENCE_TEXT_BYTES] = "";
    if (!fence_read(rebuild, has)) {
        if (strncmp(rebuild->reason, "WRONGTYPE", 9) != 0)
            return;
        fence_remove(rebuild);
    }
    uint64_t version;
    uint64_t newest = partition->version_least > partition->version_sent
                          ? partition->version_least
                          : partition->version_sent;
    bool is_ahead = fen_fence_parse(fen_str_from(has), &version) && version > newest;
    bool has_leftovers = strncmp(has, TOKEN_PURGE, strlen(TOKEN_PURGE)) == 0;
    if (!rebuild->is_failed && (is_ahead || has_leftovers)) {
        fence_take(rebuild, TOKEN_PURGE);
        if (!rebuild->is_failed)
            purge(rebuild);
    }
    if (!rebuild->is_failed)
        fence_take(rebuild, TOKEN_WRITE);
}

/* Read and write. Returns: whether the partition is as its source says, at *version_out. */
static bool rebuild_run(struct rebuild *rebuild, uint64_t *version_out)
{
    struct fen_projector *projector = rebuild->projector;
    const struct fen_projector_source *source = &projector->source;
    const struct fen_projector_visitor visitor = {
        .context = rebuild, .account = visit_account, .record = visit_record, .goes_on = goes_on};
    rebuild_begin(rebuild);
    if (rebuild->is_failed)
        return false;
    fen_block_clear(&projector->rebuild_block, projector->key_prefix, rebuild->partition,
                    projector->feed_length, projector->wire);
    if (source->tick != NULL)
        source->tick(source->context);
    if (!source->read_partition(source->context, rebuild->partition, projector->feed_length,
                                &visitor, version_out))
        fail(rebuild, "the source cannot be read");
    FEN_FAULT_POINT(REBUILD_READ);
    if (rebuild->is_failed)
        return false;
    char to[FEN_FENCE_TEXT_BYTES];
    snprintf(to, sizeof to, "%" PRIu64, *version_out);
    flush(rebuild, to);
    settle(rebuild);
    return !rebuild->is_failed;
}

static void rebuild_succeed(struct rebuild *rebuild, uint64_t version, int64_t begin_ms)
{
    struct fen_partition *partition = &rebuild->projector->partitions[rebuild->partition];
    partition->state = FEN_PARTITION_SYNCED;
    partition->version = version;
    partition->version_sent = version;
    partition->version_least = version;
    fen_figure_add(&rebuild->projector->rebuilds, 1);
    FEN_LOG_INFO("projector", "partition was set up anew",
                 FEN_LOG_UINT("partition", rebuild->partition), FEN_LOG_UINT("version", version),
                 FEN_LOG_UINT("payees", rebuild->payee_count),
                 FEN_LOG_UINT("entries", rebuild->entry_count),
                 FEN_LOG_INT("took_ms", fen_clock_ms() - begin_ms));
}

void fen_rebuild(struct fen_projector *projector, uint32_t partition)
{
    struct rebuild rebuild = {.projector = projector, .partition = partition};
    struct fen_partition *row = &projector->partitions[partition];
    int64_t begin_ms = fen_clock_ms();
    uint64_t version = 0;
    FEN_ASSERT(row->state == FEN_PARTITION_LOST);
    /* M2: pairs with M1 in outlet.c. */
    atomic_exchange_explicit(&projector->rows[partition].is_missed, false, memory_order_acq_rel);
    bool is_done = rebuild_run(&rebuild, &version);
    settle(&rebuild);
    if (is_done) {
        rebuild_succeed(&rebuild, version, begin_ms);
    } else {
        row->retry_ms = fen_clock_ms() + fen_backoff_ms(row->retry_count++);
        fen_figure_add(&projector->rebuilds_failed, 1);
        FEN_LOG_WARN("projector", "partition could not be set up anew, will be tried again",
                     FEN_LOG_UINT("partition", partition), FEN_LOG_TEXT("why", rebuild.reason));
    }
    fen_seq_table_deinit(&rebuild.seqs);
}
