/* test_api_route: paths and rights of the guides' API, its OpenAPI document, rates, Redis read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_route.h"
#include "api/rate.h"
#include "api/redis_view.h"
#include "wire/topic.h"

static struct fen_claims claims(const char *payee, const char *store, uint32_t rights)
{
    return (struct fen_claims){.tenant = FEN_STR("acme"),
                               .payee = fen_str_from(payee),
                               .store = fen_str_from(store),
                               .rights = rights};
}

static bool is_allowed(const char *path, const struct fen_claims *claims)
{
    struct fen_api_call call;
    if (!fen_api_call_read(fen_str_from(path), &call))
        fail_msg("%s is no path", path);
    return fen_api_call_is_allowed(&call, claims);
}

static void test_route_takes_paths_apart(void **state)
{
    struct fen_api_call call;
    assert_true(fen_api_call_read(FEN_STR("/v1/acme/payees/guide:G1/orders/O 1"), &call) == false);
    assert_true(fen_api_call_read(FEN_STR("/v1/acme/payees/guide:导购/orders/O1"), &call));
    assert_int_equal(call.route->operation, FEN_API_ORDER);
    assert_true(fen_str_equal(call.tenant, FEN_STR("acme")));
    assert_true(fen_str_equal(call.payee, FEN_STR("guide:导购")));
    assert_true(fen_str_equal(call.order, FEN_STR("O1")));
    assert_false(fen_str_is_set(call.store));
    assert_true(fen_api_call_read(FEN_STR("/v1/acme/payees/hq/summary"), &call));
    assert_true(fen_api_call_read(FEN_STR("/v1/acme/stores/S1/guides"), &call));
    assert_true(fen_str_equal(call.store, FEN_STR("S1")));
    static const char *const none[] = {"",
                                       "/",
                                       "/v1",
                                       "/v1/",
                                       "/v1/acme/payees/guide:G1",
                                       "/v1/acme/payees/guide:G1/",
                                       "/v1/acme/payees/guide:G1/summary/",
                                       "/v1/acme/payees//summary",
                                       "/v1/acme/payees/guide/summary",
                                       "/v1/acme/payees/:G1/summary",
                                       "/v1/acme/payees/guide:/summary",
                                       "/v1/acme/payees/guide:G1\n/summary",
                                       "/v2/acme/payees/guide:G1/summary"};
    for (size_t index = 0; index < sizeof none / sizeof *none; index++) {
        if (fen_api_call_read(fen_str_from(none[index]), &call))
            fail_msg("\"%s\" is a path", none[index]);
    }
}

static void test_rights_reach_no_further_than_their_payee_store_and_tenant(void **state)
{
    const char *own = "/v1/acme/payees/guide:G1/summary";
    const char *others = "/v1/acme/payees/guide:G2/stream";
    const char *abroad = "/v1/other/payees/guide:G1/summary";
    const char *store = "/v1/acme/stores/S1/guides";
    const char *other_store = "/v1/acme/stores/S2/guides";
    const struct {
        struct fen_claims claims;
        bool may[5];
    } rows[] = {
        {claims("guide:G1", NULL, FEN_RIGHT_GUIDE), {true, false, false, false, false}},
        {claims("guide:G1", "S1", FEN_RIGHT_GUIDE), {true, false, false, false, false}},
        {claims("guide:G1", "S1", FEN_RIGHT_MANAGER), {false, false, false, true, false}},
        {claims("guide:G1", NULL, FEN_RIGHT_MANAGER), {false, false, false, false, false}},
        {claims("guide:G1", "S1", FEN_RIGHT_GUIDE | FEN_RIGHT_MANAGER),
         {true, false, false, true, false}},
        {claims("user:F", NULL, FEN_RIGHT_FINANCE), {true, true, false, true, true}},
        {claims("guide:G1", "S1", 0), {false, false, false, false, false}},
    };
    const char *const paths[] = {own, others, abroad, store, other_store};
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        for (size_t path = 0; path < 5; path++)
            assert_int_equal(is_allowed(paths[path], &rows[row].claims), rows[row].may[path]);
    }
}

static void test_query_is_read_strictly(void **state)
{
    uint64_t number = 0;
    struct fen_str query = FEN_STR("after=12&limit=&x&before=99x");
    assert_true(fen_api_query_number(query, "after", 7, &number));
    assert_int_equal(number, 12);
    assert_true(fen_api_query_number(query, "absent", 7, &number));
    assert_int_equal(number, 7);
    assert_false(fen_api_query_number(query, "limit", 7, &number));
    assert_false(fen_api_query_number(query, "x", 7, &number));
    assert_false(fen_api_query_number(query, "before", 7, &number));
    assert_true(fen_api_query_number(FEN_STR_NONE, "after", 7, &number));
    assert_true(fen_api_query_is_known(FEN_STR("after=1&limit=2"), &fen_api_routes[1]));
    assert_false(fen_api_query_is_known(FEN_STR("after=1&limits=2"), &fen_api_routes[1]));
    assert_false(fen_api_query_is_known(FEN_STR("after=1"), &fen_api_routes[0]));
}

/* --- schemas/openapi.json says what the table says ------------------------------------------- */

