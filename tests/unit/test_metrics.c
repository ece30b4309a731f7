/* test_metrics: the Prometheus text, checked by a strict reader of its format; health's answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/health.h"
#include "api/metrics.h"

#define NAME_COUNT_MAX 128

/* What a reader of the text has seen. */
struct scrape {
    char names[NAME_COUNT_MAX][96]; /* of metrics, in order */
    bool is_counter[NAME_COUNT_MAX];
    uint32_t series[NAME_COUNT_MAX];
    uint32_t name_count;
};

static size_t name_size(const char *text)
{
    size_t size = 0;
    assert_true(isalpha((unsigned char)text[0]) || text[0] == '_');
    while (isalnum((unsigned char)text[size]) || text[size] == '_')
        size++;
    return size;
}

/* {label="value"}, the value escaped; returns what follows. */
static const char *skip_label(const char *text)
{
    text++;
    text += name_size(text);
    assert_memory_equal(text, "=\"", 2);
    for (text += 2; *text != '"'; text++) {
        assert_int_not_equal(*text, '\n');
        if (*text == '\\') {
            text++;
            assert_non_null(strchr("\\\"n", *text));
        }
    }
    assert_int_equal(text[1], '}');
    return text + 2;
}

static void read_head(struct scrape *scrape, const char *help, const char *type)
{
    char *name = scrape->names[scrape->name_count];
    assert_memory_equal(help, "# HELP ", 7);
    size_t size = name_size(help + 7);
    assert_true(size < 96 && help[7 + size] == ' ' && help[8 + size] != '\0');
    memcpy(name, help + 7, size);
    name[size] = '\0';
    for (uint32_t index = 0; index < scrape->name_count; index++)
        assert_string_not_equal(scrape->names[index], name); /* a metric stands together */
    assert_memory_equal(type, "# TYPE ", 7);
    assert_memory_equal(type + 7, name, size);
    bool is_counter = strcmp(type + 7 + size, " counter") == 0;
    assert_true(is_counter || strcmp(type + 7 + size, " gauge") == 0);
    /* A counter's name says so, and a gauge's never does. */
    assert_int_equal(is_counter, size > 6 && strcmp(name + size - 6, "_total") == 0);
    scrape->is_counter[scrape->name_count] = is_counter;
    scrape->series[scrape->name_count++] = 0;
}

static void read_sample(struct scrape *scrape, const char *line)
{
    uint32_t last = scrape->name_count - 1;
    size_t size = name_size(line);
    assert_int_equal(size, strlen(scrape->names[last]));
    assert_memory_equal(line, scrape->names[last], size);
    const char *rest = line + size;
    if (*rest == '{')
        rest = skip_label(rest);
    assert_int_equal(*rest, ' ');
    char *end;
    double value = strtod(rest + 1, &end);
    assert_true(end != rest + 1 && *end == '\0');
    assert_true(!scrape->is_counter[last] || value >= 0);
    scrape->series[last]++;
}

static void read_text(const struct fen_metrics *metrics, struct scrape *scrape,
                      struct fen_buffer *text)
{
    memset(scrape, 0, sizeof *scrape);
    fen_metrics_write(metrics, text);
    assert_int_equal(text->data[text->size_bytes - 1], '\n');
    fen_buffer_append_byte(text, '\0');
    char *copy = strdup(text->data);
    char *place = NULL;
    for (char *line = strtok_r(copy, "\n", &place); line != NULL;
         line = strtok_r(NULL, "\n", &place)) {
        if (line[0] == '#')
            read_head(scrape, line, strtok_r(NULL, "\n", &place));
        else
            read_sample(scrape, line);
    }
    free(copy);
    for (uint32_t index = 0; index < scrape->name_count; index++)
        assert_true(scrape->series[index] > 0);
}

static void read_counters(void *context, struct fen_counters *sum)
{
    fen_counters_read(context, sum);
}

static double read_gauge(void *context, uint32_t series)
{
    static const double values[] = {0.5, -3, 1e300};
    return values[series];
}

static const char *label_value(void *context, uint32_t series)
{
    static const char *const values[] = {"a\"b", "c\\d", "e\nf"};
    return values[series];
}

