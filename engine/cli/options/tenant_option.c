/* tenant_option: see the header. */
#include "cli/options/tenant_option.h"

#include "wire/event_form.h"

enum fen_exit fen_tenant_option(const struct fen_arguments *arguments, struct fen_str *tenant_out)
{
    *tenant_out = fen_str_from(fen_arguments_text(arguments, "tenant"));
    if (!fen_str_is_set(*tenant_out) || fen_event_is_id(*tenant_out))
        return FEN_EXIT_OK;
    fen_say("--tenant takes an id of 1 to 64 bytes without blanks or /",
            "--tenant 需要 1 到 64 字节、不含空白和 / 的编号");
    return FEN_EXIT_USAGE;
}
