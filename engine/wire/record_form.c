/* record_form: see record_form.h. */
#include "wire/record_form.h"

#include "model/state_record.h"
#include "wire/json.h"

bool fen_record_form_decode(enum fen_wire wire, const struct fen_schema *schema,
                            struct fen_str value, struct fen_arena *arena, void *message_out)
{
    if (!fen_str_is_set(value))
        return false;
    enum fen_record_status status =
        wire == FEN_WIRE_JSON ? fen_json_decode(schema, value, arena, message_out, NULL)
                              : fen_state_record_decode(schema, value, arena, message_out);
    return status == FEN_RECORD_OK;
}
