/*
 * http: the process's HTTP server, on a thread and a libevent loop of its own.
 *
 * Routes are added before start. Everything a client can send is bounded: header and body bytes,
 * idle time, time without an answer, connections; a path without a route is 404, another method 405
 * with Allow. HEAD is answered wherever GET is. TLS and HTTP/2 are a proxy's business.
 *
 * Threads: create, route, start, stop, destroy: start-up. Routes are called on the http thread.
 */
#ifndef FEN_API_HTTP_H
#define FEN_API_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "base/str.h"

struct event_base;
struct evhttp_request;
struct fen_http;

struct fen_http_options {
    const char *bind_address;      /* NULL: "127.0.0.1" */
    uint16_t port;                 /* 0: a free one */
    uint32_t connection_count_max; /* 0: 256; further ones wait in the kernel's queue */
    uint32_t header_bytes_max;     /* 0: 16 KiB */
    uint32_t body_bytes_max;       /* 0: 64 KiB */
    uint32_t idle_seconds_max;     /* 0: 15 */
    /* 0: 40; how long a connection may last with nothing said to it. More than a stream's pause. */
    uint32_t unanswered_seconds_max;
    const char *allowed_origins;   /* of pages that may read (CORS), comma-separated; borrowed */
};

enum fen_http_method { FEN_HTTP_GET, FEN_HTTP_POST };

/* A request as a route sees it; borrowed during the call. */
struct fen_http_request {
    enum fen_http_method method; /* HEAD shows as GET */
    struct fen_str path;         /* decoded, without query */
    struct fen_str query;        /* raw, after '?'; absent: none */
    struct fen_str body;
    struct evhttp_request *event; /* for what this struct does not show; not to be answered */
};

/* What a route fills; `body` is empty and the status 200 when it is called. */
struct fen_http_response {
    int status;
    const char *content_type; /* static; NULL: none */
    const char *challenge;    /* static: WWW-Authenticate; NULL: none */
    const char *policy;       /* static: Content-Security-Policy; NULL: nothing is allowed */
    uint32_t retry_seconds;   /* Retry-After; 0: none */
    /* The route answers later: by fen_http_reply or a stream, exactly once, also when the client
     * has gone meanwhile. */
    bool is_deferred;
    struct fen_buffer body;
};

typedef void fen_http_route_function(void *context, const struct fen_http_request *request,
                                     struct fen_http_response *response);

/* The caller destroys. Nothing is bound yet. Options are copied. */
struct fen_http *fen_http_create(const struct fen_http_options *options) FEN_MUST_USE;

/*
 * Answer `method` on `path`: an exact path, or one that ends in a slash and star, which stands for
 * everything below it (the longest match holds). `path` and `context` must outlive the server.
 * Before start. At most 64 routes.
 */
void fen_http_route(struct fen_http *http, enum fen_http_method method, const char *path,
                    fen_http_route_function *respond, void *context);

/*
 * What lives on the server's loop beside its routes: `start` is called before the loop runs, `stop`
 * when it has ended and must answer every deferred request. At most one, before start.
 */
struct fen_http_service {
    void (*start)(void *context, struct event_base *base);
    void (*stop)(void *context);
    void *context;
};
void fen_http_serve(struct fen_http *http, const struct fen_http_service *service);

/* Answer a deferred request. Thread: http. */
void fen_http_reply(const struct fen_http *http, struct evhttp_request *event,
                    const struct fen_http_response *response);

/* A header of the request; absent when it has none. Thread: http. */
struct fen_str fen_http_header(const struct fen_http_request *request, const char *name);

/* Whether only the headers of a GET are asked for. Thread: http. */
bool fen_http_is_head(const struct fen_http_request *request);

/* The origins allowed by the options; NULL: none. */
const char *fen_http_origins(const struct fen_http *http);

/*
 * Bind, listen and start the thread.
 * Returns: the port, or 0 with *reason_out (valid until destroy) when it cannot be bound.
 */
uint16_t fen_http_start(struct fen_http *http, const char **reason_out) FEN_MUST_USE;

/* Let go of the port and of all connections, end the thread; not started is fine. */
void fen_http_stop(struct fen_http *http);

/* Stops first; NULL is fine. */
void fen_http_destroy(struct fen_http *http);

#endif /* FEN_API_HTTP_H */
