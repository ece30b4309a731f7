/*
 * generate: `fen generate`, a sale day to a file or to Kafka.
 */
#include <stdlib.h>
#include <string.h>

#include "base/progress.h"
#include "cli/commands.h"
#include "cli/sale/demo_plan.h"
#include "cli/sale/event_sender.h"
#include "cli/options/kafka_options.h"
#include "cli/text/output.h"
#include "cli/sale/pace.h"
#include "cli/plan/plan_files.h"
#include "cli/sale/sale_day.h"
#include "cli/text/totals.h"
#include "cli/options/wire_option.h"
#include "cli/sale/zipf.h"
#include "model/period.h"

#define FLUSH_TIMEOUT_MS 30000

/* "1.0,0.8" as two numbers of ppm, each within 0..4. */
static bool read_exponent(const char **at, int64_t *ppm_out)
{
    char *end;
    long whole = strtol(*at, &end, 10);
    int64_t ppm = whole * 1000000;
    if (end == *at || whole < 0)
        return false;
    if (*end == '.') {
        int64_t unit = 100000;
        for (end++; *end >= '0' && *end <= '9'; end++, unit /= 10)
            ppm += unit * (*end - '0');
    }
    *at = end;
    *ppm_out = ppm;
    return ppm <= FEN_ZIPF_EXPONENT_PPM_MAX;
}

static enum fen_exit read_skew(const char *text, struct fen_sale_options *options)
{
    const char *at = text;
    bool is_good = read_exponent(&at, &options->guide_skew_ppm) && *at++ == ','
                   && read_exponent(&at, &options->customer_skew_ppm) && *at == '\0';
    if (is_good)
        return FEN_EXIT_OK;
    fen_say("--skew takes two exponents from 0 to 4, such as 1.0,0.8, not \"%s\"",
            "--skew 需要两个 0 到 4 的指数，如 1.0,0.8，而不是“%s”", text);
    return FEN_EXIT_USAGE;
}

static enum fen_exit read_start(const char *text, struct fen_sale_options *options)
{
    int32_t date;
    if (fen_date_parse(fen_str_from(text), &date)) {
        options->start_ms = date * FEN_DAY_MS - FEN_OFFSET_DEFAULT_MS;
        return FEN_EXIT_OK;
    }
    fen_say("--start takes a date as 2026-03-08, not \"%s\"",
            "--start 需要日期，如 2026-03-08，而不是“%s”", text);
    return FEN_EXIT_USAGE;
}

static enum fen_exit read_sale_options(const struct fen_arguments *arguments,
                                       struct fen_sale_options *options)
{
    *options = (struct fen_sale_options){
        .seed = (uint64_t)fen_arguments_number(arguments, "seed"),
        .order_count = (uint32_t)fen_arguments_number(arguments, "orders"),
        .customer_count = (uint64_t)fen_arguments_number(arguments, "customers"),
        .guide_count = (uint32_t)fen_arguments_number(arguments, "guides"),
        .store_count = (uint32_t)fen_arguments_number(arguments, "stores"),
        .top_guide_ppm = fen_arguments_number(arguments, "top-guide"),
        .duration_ms = fen_arguments_number(arguments, "duration"),
        .org_every_ms = fen_arguments_number(arguments, "org-every"),
        .touch_count = (uint32_t)fen_arguments_number(arguments, "touches"),
        .binding_ppm = fen_arguments_number(arguments, "bindings"),
        .refund_ppm = fen_arguments_number(arguments, "refund-rate"),
        .cancel_ppm = fen_arguments_number(arguments, "cancel-rate"),
        .walk_in_ppm = fen_arguments_number(arguments, "walk-in-rate"),
        .pickup_ppm = fen_arguments_number(arguments, "pickup-rate"),
        .duplicate_ppm = fen_arguments_number(arguments, "duplicates"),
        .late_touch_ppm = fen_arguments_number(arguments, "late"),
        .late_guide_ppm = fen_arguments_number(arguments, "late-guides"),
        .tenant = fen_str_from(fen_arguments_text(arguments, "tenant")),
    };
    enum fen_exit result = read_skew(fen_arguments_text(arguments, "skew"), options);
    if (result == FEN_EXIT_OK)
        result = read_start(fen_arguments_text(arguments, "start"), options);
    if (result == FEN_EXIT_OK && options->seed >= (uint64_t)1 << 56) {
        fen_say("--seed is at most 2^56 - 1", "--seed 最大为 2^56 - 1");
        result = FEN_EXIT_USAGE;
    }
    return result;
}

