/* guide_api_answer: what each operation asks of Redis, and what it makes of the answer. */
#include <inttypes.h>
#include <stdio.h>

#include "api/guide_api_parts.h"
#include "api/order_json.h"
#include "base/clock.h"
#include "redis/resp.h"

/* More records than a feed has (schemas/redis.md). */
#define FEED_RECORD_COUNT "2000"
/* Guides of one store in one partition. */
#define RANK_LAST "999"

void fen_api_job_reply(struct fen_api_job *job, struct fen_http_response *response)
{
    fen_http_reply(job->api->http, job->event, response);
    fen_buffer_deinit(&response->body);
    fen_buffer_deinit(&job->commands);
    fen_arena_destroy(job->arena);
}

void fen_api_job_fail(struct fen_api_job *job)
{
    struct fen_http_response response = {.retry_seconds = 1};
    job->api->counters.unavailable++;
    fen_api_problem(&response, 503, "no-redis", "Redis is not reached at the moment");
    fen_api_job_reply(job, &response);
}

static void reply_json(struct fen_api_job *job, struct fen_http_response *response)
{
    response->status = 200;
    response->content_type = "application/json";
    fen_buffer_append_byte(&response->body, '\n');
    fen_api_job_reply(job, response);
}

static struct fen_today today_of(const struct fen_api_job *job)
{
    return fen_today_at(fen_clock_wall_ms(), job->api->options.offset_ms);
}

/* --- commands --------------------------------------------------------------------------------- */

static void append(struct fen_api_job *job, uint32_t count, const struct fen_str *words)
{
    fen_resp_append_array(&job->commands, count);
    for (uint32_t index = 0; index < count; index++)
        fen_resp_append_text(&job->commands, words[index]);
}

#define APPEND(job, ...)                                                                           \
    append(job, sizeof((const struct fen_str[]){__VA_ARGS__}) / sizeof(struct fen_str),            \
           (const struct fen_str[]){__VA_ARGS__})

static void append_state(struct fen_api_job *job)
{
    char key[FEN_REDIS_KEY_BYTES];
    APPEND(job, FEN_STR("HGETALL"), fen_redis_fence_key(job->payee.partition, key));
    APPEND(job, FEN_STR("HGETALL"), fen_redis_key(&job->payee, "account", key));
}

static void append_whole_feed(struct fen_api_job *job)
{
    char key[FEN_REDIS_KEY_BYTES];
    APPEND(job, FEN_STR("XREVRANGE"), fen_redis_key(&job->payee, "feed", key), FEN_STR("+"),
           FEN_STR("-"), FEN_STR("COUNT"), FEN_STR(FEED_RECORD_COUNT));
}

/*
 * The page's records. Backwards, the record that `before` stands in has a greater id than those
 * before it, so that it is asked for by itself.
 */
static uint32_t append_page(struct fen_api_job *job)
{
    char key_text[FEN_REDIS_KEY_BYTES], id[32], limit[16];
    struct fen_str key = fen_redis_key(&job->payee, "feed", key_text);
    const struct fen_entry_page *page = &job->page;
    snprintf(limit, sizeof limit, "%u", (unsigned)page->limit + 1);
    APPEND(job, FEN_STR("XRANGE"), key, FEN_STR("-"), FEN_STR("+"), FEN_STR("COUNT"),
           FEN_STR("1"));
    if (!page->is_backwards) {
        snprintf(id, sizeof id, "(%" PRIu64 "-0", page->after);
        APPEND(job, FEN_STR("XRANGE"), key, fen_str_from(id), FEN_STR("+"), FEN_STR("COUNT"),
               fen_str_from(limit));
        return 2;
    }
    snprintf(id, sizeof id, "%" PRIu64 "-0", page->before);
    APPEND(job, FEN_STR("XREVRANGE"), key, fen_str_from(id), FEN_STR("-"), FEN_STR("COUNT"),
           fen_str_from(limit));
    snprintf(id, sizeof id, "(%" PRIu64 "-0", page->before);
    APPEND(job, FEN_STR("XRANGE"), key, fen_str_from(id), FEN_STR("+"), FEN_STR("COUNT"),
           FEN_STR("1"));
    return 3;
}

