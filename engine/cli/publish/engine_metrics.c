/* engine_metrics: see the header. */
#include "cli/publish/engine_metrics.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define TIMEOUT_S 3
#define ANSWER_BYTES_MAX ((size_t)4 << 20)

static const char series[] = "fen_worker_plan_offset{";

/* `fen_worker_plan_offset{worker="0"} 3`; other lines are passed over. */
static void parse_line(const char *line, const char *end, struct fen_engine_metrics *metrics)
{
    size_t size = (size_t)(end - line);
    if (size < sizeof series || memcmp(line, series, sizeof series - 1) != 0 ||
        metrics->worker_count == FEN_ENGINE_METRICS_WORKERS_MAX)
        return;
    const char *blank = memchr(line, ' ', size);
    char number[32] = "";
    if (blank == NULL || (size_t)(end - blank) > sizeof number)
        return;
    memcpy(number, blank + 1, (size_t)(end - blank - 1));
    metrics->plan_offsets[metrics->worker_count++] = strtoll(number, NULL, 10);
}

bool fen_engine_metrics_parse(struct fen_str text, struct fen_engine_metrics *metrics_out)
{
    const char *cursor = text.data, *end = text.data + text.size;
    *metrics_out = (struct fen_engine_metrics){0};
    while (cursor < end) {
        const char *line_end = memchr(cursor, '\n', (size_t)(end - cursor));
        if (line_end == NULL)
            line_end = end;
        parse_line(cursor, line_end, metrics_out);
        cursor = line_end + 1;
    }
    return metrics_out->worker_count > 0;
}

static int open_socket(const struct addrinfo *address)
{
    const struct timeval timeout = {.tv_sec = TIMEOUT_S};
    int handle = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC,
                        address->ai_protocol);
    if (handle < 0)
        return -1;
    (void)setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    (void)setsockopt(handle, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    if (connect(handle, address->ai_addr, address->ai_addrlen) == 0)
        return handle;
    int error = errno;
    (void)close(handle);
    errno = error;
    return -1;
}

/* "127.0.0.1:8080", "[::1]:8080". */
static int connect_to(const char *address, struct fen_buffer *reason)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    const char *colon = strrchr(address, ':');
    size_t size = colon == NULL ? 0 : (size_t)(colon - address);
    bool has_brackets = size >= 2 && address[0] == '[' && address[size - 1] == ']';
    char host[256];
    if (size == 0 || size >= sizeof host) {
        fen_buffer_append_format(reason, "%s is not of the form ADDRESS:PORT", address);
        return -1;
    }
    size -= has_brackets ? 2 : 0;
    memcpy(host, address + has_brackets, size);
    host[size] = '\0';
    struct addrinfo *found = NULL;
    int error = getaddrinfo(host, colon + 1, &hints, &found);
    int handle = -1;
    for (const struct addrinfo *one = found; one != NULL && handle < 0; one = one->ai_next)
        handle = open_socket(one);
    if (handle < 0)
        fen_buffer_append_format(reason, "%s: %s", address,
                                 error != 0 ? gai_strerror(error) : strerror(errno));
    if (found != NULL)
        freeaddrinfo(found);
    return handle;
}

/* HTTP/1.0 ends with the connection, so that nothing has to be counted. */
static bool ask(int handle, struct fen_buffer *answer)
{
    static const char request[] = "GET /metrics HTTP/1.0\r\nHost: fen\r\nConnection: close\r\n\r\n";
    char chunk[16384];
    if (send(handle, request, sizeof request - 1, MSG_NOSIGNAL) != (ssize_t)(sizeof request - 1))
        return false;
    ssize_t size;
    while ((size = recv(handle, chunk, sizeof chunk, 0)) > 0 &&
           answer->size_bytes < ANSWER_BYTES_MAX)
        fen_buffer_append_str(answer, (struct fen_str){chunk, (uint32_t)size});
    return size == 0;
}

bool fen_engine_metrics_read(const char *address, struct fen_engine_metrics *metrics_out,
                             struct fen_buffer *reason)
{
    struct fen_buffer answer = {0};
    int handle = connect_to(address, reason);
    if (handle < 0)
        return false;
    bool is_answered = ask(handle, &answer);
    int error = errno;
    (void)close(handle);
    bool is_engine =
        is_answered && fen_engine_metrics_parse(fen_buffer_str(&answer), metrics_out);
    if (!is_answered)
        fen_buffer_append_format(reason, "%s: %s", address,
                                 error == EAGAIN ? "no answer in time" : strerror(error));
    else if (!is_engine)
        fen_buffer_append_format(reason, "%s answers, and has no workers of an engine", address);
    fen_buffer_deinit(&answer);
    return is_engine;
}
