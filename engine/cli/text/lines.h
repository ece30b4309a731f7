/*
 * lines: the lines of NDJSON files, one file after the other.
 *
 * A line ends in LF or CR LF, the last one may lack it; lines without anything but blanks are
 * passed over, but counted; a byte order mark at the beginning of a file is not part of its line.
 * A line is handed on as it is, also one longer than an event may be (SPEC §3: 256 KiB), since a
 * dead letter keeps it; of one beyond FEN_LINE_BYTES_MAX so much, cut between characters, and the
 * rest of it is read and forgotten.
 *
 * Threads: one.
 */
#ifndef FEN_CLI_TEXT_LINES_H
#define FEN_CLI_TEXT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/str.h"

#define FEN_LINE_BYTES_MAX ((size_t)64 * 1024 * 1024)

struct fen_lines;

/* A line, borrowed until the next call. */
struct fen_line {
    struct fen_str text;
    int64_t number;   /* from 1, in its file */
    const char *path; /* as given */
};

enum fen_lines_status {
    FEN_LINES_OK,
    FEN_LINES_END,
    FEN_LINES_UNREADABLE, /* errno says why; fen_lines_path which file */
};

/* Read `paths` in order; "-" is standard input. The paths must outlive it. Never NULL. */
struct fen_lines *fen_lines_create(const char *const *paths, uint32_t path_count) FEN_MUST_USE;
void fen_lines_destroy(struct fen_lines *lines);

/*
 * Whether each path can be opened for reading, tried before anything is written: false, with errno
 * and *path_out, for the first that cannot.
 */
bool fen_lines_check(const struct fen_lines *lines, const char **path_out);

/* The next line. */
enum fen_lines_status fen_lines_next(struct fen_lines *lines,
                                     struct fen_line *line_out) FEN_MUST_USE;

/* The file being read. */
const char *fen_lines_path(const struct fen_lines *lines);

/* Bytes of all files, 0 when one is no regular file; and bytes read so far. For progress. */
uint64_t fen_lines_size_bytes(const struct fen_lines *lines);
uint64_t fen_lines_read_bytes(const struct fen_lines *lines);

/* The whole of one file into malloc'ed memory, for plans; NULL with errno. The caller frees. */
char *fen_file_read(const char *path, size_t *size_bytes_out) FEN_MUST_USE;

#endif /* FEN_CLI_TEXT_LINES_H */
