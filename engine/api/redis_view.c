/* redis_view: see redis_view.h. */
#include "api/redis_view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "model/event.h"
#include "model/period.h"
#include "model/role.h"
#include "wire/feed_record.h"
#include "wire/ledger_record.h"
#include "wire/topic.h"

bool fen_redis_is_id(struct fen_str text)
{
    if (text.size == 0 || text.size > FEN_ID_SIZE_BYTES_MAX ||
        !fen_utf8_is_valid(text.data, text.size))
        return false;
    for (uint32_t index = 0; index < text.size; index++) {
        unsigned char byte = (unsigned char)text.data[index];
        if (byte <= ' ' || byte == 0x7f || byte == '/')
            return false;
    }
    return true;
}

/* "hq", or a kind of payee and an id. */
static bool is_payee(struct fen_str name)
{
    const char *colon = name.size == 0 ? NULL : memchr(name.data, ':', name.size);
    if (colon == NULL)
        return fen_str_equal(name, FEN_STR("hq"));
    uint32_t size = (uint32_t)(colon - name.data);
    struct fen_str id = {colon + 1, name.size - size - 1};
    return size <= 16 && fen_redis_is_id((struct fen_str){name.data, size}) && fen_redis_is_id(id);
}

bool fen_redis_payee_init(struct fen_redis_payee *payee, struct fen_str tenant,
                          struct fen_str name, uint32_t partition_count)
{
    if (!fen_redis_is_id(tenant) || !is_payee(name))
        return false;
    payee->tenant = tenant;
    payee->payee = name;
    int size = snprintf(payee->name, sizeof payee->name, "%.*s/%.*s", FEN_STR_ARG(tenant),
                        FEN_STR_ARG(name));
    payee->partition =
        fen_topic_partition((struct fen_str){payee->name, (uint32_t)size}, partition_count);
    return true;
}

struct fen_str fen_redis_key(const struct fen_redis_payee *payee, const char *kind,
                             char out[FEN_REDIS_KEY_BYTES])
{
    int size = snprintf(out, FEN_REDIS_KEY_BYTES, "fen:{p%u}:%s:%s", (unsigned)payee->partition,
                        kind, payee->name);
    return (struct fen_str){out, (uint32_t)size};
}

struct fen_str fen_redis_fence_key(uint32_t partition, char out[FEN_REDIS_KEY_BYTES])
{
    int size = snprintf(out, FEN_REDIS_KEY_BYTES, "fen:{p%u}:fence", (unsigned)partition);
    return (struct fen_str){out, (uint32_t)size};
}

struct fen_str fen_redis_rank_key(uint32_t partition, struct fen_str tenant, struct fen_str store,
                                  int32_t period, char out[FEN_REDIS_KEY_BYTES])
{
    char month[FEN_DATE_TEXT_BYTES];
    (void)fen_period_format(period, month);
    int size = snprintf(out, FEN_REDIS_KEY_BYTES, "fen:{p%u}:rank:%.*s/%.*s/%s",
                        (unsigned)partition, FEN_STR_ARG(tenant), FEN_STR_ARG(store), month);
    return (struct fen_str){out, (uint32_t)size};
}

/* A decimal number of 64 bits; replies end with a NUL. */
static bool read_number(struct fen_str text, int64_t *number_out)
{
    char *end;
    if (text.size == 0)
        return false;
    errno = 0;
    long long number = strtoll(text.data, &end, 10);
    if (errno != 0 || end != text.data + text.size)
        return false;
    *number_out = number;
    return true;
}

/* "p:2026-11:share". */
static bool read_sum(struct fen_str name, int64_t amount_fen, struct fen_view_sum *sum_out)
{
    if (name.size < 11 || memcmp(name.data, "p:", 2) != 0 || name.data[9] != ':')
        return false;
    *sum_out = (struct fen_view_sum){.role = {name.data + 10, name.size - 10},
                                        .amount_fen = amount_fen};
    return fen_names_find(&fen_role_names, sum_out->role) != FEN_ROLE_NONE &&
           fen_period_parse((struct fen_str){name.data + 2, 7}, &sum_out->period);
}

/* "f:2026-11:brand:L". */
static bool read_funder(struct fen_str name, int64_t amount_fen, struct fen_view_sum *sum_out)
{
    if (name.size < 11 || memcmp(name.data, "f:", 2) != 0 || name.data[9] != ':')
        return false;
    *sum_out = (struct fen_view_sum){.role = {name.data + 10, name.size - 10},
                                     .amount_fen = amount_fen};
    return is_payee(sum_out->role) &&
           fen_period_parse((struct fen_str){name.data + 2, 7}, &sum_out->period);
}

/* "d:2026-11-28", "d:null". */
static bool read_date(struct fen_str name, int64_t amount_fen, struct fen_view_date *date_out)
{
    if (name.size < 3 || memcmp(name.data, "d:", 2) != 0)
        return false;
    *date_out = (struct fen_view_date){FEN_DATE_NONE, amount_fen};
    struct fen_str text = {name.data + 2, name.size - 2};
    return fen_str_equal(text, FEN_STR("null")) || fen_date_parse(text, &date_out->date);
}

static int compare_dates(const void *a, const void *b)
{
    int32_t left = ((const struct fen_view_date *)a)->date;
    int32_t right = ((const struct fen_view_date *)b)->date;
    /* The unknown date is the least number, and comes last. */
    uint32_t left_place = (uint32_t)left + INT32_MAX;
    uint32_t right_place = (uint32_t)right + INT32_MAX;
    return left_place < right_place ? -1 : left_place > right_place;
}

