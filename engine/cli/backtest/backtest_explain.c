/* backtest_explain: see the header. */
#include "cli/backtest/backtest_explain.h"

#include <stdlib.h>
#include <string.h>

#include "cli/backtest/backtest_elide.h"
#include "cli/explain/explain.h"
#include "model/period.h"
#include "wire/record_form.h"

/* A side with only what is to be explained. */
struct side {
    const struct fen_backtest_plan *plan;
    struct fen_explain explain;
    struct fen_replay_machine *machine;
};

struct work {
    struct fen_backtest_report *report;
    struct side sides[FEN_BACKTEST_SIDES];
    struct fen_arena *arena;
    /* Ids whose events are wanted, as they stand in events. */
    struct fen_str *customers;
    uint32_t customer_count;
    struct fen_str *orders;
    uint32_t order_count;
    /* Touches of those customers, to be told beside the orders; protobuf. */
    struct fen_str *touches;
    uint32_t touch_count, touch_capacity;
    bool has_tasks;
};

static bool contains(const struct fen_str *ids, uint32_t count, struct fen_str id)
{
    for (uint32_t i = 0; i < count; i++)
        if (fen_str_equal(ids[i], id))
            return true;
    return false;
}

static struct fen_str behind(struct fen_str text, uint32_t size)
{
    return (struct fen_str){text.data + size, text.size - size};
}

static bool begins(struct fen_str text, struct fen_str with)
{
    return text.size > with.size && memcmp(text.data, with.data, with.size) == 0;
}

/* What a row's name asks for; PAYEE@YYYY-MM where it is none of the others. */
static struct fen_explain_subject subject_of(const struct fen_backtest_row *row)
{
    struct fen_explain_subject subject = {.tenant = row->tenant, .subject = row->name};
    if (begins(row->name, FEN_STR("order:"))) {
        subject.kind = FEN_EXPLAIN_ORDER;
        subject.id = behind(row->name, 6);
    } else if (begins(row->name, FEN_STR("customer:"))) {
        subject.kind = FEN_EXPLAIN_CUSTOMER;
        subject.id = behind(row->name, 9);
    } else if (begins(row->name, FEN_STR("task:"))) {
        subject.kind = FEN_EXPLAIN_TASK;
        subject.id = behind(row->name, 5);
    } else {
        const char *at = memrchr(row->name.data, '@', row->name.size);
        subject.kind = FEN_EXPLAIN_PAYEE;
        subject.id = row->name;
        if (at != NULL) {
            struct fen_str month = behind(row->name, (uint32_t)(at + 1 - row->name.data));
            subject.id.size = (uint32_t)(at - row->name.data);
            if (!fen_period_parse(month, &subject.period))
                subject.period = FEN_DATE_NONE;
        }
    }
    return subject;
}

static void explain_init(struct fen_explain *explain, const struct fen_backtest_report *report)
{
    fen_explain_init(explain);
    explain->wire = FEN_WIRE_PROTOBUF;
    explain->subject_count = report->change_count;
    explain->subjects = fen_arena_allocate_zeroed(
        explain->arena, (report->change_count + 1) * sizeof *explain->subjects);
    for (uint32_t i = 0; i < report->change_count; i++)
        explain->subjects[i] = subject_of(&report->changes[i].row);
}

/* The customers of the orders to explain. */
static void find_customer(void *context, const struct fen_order *order)
{
    struct work *work = context;
    if (fen_str_is_set(order->customer) &&
        !contains(work->customers, work->customer_count, order->customer))
        work->customers[work->customer_count++] = fen_arena_copy(work->arena, order->customer);
}

static void find_ids(struct work *work, struct fen_backtest_run *run)
{
    const struct fen_explain *explain = &work->sides[FEN_BACKTEST_AFTER].explain;
    struct fen_replay_machine *machine = fen_backtest_run_machine(run, FEN_BACKTEST_AFTER);
    struct fen_str *ids =
        fen_arena_allocate(work->arena, 2 * FEN_BACKTEST_TOP_COUNT * sizeof *ids);
    work->orders = ids;
    work->customers = ids + FEN_BACKTEST_TOP_COUNT;
    for (uint32_t i = 0; i < explain->subject_count; i++) {
        const struct fen_explain_subject *subject = &explain->subjects[i];
        work->has_tasks = work->has_tasks || subject->kind == FEN_EXPLAIN_TASK;
        if (subject->kind == FEN_EXPLAIN_CUSTOMER)
            work->customers[work->customer_count++] = subject->id;
        if (subject->kind != FEN_EXPLAIN_ORDER)
            continue;
        work->orders[work->order_count++] = subject->id;
        fen_replay_machine_visit_order(machine, subject->tenant, subject->id, find_customer, work);
    }
}

