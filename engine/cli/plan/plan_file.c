/* plan_file: see the header. */
#include "cli/plan/plan_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/explain/explain_text.h"
#include "cli/text/lines.h"
#include "cli/text/output.h"
#include "model/event.h"
#include "plan/character.h"
#include "wire/json_fields.h"

enum fen_exit fen_plan_source_read(struct fen_plan_source *source, const char *path,
                                   struct fen_arena *arena)
{
    size_t size_bytes;
    char *bytes = fen_file_read(path, &size_bytes);
    *source = (struct fen_plan_source){.path = path};
    if (bytes == NULL) {
        fen_say("the plan %s cannot be read: %s", "方案 %s 无法读取：%s", path, strerror(errno));
        return FEN_EXIT_INPUT;
    }
    /* The parser says what is too large; it needs no more of it for that. */
    uint32_t size = size_bytes > FEN_EVENT_SIZE_BYTES_MAX ? FEN_EVENT_SIZE_BYTES_MAX + 1
                                                          : (uint32_t)size_bytes;
    source->yaml = fen_arena_copy(arena, (struct fen_str){bytes, size});
    free(bytes);
    source->diagnostics = (struct fen_diagnostics){.arena = arena, .language = fen_language()};
    bool is_good =
        fen_plan_read(source->yaml, arena, &source->diagnostics, &source->document);
    FEN_ASSERT(is_good == (source->document.plan != NULL));
    return FEN_EXIT_OK;
}

enum fen_exit fen_plan_source_need(struct fen_plan_source *source, const char *path,
                                   struct fen_arena *arena)
{
    enum fen_exit result = fen_plan_source_read(source, path, arena);
    if (result != FEN_EXIT_OK || source->document.plan != NULL)
        return result;
    fen_diagnostics_say(path, &source->diagnostics, false);
    fen_say("the plan %s has %u mistake(s), see above", "方案 %s 有 %u 处错误，见上", path,
            source->diagnostics.error_count);
    return FEN_EXIT_CONFIG;
}

/* For a terminal: what is no sign there could steer it, or be overlooked, and is named instead. */
static void append_shown(struct fen_buffer *out, struct fen_str text)
{
    for (uint32_t offset = 0, width; offset < text.size; offset += width) {
        int32_t character = fen_character_at(text, offset, &width);
        if (fen_character_is_control(character) || fen_character_is_invisible(character)
            || character == 0x2028 || character == 0x2029)
            fen_buffer_append_format(out, "<U+%04X>", (unsigned)character);
        else
            fen_buffer_append_str(out, (struct fen_str){text.data + offset, width});
    }
}

void fen_diagnostics_append_text(const char *path, const struct fen_diagnostics *diagnostics,
                                 bool has_warnings, struct fen_buffer *out)
{
    for (uint32_t index = 0; index < diagnostics->count; index++) {
        const struct fen_diagnostic *item = &diagnostics->items[index];
        if (item->is_warning && !has_warnings)
            continue;
        const char *grade = item->is_warning ? fen_language_pick("warning", "警告")
                                             : fen_language_pick("error", "错误");
        fen_buffer_append_format(out, "%s:%u:%u: %s: ", path, item->line, item->column, grade);
        if (item->text.size > 0) {
            fen_explain_say(out, "\"", "“");
            append_shown(out, item->text);
            fen_explain_say(out, "\": ", "”：");
        }
        append_shown(out, item->message);
        fen_buffer_append_byte(out, '\n');
    }
}

void fen_diagnostics_say(const char *path, const struct fen_diagnostics *diagnostics,
                         bool has_warnings)
{
    struct fen_buffer text = {0};
    fen_diagnostics_append_text(path, diagnostics, has_warnings, &text);
    if (text.size_bytes > 0)
        (void)fwrite(text.data, 1, text.size_bytes, stderr);
    fen_buffer_deinit(&text);
}

void fen_diagnostics_append_json(const char *path, const struct fen_diagnostics *diagnostics,
                                 struct fen_buffer *out)
{
    for (uint32_t index = 0; index < diagnostics->count; index++) {
        const struct fen_diagnostic *item = &diagnostics->items[index];
        fen_buffer_append_byte(out, '{');
        fen_json_text(out, "file", fen_str_from(path));
        fen_json_integer(out, "line", item->line);
        fen_json_integer(out, "column", item->column);
        fen_json_text(out, "grade", item->is_warning ? FEN_STR("warning") : FEN_STR("error"));
        fen_json_text(out, "text", item->text);
        fen_json_text(out, "message", item->message);
        fen_buffer_append_str(out, FEN_STR("}\n"));
    }
}

enum fen_exit fen_plan_operands(const struct fen_arguments *arguments, uint32_t min, uint32_t max)
{
    if (arguments->operand_count >= min && arguments->operand_count <= max)
        return FEN_EXIT_OK;
    fen_say("usage: fen %s %s; `fen %s --help` tells more", "用法：fen %s %s；详见 fen %s --help",
            arguments->command->name, arguments->command->operands, arguments->command->name);
    return FEN_EXIT_USAGE;
}

enum fen_exit fen_plan_write_out(const struct fen_arguments *arguments,
                                 const struct fen_buffer *text)
{
    const char *path = fen_arguments_text(arguments, "out");
    if (!fen_output_is_free("out", path, arguments->operands, arguments->operand_count))
        return FEN_EXIT_USAGE;
    return fen_plan_write(path, text);
}

enum fen_exit fen_plan_write(const char *path, const struct fen_buffer *text)
{
    struct fen_output output;
    if (!fen_output_open(&output, path))
        return FEN_EXIT_INPUT;
    fen_output_write(&output, text);
    return fen_output_close(&output) ? FEN_EXIT_OK : FEN_EXIT_FAILED;
}
