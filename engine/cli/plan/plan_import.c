/*
 * plan_import: `fen plan import PLAN SHEET`, an edited sheet put back into the plan file.
 *
 * The result is read again before anything is written: a file that would have mistakes, or that
 * would say anything but the sheet, is not written. A file is replaced whole or not at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/explain/explain_text.h"
#include "cli/text/lines.h"
#include "cli/text/output.h"
#include "cli/plan/plan_diff.h"
#include "cli/plan/plan_file.h"
#include "cli/plan/rate_edit.h"
#include "cli/plan/rate_header.h"

struct importing {
    struct fen_arena *arena;
    struct fen_plan_source source;
    const char *sheet_path;
    struct fen_csv csv;
    struct fen_rates rates;
    struct fen_diagnostics diagnostics; /* of the sheet: lines are rows */
    struct fen_text_edit edit;
    struct fen_buffer text;
    struct fen_plan_document result; /* of `text` */
    uint32_t change_count;
};

/* "rates.csv: row 3, column E (pay): "; column 0 is the row as a whole. */
static void append_place(const struct importing *importing, const struct fen_diagnostic *item,
                         struct fen_buffer *out)
{
    const struct fen_csv *csv = &importing->csv;
    char letters[8];
    fen_explain_say(out, "%s: row %u", "%s：第 %u 行", importing->sheet_path, item->line);
    if (item->column > 0)
        fen_explain_say(out, ", column %s", " %s 列", fen_csv_column(item->column, letters));
    bool has_header = item->column > 0 && csv->row_count > 0 &&
                      item->column <= csv->rows[0].cell_count &&
                      csv->rows[0].cells[item->column - 1].size > 0;
    if (has_header)
        fen_explain_say(out, " (%.*s)", "（%.*s）",
                        FEN_STR_ARG(csv->rows[0].cells[item->column - 1]));
    fen_explain_say(out, ": ", "：");
}

/* Each with its place: "error: “x”: message". */
static void say_mistakes(const struct importing *importing)
{
    struct fen_buffer out = {0};
    for (uint32_t index = 0; index < importing->diagnostics.count; index++) {
        const struct fen_diagnostic *item = &importing->diagnostics.items[index];
        append_place(importing, item, &out);
        fen_explain_say(&out, "%s: ", "%s：",
                        item->is_warning ? fen_language_pick("warning", "警告")
                                         : fen_language_pick("error", "错误"));
        if (item->text.size > 0)
            fen_explain_say(&out, "\"%.*s\": ", "“%.*s”：", FEN_STR_ARG(item->text));
        fen_buffer_append_format(&out, "%.*s\n", FEN_STR_ARG(item->message));
    }
    if (out.size_bytes > 0)
        (void)fwrite(out.data, 1, out.size_bytes, stderr);
    fen_buffer_deinit(&out);
}

static enum fen_exit read_sheet(struct importing *importing)
{
    size_t size_bytes;
    uint32_t row = 0;
    char *bytes = fen_file_read(importing->sheet_path, &size_bytes);
    if (bytes == NULL || size_bytes > UINT32_MAX / 4) {
        fen_say("the sheet %s cannot be read: %s", "表格 %s 无法读取：%s", importing->sheet_path,
                bytes == NULL ? strerror(errno) : strerror(EFBIG));
        free(bytes);
        return FEN_EXIT_INPUT;
    }
    struct fen_str text =
        fen_arena_copy(importing->arena, (struct fen_str){bytes, (uint32_t)size_bytes});
    free(bytes);
    switch (fen_csv_read(text, importing->source.yaml, importing->arena, &importing->csv, &row)) {
    case FEN_CSV_OK: return FEN_EXIT_OK;
    case FEN_CSV_AMBIGUOUS:
        fen_say("the sheet %s can be read as UTF-8 and as GBK; save it as \"CSV UTF-8\"",
                "表格 %s 既可按 UTF-8 也可按 GBK 读；请另存为“CSV UTF-8”", importing->sheet_path);
        return FEN_EXIT_INPUT;
    case FEN_CSV_ENCODING:
        fen_say("the sheet %s is neither UTF-8 nor GBK; save it as CSV (UTF-8)",
                "表格 %s 既不是 UTF-8 也不是 GBK；请另存为 CSV（UTF-8）", importing->sheet_path);
        return FEN_EXIT_INPUT;
    case FEN_CSV_QUOTE:
        fen_say("%s: row %u: a quote is opened and not closed", "%s：第 %u 行：引号没有成对",
                importing->sheet_path, row);
        return FEN_EXIT_INPUT;
    }
    return FEN_EXIT_INPUT;
}

