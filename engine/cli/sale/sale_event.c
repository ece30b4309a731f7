/* sale_event: see the header. */
#include "cli/sale/sale_event.h"

#include "model/period.h"

#define SUBJECT_GUIDE 2
#define SUBJECT_MOVE 3
#define SUBJECT_TOUCH 4
#define MINUTE_MS INT64_C(60000)

static const char *const categories[] = {"护肤", "彩妆", "香氛", "服饰", "鞋履", "配饰"};
static const char *const channels[] = {"store", "mini_program", "app", "tmall"};
static const char *const levels[] = {"junior", "senior", "expert"};

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define BRAND_COUNT 6u
#define REGION_COUNT 4u

static struct fen_str guide_id(struct fen_arena *arena, uint32_t guide)
{
    return fen_arena_format(arena, "G%u", 1001 + guide);
}

static struct fen_str store_id(struct fen_arena *arena, uint32_t store)
{
    return fen_arena_format(arena, "S%03u", store + 1);
}

static struct fen_str customer_id(struct fen_arena *arena, uint64_t customer)
{
    return fen_arena_format(arena, "C%06llu", (unsigned long long)customer);
}

static struct fen_str order_id(const struct fen_sale_world *world, struct fen_arena *arena,
                               uint32_t number)
{
    int32_t date = fen_date_of(world->options->start_ms, FEN_OFFSET_DEFAULT_MS);
    char text[FEN_DATE_TEXT_BYTES];
    (void)fen_date_format(date, text);
    if (world->options->seed == 1)
        return fen_arena_format(arena, "O%.4s%.2s%.2s-%06u", text, text + 5, text + 8, number + 1);
    return fen_arena_format(arena, "O%.4s%.2s%.2s.%llu-%06u", text, text + 5, text + 8,
                            (unsigned long long)world->options->seed, number + 1);
}

/* The seed's mark in the ids of events that no order's id carries. */
static struct fen_str event_id(const struct fen_sale_world *world, struct fen_arena *arena,
                               const char *subject, uint32_t number, int64_t at_ms)
{
    return fen_arena_format(arena, "%s-%llu-%u-%lld", subject,
                            (unsigned long long)world->options->seed, number, (long long)at_ms);
}

static void make_plan(const struct fen_sale_world *world, uint32_t number, struct fen_arena *arena,
                      struct fen_event *event)
{
    event->type = FEN_EVENT_PLAN_PUBLISHED;
    event->id = event_id(world, arena, "plan", number, event->time_ms);
    event->yaml = world->options->plans[number];
}

static void make_store(const struct fen_sale_world *world, uint32_t store, struct fen_arena *arena,
                       struct fen_event *event)
{
    uint32_t kind = store % 20;
    event->type = FEN_EVENT_STORE_SET;
    event->id = event_id(world, arena, "store", store, event->time_ms);
    event->store = store_id(arena, store);
    event->kind = kind < 12 ? FEN_STR("owned") : kind < 17 ? FEN_STR("concession")
                                                           : FEN_STR("franchise");
    event->brand = fen_arena_format(arena, "B%02u", store % BRAND_COUNT + 1);
    event->region = fen_arena_format(arena, "R%u", store % REGION_COUNT + 1);
    if (kind >= 12 && kind < 17)
        event->mall = fen_arena_format(arena, "M%02u", store % 9 + 1);
    if (kind >= 17)
        event->franchisee = fen_arena_format(arena, "F%02u", store % 7 + 1);
    /* Guide number g works in store g % stores: the first of each is its manager. */
    if (store < world->options->guide_count)
        event->manager = guide_id(arena, store);
    event->name = fen_arena_format(arena, "门店%03u", store + 1);
}

bool fen_sale_guide_is_late(const struct fen_sale_world *world, uint32_t guide)
{
    struct fen_random random = fen_random_of(world->options->seed, SUBJECT_GUIDE, guide);
    return fen_random_chance(&random, world->options->late_guide_ppm);
}

