/*
 * order_tracer: traces of orders, worked out one by one on a thread of its own, since they are read
 * from Kafka and take seconds.
 *
 *     http thread ─ ask ─► waiting ─► tracer's thread: trace() ─► answered ─► http thread
 *
 * What a trace is and where it is read from is the business of who creates the tracer.
 *
 * Threads: create, stop: start-up. attach, detach, ask: http. trace() and idle(): the tracer's own.
 */
#ifndef FEN_API_ORDER_TRACER_H
#define FEN_API_ORDER_TRACER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "base/str.h"

/* So many may wait; more are refused. */
#define FEN_TRACER_WAITING_COUNT_MAX 8u

struct event_base;
struct fen_order_tracer;

enum fen_tracer_form {
    FEN_TRACER_JSON,
    FEN_TRACER_ENGLISH, /* text for people */
    FEN_TRACER_CHINESE,
};

enum fen_tracer_fate {
    FEN_TRACER_TOLD,
    FEN_TRACER_NO_SUCH_ORDER,
    FEN_TRACER_UNAVAILABLE, /* what is read from is not there, or time was up */
};

struct fen_tracer_question {
    struct fen_str tenant;
    struct fen_str order;
    enum fen_tracer_form form;
};

struct fen_order_tracer_options {
    /* Append the trace to `told`, and give up soon once fen_order_tracer_is_over says so. */
    enum fen_tracer_fate (*trace)(void *context, const struct fen_order_tracer *tracer,
                                  const struct fen_tracer_question *question,
                                  struct fen_buffer *told);
    void (*idle)(void *context); /* once a second while there is nothing to do */
    void *context;
    uint32_t seconds_max; /* from question to answer */
};

/* Start the thread; `context` outlives it. The caller stops. */
struct fen_order_tracer *
fen_order_tracer_create(const struct fen_order_tracer_options *options) FEN_MUST_USE;

/* Whether the trace at work is to be given up: its time is over, nobody waits, or all ends. */
bool fen_order_tracer_is_over(const struct fen_order_tracer *tracer);

/* Answer in this loop from now on. */
void fen_order_tracer_attach(struct fen_order_tracer *tracer, struct event_base *base);

/* Answer everything that was asked, as unavailable; the loop may end. */
void fen_order_tracer_detach(struct fen_order_tracer *tracer);

/*
 * Ask; `answer` is called once, later, from the loop. The question is copied; `told` is borrowed
 * for the call. False: too many wait, or all ends, and it is not called.
 */
bool fen_order_tracer_ask(struct fen_order_tracer *tracer,
                          const struct fen_tracer_question *question,
                          void (*answer)(void *context, enum fen_tracer_fate fate,
                                         struct fen_str told),
                          void *context) FEN_MUST_USE;

/*
 * Ask the thread to end, without waiting for it; those that wait are answered as unavailable. NULL
 * is fine, here and below.
 */
void fen_order_tracer_ask_to_stop(struct fen_order_tracer *tracer);

/*
 * Wait for it and free the tracer, which is detached or never was attached; false when it did not
 * end within `timeout_ms`: then nothing may be freed, and the process leaves by _exit.
 */
bool fen_order_tracer_stop(struct fen_order_tracer *tracer, uint32_t timeout_ms) FEN_MUST_USE;

#endif /* FEN_API_ORDER_TRACER_H */
