/* plan_export: `fen plan export FILE`, the rules of a plan as a sheet. */
#include "cli/commands.h"
#include "cli/plan/plan_file.h"
#include "cli/plan/rate_sheet.h"
#include "cli/text/yaml_text.h"

enum fen_exit fen_command_plan_export(const struct fen_arguments *arguments)
{
    struct fen_arena *arena = fen_arena_create((size_t)1 << 16);
    struct fen_plan_source source;
    struct fen_buffer out = {0};
    enum fen_exit result = fen_plan_operands(arguments, 1, 1);
    if (result == FEN_EXIT_OK)
        result = fen_plan_source_need(&source, arguments->operands[0], arena);
    if (result == FEN_EXIT_OK) {
        fen_rate_append(source.document.plan, fen_yaml_language(source.document.root),
                        !fen_arguments_has(arguments, "plain"), arena, &out);
        result = fen_plan_write(fen_arguments_text(arguments, "out"), &out);
    }
    fen_buffer_deinit(&out);
    fen_arena_destroy(arena);
    return result;
}
