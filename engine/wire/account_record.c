/* account_record: see account_record.h. */
#include "wire/account_record.h"

#include <string.h>

#include "wire/json.h"

bool fen_account_key_split(struct fen_str key, struct fen_str *tenant_out,
                           struct fen_str *payee_out)
{
    return fen_str_split(key, tenant_out, payee_out) && tenant_out->size > 0 &&
           payee_out->size > 0;
}

static bool decode(enum fen_wire wire, const struct fen_schema *schema, struct fen_str value,
                   struct fen_arena *arena, void *message_out)
{
    enum fen_record_status status = FEN_RECORD_OK;
    if (!fen_str_is_set(value))
        return false;
    switch (wire) {
    case FEN_WIRE_PROTOBUF:
        status = fen_record_decode(schema, value, arena, message_out, NULL);
        break;
    case FEN_WIRE_JSON:
        status = fen_json_decode(schema, value, arena, message_out, NULL);
        break;
    }
    return status == FEN_RECORD_OK;
}

bool fen_account_record_decode(enum fen_wire wire, struct fen_str key, struct fen_str value,
                               struct fen_arena *arena, struct fen_account *account_out)
{
    return decode(wire, &fen_account_schema, value, arena, account_out) &&
           fen_account_key_split(key, &account_out->tenant, &account_out->payee);
}

bool fen_lane_record_decode(enum fen_wire wire, struct fen_str value, struct fen_arena *arena,
                            struct fen_lane_state *state_out)
{
    return decode(wire, &fen_lane_state_schema, value, arena, state_out);
}
