/*
 * org_builder: applies org events to the org that is being built (plan/org.h).
 *
 * Threads: the builder; a published struct fen_org any.
 */
#ifndef FEN_PLAN_ORG_BUILDER_H
#define FEN_PLAN_ORG_BUILDER_H

#include "base/arena.h"
#include "base/numbering.h"
#include "model/event.h"
#include "plan/change_log.h"
#include "plan/directory.h"
#include "plan/org.h"

/* A snapshot: histories of struct fen_guide, fen_store, fen_transfer, and int32_t periods. */
struct fen_org {
    const struct fen_directory *guides;
    const struct fen_directory *stores;
    const struct fen_directory *transfers; /* by the guide they leave */
    const struct fen_directory *periods;   /* by tenant: the closed ones, ascending */
    struct fen_org_change *const *blocks;
    uint64_t change_count;
};

/* The id of a guide or store stands behind this in memory, as the end of its payee. */
#define FEN_ORG_GUIDE_PREFIX "guide:"
#define FEN_ORG_STORE_PREFIX "store:"

struct fen_org_builder {
    struct fen_arena *arena;     /* of texts, for ever; borrowed */
    struct fen_numbering *names; /* texts that many records share, each once; borrowed */
    struct fen_retire *retire;   /* borrowed */
    struct fen_directory *guides;
    struct fen_directory *stores;
    struct fen_directory *transfers;
    struct fen_directory *periods;
    struct fen_change_log log;
};

/* The borrowed objects must outlive the builder; `retire` is emptied after deinit. */
void fen_org_builder_init(struct fen_org_builder *builder, struct fen_arena *arena,
                          struct fen_numbering *names, struct fen_retire *retire);
void fen_org_builder_deinit(struct fen_org_builder *builder);

/* Apply an event of fen.org-events.v1 that has not been applied before; it is copied. */
void fen_org_builder_apply(struct fen_org_builder *builder, const struct fen_event *event);

/* The org as it stands, to be published. */
struct fen_org fen_org_builder_snapshot(const struct fen_org_builder *builder);

#endif /* FEN_PLAN_ORG_BUILDER_H */
