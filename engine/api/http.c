/* http: see http.h. */
#include "api/http.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/listener.h>
#include <event2/thread.h>
#include <event2/util.h>

#include "api/http_connections.h"
#include "api/http_reply.h"

#define ROUTE_COUNT_MAX 64
/* Clients that all come back at once; the system may take fewer (net.core.somaxconn). */
#define LISTEN_BACKLOG 4096
#define SWEEP_MS 200

struct route {
    enum fen_http_method method;
    const char *path;
    size_t path_size; /* without the star */
    bool is_prefix;
    fen_http_route_function *respond;
    void *context;
};

struct fen_http {
    struct fen_http_options options;
    char bind_address[64];
    struct route routes[ROUTE_COUNT_MAX];
    uint32_t route_count;

    pthread_t thread;
    bool is_started;
    char reason[160];

    /* The thread's, once it is started. */
    struct event_base *base;
    struct evhttp *server;
    struct event *sweep;
    struct fen_http_connections connections;
    struct fen_buffer body; /* of responses, kept between them */
    struct fen_http_service service;
};

/* The server whose loop this thread runs: a listener's error is told without our context. */
static _Thread_local struct fen_http *http_of_thread;

struct fen_http *fen_http_create(const struct fen_http_options *options)
{
    struct fen_http *http = calloc(1, sizeof *http);
    FEN_ASSERT(http != NULL && "out of memory");
    http->options = *options;
    if (http->options.connection_count_max == 0)
        http->options.connection_count_max = 256;
    if (http->options.header_bytes_max == 0)
        http->options.header_bytes_max = 16 << 10;
    if (http->options.body_bytes_max == 0)
        http->options.body_bytes_max = 64 << 10;
    if (http->options.idle_seconds_max == 0)
        http->options.idle_seconds_max = 15;
    if (http->options.unanswered_seconds_max == 0)
        http->options.unanswered_seconds_max = 40;
    snprintf(http->bind_address, sizeof http->bind_address, "%s",
             options->bind_address == NULL ? "127.0.0.1" : options->bind_address);
    return http;
}

void fen_http_route(struct fen_http *http, enum fen_http_method method, const char *path,
                    fen_http_route_function *respond, void *context)
{
    FEN_ASSERT(!http->is_started && http->route_count < ROUTE_COUNT_MAX && path[0] == '/');
    size_t size = strlen(path);
    bool is_prefix = size >= 2 && strcmp(path + size - 2, "/*") == 0;
    http->routes[http->route_count++] =
        (struct route){method, path, is_prefix ? size - 1 : size, is_prefix, respond, context};
}

void fen_http_serve(struct fen_http *http, const struct fen_http_service *service)
{
    FEN_ASSERT(!http->is_started && http->service.start == NULL);
    http->service = *service;
}

const char *fen_http_origins(const struct fen_http *http)
{
    return http->options.allowed_origins;
}

void fen_http_reply(const struct fen_http *http, struct evhttp_request *event,
                    const struct fen_http_response *response)
{
    fen_http_send(event, fen_http_origins(http), response);
}

struct fen_str fen_http_header(const struct fen_http_request *request, const char *name)
{
    return fen_str_from(
        evhttp_find_header(evhttp_request_get_input_headers(request->event), name));
}

bool fen_http_is_head(const struct fen_http_request *request)
{
    return evhttp_request_get_command(request->event) == EVHTTP_REQ_HEAD;
}

static bool route_matches(const struct route *route, struct fen_str path)
{
    if (route->is_prefix ? path.size < route->path_size : path.size != route->path_size)
        return false;
    return memcmp(path.data, route->path, route->path_size) == 0;
}

/* The longest match of the method; *methods_out: those the path has at all, a bit each. */
static const struct route *route_find(const struct fen_http *http, enum fen_http_method method,
                                      struct fen_str path, unsigned *methods_out)
{
    const struct route *best = NULL;
    *methods_out = 0;
    for (uint32_t index = 0; index < http->route_count; index++) {
        const struct route *route = &http->routes[index];
        if (!route_matches(route, path))
            continue;
        *methods_out |= 1u << route->method;
        if (route->method == method && (best == NULL || route->path_size >= best->path_size))
            best = route;
    }
    return best;
}

