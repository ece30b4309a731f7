/* guide_api: see guide_api.h; who may ask. What is answered: guide_api_answer.c. */
#include "api/guide_api.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <event2/http.h>

#include "api/guide_api_parts.h"
#include "api/page.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "model/period.h"
#include "redis/resp.h"

#define BEARER "Bearer "

void fen_api_problem(struct fen_http_response *response, int status, const char *code,
                     const char *detail)
{
    const char *title = status == 400   ? "Bad Request"
                        : status == 401 ? "Unauthorized"
                        : status == 403 ? "Forbidden"
                        : status == 404 ? "Not Found"
                        : status == 405 ? "Method Not Allowed"
                        : status == 429 ? "Too Many Requests"
                                        : "Service Unavailable";
    response->status = status;
    response->content_type = "application/problem+json";
    fen_buffer_clear(&response->body);
    fen_buffer_append_format(&response->body,
                             "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,"
                             "\"code\":\"%s\",\"detail\":\"%s\"}\n",
                             title, status, code, detail);
}

/* The token of an Authorization header; absent: there is none. */
static struct fen_str bearer_of(const struct fen_http_request *request)
{
    struct fen_str header = fen_http_header(request, "Authorization");
    uint32_t size = sizeof BEARER - 1;
    if (header.size <= size || strncasecmp(header.data, BEARER, size) != 0)
        return FEN_STR_NONE;
    return (struct fen_str){header.data + size, header.size - size};
}

/* Whether the token is good and its holder may; else the response says why not. */
static bool is_let_in(struct fen_guide_api *api, const struct fen_http_request *request,
                      const struct fen_api_call *call, struct fen_arena *arena,
                      struct fen_claims *claims, struct fen_http_response *response)
{
    struct fen_str token = bearer_of(request);
    enum fen_token_fault fault = FEN_TOKEN_MALFORMED;
    if (token.size > 0)
        fault = fen_token_verify(api->ring, token, fen_clock_wall_ms(), arena, claims);
    if (fault != FEN_TOKEN_GOOD) {
        api->counters.unauthorized++;
        response->challenge = token.size == 0 ? "Bearer" : "Bearer error=\"invalid_token\"";
        fen_api_problem(response, 401, token.size == 0 ? "no-token" : fen_token_fault_name(fault),
                        "send Authorization: Bearer with a token that is good now");
        return false;
    }
    if (!fen_api_call_is_allowed(call, claims)) {
        api->counters.forbidden++;
        fen_api_problem(response, 403, "not-yours",
                        "the token is for another tenant, payee or store, or lacks the right");
        return false;
    }
    if (fen_rate_allows(api->rate, fen_hash_pair(claims->tenant, claims->payee), fen_clock_ms()))
        return true;
    api->counters.limited++;
    response->retry_seconds = 1;
    fen_api_problem(response, 429, "too-many-requests", "this payee asks too often");
    return false;
}

/* The seq of "12-0" or "12"; false: it is none. */
static bool read_event_id(struct fen_str text, uint64_t *seq_out)
{
    char copy[40] = "after=";
    uint32_t size = text.size >= 2 && memcmp(text.data + text.size - 2, "-0", 2) == 0
                        ? text.size - 2
                        : text.size;
    if (size == 0 || size > 18)
        return false;
    memcpy(copy + 6, text.data, size);
    return fen_api_query_number((struct fen_str){copy, size + 6}, "after", 0, seq_out);
}

/* What the query says of entries and periods; false: it cannot be read. */
static bool read_query(struct fen_api_job *job, struct fen_str query)
{
    struct fen_str period = fen_api_query(query, "period");
    uint64_t limit;
    if (job->call.route->operation == FEN_API_STREAM) /* its `after` is an event's id */
        return fen_api_query_is_known(query, job->call.route);
    job->page.is_backwards = fen_str_is_set(fen_api_query(query, "before"));
    job->period = fen_period_of(fen_clock_wall_ms(), job->api->options.offset_ms);
    bool is_both = job->page.is_backwards && fen_str_is_set(fen_api_query(query, "after"));
    if (is_both || !fen_api_query_is_known(query, job->call.route) ||
        !fen_api_query_number(query, "after", 0, &job->page.after) ||
        !fen_api_query_number(query, "before", 0, &job->page.before) ||
        !fen_api_query_number(query, "limit", FEN_API_LIMIT_DEFAULT, &limit) || limit == 0 ||
        limit > FEN_API_LIMIT_MAX)
        return false;
    job->page.limit = (uint32_t)limit;
    return !fen_str_is_set(period) || fen_period_parse(period, &job->period);
}

