/*
 * trace: what an evaluation looked at and decided, step by step, for `fen explain` (SPEC §11.7).
 *
 * Why: an explanation that is worked out apart from the amount will one day differ from it. So the
 * evaluation itself notes its steps here, when it is given a trace; without one (always, but for
 * `fen explain`) each of these calls is a test of a pointer that is never set.
 *
 * Threads: one. All memory comes from the trace's arena; what is pointed to is the evaluation's.
 */
#ifndef FEN_SPLIT_TRACE_H
#define FEN_SPLIT_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "split/distribute.h"

/* Why a touch did not win. */
enum fen_trace_fate {
    FEN_TRACE_TOO_OLD,     /* created >= at + window */
    FEN_TRACE_AFTER,       /* at > created */
    FEN_TRACE_OTHER_SKU,   /* while touches of the line's sku are tried */
    FEN_TRACE_NOT_ALLOWED, /* its guide is ineligible */
};

/* A touch tried before the one that won. */
struct fen_trace_touch {
    int64_t line;
    const struct fen_touch_fact *touch;
    enum fen_trace_fate fate;
    const struct fen_guide *guide; /* of NOT_ALLOWED */
};

/* What became of a role on a line. */
enum fen_trace_verdict {
    FEN_TRACE_NOBODY,     /* nobody the role could be about */
    FEN_TRACE_INELIGIBLE, /* the guide may not earn */
    FEN_TRACE_NO_RULE,    /* no rule matches */
    FEN_TRACE_SUSPENDED,  /* a rule matches; the guide is not announced */
    FEN_TRACE_CREDITED,
};

/* A role tried on a line, in the order in which it was. */
struct fen_trace_candidate {
    int64_t line; /* 0: a registration */
    enum fen_trace_verdict verdict;
    struct fen_credit credit;          /* as far as it was filled in */
    struct fen_attributes attributes;  /* what `when` saw; from NO_RULE on */
    const struct fen_guide *guide;     /* NULL: an entity, or not announced */
};

enum fen_trace_kind {
    FEN_TRACE_PAY,
    FEN_TRACE_CAP_LINE,
    FEN_TRACE_LIMIT,
    FEN_TRACE_CAP_ORDER,
};

/* A step of SPEC §5.1 to §5.4 on a credit. */
struct fen_trace_step {
    enum fen_trace_kind kind;
    enum fen_pass pass;
    const struct fen_work_credit *credit;
    const struct fen_limit *limit; /* of LIMIT */
    struct fen_exact amount;       /* after it */
};

/* The room of a line limit. */
struct fen_trace_limit {
    const struct fen_limit *limit;
    enum fen_pass pass;
    int64_t line;
    int64_t greatest_fen; /* remaining among its roles */
};

/* One who served, and may have part in the credit. */
struct fen_trace_server {
    const struct fen_work_credit *credit;
    const struct fen_server *server;
    enum fen_standing standing;
    const struct fen_guide *guide; /* as of the pickup; NULL: not announced */
};

/* A guide who has left, under a policy other than `pay`. */
struct fen_trace_leaver {
    const struct fen_work_credit *credit;
    struct fen_str guide;
    enum fen_leaver_policy policy;
    const struct fen_guide *record;
};

/* A portion of a recipient's part, before those of one key are added. */
struct fen_trace_portion {
    const struct fen_work_credit *credit;
    struct fen_str payee; /* absent: it stays with the funder */
    enum fen_role portion;
    int64_t rate_ppm;
    int64_t weight;
};

/* What falls under a key: floored here, once for each pass. */
struct fen_trace_share {
    struct fen_key key; /* the funder as the rule names it; goodwill parts hq's off afterwards */
    int64_t rate_ppm;
    int64_t weight;
    int64_t weights;
    int64_t amount_fen[FEN_PASS_COUNT];
    int64_t base_fen[FEN_PASS_COUNT];
};

struct fen_trace {
    struct fen_arena *arena; /* set by the caller; all else zero */
    struct fen_work work;    /* the order's; zero before its lines are attributed */
    const struct fen_work_line **lines;
    uint32_t line_count, line_capacity;
    struct fen_trace_touch *touches;
    uint32_t touch_count, touch_capacity;
    struct fen_trace_candidate *candidates;
    uint32_t candidate_count, candidate_capacity;
    struct fen_trace_step *steps;
    uint32_t step_count, step_capacity;
    struct fen_trace_limit *limits;
    uint32_t limit_count, limit_capacity;
    struct fen_trace_server *servers;
    uint32_t server_count, server_capacity;
    struct fen_trace_leaver *leavers;
    uint32_t leaver_count, leaver_capacity;
    struct fen_trace_portion *portions;
    uint32_t portion_count, portion_capacity;
    struct fen_trace_share *shares;
    uint32_t share_count, share_capacity;
};

/* The notes themselves, out of line; the trace is not NULL. See the functions below. */
FEN_RARE void fen_trace_add_line(struct fen_trace *trace, const struct fen_work_line *line);
FEN_RARE void fen_trace_add_nobody(struct fen_trace *trace, enum fen_role role,
                                   const struct fen_known_store *selling_store);