/* Whether a value of the key in the line is one of the ids; a nested one may say yes too often. */
static bool has_value(struct fen_str line, struct fen_str key, const struct fen_str *ids,
                      uint32_t count)
{
    const char *at = line.data, *end = line.data + line.size;
    while ((at = memmem(at, (size_t)(end - at), key.data, key.size)) != NULL) {
        at += key.size;
        const char *value = at;
        while (value < end && (*value == ':' || *value == ' ' || *value == '\t'))
            value++;
        const char *close = value < end && *value == '"'
                                ? memchr(value + 1, '"', (size_t)(end - value - 1))
                                : NULL;
        if (close == NULL)
            continue;
        if (contains(ids, count, (struct fen_str){value + 1, (uint32_t)(close - value - 1)}))
            return true;
    }
    return false;
}

static bool has_text(struct fen_str line, struct fen_str text)
{
    return memmem(line.data, line.size, text.data, text.size) != NULL;
}

/* Lines that surely bear on nothing to be explained need no reading; an escape may hide one. */
static bool wants_line(const void *context, struct fen_str line)
{
    const struct work *work = context;
    if (memchr(line.data, '\\', line.size) != NULL)
        return true;
    if (!has_text(line, FEN_STR("\"order.")) && !has_text(line, FEN_STR("\"touch.")) &&
        !has_text(line, FEN_STR("\"customer.")))
        return true;
    return has_value(line, FEN_STR("\"order\""), work->orders, work->order_count) ||
           has_value(line, FEN_STR("\"customer\""), work->customers, work->customer_count);
}

static bool wants_event(const void *context, const struct fen_event *event)
{
    const struct work *work = context;
    enum fen_topic topic = fen_topic_of(event->type);
    if (topic == FEN_TOPIC_ORDER_EVENTS)
        return contains(work->orders, work->order_count, event->order);
    if (topic == FEN_TOPIC_TOUCH_EVENTS || topic == FEN_TOPIC_CUSTOMER_EVENTS)
        return contains(work->customers, work->customer_count, event->customer);
    if (topic == FEN_TOPIC_TASK_EVENTS)
        return work->has_tasks;
    return topic != FEN_TOPIC_PAYEE_EVENTS;
}

static void take(void *context, const struct fen_backtest_place *place, struct fen_str value)
{
    struct work *work = context;
    if (place->type == FEN_EVENT_TOUCH_SHARED)
        FEN_ARENA_PUSH(work->arena, work->touches, work->touch_count, work->touch_capacity,
                       fen_arena_copy(work->arena, value));
    for (int i = 0; i < FEN_BACKTEST_SIDES; i++)
        if (fen_backtest_takes(work->sides[i].plan, place->type))
            fen_replay_machine_take_encoded(work->sides[i].machine, value, 0);
}

static void keep_entry(void *context, const struct fen_entry *entry)
{
    fen_explain_keep_entry(context, entry);
}

static void keep_record(void *context, const struct fen_message *message)
{
    if (message->topic != FEN_TOPIC_ACCOUNTS)
        fen_explain_keep_record(context, message);
}

/* The account of a payee to explain, as a record says it. */
static void keep_account_record(struct fen_explain *explain, enum fen_wire wire,
                                struct fen_str tenant, struct fen_str payee,
                                struct fen_str record)
{
    for (uint32_t i = 0; i < explain->subject_count; i++) {
        struct fen_explain_subject *subject = &explain->subjects[i];
        if (subject->kind != FEN_EXPLAIN_PAYEE || !fen_str_equal(subject->id, payee) ||
            !fen_str_equal(subject->tenant, tenant))
            continue;
        subject->entries = (struct fen_entries){0}; /* here of few orders: they would mislead */
        struct fen_str own = fen_arena_copy(explain->arena, record);
        subject->is_found = fen_record_form_decode(wire, &fen_account_schema, own,
                                                   explain->arena, &subject->account);
        subject->account.tenant = subject->tenant;
        subject->account.payee = subject->id;
    }
}

/* As the whole run has left it. */
static void keep_account(void *context, uint32_t partition, const struct fen_account *account)
{
    struct fen_buffer bytes = {0};
    (void)partition;
    fen_record_encode(&fen_account_schema, account, &bytes);
    keep_account_record(context, FEN_WIRE_PROTOBUF, account->tenant, account->payee,
                        fen_buffer_str(&bytes));
    fen_buffer_deinit(&bytes);
}

/* As the engine has it: what was posted has no run of its own. */
struct posted {
    struct fen_explain *explain;
    enum fen_wire wire;
};

static void keep_posted_account(void *context, const struct fen_message *message)
{
    const struct posted *posted = context;
    struct fen_str tenant, payee;
    if (fen_str_split(message->key, &tenant, &payee) && fen_str_is_set(message->value))
        keep_account_record(posted->explain, posted->wire, tenant, payee, message->value);
}

static bool asks_for_payee(const struct fen_explain *explain)
{
    for (uint32_t i = 0; i < explain->subject_count; i++)
        if (explain->subjects[i].kind == FEN_EXPLAIN_PAYEE)
            return true;
    return false;
}

static enum fen_exit keep_accounts(struct fen_explain *explain, struct fen_backtest_source *source,
                                   struct fen_replay_machine *whole)
{
    struct posted posted = {explain, source->wire};
    if (!asks_for_payee(explain))
        return FEN_EXIT_OK;
    if (whole == NULL)
        return fen_backtest_source_visit_accounts(source, keep_posted_account, &posted);
    fen_replay_machine_visit_accounts(whole, keep_account, explain);
    return FEN_EXIT_OK;
}

