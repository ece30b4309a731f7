/*
 * guide_api_finance: finance's totals: every account of a tenant, by SCAN, in steps between which
 * the loop does other things; one walk at a time, and its answer holds for some seconds.
 *
 * Why a walk: a sum kept beside the accounts would be one more thing to be wrong, and would have to
 * be kept by increments, which Redis must never hold (schemas/redis.md); finance looks seldom.
 */
#include <stdlib.h>
#include <string.h>

#include "api/guide_api_parts.h"
#include "api/finance_totals.h"
#include "base/clock.h"
#include "redis/resp.h"
#include "wire/counters.h"
#include "wire/json.h"

#define SCAN_COUNT "1000"
#define HOLDS_MS 5000
#define WAITING_COUNT_MAX 16

/* A walk, and its answer afterwards. */
struct fen_finance_walk {
    struct fen_guide_api *api;
    struct fen_arena *arena; /* of one walk */
    struct fen_str tenant;   /* in the arena */
    struct fen_str cursor;   /* likewise */
    struct fen_str *keys;    /* whose accounts are asked for */
    uint32_t key_count;
    struct fen_finance_totals totals;
    struct fen_api_job *waiting[WAITING_COUNT_MAX];
    uint32_t waiting_count; /* 0: no walk goes on */
    struct fen_buffer commands;
    struct fen_buffer answer; /* of the last walk */
    struct fen_buffer answer_tenant;
    int64_t answered_ms;
};

void fen_finance_walk_destroy(struct fen_finance_walk *walk)
{
    if (walk == NULL)
        return;
    FEN_ASSERT(walk->waiting_count == 0);
    if (walk->arena != NULL)
        fen_arena_destroy(walk->arena);
    fen_buffer_deinit(&walk->commands);
    fen_buffer_deinit(&walk->answer);
    fen_buffer_deinit(&walk->answer_tenant);
    free(walk);
}

/* Everybody who waits gets the answer, or without one a refusal. */
static void finish(struct fen_finance_walk *walk, bool is_good)
{
    uint32_t count = walk->waiting_count;
    walk->waiting_count = 0;
    for (uint32_t index = 0; index < count; index++) {
        struct fen_http_response response = {.status = 200, .content_type = "application/json"};
        if (!is_good) {
            fen_api_job_fail(walk->waiting[index]);
            continue;
        }
        fen_buffer_append(&response.body, walk->answer.data, walk->answer.size_bytes);
        fen_api_job_reply(walk->waiting[index], &response);
    }
    fen_arena_destroy(walk->arena);
    walk->arena = NULL;
}

/* The process's own events, by their fate (SPEC §9); null where it reads none. */
static void append_events(struct fen_buffer *out, const struct fen_guide_api *api)
{
    struct fen_counters counters = {0};
    bool is_first = true;
    if (api->read_counters == NULL) {
        fen_buffer_append_format(out, ",\"events\":null");
        return;
    }
    api->read_counters(api->counters_context, &counters);
    fen_buffer_append_format(
        out,
        ",\"events\":{\"read\":%llu,\"applied\":%llu,\"duplicate\":%llu,\"late\":%llu,"
        "\"dead\":%llu,\"entries\":%llu,\"is_balanced\":%s,\"dead_by_code\":{",
        (unsigned long long)counters.events_read, (unsigned long long)counters.events_applied,
        (unsigned long long)counters.events_duplicate,
        (unsigned long long)counters.events_late_touch_dropped,
        (unsigned long long)counters.events_dead_lettered,
        (unsigned long long)counters.entries_posted,
        fen_counters_balance(&counters) ? "true" : "false");
    for (int code = 1; code < FEN_REFUSAL_COUNT; code++) {
        if (counters.dead_lettered_by_code[code] == 0)
            continue;
        fen_buffer_append_format(out, "%s\"%s\":%llu", is_first ? "" : ",",
                                 fen_refusal_name((enum fen_refusal)code),
                                 (unsigned long long)counters.dead_lettered_by_code[code]);
        is_first = false;
    }
    fen_buffer_append_format(out, "}}");
}

static void conclude(struct fen_finance_walk *walk)
{
    struct fen_buffer *out = &walk->answer;
    fen_buffer_clear(out);
    fen_buffer_append_format(out, "{\"tenant\":");
    fen_json_append_text(out, walk->tenant);
    fen_buffer_append_format(out, ",\"as_of\":%lld,", (long long)fen_clock_wall_ms());
    fen_json_append_finance_totals(out, &walk->totals);
    append_events(out, walk->api);
    fen_buffer_append_format(out, "}\n");
    fen_buffer_clear(&walk->answer_tenant);
    fen_buffer_append(&walk->answer_tenant, walk->tenant.data, walk->tenant.size);
    walk->answered_ms = fen_clock_ms();
    finish(walk, true);
}

static void ask_keys(struct fen_finance_walk *walk);

