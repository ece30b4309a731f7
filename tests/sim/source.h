/*
 * source: the port wire/source.h over the simulated cluster: a static member of the group, reading
 * committed records, whose transport repeats messages now and then; the worker's own gate
 * (stream/places.h) stands before them.
 *
 * Threads: the simulation's one; in a fiber, but for the heartbeat.
 */
#ifndef FEN_TESTS_SIM_SOURCE_H
#define FEN_TESTS_SIM_SOURCE_H

#include "base/assert.h"
#include "sim/cluster.h"
#include "sim/network.h"
#include "wire/source.h"

struct sim_source_options {
    struct sim_cluster *cluster;
    struct sim_group *group;
    struct sim_client *client;
    const char *instance; /* copied */
    uint32_t repeat;      /* in 10,000ths: a fetch goes back a little */
};

struct fen_source *sim_source_create(const struct sim_source_options *options) FEN_MUST_USE;

/* Its client's own thread beats: not while the process is stopped, and not when cut off. */
void sim_source_beat(struct fen_source *port);

/* Whether what it read was still its own to read when it was closed. */
bool sim_source_was_current(const struct fen_source *port);

#endif /* FEN_TESTS_SIM_SOURCE_H */
