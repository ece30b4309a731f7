/* lines: read(2) into one buffer, which grows to the longest line handed on. */
#include "cli/text/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES ((size_t)1 << 20) /* at first */
#define CHARACTER_BYTES_MAX 4u

struct fen_lines {
    const char *const *paths;
    uint32_t path_count;
    uint32_t path_index;
    int descriptor; /* -1: the file at path_index is not open yet */
    bool is_at_end;  /* of the file */
    bool skips_rest; /* of a line of which only the beginning was handed on */
    int64_t number; /* of the last line handed on or passed over */
    uint64_t read_bytes;
    size_t start; /* of what is not handed on yet */
    size_t end;
    size_t capacity;
    char *buffer;
};

struct fen_lines *fen_lines_create(const char *const *paths, uint32_t path_count)
{
    struct fen_lines *lines = calloc(1, sizeof *lines);
    FEN_ASSERT(lines != NULL);
    lines->capacity = BUFFER_BYTES;
    lines->buffer = malloc(lines->capacity);
    FEN_ASSERT(lines->buffer != NULL);
    lines->paths = paths;
    lines->path_count = path_count;
    lines->descriptor = -1;
    return lines;
}

static bool is_standard_input(const char *path)
{
    return strcmp(path, "-") == 0;
}

static void close_file(struct fen_lines *lines)
{
    if (lines->descriptor > STDIN_FILENO)
        (void)close(lines->descriptor);
    lines->descriptor = -1;
}

void fen_lines_destroy(struct fen_lines *lines)
{
    if (lines == NULL)
        return;
    close_file(lines);
    free(lines->buffer);
    free(lines);
}

bool fen_lines_check(const struct fen_lines *lines, const char **path_out)
{
    for (uint32_t i = 0; i < lines->path_count; i++) {
        struct stat status;
        *path_out = lines->paths[i];
        if (is_standard_input(*path_out))
            continue;
        if (stat(*path_out, &status) != 0 || access(*path_out, R_OK) != 0)
            return false;
        if (S_ISDIR(status.st_mode)) {
            errno = EISDIR;
            return false;
        }
    }
    return true;
}

const char *fen_lines_path(const struct fen_lines *lines)
{
    return lines->path_index < lines->path_count ? lines->paths[lines->path_index] : "";
}

uint64_t fen_lines_size_bytes(const struct fen_lines *lines)
{
    uint64_t size_bytes = 0;
    for (uint32_t i = 0; i < lines->path_count; i++) {
        struct stat status;
        if (is_standard_input(lines->paths[i]) || stat(lines->paths[i], &status) != 0
            || !S_ISREG(status.st_mode))
            return 0;
        size_bytes += (uint64_t)status.st_size;
    }
    return size_bytes;
}

uint64_t fen_lines_read_bytes(const struct fen_lines *lines)
{
    return lines->read_bytes;
}

static bool open_file(struct fen_lines *lines)
{
    const char *path = lines->paths[lines->path_index];
    lines->descriptor = is_standard_input(path) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    lines->is_at_end = false;
    lines->number = 0;
    lines->start = 0;
    lines->end = 0;
    return lines->descriptor >= 0;
}

/* What is there moves to the front; where it fills the buffer, that grows. */
static void make_room(struct fen_lines *lines)
{
    if (lines->start > 0) {
        memmove(lines->buffer, lines->buffer + lines->start, lines->end - lines->start);
        lines->end -= lines->start;
        lines->start = 0;
    }
    if (lines->end == lines->capacity) {
        lines->capacity *= 2;
        lines->buffer = realloc(lines->buffer, lines->capacity);
        FEN_ASSERT(lines->buffer != NULL);
    }
}

