/* case_words: the English and Chinese names of a case's keys and words. See case.h. */
#include "plan/case.h"

static const struct fen_word case_keys[] = {
    {FEN_CASE_KEY_NAME, "name", "用例", "名称"},
    {FEN_CASE_KEY_GUIDES, "guides", "导购", NULL},
    {FEN_CASE_KEY_STORES, "stores", "门店", NULL},
    {FEN_CASE_KEY_BOUND, "bound", "绑定", NULL},
    {FEN_CASE_KEY_ORDER, "order", "订单", NULL},
    {FEN_CASE_KEY_RECRUITED, "recruited", "拉新", NULL},
    {FEN_CASE_KEY_SCORES, "scores", "得分", NULL},
    {FEN_CASE_KEY_EXPECT, "expect", "期望", NULL},
};
const struct fen_words fen_case_keys = FEN_WORDS(case_keys);

static const struct fen_word guide_keys[] = {
    {FEN_CASE_GUIDE_STORE, "store", "门店", NULL},
    {FEN_CASE_GUIDE_LEVEL, "level", "级别", NULL},
    {FEN_CASE_GUIDE_KIND, "kind", "身份", NULL},
    {FEN_CASE_GUIDE_BUYS, "buys", "自购", NULL},
    {FEN_CASE_GUIDE_LEFT, "left", "离职", NULL},
};
const struct fen_words fen_case_guide_keys = FEN_WORDS(guide_keys);

static const struct fen_word store_keys[] = {
    {FEN_CASE_STORE_KIND, "kind", "类型", "门店类型"},
    {FEN_CASE_STORE_BRAND, "brand", "品牌", NULL},
    {FEN_CASE_STORE_REGION, "region", "区域", NULL},
    {FEN_CASE_STORE_MALL, "mall", "商场", NULL},
    {FEN_CASE_STORE_FRANCHISEE, "franchisee", "加盟商", NULL},
    {FEN_CASE_STORE_MANAGER, "manager", "店长", NULL},
};
const struct fen_words fen_case_store_keys = FEN_WORDS(store_keys);

static const struct fen_word bound_keys[] = {
    {FEN_CASE_BOUND_GUIDE, "guide", "导购", NULL},
    {FEN_CASE_BOUND_STORE, "store", "门店", NULL},
    {FEN_CASE_BOUND_DAYS, "days", "天数", NULL},
};
const struct fen_words fen_case_bound_keys = FEN_WORDS(bound_keys);

static const struct fen_word order_keys[] = {
    {FEN_CASE_LINE_PAID, "paid", "实付", NULL},
    {FEN_CASE_LINE_SKU, "sku", "货号", NULL},
    {FEN_CASE_LINE_BRAND, "brand", "品牌", NULL},
    {FEN_CASE_LINE_CATEGORY, "category", "品类", NULL},
    {FEN_CASE_LINE_QUANTITY, "quantity", "数量", NULL},
    {FEN_CASE_LINE_DISCOUNTS, "discounts", "优惠", NULL},
    {FEN_CASE_LINE_PORTIONS, "portions", "其中", NULL},
    {FEN_CASE_LINE_SELLER, "seller", "开单", NULL},
    {FEN_CASE_ORDER_LINES, "lines", "行", NULL},
    {FEN_CASE_ORDER_CREATED, "created", "下单", NULL},
    {FEN_CASE_ORDER_CHANNEL, "channel", "渠道", NULL},
    {FEN_CASE_ORDER_STORE, "store", "门店", NULL},
    {FEN_CASE_ORDER_FULFIL_STORE, "fulfil_store", "发货门店", NULL},
    {FEN_CASE_ORDER_COUPON, "coupon", "券", NULL},
    {FEN_CASE_ORDER_LIVE, "live", "直播", NULL},
    {FEN_CASE_ORDER_SHARED, "shared", "分享", NULL},
    {FEN_CASE_ORDER_SERVED, "served", "服务", NULL},
    {FEN_CASE_ORDER_FACTS, "facts", "履约", NULL},
    {FEN_CASE_ORDER_REFUNDS, "refunds", "退款", NULL},
};
const struct fen_words fen_case_order_keys = FEN_WORDS(order_keys);
const struct fen_words fen_case_line_keys = {order_keys, FEN_CASE_LINE_KEY_COUNT};

