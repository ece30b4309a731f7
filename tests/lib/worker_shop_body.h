/* worker_shop_body: the definitions of worker_shop.h; include once, in the test's own file. */
#ifndef FEN_TESTS_LIB_WORKER_SHOP_BODY_H
#define FEN_TESTS_LIB_WORKER_SHOP_BODY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "lib/fake_lanes_body.h"
#include "lib/worker_shop.h"
#include "plan/catalog_builder.h"
#include "stream/inputs.h"
#include "wire/memory_sink.h"
#include "wire/memory_source.h"

/* Stands in for plan/reference.c: one reference, changed by hand. */
struct fen_reference references[2];
uint32_t reference_index;

const struct fen_reference *fen_reference_acquire(struct fen_reference_builder *builder,
                                                  uint32_t reader)
{
    return &references[reference_index];
}

uint64_t next_random(struct shop *shop)
{
    shop->random ^= shop->random << 13;
    shop->random ^= shop->random >> 7;
    shop->random ^= shop->random << 17;
    return shop->random;
}

static enum fen_memory_fault choose_fault(void *context, enum fen_memory_step step)
{
    struct shop *shop = context;
    shop->sink_step++;
    bool is_now = shop->sink_step == shop->fault_at
                  || (shop->fault_each > 0 && next_random(shop) % shop->fault_each == 0);
    return is_now ? shop->fault : FEN_MEMORY_FAULT_NONE;
}

void open_shop(struct shop *shop)
{
    memset(shop, 0, sizeof *shop);
    memset(&fake_lanes_seen, 0, sizeof fake_lanes_seen);
    static const struct fen_catalog no_plans;
    references[0] = references[1] = (struct fen_reference){.catalog = &no_plans};
    reference_index = 0;
    fake_lanes_seen.touches_from_ms = INT64_MIN;
    shop->random = 88172645463325252u;
    shop->log = fen_memory_log_create(PARTITION_COUNT);
    shop->options = (struct fen_worker_options){
        .lanes = {.partition_count = PARTITION_COUNT, .has_split = true, .has_post = true},
        .batch_count_max = 7,
    };
    fen_memory_log_set_faults(shop->log, choose_fault, shop);
}

struct fen_worker *make_worker(struct shop *shop, uint32_t place, uint32_t identity)
{
    char name[32];
    enum fen_topic topics[FEN_INPUT_COUNT_MAX];
    uint32_t count = fen_inputs_list(shop->options.lanes.has_split,
                                     shop->options.lanes.has_post, topics);
    (void)snprintf(name, sizeof name, "worker-%u", identity);
    shop->workers[place] = fen_worker_create(
        &shop->options, fen_memory_source_create(shop->log, name, topics, count),
        fen_memory_sink_create(shop->log, name));
    return shop->workers[place];
}

/* As kill -9: what it had open stays open. */
void kill_worker(struct shop *shop, uint32_t place)
{
    fen_worker_destroy(shop->workers[place]);
    shop->workers[place] = NULL;
}

void close_shop(struct shop *shop)
{
    for (uint32_t i = 0; i < WORKER_MAX; i++)
        fen_worker_destroy(shop->workers[i]);
    fen_memory_log_destroy(shop->log);
}

void append(struct shop *shop, enum fen_topic topic, uint32_t partition, const char *key,
            const char *value)
{
    struct fen_message message = {.topic = topic,
                                  .partition = partition,
                                  .timestamp_ms = 1000,
                                  .key = fen_str_from(key),
                                  .value = fen_str_from(value)};
    fen_memory_log_append(shop->log, &message);
}

void send_orders(struct shop *shop, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char key[32];
        char value[32];
        uint32_t customer = (uint32_t)(next_random(shop) % KEY_COUNT);
        int64_t amount = (int64_t)(next_random(shop) % 1000) - 300;
        (void)snprintf(key, sizeof key, "customer-%u", customer);
        (void)snprintf(value, sizeof value, "%" PRId64, amount);
        append(shop, FEN_TOPIC_ORDER_EVENTS, customer % PARTITION_COUNT, key, value);
        shop->sent[customer]++;
        shop->total[customer] += amount;
    }
}

/* Whether the group has read every order. */
static bool is_all_read(const struct shop *shop)
{
    for (uint32_t i = 0; i < PARTITION_COUNT; i++) {
        int64_t committed = 0;
        int64_t high = fen_memory_log_watermarks(shop->log, FEN_TOPIC_ORDER_EVENTS, i).high;
        if (high > 0
            && (!fen_memory_log_committed(shop->log, FEN_TOPIC_ORDER_EVENTS, i, &committed)
                || committed < high))
            return false;
    }
    return true;
}

void run_steps(struct fen_worker *worker, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!fen_worker_step(worker))
            return;
    }
}

/* Steps all workers in a random order until every order is read. */
void run_all(struct shop *shop)
{
    int64_t deadline_ms = fen_clock_ms() + 30000;
    while (!is_all_read(shop)) {
        assert_true(fen_clock_ms() < deadline_ms);
        struct fen_worker *worker = shop->workers[next_random(shop) % WORKER_MAX];
        if (worker != NULL)
            run_steps(worker, 1);
    }
}

enum fen_worker_state run_until_over(struct fen_worker *worker)
{
    for (uint32_t i = 0; i < STEP_MAX; i++) {
        if (!fen_worker_step(worker))
            return fen_worker_state_read(worker);
    }
    fail_msg("the worker neither stopped nor failed");
    return FEN_WORKER_FAILED;
}

struct fen_worker_status status_of(const struct fen_worker *worker)
{
    struct fen_worker_status status;
    fen_worker_status_read(worker, &status);
    return status;
}

/* The ledger as a committed reader sees it: dense, running, complete. */
void check_ledger(const struct shop *shop)
{
    uint64_t seq[KEY_COUNT] = {0};
    int64_t last[KEY_COUNT] = {0};
    for (uint32_t i = 0; i < PARTITION_COUNT; i++) {
        int64_t offset = 0;
        struct fen_message message;
        while (fen_memory_log_read(shop->log, FEN_TOPIC_LEDGER, i, true, &offset, &message)) {
            char key[32] = {0};
            char value[64] = {0};
            memcpy(key, message.key.data, message.key.size);
            memcpy(value, message.value.data, message.value.size);
            if (strcmp(key, "reference") == 0)
                continue;
            uint32_t customer = (uint32_t)strtoul(key + strlen("customer-"), NULL, 10);
            char *rest = NULL;
            assert_int_equal(strtoull(value, &rest, 10), ++seq[customer]);
            last[customer] = strtoll(rest, NULL, 10);
        }
    }
    for (uint32_t i = 0; i < KEY_COUNT; i++) {
        assert_int_equal(seq[i], shop->sent[i]);
        assert_int_equal(last[i], shop->total[i]);
    }
}

#endif /* FEN_TESTS_LIB_WORKER_SHOP_BODY_H */
