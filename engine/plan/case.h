/*
 * case: the `tests` of a plan file (SPEC §8): who shared and served what, and who gets how much.
 *
 * Why a short form of its own: a case is written by whoever writes the plan. It says what bears on
 * the amounts and leaves out what can be supposed: ids of orders, times, that goods are delivered.
 * What is supposed stands with the fields below; `fen plan test` makes events of it.
 *
 * A mistake in a case is reported to those who write plans (fen_plan_read); the engine passes over
 * cases, since no amount depends on them.
 *
 * Threads: immutable once read; any.
 */
#ifndef FEN_PLAN_CASE_H
#define FEN_PLAN_CASE_H

#include "plan/reader.h"

/* A name with an amount: a discount's funder, a portion. */
struct fen_case_part {
    struct fen_str name;
    int64_t amount_fen;
};

struct fen_case_parts {
    struct fen_case_part *items;
    uint32_t count;
};

struct fen_case_guide {
    struct fen_str guide, store, level, kind;
    bool is_buyer;   /* the customer of the case is this guide */
    int64_t left_ms; /* leaves so long after the first order; FEN_NONE: stays */
};

struct fen_case_store {
    struct fen_str store, brand, region, mall, franchisee, manager;
    enum fen_store_kind kind; /* owned where not said */
};

struct fen_case_line {
    struct fen_str sku, brand, category, seller;
    int64_t quantity; /* 1 where not said */
    int64_t paid_fen;
    struct fen_case_parts discounts, portions;
};

struct fen_case_touch {
    struct fen_str guide, sku;
    int64_t before_ms; /* the order; a day where not said */
};

struct fen_case_server {
    struct fen_str guide;
    int64_t weight;
};

struct fen_case_refund {
    int64_t line, amount_fen;
    int64_t quantity;               /* FEN_NONE: not said */
    enum fen_refund_policy policy;
    bool has_policy;
};

struct fen_case_order {
    struct fen_str channel, store, fulfil_store, seller, coupon, live_host, live_session;
    int64_t created_ms; /* FEN_NONE: not said */
    struct fen_case_line *lines;
    uint32_t line_count;
    struct fen_case_touch *touches;
    uint32_t touch_count;
    struct fen_case_server *servers;
    uint32_t server_count;
    struct fen_case_refund *refunds;
    uint32_t refund_count;
    uint32_t facts; /* a bit by enum fen_fact_kind; 0: delivered, by pickup where somebody served */
};

struct fen_case_score {
    struct fen_str task, guide;
    int64_t score;
};

/* What a payee shall have in the end: of one role, or in all (role NONE). */
struct fen_case_expected {
    struct fen_str payee; /* "guide:ID", ..., "hq" */
    enum fen_role role;
    int64_t amount_fen;
};

struct fen_case {
    struct fen_str name;
    uint32_t line_number;
    struct fen_case_guide *guides;
    uint32_t guide_count;
    struct fen_case_store *stores;
    uint32_t store_count;
    struct fen_str bound_guide, bound_store; /* of the customer; absent: not bound */
    int64_t bound_days;                      /* before the first order; 1 where not said */
    struct fen_case_order *orders;
    uint32_t order_count;
    struct fen_str recruiter; /* the customer registers a day before the first order */
    struct fen_case_score *scores;
    uint32_t score_count;
    struct fen_case_expected *expected; /* whoever is not named gets nothing */
    uint32_t expected_count;
    bool is_open; /* nothing is expected yet: `expect` is missing */
};

struct fen_cases {
    struct fen_case *items;
    uint32_t count;
};

/* The cases of a plan's root (NULL: none); mistakes are reported. Never NULL, in reader->arena. */
const struct fen_cases *fen_cases_read(struct fen_reader *reader, const struct fen_node *root);

/* The orders of a case: a mapping, or a list of them (case_order.c). */
void fen_case_read_orders(struct fen_reader *reader, const struct fen_node *node,
                          struct fen_case *one);

