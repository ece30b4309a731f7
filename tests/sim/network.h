/*
 * network: requests of a client to the brokers, and what can become of them.
 *
 * A request is served when it arrives and answered a little later. By chance it is lost, or its
 * answer is, or the connection breaks and the request goes on travelling: it then arrives after the
 * client has given it up, perhaps after it was sent again (a straggler). A client cut off loses
 * everything; one whose answers are cut has everything served and hears of nothing.
 *
 * Threads: the simulation's one.
 */
#ifndef FEN_TESTS_SIM_NETWORK_H
#define FEN_TESTS_SIM_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "sim/random.h"

/* How bad a network is, in 10,000ths of requests. */
struct sim_weather {
    uint32_t lost;
    uint32_t answer_lost;
    uint32_t straggler;
    uint32_t slow;
    uint32_t given_up; /* what was done is reported as failed: the client library's own trouble */
    int64_t straggler_us_max;
};

/* One thread's way to the brokers. */
struct sim_client {
    struct sim_random *random;
    const struct sim_weather *weather;
    const bool *is_dead;           /* its process was killed: nothing it does has an effect */
    const int64_t *cut_until_us;   /* nothing gets through */
    const int64_t *mute_until_us;  /* answers do not get through */
};

/* The first member of each kind of request; it must outlive its serving, so it lives in the
 * world's arena. */
struct sim_request {
    void (*serve)(struct sim_request *request);
    struct sim_client *client;
    struct sim_fiber *waiting; /* for the answer; NULL: given up */
    bool is_answered;
    bool is_broken;
};

enum sim_call_end {
    SIM_CALL_ANSWERED,
    SIM_CALL_BROKEN, /* may have been served, or be served yet */
    SIM_CALL_DEAD,   /* the process is */
};

/* Send a request and wait for what becomes of it. In a fiber. */
enum sim_call_end sim_call(struct sim_client *client, struct sim_request *request) FEN_MUST_USE;

/* Wait, as between two attempts. Returns: false when the process is dead. In a fiber. */
bool sim_client_sleep(struct sim_client *client, int64_t us) FEN_MUST_USE;

/* Whether nothing gets through now. */
bool sim_client_is_cut(const struct sim_client *client);

#endif /* FEN_TESTS_SIM_NETWORK_H */
