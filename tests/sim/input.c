/* input: see input.h. The plan is in input_plan.c. */
#include "sim/input.h"

#include <string.h>

#include "sim/input_plan.h"
#include "wire/topic.h"

#define DAY INT64_C(86400000)
#define DAY_0 INT64_C(1795449600000) /* 2026-11-24 00:00 at +08:00: a month ends within */
#define CUSTOMERS 7u
#define GUIDES 6u
#define STORES 3u
#define TASKS 2u

struct maker {
    struct sim_inputs *inputs;
    const struct sim_input_options *options;
    struct sim_random *random;
    struct fen_arena *arena;
    struct fen_buffer text;
    struct fen_buffer key;
    uint32_t event_count;
    uint32_t order_count;
    int64_t day_ms; /* of a world's eight */
};

static uint32_t below(struct maker *maker, uint32_t bound)
{
    return sim_random_below(maker->random, bound);
}

static bool is(struct maker *maker, uint32_t percent)
{
    return below(maker, 100) < percent;
}

static struct sim_input *add(struct maker *maker)
{
    struct sim_inputs *inputs = maker->inputs;
    if (inputs->count == inputs->capacity) {
        inputs->capacity = inputs->capacity == 0 ? 128 : inputs->capacity * 2;
        inputs->items = fen_arena_grow(maker->arena, inputs->items, inputs->count,
                                       inputs->capacity, sizeof *inputs->items);
    }
    struct sim_input *input = &inputs->items[inputs->count++];
    memset(input, 0, sizeof *input);
    return input;
}

/* --- one event's JSON ----------------------------------------------------------------------- */

static void field_text(struct maker *maker, const char *name, const char *value)
{
    fen_buffer_append_format(&maker->text, ",\"%s\":\"%s\"", name, value);
}

static void field_number(struct maker *maker, const char *name, int64_t value)
{
    fen_buffer_append_format(&maker->text, ",\"%s\":%lld", name, (long long)value);
}

/* "c3", "g0": a name of a kind. */
static void field_name(struct maker *maker, const char *name, char kind, uint32_t number)
{
    fen_buffer_append_format(&maker->text, ",\"%s\":\"%c%u\"", name, kind, number);
}

/* On a grid, so that windows are met exactly and missed by 1 ms. */
static int64_t some_time(struct maker *maker)
{
    const int64_t in_day[] = {0, 1, maker->day_ms / 2, maker->day_ms - 1};
    return DAY_0 + (int64_t)below(maker, 8) * maker->day_ms + in_day[below(maker, 4)];
}

static void begin_of(struct maker *maker, uint32_t tenant, const char *type, int64_t time_ms)
{
    fen_buffer_clear(&maker->text);
    fen_buffer_append_format(&maker->text,
                             "{\"id\":\"%c%u\",\"type\":\"%s\",\"time\":%lld,\"tenant\":\"t%u\"",
                             "mzab"[below(maker, 4)], ++maker->event_count, type,
                             (long long)time_ms, tenant);
}

static void begin(struct maker *maker, const char *type, int64_t time_ms)
{
    begin_of(maker, below(maker, 8) == 0, type, time_ms);
}

/* An event as it goes over the wire, under its key, to its partition. */
static void end(struct maker *maker)
{
    struct fen_event event;
    struct fen_refused refused;
    struct fen_buffer bytes = {0};
    struct sim_input *input = add(maker);
    fen_buffer_append_byte(&maker->text, '}');
    input->json = fen_arena_copy(maker->arena, fen_buffer_str(&maker->text));
    enum fen_refusal refusal =
        fen_event_decode(FEN_WIRE_JSON, input->json, maker->arena, &event, &refused);
    FEN_ASSERT(refusal == FEN_REFUSAL_NONE && "the generator makes valid events");
    fen_buffer_clear(&maker->key);
    fen_topic_event_key(&event, &maker->key);
    fen_event_encode(maker->options->wire, &event, &bytes);
    struct fen_message *message = &input->message;
    message->topic = fen_topic_of(event.type);
    message->key = fen_arena_copy(maker->arena, fen_buffer_str(&maker->key));
    message->value = fen_arena_copy(maker->arena, fen_buffer_str(&bytes));
    bool is_single = fen_topic_info(message->topic)->is_single_partition;
    message->partition =
        fen_topic_partition(message->key, is_single ? 1 : maker->options->partition_count);
    fen_buffer_deinit(&bytes);
}

/* --- kinds of events ------------------------------------------------------------------------ */

