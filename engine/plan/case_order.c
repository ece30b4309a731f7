/* case_order: the orders of a case, their lines, shares, pickups and refunds. See case.h. */
#include "model/event.h"
#include "plan/case.h"

#define QUANTITY_MAX 1000000 /* SPEC §3 */

/* `{platform: 11.00}` */
static void read_parts(struct fen_reader *reader, const struct fen_node *node,
                       struct fen_case_parts *parts)
{
    if (node == NULL || !fen_reader_mapping(reader, node))
        return;
    parts->items =
        fen_arena_allocate(reader->arena, ((size_t)node->child_count + 1) * sizeof *parts->items);
    for (const struct fen_node *value = node->first; value != NULL; value = value->next) {
        struct fen_case_part part = {FEN_STR_NONE, 0};
        bool has_name = fen_reader_text(reader, value->key, &part.name);
        if (fen_reader_money(reader, value, FEN_AMOUNT_MAX, &part.amount_fen) && has_name)
            parts->items[parts->count++] = part;
    }
}

/* A line's keys, of the line or of the order that is one. */
static void read_line(struct fen_reader *reader, const struct fen_fields *fields,
                      struct fen_case_line *line)
{
    static const int needs[] = {FEN_CASE_LINE_PAID};
    *line = (struct fen_case_line){.quantity = 1};
    fen_reader_need(reader, fields, &fen_case_line_keys, needs, 1);
    if (fields->values[FEN_CASE_LINE_PAID] != NULL)
        (void)fen_reader_money(reader, fields->values[FEN_CASE_LINE_PAID], FEN_AMOUNT_MAX,
                               &line->paid_fen);
    if (fields->values[FEN_CASE_LINE_QUANTITY] != NULL)
        (void)fen_reader_whole(reader, fields->values[FEN_CASE_LINE_QUANTITY], 1, QUANTITY_MAX,
                               &line->quantity);
    fen_reader_optional_text(reader, fields->values[FEN_CASE_LINE_SKU], &line->sku);
    fen_reader_optional_text(reader, fields->values[FEN_CASE_LINE_CATEGORY], &line->category);
    fen_reader_optional_id(reader, fields->values[FEN_CASE_LINE_BRAND], &line->brand);
    fen_reader_optional_id(reader, fields->values[FEN_CASE_LINE_SELLER], &line->seller);
    read_parts(reader, fields->values[FEN_CASE_LINE_DISCOUNTS], &line->discounts);
    read_parts(reader, fields->values[FEN_CASE_LINE_PORTIONS], &line->portions);
}

/* The lines: a list of them, or the order itself is one. */
static void read_lines(struct fen_reader *reader, const struct fen_fields *order_fields,
                       struct fen_case_order *order)
{
    const struct fen_node *list = order_fields->values[FEN_CASE_ORDER_LINES];
    uint32_t capacity = 0;
    struct fen_case_line line;
    struct fen_fields fields;
    if (list == NULL) {
        read_line(reader, order_fields, &line);
        FEN_ARENA_PUSH(reader->arena, order->lines, order->line_count, capacity, line);
        return;
    }
    for (uint32_t key = 0; key < FEN_CASE_LINE_SELLER; key++)
        if (order_fields->values[key] != NULL)
            fen_diagnose(reader->diagnostics, order_fields->values[key]->key->place,
                         "belongs to a line here; move it into `lines`",
                         "这里已分行写；请移到“行”里");
    fen_reader_optional_id(reader, order_fields->values[FEN_CASE_LINE_SELLER], &order->seller);
    if (!fen_reader_full_list(reader, list))
        return;
    for (const struct fen_node *item = list->first; item != NULL; item = item->next) {
        if (!fen_reader_fields(reader, item, &fen_case_line_keys, &fields))
            continue;
        read_line(reader, &fields, &line);
        FEN_ARENA_PUSH(reader->arena, order->lines, order->line_count, capacity, line);
    }
}

