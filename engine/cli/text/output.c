/* output: see the header. */
#include "cli/text/output.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/options/language.h"

bool fen_output_open(struct fen_output *output, const char *path)
{
    *output = (struct fen_output){.path = path};
    if (path == NULL)
        return true;
    output->file = strcmp(path, "-") == 0 ? stdout : fopen(path, "wbe");
    if (output->file == NULL)
        fen_say("%s cannot be written: %s", "无法写入 %s：%s", path, strerror(errno));
    return output->file != NULL;
}

static bool is_same_file(const char *path, const char *other)
{
    struct stat one, two;
    return stat(path, &one) == 0 && stat(other, &two) == 0 && S_ISREG(one.st_mode)
           && one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

bool fen_output_is_free(const char *option, const char *path, const char *const *used,
                        uint32_t used_count)
{
    for (uint32_t i = 0; path != NULL && i < used_count; i++) {
        if (used[i] == NULL || !is_same_file(path, used[i]))
            continue;
        fen_say("--%s would overwrite %s, which is in use as well; give it another file",
                "--%s 会覆盖同时在用的 %s；请换一个文件", option, used[i]);
        return false;
    }
    return true;
}

void fen_output_write(struct fen_output *output, const struct fen_buffer *bytes)
{
    if (output->file != NULL && bytes->size_bytes > 0)
        (void)fwrite(bytes->data, 1, bytes->size_bytes, output->file);
}

bool fen_output_is_failed(const struct fen_output *output)
{
    return output->file != NULL && ferror(output->file) != 0;
}

bool fen_output_close(struct fen_output *output)
{
    if (output->file == NULL)
        return true;
    bool is_whole = ferror(output->file) == 0;
    is_whole = fflush(output->file) == 0 && is_whole;
    if (output->file != stdout)
        is_whole = fclose(output->file) == 0 && is_whole;
    output->file = NULL;
    if (!is_whole)
        fen_say("%s was not written whole: %s", "%s 未能完整写入：%s", output->path,
                strerror(errno));
    return is_whole;
}

bool fen_output_is_standard(const struct fen_output *output)
{
    return output->file == stdout;
}
