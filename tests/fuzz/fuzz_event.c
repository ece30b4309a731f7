/*
 * fuzz_event: any bytes as an event, by both wires.
 *
 * A good event is within the bounds of SPEC §3 and survives both wires; a refused one has a
 * sentence that is UTF-8. What protobuf says is checked against protobuf-c.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/fen.pb-c.h"

#include "fuzz.h"
#include "lib/protobuf_oracle.h"

#include "base/utf8.h"
#include "wire/dead_letter.h"
#include "wire/event_decode.h"
#include "wire/json.h"
#include "wire/topic.h"

#define CHECK(expression) ((expression) ? (void)0 : abort())

static void check_good(const struct fen_event *event)
{
    CHECK(event->type > FEN_EVENT_NONE && event->type < FEN_EVENT_TYPE_COUNT);
    CHECK(event->id.size >= 1 && event->id.size <= FEN_ID_SIZE_BYTES_MAX);
    CHECK(event->tenant.size >= 1 && event->tenant.size <= FEN_ID_SIZE_BYTES_MAX);
    CHECK(event->time_ms >= 0 && event->time_ms <= FEN_TIME_MS_MAX);
    CHECK(event->at_ms >= 0 && event->at_ms <= FEN_TIME_MS_MAX);
    CHECK(event->line_count <= FEN_LINE_COUNT_MAX);
    CHECK(event->line_number_count <= FEN_LINE_COUNT_MAX);
    CHECK(event->server_count <= FEN_SERVER_COUNT_MAX);
    CHECK(event->line_count == 0 || event->lines[0].line >= 1);
    for (uint32_t index = 1; index < event->line_count; index++)
        CHECK(event->lines[index - 1].line < event->lines[index].line);
    for (uint32_t index = 1; index < event->line_number_count; index++)
        CHECK(event->line_numbers[index - 1] < event->line_numbers[index]);
}

/* A good event's own key routes it. */
static void check_route(const struct fen_event *event, struct fen_arena *arena)
{
    struct fen_buffer key = {0};
    struct fen_refused refused;
    fen_topic_event_key(event, &key);
    uint32_t partition = fen_topic_partition(fen_buffer_str(&key), 48);
    CHECK(fen_event_check_route(event, fen_buffer_str(&key), partition, 48, event->time_ms, arena,
                                &refused)
          == FEN_REFUSAL_NONE);
    fen_buffer_deinit(&key);
}

/* What decode gives back of an encoded event equals it, and is written the same. */
static void check_round_trip(enum fen_wire wire, const struct fen_event *event,
                             struct fen_arena *arena)
{
    struct fen_buffer first = {0}, second = {0};
    struct fen_event again;
    struct fen_refused refused;
    fen_event_encode(wire, event, &first);
    /* JSON may be longer than what it was made of, and longer than an event may be. */
    if (first.size_bytes <= FEN_EVENT_SIZE_BYTES_MAX) {
        CHECK(fen_event_decode(wire, fen_buffer_str(&first), arena, &again, &refused)
              == FEN_REFUSAL_NONE);
        CHECK(fen_record_hash(&fen_event_schema, event)
              == fen_record_hash(&fen_event_schema, &again));
        fen_event_encode(wire, &again, &second);
        CHECK(fen_str_equal(fen_buffer_str(&first), fen_buffer_str(&second)));
    }
    fen_buffer_deinit(&first);
    fen_buffer_deinit(&second);
}

static void check_refused(const struct fen_refused *refused, struct fen_str bytes)
{
    struct fen_buffer line = {0};
    CHECK(refused->sentence.size > 0);
    CHECK(fen_utf8_is_valid(refused->sentence.data, refused->sentence.size));
    fen_dead_letter_append_json(refused, 1, bytes, &line);
    CHECK(fen_utf8_is_valid(line.data, line.size_bytes));
    fen_buffer_deinit(&line);
}

static void play(enum fen_wire wire, struct fen_str bytes, struct fen_arena *arena)
{
    struct fen_event event;
    struct fen_refused refused = {FEN_REFUSAL_NONE, FEN_STR_NONE};
    if (fen_event_decode(wire, bytes, arena, &event, &refused) != FEN_REFUSAL_NONE) {
        check_refused(&refused, bytes);
        return;
    }
    check_good(&event);
    check_route(&event, arena);
    check_round_trip(FEN_WIRE_PROTOBUF, &event, arena);
    check_round_trip(FEN_WIRE_JSON, &event, arena);
}

static void check_against_protobuf_c(struct fen_str bytes, struct fen_arena *arena)
{
    struct fen_event event;
    if (fen_record_decode(&fen_event_schema, bytes, arena, &event, NULL) != FEN_RECORD_OK)
        return;
    Fen__Event *theirs = fen__event__unpack(NULL, bytes.size, (const uint8_t *)bytes.data);
    CHECK(theirs != NULL);
    CHECK(fen_protobuf_agrees(&fen_event_schema, &event, &theirs->base));
    fen__event__free_unpacked(theirs, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 2 * FEN_EVENT_SIZE_BYTES_MAX)
        return 0;
    struct fen_arena *arena = fen_arena_create(4096);
    struct fen_str bytes = {(const char *)data, (uint32_t)size};
    play(FEN_WIRE_PROTOBUF, bytes, arena);
    play(FEN_WIRE_JSON, bytes, arena);
    check_against_protobuf_c(bytes, arena);
    fen_arena_destroy(arena);
    return 0;
}
