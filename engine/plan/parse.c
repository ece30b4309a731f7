/*
 * parse: bytes -> lint -> nodes -> plan -> matcher. See parse.h.
 *
 * A text that is not YAML because of full-width colons is read again with them mended, so that one
 * reading still reports all mistakes; since they are errors, no plan comes of it.
 */
#include "plan/parse.h"

#include "base/hash.h"
#include "plan/compile.h"
#include "plan/lint.h"
#include "plan/match.h"

/* Nodes take about forty times the bytes of a file; most files have 2 KiB. */
#define SCRATCH_CHUNK_BYTES ((size_t)64 << 10)

/* libyaml's own words name no mend; the usual causes are. */
static void report_syntax(struct fen_diagnostics *diagnostics, const struct fen_diagnostic *syntax)
{
    struct fen_place place = {syntax->line, syntax->column, FEN_STR_NONE};
    fen_diagnose(diagnostics, place,
                 "not YAML: %.*s; look for a missing space after `:` or `-`, uneven indentation, "
                 "an open quote or bracket",
                 "不是合法的 YAML（%.*s）；请检查：“:”或“-”后是否缺空格、缩进是否对齐、"
                 "引号或括号是否成对",
                 FEN_STR_ARG(syntax->message));
}

/*
 * The nodes of a text; NULL, with at least one mistake reported, when there are none. Behind a tab
 * or a full-width colon a syntax error is theirs and not reported.
 */
static struct fen_node *read_nodes(struct fen_str text, bool has_tab, struct fen_arena *arena,
                                   struct fen_diagnostics *diagnostics)
{
    struct fen_diagnostic syntax;
    uint32_t count_before = diagnostics->count, errors_before = diagnostics->error_count;
    struct fen_node *root = fen_node_read(text, arena, diagnostics, &syntax);
    bool is_explained = has_tab;
    /* Lines with nothing but full-width colons are one long scalar. */
    bool is_one_scalar = root != NULL && root->kind == FEN_NODE_BROKEN;
    if (syntax.line > 0 || is_one_scalar) {
        struct fen_str mended;
        /* What stood before the syntax error is reported again by the second reading. */
        diagnostics->count = count_before;
        diagnostics->error_count = errors_before;
        is_explained = fen_lint_colons(text, arena, diagnostics, &mended) > 0 || has_tab;
        root = fen_node_read(mended, arena, diagnostics, &syntax);
    }
    if (syntax.line > 0 && !is_explained)
        report_syntax(diagnostics, &syntax);
    if (root == NULL && diagnostics->error_count == errors_before && !has_tab)
        fen_diagnose(diagnostics, (struct fen_place){1, 1, FEN_STR_NONE},
                     "the file is empty; begin with `plan: NAME`",
                     "文件为空；请从“方案: 名称”写起");
    return root;
}

const struct fen_plan *fen_plan_parse(struct fen_str yaml, struct fen_arena *arena,
                                      struct fen_diagnostics *diagnostics)
{
    struct fen_plan *plan = FEN_ARENA_NEW(arena, struct fen_plan);
    struct fen_arena *scratch = fen_arena_create(SCRATCH_CHUNK_BYTES);
    struct fen_reader reader = {
        .arena = arena, .scratch = scratch, .diagnostics = diagnostics, .plan = plan};
    uint32_t errors_before = diagnostics->error_count;
    struct fen_str text;
    if (fen_lint_bytes(yaml, scratch, diagnostics, &text)) {
        bool has_tab = diagnostics->error_count > errors_before;
        const struct fen_node *root = read_nodes(text, has_tab, scratch, diagnostics);
        reader.symbols = fen_symbols_create(arena);
        if (root != NULL)
            fen_compile_plan(&reader, root);
    }
    fen_diagnostics_sort(diagnostics);
    fen_arena_destroy(scratch);
    if (diagnostics->error_count > errors_before)
        return NULL;
    plan->yaml = fen_arena_copy(arena, yaml);
    plan->content = fen_hash(yaml);
    plan->matcher = fen_matcher_create(plan, reader.symbols, arena);
    return plan;
}
