/* catalog: see catalog.h. Each question is asked of the tenant's own list and of every tenant's. */
#include "plan/catalog.h"

#include "plan/catalog_builder.h"
#include "plan/period_table.h"

/* The two histories to look into; the second NULL when the tenant is absent itself. */
struct pair {
    const struct fen_history *lists[2];
};

/* Of the plans, which every evaluation asks for: those of every tenant are found already. */
static struct pair find_plans(const struct fen_catalog *catalog, struct fen_str tenant)
{
    if (!fen_str_is_set(tenant))
        return (struct pair){{catalog->every_plan, NULL}};
    return (struct pair){
        {fen_directory_find(catalog->plans, tenant, FEN_STR_NONE), catalog->every_plan}};
}

static struct pair find_both(const struct fen_directory *directory, struct fen_str tenant)
{
    struct pair both = {{fen_directory_find(directory, tenant, FEN_STR_NONE), NULL}};
    if (fen_str_is_set(tenant))
        both.lists[1] = fen_directory_find(directory, FEN_STR_NONE, FEN_STR_NONE);
    return both;
}

static bool is_in_force(const struct fen_plan *plan, int64_t created_ms)
{
    return plan->from_ms <= created_ms && created_ms < plan->to_ms;
}

/* The first plan in force at a time, published by then; they stand greatest (version, id) first. */
static const struct fen_plan *first_in_force(const struct fen_history *history, int64_t created_ms,
                                             int64_t publication)
{
    const struct fen_catalog_plan *plans = history == NULL ? NULL : (const void *)history->items;
    for (uint32_t index = 0; history != NULL && index < history->count; index++) {
        const struct fen_plan *plan = plans[index].plan;
        if (is_in_force(plan, created_ms) && plans[index].number <= publication)
            return plan;
    }
    return NULL;
}

const struct fen_plan *fen_catalog_choose(const struct fen_catalog *catalog, struct fen_str tenant,
                                          int64_t created_ms)
{
    return fen_catalog_choose_of(catalog, tenant, created_ms, catalog->publication);
}

const struct fen_plan *fen_catalog_choose_of(const struct fen_catalog *catalog,
                                             struct fen_str tenant, int64_t created_ms,
                                             int64_t publication)
{
    struct pair both = find_plans(catalog, tenant);
    const struct fen_plan *own = first_in_force(both.lists[0], created_ms, publication);
    const struct fen_plan *every = first_in_force(both.lists[1], created_ms, publication);
    if (own == NULL || every == NULL)
        return own == NULL ? every : own;
    if (own->version != every->version)
        return own->version > every->version ? own : every;
    return fen_str_compare(own->id, every->id) >= 0 ? own : every;
}

/* The least number of a plan in force at a time; 0: none is. */
static int64_t least_number(const struct fen_history *history, int64_t created_ms)
{
    const struct fen_catalog_plan *plans = history == NULL ? NULL : (const void *)history->items;
    int64_t least = 0;
    for (uint32_t index = 0; history != NULL && index < history->count; index++)
        if (is_in_force(plans[index].plan, created_ms)
            && (least == 0 || plans[index].number < least))
            least = plans[index].number;
    return least;
}

int64_t fen_catalog_first_publication(const struct fen_catalog *catalog, struct fen_str tenant,
                                      int64_t created_ms)
{
    struct pair both = find_both(catalog->plans, tenant);
    int64_t own = least_number(both.lists[0], created_ms);
    int64_t every = least_number(both.lists[1], created_ms);
    return own == 0 || (every != 0 && every < own) ? every : own;
}

static const struct fen_plan *find_version(const struct fen_history *history, struct fen_str id,
                                           uint32_t version)
{
    const struct fen_catalog_plan *plans = history == NULL ? NULL : (const void *)history->items;
    for (uint32_t index = 0; history != NULL && index < history->count; index++)
        if (plans[index].plan->version == version && fen_str_equal(plans[index].plan->id, id))
            return plans[index].plan;
    return NULL;
}

const struct fen_plan *fen_catalog_find(const struct fen_catalog *catalog, struct fen_str tenant,
                                        struct fen_str id, uint32_t version)
{
    struct pair both = find_plans(catalog, tenant);
    const struct fen_plan *own = find_version(both.lists[0], id, version);
    return own != NULL ? own : find_version(both.lists[1], id, version);
}

