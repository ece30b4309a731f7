/*
 * plan_list: `fen plan list`, which version is in force where, since when, and who published it.
 *
 * Reads fen.plans.v1 and, where engines are named, their /metrics; writes nothing and joins no
 * group.
 */
#include <string.h>
#include <time.h>

#include "cli/commands.h"
#include "cli/explain/explain_text.h"
#include "cli/options/kafka_options.h"
#include "cli/options/wire_option.h"
#include "cli/plan/plan_file.h"
#include "cli/plan/plan_phrase.h"
#include "cli/publish/engine_metrics.h"
#include "cli/publish/published.h"
#include "cli/text/sheet.h"
#include "wire/json_fields.h"

#define COLUMN_COUNT 10u

enum state { STATE_NOW, STATE_LATER, STATE_OVER, STATE_NEVER, STATE_CONFLICT };

static const struct fen_text state_titles[] = {
    [STATE_NOW] = {"in force", "生效中"},
    [STATE_LATER] = {"later", "待生效"},
    [STATE_OVER] = {"over", "已结束"},
    [STATE_NEVER] = {"never: a greater version covers it", "被更高版本取代"},
    [STATE_CONFLICT] = {"without effect: this version was there before, with other content",
                        "无效：此版本已发布过，内容不同"},
};
static const char *const state_names[] = {
    [STATE_NOW] = "in_force", [STATE_LATER] = "later",       [STATE_OVER] = "over",
    [STATE_NEVER] = "never",  [STATE_CONFLICT] = "conflict",
};

/* An engine that was asked. */
struct engine {
    const char *address;
    bool is_known;
    struct fen_engine_metrics metrics;
};

struct listing {
    struct fen_arena *arena;
    struct fen_published_list list;
    struct fen_str tenant; /* absent: all */
    struct engine *engines;
    uint32_t engine_count;
    int64_t now_ms;
    uint32_t idle_count; /* publications that change nothing, not told one by one */
};

static bool is_listed(const struct listing *listing, const struct fen_published *item)
{
    return !fen_str_is_set(listing->tenant) || fen_str_equal(listing->tenant, item->tenant);
}

/* Published again, and nothing chooses anew for it (SPEC §4). */
static bool is_idle(const struct fen_published *item)
{
    return item->fate == FEN_PUBLISHED_DUPLICATE ||
           (item->fate == FEN_PUBLISHED_AGAIN && !item->is_retroactive);
}

static enum state state_of(const struct listing *listing, const struct fen_published *item,
                           const struct fen_published_spans *spans)
{
    if (item->fate == FEN_PUBLISHED_CONFLICT && !item->is_retroactive)
        return STATE_CONFLICT;
    bool is_later = false;
    for (uint32_t i = 0; i < spans->count; i++) {
        is_later = is_later || spans->items[i].from_ms > listing->now_ms;
        if (spans->items[i].from_ms <= listing->now_ms && listing->now_ms < spans->items[i].to_ms)
            return STATE_NOW;
    }
    if (spans->count == 0)
        return STATE_NEVER;
    return is_later ? STATE_LATER : STATE_OVER;
}

static struct fen_str say_span(const struct listing *listing, const struct fen_plan *plan,
                               int64_t from_ms, int64_t to_ms)
{
    struct fen_str from = fen_phrase_time(listing->arena, plan, from_ms);
    struct fen_str to = to_ms == INT64_MAX ? fen_str_from(fen_language_pick("…", "…"))
                                           : fen_phrase_time(listing->arena, plan, to_ms);
    return fen_arena_format(listing->arena, "%.*s – %.*s", FEN_STR_ARG(from), FEN_STR_ARG(to));
}

