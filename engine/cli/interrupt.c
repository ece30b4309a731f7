/* interrupt: see the header. */
#include "cli/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/assert.h"

static atomic_int signal_count; /* lock-free: a handler may touch it */
static int wake[2];             /* a pipe: what the handler writes ends a wait */

static void on_signal(int number)
{
    int saved = errno;
    if (atomic_fetch_add(&signal_count, 1) > 0)
        _exit(128 + number);
    ssize_t written = write(wake[1], "", 1);
    (void)written;
    errno = saved;
}

void fen_interrupt_init(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    bool is_open = pipe2(wake, O_CLOEXEC | O_NONBLOCK) == 0;
    FEN_ASSERT(is_open);
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

bool fen_interrupt_is_set(void)
{
    return atomic_load(&signal_count) > 0;
}

bool fen_interrupt_wait(uint32_t timeout_ms)
{
    struct pollfd waited = {.fd = wake[0], .events = POLLIN};
    if (!fen_interrupt_is_set())
        (void)poll(&waited, 1, (int)timeout_ms);
    return fen_interrupt_is_set();
}
