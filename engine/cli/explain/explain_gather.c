/* explain_gather: records, entries and touches of the subjects asked about. See explain.h. */
#include <stdlib.h>

#include "cli/explain/explain.h"
#include "wire/record_form.h"
#include "wire/topic.h"

/* Whether `text` is the id, or begins with it and a slash. */
static bool is_of(struct fen_str text, struct fen_str id)
{
    return text.size >= id.size && memcmp(text.data, id.data, id.size) == 0 &&
           (text.size == id.size || text.data[id.size] == '/');
}

static bool is_asked(const struct fen_explain *explain, enum fen_explain_kind kind,
                     struct fen_str tenant, struct fen_str id)
{
    for (uint32_t i = 0; i < explain->subject_count; i++) {
        const struct fen_explain_subject *subject = &explain->subjects[i];
        if (subject->kind == kind && fen_str_equal(subject->tenant, tenant) &&
            is_of(id, subject->id))
            return true;
    }
    return false;
}

void fen_explain_keep_record(struct fen_explain *explain, const struct fen_message *message)
{
    struct fen_str tenant, id;
    struct fen_state_table *table = NULL;
    if (!fen_str_split(message->key, &tenant, &id) || tenant.size == 0) /* a lane's own record */
        return;
    if (message->topic == FEN_TOPIC_CUSTOMER_STATE)
        table = explain->customers;
    else if (message->topic == FEN_TOPIC_ORDER_STATE &&
             is_asked(explain, FEN_EXPLAIN_ORDER, tenant, id))
        table = explain->orders;
    else if (message->topic == FEN_TOPIC_TASK_STATE &&
             is_asked(explain, FEN_EXPLAIN_TASK, tenant, id))
        table = explain->tasks;
    else if (message->topic == FEN_TOPIC_ACCOUNTS &&
             is_asked(explain, FEN_EXPLAIN_PAYEE, tenant, id))
        table = explain->accounts;
    if (table != NULL)
        fen_state_table_set(table, fen_state_table_insert(table, tenant, id), message->value);
}

static struct fen_entry entry_copy(struct fen_arena *arena, const struct fen_entry *entry)
{
    struct fen_entry copy = *entry;
    struct fen_str *texts[] = {&copy.tenant,   &copy.key.payee, &copy.key.funder, &copy.key.rule,
                               &copy.key.plan, &copy.subject,   &copy.capped_by,  &copy.touch,
                               &copy.event};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = fen_arena_copy(arena, *texts[i]);
    return copy;
}

void fen_explain_keep_entry(struct fen_explain *explain, const struct fen_entry *entry)
{
    for (uint32_t i = 0; i < explain->subject_count; i++) {
        struct fen_explain_subject *subject = &explain->subjects[i];
        bool is_its_own = subject->kind == FEN_EXPLAIN_PAYEE
                              ? fen_str_equal(subject->id, entry->key.payee)
                              : fen_str_equal(subject->subject, entry->subject);
        if (!is_its_own || !fen_str_equal(subject->tenant, entry->tenant))
            continue;
        FEN_ARENA_PUSH(explain->arena, subject->entries.items, subject->entries.count,
                       subject->entries.capacity, entry_copy(explain->arena, entry));
    }
}

void fen_explain_keep_touch(struct fen_explain *explain, const struct fen_event *event)
{
    struct fen_arena *arena = explain->arena;
    if (event->type != FEN_EVENT_TOUCH_SHARED)
        return;
    for (uint32_t i = 0; i < explain->subject_count; i++) {
        struct fen_explain_subject *subject = &explain->subjects[i];
        struct fen_explanation *explanation = &subject->explanation;
        if (subject->kind != FEN_EXPLAIN_ORDER ||
            !fen_str_equal(subject->tenant, event->tenant) ||
            !fen_str_equal(explanation->order.customer, event->customer))
            continue;
        struct fen_touch_fact touch = {.guide = fen_arena_copy(arena, event->guide),
                                       .sku = fen_arena_copy(arena, event->sku),
                                       .at_ms = event->at_ms,
                                       .event = fen_arena_copy(arena, event->id)};
        FEN_ARENA_PUSH(arena, explanation->touches, explanation->touch_count,
                       subject->touch_capacity, touch);
    }
}

/* The kept record of a key, its texts in the arena; absent: none. */
static struct fen_str record_of(const struct fen_explain *explain,
                                const struct fen_state_table *table, struct fen_str tenant,
                                struct fen_str id)
{
    uint32_t slot = fen_state_table_find(table, tenant, id);
    return slot == 0 ? FEN_STR_NONE
                     : fen_arena_copy(explain->arena, fen_state_table_value(table, slot));
}

