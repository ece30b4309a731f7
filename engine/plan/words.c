/* words: see words.h. The tables are in the order in which messages list them. */
#include "plan/words.h"

#include "plan/character.h"

static const struct fen_word plan_keys[] = {
    {FEN_PLAN_KEY_PLAN, "plan", "方案", NULL},
    {FEN_PLAN_KEY_VERSION, "version", "版本", NULL},
    {FEN_PLAN_KEY_NAME, "name", "名称", NULL},
    {FEN_PLAN_KEY_CURRENCY, "currency", "币种", NULL},
    {FEN_PLAN_KEY_TIMEZONE, "timezone", "时区", NULL},
    {FEN_PLAN_KEY_FROM, "from", "生效", NULL},
    {FEN_PLAN_KEY_TO, "to", "失效", NULL},
    {FEN_PLAN_KEY_BASE, "base", "基数", NULL},
    {FEN_PLAN_KEY_SHARE, "share", "分享", NULL},
    {FEN_PLAN_KEY_SELF_PURCHASE, "self_purchase", "自购", NULL},
    {FEN_PLAN_KEY_CREDIT_ORDER, "credit_order", "独占顺序", NULL},
    {FEN_PLAN_KEY_LEAVER, "leaver", "离职", NULL},
    {FEN_PLAN_KEY_REFUND, "refund", "退款", NULL},
    {FEN_PLAN_KEY_ROLES, "roles", "角色", NULL},
    {FEN_PLAN_KEY_LIMITS, "limits", "上限", NULL},
    {FEN_PLAN_KEY_BONUS, "bonus", "奖励", NULL},
    {FEN_PLAN_KEY_TASKS, "tasks", "任务", NULL},
    {FEN_PLAN_KEY_TESTS, "tests", "测试", NULL},
};
const struct fen_words fen_plan_keys = FEN_WORDS(plan_keys);

static const struct fen_word base_keys[] = {
    {FEN_BASE_KEY_ADD_BACK, "add_back", "加回", NULL},
    {FEN_BASE_KEY_EXCLUDE, "exclude", "剔除", NULL},
};
const struct fen_words fen_base_keys = FEN_WORDS(base_keys);

static const struct fen_word share_keys[] = {
    {FEN_SHARE_KEY_WINDOW, "window", "有效期", NULL},
    {FEN_SHARE_KEY_BY_CHANNEL, "by_channel", "分渠道", NULL},
    {FEN_SHARE_KEY_MATCH, "match", "匹配", NULL},
};
const struct fen_words fen_share_keys = FEN_WORDS(share_keys);

static const struct fen_word rule_keys[] = {
    {FEN_RULE_KEY_NAME, "name", "规则名", "名称"},
    {FEN_RULE_KEY_WHEN, "when", "当", NULL},
    {FEN_RULE_KEY_PAY, "pay", "佣金", NULL},
    {FEN_RULE_KEY_PER_CUSTOMER, "per_customer", "每位", NULL},
    {FEN_RULE_KEY_CAP, "cap", "封顶", NULL},
    {FEN_RULE_KEY_SPLIT, "split", "分成", NULL},
    {FEN_RULE_KEY_EARNED, "earned", "计入", NULL},
    {FEN_RULE_KEY_HOLD, "hold", "冻结", NULL},
    {FEN_RULE_KEY_FUNDER, "funder", "承担", NULL},
};
const struct fen_words fen_rule_keys = FEN_WORDS(rule_keys);

static const struct fen_word pay_keys[] = {
    {FEN_PAY_KEY_PER_UNIT, "per_unit", "每件", NULL},
    {FEN_PAY_KEY_PER_LINE, "per_line", "每行", NULL},
    {FEN_PAY_KEY_MODE, "mode", "方式", NULL},
    {FEN_PAY_KEY_TIERS, "tiers", "阶梯", NULL},
};
const struct fen_words fen_pay_keys = FEN_WORDS(pay_keys);

static const struct fen_word cap_keys[] = {
    {FEN_CAP_KEY_LINE, "line", "每行", NULL},
    {FEN_CAP_KEY_ORDER, "order", "每单", NULL},
};
const struct fen_words fen_cap_keys = FEN_WORDS(cap_keys);

