/* rate_sheet: a plan's rules as cells; cells as rules: rate_read.c. See rate_sheet.h. */
#include "cli/plan/rate_sheet.h"

#include <inttypes.h>

#include "cli/plan/plan_phrase.h"
#include "cli/plan/plan_view.h"
#include "cli/plan/rate_cell.h"
#include "cli/plan/rate_header.h"
#include "model/event.h"

/* Signs that part values are written `\;` within one. */
static struct fen_str escaped(struct fen_arena *arena, struct fen_str text)
{
    char *copy = fen_arena_allocate(arena, (size_t)text.size * 2 + 1);
    uint32_t size = 0;
    for (uint32_t index = 0; index < text.size; index++) {
        if (text.data[index] == '\\' || fen_rate_sign(text, index) > 0)
            copy[size++] = '\\';
        copy[size++] = text.data[index];
    }
    return (struct fen_str){copy, size};
}

static struct fen_str texts_cell(struct fen_arena *arena, const struct fen_condition *condition,
                                 enum fen_language language)
{
    struct fen_str list = FEN_STR("");
    for (uint32_t at = 0; at < condition->symbol_count; at++) {
        struct fen_str text = condition->texts[at];
        const struct fen_word *kind = condition->dimension == FEN_DIMENSION_STORE_KIND
                                          ? fen_words_find(&fen_store_kind_words, text)
                                          : NULL;
        if (kind != NULL)
            text = fen_str_from(fen_words_spell(&fen_store_kind_words, kind->value, language));
        list = fen_phrase_joined(arena, list, "; ", escaped(arena, text));
    }
    return list;
}

static void when_cells(struct fen_arena *arena, const struct fen_plan *plan,
                       const struct fen_rule *rule, enum fen_language language,
                       struct fen_str *cells)
{
    for (uint32_t index = 0; index < rule->condition_count; index++)
        cells[FEN_RATE_WHEN + rule->conditions[index].dimension] =
            texts_cell(arena, &rule->conditions[index], language);
    for (uint32_t key = FEN_WHEN_KEY_BOUND_DAYS; key <= FEN_WHEN_KEY_BASE; key++)
        cells[FEN_RATE_WHEN + key] = fen_phrase_condition(arena, plan, rule, key, "; ");
}

static void pay_cells(struct fen_arena *arena, const struct fen_plan *plan,
                      const struct fen_pay *pay, enum fen_language language, struct fen_str *cells)
{
    struct fen_str money = fen_phrase_plain_money(arena, plan, pay->amount_fen);
    struct fen_str tiers = FEN_STR("");
    switch (pay->kind) {
    case FEN_PAY_PERCENT: cells[FEN_RATE_PAY] = fen_phrase_rate(arena, pay->rate_ppm); break;
    case FEN_PAY_PER_UNIT: cells[FEN_RATE_PER_UNIT] = money; break;
    case FEN_PAY_PER_LINE: cells[FEN_RATE_PER_LINE] = money; break;
    case FEN_PAY_PER_CUSTOMER: cells[FEN_RATE_PER_CUSTOMER] = money; break;
    case FEN_PAY_TIERS:
        for (uint32_t index = 0; index < pay->tier_count; index++) {
            struct fen_str from = fen_phrase_plain_money(arena, plan, pay->tiers[index].from_fen);
            struct fen_str rate = fen_phrase_rate(arena, pay->tiers[index].rate_ppm);
            tiers = fen_phrase_joined(arena, tiers, "; ",
                                      fen_arena_format(arena, "%.*s=%.*s", FEN_STR_ARG(from),
                                                       FEN_STR_ARG(rate)));
        }
        cells[FEN_RATE_TIERS] = tiers;
        cells[FEN_RATE_MODE] =
            fen_str_from(fen_words_spell(&fen_mode_words, pay->is_flat ? 1 : 0, language));
        break;
    }
}

