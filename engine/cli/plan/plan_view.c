/* plan_view: see the header. */
#include "cli/plan/plan_view.h"

#include <inttypes.h>

#include "cli/options/language.h"
#include "cli/plan/plan_phrase.h"
#include "model/event.h"
#include "plan/words.h"

const enum fen_role fen_view_roles[] = {
    FEN_ROLE_COUPON,      FEN_ROLE_LIVE,       FEN_ROLE_SHARE,   FEN_ROLE_BIND,
    FEN_ROLE_SERVE,       FEN_ROLE_SALE,       FEN_ROLE_MANAGER, FEN_ROLE_SELL_STORE,
    FEN_ROLE_OWN_STORE,   FEN_ROLE_FULFIL_STORE, FEN_ROLE_FRANCHISEE, FEN_ROLE_REGION,
    FEN_ROLE_MALL,        FEN_ROLE_BRAND,      FEN_ROLE_HQ,      FEN_ROLE_RECRUIT};
const uint32_t fen_view_role_count = sizeof fen_view_roles / sizeof *fen_view_roles;

static void add_kind(struct fen_arena *arena, struct fen_view_items *items,
                     enum fen_view_kind kind, const char *english, const char *chinese,
                     struct fen_str value)
{
    struct fen_view_item item = {fen_str_from(fen_language_pick(english, chinese)), value, kind};
    FEN_ARENA_PUSH(arena, items->items, items->count, items->capacity, item);
}

static void add(struct fen_arena *arena, struct fen_view_items *items, const char *english,
                const char *chinese, struct fen_str value)
{
    add_kind(arena, items, FEN_VIEW_TEXT, english, chinese, value);
}

static struct fen_str names_text(struct fen_arena *arena, const struct fen_str *names,
                                 uint32_t count)
{
    struct fen_str text = FEN_STR("");
    for (uint32_t index = 0; index < count; index++)
        text = fen_phrase_joined(arena, text, fen_language_pick(", ", "、"),
                                 fen_phrase_quoted(arena, names[index]));
    return text.size > 0 ? text : fen_str_from(fen_language_pick("none", "无"));
}

static struct fen_str window_text(struct fen_arena *arena, const struct fen_plan *plan)
{
    if (plan->share_window_ms == FEN_NONE)
        return fen_str_from(fen_language_pick("none", "无"));
    struct fen_str text = fen_phrase_duration(arena, plan->share_window_ms);
    for (uint32_t index = 0; index < plan->channel_window_count; index++) {
        const struct fen_channel_window *window = &plan->channel_windows[index];
        struct fen_str part = fen_arena_format(
            arena, "%.*s %.*s", FEN_STR_ARG(fen_phrase_quoted(arena, window->channel)),
            FEN_STR_ARG(fen_phrase_duration(arena, window->window_ms)));
        text = fen_phrase_joined(arena, text, fen_language_pick(", ", "，"), part);
    }
    if (plan->is_sku_first)
        text = fen_phrase_joined(arena, text, fen_language_pick(", ", "，"),
                                 fen_str_from(fen_language_pick("the same sku first", "同款优先")));
    return text;
}

/* "share house; bind store": the roles whose policy is not the default. */
static struct fen_str policies_text(struct fen_arena *arena, const struct fen_plan *plan,
                                    bool is_refund)
{
    const struct fen_words *words = is_refund ? &fen_refund_words : &fen_leaver_words;
    int usual = is_refund ? (int)FEN_REFUND_WITHHOLD : (int)FEN_LEAVER_PAY;
    struct fen_str text = fen_str_from(fen_words_spell(words, usual, fen_language()));
    for (uint32_t index = 0; index < fen_view_role_count; index++) {
        enum fen_role role = fen_view_roles[index];
        int policy = is_refund ? (int)plan->refund[role] : (int)plan->leaver[role];
        if (policy == usual)
            continue;
        struct fen_str part =
            fen_arena_format(arena, "%.*s %s", FEN_STR_ARG(fen_phrase_role(role)),
                             fen_words_spell(words, policy, fen_language()));
        text = fen_phrase_joined(arena, text, fen_language_pick("; ", "；"), part);
    }
    return text;
}