static void make_store(struct maker *maker)
{
    static const char *const kinds[] = {"owned", "concession", "franchise"};
    begin(maker, "store.set", DAY_0 - 20 * DAY);
    field_name(maker, "store", 's', below(maker, STORES));
    field_text(maker, "kind", kinds[below(maker, 3)]);
    if (is(maker, 70))
        field_name(maker, "brand", 'L', below(maker, 2));
    if (is(maker, 60))
        field_text(maker, "region", "east");
    if (is(maker, 60))
        field_text(maker, "mall", "m1");
    if (is(maker, 50))
        field_name(maker, "franchisee", 'F', below(maker, 2));
    if (is(maker, 60))
        field_name(maker, "manager", 'g', below(maker, GUIDES));
    field_number(maker, "effective", is(maker, 60) ? DAY_0 - 30 * DAY : some_time(maker));
    end(maker);
}

static void make_guide(struct maker *maker)
{
    begin(maker, "guide.set", DAY_0 - 20 * DAY);
    field_name(maker, "guide", 'g', below(maker, GUIDES));
    if (is(maker, 85))
        field_name(maker, "store", 's', below(maker, STORES));
    if (is(maker, 10))
        fen_buffer_append_format(&maker->text, ",\"customers\":[\"c%u\"]",
                                 below(maker, CUSTOMERS));
    field_text(maker, "status", is(maker, 90) ? "active" : is(maker, 50) ? "left" : "suspended");
    field_number(maker, "effective", is(maker, 70) ? DAY_0 - 30 * DAY : some_time(maker));
    end(maker);
}

static void make_transfer(struct maker *maker)
{
    begin(maker, "book.transferred", DAY_0);
    field_name(maker, "from", 'g', below(maker, GUIDES));
    field_name(maker, "to", 'g', below(maker, GUIDES));
    field_number(maker, "effective", some_time(maker));
    end(maker);
}

static void make_touch(struct maker *maker)
{
    begin(maker, "touch.shared", some_time(maker));
    field_name(maker, "customer", 'c', below(maker, CUSTOMERS));
    field_name(maker, "guide", 'g', below(maker, GUIDES));
    if (is(maker, 50))
        field_name(maker, "sku", 'k', below(maker, 2));
    end(maker);
}

static void make_customer(struct maker *maker)
{
    uint32_t kind = below(maker, 10);
    begin(maker, kind < 6   ? "customer.bound"
                 : kind < 9 ? "customer.registered"
                            : "customer.registration_voided",
          some_time(maker));
    field_name(maker, "customer", 'c', below(maker, CUSTOMERS));
    if (kind < 6)
        field_name(maker, "guide", 'g', below(maker, GUIDES));
    else if (kind < 9)
        field_name(maker, "recruiter", 'g', below(maker, GUIDES));
    if (kind < 9 && is(maker, 50))
        field_name(maker, "store", 's', below(maker, STORES));
    end(maker);
}

static void make_task(struct maker *maker)
{
    bool is_closing = is(maker, 15);
    begin(maker, is_closing ? "task.closed" : "task.scored", some_time(maker));
    field_name(maker, "task", 'w', below(maker, TASKS));
    if (!is_closing) {
        field_name(maker, "guide", 'g', below(maker, GUIDES));
        field_number(maker, "score", below(maker, 6));
    }
    end(maker);
}

/* A month's end: of the one the world lies in, of the one before, or of the one after. */
static void make_closing(struct maker *maker)
{
    static const char *const periods[] = {"2026-11", "2026-10", "2026-11", "2026-12"};
    begin(maker, "period.closed", some_time(maker));
    field_text(maker, "period", periods[below(maker, 4)]);
    end(maker);
}

/* Of any payee; an adjustment perhaps of an order, or in a period of its own. */
static void make_manual(struct maker *maker)
{
    static const char *const kinds[] = {"guide:g", "guide:g", "guide:g", "store:s", "mall:m"};
    uint32_t kind = below(maker, 3);
    begin(maker, kind == 0 ? "adjustment.posted" : kind == 1 ? "payout.sent" : "payout.failed",
          some_time(maker));
    field_name(maker, kind == 0 ? "adjustment" : "payout", 'x', below(maker, 5));
    fen_buffer_append_format(&maker->text, ",\"payee\":\"%s%u\"", kinds[below(maker, 5)],
                             below(maker, 3));
    field_number(maker, "amount", (int64_t)below(maker, 3000) - (kind == 0 ? 1500 : 0));
    if (kind == 0) {
        field_text(maker, "reason", "r");
        field_text(maker, "approver", "a");
        if (is(maker, 30))
            field_name(maker, "order", 'o', below(maker, 9));
        if (is(maker, 40))
            field_text(maker, "period", is(maker, 50) ? "2026-11" : "2026-12");
    }
    end(maker);
}

