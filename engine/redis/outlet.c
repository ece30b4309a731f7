/* outlet: see outlet.h and board.h. */
#include "redis/outlet.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "redis/board.h"

/* A block that grew beyond this is not kept for the next batch. */
#define SPARE_BYTES_MAX ((size_t)1 << 20)

void fen_outlet_init(struct fen_outlet *outlet)
{
    outlet->out = fen_ring_create(FEN_OUTLET_BLOCK_COUNT);
    outlet->back = fen_ring_create(FEN_OUTLET_BLOCK_COUNT);
    outlet->building = NULL;
    outlet->is_building = false;
    outlet->spare_count = 0;
    outlet->block_count = 0;
    outlet->held_bytes = 0;
    atomic_init(&outlet->pushed_count, 0);
    atomic_init(&outlet->missed_count, 0);
}

static void block_destroy(struct fen_block *block)
{
    if (block == NULL)
        return;
    fen_block_deinit(block);
    free(block);
}

static void ring_drain(struct fen_ring *ring)
{
    for (struct fen_block *block = fen_ring_pop(ring); block != NULL; block = fen_ring_pop(ring))
        block_destroy(block);
    fen_ring_destroy(ring);
}

void fen_outlet_deinit(struct fen_outlet *outlet)
{
    ring_drain(outlet->out);
    ring_drain(outlet->back);
    for (uint32_t index = 0; index < outlet->spare_count; index++)
        block_destroy(outlet->spare[index]);
    block_destroy(outlet->building);
}

void fen_outlet_return(struct fen_outlet *outlet, struct fen_block *block)
{
    bool has_room = fen_ring_push(outlet->back, block);
    FEN_ASSERT(has_room); /* as many slots as blocks in being */
}

void fen_outlet_open(struct fen_outlet *outlet, uint32_t partition, uint64_t version)
{
    FEN_ASSERT(partition < outlet->partition_count);
    struct fen_board_row *row = &outlet->rows[partition];
    /* Relaxed: published by O1. */
    atomic_store_explicit(&row->version_opened, version, memory_order_relaxed);
    uint64_t before = atomic_load_explicit(&row->ownership, memory_order_relaxed);
    uint64_t after;
    do {
        after = ((before >> 16) + 1) << 16 | (outlet->number + 1);
        /* O1: pairs with O2 in the projector's look at the board. */
    } while (!atomic_compare_exchange_weak_explicit(&row->ownership, &before, after,
                                                    memory_order_release, memory_order_relaxed));
    fen_outlet_wake(outlet);
}

void fen_outlet_close(struct fen_outlet *outlet, uint32_t partition)
{
    FEN_ASSERT(partition < outlet->partition_count);
    struct fen_board_row *row = &outlet->rows[partition];
    uint64_t before = atomic_load_explicit(&row->ownership, memory_order_relaxed);
    /* Another worker may have opened it already: then it is no longer ours to close. */
    while ((before & 0xffff) == outlet->number + 1) {
        if (atomic_compare_exchange_weak_explicit(&row->ownership, &before,
                                                  before & ~UINT64_C(0xffff), memory_order_release,
                                                  memory_order_relaxed))
            break;
    }
}

/* Take back what the projector is done with. */
static void outlet_collect(struct fen_outlet *outlet)
{
    for (struct fen_block *block = fen_ring_pop(outlet->back); block != NULL;
         block = fen_ring_pop(outlet->back)) {
        size_t size = fen_block_held_bytes(block);
        outlet->held_bytes -= size;
        if (size > SPARE_BYTES_MAX) {
            block_destroy(block);
            outlet->block_count--;
        } else {
            outlet->spare[outlet->spare_count++] = block;
        }
    }
}

/* A block to fill; NULL when too much is on its way. */
static struct fen_block *outlet_take(struct fen_outlet *outlet)
{
    outlet_collect(outlet);
    if (outlet->held_bytes > outlet->held_bytes_max)
        return NULL;
    if (outlet->spare_count > 0)
        return outlet->spare[--outlet->spare_count];
    if (outlet->block_count == FEN_OUTLET_BLOCK_COUNT)
        return NULL;
    struct fen_block *block = calloc(1, sizeof *block);
    FEN_ASSERT(block != NULL && "out of memory");
    outlet->block_count++;
    return block;
}

/*
 * Whether the partition is marked as missed: then its blocks are of no use until it is set up anew.
 * The mark is exchanged for itself, so that the projector, when it later takes the mark away (M2),
 * is sure to find this batch in Kafka: it was committed before.
 */
static bool row_is_missed(struct fen_board_row *row)
{
    bool is_missed = true;
    if (!atomic_load_explicit(&row->is_missed, memory_order_relaxed))
        return false;
    /* M1: pairs with M2. */
    return atomic_compare_exchange_strong_explicit(&row->is_missed, &is_missed, true,
                                                   memory_order_acq_rel, memory_order_relaxed);
}

void fen_outlet_miss(struct fen_outlet *outlet, uint32_t partition)
{
    FEN_ASSERT(partition < outlet->partition_count);
    /* M1: pairs with M2. */
    atomic_store_explicit(&outlet->rows[partition].is_missed, true, memory_order_release);
    atomic_fetch_add_explicit(&outlet->missed_count, 1, memory_order_relaxed); /* a figure */
}

void fen_outlet_begin(struct fen_outlet *outlet, uint32_t partition, uint64_t version_from,
                      uint64_t version_to)
{
    FEN_ASSERT(!outlet->is_building && partition < outlet->partition_count);
    FEN_ASSERT(version_to >= version_from);
    outlet->is_building = true;
    outlet->partition = partition;
    if (row_is_missed(&outlet->rows[partition]))
        return;
    outlet->building = outlet_take(outlet);
    if (outlet->building == NULL)
        return;
    fen_block_clear(outlet->building, outlet->key_prefix, partition, outlet->feed_length,
                    outlet->wire);
    outlet->building->version_from = version_from;
    outlet->building->version_to = version_to;
}

void fen_outlet_add(struct fen_outlet *outlet, const struct fen_payee_change *change)
{
    FEN_ASSERT(outlet->is_building);
    if (outlet->building != NULL)
        fen_block_add_changes(outlet->building, change);
}

void fen_outlet_commit(struct fen_outlet *outlet)
{
    FEN_ASSERT(outlet->is_building);
    outlet->is_building = false;
    struct fen_block *block = outlet->building;
    outlet->building = NULL;
    if (block == NULL) {
        fen_outlet_miss(outlet, outlet->partition);
        return;
    }
    block->steady_ms = fen_clock_ms();
    block->wall_ms = fen_clock_wall_ms();
    outlet->held_bytes += fen_block_held_bytes(block);
    bool has_room = fen_ring_push(outlet->out, block);
    FEN_ASSERT(has_room); /* as many slots as blocks in being */
    /* S1: pairs with S2 in fen_projector_is_settled. */
    atomic_fetch_add_explicit(&outlet->pushed_count, 1, memory_order_release);
}

void fen_outlet_wake(struct fen_outlet *outlet)
{
    uint64_t one = 1;
    /* Its counter is far from full; were it, the projector would be awake all the same. */
    ssize_t written = write(outlet->wake_descriptor, &one, sizeof one);
    (void)written;
}
