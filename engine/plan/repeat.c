/* repeat: see repeat.h. */
#include "plan/repeat.h"

#include "plan/case.h"
#include "plan/compile.h"
#include "plan/match.h"

/* Whether a place lies within a value or is its key's. */
static bool is_within(const struct fen_node *value, const struct fen_diagnostic *item)
{
    struct fen_place first = value->key->place;
    bool is_before = item->line < first.line ||
                     (item->line == first.line && item->column < first.column);
    bool is_behind = item->line > value->last_line ||
                     (item->line == value->last_line && item->column > value->last_column);
    return !is_before && !is_behind;
}

static bool is_told(const struct fen_diagnostics *diagnostics, const struct fen_diagnostic *item)
{
    for (uint32_t index = 0; index < diagnostics->count; index++) {
        const struct fen_diagnostic *told = &diagnostics->items[index];
        if (told->line == item->line && told->column == item->column &&
            fen_str_equal(told->message, item->message))
            return true;
    }
    return false;
}

/* Names are looked for anew: those of the value and of what it repeats are often the same. */
static void read_spare(struct fen_reader *reader, const struct fen_node *root,
                       const struct fen_node *spare, bool has_cases)
{
    struct fen_diagnostics *diagnostics = reader->diagnostics;
    struct fen_diagnostics found = {.arena = reader->scratch,
                                    .language = diagnostics->language,
                                    .is_partial = diagnostics->is_partial};
    struct fen_reader again = *reader;
    again.arena = reader->scratch;
    again.diagnostics = &found;
    again.plan = FEN_ARENA_NEW(reader->scratch, struct fen_plan);
    again.symbols = fen_symbols_create(reader->scratch);
    again.name_capacity = 0;
    again.name_count = 0;
    again.target = spare;
    fen_compile_plan(&again, root);
    if (has_cases)
        (void)fen_cases_read(&again, root);
    for (uint32_t index = 0; index < found.count; index++) {
        const struct fen_diagnostic *item = &found.items[index];
        if (!item->is_warning && is_within(spare, item) && !is_told(diagnostics, item))
            fen_diagnostics_add(diagnostics, false, item->line, item->column, item->text,
                                item->message);
    }
    reader->spare_count = again.spare_count;
    memcpy(reader->spares, again.spares, sizeof reader->spares);
}

void fen_repeat_read(struct fen_reader *reader, const struct fen_node *root, bool has_cases)
{
    for (uint32_t index = 0; index < reader->spare_count; index++)
        read_spare(reader, root, reader->spares[index], has_cases);
}