/* The method as a route sees it; false for one that no route can have. */
static bool method_of(struct evhttp_request *event, enum fen_http_method *method_out)
{
    switch ((int)evhttp_request_get_command(event)) {
    case EVHTTP_REQ_GET:
    case EVHTTP_REQ_HEAD:
        *method_out = FEN_HTTP_GET;
        return true;
    case EVHTTP_REQ_POST:
        *method_out = FEN_HTTP_POST;
        return true;
    default:
        return false;
    }
}

static void answer(struct fen_http *http, const struct route *route,
                   const struct fen_http_request *request)
{
    struct fen_http_response response = {.status = 200, .body = http->body};
    fen_buffer_clear(&response.body);
    route->respond(route->context, request, &response);
    if (!response.is_deferred)
        fen_http_send(request->event, fen_http_origins(http), &response);
    http->body = response.body;
}

/* Find the route and answer; `path` is decoded. */
static void dispatch(struct fen_http *http, struct evhttp_request *event, struct fen_str path,
                     const char *query)
{
    enum fen_http_method method = FEN_HTTP_GET;
    unsigned methods;
    bool is_known = method_of(event, &method);
    const struct route *route = route_find(http, method, path, &methods);
    if (methods == 0) {
        fen_http_send_error(event, fen_http_origins(http), 404, "no-such-path", "not found");
        return;
    }
    if (!is_known || route == NULL) {
        if (!fen_http_send_preflight(event, fen_http_origins(http)))
            fen_http_send_not_allowed(event, fen_http_origins(http), methods);
        return;
    }
    struct evbuffer *input = evhttp_request_get_input_buffer(event);
    size_t size = evbuffer_get_length(input);
    const char *body = size == 0 ? "" : (const char *)evbuffer_pullup(input, -1);
    const struct fen_http_request request = {method, path, fen_str_from(query),
                                             {body, (uint32_t)size}, event};
    answer(http, route, &request);
}

/* evhttp answers in the version it was asked in, whatever that is: others than 1 are told so. */
static bool refuse_version(struct fen_http *http, struct evhttp_request *event)
{
    if (event->major == 1)
        return false;
    event->major = 1;
    event->minor = 0;
    fen_http_send_error(event, fen_http_origins(http), 505, "version",
                        "HTTP/1.0 and 1.1 are spoken here");
    return true;
}

static void receive(struct evhttp_request *event, void *context)
{
    struct fen_http *http = context;
    if (refuse_version(http, event))
        return;
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(event);
    const char *raw = uri == NULL ? NULL : evhttp_uri_get_path(uri);
    size_t size = 0;
    char *path = raw == NULL ? NULL : evhttp_uridecode(raw, 0, &size);
    if (path == NULL)
        fen_http_send_error(event, fen_http_origins(http), 400, "bad-request", "bad request");
    else
        dispatch(http, event, (struct fen_str){path, (uint32_t)size}, evhttp_uri_get_query(uri));
    free(path);
}

static void sweep_on_time(evutil_socket_t socket, short what, void *context)
{
    (void)socket;
    (void)what;
    struct fen_http *http = context;
    fen_http_connections_sweep(&http->connections);
}

static void on_accept_error(struct evconnlistener *listener, void *context)
{
    (void)listener;
    (void)context; /* evhttp's own */
    fen_http_connections_refused(&http_of_thread->connections, EVUTIL_SOCKET_ERROR());
}

static bool fail(struct fen_http *http, const char *what)
{
    snprintf(http->reason, sizeof http->reason, "%s:%u: %s: %s", http->bind_address,
             (unsigned)http->options.port, what, strerror(errno));
    return false;
}

/* The address to bind; libevent's parser takes no port 0, so the port is set apart. */
static bool bind_address(const struct fen_http *http, struct sockaddr_storage *address, int *size)
{
    *size = sizeof *address;
    if (evutil_parse_sockaddr_port(http->bind_address, (struct sockaddr *)address, size) != 0)
        return false;
    if (address->ss_family == AF_INET6)
        ((struct sockaddr_in6 *)address)->sin6_port = htons(http->options.port);
    else
        ((struct sockaddr_in *)address)->sin_port = htons(http->options.port);
    return true;
}

