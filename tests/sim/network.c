/* network: see network.h. */
#include "sim/network.h"

#include <stddef.h>

#include "sim/fiber.h"
#include "sim/schedule.h"

#define LATENCY_US_MIN 100
#define LATENCY_US_MAX 3000
#define SLOW_US_MAX 800000
#define BREAK_US_MAX 400000

static int64_t latency_us(struct sim_client *client)
{
    bool is_slow = sim_random_is(client->random, client->weather->slow);
    return sim_random_between(client->random, LATENCY_US_MIN,
                              is_slow ? SLOW_US_MAX : LATENCY_US_MAX);
}

static void answer(void *context, uint64_t number)
{
    struct sim_request *request = context;
    (void)number;
    if (request->waiting == NULL)
        return;
    request->is_answered = true;
    sim_fiber_wake(request->waiting);
}

static void break_off(void *context, uint64_t number)
{
    struct sim_request *request = context;
    (void)number;
    if (request->waiting == NULL || request->is_answered)
        return;
    request->is_broken = true;
    sim_fiber_wake(request->waiting);
}

/* It arrives; `has_answer`: and an answer goes back. */
static void arrive(void *context, uint64_t has_answer)
{
    struct sim_request *request = context;
    struct sim_client *client = request->client;
    request->serve(request);
    bool is_mute = *client->mute_until_us > sim_now_us();
    if (has_answer != 0 && !is_mute)
        sim_schedule_after(latency_us(client), answer, request, 0);
    else
        sim_schedule_after(sim_random_between(client->random, 0, BREAK_US_MAX), break_off, request,
                           0);
}

bool sim_client_is_cut(const struct sim_client *client)
{
    return *client->cut_until_us > sim_now_us();
}

static void send(struct sim_client *client, struct sim_request *request)
{
    const struct sim_weather *weather = client->weather;
    int64_t break_us = sim_random_between(client->random, LATENCY_US_MIN, BREAK_US_MAX);
    if (sim_client_is_cut(client) || sim_random_is(client->random, weather->lost)) {
        sim_schedule_after(break_us, break_off, request, 0);
    } else if (sim_random_is(client->random, weather->straggler)) {
        int64_t late_us = sim_random_between(client->random, 0, weather->straggler_us_max);
        sim_schedule_after(late_us, arrive, request, 0);
        sim_schedule_after(sim_random_between(client->random, 0, LATENCY_US_MAX), break_off,
                           request, 0);
    } else {
        bool is_lost = sim_random_is(client->random, weather->answer_lost);
        sim_schedule_after(latency_us(client), arrive, request, !is_lost);
    }
}

enum sim_call_end sim_call(struct sim_client *client, struct sim_request *request)
{
    if (*client->is_dead)
        return SIM_CALL_DEAD;
    request->client = client;
    request->waiting = sim_fiber_current();
    request->is_answered = request->is_broken = false;
    send(client, request);
    while (!request->is_answered && !request->is_broken && !*client->is_dead)
        sim_fiber_park();
    request->waiting = NULL;
    if (*client->is_dead)
        return SIM_CALL_DEAD;
    return request->is_answered ? SIM_CALL_ANSWERED : SIM_CALL_BROKEN;
}

bool sim_client_sleep(struct sim_client *client, int64_t us)
{
    if (*client->is_dead)
        return false;
    sim_fiber_sleep(us);
    return !*client->is_dead;
}