/* One share: a guide, or `{guide, before, sku}`. */
static bool read_touch(struct fen_reader *reader, const struct fen_node *node,
                       struct fen_case_touch *touch)
{
    static const int needs[] = {FEN_CASE_TOUCH_GUIDE};
    struct fen_fields fields;
    *touch = (struct fen_case_touch){.before_ms = 24 * INT64_C(3600000)};
    if (node->kind == FEN_NODE_SCALAR)
        return fen_reader_id(reader, node, &touch->guide);
    if (!fen_reader_fields(reader, node, &fen_case_touch_keys, &fields))
        return false;
    fen_reader_need(reader, &fields, &fen_case_touch_keys, needs, 1);
    fen_reader_optional_id(reader, fields.values[FEN_CASE_TOUCH_GUIDE], &touch->guide);
    fen_reader_optional_text(reader, fields.values[FEN_CASE_TOUCH_SKU], &touch->sku);
    if (fields.values[FEN_CASE_TOUCH_BEFORE] != NULL)
        (void)fen_reader_duration(reader, fields.values[FEN_CASE_TOUCH_BEFORE], &touch->before_ms);
    return fen_str_is_set(touch->guide);
}

static void read_touches(struct fen_reader *reader, const struct fen_node *node,
                         struct fen_case_order *order)
{
    uint32_t capacity = 0;
    bool is_list = node->kind == FEN_NODE_LIST;
    for (const struct fen_node *item = is_list ? node->first : node; item != NULL;
         item = is_list ? item->next : NULL) {
        struct fen_case_touch touch;
        if (read_touch(reader, item, &touch))
            FEN_ARENA_PUSH(reader->arena, order->touches, order->touch_count, capacity, touch);
    }
}

/* Who served: a guide, a list of them, or `{guide: weight}`. */
static void read_servers(struct fen_reader *reader, const struct fen_node *node,
                         struct fen_case_order *order)
{
    uint32_t capacity = 0;
    bool is_many = node->kind != FEN_NODE_SCALAR;
    if (node->kind == FEN_NODE_BROKEN)
        return;
    for (const struct fen_node *item = is_many ? node->first : node; item != NULL;
         item = is_many ? item->next : NULL) {
        struct fen_case_server server = {.weight = 1};
        bool is_weighed = node->kind == FEN_NODE_MAPPING;
        if (is_weighed && !fen_reader_whole(reader, item, 1, QUANTITY_MAX, &server.weight))
            continue;
        if (fen_reader_id(reader, is_weighed ? item->key : item, &server.guide))
            FEN_ARENA_PUSH(reader->arena, order->servers, order->server_count, capacity, server);
    }
}

/* One refund: an amount of line 1, or `{line, amount, quantity, policy}`. */
static bool read_refund(struct fen_reader *reader, const struct fen_node *node,
                        struct fen_case_refund *refund)
{
    static const int needs[] = {FEN_CASE_REFUND_AMOUNT};
    struct fen_fields fields;
    int policy;
    *refund = (struct fen_case_refund){.line = 1, .quantity = FEN_NONE};
    if (node->kind == FEN_NODE_SCALAR)
        return fen_reader_money(reader, node, FEN_AMOUNT_MAX, &refund->amount_fen);
    if (!fen_reader_fields(reader, node, &fen_case_refund_keys, &fields))
        return false;
    fen_reader_need(reader, &fields, &fen_case_refund_keys, needs, 1);
    const struct fen_node *const *values = fields.values;
    if (values[FEN_CASE_REFUND_LINE] != NULL)
        (void)fen_reader_whole(reader, values[FEN_CASE_REFUND_LINE], 1, QUANTITY_MAX,
                               &refund->line);
    if (values[FEN_CASE_REFUND_QUANTITY] != NULL)
        (void)fen_reader_whole(reader, values[FEN_CASE_REFUND_QUANTITY], 1, QUANTITY_MAX,
                               &refund->quantity);
    if (values[FEN_CASE_REFUND_POLICY] != NULL &&
        fen_reader_word(reader, values[FEN_CASE_REFUND_POLICY], &fen_refund_words, &policy)) {
        refund->policy = (enum fen_refund_policy)policy;
        refund->has_policy = true;
    }
    return values[FEN_CASE_REFUND_AMOUNT] != NULL &&
           fen_reader_money(reader, values[FEN_CASE_REFUND_AMOUNT], FEN_AMOUNT_MAX,
                            &refund->amount_fen);
}

