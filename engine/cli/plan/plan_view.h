/*
 * plan_view: a plan as tables: what holds for all, the rules, limits, bonuses, tasks.
 *
 * `fen plan show` prints the tables; `fen plan diff` compares two plans by the same words.
 *
 * Threads: one.
 */
#ifndef FEN_CLI_PLAN_PLAN_VIEW_H
#define FEN_CLI_PLAN_PLAN_VIEW_H

#include "cli/text/sheet.h"
#include "plan/plan.h"

/* What of a value's text means something. */
enum fen_view_kind {
    FEN_VIEW_TEXT,       /* all of it */
    FEN_VIEW_SET,        /* a list in any order */
    FEN_VIEW_CONDITIONS, /* likewise, of several keys */
};

/* A thing the plan says, under a name. */
struct fen_view_item {
    struct fen_str name;
    struct fen_str value;
    enum fen_view_kind kind;
};

struct fen_view_items {
    struct fen_view_item *items;
    uint32_t count, capacity;
};

/* What holds for the whole plan: id, version, dates, window, orders, policies. */
struct fen_view_items fen_view_head(struct fen_arena *arena, const struct fen_plan *plan);

/* What a rule says, as many items for each: conditions, pay, cap, split, earned, hold, funder. */
struct fen_view_items fen_view_rule(struct fen_arena *arena, const struct fen_plan *plan,
                                    const struct fen_rule *rule);

/* The roles that have rules, in the order of the specification's table. */
extern const enum fen_role fen_view_roles[];
extern const uint32_t fen_view_role_count;

/* The plan as a sheet. */
void fen_view_plan(struct fen_sheet *sheet, const struct fen_plan *plan);

#endif /* FEN_CLI_PLAN_PLAN_VIEW_H */
