/* publish_review: see the header. */
#include "cli/publish/publish_review.h"

#include "base/hash.h"
#include "cli/plan/plan_phrase.h"

struct fen_str fen_publish_event_id(struct fen_arena *arena, const struct fen_publish_terms *terms,
                                    struct fen_str yaml)
{
    uint64_t hash = fen_hash_behind(fen_hash_pair(terms->tenant, yaml),
                                    terms->is_retroactive ? terms->reason : FEN_STR(""));
    return fen_arena_format(arena, "publish:%016llx%s", (unsigned long long)hash,
                            terms->is_retroactive ? ":retroactive" : "");
}

/* Whether this publication stands in the topic already, by its event's id or by its content. */
static bool find_published(struct fen_publish_candidate *candidate,
                           const struct fen_publish_terms *terms,
                           const struct fen_published_list *list)
{
    const struct fen_plan *plan = candidate->plan;
    for (uint32_t i = 0; i < list->count && !candidate->is_published; i++) {
        const struct fen_published *item = &list->items[i];
        bool had_effect =
            item->fate == FEN_PUBLISHED_HOLDS || item->fate == FEN_PUBLISHED_AGAIN;
        if (!had_effect || !fen_str_equal(item->tenant, terms->tenant))
            continue;
        bool is_same = item->plan->version == plan->version &&
                       fen_str_equal(item->plan->id, plan->id) &&
                       fen_str_equal(item->plan->yaml, plan->yaml);
        candidate->is_published = fen_str_equal(item->event, candidate->event) ||
                                  (is_same && !terms->is_retroactive);
        candidate->published_offset = item->offset;
    }
    return candidate->is_published;
}

static bool is_conflict(const struct fen_publish_candidate *candidate,
                        const struct fen_publish_terms *terms,
                        const struct fen_published_list *list)
{
    const struct fen_plan *plan = candidate->plan;
    const struct fen_published *holds =
        fen_published_find(list, terms->tenant, plan->id, plan->version);
    if (holds == NULL || fen_str_equal(holds->plan->yaml, plan->yaml))
        return false;
    uint32_t version = fen_published_newest(list, terms->tenant, plan->id)->plan->version;
    fen_say("%s: %.*s@%u was published before (offset %lld), with other content; give the plan "
            "version %u",
            "%s：%.*s@%u 已经发布过（位点 %lld），内容不同；请把版本改为 %u",
            candidate->source->path, FEN_STR_ARG(plan->id), plan->version,
            (long long)holds->offset, version + 1);
    return true;
}

/* SPEC §4: two plan ids of one tenant may not overlap in time. */
static bool is_overlapping(const struct fen_publish_candidate *candidate,
                           const struct fen_publish_terms *terms,
                           const struct fen_published_list *list)
{
    const struct fen_plan *plan = candidate->plan;
    bool is_found = false;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct fen_published *item = &list->items[i];
        if (item->fate != FEN_PUBLISHED_HOLDS || !fen_str_equal(item->tenant, terms->tenant) ||
            fen_str_equal(item->plan->id, plan->id) || item->plan->from_ms >= plan->to_ms ||
            plan->from_ms >= item->plan->to_ms)
            continue;
        is_found = true;
        fen_say("%s: overlaps in time with the plan %.*s@%u (published at offset %lld); a tenant "
                "has one plan at a time: make this a new version of %.*s, or choose other dates",
                "%s：与方案 %.*s@%u（已发布，位点 %lld）的生效时间重叠；同一租户同时只能有"
                "一个方案：请改为 %.*s 的新版本，或另选日期",
                candidate->source->path, FEN_STR_ARG(item->plan->id), item->plan->version,
                (long long)item->offset, FEN_STR_ARG(item->plan->id));
    }
    return is_found;
}

static bool is_past(const struct fen_publish_candidate *candidate,
                    const struct fen_publish_terms *terms, struct fen_arena *arena)
{
    const struct fen_plan *plan = candidate->plan;
    if (terms->is_retroactive || plan->from_ms >= terms->now_ms)
        return false;
    fen_say("%s: `from` is %.*s, which is past; choose a date ahead, or give --retroactive "
            "--reason TEXT: then the orders since that date are worked out anew",
            "%s：“生效”为 %.*s，已经过去；请改为以后的时间，或加 --retroactive --reason 原因："
            "该时间以来的订单将重新计算",
            candidate->source->path, FEN_STR_ARG(fen_phrase_time(arena, plan, plan->from_ms)));
    return true;
}

static bool is_never(const struct fen_publish_candidate *candidate,
                     const struct fen_publish_terms *terms, const struct fen_published_list *list)
{
    const struct fen_plan *plan = candidate->plan;
    const struct fen_published *own =
        fen_published_find(list, terms->tenant, plan->id, plan->version);
    if (fen_published_spans(list, own).count > 0)
        return false;
    uint32_t version = fen_published_newest(list, terms->tenant, plan->id)->plan->version;
    fen_say("%s: never in force: greater versions cover all of its time; give it version %u",
            "%s：不会生效：更高的版本覆盖了它的全部时间；请把版本改为 %u",
            candidate->source->path, version + 1);
    return true;
}