static struct fen_str say_spans(const struct listing *listing, const struct fen_plan *plan,
                                const struct fen_published_spans *spans)
{
    struct fen_str text = FEN_STR("");
    for (uint32_t i = 0; i < spans->count; i++) {
        struct fen_str span =
            say_span(listing, plan, spans->items[i].from_ms, spans->items[i].to_ms);
        text = fen_arena_format(listing->arena, "%.*s%s%.*s", FEN_STR_ARG(text),
                                i == 0 ? "" : fen_language_pick(", ", "，"), FEN_STR_ARG(span));
    }
    return text;
}

/* Workers of an engine whose batches see the publication. */
static uint32_t taken_count(const struct engine *engine, int64_t offset)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < engine->metrics.worker_count; i++)
        count += engine->metrics.plan_offsets[i] > offset;
    return count;
}

/* "2/2", over all engines asked; "?" where one of them did not answer. */
static struct fen_str say_taken(const struct listing *listing, const struct fen_published *item)
{
    uint32_t taken = 0, all = 0;
    bool is_known = true;
    for (uint32_t i = 0; i < listing->engine_count; i++) {
        const struct engine *engine = &listing->engines[i];
        taken += taken_count(engine, item->offset);
        all += engine->metrics.worker_count;
        is_known = is_known && engine->is_known;
    }
    if (listing->engine_count == 0)
        return fen_str_from(fen_language_pick("not asked", "未查询"));
    return fen_arena_format(listing->arena, "%u/%u%s", taken, all, is_known ? "" : " + ?");
}

static struct fen_str say_kind(const struct listing *listing, const struct fen_published *item)
{
    struct fen_str reason = fen_str_is_set(item->reason) ? item->reason : FEN_STR("");
    if (!item->is_retroactive)
        return reason;
    return fen_arena_format(listing->arena, "%s%s%.*s", fen_language_pick("retroactive", "追溯"),
                            reason.size == 0 ? "" : fen_language_pick(": ", "："),
                            FEN_STR_ARG(reason));
}

static void tell_row(struct listing *listing, const struct fen_published *item,
                     struct fen_sheet *sheet, struct fen_sheet_table *table)
{
    const struct fen_published *holds = fen_published_find(
        &listing->list, item->tenant, item->plan->id, item->plan->version);
    struct fen_published_spans spans = fen_published_spans(&listing->list, holds);
    enum state state = state_of(listing, item, &spans);
    const struct fen_str cells[COLUMN_COUNT] = {
        item->tenant,
        fen_arena_format(listing->arena, "%.*s@%u", FEN_STR_ARG(item->plan->id),
                         item->plan->version),
        fen_str_from(fen_text_pick(&state_titles[state])),
        state == STATE_CONFLICT ? FEN_STR("") : say_spans(listing, item->plan, &spans),
        say_span(listing, holds->plan, holds->plan->from_ms, holds->plan->to_ms),
        fen_phrase_time(listing->arena, item->plan, item->published_ms),
        fen_str_is_set(item->by) ? item->by : FEN_STR("?"),
        say_kind(listing, item),
        fen_arena_format(listing->arena, "%lld", (long long)item->offset),
        say_taken(listing, item),
    };
    fen_sheet_add_row(sheet, table, cells, COLUMN_COUNT);
}

static void tell_sheet(struct listing *listing, const char *format, struct fen_buffer *out)
{
    static const char *const english[COLUMN_COUNT] = {
        "tenant",    "plan",         "state",           "in force", "valid",
        "published", "by",           "why",             "offset",   "workers"};
    static const char *const chinese[COLUMN_COUNT] = {
        "租户",     "方案",   "状态",   "实际生效", "有效期",
        "发布时间", "发布人", "说明", "位点",     "已采用的工作者"};
    struct fen_sheet sheet = {.arena = listing->arena,
                              .title = fen_str_from(fen_language_pick("Published plans",
                                                                      "已发布的方案"))};
    struct fen_sheet_table *table = fen_sheet_add_table(
        &sheet, "fen.plans.v1", fen_language() == FEN_LANGUAGE_CHINESE ? chinese : english,
        COLUMN_COUNT);
    for (uint32_t i = 0; i < listing->list.count; i++)
        if (is_listed(listing, &listing->list.items[i]) && !is_idle(&listing->list.items[i]))
            tell_row(listing, &listing->list.items[i], &sheet, table);
    if (strcmp(format, "csv") == 0)
        fen_sheet_append_csv(&sheet, out);
    else if (strcmp(format, "html") == 0)
        fen_sheet_append_html(&sheet, out);
    else
        fen_sheet_append_text(&sheet, out);
}

