/* test_config: cli/config; four levels, strict file, origins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/options/config.h"

static char path[] = "/tmp/fen-config-XXXXXX";

/* Write the file, and take a config from it and from the words behind it. */
static enum fen_exit load(struct fen_config *config, const char *yaml, const char *word,
                          const char *value)
{
    struct fen_arguments arguments;
    char name[] = "run";
    char option[] = "--config";
    char *argv[] = {name, option, path, (char *)(uintptr_t)word, (char *)(uintptr_t)value, NULL};
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(yaml, file) >= 0);
    assert_int_equal(fclose(file), 0);
    enum fen_exit result = fen_arguments_init(&arguments, fen_command_find("run"),
                                              word == NULL ? 3 : 5, argv);
    assert_int_equal(result, FEN_EXIT_OK);
    result = fen_config_init(config, &arguments);
    /* Texts of the command line are argv's, which outlive the arguments. */
    fen_arguments_deinit(&arguments);
    return result;
}

static const char *kafka_setting(const struct fen_config *config, const char *name)
{
    for (uint32_t i = 0; i < config->kafka.setting_count; i++) {
        if (strcmp(config->kafka.settings[i].name, name) == 0)
            return config->kafka.settings[i].value;
    }
    return NULL;
}

/* Command line over environment over file over default. */
static void test_stronger_level_holds(void **state)
{
    struct fen_config config;
    setenv("FEN_WORKERS", "3", 1);
    setenv("FEN_GROUP", "of-environment", 1);
    assert_int_equal(load(&config, "workers: 2\ngroup: of-file\ninstance: i-1\n", "--workers", "4"),
                     FEN_EXIT_OK);
    unsetenv("FEN_WORKERS");
    unsetenv("FEN_GROUP");
    assert_int_equal(fen_config_number(&config, "workers"), 4);
    assert_string_equal(fen_config_text(&config, "group"), "of-environment");
    assert_string_equal(fen_config_text(&config, "instance"), "i-1");
    assert_string_equal(fen_config_text(&config, "stages"), "split,post,project,api");
    fen_config_deinit(&config);
}

/* kafka: in the file, FEN_KAFKA__* and --bootstrap meet in one list without repeats. */
static void test_kafka_settings_merge(void **state)
{
    struct fen_config config;
    setenv("FEN_KAFKA__CLIENT_ID", "of-environment", 1);
    assert_int_equal(load(&config,
                          "kafka:\n  bootstrap.servers: file:1\n  client.id: file\n"
                          "  fetch.min.bytes: 5\n",
                          "--bootstrap", "line:1"),
                     FEN_EXIT_OK);
    unsetenv("FEN_KAFKA__CLIENT_ID");
    assert_string_equal(kafka_setting(&config, "bootstrap.servers"), "line:1");
    assert_string_equal(kafka_setting(&config, "client.id"), "of-environment");
    assert_string_equal(kafka_setting(&config, "fetch.min.bytes"), "5");
    assert_int_equal(config.kafka.setting_count, 3);
    fen_config_deinit(&config);
}

/* ${VAR}, ${VAR:-default}, $$. */
static void test_variables_are_replaced(void **state)
{
    struct fen_config config;
    setenv("FEN_TEST_NAME", "seven", 1);
    unsetenv("FEN_TEST_NONE");
    assert_int_equal(load(&config,
                          "group: g-${FEN_TEST_NAME}-$$\ninstance: ${FEN_TEST_NONE:-a b}\n", NULL,
                          NULL),
                     FEN_EXIT_OK);
    assert_string_equal(fen_config_text(&config, "group"), "g-seven-$");
    assert_string_equal(fen_config_text(&config, "instance"), "a b");
    fen_config_deinit(&config);
    unsetenv("FEN_TEST_NAME");
}

