/* replay_machine: see the header. */
#include "cli/replay/replay_machine.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "cli/options/language.h"
#include "cli/replay/entry_order.h"
#include "wire/topic.h"

#define AHEAD_COUNT 8u /* messages whose memory is brought nearer: they may lie anywhere */

struct replay_worker {
    struct fen_lanes *lanes;
    struct fen_message *messages; /* to apply in the next round; grows with malloc */
    uint32_t message_count;
    uint32_t message_capacity;
    struct fen_message *spare; /* the array of the round before */
    uint32_t spare_capacity;
};

struct fen_replay_machine {
    struct fen_replay_options options;
    struct fen_reference_builder *references;
    struct replay_worker *workers;
    struct fen_lanes *refuser; /* reads JSON where the workers read protobuf; else NULL */
    struct fen_arena *batch;   /* bytes of the batch's messages */
    struct fen_arena *scratch; /* of one event */
    struct fen_buffer key;
    struct fen_buffer value;
    struct fen_entry_order order;
    uint32_t event_count;  /* in the batch */
    bool has_facts;        /* the batch has events that are no references */
    bool has_unpublished;  /* the builder holds what is not published */
    bool is_changed;       /* published, and not every worker has seen it */
};

static struct fen_lanes *lanes_create(const struct fen_replay_machine *machine, enum fen_wire wire)
{
    return fen_lanes_create(&(struct fen_lanes_options){
        .partition_count = machine->options.partition_count,
        .wire = wire,
        .has_split = true,
        .has_post = true,
        .is_file = true,
        .is_at_once = !machine->options.is_unordered,
        .keeps_state_records = machine->options.record != NULL,
        .drops_records = machine->options.drops_records && machine->options.record == NULL,
        .has_distinct_facts = machine->options.has_distinct_facts,
    });
}

struct fen_replay_machine *fen_replay_machine_create(const struct fen_replay_options *options)
{
    struct fen_replay_machine *machine = calloc(1, sizeof *machine);
    FEN_ASSERT(machine != NULL);
    machine->options = *options;
    machine->references = fen_reference_builder_create(options->worker_count + 1);
    machine->batch = fen_arena_create((size_t)1 << 20);
    machine->scratch = fen_arena_create((size_t)1 << 16);
    machine->workers = calloc(options->worker_count, sizeof *machine->workers);
    fen_entry_order_init(&machine->order, options->batch_count);
    FEN_ASSERT(machine->workers != NULL);
    for (uint32_t i = 0; i < options->worker_count; i++)
        machine->workers[i].lanes = lanes_create(machine, options->wire);
    for (uint32_t p = 0; p < options->partition_count; p++)
        fen_lanes_open(machine->workers[p % options->worker_count].lanes, p);
    if (options->wire == FEN_WIRE_PROTOBUF) {
        machine->refuser = lanes_create(machine, FEN_WIRE_JSON);
        fen_lanes_open(machine->refuser, 0);
    }
    return machine;
}

void fen_replay_machine_destroy(struct fen_replay_machine *machine)
{
    if (machine == NULL)
        return;
    for (uint32_t i = 0; i < machine->options.worker_count; i++) {
        fen_lanes_destroy(machine->workers[i].lanes);
        free(machine->workers[i].messages);
        free(machine->workers[i].spare);
    }
    fen_lanes_destroy(machine->refuser);
    fen_reference_builder_destroy(machine->references);
    fen_arena_destroy(machine->batch);
    fen_arena_destroy(machine->scratch);
    fen_buffer_deinit(&machine->key);
    fen_buffer_deinit(&machine->value);
    free(machine->workers);
    fen_entry_order_deinit(&machine->order);
    free(machine);
}

/*
 * Returns: whether the plan holds; else with the reason where it has none yet. The lanes, which
 * count publications, are told of a new one.
 */
static bool see_publication(struct fen_replay_machine *machine, enum fen_reference_fate fate,
                            struct fen_str *reason)
{
    struct fen_str tenant;
    fen_reference_publish(machine->references, 0, 0);
    machine->is_changed = true;
    const struct fen_plan *plan = fen_catalog_newest(
        fen_reference_acquire(machine->references, 0)->catalog, &tenant);
    for (uint32_t i = 0; fate == FEN_REFERENCE_APPLIED && i < machine->options.worker_count; i++)
        fen_lanes_give_plan(machine->workers[i].lanes, plan);
    if (fate == FEN_REFERENCE_PLAN_CONFLICT && !fen_str_is_set(*reason))
        *reason = fen_str_from(
            fen_language_pick("this plan and version were given before, with other content",
                              "同一方案和版本已给出，内容不同"));
    return fate == FEN_REFERENCE_APPLIED || fate == FEN_REFERENCE_DUPLICATE;
}

