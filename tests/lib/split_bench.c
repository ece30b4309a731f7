/* split_bench: see split_bench.h. */
#include "lib/split_bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "wire/event_decode.h"
#include "wire/topic.h"

void split_init(struct split_bench *bench, bool is_file)
{
    *bench = (struct split_bench){.references = fen_reference_builder_create(1),
                                  .lane = fen_split_lane_create(is_file, is_file),
                                  .arena = fen_arena_create(16384),
                                  .scratch = fen_arena_create(16384),
                                  .kept = fen_arena_create(16384)};
}

void split_deinit(struct split_bench *bench)
{
    fen_split_lane_destroy(bench->lane);
    fen_reference_builder_destroy(bench->references);
    fen_arena_destroy(bench->arena);
    fen_arena_destroy(bench->scratch);
    fen_arena_destroy(bench->kept);
    fen_buffer_deinit(&bench->buffer);
}

int split_set_up(void **state)
{
    split_init(*state, false);
    return 0;
}

int split_tear_down(void **state)
{
    split_deinit(*state);
    return 0;
}

void split_publish(struct split_bench *bench, const char *yaml)
{
    struct fen_str reason;
    enum fen_reference_fate fate =
        fen_reference_apply_plan(bench->references, fen_str_from(yaml), &reason);
    FEN_ASSERT(fate == FEN_REFERENCE_APPLIED);
}

void split_publish_retroactively(struct split_bench *bench, const char *yaml)
{
    struct fen_event event = {.type = FEN_EVENT_PLAN_PUBLISHED,
                              .id = fen_arena_format(bench->kept, "e%u", bench->event_number++),
                              .tenant = FEN_STR("default"),
                              .yaml = fen_str_from(yaml),
                              .retroactive = true};
    struct fen_str reason;
    enum fen_reference_fate fate = fen_reference_apply(bench->references, &event, &reason);
    FEN_ASSERT(fate == FEN_REFERENCE_APPLIED);
}

static void count_delivery(void *context)
{
    struct split_bench *bench = context;
    bench->deliveries++;
}

void split_begin_with(struct split_bench *bench, struct fen_split_room *room)
{
    fen_reference_publish(bench->references, 0, 0);
    fen_arena_reset(bench->arena);
    bench->entries = (struct fen_entries){0};
    bench->deliveries = 0;
    struct fen_split_batch batch = {.arena = bench->arena,
                                    .scratch = bench->scratch,
                                    .reference = fen_reference_acquire(bench->references, 0),
                                    .entries = &bench->entries,
                                    .deliver = count_delivery,
                                    .context = bench,
                                    .counts = &bench->counts};
    fen_split_lane_begin(bench->lane, &batch);
    fen_split_lane_follow(bench->lane, room);
}

void split_begin(struct split_bench *bench)
{
    struct fen_split_room room = {.looks = 1000000, .work = 1000000};
    split_begin_with(bench, &room);
}

enum fen_split_fate split_say(struct split_bench *bench, const char *format, ...)
{
    struct fen_event event;
    struct fen_refused refused;
    struct fen_buffer text = {0};
    char body[2048];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(body, sizeof body, format, arguments);
    va_end(arguments);
    FEN_ASSERT(size > 0 && (size_t)size < sizeof body);
    fen_buffer_append_byte(&text, '{');
    if (strstr(body, "\"id\":") == NULL)
        fen_buffer_append_format(&text, "\"id\":\"e%06u\",", bench->event_number++);
    fen_buffer_append_format(&text, "%s}", body);
    struct fen_str json = fen_arena_copy(bench->kept, fen_buffer_str(&text));
    fen_buffer_deinit(&text);
    enum fen_refusal refusal =
        fen_event_decode(FEN_WIRE_JSON, json, bench->kept, &event, &refused);
    FEN_ASSERT(refusal == FEN_REFUSAL_NONE);
    if (fen_topic_of(event.type) != FEN_TOPIC_ORG_EVENTS)
        return fen_split_lane_apply(bench->lane, &event);
    enum fen_reference_fate fate = fen_reference_apply(bench->references, &event, NULL);
    FEN_ASSERT(fate == FEN_REFERENCE_APPLIED);
    return FEN_SPLIT_APPLIED;
}

static void keep_change(void *context, const struct fen_split_change *change)
{
    struct split_bench *bench = context;
    bench->change_count++;
    struct split_record record = {change->record, fen_arena_copy(bench->kept, change->key),
                                  fen_arena_copy(bench->kept, change->value)};
    for (uint32_t at = 0; at < bench->record_count; at++)
        if (bench->records[at].kind == record.kind &&
            fen_str_equal(bench->records[at].key, record.key)) {
            bench->records[at] = record;
            return;
        }
    FEN_ARENA_PUSH(bench->kept, bench->records, bench->record_count, bench->record_capacity,
                   record);
}

int64_t split_finish(struct split_bench *bench)
{
    int64_t sum_fen = 0;
    fen_split_lane_finish(bench->lane, &bench->buffer);
    for (uint32_t index = 0; index < bench->entries.count; index++)
        sum_fen += bench->entries.items[index].amount_fen;
    return sum_fen;
}

int64_t split_promote(struct split_bench *bench)
{
    int64_t sum_fen = split_finish(bench);
    bench->change_count = 0;
    fen_split_lane_visit_changes(bench->lane, keep_change, bench);
    fen_split_lane_promote(bench->lane);
    return sum_fen;
}

int64_t split_follow(struct split_bench *bench)
{
    split_begin(bench);
    return split_promote(bench);
}

int64_t split_posted(const struct split_bench *bench, const char *payee)
{
    int64_t sum_fen = 0;
    for (uint32_t index = 0; index < bench->entries.count; index++)
        if (fen_str_equal(bench->entries.items[index].key.payee, fen_str_from(payee)))
            sum_fen += bench->entries.items[index].amount_fen;
    return sum_fen;
}

bool split_restore_record(struct split_bench *bench, const struct split_record *record)
{
    switch (record->kind) {
    case FEN_SPLIT_ORDER:
        return fen_split_lane_restore_order(bench->lane, record->key, record->value);
    case FEN_SPLIT_CUSTOMER:
        return fen_split_lane_restore_customer(bench->lane, record->key, record->value);
    case FEN_SPLIT_TASK:
    case FEN_SPLIT_TASK_GUIDE:
        break;
    }
    return fen_split_lane_restore_task(bench->lane, record->key, record->value);
}

void split_restore(struct split_bench *bench)
{
    struct fen_split_progress progress = fen_split_lane_progress(bench->lane);
    bool is_file = bench->lane->never_late;
    fen_split_lane_destroy(bench->lane);
    bench->lane = fen_split_lane_create(is_file, is_file);
    for (uint32_t at = 0; at < bench->record_count; at++) {
        bool is_readable = split_restore_record(bench, &bench->records[at]);
        FEN_ASSERT(is_readable);
    }
    fen_split_lane_restore_progress(bench->lane, &progress);
}

struct fen_split_sizes split_measure(const struct split_bench *bench)
{
    struct fen_split_sizes sizes;
    fen_split_lane_measure(bench->lane, &sizes);
    return sizes;
}

const struct fen_order *split_order(struct split_bench *bench, const char *order)
{
    return &fen_lane_order(bench->lane, FEN_STR("default"), fen_str_from(order))->order;
}
