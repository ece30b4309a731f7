/*
 * log: structured lines on standard error.
 *
 *     FEN_LOG_INFO("worker", "partitions assigned", FEN_LOG_INT("count", n),
 *                  FEN_LOG_STR("group", group));
 *
 * A line is a level, a component, a constant sentence and any number of named fields: people read
 * it, and machines filter it without a pattern. On a terminal it is one human line; elsewhere one
 * JSON object a line; under journald (JOURNAL_STREAM is our stderr) it begins with `<6>`, the
 * syslog priority. Each line goes out in one write(2), so that lines of several threads and
 * processes never mix.
 *
 * The same sentence of the same component is written at most FEN_LOG_REPEAT_MAX times in
 * FEN_LOG_REPEAT_MS; what is held back is counted, and the next line of that sentence, or
 * fen_log_flush, says how many.
 *
 * Threads: any. fen_log_init belongs to start-up; without it the defaults hold.
 */
#ifndef FEN_BASE_LOG_H
#define FEN_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define FEN_LOG_REPEAT_MAX 10
#define FEN_LOG_REPEAT_MS 10000

enum fen_log_level {
    FEN_LOG_LEVEL_ERROR, /* something failed and somebody must look */
    FEN_LOG_LEVEL_WARN,  /* odd, and handled */
    FEN_LOG_LEVEL_INFO,  /* what an operator wants to know of a healthy run */
    FEN_LOG_LEVEL_DEBUG,
};

enum fen_log_format {
    FEN_LOG_FORMAT_AUTO, /* human on a terminal, else JSON */
    FEN_LOG_FORMAT_HUMAN,
    FEN_LOG_FORMAT_JSON,
};

struct fen_log_options {
    enum fen_log_level level; /* the least grave one written */
    enum fen_log_format format;
    int descriptor; /* where lines go; 2 is stderr */
};

enum fen_log_field_kind {
    FEN_LOG_FIELD_END,
    FEN_LOG_FIELD_TEXT,
    FEN_LOG_FIELD_INT,
    FEN_LOG_FIELD_UINT,
};

/* One named value of a line; made by the macros below. */
struct fen_log_field {
    const char *name;
    enum fen_log_field_kind kind;
    struct fen_str text; /* of TEXT; absent is written as null */
    int64_t integer;     /* of INT, and the bits of UINT */
};

#define FEN_LOG_STR(name_, str_)                                                                   \
    ((struct fen_log_field){.name = (name_), .kind = FEN_LOG_FIELD_TEXT, .text = (str_)})
#define FEN_LOG_TEXT(name_, text_) FEN_LOG_STR(name_, fen_str_from(text_))
#define FEN_LOG_INT(name_, value_)                                                                 \
    ((struct fen_log_field){.name = (name_), .kind = FEN_LOG_FIELD_INT, .integer = (value_)})
#define FEN_LOG_UINT(name_, value_)                                                                \
    ((struct fen_log_field){                                                                       \
        .name = (name_), .kind = FEN_LOG_FIELD_UINT, .integer = (int64_t)(value_)})
#define FEN_LOG_END ((struct fen_log_field){.kind = FEN_LOG_FIELD_END})

/* The sentence, then its fields. */
#define FEN_LOG_ERROR(component, ...) FEN_LOG(FEN_LOG_LEVEL_ERROR, component, __VA_ARGS__)
#define FEN_LOG_WARN(component, ...) FEN_LOG(FEN_LOG_LEVEL_WARN, component, __VA_ARGS__)
#define FEN_LOG_INFO(component, ...) FEN_LOG(FEN_LOG_LEVEL_INFO, component, __VA_ARGS__)
#define FEN_LOG_DEBUG(component, ...) FEN_LOG(FEN_LOG_LEVEL_DEBUG, component, __VA_ARGS__)

#define FEN_LOG(level, component, ...)                                                             \
    FEN_LOG_WITH_END(level, component, __VA_ARGS__, FEN_LOG_END)
#define FEN_LOG_WITH_END(level, component, sentence, ...)                                          \
    fen_log_write(level, component, sentence, (const struct fen_log_field[]){__VA_ARGS__})

/* Choose level, format and descriptor; reads NO_COLOR and JOURNAL_STREAM. Thread: start-up. */
void fen_log_init(const struct fen_log_options *options);

/* Whether a line of this level would be written; to spare the work of making its fields. */
bool fen_log_is_enabled(enum fen_log_level level);

/*
 * Write one line. `component` and `sentence` are constant texts; `fields` ends with FEN_LOG_END.
 * A line that cannot be written is lost: logging never fails its caller.
 */
void fen_log_write(enum fen_log_level level, const char *component, const char *sentence,
                   const struct fen_log_field *fields);

/* Say how many repeats were held back and not yet told. For the end of the process. */
void fen_log_flush(void);

/* "error", "warn", "info", "debug"; and the level named so, false when there is none. */
const char *fen_log_level_name(enum fen_log_level level);
bool fen_log_level_parse(struct fen_str name, enum fen_log_level *level_out);

#endif /* FEN_BASE_LOG_H */
