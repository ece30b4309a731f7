/*
 * corpus_main: plays files back into a fuzzer, in place of libFuzzer.
 *
 * Usage: fuzz_x [FILE|FOLDER]...
 * The empty input is always played first, so a fuzzer without seeds still runs. A folder that does
 * not exist counts as empty (a fuzzer may have no seeds yet); a file that cannot be read ends the
 * run with 1.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

static int play_file(const char *path)
{
    int status = 1;
    uint8_t *data = NULL;
    long size = -1;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        goto out;
    }
    if (fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0) {
        goto out;
    }
    rewind(file);
    /* Exactly the file's size, so that a sanitizer sees a read past its end. */
    data = malloc(size > 0 ? (size_t)size : 1);
    if (data == NULL || fread(data, 1, (size_t)size, file) != (size_t)size) {
        goto out;
    }
    LLVMFuzzerTestOneInput(data, (size_t)size);
    status = 0;
out:
    if (status != 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    }
    free(data);
    if (file != NULL) {
        fclose(file);
    }
    return status;
}

/* Plays every file of a folder; the number played, or -1. */
static int play_folder(const char *path)
{
    struct dirent **names = NULL;
    int count = scandir(path, &names, NULL, alphasort);
    if (count < 0) {
        return errno == ENOENT ? 0 : -1;
    }
    int played = 0;
    for (int index = 0; index < count; index++) {
        char file[4096];
        struct stat found;
        int length = snprintf(file, sizeof file, "%s/%s", path, names[index]->d_name);
        if (played >= 0 && length > 0 && (size_t)length < sizeof file && stat(file, &found) == 0
            && S_ISREG(found.st_mode)) {
            played = play_file(file) == 0 ? played + 1 : -1;
        }
        free(names[index]);
    }
    free(names);
    return played;
}

int main(int argc, char **argv)
{
    const uint8_t nothing = 0;
    LLVMFuzzerTestOneInput(&nothing, 0);
    int played = 1;
    for (int index = 1; index < argc; index++) {
        struct stat found;
        int count = 1;
        if (stat(argv[index], &found) == 0 && S_ISREG(found.st_mode)) {
            count = play_file(argv[index]) == 0 ? 1 : -1;
        } else {
            count = play_folder(argv[index]);
        }
        if (count < 0) {
            return EXIT_FAILURE;
        }
        played += count;
    }
    printf("%d inputs played\n", played);
    return EXIT_SUCCESS;
}
