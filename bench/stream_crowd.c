/* stream_crowd: see the header. */
#include "bench/stream_crowd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/event_parse.h"
#include "bench/process.h"
#include "bench/stream_request.h"
#include "cli/sale/pace.h"

#define READ_BYTES      (256u << 10)
#define EVENT_COUNT_MAX 1024
/* Clients of one source address, 127.0.0.2 and following. */
#define ADDRESS_CLIENTS 10000u
#define DEAF_BUFFER     4096
#define OPEN_RUN        64u

struct client {
    struct bench_crowd *crowd;
    struct bench_event_parse parse;
    int64_t asked_ns;
    uint64_t last_id; /* 0: none yet */
    int socket;       /* -1: closed */
    uint32_t number;
    uint8_t place; /* enum bench_crowd_place of this connection */
    bool is_asked;
    bool is_served;
    bool is_deaf;
};

struct bench_crowd {
    struct bench_crowd_options options;
    struct bench_stream_requests *requests;
    struct client *clients;
    int epoll;
    struct sockaddr_in server;
    struct bench_crowd_figures figures;
    uint32_t served_count;
    uint32_t deaf_count;
    int64_t now_ns; /* when the bytes in hand were read */
    char *bytes;
};

struct bench_crowd *bench_crowd_create(const struct bench_crowd_options *options)
{
    struct bench_crowd *crowd = calloc(1, sizeof *crowd);
    FEN_ASSERT(crowd != NULL);
    crowd->options = *options;
    crowd->clients = calloc(options->client_count_max, sizeof *crowd->clients);
    crowd->bytes = malloc(READ_BYTES);
    FEN_ASSERT(crowd->clients != NULL && crowd->bytes != NULL);
    for (uint32_t number = 0; number < options->client_count_max; number++) {
        crowd->clients[number].crowd = crowd;
        crowd->clients[number].number = number;
        crowd->clients[number].socket = -1;
    }
    crowd->requests = bench_stream_requests_create(options->key_path, options->payee_count);
    crowd->server.sin_family = AF_INET;
    crowd->server.sin_port = htons(options->port);
    if (inet_pton(AF_INET, options->address, &crowd->server.sin_addr) != 1)
        bench_process_fail("%s is no numeric address", options->address);
    crowd->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (crowd->epoll < 0)
        bench_process_fail("epoll: %s", strerror(errno));
    return crowd;
}

void bench_crowd_destroy(struct bench_crowd *crowd)
{
    bench_crowd_close(crowd, 0, crowd->options.client_count_max);
    bench_stream_requests_destroy(crowd->requests);
    (void)close(crowd->epoll);
    free(crowd->clients);
    free(crowd->bytes);
    free(crowd);
}

/* --- one client ------------------------------------------------------------------------------- */

static void client_close(struct client *client)
{
    if (client->socket < 0)
        return;
    (void)close(client->socket); /* leaves the epoll by itself */
    client->socket = -1;
    client->crowd->served_count -= client->is_served;
    client->crowd->deaf_count -= client->is_deaf;
    bench_event_parse_deinit(&client->parse);
}

static void client_fail(struct client *client)
{
    if (!client->is_deaf)
        client->crowd->figures.failed_count++;
    client_close(client);
}

static void watch(const struct client *client, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = (void *)(uintptr_t)client};
    if (epoll_ctl(client->crowd->epoll, operation, client->socket, &event) != 0)
        bench_process_fail("epoll_ctl: %s", strerror(errno));
}

/* A socket from one of our addresses; the port is chosen at the connect. */
static int open_socket(const struct client *client)
{
    const int on = 1;
    const int small = DEAF_BUFFER;
    struct sockaddr_in from = {.sin_family = AF_INET};
    from.sin_addr.s_addr =
        htonl(INADDR_LOOPBACK + 1 + client->number / ADDRESS_CLIENTS);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        bench_process_fail("client %" PRIu32 ": %s", client->number, strerror(errno));
    (void)setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (client->is_deaf)
        (void)setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (bind(descriptor, (struct sockaddr *)&from, sizeof from) != 0)
        bench_process_fail("bind: %s", strerror(errno));
    return descriptor;
}

static void client_open(struct client *client, enum bench_crowd_place place, bool is_deaf)
{
    const struct bench_crowd *crowd = client->crowd;
    client_close(client);
    if (place == BENCH_PLACE_OLD)
        client->last_id = 1;
    client->place = (uint8_t)place;
    client->is_asked = false;
    client->is_served = false;
    client->is_deaf = is_deaf;
    client->socket = open_socket(client);
    client->crowd->deaf_count += is_deaf;
    client->asked_ns = bench_process_clock_ns();
    watch(client, EPOLL_CTL_ADD, EPOLLOUT);
    if (connect(client->socket, (const struct sockaddr *)&crowd->server, sizeof crowd->server) !=
            0 &&
        errno != EINPROGRESS)
        client_fail(client);
}

/* Connected: the request, which the socket takes whole. */
static void client_ask(struct client *client)
{
    char text[BENCH_REQUEST_BYTES_MAX];
    size_t size = bench_stream_request_write(
        client->crowd->requests, client->number % client->crowd->options.payee_count,
        client->place == BENCH_PLACE_NOWHERE ? 0 : client->last_id, text);
    if (send(client->socket, text, size, MSG_NOSIGNAL) != (ssize_t)size) {
        client_fail(client);
        return;
    }
    client->is_asked = true;
    watch(client, EPOLL_CTL_MOD, client->is_deaf ? EPOLLRDHUP : EPOLLIN | EPOLLRDHUP);
}

