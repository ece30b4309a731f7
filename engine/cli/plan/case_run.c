/* case_run: see the header. */
#include "cli/plan/case_run.h"

#include <stdlib.h>

#include "cli/explain/explain.h"
#include "cli/replay/replay_machine.h"
#include "wire/event_decode.h"

struct running {
    struct fen_arena *arena;
    struct fen_case_names *names;
    struct fen_case_result *result;
    struct fen_explain explain;
};

bool fen_case_names_has(const struct fen_case_names *names, struct fen_str name)
{
    for (uint32_t index = 0; index < names->count; index++)
        if (fen_str_equal(names->items[index], name))
            return true;
    return false;
}

static void add_name(struct running *running, struct fen_str name)
{
    if (!fen_str_is_set(name) || fen_case_names_has(running->names, name))
        return;
    struct fen_str copy = fen_arena_copy(running->arena, name);
    FEN_ARENA_PUSH(running->arena, running->names->items, running->names->count,
                   running->names->capacity, copy);
}

static void take_entry(void *context, const struct fen_entry *entry)
{
    struct running *running = context;
    struct fen_case_result *result = running->result;
    add_name(running, entry->key.rule);
    add_name(running, entry->capped_by);
    fen_explain_keep_entry(&running->explain, entry);
    for (uint32_t index = 0; index < result->amount_count; index++) {
        struct fen_case_amount *amount = &result->amounts[index];
        if (amount->role == entry->key.role && fen_str_equal(amount->payee, entry->key.payee)) {
            amount->amount_fen += entry->amount_fen;
            return;
        }
    }
    struct fen_case_amount amount = {fen_arena_copy(running->arena, entry->key.payee),
                                     entry->key.role, entry->amount_fen};
    FEN_ARENA_PUSH(running->arena, result->amounts, result->amount_count,
                   result->amount_capacity, amount);
}

static void take_dead_letter(void *context, struct fen_str json)
{
    struct running *running = context;
    if (!fen_str_is_set(running->result->refused))
        running->result->refused = fen_arena_copy(running->arena, json);
}

static void take_record(void *context, const struct fen_message *message)
{
    struct running *running = context;
    fen_explain_keep_record(&running->explain, message);
}

static void add_subject(struct running *running, enum fen_explain_kind kind, const char *word,
                        struct fen_str id)
{
    struct fen_explain *explain = &running->explain;
    explain->subjects[explain->subject_count++] = (struct fen_explain_subject){
        .kind = kind,
        .tenant = FEN_STR("default"),
        .id = id,
        .subject = fen_arena_join(running->arena, fen_str_from(word), ':', id)};
}

/* The orders, the registration and the tasks of the case. */
static void add_subjects(struct running *running, const struct fen_case *one)
{
    running->explain.subjects = fen_arena_allocate_zeroed(
        running->arena, ((size_t)one->order_count + one->score_count + 1)
                            * sizeof *running->explain.subjects);
    for (uint32_t index = 0; index < one->order_count; index++)
        add_subject(running, FEN_EXPLAIN_ORDER, "order",
                    fen_arena_format(running->arena, "O%u", index + 1));
    if (fen_str_is_set(one->recruiter))
        add_subject(running, FEN_EXPLAIN_CUSTOMER, "customer", FEN_STR(FEN_CASE_CUSTOMER));
    for (uint32_t index = 0; index < one->score_count; index++) {
        bool is_there = false;
        for (uint32_t other = 0; other < index && !is_there; other++)
            is_there = fen_str_equal(one->scores[other].task, one->scores[index].task);
        if (!is_there)
            add_subject(running, FEN_EXPLAIN_TASK, "task", one->scores[index].task);
    }
}

static int compare_amounts(const void *a, const void *b)
{
    const struct fen_case_amount *left = a, *right = b;
    int order = fen_str_compare(left->payee, right->payee);
    return order != 0 ? order : (int)left->role - (int)right->role;
}