static void append_lines(struct maker *maker, uint32_t order)
{
    static const int64_t amounts[] = {39900, 9999, 30000, 1, 45000, 100, 1000000, 0};
    uint32_t line_count = 1 + order % 3;
    fen_buffer_append_format(&maker->text, ",\"lines\":[");
    for (uint32_t line = 1; line <= line_count; line++) {
        int64_t paid = amounts[below(maker, 8)];
        fen_buffer_append_format(
            &maker->text,
            "%s{\"line\":%u,\"sku\":\"k%u\",\"brand\":\"L%u\",\"quantity\":%u,\"paid\":%lld,"
            "\"discounts\":{\"platform\":%u},\"portions\":{\"tax\":%lld}}",
            line == 1 ? "" : ",", line, below(maker, 2), below(maker, 2), 1 + below(maker, 3),
            (long long)paid, below(maker, 2) * 1100, (long long)(paid * below(maker, 2) / 10));
    }
    fen_buffer_append_byte(&maker->text, ']');
}

/* An order's tenant and customer never change: they follow from its number. */
static void begin_of_order(struct maker *maker, const char *type, uint32_t order)
{
    begin_of(maker, order % 9 == 0, type, some_time(maker));
    field_name(maker, "order", 'o', order);
    field_name(maker, "customer", 'c', order % CUSTOMERS);
}

static void make_placed(struct maker *maker, uint32_t order, uint32_t version)
{
    begin_of_order(maker, "order.placed", order);
    field_number(maker, "version", version);
    field_number(maker, "created",
                 DAY_0 + (int64_t)(order % 8) * maker->day_ms + maker->day_ms / 2);
    if (is(maker, 70))
        field_name(maker, "store", 's', below(maker, STORES));
    if (is(maker, 40))
        field_name(maker, "seller", 'g', below(maker, GUIDES));
    if (is(maker, 20))
        field_name(maker, "coupon_guide", 'g', below(maker, GUIDES));
    if (is(maker, 20))
        fen_buffer_append_format(&maker->text, ",\"live\":{\"session\":\"h%u\",\"host\":\"g%u\"}",
                                 below(maker, 2), below(maker, GUIDES));
    if (is(maker, 15))
        fen_buffer_append_format(&maker->text, ",\"sharer\":{\"guide\":\"g%u\",\"time\":%lld}",
                                 below(maker, GUIDES), (long long)some_time(maker));
    if (is(maker, 20))
        field_name(maker, "fulfil_store", 's', below(maker, STORES));
    append_lines(maker, order);
    end(maker);
}

static void make_refund(struct maker *maker, uint32_t order)
{
    begin_of_order(maker, "order.refunded", order);
    uint32_t line = 1 + below(maker, 1 + order % 3);
    field_name(maker, "refund", 'f', below(maker, 3));
    if (is(maker, 30))
        field_text(maker, "policy", is(maker, 60) ? "goodwill" : "withhold");
    fen_buffer_append_format(&maker->text, ",\"lines\":[{\"line\":%u,\"amount\":%u", line,
                             below(maker, 20000));
    if (is(maker, 40))
        field_number(maker, "quantity", 1 + below(maker, 2));
    fen_buffer_append_format(&maker->text, "}]");
    end(maker);
}

static void make_fact(struct maker *maker, const char *type, uint32_t order)
{
    begin_of_order(maker, type, order);
    if (strcmp(type, "order.picked_up") == 0)
        fen_buffer_append_format(&maker->text,
                                 ",\"store\":\"s%u\",\"servers\":[{\"guide\":\"g%u\"},"
                                 "{\"guide\":\"g%u\",\"weight\":2}]",
                                 below(maker, STORES), below(maker, 3), 3 + below(maker, 3));
    if (strcmp(type, "order.deadline_moved") == 0)
        field_number(maker, "until", some_time(maker) + 20 * DAY);
    end(maker);
}

static void make_order(struct maker *maker)
{
    uint32_t order = maker->order_count++;
    make_placed(maker, order, 1);
    if (is(maker, 95))
        make_fact(maker, "order.paid", order);
    if (is(maker, 50))
        make_fact(maker, "order.picked_up", order);
    if (is(maker, 30))
        make_fact(maker, "order.shipped", order);
    if (is(maker, 40))
        make_fact(maker, "order.received", order);
    if (is(maker, 15))
        make_fact(maker, "order.deadline_moved", order);
    if (is(maker, 5))
        make_fact(maker, "order.cancelled", order);
    if (is(maker, 15))
        make_placed(maker, order, 2);
    for (uint32_t i = below(maker, 4); i > 1; i--)
        make_refund(maker, order);
}

/* --- nonsense, repetition, disorder --------------------------------------------------------- */