static void test_metrics_sum_the_counters_of_all_workers(void **state)
{
    struct fen_counters workers[2] = {
        {.events_read = 9007199254740993, .dead_lettered_by_code = {[FEN_REFUSAL_BAD_ID] = 2}},
        {.events_read = 10, .dead_lettered_by_code = {[FEN_REFUSAL_BAD_ID] = 5}}};
    struct fen_metrics *metrics = fen_metrics_create("0.1.0");
    struct fen_buffer text = {0};
    struct scrape scrape;
    fen_metrics_add_counters(metrics, read_counters, &workers[0]);
    fen_metrics_add_counters(metrics, read_counters, &workers[1]);
    read_text(metrics, &scrape, &text);
    /* Beyond 2^53, to the last digit. */
    assert_non_null(strstr(text.data, "\nfen_events_read_total 9007199254741003\n"));
    assert_non_null(strstr(text.data, "\nfen_dead_letters_total{code=\"BAD_ID\"} 7\n"));
    assert_non_null(strstr(text.data, "\nfen_dead_letters_total{code=\"CRASHED\"} 0\n"));
    assert_non_null(strstr(text.data, "\nfen_build_info{version=\"0.1.0\"} 1\n"));
    const char *resident = strstr(text.data, "\nprocess_resident_memory_bytes ");
    assert_non_null(resident);
    assert_true(strtod(strchr(resident + 1, ' '), NULL) > 1e6);
    fen_buffer_deinit(&text);
    fen_metrics_destroy(metrics);
}

static void test_metrics_write_gauges_with_labels(void **state)
{
    struct fen_metrics *metrics = fen_metrics_create("0.1.0");
    struct fen_buffer text = {0};
    struct scrape scrape;
    const struct fen_metric gauge = {"fen_test_seconds", "a \\ and\na line end", FEN_METRIC_GAUGE,
                                     "name", 3, label_value, read_gauge, NULL};
    const struct fen_metric numbered = {"fen_worker_lag_seconds", "by worker", FEN_METRIC_GAUGE,
                                        "worker", 2, NULL, read_gauge, NULL};
    fen_metrics_add(metrics, &gauge);
    fen_metrics_add(metrics, &numbered);
    read_text(metrics, &scrape, &text);
    assert_non_null(strstr(text.data, "# HELP fen_test_seconds a \\\\ and\\na line end\n"));
    assert_non_null(strstr(text.data, "\nfen_test_seconds{name=\"a\\\"b\"} 0.5\n"));
    assert_non_null(strstr(text.data, "\nfen_test_seconds{name=\"c\\\\d\"} -3\n"));
    assert_non_null(strstr(text.data, "\nfen_test_seconds{name=\"e\\nf\"} 1"));
    assert_non_null(strstr(text.data, "\nfen_worker_lag_seconds{worker=\"1\"} -3\n"));
    fen_buffer_deinit(&text);
    fen_metrics_destroy(metrics);
}

static bool is_well(void *context, struct fen_buffer *reason)
{
    const char *text = context;
    if (text != NULL)
        fen_buffer_append_format(reason, "%s", text);
    return text == NULL;
}

static void assert_health(const struct fen_health *health, enum fen_health_kind kind,
                          bool expected, const char *expected_text)
{
    struct fen_buffer text = {0};
    assert_int_equal(fen_health_write(health, kind, &text), expected);
    fen_buffer_append_byte(&text, '\0');
    assert_string_equal(text.data, expected_text);
    fen_buffer_deinit(&text);
}

static void test_health_says_why(void **state)
{
    struct fen_health *health = fen_health_create();
    assert_health(health, FEN_HEALTH_READY, true, "{\"status\":\"ok\"}\n");
    fen_health_add(health, &(struct fen_health_check){"worker 0", FEN_HEALTH_LIVE, is_well, NULL});
    fen_health_add(health, &(struct fen_health_check){"worker 1", FEN_HEALTH_READY, is_well,
                                                      (void *)(uintptr_t) "it \"restores\""});
    fen_health_add(health, &(struct fen_health_check){"projector", FEN_HEALTH_READY, is_well,
                                                      (void *)(uintptr_t) "Redis is away"});
    assert_health(health, FEN_HEALTH_LIVE, true, "{\"status\":\"ok\"}\n");
    assert_health(health, FEN_HEALTH_READY, false,
                  "{\"status\":\"unavailable\",\"reasons\":["
                  "{\"check\":\"worker 1\",\"reason\":\"it \\\"restores\\\"\"},"
                  "{\"check\":\"projector\",\"reason\":\"Redis is away\"}]}\n");
    fen_health_add(health, &(struct fen_health_check){"worker 2", FEN_HEALTH_LIVE, is_well,
                                                      (void *)(uintptr_t) "it hangs"});
    assert_health(health, FEN_HEALTH_LIVE, false,
                  "{\"status\":\"unavailable\",\"reasons\":["
                  "{\"check\":\"worker 2\",\"reason\":\"it hangs\"}]}\n");
    fen_health_destroy(health);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metrics_sum_the_counters_of_all_workers),
        cmocka_unit_test(test_metrics_write_gauges_with_labels),
        cmocka_unit_test(test_health_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
