/*
 * input: the events of a world, made from its seed: a small shop with everything in it, whose
 * upstream sends late, twice and out of order, and sometimes nonsense.
 *
 * What the events come to must not depend on the order in which they arrive (SPEC §11.1): so a
 * later plan is published with `retroactive`, no two different events share an id, and no touch is
 * late: the first plan, which says how long a touch counts, comes before everything else, save in
 * worlds whose events lie within a day. Where periods are closed, into which one an entry falls
 * does depend on the moment (SPEC §6): such a world has no rules that sum periods up, and its
 * totals are compared without them.
 *
 * Threads: the simulation's one.
 */
#ifndef FEN_TESTS_SIM_INPUT_H
#define FEN_TESTS_SIM_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "sim/random.h"
#include "wire/event_decode.h"
#include "wire/message.h"

/* One record to come. */
struct sim_input {
    struct fen_message message; /* offset and timestamp: as it was appended */
    struct fen_str json;        /* the event in JSON; absent: nonsense */
};

struct sim_inputs {
    uint32_t first_count; /* so many come before anything else happens */
    struct sim_input *items;
    uint32_t count;
    uint32_t capacity;
    uint32_t sent;     /* the first so many have been appended */
    bool has_closings; /* periods are closed */
};

struct sim_input_options {
    enum fen_wire wire;
    uint32_t partition_count;
    uint32_t event_count;
    bool has_nonsense;
};

/* All events of a world, in the order in which they will come; everything in the arena. */
void sim_inputs_make(struct sim_inputs *inputs, const struct sim_input_options *options,
                     struct sim_random *random, struct fen_arena *arena);

#endif /* FEN_TESTS_SIM_INPUT_H */
