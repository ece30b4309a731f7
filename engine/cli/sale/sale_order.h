/*
 * sale_order: one order of the sale day, from the seed and its number alone.
 *
 * Threads: any; the world is constant after create.
 */
#ifndef FEN_CLI_SALE_SALE_ORDER_H
#define FEN_CLI_SALE_SALE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/sale/sale_day.h"
#include "cli/sale/zipf.h"

#define FEN_SALE_LINE_COUNT_MAX 20
#define FEN_SALE_SERVER_COUNT_MAX 3

/* What every order is drawn from. */
struct fen_sale_world {
    const struct fen_sale_options *options;
    struct fen_zipf *guides;
    struct fen_zipf *customers;
};

struct fen_sale_line {
    uint32_t product;
    uint32_t quantity;
    int64_t paid_fen;
    int64_t platform_fen; /* discounts, 0 none */
    int64_t brand_fen;
    int64_t tax_fen; /* portion of paid */
};

struct fen_sale_order {
    uint32_t number;
    int64_t created_ms;
    int64_t placed_ms; /* when order.placed comes; after created where a refund overtakes it */
    uint64_t customer; /* from 1; 0: nobody known */
    uint32_t guide;    /* who shared */
    uint32_t store;
    uint32_t channel;
    bool has_live, has_coupon, has_sharer, has_seller, is_edited, is_bound_anew;
    uint32_t coupon_guide, live_host, seller, bound_guide;
    struct fen_sale_line lines[FEN_SALE_LINE_COUNT_MAX];
    uint32_t line_count;
    uint32_t touch_count;

    int64_t paid_ms; /* 0: never, as of all below */
    int64_t cancelled_ms;
    int64_t shipped_ms;
    int64_t received_ms;
    int64_t picked_up_ms;
    int64_t deadline_moved_ms;
    uint32_t servers[FEN_SALE_SERVER_COUNT_MAX];
    uint32_t server_count;
    int64_t refunded_ms;
    int64_t refunded_again_ms;
    bool is_refund_whole;
    uint32_t refund_line; /* index, of a refund in part */
};

/* Describe order `number`, 0..order_count - 1. */
void fen_sale_order_describe(const struct fen_sale_world *world, uint32_t number,
                             struct fen_sale_order *order);

/* What a refund takes of a line: all of it, or a third in part. */
int64_t fen_sale_order_refund_fen(const struct fen_sale_order *order, uint32_t line);

#endif /* FEN_CLI_SALE_SALE_ORDER_H */
