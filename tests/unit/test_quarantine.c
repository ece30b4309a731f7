/* test_quarantine: lives that end with messages in hand, and what the next life knows of them. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "stream/quarantine.h"

#define ORDERS FEN_TOPIC_ORDER_EVENTS

struct folder {
    char path[64];
    struct fen_buffer reason;
};

static int open_folder(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);
    assert_non_null(folder);
    (void)snprintf(folder->path, sizeof folder->path, "/tmp/fen-quarantine-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    *state = folder;
    return 0;
}

static int remove_folder(void **state)
{
    struct folder *folder = *state;
    char file[128];
    (void)snprintf(file, sizeof file, "%s/shop.attempts", folder->path);
    (void)unlink(file);
    (void)rmdir(folder->path);
    fen_buffer_deinit(&folder->reason);
    free(folder);
    return 0;
}

static struct fen_quarantine *open_it(struct folder *folder)
{
    struct fen_quarantine *quarantine =
        fen_quarantine_open(folder->path, "shop", &folder->reason);
    assert_non_null(quarantine);
    return quarantine;
}

static enum fen_suspicion look(struct folder *folder, enum fen_topic topic, int64_t offset)
{
    struct fen_quarantine *quarantine = open_it(folder);
    enum fen_suspicion suspicion = fen_quarantine_look(quarantine, topic, 1, offset);
    fen_quarantine_close(quarantine);
    return suspicion;
}

/* A life of its own, which works until `signal_number` ends it. */
static void live(struct folder *folder, void (*work)(struct fen_quarantine *), int signal_number)
{
    pid_t process = fork();
    assert_true(process >= 0);
    if (process == 0) {
        struct rlimit none = {0, 0};
        (void)setrlimit(RLIMIT_CORE, &none);
        work(open_it(folder));
        (void)kill(getpid(), signal_number);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(process, &status, 0), process);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == signal_number);
}

static void take(struct fen_quarantine *quarantine, enum fen_topic topic, int64_t offset)
{
    fen_quarantine_take(quarantine,
                        &(struct fen_message){.topic = topic, .partition = 1, .offset = offset});
}

static void take_order(struct fen_quarantine *quarantine)
{
    take(quarantine, ORDERS, 15);
}

static void take_touch(struct fen_quarantine *quarantine)
{
    take(quarantine, FEN_TOPIC_TOUCH_EVENTS, 15);
}

static void take_posting(struct fen_quarantine *quarantine)
{
    take(quarantine, FEN_TOPIC_POSTINGS, 15);
}

/* Sanitizers have handlers of their own, so that no crash leaves a mark there. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define HAS_CRASH_HANDLER
#endif

#ifdef HAS_CRASH_HANDLER
static void take_and_rest(struct fen_quarantine *quarantine)
{
    take_order(quarantine);
    fen_quarantine_rest(quarantine);
}
#endif

static void gather(struct fen_quarantine *quarantine)
{
    fen_quarantine_gather(quarantine);
    fen_quarantine_add(quarantine, ORDERS, 1, 10, 20);
    fen_quarantine_add(quarantine, FEN_TOPIC_TOUCH_EVENTS, 1, 3, 4);
}

#ifdef HAS_CRASH_HANDLER
static void test_second_crash_condemns(void **state)
{
    assert_int_equal(look(*state, ORDERS, 15), FEN_UNSUSPECTED);
    live(*state, take_order, SIGSEGV);
    assert_int_equal(look(*state, ORDERS, 15), FEN_SUSPECTED);
    assert_int_equal(look(*state, ORDERS, 16), FEN_UNSUSPECTED);
    live(*state, take_order, SIGABRT);
    assert_int_equal(look(*state, ORDERS, 15), FEN_CONDEMNED);
}

static void test_crash_at_the_end_of_a_batch_suspects_all_of_it(void **state)
{
    live(*state, gather, SIGFPE);
    assert_int_equal(look(*state, ORDERS, 10), FEN_SUSPECTED);
    assert_int_equal(look(*state, ORDERS, 19), FEN_SUSPECTED);
    assert_int_equal(look(*state, ORDERS, 20), FEN_UNSUSPECTED);
    /* One of one message counts as a crash at that message. */
    assert_int_equal(look(*state, FEN_TOPIC_TOUCH_EVENTS, 3), FEN_SUSPECTED);
    live(*state, take_order, SIGSEGV);
    assert_int_equal(look(*state, ORDERS, 15), FEN_CONDEMNED);
    assert_int_equal(look(*state, ORDERS, 16), FEN_SUSPECTED);
}

