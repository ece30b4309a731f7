/* reply_reader: see reply_reader.h. */
#include "redis/reply_reader.h"

#include <stdlib.h>

#include "redis/reply_bound.h"

struct fen_reply_reader {
    redisReader *reader;
};

struct fen_reply_reader *fen_reply_reader_create(void)
{
    struct fen_reply_reader *reader = calloc(1, sizeof *reader);
    FEN_ASSERT(reader != NULL && "out of memory");
    reader->reader = redisReaderCreate();
    FEN_ASSERT(reader->reader != NULL && "out of memory");
    fen_reply_bound(reader->reader);
    return reader;
}

void fen_reply_reader_destroy(struct fen_reply_reader *reader)
{
    if (reader == NULL)
        return;
    redisReaderFree(reader->reader);
    free(reader);
}

bool fen_reply_reader_feed(struct fen_reply_reader *reader, const void *bytes, size_t size_bytes)
{
    return redisReaderFeed(reader->reader, bytes, size_bytes) == REDIS_OK;
}

bool fen_reply_reader_next(struct fen_reply_reader *reader, redisReply **reply_out)
{
    void *reply = NULL;
    bool is_good = redisReaderGetReply(reader->reader, &reply) == REDIS_OK;
    *reply_out = is_good ? reply : NULL;
    return is_good;
}

void fen_reply_free(redisReply *reply)
{
    if (reply != NULL)
        freeReplyObject(reply);
}

struct fen_str fen_reply_text(const redisReply *reply)
{
    if (reply == NULL || reply->type != REDIS_REPLY_STRING)
        return FEN_STR_NONE;
    return (struct fen_str){reply->str, (uint32_t)reply->len};
}

const redisReply *fen_reply_item(const redisReply *reply, size_t index)
{
    return index < fen_reply_count(reply) ? reply->element[index] : NULL;
}

size_t fen_reply_count(const redisReply *reply)
{
    return reply == NULL || reply->type != REDIS_REPLY_ARRAY ? 0 : reply->elements;
}
