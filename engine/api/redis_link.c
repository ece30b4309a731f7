/* redis_link: see redis_link.h. */
#include "api/redis_link.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "base/clock.h"
#include "base/log.h"
#include "redis/resp.h"

#define QUESTION_COUNT_MAX 65536
#define OUTPUT_BYTES_MAX ((size_t)64 << 20)
#define ANSWER_MS 3000
#define TICK_MS 200
#define PAUSE_MS_MAX 2000
/* A tick that is late by so much says that we were busy; what came meanwhile is read first. */
#define LATE_MS 500

struct question {
    struct question *next;
    fen_redis_link_function *answer;
    void *context;
    int64_t asked_ms;
    uint32_t count;
    uint32_t reply_count;
    redisReply *replies[];
};

struct fen_redis_link {
    struct fen_redis_link_options options;
    struct fen_redis_listener listener; /* `told` NULL: nobody listens */
    struct event_base *base;
    struct bufferevent *socket; /* NULL: not connected, nor connecting */
    struct fen_reply_reader *reader;
    struct event *tick;
    struct question *first, **end;
    uint32_t question_count;
    bool is_up;
    bool is_ending;
    int64_t connect_ms; /* of the next attempt */
    int64_t ticked_ms;
    int64_t pause_ms;
    uint64_t error_count;
};

static void question_end(struct question *question, bool is_good)
{
    question->answer(question->context, is_good ? question->replies : NULL, question->count);
    for (uint32_t index = 0; index < question->reply_count; index++)
        fen_reply_free(question->replies[index]);
    free(question);
}

static struct question *question_take(struct fen_redis_link *link)
{
    struct question *question = link->first;
    link->first = question->next;
    if (link->first == NULL)
        link->end = &link->first;
    link->question_count--;
    return question;
}

/* Lost: everything that waits hears of it; those who ask again are refused until it is back. */
static void lose(struct fen_redis_link *link, const char *reason)
{
    if (link->socket != NULL)
        bufferevent_free(link->socket);
    link->socket = NULL;
    fen_reply_reader_destroy(link->reader);
    link->reader = NULL;
    link->is_up = false;
    if (!link->is_ending) {
        link->error_count++;
        link->pause_ms = link->pause_ms == 0 ? TICK_MS : 2 * link->pause_ms;
        if (link->pause_ms > PAUSE_MS_MAX)
            link->pause_ms = PAUSE_MS_MAX;
        link->connect_ms = fen_clock_ms() + link->pause_ms;
        FEN_LOG_WARN("api", "Redis is not reached; trying again", FEN_LOG_TEXT("reason", reason));
    }
    if (link->listener.lost != NULL)
        link->listener.lost(link->listener.context);
    while (link->first != NULL)
        question_end(question_take(link), false);
}

static bool has_error(const struct question *question, const char **reason_out)
{
    for (uint32_t index = 0; index < question->count; index++) {
        if (question->replies[index]->type == REDIS_REPLY_ERROR) {
            *reason_out = question->replies[index]->str;
            return true;
        }
    }
    return false;
}

static void take_reply(struct fen_redis_link *link, redisReply *reply)
{
    const char *reason;
    struct question *question = link->first;
    question->replies[question->reply_count++] = reply;
    if (question->reply_count < question->count)
        return;
    question_take(link);
    bool is_refused = has_error(question, &reason);
    if (is_refused) {
        link->error_count++;
        FEN_LOG_WARN("api", "Redis refused a command", FEN_LOG_TEXT("reason", reason));
    }
    question_end(question, !is_refused);
}

/* What a subscription says, and whether somebody listens. */
static bool is_message(const struct fen_redis_link *link, const redisReply *reply)
{
    return link->listener.told != NULL && fen_reply_count(reply) == 3 &&
           fen_str_equal(fen_reply_text(fen_reply_item(reply, 0)), FEN_STR("message"));
}

