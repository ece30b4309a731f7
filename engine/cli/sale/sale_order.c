/* sale_order: chance turned into one order; the sale day's figures stand here. */
#include "cli/sale/sale_order.h"

#include <string.h>

#include "model/period.h"

#define SUBJECT_ORDER 1
#define SUBJECT_CUSTOMER 7
#define MINUTE_MS INT64_C(60000)

/* A fifth of the orders come in the first 3% of the day, half until 70%, the rest in the evening:
 * (part of the orders, part of the day), both in ppm. */
static const int64_t shape[][2] = {
    {0, 0}, {200000, 30000}, {700000, 700000}, {1000000, 1000000}};

static int64_t created_of(const struct fen_sale_options *options, uint32_t number)
{
    int64_t part = ((int64_t)number * 2 + 1) * 1000000 / ((int64_t)options->order_count * 2);
    uint32_t piece = 1;
    while (part > shape[piece][0])
        piece++;
    int64_t from = shape[piece - 1][0];
    /* From the exact rank within the piece, or neighbours of a large day coincide. */
    fen_int128 rank = (fen_int128)((int64_t)number * 2 + 1) * 1000000
                    - (fen_int128)from * options->order_count * 2;
    fen_int128 width = (fen_int128)(shape[piece][0] - from) * options->order_count * 2;
    fen_int128 span = (fen_int128)(shape[piece][1] - shape[piece - 1][1]) * options->duration_ms;
    fen_int128 before = (fen_int128)shape[piece - 1][1] * options->duration_ms;
    return options->start_ms + (int64_t)((before + span * rank / width) / 1000000);
}

static uint32_t draw_guide(const struct fen_sale_world *world, struct fen_random *random)
{
    if (fen_random_chance(random, world->options->top_guide_ppm))
        return 0;
    return (uint32_t)fen_zipf_draw(world->guides, random);
}

static uint32_t draw_line_count(struct fen_random *random)
{
    uint64_t drawn = fen_random_below(random, 100);
    if (drawn < 45)
        return 1;
    if (drawn < 75)
        return 2;
    if (drawn < 95)
        return (uint32_t)fen_random_between(random, 3, 5);
    return (uint32_t)fen_random_between(random, 6, FEN_SALE_LINE_COUNT_MAX);
}

static void draw_line(struct fen_random *random, struct fen_sale_line *line)
{
    *line = (struct fen_sale_line){.product = (uint32_t)fen_random_below(random, 400)};
    line->quantity = fen_random_chance(random, 200000)
                         ? (uint32_t)fen_random_between(random, 2, 6)
                         : 1;
    int64_t unit_fen = 1900 + (int64_t)fen_random_below(random, 980) * 100 + 99;
    int64_t list_fen = unit_fen * line->quantity;
    if (fen_random_chance(random, 300000))
        line->platform_fen = list_fen * fen_random_between(random, 1, 6) / 100;
    if (fen_random_chance(random, 400000))
        line->brand_fen = list_fen * fen_random_between(random, 5, 25) / 100;
    line->paid_fen = list_fen - line->platform_fen - line->brand_fen;
    if (fen_random_chance(random, 100000))
        line->tax_fen = line->paid_fen * 13 / 113;
}

/* Three customers in ten never open what is shared with them: theirs are the bindings' credits. The
 * others open the more, so that the mean over all orders is as asked for. */
static uint32_t draw_touch_count(const struct fen_sale_options *options, struct fen_random *random,
                                 uint64_t customer)
{
    struct fen_random taste = fen_random_of(options->seed, SUBJECT_CUSTOMER, customer);
    uint32_t tenths = options->touch_count * 100 / 7;
    uint32_t count = tenths / 10 + (fen_random_below(random, 10) < tenths % 10);
    if (customer == 0 || fen_random_below(&taste, 10) < 3)
        return 0;
    return count;
}

static void draw_credits(const struct fen_sale_world *world, struct fen_random *random,
                         struct fen_sale_order *order)
{
    order->has_live = fen_random_chance(random, 100000);
    order->live_host = draw_guide(world, random);
    order->has_coupon = fen_random_chance(random, 80000);
    order->coupon_guide = draw_guide(world, random);
    order->has_sharer = fen_random_chance(random, 100000);
    order->has_seller = order->channel == 0 || fen_random_chance(random, 50000);
    order->seller = draw_guide(world, random);
    order->is_bound_anew =
        order->customer != 0 && fen_random_chance(random, world->options->binding_ppm);
    order->bound_guide = draw_guide(world, random);
}

