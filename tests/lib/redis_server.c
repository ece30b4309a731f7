/* redis_server: see redis_server.h. */
#include "lib/redis_server.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

#include "base/assert.h"
#include "base/clock.h"

#define START_MS 20000
#define WORD_COUNT_MAX 32

static void path_of(const struct redis_server *server, const char *name, char path[96])
{
    snprintf(path, 96, "%s/%s", server->directory, name);
}

static redisContext *connect_to(const struct redis_server *server)
{
    char path[96];
    path_of(server, "redis.sock", path);
    return redisConnectUnix(path);
}

static void run_server(const struct redis_server *server)
{
    char path[96];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    path_of(server, "redis.log", path);
    int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    dup2(log, 1);
    dup2(log, 2);
    execlp("redis-server", "redis-server", "--dir", server->directory, "--unixsocket",
           server->address + strlen("unix:"), "--port", "0", "--save", "", "--appendonly", "no",
           (char *)NULL);
    _exit(127);
}

static bool is_ready(const struct redis_server *server)
{
    redisContext *context = connect_to(server);
    redisReply *reply = context->err == 0 ? redisCommand(context, "PING") : NULL;
    bool is_pong = reply != NULL && reply->type == REDIS_REPLY_STATUS;
    freeReplyObject(reply);
    redisFree(context);
    return is_pong;
}

void redis_server_start(struct redis_server *server)
{
    int64_t deadline_ms = fen_clock_ms() + START_MS;
    FEN_ASSERT(server->pid == 0);
    server->pid = fork();
    FEN_ASSERT(server->pid >= 0);
    if (server->pid == 0)
        run_server(server);
    while (!is_ready(server)) {
        FEN_ASSERT(fen_clock_ms() < deadline_ms && "redis-server does not start");
        FEN_ASSERT(waitpid(server->pid, NULL, WNOHANG) == 0 && "redis-server has ended");
        poll(NULL, 0, 5);
    }
}

void redis_server_create(struct redis_server *server)
{
    memset(server, 0, sizeof *server);
    snprintf(server->directory, sizeof server->directory, "/tmp/fen-redis-XXXXXX");
    char *directory = mkdtemp(server->directory);
    FEN_ASSERT(directory != NULL);
    snprintf(server->address, sizeof server->address, "unix:%s/redis.sock", server->directory);
    redis_server_start(server);
}

void redis_server_kill(struct redis_server *server)
{
    if (server->pid == 0)
        return;
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    server->pid = 0;
}

void redis_server_destroy(struct redis_server *server)
{
    static const char *const names[] = {"redis.sock", "redis.log", "dump.rdb"};
    char path[96];
    redis_server_kill(server);
    for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
        path_of(server, names[index], path);
        unlink(path);
    }
    rmdir(server->directory);
}

static redisReply *ask(const struct redis_server *server, const char *command)
{
    const char *words[WORD_COUNT_MAX];
    size_t sizes[WORD_COUNT_MAX];
    int count = 0;
    for (const char *word = command; *word != '\0' && count < WORD_COUNT_MAX;) {
        size_t size = strcspn(word, " ");
        words[count] = word;
        sizes[count++] = size;
        word += size + strspn(word + size, " ");
    }
    redisContext *context = connect_to(server);
    FEN_ASSERT(context->err == 0);
    redisReply *reply = redisCommandArgv(context, count, words, sizes);
    redisFree(context);
    FEN_ASSERT(reply != NULL);
    return reply;
}

bool redis_server_ask(struct redis_server *server, const char *command)
{
    redisReply *reply = ask(server, command);
    bool is_done = reply->type != REDIS_REPLY_ERROR;
    freeReplyObject(reply);
    return is_done;
}

long long redis_server_number(struct redis_server *server, const char *command)
{
    redisReply *reply = ask(server, command);
    long long number = reply->integer;
    if (reply->type == REDIS_REPLY_STRING)
        number = strtoll(reply->str, NULL, 10);
    freeReplyObject(reply);
    return number;
}

const char *redis_server_text(struct redis_server *server, const char *command)
{
    static char text[4096];
    redisReply *reply = ask(server, command);
    snprintf(text, sizeof text, "%s", reply->type == REDIS_REPLY_STRING ? reply->str : "");
    freeReplyObject(reply);
    return text;
}
