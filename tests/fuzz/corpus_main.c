/*
 * corpus_main: plays files back into a fuzzer, in place of libFuzzer.
 *
 * Usage: fuzz_x [--mutate SEED COUNT] [FILE|FOLDER]...
 * With --mutate each file is played COUNT times more, changed at random each time: a hunt that runs
 * under any compiler, and the same one for the same seed.
 *
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

/* What --mutate asks for; `state` is the place in the sequence of random numbers (splitmix64). */
static struct {
    uint64_t state;
    unsigned long count;
} mutation;

static size_t random_below(size_t bound)
{
    uint64_t value = (mutation.state += UINT64_C(0x9e3779b97f4a7c15));
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (size_t)((value ^ (value >> 31)) % bound);
}

/* One change of `data`, whose room is twice its size: a byte, a piece left out, or one doubled. */
static size_t mutate_once(uint8_t *data, size_t size)
{
    static const uint8_t edges[] = {0x00, 0x01, 0x7f, 0x80, 0xff, '"', '{', '[', '0', '-'};
    size_t at = random_below(size);
    size_t length = 1 + random_below(size - at);
    switch (random_below(4)) {
    case 0:
        data[at] ^= (uint8_t)(1u << random_below(8));
        return size;
    case 1:
        data[at] = edges[random_below(sizeof edges)];
        return size;
    case 2:
        memmove(data + at, data + at + length, size - at - length);
        return size - length;
    default:
        memmove(data + at + length, data + at, size - at);
        return size + length;
    }
}

/* Play one changed copy, in memory of exactly its size. */
static int play_mutant(const uint8_t *data, size_t size)
{
    enum { CHANGES_MAX = 4 };
    int status = 1;
    size_t changed_size = size;
    uint8_t *exact = NULL;
    uint8_t *changed = malloc(size << CHANGES_MAX);
    if (changed == NULL) {
        goto out;
    }
    memcpy(changed, data, size);
    for (size_t change = 1 + random_below(CHANGES_MAX); change > 0 && changed_size > 0; change--) {
        changed_size = mutate_once(changed, changed_size);
    }
    exact = malloc(changed_size > 0 ? changed_size : 1);
    if (exact == NULL) {
        goto out;
    }
    memcpy(exact, changed, changed_size);
    LLVMFuzzerTestOneInput(exact, changed_size);
    status = 0;
out:
    free(exact);
    free(changed);
    return status;
}

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
    for (unsigned long mutant = 0; mutant < mutation.count && size > 0 && status == 0; mutant++) {
        status = play_mutant(data, (size_t)size);
    }
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
    int first = 1;
    if (argc >= 4 && strcmp(argv[1], "--mutate") == 0) {
        mutation.state = strtoull(argv[2], NULL, 10);
        mutation.count = strtoul(argv[3], NULL, 10);
        first = 4;
    }
    for (int index = first; index < argc; index++) {
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
