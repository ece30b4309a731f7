/* schedule: see schedule.h. A binary heap. */
#include "sim/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

struct event {
    int64_t time_us;
    uint64_t order;
    void (*run)(void *context, uint64_t number);
    void *context;
    uint64_t number;
};

static struct {
    struct event *heap;
    uint32_t count;
    uint32_t capacity;
    int64_t now_us;
    uint64_t order;
    uint64_t step_count;
    uint64_t hash;
} schedule;

void sim_schedule_reset(void)
{
    free(schedule.heap);
    memset(&schedule, 0, sizeof schedule);
}

int64_t sim_now_us(void)
{
    return schedule.now_us;
}

static bool is_before(const struct event *a, const struct event *b)
{
    return a->time_us != b->time_us ? a->time_us < b->time_us : a->order < b->order;
}

void sim_schedule_after(int64_t delay_us, void (*run)(void *context, uint64_t number),
                        void *context, uint64_t number)
{
    FEN_ASSERT(delay_us >= 0);
    if (schedule.count == schedule.capacity) {
        schedule.capacity = schedule.capacity == 0 ? 256 : schedule.capacity * 2;
        schedule.heap = realloc(schedule.heap, schedule.capacity * sizeof *schedule.heap);
        FEN_ASSERT(schedule.heap != NULL);
    }
    struct event event = {schedule.now_us + delay_us, schedule.order++, run, context, number};
    uint32_t at = schedule.count++;
    while (at > 0 && is_before(&event, &schedule.heap[(at - 1) / 2])) {
        schedule.heap[at] = schedule.heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    schedule.heap[at] = event;
}

static struct event take_first(void)
{
    struct event first = schedule.heap[0];
    struct event last = schedule.heap[--schedule.count];
    uint32_t at = 0;
    for (;;) {
        uint32_t child = at * 2 + 1;
        if (child >= schedule.count)
            break;
        if (child + 1 < schedule.count &&
            is_before(&schedule.heap[child + 1], &schedule.heap[child]))
            child++;
        if (!is_before(&schedule.heap[child], &last))
            break;
        schedule.heap[at] = schedule.heap[child];
        at = child;
    }
    schedule.heap[at] = last;
    return first;
}

void sim_schedule_note(uint64_t what)
{
    schedule.hash = (schedule.hash ^ what) * UINT64_C(0x100000001b3);
}

bool sim_schedule_step(void)
{
    if (schedule.count == 0)
        return false;
    struct event event = take_first();
    schedule.now_us = event.time_us;
    schedule.step_count++;
    sim_schedule_note((uint64_t)event.time_us);
    event.run(event.context, event.number);
    return true;
}

uint64_t sim_schedule_step_count(void)
{
    return schedule.step_count;
}

uint64_t sim_schedule_hash(void)
{
    return schedule.hash;
}
