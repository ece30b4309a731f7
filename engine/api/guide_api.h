/*
 * guide_api: what a guide, a store's manager and finance may ask of Redis over HTTP.
 *
 *     path ─► token ─► right ─► rate ─► questions to Redis ─► JSON        (schemas/openapi.json)
 *
 * It reads Redis only (schemas/redis.md), but for traces (order_tracer.h), and changes nothing.
 * Whoever is refused gets a problem of RFC 9457: 401 without a good token, 403 where the token is
 * another's, 429 too often, 503 without Redis. There is no state of a session: a restart loses
 * nothing.
 *
 * Threads: create, add, destroy: start-up; all else on the http thread.
 */
#ifndef FEN_API_GUIDE_API_H
#define FEN_API_GUIDE_API_H

#include <stdint.h>

#include "api/health.h"
#include "api/http.h"
#include "api/metrics.h"
#include "plan/reference.h"
#include "wire/event_decode.h"

struct fen_counters;
struct fen_dead_letter_board;
struct fen_guide_api;
struct fen_order_tracer;

struct fen_guide_api_options {
    const char *redis_address;
    const char *redis_password; /* NULL: none */
    enum fen_wire wire;         /* of the records in the feeds */
    uint32_t partition_count;   /* of fen.ledger.v1 */
    const char *key_path;       /* of the ring that verifies tokens */
    int64_t offset_ms;          /* of the shops' time zone from UTC */
    uint32_t requests_per_second_max; /* of one payee; 0: any number */
    uint32_t stream_count_max;
};

/*
 * Read the keys. NULL with the reason appended when they cannot be used. Texts of the options are
 * borrowed. The caller destroys, after the server; NULL is fine.
 */
struct fen_guide_api *fen_guide_api_create(const struct fen_guide_api_options *options,
                                           struct fen_buffer *reason) FEN_MUST_USE;
void fen_guide_api_destroy(struct fen_guide_api *api);

/*
 * Give it plans and staff for estimates, which are refused without; `reader` is the http thread's
 * number among the builder's readers. Before the server starts.
 */
void fen_guide_api_set_references(struct fen_guide_api *api,
                                  struct fen_reference_builder *references, uint32_t reader);

/*
 * Give it the process's counters of events, which finance sees beside the totals; `read` adds to
 * *sum on the http thread. Before the server starts.
 */
void fen_guide_api_set_counters(struct fen_guide_api *api,
                                void (*read)(void *context, struct fen_counters *sum),
                                void *context);

/* Give it the tenants' dead letters, which finance sees; borrowed. Before the server starts. */
void fen_guide_api_set_dead_letters(struct fen_guide_api *api,
                                    struct fen_dead_letter_board *board);

/* Give it who traces orders for finance; borrowed. Before the server starts. */
void fen_guide_api_set_tracer(struct fen_guide_api *api, struct fen_order_tracer *tracer);

/* Answer everything below /v1/, and serve the pages (page.h). Before the server starts. */
void fen_guide_api_add(struct fen_guide_api *api, struct fen_http *http);

/* Its figures and whether Redis is reached. Before the server starts. */
void fen_guide_api_add_metrics(struct fen_guide_api *api, struct fen_metrics *metrics);
void fen_guide_api_add_health(struct fen_guide_api *api, struct fen_health *health);

#endif /* FEN_API_GUIDE_API_H */