static void test_crash_outside_of_a_batch_accuses_nobody(void **state)
{
    live(*state, take_and_rest, SIGKILL);
    assert_int_equal(look(*state, ORDERS, 15), FEN_UNSUSPECTED);
    live(*state, take_and_rest, SIGSEGV);
    assert_int_equal(look(*state, ORDERS, 15), FEN_UNSUSPECTED);
}
#endif

static void test_kills_condemn_late_and_never_a_whole_batch(void **state)
{
    for (int lives = 0; lives < 4; lives++) {
        live(*state, take_order, SIGKILL);
        assert_int_equal(look(*state, ORDERS, 15), FEN_SUSPECTED);
    }
    live(*state, take_order, SIGKILL);
    assert_int_equal(look(*state, ORDERS, 15), FEN_CONDEMNED);
    live(*state, gather, SIGKILL);
    assert_int_equal(look(*state, ORDERS, 12), FEN_UNSUSPECTED);
}

static void test_what_has_passed_is_forgotten_but_for_what_is_read_again(void **state)
{
    for (int lives = 0; lives < 5; lives++) {
        live(*state, take_order, SIGKILL);
        live(*state, take_touch, SIGKILL);
    }
    struct fen_quarantine *quarantine = open_it(*state);
    assert_false(fen_quarantine_is_empty(quarantine));
    fen_quarantine_pass(quarantine, ORDERS, 1, 15);
    assert_int_equal(fen_quarantine_look(quarantine, ORDERS, 1, 15), FEN_CONDEMNED);
    fen_quarantine_pass(quarantine, ORDERS, 1, 16);
    fen_quarantine_pass(quarantine, FEN_TOPIC_TOUCH_EVENTS, 1, 16);
    fen_quarantine_close(quarantine);
    assert_int_equal(look(*state, ORDERS, 15), FEN_UNSUSPECTED);
    assert_int_equal(look(*state, FEN_TOPIC_TOUCH_EVENTS, 15), FEN_CONDEMNED);
}

static void test_a_posting_is_never_condemned(void **state)
{
    for (int lives = 0; lives < 6; lives++)
        live(*state, take_posting, SIGKILL);
    assert_int_equal(look(*state, FEN_TOPIC_POSTINGS, 15), FEN_SUSPECTED);
}

static void test_a_damaged_file_is_begun_anew_and_no_folder_is_told(void **state)
{
    struct folder *folder = *state;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/shop.attempts", folder->path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs("no journal at all", file) > 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(look(folder, ORDERS, 15), FEN_UNSUSPECTED);
    assert_null(fen_quarantine_open("/nowhere/at/all", "shop", &folder->reason));
    assert_non_null(strstr(folder->reason.data, "/nowhere/at/all/shop.attempts"));
    assert_int_equal(fen_quarantine_look(NULL, ORDERS, 1, 15), FEN_UNSUSPECTED);
}

int main(void)
{
#define TEST(name_) cmocka_unit_test_setup_teardown(name_, open_folder, remove_folder)
    const struct CMUnitTest tests[] = {
#ifdef HAS_CRASH_HANDLER
        TEST(test_second_crash_condemns),
        TEST(test_crash_at_the_end_of_a_batch_suspects_all_of_it),
        TEST(test_crash_outside_of_a_batch_accuses_nobody),
#endif
        TEST(test_kills_condemn_late_and_never_a_whole_batch),
        TEST(test_what_has_passed_is_forgotten_but_for_what_is_read_again),
        TEST(test_a_posting_is_never_condemned),
        TEST(test_a_damaged_file_is_begun_anew_and_no_folder_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
