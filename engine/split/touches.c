/*
 * touches: see touches.h. A packed touch: at (8 bytes), three sizes (1 byte each), then guide, sku
 * and event id; size 0 means absent. An event id may have 64 bytes, a sku 128: both fit.
 */
#include "split/touches.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define HEAD_BYTES 11u

struct block {
    uint32_t used_bytes;
    uint32_t room_bytes; /* of data */
    char data[];
};

struct fen_touches {
    struct fen_slab *slab;
    struct block **blocks; /* by customer slot */
    uint32_t block_count;
    uint64_t count;
};

struct fen_touches *fen_touches_create(struct fen_slab *slab)
{
    struct fen_touches *touches = calloc(1, sizeof *touches);
    FEN_ASSERT(touches != NULL && "out of memory");
    touches->slab = slab;
    return touches;
}

static void block_give(struct fen_slab *slab, struct block *block)
{
    if (block != NULL)
        fen_slab_give(slab, block, sizeof *block + block->room_bytes);
}

void fen_touches_destroy(struct fen_touches *touches)
{
    if (touches == NULL)
        return;
    for (uint32_t slot = 0; slot < touches->block_count; slot++)
        block_give(touches->slab, touches->blocks[slot]);
    free(touches->blocks);
    free(touches);
}

static size_t packed_bytes(const struct fen_touch_fact *touch)
{
    return HEAD_BYTES + touch->guide.size + touch->sku.size + touch->event.size;
}

static void block_append(struct block *block, const struct fen_touch_fact *touch)
{
    char *to = block->data + block->used_bytes;
    FEN_ASSERT(block->room_bytes - block->used_bytes >= packed_bytes(touch));
    memcpy(to, &touch->at_ms, sizeof touch->at_ms);
    to[8] = (char)touch->guide.size;
    to[9] = (char)touch->sku.size;
    to[10] = (char)touch->event.size;
    to = fen_str_write(to + HEAD_BYTES, touch->guide);
    to = fen_str_write(to, touch->sku);
    (void)fen_str_write(to, touch->event);
    block->used_bytes += (uint32_t)packed_bytes(touch);
}

static const char *unpack_text(const char *from, char size, struct fen_str *text_out)
{
    uint32_t bytes = (unsigned char)size;
    *text_out = bytes == 0 ? FEN_STR_NONE : (struct fen_str){from, bytes};
    return from + bytes;
}

static const char *unpack(const char *from, struct fen_touch_fact *touch_out)
{
    memcpy(&touch_out->at_ms, from, sizeof touch_out->at_ms);
    const char *text = unpack_text(from + HEAD_BYTES, from[8], &touch_out->guide);
    text = unpack_text(text, from[9], &touch_out->sku);
    return unpack_text(text, from[10], &touch_out->event);
}

static struct block *block_create(struct fen_slab *slab, size_t room_bytes)
{
    size_t bytes = fen_slab_room_bytes(sizeof(struct block) + room_bytes);
    struct block *block = fen_slab_take(slab, bytes);
    block->used_bytes = 0;
    block->room_bytes = (uint32_t)(bytes - sizeof *block);
    return block;
}

/* A block with room for `more_bytes`, holding what of the old has not expired. */
static struct block *block_regrow(struct fen_touches *touches, struct block *old,
                                  size_t more_bytes, int64_t expired_ms)
{
    size_t kept_bytes = 0;
    struct fen_touch_fact touch;
    const char *end = old == NULL ? NULL : old->data + old->used_bytes;
    for (const char *from = old == NULL ? NULL : old->data; from != end;) {
        from = unpack(from, &touch);
        if (touch.at_ms >= expired_ms)
            kept_bytes += packed_bytes(&touch);
    }
    size_t room_bytes = kept_bytes == 0 ? more_bytes : (kept_bytes + more_bytes) * 3 / 2;
    struct block *block = block_create(touches->slab, room_bytes);
    for (const char *from = old == NULL ? NULL : old->data; from != end;) {
        from = unpack(from, &touch);
        if (touch.at_ms >= expired_ms)
            block_append(block, &touch);
        else
            touches->count--;
    }
    block_give(touches->slab, old);
    return block;
}

static struct block **touches_block(struct fen_touches *touches, uint32_t slot)
{
    touches->blocks = fen_array_reach(touches->blocks, &touches->block_count, slot,
                                      sizeof(struct block *));
    return &touches->blocks[slot];
}

void fen_touches_add(struct fen_touches *touches, uint32_t customer_slot,
                     const struct fen_touch_fact *touch, int64_t expired_ms)
{
    struct block **block = touches_block(touches, customer_slot);
    size_t bytes = packed_bytes(touch);
    if (*block == NULL || (*block)->room_bytes - (*block)->used_bytes < bytes)
        *block = block_regrow(touches, *block, bytes, expired_ms);
    block_append(*block, touch);
    touches->count++;
}

struct fen_touches_cursor fen_touches_begin(const struct fen_touches *touches,
                                            uint32_t customer_slot)
{
    if (customer_slot >= touches->block_count || touches->blocks[customer_slot] == NULL)
        return (struct fen_touches_cursor){NULL, NULL};
    const struct block *block = touches->blocks[customer_slot];
    return (struct fen_touches_cursor){block->data, block->data + block->used_bytes};
}

bool fen_touches_next(struct fen_touches_cursor *cursor, struct fen_touch_fact *touch_out)
{
    if (cursor->at == cursor->end)
        return false;
    cursor->at = unpack(cursor->at, touch_out);
    return true;
}

uint64_t fen_touches_count(const struct fen_touches *touches)
{
    return touches->count;
}

size_t fen_touches_held_bytes(const struct fen_touches *touches)
{
    return (size_t)touches->block_count * sizeof *touches->blocks;
}
