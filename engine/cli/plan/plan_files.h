/*
 * plan_files: plan files named on the command line, checked before anything else happens.
 *
 * Threads: main.
 */
#ifndef FEN_CLI_PLAN_PLAN_FILES_H
#define FEN_CLI_PLAN_PLAN_FILES_H

#include "base/arena.h"
#include "cli/exit_code.h"
#include "cli/replay/replay_machine.h"
#include "plan/plan.h"

struct fen_plan_file {
    const char *path;
    struct fen_str yaml;
    const struct fen_plan *plan;
};

struct fen_plan_files {
    struct fen_plan_file *items;
    uint32_t count;
    struct fen_arena *arena; /* holds all of it */
};

/*
 * Read and compile each file. Every mistake of every file is said as FILE:LINE:COLUMN, with the
 * mend (SPEC §8); warnings too, without effect.
 *
 * Returns: OK; INPUT when a file cannot be read; CONFIG when a plan has mistakes. The caller
 * deinits in any case.
 */
enum fen_exit fen_plan_files_init(struct fen_plan_files *files, const char *const *paths,
                                  uint32_t path_count);
void fen_plan_files_deinit(struct fen_plan_files *files);

/* Publish them for every tenant, in their order. Other than FEN_EXIT_OK: it has been said why. */
enum fen_exit fen_plan_files_publish(const struct fen_plan_files *files,
                                     struct fen_replay_machine *machine);

#endif /* FEN_CLI_PLAN_PLAN_FILES_H */