/* Whether two plans have the same rules, cell by cell. */
static bool is_same(struct importing *importing, const struct fen_plan *plan)
{
    struct fen_str wanted[FEN_RATE_COLUMN_COUNT], got[FEN_RATE_COLUMN_COUNT];
    const struct fen_plan *rules = &importing->rates.rules;
    for (uint32_t role = 0; role < FEN_ROLE_COUNT; role++) {
        if (plan->rule_count[role] != rules->rule_count[role])
            return false;
        for (uint32_t index = 0; index < plan->rule_count[role]; index++) {
            fen_rate_cells(importing->arena, plan, &plan->rules[role][index],
                           FEN_LANGUAGE_ENGLISH, got);
            fen_rate_cells(importing->arena, plan, &rules->rules[role][index],
                           FEN_LANGUAGE_ENGLISH, wanted);
            for (uint32_t column = 0; column < FEN_RATE_COLUMN_COUNT; column++)
                if (!fen_str_equal(got[column], wanted[column]))
                    return false;
        }
    }
    return true;
}

/* Whether the file is right with the sheet's rules; by its lines as they are. */
static enum fen_exit check_rest(struct importing *importing)
{
    struct fen_diagnostics diagnostics = {.arena = importing->arena, .language = fen_language()};
    if (fen_rate_fits(&importing->rates, &importing->source.document, importing->arena,
                      &diagnostics))
        return FEN_EXIT_OK;
    fen_say("with the rules of this sheet the rest of the plan has mistakes; nothing is written:",
            "按此表格的规则，方案的其余部分会有错误；未写任何文件：");
    fen_diagnostics_say(importing->source.path, &diagnostics, false);
    return FEN_EXIT_CONFIG;
}

/* The file as it would be, read again: it must say the sheet. */
static enum fen_exit check_result(struct importing *importing)
{
    struct fen_diagnostics diagnostics = {.arena = importing->arena, .language = fen_language()};
    struct fen_str text = fen_buffer_str(&importing->text);
    if (fen_plan_read(text, importing->arena, &diagnostics, &importing->result) &&
        is_same(importing, importing->result.plan))
        return FEN_EXIT_OK;
    fen_say("this sheet cannot be put into the file without changing more; nothing is written: "
            "edit the file itself",
            "此表格无法只改动相应位置写回，未写任何文件；请直接修改方案文件");
    return FEN_EXIT_FAILED;
}

static enum fen_exit edit(struct importing *importing)
{
    const struct fen_plan_document *document = &importing->source.document;
    importing->diagnostics =
        (struct fen_diagnostics){.arena = importing->arena, .language = fen_language()};
    bool is_good = fen_rate_read(&importing->csv, document->plan, importing->arena,
                                 &importing->diagnostics, &importing->rates);
    if (is_good) {
        bool has_mark = importing->source.yaml.size > document->text.size;
        if (has_mark)
            fen_csv_append_mark(&importing->text);
        fen_text_edit_init(&importing->edit, document->root, document->text, importing->arena);
        importing->change_count = fen_rate_edit(document, &importing->rates.rules,
                                                &importing->edit, &importing->diagnostics);
        fen_text_edit_finish(&importing->edit, &importing->text);
        is_good = importing->diagnostics.error_count == 0;
    }
    say_mistakes(importing);
    if (is_good) {
        enum fen_exit result = check_rest(importing);
        return result == FEN_EXIT_OK ? check_result(importing) : result;
    }
    fen_say("the sheet %s has %u mistake(s), see above; nothing is written",
            "表格 %s 有 %u 处错误，见上；未写任何文件", importing->sheet_path,
            importing->diagnostics.error_count);
    return FEN_EXIT_CONFIG;
}