/* What stands below the table, for people. */
static void tell_notes(const struct listing *listing, struct fen_buffer *out)
{
    fen_buffer_append_byte(out, '\n');
    if (listing->idle_count > 0)
        fen_explain_say(out, "%u publication(s) changed nothing (published before)\n",
                        "另有 %u 次发布没有变化（此前已发布过）\n", listing->idle_count);
    if (listing->list.refused_count > 0)
        fen_explain_say(out, "%llu record(s) are no valid publication; `fen tail dlq` shows them\n",
                        "%llu 条记录不是有效的发布，见 fen tail dlq\n",
                        (unsigned long long)listing->list.refused_count);
    if (listing->engine_count == 0)
        fen_explain_say(out,
                        "Whether workers have taken them is known to the engines alone: name "
                        "their HTTP addresses with --engine\n",
                        "工作者是否已采用，只有引擎知道：用 --engine 给出引擎的 HTTP 地址即可查询\n");
}

static void tell_json_spans(const struct fen_published_spans *spans, struct fen_buffer *out)
{
    fen_json_open(out, "in_force", '[');
    for (uint32_t i = 0; i < spans->count; i++) {
        fen_json_next(out);
        fen_buffer_append_byte(out, '{');
        fen_json_integer(out, "from", spans->items[i].from_ms);
        fen_json_integer(out, "to",
                         spans->items[i].to_ms == INT64_MAX ? FEN_NONE : spans->items[i].to_ms);
        fen_buffer_append_byte(out, '}');
    }
    fen_json_close(out, ']');
}

static void tell_json_engines(const struct listing *listing, const struct fen_published *item,
                              struct fen_buffer *out)
{
    fen_json_open(out, "engines", '[');
    for (uint32_t i = 0; i < listing->engine_count; i++) {
        const struct engine *engine = &listing->engines[i];
        fen_json_next(out);
        fen_buffer_append_byte(out, '{');
        fen_json_text(out, "address", fen_str_from(engine->address));
        fen_json_integer(out, "workers",
                         engine->is_known ? (int64_t)engine->metrics.worker_count : FEN_NONE);
        fen_json_integer(out, "taken",
                         engine->is_known ? (int64_t)taken_count(engine, item->offset) : FEN_NONE);
        fen_buffer_append_byte(out, '}');
    }
    fen_json_close(out, ']');
}

static void tell_json(struct listing *listing, const struct fen_published *item,
                      struct fen_buffer *out)
{
    const struct fen_published *holds = fen_published_find(
        &listing->list, item->tenant, item->plan->id, item->plan->version);
    struct fen_published_spans spans = fen_published_spans(&listing->list, holds);
    const struct fen_plan *plan = holds->plan;
    fen_buffer_append_byte(out, '{');
    fen_json_text(out, "tenant", item->tenant);
    fen_json_text(out, "plan", plan->id);
    fen_json_integer(out, "version", plan->version);
    fen_json_text(out, "state", fen_str_from(state_names[state_of(listing, item, &spans)]));
    tell_json_spans(&spans, out);
    fen_json_integer(out, "from", plan->from_ms);
    fen_json_integer(out, "to", plan->to_ms == INT64_MAX ? FEN_NONE : plan->to_ms);
    fen_json_integer(out, "published", item->published_ms);
    fen_json_text(out, "by", item->by);
    fen_json_bool(out, "retroactive", item->is_retroactive);
    fen_json_text(out, "reason", item->reason);
    fen_json_text(out, "event", item->event);
    fen_json_integer(out, "offset", item->offset);
    tell_json_engines(listing, item, out);
    fen_buffer_append_str(out, FEN_STR("}\n"));
}

