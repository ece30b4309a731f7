/*
 * fuzz_api: any bytes as what the guides' API takes in: a path, a query, a token, a cart; and, as
 * replies of Redis, what it shows: whatever stands there, what goes out is JSON.
 */
#include "fuzz.h"

#include <jansson.h>
#include <stdlib.h>

#include "api/account_json.h"
#include "api/api_route.h"
#include "api/base64.h"
#include "api/estimate.h"
#include "api/finance_totals.h"
#include "api/key_ring.h"
#include "api/order_json.h"
#include "base/assert.h"
#include "cli/sale/demo_plan.h"

static void read_request(struct fen_str text)
{
    struct fen_api_call call;
    uint64_t number;
    struct fen_buffer bytes = {0}, again = {0};
    if (fen_api_call_read(text, &call))
        FEN_ASSERT(fen_redis_is_id(call.tenant));
    for (uint32_t index = 0; index < fen_api_route_count; index++)
        FEN_ASSERT(!fen_api_query_is_known(text, &fen_api_routes[index]) || text.size < 1 ||
                   text.data[0] != '=');
    if (fen_api_query_number(text, "after", 3, &number))
        FEN_ASSERT(number < UINT64_C(1000000000000000000));
    FEN_ASSERT(fen_token_key_id(text).size <= FEN_KEY_ID_BYTES_MAX);
    if (fen_base64_read(text, &bytes)) {
        fen_base64_append(&again, bytes.data, bytes.size_bytes);
        FEN_ASSERT(fen_str_equal(fen_buffer_str(&again), text));
    }
    fen_buffer_deinit(&bytes);
    fen_buffer_deinit(&again);
}

static void check_json(struct fen_buffer *out)
{
    json_error_t error;
    json_t *value = json_loadb(out->data, out->size_bytes, 0, &error);
    FEN_ASSERT(value != NULL && "what goes out is JSON");
    json_decref(value);
    fen_buffer_clear(out);
}

/* One reply as an account, a fence, a feed and a ranking, all of it shown. */
static void show(redisReply *reply, enum fen_wire wire, struct fen_arena *arena)
{
    struct fen_account_view account;
    struct fen_fence_view fence;
    struct fen_ledger_record *records;
    struct fen_rank *ranks;
    struct fen_redis_payee payee;
    struct fen_buffer out = {0};
    struct fen_today today = fen_today_at(INT64_C(1795000000000), 0);
    bool is_payee = fen_redis_payee_init(&payee, FEN_STR("t"), FEN_STR("guide:G"), 1);
    FEN_ASSERT(is_payee);
    fen_account_view_read(reply, arena, &account);
    fen_fence_view_read(reply, &fence);
    uint32_t count = fen_feed_view_read(reply, false, wire, &payee, arena, &records);
    uint32_t rank_count = fen_ranking_read(&reply, 1, arena, &ranks);
    struct fen_feed_view feed = {records, count};
    fen_json_append_summary(&out, &payee, &account, &fence, &feed, &today);
    check_json(&out);
    fen_json_append_entries(&out, &feed, &(struct fen_entry_page){.limit = 3});
    check_json(&out);
    fen_json_append_entries(
        &out, &feed,
        &(struct fen_entry_page){.is_backwards = true, .before = 9, .limit = 3});
    check_json(&out);
    (void)fen_order_append_json(&out, &feed, FEN_STR("O1"), NULL, arena);
    check_json(&out);
    fen_json_append_ranking(&out, &(struct fen_ranking_view){.ranks = ranks,
                                                             .rank_count = rank_count,
                                                             .payee = FEN_STR("guide:G"),
                                                             .store = account.store,
                                                             .period = today.period,
                                                             .names_others = true});
    check_json(&out);
    fen_json_append_guides(&out, ranks, rank_count, &account, 1, &today, FEN_STR("S1"),
                           today.period);
    check_json(&out);
    struct fen_finance_totals totals = {.arena = arena};
    bool is_new = fen_finance_totals_add(&totals, FEN_STR("key"), reply);
    FEN_ASSERT(is_new && !fen_finance_totals_add(&totals, FEN_STR("key"), reply));
    fen_buffer_append_byte(&out, '{');
    fen_json_append_finance_totals(&out, &totals);
    fen_buffer_append_byte(&out, '}');
    check_json(&out);
    fen_buffer_deinit(&out);
}

/* The bytes as a cart, by the demo plan. */
static void estimate(struct fen_str text, struct fen_arena *arena)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    struct fen_buffer out = {0};
    struct fen_str reason = FEN_STR_NONE;
    const struct fen_estimate_request request = {.tenant = FEN_STR("t"),
                                                 .payee = FEN_STR("guide:G"),
                                                 .roles = FEN_STR("share,serve,bind,coupon"),
                                                 .cart = text,
                                                 .now_ms = INT64_C(1795000000000)};
    enum fen_reference_fate fate = fen_reference_apply_plan(builder, fen_demo_plan(), NULL);
    FEN_ASSERT(fate == FEN_REFERENCE_APPLIED);
    fen_reference_publish(builder, 0, 0);
    if (fen_estimate_append_json(fen_reference_acquire(builder, 0), &request, arena, &out,
                                 &reason) == FEN_ESTIMATE_GOOD)
        check_json(&out);
    else
        FEN_ASSERT(reason.size > 0);
    fen_buffer_deinit(&out);
    fen_reference_builder_destroy(builder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fen_str text = {(const char *)data, (uint32_t)size};
    redisReply *reply = NULL;
    read_request(text);
    if (size == 0)
        return 0;
    struct fen_arena *arena = fen_arena_create(1 << 14);
    struct fen_reply_reader *reader = fen_reply_reader_create();
    if (fen_reply_reader_feed(reader, data, size) && fen_reply_reader_next(reader, &reply) &&
        reply != NULL) {
        show(reply, FEN_WIRE_JSON, arena);
        show(reply, FEN_WIRE_PROTOBUF, arena);
    }
    if (text.data[0] == '{')
        estimate(text, arena);
    fen_reply_free(reply);
    fen_reply_reader_destroy(reader);
    fen_arena_destroy(arena);
    return 0;
}
