/* verify: see verify.h. */
#include "redis/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/period.h"
#include "redis/fields.h"
#include "redis/resp.h"
#include "wire/topic.h"

#define NUMBER_BYTES 24

struct fen_verify {
    struct fen_connection connection;
    char key_prefix[FEN_KEY_PREFIX_BYTES_MAX + 1];
    uint32_t partition_count;
    struct fen_buffer request;
    struct fen_buffer key;
};

/* One account under comparison. */
struct comparison {
    const struct fen_account *account;
    const redisReply *hash; /* of HGETALL */
    uint32_t matched_count; /* fields of the hash that are expected */
    const struct fen_verify_report *report;
    uint64_t difference_count;
};

static bool refuse(struct fen_verify *verify, struct fen_buffer *reason)
{
    fen_buffer_append_format(reason, "Redis: %s", verify->connection.reason);
    return false;
}

struct fen_verify *fen_verify_open(const struct fen_verify_options *options,
                                   struct fen_buffer *reason)
{
    const char *prefix = options->key_prefix == NULL ? "fen:" : options->key_prefix;
    const char *why = NULL;
    FEN_ASSERT(options->partition_count > 0);
    if (strlen(prefix) > FEN_KEY_PREFIX_BYTES_MAX)
        why = "the key prefix is too long";
    if (why != NULL || !fen_connection_check_address(options->connection.address, &why)) {
        fen_buffer_append_format(reason, "Redis: %s", why);
        return NULL;
    }
    struct fen_verify *verify = calloc(1, sizeof *verify);
    FEN_ASSERT(verify != NULL && "out of memory");
    snprintf(verify->key_prefix, sizeof verify->key_prefix, "%s", prefix);
    verify->partition_count = options->partition_count;
    fen_connection_init(&verify->connection, &options->connection);
    if (!fen_connection_open(&verify->connection)) {
        refuse(verify, reason);
        fen_verify_close(verify);
        return NULL;
    }
    return verify;
}

void fen_verify_close(struct fen_verify *verify)
{
    if (verify == NULL)
        return;
    fen_connection_deinit(&verify->connection);
    fen_buffer_deinit(&verify->request);
    fen_buffer_deinit(&verify->key);
    free(verify);
}

/* "PREFIX{pN}:" + kind + "tenant/payee" as an argument; the partition is the account's. */
static void append_key(struct fen_verify *verify, const struct fen_account *account,
                       const char *kind, const char *rest)
{
    fen_buffer_clear(&verify->key);
    fen_buffer_append_format(&verify->key, "%.*s/%.*s", FEN_STR_ARG(account->tenant),
                             FEN_STR_ARG(account->payee));
    uint32_t partition =
        fen_topic_partition(fen_buffer_str(&verify->key), verify->partition_count);
    char head[FEN_KEY_PREFIX_BYTES_MAX + 48];
    snprintf(head, sizeof head, "%s{p%" PRIu32 "}:%s", verify->key_prefix, partition, kind);
    struct fen_str tail = rest == NULL ? fen_buffer_str(&verify->key) : fen_str_from(rest);
    struct fen_str parts[] = {fen_str_from(head), tail};
    fen_resp_append_joined(&verify->request, parts, 2);
}

/* Write the request; connected again first where an earlier call lost the connection. */
static bool send_request(struct fen_verify *verify, struct fen_buffer *reason)
{
    if (verify->connection.link == NULL && !fen_connection_open(&verify->connection))
        return refuse(verify, reason);
    if (!fen_connection_write(&verify->connection, fen_buffer_str(&verify->request)))
        return refuse(verify, reason);
    return true;
}

/* The next reply if it is of `type` or nil; NULL with the reason else. */
static redisReply *read_reply(struct fen_verify *verify, int type, struct fen_buffer *reason)
{
    redisReply *reply = fen_connection_read(&verify->connection);
    if (reply != NULL && (reply->type == type || reply->type == REDIS_REPLY_NIL))
        return reply;
    if (reply != NULL) {
        bool is_error = reply->type == REDIS_REPLY_ERROR;
        snprintf(verify->connection.reason, sizeof verify->connection.reason, "%s",
                 is_error ? reply->str : "a reply of another kind than expected");
        freeReplyObject(reply);
        fen_connection_close(&verify->connection); /* further replies may be under way */
    }
    refuse(verify, reason);
    return NULL;
}

