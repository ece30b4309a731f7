/*
 * commands: the entry of each command; fen_commands (options.h) points to them.
 *
 * Threads: main.
 */
#ifndef FEN_CLI_COMMANDS_H
#define FEN_CLI_COMMANDS_H

#include "cli/options/options.h"

/* `fen run`. */
enum fen_exit fen_command_run(const struct fen_arguments *arguments);

/* `fen config`. */
enum fen_exit fen_command_config(const struct fen_arguments *arguments);

/* `fen topics`. */
enum fen_exit fen_command_topics(const struct fen_arguments *arguments);

/* `fen replay`. */
enum fen_exit fen_command_replay(const struct fen_arguments *arguments);

/* `fen explain`. */
enum fen_exit fen_command_explain(const struct fen_arguments *arguments);

/* `fen backtest`. */
enum fen_exit fen_command_backtest(const struct fen_arguments *arguments);

/* `fen generate`. */
enum fen_exit fen_command_generate(const struct fen_arguments *arguments);

/* `fen send`. */
enum fen_exit fen_command_send(const struct fen_arguments *arguments);

/* `fen tail`. */
enum fen_exit fen_command_tail(const struct fen_arguments *arguments);

/* `fen audit`. */
enum fen_exit fen_command_audit(const struct fen_arguments *arguments);

/* `fen api`. */
enum fen_exit fen_command_api(const struct fen_arguments *arguments);

/* `fen mock`. */
enum fen_exit fen_command_mock(const struct fen_arguments *arguments);

/* `fen plan check`. */
enum fen_exit fen_command_plan_check(const struct fen_arguments *arguments);

/* `fen plan show`. */
enum fen_exit fen_command_plan_show(const struct fen_arguments *arguments);

/* `fen plan diff`. */
enum fen_exit fen_command_plan_diff(const struct fen_arguments *arguments);

/* `fen plan test`. */
enum fen_exit fen_command_plan_test(const struct fen_arguments *arguments);

/* `fen plan export`. */
enum fen_exit fen_command_plan_export(const struct fen_arguments *arguments);

/* `fen plan import`. */
enum fen_exit fen_command_plan_import(const struct fen_arguments *arguments);

/* `fen plan publish`. */
enum fen_exit fen_command_plan_publish(const struct fen_arguments *arguments);

/* `fen plan list`. */
enum fen_exit fen_command_plan_list(const struct fen_arguments *arguments);

#endif /* FEN_CLI_COMMANDS_H */
