/*
 * worker_shop: orders, a memory log and workers over it with fake lanes (fake_lanes.h).
 *
 * For tests of the worker's loop; include worker_shop_body.h in the one file of the test. Every
 * key's committed ledger must read 1, 2, 3, ... with running totals: check_ledger.
 */
#ifndef FEN_TESTS_LIB_WORKER_SHOP_H
#define FEN_TESTS_LIB_WORKER_SHOP_H

#include <stdint.h>

#include "stream/worker.h"
#include "wire/memory_log.h"

#define PARTITION_COUNT 5u
#define KEY_COUNT 20u
#define WORKER_MAX 4u
#define STEP_MAX 20000u

/* Stands in for plan/reference.c: what workers acquire, changed by hand. */
extern struct fen_reference references[2];
extern uint32_t reference_index;

struct shop {
    struct fen_memory_log *log;
    struct fen_worker *workers[WORKER_MAX];
    struct fen_worker_options options;
    uint64_t sent[KEY_COUNT];
    int64_t total[KEY_COUNT];
    uint64_t random;
    uint64_t sink_step; /* counts every step of every sink */
    uint64_t fault_at;  /* the step at which `fault` strikes; 0 never */
    uint64_t fault_each; /* or by chance at one step in so many; 0 never */
    enum fen_memory_fault fault;
};

/* An empty log and no worker; takes everything down again. */
void open_shop(struct shop *shop);
void close_shop(struct shop *shop);

/* A worker at a place, under worker-IDENTITY's name; the shop owns it. */
struct fen_worker *make_worker(struct shop *shop, uint32_t place, uint32_t identity);

/* As kill -9: what it had open stays open. */
void kill_worker(struct shop *shop, uint32_t place);

/* Put one record into an input. */
void append(struct shop *shop, enum fen_topic topic, uint32_t partition, const char *key,
            const char *value);

/* Random orders of random customers, added up in `sent` and `total`. */
void send_orders(struct shop *shop, uint32_t count);

/* Turns of one worker's loop, until it ends. */
void run_steps(struct fen_worker *worker, uint32_t count);

/* All workers in a random order until every order is read. */
void run_all(struct shop *shop);

/* Until it stopped or failed: which. */
enum fen_worker_state run_until_over(struct fen_worker *worker);

/* A copy of the status. */
struct fen_worker_status status_of(const struct fen_worker *worker);

/* The ledger as a committed reader sees it: dense, running, complete. */
void check_ledger(const struct shop *shop);

/* xorshift64, seeded by open_shop. */
uint64_t next_random(struct shop *shop);

#endif /* FEN_TESTS_LIB_WORKER_SHOP_H */
