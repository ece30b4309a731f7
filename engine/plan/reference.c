/*
 * reference: see reference.h.
 *
 * Each published reference has a number, 1, 2, 3 ... A reader notes the number of the one it took
 * (R2); from then on it holds nothing older. The builder frees what left with number n once every
 * reader has noted n or more (P2).
 *
 *   P1  publish: `current` stored with release; all that the reference leads to was written before.
 *   R1  acquire: `current` loaded with acquire; pairs with P1, so the reader sees all of it.
 *   R2  acquire: `seen` stored with release; what the reader read of the older one comes before.
 *   P2  publish: `seen` loaded with acquire; pairs with R2, so freeing comes after those reads.
 *
 * A reader between R1 and R2 has noted an older number than it took: it only holds back more.
 */
#include "plan/reference.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/hash.h"
#include "base/mark_set.h"
#include "plan/catalog_builder.h"
#include "plan/match.h"
#include "plan/org_builder.h"
#include "plan/parse.h"

#define CACHE_LINE_BYTES 64
#define TEXT_CHUNK_BYTES ((size_t)1 << 20)
#define PLAN_CHUNK_BYTES ((size_t)16 << 10)
#define NAME_ROOM        1024u /* of the first names; doubles */

struct published {
    struct fen_reference reference; /* first, so that one is the other's address */
    struct fen_org org;
    struct fen_catalog catalog;
    uint64_t number;
};

/* A reader's note, alone on its cache line: each worker writes its own at every batch. */
struct reader {
    _Alignas(CACHE_LINE_BYTES) _Atomic uint64_t seen; /* 0: has taken none yet */
};

struct fen_reference_builder {
    _Atomic(struct published *) current;
    struct reader *readers;
    uint32_t reader_count;

    /* The builder's own, behind what readers share. */
    _Alignas(CACHE_LINE_BYTES) struct fen_retire retire;
    struct fen_arena *texts;    /* of org records, for ever */
    struct fen_numbering names; /* of org records, by whose numbers plans know them */
    struct fen_arena *scratch; /* of one call: diagnostics, the reason */
    struct fen_arena **plans;  /* one a plan that holds */
    size_t plan_count;
    size_t plan_capacity;
    struct fen_mark_set *marks; /* events applied, with their content */
    struct fen_buffer encoded;  /* of the event being applied */
    struct fen_org_builder org;
    struct fen_catalog_builder catalog;
};

static void *allocate_aligned(size_t size_bytes)
{
    size_t rounded = (size_bytes + CACHE_LINE_BYTES - 1) / CACHE_LINE_BYTES * CACHE_LINE_BYTES;
    void *memory = aligned_alloc(CACHE_LINE_BYTES, rounded);
    FEN_ASSERT(memory != NULL && "out of memory");
    return memset(memory, 0, rounded);
}

struct fen_reference_builder *fen_reference_builder_create(uint32_t reader_count)
{
    struct fen_reference_builder *builder = allocate_aligned(sizeof *builder);
    builder->readers = allocate_aligned(((size_t)reader_count + 1) * sizeof *builder->readers);
    builder->reader_count = reader_count;
    builder->retire.number = 1;
    builder->texts = fen_arena_create(TEXT_CHUNK_BYTES);
    builder->scratch = fen_arena_create(PLAN_CHUNK_BYTES);
    builder->marks = fen_mark_set_create();
    builder->names = fen_numbering_create(builder->texts, NAME_ROOM);
    fen_org_builder_init(&builder->org, builder->texts, &builder->names, &builder->retire);
    fen_catalog_builder_init(&builder->catalog, builder->texts, &builder->retire);
    fen_reference_publish(builder, 0, 0);
    return builder;
}

void fen_reference_builder_destroy(struct fen_reference_builder *builder)
{
    if (builder == NULL)
        return;
    free(atomic_load_explicit(&builder->current, memory_order_relaxed)); /* no reader is left */
    fen_org_builder_deinit(&builder->org);
    fen_catalog_builder_deinit(&builder->catalog);
    fen_retire_deinit(&builder->retire);
    fen_mark_set_destroy(builder->marks);
    fen_buffer_deinit(&builder->encoded);
    for (size_t index = 0; index < builder->plan_count; index++)
        fen_arena_destroy(builder->plans[index]);
    free(builder->plans);
    fen_arena_destroy(builder->scratch);
    fen_arena_destroy(builder->texts);
    free(builder->readers);
    free(builder);
}

