/*
 * sink: the port wire/sink.h as librdkafka 2.0.2 behaves over the simulated network: a request
 * whose connection breaks is silently sent again, and noted as a taint; what is refused, or not
 * answered within the transaction's time, is unknown.
 *
 * Threads: the simulation's one; in a fiber.
 */
#ifndef FEN_TESTS_SIM_SINK_H
#define FEN_TESTS_SIM_SINK_H

#include "base/assert.h"
#include "sim/cluster.h"
#include "sim/network.h"
#include "wire/sink.h"

/* A sink of a transactional id, which is copied; `client` must outlive it. */
struct fen_sink *sim_sink_create(struct sim_cluster *cluster, struct sim_group *group,
                                 struct sim_client *client, const char *id) FEN_MUST_USE;

#endif /* FEN_TESTS_SIM_SINK_H */