bool fen_verify_fence(struct fen_verify *verify, uint32_t partition, uint64_t version,
                      bool *is_there_out, struct fen_buffer *reason)
{
    char key[FEN_KEY_PREFIX_BYTES_MAX + 32];
    char expected[NUMBER_BYTES];
    snprintf(key, sizeof key, "%s{p%" PRIu32 "}:fence", verify->key_prefix, partition);
    snprintf(expected, sizeof expected, "%" PRIu64, version);
    fen_buffer_clear(&verify->request);
    fen_resp_append_array(&verify->request, 3);
    fen_resp_append_text(&verify->request, FEN_STR("HGET"));
    fen_resp_append_text(&verify->request, fen_str_from(key));
    fen_resp_append_text(&verify->request, FEN_STR("seq"));
    if (!send_request(verify, reason))
        return false;
    redisReply *reply = read_reply(verify, REDIS_REPLY_STRING, reason);
    if (reply == NULL)
        return false;
    *is_there_out = reply->type == REDIS_REPLY_STRING && strcmp(reply->str, expected) == 0;
    freeReplyObject(reply);
    return true;
}

static void report(struct comparison *comparison, struct fen_str field, struct fen_str expected,
                   struct fen_str found)
{
    const struct fen_difference difference = {comparison->account->tenant,
                                              comparison->account->payee, field, expected, found};
    comparison->difference_count++;
    comparison->report->difference(comparison->report->context, &difference);
}

static struct fen_str number_text(int64_t number, char text[NUMBER_BYTES])
{
    int size = snprintf(text, NUMBER_BYTES, "%" PRId64, number);
    return (struct fen_str){text, (uint32_t)size};
}

static struct fen_str text_of(const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_STRING)
        return FEN_STR_NONE;
    return (struct fen_str){reply->str, (uint32_t)reply->len};
}

/* The value of a hash's field, absent when it has none. */
static struct fen_str hash_find(const redisReply *hash, struct fen_str name)
{
    for (size_t index = 0; index + 1 < hash->elements; index += 2) {
        if (fen_str_equal(text_of(hash->element[index]), name))
            return text_of(hash->element[index + 1]);
    }
    return FEN_STR_NONE;
}

static void compare_field(void *context, struct fen_str name, int64_t value)
{
    struct comparison *comparison = context;
    char text[NUMBER_BYTES];
    struct fen_str expected = number_text(value, text);
    struct fen_str found = hash_find(comparison->hash, name);
    comparison->matched_count += fen_str_is_set(found);
    if (!fen_str_equal(expected, found))
        report(comparison, name, expected, found);
}

/* A name seen among the expected fields. */
struct field_search {
    struct fen_str name;
    bool is_found;
};

static void search_field(void *context, struct fen_str name, int64_t value)
{
    struct field_search *search = context;
    (void)value;
    search->is_found = search->is_found || fen_str_equal(search->name, name);
}

static void compare_hash(struct comparison *comparison)
{
    fen_fields_visit(comparison->account, compare_field, comparison);
    const redisReply *hash = comparison->hash;
    bool has_store = fen_str_is_set(hash_find(hash, FEN_STR("store")));
    if (hash->elements / 2 == comparison->matched_count + has_store)
        return;
    for (size_t index = 0; index + 1 < hash->elements; index += 2) {
        struct field_search search = {text_of(hash->element[index]), false};
        fen_fields_visit(comparison->account, search_field, &search);
        if (!search.is_found && !fen_str_equal(search.name, FEN_STR("store")))
            report(comparison, search.name, FEN_STR_NONE, text_of(hash->element[index + 1]));
    }
}