static void tell(struct listing *listing, const struct fen_arguments *arguments,
                 struct fen_buffer *out)
{
    const char *format = fen_arguments_text(arguments, "format");
    for (uint32_t i = 0; i < listing->list.count; i++)
        listing->idle_count += is_listed(listing, &listing->list.items[i]) &&
                               is_idle(&listing->list.items[i]);
    if (!fen_arguments_has(arguments, "json")) {
        tell_sheet(listing, format, out);
        if (strcmp(format, "text") == 0)
            tell_notes(listing, out);
        return;
    }
    for (uint32_t i = 0; i < listing->list.count; i++)
        if (is_listed(listing, &listing->list.items[i]) && !is_idle(&listing->list.items[i]))
            tell_json(listing, &listing->list.items[i], out);
}

/* UNAVAILABLE when one does not answer; the list is told all the same. */
static enum fen_exit ask_engines(struct listing *listing, const struct fen_arguments *arguments)
{
    enum fen_exit result = FEN_EXIT_OK;
    const char *const *addresses =
        fen_arguments_texts(arguments, "engine", &listing->engine_count);
    listing->engines = fen_arena_allocate_zeroed(
        listing->arena, ((size_t)listing->engine_count + 1) * sizeof *listing->engines);
    for (uint32_t i = 0; i < listing->engine_count; i++) {
        struct engine *engine = &listing->engines[i];
        struct fen_buffer reason = {0};
        engine->address = addresses[i];
        engine->is_known = fen_engine_metrics_read(addresses[i], &engine->metrics, &reason);
        if (!engine->is_known) {
            fen_say("the engine cannot be asked: %.*s", "无法查询引擎：%.*s",
                    FEN_STR_ARG(fen_buffer_str(&reason)));
            result = FEN_EXIT_UNAVAILABLE;
        }
        fen_buffer_deinit(&reason);
    }
    return result;
}

static enum fen_exit check_usage(const struct fen_arguments *arguments)
{
    const char *format = fen_arguments_text(arguments, "format");
    if (strcmp(format, "text") == 0 || strcmp(format, "html") == 0 || strcmp(format, "csv") == 0)
        return FEN_EXIT_OK;
    fen_say("--format is text, html or csv, not \"%s\"",
            "--format 是 text、html 或 csv，而不是“%s”", format);
    return FEN_EXIT_USAGE;
}

enum fen_exit fen_command_plan_list(const struct fen_arguments *arguments)
{
    struct listing listing = {.arena = fen_arena_create((size_t)1 << 16),
                              .now_ms = (int64_t)time(NULL) * 1000};
    struct fen_kafka_config config;
    struct fen_buffer out = {0};
    enum fen_wire wire;
    const char *tenant = fen_arguments_text(arguments, "tenant");
    listing.tenant = tenant == NULL ? FEN_STR_NONE : fen_str_from(tenant);
    listing.list.arena = listing.arena;
    enum fen_exit result = check_usage(arguments);
    if (result == FEN_EXIT_OK)
        result = fen_wire_option(arguments, &wire);
    if (result == FEN_EXIT_OK)
        result = fen_kafka_options(arguments, listing.arena, &config);
    if (result == FEN_EXIT_OK)
        result = fen_published_read(&config, wire, &listing.list);
    if (result == FEN_EXIT_OK) {
        result = ask_engines(&listing, arguments);
        tell(&listing, arguments, &out);
        enum fen_exit written = fen_plan_write(fen_arguments_text(arguments, "out"), &out);
        result = result == FEN_EXIT_OK ? written : result;
    }
    fen_buffer_deinit(&out);
    fen_arena_destroy(listing.arena);
    return result;
}
