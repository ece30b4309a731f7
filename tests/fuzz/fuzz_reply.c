/*
 * fuzz_reply: any bytes as what a Redis sends: replies cut anywhere, the slots of a cluster, errors
 * that ask for something, and the pipelines that we ourselves take apart for a cluster's nodes.
 *
 * The first byte says in what pieces the bytes come: whole or in pieces, the replies are the same.
 */
#include <stdlib.h>

#include "fuzz.h"

#include "base/buffer.h"
#include "redis/cluster.h"
#include "redis/connection.h"
#include "redis/reply_reader.h"
#include "redis/resp.h"

#define CHECK(expression) ((expression) ? (void)0 : abort())
#define REPLIES_MAX 64u
#define DEPTH_MAX 16u

/* Everything that can be asked of a reply, as a text. */
static void tell(const redisReply *reply, uint32_t depth, struct fen_buffer *out)
{
    struct fen_str text = fen_reply_text(reply);
    fen_buffer_append_format(out, "%d %lld %zu ", reply->type, reply->integer,
                             fen_reply_count(reply));
    if (fen_str_is_set(text))
        fen_buffer_append_str(out, text);
    CHECK(fen_reply_item(reply, fen_reply_count(reply)) == NULL);
    for (size_t index = 0; depth < DEPTH_MAX && index < fen_reply_count(reply); index++)
        tell(fen_reply_item(reply, index), depth + 1, out);
}

static void use(const redisReply *reply)
{
    static struct fen_cluster cluster;
    struct fen_connection connection;
    if (fen_cluster_read(&cluster, reply, "127.0.0.1")) {
        CHECK(cluster.node_count <= FEN_CLUSTER_NODE_COUNT_MAX);
        for (uint32_t slot = 0; slot < FEN_CLUSTER_SLOT_COUNT; slot++)
            CHECK(cluster.owners[slot] <= FEN_CLUSTER_NODE_COUNT_MAX);
    }
    if (reply->type != REDIS_REPLY_ERROR)
        return;
    const struct fen_connection_options options = {.address = "127.0.0.1:1"};
    fen_connection_init(&connection, &options);
    CHECK(fen_connection_judge(&connection, reply) <= FEN_REPLY_UNEXPECTED);
    for (const char *byte = connection.reason; *byte != '\0'; byte++)
        CHECK(*byte != '\n');
    fen_connection_deinit(&connection);
}

/* Read all replies, `piece` bytes at a time; what they said, and a last word on how it ended. */
static void read_all(const uint8_t *data, size_t size, size_t piece, struct fen_buffer *out)
{
    struct fen_reply_reader *reader = fen_reply_reader_create();
    bool is_good = true;
    uint32_t count = 0;
    for (size_t at = 0; at < size && is_good; at += piece) {
        redisReply *reply = NULL;
        size_t rest = size - at < piece ? size - at : piece;
        is_good = fen_reply_reader_feed(reader, data + at, rest);
        while (is_good && (is_good = fen_reply_reader_next(reader, &reply)) && reply != NULL) {
            tell(reply, 0, out);
            if (count++ < REPLIES_MAX)
                use(reply);
            fen_reply_free(reply);
        }
    }
    fen_buffer_append_format(out, "%d", is_good);
    fen_reply_reader_destroy(reader);
}

/* A pipeline of our own, whose texts are the input's, comes apart into the same requests. */
static void take_apart(struct fen_str text)
{
    struct fen_buffer pipeline = {0};
    const struct fen_str parts[] = {FEN_STR("{"), text, FEN_STR("}")};
    fen_resp_append_array(&pipeline, 2);
    fen_resp_append_text(&pipeline, FEN_STR("GET"));
    fen_resp_append_joined(&pipeline, parts, 3);
    size_t first = pipeline.size_bytes;
    fen_resp_append_array(&pipeline, 2);
    fen_resp_append_text(&pipeline, FEN_STR("GET"));
    fen_resp_append_text(&pipeline, text);
    struct fen_cluster_request request = fen_cluster_request(fen_buffer_str(&pipeline));
    CHECK(request.size == first && !request.is_for_all);
    CHECK(request.key.size == text.size + 2);
    CHECK(fen_cluster_slot(request.key) < FEN_CLUSTER_SLOT_COUNT);
    struct fen_str rest = {pipeline.data + first, (uint32_t)(pipeline.size_bytes - first)};
    request = fen_cluster_request(rest);
    CHECK(request.size == rest.size && fen_str_equal(request.key, text));
    CHECK(fen_cluster_slot(request.key) < FEN_CLUSTER_SLOT_COUNT);
    fen_buffer_deinit(&pipeline);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fen_buffer whole = {0}, pieces = {0};
    if (size < 2 || size > (1u << 16))
        return 0;
    size_t piece = 1 + data[0] % 32;
    read_all(data + 1, size - 1, size - 1, &whole);
    read_all(data + 1, size - 1, piece, &pieces);
    CHECK(fen_str_equal(fen_buffer_str(&whole), fen_buffer_str(&pieces)));
    take_apart((struct fen_str){(const char *)data + 1, (uint32_t)size - 1});
    fen_buffer_deinit(&whole);
    fen_buffer_deinit(&pieces);
    return 0;
}
