/* fiber: see fiber.h. Begun by ucontext, switched by setjmp, which asks nothing of the kernel. */
#include "sim/fiber.h"

#include <setjmp.h>
#include <stdlib.h>
#include <ucontext.h>

#include "base/assert.h"
#include "base/clock.h"
#include "sim/schedule.h"

#define STACK_BYTES ((size_t)256 * 1024)
#define WALL_START_MS INT64_C(1796313600000) /* ten days after the first event of a world */

struct sim_fiber {
    struct sim_fiber_options options;
    ucontext_t context; /* to begin with */
    jmp_buf place;      /* later on */
    bool is_begun;
    char *stack;
    uint64_t turn; /* rises when it is resumed: what was to wake it before no longer does */
    bool is_over;
    struct sim_fiber *next;
};

static jmp_buf main_place;
static struct sim_fiber *current;
static struct sim_fiber *fibers;
static char *spare_stacks[64];
static uint32_t spare_count;

int64_t sim_clock_us(void)
{
    return sim_now_us();
}

int64_t sim_clock_wall_ms(void)
{
    return WALL_START_MS + sim_now_us() / 1000 +
           (current == NULL ? 0 : *current->options.wall_skew_ms);
}

static void resume(void *context, uint64_t turn);

static void give_stack_back(struct sim_fiber *fiber)
{
    if (fiber->stack == NULL)
        return;
    if (spare_count < sizeof spare_stacks / sizeof *spare_stacks)
        spare_stacks[spare_count++] = fiber->stack;
    else
        free(fiber->stack);
    fiber->stack = NULL;
}

static void go_to(struct sim_fiber *fiber)
{
    if (fiber->is_begun)
        _longjmp(fiber->place, 1);
    fiber->is_begun = true;
    (void)setcontext(&fiber->context);
}

static void resume(void *context, uint64_t turn)
{
    struct sim_fiber *fiber = context;
    int64_t frozen_us = *fiber->options.frozen_until_us - sim_now_us();
    if (fiber->is_over || turn != fiber->turn)
        return;
    if (frozen_us > 0) {
        sim_schedule_after(frozen_us, resume, fiber, turn);
        return;
    }
    fiber->turn++;
    current = fiber;
    if (_setjmp(main_place) == 0)
        go_to(fiber);
    current = NULL;
    if (fiber->is_over)
        give_stack_back(fiber);
}

static void enter(void)
{
    struct sim_fiber *fiber = current;
    fiber->options.run(fiber->options.context);
    fiber->is_over = true;
    _longjmp(main_place, 1);
}

struct sim_fiber *sim_fiber_create(const struct sim_fiber_options *options)
{
    struct sim_fiber *fiber = calloc(1, sizeof *fiber);
    FEN_ASSERT(fiber != NULL);
    fiber->options = *options;
    fiber->stack = spare_count > 0 ? spare_stacks[--spare_count] : malloc(STACK_BYTES);
    FEN_ASSERT(fiber->stack != NULL);
    FEN_ASSERT(getcontext(&fiber->context) == 0);
    fiber->context.uc_stack.ss_sp = fiber->stack;
    fiber->context.uc_stack.ss_size = STACK_BYTES;
    makecontext(&fiber->context, enter, 0);
    fiber->next = fibers;
    fibers = fiber;
    sim_schedule_after(0, resume, fiber, fiber->turn);
    return fiber;
}

struct sim_fiber *sim_fiber_current(void)
{
    return current;
}

void sim_fiber_park(void)
{
    struct sim_fiber *fiber = current;
    FEN_ASSERT(fiber != NULL);
    if (_setjmp(fiber->place) == 0)
        _longjmp(main_place, 1);
}

void sim_fiber_sleep(int64_t us)
{
    sim_schedule_after(us, resume, current, current->turn);
    sim_fiber_park();
}

void sim_fiber_wake(struct sim_fiber *fiber)
{
    if (!fiber->is_over)
        sim_schedule_after(0, resume, fiber, fiber->turn);
}

bool sim_fiber_is_over(const struct sim_fiber *fiber)
{
    return fiber->is_over;
}

void sim_fiber_reset(void)
{
    while (fibers != NULL) {
        struct sim_fiber *fiber = fibers;
        fibers = fiber->next;
        give_stack_back(fiber);
        free(fiber);
    }
}