static struct fen_str offset_text(struct fen_arena *arena, int64_t offset_ms)
{
    int64_t minutes = (offset_ms < 0 ? -offset_ms : offset_ms) / 60000;
    return fen_arena_format(arena, "%c%02d:%02d", offset_ms < 0 ? '-' : '+', (int)(minutes / 60),
                            (int)(minutes % 60));
}

static void add_orders(struct fen_arena *arena, const struct fen_plan *plan,
                       struct fen_view_items *items)
{
    add_kind(arena, items, FEN_VIEW_SET, "base adds back", "基数加回",
             names_text(arena, plan->add_back, plan->add_back_count));
    add_kind(arena, items, FEN_VIEW_SET, "base leaves out", "基数剔除",
             names_text(arena, plan->exclude, plan->exclude_count));
    add_kind(arena, items, FEN_VIEW_SET, "share window", "分享有效期", window_text(arena, plan));
    add(arena, items, "exclusive credit", "独占顺序",
        plan->credit_order_count == 0
            ? fen_str_from(fen_language_pick("none, all stack", "无，各角色叠加"))
            : fen_phrase_roles(arena, plan->credit_order, plan->credit_order_count));
    add(arena, items, "own purchases", "自购",
        fen_str_from(fen_words_spell(&fen_self_purchase_words, plan->pays_self_purchase ? 1 : 0,
                                     fen_language())));
    add(arena, items, "leavers", "离职", policies_text(arena, plan, false));
    add(arena, items, "refunds", "退款", policies_text(arena, plan, true));
}

struct fen_view_items fen_view_head(struct fen_arena *arena, const struct fen_plan *plan)
{
    struct fen_view_items items = {0};
    add(arena, &items, "plan", "方案", plan->id);
    add(arena, &items, "version", "版本", fen_arena_format(arena, "%u", plan->version));
    add(arena, &items, "name", "名称", plan->name);
    add(arena, &items, "currency", "币种", plan->currency);
    add(arena, &items, "time zone", "时区", offset_text(arena, plan->offset_ms));
    add(arena, &items, "in force from", "生效", fen_phrase_time(arena, plan, plan->from_ms));
    add(arena, &items, "until", "失效",
        plan->to_ms == INT64_MAX ? fen_str_from(fen_language_pick("open", "未定"))
                                 : fen_phrase_time(arena, plan, plan->to_ms));
    add_orders(arena, plan, &items);
    return items;
}

struct fen_view_items fen_view_rule(struct fen_arena *arena, const struct fen_plan *plan,
                                    const struct fen_rule *rule)
{
    struct fen_view_items items = {0};
    add_kind(arena, &items, FEN_VIEW_CONDITIONS, "when", "适用",
             fen_phrase_when(arena, plan, rule));
    add(arena, &items, "pay", "佣金", fen_phrase_pay(arena, plan, rule));
    add(arena, &items, "cap", "封顶", fen_phrase_cap(arena, plan, rule));
    add_kind(arena, &items, FEN_VIEW_SET, "split", "分成", fen_phrase_split(arena, rule));
    add(arena, &items, "earned", "计入", fen_phrase_earned(rule));
    add(arena, &items, "hold", "冻结", fen_phrase_hold(arena, rule));
    add(arena, &items, "funder", "承担", fen_phrase_funder(rule));
    return items;
}

static void view_head(struct fen_sheet *sheet, const struct fen_plan *plan)
{
    struct fen_view_items head = fen_view_head(sheet->arena, plan);
    struct fen_sheet_table *table =
        fen_sheet_add_table(sheet, fen_language_pick("In general", "总则"), NULL, 2);
    for (uint32_t index = 0; index < head.count; index++) {
        struct fen_str cells[] = {head.items[index].name, head.items[index].value};
        if (cells[1].size > 0)
            fen_sheet_add_row(sheet, table, cells, 2);
    }
}

