/*
 * split_bench: one split lane with references of its own, told in the events of SPEC §3 as JSON.
 *
 * For tests of a lane from within: what a batch posts, which records it changes, what the order,
 * customer or task remembers, and how far a batch follows the references with the room it has.
 *
 * Threads: one.
 */
#ifndef FEN_TESTS_LIB_SPLIT_BENCH_H
#define FEN_TESTS_LIB_SPLIT_BENCH_H

#include "base/assert.h"
#include "split/lane_parts.h"

/* A record as its topic keeps it. */
struct split_record {
    enum fen_split_record kind;
    struct fen_str key, value;
};

struct split_bench {
    struct fen_reference_builder *references;
    struct fen_split_lane *lane;
    struct fen_arena *arena, *scratch;
    struct fen_arena *kept; /* the texts of events and records, until deinit */
    struct fen_entries entries;
    struct fen_split_counts counts; /* over all batches */
    struct fen_buffer buffer;
    struct split_record *records; /* the newest of each key, of all batches promoted */
    uint32_t record_count, record_capacity;
    uint32_t change_count; /* records of the last batch */
    uint32_t event_number; /* of the next event that names no id */
    uint32_t deliveries;   /* of the last batch */
};

/* What cmocka calls around a test whose state is a struct split_bench. */
int split_set_up(void **state);
int split_tear_down(void **state);

/* is_file: evaluated event by event, and no touch is late. */
void split_init(struct split_bench *bench, bool is_file);
void split_deinit(struct split_bench *bench);

/* Publish a plan of every tenant, or an event's plan of tenant `default`. */
void split_publish(struct split_bench *bench, const char *yaml);
void split_publish_retroactively(struct split_bench *bench, const char *yaml);

/* A batch begins, with the references as they are, and follows them as far as the room goes. */
void split_begin(struct split_bench *bench);
void split_begin_with(struct split_bench *bench, struct fen_split_room *room);

/*
 * An event, JSON without its braces; where it names no id, one is found for it. Guides, stores and
 * transfers go to the references, which the next batch sees; others to the lane.
 */
enum fen_split_fate split_say(struct split_bench *bench, const char *format, ...)
    FEN_PRINTF(2, 3);

/* The batch's end; returns the sum of its differences. */
int64_t split_finish(struct split_bench *bench);
int64_t split_promote(struct split_bench *bench);

/* split_begin and split_promote. */
int64_t split_follow(struct split_bench *bench);

/* What the batch has posted to a payee so far. */
int64_t split_posted(const struct split_bench *bench, const char *payee);

/* Another lane, of the records; touches are not among them. */
void split_restore(struct split_bench *bench);
bool split_restore_record(struct split_bench *bench, const struct split_record *record);

struct fen_split_sizes split_measure(const struct split_bench *bench);

/* The order, as the batch sees it. */
const struct fen_order *split_order(struct split_bench *bench, const char *order);

#endif /* FEN_TESTS_LIB_SPLIT_BENCH_H */
