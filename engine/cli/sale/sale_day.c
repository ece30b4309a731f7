/* sale_day: orders are taken up as the day goes on; what they cause waits in the schedule. */
#include "cli/sale/sale_day.h"

#include <stdlib.h>

#include "base/arena.h"
#include "cli/sale/sale_event.h"
#include "cli/sale/schedule.h"
#include "model/period.h"

#define SUBJECT_DAY 5
#define SUBJECT_REPEAT 6

/* A due thing's kind: the kind itself, and above it, of a repeat, by how many seconds it comes
 * after the first time. */
#define KIND_BITS 5
#define KIND_MASK ((1u << KIND_BITS) - 1)
#define REPEAT_SECONDS_MAX 600

/* How long before an order the first event it causes may come; and before the day the org's. */
#define ORDER_LEAD_MS (7 * FEN_HOUR_MS)
#define ORG_LEAD_MS (ORDER_LEAD_MS + FEN_HOUR_MS)

struct fen_sale_day {
    struct fen_sale_options options;
    struct fen_sale_world world;
    struct fen_schedule schedule;
    struct fen_sale_order order; /* the one described last */
    struct fen_arena *arena;
    uint32_t taken_up; /* orders whose events are in the schedule */
    uint32_t placed;
};

static void put(struct fen_sale_day *day, int64_t at_ms, enum fen_sale_kind kind, uint32_t subject,
                uint32_t part)
{
    if (at_ms == 0)
        return;
    fen_schedule_push(&day->schedule, (struct fen_due){.at_ms = at_ms,
                                                       .subject = subject,
                                                       .kind = (uint16_t)kind,
                                                       .part = (uint16_t)part});
}

/* Plans, stores, guides, and what changes among them during the day. */
static void put_references(struct fen_sale_day *day)
{
    const struct fen_sale_options *options = &day->options;
    struct fen_random random = fen_random_of(options->seed, SUBJECT_DAY, 0);
    int64_t before_ms = options->start_ms - ORG_LEAD_MS;
    for (uint32_t i = 0; i < options->plan_count; i++)
        put(day, before_ms, FEN_SALE_PLAN, i, 0);
    for (uint32_t i = 0; i < options->store_count; i++)
        put(day, before_ms, FEN_SALE_STORE, i, 0);
    for (uint32_t i = 0; i < options->guide_count; i++) {
        int64_t late_ms = options->start_ms
                          + fen_random_between(&random, FEN_HOUR_MS / 60, options->duration_ms);
        bool is_late = fen_sale_guide_is_late(&day->world, i);
        put(day, is_late ? late_ms : before_ms, FEN_SALE_GUIDE, i, 0);
    }
    uint32_t number = 0;
    for (int64_t at = options->org_every_ms; at < options->duration_ms; at += options->org_every_ms)
        put(day, options->start_ms + at, FEN_SALE_GUIDE_MOVED, number++, 0);
}

static void describe(struct fen_sale_day *day, uint32_t number)
{
    if (day->order.number != number || day->order.created_ms == 0)
        fen_sale_order_describe(&day->world, number, &day->order);
}

static void take_up_order(struct fen_sale_day *day, uint32_t number)
{
    describe(day, number);
    const struct fen_sale_order *order = &day->order;
    for (uint32_t part = 0; part < order->touch_count; part++)
        put(day, fen_sale_touch_of(&day->world, order, part).due_ms, FEN_SALE_TOUCH, number, part);
    if (order->is_bound_anew)
        put(day, order->created_ms - FEN_HOUR_MS, FEN_SALE_BOUND, number, 0);
    put(day, order->placed_ms, FEN_SALE_PLACED, number, 0);
    if (order->is_edited)
        put(day, order->placed_ms + FEN_HOUR_MS / 30, FEN_SALE_EDITED, number, 0);
    put(day, order->paid_ms, FEN_SALE_PAID, number, 0);
    put(day, order->cancelled_ms, FEN_SALE_CANCELLED, number, 0);
    put(day, order->shipped_ms, FEN_SALE_SHIPPED, number, 0);
    put(day, order->received_ms, FEN_SALE_RECEIVED, number, 0);
    put(day, order->picked_up_ms, FEN_SALE_PICKED_UP, number, 0);
    put(day, order->deadline_moved_ms, FEN_SALE_DEADLINE_MOVED, number, 0);
    put(day, order->refunded_ms, FEN_SALE_REFUNDED, number, 0);
    put(day, order->refunded_again_ms, FEN_SALE_REFUNDED, number, 1);
}

/* Take up every order that may cause something before the first thing due. */
static void take_up_orders(struct fen_sale_day *day)
{
    while (day->taken_up < day->options.order_count) {
        describe(day, day->taken_up);
        if (day->order.created_ms - ORDER_LEAD_MS > fen_schedule_first_ms(&day->schedule))
            return;
        take_up_order(day, day->taken_up++);
    }
}

struct fen_sale_day *fen_sale_day_create(const struct fen_sale_options *options)
{
    struct fen_sale_day *day = calloc(1, sizeof *day);
    FEN_ASSERT(day != NULL);
    day->options = *options;
    day->world.options = &day->options;
    day->world.guides = fen_zipf_create(options->guide_count, options->guide_skew_ppm);
    day->world.customers = fen_zipf_create(options->customer_count, options->customer_skew_ppm);
    day->arena = fen_arena_create((size_t)1 << 16);
    put_references(day);
    return day;
}

void fen_sale_day_destroy(struct fen_sale_day *day)
{
    if (day == NULL)
        return;
    fen_zipf_destroy(day->world.guides);
    fen_zipf_destroy(day->world.customers);
    fen_schedule_deinit(&day->schedule);
    fen_arena_destroy(day->arena);
    free(day);
}

/* Some events come a second time, seconds to minutes later, exactly as they were. */
static void put_repeat(struct fen_sale_day *day, const struct fen_due *due)
{
    struct fen_random random = fen_random_of(day->options.seed, SUBJECT_REPEAT, due->turn);
    if (due->kind > KIND_MASK || !fen_random_chance(&random, day->options.duplicate_ppm))
        return;
    uint32_t seconds = (uint32_t)fen_random_between(&random, 1, REPEAT_SECONDS_MAX);
    struct fen_due repeat = *due;
    repeat.at_ms = due->at_ms + seconds * 1000;
    repeat.kind = (uint16_t)(due->kind | seconds << KIND_BITS);
    fen_schedule_push(&day->schedule, repeat);
}

bool fen_sale_day_next(struct fen_sale_day *day, struct fen_event *event_out, int64_t *at_ms_out)
{
    struct fen_due due;
    take_up_orders(day);
    if (!fen_schedule_pop(&day->schedule, &due))
        return false;
    *at_ms_out = due.at_ms;
    put_repeat(day, &due);
    enum fen_sale_kind kind = (enum fen_sale_kind)(due.kind & KIND_MASK);
    bool is_of_order = kind >= FEN_SALE_BOUND;
    if (is_of_order)
        describe(day, due.subject);
    fen_arena_reset(day->arena);
    int64_t first_ms = due.at_ms - (due.kind >> KIND_BITS) * 1000;
    fen_sale_event_make(&day->world, kind, due.subject, due.part, first_ms,
                        is_of_order ? &day->order : NULL, day->arena, event_out);
    if (kind == FEN_SALE_PLACED && due.kind <= KIND_MASK)
        day->placed++;
    return true;
}

uint32_t fen_sale_day_placed(const struct fen_sale_day *day)
{
    return day->placed;
}
