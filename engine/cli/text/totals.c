/* totals: see the header. */
#include "cli/text/totals.h"

#include <stdlib.h>
#include <string.h>

#include "cli/options/language.h"

static const char *const chinese_roles[FEN_ROLE_NAME_COUNT] = {
    [FEN_ROLE_SHARE] = "分享",        [FEN_ROLE_SERVE] = "服务",
    [FEN_ROLE_BIND] = "绑定",         [FEN_ROLE_LIVE] = "直播",
    [FEN_ROLE_COUPON] = "券",         [FEN_ROLE_SALE] = "开单",
    [FEN_ROLE_RECRUIT] = "拉新",      [FEN_ROLE_TASK] = "任务",
    [FEN_ROLE_MANAGER] = "店长",      [FEN_ROLE_SELL_STORE] = "成交门店",
    [FEN_ROLE_OWN_STORE] = "归属门店", [FEN_ROLE_FULFIL_STORE] = "发货门店",
    [FEN_ROLE_FRANCHISEE] = "加盟商", [FEN_ROLE_REGION] = "区域",
    [FEN_ROLE_MALL] = "商场",         [FEN_ROLE_BRAND] = "品牌",
    [FEN_ROLE_HQ] = "总部",           [FEN_ROLE_SELF] = "本人",
    [FEN_ROLE_BONUS] = "奖励",        [FEN_ROLE_CAP] = "上限",
    [FEN_ROLE_MANUAL] = "手工",       [FEN_ROLE_PAYOUT] = "发放",
};

const char *fen_role_title(enum fen_role role)
{
    const char *chinese = role < FEN_ROLE_NAME_COUNT ? chinese_roles[role] : NULL;
    return fen_language_pick(fen_role_name(role), chinese == NULL ? "" : chinese);
}

const char *fen_sum_format(fen_int128 amount_fen, char out[FEN_MONEY_TEXT_BYTES])
{
    fen_uint128 size = amount_fen < 0 ? 0 - (fen_uint128)amount_fen : (fen_uint128)amount_fen;
    char *at = out + FEN_MONEY_TEXT_BYTES - 1;
    *at = '\0';
    do {
        *--at = (char)('0' + (int)(size % 10));
        size /= 10;
    } while (size != 0);
    if (amount_fen < 0)
        *--at = '-';
    return memmove(out, at, strlen(at) + 1);
}

/* Digits, a comma before each three. */
static const char *group(const char *digits, size_t size, char out[FEN_MONEY_TEXT_BYTES])
{
    char *at = out;
    for (size_t i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            *at++ = ',';
        *at++ = digits[i];
    }
    *at = '\0';
    return out;
}

const char *fen_count_format(uint64_t count, char out[FEN_MONEY_TEXT_BYTES])
{
    char digits[FEN_MONEY_TEXT_BYTES];
    (void)fen_sum_format((fen_int128)count, digits);
    return group(digits, strlen(digits), out);
}

const char *fen_money_format(fen_int128 amount_fen, char out[FEN_MONEY_TEXT_BYTES])
{
    fen_int128 size = amount_fen < 0 ? -amount_fen : amount_fen;
    char digits[FEN_MONEY_TEXT_BYTES], whole[FEN_MONEY_TEXT_BYTES];
    (void)fen_sum_format(size / 100, digits);
    (void)group(digits, strlen(digits), whole);
    size_t count = strlen(whole), sign = amount_fen < 0;
    out[0] = '-';
    memcpy(out + sign, whole, count);
    (void)snprintf(out + sign + count, 4, ".%02u", (unsigned)(size % 100));
    return out;
}

void fen_totals_add(struct fen_totals *totals, const struct fen_entry *entry)
{
    struct fen_role_total *role = &totals->roles[entry->key.role];
    role->entry_count++;
    role->amount_fen += entry->amount_fen;
    totals->entry_count++;
    totals->amount_fen += entry->amount_fen;
}

int fen_text_columns(const char *text)
{
    int columns = 0;
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x80)
            columns++;
        else if (byte >= 0xe0)
            columns += 2;
    }
    return columns;
}

static void print_row(FILE *out, const char *title, uint64_t entry_count, fen_int128 amount_fen)
{
    char count[FEN_MONEY_TEXT_BYTES];
    char money[FEN_MONEY_TEXT_BYTES];
    int gap = 14 - fen_text_columns(title);
    fprintf(out, "  %s%*s %14s %20s\n", title, gap > 0 ? gap : 0, "",
            fen_count_format(entry_count, count), fen_money_format(amount_fen, money));
}

static const struct fen_totals *sorted_totals;

static int compare_roles(const void *a, const void *b)
{
    enum fen_role left = *(const enum fen_role *)a;
    enum fen_role right = *(const enum fen_role *)b;
    fen_int128 left_fen = sorted_totals->roles[left].amount_fen;
    fen_int128 right_fen = sorted_totals->roles[right].amount_fen;
    if (left_fen != right_fen)
        return left_fen > right_fen ? -1 : 1;
    return (int)left - (int)right;
}

void fen_totals_print(const struct fen_totals *totals, FILE *out)
{
    enum fen_role order[FEN_ROLE_NAME_COUNT];
    size_t count = 0;
    for (int role = 0; role < FEN_ROLE_NAME_COUNT; role++) {
        if (totals->roles[role].entry_count > 0)
            order[count++] = (enum fen_role)role;
    }
    sorted_totals = totals;
    qsort(order, count, sizeof *order, compare_roles);
    fputs(fen_language_pick("  role                  entries               amount\n",
                            "  角色                   分录数                 金额\n"),
          out);
    for (size_t i = 0; i < count; i++) {
        const struct fen_role_total *total = &totals->roles[order[i]];
        print_row(out, fen_role_title(order[i]), total->entry_count, total->amount_fen);
    }
    print_row(out, fen_language_pick("total", "合计"), totals->entry_count, totals->amount_fen);
}

static void print_count(FILE *out, const char *name, uint64_t count)
{
    char text[FEN_MONEY_TEXT_BYTES];
    if (count > 0)
        fprintf(out, "  %-16s %s\n", name, fen_count_format(count, text));
}

void fen_balance_print(const struct fen_counters *counters, FILE *out)
{
    char texts[5][FEN_MONEY_TEXT_BYTES];
    bool is_balanced = fen_counters_balance(counters);
    const char *verdict = is_balanced ? fen_language_pick("balanced ✓", "平账 ✓")
                                      : fen_language_pick("NOT BALANCED ✗", "不平 ✗");
    fen_count_format(counters->events_read, texts[0]);
    fen_count_format(counters->events_applied, texts[1]);
    fen_count_format(counters->events_duplicate, texts[2]);
    fen_count_format(counters->events_late_touch_dropped, texts[3]);
    fen_count_format(counters->events_dead_lettered, texts[4]);
    fen_print(out, "%s read = %s applied + %s duplicate + %s late + %s dead-lettered (%s)\n",
              "读取 %s = 生效 %s + 重复 %s + 迟到 %s + 死信 %s（%s）\n", texts[0], texts[1],
              texts[2], texts[3], texts[4], verdict);
    for (int code = 1; code < FEN_REFUSAL_COUNT; code++)
        print_count(out, fen_refusal_name((enum fen_refusal)code),
                    counters->dead_lettered_by_code[code]);
    /* Duplicates that say something else (SPEC §3, §4). */
    print_count(out, "id_conflict", counters->id_conflicts);
    print_count(out, "plan_conflict", counters->plan_conflicts);
}