/* An empty file beside `path`, with its owner and its permissions; NULL, said: there is none. */
static const char *create_beside(struct fen_arena *arena, const char *path,
                                 const struct stat *status)
{
    struct fen_str pattern = fen_arena_format(arena, "%s.XXXXXX", path);
    char *beside = fen_arena_allocate(arena, (size_t)pattern.size + 1);
    memcpy(beside, pattern.data, (size_t)pattern.size + 1);
    int file = mkostemp(beside, O_CLOEXEC);
    if (file < 0) {
        fen_say("%s cannot be written: %s", "无法写入 %s：%s", path, strerror(errno));
        return NULL;
    }
    /* Only root gives a file away: another's becomes one's own, with the same permissions. */
    int is_refused = fchown(file, status->st_uid, status->st_gid);
    (void)is_refused;
    (void)fchmod(file, status->st_mode & 0777);
    (void)close(file);
    return beside;
}

/*
 * What is there already is replaced whole: written beside it, then put in its place. A link stays
 * one. A terminal or a pipe is written as it is.
 */
static enum fen_exit write_result(struct importing *importing, const char *path)
{
    struct stat status;
    char *target = strcmp(path, "-") == 0 ? NULL : realpath(path, NULL);
    if (target == NULL || stat(target, &status) != 0 || !S_ISREG(status.st_mode)) {
        free(target);
        return fen_plan_write(path, &importing->text);
    }
    const char *beside = create_beside(importing->arena, target, &status);
    enum fen_exit result = FEN_EXIT_FAILED;
    if (beside != NULL) {
        result = fen_plan_write(beside, &importing->text);
        if (result == FEN_EXIT_OK && rename(beside, target) != 0) {
            fen_say("%s cannot be written: %s", "无法写入 %s：%s", path, strerror(errno));
            result = FEN_EXIT_FAILED;
        }
        if (result != FEN_EXIT_OK)
            (void)remove(beside);
    }
    free(target);
    return result;
}

/* Comments that went with what they stood at: nobody reads a file again for what is gone. */
static void say_lost_comments(const struct importing *importing)
{
    for (uint32_t index = 0; index < importing->edit.comment_count; index++) {
        const struct fen_text_comment *comment = &importing->edit.comments[index];
        if (comment->is_lost)
            fen_say("%s:%u: warning: the comment \"%.*s\" went with what it stood at",
                    "%s:%u: 警告：注释“%.*s”随所在内容一起去掉了", importing->source.path,
                    comment->line, FEN_STR_ARG(comment->text));
    }
}

/* What has become of the file, in words: a row lost with the sheet is seen here. */
static void say_changes(const struct importing *importing, const char *path)
{
    struct fen_buffer out = {0};
    fen_say("%u rule(s) changed, written to %s", "改动 %u 条规则，已写入 %s",
            importing->change_count, path);
    if (fen_plan_diff_append(importing->source.document.plan, importing->result.plan,
                             importing->arena, &out) > 0)
        (void)fwrite(out.data, 1, out.size_bytes, stderr);
    fen_buffer_deinit(&out);
}

enum fen_exit fen_command_plan_import(const struct fen_arguments *arguments)
{
    struct importing importing = {.arena = fen_arena_create((size_t)1 << 16)};
    enum fen_exit result = fen_plan_operands(arguments, 2, 2);
    if (result == FEN_EXIT_OK &&
        !fen_output_is_free("out", fen_arguments_text(arguments, "out"),
                            arguments->operands + 1, 1))
        result = FEN_EXIT_USAGE;
    if (result == FEN_EXIT_OK) {
        importing.sheet_path = arguments->operands[1];
        result = fen_plan_source_need(&importing.source, arguments->operands[0], importing.arena);
    }
    if (result == FEN_EXIT_OK)
        result = read_sheet(&importing);
    if (result == FEN_EXIT_OK)
        result = edit(&importing);
    if (result == FEN_EXIT_OK) {
        const char *path = fen_arguments_text(arguments, "out");
        path = path == NULL ? importing.source.path : path;
        result = write_result(&importing, path);
        if (result == FEN_EXIT_OK)
            say_lost_comments(&importing);
        if (result == FEN_EXIT_OK)
            say_changes(&importing, path);
    }
    fen_buffer_deinit(&importing.text);
    fen_arena_destroy(importing.arena);
    return result;
}