bool fen_replay_machine_publish(struct fen_replay_machine *machine, struct fen_str yaml,
                                struct fen_str *reason_out)
{
    *reason_out = FEN_STR_NONE;
    return see_publication(
        machine, fen_reference_apply_plan(machine->references, yaml, reason_out), reason_out);
}

bool fen_replay_machine_publish_trial(struct fen_replay_machine *machine, struct fen_str yaml,
                                      struct fen_str *reason_out)
{
    *reason_out = FEN_STR_NONE;
    return see_publication(
        machine, fen_reference_apply_trial(machine->references, yaml, reason_out), reason_out);
}

static void push(struct replay_worker *worker, const struct fen_message *message)
{
    if (worker->message_count == worker->message_capacity) {
        uint32_t capacity = worker->message_capacity == 0 ? 64 : worker->message_capacity * 2;
        worker->messages = realloc(worker->messages, capacity * sizeof *worker->messages);
        worker->message_capacity = capacity;
        FEN_ASSERT(worker->messages != NULL);
    }
    worker->messages[worker->message_count++] = *message;
}

static struct replay_worker *owner(struct fen_replay_machine *machine, uint32_t partition)
{
    return &machine->workers[partition % machine->options.worker_count];
}

static void emit_unordered(struct fen_replay_machine *machine,
                           const struct fen_projection *projections, uint32_t projection_count)
{
    for (uint32_t p = 0; p < projection_count; p++)
        for (uint32_t i = 0; i < projections[p].payee_count; i++)
            for (uint32_t e = 0; e < projections[p].payees[i].entry_count; e++)
                machine->options.posted(machine->options.context,
                                        &projections[p].payees[i].entries[e]);
}

static void emit_entries(struct fen_replay_machine *machine, const struct fen_lanes *lanes)
{
    uint32_t count;
    const struct fen_projection *projections = fen_lanes_projections(lanes, &count);
    if (machine->options.is_unordered)
        emit_unordered(machine, projections, count);
    else
        fen_entry_order_emit(&machine->order, projections, count, machine->options.posted,
                             machine->options.context);
}

/* Carry what a batch put out: dead letters out, postings to the workers they belong to. */
static void carry_outputs(struct fen_replay_machine *machine, const struct fen_lanes *lanes)
{
    uint32_t count;
    const struct fen_message *outputs = fen_lanes_outputs(lanes, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (outputs[i].topic == FEN_TOPIC_DEAD_LETTERS) {
            machine->options.dead_letter(machine->options.context, outputs[i].value);
        } else if (outputs[i].topic == FEN_TOPIC_POSTINGS) {
            struct fen_message posting = outputs[i];
            posting.key = fen_arena_copy(machine->batch, posting.key);
            posting.value = fen_arena_copy(machine->batch, posting.value);
            push(owner(machine, posting.partition), &posting);
        } else if (machine->options.record != NULL) {
            machine->options.record(machine->options.context, &outputs[i]);
        }
    }
}

static void run_batch(struct fen_replay_machine *machine, struct fen_lanes *lanes, uint32_t reader,
                      const struct fen_message *messages, uint32_t message_count)
{
    fen_lanes_begin(lanes, fen_reference_acquire(machine->references, reader));
    for (uint32_t i = 0; i < message_count; i++) {
        if (i + AHEAD_COUNT < message_count)
            __builtin_prefetch(messages[i + AHEAD_COUNT].value.data);
        bool is_dense = fen_lanes_apply(lanes, &messages[i]);
        FEN_ASSERT(is_dense); /* postings travel in memory here: a gap is our own mistake */
    }
    fen_lanes_finish(lanes);
    carry_outputs(machine, lanes);
    emit_entries(machine, lanes);
    fen_lanes_promote(lanes);
}

