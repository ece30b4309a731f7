/*
 * run: `fen run`, from start to the last sentence.
 *
 *     start ─► wait for a signal, a failure, or idleness ─► drain ─► counters
 *
 * A second signal ends the process at once (interrupt.h): the log holds the truth, and the next
 * start goes on from it.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/serve/engine.h"
#include "cli/interrupt.h"
#include "cli/serve/start_refusal.h"
#include "cli/serve/supervisor.h"
#include "cli/text/totals.h"
#include "cli/version.h"

#define LOOK_MS 100

/* Before the first event, idleness is no reason to leave for at least this long. */
#define FIRST_EVENT_MS 10000

/* How the wait ended. */
enum end {
    END_SIGNAL,
    END_IDLE,
    END_FAILED,
};

struct idleness {
    int64_t limit_ms; /* 0: never */
    int64_t start_ms;
    int64_t since_ms; /* the last time something happened */
    uint64_t events_read;
};

static bool is_idle_long_enough(const struct fen_engine *engine, struct idleness *idleness)
{
    struct fen_counters counters = {0};
    int64_t now_ms = fen_engine_now_ms();
    if (idleness->limit_ms == 0)
        return false;
    fen_engine_counters(engine, &counters);
    if (counters.events_read != idleness->events_read || !fen_engine_is_idle(engine)) {
        idleness->events_read = counters.events_read;
        idleness->since_ms = now_ms;
        return false;
    }
    if (counters.events_read == 0 && now_ms - idleness->start_ms < FIRST_EVENT_MS)
        return false;
    return now_ms - idleness->since_ms >= idleness->limit_ms;
}

/* The supervisor hears of us twice a period for as long as every worker gets somewhere. */
struct watchdog {
    int64_t period_ms; /* 0: nobody wants to hear */
    int64_t told_ms;
};

static void feed(struct watchdog *watchdog, const struct fen_engine *engine)
{
    int64_t now_ms = fen_engine_now_ms();
    if (watchdog->period_ms == 0 || now_ms - watchdog->told_ms < watchdog->period_ms / 2 ||
        !fen_engine_is_fed(engine, watchdog->period_ms))
        return;
    watchdog->told_ms = now_ms;
    fen_supervisor_tell("WATCHDOG=1");
}

static enum end wait_for_end(const struct fen_engine *engine, int64_t idle_ms)
{
    char text[512];
    struct watchdog watchdog = {.period_ms = fen_supervisor_watchdog_ms()};
    struct idleness idleness = {.limit_ms = idle_ms,
                                .start_ms = fen_engine_now_ms(),
                                .since_ms = fen_engine_now_ms()};
    for (;;) {
        if (fen_interrupt_wait(LOOK_MS))
            return END_SIGNAL;
        const char *failure = fen_engine_failure(engine, text);
        if (failure != NULL) {
            FEN_LOG_ERROR("engine", "a part has failed", FEN_LOG_TEXT("reason", failure));
            return END_FAILED;
        }
        feed(&watchdog, engine);
        if (is_idle_long_enough(engine, &idleness))
            return END_IDLE;
    }
}

static void say_started(const struct fen_engine *engine)
{
    FEN_LOG_INFO("engine", "fen runs", FEN_LOG_TEXT("version", fen_version()),
                 FEN_LOG_UINT("workers", engine->worker_count),
                 FEN_LOG_UINT("partitions", engine->partition_count),
                 FEN_LOG_TEXT("stages", fen_config_text(&engine->config, "stages")),
                 FEN_LOG_TEXT("group", fen_config_text(&engine->config, "group")),
                 FEN_LOG_TEXT("http", engine->has_api ? engine->http_place.address : "off"),
                 FEN_LOG_UINT("port", engine->http_place.port));
}

/* The last words, and whether they are good ones. */
static enum fen_exit conclude(const struct fen_engine *engine, enum end end)
{
    struct fen_counters counters = {0};
    fen_engine_counters(engine, &counters);
    fen_balance_print(&counters, stdout);
    fen_print(stdout, "%llu orders, %llu evaluations, %llu entries\n",
              "订单 %llu，计算 %llu 次，分录 %llu 条\n",
              (unsigned long long)counters.orders_placed,
              (unsigned long long)counters.evaluations,
              (unsigned long long)counters.entries_posted);
    (void)fflush(stdout);
    struct fen_start_fault fault = fen_engine_start_fault(engine);
    if (end == END_FAILED && fault.kind != FEN_START_SOUND)
        return fen_start_refusal_say(&fault);
    bool is_good = end != END_FAILED && fen_counters_balance(&counters);
    return is_good ? FEN_EXIT_OK : FEN_EXIT_FAILED;
}

enum fen_exit fen_command_run(const struct fen_arguments *arguments)
{
    struct fen_engine *engine = calloc(1, sizeof *engine);
    FEN_ASSERT(engine != NULL);
    fen_interrupt_init();
    enum fen_exit result = fen_engine_init(engine, arguments);
    if (result == FEN_EXIT_OK)
        result = fen_engine_start(engine);
    bool is_clean = true;
    if (result == FEN_EXIT_OK) {
        say_started(engine);
        fen_supervisor_tell("READY=1");
        enum end end = wait_for_end(engine, fen_arguments_number(arguments, "until-idle"));
        fen_supervisor_tell("STOPPING=1");
        FEN_LOG_INFO("engine", "finishing the last batch, then leaving");
        is_clean = fen_engine_stop(engine);
        result = conclude(engine, end);
    } else {
        is_clean = fen_engine_stop(engine);
    }
    if (!is_clean) { /* a thread hangs in a call that never returns: nothing may be freed */
        fen_log_flush();
        _exit(result == FEN_EXIT_OK ? FEN_EXIT_FAILED : (int)result);
    }
    fen_engine_deinit(engine);
    free(engine);
    return result;
}
