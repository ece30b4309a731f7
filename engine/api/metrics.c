/*
 * metrics: see metrics.h.
 *
 * https://prometheus.io/docs/instrumenting/exposition_formats/: HELP, TYPE, then all series of the
 * metric together. Whole numbers are written as such: a counter beyond 2^53 keeps its last digit.
 */
#include "api/metrics.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "redis/projector.h"

#define METRIC_COUNT_MAX 256
#define READER_COUNT_MAX 64

struct counters_reader {
    void (*read)(void *context, struct fen_counters *sum);
    void *context;
};

struct fen_metrics {
    const char *version;
    double start_seconds;
    struct fen_metric metrics[METRIC_COUNT_MAX];
    uint32_t metric_count;
    struct counters_reader readers[READER_COUNT_MAX];
    uint32_t reader_count;
};

struct fen_metrics *fen_metrics_create(const char *version)
{
    struct fen_metrics *metrics = calloc(1, sizeof *metrics);
    FEN_ASSERT(metrics != NULL && "out of memory");
    metrics->version = version;
    metrics->start_seconds = (double)time(NULL);
    return metrics;
}

void fen_metrics_destroy(struct fen_metrics *metrics)
{
    free(metrics);
}

void fen_metrics_add(struct fen_metrics *metrics, const struct fen_metric *metric)
{
    FEN_ASSERT(metrics->metric_count < METRIC_COUNT_MAX);
    for (uint32_t index = 0; index < metrics->metric_count; index++)
        FEN_ASSERT(strcmp(metrics->metrics[index].name, metric->name) != 0);
    metrics->metrics[metrics->metric_count++] = *metric;
}

void fen_metrics_add_counters(struct fen_metrics *metrics,
                              void (*read)(void *context, struct fen_counters *sum), void *context)
{
    FEN_ASSERT(metrics->reader_count < READER_COUNT_MAX);
    metrics->readers[metrics->reader_count++] = (struct counters_reader){read, context};
}

/* In a HELP line a backslash and a line end are escaped, in a label's value the quote as well. */
static void append_escaped(struct fen_buffer *out, const char *text, bool is_label)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            fen_buffer_append(out, "\\n", 2);
            continue;
        }
        if (*text == '\\' || (is_label && *text == '"'))
            fen_buffer_append_byte(out, '\\');
        fen_buffer_append_byte(out, *text);
    }
}

static void append_head(struct fen_buffer *out, const char *name, const char *help,
                        enum fen_metric_kind kind)
{
    fen_buffer_append_format(out, "# HELP %s ", name);
    append_escaped(out, help, false);
    fen_buffer_append_format(out, "\n# TYPE %s %s\n", name,
                             kind == FEN_METRIC_COUNTER ? "counter" : "gauge");
}

/* The shortest text that reads back as the same double. */
static void append_fraction(struct fen_buffer *out, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.15g", value);
    if (strtod(text, NULL) < value || strtod(text, NULL) > value)
        snprintf(text, sizeof text, "%.17g", value);
    fen_buffer_append_format(out, " %s\n", text);
}

static void append_value(struct fen_buffer *out, double value)
{
    if (isnan(value))
        fen_buffer_append_format(out, " NaN\n");
    else if (isinf(value))
        fen_buffer_append_format(out, value > 0 ? " +Inf\n" : " -Inf\n");
    else if (value == floor(value) && fabs(value) < 9e15)
        fen_buffer_append_format(out, " %.0f\n", value);
    else
        append_fraction(out, value);
}

static void append_label(struct fen_buffer *out, const char *name, const char *value)
{
    fen_buffer_append_format(out, "{%s=\"", name);
    append_escaped(out, value, true);
    fen_buffer_append_format(out, "\"}");
}

