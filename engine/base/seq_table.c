/* seq_table: see seq_table.h. Open addressing, linear probing, at most half full. */
#include "base/seq_table.h"

#include <stdlib.h>

#include "base/assert.h"

void fen_seq_table_deinit(struct fen_seq_table *table)
{
    free(table->slots);
    *table = (struct fen_seq_table){0};
}

/* The payee's slot, or the free one where it belongs. */
static struct fen_seq_slot *slot_of(const struct fen_seq_table *table, struct fen_hash128 payee)
{
    uint32_t mask = table->slot_count - 1;
    uint32_t index = (uint32_t)payee.low & mask;
    while (table->slots[index].seq != 0) {
        const struct fen_hash128 *there = &table->slots[index].payee;
        if (there->low == payee.low && there->high == payee.high)
            break;
        index = (index + 1) & mask;
    }
    return &table->slots[index];
}

static void table_grow(struct fen_seq_table *table)
{
    struct fen_seq_table grown = {.payee_count = table->payee_count,
                                  .slot_count = table->slot_count == 0 ? 1024
                                                                       : table->slot_count * 2};
    grown.slots = calloc(grown.slot_count, sizeof *grown.slots);
    FEN_ASSERT(grown.slots != NULL && "out of memory");
    for (uint32_t index = 0; index < table->slot_count; index++) {
        if (table->slots[index].seq != 0)
            *slot_of(&grown, table->slots[index].payee) = table->slots[index];
    }
    free(table->slots);
    *table = grown;
}

void fen_seq_table_put(struct fen_seq_table *table, struct fen_str tenant, struct fen_str payee,
                       uint64_t seq)
{
    if (seq == 0)
        return;
    if (table->payee_count * 2 >= table->slot_count)
        table_grow(table);
    struct fen_hash128 hash = fen_hash128_pair(tenant, payee);
    struct fen_seq_slot *slot = slot_of(table, hash);
    if (slot->seq == 0)
        table->payee_count++;
    *slot = (struct fen_seq_slot){hash, seq};
}

uint64_t fen_seq_table_find(const struct fen_seq_table *table, struct fen_str tenant,
                            struct fen_str payee)
{
    if (table->slot_count == 0)
        return 0;
    return slot_of(table, fen_hash128_pair(tenant, payee))->seq;
}
