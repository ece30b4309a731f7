/*
 * topics: `fen topics plan|apply`, over stream/topics.h.
 */
#include <string.h>

#include "base/arena.h"
#include "cli/commands.h"
#include "cli/options/kafka_options.h"
#include "stream/topics.h"

static const char *condition_mark(enum fen_topic_condition condition)
{
    switch (condition) {
    case FEN_TOPIC_RIGHT:
        return "✓";
    case FEN_TOPIC_MISSING:
        return "+";
    case FEN_TOPIC_WRONG:
        return "✗";
    case FEN_TOPIC_DOUBTFUL:
        return "!";
    }
    return "";
}

static void print_report(const struct fen_topics_report *report)
{
    for (int topic = 0; topic < FEN_TOPIC_COUNT; topic++) {
        const struct fen_topic_report *row = &report->topics[topic];
        printf("%s %-24s ", condition_mark(row->condition), fen_topic_info(row->topic)->name);
        if (row->condition != FEN_TOPIC_MISSING)
            fen_print(stdout, "partitions %u, replicas %u  ", "分区 %u，副本 %u  ",
                      row->partition_count, row->replication);
        printf("%s\n", row->text);
    }
    fen_print(stdout, "%u right or doubtful, %u missing, %u wrong\n",
              "正常或存疑 %u，缺少 %u，错误 %u\n",
              FEN_TOPIC_COUNT - report->missing_count - report->wrong_count, report->missing_count,
              report->wrong_count);
}

/* What is to be done next; FAILED while something is. */
static enum fen_exit conclude(const struct fen_topics_report *report,
                              const struct fen_kafka_config *config)
{
    const char *bootstrap = fen_kafka_setting_find(config, "bootstrap.servers");
    if (report->wrong_count > 0) {
        fen_say("%u topic(s) would lose or reorder data (✗): mend them as said, then ask again",
                "%u 个主题会丢失或打乱数据（✗）：请按提示修正后重试", report->wrong_count);
        return FEN_EXIT_FAILED;
    }
    if (report->missing_count > 0) {
        fen_say("%u topic(s) are missing (+): `fen topics apply -b %s -p %u` creates them",
                "缺少 %u 个主题（+）：fen topics apply -b %s -p %u 可创建", report->missing_count,
                bootstrap, report->partition_count);
        return FEN_EXIT_FAILED;
    }
    return FEN_EXIT_OK;
}

static enum fen_exit run_action(const struct fen_topics_options *options, bool applies)
{
    struct fen_topics_report report = {0};
    struct fen_buffer reason = {0};
    enum fen_exit result;
    if (!fen_topics_plan(options, &report, &reason)) {
        result = fen_kafka_unavailable(options->config, &reason);
    } else if (!applies || report.wrong_count > 0) {
        print_report(&report);
        result = conclude(&report, options->config);
    } else if (fen_topics_apply(options, &report, &reason)) {
        print_report(&report);
        result = conclude(&report, options->config);
    } else {
        print_report(&report);
        fen_say("%.*s", "%.*s", FEN_STR_ARG(fen_buffer_str(&reason)));
        result = FEN_EXIT_FAILED;
    }
    fen_buffer_deinit(&reason);
    return result;
}

enum fen_exit fen_command_topics(const struct fen_arguments *arguments)
{
    const char *action = arguments->operand_count == 1 ? arguments->operands[0] : "";
    bool applies = strcmp(action, "apply") == 0;
    if (!applies && strcmp(action, "plan") != 0) {
        fen_say("say `fen topics plan` to look, `fen topics apply` to create",
                "请用 fen topics plan 查看，或 fen topics apply 创建");
        return FEN_EXIT_USAGE;
    }
    struct fen_kafka_config config;
    struct fen_arena *arena = fen_arena_create(4096);
    enum fen_exit result = fen_kafka_options(arguments, arena, &config);
    if (result == FEN_EXIT_OK) {
        struct fen_topics_options options = {
            .config = &config,
            .partition_count = (uint32_t)fen_arguments_number(arguments, "partitions"),
            .replication = (uint32_t)fen_arguments_number(arguments, "replication"),
            .touch_retention_ms = fen_arguments_number(arguments, "touch-retention"),
        };
        result = run_action(&options, applies);
    }
    fen_arena_destroy(arena);
    return result;
}
