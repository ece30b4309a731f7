/*
 * event_fixture: what the tests of events' decoding start with: an arena, a buffer, and the first
 * words of an event in JSON. Include cmocka.h before it.
 */
#ifndef FEN_TESTS_LIB_EVENT_FIXTURE_H
#define FEN_TESTS_LIB_EVENT_FIXTURE_H

#include "wire/event_decode.h"

#define HEAD(type) "{\"id\":\"e\",\"time\":7,\"type\":\"" type "\","
#define LINE "{\"line\":1,\"sku\":\"k\",\"quantity\":1,\"paid\":100}"
#define PLACED HEAD("order.placed") "\"order\":\"o\",\"created\":5,"

struct fixture {
    struct fen_arena *arena; /* what is decoded lasts as long as it */
    struct fen_buffer bytes;
};

/* cmocka's: a fixture of its own for each test. */
int event_fixture_set_up(void **state);
int event_fixture_tear_down(void **state);

/* Decode one event; a refusal must have a sentence, and what is taken none. */
enum fen_refusal decode_json(struct fixture *fixture, struct fen_str json,
                             struct fen_event *event);

/* An event that must be taken; fails the test with the code otherwise. */
struct fen_event must_decode(struct fixture *fixture, const char *json);

#endif
