/*
 * ledger_model: a small ledger in memory, for tests of the projection: what a post lane would post,
 * what Kafka would keep of it, and whether Redis says the same.
 *
 * Posting commits to the model first, as a worker commits to Kafka, and publishes then. The model
 * is a source for the projector: its lock stands for the broker.
 *
 * Threads: post and publish: one; the source is read by the projector.
 */
#ifndef FEN_TESTS_LEDGER_MODEL_H
#define FEN_TESTS_LEDGER_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "redis/outlet.h"
#include "redis/source.h"

#define MODEL_PARTITION_COUNT 4u
#define MODEL_PAYEE_COUNT 48u

struct ledger_model;

struct ledger_model *ledger_model_create(uint64_t seed);
void ledger_model_destroy(struct ledger_model *model);

/* Open all partitions at an outlet, at their present versions. */
void ledger_model_open(struct ledger_model *model, struct fen_outlet *outlet);

/* Post `entry_count` random entries as one batch and publish it; no outlet: Kafka alone has it. */
void ledger_model_post(struct ledger_model *model, struct fen_outlet *outlet, uint32_t entry_count);

/* Publish once more what the last batch published: a worker's mistake. */
void ledger_model_repeat(struct ledger_model *model, struct fen_outlet *outlet);

/* Let a guide work in another store from its next entry on, which is posted here. */
void ledger_model_move(struct ledger_model *model, struct fen_outlet *outlet, uint32_t payee,
                       const char *store);

/* The source; while `is_failing` its reads fail half way. */
struct fen_projector_source ledger_model_source(struct ledger_model *model);
void ledger_model_fail(struct ledger_model *model, bool is_failing);

uint64_t ledger_model_version(struct ledger_model *model, uint32_t partition);
uint32_t ledger_model_partition(struct ledger_model *model, uint32_t payee);
const char *ledger_model_payee(struct ledger_model *model, uint32_t payee);

/* Differences between the model and Redis, strangers and fences included; each is printed. */
uint64_t ledger_model_compare(struct ledger_model *model, const char *address);

#endif /* FEN_TESTS_LEDGER_MODEL_H */
