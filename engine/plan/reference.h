/*
 * reference: the references in force (org and plans) and how a new state of them is published.
 *
 * One builder applies org and plan events and publishes snapshots through one atomic pointer; each
 * worker takes the newest at its batch boundary and says, by taking the next, that it has let go of
 * the one before (quiescent state). Old copies are freed when every worker has passed on.
 *
 * Threads     builder: create (before workers start), apply, publish, destroy (after they end).
 *             worker: acquire, at batch boundaries, each with its own reader number.
 * Ordering    publish stores with release; acquire loads with acquire.
 * Progress    acquire is wait-free.
 */
#ifndef FEN_PLAN_REFERENCE_H
#define FEN_PLAN_REFERENCE_H

#include <stdint.h>

#include "base/assert.h"
#include "base/str.h"
#include "model/event.h"
#include "plan/catalog.h"
#include "plan/org.h"

/* What a worker sees during one batch; immutable. */
struct fen_reference {
    const struct fen_org *org;
    const struct fen_catalog *catalog;
    int64_t org_offset;  /* of the next org event to come; 0 outside Kafka */
    int64_t plan_offset; /* of the next plan event to come */
};

struct fen_reference_builder;

/* How an org or plan event ended (SPEC §9). BAD_PLAN: `yaml` has mistakes. */
enum fen_reference_fate {
    FEN_REFERENCE_APPLIED,
    FEN_REFERENCE_DUPLICATE,
    FEN_REFERENCE_ID_CONFLICT,   /* a duplicate by id, with other content */
    FEN_REFERENCE_PLAN_CONFLICT, /* a duplicate: id@version again with other content, ignored */
    FEN_REFERENCE_BAD_PLAN,
};

/* A builder with an empty first reference already published. reader_count: workers to come. */
struct fen_reference_builder *fen_reference_builder_create(uint32_t reader_count) FEN_MUST_USE;
void fen_reference_builder_destroy(struct fen_reference_builder *builder);

/*
 * Apply one decoded event of fen.org-events.v1 or fen.plans.v1 (no other type); it is seen by
 * readers after the next publish. `event` is copied. A retroactive publication of a version that
 * holds already counts as a publication although its fate is DUPLICATE or PLAN_CONFLICT (SPEC §4).
 * On BAD_PLAN `reason_out` (may be NULL) borrows a sentence valid until the next call.
 * Thread: builder.
 */
enum fen_reference_fate fen_reference_apply(struct fen_reference_builder *builder,
                                            const struct fen_event *event,
                                            struct fen_str *reason_out) FEN_MUST_USE;

/* Publish a plan given on the command line: every tenant's (SPEC §4). As fen_reference_apply. */
enum fen_reference_fate fen_reference_apply_plan(struct fen_reference_builder *builder,
                                                 struct fen_str yaml,
                                                 struct fen_str *reason_out) FEN_MUST_USE;

/*
 * Likewise, as if the plan had been in force at all times: its `from` and `to` are passed over. For
 * a back-test, which asks what a plan would have paid before it begins.
 */
enum fen_reference_fate fen_reference_apply_trial(struct fen_reference_builder *builder,
                                                  struct fen_str yaml,
                                                  struct fen_str *reason_out) FEN_MUST_USE;

/*
 * Make all that was applied visible, with the topic offsets it reaches; frees what no reader holds.
 * A reader that never acquires holds back all freeing (it may be about to).
 */
void fen_reference_publish(struct fen_reference_builder *builder, int64_t org_offset,
                           int64_t plan_offset);

/* The newest reference, valid until the same reader's next acquire. Thread: worker `reader`. */
const struct fen_reference *fen_reference_acquire(struct fen_reference_builder *builder,
                                                  uint32_t reader);

#endif /* FEN_PLAN_REFERENCE_H */
