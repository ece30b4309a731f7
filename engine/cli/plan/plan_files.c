/* plan_files: see the header. */
#include "cli/plan/plan_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options/language.h"
#include "cli/plan/plan_file.h"
#include "cli/text/lines.h"
#include "plan/parse.h"

static enum fen_exit read_plan(struct fen_plan_files *files, struct fen_plan_file *file)
{
    size_t size_bytes;
    char *bytes = fen_file_read(file->path, &size_bytes);
    if (bytes == NULL) {
        fen_say("the plan %s cannot be read: %s", "方案 %s 无法读取：%s", file->path,
                strerror(errno));
        return FEN_EXIT_INPUT;
    }
    if (size_bytes > FEN_EVENT_SIZE_BYTES_MAX) {
        fen_say("the plan %s has %zu bytes; a plan may have %u at the most",
                "方案 %s 有 %zu 字节，最多允许 %u 字节", file->path, size_bytes,
                FEN_EVENT_SIZE_BYTES_MAX);
        free(bytes);
        return FEN_EXIT_CONFIG;
    }
    file->yaml = fen_arena_copy(files->arena, (struct fen_str){bytes, (uint32_t)size_bytes});
    free(bytes);
    struct fen_diagnostics diagnostics = {.arena = files->arena, .language = fen_language()};
    file->plan = fen_plan_parse(file->yaml, files->arena, &diagnostics);
    fen_diagnostics_say(file->path, &diagnostics, true);
    if (file->plan != NULL)
        return FEN_EXIT_OK;
    fen_say("the plan %s has %u mistake(s), see above", "方案 %s 有 %u 处错误，见上", file->path,
            diagnostics.error_count);
    return FEN_EXIT_CONFIG;
}

enum fen_exit fen_plan_files_init(struct fen_plan_files *files, const char *const *paths,
                                  uint32_t path_count)
{
    *files = (struct fen_plan_files){.arena = fen_arena_create(1 << 16)};
    files->items = fen_arena_allocate_zeroed(files->arena, (path_count + 1) * sizeof *files->items);
    files->count = path_count;
    enum fen_exit result = FEN_EXIT_OK;
    for (uint32_t i = 0; i < path_count; i++) {
        files->items[i].path = paths[i];
        enum fen_exit one = read_plan(files, &files->items[i]);
        if (result == FEN_EXIT_OK)
            result = one;
    }
    return result;
}

void fen_plan_files_deinit(struct fen_plan_files *files)
{
    fen_arena_destroy(files->arena);
    *files = (struct fen_plan_files){0};
}

enum fen_exit fen_plan_files_publish(const struct fen_plan_files *files,
                                     struct fen_replay_machine *machine)
{
    for (uint32_t i = 0; i < files->count; i++) {
        struct fen_str reason;
        if (fen_replay_machine_publish(machine, files->items[i].yaml, &reason))
            continue;
        fen_say("the plan %s cannot be published: %.*s", "方案 %s 无法发布：%.*s",
                files->items[i].path, FEN_STR_ARG(reason));
        return FEN_EXIT_CONFIG;
    }
    return FEN_EXIT_OK;
}
