/* wire_option: see the header. */
#include "cli/options/wire_option.h"

#include <string.h>

bool fen_wire_parse(const char *text, enum fen_wire *wire_out)
{
    bool is_json = strcmp(text, "json") == 0;
    if (!is_json && strcmp(text, "protobuf") != 0)
        return false;
    *wire_out = is_json ? FEN_WIRE_JSON : FEN_WIRE_PROTOBUF;
    return true;
}

enum fen_exit fen_wire_option(const struct fen_arguments *arguments, enum fen_wire *wire_out)
{
    const char *text = fen_arguments_text(arguments, "wire");
    if (fen_wire_parse(text, wire_out))
        return FEN_EXIT_OK;
    fen_say("--wire is protobuf or json, not \"%s\"", "--wire 是 protobuf 或 json，而不是“%s”",
            text);
    return FEN_EXIT_USAGE;
}
