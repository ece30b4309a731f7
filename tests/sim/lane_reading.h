/*
 * lane_reading: a ledger partition read whole from the simulated cluster, for a projector that has
 * to set Redis up anew, and for the audit; and references as stream/reference_reader.c reads them.
 *
 * Folded by stream/projection_fold.c; only the fetching, for which stream/projection_reader.c has
 * librdkafka's clients, is the simulation's own.
 *
 * Threads: the simulation's one.
 */
#ifndef FEN_TESTS_SIM_LANE_READING_H
#define FEN_TESTS_SIM_LANE_READING_H

#include "plan/org.h"
#include "plan/reference.h"
#include "redis/source.h"
#include "sim/broker.h"
#include "sim/network.h"
#include "wire/event_decode.h"

struct sim_lane_reading {
    const struct sim_broker *broker;
    enum fen_wire wire;
    struct sim_client *client;  /* NULL: no fiber; all is there at once */
    const struct fen_org *org;  /* NULL: no stores */
};

/* As struct fen_projector_source says. */
bool sim_lane_read(const struct sim_lane_reading *reading, uint32_t partition,
                   uint32_t entries_per_payee, const struct fen_projector_visitor *visitor,
                   uint64_t *version_out) FEN_MUST_USE;

/* Apply a message of org events or plans to a builder, if the lanes would not refuse it. */
void sim_reference_apply(struct fen_reference_builder *builder, enum fen_wire wire,
                         const struct fen_message *message, struct fen_arena *scratch);

#endif /* FEN_TESTS_SIM_LANE_READING_H */