/* The greatest version of an id that overlaps the period, else the greatest; greatest first. */
static const struct fen_plan *find_table(const struct fen_history *history, struct fen_str id,
                                         int32_t period)
{
    const struct fen_catalog_plan *plans = history == NULL ? NULL : (const void *)history->items;
    const struct fen_plan *greatest = NULL;
    for (uint32_t index = 0; history != NULL && index < history->count; index++) {
        if (!fen_str_equal(plans[index].plan->id, id))
            continue;
        if (fen_plan_overlaps_period(plans[index].plan, period))
            return plans[index].plan;
        if (greatest == NULL)
            greatest = plans[index].plan;
    }
    return greatest;
}

const struct fen_plan *fen_catalog_table(const struct fen_catalog *catalog, struct fen_str tenant,
                                         struct fen_str id, int32_t period)
{
    struct pair both = find_plans(catalog, tenant);
    const struct fen_plan *own = find_table(both.lists[0], id, period);
    const struct fen_plan *every = find_table(both.lists[1], id, period);
    if (own == NULL || every == NULL)
        return own == NULL ? every : own;
    bool own_overlaps = fen_plan_overlaps_period(own, period);
    if (own_overlaps != fen_plan_overlaps_period(every, period))
        return own_overlaps ? own : every;
    return own->version >= every->version ? own : every;
}

static int64_t newest_number(const struct fen_history *history)
{
    const struct fen_catalog_plan *plans = history == NULL ? NULL : (const void *)history->items;
    int64_t newest = 0;
    for (uint32_t index = 0; history != NULL && index < history->count; index++)
        if (plans[index].number > newest)
            newest = plans[index].number;
    return newest;
}

int64_t fen_catalog_tenant_publication(const struct fen_catalog *catalog, struct fen_str tenant)
{
    struct pair both = find_plans(catalog, tenant);
    int64_t own = newest_number(both.lists[0]), every = newest_number(both.lists[1]);
    return own > every ? own : every;
}

int64_t fen_catalog_publication(const struct fen_catalog *catalog)
{
    return catalog->publication;
}

const struct fen_plan *fen_catalog_newest(const struct fen_catalog *catalog,
                                          struct fen_str *tenant_out)
{
    *tenant_out = catalog->newest_tenant;
    return catalog->newest;
}

/* Newest first: an order has mostly seen all but the last few. 0: none. */
static int64_t covers_after(const struct fen_history *history, int64_t created_ms, int64_t after)
{
    const struct fen_catalog_retroactive *items =
        history == NULL ? NULL : (const void *)history->items;
    uint32_t index = history == NULL ? 0 : history->count;
    for (; index > 0 && items[index - 1].number > after; index--)
        if (items[index - 1].from_ms <= created_ms && created_ms < items[index - 1].to_ms)
            return items[index - 1].number;
    return 0;
}

int64_t fen_catalog_retroactive(const struct fen_catalog *catalog, struct fen_str tenant,
                                int64_t created_ms, int64_t after)
{
    if (after >= catalog->publication)
        return 0;
    struct pair both = find_both(catalog->retroactive, tenant);
    int64_t own = covers_after(both.lists[0], created_ms, after);
    int64_t every = covers_after(both.lists[1], created_ms, after);
    return own > every ? own : every;
}

bool fen_catalog_has_retroactive(const struct fen_catalog *catalog, struct fen_str tenant,
                                 int64_t after)
{
    struct pair both = find_both(catalog->retroactive, tenant);
    for (uint32_t list = 0; list < 2; list++) {
        const struct fen_history *history = both.lists[list];
        const struct fen_catalog_retroactive *items =
            history == NULL ? NULL : (const void *)history->items;
        if (items != NULL && history->count > 0 && items[history->count - 1].number > after)
            return true;
    }
    return false;
}

int64_t fen_catalog_window_max_ms(const struct fen_catalog *catalog, struct fen_str tenant)
{
    struct pair both = find_both(catalog->windows, tenant);
    int64_t longest = 0;
    for (uint32_t list = 0; list < 2; list++) {
        const struct fen_history *history = both.lists[list];
        const int64_t *windows = history == NULL ? NULL : (const void *)history->items;
        if (windows != NULL && windows[history->count - 1] > longest)
            longest = windows[history->count - 1];
    }
    return longest;
}

int64_t fen_catalog_retroactive_publication(const struct fen_catalog *catalog)
{
    return catalog->retroactive_publication;
}

int64_t fen_catalog_window_max_all_ms(const struct fen_catalog *catalog)
{
    return catalog->window_max_ms;
}