/* Bind and listen; the listener belongs to the server from then on. */
static bool bind_listener(struct fen_http *http)
{
    struct sockaddr_storage address;
    int size;
    errno = EINVAL;
    if (!bind_address(http, &address, &size))
        return fail(http, "not a numeric address");
    struct evconnlistener *listener = evconnlistener_new_bind(
        http->base, NULL, NULL,
        LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, LISTEN_BACKLOG,
        (struct sockaddr *)&address, size);
    if (listener == NULL)
        return fail(http, "cannot listen");
    if (evhttp_bind_listener(http->server, listener) == NULL) {
        evconnlistener_free(listener);
        return fail(http, "cannot listen");
    }
    evconnlistener_set_error_cb(listener, on_accept_error);
    http->connections.listener = listener;
    return true;
}

static uint16_t bound_port(const struct fen_http *http)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    evutil_socket_t socket = evconnlistener_get_fd(http->connections.listener);
    if (getsockname(socket, (struct sockaddr *)&address, &size) != 0)
        return 0;
    if (address.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)&address)->sin6_port);
    return ntohs(((const struct sockaddr_in *)&address)->sin_port);
}

static void set_up_server(struct fen_http *http)
{
    const struct timeval pace = {.tv_usec = SWEEP_MS * 1000};
    http->base = event_base_new();
    http->server = http->base == NULL ? NULL : evhttp_new(http->base);
    http->sweep = http->base == NULL
                      ? NULL
                      : event_new(http->base, -1, EV_PERSIST, sweep_on_time, http);
    FEN_ASSERT(http->server != NULL && http->sweep != NULL);
    fen_http_connections_init(&http->connections, http->options.connection_count_max,
                              http->options.unanswered_seconds_max);
    event_add(http->sweep, &pace);
    evhttp_set_max_headers_size(http->server, (ev_ssize_t)http->options.header_bytes_max);
    evhttp_set_max_body_size(http->server, (ev_ssize_t)http->options.body_bytes_max);
    evhttp_set_timeout(http->server, (int)http->options.idle_seconds_max);
    /* Every method gets to us: we answer 405 where evhttp would answer 501. */
    evhttp_set_allowed_methods(http->server, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD |
                                                 EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |
                                                 EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE |
                                                 EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH);
    evhttp_set_bevcb(http->server, fen_http_connections_admit, &http->connections);
    evhttp_set_gencb(http->server, receive, http);
}

static void tear_down_server(struct fen_http *http)
{
    /* Its deferred requests are answered now; evhttp takes the connections after that. */
    if (http->is_started && http->service.stop != NULL)
        http->service.stop(http->service.context);
    if (http->server != NULL)
        evhttp_free(http->server);
    fen_http_connections_deinit(&http->connections);
    if (http->sweep != NULL)
        event_free(http->sweep);
    if (http->base != NULL)
        event_base_free(http->base);
    http->sweep = NULL;
    http->server = NULL;
    http->base = NULL;
}

static void *run(void *context)
{
    struct fen_http *http = context;
    http_of_thread = http;
    event_base_dispatch(http->base);
    return NULL;
}

uint16_t fen_http_start(struct fen_http *http, const char **reason_out)
{
    FEN_ASSERT(!http->is_started);
    evthread_use_pthreads(); /* stop comes from another thread */
    set_up_server(http);
    if (!bind_listener(http)) {
        tear_down_server(http);
        *reason_out = http->reason;
        return 0;
    }
    uint16_t port = bound_port(http);
    if (http->service.start != NULL)
        http->service.start(http->service.context, http->base);
    /* Signals are the main thread's; SIGPIPE of a client gone stays pending for ever. */
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&http->thread, NULL, run, http);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    FEN_ASSERT(error == 0 && "no thread for HTTP");
    http->is_started = true;
    return port;
}

static void leave_loop(evutil_socket_t socket, short what, void *context)
{
    struct fen_http *http = context;
    (void)socket;
    (void)what;
    event_base_loopbreak(http->base);
}

void fen_http_stop(struct fen_http *http)
{
    if (!http->is_started)
        return;
    /* By an event: a loopbreak before the thread is in its loop would be forgotten. */
    const struct timeval now = {0};
    int error = event_base_once(http->base, -1, EV_TIMEOUT, leave_loop, http, &now);
    FEN_ASSERT(error == 0);
    pthread_join(http->thread, NULL);
    tear_down_server(http);
    http->is_started = false;
}

void fen_http_destroy(struct fen_http *http)
{
    if (http == NULL)
        return;
    fen_http_stop(http);
    fen_buffer_deinit(&http->body);
    free(http);
}
