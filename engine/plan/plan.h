/*
 * plan: a compiled plan version; the rules by which shares of an order line are earned (SPEC §8).
 *
 * A plan file is read once (plan/parse.h), checked, and compiled into these flat arrays; from then
 * on it never changes. Texts of the dimensions a rule may ask for (brand, category, ...) are
 * interned per plan, so that matching a line against 5,000 rules compares integers.
 *
 * Threads: immutable after fen_plan_parse; any number of readers.
 */
#ifndef FEN_PLAN_PLAN_H
#define FEN_PLAN_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "model/role.h"

/* Dimensions of `when` that hold texts; the three numeric ones are in fen_attributes. */
enum fen_dimension {
    FEN_DIMENSION_BRAND,
    FEN_DIMENSION_CATEGORY,
    FEN_DIMENSION_SKU,
    FEN_DIMENSION_CHANNEL,
    FEN_DIMENSION_LIVE_SESSION,
    FEN_DIMENSION_STORE,
    FEN_DIMENSION_STORE_KIND,
    FEN_DIMENSION_REGION,
    FEN_DIMENSION_GUIDE_STORE,
    FEN_DIMENSION_LEVEL,
    FEN_DIMENSION_PAYEE_KIND,
    FEN_DIMENSION_TEXT_COUNT,
};

/* How a rule pays. */
enum fen_pay_kind {
    FEN_PAY_PERCENT,
    FEN_PAY_PER_UNIT,
    FEN_PAY_PER_LINE,
    FEN_PAY_TIERS,
    FEN_PAY_PER_CUSTOMER, /* recruit only */
};

struct fen_tier {
    int64_t from_fen;
    int64_t rate_ppm;
};

struct fen_pay {
    enum fen_pay_kind kind;
    int64_t rate_ppm;   /* PERCENT; the first tier's for TIERS */
    int64_t amount_fen; /* PER_UNIT, PER_LINE, PER_CUSTOMER */
    bool is_flat;       /* TIERS: mode flat, else step */
    struct fen_tier *tiers;
    uint32_t tier_count;
};

struct fen_split {
    enum fen_role portion; /* SELF or an entity role */
    int64_t rate_ppm;
};

/*
 * A numeric condition; both ends included; INT64_MIN / INT64_MAX where open. Holds when the value
 * is there and in it or in one of those that follow (SPEC §4: a list, any of them).
 */
struct fen_range {
    int64_t from;
    int64_t to;
    bool is_set;
    const struct fen_range *next; /* NULL: no other */
};

/* The conditions of one text dimension: any of the symbols. */
struct fen_condition {
    enum fen_dimension dimension;
    uint32_t *symbols;
    struct fen_str *texts; /* the same values as written, for reports */
    uint32_t symbol_count;
};

/* What every line that a rule is for reads of it stands first and together. */
struct fen_rule {
    bool has_ranges; /* one of the three below is set */
    enum fen_role role;
    enum fen_fact_kind earned; /* PAID by default */
    enum fen_fact_kind hold_from; /* NONE: no hold */
    int32_t hold_days;
    enum fen_role funder; /* an entity role; BRAND by default */
    uint32_t split_count;
    int64_t cap_line_fen;  /* FEN_NONE: no cap */
    int64_t cap_order_fen; /* FEN_NONE: no cap */
    struct fen_str name; /* unique in the plan */
    struct fen_pay pay;
    struct fen_split *splits; /* none: the role's own payee gets all, portion null */
    struct fen_condition *conditions;
    uint32_t condition_count;
    struct fen_range bound_days, quantity, base_fen;
    uint32_t line_number; /* in the file, for messages */
};

/* A limit over roles (SPEC §5.3, §7): either `line_ppm` or `month_fen` is set, or both. */
struct fen_limit {
    struct fen_str name;
    enum fen_role *roles; /* in the order of the file; BONUS may stand in a month limit */
    uint32_t role_count;
    int64_t line_ppm;  /* FEN_NONE: none */
    int64_t month_fen; /* FEN_NONE: none */
    uint32_t line_number; /* in the file, for messages; so below */
};

struct fen_bonus_step {
    int64_t from_fen;
    int64_t amount_fen;
};

struct fen_bonus {
    struct fen_str name;
    enum fen_role *roles;
    uint32_t role_count;
    bool is_by_base; /* else by amount */
    struct fen_bonus_step *steps;
    uint32_t step_count;
    uint32_t line_number;
};

/* A step of a task's table: score from (to unused), or ranks from..to. */
struct fen_task_step {
    int64_t from;
    int64_t to;
    int64_t amount_fen;
};

