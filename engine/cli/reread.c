/* reread: see the header. */
#include "cli/reread.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cli/language.h"

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