/* Hand over all whole replies; false: the link was lost on the way. */
static bool take_replies(struct fen_redis_link *link)
{
    for (;;) {
        redisReply *reply;
        if (!fen_reply_reader_next(link->reader, &reply)) {
            lose(link, "the bytes are no reply of Redis");
            return false;
        }
        if (reply == NULL)
            return true;
        if (is_message(link, reply)) {
            link->listener.told(link->listener.context, reply);
            fen_reply_free(reply);
            continue;
        }
        if (link->first == NULL) {
            fen_reply_free(reply);
            lose(link, "a reply that nobody asked for");
            return false;
        }
        take_reply(link, reply);
        if (link->socket == NULL)
            return false;
    }
}

static void on_read(struct bufferevent *socket, void *context)
{
    struct fen_redis_link *link = context;
    struct evbuffer *input = bufferevent_get_input(socket);
    for (size_t size; (size = evbuffer_get_contiguous_space(input)) > 0;) {
        if (!fen_reply_reader_feed(link->reader, evbuffer_pullup(input, (ssize_t)size), size)) {
            lose(link, "the bytes are no reply of Redis");
            return;
        }
        evbuffer_drain(input, size);
    }
    (void)take_replies(link);
}

static void logged_in(void *context, redisReply *const *replies, uint32_t count)
{
    struct fen_redis_link *link = context;
    (void)count;
    link->is_up = replies != NULL;
    if (replies != NULL)
        link->pause_ms = 0;
    if (replies != NULL && link->listener.came_up != NULL)
        link->listener.came_up(link->listener.context);
}

static bool ask(struct fen_redis_link *link, struct fen_str commands, uint32_t count,
                fen_redis_link_function *answer, void *context)
{
    struct evbuffer *output = bufferevent_get_output(link->socket);
    if (link->question_count >= QUESTION_COUNT_MAX ||
        evbuffer_get_length(output) > OUTPUT_BYTES_MAX)
        return false;
    struct question *question = malloc(sizeof *question + count * sizeof *question->replies);
    FEN_ASSERT(question != NULL && "out of memory");
    *question = (struct question){
        .answer = answer, .context = context, .asked_ms = fen_clock_ms(), .count = count};
    *link->end = question;
    link->end = &question->next;
    link->question_count++;
    evbuffer_add(output, commands.data, commands.size);
    return true;
}

bool fen_redis_link_ask(struct fen_redis_link *link, struct fen_str commands, uint32_t count,
                        fen_redis_link_function *answer, void *context)
{
    FEN_ASSERT(count > 0);
    return link->is_up && ask(link, commands, count, answer, context);
}

/* Connected: log in where there is a password, else see whether it lets us in. */
static void greet(struct fen_redis_link *link)
{
    struct fen_buffer command = {0};
    if (link->options.password != NULL) {
        fen_resp_append_array(&command, 2);
        fen_resp_append_text(&command, FEN_STR("AUTH"));
        fen_resp_append_text(&command, fen_str_from(link->options.password));
    } else {
        fen_resp_append_array(&command, 2);
        fen_resp_append_text(&command, FEN_STR("HGETALL"));
        fen_resp_append_text(&command, FEN_STR("fen:{p0}:fence"));
    }
    bool is_asked = ask(link, fen_buffer_str(&command), 1, logged_in, link);
    FEN_ASSERT(is_asked);
    fen_buffer_deinit(&command);
}