/* One batch of each worker that has something to do; false when none had. */
static bool run_round(struct fen_replay_machine *machine, bool runs_all)
{
    bool has_run = false;
    for (uint32_t i = 0; i < machine->options.worker_count; i++) {
        struct replay_worker *worker = &machine->workers[i];
        if (worker->message_count == 0 && !runs_all)
            continue;
        struct fen_message *messages = worker->messages;
        uint32_t message_count = worker->message_count;
        uint32_t capacity = worker->message_capacity;
        worker->messages = worker->spare; /* a batch may push postings */
        worker->message_capacity = worker->spare_capacity;
        worker->message_count = 0;
        run_batch(machine, worker->lanes, i, messages, message_count);
        worker->spare = messages;
        worker->spare_capacity = capacity;
        has_run = true;
    }
    return has_run;
}

void fen_replay_machine_flush(struct fen_replay_machine *machine)
{
    if (machine->has_unpublished) {
        fen_reference_publish(machine->references, 0, 0);
        machine->has_unpublished = false;
        machine->is_changed = true;
    }
    bool runs_all = machine->is_changed;
    machine->is_changed = false;
    while (run_round(machine, runs_all))
        runs_all = false;
    if (machine->event_count > 0) {
        if (!machine->options.is_unordered)
            fen_entry_order_clear(&machine->order);
        fen_arena_reset(machine->batch);
    }
    machine->event_count = 0;
    machine->has_facts = false;
}

/* A line that is no event: to the lane that reads JSON, which makes the dead letter. */
static void take_refused(struct fen_replay_machine *machine, struct fen_str json, int64_t number)
{
    struct fen_message message = {
        .topic = FEN_TOPIC_ORDER_EVENTS,
        .offset = number,
        .timestamp_ms = -1,
        .value = json,
    };
    if (machine->refuser != NULL) {
        fen_replay_machine_flush(machine);
        run_batch(machine, machine->refuser, machine->options.worker_count, &message, 1);
        return;
    }
    if (machine->has_unpublished)
        fen_replay_machine_flush(machine);
    message.value = fen_arena_copy(machine->batch, json);
    push(owner(machine, 0), &message);
    machine->event_count++;
    machine->has_facts = true;
}

/* The event's key, by its order's customer where it does not say one. */
static struct fen_str key_of(struct fen_replay_machine *machine, const struct fen_event *event)
{
    struct fen_event keyed = *event;
    if (machine->options.customers != NULL) {
        fen_order_customers_learn(machine->options.customers, event);
        keyed.customer = fen_order_customers_find(machine->options.customers, event);
    }
    fen_buffer_clear(&machine->key);
    fen_topic_event_key(&keyed, &machine->key);
    return fen_arena_copy(machine->batch, fen_buffer_str(&machine->key));
}

/* `value` is the event in the form of options.wire. */
static void push_event(struct fen_replay_machine *machine, const struct fen_event *event,
                       struct fen_str value, int64_t number)
{
    enum fen_topic topic = fen_topic_of(event->type);
    struct fen_message message = {
        .topic = topic,
        .offset = number,
        .timestamp_ms = -1,
        .key = key_of(machine, event),
    };
    if (!fen_topic_info(topic)->is_single_partition)
        message.partition = fen_topic_partition(message.key, machine->options.partition_count);
    message.value = fen_arena_copy(machine->batch, value);
    push(owner(machine, message.partition), &message);
    if (!machine->options.is_unordered)
        fen_entry_order_note(&machine->order, event->id, machine->event_count + 1);
    machine->event_count++;
}

static void take_reference(struct fen_replay_machine *machine, const struct fen_event *event,
                           struct fen_str value, int64_t number)
{
    bool is_alone =
        event->type == FEN_EVENT_PLAN_PUBLISHED || event->type == FEN_EVENT_PERIOD_CLOSED;
    if (machine->has_facts || is_alone)
        fen_replay_machine_flush(machine);
    /* What becomes of the event is counted by the lanes, from the message. */
    enum fen_reference_fate fate = fen_reference_apply(machine->references, event, NULL);
    (void)fate;
    machine->has_unpublished = true;
    push_event(machine, event, value, number);
    if (is_alone)
        fen_replay_machine_flush(machine);
}

static void take_event(struct fen_replay_machine *machine, const struct fen_event *event,
                       struct fen_str value, int64_t number)
{
    if (fen_topic_info(fen_topic_of(event->type))->is_single_partition) {
        take_reference(machine, event, value, number);
        return;
    }
    if (machine->has_unpublished)
        fen_replay_machine_flush(machine);
    push_event(machine, event, value, number);
    machine->has_facts = true;
}

