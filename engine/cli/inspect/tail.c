/*
 * tail: `fen tail TOPIC`, committed records as JSON lines in kcat's -J shape.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/options/kafka_options.h"
#include "cli/text/output.h"
#include "cli/text/payload.h"
#include "cli/inspect/topic_reader.h"
#include "cli/options/wire_option.h"
#include "wire/json.h"

#define POLL_MS 200

struct tail {
    struct fen_topic_reader *reader;
    struct fen_output output;
    struct fen_arena *scratch;
    struct fen_buffer line;
    enum fen_wire wire;
    int64_t count_max; /* 0: no bound */
    bool ends_at_end;
};

/* "ledger", "fen.ledger", "fen.ledger.v1": the topic; FEN_TOPIC_COUNT: none. */
static enum fen_topic find_topic(const char *typed)
{
    for (int topic = 0; topic < FEN_TOPIC_COUNT; topic++) {
        const char *name = fen_topic_info((enum fen_topic)topic)->name;
        size_t size = strlen(typed);
        const char *plain = name + strlen("fen.");
        if (strcmp(typed, name) == 0
            || (strncmp(typed, plain, size) == 0 && strcmp(plain + size, ".v1") == 0))
            return (enum fen_topic)topic;
    }
    return FEN_TOPIC_COUNT;
}

static enum fen_exit say_no_topic(const char *typed)
{
    if (typed == NULL)
        fen_say("which topic? One of:", "哪个主题？可选：");
    else
        fen_say("\"%s\" is no topic of fen; one of:", "“%s”不是 fen 的主题；可选：", typed);
    for (int topic = 0; topic < FEN_TOPIC_COUNT; topic++)
        fprintf(stderr, "  %s\n", fen_topic_info((enum fen_topic)topic)->name);
    return FEN_EXIT_USAGE;
}

static enum fen_exit read_from(const char *text, struct fen_topic_reader_options *options)
{
    char *end;
    if (strcmp(text, "beginning") == 0) {
        options->start = FEN_TOPIC_START_BEGINNING;
        return FEN_EXIT_OK;
    }
    if (strcmp(text, "end") == 0) {
        options->start = FEN_TOPIC_START_END;
        return FEN_EXIT_OK;
    }
    options->start = FEN_TOPIC_START_OFFSET;
    options->offset = strtoll(text, &end, 10);
    if (end != text && *end == '\0' && options->offset >= 0)
        return FEN_EXIT_OK;
    fen_say("--from is beginning, end or an offset, not \"%s\"",
            "--from 是 beginning、end 或位点，而不是“%s”", text);
    return FEN_EXIT_USAGE;
}

static void append_text(struct fen_buffer *line, struct fen_str text)
{
    if (fen_str_is_set(text))
        fen_json_append_text(line, text);
    else
        fen_buffer_append_str(line, FEN_STR("null"));
}

static void print_message(struct tail *tail, const struct fen_message *message)
{
    struct fen_buffer *line = &tail->line;
    fen_buffer_clear(line);
    fen_arena_reset(tail->scratch);
    fen_buffer_append_format(
        line,
        "{\"topic\":\"%s\",\"partition\":%u,\"offset\":%" PRId64
        ",\"tstype\":\"create\",\"ts\":%" PRId64,
        fen_topic_info(message->topic)->name, message->partition, message->offset,
        message->timestamp_ms);
    if (message->header_count > 0) {
        fen_buffer_append_str(line, FEN_STR(",\"headers\":["));
        for (uint32_t i = 0; i < message->header_count; i++) {
            if (i > 0)
                fen_buffer_append_byte(line, ',');
            append_text(line, message->headers[i].name);
            fen_buffer_append_byte(line, ',');
            append_text(line, message->headers[i].value);
        }
        fen_buffer_append_byte(line, ']');
    }
    fen_buffer_append_str(line, FEN_STR(",\"key\":"));
    append_text(line, message->key);
    fen_buffer_append_byte(line, ',');
    fen_payload_append(message, tail->wire, tail->scratch, line);
    fen_buffer_append_str(line, FEN_STR("}\n"));
    fen_output_write(&tail->output, line);
}

static enum fen_exit tail_records(struct tail *tail, const struct fen_kafka_config *config)
{
    struct fen_buffer reason = {0};
    enum fen_exit result = FEN_EXIT_OK;
    int64_t count = 0;
    while (!fen_interrupt_is_set() && !fen_output_is_failed(&tail->output)
           && (tail->count_max == 0 || count < tail->count_max)
           && !(tail->ends_at_end && fen_topic_reader_is_at_end(tail->reader))) {
        struct fen_message message;
        enum fen_topic_reader_status status =
            fen_topic_reader_next(tail->reader, POLL_MS, &message, &reason);
        if (status == FEN_TOPIC_READER_FAILED) {
            result = fen_kafka_unavailable(config, &reason);
            break;
        }
        if (status == FEN_TOPIC_READER_NONE) {
            (void)fflush(tail->output.file);
            continue;
        }
        if (tail->ends_at_end && !fen_topic_reader_is_before_end(tail->reader))
            continue;
        print_message(tail, &message);
        count++;
    }
    fen_buffer_deinit(&reason);
    return result;
}

static enum fen_exit tail_topic(const struct fen_arguments *arguments,
                                struct fen_topic_reader_options *options, struct tail *tail)
{
    struct fen_buffer reason = {0};
    enum fen_exit result;
    if (!fen_output_open(&tail->output, "-"))
        return FEN_EXIT_FAILED;
    fen_interrupt_init();
    tail->count_max = fen_arguments_number(arguments, "count");
    tail->ends_at_end = fen_arguments_has(arguments, "until-end");
    tail->scratch = fen_arena_create((size_t)1 << 16);
    tail->reader = fen_topic_reader_create(options, &reason);
    if (tail->reader == NULL)
        result = fen_kafka_unavailable(options->config, &reason);
    else
        result = tail_records(tail, options->config);
    fen_topic_reader_destroy(tail->reader);
    fen_arena_destroy(tail->scratch);
    fen_buffer_deinit(&tail->line);
    fen_buffer_deinit(&reason);
    if (!fen_output_close(&tail->output) && result == FEN_EXIT_OK)
        result = FEN_EXIT_FAILED;
    return result;
}

enum fen_exit fen_command_tail(const struct fen_arguments *arguments)
{
    struct fen_kafka_config config;
    struct tail tail = {0};
    const char *typed = arguments->operand_count > 0 ? arguments->operands[0] : NULL;
    struct fen_topic_reader_options options = {
        .config = &config,
        .topic = typed == NULL ? FEN_TOPIC_COUNT : find_topic(typed),
        .partition = -1,
    };
    if (options.topic == FEN_TOPIC_COUNT || arguments->operand_count > 1)
        return say_no_topic(arguments->operand_count > 1 ? arguments->operands[1] : typed);
    if (fen_arguments_has(arguments, "partition"))
        options.partition = (int32_t)fen_arguments_number(arguments, "partition");
    struct fen_arena *arena = fen_arena_create(4096);
    enum fen_exit result = read_from(fen_arguments_text(arguments, "from"), &options);
    if (result == FEN_EXIT_OK)
        result = fen_wire_option(arguments, &tail.wire);
    if (result == FEN_EXIT_OK)
        result = fen_kafka_options(arguments, arena, &config);
    if (result == FEN_EXIT_OK)
        result = tail_topic(arguments, &options, &tail);
    fen_arena_destroy(arena);
    return result;
}
