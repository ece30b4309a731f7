/* connection: see connection.h. */
#include "redis/connection.h"

#include <stdio.h>
#include <string.h>

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

bool fen_connection_write(struct fen_connection *connection, struct fen_str bytes)
{
    const char *fault = connection->options.transport->write(connection->link, bytes);
    if (fault != NULL)
        fail(connection, fault);
    return fault == NULL;
}

redisReply *fen_connection_read(struct fen_connection *connection)
{
    const char *fault = NULL;
    redisReply *reply = connection->options.transport->read(connection->link, &fault);
    if (reply == NULL)
        fail(connection, fault);
    return reply;
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
static bool log_in(struct fen_connection *connection)
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
    redisReply *reply = fen_connection_ask(connection, fen_buffer_str(&request));
    fen_buffer_deinit(&request);
    if (reply == NULL)
        return false;
    bool is_in = reply->type == REDIS_REPLY_STATUS;
    if (reply->type == REDIS_REPLY_ERROR)
        note(connection, reply->str, (size_t)reply->len);
    freeReplyObject(reply);
    return is_in;
}

bool fen_connection_open(struct fen_connection *connection)
{
    const char *fault = NULL;
    fen_connection_close(connection);
    connection->link = connection->options.transport->open(&connection->options, &fault);
    if (connection->link == NULL) {
        fail(connection, fault);
        return false;
    }
    if (log_in(connection))
        return true;
    fen_connection_close(connection);
    return false;
}
