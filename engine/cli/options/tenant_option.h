/*
 * tenant_option: `--tenant ID`, where it chooses whose events or plans are meant.
 *
 * Threads: main.
 */
#ifndef FEN_CLI_OPTIONS_TENANT_OPTION_H
#define FEN_CLI_OPTIONS_TENANT_OPTION_H

#include "base/str.h"
#include "cli/options/options.h"

/*
 * The command's --tenant, borrowed, absent where it has neither one nor a default; USAGE, said on
 * stderr, when it is no id.
 */
enum fen_exit fen_tenant_option(const struct fen_arguments *arguments, struct fen_str *tenant_out);

#endif /* FEN_CLI_OPTIONS_TENANT_OPTION_H */