/* Paid, handed over, received. */
static void draw_fulfilment(const struct fen_sale_world *world, struct fen_random *random,
                            struct fen_sale_order *order)
{
    bool is_presale = fen_random_chance(random, 50000);
    order->paid_ms = order->created_ms
                     + (is_presale ? fen_random_between(random, 2 * FEN_DAY_MS, 5 * FEN_DAY_MS)
                                   : fen_random_between(random, 5000, 10 * MINUTE_MS));
    if (fen_random_chance(random, world->options->pickup_ppm)) {
        order->picked_up_ms =
            order->paid_ms + fen_random_between(random, 20 * MINUTE_MS, 3 * FEN_DAY_MS);
        order->server_count = (uint32_t)fen_random_between(random, 1, FEN_SALE_SERVER_COUNT_MAX);
        for (uint32_t i = 0; i < order->server_count; i++)
            order->servers[i] =
                (uint32_t)fen_random_below(random, world->options->guide_count);
        return;
    }
    order->shipped_ms =
        order->paid_ms + fen_random_between(random, 2 * FEN_HOUR_MS, 36 * FEN_HOUR_MS);
    order->received_ms =
        order->shipped_ms + fen_random_between(random, FEN_DAY_MS, 4 * FEN_DAY_MS);
    if (fen_random_chance(random, 20000))
        order->deadline_moved_ms = order->received_ms + FEN_HOUR_MS;
}

static void draw_refund(const struct fen_sale_world *world, struct fen_random *random,
                        struct fen_sale_order *order)
{
    if (!fen_random_chance(random, world->options->refund_ppm))
        return;
    order->is_refund_whole = fen_random_chance(random, 500000);
    order->refund_line = (uint32_t)fen_random_below(random, order->line_count);
    if (fen_random_chance(random, 50000)) {
        order->refunded_ms = order->created_ms + MINUTE_MS;
        order->placed_ms =
            order->refunded_ms + fen_random_between(random, MINUTE_MS, 60 * MINUTE_MS);
        return;
    }
    order->refunded_ms =
        order->paid_ms + fen_random_between(random, FEN_HOUR_MS, 5 * FEN_DAY_MS);
    if (!order->is_refund_whole && fen_random_chance(random, 250000))
        order->refunded_again_ms = order->refunded_ms + FEN_DAY_MS;
}

void fen_sale_order_describe(const struct fen_sale_world *world, uint32_t number,
                             struct fen_sale_order *order)
{
    const struct fen_sale_options *options = world->options;
    struct fen_random random = fen_random_of(options->seed, SUBJECT_ORDER, number);
    memset(order, 0, sizeof *order);
    order->number = number;
    order->created_ms = created_of(options, number);
    order->placed_ms = order->created_ms;
    order->guide = draw_guide(world, &random);
    bool is_walk_in = fen_random_chance(&random, options->walk_in_ppm);
    uint64_t customer = fen_zipf_draw(world->customers, &random) + 1;
    order->customer = is_walk_in ? 0 : customer;
    order->channel = is_walk_in ? 0 : (uint32_t)fen_random_below(&random, 4);
    order->store = order->guide % options->store_count;
    order->line_count = draw_line_count(&random);
    for (uint32_t i = 0; i < order->line_count; i++)
        draw_line(&random, &order->lines[i]);
    order->touch_count = draw_touch_count(options, &random, order->customer);
    draw_credits(world, &random, order);
    order->is_edited = fen_random_chance(&random, 10000);
    if (fen_random_chance(&random, options->cancel_ppm)) {
        order->cancelled_ms = order->created_ms + 15 * MINUTE_MS;
        return;
    }
    draw_fulfilment(world, &random, order);
    draw_refund(world, &random, order);
}

int64_t fen_sale_order_refund_fen(const struct fen_sale_order *order, uint32_t line)
{
    int64_t paid_fen = order->lines[line].paid_fen;
    return order->is_refund_whole ? paid_fen : paid_fen / 3;
}