static void append_metric(struct fen_buffer *out, const struct fen_metric *metric)
{
    append_head(out, metric->name, metric->help, metric->kind);
    uint32_t series_count = metric->label == NULL ? 1 : metric->series_count;
    for (uint32_t series = 0; series < series_count; series++) {
        fen_buffer_append_format(out, "%s", metric->name);
        if (metric->label != NULL) {
            char number[16];
            const char *value = number;
            snprintf(number, sizeof number, "%" PRIu32, series);
            if (metric->label_value != NULL)
                value = metric->label_value(metric->context, series);
            append_label(out, metric->label, value);
        }
        append_value(out, metric->read(metric->context, series));
    }
}

/* Counters of wire/counters.h, and dead letters by code. */
static void append_counters(struct fen_buffer *out, const struct fen_counters *sum)
{
#define APPEND(member, help)                                                                       \
    append_head(out, "fen_" #member "_total", help, FEN_METRIC_COUNTER);                           \
    fen_buffer_append_format(out, "fen_" #member "_total %" PRIu64 "\n", sum->member);
    FEN_COUNTERS(APPEND)
#undef APPEND
    append_head(out, "fen_dead_letters_total", "dead letters by code", FEN_METRIC_COUNTER);
    for (int code = FEN_REFUSAL_NONE + 1; code < FEN_REFUSAL_COUNT; code++)
        fen_buffer_append_format(out, "fen_dead_letters_total{code=\"%s\"} %" PRIu64 "\n",
                                 fen_refusal_name((enum fen_refusal)code),
                                 sum->dead_lettered_by_code[code]);
}

/* What /proc/self/stat says of the process: field 14 + 15 CPU ticks, 24 resident pages. */
static void read_process(double *cpu_seconds_out, double *resident_bytes_out)
{
    char text[1024];
    FILE *file = fopen("/proc/self/stat", "re");
    size_t size = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
    if (file != NULL)
        fclose(file);
    text[size] = '\0';
    /* The name, in parentheses, may hold anything. */
    const char *rest = strrchr(text, ')');
    uint64_t user = 0;
    uint64_t system = 0;
    uint64_t pages = 0;
    if (rest != NULL)
        (void)sscanf(rest + 1,
                     " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
                     " %*d %*d %*d %*d %*d %*d %*u %*u %" SCNu64,
                     &user, &system, &pages);
    *cpu_seconds_out = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
    *resident_bytes_out = (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void append_plain(struct fen_buffer *out, const char *name, const char *help,
                         enum fen_metric_kind kind, double value)
{
    append_head(out, name, help, kind);
    fen_buffer_append_format(out, "%s", name);
    append_value(out, value);
}

static void append_process(struct fen_buffer *out, const struct fen_metrics *metrics)
{
    double cpu_seconds;
    double resident_bytes;
    read_process(&cpu_seconds, &resident_bytes);
    append_head(out, "fen_build_info", "which fen this is; always 1", FEN_METRIC_GAUGE);
    fen_buffer_append_format(out, "fen_build_info");
    append_label(out, "version", metrics->version);
    fen_buffer_append_format(out, " 1\n");
    append_plain(out, "process_cpu_seconds_total", "CPU time used", FEN_METRIC_COUNTER,
                 cpu_seconds);
    append_plain(out, "process_resident_memory_bytes", "resident memory", FEN_METRIC_GAUGE,
                 resident_bytes);
    append_plain(out, "process_start_time_seconds", "when the process started, Unix time",
                 FEN_METRIC_GAUGE, metrics->start_seconds);
}

void fen_metrics_write(const struct fen_metrics *metrics, struct fen_buffer *out)
{
    struct fen_counters sum;
    memset(&sum, 0, sizeof sum);
    for (uint32_t index = 0; index < metrics->reader_count; index++)
        metrics->readers[index].read(metrics->readers[index].context, &sum);
    append_process(out, metrics);
    append_counters(out, &sum);
    for (uint32_t index = 0; index < metrics->metric_count; index++)
        append_metric(out, &metrics->metrics[index]);
}
