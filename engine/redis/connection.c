/* connection: see connection.h. */
#include "redis/connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "redis/cluster_link.h"
#include "redis/resp.h"
#include "redis/script.h"

#define CONNECT_SECONDS 2
#define WAIT_SECONDS 5
#define HOST_BYTES 256
#define ADDRESS_DEFAULT "127.0.0.1:6379"

/* "host:port" taken apart; IPv6 in brackets. Port 0: no such address. */
static int address_split(const char *address, char host[HOST_BYTES])
{
    const char *colon = strrchr(address, ':');
    if (colon == NULL || colon == address)
        return 0;
    size_t size = (size_t)(colon - address);
    if (address[0] == '[' && address[size - 1] == ']') {
        address++;
        size -= 2;
    }
    if (size == 0 || size >= HOST_BYTES)
        return 0;
    memcpy(host, address, size);
    host[size] = '\0';
    char *end;
    long port = strtol(colon + 1, &end, 10);
    return *end == '\0' && end != colon + 1 && port > 0 && port <= 65535 ? (int)port : 0;
}

static const char *unix_path(const char *address)
{
    if (strncmp(address, "unix:", 5) == 0)
        return address + 5;
    return address[0] == '/' ? address : NULL;
}

bool fen_connection_check_address(const char *address, const char **reason_out)
{
    char host[HOST_BYTES];
    if (address == NULL)
        return true;
    const char *path = unix_path(address);
    if (path != NULL && path[0] != '\0' && strlen(path) <= 107)
        return true;
    *reason_out = path != NULL ? "the path of a unix socket has 1 to 107 bytes"
                               : "write Redis's address as host:port or unix:/path";
    return path == NULL && address_split(address, host) != 0;
}

void fen_connection_init(struct fen_connection *connection,
                         const struct fen_connection_options *options)
{
    *connection = (struct fen_connection){.options = *options};
    if (connection->options.address == NULL)
        connection->options.address = ADDRESS_DEFAULT;
}

void fen_connection_close(struct fen_connection *connection)
{
    if (connection->context != NULL)
        redisFree(connection->context);
    connection->context = NULL;
    if (connection->link != NULL)
        fen_cluster_link_close(connection->link);
}

void fen_connection_deinit(struct fen_connection *connection)
{
    fen_connection_close(connection);
    fen_cluster_link_destroy(connection->link);
    connection->link = NULL;
}

uint32_t fen_connection_node_count(const struct fen_connection *connection)
{
    uint32_t count = connection->link == NULL ? 0 : fen_cluster_link_count(connection->link);
    return count == 0 ? 1 : count;
}

void fen_connection_pin(struct fen_connection *connection, uint32_t node)
{
    if (connection->link != NULL)
        fen_cluster_link_pin(connection->link, node);
}

/* Note a reason on one line, cut where it is too long. */
static void note(struct fen_connection *connection, const char *text, size_t size)
{
    size_t most = sizeof connection->reason - 1;
    if (size > most)
        size = most;
    memcpy(connection->reason, text, size);
    connection->reason[size] = '\0';
    for (size_t index = 0; index < size; index++) {
        if ((unsigned char)connection->reason[index] < ' ')
            connection->reason[index] = ' ';
    }
}

static void fail(struct fen_connection *connection, const char *reason)
{
    note(connection, reason, strlen(reason));
    fen_connection_close(connection);
}

static redisContext *connect_to(const char *path, const char *host, int port)
{
    const struct timeval connect_time = {.tv_sec = CONNECT_SECONDS};
    const struct timeval wait_time = {.tv_sec = WAIT_SECONDS};
    redisContext *context = path != NULL ? redisConnectUnixWithTimeout(path, connect_time)
                                         : redisConnectWithTimeout(host, port, connect_time);
    FEN_ASSERT(context != NULL && "out of memory");
    if (context->err != 0 || redisSetTimeout(context, wait_time) != REDIS_OK)
        return context;
    if (path == NULL)
        redisEnableKeepAlive(context); /* best effort: waits are bounded anyway */
    return context;
}

static bool connect_socket(struct fen_connection *connection)
{
    const char *address = connection->options.address;
    const char *path = unix_path(address);
    char host[HOST_BYTES] = "";
    int port = path != NULL ? 0 : address_split(address, host);
    FEN_ASSERT(path != NULL || port != 0); /* checked when it was configured */
    connection->context = connect_to(path, host, port);
    if (connection->context->err == 0)
        return true;
    fail(connection, connection->context->errstr);
    return false;
}

