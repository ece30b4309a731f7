/*
 * parse: bytes -> lint -> nodes -> plan -> matcher. See parse.h.
 *
 * A text that is not YAML because of full-width colons is read again with them mended, so that one
 * reading still reports all mistakes; since they are errors, no plan comes of it.
 */
#include "plan/parse.h"

#include "base/hash.h"
#include "plan/case.h"
#include "plan/compile.h"
#include "plan/lint.h"
#include "plan/match.h"
#include "plan/review.h"

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

/* What both readings share: text, nodes, rules. Whether there is no error so far. */
static bool read_rules(struct fen_reader *reader, struct fen_str yaml,
                       struct fen_plan_document *document)
{
    struct fen_diagnostics *diagnostics = reader->diagnostics;
    uint32_t errors_before = diagnostics->error_count;
    *document = (struct fen_plan_document){0};
    if (!fen_lint_bytes(yaml, reader->scratch, diagnostics, &document->text))
        return false;
    bool has_tab = diagnostics->error_count > errors_before;
    document->root = read_nodes(document->text, has_tab, reader->scratch, diagnostics);
    reader->symbols = fen_symbols_create(reader->arena);
    if (document->root != NULL)
        fen_compile_plan(reader, document->root);
    return diagnostics->error_count == errors_before;
}

static const struct fen_plan *finish(struct fen_reader *reader, struct fen_str yaml)
{
    struct fen_plan *plan = reader->plan;
    plan->yaml = fen_arena_copy(reader->arena, yaml);
    plan->content = fen_hash(yaml);
    plan->matcher = fen_matcher_create(plan, reader->symbols, reader->arena);
    return plan;
}

const struct fen_plan *fen_plan_parse(struct fen_str yaml, struct fen_arena *arena,
                                      struct fen_diagnostics *diagnostics)
{
    struct fen_arena *scratch = fen_arena_create(SCRATCH_CHUNK_BYTES);
    struct fen_reader reader = {.arena = arena,
                                .scratch = scratch,
                                .diagnostics = diagnostics,
                                .plan = FEN_ARENA_NEW(arena, struct fen_plan)};
    struct fen_plan_document document;
    bool is_good = read_rules(&reader, yaml, &document);
    fen_diagnostics_sort(diagnostics);
    fen_arena_destroy(scratch);
    return is_good ? finish(&reader, yaml) : NULL;
}

bool fen_plan_read(struct fen_str yaml, struct fen_arena *arena,
                   struct fen_diagnostics *diagnostics, struct fen_plan_document *document_out)
{
    struct fen_reader reader = {.arena = arena,
                                .scratch = arena,
                                .diagnostics = diagnostics,
                                .plan = FEN_ARENA_NEW(arena, struct fen_plan)};
    uint32_t errors_before = diagnostics->error_count;
    bool is_good = read_rules(&reader, yaml, document_out);
    document_out->cases = fen_cases_read(&reader, document_out->root);
    if (document_out->root != NULL)
        fen_review_plan(&reader, document_out->root);
    fen_diagnostics_sort(diagnostics);
    is_good = is_good && diagnostics->error_count == errors_before;
    if (is_good)
        document_out->plan = finish(&reader, yaml);
    return is_good;
}
