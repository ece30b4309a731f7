/*
 * parse: bytes -> lint -> nodes -> plan -> matcher. See parse.h.
 *
 * A text that is not YAML is read again with what is plain about it mended, and without the part
 * that is not, so that one reading still reports all mistakes; since there is one, no plan comes of
 * it.
 */
#include "plan/parse.h"

#include "base/hash.h"
#include "plan/case.h"
#include "plan/compile.h"
#include "plan/lint.h"
#include "plan/match.h"
#include "plan/repeat.h"
#include "plan/review.h"
#include "plan/syntax.h"

/* Nodes take about forty times the bytes of a file; most files have 2 KiB. */
#define SCRATCH_CHUNK_BYTES ((size_t)64 << 10)

/* Lines mended or left out in one reading; each costs a reading of its own. */
#define MENDED_LINE_COUNT_MAX 50u

/* A text on its way to nodes. */
struct source {
    struct fen_str text; /* as mended so far */
    struct fen_arena *arena;
    struct fen_diagnostics *diagnostics;
    struct fen_syntax syntax;
    struct fen_syntax reported; /* the last one */
    uint32_t first; /* of the diagnostics with columns of the text as it is now */
};

/* Columns of what was reported since `from`, in the file: a mended text has characters more. */
static void restore_columns(struct fen_str text, struct fen_diagnostics *diagnostics, uint32_t from)
{
    if (text.size == 0 || memchr(text.data, '\t', text.size) == NULL)
        return;
    for (uint32_t index = from; index < diagnostics->count; index++) {
        struct fen_diagnostic *item = &diagnostics->items[index];
        item->column = fen_lint_column(text, item->line, item->column);
    }
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

/* Whether there is a complaint about one of these lines: the next is out of order for that. */
static bool has_error_in(const struct fen_diagnostics *diagnostics, uint32_t first, uint32_t last)
{
    for (uint32_t index = 0; index < diagnostics->count; index++)
        if (diagnostics->items[index].line >= first && diagnostics->items[index].line <= last)
            return true;
    return false;
}

/* Whether the line at fault stands behind one that has been left out: what it belonged to. */
static bool is_consequence(const struct source *source)
{
    uint32_t line = source->syntax.line;
    uint32_t first = fen_lint_line_before(source->text, line) + 1;
    return fen_syntax_may_follow(&source->syntax) && first < line &&
           has_error_in(source->diagnostics, first, line - 1);
}

/* Mend what is plain about the line at fault, or where libyaml may have noticed too late. */
static bool mend_line(struct source *source)
{
    const struct fen_syntax *syntax = &source->syntax;
    /* What is not closed on its line was not meant to be closed on a later one. */
    bool is_noticed_late = syntax->line == syntax->line_noticed && syntax->line > 1;
    return fen_lint_line(source->text, syntax->line, source->arena, source->diagnostics,
                         &source->text) > 0 ||
           (is_noticed_late && fen_lint_line(source->text, syntax->line - 1, source->arena,
                                             source->diagnostics, &source->text) > 0);
}

/* Whether what is wrong with the line at fault has been told. */
static bool is_explained(const struct source *source)
{
    uint32_t line = source->syntax.line;
    uint32_t first = fen_syntax_may_follow(&source->syntax) ? line - 1 : line;
    return is_consequence(source) || has_error_in(source->diagnostics, first, line);
}

/* Leave out the line at fault, or the nearest before it that is not empty. */
static bool leave_out(struct source *source)
{
    uint32_t line = source->syntax.line;
    if (!is_explained(source) && !fen_syntax_is_same(&source->reported, &source->syntax)) {
        fen_syntax_report(source->text, &source->syntax, source->diagnostics);
        source->reported = source->syntax;
    }
    source->diagnostics->is_partial = true;
    while (line > 0 && !fen_lint_leave_out(source->text, line, source->arena, &source->text))
        line--;
    return line > 0;
}

/* After a reading that failed: make the text more like YAML. False: nothing more can be done. */
static bool improve(struct source *source, bool is_first)
{
    struct fen_str before = source->text;
    uint32_t from = source->diagnostics->count;
    bool is_mended = is_first && fen_lint_colons(before, source->arena, source->diagnostics,
                                                 &source->text) > 0;
    is_mended = is_mended ||
                (source->syntax.line > 0 && !is_consequence(source) && mend_line(source));
    bool is_improved = is_mended || (source->syntax.line > 0 && leave_out(source));
    restore_columns(before, source->diagnostics, from);
    return is_improved;
}

/*
 * The nodes of a text, which is mended where it has to be; NULL, with at least one mistake
 * reported, when there are none.
 */
static struct fen_node *read_nodes(struct source *source, bool has_tab)
{
    struct fen_diagnostics *diagnostics = source->diagnostics;
    struct mark before = mark_of(diagnostics);
    struct fen_node *root = NULL;
    for (uint32_t round = 0; round < MENDED_LINE_COUNT_MAX; round++) {
        struct mark mark = mark_of(diagnostics);
        source->first = mark.count;
        root = fen_node_read(source->text, source->arena, diagnostics, &source->syntax);
        /* Lines with nothing but full-width colons are one long scalar. */
        bool is_one_scalar = round == 0 && root != NULL && root->kind == FEN_NODE_SCALAR;
        if (source->syntax.line == 0 && !is_one_scalar)
            break;
        take_back(diagnostics, mark);
        fen_syntax_blame(source->text, &source->syntax);
        if (!improve(source, round == 0))
            break;
    }
    if (root == NULL && diagnostics->error_count == before.error_count && !has_tab)
        fen_diagnose(diagnostics, (struct fen_place){1, 1, FEN_STR_NONE},
                     "the file is empty; begin with `plan: NAME`",
                     "文件为空；请从“方案: 名称”写起");
    return root;
}

/* One reading: of the rules alone, or of all the file for those who check it. */
struct parse {
    struct fen_reader reader;
    struct source source;
    struct fen_node *root; /* NULL: there is none */
    uint32_t errors_before;
};

/* Text, nodes, rules. False: not even a text. */
static bool read_rules(struct parse *parse, struct fen_str yaml, struct fen_plan_document *document)
{
    struct fen_diagnostics *diagnostics = parse->reader.diagnostics;
    *document = (struct fen_plan_document){0};
    parse->errors_before = diagnostics->error_count;
    parse->reader.symbols = fen_symbols_create(parse->reader.arena);
    if (!fen_lint_bytes(yaml, parse->reader.scratch, diagnostics, &document->text))
        return false;
    bool has_tab = diagnostics->error_count > parse->errors_before;
    parse->source = (struct source){.text = document->text,
                                    .arena = parse->reader.scratch,
                                    .diagnostics = diagnostics};
    parse->root = read_nodes(&parse->source, has_tab);
    document->root = parse->root;
    if (parse->root != NULL)
        fen_compile_plan(&parse->reader, parse->root);
    return true;
}

/* Once every part has been read and reviewed. Whether there is no error. */
static bool close_reading(struct parse *parse)
{
    struct fen_diagnostics *diagnostics = parse->reader.diagnostics;
    restore_columns(parse->source.text, diagnostics, parse->source.first);
    fen_diagnostics_sort(diagnostics);
    return diagnostics->error_count == parse->errors_before;
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
    struct parse parse = {.reader = {.arena = arena,
                                     .scratch = scratch,
                                     .diagnostics = diagnostics,
                                     .plan = FEN_ARENA_NEW(arena, struct fen_plan)}};
    struct fen_plan_document document;
    bool is_text = read_rules(&parse, yaml, &document);
    if (parse.root != NULL) {
        fen_repeat_read(&parse.reader, parse.root, false);
        fen_node_refuse_wide(parse.root, diagnostics);
    }
    bool is_good = close_reading(&parse) && is_text;
    fen_arena_destroy(scratch);
    return is_good ? finish(&parse.reader, yaml) : NULL;
}

bool fen_plan_read(struct fen_str yaml, struct fen_arena *arena,
                   struct fen_diagnostics *diagnostics, struct fen_plan_document *document_out)
{
    struct parse parse = {.reader = {.arena = arena,
                                     .scratch = arena,
                                     .diagnostics = diagnostics,
                                     .plan = FEN_ARENA_NEW(arena, struct fen_plan)}};
    bool is_text = read_rules(&parse, yaml, document_out);
    document_out->cases = fen_cases_read(&parse.reader, document_out->root);
    if (parse.root != NULL) {
        fen_repeat_read(&parse.reader, parse.root, true);
        fen_node_refuse_wide(parse.root, diagnostics);
        fen_review_plan(&parse.reader, parse.root);
    }
    bool is_good = close_reading(&parse) && is_text;
    if (is_good)
        document_out->plan = finish(&parse.reader, yaml);
    return is_good;
}
