/*
 * words: the English and Chinese names of keys and keywords (SPEC Appendix A), as tables.
 *
 * Why tables: a word is added in one place, and what a message offers instead of an unknown word
 * comes from the same rows the parser reads by.
 *
 * Threads: constant; any.
 */
#ifndef FEN_PLAN_WORDS_H
#define FEN_PLAN_WORDS_H

#include "base/arena.h"
#include "base/str.h"
#include "plan/parse.h"

struct fen_word {
    int value;
    const char *english;
    const char *chinese;
    const char *chinese_other; /* a second Chinese spelling; NULL: none */
};

/* A closed list of words. */
struct fen_words {
    const struct fen_word *items;
    uint32_t count;
};

/* The list of an array of words. */
#define FEN_WORDS(array)                                                                           \
    {                                                                                              \
        array, sizeof(array) / sizeof *(array)                                                     \
    }

/* More than any table has values. */
#define FEN_WORDS_VALUE_COUNT 24

enum fen_plan_key {
    FEN_PLAN_KEY_PLAN,
    FEN_PLAN_KEY_VERSION,
    FEN_PLAN_KEY_NAME,
    FEN_PLAN_KEY_CURRENCY,
    FEN_PLAN_KEY_TIMEZONE,
    FEN_PLAN_KEY_FROM,
    FEN_PLAN_KEY_TO,
    FEN_PLAN_KEY_BASE,
    FEN_PLAN_KEY_SHARE,
    FEN_PLAN_KEY_SELF_PURCHASE,
    FEN_PLAN_KEY_CREDIT_ORDER,
    FEN_PLAN_KEY_LEAVER,
    FEN_PLAN_KEY_REFUND,
    FEN_PLAN_KEY_ROLES,
    FEN_PLAN_KEY_LIMITS,
    FEN_PLAN_KEY_BONUS,
    FEN_PLAN_KEY_TASKS,
    FEN_PLAN_KEY_TESTS,
};

enum fen_base_key { FEN_BASE_KEY_ADD_BACK, FEN_BASE_KEY_EXCLUDE };
enum fen_share_key { FEN_SHARE_KEY_WINDOW, FEN_SHARE_KEY_BY_CHANNEL, FEN_SHARE_KEY_MATCH };

enum fen_rule_key {
    FEN_RULE_KEY_NAME,
    FEN_RULE_KEY_WHEN,
    FEN_RULE_KEY_PAY,
    FEN_RULE_KEY_PER_CUSTOMER,
    FEN_RULE_KEY_CAP,
    FEN_RULE_KEY_SPLIT,
    FEN_RULE_KEY_EARNED,
    FEN_RULE_KEY_HOLD,
    FEN_RULE_KEY_FUNDER,
};

enum fen_pay_key {
    FEN_PAY_KEY_PER_UNIT,
    FEN_PAY_KEY_PER_LINE,
    FEN_PAY_KEY_MODE,
    FEN_PAY_KEY_TIERS,
};

enum fen_cap_key { FEN_CAP_KEY_LINE, FEN_CAP_KEY_ORDER };
enum fen_hold_key { FEN_HOLD_KEY_FROM, FEN_HOLD_KEY_DAYS };

/* Keys of `when`: the text dimensions by their number, then the three of numbers. */
enum fen_when_key {
    FEN_WHEN_KEY_BOUND_DAYS = FEN_DIMENSION_TEXT_COUNT,
    FEN_WHEN_KEY_QUANTITY,
    FEN_WHEN_KEY_BASE,
};

enum fen_limit_key {
    FEN_LIMIT_KEY_NAME,
    FEN_LIMIT_KEY_ROLES,
    FEN_LIMIT_KEY_LINE,
    FEN_LIMIT_KEY_MONTH,
};

enum fen_bonus_key {
    FEN_BONUS_KEY_NAME,
    FEN_BONUS_KEY_ROLES,
    FEN_BONUS_KEY_BY,
    FEN_BONUS_KEY_TABLE,
};

enum fen_task_key { FEN_TASK_KEY_SCORE, FEN_TASK_KEY_RANK };

extern const struct fen_words fen_plan_keys;
extern const struct fen_words fen_base_keys;
extern const struct fen_words fen_share_keys;
extern const struct fen_words fen_rule_keys;
extern const struct fen_words fen_pay_keys;
extern const struct fen_words fen_cap_keys;
extern const struct fen_words fen_hold_keys;
extern const struct fen_words fen_when_keys;
extern const struct fen_words fen_limit_keys;
extern const struct fen_words fen_bonus_keys;
extern const struct fen_words fen_task_keys;

/* Roles (values: enum fen_role) that may stand in one place or another. */
extern const struct fen_words fen_rule_roles;      /* have rules: guides' and entities' */
extern const struct fen_words fen_line_roles;      /* earn on a line: all but recruit */
extern const struct fen_words fen_guide_roles;     /* earned by guides */
extern const struct fen_words fen_entity_roles;    /* earned by entities; funders */
extern const struct fen_words fen_portion_roles;   /* self and entities */
extern const struct fen_words fen_exclusive_roles; /* coupon, live, share, bind */
extern const struct fen_words fen_bonus_roles;     /* have entries a bonus may sum */
extern const struct fen_words fen_month_roles;     /* those and bonus */

/* Keywords. */
extern const struct fen_words fen_match_words;         /* 1: sku_first */
extern const struct fen_words fen_self_purchase_words; /* 1: allow */
extern const struct fen_words fen_leaver_words;        /* enum fen_leaver_policy */
extern const struct fen_words fen_refund_words;        /* enum fen_refund_policy */
extern const struct fen_words fen_mode_words;          /* 1: flat */
extern const struct fen_words fen_by_words;            /* 1: base */
extern const struct fen_words fen_fact_words;          /* enum fen_fact_kind */
extern const struct fen_words fen_store_kind_words;    /* enum fen_store_kind */

/* The word spelled so, in either language; NULL: none. */
const struct fen_word *fen_words_find(const struct fen_words *words, struct fen_str spelling);

/* The word with a value, spelled in a language; "" where the table has none. */
const char *fen_words_spell(const struct fen_words *words, int value, enum fen_language language);

/* The word within one change in three characters of a spelling; NULL: none. */
const struct fen_word *fen_words_near(const struct fen_words *words, struct fen_str spelling);

/* Whether a text is several words with `, ` between them. */
bool fen_words_are_all(const struct fen_words *words, struct fen_str text);

/* What an unknown word may have meant: "`x`" when one is near, else all, "`a`, `b`, `c`". */
struct fen_str fen_words_offer(const struct fen_words *words, struct fen_str spelling,
                               enum fen_language language, struct fen_arena *arena);

#endif /* FEN_PLAN_WORDS_H */
