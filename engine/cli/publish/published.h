/*
 * published: every publication in fen.plans.v1, read as the engine reads it, and which version is
 * in force when.
 *
 * Read-only, outside any group. What the engine refuses (a record that is no event, a plan with
 * mistakes) is counted and has no place in the list; ids seen before and versions published before
 * stand in it, marked, since a retroactive one of them has an effect (SPEC §4).
 *
 * Threads: main; memory is the arena's of the list.
 */
#ifndef FEN_CLI_PUBLISH_PUBLISHED_H
#define FEN_CLI_PUBLISH_PUBLISHED_H

#include "base/arena.h"
#include "cli/exit_code.h"
#include "plan/plan.h"
#include "stream/kafka_config.h"
#include "wire/message.h"
#include "wire/publication.h"

enum fen_published_fate {
    FEN_PUBLISHED_HOLDS,     /* the first with this id and version */
    FEN_PUBLISHED_AGAIN,     /* the same id and version, published before */
    FEN_PUBLISHED_CONFLICT,  /* likewise, with other content, which has no effect */
    FEN_PUBLISHED_DUPLICATE, /* an event id that was there before: no effect */
};

/* A publication. */
struct fen_published {
    struct fen_str tenant, event, by, reason;
    bool is_retroactive;
    enum fen_published_fate fate;
    int64_t published_ms; /* the record's timestamp, else the event's time */
    int64_t offset;
    const struct fen_plan *plan;
};

struct fen_published_list {
    struct fen_arena *arena;
    struct fen_published *items; /* in the order of the topic */
    uint32_t count, capacity;
    uint64_t refused_count;
    int64_t end; /* the offset behind the last record read */
};

/* A time in which one version is the one chosen: [from, to). */
struct fen_published_span {
    int64_t from_ms, to_ms;
};

struct fen_published_spans {
    struct fen_published_span *items; /* ascending, apart from each other */
    uint32_t count, capacity;
};

/*
 * Read the topic to its end into a list whose arena is set. Returns: OK; UNAVAILABLE, said on
 * stderr.
 */
enum fen_exit fen_published_read(const struct fen_kafka_config *config, enum fen_wire wire,
                                 struct fen_published_list *list) FEN_MUST_USE;

/* Add one record; what is refused is counted. `value` is copied where it is kept. */
void fen_published_add(struct fen_published_list *list, enum fen_wire wire,
                       const struct fen_message *message);

/* The plan that an order of the tenant created then gets (SPEC §4 Plan); NULL: none. */
const struct fen_published *fen_published_choose(const struct fen_published_list *list,
                                                 struct fen_str tenant, int64_t created_ms);

/* The publication that holds an id and version; NULL: none. */
const struct fen_published *fen_published_find(const struct fen_published_list *list,
                                               struct fen_str tenant, struct fen_str id,
                                               uint32_t version);

/* The greatest version of an id; NULL: none. */
const struct fen_published *fen_published_newest(const struct fen_published_list *list,
                                                 struct fen_str tenant, struct fen_str id);

/* When orders are created that get this plan, whose publication holds. */
struct fen_published_spans fen_published_spans(const struct fen_published_list *list,
                                               const struct fen_published *published);

#endif /* FEN_CLI_PUBLISH_PUBLISHED_H */
