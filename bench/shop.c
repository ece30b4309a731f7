/* shop: see the header. */
#include "bench/shop.h"

#define LINE_COUNT 2u

static const char *const levels[] = {"junior", "senior", "expert"};
static const char *const channels[] = {"store", "mini_program", "app", "tmall"};
static const char *const kinds[] = {"owned", "owned", "concession", "franchise"};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Numbers that look random and are the same everywhere (splitmix64). */
static uint64_t mix(uint64_t subject, uint64_t number)
{
    uint64_t value = (number + 1) * UINT64_C(0x9E3779B97F4A7C15) + subject;
    value = (value ^ value >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ value >> 27) * UINT64_C(0x94D049BB133111EB);
    return value ^ value >> 31;
}

struct fen_str bench_shop_guide_id(struct fen_arena *arena, uint32_t guide)
{
    return fen_arena_format(arena, "G%05u", guide + 1);
}

struct fen_str bench_shop_store_id(struct fen_arena *arena, uint32_t store)
{
    return fen_arena_format(arena, "S%04u", store + 1);
}

struct fen_str bench_shop_customer_id(struct fen_arena *arena, uint32_t customer)
{
    return fen_arena_format(arena, "C%07u", customer + 1);
}

static void begin(struct fen_event *event, enum fen_event_type type, int64_t time_ms)
{
    fen_record_clear(&fen_event_schema, event);
    event->tenant = FEN_STR("default");
    event->type = type;
    event->time_ms = time_ms;
}

void bench_shop_store(const struct bench_shop *shop, uint32_t store, struct fen_arena *arena,
                      struct fen_event *event)
{
    begin(event, FEN_EVENT_STORE_SET, shop->open_ms);
    event->id = fen_arena_format(arena, "%s-store-%u", shop->mark, store);
    event->store = bench_shop_store_id(arena, store);
    event->kind = fen_str_from(kinds[store % COUNT(kinds)]);
    event->brand = fen_arena_format(arena, "B%u", store % BENCH_BRAND_COUNT);
    event->region = fen_arena_format(arena, "R%u", store % BENCH_REGION_COUNT);
    event->mall = fen_arena_format(arena, "M%u", store % 9);
    event->franchisee = fen_arena_format(arena, "F%u", store % 7);
    event->manager = bench_shop_guide_id(arena, store % shop->guide_count);
}

void bench_shop_guide(const struct bench_shop *shop, uint32_t guide, struct fen_arena *arena,
                      struct fen_event *event)
{
    begin(event, FEN_EVENT_GUIDE_SET, shop->open_ms);
    event->id = fen_arena_format(arena, "%s-guide-%u", shop->mark, guide);
    event->guide = bench_shop_guide_id(arena, guide);
    event->store = bench_shop_store_id(arena, guide % shop->store_count);
    event->level = fen_str_from(levels[guide % COUNT(levels)]);
    event->status = FEN_GUIDE_ACTIVE;
}

void bench_shop_bound(const struct bench_shop *shop, uint32_t customer, struct fen_arena *arena,
                      struct fen_event *event)
{
    uint32_t guide = (uint32_t)(mix(1, customer) % shop->guide_count);
    begin(event, FEN_EVENT_CUSTOMER_BOUND, shop->open_ms);
    event->id = fen_arena_format(arena, "%s-bound-%u", shop->mark, customer);
    event->customer = bench_shop_customer_id(arena, customer);
    event->guide = bench_shop_guide_id(arena, guide);
    event->store = bench_shop_store_id(arena, guide % shop->store_count);
}

void bench_shop_touch(const struct bench_shop *shop, uint32_t customer, uint32_t number,
                      int64_t at_ms, struct fen_arena *arena, struct fen_event *event)
{
    begin(event, FEN_EVENT_TOUCH_SHARED, at_ms);
    event->id = fen_arena_format(arena, "%s-touch-%u-%u", shop->mark, customer, number);
    event->customer = bench_shop_customer_id(arena, customer);
    event->guide = bench_shop_guide_id(
        arena, (uint32_t)(mix(2, (uint64_t)customer << 20 | number) % shop->guide_count));
}

uint32_t bench_shop_customer_of(const struct bench_shop *shop, uint32_t number)
{
    return (uint32_t)(mix(3, number) % shop->customer_count);
}

static void begin_order(const struct bench_shop *shop, enum fen_event_type type, const char *name,
                        uint32_t number, int64_t at_ms, struct fen_arena *arena,
                        struct fen_event *event)
{
    begin(event, type, at_ms);
    event->id = fen_arena_format(arena, "%s-%s-%08u", shop->mark, name, number);
    event->order = fen_arena_format(arena, "%s-%08u", shop->mark, number);
    event->customer = bench_shop_customer_id(arena, bench_shop_customer_of(shop, number));
}

