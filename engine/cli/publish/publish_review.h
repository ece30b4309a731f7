/*
 * publish_review: what a plan file comes to beside what is published: whether it may be published,
 * when it would be in force, what it changes, and what it would have paid.
 *
 * Threads: main; memory is the arena's.
 */
#ifndef FEN_CLI_PUBLISH_PUBLISH_REVIEW_H
#define FEN_CLI_PUBLISH_PUBLISH_REVIEW_H

#include "cli/backtest/backtest_make.h"
#include "cli/plan/plan_check.h"
#include "cli/plan/plan_test.h"
#include "cli/publish/published.h"
#include "cli/sale/event_sender.h"

/* How all files of a command are published. */
struct fen_publish_terms {
    struct fen_str tenant, by, reason; /* reason absent: none is given */
    bool is_retroactive;
    int64_t now_ms;
};

/* A file on its way. */
struct fen_publish_candidate {
    const struct fen_plan_source *source;
    const struct fen_plan *plan;
    struct fen_str event;                 /* its id */
    bool is_published;                    /* it has been already: nothing is left to do */
    int64_t published_offset;             /* then where */
    const struct fen_plan *against;       /* the version compared with; NULL: there is none */
    struct fen_published_spans spans;     /* when it will be the plan chosen */
    struct fen_plan_tested tested;
    uint32_t change_count;
    struct fen_backtest_report *backtest; /* NULL: none was asked for, or none is possible: */
    bool is_other_currency;               /* the version compared with pays in another one */
    struct fen_backtest_made made;        /* what it borrows from; the caller deinits */
    struct fen_sent_place place;          /* of the record; offset -1: not sent */
};

/*
 * Compare with the list, and add the plan to it, so that the next file meets it there. A refusal
 * is said on stderr, with the mend.
 * Returns: OK, also where it is published already; CONFIG: it overlaps with another plan, lies in
 * the past, was published with other content, or would never be in force.
 */
enum fen_exit fen_publish_review(struct fen_publish_candidate *candidate,
                                 const struct fen_publish_terms *terms,
                                 struct fen_published_list *list) FEN_MUST_USE;

/* Fill when it will be in force; once all files are reviewed. */
void fen_publish_foresee(struct fen_publish_candidate *candidate,
                         const struct fen_publish_terms *terms,
                         const struct fen_published_list *list);

/*
 * The id of the event: the same for the same publication, so that a second attempt is a duplicate
 * for the engine and for this command.
 */
struct fen_str fen_publish_event_id(struct fen_arena *arena, const struct fen_publish_terms *terms,
                                    struct fen_str yaml);

/*
 * Back-test against the version compared with, else against what was posted, over --events or
 * Kafka. Returns: OK with candidate->backtest, NULL where neither --events nor --from nor --to is
 * given or the two pay in different currencies; else as fen_backtest_make.
 */
enum fen_exit fen_publish_backtest(struct fen_publish_candidate *candidate,
                                   const struct fen_arguments *arguments,
                                   struct fen_arena *arena) FEN_MUST_USE;

#endif /* FEN_CLI_PUBLISH_PUBLISH_REVIEW_H */