/* XREVRANGE feed + - COUNT 1: [[id, [..]]]; the id is seq-0. */
static void compare_feed(struct comparison *comparison, const redisReply *newest)
{
    char expected_text[NUMBER_BYTES];
    struct fen_str expected = FEN_STR_NONE;
    struct fen_str found = FEN_STR_NONE;
    if (comparison->account->seq > 0)
        expected = number_text((int64_t)comparison->account->seq, expected_text);
    if (newest->type == REDIS_REPLY_ARRAY && newest->elements == 1 &&
        newest->element[0]->type == REDIS_REPLY_ARRAY && newest->element[0]->elements > 0)
        found = text_of(newest->element[0]->element[0]);
    if (found.size > 2 && memcmp(found.data + found.size - 2, "-0", 2) == 0)
        found.size -= 2;
    if (!fen_str_equal(expected, found))
        report(comparison, FEN_STR("feed"), expected, found);
}

static uint32_t next_period(const struct fen_account *account, uint32_t index)
{
    int32_t period = account->sums[index].period;
    while (index < account->sum_count && account->sums[index].period == period)
        index++;
    return index;
}

/* One ZSCORE for each period of an account that names a store. */
static void append_rank_questions(struct fen_verify *verify, const struct comparison *comparison,
                                  struct fen_str store)
{
    const struct fen_account *account = comparison->account;
    char month[FEN_DATE_TEXT_BYTES];
    char rest[512];
    for (uint32_t index = 0; index < account->sum_count; index = next_period(account, index)) {
        fen_period_format(account->sums[index].period, month);
        snprintf(rest, sizeof rest, "%.*s/%.*s/%s", FEN_STR_ARG(account->tenant),
                 FEN_STR_ARG(store), month);
        fen_resp_append_array(&verify->request, 3);
        fen_resp_append_text(&verify->request, FEN_STR("ZSCORE"));
        append_key(verify, account, "rank:", rest);
        fen_resp_append_text(&verify->request, account->payee);
    }
}

static void compare_rank(struct comparison *comparison, int32_t period, const redisReply *reply)
{
    char name[FEN_DATE_TEXT_BYTES + 8] = "rank:";
    char expected_text[NUMBER_BYTES];
    struct fen_str expected = FEN_STR_NONE;
    int64_t score;
    fen_period_format(period, name + 5);
    if (fen_fields_score(comparison->account, period, &score))
        expected = number_text(score, expected_text);
    struct fen_str found = text_of(reply);
    /* Redis writes large doubles as 1e+15: compare the numbers. */
    bool is_equal = fen_str_is_set(expected) == fen_str_is_set(found) &&
                    (!fen_str_is_set(found) || strtod(found.data, NULL) == (double)score);
    if (!is_equal)
        report(comparison, fen_str_from(name), expected, found);
}

/* First round: hashes and feeds. Hashes are kept for the second. */
static bool compare_accounts(struct fen_verify *verify, struct comparison *comparisons,
                             redisReply **hashes, uint32_t count, struct fen_buffer *reason)
{
    fen_buffer_clear(&verify->request);
    for (uint32_t index = 0; index < count; index++) {
        fen_resp_append_array(&verify->request, 2);
        fen_resp_append_text(&verify->request, FEN_STR("HGETALL"));
        append_key(verify, comparisons[index].account, "account:", NULL);
        fen_resp_append_array(&verify->request, 6);
        fen_resp_append_text(&verify->request, FEN_STR("XREVRANGE"));
        append_key(verify, comparisons[index].account, "feed:", NULL);
        fen_resp_append_text(&verify->request, FEN_STR("+"));
        fen_resp_append_text(&verify->request, FEN_STR("-"));
        fen_resp_append_text(&verify->request, FEN_STR("COUNT"));
        fen_resp_append_text(&verify->request, FEN_STR("1"));
    }
    if (!send_request(verify, reason))
        return false;
    for (uint32_t index = 0; index < count; index++) {
        hashes[index] = read_reply(verify, REDIS_REPLY_ARRAY, reason);
        if (hashes[index] == NULL)
            return false;
        redisReply *newest = read_reply(verify, REDIS_REPLY_ARRAY, reason);
        if (newest == NULL)
            return false;
        comparisons[index].hash = hashes[index];
        compare_hash(&comparisons[index]);
        compare_feed(&comparisons[index], newest);
        freeReplyObject(newest);
    }
    return true;
}

