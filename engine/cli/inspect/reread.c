/* reread: see the header. */
#include "cli/inspect/reread.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/progress.h"
#include "cli/options/language.h"

/* Standard input as a file of its own that can be read again. */
static bool copy_standard(struct fen_reread *reread)
{
    char bytes[1 << 16];
    size_t size;
    reread->standard = tmpfile();
    if (reread->standard == NULL)
        return false;
    while ((size = fread(bytes, 1, sizeof bytes, stdin)) > 0)
        if (fwrite(bytes, 1, size, reread->standard) != size)
            return false;
    (void)snprintf(reread->standard_path, sizeof reread->standard_path, "/proc/self/fd/%d",
                   fileno(reread->standard));
    return ferror(stdin) == 0 && fflush(reread->standard) == 0;
}

enum fen_exit fen_reread_init(struct fen_reread *reread, const char *const *paths,
                              uint32_t path_count)
{
    *reread = (struct fen_reread){.path_count = path_count};
    reread->paths = calloc((size_t)path_count + 1, sizeof *reread->paths);
    FEN_ASSERT(reread->paths != NULL);
    for (uint32_t i = 0; i < path_count; i++) {
        reread->paths[i] = paths[i];
        if (strcmp(paths[i], "-") != 0)
            continue;
        if (reread->standard == NULL && !copy_standard(reread)) {
            fen_say("standard input cannot be read: %s", "标准输入无法读取：%s", strerror(errno));
            return FEN_EXIT_INPUT;
        }
        reread->paths[i] = reread->standard_path;
    }
    return FEN_EXIT_OK;
}

void fen_reread_deinit(struct fen_reread *reread)
{
    if (reread->standard != NULL)
        (void)fclose(reread->standard);
    free(reread->paths);
    *reread = (struct fen_reread){0};
}

/* What a packed file begins with, and how to unpack it to a pipe. */
static const struct {
    const char *begin;
    uint32_t size;
    const char *unpack;
} packings[] = {{"\x1f\x8b", 2, "gzip -dc"},
                {"\x28\xb5\x2f\xfd", 4, "zstd -dc"},
                {"\xfd\x37zXZ", 5, "xz -dc"},
                {"BZh", 3, "bzip2 -dc"},
                {"PK\x03\x04", 4, "unzip -p"}};

/* Every line of a packed file would be passed over as no event. */
static bool is_packed(const char *path)
{
    char begin[8] = "";
    struct stat status;
    FILE *file = stat(path, &status) == 0 && S_ISREG(status.st_mode) ? fopen(path, "rbe") : NULL;
    if (file == NULL)
        return false;
    size_t size = fread(begin, 1, sizeof begin, file);
    (void)fclose(file);
    for (size_t i = 0; i < sizeof packings / sizeof *packings; i++) {
        if (size < packings[i].size || memcmp(begin, packings[i].begin, packings[i].size) != 0)
            continue;
        fen_say("%s is packed; unpack it first, or pipe it in as `-`: %s %s | fen … -",
                "%s 是压缩文件；请先解压，或以 - 从管道读入：%s %s | fen … -", path,
                packings[i].unpack, path);
        return true;
    }
    return false;
}

static enum fen_exit refuse_path(const char *path, int error)
{
    fen_say("%s cannot be read: %s", "%s 无法读取：%s", path, strerror(error));
    return FEN_EXIT_INPUT;
}

enum fen_exit fen_reread_visit(const struct fen_reread *reread, const char *title,
                               void (*take)(void *context, const struct fen_line *line),
                               void *context)
{
    struct fen_lines *lines = fen_lines_create(reread->paths, reread->path_count);
    struct fen_progress progress;
    struct fen_line line;
    const char *path;
    enum fen_lines_status status;
    bool is_text = fen_lines_check(lines, &path);
    if (!is_text)
        (void)refuse_path(path, errno);
    for (uint32_t i = 0; is_text && i < reread->path_count; i++)
        is_text = !is_packed(reread->paths[i]);
    if (!is_text) {
        fen_lines_destroy(lines);
        return FEN_EXIT_INPUT;
    }
    if (title != NULL)
        fen_progress_init(&progress, title, fen_lines_size_bytes(lines));
    while ((status = fen_lines_next(lines, &line)) == FEN_LINES_OK) {
        take(context, &line);
        if (title != NULL)
            fen_progress_update(&progress, fen_lines_read_bytes(lines));
    }
    int error = errno; /* the progress line asks the terminal, which leaves an errno of its own */
    if (title != NULL)
        fen_progress_deinit(&progress, fen_lines_read_bytes(lines));
    enum fen_exit result = FEN_EXIT_OK;
    if (status != FEN_LINES_END)
        result = refuse_path(fen_lines_path(lines), error);
    fen_lines_destroy(lines);
    return result;
}
