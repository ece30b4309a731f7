/* connection: see connection.h. */
#include "redis/connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

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

static bool connect_socket(struct fen_connection *connection)
{
    const struct timeval connect_time = {.tv_sec = CONNECT_SECONDS};
    const struct timeval wait_time = {.tv_sec = WAIT_SECONDS};
    const char *address = connection->options.address;
    const char *path = unix_path(address);
    char host[HOST_BYTES];
    if (path != NULL) {
        connection->context = redisConnectUnixWithTimeout(path, connect_time);
    } else {
        int port = address_split(address, host);
        FEN_ASSERT(port != 0); /* checked when it was configured */
        connection->context = redisConnectWithTimeout(host, port, connect_time);
    }
    FEN_ASSERT(connection->context != NULL && "out of memory");
    if (connection->context->err != 0 ||
        redisSetTimeout(connection->context, wait_time) != REDIS_OK) {
        fail(connection, connection->context->errstr);
        return false;
    }
    if (path == NULL)
        redisEnableKeepAlive(connection->context); /* best effort: waits are bounded anyway */
    return true;
}

bool fen_connection_write(struct fen_connection *connection, struct fen_str bytes)
{
    size_t sent = 0;
    while (sent < bytes.size) {
        ssize_t count = send(connection->context->fd, bytes.data + sent, bytes.size - sent,
                             MSG_NOSIGNAL);
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

redisReply *fen_connection_read(struct fen_connection *connection)
{
    void *reply = NULL;
    if (redisGetReply(connection->context, &reply) != REDIS_OK || reply == NULL) {
        bool is_late = connection->context->err == REDIS_ERR_IO && errno == EAGAIN;
        fail(connection, is_late ? "Redis does not answer in time" : connection->context->errstr);
        return NULL;
    }
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
    fen_connection_close(connection);
    if (!connect_socket(connection))
        return false;
    if (log_in(connection))
        return true;
    fen_connection_close(connection);
    return false;
}