static bool decode(const struct fen_explain *explain, const struct fen_schema *schema,
                   struct fen_str record, void *message_out)
{
    return fen_record_form_decode(explain->wire, schema, record, explain->arena, message_out);
}

static bool decode_customer(const struct fen_explain *explain,
                            const struct fen_explain_subject *subject, struct fen_str customer,
                            struct fen_customer *customer_out)
{
    *customer_out = (struct fen_customer){0};
    struct fen_str record = record_of(explain, explain->customers, subject->tenant, customer);
    if (!fen_str_is_set(record))
        return true;
    if (!decode(explain, &fen_customer_schema, record, customer_out))
        return false;
    customer_out->tenant = subject->tenant;
    customer_out->customer = customer;
    return true;
}

static bool decode_order(const struct fen_explain *explain, struct fen_explain_subject *subject)
{
    struct fen_order *order = &subject->explanation.order;
    struct fen_str record = record_of(explain, explain->orders, subject->tenant, subject->id);
    if (!fen_str_is_set(record))
        return true;
    bool is_read = decode(explain, &fen_order_schema, record, order);
    order->tenant = subject->tenant;
    order->order = subject->id;
    subject->is_found = is_read;
    if (!is_read || !fen_str_is_set(order->customer))
        return is_read;
    return decode_customer(explain, subject, order->customer, &subject->explanation.customer);
}

static bool decode_task_guides(const struct fen_explain *explain,
                               struct fen_explain_subject *subject)
{
    struct fen_explanation *explanation = &subject->explanation;
    uint32_t slot_count = fen_state_table_slot_count(explain->tasks);
    explanation->guide_count = 0;
    explanation->guides = fen_arena_allocate_zeroed(
        explain->arena, ((size_t)slot_count + 1) * sizeof *explanation->guides);
    for (uint32_t slot = 1; slot <= slot_count; slot++) {
        struct fen_str tenant, id, key = fen_state_table_key(explain->tasks, slot);
        if (!fen_str_split(key, &tenant, &id) || !fen_str_equal(tenant, subject->tenant) ||
            !is_of(id, subject->id) || id.size == subject->id.size)
            continue;
        struct fen_task_guide *guide = &explanation->guides[explanation->guide_count++];
        struct fen_str record = record_of(explain, explain->tasks, tenant, id);
        if (!decode(explain, &fen_task_guide_schema, record, guide))
            return false;
        guide->guide = fen_arena_copy(
            explain->arena,
            (struct fen_str){id.data + subject->id.size + 1, id.size - subject->id.size - 1});
    }
    return true;
}

static bool decode_task(const struct fen_explain *explain, struct fen_explain_subject *subject)
{
    struct fen_task_state *task = &subject->explanation.task;
    struct fen_str record = record_of(explain, explain->tasks, subject->tenant, subject->id);
    if (!decode_task_guides(explain, subject))
        return false;
    subject->is_found = subject->explanation.guide_count > 0 || fen_str_is_set(record);
    if (fen_str_is_set(record) &&
        !decode(explain, &fen_task_state_schema, record, task))
        return false;
    task->tenant = subject->tenant;
    task->task = subject->id;
    return true;
}

static bool decode_account(const struct fen_explain *explain, struct fen_explain_subject *subject)
{
    struct fen_str record = record_of(explain, explain->accounts, subject->tenant, subject->id);
    if (!fen_str_is_set(record))
        return true;
    subject->is_found = decode(explain, &fen_account_schema, record, &subject->account);
    subject->account.tenant = subject->tenant;
    subject->account.payee = subject->id;
    return subject->is_found;
}

static bool decode_subject(const struct fen_explain *explain, struct fen_explain_subject *subject)
{
    switch (subject->kind) {
    case FEN_EXPLAIN_ORDER:
        return decode_order(explain, subject);
    case FEN_EXPLAIN_CUSTOMER:
        if (!decode_customer(explain, subject, subject->id, &subject->explanation.customer))
            return false;
        subject->is_found = fen_str_is_set(subject->explanation.customer.tenant);
        return true;
    case FEN_EXPLAIN_TASK:
        return decode_task(explain, subject);
    case FEN_EXPLAIN_PAYEE:
        return decode_account(explain, subject);
    }
    return false;
}

bool fen_explain_decode(struct fen_explain *explain)
{
    for (uint32_t i = 0; i < explain->subject_count; i++)
        if (!decode_subject(explain, &explain->subjects[i]))
            return false;
    return true;
}