static const struct fen_word hold_keys[] = {
    {FEN_HOLD_KEY_FROM, "from", "自", NULL},
    {FEN_HOLD_KEY_DAYS, "days", "天数", NULL},
};
const struct fen_words fen_hold_keys = FEN_WORDS(hold_keys);

static const struct fen_word when_keys[] = {
    {FEN_DIMENSION_BRAND, "brand", "品牌", NULL},
    {FEN_DIMENSION_CATEGORY, "category", "品类", NULL},
    {FEN_DIMENSION_SKU, "sku", "货号", NULL},
    {FEN_DIMENSION_CHANNEL, "channel", "渠道", NULL},
    {FEN_DIMENSION_LIVE_SESSION, "live_session", "直播场次", NULL},
    {FEN_DIMENSION_STORE, "store", "门店", NULL},
    {FEN_DIMENSION_STORE_KIND, "store_kind", "门店类型", NULL},
    {FEN_DIMENSION_REGION, "region", "区域", NULL},
    {FEN_DIMENSION_GUIDE_STORE, "guide_store", "导购门店", NULL},
    {FEN_DIMENSION_LEVEL, "level", "级别", NULL},
    {FEN_DIMENSION_PAYEE_KIND, "payee_kind", "身份", NULL},
    {FEN_WHEN_KEY_BOUND_DAYS, "bound_days", "绑定天数", NULL},
    {FEN_WHEN_KEY_QUANTITY, "quantity", "数量", NULL},
    {FEN_WHEN_KEY_BASE, "base", "基数", NULL},
};
const struct fen_words fen_when_keys = FEN_WORDS(when_keys);

static const struct fen_word limit_keys[] = {
    {FEN_LIMIT_KEY_NAME, "name", "名称", NULL},
    {FEN_LIMIT_KEY_ROLES, "roles", "角色", NULL},
    {FEN_LIMIT_KEY_LINE, "line", "每行", NULL},
    {FEN_LIMIT_KEY_MONTH, "month", "每月", NULL},
};
const struct fen_words fen_limit_keys = FEN_WORDS(limit_keys);

static const struct fen_word bonus_keys[] = {
    {FEN_BONUS_KEY_NAME, "name", "名称", NULL},
    {FEN_BONUS_KEY_ROLES, "roles", "角色", NULL},
    {FEN_BONUS_KEY_BY, "by", "依据", NULL},
    {FEN_BONUS_KEY_TABLE, "table", "档位", NULL},
};
const struct fen_words fen_bonus_keys = FEN_WORDS(bonus_keys);

static const struct fen_word task_keys[] = {
    {FEN_TASK_KEY_SCORE, "score", "得分", NULL},
    {FEN_TASK_KEY_RANK, "rank", "名次", NULL},
};
const struct fen_words fen_task_keys = FEN_WORDS(task_keys);

/*
 * One row of roles, ordered so that each list of roles is a run of it: bonus and task in front of
 * the guides', recruit last of those that earn on no line, self between guides and entities.
 */
