/* catalog_builder: see catalog_builder.h. */
#include "plan/catalog_builder.h"

/* About ten tenants a chunk at 600. */
#define TENANT_CHUNK_BITS 6u

void fen_catalog_builder_init(struct fen_catalog_builder *builder, struct fen_arena *arena,
                              struct fen_retire *retire)
{
    uint64_t number = retire->number;
    *builder = (struct fen_catalog_builder){
        .arena = arena,
        .retire = retire,
        .plans = fen_directory_create(TENANT_CHUNK_BITS, sizeof(struct fen_catalog_plan), number),
        .retroactive =
            fen_directory_create(TENANT_CHUNK_BITS, sizeof(struct fen_catalog_retroactive), number),
        .windows = fen_directory_create(TENANT_CHUNK_BITS, sizeof(int64_t), number),
    };
}

void fen_catalog_builder_deinit(struct fen_catalog_builder *builder)
{
    fen_directory_destroy(builder->plans);
    fen_directory_destroy(builder->retroactive);
    fen_directory_destroy(builder->windows);
}

struct fen_catalog fen_catalog_builder_snapshot(const struct fen_catalog_builder *builder)
{
    return (struct fen_catalog){builder->plans,
                                fen_directory_find(builder->plans, FEN_STR_NONE, FEN_STR_NONE),
                                builder->retroactive,
                                builder->windows,
                                builder->publication,
                                builder->retroactive_publication,
                                builder->window_max_ms,
                                builder->newest_tenant,
                                builder->newest};
}

const struct fen_plan *fen_catalog_builder_find(const struct fen_catalog_builder *builder,
                                                struct fen_str tenant, struct fen_str id,
                                                uint32_t version)
{
    struct fen_catalog catalog = fen_catalog_builder_snapshot(builder);
    return fen_catalog_find(&catalog, tenant, id, version);
}

/* The tenant's text in a directory's history, else a copy. */
static struct fen_str own_tenant(const struct fen_catalog_builder *builder,
                                 const struct fen_history *history, struct fen_str tenant)
{
    return history != NULL ? history->tenant : fen_arena_copy(builder->arena, tenant);
}

static void add_retroactive(struct fen_catalog_builder *builder, struct fen_str tenant,
                            const struct fen_plan *plan)
{
    const struct fen_history *history =
        fen_directory_find(builder->retroactive, tenant, FEN_STR_NONE);
    struct fen_catalog_retroactive item = {builder->publication, plan->from_ms, plan->to_ms};
    builder->retroactive_publication = builder->publication;
    builder->retroactive = fen_directory_insert(builder->retroactive, builder->retire,
                                                own_tenant(builder, history, tenant), FEN_STR_NONE,
                                                history == NULL ? 0 : history->count, &item);
}

/* Keep the longest window, so that a touch's lateness costs one lookup. */
static void add_window(struct fen_catalog_builder *builder, struct fen_str tenant,
                       const struct fen_plan *plan)
{
    const struct fen_history *history = fen_directory_find(builder->windows, tenant, FEN_STR_NONE);
    int64_t window_ms = fen_plan_window_max_ms(plan);
    if (window_ms > builder->window_max_ms)
        builder->window_max_ms = window_ms;
    uint32_t count = history == NULL ? 0 : history->count;
    if (count > 0) {
        const int64_t *windows = (const void *)history->items;
        if (windows[count - 1] >= window_ms)
            return;
    }
    builder->windows =
        fen_directory_insert(builder->windows, builder->retire,
                             own_tenant(builder, history, tenant), FEN_STR_NONE, count, &window_ms);
}

/* Published is what was new, or chose anew. */
static void note_newest(struct fen_catalog_builder *builder, struct fen_str tenant,
                        const struct fen_plan *plan)
{
    builder->newest_tenant = fen_arena_copy(builder->arena, tenant);
    builder->newest = plan;
}

static bool is_greater(const struct fen_plan *a, const struct fen_plan *b)
{
    return a->version != b->version ? a->version > b->version : fen_str_compare(a->id, b->id) > 0;
}

void fen_catalog_builder_add(struct fen_catalog_builder *builder, struct fen_str tenant,
                             const struct fen_plan *plan, bool is_retroactive)
{
    const struct fen_history *history = fen_directory_find(builder->plans, tenant, FEN_STR_NONE);
    struct fen_catalog_plan item = {plan, ++builder->publication};
    uint32_t position = 0;
    if (history != NULL) {
        const struct fen_catalog_plan *plans = (const void *)history->items;
        while (position < history->count && is_greater(plans[position].plan, plan))
            position++;
    }
    builder->plans =
        fen_directory_insert(builder->plans, builder->retire, own_tenant(builder, history, tenant),
                             FEN_STR_NONE, position, &item);
    add_window(builder, tenant, plan);
    note_newest(builder, tenant, plan);
    if (is_retroactive)
        add_retroactive(builder, tenant, plan);
}

void fen_catalog_builder_repeat(struct fen_catalog_builder *builder, struct fen_str tenant,
                                const struct fen_plan *plan)
{
    builder->publication++;
    note_newest(builder, tenant, plan);
    add_retroactive(builder, tenant, plan);
}
