/*
 * reply_bound: hiredis reserves an array's room as soon as its head is read, up to 16 GiB for a
 * line of twelve bytes. Readers bound here take arrays of FEN_REPLY_ITEM_COUNT_MAX items at most;
 * the largest that fen asks for has some ten thousand.
 *
 * Threads: any.
 */
#ifndef FEN_REDIS_REPLY_BOUND_H
#define FEN_REDIS_REPLY_BOUND_H

#include <hiredis/hiredis.h>

#define FEN_REPLY_ITEM_COUNT_MAX (1 << 20)

/* Bound a reader of hiredis's own making. It ends a longer array with its error "Out of memory". */
void fen_reply_bound(redisReader *reader);

#endif /* FEN_REDIS_REPLY_BOUND_H */
