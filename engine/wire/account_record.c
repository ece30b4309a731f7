/* account_record: see account_record.h. */
#include "wire/account_record.h"

#include "wire/record_form.h"

bool fen_account_key_split(struct fen_str key, struct fen_str *tenant_out,
                           struct fen_str *payee_out)
{
    return fen_str_split(key, tenant_out, payee_out) && tenant_out->size > 0 &&
           payee_out->size > 0;
}

bool fen_account_record_decode(enum fen_wire wire, struct fen_str key, struct fen_str value,
                               struct fen_arena *arena, struct fen_account *account_out)
{
    return fen_record_form_decode(wire, &fen_account_schema, value, arena, account_out) &&
           fen_account_key_split(key, &account_out->tenant, &account_out->payee);
}

bool fen_lane_record_decode(enum fen_wire wire, struct fen_str value, struct fen_arena *arena,
                            struct fen_lane_state *state_out)
{
    return fen_record_form_decode(wire, &fen_lane_state_schema, value, arena, state_out);
}
