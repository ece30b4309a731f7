/*
 * reply_reader: replies of Redis out of bytes as they come, for a connection that never waits.
 *
 * hiredis parses; who reads and writes the socket is the caller's business (the API's event loop).
 * The blocking sister is connection.h.
 *
 * Threads: a reader belongs to one thread at a time.
 */
#ifndef FEN_REDIS_REPLY_READER_H
#define FEN_REDIS_REPLY_READER_H

#include <stdbool.h>
#include <stddef.h>

#include <hiredis/hiredis.h>

#include "base/assert.h"
#include "base/str.h"

struct fen_reply_reader;

/* The caller destroys; NULL is fine there. */
struct fen_reply_reader *fen_reply_reader_create(void) FEN_MUST_USE;
void fen_reply_reader_destroy(struct fen_reply_reader *reader);

/* Take bytes in. False: they are no replies; the connection is of no use any more. */
bool fen_reply_reader_feed(struct fen_reply_reader *reader, const void *bytes,
                           size_t size_bytes) FEN_MUST_USE;

/*
 * The next whole reply, which the caller frees, or NULL for none yet. False: the bytes are no
 * replies.
 */
bool fen_reply_reader_next(struct fen_reply_reader *reader, redisReply **reply_out) FEN_MUST_USE;

/* NULL is fine. */
void fen_reply_free(redisReply *reply);

/* The text of a reply; absent for nil, and for a reply of another type. Borrows it. */
struct fen_str fen_reply_text(const redisReply *reply);

/* Item of an array reply; NULL where there is none. Borrows it. */
const redisReply *fen_reply_item(const redisReply *reply, size_t index);

/* How many items an array reply has; 0 of another type. */
size_t fen_reply_count(const redisReply *reply);

#endif /* FEN_REDIS_REPLY_READER_H */
