/* test_http: the HTTP server over real sockets: routes, refusals, limits, clients that go away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/http.h"
#include "api/routes.h"
#include "base/clock.h"

#define WAIT_MS 10000
#define CONNECTION_COUNT_MAX 4

struct fixture {
    struct fen_metrics *metrics;
    struct fen_health *health;
    struct fen_http *http;
    struct fen_routes routes;
    uint16_t port;
    bool is_ready;
};

static bool is_ready(void *context, struct fen_buffer *reason)
{
    const bool *ready = context;
    if (!__atomic_load_n(ready, __ATOMIC_RELAXED))
        fen_buffer_append_format(reason, "restoring");
    return __atomic_load_n(ready, __ATOMIC_RELAXED);
}

static void echo(void *context, const struct fen_http_request *request,
                 struct fen_http_response *response)
{
    response->content_type = "text/plain";
    fen_buffer_append_format(&response->body, "%s|%.*s|%.*s|%.*s", (const char *)context,
                             FEN_STR_ARG(request->path), FEN_STR_ARG(request->query),
                             FEN_STR_ARG(request->body));
}

static char post_mark[] = "post";
static char below_mark[] = "below";
static char guides_mark[] = "guides";

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    const struct fen_http_options options = {.connection_count_max = CONNECTION_COUNT_MAX,
                                             .header_bytes_max = 2048,
                                             .body_bytes_max = 1024,
                                             .idle_seconds_max = 30};
    const char *reason = NULL;
    fixture->metrics = fen_metrics_create("0.1.0");
    fixture->health = fen_health_create();
    fen_health_add(fixture->health, &(struct fen_health_check){"worker", FEN_HEALTH_READY, is_ready,
                                                               &fixture->is_ready});
    fixture->http = fen_http_create(&options);
    fixture->routes = (struct fen_routes){fixture->metrics, fixture->health, "0.1.0"};
    fen_routes_add(fixture->http, &fixture->routes);
    fen_http_route(fixture->http, FEN_HTTP_POST, "/echo", echo, post_mark);
    fen_http_route(fixture->http, FEN_HTTP_GET, "/v1/*", echo, below_mark);
    fen_http_route(fixture->http, FEN_HTTP_GET, "/v1/guides/*", echo, guides_mark);
    fixture->port = fen_http_start(fixture->http, &reason);
    if (fixture->port == 0)
        fail_msg("%s", reason);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    fen_http_destroy(fixture->http);
    fen_health_destroy(fixture->health);
    fen_metrics_destroy(fixture->metrics);
    free(fixture);
    return 0;
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    const struct timeval wait_time = {.tv_sec = WAIT_MS / 1000};
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait_time, sizeof wait_time);
    assert_int_equal(connect(descriptor, (struct sockaddr *)&address, sizeof address), 0);
    return descriptor;
}

/* Send a request on a connection of its own; the whole answer, to its end. */
static const char *ask(struct fixture *fixture, const char *request)
{
    static char answer[65536];
    size_t size = 0;
    int descriptor = connect_to(fixture->port);
    assert_int_equal(send(descriptor, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    for (;;) {
        ssize_t got = recv(descriptor, answer + size, sizeof answer - 1 - size, 0);
        if (got <= 0)
            break;
        size += (size_t)got;
    }
    answer[size] = '\0';
    close(descriptor);
    return answer;
}

static const char *get(struct fixture *fixture, const char *method, const char *path)
{
    char request[512];
    snprintf(request, sizeof request,
             "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", method, path);
    return ask(fixture, request);
}

static void assert_status(const char *answer, int status)
{
    assert_memory_equal(answer, "HTTP/1.1 ", 9);
    assert_int_equal(strtol(answer + 9, NULL, 10), status);
}

static void assert_body(const char *answer, const char *body)
{
    const char *found = strstr(answer, "\r\n\r\n");
    assert_non_null(found);
    assert_string_equal(found + 4, body);
}

static void test_http_answers_the_operators_paths(void **state)
{
    struct fixture *fixture = *state;
    const char *answer = get(fixture, "GET", "/metrics");
    assert_status(answer, 200);
    assert_non_null(strstr(answer, "Content-Type: text/plain; version=0.0.4"));
    assert_non_null(strstr(answer, "\nfen_build_info{version=\"0.1.0\"} 1\n"));
    answer = get(fixture, "GET", "/livez");
    assert_status(answer, 200);
    assert_body(answer, "{\"status\":\"ok\"}\n");
    answer = get(fixture, "GET", "/readyz?verbose");
    assert_status(answer, 503);
    assert_body(answer, "{\"status\":\"unavailable\",\"reasons\":"
                        "[{\"check\":\"worker\",\"reason\":\"restoring\"}]}\n");
    __atomic_store_n(&fixture->is_ready, true, __ATOMIC_RELAXED);
    assert_status(get(fixture, "GET", "/readyz"), 200);
    answer = get(fixture, "GET", "/version");
    assert_body(answer, "{\"name\":\"fen\",\"version\":\"0.1.0\"}\n");
}

static void test_http_refuses_unknown_paths_and_methods(void **state)
{
    struct fixture *fixture = *state;
    const char *answer;
    assert_status(get(fixture, "GET", "/nowhere"), 404);
    assert_status(get(fixture, "GET", "/metrics/more"), 404);
    assert_status(get(fixture, "DELETE", "/nowhere"), 404);
    answer = get(fixture, "POST", "/metrics");
    assert_status(answer, 405);
    assert_non_null(strstr(answer, "Allow: GET, HEAD\r\n"));
    answer = get(fixture, "PATCH", "/echo");
    assert_status(answer, 405);
    assert_non_null(strstr(answer, "Allow: POST\r\n"));
    assert_status(get(fixture, "GET", "/%zz"), 404);
    answer = ask(fixture, "GET /livez HTTP/0.0\r\n\r\n");
    assert_int_equal(strncmp(answer, "HTTP/1.0 505 ", 13), 0);
}

static void test_http_head_sends_headers_alone(void **state)
{
    struct fixture *fixture = *state;
    const char *answer = get(fixture, "HEAD", "/livez");
    assert_status(answer, 200);
    assert_non_null(strstr(answer, "Content-Length: 16\r\n"));
    assert_body(answer, "");
}

static void test_http_gives_routes_path_query_and_body(void **state)
{
    struct fixture *fixture = *state;
    assert_body(get(fixture, "GET", "/v1/orders/O%201?after=7"), "below|/v1/orders/O 1|after=7|");
    assert_body(get(fixture, "GET", "/v1/guides/G1"), "guides|/v1/guides/G1||");
    assert_body(ask(fixture, "POST /echo HTTP/1.1\r\nHost: l\r\nConnection: close\r\n"
                             "Content-Length: 5\r\n\r\nhello"),
                "post|/echo||hello");
}

static void test_http_bounds_headers_and_bodies(void **state)
{
    struct fixture *fixture = *state;
    char request[8192];
    int size = snprintf(request, sizeof request, "GET /livez HTTP/1.1\r\nHost: l\r\nX: ");
    memset(request + size, 'x', 4096);
    snprintf(request + size + 4096, sizeof request - (size_t)size - 4096, "\r\n\r\n");
    assert_null(strstr(ask(fixture, request), " 200 "));
    snprintf(request, sizeof request,
             "POST /echo HTTP/1.1\r\nHost: l\r\nConnection: close\r\n"
             "Content-Length: 2000000\r\n\r\n");
    assert_null(strstr(ask(fixture, request), " 200 "));
    assert_status(get(fixture, "GET", "/livez"), 200);
}

static bool is_answered(int descriptor)
{
    static const char request[] = "GET /livez HTTP/1.1\r\nHost: l\r\n\r\n";
    char answer[1024];
    return send(descriptor, request, sizeof request - 1, MSG_NOSIGNAL) == sizeof request - 1 &&
           recv(descriptor, answer, sizeof answer, 0) > 0;
}

/* Silent clients take all places; one that comes later is served once they have gone. */
static void test_http_bounds_connections(void **state)
{
    struct fixture *fixture = *state;
    static const char request[] = "GET /livez HTTP/1.1\r\nHost: l\r\nConnection: close\r\n\r\n";
    int silent[CONNECTION_COUNT_MAX];
    char answer[1024];
    for (int index = 0; index < CONNECTION_COUNT_MAX; index++) {
        /* Each is known to be accepted before the next: it has been answered once. */
        silent[index] = connect_to(fixture->port);
        assert_true(is_answered(silent[index]));
    }
    int late = connect_to(fixture->port); /* in the kernel's queue */
    assert_int_equal(send(late, request, sizeof request - 1, MSG_NOSIGNAL), sizeof request - 1);
    struct pollfd readable = {.fd = late, .events = POLLIN};
    assert_int_equal(poll(&readable, 1, 300), 0);
    for (int index = 0; index < CONNECTION_COUNT_MAX; index++)
        close(silent[index]);
    assert_int_equal(poll(&readable, 1, WAIT_MS), 1);
    assert_true(recv(late, answer, sizeof answer, 0) > 0);
    assert_status(answer, 200);
    close(late);
}

/* One more byte of a header, and a moment. */
static bool is_cut(int descriptor)
{
    struct pollfd readable = {.fd = descriptor, .events = POLLIN};
    char byte;
    return send(descriptor, "x", 1, MSG_NOSIGNAL) != 1 ||
           (poll(&readable, 1, 20) == 1 && recv(descriptor, &byte, 1, 0) <= 0);
}

/* Each byte would put the idle timeout off; one who is answered in between may stay. */
static void test_http_cuts_who_trickles(void **state)
{
    struct fixture *fixture = *state;
    static const char begin[] = "GET /livez HTTP/1.1\r\nX: ";
    const char *reason = NULL;
    const struct fen_http_options options = {.unanswered_seconds_max = 3};
    struct fen_http *http = fen_http_create(&options);
    fen_routes_add(http, &fixture->routes);
    uint16_t port = fen_http_start(http, &reason);
    assert_int_not_equal(port, 0);
    int answered = connect_to(port);
    int slow = connect_to(port);
    int64_t begin_ms = fen_clock_ms();
    assert_int_equal(send(slow, begin, sizeof begin - 1, MSG_NOSIGNAL), sizeof begin - 1);
    while (!is_cut(slow)) {
        assert_true(is_answered(answered));
        assert_true(fen_clock_ms() < begin_ms + WAIT_MS);
    }
    assert_true(fen_clock_ms() >= begin_ms + 2900);
    assert_true(is_answered(answered));
    close(slow);
    close(answered);
    fen_http_destroy(http);
}

/* A client waits where the process may open no more files, and is served once it may. */
static void test_http_waits_for_descriptors(void **state)
{
    struct fixture *fixture = *state;
    static const char request[] = "GET /livez HTTP/1.1\r\nHost: l\r\nConnection: close\r\n\r\n";
    struct rlimit before;
    char answer[1024];
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    int next = dup(STDIN_FILENO); /* the lowest that is free, of the client's socket then */
    assert_true(next >= 0);
    close(next);
    const struct rlimit none = {.rlim_cur = (rlim_t)next + 1, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int late = connect_to(fixture->port);
    assert_int_equal(late, next);
    assert_int_equal(send(late, request, sizeof request - 1, MSG_NOSIGNAL), sizeof request - 1);
    struct pollfd readable = {.fd = late, .events = POLLIN};
    assert_int_equal(poll(&readable, 1, 300), 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(poll(&readable, 1, WAIT_MS), 1);
    assert_true(recv(late, answer, sizeof answer, 0) > 0);
    assert_status(answer, 200);
    close(late);
}

/* Ten thousand bytes to a client that has gone: no SIGPIPE, and the next is served. */
static void test_http_survives_clients_that_go_away(void **state)
{
    struct fixture *fixture = *state;
    static const char request[] = "GET /metrics HTTP/1.1\r\nHost: l\r\n\r\n";
    for (int round = 0; round < 50; round++) {
        const struct linger reset = {1, 0};
        int descriptor = connect_to(fixture->port);
        assert_true(send(descriptor, request, sizeof request - 1, MSG_NOSIGNAL) > 0);
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(descriptor);
    }
    assert_status(get(fixture, "GET", "/livez"), 200);
}

static void test_http_start_says_why_it_cannot_listen(void **state)
{
    struct fixture *fixture = *state;
    const char *reason = NULL;
    struct fen_http *second = fen_http_create(&(struct fen_http_options){.port = fixture->port});
    assert_int_equal(fen_http_start(second, &reason), 0);
    assert_non_null(strstr(reason, "Address already in use"));
    fen_http_destroy(second);
    second = fen_http_create(&(struct fen_http_options){.bind_address = "not-an-address"});
    assert_int_equal(fen_http_start(second, &reason), 0);
    fen_http_destroy(second);
}

static void test_http_stops_at_once_and_starts_again(void **state)
{
    struct fixture *fixture = *state;
    const char *reason = NULL;
    int idle = connect_to(fixture->port);
    for (int round = 0; round < 20; round++) {
        fen_http_stop(fixture->http);
        fixture->port = fen_http_start(fixture->http, &reason);
        assert_int_not_equal(fixture->port, 0);
    }
    assert_status(get(fixture, "GET", "/livez"), 200);
    close(idle);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_http_answers_the_operators_paths),
        TEST(test_http_refuses_unknown_paths_and_methods),
        TEST(test_http_head_sends_headers_alone),
        TEST(test_http_gives_routes_path_query_and_body),
        TEST(test_http_bounds_headers_and_bodies),
        TEST(test_http_bounds_connections),
        TEST(test_http_cuts_who_trickles),
        TEST(test_http_waits_for_descriptors),
        TEST(test_http_survives_clients_that_go_away),
        TEST(test_http_start_says_why_it_cannot_listen),
        TEST(test_http_stops_at_once_and_starts_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