static const struct fen_word live_keys[] = {
    {FEN_CASE_LIVE_HOST, "host", "主播", NULL},
    {FEN_CASE_LIVE_SESSION, "session", "场次", NULL},
};
const struct fen_words fen_case_live_keys = FEN_WORDS(live_keys);

static const struct fen_word touch_keys[] = {
    {FEN_CASE_TOUCH_GUIDE, "guide", "导购", NULL},
    {FEN_CASE_TOUCH_BEFORE, "before", "提前", NULL},
    {FEN_CASE_TOUCH_SKU, "sku", "货号", NULL},
};
const struct fen_words fen_case_touch_keys = FEN_WORDS(touch_keys);

static const struct fen_word refund_keys[] = {
    {FEN_CASE_REFUND_LINE, "line", "行号", NULL},
    {FEN_CASE_REFUND_AMOUNT, "amount", "金额", NULL},
    {FEN_CASE_REFUND_QUANTITY, "quantity", "数量", NULL},
    {FEN_CASE_REFUND_POLICY, "policy", "方式", NULL},
};
const struct fen_words fen_case_refund_keys = FEN_WORDS(refund_keys);

static const struct fen_word payee_kinds[] = {
    {FEN_CASE_PAYEE_GUIDE, "guide", "导购", NULL},
    {FEN_CASE_PAYEE_STORE, "store", "门店", NULL},
    {FEN_CASE_PAYEE_FRANCHISEE, "franchisee", "加盟商", NULL},
    {FEN_CASE_PAYEE_REGION, "region", "区域", NULL},
    {FEN_CASE_PAYEE_MALL, "mall", "商场", NULL},
    {FEN_CASE_PAYEE_BRAND, "brand", "品牌", NULL},
    {FEN_CASE_PAYEE_HQ, "hq", "总部", NULL},
};
const struct fen_words fen_case_payee_kinds = FEN_WORDS(payee_kinds);

/* Roles of entries: those of rules, and what is posted beside orders. */
static const struct fen_word case_roles[] = {
    {FEN_ROLE_SHARE, "share", "分享", NULL},
    {FEN_ROLE_SERVE, "serve", "服务", NULL},
    {FEN_ROLE_BIND, "bind", "绑定", NULL},
    {FEN_ROLE_LIVE, "live", "直播", NULL},
    {FEN_ROLE_COUPON, "coupon", "券", NULL},
    {FEN_ROLE_SALE, "sale", "开单", NULL},
    {FEN_ROLE_RECRUIT, "recruit", "拉新", NULL},
    {FEN_ROLE_TASK, "task", "任务", NULL},
    {FEN_ROLE_MANAGER, "manager", "店长", NULL},
    {FEN_ROLE_SELL_STORE, "sell_store", "成交门店", NULL},
    {FEN_ROLE_OWN_STORE, "own_store", "归属门店", NULL},
    {FEN_ROLE_FULFIL_STORE, "fulfil_store", "发货门店", NULL},
    {FEN_ROLE_FRANCHISEE, "franchisee", "加盟商", NULL},
    {FEN_ROLE_REGION, "region", "区域", NULL},
    {FEN_ROLE_MALL, "mall", "商场", NULL},
    {FEN_ROLE_BRAND, "brand", "品牌", NULL},
    {FEN_ROLE_HQ, "hq", "总部", NULL},
    {FEN_ROLE_BONUS, "bonus", "奖励", NULL},
    {FEN_ROLE_CAP, "cap", "封顶", NULL},
};
const struct fen_words fen_case_roles = FEN_WORDS(case_roles);

static const struct fen_word answers[] = {
    {1, "yes", "是", "true"},
    {0, "no", "否", "false"},
};
const struct fen_words fen_case_answers = FEN_WORDS(answers);
