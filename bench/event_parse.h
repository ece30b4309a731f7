/*
 * event_parse: the bytes of one response of server-sent events, as they come.
 *
 * Head, chunks, lines, events; nothing is kept of an event but its id and kind, and no memory is
 * held while no line is half there, so that many thousand of them cost little.
 *
 * Threads: one at a time.
 */
#ifndef BENCH_EVENT_PARSE_H
#define BENCH_EVENT_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

enum bench_parse_place {
    BENCH_PARSE_HEAD,
    BENCH_PARSE_CHUNK_SIZE,
    BENCH_PARSE_CHUNK,
    BENCH_PARSE_CHUNK_END,
    BENCH_PARSE_ENDED,
};

enum bench_event_kind {
    BENCH_EVENT_NONE,
    BENCH_EVENT_ENTRIES,
    BENCH_EVENT_SNAPSHOT,
    BENCH_EVENT_OTHER,
};

/* Zero-initialise for a new response. */
struct bench_event_parse {
    struct fen_buffer line; /* the head, or a line of which the end is missing */
    uint64_t id;            /* of the event that is being read */
    uint32_t chunk_left;
    uint16_t status; /* 0: the head is not whole yet */
    uint8_t place;
    uint8_t kind;
};

/* `data` of an event, borrowed. */
typedef void bench_event_function(void *context, enum bench_event_kind kind, uint64_t id,
                                  struct fen_str data);

/* Take bytes; `on_event` is called for each data line. False: it is no such response. */
bool bench_event_parse_feed(struct bench_event_parse *parse, struct fen_str bytes,
                            bench_event_function *on_event, void *context) FEN_MUST_USE;

/* Free what a half line holds; the struct is then as zero-initialised. */
void bench_event_parse_deinit(struct bench_event_parse *parse);

#endif /* BENCH_EVENT_PARSE_H */