/* The oldest number any reader may hold; a reader that has taken none may be taking one. */
static uint64_t seen_min(struct fen_reference_builder *builder)
{
    uint64_t least = builder->retire.number;
    for (uint32_t index = 0; index < builder->reader_count; index++) {
        /* P2: pairs with R2 in fen_reference_acquire. */
        uint64_t seen = atomic_load_explicit(&builder->readers[index].seen, memory_order_acquire);
        if (seen < least)
            least = seen;
    }
    return least;
}

void fen_reference_publish(struct fen_reference_builder *builder, int64_t org_offset,
                           int64_t plan_offset)
{
    struct published *fresh = malloc(sizeof *fresh);
    FEN_ASSERT(fresh != NULL && "out of memory");
    fresh->org = fen_org_builder_snapshot(&builder->org);
    fresh->catalog = fen_catalog_builder_snapshot(&builder->catalog);
    fresh->reference =
        (struct fen_reference){&fresh->org, &fresh->catalog, org_offset, plan_offset};
    fresh->number = builder->retire.number;
    /* Relaxed: only this thread writes it. */
    struct published *old = atomic_load_explicit(&builder->current, memory_order_relaxed);
    /* P1: pairs with R1 in fen_reference_acquire. */
    atomic_store_explicit(&builder->current, fresh, memory_order_release);
    if (old != NULL)
        fen_retire_add(&builder->retire, old, old->number);
    uint64_t least = seen_min(builder);
    builder->retire.number++;
    fen_retire_free(&builder->retire, least);
}

const struct fen_reference *fen_reference_acquire(struct fen_reference_builder *builder,
                                                  uint32_t reader)
{
    FEN_ASSERT(reader < builder->reader_count);
    /* R1: pairs with P1 in fen_reference_publish. */
    struct published *current = atomic_load_explicit(&builder->current, memory_order_acquire);
    /* R2: pairs with P2 in seen_min. */
    atomic_store_explicit(&builder->readers[reader].seen, current->number, memory_order_release);
    return &current->reference;
}

/* SPEC §3: the same event again is a duplicate; another one with its id an id conflict besides. */
static enum fen_reference_fate mark_event(struct fen_reference_builder *builder,
                                          const struct fen_event *event)
{
    uint32_t first_content;
    fen_buffer_clear(&builder->encoded);
    fen_record_encode(&fen_event_schema, event, &builder->encoded);
    uint32_t content = (uint32_t)fen_hash(fen_buffer_str(&builder->encoded));
    struct fen_hash128 id = fen_hash128_pair(event->tenant, event->id);
    if (fen_mark_set_add(builder->marks, id, content, &first_content))
        return FEN_REFERENCE_APPLIED;
    return first_content == content ? FEN_REFERENCE_DUPLICATE : FEN_REFERENCE_ID_CONFLICT;
}

/* The plan of a file in an arena of its own, *arena_out; NULL, with the reason: it has mistakes. */
static const struct fen_plan *read_plan(struct fen_reference_builder *builder, struct fen_str yaml,
                                        struct fen_arena **arena_out, struct fen_str *reason_out)
{
    fen_arena_reset(builder->scratch);
    struct fen_diagnostics diagnostics = {.arena = builder->scratch};
    struct fen_arena *arena = fen_arena_create(PLAN_CHUNK_BYTES);
    const struct fen_plan *plan = fen_plan_parse(yaml, arena, &diagnostics);
    if (plan != NULL) {
        *arena_out = arena;
        return plan;
    }
    if (reason_out != NULL)
        *reason_out = fen_diagnostics_first(&diagnostics, builder->scratch);
    fen_arena_destroy(arena);
    return NULL;
}

