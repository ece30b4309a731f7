/* log: one table of recent sentences guards against floods; everything else is per line. */
#include "base/log.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"

/* Distinct sentences followed at once; beyond, the one longest unused is forgotten. */
#define REPEAT_SLOT_COUNT 64

struct repeat {
    const char *component;
    const char *sentence;
    enum fen_log_level level;
    int64_t window_start_ms;
    uint32_t written;
    uint64_t held_back;
};

static struct {
    enum fen_log_level level;
    int descriptor;
    bool is_json;
    bool has_color;
    bool has_priority;
} config = {.level = FEN_LOG_LEVEL_INFO, .descriptor = STDERR_FILENO};

static pthread_mutex_t repeat_lock = PTHREAD_MUTEX_INITIALIZER;
static struct repeat repeats[REPEAT_SLOT_COUNT];

static const char *const level_names[] = {"error", "warn", "info", "debug"};
static const char *const level_colors[] = {"\x1b[31m", "\x1b[33m", "\x1b[32m", "\x1b[2m"};
static const int level_priorities[] = {3, 4, 6, 7};

const char *fen_log_level_name(enum fen_log_level level)
{
    return level_names[level];
}

bool fen_log_level_parse(struct fen_str name, enum fen_log_level *level_out)
{
    for (int level = FEN_LOG_LEVEL_ERROR; level <= FEN_LOG_LEVEL_DEBUG; level++) {
        if (fen_str_equal(name, fen_str_from(level_names[level]))) {
            *level_out = (enum fen_log_level)level;
            return true;
        }
    }
    return false;
}

/* JOURNAL_STREAM is "device:inode" of the stream that journald reads; a child's redirection keeps
 * the variable but not the stream. */
static bool is_journal(int descriptor)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat status;
    unsigned long device = 0;
    unsigned long inode = 0;
    return stream != NULL && sscanf(stream, "%lu:%lu", &device, &inode) == 2
           && fstat(descriptor, &status) == 0 && status.st_dev == device
           && status.st_ino == inode;
}

void fen_log_init(const struct fen_log_options *options)
{
    const char *no_color = getenv("NO_COLOR");
    bool is_terminal = isatty(options->descriptor) == 1;
    config.level = options->level;
    config.descriptor = options->descriptor;
    config.is_json = options->format == FEN_LOG_FORMAT_JSON
                     || (options->format == FEN_LOG_FORMAT_AUTO && !is_terminal);
    config.has_color = is_terminal && !config.is_json && (no_color == NULL || *no_color == '\0');
    config.has_priority = is_journal(options->descriptor);
}

bool fen_log_is_enabled(enum fen_log_level level)
{
    return level <= config.level;
}

static void append_json_text(struct fen_buffer *line, struct fen_str text)
{
    fen_buffer_append_byte(line, '"');
    for (uint32_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte == '"' || byte == '\\')
            fen_buffer_append_format(line, "\\%c", byte);
        else if (byte < 0x20)
            fen_buffer_append_format(line, "\\u%04x", byte);
        else
            fen_buffer_append_byte(line, (char)byte);
    }
    fen_buffer_append_byte(line, '"');
}

/* Quoted only where a reader could take it for something else. */
static void append_human_text(struct fen_buffer *line, struct fen_str text)
{
    bool is_plain = text.size > 0;
    for (uint32_t i = 0; i < text.size && is_plain; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        is_plain = byte > 0x20 && byte != '"' && byte != '=' && byte != '\\' && byte != 0x7f;
    }
    if (is_plain)
        fen_buffer_append_str(line, text);
    else
        append_json_text(line, text);
}

static void append_value(struct fen_buffer *line, const struct fen_log_field *field, bool is_json)
{
    switch (field->kind) {
    case FEN_LOG_FIELD_TEXT:
        if (!fen_str_is_set(field->text))
            fen_buffer_append_str(line, FEN_STR("null"));
        else if (is_json)
            append_json_text(line, field->text);
        else
            append_human_text(line, field->text);
        break;
    case FEN_LOG_FIELD_INT:
        fen_buffer_append_format(line, "%lld", (long long)field->integer);
        break;
    case FEN_LOG_FIELD_UINT:
        fen_buffer_append_format(line, "%llu", (unsigned long long)field->integer);
        break;
    case FEN_LOG_FIELD_END:
        break;
    }
}