static uint32_t append_ranking(struct fen_api_job *job, struct fen_str store)
{
    char key[FEN_REDIS_KEY_BYTES];
    uint32_t count = job->api->options.partition_count;
    for (uint32_t index = 0; index < count; index++)
        APPEND(job, FEN_STR("ZREVRANGE"),
               fen_redis_rank_key(index, job->call.tenant, store, job->period, key),
               FEN_STR("0"), FEN_STR(RANK_LAST), FEN_STR("WITHSCORES"));
    return count;
}

static void ask(struct fen_api_job *job, uint32_t count, fen_redis_link_function *answer)
{
    if (!fen_redis_link_ask(job->api->link, fen_buffer_str(&job->commands), count, answer, job))
        fen_api_job_fail(job);
}

/* --- answers ---------------------------------------------------------------------------------- */

static struct fen_feed_view read_feed(struct fen_api_job *job, const redisReply *reply,
                                      bool is_backwards)
{
    struct fen_ledger_record *records;
    uint32_t count = fen_feed_view_read(reply, is_backwards, job->api->options.wire, &job->payee,
                                        job->arena, &records);
    return (struct fen_feed_view){records, count};
}

static void answer_summary(void *context, redisReply *const *replies, uint32_t count)
{
    struct fen_api_job *job = context;
    struct fen_http_response response = {0};
    struct fen_account_view account;
    struct fen_fence_view fence;
    (void)count;
    if (replies == NULL) {
        fen_api_job_fail(job);
        return;
    }
    struct fen_today today = today_of(job);
    fen_fence_view_read(replies[0], &fence);
    fen_account_view_read(replies[1], job->arena, &account);
    struct fen_feed_view feed = read_feed(job, replies[2], true);
    fen_json_append_summary(&response.body, &job->payee, &account, &fence, &feed, &today);
    reply_json(job, &response);
}

/* Records of two replies behind each other. */
static struct fen_feed_view join_feeds(struct fen_api_job *job, const struct fen_feed_view *first,
                                       const struct fen_feed_view *second)
{
    uint32_t count = first->record_count + second->record_count;
    struct fen_ledger_record *records =
        fen_arena_grow(job->arena, first->records, first->record_count, count + 1,
                       sizeof *records);
    for (uint32_t index = 0; index < second->record_count; index++)
        records[first->record_count + index] = second->records[index];
    return (struct fen_feed_view){records, count};
}

static void answer_entries(void *context, redisReply *const *replies, uint32_t count)
{
    struct fen_api_job *job = context;
    struct fen_http_response response = {0};
    if (replies == NULL) {
        fen_api_job_fail(job);
        return;
    }
    struct fen_feed_view oldest = read_feed(job, replies[0], false);
    struct fen_feed_view feed = read_feed(job, replies[1], job->page.is_backwards);
    if (count == 3) {
        struct fen_feed_view around = read_feed(job, replies[2], false);
        feed = join_feeds(job, &feed, &around);
    }
    job->page.oldest = oldest.record_count == 0 ? 0 : oldest.records[0].seq_first;
    fen_json_append_entries(&response.body, &feed, &job->page);
    reply_json(job, &response);
}

/* The plans published; NULL: this process reads none. */
static const struct fen_catalog *plans_of(const struct fen_guide_api *api)
{
    if (api->references == NULL)
        return NULL;
    return fen_reference_acquire(api->references, api->reference_reader)->catalog;
}

static void answer_order(void *context, redisReply *const *replies, uint32_t count)
{
    struct fen_api_job *job = context;
    struct fen_http_response response = {0};
    (void)count;
    if (replies == NULL) {
        fen_api_job_fail(job);
        return;
    }
    struct fen_feed_view feed = read_feed(job, replies[0], true);
    if (fen_order_append_json(&response.body, &feed, job->call.order, plans_of(job->api),
                              job->arena) > 0) {
        reply_json(job, &response);
        return;
    }
    fen_api_problem(&response, 404, "no-such-order",
                    "none of the payee's newest entries is of this order");
    fen_api_job_reply(job, &response);
}

/* A guide sees of others place and amount alone: they have not agreed to more. */
static void append_ranking_json(struct fen_api_job *job, struct fen_buffer *out)
{
    fen_json_append_ranking(out, &(struct fen_ranking_view){
                                     .ranks = job->ranks,
                                     .rank_count = job->rank_count,
                                     .payee = job->call.payee,
                                     .store = job->store,
                                     .period = job->period,
                                     .names_others = job->is_finance,
                                 });
}

