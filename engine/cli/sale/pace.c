/* pace: see the header. */
#include "cli/sale/pace.h"

#include <poll.h>
#include <time.h>

#include "model/exact.h"

#define SECOND_NS INT64_C(1000000000)

static int64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

void fen_pace_init(struct fen_pace *pace, int64_t rate)
{
    *pace = (struct fen_pace){.rate = rate, .start_ns = now_ns()};
}

void fen_pace_wait(struct fen_pace *pace)
{
    if (pace->rate == 0)
        return;
    int64_t due_ns =
        pace->start_ns + (int64_t)((fen_int128)pace->count * SECOND_NS / pace->rate);
    pace->count++;
    for (int64_t left_ns = due_ns - now_ns(); left_ns > 0; left_ns = due_ns - now_ns()) {
        struct timespec left = {left_ns / SECOND_NS, left_ns % SECOND_NS};
        (void)ppoll(NULL, 0, &left, NULL);
    }
}