/* The plans to publish first: those given, else the demo plan. */
static void choose_plans(const struct fen_arguments *arguments, const struct fen_plan_files *files,
                         struct fen_arena *arena, struct fen_sale_options *options)
{
    if (fen_arguments_has(arguments, "no-plan"))
        return;
    struct fen_str *plans = fen_arena_allocate(arena, (files->count + 1) * sizeof *plans);
    for (uint32_t i = 0; i < files->count; i++)
        plans[i] = files->items[i].yaml;
    if (files->count == 0)
        plans[0] = fen_demo_plan();
    options->plans = plans;
    options->plan_count = files->count == 0 ? 1 : files->count;
}

static enum fen_exit to_file(const struct fen_sale_options *options, const char *path,
                             int64_t rate)
{
    struct fen_output output;
    struct fen_buffer line = {0};
    struct fen_event event;
    struct fen_pace pace;
    struct fen_progress progress;
    int64_t at_ms;
    if (!fen_output_open(&output, path))
        return FEN_EXIT_INPUT;
    struct fen_sale_day *day = fen_sale_day_create(options);
    fen_pace_init(&pace, rate);
    fen_progress_init(&progress, "generate", options->order_count);
    while (!fen_output_is_failed(&output) && fen_sale_day_next(day, &event, &at_ms)) {
        fen_pace_wait(&pace);
        fen_buffer_clear(&line);
        fen_event_encode(FEN_WIRE_JSON, &event, &line);
        fen_buffer_append_byte(&line, '\n');
        fen_output_write(&output, &line);
        if (rate > 0)
            (void)fflush(output.file);
        fen_progress_update(&progress, fen_sale_day_placed(day));
    }
    fen_progress_deinit(&progress, fen_sale_day_placed(day));
    fen_sale_day_destroy(day);
    fen_buffer_deinit(&line);
    return fen_output_close(&output) ? FEN_EXIT_OK : FEN_EXIT_FAILED;
}

static enum fen_exit send_day(struct fen_event_sender *sender,
                              const struct fen_sale_options *options, int64_t rate,
                              const struct fen_kafka_config *config)
{
    struct fen_sale_day *day = fen_sale_day_create(options);
    struct fen_buffer reason = {0};
    struct fen_event event;
    struct fen_pace pace;
    struct fen_progress progress;
    int64_t at_ms;
    char count[FEN_MONEY_TEXT_BYTES];
    fen_pace_init(&pace, rate);
    fen_progress_init(&progress, "generate", options->order_count);
    while (fen_sale_day_next(day, &event, &at_ms)) {
        fen_pace_wait(&pace);
        if (!fen_event_sender_send(sender, &event, event.customer, FEN_STR_NONE, at_ms))
            break;
        fen_progress_update(&progress, fen_sale_day_placed(day));
    }
    bool is_whole = fen_event_sender_flush(sender, FLUSH_TIMEOUT_MS, &reason);
    fen_progress_deinit(&progress, fen_sale_day_placed(day));
    fen_sale_day_destroy(day);
    enum fen_exit result = FEN_EXIT_OK;
    if (!is_whole)
        result = fen_kafka_unavailable(config, &reason);
    else
        fen_print(stdout, "%s events sent\n", "已发送 %s 个事件\n",
                  fen_count_format(fen_event_sender_delivered(sender), count));
    fen_buffer_deinit(&reason);
    return result;
}

static enum fen_exit to_kafka(const struct fen_arguments *arguments,
                              const struct fen_sale_options *options, int64_t rate,
                              struct fen_arena *arena)
{
    struct fen_kafka_config config;
    enum fen_wire wire;
    struct fen_buffer reason = {0};
    enum fen_exit result = fen_wire_option(arguments, &wire);
    if (result == FEN_EXIT_OK)
        result = fen_kafka_options(arguments, arena, &config);
    if (result != FEN_EXIT_OK)
        return result;
    struct fen_event_sender *sender = fen_event_sender_create(&config, wire, &reason);
    result = sender == NULL ? fen_kafka_unavailable(&config, &reason)
                            : send_day(sender, options, rate, &config);
    fen_event_sender_destroy(sender);
    fen_buffer_deinit(&reason);
    return result;
}

enum fen_exit fen_command_generate(const struct fen_arguments *arguments)
{
    struct fen_sale_options options;
    struct fen_plan_files files;
    struct fen_arena *arena = fen_arena_create(4096);
    uint32_t plan_count;
    const char *const *plan_paths = fen_arguments_texts(arguments, "plan", &plan_count);
    int64_t rate = fen_arguments_number(arguments, "rate");
    enum fen_exit result = fen_plan_files_init(&files, plan_paths, plan_count);
    if (result == FEN_EXIT_OK)
        result = read_sale_options(arguments, &options);
    if (result == FEN_EXIT_OK) {
        choose_plans(arguments, &files, arena, &options);
        result = fen_arguments_has(arguments, "bootstrap")
                     ? to_kafka(arguments, &options, rate, arena)
                     : to_file(&options, fen_arguments_text(arguments, "out"), rate);
    }
    fen_plan_files_deinit(&files);
    fen_arena_destroy(arena);
    return result;
}
