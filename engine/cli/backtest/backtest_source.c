/* backtest_source: see the header. */
#include "cli/backtest/backtest_source.h"

#include <string.h>

#include "base/progress.h"
#include "cli/options/kafka_options.h"
#include "cli/inspect/topic_reader.h"
#include "cli/options/tenant_option.h"
#include "cli/options/wire_option.h"
#include "model/period.h"
#include "wire/ledger_record.h"

#define STALL_MS 30000
#define MONTH_MS (31 * FEN_DAY_MS)

/* One visit, of the events, of the ledger or of the accounts. */
struct visit {
    struct fen_backtest_source *source;
    struct fen_backtest_reader *reader;
    void (*take_account)(void *context, const struct fen_message *message);
    void (*take_entry)(void *context, const struct fen_entry *entry);
    void *context; /* of the two */
    struct fen_arena *scratch;
    struct fen_progress progress;
    uint64_t done;
};

enum fen_exit fen_backtest_source_init(struct fen_backtest_source *source,
                                       const struct fen_arguments *arguments,
                                       const char *const *paths, uint32_t path_count)
{
    *source = (struct fen_backtest_source){.arena = fen_arena_create(4096)};
    source->is_live = path_count == 0;
    enum fen_exit result = fen_tenant_option(arguments, &source->tenant);
    if (result == FEN_EXIT_OK)
        result = fen_wire_option(arguments, &source->wire);
    if (result == FEN_EXIT_OK && source->is_live)
        return fen_kafka_options(arguments, source->arena, &source->config);
    if (result == FEN_EXIT_OK)
        result = fen_reread_init(&source->files, paths, path_count);
    return result;
}

void fen_backtest_source_deinit(struct fen_backtest_source *source)
{
    fen_reread_deinit(&source->files);
    fen_arena_destroy(source->arena);
}

static void take_line(void *context, const struct fen_line *line)
{
    struct visit *visit = context;
    fen_backtest_reader_put(visit->reader, line->text);
}

static bool take_record(void *context, const struct fen_message *message)
{
    struct visit *visit = context;
    fen_progress_update(&visit->progress, ++visit->done);
    fen_backtest_reader_put(visit->reader, message->value);
    return true;
}

static bool take_entries(void *context, const struct fen_message *message)
{
    struct visit *visit = context;
    struct fen_ledger_record record;
    fen_arena_reset(visit->scratch);
    fen_progress_update(&visit->progress, ++visit->done);
    if (!fen_ledger_record_decode(visit->source->wire, message->key, message->value,
                                  visit->scratch, &record))
        return true;
    struct fen_str tenant = visit->source->tenant;
    for (uint32_t i = 0; i < record.entry_count; i++)
        if (!fen_str_is_set(tenant) || fen_str_equal(tenant, record.entries[i].tenant))
            visit->take_entry(visit->context, &record.entries[i]);
    return true;
}

/* `from_ms` at or below 0: from the beginning. */
static enum fen_exit visit_topic(struct visit *visit, enum fen_topic topic, int64_t from_ms,
                                 bool (*take)(void *context, const struct fen_message *message))
{
    struct fen_buffer reason = {0};
    struct fen_topic_reader *reader = fen_topic_reader_create(
        &(struct fen_topic_reader_options){
            .config = &visit->source->config,
            .topic = topic,
            .partition = -1,
            .start = from_ms > 0 ? FEN_TOPIC_START_TIME : FEN_TOPIC_START_BEGINNING,
            .time_ms = from_ms,
        },
        &reason);
    enum fen_exit result = FEN_EXIT_OK;
    visit->done = 0;
    if (reader != NULL) {
        fen_progress_init(&visit->progress, fen_topic_info(topic)->name,
                          fen_topic_reader_span(reader));
        if (!fen_topic_reader_visit(reader, STALL_MS, take, visit, &reason))
            result = fen_kafka_unavailable(&visit->source->config, &reason);
        fen_progress_deinit(&visit->progress, visit->done);
    } else {
        result = fen_kafka_unavailable(&visit->source->config, &reason);
    }
    fen_topic_reader_destroy(reader);
    fen_buffer_deinit(&reason);
    return result;
}

static enum fen_exit visit_topics(struct visit *visit)
{
    const struct fen_backtest_source *source = visit->source;
    int64_t orders_ms = source->from_ms - MONTH_MS;
    int64_t window_ms = source->window_ms > MONTH_MS ? source->window_ms : MONTH_MS;
    const struct {
        enum fen_topic topic;
        int64_t from_ms;
    } topics[] = {{FEN_TOPIC_ORG_EVENTS, 0},
                  {FEN_TOPIC_PLANS, 0},
                  {FEN_TOPIC_CUSTOMER_EVENTS, 0},
                  {FEN_TOPIC_TASK_EVENTS, 0},
                  {FEN_TOPIC_TOUCH_EVENTS, orders_ms - window_ms - FEN_DAY_MS},
                  {FEN_TOPIC_ORDER_EVENTS, orders_ms}};
    enum fen_exit result = FEN_EXIT_OK;
    for (size_t i = 0; i < sizeof topics / sizeof *topics && result == FEN_EXIT_OK; i++)
        result = visit_topic(visit, topics[i].topic, topics[i].from_ms, take_record);
    return result;
}

enum fen_exit fen_backtest_source_visit(struct fen_backtest_source *source,
                                        const struct fen_backtest_visitor *visitor)
{
    enum fen_wire wire = source->is_live ? source->wire : FEN_WIRE_JSON;
    struct visit visit = {
        .source = source,
        .reader = fen_backtest_reader_create(visitor, wire, source->tenant, !source->is_live),
    };
    enum fen_exit result = source->is_live
                               ? visit_topics(&visit)
                               : fen_reread_visit(&source->files, "backtest", take_line, &visit);
    source->refused_count = fen_backtest_reader_finish(visit.reader);
    fen_backtest_reader_destroy(visit.reader);
    return result;
}

enum fen_exit fen_backtest_source_visit_ledger(
    struct fen_backtest_source *source,
    void (*take)(void *context, const struct fen_entry *entry), void *context)
{
    struct visit visit = {.source = source,
                          .take_entry = take,
                          .context = context,
                          .scratch = fen_arena_create((size_t)1 << 16)};
    enum fen_exit result =
        visit_topic(&visit, FEN_TOPIC_LEDGER, source->from_ms - FEN_DAY_MS, take_entries);
    fen_arena_destroy(visit.scratch);
    return result;
}

static bool take_account(void *context, const struct fen_message *message)
{
    struct visit *visit = context;
    fen_progress_update(&visit->progress, ++visit->done);
    visit->take_account(visit->context, message);
    return true;
}

enum fen_exit fen_backtest_source_visit_accounts(
    struct fen_backtest_source *source,
    void (*take)(void *context, const struct fen_message *message), void *context)
{
    struct visit visit = {.source = source, .take_account = take, .context = context};
    return visit_topic(&visit, FEN_TOPIC_ACCOUNTS, 0, take_account);
}