/* Any node of the cluster that was known before, where the address given does not answer. */
static bool connect_to_known(struct fen_connection *connection)
{
    uint32_t count = connection->link == NULL ? 0 : fen_cluster_link_known(connection->link);
    for (uint32_t i = 0; i < count; i++) {
        const struct fen_cluster_node *node = fen_cluster_link_node(connection->link, i);
        connection->context = connect_to(NULL, node->host, node->port);
        if (connection->context->err == 0)
            return true;
        fail(connection, connection->context->errstr);
    }
    return false;
}

static bool send_all(struct fen_connection *connection, redisContext *context,
                     struct fen_str bytes)
{
    size_t sent = 0;
    while (sent < bytes.size) {
        ssize_t count = send(context->fd, bytes.data + sent, bytes.size - sent, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0) {
            fail(connection, errno == EAGAIN ? "Redis takes nothing in time" : strerror(errno));
            return false;
        }
        sent += (size_t)count;
    }
    return true;
}

static redisReply *receive(struct fen_connection *connection, redisContext *context)
{
    void *reply = NULL;
    if (redisGetReply(context, &reply) != REDIS_OK || reply == NULL) {
        bool is_late = context->err == REDIS_ERR_IO && errno == EAGAIN;
        fail(connection, is_late ? "Redis does not answer in time" : context->errstr);
        return NULL;
    }
    return reply;
}

static bool is_cluster(const struct fen_connection *connection)
{
    return connection->link != NULL && fen_cluster_link_count(connection->link) > 0;
}

bool fen_connection_write(struct fen_connection *connection, struct fen_str bytes)
{
    if (!is_cluster(connection))
        return send_all(connection, connection->context, bytes);
    fen_cluster_link_route(connection->link, bytes);
    for (uint32_t i = 0; i < fen_cluster_link_count(connection->link); i++) {
        if (!send_all(connection, fen_cluster_link_context(connection->link, i),
                      fen_cluster_link_part(connection->link, i)))
            return false;
    }
    return true;
}

/* One reply of each node; the first that is an error stands for all. */
static redisReply *receive_all(struct fen_connection *connection)
{
    redisReply *kept = NULL;
    for (uint32_t i = 0; i < fen_cluster_link_count(connection->link); i++) {
        redisReply *reply = receive(connection, fen_cluster_link_context(connection->link, i));
        if (reply == NULL) {
            freeReplyObject(kept);
            return NULL;
        }
        bool is_better = kept == NULL || (reply->type == REDIS_REPLY_ERROR &&
                                          kept->type != REDIS_REPLY_ERROR);
        freeReplyObject(is_better ? kept : reply);
        kept = is_better ? reply : kept;
    }
    return kept;
}

redisReply *fen_connection_read(struct fen_connection *connection)
{
    if (!is_cluster(connection))
        return receive(connection, connection->context);
    uint32_t node = fen_cluster_link_next(connection->link);
    return node == FEN_CLUSTER_LINK_ALL
               ? receive_all(connection)
               : receive(connection, fen_cluster_link_context(connection->link, node));
}

redisReply *fen_connection_ask(struct fen_connection *connection, struct fen_str bytes)
{
    return fen_connection_write(connection, bytes) ? fen_connection_read(connection) : NULL;
}

static bool has_prefix(const redisReply *reply, const char *prefix)
{
    return strncmp(reply->str, prefix, strlen(prefix)) == 0;
}

/* Whether the error is of a code, by itself or as a script of Redis 6 passes it on: "-CODE ". */
static bool has_code(const redisReply *reply, const char *code)
{
    char within[32];
    snprintf(within, sizeof within, "-%s", code);
    return has_prefix(reply, code) || strstr(reply->str, within) != NULL;
}

enum fen_reply_error fen_connection_judge(struct fen_connection *connection,
                                          const redisReply *reply)
{
    static const char *const transient[] = {"LOADING ", "OOM ",         "BUSY ",      "TRYAGAIN ",
                                            "MISCONF ", "CLUSTERDOWN ", "NOREPLICAS "};
    static const char *const reconnect[] = {"READONLY ", "MASTERDOWN ", "MOVED ",  "ASK ",
                                            "NOAUTH ",   "WRONGPASS ",  "NOPERM "};
    note(connection, reply->str, (size_t)reply->len);
    if (has_code(reply, "NOSCRIPT "))
        return FEN_REPLY_NO_SCRIPT;
    for (size_t index = 0; index < sizeof transient / sizeof *transient; index++) {
        if (has_code(reply, transient[index]))
            return FEN_REPLY_TRANSIENT;
    }
    for (size_t index = 0; index < sizeof reconnect / sizeof *reconnect; index++) {
        if (has_code(reply, reconnect[index]))
            return FEN_REPLY_RECONNECT;
    }
    return FEN_REPLY_UNEXPECTED;
}

