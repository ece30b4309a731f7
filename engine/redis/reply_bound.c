/* reply_bound: see reply_bound.h. */
#include "redis/reply_bound.h"

#include <pthread.h>
#include <stddef.h>

#include "base/assert.h"

/* Of hiredis, and the same with a bound; written once, by `prepare`. */
static const redisReplyObjectFunctions *functions;
static redisReplyObjectFunctions bounded_functions;

static void *create_array(const redisReadTask *task, int item_count)
{
    return item_count > FEN_REPLY_ITEM_COUNT_MAX ? NULL : functions->createArray(task, item_count);
}

/* The functions of hiredis have no name outside it; a reader points at them. */
static void prepare(void)
{
    redisReader *reader = redisReaderCreate();
    FEN_ASSERT(reader != NULL && "out of memory");
    functions = reader->fn;
    bounded_functions = *functions;
    bounded_functions.createArray = create_array;
    redisReaderFree(reader);
}

void fen_reply_bound(redisReader *reader)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, prepare);
    reader->fn = &bounded_functions;
}