static void fill_line(const struct bench_shop *shop, uint32_t number, uint32_t index,
                      struct fen_arena *arena, struct fen_event_line *line)
{
    uint64_t drawn = mix(4, (uint64_t)number * LINE_COUNT + index);
    uint32_t sku = (uint32_t)(drawn % shop->sku_count);
    fen_record_clear(&fen_event_line_schema, line);
    line->line = index + 1;
    line->sku = fen_arena_format(arena, "k%u", sku);
    line->brand = fen_arena_format(arena, "B%u", sku % BENCH_BRAND_COUNT);
    line->category = fen_arena_format(arena, "c%u", sku / BENCH_BRAND_COUNT % BENCH_CATEGORY_COUNT);
    line->quantity = 1 + (int64_t)(drawn >> 40) % 3;
    line->paid_fen = 9900 + (int64_t)(drawn >> 20 & 0xffff);
    line->discounts = FEN_ARENA_NEW(arena, struct fen_amount);
    line->discounts[0] = (struct fen_amount){FEN_STR("platform"), 1100};
    line->discount_count = 1;
    line->portions = FEN_ARENA_NEW(arena, struct fen_amount);
    line->portions[0] = (struct fen_amount){FEN_STR("tax"), line->paid_fen / 13};
    line->portion_count = 1;
}

void bench_shop_placed(const struct bench_shop *shop, uint32_t number, int64_t at_ms,
                       struct fen_arena *arena, struct fen_event *event)
{
    uint64_t drawn = mix(5, number);
    begin_order(shop, FEN_EVENT_ORDER_PLACED, "placed", number, at_ms, arena, event);
    event->version = 1;
    event->created_ms = at_ms;
    event->store = bench_shop_store_id(arena, (uint32_t)(drawn % shop->store_count));
    event->channel = fen_str_from(channels[(drawn >> 32) % COUNT(channels)]);
    if ((drawn >> 36) % 10 == 0)
        event->coupon_guide = bench_shop_guide_id(arena, number % shop->guide_count);
    if ((drawn >> 40) % 10 == 0) {
        event->live = FEN_ARENA_NEW(arena, struct fen_live);
        event->live->session = FEN_STR("live1");
        event->live->host = bench_shop_guide_id(arena, number % shop->guide_count);
    }
    if ((drawn >> 44) % 3 == 0)
        event->seller = bench_shop_guide_id(arena, (number + 1) % shop->guide_count);
    event->lines = fen_arena_allocate(arena, LINE_COUNT * sizeof *event->lines);
    event->line_count = LINE_COUNT;
    for (uint32_t index = 0; index < LINE_COUNT; index++)
        fill_line(shop, number, index, arena, &event->lines[index]);
}

void bench_shop_paid(const struct bench_shop *shop, uint32_t number, int64_t at_ms,
                     struct fen_arena *arena, struct fen_event *event)
{
    begin_order(shop, FEN_EVENT_ORDER_PAID, "paid", number, at_ms, arena, event);
}

void bench_shop_picked_up(const struct bench_shop *shop, uint32_t number, int64_t at_ms,
                          struct fen_arena *arena, struct fen_event *event)
{
    uint32_t guide = (uint32_t)(mix(6, number) % shop->guide_count);
    begin_order(shop, FEN_EVENT_ORDER_PICKED_UP, "picked", number, at_ms, arena, event);
    event->store = bench_shop_store_id(arena, guide % shop->store_count);
    event->servers = fen_arena_allocate(arena, 2 * sizeof *event->servers);
    event->servers[0] = (struct fen_server){bench_shop_guide_id(arena, guide), 2};
    event->servers[1] =
        (struct fen_server){bench_shop_guide_id(arena, (guide + 1) % shop->guide_count), 1};
    event->server_count = 2;
}

void bench_shop_refunded(const struct bench_shop *shop, uint32_t number, int64_t at_ms,
                         struct fen_arena *arena, struct fen_event *event)
{
    begin_order(shop, FEN_EVENT_ORDER_REFUNDED, "refunded", number, at_ms, arena, event);
    event->refund = fen_arena_format(arena, "%s-r-%08u", shop->mark, number);
    event->lines = FEN_ARENA_NEW(arena, struct fen_event_line);
    fen_record_clear(&fen_event_line_schema, event->lines);
    event->lines[0].line = 1;
    event->lines[0].amount_fen = 3300;
    event->line_count = 1;
}
