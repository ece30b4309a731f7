/* audit_report: the books as a table, or as one JSON object. */
#include <inttypes.h>

#include "cli/inspect/audit.h"
#include "cli/options/language.h"
#include "wire/json_fields.h"

static void print_row(const char *title, const char *value)
{
    int gap = 34 - fen_text_columns(title);
    printf("  %s%*s %16s\n", title, gap > 0 ? gap : 0, "", value);
}

static void print_count(const char *english, const char *chinese, uint64_t count)
{
    char text[FEN_MONEY_TEXT_BYTES];
    print_row(fen_language_pick(english, chinese), fen_count_format(count, text));
}

static void print_money(const char *english, const char *chinese, fen_int128 amount_fen)
{
    char text[FEN_MONEY_TEXT_BYTES];
    print_row(fen_language_pick(english, chinese), fen_money_format(amount_fen, text));
}

static void print_differences(const struct fen_audit *audit)
{
    for (uint32_t i = 0; i < audit->difference_told; i++) {
        const struct fen_audit_difference *difference = &audit->differences[i];
        fen_print(stdout, "✗ %.*s: %.*s: expected %.*s, found %.*s\n",
                  "✗ %.*s：%.*s：应为 %.*s，实为 %.*s\n", FEN_STR_ARG(difference->key),
                  FEN_STR_ARG(difference->field), FEN_STR_ARG(difference->expected),
                  FEN_STR_ARG(fen_str_is_set(difference->found) ? difference->found
                                                                : FEN_STR("-")));
    }
    if (audit->difference_count > audit->difference_told)
        fen_print(stdout, "✗ … and %" PRIu64 " more\n", "✗ ……另有 %" PRIu64 " 处\n",
                  audit->difference_count - audit->difference_told);
}

void fen_audit_print(const struct fen_audit *audit)
{
    for (int topic = 0; topic < FEN_TOPIC_COUNT; topic++) {
        const struct fen_topic_info *info = fen_topic_info((enum fen_topic)topic);
        if (info->is_input && audit->spans[topic] > 0)
            print_count(info->name, info->name, audit->spans[topic]);
    }
    print_count("dead letters", "死信", audit->dead_letter_count);
    print_count("orders", "订单", audit->order_count);
    print_count("accounts", "账户", audit->account_count);
    fen_totals_print(&audit->totals, stdout);
    print_money("sum of the ledger's entries", "分录合计", audit->totals.amount_fen);
    print_money("sum over the payees' accounts", "收款方账户合计", audit->accounts_fen);
    print_money("sum over what the funders owe", "承担方合计", audit->funders_fen);
    print_money("sum of what states say was posted", "各状态已入账合计", audit->posted_fen);
    print_count("records between lanes", "分区间过账记录", audit->posting_count);
    if (audit->is_redis_compared)
        print_count("accounts compared in Redis", "Redis 中比对的账户", audit->redis_count);
    print_differences(audit);
    if (audit->difference_count == 0 && audit->is_redis_compared)
        puts(fen_language_pick(
            "balanced ✓ (ledger = accounts = funders = states = Redis, numbers dense)",
            "平账 ✓（分录 = 账户 = 承担方 = 各状态 = Redis，序号连续）"));
    else if (audit->difference_count == 0)
        puts(fen_language_pick(
            "balanced ✓ (ledger = accounts = funders = states, numbers dense; Redis not asked)",
            "平账 ✓（分录 = 账户 = 承担方 = 各状态，序号连续；未比对 Redis）"));
    else
        fen_print(stdout, "NOT BALANCED ✗ (%" PRIu64 " differences)\n",
                  "不平 ✗（%" PRIu64 " 处差异）\n", audit->difference_count);
}

static void append_differences(const struct fen_audit *audit, struct fen_buffer *out)
{
    static const char *const names[] = {"key", "field", "expected", "found"};
    fen_buffer_append_format(out, ",\"difference_count\":%" PRIu64 ",\"differences\":[",
                             audit->difference_count);
    for (uint32_t i = 0; i < audit->difference_told; i++) {
        const struct fen_audit_difference *difference = &audit->differences[i];
        const struct fen_str texts[] = {difference->key, difference->field, difference->expected,
                                        difference->found};
        fen_buffer_append_str(out, i == 0 ? FEN_STR("{") : FEN_STR(",{"));
        for (size_t part = 0; part < sizeof names / sizeof *names; part++)
            fen_json_text(out, names[part], texts[part]);
        fen_buffer_append_byte(out, '}');
    }
    fen_buffer_append_byte(out, ']');
}

static void append_roles(const struct fen_audit *audit, struct fen_buffer *out)
{
    bool is_first = true;
    fen_buffer_append_str(out, FEN_STR(",\"roles\":{"));
    for (int role = 0; role < FEN_ROLE_NAME_COUNT; role++) {
        const struct fen_role_total *total = &audit->totals.roles[role];
        if (total->entry_count == 0)
            continue;
        char amount[FEN_MONEY_TEXT_BYTES];
        fen_buffer_append_format(out, "%s\"%s\":{\"entries\":%" PRIu64 ",\"amount\":%s}",
                                 is_first ? "" : ",", fen_role_name((enum fen_role)role),
                                 total->entry_count, fen_sum_format(total->amount_fen, amount));
        is_first = false;
    }
    fen_buffer_append_byte(out, '}');
}

void fen_audit_print_json(const struct fen_audit *audit)
{
    struct fen_buffer out = {0};
    char texts[4][FEN_MONEY_TEXT_BYTES];
    bool is_first = true;
    fen_buffer_append_format(&out, "{\"balanced\":%s,\"events\":{",
                             audit->difference_count == 0 ? "true" : "false");
    for (int topic = 0; topic < FEN_TOPIC_COUNT; topic++) {
        const struct fen_topic_info *info = fen_topic_info((enum fen_topic)topic);
        if (!info->is_input)
            continue;
        fen_buffer_append_format(&out, "%s\"%s\":%" PRIu64, is_first ? "" : ",", info->name,
                                 audit->spans[topic]);
        is_first = false;
    }
    fen_buffer_append_format(
        &out,
        "},\"dead_letters\":%" PRIu64 ",\"orders\":%" PRIu64 ",\"accounts\":%" PRIu64
        ",\"ledger_records\":%" PRIu64 ",\"entries\":%" PRIu64 ",\"amount\":%s"
        ",\"accounts_amount\":%s,\"funders_amount\":%s,\"posted_amount\":%s"
        ",\"channels\":%" PRIu32 ",\"postings\":%" PRIu64 ",\"redis_compared\":%s"
        ",\"redis_accounts\":%" PRIu64,
        audit->dead_letter_count, audit->order_count, audit->account_count,
        audit->ledger_record_count, audit->totals.entry_count,
        fen_sum_format(audit->totals.amount_fen, texts[0]),
        fen_sum_format(audit->accounts_fen, texts[1]),
        fen_sum_format(audit->funders_fen, texts[2]), fen_sum_format(audit->posted_fen, texts[3]),
        audit->channel_count, audit->posting_count, audit->is_redis_compared ? "true" : "false",
        audit->redis_count);
    append_roles(audit, &out);
    append_differences(audit, &out);
    printf("%.*s}\n", FEN_STR_ARG(fen_buffer_str(&out)));
    fen_buffer_deinit(&out);
}
