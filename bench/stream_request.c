/* stream_request: see the header. */
#include "bench/stream_request.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/token.h"
#include "base/clock.h"
#include "bench/payee_book.h"
#include "bench/process.h"

#define LIFE_MS INT64_C(3600000)

struct bench_stream_requests {
    char **tokens; /* a payee each; NULL: none are sent */
    uint32_t payee_count;
};

static char *sign(const struct fen_signing_key *key, uint32_t payee, int64_t now_ms)
{
    char name[24];
    struct fen_buffer token = {0};
    snprintf(name, sizeof name, "guide:G%" PRIu32, payee);
    const struct fen_claims claims = {.tenant = FEN_STR(BENCH_BOOK_TENANT),
                                      .payee = fen_str_from(name),
                                      .rights = FEN_RIGHT_GUIDE,
                                      .from_ms = now_ms,
                                      .until_ms = now_ms + LIFE_MS};
    fen_token_mint(key, &claims, &token);
    fen_buffer_append_byte(&token, '\0');
    return token.data;
}

struct bench_stream_requests *bench_stream_requests_create(const char *key_path,
                                                           uint32_t payee_count)
{
    struct fen_buffer reason = {0};
    struct bench_stream_requests *requests = calloc(1, sizeof *requests);
    FEN_ASSERT(requests != NULL);
    if (key_path == NULL)
        return requests;
    struct fen_key_ring *ring = fen_key_ring_create(key_path, &reason);
    if (ring == NULL)
        bench_process_fail("%s: %.*s", key_path, FEN_STR_ARG(fen_buffer_str(&reason)));
    requests->payee_count = payee_count;
    requests->tokens = calloc(payee_count, sizeof *requests->tokens);
    FEN_ASSERT(requests->tokens != NULL);
    int64_t now_ms = fen_clock_wall_ms();
    for (uint32_t payee = 0; payee < payee_count; payee++)
        requests->tokens[payee] = sign(fen_key_ring_signer(ring), payee, now_ms);
    fen_key_ring_destroy(ring);
    return requests;
}

void bench_stream_requests_destroy(struct bench_stream_requests *requests)
{
    for (uint32_t payee = 0; payee < requests->payee_count; payee++)
        free(requests->tokens[payee]);
    free(requests->tokens);
    free(requests);
}

size_t bench_stream_request_write(const struct bench_stream_requests *requests, uint32_t payee,
                                  uint64_t last_id, char out[BENCH_REQUEST_BYTES_MAX])
{
    int size = snprintf(out, BENCH_REQUEST_BYTES_MAX,
                        "GET /v1/" BENCH_BOOK_TENANT "/payees/guide:G%" PRIu32
                        "/stream HTTP/1.1\r\n"
                        "Host: bench\r\nAccept: text/event-stream\r\n",
                        payee);
    if (requests->tokens != NULL)
        size += snprintf(out + size, BENCH_REQUEST_BYTES_MAX - (size_t)size,
                         "Authorization: Bearer %s\r\n", requests->tokens[payee]);
    if (last_id != 0)
        size += snprintf(out + size, BENCH_REQUEST_BYTES_MAX - (size_t)size,
                         "Last-Event-ID: %" PRIu64 "-0\r\n", last_id);
    size += snprintf(out + size, BENCH_REQUEST_BYTES_MAX - (size_t)size, "\r\n");
    FEN_ASSERT((size_t)size < BENCH_REQUEST_BYTES_MAX);
    return (size_t)size;
}
