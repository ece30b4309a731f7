/* last_words: see the header. */
#include "sim/last_words.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"

/* What the sanitizers' libraries have, each of its own; NULL where a program has none of them. */
extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static const uint64_t *seed_running;
static char stack[64 * 1024]; /* a handler's own: the other may be what is full */

static void say(const char *what)
{
    char text[128];
    int size = snprintf(text, sizeof text, "seed %llu failed: %s, see above\n",
                        (unsigned long long)*seed_running, what);
    ssize_t written = write(STDOUT_FILENO, text, (size_t)size);
    (void)written;
}

static const struct {
    int number;
    const char *name;
    bool is_sanitizers; /* AddressSanitizer tells more of it than a handler of ours can */
} endings[] = {
    {SIGABRT, "SIGABRT", false},
    {SIGSEGV, "SIGSEGV", true},
    {SIGBUS, "SIGBUS", true},
    {SIGFPE, "SIGFPE", true},
    {SIGILL, "SIGILL", false},
};

static void on_signal(int number)
{
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (endings[i].number == number)
            say(endings[i].name);
    }
    _exit(1);
}

static void on_death(void)
{
    say("a sanitizer's finding");
    _exit(1);
}

/* UBSan has a callback of its own that another library's hides; an abort it cannot hide. */
const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
    return "abort_on_error=1:print_stacktrace=1";
}

void sim_last_words_arm(const uint64_t *seed)
{
#if defined(__SANITIZE_ADDRESS__)
    const bool has_sanitizer = true;
#else
    const bool has_sanitizer = false;
#endif
    const stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
    seed_running = seed;
    FEN_ASSERT(sigaltstack(&own, NULL) == 0);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
        if (!has_sanitizer || !endings[i].is_sanitizers)
            FEN_ASSERT(sigaction(endings[i].number, &action, NULL) == 0);
    }
    if (__sanitizer_set_death_callback != NULL)
        __sanitizer_set_death_callback(on_death);
}

/* Read through a pointer that the compiler cannot look behind. */
static char read_at(const char *(*where)(size_t), size_t size)
{
    return *where(size);
}

static const char *nowhere(size_t size)
{
    (void)size;
    return NULL;
}

/* One byte beyond a block of so many; the block is not given back. */
static const char *beyond(size_t size)
{
    const char *block = calloc(size, 1);
    FEN_ASSERT(block != NULL);
    return block + size;
}

bool sim_last_words_die(const char *way)
{
    char seen = 0;
    if (strcmp(way, "abort") == 0)
        abort();
    else if (strcmp(way, "null") == 0)
        seen = read_at(nowhere, strlen(way));
    else if (strcmp(way, "heap") == 0)
        seen = read_at(beyond, strlen(way));
    else if (strcmp(way, "integer") == 0)
        seen = (char)(INT32_MAX + (int32_t)strlen(way));
    (void)fprintf(stderr, "still here (%d)\n", seen);
    return false;
}