void fen_rate_cells(struct fen_arena *arena, const struct fen_plan *plan,
                    const struct fen_rule *rule, enum fen_language language,
                    struct fen_str cells_out[FEN_RATE_COLUMN_COUNT])
{
    for (uint32_t column = 0; column < FEN_RATE_COLUMN_COUNT; column++)
        cells_out[column] = FEN_STR("");
    cells_out[FEN_RATE_ROLE] =
        fen_str_from(fen_words_spell(&fen_rule_roles, (int)rule->role, language));
    cells_out[FEN_RATE_RULE] = rule->name;
    when_cells(arena, plan, rule, language, cells_out);
    pay_cells(arena, plan, &rule->pay, language, cells_out);
    if (rule->role == FEN_ROLE_RECRUIT)
        return;
    if (rule->cap_line_fen != FEN_NONE)
        cells_out[FEN_RATE_CAP_LINE] = fen_phrase_plain_money(arena, plan, rule->cap_line_fen);
    if (rule->cap_order_fen != FEN_NONE)
        cells_out[FEN_RATE_CAP_ORDER] = fen_phrase_plain_money(arena, plan, rule->cap_order_fen);
    for (uint32_t index = 0; index < rule->split_count; index++)
        cells_out[FEN_RATE_SPLIT + rule->splits[index].portion] =
            fen_phrase_rate(arena, rule->splits[index].rate_ppm);
    cells_out[FEN_RATE_EARNED] =
        fen_str_from(fen_words_spell(&fen_fact_words, (int)rule->earned, language));
    if (rule->hold_from != FEN_FACT_NONE) {
        cells_out[FEN_RATE_HOLD_FROM] =
            fen_str_from(fen_words_spell(&fen_fact_words, (int)rule->hold_from, language));
        cells_out[FEN_RATE_HOLD_DAYS] = fen_arena_format(arena, "%" PRId32, rule->hold_days);
    }
    cells_out[FEN_RATE_FUNDER] =
        fen_str_from(fen_words_spell(&fen_entity_roles, (int)rule->funder, language));
}

/* Columns that are there also where no rule uses them: what people add. */
static bool is_always_there(uint32_t column)
{
    return column == FEN_RATE_ROLE || column == FEN_RATE_RULE || column == FEN_RATE_PAY ||
           column == FEN_RATE_CAP_LINE || column == FEN_RATE_CAP_ORDER ||
           column >= FEN_RATE_EARNED;
}

struct sheet_rows {
    struct fen_str (*rows)[FEN_RATE_COLUMN_COUNT];
    uint32_t count;
    bool has_column[FEN_RATE_COLUMN_COUNT];
};

static void add_rows(struct sheet_rows *rows, const struct fen_plan *plan, enum fen_role role,
                     enum fen_language language, struct fen_arena *arena)
{
    for (uint32_t index = 0; index < plan->rule_count[role]; index++) {
        struct fen_str *cells = rows->rows[rows->count++];
        fen_rate_cells(arena, plan, &plan->rules[role][index], language, cells);
        for (uint32_t column = 0; column < FEN_RATE_COLUMN_COUNT; column++)
            rows->has_column[column] |= cells[column].size > 0;
    }
}

/* Names and ids keep every sign; what is counted may be counted with. */
static enum fen_csv_form form_of(uint32_t column)
{
    bool is_text = column == FEN_RATE_RULE ||
                   (column >= FEN_RATE_WHEN && column < FEN_RATE_WHEN + FEN_DIMENSION_TEXT_COUNT);
    return is_text ? FEN_CSV_TEXT : FEN_CSV_NUMBER;
}

static void append_row(const struct sheet_rows *rows, const struct fen_str *cells, bool is_safe,
                       struct fen_buffer *out)
{
    for (uint32_t column = 0; column < FEN_RATE_COLUMN_COUNT; column++)
        if (rows->has_column[column])
            fen_csv_append_cell(out, cells[column], is_safe ? form_of(column) : FEN_CSV_PLAIN,
                                column == FEN_RATE_ROLE);
    fen_csv_append_end(out);
}

void fen_rate_append(const struct fen_plan *plan, enum fen_language language, bool is_safe,
                     struct fen_arena *arena, struct fen_buffer *out)
{
    struct sheet_rows rows = {0};
    struct fen_str headers[FEN_RATE_COLUMN_COUNT];
    uint32_t count = 0;
    for (uint32_t role = 0; role < FEN_ROLE_COUNT; role++)
        count += plan->rule_count[role];
    rows.rows = fen_arena_allocate(arena, ((size_t)count + 1) * sizeof *rows.rows);
    for (uint32_t column = 0; column < FEN_RATE_COLUMN_COUNT; column++) {
        rows.has_column[column] = is_always_there(column);
        headers[column] = fen_rate_header(column, language, arena);
    }
    for (uint32_t at = 0; at < fen_view_role_count; at++)
        add_rows(&rows, plan, fen_view_roles[at], language, arena);
    fen_csv_append_mark(out);
    append_row(&rows, headers, is_safe, out);
    for (uint32_t row = 0; row < rows.count; row++)
        append_row(&rows, rows.rows[row], is_safe, out);
}
