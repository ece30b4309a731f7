/*
 * catalog_builder: adds publications to the catalog that is being built (plan/catalog.h).
 *
 * Threads: the builder; a published struct fen_catalog any.
 */
#ifndef FEN_PLAN_CATALOG_BUILDER_H
#define FEN_PLAN_CATALOG_BUILDER_H

#include "base/arena.h"
#include "plan/catalog.h"
#include "plan/directory.h"

/* A published plan. */
struct fen_catalog_plan {
    const struct fen_plan *plan;
    int64_t number; /* of its publication */
};

/* A retroactive publication and the validity it covers. */
struct fen_catalog_retroactive {
    int64_t number;
    int64_t from_ms;
    int64_t to_ms;
};

/* A snapshot. All by tenant; absent tenant: every tenant's. */
struct fen_catalog {
    const struct fen_directory *plans;       /* fen_catalog_plan, greatest (version, id) first */
    const struct fen_history *every_plan;    /* of them those of every tenant; NULL: none */
    const struct fen_directory *retroactive; /* fen_catalog_retroactive, ascending by number */
    const struct fen_directory *windows;     /* int64_t ms, ascending: the last is the longest */
    int64_t publication;
    int64_t retroactive_publication; /* number of the newest retroactive one; 0 none */
    int64_t window_max_ms;           /* over all tenants */
    struct fen_str newest_tenant;    /* of the newest publication */
    const struct fen_plan *newest;   /* NULL: none */
};

struct fen_catalog_builder {
    struct fen_arena *arena;   /* of tenants' names; borrowed */
    struct fen_retire *retire; /* borrowed */
    struct fen_directory *plans;
    struct fen_directory *retroactive;
    struct fen_directory *windows;
    int64_t publication;
    int64_t retroactive_publication;
    int64_t window_max_ms;
    struct fen_str newest_tenant;
    const struct fen_plan *newest;
};

/* Both borrowed objects must outlive the builder; `retire` is emptied after deinit. */
void fen_catalog_builder_init(struct fen_catalog_builder *builder, struct fen_arena *arena,
                              struct fen_retire *retire);
void fen_catalog_builder_deinit(struct fen_catalog_builder *builder);

/* The plan that holds an id and version for the tenant already; NULL: none. */
const struct fen_plan *fen_catalog_builder_find(const struct fen_catalog_builder *builder,
                                                struct fen_str tenant, struct fen_str id,
                                                uint32_t version);

/* Publish a plan that no plan with its id and version holds yet; it must live for ever. */
void fen_catalog_builder_add(struct fen_catalog_builder *builder, struct fen_str tenant,
                             const struct fen_plan *plan, bool is_retroactive);

/* Publish retroactively a version that holds already (SPEC §4 Plan). */
void fen_catalog_builder_repeat(struct fen_catalog_builder *builder, struct fen_str tenant,
                                const struct fen_plan *plan);

/* The catalog as it stands, to be published. */
struct fen_catalog fen_catalog_builder_snapshot(const struct fen_catalog_builder *builder);

#endif /* FEN_PLAN_CATALOG_BUILDER_H */