/* Each of these files starts nothing. */
static void test_mistakes_in_the_file_are_refused(void **state)
{
    static const char *const files[] = {
        "workrs: 2\n",
        "workers: two\n",
        "workers: 0\n",
        "workers: [2]\n",
        "workers: 2\nworkers: 3\n",
        "until_idle: 2s\n",
        "accept_cut_inputs: true\n",
        "bootstrap: h:1\n",
        "kafka: h:1\n",
        "kafka:\n  foo.bar: 1\n",
        "kafka:\n  acks: 0\n",
        "group: ${FEN_TEST_NONE}\n",
        "group: ${FEN_TEST_NONE:?set it}\n",
        "group: ${FEN_TEST_NONE\n",
        "- a\n",
        "group: &a x\n",
        "group: 'x\n",
        "group：x\n",
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct fen_config config;
        if (load(&config, files[i], NULL, NULL) != FEN_EXIT_CONFIG)
            fail_msg("not refused: %s", files[i]);
        fen_config_deinit(&config);
    }
}

/* An empty file is the defaults; a value of the environment is checked like any. */
static void test_environment_is_checked(void **state)
{
    struct fen_config config;
    assert_int_equal(load(&config, "", NULL, NULL), FEN_EXIT_OK);
    assert_int_equal(fen_config_number(&config, "workers"), 1);
    fen_config_deinit(&config);
    setenv("FEN_WORKERS", "many", 1);
    assert_int_equal(load(&config, "", NULL, NULL), FEN_EXIT_CONFIG);
    unsetenv("FEN_WORKERS");
    fen_config_deinit(&config);
}

/* What is printed can be read again, says where each value comes from, and hides secrets. */
static void test_print_masks_secrets_and_reads_back(void **state)
{
    struct fen_config config;
    char *text = NULL;
    size_t size;
    assert_int_equal(load(&config,
                          "workers: 2\nkafka:\n  bootstrap.servers: h:1\n"
                          "  sasl.password: geheim\n",
                          "--group", "g"),
                     FEN_EXIT_OK);
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    fen_config_print(&config, true, file);
    assert_int_equal(fclose(file), 0);
    assert_null(strstr(text, "geheim"));
    assert_non_null(strstr(text, "group: g  # --group\n"));
    assert_non_null(strstr(text, ":1\n")); /* the file's first line */
    fen_config_deinit(&config);
    assert_int_equal(load(&config, text, NULL, NULL), FEN_EXIT_OK);
    assert_int_equal(fen_config_number(&config, "workers"), 2);
    assert_string_equal(kafka_setting(&config, "bootstrap.servers"), "h:1");
    fen_config_deinit(&config);
    free(text);
}

static int prepare(void **state)
{
    int nowhere = open("/dev/null", O_WRONLY);
    int file = mkstemp(path);
    return file < 0 || close(file) != 0 || nowhere < 0 || dup2(nowhere, STDERR_FILENO) < 0
                   || close(nowhere) != 0
               ? -1
               : 0;
}

static int clear(void **state)
{
    return unlink(path);
}

/* The guides' API stands in the file as in the environment. */
static void test_api_is_configured_like_all_else(void **state)
{
    struct fen_config config;
    setenv("FEN_API_RATE", "7", 1);
    assert_int_equal(load(&config, "api_keys: /etc/fen/keys\napi_rate: 3\nutc_offset: \"+09:00\"\n",
                          NULL, NULL),
                     FEN_EXIT_OK);
    unsetenv("FEN_API_RATE");
    assert_string_equal(fen_config_text(&config, "api-keys"), "/etc/fen/keys");
    assert_string_equal(fen_config_text(&config, "utc-offset"), "+09:00");
    assert_null(fen_config_text(&config, "api-origins"));
    assert_int_equal(fen_config_number(&config, "api-rate"), 7);
    assert_int_equal(fen_config_number(&config, "api-streams"), 20000);
    fen_config_deinit(&config);
    assert_int_equal(load(&config, "api_streams: 0\n", NULL, NULL), FEN_EXIT_CONFIG);
    fen_config_deinit(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_api_is_configured_like_all_else),
        cmocka_unit_test(test_stronger_level_holds),
        cmocka_unit_test(test_kafka_settings_merge),
        cmocka_unit_test(test_variables_are_replaced),
        cmocka_unit_test(test_mistakes_in_the_file_are_refused),
        cmocka_unit_test(test_environment_is_checked),
        cmocka_unit_test(test_print_masks_secrets_and_reads_back),
    };
    return cmocka_run_group_tests(tests, prepare, clear);
}
