/*
 * payee_book: made-up payees and their commissions, handed to a projector as a worker hands its
 * batches over.
 *
 * Why so: Redis is then filled by the engine's own projector and script, to the byte as in service,
 * without a broker that would take the cores a measurement needs. Each entry's `event` carries the
 * moment of its batch's hand-over, "t" and CLOCK_MONOTONIC in nanoseconds: what a reader measures
 * from it holds the projector's and the script's time as well as its own.
 *
 * Threads: one, beside the projector's.
 */
#ifndef BENCH_PAYEE_BOOK_H
#define BENCH_PAYEE_BOOK_H

#include <stdint.h>

#include "model/entry.h"
#include "redis/outlet.h"
#include "redis/source.h"
#include "wire/event_decode.h"

#define BENCH_BOOK_TENANT "acme"

struct bench_payee_book;

/* Payees guide:G0, guide:G1, … of the tenant. The caller destroys. */
struct bench_payee_book *bench_payee_book_create(uint32_t payee_count, uint32_t partition_count,
                                                 enum fen_wire wire) FEN_MUST_USE;
void bench_payee_book_destroy(struct bench_payee_book *book);

/* What the projector may read: partitions without anything, for an empty Redis. */
struct fen_projector_source bench_payee_book_source(struct bench_payee_book *book);

/* Open all partitions at the outlet. */
void bench_payee_book_open(struct bench_payee_book *book, struct fen_outlet *outlet);

/* Post one commission of the payee, earned at a moment; not handed over yet. */
void bench_payee_book_post(struct bench_payee_book *book, uint32_t payee, int64_t earned_ms);

/* Hand over what was posted, a block a partition, a record a payee. Returns: entries. */
uint32_t bench_payee_book_publish(struct bench_payee_book *book, struct fen_outlet *outlet);

/* A number below `below`, the same row in each run. */
uint32_t bench_payee_book_draw(struct bench_payee_book *book, uint32_t below);

#endif /* BENCH_PAYEE_BOOK_H */
