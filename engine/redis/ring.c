/*
 * ring: see ring.h.
 *
 * Indexes run freely and wrap at 2^32; slots are index & mask; tail - head is the size even across
 * the wrap, which is why they are subtracted and never compared.
 */
#include "redis/ring.h"

#include <stdatomic.h>
#include <stdlib.h>

#define CACHE_LINE_BYTES 64
#define SLOT_COUNT_MAX (UINT32_C(1) << 30)

struct fen_ring {
    /* The consumer's. */
    _Alignas(CACHE_LINE_BYTES) _Atomic uint32_t head; /* next to pop */
    uint32_t tail_known;                              /* by the consumer: at most the true one */
    /* The producer's. */
    _Alignas(CACHE_LINE_BYTES) _Atomic uint32_t tail; /* next to push */
    uint32_t head_known;                              /* by the producer */
    /* Constant. */
    _Alignas(CACHE_LINE_BYTES) uint32_t slot_count;
    void **slots;
};

struct fen_ring *fen_ring_create(uint32_t slot_count)
{
    FEN_ASSERT(slot_count >= 2 && slot_count <= SLOT_COUNT_MAX);
    FEN_ASSERT((slot_count & (slot_count - 1)) == 0);
    struct fen_ring *ring = aligned_alloc(CACHE_LINE_BYTES, sizeof *ring);
    FEN_ASSERT(ring != NULL && "out of memory");
    atomic_init(&ring->head, 0);
    atomic_init(&ring->tail, 0);
    ring->tail_known = 0;
    ring->head_known = 0;
    ring->slot_count = slot_count;
    ring->slots = calloc(slot_count, sizeof *ring->slots);
    FEN_ASSERT(ring->slots != NULL && "out of memory");
    return ring;
}

void fen_ring_destroy(struct fen_ring *ring)
{
    if (ring == NULL)
        return;
    free(ring->slots);
    free(ring);
}

bool fen_ring_push(struct fen_ring *ring, void *item)
{
    FEN_ASSERT(item != NULL);
    /* Relaxed: only this thread writes tail. */
    uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    if (tail - ring->head_known == ring->slot_count) {
        /* A2: pairs with R2 in pop; the slot's last reader is done with it. */
        ring->head_known = atomic_load_explicit(&ring->head, memory_order_acquire);
        if (tail - ring->head_known == ring->slot_count)
            return false;
    }
    ring->slots[tail & (ring->slot_count - 1)] = item;
    /* R1: pairs with A1 in pop; publishes the slot and all that the item points to. */
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
    return true;
}

void *fen_ring_pop(struct fen_ring *ring)
{
    /* Relaxed: only this thread writes head. */
    uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    if (head == ring->tail_known) {
        /* A1: pairs with R1 in push. */
        ring->tail_known = atomic_load_explicit(&ring->tail, memory_order_acquire);
        if (head == ring->tail_known)
            return NULL;
    }
    void *item = ring->slots[head & (ring->slot_count - 1)];
    /* R2: pairs with A2 in push; the read of the slot comes before it is handed back. */
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
    return item;
}

uint32_t fen_ring_size(const struct fen_ring *ring)
{
    /* Relaxed: a figure. Head first: the other way round a pop between could make it negative. */
    uint32_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
    uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    return tail - head;
}
