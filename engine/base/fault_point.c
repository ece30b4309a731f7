/* fault_point: see the header. The environment is read once, at the first point passed. */
#include "base/fault_point.h"

#ifdef FEN_FAULT_POINTS

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FEN_FAULT_POINT_ROW(id_, name_) [FEN_FAULT_##id_] = name_,
static const char *const point_names[] = {
#include "base/fault_points.def"
};
#undef FEN_FAULT_POINT_ROW

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *action;     /* NULL: no fault is asked for */
static const char *trap_text;  /* NULL: no trap */
static const char *skip_name;  /* NULL: nothing is left out */
static enum fen_fault_point chosen = FEN_FAULT_POINT_COUNT;
static atomic_int_fast64_t left; /* passages until it happens; F1: relaxed, a mere count */

/* "name:count:action"; what cannot be read asks for nothing. */
static void read_environment(void)
{
    const char *text = getenv("FEN_FAULT");
    trap_text = getenv("FEN_FAULT_TRAP");
    skip_name = getenv("FEN_FAULT_SKIP");
    if (text == NULL)
        return;
    size_t size = strcspn(text, ":");
    char *end = NULL;
    int64_t count = text[size] == ':' ? strtoll(text + size + 1, &end, 10) : 0;
    if (count <= 0 || *end != ':')
        return;
    for (uint32_t i = 0; i < FEN_FAULT_POINT_COUNT; i++) {
        if (strlen(point_names[i]) == size && strncmp(point_names[i], text, size) == 0)
            chosen = (enum fen_fault_point)i;
    }
    atomic_store_explicit(&left, count, memory_order_relaxed); /* F1 */
    action = end + 1;
}

/* Said before anything else, so that a test knows which step it was. No lock, no allocation. */
static void tell(void)
{
    char line[96];
    int size = snprintf(line, sizeof line, "fault point %s: %s\n", point_names[chosen], action);
    if (size > 0 && write(STDERR_FILENO, line, (size_t)size) < 0)
        return; /* the log's disk may be what fails */
}

static void act(void)
{
    tell();
    if (strcmp(action, "kill") == 0)
        (void)kill(getpid(), SIGKILL);
    else if (strcmp(action, "freeze") == 0)
        (void)kill(getpid(), SIGSTOP);
    else if (strcmp(action, "crash") == 0)
        (void)raise(SIGSEGV);
    while (strcmp(action, "hang") == 0)
        (void)pause();
}

void fen_fault_point_pass(enum fen_fault_point point)
{
    (void)pthread_once(&once, read_environment);
    if (point == chosen && action != NULL
        && atomic_fetch_sub_explicit(&left, 1, memory_order_relaxed) == 1) /* F1 */
        act();
}

void fen_fault_point_trap(struct fen_str value)
{
    (void)pthread_once(&once, read_environment);
    if (trap_text != NULL && value.data != NULL
        && memmem(value.data, value.size, trap_text, strlen(trap_text)) != NULL)
        (void)raise(SIGSEGV);
}

int64_t fen_fault_point_number(const char *name, int64_t value)
{
    const char *text = getenv(name);
    return text == NULL ? value : strtoll(text, NULL, 10);
}

bool fen_fault_point_skips(const char *name)
{
    (void)pthread_once(&once, read_environment);
    return skip_name != NULL && strcmp(skip_name, name) == 0;
}

#else

/* ISO C wants something in a file. */
typedef int fen_fault_point_is_left_out;

#endif