/* --- what comes ------------------------------------------------------------------------------- */

static void client_serve(struct client *client)
{
    struct bench_crowd *crowd = client->crowd;
    if (client->is_served)
        return;
    client->is_served = true;
    crowd->served_count++;
    fen_histogram_add(&crowd->figures.served_us,
                      (uint64_t)(crowd->now_ns - client->asked_ns) / 1000);
}

/* Count entries and their latencies. Returns: how many. */
static uint64_t count_entries(struct bench_crowd *crowd, struct fen_str data)
{
    static const char mark[] = "\"event\":\"t";
    uint64_t count = 0;
    const char *end = data.data + data.size;
    for (const char *at = data.data;
         (at = memmem(at, (size_t)(end - at), mark, sizeof mark - 1)) != NULL;) {
        at += sizeof mark - 1;
        int64_t latency_ns = crowd->now_ns - strtoll(at, NULL, 10);
        fen_histogram_add(&crowd->figures.latency_us,
                          latency_ns < 0 ? 0 : (uint64_t)latency_ns / 1000);
        count++;
    }
    return count;
}

static void on_event(void *context, enum bench_event_kind kind, uint64_t id, struct fen_str data)
{
    struct client *client = context;
    struct bench_crowd *crowd = client->crowd;
    if (kind == BENCH_EVENT_SNAPSHOT) {
        crowd->figures.snapshot_count++;
        client->last_id = id;
        client_serve(client);
    } else if (kind == BENCH_EVENT_ENTRIES) {
        uint64_t count = count_entries(crowd, data);
        crowd->figures.event_count++;
        crowd->figures.entry_count += count;
        if (client->last_id + count != id)
            crowd->figures.gap_count++;
        client->last_id = id;
        client_serve(client);
    }
}

static void client_read(struct client *client)
{
    struct bench_crowd *crowd = client->crowd;
    ssize_t size = recv(client->socket, crowd->bytes, READ_BYTES, 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size <= 0) {
        client_fail(client);
        return;
    }
    crowd->now_ns = bench_process_clock_ns();
    crowd->figures.byte_count += (uint64_t)size;
    bool is_good = bench_event_parse_feed(
        &client->parse, (struct fen_str){crowd->bytes, (uint32_t)size}, on_event, client);
    if (client->parse.status != 0 && client->parse.status != 200) {
        crowd->figures.refused_count++;
        client_close(client);
    } else if (!is_good || client->parse.place == BENCH_PARSE_ENDED) {
        client_fail(client);
    } else if (client->place == BENCH_PLACE_LAST && client->parse.place != BENCH_PARSE_HEAD) {
        client_serve(client); /* nothing may have been missed */
    }
}

static void take_event(struct client *client, uint32_t events)
{
    if (client->socket < 0)
        return;
    if (client->is_deaf && client->is_asked)
        client_close(client); /* cut off */
    else if (!client->is_asked && (events & (EPOLLERR | EPOLLHUP)) != 0)
        client_fail(client);
    else if (!client->is_asked)
        client_ask(client);
    else
        client_read(client);
}

/* --- the crowd -------------------------------------------------------------------------------- */

void bench_crowd_turn(struct bench_crowd *crowd, int64_t wait_ms)
{
    struct epoll_event events[EVENT_COUNT_MAX];
    int count = epoll_wait(crowd->epoll, events, EVENT_COUNT_MAX, (int)wait_ms);
    for (int index = 0; index < count; index++)
        take_event(events[index].data.ptr, events[index].events);
}

void bench_crowd_open(struct bench_crowd *crowd, uint32_t first, uint32_t last, int64_t rate,
                      enum bench_crowd_place place)
{
    int64_t start_ns = bench_process_clock_ns();
    uint32_t opened = 0;
    for (uint32_t number = first; number < last;) {
        int64_t due = rate == 0 ? INT64_MAX
                                : 1 + (bench_process_clock_ns() - start_ns) * rate / 1000000000;
        for (uint32_t run = 0; run < OPEN_RUN && number < last && opened < due; run++) {
            client_open(&crowd->clients[number++], place, false);
            opened++;
        }
        bench_crowd_turn(crowd, opened < due ? 0 : 1);
    }
}

void bench_crowd_open_deaf(struct bench_crowd *crowd, uint32_t first, uint32_t last)
{
    for (uint32_t number = first; number < last; number++) {
        client_open(&crowd->clients[number], BENCH_PLACE_NOWHERE, true);
        bench_crowd_turn(crowd, 0);
    }
}

void bench_crowd_close(struct bench_crowd *crowd, uint32_t first, uint32_t last)
{
    for (uint32_t number = first; number < last; number++)
        client_close(&crowd->clients[number]);
}

uint32_t bench_crowd_served_count(const struct bench_crowd *crowd)
{
    return crowd->served_count;
}

uint32_t bench_crowd_deaf_count(const struct bench_crowd *crowd)
{
    return crowd->deaf_count;
}

struct bench_crowd_figures *bench_crowd_figures(struct bench_crowd *crowd)
{
    return &crowd->figures;
}