static void on_event(struct bufferevent *socket, short what, void *context)
{
    struct fen_redis_link *link = context;
    const int on = 1;
    if ((what & BEV_EVENT_CONNECTED) != 0) {
        /* Fails on a unix socket, where it is not needed. */
        (void)setsockopt(bufferevent_getfd(socket), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        greet(link);
    } else if ((what & (BEV_EVENT_ERROR | BEV_EVENT_EOF | BEV_EVENT_TIMEOUT)) != 0) {
        int error = EVUTIL_SOCKET_ERROR();
        lose(link, (what & BEV_EVENT_EOF) != 0 ? "it closed the connection"
                                               : evutil_socket_error_to_string(error));
    }
}

static bool connect_unix(struct fen_redis_link *link, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return false;
    memcpy(address.sun_path, path, strlen(path));
    return bufferevent_socket_connect(link->socket, (struct sockaddr *)&address,
                                      (int)sizeof address) == 0;
}

/* "host:port", IPv6 in brackets. A name is looked up by the system, which may take a while. */
static bool connect_tcp(struct fen_redis_link *link, const char *address)
{
    char host[256];
    const char *colon = strrchr(address, ':');
    size_t size = colon == NULL ? 0 : (size_t)(colon - address);
    if (size >= 2 && address[0] == '[' && address[size - 1] == ']') {
        address++;
        size -= 2;
    }
    if (size == 0 || size >= sizeof host)
        return false;
    memcpy(host, address, size);
    host[size] = '\0';
    return bufferevent_socket_connect_hostname(link->socket, NULL, AF_UNSPEC, host,
                                               (int)strtol(colon + 1, NULL, 10)) == 0;
}

static void begin_to_connect(struct fen_redis_link *link)
{
    const char *address = link->options.address;
    bool is_unix = strncmp(address, "unix:", 5) == 0;
    link->socket = bufferevent_socket_new(link->base, -1, BEV_OPT_CLOSE_ON_FREE);
    FEN_ASSERT(link->socket != NULL && "out of memory");
    link->reader = fen_reply_reader_create();
    link->connect_ms = fen_clock_ms();
    bufferevent_setcb(link->socket, on_read, NULL, on_event, link);
    bufferevent_enable(link->socket, EV_READ | EV_WRITE);
    bool is_begun = is_unix || address[0] == '/' ? connect_unix(link, address + (is_unix ? 5 : 0))
                                                 : connect_tcp(link, address);
    /* A failure may have told on_event already. */
    if (!is_begun && link->socket != NULL)
        lose(link, "cannot connect");
}

static void on_tick(evutil_socket_t descriptor, short what, void *context)
{
    struct fen_redis_link *link = context;
    int64_t now_ms = fen_clock_ms();
    bool is_late = now_ms - link->ticked_ms > TICK_MS + LATE_MS;
    (void)descriptor;
    (void)what;
    link->ticked_ms = now_ms;
    if (is_late)
        return;
    if (link->socket == NULL && now_ms >= link->connect_ms)
        begin_to_connect(link);
    else if (link->first != NULL && now_ms - link->first->asked_ms > ANSWER_MS)
        lose(link, "it does not answer in time");
    else if (link->socket != NULL && !link->is_up && now_ms - link->connect_ms > ANSWER_MS)
        lose(link, "it cannot be connected to, or lets nobody in");
}

static struct fen_redis_link *create(struct event_base *base,
                                     const struct fen_redis_link_options *options,
                                     const struct fen_redis_listener *listener)
{
    const struct timeval pace = {.tv_usec = TICK_MS * 1000};
    struct fen_redis_link *link = calloc(1, sizeof *link);
    FEN_ASSERT(link != NULL && "out of memory");
    link->options = *options;
    link->listener = *listener;
    link->base = base;
    link->end = &link->first;
    link->ticked_ms = fen_clock_ms();
    link->tick = event_new(base, -1, EV_PERSIST, on_tick, link);
    FEN_ASSERT(link->tick != NULL && "out of memory");
    event_add(link->tick, &pace);
    begin_to_connect(link);
    return link;
}

struct fen_redis_link *fen_redis_link_create(struct event_base *base,
                                             const struct fen_redis_link_options *options)
{
    return create(base, options, &(struct fen_redis_listener){0});
}

struct fen_redis_link *fen_redis_link_create_listener(const struct fen_redis_link *link,
                                                      const struct fen_redis_listener *listener)
{
    return create(link->base, &link->options, listener);
}

void fen_redis_link_destroy(struct fen_redis_link *link)
{
    if (link == NULL)
        return;
    link->is_ending = true;
    lose(link, "the end");
    event_free(link->tick);
    free(link);
}

bool fen_redis_link_is_up(const struct fen_redis_link *link)
{
    return link->is_up;
}

uint64_t fen_redis_link_error_count(const struct fen_redis_link *link)
{
    return link->error_count;
}
