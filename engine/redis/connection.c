/* connection: see connection.h. */
#include "redis/connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redis/cluster_link.h"
#include "redis/resp.h"
#include "redis/script.h"
#include "redis/socket.h"

#define ADDRESS_DEFAULT "127.0.0.1:6379"

void fen_connection_init(struct fen_connection *connection,
                         const struct fen_connection_options *options)
{
    *connection = (struct fen_connection){.options = *options};
    if (connection->options.address == NULL)
        connection->options.address = ADDRESS_DEFAULT;
    if (connection->options.transport == NULL)
        connection->options.transport = &fen_socket_transport;
}

void fen_connection_close(struct fen_connection *connection)
{
    if (connection->link != NULL)
        connection->options.transport->close(connection->link);
    connection->link = NULL;
    if (connection->cluster != NULL)
        fen_cluster_link_close(connection->cluster);
}

void fen_connection_deinit(struct fen_connection *connection)
{
    fen_connection_close(connection);
    fen_cluster_link_destroy(connection->cluster);
    connection->cluster = NULL;
}

static bool is_cluster(const struct fen_connection *connection)
{
    return connection->cluster != NULL && fen_cluster_link_count(connection->cluster) > 0;
}

uint32_t fen_connection_node_count(const struct fen_connection *connection)
{
    return is_cluster(connection) ? fen_cluster_link_count(connection->cluster) : 1;
}

void fen_connection_pin(struct fen_connection *connection, uint32_t node)
{
    if (connection->cluster != NULL)
        fen_cluster_link_pin(connection->cluster, node);
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

static bool write_to(struct fen_connection *connection, void *link, struct fen_str bytes)
{
    const char *fault = connection->options.transport->write(link, bytes);
    if (fault != NULL)
        fail(connection, fault);
    return fault == NULL;
}

static redisReply *read_from(struct fen_connection *connection, void *link)
{
    const char *fault = NULL;
    redisReply *reply = connection->options.transport->read(link, &fault);
    if (reply == NULL)
        fail(connection, fault);
    return reply;
}

bool fen_connection_write(struct fen_connection *connection, struct fen_str bytes)
{
    if (!is_cluster(connection))
        return write_to(connection, connection->link, bytes);
    fen_cluster_link_route(connection->cluster, bytes);
    for (uint32_t i = 0; i < fen_connection_node_count(connection); i++) {
        struct fen_str part = fen_cluster_link_part(connection->cluster, i);
        if (part.size > 0
            && !write_to(connection, fen_cluster_link_of(connection->cluster, i), part))
            return false;
    }
    return true;
}

/* One reply of each node; the first that is an error stands for all. */
static redisReply *read_all(struct fen_connection *connection)
{
    redisReply *kept = NULL;
    for (uint32_t i = 0; i < fen_connection_node_count(connection); i++) {
        redisReply *reply = read_from(connection, fen_cluster_link_of(connection->cluster, i));
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
        return read_from(connection, connection->link);
    uint32_t node = fen_cluster_link_next(connection->cluster);
    return node == FEN_CLUSTER_LINK_ALL
               ? read_all(connection)
               : read_from(connection, fen_cluster_link_of(connection->cluster, node));
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

static redisReply *ask_of(struct fen_connection *connection, void *link, struct fen_str bytes)
{
    return write_to(connection, link, bytes) ? read_from(connection, link) : NULL;
}

/* AUTH, where there is a password. */
static bool log_in(struct fen_connection *connection, void *link)
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
    redisReply *reply = ask_of(connection, link, fen_buffer_str(&request));
    fen_buffer_deinit(&request);
    if (reply == NULL)
        return false;
    bool is_in = reply->type == REDIS_REPLY_STATUS;
    if (reply->type == REDIS_REPLY_ERROR)
        note(connection, reply->str, (size_t)reply->len);
    freeReplyObject(reply);
    return is_in;
}

/* A link to one node of a cluster, not yet logged in; NULL with the reason. */
static void *open_node(struct fen_connection *connection, const struct fen_cluster_node *node)
{
    char address[FEN_CLUSTER_HOST_BYTES + 16];
    struct fen_connection_options options = connection->options;
    const char *fault = NULL;
    bool is_version_6 = strchr(node->host, ':') != NULL;
    (void)snprintf(address, sizeof address, is_version_6 ? "[%s]:%d" : "%s:%d", node->host,
                   node->port);
    options.address = address;
    void *link = connection->options.transport->open(&options, &fault);
    if (link == NULL)
        note(connection, fault, strlen(fault));
    return link;
}

/* To the address given or, where it does not answer, to any node of the cluster known before. */
static bool open_first(struct fen_connection *connection)
{
    const char *fault = NULL;
    connection->link = connection->options.transport->open(&connection->options, &fault);
    uint32_t known =
        connection->cluster == NULL ? 0 : fen_cluster_link_known(connection->cluster);
    for (uint32_t i = 0; i < known && connection->link == NULL; i++)
        connection->link =
            open_node(connection, fen_cluster_link_node(connection->cluster, i));
    if (connection->link == NULL)
        fail(connection, fault);
    return connection->link != NULL;
}

/* Connect to every master of `cluster`; a node that has just died is waited for by trying again. */
static bool join(struct fen_connection *connection, const struct fen_cluster *cluster)
{
    if (connection->cluster == NULL)
        connection->cluster = fen_cluster_link_create(connection->options.transport);
    fen_cluster_link_set(connection->cluster, cluster);
    for (uint32_t i = 0; i < cluster->node_count; i++) {
        void *link = open_node(connection, &cluster->nodes[i]);
        if (link == NULL)
            return false;
        if (!log_in(connection, link)) {
            connection->options.transport->close(link);
            return false;
        }
        fen_cluster_link_add(connection->cluster, link);
    }
    return true;
}

/* "host:port" without its port; a unix socket's node is on this machine. */
static void host_of(const char *address, char host[FEN_CLUSTER_HOST_BYTES])
{
    const char *colon = strrchr(address, ':');
    bool is_path = address[0] == '/' || strncmp(address, "unix:", 5) == 0;
    bool is_bracketed = address[0] == '[';
    size_t size = colon == NULL || is_path ? 0 : (size_t)(colon - address);
    if (size == 0 || size >= FEN_CLUSTER_HOST_BYTES)
        (void)snprintf(host, FEN_CLUSTER_HOST_BYTES, "127.0.0.1");
    else
        (void)snprintf(host, FEN_CLUSTER_HOST_BYTES, "%.*s",
                       (int)size - (is_bracketed ? 2 : 0), address + is_bracketed);
}

/* Ask who has what; a Redis that stands alone says that it is no cluster. */
static bool learn_cluster(struct fen_connection *connection)
{
    struct fen_cluster *cluster = calloc(1, sizeof *cluster);
    FEN_ASSERT(cluster != NULL);
    char host[FEN_CLUSTER_HOST_BYTES];
    host_of(connection->options.address, host);
    redisReply *reply = ask_of(connection, connection->link,
                               FEN_STR("*2\r\n$7\r\nCLUSTER\r\n$5\r\nSLOTS\r\n"));
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
    if (!open_first(connection))
        return false;
    if (log_in(connection, connection->link) && learn_cluster(connection))
        return true;
    fen_connection_close(connection);
    return false;
}
