/*
 * test_order_tracer: questions are answered in their order, in the loop, each once; what is
 * refused, and what becomes of those that wait when the loop or the tracer ends.
 */
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <event2/event.h>
#include <event2/thread.h>

#include "api/order_tracer.h"

#define STOP_MS 60000

struct bench {
    struct event_base *base;
    struct fen_order_tracer *tracer;
    sem_t begun; /* a trace is at work */
    sem_t gate;  /* and waits for this one, unless it is told that all is over */
    bool is_gated;
    bool is_endless;
    sem_t idle;
    char answers[512];
    uint32_t answer_count;
};

static enum fen_tracer_fate trace(void *context, const struct fen_order_tracer *tracer,
                                   const struct fen_tracer_question *question,
                                   struct fen_buffer *told)
{
    struct bench *bench = context;
    sem_post(&bench->begun);
    if (bench->is_gated)
        sem_wait(&bench->gate);
    while (bench->is_endless && !fen_order_tracer_is_over(tracer))
        continue;
    if (fen_order_tracer_is_over(tracer))
        return FEN_TRACER_UNAVAILABLE;
    if (fen_str_equal(question->order, FEN_STR("none")))
        return FEN_TRACER_NO_SUCH_ORDER;
    fen_buffer_append_format(told, "%.*s/%.*s", FEN_STR_ARG(question->tenant),
                             FEN_STR_ARG(question->order));
    return FEN_TRACER_TOLD;
}

static void idle(void *context)
{
    struct bench *bench = context;
    sem_post(&bench->idle);
}

static void answer(void *context, enum fen_tracer_fate fate, struct fen_str told)
{
    static const char *const names[] = {"told", "none", "unavailable"};
    struct bench *bench = context;
    size_t used = strlen(bench->answers);
    (void)snprintf(bench->answers + used, sizeof bench->answers - used, "%s%s %.*s",
                   used == 0 ? "" : ", ", names[fate], FEN_STR_ARG(told));
    bench->answer_count++;
}

static bool ask(struct bench *bench, const char *order)
{
    char text[32]; /* the tracer keeps a copy */
    (void)snprintf(text, sizeof text, "%s", order);
    bool is_taken = fen_order_tracer_ask(
        bench->tracer,
        &(struct fen_tracer_question){.tenant = FEN_STR("t"), .order = fen_str_from(text)},
        answer, bench);
    memset(text, 'x', sizeof text);
    return is_taken;
}

static void start(struct bench *bench, uint32_t seconds_max)
{
    *bench = (struct bench){.base = event_base_new()};
    assert_int_equal(sem_init(&bench->begun, 0, 0), 0);
    assert_int_equal(sem_init(&bench->gate, 0, 0), 0);
    assert_int_equal(sem_init(&bench->idle, 0, 0), 0);
    bench->tracer = fen_order_tracer_create(&(struct fen_order_tracer_options){
        .trace = trace, .idle = idle, .context = bench, .seconds_max = seconds_max});
    fen_order_tracer_attach(bench->tracer, bench->base);
}

static void wait_for_answers(struct bench *bench, uint32_t count)
{
    while (bench->answer_count < count)
        (void)event_base_loop(bench->base, EVLOOP_ONCE);
}

static void end(struct bench *bench)
{
    assert_true(fen_order_tracer_stop(bench->tracer, STOP_MS));
    event_base_free(bench->base);
    sem_destroy(&bench->begun);
    sem_destroy(&bench->gate);
    sem_destroy(&bench->idle);
}

static void test_each_is_answered_once_and_in_order(void **state)
{
    struct bench bench;
    start(&bench, 60);
    assert_true(ask(&bench, "O1") && ask(&bench, "none") && ask(&bench, "O2"));
    wait_for_answers(&bench, 3);
    assert_string_equal(bench.answers, "told t/O1, none , told t/O2");
    fen_order_tracer_detach(bench.tracer);
    end(&bench);
}

static void test_no_more_than_a_few_may_wait(void **state)
{
    struct bench bench;
    start(&bench, 60);
    bench.is_gated = true;
    assert_true(ask(&bench, "none"));
    sem_wait(&bench.begun);
    for (uint32_t index = 0; index < FEN_TRACER_WAITING_COUNT_MAX; index++)
        assert_true(ask(&bench, "none"));
    assert_false(ask(&bench, "none"));
    for (uint32_t index = 0; index < FEN_TRACER_WAITING_COUNT_MAX + 1; index++)
        sem_post(&bench.gate);
    wait_for_answers(&bench, FEN_TRACER_WAITING_COUNT_MAX + 1);
    fen_order_tracer_detach(bench.tracer);
    end(&bench);
    assert_int_equal(bench.answer_count, FEN_TRACER_WAITING_COUNT_MAX + 1);
}

/* Whoever has waited too long is not worked for. */
static void test_a_trace_has_its_time(void **state)
{
    struct bench bench;
    start(&bench, 0);
    assert_true(ask(&bench, "O1"));
    wait_for_answers(&bench, 1);
    assert_string_equal(bench.answers, "unavailable ");
    assert_int_equal(sem_trywait(&bench.begun), -1);
    fen_order_tracer_detach(bench.tracer);
    end(&bench);
}

static void test_a_loop_that_ends_answers_all(void **state)
{
    struct bench bench;
    start(&bench, 3600);
    bench.is_endless = true;
    assert_true(ask(&bench, "O1") && ask(&bench, "O2"));
    sem_wait(&bench.begun);
    fen_order_tracer_detach(bench.tracer); /* the one at work gives up */
    assert_string_equal(bench.answers, "unavailable , unavailable ");
    end(&bench);
    assert_int_equal(bench.answer_count, 2);
}

static void test_a_tracer_that_ends_answers_while_the_loop_runs(void **state)
{
    struct bench bench;
    start(&bench, 3600);
    bench.is_endless = true;
    assert_true(ask(&bench, "O1") && ask(&bench, "O2"));
    sem_wait(&bench.begun);
    fen_order_tracer_ask_to_stop(bench.tracer);
    wait_for_answers(&bench, 2);
    assert_string_equal(bench.answers, "unavailable , unavailable ");
    assert_false(ask(&bench, "O3"));
    fen_order_tracer_detach(bench.tracer);
    end(&bench);
}

static void test_a_tracer_without_work_says_so(void **state)
{
    struct bench bench;
    start(&bench, 60);
    sem_wait(&bench.idle);
    sem_wait(&bench.idle);
    fen_order_tracer_detach(bench.tracer);
    end(&bench);
    fen_order_tracer_ask_to_stop(NULL);
    assert_true(fen_order_tracer_stop(NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_is_answered_once_and_in_order),
        cmocka_unit_test(test_no_more_than_a_few_may_wait),
        cmocka_unit_test(test_a_trace_has_its_time),
        cmocka_unit_test(test_a_loop_that_ends_answers_all),
        cmocka_unit_test(test_a_tracer_that_ends_answers_while_the_loop_runs),
        cmocka_unit_test(test_a_tracer_without_work_says_so),
    };
    evthread_use_pthreads();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
