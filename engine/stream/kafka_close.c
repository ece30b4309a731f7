/* kafka_close: see kafka_close.h. A thread of its own waits, and is left behind if it must. */
#include "stream/kafka_close.h"

#include <pthread.h>

#include "base/assert.h"
#include "base/log.h"
#include "base/thread.h"

static void *close_client(void *context)
{
    rd_kafka_t *handle = context;
    if (rd_kafka_type(handle) == RD_KAFKA_CONSUMER)
        (void)rd_kafka_consumer_close(handle);
    rd_kafka_destroy(handle);
    return NULL;
}

bool fen_kafka_close(rd_kafka_t *handle, uint32_t timeout_ms)
{
    pthread_t thread;
    FEN_ASSERT(pthread_create(&thread, NULL, close_client, handle) == 0);
    if (fen_thread_join(thread, timeout_ms))
        return true;
    (void)pthread_detach(thread);
    FEN_LOG_WARN("kafka", "the Kafka library does not end: left to the end of the process",
                 FEN_LOG_UINT("ms", timeout_ms));
    return false;
}
