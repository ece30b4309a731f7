/* reckoning: see reckoning.h. */
#include "sim/reckoning.h"

#include <stdlib.h>

#include "sim/lane_reading.h"
#include "stream/lanes.h"

#define DISCARDED 3000u /* in 10,000ths */
#define BATCH_MAX 40u

struct reckoning {
    const struct sim_inputs *inputs;
    const struct sim_reckoning_options *options;
    struct sim_sums *sums;
    struct fen_reference_builder *references;
    struct fen_lanes *lanes;
};

static void apply_references(struct reckoning *reckoning)
{
    struct fen_arena *scratch = fen_arena_create(4096);
    for (uint32_t i = 0; i < reckoning->inputs->count; i++) {
        const struct fen_message *message = &reckoning->inputs->items[i].message;
        if (fen_topic_info(message->topic)->is_single_partition)
            sim_reference_apply(reckoning->references, reckoning->options->wire, message,
                                scratch);
    }
    fen_reference_publish(reckoning->references, 1, 1);
    fen_arena_destroy(scratch);
}

static void add_outputs(struct reckoning *reckoning)
{
    uint32_t count;
    const struct fen_projection *projections =
        fen_lanes_projections(reckoning->lanes, &count);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < projections[i].payee_count; j++) {
            const struct fen_projected_payee *payee = &projections[i].payees[j];
            for (uint32_t k = 0; k < payee->entry_count; k++)
                sim_sums_add(reckoning->sums, &payee->entries[k]);
        }
    }
    const struct fen_message *outputs = fen_lanes_outputs(reckoning->lanes, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (outputs[i].topic == FEN_TOPIC_DEAD_LETTERS)
            sim_sums_add_dead_letter(reckoning->sums, &outputs[i]);
    }
}

/* One batch of the inputs [from, to). */
static void run_batch(struct reckoning *reckoning, uint32_t from, uint32_t to, bool is_kept)
{
    fen_lanes_begin(reckoning->lanes, fen_reference_acquire(reckoning->references, 0));
    for (uint32_t i = from; i < to; i++) {
        bool is_applied =
            fen_lanes_apply(reckoning->lanes, &reckoning->inputs->items[i].message);
        FEN_ASSERT(is_applied);
    }
    fen_lanes_finish(reckoning->lanes);
    if (!is_kept) {
        fen_lanes_discard(reckoning->lanes);
        return;
    }
    add_outputs(reckoning);
    fen_lanes_promote(reckoning->lanes);
}

static void run_all(struct reckoning *reckoning)
{
    struct sim_random *random = reckoning->options->random;
    uint32_t count = reckoning->inputs->count;
    uint32_t from = 0;
    while (from < count) {
        uint32_t to = random == NULL ? count : from + 1 + sim_random_below(random, BATCH_MAX);
        if (random != NULL && sim_random_is(random, DISCARDED)) {
            run_batch(reckoning, from, to > count ? count : to, false);
            to = from + 1 + sim_random_below(random, BATCH_MAX);
        }
        to = to > count ? count : to;
        run_batch(reckoning, from, to, true);
        from = to;
    }
    do
        run_batch(reckoning, count, count, true);
    while (fen_lanes_is_behind(reckoning->lanes));
}

void sim_reckon(const struct sim_inputs *inputs, const struct sim_reckoning_options *options,
                struct sim_sums *sums)
{
    struct reckoning reckoning = {inputs, options, sums, fen_reference_builder_create(1), NULL};
    const struct fen_lanes_options lanes = {
        .partition_count = options->partition_count,
        .wire = options->wire,
        .has_split = true,
        .has_post = true,
        .keeps_state_records = true,
    };
    reckoning.lanes = fen_lanes_create(&lanes);
    for (uint32_t i = 0; i < options->partition_count; i++)
        fen_lanes_open(reckoning.lanes, i);
    apply_references(&reckoning);
    run_all(&reckoning);
    fen_lanes_destroy(reckoning.lanes);
    fen_reference_builder_destroy(reckoning.references);
}
