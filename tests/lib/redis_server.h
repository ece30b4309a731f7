/*
 * redis_server: a private redis-server for a test, on a unix socket in a directory of its own.
 *
 * It ends with the test's process, however that ends. Redis is one of the packages fen needs, so a
 * missing one fails the test.
 *
 * Threads: one.
 */
#ifndef FEN_TESTS_REDIS_SERVER_H
#define FEN_TESTS_REDIS_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

struct redis_server {
    char directory[64];
    char address[96]; /* "unix:..." */
    pid_t pid;        /* 0: not running */
};

/* Make the directory and start it; returns once it answers. */
void redis_server_create(struct redis_server *server);

/* Stop it and remove the directory. */
void redis_server_destroy(struct redis_server *server);

/* kill -9, and start again: with what dump.rdb in its directory holds, or empty without one. */
void redis_server_kill(struct redis_server *server);
void redis_server_start(struct redis_server *server);

/* Run one command, words separated by blanks; true unless the reply is an error. */
bool redis_server_ask(struct redis_server *server, const char *command);

/* Its reply as an integer (or a text's length). */
long long redis_server_number(struct redis_server *server, const char *command);

/* Its reply as a text, "" for nil; valid until the next call. */
const char *redis_server_text(struct redis_server *server, const char *command);

#endif /* FEN_TESTS_REDIS_SERVER_H */