/* Of any input: bytes that are no event, or an event on a partition that is not its own. */
static void make_nonsense(struct maker *maker)
{
    static const char *const texts[] = {"", "{", "{\"id\":1}", "\x08\x96\x01garbage", "[[[[[[",
                                        "{\"id\":\"n\",\"type\":\"no.such\",\"time\":1}"};
    static const enum fen_topic topics[] = {
        FEN_TOPIC_ORDER_EVENTS, FEN_TOPIC_TOUCH_EVENTS, FEN_TOPIC_CUSTOMER_EVENTS,
        FEN_TOPIC_TASK_EVENTS,  FEN_TOPIC_PAYEE_EVENTS, FEN_TOPIC_ORG_EVENTS,
        FEN_TOPIC_PLANS};
    struct sim_input *input = add(maker);
    struct fen_message *message = &input->message;
    message->topic = topics[below(maker, 7)];
    message->partition = fen_topic_info(message->topic)->is_single_partition
                             ? 0
                             : below(maker, maker->options->partition_count);
    message->key = fen_arena_format(maker->arena, "t0/c%u", below(maker, CUSTOMERS));
    message->value = fen_str_from(texts[below(maker, 6)]);
    const struct sim_input *other = &maker->inputs->items[below(maker, maker->inputs->count - 1)];
    bool is_misrouted =
        is(maker, 40) && !fen_topic_info(other->message.topic)->is_single_partition;
    if (!is_misrouted)
        return;
    /* An id of its own: on its own partition the same event is a duplicate, here a stranger. */
    message->topic = other->message.topic;
    message->key = other->message.key;
    message->value = other->message.value;
    message->partition = (other->message.partition + 1) % maker->options->partition_count;
    if (maker->options->partition_count == 1)
        message->key = FEN_STR("t9/nobody");
}

static void repeat_some(struct maker *maker, uint32_t percent)
{
    uint32_t count = maker->inputs->count;
    for (uint32_t i = 0; i < count; i++) {
        if (!is(maker, percent))
            continue;
        struct sim_input *copy = add(maker);
        *copy = maker->inputs->items[i];
    }
}

/* Move each item by up to `reach` places, those that come first apart. */
static void shuffle(struct maker *maker, uint32_t reach)
{
    struct sim_inputs *inputs = maker->inputs;
    uint32_t first = inputs->first_count;
    for (uint32_t i = first + 1; reach > 0 && i < inputs->count; i++) {
        uint32_t back = below(maker, reach < i - first ? reach : i - first);
        struct sim_input moved = inputs->items[i];
        inputs->items[i] = inputs->items[i - back];
        inputs->items[i - back] = moved;
    }
}

static void publish(struct maker *maker, uint32_t shape, uint32_t version)
{
    for (uint32_t tenant = 0; tenant < 2; tenant++) {
        begin_of(maker, tenant, "plan.published", DAY_0 - 40 * DAY);
        fen_buffer_append_format(&maker->text, ",\"yaml\":\"");
        sim_plan_append(shape, version, &maker->text);
        fen_buffer_append_format(&maker->text, "\",\"retroactive\":%s",
                                 version == 1 ? "false" : "true");
        end(maker);
    }
}

static void make_one(struct maker *maker)
{
    uint32_t kind = below(maker, 100);
    if (kind < 30)
        make_order(maker);
    else if (kind < 55)
        make_touch(maker);
    else if (kind < 68)
        make_customer(maker);
    else if (kind < 76)
        make_task(maker);
    else if (kind < 82)
        make_manual(maker);
    else if (kind < 83 && maker->inputs->has_closings)
        make_closing(maker);
    else if (kind < 90)
        make_guide(maker);
    else if (kind < 95)
        make_store(maker);
    else if (kind < 97)
        make_transfer(maker);
    else if (maker->options->has_nonsense && maker->inputs->count > 0)
        make_nonsense(maker);
}

void sim_inputs_make(struct sim_inputs *inputs, const struct sim_input_options *options,
                     struct sim_random *random, struct fen_arena *arena)
{
    static const uint32_t reaches[] = {0, 3, 20, 1000};
    struct maker maker = {inputs, options, random, arena, {0}, {0}, 0, 0, DAY};
    uint32_t shape = (uint32_t)sim_random_next(random);
    inputs->has_closings = is(&maker, 20);
    if (inputs->has_closings)
        shape &= ~SIM_SHAPE_PERIOD_RULES;
    publish(&maker, shape, 1);
    if (is(&maker, 25))
        maker.day_ms = DAY / 10;
    else
        inputs->first_count = inputs->count;
    for (uint32_t i = 0; i < 6; i++) {
        make_guide(&maker);
        make_store(&maker);
    }
    while (inputs->count < options->event_count)
        make_one(&maker);
    if (inputs->has_closings)
        make_closing(&maker);
    if (is(&maker, 40))
        publish(&maker, shape, 2);
    repeat_some(&maker, below(&maker, 3) * 12);
    shuffle(&maker, reaches[below(&maker, 4)]);
    fen_buffer_deinit(&maker.text);
    fen_buffer_deinit(&maker.key);
}
