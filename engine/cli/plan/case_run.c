/* case_run: see the header. */
#include "cli/plan/case_run.h"

#include <stdlib.h>

#include "cli/explain/explain_period.h"
#include "cli/replay/replay_machine.h"
#include "wire/event_decode.h"

/* After so many cases the machine is made anew, so that what they leave behind stays small. */
#define CASE_COUNT_MAX 400u

struct fen_case_runner {
    const struct fen_plan *plan;
    struct fen_replay_machine *machine; /* NULL: to be made */
    uint32_t case_count;                /* since the machine was made */
    struct fen_arena *scratch;          /* of one case */
    struct fen_arena *arena;            /* borrowed: of the case's result */
    struct fen_case_names *names;
    struct fen_case_result *result;
};

struct explaining {
    struct fen_arena *arena;
    struct fen_explain explain;
};

bool fen_case_names_has(const struct fen_case_names *names, struct fen_case_name name)
{
    for (uint32_t index = 0; index < names->count; index++)
        if (names->items[index].is_task == name.is_task &&
            fen_str_equal(names->items[index].name, name.name))
            return true;
    return false;
}

static void add_name(struct fen_case_runner *runner, struct fen_str name, bool is_task)
{
    struct fen_case_name copy = {name, is_task};
    if (!fen_str_is_set(name) || fen_case_names_has(runner->names, copy))
        return;
    copy.name = fen_arena_copy(runner->arena, name);
    FEN_ARENA_PUSH(runner->arena, runner->names->items, runner->names->count,
                   runner->names->capacity, copy);
}

static void take_entry(void *context, const struct fen_entry *entry)
{
    struct fen_case_runner *runner = context;
    struct fen_case_result *result = runner->result;
    add_name(runner, entry->key.rule, entry->key.role == FEN_ROLE_TASK);
    add_name(runner, entry->capped_by, false);
    for (uint32_t index = 0; index < result->amount_count; index++) {
        struct fen_case_amount *amount = &result->amounts[index];
        if (amount->role == entry->key.role && fen_str_equal(amount->payee, entry->key.payee)) {
            amount->amount_fen += entry->amount_fen;
            return;
        }
    }
    struct fen_case_amount amount = {fen_arena_copy(runner->arena, entry->key.payee),
                                     entry->key.role, entry->amount_fen};
    FEN_ARENA_PUSH(runner->arena, result->amounts, result->amount_count,
                   result->amount_capacity, amount);
}

static void take_dead_letter(void *context, struct fen_str json)
{
    struct fen_case_runner *runner = context;
    if (!fen_str_is_set(runner->result->refused))
        runner->result->refused = fen_arena_copy(runner->arena, json);
}

static void explain_entry(void *context, const struct fen_entry *entry)
{
    struct explaining *explaining = context;
    fen_explain_keep_entry(&explaining->explain, entry);
}

static void explain_record(void *context, const struct fen_message *message)
{
    struct explaining *explaining = context;
    fen_explain_keep_record(&explaining->explain, message);
}

/* The result of the case tells what was refused. */
static void pass_over(void *context, struct fen_str json)
{
    (void)context;
    (void)json;
}

static void add_subject(struct explaining *explaining, enum fen_explain_kind kind, const char *word,
                        struct fen_str id)
{
    struct fen_explain *explain = &explaining->explain;
    explain->subjects[explain->subject_count++] = (struct fen_explain_subject){
        .kind = kind,
        .tenant = FEN_STR("default"),
        .id = id,
        .subject = fen_arena_join(explaining->arena, fen_str_from(word), ':', id)};
}

