/*
 * http_connections: what bounds the connections of an HTTP server: how many there are, and how long
 * one may go on without being answered anything.
 *
 * evhttp of libevent 2.1 has neither bound: its timeout starts anew with every byte, so a client
 * that trickles a header holds its place for ever.
 *
 * Threads: the http thread.
 */
#ifndef FEN_API_HTTP_CONNECTIONS_H
#define FEN_API_HTTP_CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct evconnlistener;
struct event_base;
struct bufferevent;
struct fen_http_connection;

struct fen_http_connections {
    struct evconnlistener *listener; /* evhttp's; sleeps at the bound */
    uint32_t count_max;
    int64_t unanswered_ms_max;
    struct fen_http_connection **rows; /* owned */
    uint32_t count;
    bool is_full;
    bool is_short; /* the last accept failed */
};

/* Nothing is admitted yet; the caller sets `listener` once it has bound one. */
void fen_http_connections_init(struct fen_http_connections *connections, uint32_t count_max,
                               uint32_t unanswered_seconds_max);

/* Lets go of all; evhttp, which owns their sockets, is gone by then. */
void fen_http_connections_deinit(struct fen_http_connections *connections);

/* A connection was accepted: its bufferevent, evhttp's from then on. `context`: a
 * struct fen_http_connections; the form is evhttp_set_bevcb's. */
struct bufferevent *fen_http_connections_admit(struct event_base *base, void *context);

/* No descriptor for one more: those who wait are taken when a sweep has made room. */
void fen_http_connections_refused(struct fen_http_connections *connections, int error);

/* Several times a second: let go of those that evhttp is done with, cut those that have gone
 * unanswered for too long, and wake the listener when there is room again. */
void fen_http_connections_sweep(struct fen_http_connections *connections);

#endif /* FEN_API_HTTP_CONNECTIONS_H */