FEN_RARE void fen_trace_add_ineligible(struct fen_trace *trace, enum fen_role role,
                                       const struct fen_known_guide *known,
                                       const struct fen_guide *record);
FEN_RARE void fen_trace_add_match(struct fen_trace *trace, const struct fen_credit *credit,
                                  const struct fen_attributes *attributes,
                                  const struct fen_known_guide *guide);
FEN_RARE void fen_trace_add_step(struct fen_trace *trace, enum fen_trace_kind kind,
                                 enum fen_pass pass, const struct fen_work_credit *credit);
FEN_RARE void fen_trace_add_limit(struct fen_trace *trace, const struct fen_limit *limit,
                                  enum fen_pass pass, int64_t line, int64_t greatest_fen);
FEN_RARE void fen_trace_add_server(struct fen_trace *trace, const struct fen_work_credit *credit,
                                   const struct fen_server *server, enum fen_standing standing,
                                   const struct fen_guide *record);
FEN_RARE void fen_trace_add_leaver(struct fen_trace *trace, const struct fen_work_credit *credit,
                                   struct fen_str guide, enum fen_leaver_policy policy,
                                   const struct fen_guide *record);
FEN_RARE void fen_trace_add_portion(struct fen_trace *trace, const struct fen_work_credit *credit,
                                    struct fen_str payee, enum fen_role portion, int64_t rate_ppm,
                                    int64_t weight);
FEN_RARE void fen_trace_add_share(struct fen_trace *trace, const struct fen_trace_share *share);

/* A touch that did not win, and why: `sku` as find_touch asks. The trace is not NULL. */
FEN_RARE void fen_trace_passed_touch(struct fen_trace *trace, struct fen_attribution *attribution,
                                     const struct fen_touch_fact *touch, struct fen_str sku);

/* The line whose roles are tried next. */
static inline void fen_trace_line(struct fen_trace *trace, const struct fen_work_line *line)
{
    if (trace != NULL)
        fen_trace_add_line(trace, line);
}

/* A role that is about nobody here. */
static inline void fen_trace_nobody(struct fen_trace *trace, enum fen_role role,
                                    const struct fen_known_store *selling_store)
{
    if (trace != NULL)
        fen_trace_add_nobody(trace, role, selling_store);
}

/* A role whose guide may not earn. */
static inline void fen_trace_ineligible(struct fen_trace *trace, enum fen_role role,
                                        const struct fen_known_guide *known,
                                        const struct fen_guide *record)
{
    if (trace != NULL)
        fen_trace_add_ineligible(trace, role, known, record);
}

/* A role whose rules were read: credit->rule says which matched; guide may be NULL. */
static inline void fen_trace_match(struct fen_trace *trace, const struct fen_credit *credit,
                                   const struct fen_attributes *attributes,
                                   const struct fen_known_guide *guide)
{
    if (trace != NULL)
        fen_trace_add_match(trace, credit, attributes, guide);
}

/* All lines are attributed; the steps follow. */
static inline void fen_trace_work(struct fen_trace *trace, const struct fen_work *work)
{
    if (trace != NULL)
        trace->work = *work;
}

/* A step done, with the amount it left. */
static inline void fen_trace_step(struct fen_trace *trace, enum fen_trace_kind kind,
                                  enum fen_pass pass, const struct fen_work_credit *credit)
{
    if (trace != NULL)
        fen_trace_add_step(trace, kind, pass, credit);
}

/* A line limit begins: the steps of kind LIMIT that follow are its own. */
static inline void fen_trace_limit(struct fen_trace *trace, const struct fen_limit *limit,
                                   enum fen_pass pass, int64_t line, int64_t greatest_fen)
{
    if (trace != NULL)
        fen_trace_add_limit(trace, limit, pass, line, greatest_fen);
}

/* One who served, eligible or not as of the pickup, with the record of then. */
static inline void fen_trace_server(struct fen_trace *trace, const struct fen_work_credit *credit,
                                    const struct fen_server *server, enum fen_standing standing,
                                    const struct fen_guide *record)
{
    if (trace != NULL)
        fen_trace_add_server(trace, credit, server, standing, record);
}

/* One who has left. */
static inline void fen_trace_leaver(struct fen_trace *trace, const struct fen_work_credit *credit,
                                    struct fen_str guide, enum fen_leaver_policy policy,
                                    const struct fen_guide *record)
{
    if (trace != NULL)
        fen_trace_add_leaver(trace, credit, guide, policy, record);
}

/* A recipient's portion; payee absent: nobody gets it. */
static inline void fen_trace_portion(struct fen_trace *trace, const struct fen_work_credit *credit,
                                     struct fen_str payee, enum fen_role portion,
                                     int64_t rate_ppm, int64_t weight)
{
    if (trace != NULL)
        fen_trace_add_portion(trace, credit, payee, portion, rate_ppm, weight);
}

#endif /* FEN_SPLIT_TRACE_H */
