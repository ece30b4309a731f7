/* applied: see applied.h. */
#include "model/applied.h"

#include "base/hash.h"

void fen_applied_init(struct fen_applied *applied)
{
    *applied = (struct fen_applied){.marks = fen_mark_set_create()};
}

void fen_applied_deinit(struct fen_applied *applied)
{
    fen_mark_set_destroy(applied->marks);
}

/* The set takes what waits; records that came twice bring marks that stand already. */
static void take_waiting(struct fen_applied *applied)
{
    uint32_t content;
    for (uint32_t index = 0; index < applied->waiting_count; index++) {
        const struct fen_event_mark *mark = &applied->waiting[index];
        struct fen_hash128 id = {mark->id_low, mark->id_high};
        (void)fen_mark_set_add(applied->marks, id, mark->content, &content);
    }
    applied->waiting_count = 0;
}

void fen_applied_begin(struct fen_applied *applied)
{
    take_waiting(applied);
    applied->fresh_count = applied->fresh_capacity = 0;
}

enum fen_applied_fate fen_applied_add(struct fen_applied *applied, struct fen_arena *arena,
                                      const struct fen_event *event,
                                      struct fen_event_mark *mark_out)
{
    *mark_out = (struct fen_event_mark){.content = event->content};
    if (applied->is_trusting)
        return FEN_APPLIED_NEW;
    struct fen_hash128 id = fen_hash128_pair(event->tenant, event->id);
    uint32_t first_content;
    if (!fen_mark_set_add(applied->marks, id, event->content, &first_content))
        return first_content == event->content ? FEN_APPLIED_DUPLICATE : FEN_APPLIED_CONFLICT;
    FEN_ARENA_PUSH(arena, applied->fresh, applied->fresh_count, applied->fresh_capacity, id);
    *mark_out = (struct fen_event_mark){id.low, id.high, event->content};
    return FEN_APPLIED_NEW;
}

void fen_applied_take_back(struct fen_applied *applied)
{
    FEN_ASSERT(applied->fresh_count > 0);
    fen_mark_set_remove(applied->marks, applied->fresh[--applied->fresh_count]);
}

void fen_applied_discard(struct fen_applied *applied)
{
    while (applied->fresh_count > 0)
        fen_applied_take_back(applied);
}

void fen_applied_restore(struct fen_applied *applied, const struct fen_event_mark *marks,
                         uint32_t count)
{
    for (uint32_t index = 0; index < count; index++) {
        struct fen_hash128 id = {marks[index].id_low, marks[index].id_high};
        fen_mark_set_prefetch(applied->marks, id);
        applied->waiting[applied->waiting_count++] = marks[index];
        if (applied->waiting_count == FEN_APPLIED_WAITING_MAX)
            take_waiting(applied);
    }
}

uint64_t fen_applied_count(const struct fen_applied *applied)
{
    return fen_mark_set_count(applied->marks) + applied->waiting_count;
}

bool fen_applied_restore_event(struct fen_applied *applied, const struct fen_event *event)
{
    uint32_t content;
    take_waiting(applied);
    return fen_mark_set_add(applied->marks, fen_hash128_pair(event->tenant, event->id),
                            event->content, &content);
}

void fen_event_mark_append(struct fen_arena *arena, struct fen_event_mark mark,
                           struct fen_event_mark **marks, uint32_t *mark_count,
                           uint32_t *mark_capacity)
{
    FEN_ARENA_PUSH(arena, *marks, *mark_count, *mark_capacity, mark);
}