static void make_guide(const struct fen_sale_world *world, uint32_t guide, struct fen_arena *arena,
                       struct fen_event *event)
{
    struct fen_random random = fen_random_of(world->options->seed, SUBJECT_GUIDE, guide);
    (void)fen_random_next(&random); /* is_late's */
    event->type = FEN_EVENT_GUIDE_SET;
    event->id = event_id(world, arena, "guide", guide, event->time_ms);
    event->guide = guide_id(arena, guide);
    event->store = store_id(arena, guide % world->options->store_count);
    event->level = fen_str_from(levels[fen_random_below(&random, COUNT(levels))]);
    event->kind = fen_random_chance(&random, 50000) ? FEN_STR("koc") : FEN_STR("guide");
    event->status = FEN_GUIDE_ACTIVE;
    if (guide > 0 && fen_random_chance(&random, 10000))
        event->status = FEN_GUIDE_SUSPENDED;
    if (fen_random_chance(&random, 150000)) { /* a customer too, who may buy for herself */
        event->customers = FEN_ARENA_NEW(arena, struct fen_str);
        event->customers[0] =
            customer_id(arena, fen_random_below(&random, world->options->customer_count) + 1);
        event->customer_count = 1;
    }
    event->name = fen_arena_format(arena, "导购%u", 1001 + guide);
}

/* A guide rises or moves; one in ten leaves. The record is replaced whole (SPEC §3). */
static void make_guide_moved(const struct fen_sale_world *world, uint32_t number,
                             struct fen_arena *arena, struct fen_event *event)
{
    struct fen_random random = fen_random_of(world->options->seed, SUBJECT_MOVE, number);
    uint32_t guide =
        1 + (uint32_t)fen_random_below(&random, world->options->guide_count - 1);
    event->type = FEN_EVENT_GUIDE_SET;
    event->id = event_id(world, arena, "move", number, event->time_ms);
    event->guide = guide_id(arena, guide);
    event->store = fen_random_chance(&random, 300000)
                       ? store_id(arena, (uint32_t)fen_random_below(
                                             &random, world->options->store_count))
                       : store_id(arena, guide % world->options->store_count);
    event->level = fen_str_from(levels[fen_random_below(&random, COUNT(levels))]);
    event->kind = FEN_STR("guide");
    event->status = fen_random_chance(&random, 100000) ? FEN_GUIDE_LEFT : FEN_GUIDE_ACTIVE;
    event->name = fen_arena_format(arena, "导购%u", 1001 + guide);
}

struct fen_sale_touch fen_sale_touch_of(const struct fen_sale_world *world,
                                        const struct fen_sale_order *order, uint32_t part)
{
    struct fen_random random =
        fen_random_of(world->options->seed, SUBJECT_TOUCH, (uint64_t)order->number << 16 | part);
    struct fen_sale_touch touch = {.guide = order->guide, .product = UINT32_MAX};
    if (fen_random_chance(&random, 400000))
        touch.guide = (uint32_t)fen_zipf_draw(world->guides, &random);
    if (fen_random_chance(&random, 500000))
        touch.product = order->lines[fen_random_below(&random, order->line_count)].product;
    int64_t before_ms = fen_random_chance(&random, 700000)
                            ? fen_random_between(&random, 1000, 30 * MINUTE_MS)
                            : fen_random_between(&random, 30 * MINUTE_MS, 6 * FEN_HOUR_MS);
    touch.at_ms = order->created_ms - before_ms;
    touch.due_ms = touch.at_ms;
    if (fen_random_chance(&random, world->options->late_touch_ppm)) {
        if (fen_random_chance(&random, 200000)) /* beyond every window: dropped, or of no effect */
            touch.at_ms -= fen_random_between(&random, 30 * FEN_DAY_MS, 60 * FEN_DAY_MS);
        touch.due_ms =
            order->created_ms + fen_random_between(&random, MINUTE_MS, 12 * FEN_HOUR_MS);
    }
    return touch;
}

static void make_touch(const struct fen_sale_world *world, const struct fen_sale_order *order,
                       uint32_t part, struct fen_arena *arena, struct fen_event *event)
{
    struct fen_sale_touch touch = fen_sale_touch_of(world, order, part);
    event->type = FEN_EVENT_TOUCH_SHARED;
    event->id = fen_arena_format(arena, "%.*s.t%u", FEN_STR_ARG(order_id(world, arena,
                                                                         order->number)),
                                 part + 1);
    event->customer = customer_id(arena, order->customer);
    event->guide = guide_id(arena, touch.guide);
    if (touch.product != UINT32_MAX)
        event->sku = fen_arena_format(arena, "P%03u", touch.product + 1);
    if (touch.at_ms != touch.due_ms)
        event->at_ms = touch.at_ms;
}

