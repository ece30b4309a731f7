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
    struct fen_stream_client *next_waiting, *previous_waiting;
    bool is_waiting;     /* for its turn to be asked for */
    bool needs_snapshot; /* rather than what it missed */
    uint64_t position; /* the seq it has; NONE before its first snapshot */
    int64_t until_ms;
    uint32_t number;
    char key_id[FEN_KEY_ID_BYTES_MAX + 1];
};

/* A payee somebody watches. */
struct fen_feed {
    struct fen_feed *next_of_bucket;
    struct fen_feed *next, *previous; /* of the partition */
    struct fen_feed *next_dirty;
    struct fen_feed **dirty_place; /* what points at it among the dirty; NULL: it is not */
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
    bool is_dirty; /* all feeds are to be read whatever the fence says */
};

struct fen_payee_streams {
    struct fen_payee_streams_options options;
    struct fen_feed *buckets[FEN_FEED_BUCKET_COUNT];
    struct fen_stream_partition *partitions;
    struct event *poll_timer;
    struct event *second_timer;
    struct fen_redis_link *listener; /* is told of feeds that have changed */
    bool is_told;                    /* it is; fences need not be looked at */
    struct fen_feed *dirty;          /* to be read */
    struct fen_stream_client *first_waiting, *last_waiting;
    uint32_t job_count;
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

/* The feed of a key "…:feed:TENANT/PAYEE" of Redis; NULL: no feed, or nobody watches it. */
struct fen_feed *fen_feed_of_key(struct fen_payee_streams *streams, struct fen_str key);

/* Free it when nobody watches it and no walk holds it. */
void fen_feed_release(struct fen_payee_streams *streams, struct fen_feed *feed);

/* Have it read next time, and not any more. */
void fen_feed_mark_dirty(struct fen_payee_streams *streams, struct fen_feed *feed);
void fen_feed_mark_clean(struct fen_feed *feed);

/* Take a client out of its feed and free it; its stream is somebody else's business. */
void fen_stream_client_remove(struct fen_stream_client *client);

/* Read the feed from a client's place on. */
void fen_feed_join(struct fen_payee_streams *streams, struct fen_stream_client *client);

/*
 * Send the record's entries behind `after` to a client. False: it is gone, and freed.
 */
bool fen_stream_client_send(struct fen_payee_streams *streams, struct fen_stream_client *client,
                            const struct fen_ledger_record *record);

/* It begins anew with a snapshot, when its turn comes. */
void fen_stream_client_need_snapshot(struct fen_payee_streams *streams,
                                     struct fen_stream_client *client);

/* Ask for those whose turn it is. */
void fen_payee_streams_ask_next(struct fen_payee_streams *streams);

/* Whether what it is to get first has not come yet. */
bool fen_stream_client_is_behind(const struct fen_stream_client *client);

/* It waits for its turn no more. */
void fen_stream_client_leave_queue(struct fen_stream_client *client);

/* One turn of reading: at once when Redis has told of a feed, else every 20 ms. */
void fen_payee_streams_poll(struct fen_payee_streams *streams);

/* Be told by Redis which feeds change, as far as it does; and see that it is still there. */
void fen_payee_streams_listen(struct fen_payee_streams *streams);
void fen_payee_streams_check_listener(struct fen_payee_streams *streams);

#endif /* FEN_API_PAYEE_STREAMS_PARTS_H */
