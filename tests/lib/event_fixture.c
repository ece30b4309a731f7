/* event_fixture: see event_fixture.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/event_fixture.h"

int event_fixture_set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->arena = fen_arena_create(4096);
    *state = fixture;
    return 0;
}

int event_fixture_tear_down(void **state)
{
    struct fixture *fixture = *state;
    fen_arena_destroy(fixture->arena);
    fen_buffer_deinit(&fixture->bytes);
    free(fixture);
    return 0;
}

enum fen_refusal decode_json(struct fixture *fixture, struct fen_str json,
                             struct fen_event *event)
{
    struct fen_refused refused = {FEN_REFUSAL_NONE, FEN_STR_NONE};
    enum fen_refusal code =
        fen_event_decode(FEN_WIRE_JSON, json, fixture->arena, event, &refused);
    assert_int_equal(code, refused.code);
    assert_int_equal(refused.sentence.size > 0, code != FEN_REFUSAL_NONE);
    return code;
}

struct fen_event must_decode(struct fixture *fixture, const char *json)
{
    struct fen_event event;
    enum fen_refusal code = decode_json(fixture, fen_str_from(json), &event);
    if (code != FEN_REFUSAL_NONE)
        fail_msg("%s: %s", fen_refusal_name(code), json);
    return event;
}