static void read_field(struct fen_account_view *view, struct fen_str name, struct fen_str value)
{
    int64_t number = 0;
    if (fen_str_equal(name, FEN_STR("store"))) {
        view->store = fen_redis_is_id(value) ? value : FEN_STR_NONE;
        return;
    }
    if (!read_number(value, &number))
        return;
    if (fen_str_equal(name, FEN_STR("seq"))) {
        view->seq = number < 0 ? 0 : (uint64_t)number;
        view->is_there = true;
    } else if (fen_str_equal(name, FEN_STR("balance"))) {
        view->balance_fen = number;
    } else if (read_sum(name, number, &view->sums[view->sum_count])) {
        view->sum_count++;
    } else if (read_date(name, number, &view->dates[view->date_count])) {
        view->date_count++;
    } else if (read_funder(name, number, &view->funders[view->funder_count])) {
        view->funder_count++;
    }
}

void fen_account_view_read(const redisReply *reply, struct fen_arena *arena,
                           struct fen_account_view *view_out)
{
    size_t count = fen_reply_count(reply) / 2;
    *view_out = (struct fen_account_view){0};
    view_out->sums = fen_arena_allocate(arena, (count + 1) * sizeof *view_out->sums);
    view_out->funders = fen_arena_allocate(arena, (count + 1) * sizeof *view_out->funders);
    view_out->dates = fen_arena_allocate(arena, (count + 1) * sizeof *view_out->dates);
    for (size_t index = 0; index < count; index++)
        read_field(view_out, fen_reply_text(fen_reply_item(reply, 2 * index)),
                   fen_reply_text(fen_reply_item(reply, 2 * index + 1)));
    qsort(view_out->dates, view_out->date_count, sizeof *view_out->dates, compare_dates);
}

void fen_fence_view_read(const redisReply *reply, struct fen_fence_view *view_out)
{
    *view_out = (struct fen_fence_view){0};
    for (size_t index = 0; index + 1 < fen_reply_count(reply); index += 2) {
        struct fen_str name = fen_reply_text(fen_reply_item(reply, index));
        struct fen_str value = fen_reply_text(fen_reply_item(reply, index + 1));
        int64_t number = 0;
        if (fen_str_equal(name, FEN_STR("seq"))) {
            view_out->is_there = true;
            view_out->is_current = read_number(value, &number);
        } else if (fen_str_equal(name, FEN_STR("asof")) && read_number(value, &number)) {
            view_out->asof_ms = number;
        }
    }
}

/* The value of the field `record` of a stream's entry [id, [field, value …]]. */
static struct fen_str record_of(const redisReply *entry)
{
    const redisReply *fields = fen_reply_item(entry, 1);
    for (size_t index = 0; index + 1 < fen_reply_count(fields); index += 2) {
        if (fen_str_equal(fen_reply_text(fen_reply_item(fields, index)), FEN_STR("record")))
            return fen_reply_text(fen_reply_item(fields, index + 1));
    }
    return FEN_STR_NONE;
}

/* A feed may have been written before customers were left out of it. */
static void conceal(struct fen_ledger_record *record, struct fen_arena *arena)
{
    for (uint32_t index = 0; index < record->entry_count; index++)
        fen_feed_entry_conceal(&record->entries[index], arena);
}

uint32_t fen_feed_view_read(const redisReply *reply, bool is_backwards, enum fen_wire wire,
                            const struct fen_redis_payee *payee, struct fen_arena *arena,
                            struct fen_ledger_record **records_out)
{
    size_t count = fen_reply_count(reply);
    uint32_t read_count = 0;
    struct fen_str key = fen_arena_copy(arena, fen_str_from(payee->name));
    struct fen_ledger_record *records =
        fen_arena_allocate(arena, (count + 1) * sizeof *records);
    for (size_t index = 0; index < count; index++) {
        size_t at = is_backwards ? count - 1 - index : index;
        struct fen_str value = record_of(fen_reply_item(reply, at));
        if (value.size > 0 &&
            fen_ledger_record_decode(wire, key, value, arena, &records[read_count]) &&
            records[read_count].entry_count > 0) {
            conceal(&records[read_count], arena);
            read_count++;
        }
    }
    *records_out = records;
    return read_count;
}

static int compare_ranks(const void *a, const void *b)
{
    const struct fen_rank *left = a;
    const struct fen_rank *right = b;
    if (left->score_fen != right->score_fen)
        return left->score_fen > right->score_fen ? -1 : 1;
    return fen_str_compare(left->payee, right->payee);
}

/* A score as Redis writes it: whole numbers, perhaps with an exponent. */
static bool read_score(struct fen_str text, int64_t *score_out)
{
    char *end;
    if (text.size == 0)
        return false;
    double score = strtod(text.data, &end);
    if (end != text.data + text.size || !(score >= -9.1e15 && score <= 9.1e15))
        return false;
    *score_out = (int64_t)score;
    return true;
}

uint32_t fen_ranking_read(redisReply *const *replies, uint32_t count, struct fen_arena *arena,
                          struct fen_rank **ranks_out)
{
    size_t room = 0;
    uint32_t rank_count = 0;
    for (uint32_t index = 0; index < count; index++)
        room += fen_reply_count(replies[index]) / 2;
    struct fen_rank *ranks = fen_arena_allocate(arena, (room + 1) * sizeof *ranks);
    for (uint32_t index = 0; index < count; index++) {
        for (size_t at = 0; at + 1 < fen_reply_count(replies[index]); at += 2) {
            struct fen_rank *rank = &ranks[rank_count];
            rank->payee = fen_reply_text(fen_reply_item(replies[index], at));
            if (is_payee(rank->payee) &&
                read_score(fen_reply_text(fen_reply_item(replies[index], at + 1)),
                           &rank->score_fen))
                rank_count++;
        }
    }
    qsort(ranks, rank_count, sizeof *ranks, compare_ranks);
    *ranks_out = ranks;
    return rank_count;
}
