/* taint: see taint.h. Requests counted by connection, as librdkafka's threads report them. */
#include "stream/taint.h"

#include "base/assert.h"

#define API_PRODUCE 0

/* Produce 0, AddPartitionsToTxn 24, AddOffsetsToTxn 25, EndTxn 26, TxnOffsetCommit 28. */
static bool is_watched(int16_t api)
{
    return api == API_PRODUCE || api == 24 || api == 25 || api == 26 || api == 28;
}

/*
 * Several Produce requests are under way at a time, and each is reported sent once and answered
 * once: they are counted. Of the others there is at most one at a time, and librdkafka reports its
 * answer twice (on the broker's thread, then on its main thread): they are a flag.
 */
static rd_kafka_resp_err_t note_sent(rd_kafka_t *producer, int socket, const char *broker,
                                     int32_t broker_id, int16_t api, int16_t version,
                                     int32_t correlation, size_t size, void *opaque)
{
    struct fen_taint *taint = opaque;
    (void)producer, (void)socket, (void)broker, (void)broker_id;
    (void)version, (void)correlation, (void)size;
    if (!is_watched(api))
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    if (api == API_PRODUCE)
        __atomic_add_fetch(&taint->unanswered[api], 1, __ATOMIC_RELAXED);
    else
        __atomic_store_n(&taint->unanswered[api], 1, __ATOMIC_RELAXED);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t note_answered(rd_kafka_t *producer, int socket, const char *broker,
                                         int32_t broker_id, int16_t api, int16_t version,
                                         int32_t correlation, size_t size, int64_t rtt,
                                         rd_kafka_resp_err_t error, void *opaque)
{
    struct fen_taint *taint = opaque;
    (void)producer, (void)socket, (void)broker, (void)broker_id;
    (void)version, (void)correlation, (void)size, (void)rtt;
    if (!is_watched(api))
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        __atomic_add_fetch(&taint->errors, 1, __ATOMIC_RELEASE); /* T1: pairs with T2 */
    if (api == API_PRODUCE)
        __atomic_sub_fetch(&taint->unanswered[api], 1, __ATOMIC_RELAXED);
    else
        __atomic_store_n(&taint->unanswered[api], 0, __ATOMIC_RELAXED);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t note_new(rd_kafka_t *producer, const rd_kafka_conf_t *conf,
                                    void *opaque, char *error, size_t error_size)
{
    (void)conf, (void)error, (void)error_size;
    rd_kafka_resp_err_t code =
        rd_kafka_interceptor_add_on_request_sent(producer, "fen", note_sent, opaque);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        code = rd_kafka_interceptor_add_on_response_received(producer, "fen", note_answered,
                                                             opaque);
    return code;
}

void fen_taint_watch(struct fen_taint *taint, rd_kafka_conf_t *conf)
{
    FEN_ASSERT(taint->errors == 0);
    FEN_ASSERT(rd_kafka_conf_interceptor_add_on_new(conf, "fen", note_new, taint)
               == RD_KAFKA_RESP_ERR_NO_ERROR);
}

bool fen_taint_is_quiet(const struct fen_taint *taint)
{
    for (int api = 0; api < FEN_TAINT_API_COUNT; api++) {
        if (__atomic_load_n(&taint->unanswered[api], __ATOMIC_RELAXED) > 0)
            return false;
    }
    return true;
}

/*
 * What the broker threads counted before librdkafka woke the worker out of commit is visible here:
 * its reply queue is a lock between the two.
 */
bool fen_taint_is_set(const struct fen_taint *taint)
{
    return __atomic_load_n(&taint->errors, __ATOMIC_ACQUIRE) != 0 /* T2: pairs with T1 */
           || !fen_taint_is_quiet(taint);
}
