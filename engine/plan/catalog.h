/*
 * catalog: the published plans of all tenants, and the choice among them (SPEC §4 Plan).
 *
 * A catalog is an immutable snapshot beside the org. Publications are numbered from 1 in the order
 * they were read; an order remembers the newest number it has seen, so that a retroactive
 * publication after it, whose validity covers the order, makes it choose anew.
 *
 * Threads: readers any; one builder (plan/reference.h).
 */
#ifndef FEN_PLAN_CATALOG_H
#define FEN_PLAN_CATALOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "plan/plan.h"

struct fen_catalog;

/*
 * Among the tenant's plans with from <= created < to, the greatest (version, plan id); NULL: none.
 * A plan published for tenant absent (from the command line) is every tenant's.
 */
const struct fen_plan *fen_catalog_choose(const struct fen_catalog *catalog, struct fen_str tenant,
                                          int64_t created_ms);

/* Likewise among the publications up to the numbered one. */
const struct fen_plan *fen_catalog_choose_of(const struct fen_catalog *catalog,
                                             struct fen_str tenant, int64_t created_ms,
                                             int64_t publication);

/*
 * The number of the earliest publication of a plan that is in force at a time; 0: there is none.
 * What was decided before it had no plan.
 */
int64_t fen_catalog_first_publication(const struct fen_catalog *catalog, struct fen_str tenant,
                                      int64_t created_ms);

/* The plan of an id and version as first published; NULL: not published. */
const struct fen_plan *fen_catalog_find(const struct fen_catalog *catalog, struct fen_str tenant,
                                        struct fen_str id, uint32_t version);

/*
 * The version of a plan id whose tables hold in a period: of those published for the tenant the
 * greatest whose validity overlaps it, else the greatest (SPEC §7); NULL: none is published.
 */
const struct fen_plan *fen_catalog_table(const struct fen_catalog *catalog, struct fen_str tenant,
                                         struct fen_str id, int32_t period);

/* The number of the newest publication of a version new to the tenant; 0: none. */
int64_t fen_catalog_tenant_publication(const struct fen_catalog *catalog, struct fen_str tenant);

/* The number of the newest publication in this snapshot; 0: none. */
int64_t fen_catalog_publication(const struct fen_catalog *catalog);

/* Its plan, and for which tenant (absent: every one); NULL: none. */
const struct fen_plan *fen_catalog_newest(const struct fen_catalog *catalog,
                                          struct fen_str *tenant_out);

/*
 * The number > `after` of the newest retroactive publication that covers `created_ms` for the
 * tenant; 0: none. An order pinned at `after` chooses anew then, among what that one found.
 */
int64_t fen_catalog_retroactive(const struct fen_catalog *catalog, struct fen_str tenant,
                                int64_t created_ms, int64_t after);

/* Whether any retroactive publication with number > `after` is the tenant's or every tenant's. */
bool fen_catalog_has_retroactive(const struct fen_catalog *catalog, struct fen_str tenant,
                                 int64_t after);

/* The number of the newest retroactive publication; 0: none. */
int64_t fen_catalog_retroactive_publication(const struct fen_catalog *catalog);

/* The longest share window over the tenant's published plans, 0 without any. */
int64_t fen_catalog_window_max_ms(const struct fen_catalog *catalog, struct fen_str tenant);

/* The longest share window over the plans of all tenants, 0 without any. */
int64_t fen_catalog_window_max_all_ms(const struct fen_catalog *catalog);

#endif /* FEN_PLAN_CATALOG_H */