static json_t *read_document(void)
{
    char path[512];
    json_error_t error;
    snprintf(path, sizeof path, "%s/schemas/openapi.json", getenv("FEN_SOURCE_DIR"));
    json_t *document = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (document == NULL)
        fail_msg("%s:%d: %s", path, error.line, error.text);
    return document;
}

static bool has_parameter(const json_t *operation, const char *where, const char *name, size_t size)
{
    size_t index;
    json_t *parameter;
    json_array_foreach(json_object_get(operation, "parameters"), index, parameter) {
        const char *one = json_string_value(json_object_get(parameter, "name"));
        if (strlen(one) == size && memcmp(one, name, size) == 0)
            return strcmp(json_string_value(json_object_get(parameter, "in")), where) == 0;
    }
    return false;
}

static size_t count_parameters(const json_t *operation, const char *where)
{
    size_t index, count = 0;
    json_t *parameter;
    json_array_foreach(json_object_get(operation, "parameters"), index, parameter)
        count += strcmp(json_string_value(json_object_get(parameter, "in")), where) == 0;
    return count;
}

static void compare_query(const struct fen_api_route *route, const json_t *operation)
{
    size_t count = 0;
    for (const char *at = route->query; *at != '\0'; count++) {
        size_t size = strcspn(at, ",");
        if (!has_parameter(operation, "query", at, size))
            fail_msg("%s: %.*s is not described", route->path, (int)size, at);
        at += size + (at[size] == ',' ? 1 : 0);
    }
    assert_int_equal(count_parameters(operation, "query"), count);
}

static void compare_path(const struct fen_api_route *route, const json_t *operation)
{
    size_t count = 0;
    for (const char *at = strchr(route->path, '{'); at != NULL; at = strchr(at, '{'), count++) {
        size_t size = strcspn(++at, "}");
        if (!has_parameter(operation, "path", at, size))
            fail_msg("%s: %.*s is not described", route->path, (int)size, at);
    }
    assert_int_equal(count_parameters(operation, "path"), count);
}

static uint32_t rights_of(const json_t *operation)
{
    uint32_t rights = 0;
    size_t index;
    json_t *right;
    json_array_foreach(json_object_get(operation, "x-fen-rights"), index, right)
        rights |= fen_rights_read(fen_str_from(json_string_value(right)));
    return rights;
}

static void test_openapi_describes_every_route_and_nothing_else(void **state)
{
    json_t *document = read_document();
    const json_t *paths = json_object_get(document, "paths");
    assert_int_equal(json_object_size(paths), fen_api_route_count);
    for (uint32_t index = 0; index < fen_api_route_count; index++) {
        const struct fen_api_route *route = &fen_api_routes[index];
        const json_t *path = json_object_get(paths, route->path);
        const json_t *operation =
            json_object_get(path, route->method == FEN_HTTP_POST ? "post" : "get");
        if (operation == NULL)
            fail_msg("%s is not described", route->path);
        assert_int_equal(json_object_size(path), 1);
        assert_string_equal(json_string_value(json_object_get(operation, "operationId")),
                            route->name);
        assert_int_equal(rights_of(operation), route->rights);
        compare_query(route, operation);
        compare_path(route, operation);
    }
    json_decref(document);
}

/* --- what lies below -------------------------------------------------------------------------- */

static void test_rate_lets_bursts_of_two_seconds_through(void **state)
{
    struct fen_rate *rate = fen_rate_create(5);
    int64_t now_ms = 1000000;
    for (int count = 0; count < 10; count++)
        assert_true(fen_rate_allows(rate, 42, now_ms));
    assert_false(fen_rate_allows(rate, 42, now_ms));
    assert_true(fen_rate_allows(rate, 43, now_ms));
    assert_false(fen_rate_allows(rate, 42, now_ms + 199));
    assert_true(fen_rate_allows(rate, 42, now_ms + 200));
    assert_false(fen_rate_allows(rate, 42, now_ms + 200));
    /* However long nobody asks, no more than a full bucket waits. */
    for (int count = 0; count < 10; count++)
        assert_true(fen_rate_allows(rate, 42, now_ms + INT64_C(86400000000)));
    assert_false(fen_rate_allows(rate, 42, now_ms + INT64_C(86400000000)));
    fen_rate_destroy(rate);
    rate = fen_rate_create(0);
    for (int count = 0; count < 1000; count++)
        assert_true(fen_rate_allows(rate, 42, now_ms));
    fen_rate_destroy(rate);
}

