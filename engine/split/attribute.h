/*
 * attribute: who earns on a line (SPEC §4), decided as of the order's `created`.
 *
 * Happy path: per line, the exclusive roles are tried in `credit_order` until one has an eligible
 * guide and a matching rule; then every other role of the plan on its own. A guide nobody has
 * announced holds its credit in suspense.
 *
 * What is looked up in the org is noted in `references`, so that a later change of it evaluates
 * this order anew and no other.
 *
 * Threads: pure; any. All memory comes from the context's arena.
 */
#ifndef FEN_SPLIT_ATTRIBUTE_H
#define FEN_SPLIT_ATTRIBUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/customer.h"
#include "model/order.h"
#include "plan/org.h"
#include "plan/plan.h"
#include "split/facts.h"

/* A store looked up for the order, as of `created`, and the plan's symbols for it. */
struct fen_known_store {
    struct fen_str store;
    const struct fen_store *record; /* NULL: not announced */
    struct fen_str payee;           /* "store:ID" */
    uint32_t symbol, kind_symbol, region_symbol;
};

/* Likewise a guide; one that is only expected (split/known.h) has no more than its id and hash. */
struct fen_known_guide {
    struct fen_str guide;
    uint64_t hash; /* fen_hash_pair of tenant and id */
    bool is_looked_up;
    const struct fen_history *history; /* of its record */
    const struct fen_guide *record;    /* as of `created`; NULL: not announced */
    struct fen_str payee;              /* "guide:ID" */
    uint32_t store_symbol, level_symbol, kind_symbol;
};

/* Few stores and guides serve an order's lines and roles: the last ones are kept at hand. */
#define FEN_KNOWN_STORE_COUNT 4u
#define FEN_KNOWN_GUIDE_COUNT 8u

/* Whether a guide can earn. */
enum fen_standing { FEN_STANDING_ELIGIBLE, FEN_STANDING_UNKNOWN, FEN_STANDING_INELIGIBLE };

/* The guide a role is about (split/candidate.h). */
struct fen_candidate {
    bool is_resolved;
    const struct fen_known_guide *known; /* NULL: nobody */
    struct fen_str touch;                /* event id of the touch that won */
    enum fen_standing standing;
};

#define FEN_CANDIDATE_COUNT (FEN_ROLE_MANAGER + 1) /* by role: guide roles are the first */

struct fen_trace; /* split/trace.h */

/* What an order is evaluated against, and what the evaluation looked at. */
struct fen_attribution {
    struct fen_arena *arena; /* of the work */
    struct fen_arena *texts; /* of payees and funders, which entries and posted rows borrow */
    const struct fen_plan *plan;
    const struct fen_org *org;
    const struct fen_order *order;
    const struct fen_customer *customer; /* NULL: the order has none, or nothing is known of it */
    struct fen_trace *trace;             /* what is noted for `fen explain`; NULL: nothing */

    int64_t window_ms;        /* share window for the order's channel; FEN_NONE none */
    struct fen_str holder;    /* guide bound as of created, transfers followed; absent none */
    int64_t holder_since_ms;  /* when the holder got the customer; FEN_NONE without a holder */
    struct fen_str own_store; /* store of the binding as of created */
    struct fen_attributes attributes; /* what is common to all lines */

    uint32_t idle_roles; /* a bit by role: known to earn on no line */
    const struct fen_known_store *store; /* the order's own; NULL: it names none */
    bool has_sku_touches;                /* under sku_first: a touch names a sku */
    struct fen_candidate candidates[FEN_CANDIDATE_COUNT];

    const struct fen_known_store *stores[FEN_KNOWN_STORE_COUNT]; /* round robin */
    uint32_t store_count;                                        /* looked up so far */
    struct fen_known_guide *guides[FEN_KNOWN_GUIDE_COUNT]; /* round robin */
    uint32_t guide_count;

    uint64_t tenant_hash; /* fen_hash of the tenant; 0: nothing was looked up yet */
    int64_t *references;  /* hashes of org records looked at, unsorted, each about once */
    uint32_t reference_count;
    uint32_t reference_capacity;
};

/* One line with the facts that hold for it. */
struct fen_attributed_line {
    const struct fen_event_line *line;
    struct fen_str brand_payee; /* of the line's own brand; absent: it has none */
    struct fen_line_times times;
    int64_t base_fen;
};

/* A role's credit on a line. */
struct fen_credit {
    enum fen_role role;
    const struct fen_rule *rule;
    const struct fen_known_guide *known; /* of a guide role (serve: the first); NULL: entity */
    struct fen_str payee;         /* "guide:ID", "store:ID", ...; of serve: the first server's */
    const struct fen_known_store *selling_store; /* NULL: not known */
    struct fen_str touch;         /* event id of the touch that won */
    bool is_suspended;            /* the guide is not announced */
};

/* The guide of a credit; absent: an entity's. */
static inline struct fen_str fen_credit_guide(const struct fen_credit *credit)
{
    return credit->known == NULL ? FEN_STR_NONE : credit->known->guide;
}

/*
 * Prepare for an order: resolves binding, transfers, window. The pointers given are kept; all else
 * is zero before.
 */
void fen_attribution_init(struct fen_attribution *attribution);

/* At most so many credits has a line: one of each independent role and one exclusive. */
static inline uint32_t fen_credit_count_max(const struct fen_plan *plan)
{
    return (uint32_t)__builtin_popcount(plan->independent_roles) + 1;
}

/* The credits of a line, by role, into `credits` (fen_credit_count_max); returns how many. */
uint32_t fen_attribute_line(struct fen_attribution *attribution,
                            const struct fen_attributed_line *line,
                            struct fen_credit *credits);

/* Whether a share at a time lies inside the window: at <= created < at + window (SPEC §4). */
bool fen_attribute_is_inside_window(const struct fen_attribution *attribution, int64_t at_ms);

/* A guide's standing by its record (NULL: unknown), for a role; self-purchase spares `manager`. */
enum fen_standing fen_attribute_standing(const struct fen_attribution *attribution,
                                         enum fen_role role, const struct fen_guide *record);

/* As fen_attribute_entity, for all but the line's own brand. */
struct fen_str fen_attribute_other_entity(struct fen_attribution *attribution, enum fen_role role,
                                          const struct fen_attributed_line *line,
                                          const struct fen_known_store *selling_store);

/* The payee of an entity role on a line ("store:ID"); absent: it does not exist. */
static inline struct fen_str fen_attribute_entity(struct fen_attribution *attribution,
                                                  enum fen_role role,
                                                  const struct fen_attributed_line *line,
                                                  const struct fen_known_store *selling_store)
{
    if (role == FEN_ROLE_BRAND && fen_str_is_set(line->brand_payee))
        return line->brand_payee;
    return fen_attribute_other_entity(attribution, role, line, selling_store);
}

/*
 * The rule for the recruiter of a registration, which stands in as the order (split/recruit.h):
 * `when` sees the store of the registration, else the recruiter's; NULL: none (SPEC §5 Recruit).
 */
const struct fen_rule *fen_attribute_recruit(struct fen_attribution *attribution,
                                             struct fen_str recruiter);

/* The hash under which a guide ('g') or store ('s') is noted in an order's references. */
int64_t fen_reference_hash(char record, struct fen_str tenant, struct fen_str id);

#endif /* FEN_SPLIT_ATTRIBUTE_H */
