/*
 * plan_check: `fen plan check FILE…`, every mistake of every file at once.
 *
 * Findings are the command's result and go to standard output; the exit code says whether there
 * were errors.
 */
#include "cli/plan/plan_check.h"

#include <stdlib.h>

#include "cli/commands.h"
#include "cli/explain/explain_text.h"
#include "cli/plan/plan_file.h"
#include "plan/diagnose.h"
#include "plan/review.h"

static enum fen_exit read_sources(struct fen_plan_checking *checking,
                                  const struct fen_arguments *arguments)
{
    enum fen_exit result = FEN_EXIT_OK;
    checking->sources = fen_arena_allocate_zeroed(
        checking->arena, arguments->operand_count * sizeof *checking->sources);
    for (uint32_t index = 0; index < arguments->operand_count; index++) {
        enum fen_exit one = fen_plan_source_read(&checking->sources[checking->source_count],
                                                 arguments->operands[index], checking->arena);
        checking->source_count += one == FEN_EXIT_OK;
        checking->unreadable_count += one != FEN_EXIT_OK;
        result = one == FEN_EXIT_OK ? result : one;
    }
    return result;
}

/* What the files are to each other. */
static void review_together(struct fen_plan_checking *checking)
{
    uint32_t count = checking->source_count;
    const struct fen_plan **plans =
        fen_arena_allocate_zeroed(checking->arena, ((size_t)count + 1) * sizeof *plans);
    const char **names =
        fen_arena_allocate_zeroed(checking->arena, ((size_t)count + 1) * sizeof *names);
    for (uint32_t index = 0; index < count; index++) {
        plans[index] = checking->sources[index].document.plan;
        names[index] = checking->sources[index].path;
    }
    for (uint32_t index = 0; index < count; index++) {
        struct fen_diagnostics *diagnostics = &checking->sources[index].diagnostics;
        fen_review_versions(plans, names, count, index, diagnostics);
        fen_diagnostics_sort(diagnostics);
    }
}

void fen_plan_check_tell(const struct fen_plan_checking *checking, struct fen_buffer *out)
{
    uint32_t error_count = 0, warning_count = 0;
    for (uint32_t index = 0; index < checking->source_count; index++) {
        const struct fen_plan_source *source = &checking->sources[index];
        const struct fen_plan *plan = source->document.plan;
        fen_diagnostics_append_text(source->path, &source->diagnostics, true, out);
        error_count += source->diagnostics.error_count;
        for (uint32_t item = 0; item < source->diagnostics.count; item++)
            warning_count += source->diagnostics.items[item].is_warning;
        if (plan != NULL && source->diagnostics.error_count == 0)
            fen_explain_say(out, "%s: ok (%.*s@%u)\n", "%s：通过（%.*s@%u）\n", source->path,
                            FEN_STR_ARG(plan->id), plan->version);
    }
    /* Of no file nothing can be said, least of all that it has no errors. */
    if (checking->source_count > 0)
        fen_explain_say(out, "%u error(s), %u warning(s)\n", "%u 处错误，%u 处警告\n",
                        error_count, warning_count);
    if (checking->unreadable_count > 0)
        fen_explain_say(out, "%u file(s) not read\n", "%u 个文件未能读取\n",
                        checking->unreadable_count);
}

enum fen_exit fen_plan_check_read(struct fen_plan_checking *checking,
                                  const struct fen_arguments *arguments)
{
    enum fen_exit result = read_sources(checking, arguments);
    review_together(checking);
    return result;
}

bool fen_plan_check_has_error(const struct fen_plan_checking *checking)
{
    bool has_error = false;
    for (uint32_t index = 0; index < checking->source_count; index++)
        has_error = has_error || checking->sources[index].diagnostics.error_count > 0;
    return has_error;
}

enum fen_exit fen_command_plan_check(const struct fen_arguments *arguments)
{
    struct fen_plan_checking checking = {.arena = fen_arena_create((size_t)1 << 16)};
    struct fen_buffer out = {0};
    enum fen_exit result = fen_plan_operands(arguments, 1, UINT32_MAX);
    if (result == FEN_EXIT_OK) {
        bool is_json = fen_arguments_has(arguments, "json");
        result = fen_plan_check_read(&checking, arguments);
        for (uint32_t index = 0; index < checking.source_count && is_json; index++)
            fen_diagnostics_append_json(checking.sources[index].path,
                                        &checking.sources[index].diagnostics, &out);
        if (!is_json)
            fen_plan_check_tell(&checking, &out);
        enum fen_exit written = fen_plan_write("-", &out);
        if (result == FEN_EXIT_OK)
            result = fen_plan_check_has_error(&checking) ? FEN_EXIT_CONFIG : written;
    }
    fen_buffer_deinit(&out);
    fen_arena_destroy(checking.arena);
    return result;
}