static void make_bound(const struct fen_sale_world *world, const struct fen_sale_order *order,
                       struct fen_arena *arena, struct fen_event *event)
{
    event->type = FEN_EVENT_CUSTOMER_BOUND;
    event->customer = customer_id(arena, order->customer);
    event->guide = guide_id(arena, order->bound_guide);
    event->store = store_id(arena, order->bound_guide % world->options->store_count);
}

static void make_lines(const struct fen_sale_order *order, struct fen_arena *arena,
                       struct fen_event *event)
{
    event->line_count = order->line_count;
    event->lines =
        fen_arena_allocate(arena, order->line_count * sizeof *event->lines);
    for (uint32_t i = 0; i < order->line_count; i++) {
        const struct fen_sale_line *from = &order->lines[i];
        struct fen_event_line *line = &event->lines[i];
        fen_record_clear(&fen_event_line_schema, line);
        line->line = i + 1;
        line->sku = fen_arena_format(arena, "P%03u", from->product + 1);
        line->brand = fen_arena_format(arena, "B%02u", from->product % BRAND_COUNT + 1);
        line->category = fen_str_from(categories[from->product % COUNT(categories)]);
        line->quantity = from->quantity;
        line->paid_fen = from->paid_fen;
        line->discounts = fen_arena_allocate(arena, 2 * sizeof *line->discounts);
        if (from->platform_fen > 0)
            line->discounts[line->discount_count++] =
                (struct fen_amount){FEN_STR("platform"), from->platform_fen};
        if (from->brand_fen > 0)
            line->discounts[line->discount_count++] =
                (struct fen_amount){FEN_STR("brand"), from->brand_fen};
        if (from->tax_fen > 0) {
            line->portions = FEN_ARENA_NEW(arena, struct fen_amount);
            line->portions[line->portion_count++] =
                (struct fen_amount){FEN_STR("tax"), from->tax_fen};
        }
    }
}

static void make_placed(const struct fen_sale_world *world, const struct fen_sale_order *order,
                        bool is_edited, struct fen_arena *arena, struct fen_event *event)
{
    event->type = FEN_EVENT_ORDER_PLACED;
    event->created_ms = order->created_ms;
    event->channel = fen_str_from(channels[order->channel]);
    event->store = store_id(arena, order->store);
    make_lines(order, arena, event);
    if (is_edited) { /* a piece more of the first line */
        event->version = 2;
        event->lines[0].paid_fen += event->lines[0].paid_fen / event->lines[0].quantity;
        event->lines[0].quantity++;
    }
    if (order->has_coupon)
        event->coupon_guide = guide_id(arena, order->coupon_guide);
    if (order->has_seller)
        event->seller = guide_id(arena, order->seller);
    if (order->has_sharer) {
        event->sharer = FEN_ARENA_NEW(arena, struct fen_sharer);
        *event->sharer = (struct fen_sharer){guide_id(arena, order->guide),
                                             order->created_ms - 10 * MINUTE_MS};
    }
    if (order->has_live) {
        event->live = FEN_ARENA_NEW(arena, struct fen_live);
        *event->live = (struct fen_live){
            fen_arena_format(arena, "live-%u", order->live_host % 20 + 1),
            guide_id(arena, order->live_host)};
    }
    if (order->channel != 0)
        event->fulfil_store =
            store_id(arena, (order->store + 1) % world->options->store_count);
}

static void make_picked_up(const struct fen_sale_world *world, const struct fen_sale_order *order,
                           struct fen_arena *arena, struct fen_event *event)
{
    event->type = FEN_EVENT_ORDER_PICKED_UP;
    event->store = store_id(arena, order->servers[0] % world->options->store_count);
    event->servers = fen_arena_allocate(arena, order->server_count * sizeof *event->servers);
    for (uint32_t i = 0; i < order->server_count; i++) {
        bool is_repeated = false;
        for (uint32_t j = 0; j < i; j++)
            is_repeated = is_repeated || order->servers[j] == order->servers[i];
        if (!is_repeated)
            event->servers[event->server_count++] =
                (struct fen_server){guide_id(arena, order->servers[i]), i + 1};
    }
}

static void make_refunded(const struct fen_sale_order *order, uint32_t part,
                          struct fen_arena *arena, struct fen_event *event)
{
    uint32_t first = order->is_refund_whole ? 0 : order->refund_line;
    uint32_t count = order->is_refund_whole ? order->line_count : 1;
    event->type = FEN_EVENT_ORDER_REFUNDED;
    event->refund = fen_arena_format(arena, "RF%u-%u", order->number + 1, part + 1);
    event->lines = fen_arena_allocate(arena, count * sizeof *event->lines);
    event->line_count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct fen_event_line *line = &event->lines[i];
        fen_record_clear(&fen_event_line_schema, line);
        line->line = first + i + 1;
        line->amount_fen = fen_sale_order_refund_fen(order, first + i);
    }
}