/* The orders, the registration and the tasks of the case, and payees for their months. */
static void add_subjects(struct explaining *explaining, const struct fen_case *one,
                         const struct fen_str *payees, uint32_t payee_count)
{
    explaining->explain.subjects = fen_arena_allocate_zeroed(
        explaining->arena, ((size_t)one->order_count + one->score_count + payee_count + 1)
                               * sizeof *explaining->explain.subjects);
    for (uint32_t index = 0; index < one->order_count; index++)
        add_subject(explaining, FEN_EXPLAIN_ORDER, "order",
                    fen_arena_format(explaining->arena, "O%u", index + 1));
    if (fen_str_is_set(one->recruiter))
        add_subject(explaining, FEN_EXPLAIN_CUSTOMER, "customer", FEN_STR(FEN_CASE_CUSTOMER));
    for (uint32_t index = 0; index < one->score_count; index++) {
        bool is_there = false;
        for (uint32_t other = 0; other < index && !is_there; other++)
            is_there = fen_str_equal(one->scores[other].task, one->scores[index].task);
        if (!is_there)
            add_subject(explaining, FEN_EXPLAIN_TASK, "task", one->scores[index].task);
    }
    for (uint32_t index = 0; index < payee_count; index++)
        explaining->explain.subjects[explaining->explain.subject_count++] =
            (struct fen_explain_subject){.kind = FEN_EXPLAIN_PAYEE,
                                         .tenant = FEN_STR("default"),
                                         .id = payees[index],
                                         .subject = payees[index],
                                         .period = FEN_DATE_NONE};
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

static struct fen_replay_machine *create_machine(const struct fen_plan *plan,
                                                 struct fen_replay_options options)
{
    struct fen_str reason;
    options.partition_count = 1;
    options.worker_count = 1;
    options.batch_count = 1000;
    options.wire = FEN_WIRE_JSON;
    struct fen_replay_machine *machine = fen_replay_machine_create(&options);
    bool is_published = fen_replay_machine_publish(machine, plan->yaml, &reason);
    FEN_ASSERT(is_published); /* it has just been read without a mistake */
    return machine;
}

static void take_events(struct fen_replay_machine *machine, const struct fen_case_events *events)
{
    for (uint32_t index = 0; index < events->count; index++)
        fen_replay_machine_take(machine, events->lines[index], (int64_t)index + 1);
    fen_replay_machine_flush(machine);
}

struct fen_case_runner *fen_case_runner_create(const struct fen_plan *plan)
{
    struct fen_case_runner *runner = calloc(1, sizeof *runner);
    FEN_ASSERT(runner != NULL);
    runner->plan = plan;
    runner->scratch = fen_arena_create((size_t)1 << 16);
    return runner;
}

void fen_case_runner_destroy(struct fen_case_runner *runner)
{
    if (runner == NULL)
        return;
    fen_replay_machine_destroy(runner->machine);
    fen_arena_destroy(runner->scratch);
    free(runner);
}

void fen_case_run(struct fen_case_runner *runner, const struct fen_case *one,
                  struct fen_arena *arena, struct fen_case_names *names,
                  struct fen_case_result *result_out)
{
    struct fen_case_events events;
    *result_out = (struct fen_case_result){0};
    runner->arena = arena;
    runner->names = names;
    runner->result = result_out;
    if (runner->case_count == CASE_COUNT_MAX) {
        fen_replay_machine_destroy(runner->machine);
        runner->machine = NULL;
        runner->case_count = 0;
    }
    struct fen_replay_options options = {.drops_records = true,
                                         .posted = take_entry,
                                         .dead_letter = take_dead_letter,
                                         .context = runner};
    if (runner->machine == NULL)
        runner->machine = create_machine(runner->plan, options);
    fen_arena_reset(runner->scratch);
    struct fen_str tenant =
        fen_arena_format(runner->scratch, "case-%u", ++runner->case_count);
    fen_case_events_make(runner->plan, one, tenant, runner->scratch, &events);
    take_events(runner->machine, &events);
    finish(result_out);
}

/* Whether an entry of the payee counts in a rule of the month. */
static bool has_told(const struct fen_explain_subject *subject,
                     const struct fen_period_explanation *month)
{
    for (uint32_t index = 0; index < subject->entries.count; index++)
        if (fen_explain_is_told(month, &subject->entries.items[index]))
            return true;
    return false;
}

/* Tiers, bonuses and month limits of each month in which entries of the payee count. */
static void explain_months(struct fen_explain *explain, const struct fen_explain_subject *subject,
                           struct fen_buffer *out)
{
    int32_t period = FEN_DATE_NONE;
    while (fen_explain_period_after(&subject->account, &period)) {
        struct fen_period_explanation explanation = {.arena = explain->arena,
                                                     .reference = explain->reference,
                                                     .account = subject->account,
                                                     .period = period};
        fen_explain_period(&explanation);
        if (has_told(subject, &explanation))
            fen_explain_append_period_text(subject, &explanation, out);
    }
}

static void explain_subjects(struct explaining *explaining, const struct fen_case_events *events,
                             struct fen_buffer *out)
{
    struct fen_explain *explain = &explaining->explain;
    bool is_read = fen_explain_decode(explain);
    FEN_ASSERT(is_read); /* records this very process has made */
    for (uint32_t index = 0; index < events->count; index++) {
        struct fen_event event;
        struct fen_refused refused;
        if (fen_event_decode(FEN_WIRE_JSON, events->lines[index], explaining->arena, &event,
                             &refused) == FEN_REFUSAL_NONE)
            fen_explain_keep_touch(explain, &event);
    }
    for (uint32_t index = 0; index < explain->subject_count; index++) {
        struct fen_explain_subject *subject = &explain->subjects[index];
        if (!subject->is_found)
            continue;
        fen_explain_evaluate(explain, subject);
        if (subject->kind == FEN_EXPLAIN_PAYEE)
            explain_months(explain, subject, out);
        else
            fen_explain_append_text(subject, out);
    }
}

void fen_case_explain(const struct fen_plan *plan, const struct fen_case *one,
                      const struct fen_str *payees, uint32_t payee_count,
                      struct fen_arena *arena, struct fen_buffer *out)
{
    struct fen_case_events events;
    struct explaining explaining = {.arena = arena};
    struct fen_explain *explain = &explaining.explain;
    explain->arena = arena;
    explain->wire = FEN_WIRE_JSON;
    explain->slab = fen_slab_create();
    explain->orders = fen_state_table_create(explain->slab);
    explain->customers = fen_state_table_create(explain->slab);
    explain->tasks = fen_state_table_create(explain->slab);
    explain->accounts = fen_state_table_create(explain->slab);
    add_subjects(&explaining, one, payees, payee_count);
    struct fen_replay_machine *machine =
        create_machine(plan, (struct fen_replay_options){.posted = explain_entry,
                                                         .dead_letter = pass_over,
                                                         .record = explain_record,
                                                         .context = &explaining});
    fen_case_events_make(plan, one, FEN_STR_NONE, arena, &events);
    take_events(machine, &events);
    explain->reference = fen_replay_machine_reference(machine);
    explain_subjects(&explaining, &events, out);
    fen_replay_machine_destroy(machine);
    fen_state_table_destroy(explain->orders);
    fen_state_table_destroy(explain->customers);
    fen_state_table_destroy(explain->tasks);
    fen_state_table_destroy(explain->accounts);
    fen_slab_destroy(explain->slab);
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