/* Second round: rankings of the stores that the hashes named. */
static bool compare_ranks(struct fen_verify *verify, struct comparison *comparisons, uint32_t count,
                          struct fen_buffer *reason)
{
    fen_buffer_clear(&verify->request);
    for (uint32_t index = 0; index < count; index++) {
        struct fen_str store = hash_find(comparisons[index].hash, FEN_STR("store"));
        if (fen_str_is_set(store))
            append_rank_questions(verify, &comparisons[index], store);
    }
    if (verify->request.size_bytes == 0)
        return true;
    if (!send_request(verify, reason))
        return false;
    for (uint32_t index = 0; index < count; index++) {
        const struct fen_account *account = comparisons[index].account;
        if (!fen_str_is_set(hash_find(comparisons[index].hash, FEN_STR("store"))))
            continue;
        for (uint32_t sum = 0; sum < account->sum_count; sum = next_period(account, sum)) {
            redisReply *reply = read_reply(verify, REDIS_REPLY_STRING, reason);
            if (reply == NULL)
                return false;
            compare_rank(&comparisons[index], account->sums[sum].period, reply);
            freeReplyObject(reply);
        }
    }
    return true;
}

bool fen_verify_accounts(struct fen_verify *verify, const struct fen_account *accounts,
                         uint32_t account_count, const struct fen_verify_report *report_to,
                         uint64_t *difference_count_out, struct fen_buffer *reason)
{
    struct comparison comparisons[FEN_VERIFY_ACCOUNT_COUNT_MAX];
    redisReply *hashes[FEN_VERIFY_ACCOUNT_COUNT_MAX] = {NULL};
    FEN_ASSERT(account_count <= FEN_VERIFY_ACCOUNT_COUNT_MAX);
    for (uint32_t index = 0; index < account_count; index++)
        comparisons[index] = (struct comparison){.account = &accounts[index], .report = report_to};
    bool is_done = compare_accounts(verify, comparisons, hashes, account_count, reason) &&
                   compare_ranks(verify, comparisons, account_count, reason);
    *difference_count_out = 0;
    for (uint32_t index = 0; index < account_count; index++) {
        *difference_count_out += comparisons[index].difference_count;
        freeReplyObject(hashes[index]);
    }
    return is_done;
}

/* Count the account hashes of one node. */
static bool count_on_node(struct fen_verify *verify, uint64_t *account_count,
                          struct fen_buffer *reason)
{
    char cursor[32] = "0";
    char pattern[FEN_KEY_PREFIX_BYTES_MAX + 32];
    snprintf(pattern, sizeof pattern, "%s{p*}:account:*", verify->key_prefix);
    do {
        fen_buffer_clear(&verify->request);
        fen_resp_append_array(&verify->request, 6);
        fen_resp_append_text(&verify->request, FEN_STR("SCAN"));
        fen_resp_append_text(&verify->request, fen_str_from(cursor));
        fen_resp_append_text(&verify->request, FEN_STR("MATCH"));
        fen_resp_append_text(&verify->request, fen_str_from(pattern));
        fen_resp_append_text(&verify->request, FEN_STR("COUNT"));
        fen_resp_append_text(&verify->request, FEN_STR("1000"));
        if (!send_request(verify, reason))
            return false;
        redisReply *reply = read_reply(verify, REDIS_REPLY_ARRAY, reason);
        if (reply == NULL)
            return false;
        bool is_scan = reply->elements == 2 && reply->element[0]->type == REDIS_REPLY_STRING;
        snprintf(cursor, sizeof cursor, "%s", is_scan ? reply->element[0]->str : "0");
        *account_count += is_scan ? reply->element[1]->elements : 0;
        freeReplyObject(reply);
    } while (strcmp(cursor, "0") != 0);
    return true;
}

bool fen_verify_count(struct fen_verify *verify, uint64_t *account_count_out,
                      struct fen_buffer *reason)
{
    bool is_done = true;
    *account_count_out = 0;
    for (uint32_t i = 0; is_done && i < fen_connection_node_count(&verify->connection); i++) {
        fen_connection_pin(&verify->connection, i);
        is_done = count_on_node(verify, account_count_out, reason);
    }
    fen_connection_pin(&verify->connection, UINT32_MAX);
    return is_done;
}