static void refuse_method(const struct fen_http_request *request, const struct fen_api_call *call,
                          struct fen_http_response *response)
{
    evhttp_add_header(evhttp_request_get_output_headers(request->event), "Allow",
                      call->route->method == FEN_HTTP_POST ? "POST" : "GET, HEAD");
    fen_api_problem(response, 405, "method", "the path has another method");
}

static struct fen_api_job *job_create(struct fen_guide_api *api,
                                      const struct fen_http_request *request,
                                      struct fen_arena *arena)
{
    struct fen_api_job *job = FEN_ARENA_NEW(arena, struct fen_api_job);
    job->api = api;
    job->arena = arena;
    job->event = request->event;
    /* The path goes when the route returns. */
    bool is_good = fen_api_call_read(fen_arena_copy(arena, request->path), &job->call);
    FEN_ASSERT(is_good);
    if (fen_str_is_set(job->call.payee))
        is_good = fen_redis_payee_init(&job->payee, job->call.tenant, job->call.payee,
                                       api->options.partition_count);
    FEN_ASSERT(is_good);
    return job;
}

static void refuse_stream(struct fen_http_response *response, enum fen_stream_refusal refusal)
{
    response->is_deferred = false;
    response->retry_seconds = 5;
    if (refusal == FEN_STREAM_TOO_MANY_OF_ONE)
        fen_api_problem(response, 429, "too-many-streams", "this payee has 8 streams open");
    else if (refusal == FEN_STREAM_TOO_MANY)
        fen_api_problem(response, 503, "too-many-streams", "poll entries instead, or come back");
    else
        fen_api_problem(response, 503, "no-redis", "Redis is not reached at the moment");
}

static void open_stream(struct fen_api_job *job, const struct fen_http_request *request,
                        const struct fen_claims *claims, struct fen_http_response *response)
{
    struct fen_stream_request stream = {.event = request->event,
                                        .payee = &job->payee,
                                        .key_id = fen_token_key_id(bearer_of(request)),
                                        .until_ms = claims->until_ms};
    struct fen_str id = fen_http_header(request, "Last-Event-ID");
    if (id.size == 0)
        id = fen_api_query(request->query, "after");
    /* An id that is none is as good as no id: a snapshot. */
    stream.has_position = read_event_id(id, &stream.position);
    response->is_deferred = true;
    enum fen_stream_refusal refusal = fen_payee_streams_open(job->api->streams, &stream);
    if (refusal != FEN_STREAM_OPENED)
        refuse_stream(response, refusal);
}

/* Everything but the path is good so far. Returns: whether the job goes on without us. */
static bool begin(struct fen_guide_api *api, const struct fen_http_request *request,
                  struct fen_arena *arena, const struct fen_claims *claims,
                  struct fen_http_response *response)
{
    struct fen_api_job *job = job_create(api, request, arena);
    job->is_finance = (claims->rights & FEN_RIGHT_FINANCE) != 0;
    job->query = fen_arena_copy(arena, request->query); /* it goes, like the path */
    if (!read_query(job, request->query)) {
        fen_api_problem(response, 400, "bad-parameter",
                        "a parameter is unknown, or its value out of bounds");
        return false;
    }
    if (api->has_more_partitions) {
        fen_api_problem(response, 503, "wrong-partitions",
                        "the API is configured with fewer partitions than there are");
        return false;
    }
    if (job->call.route->operation != FEN_API_STREAM) {
        response->is_deferred = true;
        fen_api_job_ask(job);
        return true;
    }
    if (fen_http_is_head(request))
        fen_api_problem(response, 405, "stream", "a stream has no headers alone");
    else
        open_stream(job, request, claims, response);
    return false;
}

static void respond(void *context, const struct fen_http_request *request,
                    struct fen_http_response *response)
{
    struct fen_guide_api *api = context;
    struct fen_api_call call;
    struct fen_claims claims;
    api->counters.requests++;
    if (!fen_api_call_read(request->path, &call)) {
        fen_api_problem(response, 404, "no-such-path", "see the API's description");
        return;
    }
    if (call.route->method != request->method) {
        refuse_method(request, &call, response);
        return;
    }
    struct fen_arena *arena = fen_arena_create(2048);
    bool goes_on = false;
    if (is_let_in(api, request, &call, arena, &claims, response)) {
        if (call.route->operation == FEN_API_ESTIMATE)
            fen_api_estimate_respond(api, request, &call, arena, response);
        else if (call.route->operation == FEN_API_DEAD_LETTERS)
            fen_api_letters_respond(api, request, &call, response);
        else
            goes_on = begin(api, request, arena, &claims, response);
    }
    if (!goes_on)
        fen_arena_destroy(arena);
}

