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

/* Lines of full-width punctuation mended in one reading; each costs a reading of its own. */
#define MENDED_LINE_COUNT_MAX 50u

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

/* Where the diagnostics stood: what a reading that is not the last one added is taken back. */
struct mark {
    uint32_t count;
    uint32_t error_count;
};

static struct mark mark_of(const struct fen_diagnostics *diagnostics)
{
    return (struct mark){diagnostics->count, diagnostics->error_count};
}

static void take_back(struct fen_diagnostics *diagnostics, struct mark mark)
{
    diagnostics->count = mark.count;
    diagnostics->error_count = mark.error_count;
}

/*
 * Read a text that is not YAML again with full-width punctuation mended, line by line, since each
 * hides what stands behind it. Whether there was any; `mark`: before the last reading.
 */
static bool mend_punctuation(struct fen_str text, struct fen_arena *arena,
                             struct fen_diagnostics *diagnostics, struct mark mark,
                             struct fen_diagnostic *syntax, struct fen_node **root)
{
    bool is_mended = false;
    for (uint32_t round = 0; syntax->line > 0 && round < MENDED_LINE_COUNT_MAX; round++) {
        struct mark behind = mark_of(diagnostics);
        struct fen_str mended;
        /* libyaml may notice only on the next line */
        if (fen_lint_punctuation(text, syntax->line, arena, diagnostics, &mended) == 0 &&
            fen_lint_punctuation(text, syntax->line - 1, arena, diagnostics, &mended) == 0)
            break;
        uint32_t found = diagnostics->count - behind.count;
        take_back(diagnostics, mark);
        for (uint32_t index = 0; index < found; index++)
            diagnostics->items[mark.count + index] = diagnostics->items[behind.count + index];
        diagnostics->count += found;
        diagnostics->error_count += found;
        mark = mark_of(diagnostics);
        text = mended;
        is_mended = true;
        *root = fen_node_read(text, arena, diagnostics, syntax);
    }
    return is_mended;
}

/*
 * The nodes of a text; NULL, with at least one mistake reported, when there are none. Behind a tab
 * or a full-width sign a syntax error is theirs and not reported.
 */
static struct fen_node *read_nodes(struct fen_str text, bool has_tab, struct fen_arena *arena,
                                   struct fen_diagnostics *diagnostics)
{
    struct fen_diagnostic syntax;
    struct mark before = mark_of(diagnostics), mark = before;
    struct fen_node *root = fen_node_read(text, arena, diagnostics, &syntax);
    bool is_explained = has_tab;
    /* Lines with nothing but full-width colons are one long scalar. */
    bool is_one_scalar = root != NULL && root->kind == FEN_NODE_BROKEN;
    if (syntax.line > 0 || is_one_scalar) {
        struct fen_str mended;
        /* What stood before the syntax error is reported again by the second reading. */
        take_back(diagnostics, before);
        is_explained = fen_lint_colons(text, arena, diagnostics, &mended) > 0 || has_tab;
        mark = mark_of(diagnostics);
        text = mended;
        root = fen_node_read(text, arena, diagnostics, &syntax);
    }
    if (mend_punctuation(text, arena, diagnostics, mark, &syntax, &root))
        is_explained = true;
    if (syntax.line > 0 && !is_explained)
        report_syntax(diagnostics, &syntax);
    if (root == NULL && diagnostics->error_count == before.error_count && !has_tab)
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