/* Read more behind what is there; false with errno when the file cannot be read. */
static bool fill(struct fen_lines *lines)
{
    make_room(lines);
    ssize_t got;
    do {
        got = read(lines->descriptor, lines->buffer + lines->end, lines->capacity - lines->end);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return false;
    lines->is_at_end = got == 0;
    lines->end += (size_t)got;
    lines->read_bytes += (uint64_t)got;
    return true;
}

/* Read on and forget, up to the line's end. */
static bool skip_rest(struct fen_lines *lines)
{
    for (;;) {
        char *from = lines->buffer + lines->start;
        char *end = memchr(from, '\n', lines->end - lines->start);
        if (end != NULL) {
            lines->start = (size_t)(end - lines->buffer) + 1;
            return true;
        }
        lines->start = lines->end;
        if (lines->is_at_end)
            return true;
        if (!fill(lines))
            return false;
    }
}

/* The size to keep of a line that is too long: at a character's beginning. */
static size_t cut(const char *text)
{
    size_t size = FEN_LINE_BYTES_MAX;
    while (size > FEN_LINE_BYTES_MAX - CHARACTER_BYTES_MAX
           && ((unsigned char)text[size] & 0xc0) == 0x80)
        size--;
    return size;
}

static bool is_blank(struct fen_str text)
{
    for (uint32_t i = 0; i < text.size; i++) {
        if (text.data[i] != ' ' && text.data[i] != '\t')
            return false;
    }
    return true;
}

static struct fen_str trim(const char *text, size_t size, int64_t number)
{
    static const char mark[] = "\xef\xbb\xbf";
    if (number == 1 && size >= 3 && memcmp(text, mark, 3) == 0) {
        text += 3;
        size -= 3;
    }
    if (size > 0 && text[size - 1] == '\r')
        size--;
    return (struct fen_str){text, (uint32_t)size};
}

/* One line of the open file; END at its end. The text is borrowed until the buffer is filled. */
static enum fen_lines_status next_of_file(struct fen_lines *lines, struct fen_str *text_out)
{
    for (;;) {
        char *from = lines->buffer + lines->start;
        size_t held = lines->end - lines->start;
        char *end = memchr(from, '\n', held < FEN_LINE_BYTES_MAX + 1 ? held
                                                                      : FEN_LINE_BYTES_MAX + 1);
        if (end != NULL) {
            lines->start = (size_t)(end - lines->buffer) + 1;
            *text_out = trim(from, (size_t)(end - from), ++lines->number);
            return FEN_LINES_OK;
        }
        if (held > FEN_LINE_BYTES_MAX) {
            *text_out = trim(from, cut(from), ++lines->number);
            lines->skips_rest = true;
            return FEN_LINES_OK;
        }
        if (lines->is_at_end) {
            lines->start = lines->end;
            if (held == 0)
                return FEN_LINES_END;
            *text_out = trim(from, held, ++lines->number);
            return FEN_LINES_OK;
        }
        if (!fill(lines))
            return FEN_LINES_UNREADABLE;
    }
}

enum fen_lines_status fen_lines_next(struct fen_lines *lines, struct fen_line *line_out)
{
    while (lines->path_index < lines->path_count) {
        if (lines->descriptor < 0 && !open_file(lines))
            return FEN_LINES_UNREADABLE;
        if (lines->skips_rest) {
            lines->skips_rest = false;
            if (!skip_rest(lines))
                return FEN_LINES_UNREADABLE;
        }
        enum fen_lines_status status = next_of_file(lines, &line_out->text);
        if (status == FEN_LINES_UNREADABLE)
            return status;
        if (status == FEN_LINES_END) {
            close_file(lines);
            lines->path_index++;
            continue;
        }
        if (!lines->skips_rest && is_blank(line_out->text))
            continue;
        line_out->number = lines->number;
        line_out->path = fen_lines_path(lines);
        return FEN_LINES_OK;
    }
    return FEN_LINES_END;
}

char *fen_file_read(const char *path, size_t *size_bytes_out)
{
    FILE *file = is_standard_input(path) ? stdin : fopen(path, "rbe");
    if (file == NULL)
        return NULL;
    size_t size = 0;
    size_t capacity = 0;
    char *bytes = NULL;
    do {
        if (size == capacity) {
            capacity = capacity == 0 ? 65536 : capacity * 2;
            bytes = realloc(bytes, capacity);
            FEN_ASSERT(bytes != NULL);
        }
        size += fread(bytes + size, 1, capacity - size, file);
    } while (!feof(file) && !ferror(file));
    bool is_failed = ferror(file) != 0;
    int reason = errno;
    if (file != stdin)
        (void)fclose(file);
    if (is_failed) {
        free(bytes);
        errno = reason;
        return NULL;
    }
    *size_bytes_out = size;
    return bytes;
}
