/* event_parse: see the header. */
#include "bench/event_parse.h"

#include <stdlib.h>
#include <string.h>

#define HEAD_BYTES_MAX 8192u

static bool begins_with(struct fen_str text, const char *with)
{
    size_t size = strlen(with);
    return text.size >= size && memcmp(text.data, with, size) == 0;
}

static struct fen_str take(struct fen_str *bytes, uint32_t size)
{
    struct fen_str taken = {bytes->data, size};
    bytes->data += size;
    bytes->size -= size;
    return taken;
}

static void read_line(struct bench_event_parse *parse, struct fen_str line,
                      bench_event_function *on_event, void *context)
{
    if (begins_with(line, "id: ")) {
        parse->id = strtoull(line.data + 4, NULL, 10);
    } else if (begins_with(line, "event: ")) {
        parse->kind = begins_with(line, "event: entries")    ? BENCH_EVENT_ENTRIES
                      : begins_with(line, "event: snapshot") ? BENCH_EVENT_SNAPSHOT
                                                             : BENCH_EVENT_OTHER;
    } else if (begins_with(line, "data: ")) {
        on_event(context, (enum bench_event_kind)parse->kind, parse->id,
                 (struct fen_str){line.data + 6, line.size - 6});
    } else if (line.size == 0) {
        parse->kind = BENCH_EVENT_NONE;
    }
}

/* Whole lines of a chunk's bytes; what is left over waits. */
static void read_lines(struct bench_event_parse *parse, struct fen_str bytes,
                       bench_event_function *on_event, void *context)
{
    for (const char *end; bytes.size > 0 &&
                          (end = memchr(bytes.data, '\n', bytes.size)) != NULL;) {
        struct fen_str line = take(&bytes, (uint32_t)(end - bytes.data));
        (void)take(&bytes, 1);
        if (parse->line.size_bytes > 0) {
            fen_buffer_append_str(&parse->line, line);
            line = fen_buffer_str(&parse->line);
        }
        read_line(parse, line, on_event, context);
        fen_buffer_deinit(&parse->line);
    }
    if (bytes.size > 0)
        fen_buffer_append_str(&parse->line, bytes);
}

/* Bytes up to the head's end; the number of those taken. */
static uint32_t take_head(struct bench_event_parse *parse, struct fen_str bytes)
{
    size_t before = parse->line.size_bytes;
    fen_buffer_append_str(&parse->line, bytes);
    const char *end = memmem(parse->line.data, parse->line.size_bytes, "\r\n\r\n", 4);
    if (end == NULL)
        return bytes.size;
    size_t size = (size_t)(end - parse->line.data) + 4;
    if (begins_with(fen_buffer_str(&parse->line), "HTTP/1.1 "))
        parse->status = (uint16_t)strtoul(parse->line.data + 9, NULL, 10);
    parse->place = parse->status == 200 ? BENCH_PARSE_CHUNK_SIZE : BENCH_PARSE_ENDED;
    fen_buffer_deinit(&parse->line);
    return (uint32_t)(size - before);
}

/* One byte of the line before a chunk; false: it is no number. */
static bool take_size(struct bench_event_parse *parse, char byte)
{
    if (byte == '\r')
        return true;
    if (byte == '\n') {
        parse->place = parse->chunk_left > 0 ? BENCH_PARSE_CHUNK : BENCH_PARSE_ENDED;
        return true;
    }
    const char *digits = "0123456789abcdef";
    const char *digit = memchr(digits, byte | 0x20, 16);
    if (digit == NULL || parse->chunk_left > UINT32_MAX >> 5)
        return false;
    parse->chunk_left = parse->chunk_left * 16 + (uint32_t)(digit - digits);
    return true;
}

static void take_chunk(struct bench_event_parse *parse, struct fen_str *bytes,
                       bench_event_function *on_event, void *context)
{
    uint32_t size = bytes->size < parse->chunk_left ? bytes->size : parse->chunk_left;
    read_lines(parse, take(bytes, size), on_event, context);
    parse->chunk_left -= size;
    if (parse->chunk_left == 0)
        parse->place = BENCH_PARSE_CHUNK_END;
}

bool bench_event_parse_feed(struct bench_event_parse *parse, struct fen_str bytes,
                            bench_event_function *on_event, void *context)
{
    while (bytes.size > 0) {
        switch ((enum bench_parse_place)parse->place) {
        case BENCH_PARSE_HEAD:
            if (parse->line.size_bytes > HEAD_BYTES_MAX)
                return false;
            (void)take(&bytes, take_head(parse, bytes));
            break;
        case BENCH_PARSE_CHUNK_SIZE:
            if (!take_size(parse, *take(&bytes, 1).data))
                return false;
            break;
        case BENCH_PARSE_CHUNK:
            take_chunk(parse, &bytes, on_event, context);
            break;
        case BENCH_PARSE_CHUNK_END:
            if (*take(&bytes, 1).data == '\n')
                parse->place = BENCH_PARSE_CHUNK_SIZE;
            break;
        case BENCH_PARSE_ENDED:
            return true;
        }
    }
    return true;
}

void bench_event_parse_deinit(struct bench_event_parse *parse)
{
    fen_buffer_deinit(&parse->line);
    *parse = (struct bench_event_parse){0};
}