bool fen_connection_load_script(struct fen_connection *connection)
{
    struct fen_buffer request = {0};
    fen_resp_append_array(&request, 3);
    fen_resp_append_text(&request, FEN_STR("SCRIPT"));
    fen_resp_append_text(&request, FEN_STR("LOAD"));
    fen_resp_append_text(&request, fen_script_text());
    redisReply *reply = fen_connection_ask(connection, fen_buffer_str(&request));
    fen_buffer_deinit(&request);
    if (reply == NULL)
        return false;
    bool is_loaded = reply->type == REDIS_REPLY_STRING && reply->len == FEN_SHA_BYTES;
    if (is_loaded)
        memcpy(connection->sha, reply->str, FEN_SHA_BYTES + 1);
    else if (reply->type == REDIS_REPLY_ERROR)
        note(connection, reply->str, (size_t)reply->len);
    else
        note(connection, "odd reply to SCRIPT LOAD", 24);
    freeReplyObject(reply);
    return is_loaded;
}

/* AUTH, where there is a password. */
static bool log_in(struct fen_connection *connection, redisContext *context)
{
    if (connection->options.password == NULL)
        return true;
    struct fen_buffer request = {0};
    bool has_user = connection->options.user != NULL;
    fen_resp_append_array(&request, has_user ? 3 : 2);
    fen_resp_append_text(&request, FEN_STR("AUTH"));
    if (has_user)
        fen_resp_append_text(&request, fen_str_from(connection->options.user));
    fen_resp_append_text(&request, fen_str_from(connection->options.password));
    redisReply *reply = send_all(connection, context, fen_buffer_str(&request))
                            ? receive(connection, context)
                            : NULL;
    fen_buffer_deinit(&request);
    if (reply == NULL)
        return false;
    bool is_in = reply->type == REDIS_REPLY_STATUS;
    if (reply->type == REDIS_REPLY_ERROR)
        note(connection, reply->str, (size_t)reply->len);
    freeReplyObject(reply);
    return is_in;
}

/* Connect to every master of `cluster`; a node that has just died is waited for by trying again. */
static bool join(struct fen_connection *connection, const struct fen_cluster *cluster)
{
    if (connection->link == NULL)
        connection->link = fen_cluster_link_create();
    fen_cluster_link_set(connection->link, cluster);
    for (uint32_t i = 0; i < cluster->node_count; i++) {
        redisContext *context = connect_to(NULL, cluster->nodes[i].host, cluster->nodes[i].port);
        if (context->err != 0)
            note(connection, context->errstr, strlen(context->errstr));
        if (context->err != 0 || !log_in(connection, context)) {
            redisFree(context);
            return false;
        }
        fen_cluster_link_add(connection->link, context);
    }
    return true;
}

/* Ask who has what; a Redis that stands alone says that it is no cluster. */
static bool learn_cluster(struct fen_connection *connection)
{
    struct fen_cluster *cluster = calloc(1, sizeof *cluster);
    FEN_ASSERT(cluster != NULL);
    char host[HOST_BYTES] = "127.0.0.1";
    if (unix_path(connection->options.address) == NULL)
        (void)address_split(connection->options.address, host);
    redisReply *reply = NULL;
    if (send_all(connection, connection->context,
                 FEN_STR("*2\r\n$7\r\nCLUSTER\r\n$5\r\nSLOTS\r\n")))
        reply = receive(connection, connection->context);
    bool is_done = reply != NULL;
    if (reply != NULL && fen_cluster_read(cluster, reply, host))
        is_done = join(connection, cluster);
    freeReplyObject(reply);
    free(cluster);
    return is_done;
}

bool fen_connection_open(struct fen_connection *connection)
{
    fen_connection_close(connection);
    if (!connect_socket(connection) && !connect_to_known(connection))
        return false;
    if (log_in(connection, connection->context) && learn_cluster(connection))
        return true;
    fen_connection_close(connection);
    return false;
}
