/* figures: what other threads may see of the projector. */
#include "base/clock.h"
#include "redis/projector.h"
#include "redis/projector_state.h"

static uint64_t blocks_pushed(const struct fen_projector *projector)
{
    uint64_t pushed = 0;
    for (uint32_t index = 0; index < projector->outlet_count; index++)
        /* S2: pairs with S1 in outlet.c. */
        pushed += atomic_load_explicit(&projector->outlets[index].pushed_count,
                                       memory_order_acquire);
    return pushed;
}

bool fen_projector_is_settled(const struct fen_projector *projector)
{
    uint64_t pushed = blocks_pushed(projector);
    for (uint32_t index = 0; index < projector->partition_count; index++) {
        const struct fen_board_row *row = &projector->rows[index];
        uint64_t ownership = atomic_load_explicit(&row->ownership, memory_order_acquire);
        if (!fen_ownership_is_open(ownership))
            continue;
        /* S2: pairs with S3 in projector.c. */
        if (atomic_load_explicit(&row->settled, memory_order_acquire) != ownership ||
            atomic_load_explicit(&row->is_missed, memory_order_acquire))
            return false;
    }
    /* S2: pairs with S3 in window.c. */
    return atomic_load_explicit(&projector->finished_count, memory_order_acquire) >= pushed;
}

#define READ(member) atomic_load_explicit(&projector->member, memory_order_relaxed)

void fen_projector_figures(const struct fen_projector *projector,
                           struct fen_projector_figures *figures_out)
{
    int64_t now = fen_clock_ms();
    int64_t behind_since = READ(behind_since_ms);
    int64_t right = READ(fences_right_ms);
    uint64_t finished = READ(finished_count);
    uint64_t pushed = blocks_pushed(projector);
    struct fen_projector_figures figures = {
        .is_connected = READ(is_connected),
        .blocks_applied = READ(blocks_applied),
        .payees_applied = READ(payees_applied),
        .blocks_dropped = READ(blocks_dropped),
        .fences_refused = READ(fences_refused),
        .rebuilds = READ(rebuilds),
        .rebuilds_failed = READ(rebuilds_failed),
        .connects = READ(connects),
        .errors = READ(errors),
        .partitions_synced = READ(partitions_synced),
        .blocks_waiting = pushed - finished,
        .lag_ms = behind_since == 0 || behind_since > now ? 0 : now - behind_since,
        .fence_age_ms = right > now ? 0 : now - right,
    };
    for (uint32_t index = 0; index < projector->partition_count; index++) {
        figures.partitions_open += fen_ownership_is_open(
            atomic_load_explicit(&projector->rows[index].ownership, memory_order_relaxed));
    }
    for (uint32_t index = 0; index < projector->outlet_count; index++)
        figures.blocks_missed += atomic_load_explicit(&projector->outlets[index].missed_count,
                                                      memory_order_relaxed);
    *figures_out = figures;
}
