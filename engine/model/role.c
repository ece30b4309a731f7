/* role: see role.h. */
#include "model/role.h"

static const char *const role_names[FEN_ROLE_NAME_COUNT] = {
    [FEN_ROLE_SHARE] = "share",
    [FEN_ROLE_SERVE] = "serve",
    [FEN_ROLE_BIND] = "bind",
    [FEN_ROLE_LIVE] = "live",
    [FEN_ROLE_COUPON] = "coupon",
    [FEN_ROLE_SALE] = "sale",
    [FEN_ROLE_RECRUIT] = "recruit",
    [FEN_ROLE_TASK] = "task",
    [FEN_ROLE_MANAGER] = "manager",
    [FEN_ROLE_SELL_STORE] = "sell_store",
    [FEN_ROLE_OWN_STORE] = "own_store",
    [FEN_ROLE_FULFIL_STORE] = "fulfil_store",
    [FEN_ROLE_FRANCHISEE] = "franchisee",
    [FEN_ROLE_REGION] = "region",
    [FEN_ROLE_MALL] = "mall",
    [FEN_ROLE_BRAND] = "brand",
    [FEN_ROLE_HQ] = "hq",
    [FEN_ROLE_SELF] = "self",
    [FEN_ROLE_BONUS] = "bonus",
    [FEN_ROLE_CAP] = "cap",
    [FEN_ROLE_MANUAL] = "manual",
    [FEN_ROLE_PAYOUT] = "payout",
};
const struct fen_names fen_role_names = {role_names, FEN_ROLE_NAME_COUNT};

static const char *const kind_names[] = {
    NULL,  "accrual", "reversal", "adjust",  "move",   "tier",
    "cap", "bonus",   "task",     "recruit", "manual", "payout",
};
const struct fen_names fen_kind_names = {kind_names, 12};

static const char *const fact_kind_names[] = {NULL, "paid", "shipped", "picked_up", "received"};
const struct fen_names fen_fact_kind_names = {fact_kind_names, 5};

static const char *const guide_status_names[] = {NULL, "active", "suspended", "left"};
const struct fen_names fen_guide_status_names = {guide_status_names, 4};

static const char *const store_kind_names[] = {NULL, "owned", "concession", "franchise"};
const struct fen_names fen_store_kind_names = {store_kind_names, 4};

static const char *const refund_policy_names[] = {NULL, "withhold", "goodwill"};
const struct fen_names fen_refund_policy_names = {refund_policy_names, 3};

const char *fen_role_name(enum fen_role role)
{
    return role > FEN_ROLE_NONE && role < FEN_ROLE_NAME_COUNT ? role_names[role] : "";
}

int fen_names_find(const struct fen_names *names, struct fen_str name)
{
    for (uint32_t value = 1; value < names->count; value++)
        if (names->names[value] != NULL && fen_str_equal(fen_str_from(names->names[value]), name))
            return (int)value;
    return 0;
}

bool fen_role_is_entity(enum fen_role role)
{
    return role >= FEN_ROLE_SELL_STORE && role <= FEN_ROLE_HQ;
}
