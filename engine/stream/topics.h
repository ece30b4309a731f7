/*
 * topics: the topics of SPEC §3 and §10 as they are on a cluster, and as they must be.
 *
 * Why: a missing compaction loses state, unequal partition counts send a customer's touch to
 * another worker than its order, a second partition of the org events reorders them. So nothing is
 * auto-created by a client; `fen topics plan` says what there is to do, `apply` does it, and
 * `fen run` refuses to start on what is wrong. A topic that exists is never altered: what is wrong
 * with it is said together with the command that mends it.
 *
 * Threads: any one thread; each call makes and ends its own client.
 */
#ifndef FEN_STREAM_TOPICS_H
#define FEN_STREAM_TOPICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "stream/kafka_config.h"
#include "wire/topic.h"

#define FEN_PARTITION_COUNT_DEFAULT 48u
#define FEN_TOUCH_RETENTION_MS_DEFAULT INT64_C(7776000000) /* 90 days */

struct fen_topics_options {
    const struct fen_kafka_config *config;
    uint32_t partition_count;   /* of co-partitioned topics to create; 0: the default, 48 */
    uint32_t replication;       /* of topics to create; 0: the lesser of 3 and the brokers */
    int64_t touch_retention_ms; /* longest share window + 24 h, or more; 0: the default, 90 days */
};

enum fen_topic_condition {
    FEN_TOPIC_RIGHT,
    FEN_TOPIC_MISSING,
    FEN_TOPIC_WRONG,   /* exists, and would lose or reorder data: fen does not start */
    FEN_TOPIC_DOUBTFUL /* exists, works, but is less safe than it should be */
};

/* One topic as it is; `text` says what was found, or will be created. NUL-terminated. */
struct fen_topic_report {
    enum fen_topic topic;
    enum fen_topic_condition condition;
    uint32_t partition_count; /* found; 0 missing */
    uint32_t replication;     /* found; 0 missing */
    char text[512];
};

struct fen_topics_report {
    struct fen_topic_report topics[FEN_TOPIC_COUNT];
    uint32_t broker_count;
    uint32_t partition_count; /* of the co-partitioned topics: found, else to be created */
    uint32_t replication;     /* that missing topics get */
    uint32_t missing_count, wrong_count, doubtful_count;
};

/*
 * Look at the cluster. Returns: false with a sentence in `reason` when it cannot be reached within
 * 10 s (exit 69); otherwise the report, whatever it says.
 */
bool fen_topics_plan(const struct fen_topics_options *options,
                     struct fen_topics_report *report_out, struct fen_buffer *reason) FEN_MUST_USE;

/*
 * Create what is missing, then look again. Nothing is created while anything is wrong.
 * Returns: false with a sentence in `reason`; the report then tells how far it got.
 */
bool fen_topics_apply(const struct fen_topics_options *options,
                      struct fen_topics_report *report_out,
                      struct fen_buffer *reason) FEN_MUST_USE;

/*
 * The check of `fen run`: every topic is there, nothing is wrong, co-partitioned topics have equal
 * counts, and transactions work: a transactional producer "fen.GROUP.probe" is initialised.
 *
 * Returns: the partition count, or 0 with a sentence in `reason` that says what to do;
 * *is_wrong_out: a topic is there and wrong, which no repetition mends (exit 78).
 */
uint32_t fen_topics_check(const struct fen_topics_options *options, const char *group,
                          bool *is_wrong_out, struct fen_buffer *reason) FEN_MUST_USE;

#endif /* FEN_STREAM_TOPICS_H */
