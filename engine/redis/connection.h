/*
 * connection: one blocking connection to Redis: address, log-in, script, requests and replies.
 *
 * Where that Redis is a node of a cluster, the connection is one to each master: a pipeline is
 * split by the slots of its keys, replies come back in the pipeline's order, and an error of one
 * node (MOVED, a lost socket) ends all, so that the next opening learns anew who has what. It then
 * asks the address given, or any node that it knew.
 *
 * Requests are our own bytes (redis/resp.h); how they and the replies travel is a port: sockets by
 * hiredis (redis/socket.h), or a Redis in memory, for the simulation. Each wait is bounded, so that
 * a hung server shows as a lost connection.
 *
 * Threads: a connection belongs to one thread at a time.
 */
#ifndef FEN_REDIS_CONNECTION_H
#define FEN_REDIS_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include <hiredis/hiredis.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "base/str.h"

#define FEN_SHA_BYTES 40

struct fen_connection_options;

/* How bytes travel. A fault is a sentence, valid until the next call for the same link; a link that
 * had one is of no more use than to be closed. */
struct fen_transport {
    /* A link; NULL: *fault_out says why not. */
    void *(*open)(const struct fen_connection_options *options, const char **fault_out);
    void (*close)(void *link);
    /* All bytes. Returns: NULL, or the fault. */
    const char *(*write)(void *link, struct fen_str bytes);
    /* The next reply, for freeReplyObject; NULL: *fault_out says why not. */
    redisReply *(*read)(void *link, const char **fault_out);
};

/* Where and as whom; all is borrowed and must outlive the connection. */
struct fen_connection_options {
    const char *address;  /* "unix:/path" or "host:port" ("[::1]:6379"); NULL: 127.0.0.1:6379 */
    const char *user;     /* NULL: the default user */
    const char *password; /* NULL: no log-in */
    const struct fen_transport *transport; /* NULL: sockets */
    void *transport_context;               /* the transport's own */
};

struct fen_cluster_link;

struct fen_connection {
    struct fen_connection_options options;
    void *link; /* the transport's; NULL: not connected */
    struct fen_cluster_link *cluster; /* to its masters; kept over a closing; NULL: none */
    char sha[FEN_SHA_BYTES + 1]; /* of the script, once loaded */
    char reason[160];            /* of the last failure, one line */
};

/* What an error reply asks for. */
enum fen_reply_error {
    FEN_REPLY_NO_SCRIPT,   /* load it, then again */
    FEN_REPLY_TRANSIENT,   /* the server cannot now: LOADING, OOM, BUSY, TRYAGAIN ... */
    FEN_REPLY_RECONNECT,   /* this server cannot: READONLY, MASTERDOWN, MOVED, NOAUTH ... */
    FEN_REPLY_UNEXPECTED,  /* the script failed on the data it found: set the partition up anew */
};

/* False with *reason_out (static) when the address has no form that can be connected to. */
bool fen_connection_check_address(const char *address, const char **reason_out) FEN_MUST_USE;

/* Not connected yet; the struct is the caller's. */
void fen_connection_init(struct fen_connection *connection,
                         const struct fen_connection_options *options);

/* Close it and forget the cluster's nodes. */
void fen_connection_deinit(struct fen_connection *connection);

/* How many nodes have keys: 1, or the masters of a cluster. Connected. */
uint32_t fen_connection_node_count(const struct fen_connection *connection);

/* Send all requests to that node, whatever their keys; UINT32_MAX: by their keys again. */
void fen_connection_pin(struct fen_connection *connection, uint32_t node);

/* Connect and log in. False with the reason in `reason`; then it is closed. */
bool fen_connection_open(struct fen_connection *connection) FEN_MUST_USE;
void fen_connection_close(struct fen_connection *connection);

/* Write requests. False when the connection is lost; it is then closed. */
bool fen_connection_write(struct fen_connection *connection, struct fen_str bytes) FEN_MUST_USE;

/* The next reply, for freeReplyObject; NULL when the connection is lost; it is then closed. */
redisReply *fen_connection_read(struct fen_connection *connection) FEN_MUST_USE;

/* Write one request and read its reply. */
redisReply *fen_connection_ask(struct fen_connection *connection,
                               struct fen_str bytes) FEN_MUST_USE;

/* Load the script and keep its sha. False with the reason; an error reply leaves it connected. */
bool fen_connection_load_script(struct fen_connection *connection) FEN_MUST_USE;

/* What an error reply asks for; also notes it as the reason. */
enum fen_reply_error fen_connection_judge(struct fen_connection *connection,
                                          const redisReply *reply);

#endif /* FEN_REDIS_CONNECTION_H */
