/* socket: see socket.h. Each wait is bounded. */
#include "redis/socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "redis/reply_bound.h"

#define CONNECT_SECONDS 2
#define WAIT_SECONDS 5
#define HOST_BYTES 256

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

static redisContext *connect_to(const char *address)
{
    const struct timeval connect_time = {.tv_sec = CONNECT_SECONDS};
    const char *path = unix_path(address);
    char host[HOST_BYTES];
    if (path != NULL)
        return redisConnectUnixWithTimeout(path, connect_time);
    int port = address_split(address, host);
    FEN_ASSERT(port != 0); /* checked when it was configured */
    return redisConnectWithTimeout(host, port, connect_time);
}

/* What hiredis says of a connection that is of no use, which ends here. */
static const char *give_up(redisContext *context)
{
    static _Thread_local char text[sizeof context->errstr];
    memcpy(text, context->errstr, sizeof text);
    redisFree(context);
    return text;
}

static void *socket_open(const struct fen_connection_options *options, const char **fault_out)
{
    const struct timeval wait_time = {.tv_sec = WAIT_SECONDS};
    redisContext *context = connect_to(options->address);
    FEN_ASSERT(context != NULL && "out of memory");
    fen_reply_bound(context->reader);
    if (context->err != 0 || redisSetTimeout(context, wait_time) != REDIS_OK) {
        *fault_out = give_up(context);
        return NULL;
    }
    if (unix_path(options->address) == NULL)
        redisEnableKeepAlive(context); /* best effort: waits are bounded anyway */
    return context;
}

static void socket_close(void *link)
{
    redisFree(link);
}

static const char *socket_write(void *link, struct fen_str bytes)
{
    const redisContext *context = link;
    size_t sent = 0;
    while (sent < bytes.size) {
        ssize_t count = send(context->fd, bytes.data + sent, bytes.size - sent, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return errno == EAGAIN ? "Redis takes nothing in time" : strerror(errno);
        sent += (size_t)count;
    }
    return NULL;
}

static redisReply *socket_read(void *link, const char **fault_out)
{
    redisContext *context = link;
    void *reply = NULL;
    if (redisGetReply(context, &reply) == REDIS_OK && reply != NULL)
        return reply;
    bool is_late = context->err == REDIS_ERR_IO && errno == EAGAIN;
    *fault_out = is_late ? "Redis does not answer in time" : context->errstr;
    return NULL;
}

const struct fen_transport fen_socket_transport = {
    .open = socket_open,
    .close = socket_close,
    .write = socket_write,
    .read = socket_read,
};
