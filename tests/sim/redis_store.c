/* redis_store: see redis_store.h. An undo log; a touched key's items are copied first. */
#include "sim/redis_store.h"

#include <stdlib.h>
#include <string.h>

struct undo {
    struct sim_key *key;
    struct sim_key before;
    uint64_t unit;
};

struct sim_store {
    struct fen_arena *arena;
    struct sim_key **keys;
    uint32_t count;
    uint32_t capacity;
    struct undo *undos;
    uint32_t undo_count;
    uint32_t undo_capacity;
    uint64_t unit;
};

struct sim_store *sim_store_create(struct fen_arena *arena)
{
    struct sim_store *store = calloc(1, sizeof *store);
    FEN_ASSERT(store != NULL);
    store->arena = arena;
    store->unit = 1;
    return store;
}

void sim_store_destroy(struct sim_store *store)
{
    free(store->keys);
    free(store->undos);
    free(store);
}

struct sim_key *sim_store_at(struct sim_store *store, uint32_t number)
{
    return number < store->count ? store->keys[number] : NULL;
}

struct sim_key *sim_store_find(struct sim_store *store, struct fen_str name)
{
    for (uint32_t i = 0; i < store->count; i++) {
        if (fen_str_equal(store->keys[i]->name, name))
            return store->keys[i];
    }
    if (store->count == store->capacity) {
        store->capacity = store->capacity == 0 ? 64 : store->capacity * 2;
        store->keys = realloc(store->keys, store->capacity * sizeof(struct sim_key *));
        FEN_ASSERT(store->keys != NULL);
    }
    struct sim_key *key = FEN_ARENA_NEW(store->arena, struct sim_key);
    key->name = fen_arena_copy(store->arena, name);
    store->keys[store->count++] = key;
    return key;
}

void sim_store_touch(struct sim_store *store, struct sim_key *key)
{
    if (key->unit == store->unit)
        return;
    if (store->undo_count == store->undo_capacity) {
        store->undo_capacity = store->undo_capacity == 0 ? 256 : store->undo_capacity * 2;
        store->undos = realloc(store->undos, store->undo_capacity * sizeof *store->undos);
        FEN_ASSERT(store->undos != NULL);
    }
    store->undos[store->undo_count++] = (struct undo){key, *key, store->unit};
    key->unit = store->unit;
    key->capacity = key->count + 8;
    struct sim_item *items =
        fen_arena_allocate(store->arena, key->capacity * sizeof *items);
    if (key->count > 0)
        memcpy(items, key->items, key->count * sizeof *items);
    key->items = items;
}

struct sim_item *sim_key_find(const struct sim_key *key, struct fen_str name)
{
    for (uint32_t i = 0; i < key->count; i++) {
        if (fen_str_equal(key->items[i].name, name))
            return &key->items[i];
    }
    return NULL;
}

void sim_store_put(struct sim_store *store, struct sim_key *key, enum sim_key_type type,
                   const struct sim_item *item)
{
    struct sim_item *place = sim_key_find(key, item->name);
    FEN_ASSERT(key->unit == store->unit);
    if (place == NULL && key->count == key->capacity) {
        key->capacity = key->count * 2;
        key->items = fen_arena_grow(store->arena, key->items, key->count, key->capacity,
                                    sizeof *key->items);
    }
    if (place == NULL) {
        place = &key->items[key->count++];
        place->name = fen_arena_copy(store->arena, item->name);
    }
    key->type = type;
    place->value = fen_arena_copy(store->arena, item->value);
    place->score = item->score;
}

bool sim_store_remove(struct sim_key *key, struct fen_str name)
{
    struct sim_item *item = sim_key_find(key, name);
    if (item == NULL)
        return false;
    key->count--;
    memmove(item, item + 1, (size_t)(&key->items[key->count] - item) * sizeof *item);
    if (key->count == 0)
        key->type = SIM_KEY_NONE;
    return true;
}

void sim_store_end_unit(struct sim_store *store)
{
    bool is_empty = store->undo_count == 0 ||
                    store->undos[store->undo_count - 1].unit != store->unit;
    if (!is_empty)
        store->unit++;
}

void sim_store_take_back(struct sim_store *store, uint32_t count)
{
    uint64_t keep = store->unit > count ? store->unit - count : 0;
    while (store->undo_count > 0 && store->undos[store->undo_count - 1].unit >= keep) {
        const struct undo *undo = &store->undos[--store->undo_count];
        *undo->key = undo->before;
    }
    store->unit++;
}

void sim_store_clear(struct sim_store *store)
{
    for (uint32_t i = 0; i < store->count; i++) {
        struct sim_key *key = store->keys[i];
        if (key->type == SIM_KEY_NONE)
            continue;
        sim_store_touch(store, key);
        key->count = 0;
        key->type = SIM_KEY_NONE;
    }
    sim_store_end_unit(store);
}