static const struct fen_word roles[] = {
    {FEN_ROLE_BONUS, "bonus", "奖励", NULL},
    {FEN_ROLE_TASK, "task", "任务", NULL},
    {FEN_ROLE_RECRUIT, "recruit", "拉新", NULL},
    {FEN_ROLE_COUPON, "coupon", "券", NULL},
    {FEN_ROLE_LIVE, "live", "直播", NULL},
    {FEN_ROLE_SHARE, "share", "分享", NULL},
    {FEN_ROLE_BIND, "bind", "绑定", NULL},
    {FEN_ROLE_SERVE, "serve", "服务", NULL},
    {FEN_ROLE_SALE, "sale", "开单", NULL},
    {FEN_ROLE_MANAGER, "manager", "店长", NULL},
    {FEN_ROLE_SELL_STORE, "sell_store", "成交门店", NULL},
    {FEN_ROLE_OWN_STORE, "own_store", "归属门店", NULL},
    {FEN_ROLE_FULFIL_STORE, "fulfil_store", "发货门店", NULL},
    {FEN_ROLE_FRANCHISEE, "franchisee", "加盟商", NULL},
    {FEN_ROLE_REGION, "region", "区域", NULL},
    {FEN_ROLE_MALL, "mall", "商场", NULL},
    {FEN_ROLE_BRAND, "brand", "品牌", NULL},
    {FEN_ROLE_HQ, "hq", "总部", NULL},
    {FEN_ROLE_SELF, "self", "本人", NULL},
};
enum { AT_BONUS = 0, AT_TASK = 1, AT_RECRUIT = 2, AT_COUPON = 3, AT_ENTITY = 10, AT_SELF = 18 };
const struct fen_words fen_rule_roles = {roles + AT_RECRUIT, AT_SELF - AT_RECRUIT};
const struct fen_words fen_line_roles = {roles + AT_COUPON, AT_SELF - AT_COUPON};
const struct fen_words fen_guide_roles = {roles + AT_RECRUIT, AT_ENTITY - AT_RECRUIT};
const struct fen_words fen_entity_roles = {roles + AT_ENTITY, AT_SELF - AT_ENTITY};
const struct fen_words fen_portion_roles = {roles + AT_ENTITY, AT_SELF - AT_ENTITY + 1};
const struct fen_words fen_exclusive_roles = {roles + AT_COUPON, 4};
const struct fen_words fen_bonus_roles = {roles + AT_TASK, AT_SELF - AT_TASK};
const struct fen_words fen_month_roles = {roles + AT_BONUS, AT_SELF - AT_BONUS};

static const struct fen_word match_words[] = {
    {0, "any", "任意", NULL},
    {1, "sku_first", "同款优先", NULL},
};
const struct fen_words fen_match_words = FEN_WORDS(match_words);

static const struct fen_word self_purchase_words[] = {
    {0, "none", "不计", NULL},
    {1, "allow", "计佣", NULL},
};
const struct fen_words fen_self_purchase_words = FEN_WORDS(self_purchase_words);

static const struct fen_word leaver_words[] = {
    {FEN_LEAVER_PAY, "pay", "照付", NULL},
    {FEN_LEAVER_STORE, "store", "归门店", NULL},
    {FEN_LEAVER_HOUSE, "house", "归总部", NULL},
};
const struct fen_words fen_leaver_words = FEN_WORDS(leaver_words);

static const struct fen_word refund_words[] = {
    {FEN_REFUND_WITHHOLD, "withhold", "扣回", NULL},
    {FEN_REFUND_GOODWILL, "goodwill", "公司承担", NULL},
};
const struct fen_words fen_refund_words = FEN_WORDS(refund_words);

static const struct fen_word mode_words[] = {
    {0, "step", "累进", NULL},
    {1, "flat", "全额", NULL},
};
const struct fen_words fen_mode_words = FEN_WORDS(mode_words);

static const struct fen_word by_words[] = {
    {1, "base", "基数", NULL},
    {0, "amount", "佣金", NULL},
};
const struct fen_words fen_by_words = FEN_WORDS(by_words);

static const struct fen_word fact_words[] = {
    {FEN_FACT_PAID, "paid", "付款", NULL},
    {FEN_FACT_SHIPPED, "shipped", "发货", NULL},
    {FEN_FACT_PICKED_UP, "picked_up", "提货", NULL},
    {FEN_FACT_RECEIVED, "received", "签收", NULL},
};
const struct fen_words fen_fact_words = FEN_WORDS(fact_words);

static const struct fen_word store_kind_words[] = {
    {FEN_STORE_OWNED, "owned", "自营", NULL},
    {FEN_STORE_CONCESSION, "concession", "联营", NULL},
    {FEN_STORE_FRANCHISE, "franchise", "加盟", NULL},
};
const struct fen_words fen_store_kind_words = FEN_WORDS(store_kind_words);

static bool is_spelled(const char *word, struct fen_str spelling)
{
    return word != NULL && fen_str_equal(fen_str_from(word), spelling);
}

const struct fen_word *fen_words_find(const struct fen_words *words, struct fen_str spelling)
{
    for (uint32_t index = 0; index < words->count; index++) {
        const struct fen_word *word = &words->items[index];
        if (is_spelled(word->english, spelling) || is_spelled(word->chinese, spelling)
            || is_spelled(word->chinese_other, spelling))
            return word;
    }
    return NULL;
}