/* Events of an order under its own id, key and customer. */
static void make_of_order(const struct fen_sale_world *world, enum fen_sale_kind kind,
                          uint32_t part, const struct fen_sale_order *order,
                          struct fen_arena *arena, struct fen_event *event)
{
    static const struct {
        const char *mark;
        enum fen_event_type type;
    } facts[] = {
        [FEN_SALE_BOUND] = {"bound", FEN_EVENT_NONE},
        [FEN_SALE_PLACED] = {"placed", FEN_EVENT_NONE},
        [FEN_SALE_EDITED] = {"edited", FEN_EVENT_NONE},
        [FEN_SALE_PAID] = {"paid", FEN_EVENT_ORDER_PAID},
        [FEN_SALE_CANCELLED] = {"cancelled", FEN_EVENT_ORDER_CANCELLED},
        [FEN_SALE_SHIPPED] = {"shipped", FEN_EVENT_ORDER_SHIPPED},
        [FEN_SALE_RECEIVED] = {"received", FEN_EVENT_ORDER_RECEIVED},
        [FEN_SALE_PICKED_UP] = {"picked", FEN_EVENT_NONE},
        [FEN_SALE_DEADLINE_MOVED] = {"deadline", FEN_EVENT_ORDER_DEADLINE_MOVED},
        [FEN_SALE_REFUNDED] = {"refunded", FEN_EVENT_NONE},
    };
    struct fen_str order_text = order_id(world, arena, order->number);
    event->id = part == 0 ? fen_arena_format(arena, "%.*s.%s", FEN_STR_ARG(order_text),
                                             facts[kind].mark)
                          : fen_arena_format(arena, "%.*s.%s%u", FEN_STR_ARG(order_text),
                                             facts[kind].mark, part + 1);
    if (kind == FEN_SALE_BOUND) {
        make_bound(world, order, arena, event);
        return;
    }
    event->type = facts[kind].type;
    event->order = order_text;
    if (order->customer != 0)
        event->customer = customer_id(arena, order->customer);
    if (kind == FEN_SALE_PLACED || kind == FEN_SALE_EDITED)
        make_placed(world, order, kind == FEN_SALE_EDITED, arena, event);
    else if (kind == FEN_SALE_PICKED_UP)
        make_picked_up(world, order, arena, event);
    else if (kind == FEN_SALE_REFUNDED)
        make_refunded(order, part, arena, event);
    else if (kind == FEN_SALE_DEADLINE_MOVED)
        event->until_ms = event->time_ms + 15 * FEN_DAY_MS;
}

void fen_sale_event_make(const struct fen_sale_world *world, enum fen_sale_kind kind,
                         uint32_t due_subject, uint32_t part, int64_t due_ms,
                         const struct fen_sale_order *order, struct fen_arena *arena,
                         struct fen_event *event_out)
{
    fen_record_clear(&fen_event_schema, event_out);
    event_out->tenant = world->options->tenant;
    event_out->time_ms = due_ms;
    switch (kind) {
    case FEN_SALE_PLAN:
        make_plan(world, due_subject, arena, event_out);
        return;
    case FEN_SALE_STORE:
        make_store(world, due_subject, arena, event_out);
        return;
    case FEN_SALE_GUIDE:
        make_guide(world, due_subject, arena, event_out);
        return;
    case FEN_SALE_GUIDE_MOVED:
        make_guide_moved(world, due_subject, arena, event_out);
        return;
    case FEN_SALE_TOUCH:
        make_touch(world, order, part, arena, event_out);
        return;
    case FEN_SALE_BOUND:
    case FEN_SALE_PLACED:
    case FEN_SALE_EDITED:
    case FEN_SALE_PAID:
    case FEN_SALE_CANCELLED:
    case FEN_SALE_SHIPPED:
    case FEN_SALE_RECEIVED:
    case FEN_SALE_PICKED_UP:
    case FEN_SALE_DEADLINE_MOVED:
    case FEN_SALE_REFUNDED:
        make_of_order(world, kind, part, order, arena, event_out);
        return;
    }
}
