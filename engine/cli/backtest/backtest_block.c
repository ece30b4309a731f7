/*
 * backtest_block: see the header.
 *
 * `within` is ORDER_BIT, 30 bits of the order's hash, and PLACED_BIT of the order itself; 0 of what
 * is about no order. The sort is one by digits, from the last, and keeps equals as they came.
 */
#include "cli/backtest/backtest_block.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES_MAX ((size_t)1024 << 20)
#define BLOCK_EVENTS_MAX 16000000u
#define ORDER_BIT 0x80000000u
#define PLACED_BIT 1u
#define DIGIT_BITS 11u
#define DIGIT_COUNT (1u << DIGIT_BITS)

/* Within a stretch. */
enum rank { RANK_REFERENCE, RANK_CUSTOMER, RANK_FACT, RANK_COUNT };

/* The customers of a block's orders, by hash; customer 0: free. */
struct owner {
    uint32_t order, customer;
};
struct owners {
    struct owner *slots;
    uint32_t mask;
};

bool fen_backtest_is_reference(enum fen_event_type type)
{
    return (type >= FEN_EVENT_GUIDE_SET && type <= FEN_EVENT_PERIOD_CLOSED) ||
           type == FEN_EVENT_PLAN_PUBLISHED;
}

static bool is_of_order(enum fen_event_type type)
{
    return type >= FEN_EVENT_ORDER_PLACED && type <= FEN_EVENT_ORDER_DEADLINE_MOVED;
}

static enum rank rank_of(enum fen_event_type type)
{
    if (fen_backtest_is_reference(type))
        return RANK_REFERENCE;
    bool is_of_customer = type >= FEN_EVENT_TOUCH_SHARED && type <= FEN_EVENT_CUSTOMER_BOUND;
    return is_of_customer || is_of_order(type) ? RANK_CUSTOMER : RANK_FACT;
}

/* Not 0. */
static uint32_t short_hash(struct fen_str tenant, struct fen_str id)
{
    return (uint32_t)(fen_hash_pair(tenant, id) >> 32) | 1;
}

struct fen_backtest_place fen_backtest_place_of(const struct fen_event *event)
{
    struct fen_backtest_place place = {
        .type = event->type,
        .content = event->content,
        .id = fen_hash128_pair(event->tenant, event->id),
    };
    if (rank_of(event->type) != RANK_CUSTOMER)
        return place;
    if (fen_str_is_set(event->customer))
        place.customer = short_hash(event->tenant, event->customer);
    if (is_of_order(event->type))
        place.order = short_hash(event->tenant, event->order);
    return place;
}

void fen_backtest_block_init(struct fen_backtest_block *block)
{
    *block = (struct fen_backtest_block){.arena = fen_arena_create((size_t)1 << 20)};
}

void fen_backtest_block_deinit(struct fen_backtest_block *block)
{
    fen_arena_destroy(block->arena);
    free(block->items);
    *block = (struct fen_backtest_block){0};
}

void fen_backtest_block_clear(struct fen_backtest_block *block)
{
    fen_arena_reset(block->arena);
    block->count = 0;
    block->stretch = 0;
    block->lacks_customer = false;
}

static struct fen_backtest_item *append(struct fen_backtest_block *block)
{
    if (block->count == block->capacity) {
        block->capacity = block->capacity == 0 ? 1024 : block->capacity * 2;
        block->items = realloc(block->items, block->capacity * sizeof *block->items);
        FEN_ASSERT(block->items != NULL);
    }
    return &block->items[block->count++];
}

static uint32_t within_of(const struct fen_backtest_place *place)
{
    if (place->order == 0)
        return 0;
    uint32_t order = ORDER_BIT | (place->order >> 1 & ~PLACED_BIT);
    return place->type == FEN_EVENT_ORDER_PLACED ? order | PLACED_BIT : order;
}