static const char *spell(const struct fen_word *word, enum fen_language language)
{
    return language == FEN_LANGUAGE_CHINESE ? word->chinese : word->english;
}

const char *fen_words_spell(const struct fen_words *words, int value, enum fen_language language)
{
    for (uint32_t index = 0; index < words->count; index++)
        if (words->items[index].value == value)
            return spell(&words->items[index], language);
    return "";
}

/* Spellings longer than this are compared no further: no word is as long. */
#define COMPARED_COUNT_MAX 24u

static uint32_t read_characters(struct fen_str text, int32_t characters[COMPARED_COUNT_MAX])
{
    uint32_t count = 0;
    for (uint32_t offset = 0, width; offset < text.size && count < COMPARED_COUNT_MAX;
         offset += width)
        characters[count++] = fen_character_at(text, offset, &width);
    return count;
}

static uint32_t smallest(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* Levenshtein's distance in characters, one row at a time. */
static uint32_t distance_of(struct fen_str a, struct fen_str b)
{
    int32_t from[COMPARED_COUNT_MAX], to[COMPARED_COUNT_MAX];
    uint32_t row[COMPARED_COUNT_MAX + 1];
    uint32_t from_count = read_characters(a, from), to_count = read_characters(b, to);
    for (uint32_t column = 0; column <= to_count; column++)
        row[column] = column;
    for (uint32_t line = 1; line <= from_count; line++) {
        uint32_t diagonal = row[0];
        row[0] = line;
        for (uint32_t column = 1; column <= to_count; column++) {
            uint32_t changed = diagonal + (from[line - 1] != to[column - 1]);
            diagonal = row[column];
            row[column] = smallest(changed, row[column] + 1, row[column - 1] + 1);
        }
    }
    return row[to_count];
}

/* The word within one change in three characters, in either language; NULL: none. */
static const char *nearest(const struct fen_words *words, struct fen_str spelling)
{
    const char *found = NULL;
    uint32_t least = UINT32_MAX;
    for (uint32_t index = 0; index < words->count; index++) {
        const char *both[2] = {words->items[index].english, words->items[index].chinese};
        for (uint32_t language = 0; language < 2; language++) {
            struct fen_str word = fen_str_from(both[language]);
            int32_t characters[COMPARED_COUNT_MAX];
            uint32_t distance = distance_of(word, spelling);
            if (distance * 3 <= read_characters(word, characters) + 1 && distance < least) {
                least = distance;
                found = both[language];
            }
        }
    }
    return found;
}

const struct fen_word *fen_words_near(const struct fen_words *words, struct fen_str spelling)
{
    const char *near = nearest(words, spelling);
    return near == NULL ? NULL : fen_words_find(words, fen_str_from(near));
}

bool fen_words_are_all(const struct fen_words *words, struct fen_str text)
{
    uint32_t count = 0;
    while (text.size > 0) {
        const char *comma = memchr(text.data, ',', text.size);
        uint32_t size = comma == NULL ? text.size : (uint32_t)(comma - text.data);
        if (fen_words_find(words, (struct fen_str){text.data, size}) == NULL)
            return false;
        count++;
        size += size < text.size;
        size += size < text.size && text.data[size] == ' ';
        text = (struct fen_str){text.data + size, text.size - size};
    }
    return count > 1;
}

struct fen_str fen_words_offer(const struct fen_words *words, struct fen_str spelling,
                               enum fen_language language, struct fen_arena *arena)
{
    const char *near = nearest(words, spelling);
    if (near != NULL)
        return fen_arena_format(arena, "`%s`", near);
    struct fen_str offer = FEN_STR("");
    const char *comma = language == FEN_LANGUAGE_CHINESE ? "、" : ", ";
    for (uint32_t index = 0; index < words->count; index++)
        offer = fen_arena_format(arena, "%.*s%s`%s`", FEN_STR_ARG(offer), index == 0 ? "" : comma,
                                 spell(&words->items[index], language));
    return offer;
}