static void finish(struct fen_case_result *result)
{
    uint32_t kept = 0;
    for (uint32_t index = 0; index < result->amount_count; index++)
        if (result->amounts[index].amount_fen != 0)
            result->amounts[kept++] = result->amounts[index];
    result->amount_count = kept;
    if (kept > 1)
        qsort(result->amounts, kept, sizeof *result->amounts, compare_amounts);
}

static void explain_all(struct running *running, struct fen_replay_machine *machine,
                        const struct fen_case_events *events, struct fen_buffer *out)
{
    struct fen_explain *explain = &running->explain;
    explain->wire = FEN_WIRE_JSON;
    explain->reference = fen_replay_machine_reference(machine);
    bool is_read = fen_explain_decode(explain);
    FEN_ASSERT(is_read); /* records this very process has made */
    for (uint32_t index = 0; index < events->count; index++) {
        struct fen_event event;
        struct fen_refused refused;
        if (fen_event_decode(FEN_WIRE_JSON, events->lines[index], running->arena, &event,
                             &refused) == FEN_REFUSAL_NONE)
            fen_explain_keep_touch(explain, &event);
    }
    for (uint32_t index = 0; index < explain->subject_count; index++) {
        struct fen_explain_subject *subject = &explain->subjects[index];
        if (!subject->is_found)
            continue;
        fen_explain_evaluate(explain, subject);
        fen_explain_append_text(subject, out);
    }
}

static void run(struct running *running, const struct fen_plan *plan, const struct fen_case *one,
                struct fen_buffer *explanation_out)
{
    struct fen_replay_options options = {.partition_count = 1,
                                         .worker_count = 1,
                                         .batch_count = 1000,
                                         .wire = FEN_WIRE_JSON,
                                         .posted = take_entry,
                                         .dead_letter = take_dead_letter,
                                         .record = take_record,
                                         .context = running};
    struct fen_replay_machine *machine = fen_replay_machine_create(&options);
    struct fen_case_events events;
    struct fen_str reason;
    bool is_published = fen_replay_machine_publish(machine, plan->yaml, &reason);
    FEN_ASSERT(is_published); /* it has just been read without a mistake */
    fen_case_events_make(plan, one, running->arena, &events);
    for (uint32_t index = 0; index < events.count; index++)
        fen_replay_machine_take(machine, events.lines[index], (int64_t)index + 1);
    fen_replay_machine_flush(machine);
    if (explanation_out != NULL)
        explain_all(running, machine, &events, explanation_out);
    fen_replay_machine_destroy(machine);
}

void fen_case_run(const struct fen_plan *plan, const struct fen_case *one, struct fen_arena *arena,
                  struct fen_case_names *names, struct fen_case_result *result_out,
                  struct fen_buffer *explanation_out)
{
    struct running running = {.arena = arena, .names = names, .result = result_out};
    *result_out = (struct fen_case_result){0};
    running.explain.arena = arena;
    running.explain.slab = fen_slab_create();
    running.explain.orders = fen_state_table_create(running.explain.slab);
    running.explain.customers = fen_state_table_create(running.explain.slab);
    running.explain.tasks = fen_state_table_create(running.explain.slab);
    add_subjects(&running, one);
    run(&running, plan, one, explanation_out);
    finish(result_out);
    fen_state_table_destroy(running.explain.orders);
    fen_state_table_destroy(running.explain.customers);
    fen_state_table_destroy(running.explain.tasks);
    fen_slab_destroy(running.explain.slab);
}

int64_t fen_case_amount_of(const struct fen_case_result *result, struct fen_str payee,
                           enum fen_role role)
{
    int64_t sum_fen = 0;
    for (uint32_t index = 0; index < result->amount_count; index++) {
        const struct fen_case_amount *amount = &result->amounts[index];
        if (fen_str_equal(amount->payee, payee) && (role == FEN_ROLE_NONE || role == amount->role))
            sum_fen += amount->amount_fen;
    }
    return sum_fen;
}
