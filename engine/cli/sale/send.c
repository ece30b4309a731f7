/*
 * send: `fen send`, NDJSON files to Kafka.
 *
 * A line that cannot be read is reported and goes nowhere: whoever sends it is there to mend it,
 * while a dead letter is for those who are not.
 */
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/sale/event_sender.h"
#include "cli/options/kafka_options.h"
#include "cli/text/lines.h"
#include "cli/replay/order_customers.h"
#include "cli/sale/pace.h"
#include "cli/text/totals.h"
#include "cli/options/wire_option.h"

#define FLUSH_TIMEOUT_MS 30000

struct send {
    struct fen_event_sender *sender;
    struct fen_lines *lines;
    struct fen_order_customers *customers;
    struct fen_arena *scratch;
    struct fen_pace pace;
    bool sends_bad_lines;
    uint64_t bad_count;
};

/* False once nothing more can be sent. */
static bool send_line(struct send *send, const struct fen_line *line)
{
    struct fen_event event;
    struct fen_refused refused;
    fen_arena_reset(send->scratch);
    enum fen_refusal refusal =
        fen_event_decode(FEN_WIRE_JSON, line->text, send->scratch, &event, &refused);
    fen_pace_wait(&send->pace);
    if (refusal == FEN_REFUSAL_NONE) {
        fen_order_customers_learn(send->customers, &event);
        return fen_event_sender_send(send->sender, &event,
                                     fen_order_customers_find(send->customers, &event), line->text,
                                     event.time_ms);
    }
    send->bad_count++;
    fprintf(stderr, "%s:%lld: %s: %.*s\n", line->path, (long long)line->number,
            fen_refusal_name(refusal), FEN_STR_ARG(refused.sentence));
    return !send->sends_bad_lines || fen_event_sender_send_raw(send->sender, line->text);
}

static enum fen_exit send_lines(struct send *send, const struct fen_kafka_config *config)
{
    struct fen_line line;
    struct fen_progress progress;
    struct fen_buffer reason = {0};
    enum fen_lines_status status = FEN_LINES_OK;
    enum fen_exit result = FEN_EXIT_OK;
    char count[FEN_MONEY_TEXT_BYTES];
    fen_progress_init(&progress, "send", fen_lines_size_bytes(send->lines));
    while ((status = fen_lines_next(send->lines, &line)) == FEN_LINES_OK
           && send_line(send, &line))
        fen_progress_update(&progress, fen_lines_read_bytes(send->lines));
    bool is_whole = fen_event_sender_flush(send->sender, FLUSH_TIMEOUT_MS, &reason);
    fen_progress_deinit(&progress, fen_lines_read_bytes(send->lines));
    if (!is_whole) {
        result = fen_kafka_unavailable(config, &reason);
    } else if (status == FEN_LINES_UNREADABLE) {
        fen_say("%s cannot be read: %s", "%s 无法读取：%s", fen_lines_path(send->lines),
                strerror(errno));
        result = FEN_EXIT_INPUT;
    } else if (send->bad_count > 0 && !send->sends_bad_lines) {
        fen_say("%llu line(s) are no valid event and were not sent, see above",
                "%llu 行不是有效事件，未发送，见上", (unsigned long long)send->bad_count);
        result = FEN_EXIT_FAILED;
    }
    fen_print(stdout, "%s events sent\n", "已发送 %s 个事件\n",
              fen_count_format(fen_event_sender_delivered(send->sender), count));
    fen_buffer_deinit(&reason);
    return result;
}

static enum fen_exit check_inputs(const struct fen_arguments *arguments,
                                  const struct fen_lines *lines)
{
    const char *path;
    if (arguments->operand_count == 0) {
        fen_say("which events? Name NDJSON files, or - for standard input",
                "缺少事件文件。请给出 NDJSON 文件，或用 - 表示标准输入");
        return FEN_EXIT_USAGE;
    }
    if (fen_lines_check(lines, &path))
        return FEN_EXIT_OK;
    fen_say("%s cannot be read: %s", "%s 无法读取：%s", path, strerror(errno));
    return FEN_EXIT_INPUT;
}

enum fen_exit fen_command_send(const struct fen_arguments *arguments)
{
    struct fen_kafka_config config;
    enum fen_wire wire;
    struct fen_buffer reason = {0};
    struct fen_arena *arena = fen_arena_create(4096);
    struct send send = {
        .lines = fen_lines_create(arguments->operands, arguments->operand_count),
        .customers = fen_order_customers_create(),
        .scratch = fen_arena_create((size_t)1 << 16),
        .sends_bad_lines = fen_arguments_has(arguments, "raw-bad"),
    };
    enum fen_exit result = check_inputs(arguments, send.lines);
    if (result == FEN_EXIT_OK)
        result = fen_wire_option(arguments, &wire);
    if (result == FEN_EXIT_OK)
        result = fen_kafka_options(arguments, arena, &config);
    if (result == FEN_EXIT_OK) {
        send.sender = fen_event_sender_create(&config, wire, &reason);
        if (send.sender != NULL)
            fen_order_customers_scan(send.customers, arguments->operands,
                                     arguments->operand_count);
        fen_pace_init(&send.pace, fen_arguments_number(arguments, "rate"));
        result = send.sender == NULL ? fen_kafka_unavailable(&config, &reason)
                                     : send_lines(&send, &config);
    }
    fen_event_sender_destroy(send.sender);
    fen_lines_destroy(send.lines);
    fen_order_customers_destroy(send.customers);
    fen_arena_destroy(send.scratch);
    fen_arena_destroy(arena);
    fen_buffer_deinit(&reason);
    return result;
}