static void test_keys_are_those_of_the_projector(void **state)
{
    struct fen_redis_payee payee;
    char text[FEN_REDIS_KEY_BYTES];
    assert_true(fen_redis_payee_init(&payee, FEN_STR("acme"), FEN_STR("guide:G1"), 12));
    assert_int_equal(payee.partition, fen_topic_partition(FEN_STR("acme/guide:G1"), 12));
    payee.partition = 7;
    struct fen_str key = fen_redis_key(&payee, "account", text);
    assert_true(fen_str_equal(key, FEN_STR("fen:{p7}:account:acme/guide:G1")));
    key = fen_redis_rank_key(3, FEN_STR("acme"), FEN_STR("S1"), 2026 * 12 + 10, text);
    assert_true(fen_str_equal(key, FEN_STR("fen:{p3}:rank:acme/S1/2026-11")));
    assert_true(fen_str_equal(fen_redis_fence_key(0, text), FEN_STR("fen:{p0}:fence")));
    assert_false(fen_redis_payee_init(&payee, FEN_STR(""), FEN_STR("guide:G1"), 12));
    assert_false(fen_redis_payee_init(&payee, FEN_STR("acme"), FEN_STR("guide:a b"), 12));
    assert_false(fen_redis_payee_init(&payee, FEN_STR("acme"), FEN_STR("everybody"), 12));
}

/* Feed a reader byte by byte; the reply, to be freed. */
static redisReply *reply_of(const char *bytes)
{
    struct fen_reply_reader *reader = fen_reply_reader_create();
    redisReply *reply = NULL;
    for (const char *at = bytes; *at != '\0'; at++) {
        assert_null(reply);
        assert_true(fen_reply_reader_feed(reader, at, 1));
        assert_true(fen_reply_reader_next(reader, &reply));
    }
    assert_non_null(reply);
    fen_reply_reader_destroy(reader);
    return reply;
}

static void test_account_with_odd_fields_is_read_as_far_as_it_goes(void **state)
{
    struct fen_arena *arena = fen_arena_create(1024);
    struct fen_account_view view;
    redisReply *reply = reply_of("*18\r\n$3\r\nseq\r\n$1\r\n9\r\n$7\r\nbalance\r\n$3\r\n-12\r\n"
                                 "$6\r\nd:null\r\n$1\r\n5\r\n$12\r\nd:2026-11-28\r\n$1\r\n7\r\n"
                                 "$12\r\nd:2026-11-04\r\n$1\r\n3\r\n$15\r\np:2026-11:share\r\n"
                                 "$2\r\n10\r\n$12\r\nd:2026-99-04\r\n$1\r\n3\r\n$9\r\np:2026-11\r\n"
                                 "$1\r\n3\r\n$3\r\nodd\r\n:7\r\n");
    fen_account_view_read(reply, arena, &view);
    assert_true(view.is_there);
    assert_int_equal(view.seq, 9);
    assert_int_equal(view.balance_fen, -12);
    assert_int_equal(view.sum_count, 1);
    assert_int_equal(view.date_count, 3);
    assert_int_equal(view.dates[0].amount_fen, 3);
    assert_int_equal(view.dates[1].amount_fen, 7);
    assert_int_equal(view.dates[2].date, FEN_DATE_NONE);
    fen_reply_free(reply);
    reply = reply_of("*0\r\n");
    fen_account_view_read(reply, arena, &view);
    assert_false(view.is_there);
    fen_reply_free(reply);
    reply = reply_of("*2\r\n$3\r\nseq\r\n$20\r\n99999999999999999999\r\n");
    fen_account_view_read(reply, arena, &view);
    assert_false(view.is_there);
    fen_reply_free(reply);
    fen_arena_destroy(arena);
}

static void assert_takes(const char *bytes, bool is_taken)
{
    struct fen_reply_reader *reader = fen_reply_reader_create();
    redisReply *reply;
    assert_true(fen_reply_reader_feed(reader, bytes, strlen(bytes)));
    assert_int_equal(fen_reply_reader_next(reader, &reply), is_taken);
    assert_null(reply);
    fen_reply_reader_destroy(reader);
}

static void test_reader_refuses_what_is_no_reply(void **state)
{
    assert_takes("HTTP/1.1 400\r\n", false);
}

/* hiredis would reserve 8 bytes an item before the first one comes. */
static void test_reader_refuses_arrays_beyond_all_that_is_asked_for(void **state)
{
    assert_takes("*1048576\r\n", true);
    assert_takes("*1048577\r\n", false);
    assert_takes("*2\r\n*2147483647\r\n", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_route_takes_paths_apart),
        cmocka_unit_test(test_rights_reach_no_further_than_their_payee_store_and_tenant),
        cmocka_unit_test(test_query_is_read_strictly),
        cmocka_unit_test(test_openapi_describes_every_route_and_nothing_else),
        cmocka_unit_test(test_rate_lets_bursts_of_two_seconds_through),
        cmocka_unit_test(test_keys_are_those_of_the_projector),
        cmocka_unit_test(test_account_with_odd_fields_is_read_as_far_as_it_goes),
        cmocka_unit_test(test_reader_refuses_what_is_no_reply),
        cmocka_unit_test(test_reader_refuses_arrays_beyond_all_that_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
