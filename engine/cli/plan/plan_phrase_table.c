/* plan_phrase_table: limits, bonuses and tasks in words. See plan_phrase.h. */
#include <inttypes.h>

#include "cli/plan/plan_phrase.h"
#include "model/event.h"

struct fen_str fen_phrase_limit(struct fen_arena *arena, const struct fen_plan *plan,
                                const struct fen_limit *limit)
{
    struct fen_str text = FEN_STR("");
    if (limit->line_ppm != FEN_NONE)
        text = fen_arena_format(arena, "%s %.*s",
                                fen_language_pick("a line at most", "每行不超过"),
                                FEN_STR_ARG(fen_phrase_rate(arena, limit->line_ppm)));
    if (limit->month_fen == FEN_NONE)
        return text;
    struct fen_str month =
        fen_arena_format(arena, "%s %.*s", fen_language_pick("a guide's month at most",
                                                             "每人每月不超过"),
                         FEN_STR_ARG(fen_phrase_money(arena, plan, limit->month_fen)));
    return fen_phrase_joined(arena, text, fen_language_pick("; ", "；"), month);
}

struct fen_str fen_phrase_bonus(struct fen_arena *arena, const struct fen_plan *plan,
                                const struct fen_bonus *bonus)
{
    struct fen_str text = fen_str_from(bonus->is_by_base ? fen_language_pick("base", "基数")
                                                         : fen_language_pick("amount", "佣金"));
    for (uint32_t step = 0; step < bonus->step_count; step++) {
        struct fen_str from = fen_phrase_money(arena, plan, bonus->steps[step].from_fen);
        struct fen_str amount = fen_phrase_money(arena, plan, bonus->steps[step].amount_fen);
        text = fen_arena_format(arena, "%.*s%s%.*s%s%.*s", FEN_STR_ARG(text),
                                step == 0 ? " " : fen_language_pick(", ", "，"),
                                FEN_STR_ARG(from), fen_language_pick(" and more: ", " 起奖 "),
                                FEN_STR_ARG(amount));
    }
    return text;
}

struct fen_str fen_phrase_task(struct fen_arena *arena, const struct fen_plan *plan,
                               const struct fen_task *task)
{
    struct fen_str text = FEN_STR("");
    for (uint32_t step = 0; step < task->step_count; step++) {
        const struct fen_task_step *row = &task->steps[step];
        struct fen_str amount = fen_phrase_money(arena, plan, row->amount_fen);
        struct fen_str part;
        if (!task->is_by_rank)
            part = fen_arena_format(arena, "%s%" PRId64 "%s%.*s",
                                    fen_language_pick("score ", ""), row->from,
                                    fen_language_pick(" and more: ", " 分起 "),
                                    FEN_STR_ARG(amount));
        else if (row->from == row->to)
            part = fen_arena_format(arena, "%s%" PRId64 "%s%.*s", fen_language_pick("rank ", "第 "),
                                    row->from, fen_language_pick(": ", " 名 "),
                                    FEN_STR_ARG(amount));
        else
            part = fen_arena_format(arena, "%s%" PRId64 "%s%" PRId64 "%s%.*s",
                                    fen_language_pick("ranks ", "第 "), row->from,
                                    fen_language_pick(" to ", " 至 "), row->to,
                                    fen_language_pick(": ", " 名 "), FEN_STR_ARG(amount));
        text = fen_phrase_joined(arena, text, fen_language_pick(", ", "，"), part);
    }
    return text;
}
