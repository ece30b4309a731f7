/* fiber: see fiber.h. Begun by ucontext, switched by setjmp, which asks nothing of the kernel. */
#include "sim/fiber.h"

#include <setjmp.h>
#include <stdlib.h>
#include <ucontext.h>
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

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
    void *note; /* of AddressSanitizer */
    char *stack;
    uint64_t turn; /* rises when it is resumed: what was to wake it before no longer does */
    bool is_over;
    struct sim_fiber *next;
};

static jmp_buf main_place;
static void *main_note;
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

/*
 * AddressSanitizer wants to know of each change of stack: before it, where to, and after it. `own`
 * keeps what it notes of the stack that is left; NULL: that one is not come back to.
 */
#if defined(__SANITIZE_ADDRESS__)
static const void *main_stack;
static size_t main_stack_bytes;

static void leave_stack(void **own, const void *stack, size_t size_bytes)
{
    __sanitizer_start_switch_fiber(own, stack, size_bytes);
}

static void enter_stack(void *own, bool is_fiber)
{
    __sanitizer_finish_switch_fiber(own, is_fiber ? &main_stack : NULL,
                                    is_fiber ? &main_stack_bytes : NULL);
}
#else
static const void *const main_stack;
static const size_t main_stack_bytes;

static void leave_stack(void **own, const void *stack, size_t size_bytes)
{
    (void)own;
    (void)stack;
    (void)size_bytes;
}

static void enter_stack(void *own, bool is_fiber)
{
    (void)own;
    (void)is_fiber;
}
#endif

static void go_to(struct sim_fiber *fiber)
{
    leave_stack(&main_note, fiber->stack, STACK_BYTES);
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
    enter_stack(main_note, false);
    current = NULL;
    if (fiber->is_over)
        give_stack_back(fiber);
}

static void enter(void)
{
    struct sim_fiber *fiber = current;
    enter_stack(NULL, true);
    fiber->options.run(fiber->options.context);
    fiber->is_over = true;
    leave_stack(NULL, main_stack, main_stack_bytes);
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
    if (_setjmp(fiber->place) == 0) {
        leave_stack(&fiber->note, main_stack, main_stack_bytes);
        _longjmp(main_place, 1);
    }
    enter_stack(current->note, true);
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
