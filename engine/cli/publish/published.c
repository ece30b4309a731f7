/* published: see the header. */
#include "cli/publish/published.h"

#include <stdlib.h>

#include "cli/inspect/topic_reader.h"
#include "cli/options/kafka_options.h"
#include "plan/parse.h"
#include "wire/topic.h"

#define STALL_MS 30000

static bool is_of(const struct fen_published *item, struct fen_str tenant)
{
    return item->fate == FEN_PUBLISHED_HOLDS && fen_str_equal(item->tenant, tenant);
}

const struct fen_published *fen_published_find(const struct fen_published_list *list,
                                               struct fen_str tenant, struct fen_str id,
                                               uint32_t version)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (is_of(&list->items[i], tenant) && list->items[i].plan->version == version &&
            fen_str_equal(list->items[i].plan->id, id))
            return &list->items[i];
    return NULL;
}

const struct fen_published *fen_published_newest(const struct fen_published_list *list,
                                                 struct fen_str tenant, struct fen_str id)
{
    const struct fen_published *newest = NULL;
    for (uint32_t i = 0; i < list->count; i++)
        if (is_of(&list->items[i], tenant) && fen_str_equal(list->items[i].plan->id, id) &&
            (newest == NULL || list->items[i].plan->version > newest->plan->version))
            newest = &list->items[i];
    return newest;
}

/* The greatest (version, plan id) holds (SPEC §4). */
static bool is_greater(const struct fen_plan *a, const struct fen_plan *b)
{
    return a->version != b->version ? a->version > b->version : fen_str_compare(a->id, b->id) > 0;
}

const struct fen_published *fen_published_choose(const struct fen_published_list *list,
                                                 struct fen_str tenant, int64_t created_ms)
{
    const struct fen_published *chosen = NULL;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct fen_published *item = &list->items[i];
        if (is_of(item, tenant) && item->plan->from_ms <= created_ms &&
            created_ms < item->plan->to_ms &&
            (chosen == NULL || is_greater(item->plan, chosen->plan)))
            chosen = item;
    }
    return chosen;
}

static int compare_times(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

/* Between two neighbouring ends of validity the choice is the same throughout. */
struct fen_published_spans fen_published_spans(const struct fen_published_list *list,
                                               const struct fen_published *published)
{
    struct fen_published_spans spans = {0};
    int64_t *times =
        fen_arena_allocate(list->arena, ((size_t)list->count * 2 + 1) * sizeof *times);
    uint32_t count = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        if (!is_of(&list->items[i], published->tenant))
            continue;
        times[count++] = list->items[i].plan->from_ms;
        times[count++] = list->items[i].plan->to_ms;
    }
    qsort(times, count, sizeof *times, compare_times);
    for (uint32_t i = 0; i + 1 < count; i++) {
        if (times[i] == times[i + 1] ||
            fen_published_choose(list, published->tenant, times[i]) != published)
            continue;
        struct fen_published_span *last =
            spans.count == 0 ? NULL : &spans.items[spans.count - 1];
        struct fen_published_span span = {times[i], times[i + 1]};
        if (last != NULL && last->to_ms == span.from_ms)
            last->to_ms = span.to_ms;
        else
            FEN_ARENA_PUSH(list->arena, spans.items, spans.count, spans.capacity, span);
    }
    return spans;
}

/* The engine refuses the same (stream/reference_reader.c). */
static bool decode(enum fen_wire wire, const struct fen_message *message, struct fen_arena *arena,
                   struct fen_event *event)
{
    struct fen_refused refused;
    return fen_str_is_set(message->value) &&
           fen_event_decode(wire, message->value, arena, event, &refused) == FEN_REFUSAL_NONE &&
           event->type == FEN_EVENT_PLAN_PUBLISHED &&
           fen_event_check_route(event, message->key, 0, 1, message->timestamp_ms, arena,
                                 &refused) == FEN_REFUSAL_NONE;
}

static bool is_known_event(const struct fen_published_list *list, const struct fen_event *event)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (fen_str_equal(list->items[i].event, event->id) &&
            fen_str_equal(list->items[i].tenant, event->tenant))
            return true;
    return false;
}

static enum fen_published_fate fate_of(const struct fen_published_list *list,
                                       const struct fen_event *event, const struct fen_plan *plan)
{
    const struct fen_published *holds =
        fen_published_find(list, event->tenant, plan->id, plan->version);
    if (is_known_event(list, event))
        return FEN_PUBLISHED_DUPLICATE;
    if (holds == NULL)
        return FEN_PUBLISHED_HOLDS;
    return fen_str_equal(holds->plan->yaml, plan->yaml) ? FEN_PUBLISHED_AGAIN
                                                        : FEN_PUBLISHED_CONFLICT;
}

void fen_published_add(struct fen_published_list *list, enum fen_wire wire,
                       const struct fen_message *message)
{
    struct fen_event event;
    struct fen_publication people;
    struct fen_message kept = *message;
    struct fen_diagnostics diagnostics = {.arena = list->arena};
    kept.value = fen_arena_copy(list->arena, message->value);
    const struct fen_plan *plan = decode(wire, &kept, list->arena, &event)
                                      ? fen_plan_parse(event.yaml, list->arena, &diagnostics)
                                      : NULL;
    list->end = message->offset + 1;
    if (plan == NULL) {
        list->refused_count++;
        return;
    }
    fen_publication_read(wire, kept.value, list->arena, &people);
    struct fen_published item = {
        .tenant = event.tenant,
        .event = event.id,
        .by = people.approver,
        .reason = people.reason,
        .is_retroactive = event.retroactive,
        .fate = fate_of(list, &event, plan),
        .published_ms = message->timestamp_ms >= 0 ? message->timestamp_ms : event.time_ms,
        .offset = message->offset,
        .plan = plan,
    };
    FEN_ARENA_PUSH(list->arena, list->items, list->count, list->capacity, item);
}

struct reading {
    struct fen_published_list *list;
    enum fen_wire wire;
};

static bool take(void *context, const struct fen_message *message)
{
    struct reading *reading = context;
    fen_published_add(reading->list, reading->wire, message);
    return true;
}

enum fen_exit fen_published_read(const struct fen_kafka_config *config, enum fen_wire wire,
                                 struct fen_published_list *list)
{
    struct fen_buffer reason = {0};
    struct reading reading = {list, wire};
    struct fen_topic_reader *reader = fen_topic_reader_create(
        &(struct fen_topic_reader_options){.config = config,
                                           .topic = FEN_TOPIC_PLANS,
                                           .partition = -1,
                                           .start = FEN_TOPIC_START_BEGINNING},
        &reason);
    bool is_read =
        reader != NULL && fen_topic_reader_visit(reader, STALL_MS, take, &reading, &reason);
    enum fen_exit result = is_read ? FEN_EXIT_OK : fen_kafka_unavailable(config, &reason);
    fen_topic_reader_destroy(reader);
    fen_buffer_deinit(&reason);
    return result;
}
