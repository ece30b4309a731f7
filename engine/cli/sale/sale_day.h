/*
 * sale_day: the events of a made-up sale day, the same for the same options, in the order in which
 * they come.
 *
 * The mix follows a large retailer's day: half an hour of rush after midnight, ten share-opens an
 * order of which most are minutes old, few customers and guides with much of it, refunds that
 * overtake their order, events that come twice, guides announced when they have already sold.
 * Every role of this engine earns something in it.
 *
 * What comes when: plans, stores and guides first, then the day; an event's `time` is the moment it
 * comes, save for repeats, so a record stamped with that moment or a later one is never FUTURE
 * (SPEC §9). Facts that are older than their event say so in `at`, `effective` or `created`.
 *
 * Memory: about 24 bytes an event not yet due; orders are described anew when they are needed.
 *
 * Threads: one.
 */
#ifndef FEN_CLI_SALE_SALE_DAY_H
#define FEN_CLI_SALE_SALE_DAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "model/event.h"

struct fen_sale_options {
    uint64_t seed;
    uint32_t order_count;
    uint64_t customer_count;
    uint32_t guide_count;
    uint32_t store_count;
    int64_t guide_skew_ppm; /* Zipf exponents */
    int64_t customer_skew_ppm;
    int64_t top_guide_ppm; /* of the orders */
    int64_t start_ms;
    int64_t duration_ms;
    int64_t org_every_ms;
    uint32_t touch_count; /* an order */
    int64_t binding_ppm;
    int64_t refund_ppm;
    int64_t cancel_ppm;
    int64_t walk_in_ppm;
    int64_t pickup_ppm;
    int64_t duplicate_ppm;
    int64_t late_touch_ppm;
    int64_t late_guide_ppm;
    struct fen_str tenant;
    const struct fen_str *plans; /* the files' bytes, borrowed */
    uint32_t plan_count;
};

struct fen_sale_day;

/* The day before its first event; plans and tenant are borrowed. Never NULL; to be destroyed. */
struct fen_sale_day *fen_sale_day_create(const struct fen_sale_options *options) FEN_MUST_USE;
/* Free the day; NULL is fine. */
void fen_sale_day_destroy(struct fen_sale_day *day);

/*
 * The next event and the moment it comes (ms, never falling). Everything is borrowed until the
 * next call. Returns: false when the day is over.
 */
bool fen_sale_day_next(struct fen_sale_day *day, struct fen_event *event_out, int64_t *at_ms_out);

/* Orders placed so far, for progress. */
uint32_t fen_sale_day_placed(const struct fen_sale_day *day);

#endif /* FEN_CLI_SALE_SALE_DAY_H */