static void flush_when_full(struct fen_replay_machine *machine)
{
    if (machine->event_count >= machine->options.batch_count)
        fen_replay_machine_flush(machine);
}

void fen_replay_machine_take(struct fen_replay_machine *machine, struct fen_str json,
                             int64_t number)
{
    struct fen_event event;
    struct fen_refused refused;
    fen_arena_reset(machine->scratch);
    if (fen_event_decode(FEN_WIRE_JSON, json, machine->scratch, &event, &refused)
        != FEN_REFUSAL_NONE) {
        take_refused(machine, json, number);
    } else if (machine->options.wire == FEN_WIRE_PROTOBUF) {
        fen_buffer_clear(&machine->value);
        fen_event_encode(FEN_WIRE_PROTOBUF, &event, &machine->value);
        take_event(machine, &event, fen_buffer_str(&machine->value), number);
    } else {
        take_event(machine, &event, json, number);
    }
    flush_when_full(machine);
}

void fen_replay_machine_take_encoded(struct fen_replay_machine *machine, struct fen_str value,
                                     int64_t number)
{
    struct fen_event event;
    struct fen_refused refused;
    fen_arena_reset(machine->scratch);
    enum fen_refusal refusal =
        fen_event_decode(machine->options.wire, value, machine->scratch, &event, &refused);
    FEN_ASSERT(refusal == FEN_REFUSAL_NONE); /* our own encoding of a valid event */
    take_event(machine, &event, value, number);
    flush_when_full(machine);
}

void fen_replay_machine_take_borrowed(struct fen_replay_machine *machine, enum fen_event_type type,
                                      struct fen_str value)
{
    enum fen_topic topic = fen_topic_of(type);
    FEN_ASSERT(machine->options.partition_count == 1 && machine->options.is_unordered &&
               machine->options.customers == NULL && !fen_topic_info(topic)->is_single_partition);
    if (machine->has_unpublished)
        fen_replay_machine_flush(machine);
    push(owner(machine, 0),
         &(struct fen_message){.topic = topic, .timestamp_ms = -1, .value = value});
    machine->event_count++;
    machine->has_facts = true;
    flush_when_full(machine);
}

void fen_replay_machine_counters(const struct fen_replay_machine *machine,
                                 struct fen_counters *counters_out)
{
    *counters_out = (struct fen_counters){0};
    for (uint32_t i = 0; i < machine->options.worker_count; i++)
        fen_counters_read(fen_lanes_counters(machine->workers[i].lanes), counters_out);
    if (machine->refuser != NULL)
        fen_counters_read(fen_lanes_counters(machine->refuser), counters_out);
}

const struct fen_reference *fen_replay_machine_reference(struct fen_replay_machine *machine)
{
    return fen_reference_acquire(machine->references, 0);
}

uint64_t fen_replay_machine_suspended(const struct fen_replay_machine *machine)
{
    uint64_t suspended = 0;
    for (uint32_t i = 0; i < machine->options.worker_count; i++) {
        struct fen_lanes_sizes sizes;
        fen_lanes_measure(machine->workers[i].lanes, &sizes);
        suspended += sizes.suspense_count;
    }
    return suspended;
}

void fen_replay_machine_visit_accounts(struct fen_replay_machine *machine,
                                       void (*visit)(void *context, uint32_t partition,
                                                     const struct fen_account *account),
                                       void *context)
{
    for (uint32_t i = 0; i < machine->options.worker_count; i++)
        fen_lanes_visit_accounts(machine->workers[i].lanes, visit, context);
}

void fen_replay_machine_visit_orders(struct fen_replay_machine *machine,
                                     void (*visit)(void *context, const struct fen_order *order),
                                     void *context)
{
    for (uint32_t i = 0; i < machine->options.worker_count; i++)
        fen_lanes_visit_orders(machine->workers[i].lanes, visit, context);
}

void fen_replay_machine_visit_order(struct fen_replay_machine *machine, struct fen_str tenant,
                                    struct fen_str order,
                                    void (*visit)(void *context, const struct fen_order *order),
                                    void *context)
{
    for (uint32_t i = 0; i < machine->options.worker_count; i++)
        fen_lanes_visit_order(machine->workers[i].lanes, tenant, order, visit, context);
}
