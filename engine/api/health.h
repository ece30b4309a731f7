/*
 * health: whether the process lives, and whether it is ready, with the reasons why not.
 *
 * Checks are rows that name a thing and a function that looks at it; health knows none of them.
 * Live: restarting would help if not. Ready: it does what it is there for right now.
 *
 * Threads: create and add: start-up. The checks are called on the http thread and only look.
 */
#ifndef FEN_API_HEALTH_H
#define FEN_API_HEALTH_H

#include <stdbool.h>

#include "base/assert.h"
#include "base/buffer.h"

struct fen_health;

enum fen_health_kind { FEN_HEALTH_LIVE, FEN_HEALTH_READY };

struct fen_health_check {
    const char *name; /* "worker 0", "projector" */
    enum fen_health_kind kind;
    /* True when all is well; else append the reason, one sentence, to `reason`. */
    bool (*is_well)(void *context, struct fen_buffer *reason);
    void *context;
};

/* A registry without checks: all is well. The caller destroys it; NULL is fine. */
struct fen_health *fen_health_create(void) FEN_MUST_USE;
void fen_health_destroy(struct fen_health *health);

/* The check's strings and context must outlive the registry. */
void fen_health_add(struct fen_health *health, const struct fen_health_check *check);

/*
 * Append {"status":"ok"} or {"status":"unavailable","reasons":[{"check","reason"}]}.
 * Live looks at the live checks, ready at all. Returns: whether all is well.
 */
bool fen_health_write(const struct fen_health *health, enum fen_health_kind kind,
                      struct fen_buffer *out);

#endif /* FEN_API_HEALTH_H */
