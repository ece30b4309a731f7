/*
 * kafka_member: a static member of a consumer group, and what to make of the loss of its place.
 *
 * A broker fences a member when another one joins under its instance name. That is mostly a second
 * process of the same name, which must be left alone. But it is also what a client does to itself:
 * when its session runs out while a coordinator moves or is slow, it joins anew under no member id,
 * and the answer to a heartbeat of its former self tells it that it is fenced, for good (librdkafka
 * issue 3437). The two are told apart by the group: once the session of what took the place would
 * be over, the name of a living process is still a member's, that of our former self is not. A
 * coordinator that has just moved gives every member a new session, so it is looked twice.
 *
 * Threads: one worker.
 */
#ifndef FEN_STREAM_KAFKA_MEMBER_H
#define FEN_STREAM_KAFKA_MEMBER_H

#include <stdbool.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "stream/kafka_config.h"
#include "stream/kafka_source.h"

#define FEN_KAFKA_MEMBER_NAME_SIZE_BYTES 512

struct fen_kafka_member {
    struct fen_kafka_source_options options; /* its strings are not used after init */
    char group[FEN_KAFKA_MEMBER_NAME_SIZE_BYTES];
    char instance[FEN_KAFKA_MEMBER_NAME_SIZE_BYTES]; /* group.instance.id: INSTANCE-NUMBER */
    void (*rebalanced)(rd_kafka_t *handle, rd_kafka_resp_err_t code,
                       rd_kafka_topic_partition_list_t *list, void *opaque);
    void *opaque;
    rd_kafka_t *handle;  /* owned; NULL: the place is lost, or was never taken */
    int64_t look_at_ms;  /* lost: when to look who has it */
    int64_t wait_ms;     /* from look to look */
    uint32_t look_count; /* how often it was found to be a member's still */
};

enum fen_kafka_member_place {
    FEN_KAFKA_MEMBER_WAITING, /* it is not yet known who has the place */
    FEN_KAFKA_MEMBER_BACK,    /* a new member has joined */
    FEN_KAFKA_MEMBER_TAKEN,   /* another process runs under this name */
    FEN_KAFKA_MEMBER_FAILED,  /* no member can be made: see the reason */
};

/* `rebalanced`: rd_kafka's callback, with `opaque`; runs within this handle's polls. */
void fen_kafka_member_init(struct fen_kafka_member *member,
                           const struct fen_kafka_source_options *options,
                           void (*rebalanced)(rd_kafka_t *handle, rd_kafka_resp_err_t code,
                                              rd_kafka_topic_partition_list_t *list,
                                              void *opaque),
                           void *opaque);

/* Open the client and subscribe. Returns: false with a sentence in `reason`, no handle. */
bool fen_kafka_member_join(struct fen_kafka_member *member,
                           struct fen_buffer *reason) FEN_MUST_USE;

/* It was fenced: let go of the client, which is of no more use. Nothing may borrow from it. */
void fen_kafka_member_lose(struct fen_kafka_member *member);

/*
 * After `lose`: see who has the place, waiting for up to `wait_ms`.
 * `looker`: any client of the cluster; NULL: none can be had, which is waited for.
 */
enum fen_kafka_member_place fen_kafka_member_retake(struct fen_kafka_member *member,
                                                    rd_kafka_t *looker, uint32_t wait_ms,
                                                    struct fen_buffer *reason) FEN_MUST_USE;

#endif /* FEN_STREAM_KAFKA_MEMBER_H */