static void take_accounts(void *context, redisReply *const *replies, uint32_t count)
{
    struct fen_finance_walk *walk = context;
    if (replies == NULL) {
        finish(walk, false);
        return;
    }
    for (uint32_t index = 0; index < count; index++)
        (void)fen_finance_totals_add(&walk->totals, walk->keys[index], replies[index]);
    if (fen_str_equal(walk->cursor, FEN_STR("0")))
        conclude(walk);
    else
        ask_keys(walk);
}

static void ask_accounts(struct fen_finance_walk *walk)
{
    fen_buffer_clear(&walk->commands);
    for (uint32_t index = 0; index < walk->key_count; index++) {
        fen_resp_append_array(&walk->commands, 2);
        fen_resp_append_text(&walk->commands, FEN_STR("HGETALL"));
        fen_resp_append_text(&walk->commands, walk->keys[index]);
    }
    if (!fen_redis_link_ask(walk->api->link, fen_buffer_str(&walk->commands), walk->key_count,
                            take_accounts, walk))
        finish(walk, false);
}

static void take_keys(void *context, redisReply *const *replies, uint32_t count)
{
    struct fen_finance_walk *walk = context;
    (void)count;
    if (replies == NULL) {
        finish(walk, false);
        return;
    }
    const redisReply *keys = fen_reply_item(replies[0], 1);
    walk->cursor = fen_arena_copy(walk->arena, fen_reply_text(fen_reply_item(replies[0], 0)));
    walk->key_count = (uint32_t)fen_reply_count(keys);
    walk->keys = fen_arena_allocate(walk->arena, (walk->key_count + 1) * sizeof *walk->keys);
    for (uint32_t index = 0; index < walk->key_count; index++) {
        struct fen_str key = fen_reply_text(fen_reply_item(keys, index));
        walk->keys[index] = fen_arena_copy(walk->arena, key);
    }
    if (walk->key_count > 0)
        ask_accounts(walk);
    else
        take_accounts(walk, (redisReply *const[]){NULL}, 0);
}

/* A tenant's id may have what SCAN takes for a pattern. */
static struct fen_str pattern_of(struct fen_finance_walk *walk)
{
    struct fen_buffer text = {0};
    fen_buffer_append_format(&text, "fen:{p*}:account:");
    for (uint32_t index = 0; index < walk->tenant.size; index++) {
        if (strchr("*?[]^-\\", walk->tenant.data[index]) != NULL)
            fen_buffer_append_byte(&text, '\\');
        fen_buffer_append_byte(&text, walk->tenant.data[index]);
    }
    fen_buffer_append_format(&text, "/*");
    struct fen_str pattern = fen_arena_copy(walk->arena, fen_buffer_str(&text));
    fen_buffer_deinit(&text);
    return pattern;
}

static void ask_keys(struct fen_finance_walk *walk)
{
    const struct fen_str words[] = {FEN_STR("SCAN"),   walk->cursor,     FEN_STR("MATCH"),
                                    pattern_of(walk), FEN_STR("COUNT"), FEN_STR(SCAN_COUNT)};
    fen_buffer_clear(&walk->commands);
    fen_resp_append_array(&walk->commands, 6);
    for (size_t index = 0; index < sizeof words / sizeof *words; index++)
        fen_resp_append_text(&walk->commands, words[index]);
    if (!fen_redis_link_ask(walk->api->link, fen_buffer_str(&walk->commands), 1, take_keys, walk))
        finish(walk, false);
}

static void begin(struct fen_finance_walk *walk, struct fen_api_job *job)
{
    walk->arena = fen_arena_create(1 << 16);
    walk->tenant = fen_arena_copy(walk->arena, job->call.tenant);
    walk->cursor = FEN_STR("0");
    walk->totals = (struct fen_finance_totals){.arena = walk->arena};
    walk->waiting[walk->waiting_count++] = job;
    ask_keys(walk);
}

static void refuse_busy(struct fen_api_job *job)
{
    struct fen_http_response response = {.retry_seconds = 2};
    fen_api_problem(&response, 503, "busy", "totals are being added up for others");
    fen_api_job_reply(job, &response);
}

void fen_api_totals_ask(struct fen_api_job *job)
{
    struct fen_guide_api *api = job->api;
    if (api->walk == NULL) {
        api->walk = calloc(1, sizeof *api->walk);
        FEN_ASSERT(api->walk != NULL && "out of memory");
        api->walk->api = api;
    }
    struct fen_finance_walk *walk = api->walk;
    struct fen_str tenant = job->call.tenant;
    bool is_of_answer = fen_str_equal(fen_buffer_str(&walk->answer_tenant), tenant);
    if (walk->waiting_count > 0) {
        if (walk->waiting_count < WAITING_COUNT_MAX && fen_str_equal(walk->tenant, tenant))
            walk->waiting[walk->waiting_count++] = job;
        else
            refuse_busy(job);
    } else if (is_of_answer && fen_clock_ms() - walk->answered_ms < HOLDS_MS) {
        struct fen_http_response response = {.status = 200, .content_type = "application/json"};
        fen_buffer_append(&response.body, walk->answer.data, walk->answer.size_bytes);
        fen_api_job_reply(job, &response);
    } else {
        begin(walk, job);
    }
}
