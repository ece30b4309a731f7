/* thread: see thread.h. */
#include "base/thread.h"

#include <time.h>

#define SECOND_NS INT64_C(1000000000)

bool fen_thread_join(pthread_t thread, uint32_t timeout_ms)
{
    struct timespec deadline; /* pthread_timedjoin_np knows no other clock */
    (void)clock_gettime(CLOCK_REALTIME, &deadline);
    int64_t nanoseconds = deadline.tv_nsec + (int64_t)(timeout_ms % 1000) * 1000000;
    deadline.tv_sec += timeout_ms / 1000 + nanoseconds / SECOND_NS;
    deadline.tv_nsec = nanoseconds % SECOND_NS;
    return pthread_timedjoin_np(thread, NULL, &deadline) == 0;
}