/* A fence beyond the last partition: payees would be looked for under the wrong keys. */
static void beyond_read(void *context, redisReply *const *replies, uint32_t count)
{
    struct fen_guide_api *api = context;
    (void)count;
    if (replies == NULL)
        return;
    bool has_more = fen_reply_text(replies[0]).size > 0;
    if (has_more && !api->has_more_partitions)
        FEN_LOG_ERROR("api", "Redis has more partitions than are configured; nothing is answered",
                      FEN_LOG_UINT("partitions", api->options.partition_count));
    api->has_more_partitions = has_more;
}

static void look_beyond(struct fen_guide_api *api)
{
    char key[FEN_REDIS_KEY_BYTES];
    struct fen_buffer command = {0};
    fen_resp_append_array(&command, 3);
    fen_resp_append_text(&command, FEN_STR("HGET"));
    fen_resp_append_text(&command, fen_redis_fence_key(api->options.partition_count, key));
    fen_resp_append_text(&command, FEN_STR("seq"));
    /* Without Redis there is nothing to be wrong about. */
    bool is_asked =
        fen_redis_link_ask(api->link, fen_buffer_str(&command), 1, beyond_read, api);
    if (!is_asked)
        api->has_more_partitions = false;
    fen_buffer_deinit(&command);
}

static void on_tick(evutil_socket_t descriptor, short what, void *context)
{
    struct fen_guide_api *api = context;
    (void)descriptor;
    (void)what;
    if (fen_key_ring_refresh(api->ring))
        fen_payee_streams_check_keys(api->streams);
    look_beyond(api);
    /* A reader that never looks would keep all that was ever published (plan/reference.h). */
    if (api->references != NULL)
        (void)fen_reference_acquire(api->references, api->reference_reader);
}

static void start(void *context, struct event_base *base)
{
    const struct timeval second = {.tv_sec = 1};
    struct fen_guide_api *api = context;
    api->link = fen_redis_link_create(
        base, &(struct fen_redis_link_options){api->options.redis_address,
                                               api->options.redis_password});
    api->streams = fen_payee_streams_create(
        base, &(struct fen_payee_streams_options){
                  .http = api->http,
                  .link = api->link,
                  .ring = api->ring,
                  .wire = api->options.wire,
                  .partition_count = api->options.partition_count,
                  .stream_count_max = api->options.stream_count_max,
                  .offset_ms = api->options.offset_ms,
              });
    if (api->tracer != NULL)
        fen_order_tracer_attach(api->tracer, base);
    api->tick = event_new(base, -1, EV_PERSIST, on_tick, api);
    FEN_ASSERT(api->tick != NULL && "out of memory");
    event_add(api->tick, &second);
}

static void stop(void *context)
{
    struct fen_guide_api *api = context;
    event_free(api->tick);
    if (api->tracer != NULL)
        fen_order_tracer_detach(api->tracer);
    /* First: what waits for Redis is answered, and may belong to a stream. */
    fen_redis_link_destroy(api->link);
    fen_payee_streams_destroy(api->streams);
    api->link = NULL;
    api->streams = NULL;
}

struct fen_guide_api *fen_guide_api_create(const struct fen_guide_api_options *options,
                                           struct fen_buffer *reason)
{
    struct fen_key_ring *ring = fen_key_ring_create(options->key_path, reason);
    if (ring == NULL)
        return NULL;
    struct fen_guide_api *api = calloc(1, sizeof *api);
    FEN_ASSERT(api != NULL && "out of memory");
    api->options = *options;
    api->ring = ring;
    api->rate = fen_rate_create(options->requests_per_second_max);
    return api;
}

void fen_guide_api_destroy(struct fen_guide_api *api)
{
    if (api == NULL)
        return;
    fen_key_ring_destroy(api->ring);
    fen_rate_destroy(api->rate);
    fen_finance_walk_destroy(api->walk);
    free(api);
}

void fen_guide_api_set_references(struct fen_guide_api *api,
                                  struct fen_reference_builder *references, uint32_t reader)
{
    api->references = references;
    api->reference_reader = reader;
}

void fen_guide_api_set_counters(struct fen_guide_api *api,
                                void (*read)(void *context, struct fen_counters *sum),
                                void *context)
{
    api->read_counters = read;
    api->counters_context = context;
}

void fen_guide_api_set_dead_letters(struct fen_guide_api *api,
                                    struct fen_dead_letter_board *board)
{
    api->dead_letters = board;
}

void fen_guide_api_set_tracer(struct fen_guide_api *api, struct fen_order_tracer *tracer)
{
    api->tracer = tracer;
}

void fen_guide_api_add(struct fen_guide_api *api, struct fen_http *http)
{
    api->http = http;
    fen_http_route(http, FEN_HTTP_GET, "/v1/*", respond, api);
    fen_http_route(http, FEN_HTTP_POST, "/v1/*", respond, api);
    fen_page_add(http);
    fen_http_serve(http, &(struct fen_http_service){start, stop, api});
}
