/* test_kafka_close: a client that ends, and one whose library does not. No broker is needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <semaphore.h>

#include "stream/kafka_close.h"

static sem_t asked, released;

/* Called by the broker's thread, which then ends when this does. */
static int wait_for_release(int domain, int type, int protocol, void *context)
{
    (void)domain, (void)type, (void)protocol, (void)context;
    (void)sem_post(&asked);
    (void)sem_wait(&released);
    (void)sem_post(&released);
    return -1;
}

static rd_kafka_t *open_client(rd_kafka_type_t type, bool hangs)
{
    char reason[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", "127.0.0.1:1", reason, sizeof reason);
    rd_kafka_conf_set(conf, "group.id", "g", reason, sizeof reason);
    rd_kafka_conf_set(conf, "log_level", "0", reason, sizeof reason);
    if (hangs)
        rd_kafka_conf_set_socket_cb(conf, wait_for_release);
    rd_kafka_t *handle = rd_kafka_new(type, conf, reason, sizeof reason);
    assert_non_null(handle);
    return handle;
}

static void test_a_client_is_closed(void **state)
{
    assert_true(fen_kafka_close(open_client(RD_KAFKA_CONSUMER, false), 60000));
    assert_true(fen_kafka_close(open_client(RD_KAFKA_PRODUCER, false), 60000));
}

static void test_a_library_that_does_not_end_is_left(void **state)
{
    assert_int_equal(sem_init(&asked, 0, 0), 0);
    assert_int_equal(sem_init(&released, 0, 0), 0);
    rd_kafka_t *handle = open_client(RD_KAFKA_PRODUCER, true);
    assert_int_equal(sem_wait(&asked), 0);
    assert_false(fen_kafka_close(handle, 0));
    assert_int_equal(sem_post(&released), 0);
    assert_int_equal(rd_kafka_wait_destroyed(60000), 0); /* else it frees while the process ends */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_client_is_closed),
        cmocka_unit_test(test_a_library_that_does_not_end_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
