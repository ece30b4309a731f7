/*
 * wire_option: `--wire protobuf|json`, wherever it stands.
 *
 * Threads: main.
 */
#ifndef FEN_CLI_OPTIONS_WIRE_OPTION_H
#define FEN_CLI_OPTIONS_WIRE_OPTION_H

#include "cli/options/options.h"
#include "wire/event_decode.h"

/* The wire named `text`; false when there is none. */
bool fen_wire_parse(const char *text, enum fen_wire *wire_out);

/* The command's --wire; USAGE, said on stderr, when it is neither. */
enum fen_exit fen_wire_option(const struct fen_arguments *arguments, enum fen_wire *wire_out);

#endif /* FEN_CLI_OPTIONS_WIRE_OPTION_H */
