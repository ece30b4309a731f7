/*
 * explain_file: subjects out of files, through the machine of `fen replay`.
 *
 * The files are read twice: once through the core, and once more for the touches of the customers
 * found, of which an order keeps only those that may win.
 */
#include <string.h>

#include "cli/explain/explain.h"
#include "cli/plan/plan_files.h"
#include "cli/replay/replay_machine.h"
#include "cli/inspect/reread.h"

#define BATCH_COUNT 1000

struct gathering {
    struct fen_explain *explain;
    struct fen_replay_machine *machine;
    struct fen_reread reread;
};

static void keep_entry(void *context, const struct fen_entry *entry)
{
    fen_explain_keep_entry(context, entry);
}

static void keep_record(void *context, const struct fen_message *message)
{
    fen_explain_keep_record(context, message);
}

static void pass_over(void *context, struct fen_str json)
{
    (void)context;
    (void)json;
}

static void take_event(void *context, const struct fen_line *line)
{
    struct gathering *gathering = context;
    fen_replay_machine_take(gathering->machine, line->text, line->number);
}

/* Most lines are no touch and need no reading; an escape may hide one that is. */
static void take_touch(void *context, const struct fen_line *line)
{
    struct gathering *gathering = context;
    static const char name[] = "touch.shared";
    struct fen_event event;
    struct fen_refused refused;
    if (memmem(line->text.data, line->text.size, name, sizeof name - 1) == NULL &&
        memchr(line->text.data, '\\', line->text.size) == NULL)
        return;
    struct fen_arena *scratch = fen_arena_create((size_t)1 << 12);
    if (fen_event_decode(FEN_WIRE_JSON, line->text, scratch, &event, &refused) ==
        FEN_REFUSAL_NONE)
        fen_explain_keep_touch(gathering->explain, &event);
    fen_arena_destroy(scratch);
}

static enum fen_exit gather(struct gathering *gathering, const struct fen_plan_files *plans)
{
    struct fen_explain *explain = gathering->explain;
    enum fen_exit result = fen_plan_files_publish(plans, gathering->machine);
    if (result == FEN_EXIT_OK)
        result = fen_reread_visit(&gathering->reread, NULL, take_event, gathering);
    if (result != FEN_EXIT_OK)
        return result;
    fen_replay_machine_flush(gathering->machine);
    explain->wire = FEN_WIRE_JSON;
    explain->reference = fen_replay_machine_reference(gathering->machine);
    bool is_read = fen_explain_decode(explain);
    FEN_ASSERT(is_read); /* records this very process has made */
    return fen_reread_visit(&gathering->reread, NULL, take_touch, gathering);
}

enum fen_exit fen_explain_from_files(struct fen_explain *explain,
                                     const struct fen_arguments *arguments,
                                     enum fen_exit (*then)(struct fen_explain *explain,
                                                           const struct fen_arguments *arguments))
{
    struct gathering gathering = {.explain = explain};
    struct fen_plan_files plans = {0};
    struct fen_replay_options options = {
        .partition_count = 1,
        .worker_count = 1,
        .batch_count = BATCH_COUNT,
        .wire = FEN_WIRE_JSON,
        .posted = keep_entry,
        .dead_letter = pass_over,
        .record = keep_record,
        .context = explain,
    };
    uint32_t plan_count;
    const char *const *plan_paths = fen_arguments_texts(arguments, "plan", &plan_count);
    uint32_t event_count;
    const char *const *events = fen_arguments_texts(arguments, "events", &event_count);
    enum fen_exit result = fen_reread_init(&gathering.reread, events, event_count);
    if (result == FEN_EXIT_OK)
        result = fen_plan_files_init(&plans, plan_paths, plan_count);
    if (result == FEN_EXIT_OK) {
        gathering.machine = fen_replay_machine_create(&options);
        result = gather(&gathering, &plans);
        if (result == FEN_EXIT_OK)
            result = then(explain, arguments);
        fen_replay_machine_destroy(gathering.machine);
    }
    if (plans.arena != NULL)
        fen_plan_files_deinit(&plans);
    fen_reread_deinit(&gathering.reread);
    return result;
}
