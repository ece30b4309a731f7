/*
 * redis_link: one connection to Redis on the HTTP server's loop; asking never waits.
 *
 * Questions are runs of commands, written in one piece and answered in one piece: all replies of a
 * run, or none. Replies come in the order of the questions. A link that is lost answers all that
 * waits with nothing and connects again by itself, sooner at first and every two seconds then; so
 * does one that has not answered for three seconds. What waits is bounded.
 *
 * A second link to the same Redis can listen: what a subscription says comes without a question.
 *
 * Threads: the loop's; create and destroy while it does not run.
 */
#ifndef FEN_API_REDIS_LINK_H
#define FEN_API_REDIS_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "redis/reply_reader.h"

struct event_base;
struct fen_redis_link;

struct fen_redis_link_options {
    const char *address;  /* as fen_connection_check_address allows; borrowed */
    const char *password; /* NULL: none; borrowed */
};

/*
 * `replies` has as many as commands were asked, or is NULL: Redis is lost, or answered one of them
 * with an error (logged). They are freed after the call.
 */
typedef void fen_redis_link_function(void *context, redisReply *const *replies, uint32_t count);

/* Begins to connect once the loop runs. */
struct fen_redis_link *fen_redis_link_create(struct event_base *base,
                                             const struct fen_redis_link_options *options)
    FEN_MUST_USE;

/* Who listens: all three are given the context. */
struct fen_redis_listener {
    void (*came_up)(void *context); /* connected and logged in: the moment to subscribe */
    void (*lost)(void *context);    /* what came_up began is to begin anew; also at the end */
    void (*told)(void *context, const redisReply *message); /* ["message", channel, what] */
    void *context;
};

/* A further connection to the same Redis on the same loop, that listens. */
struct fen_redis_link *fen_redis_link_create_listener(const struct fen_redis_link *link,
                                                      const struct fen_redis_listener *listener)
    FEN_MUST_USE;

/* Answers all that waits with NULL; NULL is fine. */
void fen_redis_link_destroy(struct fen_redis_link *link);

/*
 * Ask `count` commands (redis/resp.h), which are copied. Returns: false, and `answer` is never
 * called, when the link is down or too much waits. `answer` may ask again.
 */
bool fen_redis_link_ask(struct fen_redis_link *link, struct fen_str commands, uint32_t count,
                        fen_redis_link_function *answer, void *context) FEN_MUST_USE;

/* Whether it is connected and logged in. */
bool fen_redis_link_is_up(const struct fen_redis_link *link);

/* Connections lost, times out and errors since it was made. */
uint64_t fen_redis_link_error_count(const struct fen_redis_link *link);

#endif /* FEN_API_REDIS_LINK_H */
