/*
 * payee_streams_parts: what the files of payee_streams share. Private to payee_streams*.c.
 *
 * Threads: the loop's.
 */
#ifndef FEN_API_PAYEE_STREAMS_PARTS_H
#define FEN_API_PAYEE_STREAMS_PARTS_H

#include "api/http_stream.h"
#include "api/payee_streams.h"
#include "base/arena.h"

#define FEN_FEED_BUCKET_COUNT 16384
/* A feed whose place in Redis is not known yet is not read. */
#define FEN_POSITION_NONE UINT64_MAX

struct event;
struct fen_feed;
struct fen_stream_client;

/* A question on its way for a client, which may go meanwhile. */
struct fen_stream_job {
    struct fen_payee_streams *streams;
    struct fen_stream_client *client; /* NULL: gone */
};

struct fen_stream_client {
    struct fen_payee_streams *streams;
    struct fen_stream_client *next, *previous;
    struct fen_feed *feed;
    struct fen_http_stream *stream;
    struct fen_stream_job *job; /* what it is to get first is on the way; NULL: nothing */
    bool needs_snapshot;
    uint64_t position; /* the seq it has; NONE before its first snapshot */
    int64_t until_ms;
    uint32_t number;
    char key_id[FEN_KEY_ID_BYTES_MAX + 1];
};

/* A payee somebody watches. */
struct fen_feed {
    struct fen_feed *next_of_bucket;
    struct fen_feed *next, *previous; /* of the partition */
    struct fen_redis_payee payee;
    uint64_t position; /* read so far */
    struct fen_stream_client *clients;
    uint32_t client_count;
    bool is_held; /* by a walk over its clients: not to be freed */
    char payee_text[160];
};

struct fen_stream_partition {
    struct fen_feed *feeds;
    uint64_t fence_hash;
    bool is_dirty; /* to be read whatever the fence says */
};

struct fen_payee_streams {
    struct fen_payee_streams_options options;
    struct fen_feed *buckets[FEN_FEED_BUCKET_COUNT];
    struct fen_stream_partition *partitions;
    struct event *poll_timer;
    struct event *second_timer;
    bool is_polling; /* an answer is on the way */
    bool is_ending;
    uint32_t client_number;
    uint32_t second_count;
    struct fen_arena *arena; /* of one answer */
    struct fen_buffer text;
    struct fen_buffer commands;
    uint32_t *asked; /* partitions, in the order of the fences asked for */
    uint32_t asked_count;
    struct fen_payee_streams_figures figures;
};

/* The feed of a payee; made when nobody watches it yet. */
struct fen_feed *fen_feed_acquire(struct fen_payee_streams *streams,
                                  const struct fen_redis_payee *payee);

/* The feed of a name "TENANT/PAYEE"; NULL: nobody watches it. */
struct fen_feed *fen_feed_find(struct fen_payee_streams *streams, struct fen_str name);

/* Free it when nobody watches it and no walk holds it. */
void fen_feed_release(struct fen_payee_streams *streams, struct fen_feed *feed);

/* Take a client out of its feed and free it; its stream is somebody else's business. */
void fen_stream_client_remove(struct fen_stream_client *client);

/* Read the feed from a client's place on. */
void fen_feed_join(struct fen_payee_streams *streams, struct fen_stream_client *client);

/*
 * Send the record's entries behind `after` to a client. False: it is gone, and freed.
 */
bool fen_stream_client_send(struct fen_payee_streams *streams, struct fen_stream_client *client,
                            const struct fen_ledger_record *record);

/* Ask for what a snapshot shows; the client gets it when it comes. */
void fen_stream_client_ask_snapshot(struct fen_payee_streams *streams,
                                    struct fen_stream_client *client);

/* One turn of reading, every 20 ms. */
void fen_payee_streams_poll(struct fen_payee_streams *streams);

#endif /* FEN_API_PAYEE_STREAMS_PARTS_H */
