/* plan_show: `fen plan show FILE`, a plan as a table that finance can sign. */
#include <string.h>

#include "cli/commands.h"
#include "cli/plan/plan_file.h"
#include "cli/plan/plan_view.h"

static void append_sheet(const struct fen_sheet *sheet, const char *format,
                         struct fen_buffer *out)
{
    if (strcmp(format, "text") == 0)
        fen_sheet_append_text(sheet, out);
    else if (strcmp(format, "html") == 0)
        fen_sheet_append_html(sheet, out);
    else
        fen_sheet_append_csv(sheet, out);
}

enum fen_exit fen_command_plan_show(const struct fen_arguments *arguments)
{
    const char *format = fen_arguments_text(arguments, "format");
    enum fen_exit result = fen_plan_operands(arguments, 1, 1);
    if (result != FEN_EXIT_OK)
        return result;
    if (strcmp(format, "text") != 0 && strcmp(format, "html") != 0 && strcmp(format, "csv") != 0) {
        fen_say("--format is text, html or csv, not \"%s\"",
                "--format 是 text、html 或 csv，而不是“%s”", format);
        return FEN_EXIT_USAGE;
    }
    struct fen_arena *arena = fen_arena_create((size_t)1 << 16);
    struct fen_plan_source source;
    struct fen_buffer out = {0};
    result = fen_plan_source_need(&source, arguments->operands[0], arena);
    if (result == FEN_EXIT_OK) {
        struct fen_sheet sheet = {.arena = arena};
        fen_view_plan(&sheet, source.document.plan);
        append_sheet(&sheet, format, &out);
        result = fen_plan_write_out(arguments, &out);
    }
    fen_buffer_deinit(&out);
    fen_arena_destroy(arena);
    return result;
}