/* The version in force when this one begins, else now, else the newest of its id. */
static const struct fen_plan *compared_with(const struct fen_plan *plan,
                                            const struct fen_publish_terms *terms,
                                            const struct fen_published_list *list)
{
    const struct fen_published *old = fen_published_choose(list, terms->tenant, plan->from_ms);
    if (old == NULL)
        old = fen_published_choose(list, terms->tenant, terms->now_ms);
    if (old == NULL)
        old = fen_published_newest(list, terms->tenant, plan->id);
    return old == NULL ? NULL : old->plan;
}

enum fen_exit fen_publish_review(struct fen_publish_candidate *candidate,
                                 const struct fen_publish_terms *terms,
                                 struct fen_published_list *list)
{
    const struct fen_plan *plan = candidate->plan;
    candidate->event = fen_publish_event_id(list->arena, terms, candidate->source->yaml);
    candidate->place.offset = -1;
    candidate->against = compared_with(plan, terms, list);
    if (find_published(candidate, terms, list))
        return FEN_EXIT_OK;
    bool is_refused = is_conflict(candidate, terms, list);
    is_refused = is_overlapping(candidate, terms, list) || is_refused;
    is_refused = is_past(candidate, terms, list->arena) || is_refused;
    if (is_refused)
        return FEN_EXIT_CONFIG;
    struct fen_published item = {
        .tenant = terms->tenant,
        .event = candidate->event,
        .is_retroactive = terms->is_retroactive,
        .fate = fen_published_find(list, terms->tenant, plan->id, plan->version) == NULL
                    ? FEN_PUBLISHED_HOLDS
                    : FEN_PUBLISHED_AGAIN,
        .published_ms = terms->now_ms,
        .offset = list->end,
        .plan = plan,
    };
    FEN_ARENA_PUSH(list->arena, list->items, list->count, list->capacity, item);
    return is_never(candidate, terms, list) ? FEN_EXIT_CONFIG : FEN_EXIT_OK;
}

void fen_publish_foresee(struct fen_publish_candidate *candidate,
                         const struct fen_publish_terms *terms,
                         const struct fen_published_list *list)
{
    const struct fen_published *own = fen_published_find(list, terms->tenant, candidate->plan->id,
                                                         candidate->plan->version);
    if (own != NULL)
        candidate->spans = fen_published_spans(list, own);
}

/* The two sides: the plan, and what it is compared with; "posted" where there is nothing. */
static void choose_sides(const struct fen_publish_candidate *candidate, bool is_live,
                         struct fen_arena *arena, struct fen_backtest_plan *sides)
{
    const struct fen_plan *plans[FEN_BACKTEST_SIDES] = {
        [FEN_BACKTEST_BEFORE] = candidate->against,
        [FEN_BACKTEST_AFTER] = candidate->plan,
    };
    for (int side = 0; side < FEN_BACKTEST_SIDES; side++) {
        sides[side] = (struct fen_backtest_plan){.is_wanted = true};
        if (plans[side] == NULL) {
            sides[side].is_wanted = !is_live;
            continue;
        }
        struct fen_plan_file *file = FEN_ARENA_NEW(arena, struct fen_plan_file);
        *file = (struct fen_plan_file){
            fen_language_pick("of the publication", "（已发布）"), plans[side]->yaml, plans[side]};
        sides[side].plan = file;
        candidate->backtest->plans[side] =
            fen_arena_format(arena, "%.*s@%u", FEN_STR_ARG(plans[side]->id), plans[side]->version);
    }
}

static bool is_wanted(const struct fen_arguments *arguments)
{
    return fen_arguments_has(arguments, "events") || fen_arguments_has(arguments, "from") ||
           fen_arguments_has(arguments, "to");
}

enum fen_exit fen_publish_backtest(struct fen_publish_candidate *candidate,
                                   const struct fen_arguments *arguments, struct fen_arena *arena)
{
    struct fen_backtest_plan sides[FEN_BACKTEST_SIDES];
    struct fen_backtest_source source;
    uint32_t path_count;
    const char *const *paths = fen_arguments_texts(arguments, "events", &path_count);
    if (!is_wanted(arguments))
        return FEN_EXIT_OK;
    if (candidate->against != NULL &&
        !fen_str_equal(candidate->against->currency, candidate->plan->currency)) {
        candidate->is_other_currency = true;
        return FEN_EXIT_OK;
    }
    enum fen_exit result = fen_backtest_source_init(&source, arguments, paths, path_count);
    candidate->backtest = FEN_ARENA_NEW(arena, struct fen_backtest_report);
    if (result == FEN_EXIT_OK) {
        choose_sides(candidate, source.is_live, arena, sides);
        result = fen_backtest_window_read(arguments, sides, &source, candidate->backtest);
    }
    if (result == FEN_EXIT_OK)
        result = fen_backtest_make(&source, sides, false, arena, candidate->backtest,
                                   &candidate->made);
    fen_backtest_source_deinit(&source);
    return result;
}
