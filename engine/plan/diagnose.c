/* diagnose: see diagnose.h and parse.h. */
#include "plan/diagnose.h"

#include <stdarg.h>
#include <stdio.h>

#include "plan/character.h"

/* Texts at fault are shown, not kept: a longer one is cut. */
#define TEXT_SIZE_BYTES_MAX 120u

void fen_diagnostics_add(struct fen_diagnostics *diagnostics, bool is_warning, uint32_t line,
                         uint32_t column, struct fen_str text, struct fen_str message)
{
    if (!is_warning)
        diagnostics->error_count++;
    if (diagnostics->count == FEN_DIAGNOSTIC_COUNT_MAX)
        return;
    struct fen_str shown = fen_character_clip(text, TEXT_SIZE_BYTES_MAX);
    struct fen_diagnostic diagnostic = {line, column, is_warning,
                                        fen_arena_copy(diagnostics->arena, shown),
                                        fen_arena_copy(diagnostics->arena, message)};
    FEN_ARENA_PUSH(diagnostics->arena, diagnostics->items, diagnostics->count,
                   diagnostics->capacity, diagnostic);
}

__attribute__((format(printf, 4, 0))) static void
add_formatted(struct fen_diagnostics *diagnostics, bool is_warning, struct fen_place place,
              const char *format, va_list arguments)
{
    char message[1024];
    int size = vsnprintf(message, sizeof message, format, arguments);
    FEN_ASSERT(size >= 0);
    /* A message that filled the buffer may end within a character. */
    struct fen_str clipped = fen_character_clip(fen_str_from(message), sizeof message - 8);
    fen_diagnostics_add(diagnostics, is_warning, place.line, place.column, place.text, clipped);
}

void fen_diagnose(struct fen_diagnostics *diagnostics, struct fen_place place, const char *english,
                  const char *chinese, ...)
{
    bool is_chinese = diagnostics->language == FEN_LANGUAGE_CHINESE;
    va_list arguments;
    va_start(arguments, chinese);
    add_formatted(diagnostics, false, place, is_chinese ? chinese : english, arguments);
    va_end(arguments);
}

void fen_diagnose_absence(struct fen_diagnostics *diagnostics, struct fen_place place,
                          const char *english, const char *chinese, ...)
{
    bool is_chinese = diagnostics->language == FEN_LANGUAGE_CHINESE;
    va_list arguments;
    if (diagnostics->is_partial)
        return;
    va_start(arguments, chinese);
    add_formatted(diagnostics, false, place, is_chinese ? chinese : english, arguments);
    va_end(arguments);
}

void fen_diagnose_warning(struct fen_diagnostics *diagnostics, struct fen_place place,
                          const char *english, const char *chinese, ...)
{
    bool is_chinese = diagnostics->language == FEN_LANGUAGE_CHINESE;
    va_list arguments;
    va_start(arguments, chinese);
    add_formatted(diagnostics, true, place, is_chinese ? chinese : english, arguments);
    va_end(arguments);
}

bool fen_diagnostics_has_error_at(const struct fen_diagnostics *diagnostics,
                                  struct fen_place place)
{
    for (uint32_t index = 0; index < diagnostics->count; index++) {
        const struct fen_diagnostic *item = &diagnostics->items[index];
        if (!item->is_warning && item->line == place.line && item->column == place.column)
            return true;
    }
    return false;
}

static bool is_before(const struct fen_diagnostic *a, const struct fen_diagnostic *b)
{
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

void fen_diagnostics_sort(struct fen_diagnostics *diagnostics)
{
    /* Insertion: stable, and at most FEN_DIAGNOSTIC_COUNT_MAX items, mostly in order already. */
    for (uint32_t index = 1; index < diagnostics->count; index++) {
        struct fen_diagnostic moved = diagnostics->items[index];
        uint32_t place = index;
        for (; place > 0 && is_before(&moved, &diagnostics->items[place - 1]); place--)
            diagnostics->items[place] = diagnostics->items[place - 1];
        diagnostics->items[place] = moved;
    }
}

struct fen_str fen_diagnostics_first(const struct fen_diagnostics *diagnostics,
                                     struct fen_arena *arena)
{
    const struct fen_diagnostic *first = diagnostics->items;
    const struct fen_diagnostic *end = first + diagnostics->count;
    while (first != end && first->is_warning)
        first++;
    FEN_ASSERT(first != end);
    struct fen_str text = first->text.size == 0
                              ? FEN_STR_NONE
                              : fen_arena_format(arena, "\"%.*s\": ", FEN_STR_ARG(first->text));
    return fen_arena_format(arena, "line %u, column %u: %.*s%.*s (%u mistake%s in all)",
                            first->line, first->column, FEN_STR_ARG(text),
                            FEN_STR_ARG(first->message), diagnostics->error_count,
                            diagnostics->error_count == 1 ? "" : "s");
}
