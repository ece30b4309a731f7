/*
 * bench_stream_echo: a server that answers everybody with a stream and writes events as fast as
 * they are taken: what bench_streams can take at most, when nothing else is in the way.
 *
 *     bench_stream_echo PORT
 *
 * Each event is one entry of the API's form and carries its moment. Says "ready" when it listens.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/process.h"

#define CLIENT_COUNT_MAX 65536u
#define BACKLOG          4096
#define EVENT_BYTES      2048

static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
                           "Transfer-Encoding: chunked\r\n\r\n"
                           "1e\r\nid: 0-0\nevent: snapshot\ndata: \r\n4\r\n{}\n\n\r\n";

struct echo {
    int listener;
    int clients[CLIENT_COUNT_MAX];
    uint64_t ids[CLIENT_COUNT_MAX];
    uint32_t client_count;
};

static void listen_at(struct echo *echo, uint16_t port)
{
    struct rlimit limit;
    const int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    echo->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    (void)setsockopt(echo->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(echo->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(echo->listener, BACKLOG) != 0)
        bench_process_fail("port %u: %s", (unsigned)port, strerror(errno));
}

static void accept_all(struct echo *echo)
{
    const int on = 1;
    while (echo->client_count < CLIENT_COUNT_MAX) {
        int client = accept4(echo->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (client < 0)
            return;
        (void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (send(client, head, sizeof head - 1, MSG_NOSIGNAL) != (ssize_t)(sizeof head - 1)) {
            (void)close(client);
            continue;
        }
        echo->ids[echo->client_count] = 0;
        echo->clients[echo->client_count++] = client;
    }
}

static int make_event(char out[EVENT_BYTES], uint64_t id)
{
    char event[EVENT_BYTES / 2];
    int size = snprintf(
        event, sizeof event,
        "id: %" PRIu64 "-0\nevent: entries\ndata: {\"entries\":[{\"tenant\":\"acme\","
        "\"payee\":\"guide:G1\",\"seq\":%" PRIu64 ",\"kind\":\"accrual\",\"amount\":1845,"
        "\"balance\":184500,\"funder\":\"brand:L\",\"role\":\"share\",\"portion\":\"self\","
        "\"subject\":\"order:O1\",\"line\":1,\"rule\":\"share\",\"plan\":\"cn-east@12\","
        "\"base\":41000,\"rate_ppm\":45000,\"capped_by\":null,\"touch\":null,"
        "\"period\":\"2026-11\",\"prior\":false,\"earned_at\":1795000000000,"
        "\"available_on\":\"2026-11-28\",\"event\":\"t%" PRId64 "\","
        "\"amount_text\":\"18.45\",\"balance_text\":\"1,845.00\"}]}\n\n",
        id, id, bench_process_clock_ns());
    return snprintf(out, EVENT_BYTES, "%x\r\n%s\r\n", (unsigned)size, event);
}

/* One event to a client; who does not take it whole has it later or goes. */
static void write_event(struct echo *echo, uint32_t index)
{
    char event[EVENT_BYTES];
    int length = make_event(event, echo->ids[index] + 1);
    ssize_t sent = send(echo->clients[index], event, (size_t)length, MSG_NOSIGNAL);
    if (sent == length) {
        echo->ids[index]++;
    } else if (sent >= 0 || (errno != EAGAIN && errno != EINTR)) {
        (void)close(echo->clients[index]);
        echo->clients[index] = echo->clients[--echo->client_count];
        echo->ids[index] = echo->ids[echo->client_count];
    }
}

int main(int count, char **arguments)
{
    static struct echo echo;
    if (count != 2)
        bench_process_fail("say bench_stream_echo PORT");
    listen_at(&echo, (uint16_t)bench_process_number("port", arguments[1], 1));
    printf("ready\n");
    (void)fflush(stdout);
    for (;;) {
        accept_all(&echo);
        for (uint32_t index = echo.client_count; index-- > 0;)
            write_event(&echo, index);
    }
}