static void keep_plan(struct fen_reference_builder *builder, struct fen_arena *arena)
{
    if (builder->plan_count == builder->plan_capacity) {
        size_t capacity = builder->plan_capacity == 0 ? 16 : builder->plan_capacity * 2;
        struct fen_arena **plans = realloc(builder->plans, capacity * sizeof *plans);
        FEN_ASSERT(plans != NULL && "out of memory");
        builder->plans = plans;
        builder->plan_capacity = capacity;
    }
    builder->plans[builder->plan_count++] = arena;
}

/* Publish a plan for a tenant (absent: every tenant), taking over its arena. */
static enum fen_reference_fate publish_plan(struct fen_reference_builder *builder,
                                            struct fen_str tenant, const struct fen_plan *plan,
                                            struct fen_arena *arena, bool is_retroactive)
{
    const struct fen_plan *holding =
        fen_catalog_builder_find(&builder->catalog, tenant, plan->id, plan->version);
    if (holding == NULL) {
        keep_plan(builder, arena);
        fen_matcher_number(plan->matcher, &builder->names, arena);
        fen_catalog_builder_add(&builder->catalog, tenant, plan, is_retroactive);
        return FEN_REFERENCE_APPLIED;
    }
    bool is_same = holding->content == plan->content && fen_str_equal(holding->yaml, plan->yaml);
    fen_arena_destroy(arena);
    /* SPEC §4: retroactive also of a version published before, over the content that holds. */
    if (is_retroactive)
        fen_catalog_builder_repeat(&builder->catalog, tenant, holding);
    return is_same ? FEN_REFERENCE_DUPLICATE : FEN_REFERENCE_PLAN_CONFLICT;
}

/* A bad plan is refused whatever came before it (SPEC §9), so it is read before its id is looked
 * at, and leaves no mark: the mended event may come with the same id. */
static enum fen_reference_fate apply_publication(struct fen_reference_builder *builder,
                                                 const struct fen_event *event,
                                                 struct fen_str *reason_out)
{
    struct fen_arena *arena;
    const struct fen_plan *plan = read_plan(builder, event->yaml, &arena, reason_out);
    if (plan == NULL)
        return FEN_REFERENCE_BAD_PLAN;
    enum fen_reference_fate fate = mark_event(builder, event);
    if (fate != FEN_REFERENCE_APPLIED) {
        fen_arena_destroy(arena);
        return fate;
    }
    return publish_plan(builder, event->tenant, plan, arena, event->retroactive);
}

enum fen_reference_fate fen_reference_apply(struct fen_reference_builder *builder,
                                            const struct fen_event *event,
                                            struct fen_str *reason_out)
{
    if (event->type == FEN_EVENT_PLAN_PUBLISHED)
        return apply_publication(builder, event, reason_out);
    enum fen_reference_fate fate = mark_event(builder, event);
    if (fate == FEN_REFERENCE_APPLIED)
        fen_org_builder_apply(&builder->org, event);
    return fate;
}

enum fen_reference_fate fen_reference_apply_plan(struct fen_reference_builder *builder,
                                                 struct fen_str yaml, struct fen_str *reason_out)
{
    struct fen_arena *arena;
    const struct fen_plan *plan = read_plan(builder, yaml, &arena, reason_out);
    if (plan == NULL)
        return FEN_REFERENCE_BAD_PLAN;
    return publish_plan(builder, FEN_STR_NONE, plan, arena, false);
}

enum fen_reference_fate fen_reference_apply_trial(struct fen_reference_builder *builder,
                                                  struct fen_str yaml, struct fen_str *reason_out)
{
    struct fen_arena *arena;
    const struct fen_plan *plan = read_plan(builder, yaml, &arena, reason_out);
    if (plan == NULL)
        return FEN_REFERENCE_BAD_PLAN;
    struct fen_plan *trial = FEN_ARENA_NEW(arena, struct fen_plan);
    *trial = *plan;
    trial->from_ms = 0; /* times begin in 1970 (SPEC §3) */
    trial->to_ms = INT64_MAX;
    return publish_plan(builder, FEN_STR_NONE, trial, arena, false);
}