/* Keys and words of cases in both languages (case_words.c), enumerated below. */
extern const struct fen_words fen_case_keys, fen_case_guide_keys, fen_case_store_keys,
    fen_case_bound_keys, fen_case_order_keys, fen_case_line_keys, fen_case_live_keys,
    fen_case_touch_keys, fen_case_refund_keys, fen_case_payee_kinds, fen_case_roles,
    fen_case_answers;

enum fen_case_key {
    FEN_CASE_KEY_NAME,
    FEN_CASE_KEY_GUIDES,
    FEN_CASE_KEY_STORES,
    FEN_CASE_KEY_BOUND,
    FEN_CASE_KEY_ORDER,
    FEN_CASE_KEY_RECRUITED,
    FEN_CASE_KEY_SCORES,
    FEN_CASE_KEY_EXPECT,
};

enum fen_case_guide_key {
    FEN_CASE_GUIDE_STORE,
    FEN_CASE_GUIDE_LEVEL,
    FEN_CASE_GUIDE_KIND,
    FEN_CASE_GUIDE_BUYS,
    FEN_CASE_GUIDE_LEFT,
};

enum fen_case_store_key {
    FEN_CASE_STORE_KIND,
    FEN_CASE_STORE_BRAND,
    FEN_CASE_STORE_REGION,
    FEN_CASE_STORE_MALL,
    FEN_CASE_STORE_FRANCHISEE,
    FEN_CASE_STORE_MANAGER,
};

enum fen_case_bound_key { FEN_CASE_BOUND_GUIDE, FEN_CASE_BOUND_STORE, FEN_CASE_BOUND_DAYS };

/* A line's keys come first: an order of one line has them itself. */
enum fen_case_order_key {
    FEN_CASE_LINE_PAID,
    FEN_CASE_LINE_SKU,
    FEN_CASE_LINE_BRAND,
    FEN_CASE_LINE_CATEGORY,
    FEN_CASE_LINE_QUANTITY,
    FEN_CASE_LINE_DISCOUNTS,
    FEN_CASE_LINE_PORTIONS,
    FEN_CASE_LINE_SELLER,
    FEN_CASE_LINE_KEY_COUNT,
    FEN_CASE_ORDER_LINES = FEN_CASE_LINE_KEY_COUNT,
    FEN_CASE_ORDER_CREATED,
    FEN_CASE_ORDER_CHANNEL,
    FEN_CASE_ORDER_STORE,
    FEN_CASE_ORDER_FULFIL_STORE,
    FEN_CASE_ORDER_COUPON,
    FEN_CASE_ORDER_LIVE,
    FEN_CASE_ORDER_SHARED,
    FEN_CASE_ORDER_SERVED,
    FEN_CASE_ORDER_FACTS,
    FEN_CASE_ORDER_REFUNDS,
};

enum fen_case_live_key { FEN_CASE_LIVE_HOST, FEN_CASE_LIVE_SESSION };
enum fen_case_touch_key { FEN_CASE_TOUCH_GUIDE, FEN_CASE_TOUCH_BEFORE, FEN_CASE_TOUCH_SKU };

enum fen_case_refund_key {
    FEN_CASE_REFUND_LINE,
    FEN_CASE_REFUND_AMOUNT,
    FEN_CASE_REFUND_QUANTITY,
    FEN_CASE_REFUND_POLICY,
};

/* Kinds of payees in front of an id: "guide", "store", ... as the core writes them. */
enum fen_case_payee_kind {
    FEN_CASE_PAYEE_GUIDE,
    FEN_CASE_PAYEE_STORE,
    FEN_CASE_PAYEE_FRANCHISEE,
    FEN_CASE_PAYEE_REGION,
    FEN_CASE_PAYEE_MALL,
    FEN_CASE_PAYEE_BRAND,
    FEN_CASE_PAYEE_HQ,
};

#endif /* FEN_PLAN_CASE_H */
