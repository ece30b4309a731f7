/* publication: see the header. */
#include "wire/publication.h"

#include "wire/event_form.h"
#include "wire/json_read.h"

/* In fen.Event, whose rows stand by number. */
#define REASON_NUMBER 49u
#define APPROVER_NUMBER 50u

static const struct fen_record_selection people = {
    .fields = UINT64_C(1) << (REASON_NUMBER - 1) | UINT64_C(1) << (APPROVER_NUMBER - 1)};

bool fen_publication_is_text(struct fen_str text)
{
    struct fen_event_fault fault = {.code = FEN_REFUSAL_NONE, .arena = fen_arena_create(256)};
    fen_event_check_text(&fault, FEN_PLACE("text"), text, true);
    fen_arena_destroy(fault.arena);
    return fault.code == FEN_REFUSAL_NONE;
}

static enum fen_record_status read_json(struct fen_str bytes, struct fen_arena *arena,
                                        struct fen_event *event)
{
    struct fen_json_tree tree;
    enum fen_record_status status = FEN_RECORD_MALFORMED;
    fen_json_tree_init(&tree, bytes);
    if (tree.root != NULL)
        status =
            fen_json_read_fields(&fen_event_schema, &people, tree.root, arena, event, NULL);
    fen_json_tree_deinit(&tree);
    return status;
}

void fen_publication_read(enum fen_wire wire, struct fen_str bytes, struct fen_arena *arena,
                          struct fen_publication *publication_out)
{
    struct fen_event event;
    *publication_out = (struct fen_publication){FEN_STR_NONE, FEN_STR_NONE};
    enum fen_record_status status =
        wire == FEN_WIRE_JSON
            ? read_json(bytes, arena, &event)
            : fen_record_decode_fields(&fen_event_schema, &people, bytes, arena, &event, NULL);
    if (status != FEN_RECORD_OK)
        return;
    if (fen_publication_is_text(event.approver))
        publication_out->approver = event.approver;
    if (fen_publication_is_text(event.reason))
        publication_out->reason = event.reason;
}
