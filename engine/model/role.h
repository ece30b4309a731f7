/*
 * role: why somebody earns (SPEC, table of terms), and the other closed lists of the field.
 *
 * Entry roles that no rule has (manual, payout, bonus, cap) and the portion `self` stand in the
 * same list, so that one name table serves ledger, accounts and plans. Numbers are those of
 * proto/fen.proto and never change.
 *
 * Threads: constant; any.
 */
#ifndef FEN_MODEL_ROLE_H
#define FEN_MODEL_ROLE_H

#include <stdbool.h>

#include "base/record.h"
#include "base/str.h"

enum fen_role {
    FEN_ROLE_NONE = 0,
    FEN_ROLE_SHARE = 1,
    FEN_ROLE_SERVE = 2,
    FEN_ROLE_BIND = 3,
    FEN_ROLE_LIVE = 4,
    FEN_ROLE_COUPON = 5,
    FEN_ROLE_SALE = 6,
    FEN_ROLE_RECRUIT = 7,
    FEN_ROLE_TASK = 8,
    FEN_ROLE_MANAGER = 9,
    FEN_ROLE_SELL_STORE = 10,
    FEN_ROLE_OWN_STORE = 11,
    FEN_ROLE_FULFIL_STORE = 12,
    FEN_ROLE_FRANCHISEE = 13,
    FEN_ROLE_REGION = 14,
    FEN_ROLE_MALL = 15,
    FEN_ROLE_BRAND = 16,
    FEN_ROLE_HQ = 17,
    FEN_ROLE_COUNT = 18,  /* of roles a rule may have, NONE included */
    FEN_ROLE_SELF = 18,   /* portion: the role's own payee */
    FEN_ROLE_BONUS = 19,  /* entries only */
    FEN_ROLE_CAP = 20,    /* entries only */
    FEN_ROLE_MANUAL = 21, /* entries only */
    FEN_ROLE_PAYOUT = 22, /* entries only */
    FEN_ROLE_NAME_COUNT = 23,
};

/* Why an entry was made (SPEC §6). */
enum fen_kind {
    FEN_KIND_NONE = 0,
    FEN_KIND_ACCRUAL = 1,
    FEN_KIND_REVERSAL = 2,
    FEN_KIND_ADJUST = 3,
    FEN_KIND_MOVE = 4,
    FEN_KIND_TIER = 5,
    FEN_KIND_CAP = 6,
    FEN_KIND_BONUS = 7,
    FEN_KIND_TASK = 8,
    FEN_KIND_RECRUIT = 9,
    FEN_KIND_MANUAL = 10,
    FEN_KIND_PAYOUT = 11,
};

/* The facts that may earn, hold and release (SPEC §5 When). */
enum fen_fact_kind {
    FEN_FACT_NONE = 0,
    FEN_FACT_PAID = 1,
    FEN_FACT_SHIPPED = 2,
    FEN_FACT_PICKED_UP = 3,
    FEN_FACT_RECEIVED = 4,
    FEN_FACT_COUNT = 5,
};

enum fen_guide_status {
    FEN_GUIDE_STATUS_NONE = 0,
    FEN_GUIDE_ACTIVE = 1,
    FEN_GUIDE_SUSPENDED = 2,
    FEN_GUIDE_LEFT = 3,
};

enum fen_store_kind {
    FEN_STORE_KIND_NONE = 0,
    FEN_STORE_OWNED = 1,
    FEN_STORE_CONCESSION = 2,
    FEN_STORE_FRANCHISE = 3,
    FEN_STORE_KIND_COUNT = 4,
};

enum fen_refund_policy {
    FEN_REFUND_POLICY_NONE = 0,
    FEN_REFUND_WITHHOLD = 1,
    FEN_REFUND_GOODWILL = 2,
};

enum fen_leaver_policy {
    FEN_LEAVER_PAY = 0, /* the default */
    FEN_LEAVER_STORE = 1,
    FEN_LEAVER_HOUSE = 2,
};

/* English names as in JSON, topics and plans; index = value. */
extern const struct fen_names fen_role_names;
extern const struct fen_names fen_kind_names;
extern const struct fen_names fen_fact_kind_names;
extern const struct fen_names fen_guide_status_names;
extern const struct fen_names fen_store_kind_names;
extern const struct fen_names fen_refund_policy_names;

/* The name of a role, "" for NONE. */
const char *fen_role_name(enum fen_role role);

/* The value named `name` in `names`, 0 when there is none. */
int fen_names_find(const struct fen_names *names, struct fen_str name);

/* Whether the role's payee is an entity rather than a guide. */
bool fen_role_is_entity(enum fen_role role);

#endif /* FEN_MODEL_ROLE_H */
