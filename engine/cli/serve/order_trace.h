/*
 * order_trace: what finance is told of an order over HTTP: that which `fen explain ORDER` says of
 * it live, by the same code, without the customer's id and that of the registration.
 *
 * The states are read from Kafka anew each time (explain_kafka.c): workers are not asked, and
 * another process may own the order. References are those that this process follows anyway.
 *
 * Threads: start: start-up. It runs one thread of its own (api/order_tracer.h).
 */
#ifndef FEN_CLI_SERVE_ORDER_TRACE_H
#define FEN_CLI_SERVE_ORDER_TRACE_H

#include "api/order_tracer.h"
#include "plan/reference.h"
#include "stream/kafka_config.h"
#include "wire/event_decode.h"

/* What is read from; it and what it points to outlive the tracer. */
struct fen_order_trace {
    const struct fen_kafka_config *config;
    enum fen_wire wire;
    struct fen_reference_builder *references;
    uint32_t reader; /* the tracer's number among the references' readers */
};

/* The caller stops it. */
struct fen_order_tracer *fen_order_trace_start(struct fen_order_trace *trace) FEN_MUST_USE;

#endif /* FEN_CLI_SERVE_ORDER_TRACE_H */