void fen_backtest_block_take(struct fen_backtest_block *block,
                             const struct fen_backtest_place *place, struct fen_str value,
                             bool is_alone)
{
    block->stretch += is_alone;
    *append(block) = (struct fen_backtest_item){
        .value = fen_arena_copy(block->arena, value),
        .customer = place->customer,
        .within = within_of(place),
        .level = block->stretch * RANK_COUNT + rank_of(place->type),
        .type = place->type,
    };
    block->stretch += is_alone;
    block->lacks_customer = block->lacks_customer || (place->order != 0 && place->customer == 0);
}

bool fen_backtest_block_is_full(const struct fen_backtest_block *block)
{
    return block->count >= BLOCK_EVENTS_MAX ||
           fen_arena_used_bytes(block->arena) >= BLOCK_BYTES_MAX;
}

static struct owner *owner_find(const struct owners *owners, uint32_t order)
{
    uint32_t slot = order >> 1 & owners->mask;
    while (owners->slots[slot].customer != 0 && owners->slots[slot].order != order)
        slot = (slot + 1) & owners->mask;
    return &owners->slots[slot];
}

/* Events of an order that do not say its customer stand where the others do. */
static void find_customers(struct fen_backtest_block *block)
{
    struct owners owners = {.mask = 1};
    while (owners.mask < block->count * 2)
        owners.mask *= 2;
    owners.slots = calloc(owners.mask, sizeof *owners.slots);
    FEN_ASSERT(owners.slots != NULL);
    owners.mask--;
    for (uint32_t i = 0; i < block->count; i++) {
        const struct fen_backtest_item *item = &block->items[i];
        uint32_t order = item->within & ~PLACED_BIT;
        if (order != 0 && item->customer != 0)
            *owner_find(&owners, order) = (struct owner){order, item->customer};
    }
    for (uint32_t i = 0; i < block->count; i++) {
        struct fen_backtest_item *item = &block->items[i];
        if (item->within != 0 && item->customer == 0)
            item->customer = owner_find(&owners, item->within & ~PLACED_BIT)->customer;
    }
    free(owners.slots);
}

/* One pass: by `bits` of the word that lies `offset` into an item, from `shift` on. */
static void sort_by_digit(struct fen_backtest_block *block, size_t offset, uint32_t shift)
{
    uint32_t starts[DIGIT_COUNT + 1] = {0};
    uint32_t word;
    for (uint32_t i = 0; i < block->count; i++) {
        memcpy(&word, (const char *)&block->items[i] + offset, sizeof word);
        starts[(word >> shift & (DIGIT_COUNT - 1)) + 1]++;
    }
    for (uint32_t digit = 0; digit < DIGIT_COUNT; digit++)
        starts[digit + 1] += starts[digit];
    for (uint32_t i = 0; i < block->count; i++) {
        memcpy(&word, (const char *)&block->items[i] + offset, sizeof word);
        block->spare[starts[word >> shift & (DIGIT_COUNT - 1)]++] = block->items[i];
    }
    struct fen_backtest_item *sorted = block->spare;
    block->spare = block->items;
    block->items = sorted;
}

static void sort_by_word(struct fen_backtest_block *block, size_t offset, uint32_t greatest)
{
    for (uint32_t shift = 0; shift < 32 && greatest >> shift != 0; shift += DIGIT_BITS)
        sort_by_digit(block, offset, shift);
}

void fen_backtest_block_sort(struct fen_backtest_block *block)
{
    if (block->lacks_customer)
        find_customers(block);
    block->spare = malloc(((size_t)block->capacity + 1) * sizeof *block->spare);
    FEN_ASSERT(block->spare != NULL);
    sort_by_word(block, offsetof(struct fen_backtest_item, within), UINT32_MAX);
    sort_by_word(block, offsetof(struct fen_backtest_item, customer), UINT32_MAX);
    sort_by_word(block, offsetof(struct fen_backtest_item, level),
                 (block->stretch + 1) * RANK_COUNT);
    free(block->spare); /* the other block's sort takes it */
    block->spare = NULL;
}
