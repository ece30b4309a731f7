/* order_tracer: see order_tracer.h. */
#include "api/order_tracer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/thread.h"

/* A question until it is answered. */
struct inquiry {
    struct inquiry *next;
    struct fen_tracer_question question; /* its texts are behind the struct */
    void (*answer)(void *context, enum fen_tracer_fate fate, struct fen_str told);
    void *context;
    int64_t deadline_ms;
    enum fen_tracer_fate fate;
    struct fen_buffer told;
};

/* First in, first out. */
struct queue {
    struct inquiry *first;
    struct inquiry **end;
    uint32_t count;
};

struct fen_order_tracer {
    struct fen_order_tracer_options options;
    pthread_t thread;
    pthread_mutex_t mutex; /* guards the queues and `current` */
    pthread_cond_t asked;
    struct queue waiting;
    struct queue answered;
    struct inquiry *current;
    atomic_bool is_abandoned; /* nobody waits for the current one; relaxed, as is_stopping */
    atomic_bool is_stopping;
    int64_t deadline_ms; /* of the current one; the tracer's thread alone */
    int wake;            /* an eventfd: something is in `answered` */
    struct event *event;
};

static void queue_init(struct queue *queue)
{
    *queue = (struct queue){.end = &queue->first};
}

static void queue_put(struct queue *queue, struct inquiry *inquiry)
{
    inquiry->next = NULL;
    *queue->end = inquiry;
    queue->end = &inquiry->next;
    queue->count++;
}

static struct inquiry *queue_take(struct queue *queue)
{
    struct inquiry *inquiry = queue->first;
    if (inquiry == NULL)
        return NULL;
    queue->first = inquiry->next;
    queue->count--;
    if (queue->first == NULL)
        queue->end = &queue->first;
    return inquiry;
}

static void inquiry_destroy(struct inquiry *inquiry)
{
    fen_buffer_deinit(&inquiry->told);
    free(inquiry);
}

static bool is_stopping(const struct fen_order_tracer *tracer)
{
    return atomic_load_explicit(&tracer->is_stopping, memory_order_relaxed);
}

bool fen_order_tracer_is_over(const struct fen_order_tracer *tracer)
{
    return is_stopping(tracer) || fen_clock_ms() >= tracer->deadline_ms ||
           atomic_load_explicit(&tracer->is_abandoned, memory_order_relaxed);
}

/* --- the tracer's thread ---------------------------------------------------------------------- */

/* The next one, or NULL after a second. The mutex is held. */
static struct inquiry *wait_for_one(struct fen_order_tracer *tracer)
{
    struct timespec deadline;
    (void)clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec++;
    while (tracer->waiting.count == 0 && !is_stopping(tracer) &&
           pthread_cond_timedwait(&tracer->asked, &tracer->mutex, &deadline) == 0)
        continue;
    tracer->current = queue_take(&tracer->waiting);
    atomic_store_explicit(&tracer->is_abandoned, false, memory_order_relaxed);
    return tracer->current;
}

/* Hand it over to the http thread, if anybody there still waits. The mutex is held. */
static void hand_over(struct fen_order_tracer *tracer, struct inquiry *inquiry)
{
    const uint64_t one = 1;
    if (inquiry->answer == NULL) {
        inquiry_destroy(inquiry);
        return;
    }
    queue_put(&tracer->answered, inquiry);
    ssize_t written = write(tracer->wake, &one, sizeof one);
    FEN_ASSERT(written == sizeof one);
}

/* The mutex is held; it is let go of meanwhile. */
static void work_out(struct fen_order_tracer *tracer, struct inquiry *inquiry)
{
    pthread_mutex_unlock(&tracer->mutex);
    tracer->deadline_ms = inquiry->deadline_ms;
    inquiry->fate = fen_order_tracer_is_over(tracer)
                        ? FEN_TRACER_UNAVAILABLE
                        : tracer->options.trace(tracer->options.context, tracer,
                                                &inquiry->question, &inquiry->told);
    pthread_mutex_lock(&tracer->mutex);
    tracer->current = NULL;
    hand_over(tracer, inquiry);
}

static void *run(void *opaque)
{
    struct fen_order_tracer *tracer = opaque;
    (void)pthread_setname_np(pthread_self(), "tracer");
    pthread_mutex_lock(&tracer->mutex);
    while (!is_stopping(tracer)) {
        struct inquiry *inquiry = wait_for_one(tracer);
        if (inquiry != NULL) {
            work_out(tracer, inquiry);
            continue;
        }
        pthread_mutex_unlock(&tracer->mutex);
        tracer->options.idle(tracer->options.context);
        pthread_mutex_lock(&tracer->mutex);
    }
    pthread_mutex_unlock(&tracer->mutex);
    return NULL;
}

/* --- the http thread -------------------------------------------------------------------------- */

static void on_answered(evutil_socket_t descriptor, short what, void *context)
{
    struct fen_order_tracer *tracer = context;
    uint64_t count;
    struct inquiry *inquiry;
    (void)what;
    if (read(descriptor, &count, sizeof count) < 0)
        return;
    pthread_mutex_lock(&tracer->mutex);
    while ((inquiry = queue_take(&tracer->answered)) != NULL) {
        pthread_mutex_unlock(&tracer->mutex);
        inquiry->answer(inquiry->context, inquiry->fate, fen_buffer_str(&inquiry->told));
        inquiry_destroy(inquiry);
        pthread_mutex_lock(&tracer->mutex);
    }
    pthread_mutex_unlock(&tracer->mutex);
}

