/*
 * http_connections: see http_connections.h.
 *
 * We make each connection's bufferevent and keep a reference to it: once evhttp has let go of it,
 * its callbacks are gone, which tells us that the connection has ended. At the bound the listener
 * sleeps, and further clients wait in the kernel's queue.
 *
 * The descriptor is the bufferevent's (BEV_OPT_CLOSE_ON_FREE), hence ours to close at the sweep:
 * evhttp only shuts it down, which is what the client sees. Closed by evhttp it would be given to
 * the next socket of any thread while our reference still has events on it, and would be read.
 */
#include "api/http_connections.h"

#include <stdlib.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <event2/util.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"

struct fen_http_connection {
    struct bufferevent *socket; /* referenced */
    struct evbuffer_cb_entry *watch;
    int64_t answered_ms; /* steady clock; when it was accepted, or output last came or went */
};

void fen_http_connections_init(struct fen_http_connections *connections, uint32_t count_max,
                               uint32_t unanswered_seconds_max)
{
    connections->count_max = count_max;
    connections->unanswered_ms_max = (int64_t)unanswered_seconds_max * 1000;
    /* One accept may take several: some beyond the bound have room, the listener then sleeps. */
    connections->rows = calloc(2 * (size_t)count_max, sizeof *connections->rows);
    FEN_ASSERT(connections->rows != NULL && "out of memory");
}

/* Called whenever output is written by us or taken by the client. */
static void note_answer(struct evbuffer *output, const struct evbuffer_cb_info *change,
                        void *context)
{
    struct fen_http_connection *connection = context;
    (void)output;
    (void)change;
    connection->answered_ms = fen_clock_ms();
}

static void let_go(struct fen_http_connection *connection)
{
    evbuffer_remove_cb_entry(bufferevent_get_output(connection->socket), connection->watch);
    bufferevent_decref(connection->socket);
    free(connection);
}

void fen_http_connections_deinit(struct fen_http_connections *connections)
{
    for (uint32_t index = 0; index < connections->count; index++)
        let_go(connections->rows[index]);
    free(connections->rows);
    *connections = (struct fen_http_connections){0};
}

static void watch(struct fen_http_connections *connections, struct bufferevent *socket)
{
    struct fen_http_connection *connection = calloc(1, sizeof *connection);
    FEN_ASSERT(connection != NULL && "out of memory");
    bufferevent_incref(socket);
    connection->socket = socket;
    connection->answered_ms = fen_clock_ms();
    connection->watch =
        evbuffer_add_cb(bufferevent_get_output(socket), note_answer, connection);
    FEN_ASSERT(connection->watch != NULL && "out of memory");
    connections->rows[connections->count++] = connection;
}

static void sleep_until_room(struct fen_http_connections *connections)
{
    connections->is_full = true;
    evconnlistener_disable(connections->listener);
}

struct bufferevent *fen_http_connections_admit(struct event_base *base, void *context)
{
    struct fen_http_connections *connections = context;
    if (connections->count == connections->count_max)
        fen_http_connections_sweep(connections);
    struct bufferevent *socket = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    FEN_ASSERT(socket != NULL && "out of memory");
    connections->is_short = false;
    if (connections->count < 2 * connections->count_max)
        watch(connections, socket);
    if (connections->count >= connections->count_max && !connections->is_full)
        sleep_until_room(connections);
    return socket;
}

void fen_http_connections_refused(struct fen_http_connections *connections, int error)
{
    if (!connections->is_short)
        FEN_LOG_WARN("api", "a connection cannot be accepted; it waits",
                     FEN_LOG_TEXT("reason", evutil_socket_error_to_string(error)));
    connections->is_short = true;
    sleep_until_room(connections);
}

static bool has_ended(const struct fen_http_connection *connection)
{
    bufferevent_data_cb on_read;
    bufferevent_data_cb on_write;
    bufferevent_event_cb on_event;
    void *context;
    bufferevent_getcb(connection->socket, &on_read, &on_write, &on_event, &context);
    return on_read == NULL && on_write == NULL && on_event == NULL;
}

/* The socket is evhttp's: shut down, it tells evhttp that the client has gone, which frees it. */
static void cut_unanswered(const struct fen_http_connections *connections,
                           struct fen_http_connection *connection, int64_t now_ms)
{
    if (now_ms - connection->answered_ms < connections->unanswered_ms_max)
        return;
    connection->answered_ms = now_ms;
    (void)shutdown(bufferevent_getfd(connection->socket), SHUT_RDWR);
}

void fen_http_connections_sweep(struct fen_http_connections *connections)
{
    int64_t now_ms = fen_clock_ms();
    uint32_t kept = 0;
    for (uint32_t index = 0; index < connections->count; index++) {
        struct fen_http_connection *connection = connections->rows[index];
        if (has_ended(connection)) {
            let_go(connection);
            continue;
        }
        cut_unanswered(connections, connection, now_ms);
        connections->rows[kept++] = connection;
    }
    connections->count = kept;
    if (connections->is_full && kept < connections->count_max) {
        connections->is_full = false;
        evconnlistener_enable(connections->listener);
    }
}