static void view_rules(struct fen_sheet *sheet, const struct fen_plan *plan)
{
    static const char *const english[] = {"role",  "rule",   "when", "pay",   "cap",
                                          "split", "earned", "hold", "funder"};
    static const char *const chinese[] = {"角色", "规则", "适用", "佣金", "封顶",
                                          "分成", "计入", "冻结", "承担"};
    bool is_chinese = fen_language() == FEN_LANGUAGE_CHINESE;
    struct fen_sheet_table *table =
        fen_sheet_add_table(sheet, fen_language_pick("Rules, the first that fits is used", "规则"
                                                     "（同一角色自上而下，首条适用者生效）"),
                            is_chinese ? chinese : english, 9);
    for (uint32_t at = 0; at < fen_view_role_count; at++) {
        enum fen_role role = fen_view_roles[at];
        for (uint32_t index = 0; index < plan->rule_count[role]; index++) {
            const struct fen_rule *rule = &plan->rules[role][index];
            struct fen_view_items items = fen_view_rule(sheet->arena, plan, rule);
            struct fen_str cells[9] = {fen_phrase_role(role), rule->name};
            for (uint32_t item = 0; item < items.count; item++)
                cells[item + 2] = items.items[item].value;
            fen_sheet_add_row(sheet, table, cells, 9);
        }
    }
}

static void view_limits(struct fen_sheet *sheet, const struct fen_plan *plan)
{
    static const char *const english[] = {"limit", "roles", "at most"};
    static const char *const chinese[] = {"上限", "角色", "限额"};
    bool is_chinese = fen_language() == FEN_LANGUAGE_CHINESE;
    if (plan->limit_count == 0)
        return;
    struct fen_sheet_table *table = fen_sheet_add_table(sheet, fen_language_pick("Limits", "上限"),
                                                        is_chinese ? chinese : english, 3);
    for (uint32_t index = 0; index < plan->limit_count; index++) {
        const struct fen_limit *limit = &plan->limits[index];
        struct fen_str cells[] = {limit->name,
                                  fen_phrase_roles(sheet->arena, limit->roles, limit->role_count),
                                  fen_phrase_limit(sheet->arena, plan, limit)};
        fen_sheet_add_row(sheet, table, cells, 3);
    }
}

static void view_bonuses(struct fen_sheet *sheet, const struct fen_plan *plan)
{
    static const char *const english[] = {"bonus", "roles", "a guide's month, by"};
    static const char *const chinese[] = {"奖励", "角色", "每人每月，依据"};
    bool is_chinese = fen_language() == FEN_LANGUAGE_CHINESE;
    if (plan->bonus_count == 0)
        return;
    struct fen_sheet_table *table = fen_sheet_add_table(sheet, fen_language_pick("Bonuses", "奖励"),
                                                        is_chinese ? chinese : english, 3);
    for (uint32_t index = 0; index < plan->bonus_count; index++) {
        const struct fen_bonus *bonus = &plan->bonuses[index];
        struct fen_str cells[] = {bonus->name,
                                  fen_phrase_roles(sheet->arena, bonus->roles, bonus->role_count),
                                  fen_phrase_bonus(sheet->arena, plan, bonus)};
        fen_sheet_add_row(sheet, table, cells, 3);
    }
}

static void view_tasks(struct fen_sheet *sheet, const struct fen_plan *plan)
{
    static const char *const english[] = {"task", "pays"};
    static const char *const chinese[] = {"任务", "奖励"};
    bool is_chinese = fen_language() == FEN_LANGUAGE_CHINESE;
    if (plan->task_count == 0)
        return;
    struct fen_sheet_table *table =
        fen_sheet_add_table(sheet, fen_language_pick("Tasks, borne by hq", "任务（总部承担）"),
                            is_chinese ? chinese : english, 2);
    for (uint32_t index = 0; index < plan->task_count; index++) {
        struct fen_str cells[] = {plan->tasks[index].task,
                                  fen_phrase_task(sheet->arena, plan, &plan->tasks[index])};
        fen_sheet_add_row(sheet, table, cells, 2);
    }
}

void fen_view_plan(struct fen_sheet *sheet, const struct fen_plan *plan)
{
    static const char *const english[] = {"Operations", "Finance", NULL};
    static const char *const chinese[] = {"运营", "财务", NULL};
    sheet->title = fen_arena_format(
        sheet->arena, "%.*s%s%.*s@%u", FEN_STR_ARG(plan->name), plan->name.size > 0 ? " · " : "",
        FEN_STR_ARG(plan->id), plan->version);
    sheet->signatures = fen_language() == FEN_LANGUAGE_CHINESE ? chinese : english;
    view_head(sheet, plan);
    view_rules(sheet, plan);
    view_limits(sheet, plan);
    view_bonuses(sheet, plan);
    view_tasks(sheet, plan);
}
