/* schedule: see the header. */
#include "cli/sale/schedule.h"

#include <stdlib.h>

#include "base/assert.h"

void fen_schedule_deinit(struct fen_schedule *schedule)
{
    free(schedule->items);
    *schedule = (struct fen_schedule){0};
}

static bool is_before(const struct fen_due *a, const struct fen_due *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->turn < b->turn;
}

void fen_schedule_push(struct fen_schedule *schedule, struct fen_due due)
{
    if (schedule->count == schedule->capacity) {
        schedule->capacity = schedule->capacity == 0 ? 1024 : schedule->capacity * 2;
        schedule->items = realloc(schedule->items, schedule->capacity * sizeof *schedule->items);
        FEN_ASSERT(schedule->items != NULL);
    }
    due.turn = schedule->turn++;
    uint32_t hole = schedule->count++;
    while (hole > 0 && is_before(&due, &schedule->items[(hole - 1) / 2])) {
        schedule->items[hole] = schedule->items[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    schedule->items[hole] = due;
}

int64_t fen_schedule_first_ms(const struct fen_schedule *schedule)
{
    return schedule->count == 0 ? INT64_MAX : schedule->items[0].at_ms;
}

bool fen_schedule_pop(struct fen_schedule *schedule, struct fen_due *due_out)
{
    if (schedule->count == 0)
        return false;
    *due_out = schedule->items[0];
    struct fen_due last = schedule->items[--schedule->count];
    uint32_t hole = 0;
    for (;;) {
        uint32_t child = hole * 2 + 1;
        if (child >= schedule->count)
            break;
        if (child + 1 < schedule->count
            && is_before(&schedule->items[child + 1], &schedule->items[child]))
            child++;
        if (!is_before(&schedule->items[child], &last))
            break;
        schedule->items[hole] = schedule->items[child];
        hole = child;
    }
    schedule->items[hole] = last;
    return true;
}