static void tell_period(const struct fen_explain *explain,
                        const struct fen_explain_subject *subject, struct fen_buffer *text,
                        struct fen_buffer *json)
{
    struct fen_period_explanation explanation = {.arena = explain->arena,
                                                 .reference = explain->reference,
                                                 .account = subject->account,
                                                 .period = subject->period};
    fen_explain_period(&explanation);
    fen_explain_append_period_text(subject, &explanation, text);
    fen_explain_append_period_json(subject, &explanation, json);
}

static void tell(struct work *work, enum fen_backtest_side at, struct fen_backtest_run *run)
{
    struct side *side = &work->sides[at];
    struct fen_explain *explain = &side->explain;
    struct fen_replay_machine *whole = fen_backtest_run_machine(run, at);
    struct fen_buffer text = {0}, json = {0};
    for (uint32_t i = 0; i < explain->subject_count; i++) {
        struct fen_explain_subject *subject = &explain->subjects[i];
        struct fen_backtest_change *change = &work->report->changes[i];
        if (!subject->is_found)
            continue;
        fen_buffer_clear(&text);
        fen_buffer_clear(&json);
        explain->reference = fen_replay_machine_reference(
            subject->kind == FEN_EXPLAIN_PAYEE && whole != NULL ? whole : side->machine);
        if (subject->kind == FEN_EXPLAIN_PAYEE) {
            tell_period(explain, subject, &text, &json);
        } else {
            fen_explain_evaluate(explain, subject);
            fen_explain_append_text(subject, &text);
            fen_explain_append_json(subject, &json);
        }
        change->text[at] = fen_arena_copy(work->arena, fen_buffer_str(&text));
        change->json[at] = fen_arena_copy(work->arena, fen_buffer_str(&json));
    }
    fen_buffer_deinit(&text);
    fen_buffer_deinit(&json);
}

static void keep_touches(struct work *work, struct fen_explain *explain)
{
    struct fen_arena *scratch = fen_arena_create(4096);
    for (uint32_t i = 0; i < work->touch_count; i++) {
        struct fen_event event;
        struct fen_refused refused;
        fen_arena_reset(scratch);
        if (fen_event_decode(FEN_WIRE_PROTOBUF, work->touches[i], scratch, &event, &refused) ==
            FEN_REFUSAL_NONE)
            fen_explain_keep_touch(explain, &event);
    }
    fen_arena_destroy(scratch);
}

static enum fen_exit finish_side(struct work *work, enum fen_backtest_side at,
                                 struct fen_backtest_source *source,
                                 struct fen_backtest_run *run)
{
    struct side *side = &work->sides[at];
    fen_replay_machine_flush(side->machine);
    side->explain.reference = fen_replay_machine_reference(side->machine);
    bool is_read = fen_explain_decode(&side->explain);
    FEN_ASSERT(is_read); /* records this very process has made */
    enum fen_exit result =
        keep_accounts(&side->explain, source, fen_backtest_run_machine(run, at));
    keep_touches(work, &side->explain);
    tell(work, at, run);
    return result;
}

enum fen_exit fen_backtest_explain(struct fen_backtest_report *report,
                                   struct fen_backtest_source *source,
                                   struct fen_backtest_run *run,
                                   const struct fen_backtest_plan plans[FEN_BACKTEST_SIDES],
                                   struct fen_arena *arena)
{
    if (report->change_count == 0)
        return FEN_EXIT_OK;
    struct work work = {.report = report, .arena = arena};
    enum fen_exit result = FEN_EXIT_OK;
    for (int i = 0; i < FEN_BACKTEST_SIDES; i++) {
        struct side *side = &work.sides[i];
        side->plan = &plans[i];
        explain_init(&side->explain, report);
        side->machine = fen_backtest_machine_create(
            side->plan, &(struct fen_replay_options){.posted = keep_entry,
                                                     .record = keep_record,
                                                     .context = &side->explain});
        if (side->machine == NULL)
            result = FEN_EXIT_CONFIG;
    }
    if (result == FEN_EXIT_OK) {
        find_ids(&work, run);
        struct fen_backtest_visitor visitor = {source->is_live ? NULL : wants_line, wants_event,
                                               take, &work};
        result = fen_backtest_source_visit(source, &visitor);
    }
    for (int i = 0; i < FEN_BACKTEST_SIDES; i++) {
        if (result == FEN_EXIT_OK)
            result = finish_side(&work, (enum fen_backtest_side)i, source, run);
        fen_replay_machine_destroy(work.sides[i].machine);
        fen_explain_deinit(&work.sides[i].explain);
    }
    for (uint32_t i = 0; i < report->change_count; i++) {
        struct fen_str *text = report->changes[i].text;
        struct fen_str before = fen_backtest_elide(arena, text[0], text[1]);
        text[1] = fen_backtest_elide(arena, text[1], text[0]);
        text[0] = before;
    }
    return result;
}
