/*
 * diagnose: how the parts of the plan parser say what is wrong, in the reader's language.
 *
 * Threads: any; the diagnostics belong to one parse.
 */
#ifndef FEN_PLAN_DIAGNOSE_H
#define FEN_PLAN_DIAGNOSE_H

#include "plan/parse.h"

/* Where a mistake is, and the text at fault (clipped when it is copied). */
struct fen_place {
    uint32_t line;
    uint32_t column;
    struct fen_str text;
};

/*
 * Add a mistake. Both formats take the same arguments in the same order; the one of the language
 * is used. What is wrong comes first, then the mend.
 */
void fen_diagnose(struct fen_diagnostics *diagnostics, struct fen_place place, const char *english,
                  const char *chinese, ...) __attribute__((format(printf, 3, 5)))
__attribute__((format(printf, 4, 5)));

/*
 * As fen_diagnose, for what is missing or of another kind than its place asks for: nothing is said
 * where part of the plan could not be read, since that may be the reason.
 */
void fen_diagnose_absence(struct fen_diagnostics *diagnostics, struct fen_place place,
                          const char *english, const char *chinese, ...)
    __attribute__((format(printf, 3, 5))) __attribute__((format(printf, 4, 5)));

/* As fen_diagnose, for what does no harm to the amounts. */
void fen_diagnose_warning(struct fen_diagnostics *diagnostics, struct fen_place place,
                          const char *english, const char *chinese, ...)
    __attribute__((format(printf, 3, 5))) __attribute__((format(printf, 4, 5)));

/* Whether an error has been reported at that line and column. */
bool fen_diagnostics_has_error_at(const struct fen_diagnostics *diagnostics,
                                  struct fen_place place);

/* Put them in the order of the file; those of one place stay as they were added. */
void fen_diagnostics_sort(struct fen_diagnostics *diagnostics);

#endif /* FEN_PLAN_DIAGNOSE_H */
