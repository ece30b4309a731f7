/* supervisor: see the header; sd_notify(3) and sd_watchdog_enabled(3) are what it follows. */
#include "cli/serve/supervisor.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void fen_supervisor_tell(const char *state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    if (path == NULL || strlen(path) >= sizeof address.sun_path || strlen(path) < 2)
        return;
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return;
    memcpy(address.sun_path, path, strlen(path));
    if (address.sun_path[0] == '@')
        address.sun_path[0] = '\0';
    /* A supervisor that does not listen must not hold us up: what finds no room is not told. */
    (void)sendto(descriptor, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
                 (struct sockaddr *)&address,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)));
    (void)close(descriptor);
}

int64_t fen_supervisor_watchdog_ms(void)
{
    const char *period = getenv("WATCHDOG_USEC");
    const char *process = getenv("WATCHDOG_PID");
    if (period == NULL || (process != NULL && strtoll(process, NULL, 10) != getpid()))
        return 0;
    long long period_us = strtoll(period, NULL, 10);
    return period_us > 0 ? (int64_t)(period_us / 1000) : 0;
}
