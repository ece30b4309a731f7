/*
 * guide_api_parts: what the files of guide_api share. Private to guide_api*.c.
 *
 * Threads: http.
 */
#ifndef FEN_API_GUIDE_API_PARTS_H
#define FEN_API_GUIDE_API_PARTS_H

#include "api/account_json.h"
#include "api/api_route.h"
#include "api/guide_api.h"
#include "api/key_ring.h"
#include "api/order_tracer.h"
#include "api/payee_streams.h"
#include "api/rate.h"
#include "api/redis_link.h"
#include "base/arena.h"

#define FEN_API_LIMIT_DEFAULT 50
#define FEN_API_LIMIT_MAX 200

/* The store's view has accounts of so many guides; the others by their month alone. */
#define FEN_GUIDE_ACCOUNT_COUNT_MAX 200

struct event;
struct fen_finance_walk;

struct fen_guide_api_counters {
    uint64_t requests;
    uint64_t unauthorized;
    uint64_t forbidden;
    uint64_t limited;
    uint64_t unavailable;
    uint64_t estimates;
    uint64_t traces;
};

struct fen_guide_api {
    struct fen_guide_api_options options;
    struct fen_http *http;
    struct fen_key_ring *ring;
    struct fen_reference_builder *references; /* NULL: no estimates */
    uint32_t reference_reader;
    struct fen_rate *rate;
    void (*read_counters)(void *context, struct fen_counters *sum); /* NULL: there are none */
    void *counters_context;
    struct fen_dead_letter_board *dead_letters; /* NULL: this process does not read them */
    struct fen_order_tracer *tracer; /* likewise NULL */
    struct fen_finance_walk *walk; /* NULL: nobody has asked for totals yet */
    struct fen_redis_link *link;       /* while the server runs */
    struct fen_payee_streams *streams; /* likewise */
    struct event *tick;
    bool has_more_partitions; /* Redis has a fence beyond those configured: keys would be wrong */
    struct fen_guide_api_counters counters;
};

/* One request whose answer waits for Redis. */
struct fen_api_job {
    struct fen_guide_api *api;
    struct evhttp_request *event;
    struct fen_arena *arena; /* holds the job and all its texts */
    struct fen_api_call call;
    struct fen_redis_payee payee; /* where the path has one */
    struct fen_entry_page page;
    int32_t period;
    struct fen_buffer commands;
    bool is_finance;      /* who asks */
    struct fen_str query; /* of the request */
    enum fen_tracer_form trace_form;
    struct fen_str store; /* of a ranking */
    struct fen_rank *ranks;
    uint32_t rank_count;
};

/* A refusal as a problem of RFC 9457; `code` tells programs why, `detail` people. */
void fen_api_problem(struct fen_http_response *response, int status, const char *code,
                     const char *detail);

/* Ask Redis what the job's operation needs; its answer ends the job. */
void fen_api_job_ask(struct fen_api_job *job);

/* Send the response and end the job. */
void fen_api_job_reply(struct fen_api_job *job, struct fen_http_response *response);

/* Answer an estimate (guide_api_estimate.c): no question to Redis, no job. */
void fen_api_estimate_respond(struct fen_guide_api *api, const struct fen_http_request *request,
                              const struct fen_api_call *call, struct fen_arena *arena,
                              struct fen_http_response *response);

/* Answer a page of dead letters (guide_api_letters.c): no question to Redis, no job. */
void fen_api_letters_respond(struct fen_guide_api *api, const struct fen_http_request *request,
                             const struct fen_api_call *call, struct fen_http_response *response);

/* Add a tenant's accounts up (guide_api_finance.c); ends the job. */
void fen_api_totals_ask(struct fen_api_job *job);

/* Ask for an order's trace (guide_api_trace.c); ends the job. */
void fen_api_trace_ask(struct fen_api_job *job);

/* When nobody waits for it; NULL is fine. */
void fen_finance_walk_destroy(struct fen_finance_walk *walk);

/* 503, and the end. */
void fen_api_job_fail(struct fen_api_job *job);

#endif /* FEN_API_GUIDE_API_PARTS_H */