void fen_order_tracer_attach(struct fen_order_tracer *tracer, struct event_base *base)
{
    tracer->event = event_new(base, tracer->wake, EV_READ | EV_PERSIST, on_answered, tracer);
    FEN_ASSERT(tracer->event != NULL && "out of memory");
    event_add(tracer->event, NULL);
}

static void answer_all(struct queue *queue)
{
    struct inquiry *inquiry;
    while ((inquiry = queue_take(queue)) != NULL) {
        inquiry->answer(inquiry->context, FEN_TRACER_UNAVAILABLE, FEN_STR_NONE);
        inquiry_destroy(inquiry);
    }
}

void fen_order_tracer_detach(struct fen_order_tracer *tracer)
{
    pthread_mutex_lock(&tracer->mutex);
    struct inquiry *current = tracer->current;
    if (current != NULL && current->answer != NULL) {
        current->answer(current->context, FEN_TRACER_UNAVAILABLE, FEN_STR_NONE);
        current->answer = NULL; /* the tracer's thread is at work on it, and frees it */
        atomic_store_explicit(&tracer->is_abandoned, true, memory_order_relaxed);
    }
    answer_all(&tracer->waiting);
    answer_all(&tracer->answered);
    pthread_mutex_unlock(&tracer->mutex);
    event_free(tracer->event);
    tracer->event = NULL;
}

static struct inquiry *inquiry_create(const struct fen_tracer_question *question)
{
    struct inquiry *inquiry =
        calloc(1, sizeof *inquiry + question->tenant.size + question->order.size);
    FEN_ASSERT(inquiry != NULL && "out of memory");
    char *text = (char *)(inquiry + 1);
    memcpy(text, question->tenant.data, question->tenant.size);
    memcpy(text + question->tenant.size, question->order.data, question->order.size);
    inquiry->question = (struct fen_tracer_question){
        .tenant = {text, question->tenant.size},
        .order = {text + question->tenant.size, question->order.size},
        .form = question->form,
    };
    return inquiry;
}

bool fen_order_tracer_ask(struct fen_order_tracer *tracer,
                          const struct fen_tracer_question *question,
                          void (*answer)(void *context, enum fen_tracer_fate fate,
                                         struct fen_str told),
                          void *context)
{
    pthread_mutex_lock(&tracer->mutex);
    bool has_room =
        tracer->waiting.count < FEN_TRACER_WAITING_COUNT_MAX && !is_stopping(tracer);
    if (has_room) {
        struct inquiry *inquiry = inquiry_create(question);
        inquiry->answer = answer;
        inquiry->context = context;
        inquiry->deadline_ms = fen_clock_ms() + (int64_t)tracer->options.seconds_max * 1000;
        queue_put(&tracer->waiting, inquiry);
        pthread_cond_signal(&tracer->asked);
    }
    pthread_mutex_unlock(&tracer->mutex);
    return has_room;
}

/* --- the beginning and the end ---------------------------------------------------------------- */

struct fen_order_tracer *fen_order_tracer_create(const struct fen_order_tracer_options *options)
{
    struct fen_order_tracer *tracer = calloc(1, sizeof *tracer);
    pthread_condattr_t monotonic;
    FEN_ASSERT(tracer != NULL && "out of memory");
    tracer->options = *options;
    queue_init(&tracer->waiting);
    queue_init(&tracer->answered);
    tracer->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    FEN_ASSERT(tracer->wake >= 0);
    FEN_ASSERT(pthread_condattr_init(&monotonic) == 0);
    FEN_ASSERT(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
    FEN_ASSERT(pthread_cond_init(&tracer->asked, &monotonic) == 0);
    FEN_ASSERT(pthread_mutex_init(&tracer->mutex, NULL) == 0);
    (void)pthread_condattr_destroy(&monotonic);
    FEN_ASSERT(pthread_create(&tracer->thread, NULL, run, tracer) == 0);
    return tracer;
}

/* Who waits when all ends is told so at once: http still serves. The mutex is held. */
static void turn_away(struct fen_order_tracer *tracer)
{
    struct inquiry *inquiry;
    while ((inquiry = queue_take(&tracer->waiting)) != NULL) {
        inquiry->fate = FEN_TRACER_UNAVAILABLE;
        hand_over(tracer, inquiry);
    }
}

void fen_order_tracer_ask_to_stop(struct fen_order_tracer *tracer)
{
    if (tracer == NULL)
        return;
    pthread_mutex_lock(&tracer->mutex);
    atomic_store_explicit(&tracer->is_stopping, true, memory_order_relaxed);
    turn_away(tracer);
    pthread_cond_signal(&tracer->asked);
    pthread_mutex_unlock(&tracer->mutex);
}

bool fen_order_tracer_stop(struct fen_order_tracer *tracer, uint32_t timeout_ms)
{
    if (tracer == NULL)
        return true;
    fen_order_tracer_ask_to_stop(tracer);
    if (!fen_thread_join(tracer->thread, timeout_ms))
        return false;
    (void)close(tracer->wake);
    (void)pthread_cond_destroy(&tracer->asked);
    (void)pthread_mutex_destroy(&tracer->mutex);
    free(tracer);
    return true;
}