struct fen_task {
    struct fen_str task; /* id; also its rule */
    bool is_by_rank;     /* else by score */
    struct fen_task_step *steps;
    uint32_t step_count;
    uint32_t line_number;
};

struct fen_channel_window {
    struct fen_str channel;
    int64_t window_ms;
};

struct fen_plan {
    struct fen_str id;
    uint32_t version;
    struct fen_str name;
    struct fen_str currency;
    uint32_t currency_decimals;
    int64_t offset_ms; /* of the time zone */
    int64_t from_ms;
    int64_t to_ms; /* INT64_MAX: open */
    struct fen_str *add_back; /* discount funders added back to the base */
    uint32_t add_back_count;
    struct fen_str *exclude; /* portions taken out of the base */
    uint32_t exclude_count;
    int64_t share_window_ms; /* FEN_NONE: not given */
    struct fen_channel_window *channel_windows;
    uint32_t channel_window_count;
    bool is_sku_first;
    bool pays_self_purchase;
    enum fen_role *credit_order; /* exclusive roles; also where the file leaves it out */
    uint32_t credit_order_count;
    uint32_t independent_roles; /* a bit by role: has rules for lines and is not exclusive */
    enum fen_leaver_policy leaver[FEN_ROLE_COUNT];
    enum fen_refund_policy refund[FEN_ROLE_COUNT]; /* WITHHOLD by default */
    struct fen_rule *rules[FEN_ROLE_COUNT];        /* in the order of the file */
    uint32_t rule_count[FEN_ROLE_COUNT];
    struct fen_limit *limits;
    uint32_t limit_count;
    struct fen_bonus *bonuses;
    uint32_t bonus_count;
    const struct fen_rule **tier_rules; /* rules that have tiers, by name (plan/period_table.h) */
    uint32_t tier_rule_count;
    struct fen_task *tasks;
    uint32_t task_count;
    struct fen_str yaml;       /* the file's bytes */
    uint64_t content;          /* hash of `yaml`: tells a duplicate from a conflict */
    struct fen_matcher *matcher; /* compiled conditions (plan/match.c) */
};

/* What a line, an order and a guide offer to `when`: symbols of the plan, 0 = absent or unknown. */
struct fen_attributes {
    uint32_t symbols[FEN_DIMENSION_TEXT_COUNT];
    int64_t bound_days; /* FEN_NONE absent */
    int64_t quantity;
    int64_t base_fen;
};

/*
 * The symbol of a text in a dimension of this plan; 0 when the text is absent or no rule names it.
 * Cost: one hash probe. No allocation.
 */
uint32_t fen_plan_symbol(const struct fen_plan *plan, enum fen_dimension dimension,
                         struct fen_str text);

/*
 * Likewise of a value of an org record by its number (plan/org.h), 0 where it is absent. The plan
 * must have been published with that org.
 */
uint32_t fen_plan_symbol_numbered(const struct fen_plan *plan, enum fen_dimension dimension,
                                  uint32_t number);

/* The symbol of a kind of store in `store_kind`. */
uint32_t fen_plan_store_kind_symbol(const struct fen_plan *plan, enum fen_store_kind kind);

/* The first rule of the role, top down, whose `when` holds; NULL: the role earns nothing (§4). */
const struct fen_rule *fen_plan_match(const struct fen_plan *plan, enum fen_role role,
                                      const struct fen_attributes *attributes);

/*
 * Which conditions of a rule of the plan keep it from matching, by the same tables as
 * fen_plan_match: a bit for each text dimension by its number, and after those for bound_days,
 * quantity and base. 0: its `when` holds.
 */
uint32_t fen_plan_failing(const struct fen_plan *plan, const struct fen_rule *rule,
                          const struct fen_attributes *attributes);

/* The rule of a role by its name; NULL: there is none. */
const struct fen_rule *fen_plan_find_rule(const struct fen_plan *plan, enum fen_role role,
                                          struct fen_str name);

/*
 * The ranges, by `next`, that a rule asks for under a key of `when` that takes numbers: the first
 * such key has the number FEN_DIMENSION_TEXT_COUNT. NULL: it asks for none.
 */
const struct fen_range *fen_plan_range(const struct fen_rule *rule, uint32_t key);

/* The share window for an order's channel (absent: the plan's), in ms; FEN_NONE: none (§8). */
int64_t fen_plan_window_ms(const struct fen_plan *plan, struct fen_str channel);

/* The longest window of the plan over all channels, 0 when it has none. */
int64_t fen_plan_window_max_ms(const struct fen_plan *plan);

/* Whether the role stands in the plan's credit_order. */
bool fen_plan_is_exclusive(const struct fen_plan *plan, enum fen_role role);

#endif /* FEN_PLAN_PLAN_H */