static void answer_places(void *context, redisReply *const *replies, uint32_t count)
{
    struct fen_api_job *job = context;
    struct fen_http_response response = {0};
    if (replies == NULL) {
        fen_api_job_fail(job);
        return;
    }
    job->rank_count = fen_ranking_read(replies, count, job->arena, &job->ranks);
    append_ranking_json(job, &response.body);
    reply_json(job, &response);
}

/* The store is known now; without one there is no ranking. */
static void answer_store(void *context, redisReply *const *replies, uint32_t count)
{
    struct fen_api_job *job = context;
    struct fen_http_response response = {0};
    struct fen_account_view account;
    (void)count;
    if (replies == NULL) {
        fen_api_job_fail(job);
        return;
    }
    fen_account_view_read(replies[1], job->arena, &account);
    if (!fen_str_is_set(account.store)) {
        append_ranking_json(job, &response.body);
        reply_json(job, &response);
        return;
    }
    job->store = fen_arena_copy(job->arena, account.store);
    fen_buffer_clear(&job->commands);
    ask(job, append_ranking(job, job->store), answer_places);
}

static void answer_guides(void *context, redisReply *const *replies, uint32_t count)
{
    struct fen_api_job *job = context;
    struct fen_http_response response = {0};
    if (replies == NULL) {
        fen_api_job_fail(job);
        return;
    }
    struct fen_account_view *accounts =
        fen_arena_allocate(job->arena, (count + 1) * sizeof *accounts);
    struct fen_today today = today_of(job);
    uint32_t account_count = job->rank_count == 0 ? 0 : count;
    for (uint32_t index = 0; index < account_count; index++)
        fen_account_view_read(replies[index], job->arena, &accounts[index]);
    fen_json_append_guides(&response.body, job->ranks, job->rank_count, accounts, account_count,
                           &today, job->call.store, job->period);
    reply_json(job, &response);
}

/* The store's guides are known now; their accounts are asked for. */
static void answer_members(void *context, redisReply *const *replies, uint32_t count)
{
    struct fen_api_job *job = context;
    char key[FEN_REDIS_KEY_BYTES];
    struct fen_redis_payee payee;
    uint32_t asked = 0;
    if (replies == NULL) {
        fen_api_job_fail(job);
        return;
    }
    job->rank_count = fen_ranking_read(replies, count, job->arena, &job->ranks);
    fen_buffer_clear(&job->commands);
    for (uint32_t index = 0; index < job->rank_count; index++) {
        struct fen_rank *rank = &job->ranks[index];
        rank->payee = fen_arena_copy(job->arena, rank->payee); /* the replies go */
        if (asked == index && index < FEN_GUIDE_ACCOUNT_COUNT_MAX &&
            fen_redis_payee_init(&payee, job->call.tenant, rank->payee,
                                 job->api->options.partition_count)) {
            APPEND(job, FEN_STR("HGETALL"), fen_redis_key(&payee, "account", key));
            asked++;
        }
    }
    if (asked > 0)
        ask(job, asked, answer_guides);
    else
        answer_guides(job, (redisReply *const[]){NULL}, 0);
}

void fen_api_job_ask(struct fen_api_job *job)
{
    switch (job->call.route->operation) {
    case FEN_API_SUMMARY:
        append_state(job);
        append_whole_feed(job);
        ask(job, 3, answer_summary);
        break;
    case FEN_API_ENTRIES:
        ask(job, append_page(job), answer_entries);
        break;
    case FEN_API_ORDER:
        append_whole_feed(job);
        ask(job, 1, answer_order);
        break;
    case FEN_API_RANKING:
        append_state(job);
        ask(job, 2, answer_store);
        break;
    case FEN_API_GUIDES:
        ask(job, append_ranking(job, job->call.store), answer_members);
        break;
    case FEN_API_TOTALS:
        fen_api_totals_ask(job);
        break;
    case FEN_API_TRACE:
        fen_api_trace_ask(job);
        break;
    case FEN_API_STREAM:
    case FEN_API_ESTIMATE:
    case FEN_API_DEAD_LETTERS:
        FEN_ASSERT(false && "streams are opened, the others need no Redis");
        break;
    }
}
