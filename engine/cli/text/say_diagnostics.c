/* say_diagnostics: see the header. */
#include "cli/text/say_diagnostics.h"

#include <stdio.h>

#include "cli/options/language.h"

void fen_say_diagnostics(const char *path, const struct fen_diagnostics *diagnostics)
{
    for (uint32_t i = 0; i < diagnostics->count; i++) {
        const struct fen_diagnostic *item = &diagnostics->items[i];
        const char *grade = item->is_warning ? fen_language_pick("warning", "警告")
                                             : fen_language_pick("error", "错误");
        fprintf(stderr, "%s:%u:%u: %s: %.*s\n", path, item->line, item->column, grade,
                FEN_STR_ARG(item->message));
    }
}
