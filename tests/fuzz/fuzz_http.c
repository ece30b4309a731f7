/*
 * fuzz_http: any bytes as what a client sends to the HTTP server, over a real socket: the request
 * itself, and with it the path, the query and the token as the guides' API takes them.
 *
 * The server is started once and must answer every input or close: a hang ends the run. What it
 * answers begins as HTTP does; a token that the key did not sign never passes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

#include "api/api_route.h"
#include "api/http.h"
#include "api/token.h"

/* Aborts, as libFuzzer expects of a failure, and says of what kind it was. */
#define CHECK(expression) ((expression) ? (void)0 : (perror("fuzz_http: " #expression), abort()))
#define WAIT_MS 20000
#define NOW_MS INT64_C(1795000000000)
#define KEY "k1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n"

static struct {
    struct fen_http *http;
    struct fen_key_ring *ring;
    uint16_t port;
} server;

static void check_token(const struct fen_http_request *request, const struct fen_api_call *call,
                        struct fen_buffer *body)
{
    struct fen_str bearer = fen_http_header(request, "Authorization");
    struct fen_arena *arena = fen_arena_create(1024);
    struct fen_claims claims;
    if (bearer.size > 7 && memcmp(bearer.data, "Bearer ", 7) == 0) {
        struct fen_str token = {bearer.data + 7, bearer.size - 7};
        enum fen_token_fault fault = fen_token_verify(server.ring, token, NOW_MS, arena, &claims);
        fen_buffer_append_format(body, "%s", fen_token_fault_name(fault));
        if (fault == FEN_TOKEN_GOOD)
            fen_buffer_append_format(body, " %d", fen_api_call_is_allowed(call, &claims));
    }
    fen_arena_destroy(arena);
}

static void respond(void *context, const struct fen_http_request *request,
                    struct fen_http_response *response)
{
    struct fen_api_call call;
    uint64_t number;
    (void)context;
    response->content_type = "text/plain";
    if (!fen_api_call_read(request->path, &call)) {
        response->status = 404;
        return;
    }
    if (!fen_api_query_is_known(request->query, call.route) ||
        !fen_api_query_number(request->query, "after", 0, &number))
        response->status = 400;
    check_token(request, &call, &response->body);
}

/*
 * libFuzzer looks for hangs from an alarm that interrupts whatever waits: on a busy machine, a
 * connection in the making. It goes on behind the alarm; only poll is never restarted.
 */
static void restart_behind_alarms(void)
{
    struct sigaction action;
    CHECK(sigaction(SIGALRM, NULL, &action) == 0);
    action.sa_flags |= SA_RESTART;
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
}

static void start(void)
{
    char path[] = "/tmp/fen-fuzz-XXXXXX";
    const char *why = NULL;
    struct fen_buffer reason = {0};
    int descriptor = mkstemp(path);
    CHECK(descriptor >= 0 && write(descriptor, KEY, strlen(KEY)) == (ssize_t)strlen(KEY));
    CHECK(close(descriptor) == 0 && chmod(path, 0600) == 0);
    server.ring = fen_key_ring_create(path, &reason);
    CHECK(server.ring != NULL && unlink(path) == 0);
    fen_buffer_deinit(&reason);
    server.http = fen_http_create(
        &(struct fen_http_options){.header_bytes_max = 4096, .body_bytes_max = 4096});
    fen_http_route(server.http, FEN_HTTP_GET, "/v1/*", respond, NULL);
    fen_http_route(server.http, FEN_HTTP_POST, "/echo", respond, NULL);
    server.port = fen_http_start(server.http, &why);
    CHECK(server.port != 0);
    restart_behind_alarms();
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct linger gone = {.l_onoff = 1}; /* thousands of connections leave no port waiting */
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int link = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(link >= 0 && setsockopt(link, SOL_SOCKET, SO_LINGER, &gone, sizeof gone) == 0);
    CHECK(connect(link, (const struct sockaddr *)&address, sizeof address) == 0);
    return link;
}

/* As poll, behind alarms, too. */
static int wait_for_answer(int link)
{
    struct pollfd wait = {.fd = link, .events = POLLIN};
    int count;
    do
        count = poll(&wait, 1, WAIT_MS);
    while (count < 0 && errno == EINTR);
    return count;
}

/* Send everything, as much as the server takes, then read to the end. */
static void talk(int link, const uint8_t *data, size_t size)
{
    char start_of_answer[8] = {0};
    char rest[4096];
    size_t read_bytes = 0;
    for (size_t sent = 0; sent < size;) {
        ssize_t count = send(link, data + sent, size - sent, MSG_NOSIGNAL);
        if (count <= 0)
            break; /* refused in mid-request */
        sent += (size_t)count;
    }
    (void)shutdown(link, SHUT_WR);
    for (;;) {
        CHECK(wait_for_answer(link) == 1 && "the server answers or closes");
        ssize_t count = recv(link, rest, sizeof rest, 0);
        if (count <= 0)
            break;
        for (ssize_t i = 0; i < count && read_bytes < sizeof start_of_answer - 1; i++)
            start_of_answer[read_bytes++] = rest[i];
    }
    /* What libevent itself refuses, it refuses in the version that it was asked in. */
    static const char protocol[] = "HTTP/";
    size_t compared = read_bytes < sizeof protocol - 1 ? read_bytes : sizeof protocol - 1;
    CHECK(strncmp(start_of_answer, protocol, compared) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > (1u << 16))
        return 0;
    if (server.http == NULL)
        start();
    int link = connect_to(server.port);
    talk(link, data, size);
    (void)close(link);
    return 0;
}