static void read_refunds(struct fen_reader *reader, const struct fen_node *node,
                         struct fen_case_order *order)
{
    uint32_t capacity = 0;
    bool is_list = node->kind == FEN_NODE_LIST;
    for (const struct fen_node *item = is_list ? node->first : node; item != NULL;
         item = is_list ? item->next : NULL) {
        struct fen_case_refund refund;
        if (!read_refund(reader, item, &refund))
            continue;
        if (refund.line > order->line_count)
            fen_diagnose_absence(reader->diagnostics, fen_reader_place(item),
                                 "the order has %u line(s); refund one of them", "订单只有 %u 行；请改行号",
                                 order->line_count);
        else
            FEN_ARENA_PUSH(reader->arena, order->refunds, order->refund_count, capacity, refund);
    }
}

static void read_facts(struct fen_reader *reader, const struct fen_node *node,
                       struct fen_case_order *order)
{
    if (!fen_reader_full_list(reader, node))
        return;
    for (const struct fen_node *item = node->first; item != NULL; item = item->next) {
        int fact;
        if (fen_reader_word(reader, item, &fen_fact_words, &fact))
            order->facts |= UINT32_C(1) << fact;
    }
}

/* The host of a live session: a guide, or `{host, session}`. */
static void read_live(struct fen_reader *reader, const struct fen_node *node,
                      struct fen_case_order *order)
{
    static const int needs[] = {FEN_CASE_LIVE_HOST};
    struct fen_fields fields;
    order->live_session = FEN_STR("live-1");
    if (node->kind == FEN_NODE_SCALAR) {
        fen_reader_optional_id(reader, node, &order->live_host);
        return;
    }
    if (!fen_reader_fields(reader, node, &fen_case_live_keys, &fields))
        return;
    fen_reader_need(reader, &fields, &fen_case_live_keys, needs, 1);
    fen_reader_optional_id(reader, fields.values[FEN_CASE_LIVE_HOST], &order->live_host);
    fen_reader_optional_id(reader, fields.values[FEN_CASE_LIVE_SESSION], &order->live_session);
}

static void read_order(struct fen_reader *reader, const struct fen_node *node,
                       struct fen_case_order *order)
{
    struct fen_fields fields;
    *order = (struct fen_case_order){.created_ms = FEN_NONE};
    if (!fen_reader_fields(reader, node, &fen_case_order_keys, &fields))
        return;
    const struct fen_node *const *values = fields.values;
    read_lines(reader, &fields, order);
    fen_reader_optional_text(reader, values[FEN_CASE_ORDER_CHANNEL], &order->channel);
    fen_reader_optional_id(reader, values[FEN_CASE_ORDER_STORE], &order->store);
    fen_reader_optional_id(reader, values[FEN_CASE_ORDER_FULFIL_STORE], &order->fulfil_store);
    fen_reader_optional_id(reader, values[FEN_CASE_ORDER_COUPON], &order->coupon);
    if (values[FEN_CASE_ORDER_CREATED] != NULL)
        (void)fen_reader_time(reader, values[FEN_CASE_ORDER_CREATED], &order->created_ms);
    if (values[FEN_CASE_ORDER_LIVE] != NULL)
        read_live(reader, values[FEN_CASE_ORDER_LIVE], order);
    if (values[FEN_CASE_ORDER_SHARED] != NULL)
        read_touches(reader, values[FEN_CASE_ORDER_SHARED], order);
    if (values[FEN_CASE_ORDER_SERVED] != NULL)
        read_servers(reader, values[FEN_CASE_ORDER_SERVED], order);
    if (values[FEN_CASE_ORDER_FACTS] != NULL)
        read_facts(reader, values[FEN_CASE_ORDER_FACTS], order);
    if (values[FEN_CASE_ORDER_REFUNDS] != NULL)
        read_refunds(reader, values[FEN_CASE_ORDER_REFUNDS], order);
}

void fen_case_read_orders(struct fen_reader *reader, const struct fen_node *node,
                          struct fen_case *one)
{
    bool is_list = node->kind == FEN_NODE_LIST;
    uint32_t count = is_list ? node->child_count : 1;
    if (node->kind == FEN_NODE_BROKEN || (is_list && !fen_reader_full_list(reader, node)))
        return;
    one->orders = fen_arena_allocate(reader->arena, ((size_t)count + 1) * sizeof *one->orders);
    for (const struct fen_node *item = is_list ? node->first : node; item != NULL;
         item = is_list ? item->next : NULL)
        read_order(reader, item, &one->orders[one->order_count++]);
}