static void append_json(struct fen_buffer *line, enum fen_log_level level, const char *component,
                        const char *sentence, const struct fen_log_field *fields)
{
    struct timespec now;
    struct tm civil;
    char time_text[32];
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &civil);
    (void)strftime(time_text, sizeof time_text, "%Y-%m-%dT%H:%M:%S", &civil);
    fen_buffer_append_format(line, "{\"time\":\"%s.%03ldZ\",\"level\":\"%s\",\"component\":",
                             time_text, now.tv_nsec / 1000000, level_names[level]);
    append_json_text(line, fen_str_from(component));
    fen_buffer_append_str(line, FEN_STR(",\"message\":"));
    append_json_text(line, fen_str_from(sentence));
    for (const struct fen_log_field *field = fields; field->kind != FEN_LOG_FIELD_END; field++) {
        fen_buffer_append_byte(line, ',');
        append_json_text(line, fen_str_from(field->name));
        fen_buffer_append_byte(line, ':');
        append_value(line, field, true);
    }
    fen_buffer_append_byte(line, '}');
}

static void append_human(struct fen_buffer *line, enum fen_log_level level, const char *component,
                         const char *sentence, const struct fen_log_field *fields)
{
    struct timespec now;
    struct tm civil;
    char time_text[32];
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)localtime_r(&now.tv_sec, &civil);
    (void)strftime(time_text, sizeof time_text, "%H:%M:%S", &civil);
    fen_buffer_append_format(line, "%s.%03ld %s%-5s%s %s: %s", time_text, now.tv_nsec / 1000000,
                             config.has_color ? level_colors[level] : "", level_names[level],
                             config.has_color ? "\x1b[0m" : "", component, sentence);
    for (const struct fen_log_field *field = fields; field->kind != FEN_LOG_FIELD_END; field++) {
        fen_buffer_append_format(line, " %s=", field->name);
        append_value(line, field, false);
    }
}

static void write_line(enum fen_log_level level, const char *component, const char *sentence,
                       const struct fen_log_field *fields, uint64_t held_back)
{
    struct fen_buffer line = {0};
    if (config.has_priority)
        fen_buffer_append_format(&line, "<%d>", level_priorities[level]);
    if (config.is_json)
        append_json(&line, level, component, sentence, fields);
    else
        append_human(&line, level, component, sentence, fields);
    if (held_back > 0) {
        if (config.is_json)
            line.size_bytes--; /* the closing brace comes again below */
        fen_buffer_append_format(&line, config.is_json ? ",\"held_back\":%llu}" : " held_back=%llu",
                                 (unsigned long long)held_back);
    }
    fen_buffer_append_byte(&line, '\n');
    ssize_t written = write(config.descriptor, line.data, line.size_bytes);
    (void)written;
    fen_buffer_deinit(&line);
}

/* The slot of a sentence: its own, else the one whose window is oldest, told and taken over. */
static struct repeat *repeat_find(const char *component, const char *sentence)
{
    struct repeat *oldest = &repeats[0];
    for (struct repeat *slot = repeats; slot < repeats + REPEAT_SLOT_COUNT; slot++) {
        if (slot->sentence != NULL && strcmp(slot->sentence, sentence) == 0
            && strcmp(slot->component, component) == 0)
            return slot;
        if (slot->window_start_ms < oldest->window_start_ms)
            oldest = slot;
    }
    if (oldest->held_back > 0)
        write_line(oldest->level, oldest->component, oldest->sentence,
                   (const struct fen_log_field[]){FEN_LOG_END}, oldest->held_back);
    *oldest = (struct repeat){.component = component, .sentence = sentence};
    return oldest;
}

/* Whether the line may be written, and how many before it were not. */
static bool repeat_admit(enum fen_log_level level, const char *component, const char *sentence,
                         uint64_t *held_back_out)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    *held_back_out = 0;
    pthread_mutex_lock(&repeat_lock);
    struct repeat *slot = repeat_find(component, sentence);
    slot->level = level;
    if (slot->written == 0 || now_ms - slot->window_start_ms >= FEN_LOG_REPEAT_MS) {
        *held_back_out = slot->held_back;
        slot->held_back = 0;
        slot->written = 0;
        slot->window_start_ms = now_ms;
    }
    bool is_admitted = slot->written < FEN_LOG_REPEAT_MAX;
    if (is_admitted)
        slot->written++;
    else
        slot->held_back++;
    pthread_mutex_unlock(&repeat_lock);
    return is_admitted;
}

void fen_log_write(enum fen_log_level level, const char *component, const char *sentence,
                   const struct fen_log_field *fields)
{
    uint64_t held_back;
    if (!fen_log_is_enabled(level) || !repeat_admit(level, component, sentence, &held_back))
        return;
    write_line(level, component, sentence, fields, held_back);
}

void fen_log_flush(void)
{
    pthread_mutex_lock(&repeat_lock);
    for (struct repeat *slot = repeats; slot < repeats + REPEAT_SLOT_COUNT; slot++) {
        if (slot->held_back == 0)
            continue;
        write_line(slot->level, slot->component, slot->sentence,
                   (const struct fen_log_field[]){FEN_LOG_END}, slot->held_back);
        slot->held_back = 0;
    }
    pthread_mutex_unlock(&repeat_lock);
}
