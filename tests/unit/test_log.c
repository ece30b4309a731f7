/* test_log: base/log; one line a call, JSON that parses, repeats held back and told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

static int ends[2];
static char text[65536];

/* Log to a pipe from now on. */
static void begin(enum fen_log_level level, enum fen_log_format format)
{
    assert_int_equal(pipe(ends), 0);
    fen_log_init(
        &(struct fen_log_options){.level = level, .format = format, .descriptor = ends[1]});
}

/* Everything logged since begin. */
static const char *end(void)
{
    fen_log_init(&(struct fen_log_options){.descriptor = STDERR_FILENO});
    assert_int_equal(close(ends[1]), 0);
    ssize_t size = read(ends[0], text, sizeof text - 1);
    assert_true(size >= 0);
    text[size] = '\0';
    assert_int_equal(close(ends[0]), 0);
    return text;
}

static uint32_t count_lines(const char *lines)
{
    uint32_t count = 0;
    for (; *lines != '\0'; lines++)
        count += *lines == '\n';
    return count;
}

/* Away from a terminal a line is a JSON object, its texts escaped, absent ones null. */
static void test_json_fields(void **state)
{
    begin(FEN_LOG_LEVEL_INFO, FEN_LOG_FORMAT_AUTO);
    FEN_LOG_WARN("worker", "json fields", FEN_LOG_INT("least", INT64_MIN),
                 FEN_LOG_UINT("most", UINT64_MAX), FEN_LOG_TEXT("text", "a\"b\\c\nd"),
                 FEN_LOG_STR("none", FEN_STR_NONE));
    const char *line = end();
    assert_int_equal(line[0], '{');
    assert_non_null(strstr(line, "\"level\":\"warn\",\"component\":\"worker\","
                                 "\"message\":\"json fields\",\"least\":-9223372036854775808,"
                                 "\"most\":18446744073709551615,\"text\":\"a\\\"b\\\\c\\u000ad\","
                                 "\"none\":null}\n"));
}

/* The human form quotes only what a reader could take for something else. */
static void test_human_fields(void **state)
{
    begin(FEN_LOG_LEVEL_INFO, FEN_LOG_FORMAT_HUMAN);
    FEN_LOG_INFO("worker", "human fields", FEN_LOG_TEXT("plain", "导购"),
                 FEN_LOG_TEXT("spaced", "a b"), FEN_LOG_TEXT("empty", ""));
    assert_non_null(
        strstr(end(), "info  worker: human fields plain=导购 spaced=\"a b\" empty=\"\"\n"));
}

/* A level less grave than the one chosen is not written. */
static void test_level(void **state)
{
    enum fen_log_level level;
    begin(FEN_LOG_LEVEL_WARN, FEN_LOG_FORMAT_JSON);
    FEN_LOG_INFO("worker", "level");
    FEN_LOG_ERROR("worker", "level");
    assert_false(fen_log_is_enabled(FEN_LOG_LEVEL_INFO));
    assert_int_equal(count_lines(end()), 1);
    assert_true(fen_log_level_parse(FEN_STR("debug"), &level));
    assert_int_equal(level, FEN_LOG_LEVEL_DEBUG);
    assert_false(fen_log_level_parse(FEN_STR("trace"), &level));
}

/* A flood of one sentence is cut, counted and told; another sentence is not touched by it. */
static void test_repeats_are_held_back_and_told(void **state)
{
    begin(FEN_LOG_LEVEL_INFO, FEN_LOG_FORMAT_JSON);
    for (int i = 0; i < 1000; i++)
        FEN_LOG_ERROR("worker", "flood", FEN_LOG_INT("i", i));
    FEN_LOG_ERROR("other", "flood");
    fen_log_flush();
    const char *lines = end();
    assert_int_equal(count_lines(lines), FEN_LOG_REPEAT_MAX + 2);
    assert_non_null(strstr(lines, "\"component\":\"other\""));
    assert_non_null(strstr(lines, "\"message\":\"flood\",\"held_back\":990}"));
}

/* More sentences than the table follows: what the forgotten ones held back is told then. */
static void test_forgotten_sentences_tell_their_count(void **state)
{
    static char sentences[100][24];
    begin(FEN_LOG_LEVEL_INFO, FEN_LOG_FORMAT_JSON);
    for (int i = 0; i < FEN_LOG_REPEAT_MAX + 5; i++)
        FEN_LOG_INFO("worker", "forgotten");
    for (int i = 0; i < 100; i++) {
        (void)snprintf(sentences[i], sizeof sentences[i], "sentence %d", i);
        FEN_LOG_INFO("worker", sentences[i]);
    }
    fen_log_flush();
    assert_non_null(strstr(end(), "\"message\":\"forgotten\",\"held_back\":5}"));
}

/* A line begins with its priority on the stream that is journald's, and not on another. */
static void test_journal_priority(void **state)
{
    struct stat status;
    char stream[64];
    setenv("JOURNAL_STREAM", "1:1", 1);
    begin(FEN_LOG_LEVEL_INFO, FEN_LOG_FORMAT_JSON);
    FEN_LOG_INFO("worker", "journal");
    assert_int_equal(end()[0], '{');
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fstat(ends[1], &status), 0);
    (void)snprintf(stream, sizeof stream, "%lu:%lu", (unsigned long)status.st_dev,
                   (unsigned long)status.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
    fen_log_init(&(struct fen_log_options){.level = FEN_LOG_LEVEL_INFO, .descriptor = ends[1]});
    FEN_LOG_ERROR("worker", "journal");
    unsetenv("JOURNAL_STREAM");
    assert_memory_equal(end(), "<3>{", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_fields),
        cmocka_unit_test(test_human_fields),
        cmocka_unit_test(test_level),
        cmocka_unit_test(test_repeats_are_held_back_and_told),
        cmocka_unit_test(test_forgotten_sentences_tell_their_count),
        cmocka_unit_test(test_journal_priority),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
