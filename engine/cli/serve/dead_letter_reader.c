/* dead_letter_reader: see dead_letter_reader.h. */
#include "cli/serve/dead_letter_reader.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/thread.h"
#include "cli/inspect/topic_reader.h"

#define POLL_MS 200
#define AGAIN_SECONDS 5

struct fen_dead_letter_reader {
    struct fen_kafka_setting *settings; /* the user's and ours */
    struct fen_kafka_config config;
    struct fen_dead_letter_board *board;
    pthread_t thread;
    atomic_bool is_stopping; /* relaxed: it stands for itself */
    sem_t stop;              /* likewise asked for: ends a pause */
};

/* A view that is seldom looked at keeps little memory, and the broker's answer may wait. */
static const struct fen_kafka_setting own_settings[] = {
    {"queued.max.messages.kbytes", "8192"},
    {"fetch.wait.max.ms", "1000"},
};
#define OWN_SETTING_COUNT (sizeof own_settings / sizeof *own_settings)

static void configure(struct fen_dead_letter_reader *reader, const struct fen_kafka_config *config)
{
    uint32_t count = config->setting_count;
    reader->settings = calloc(count + OWN_SETTING_COUNT, sizeof *reader->settings);
    FEN_ASSERT(reader->settings != NULL && "out of memory");
    for (uint32_t index = 0; index < count; index++)
        reader->settings[index] = config->settings[index];
    for (uint32_t index = 0; index < OWN_SETTING_COUNT; index++)
        reader->settings[count + index] = own_settings[index];
    reader->config =
        (struct fen_kafka_config){reader->settings, count + (uint32_t)OWN_SETTING_COUNT};
}

static bool is_stopping(struct fen_dead_letter_reader *reader)
{
    return atomic_load_explicit(&reader->is_stopping, memory_order_relaxed);
}

/* Read until the end is asked for, or the topic can be read no further. */
static void read_on(struct fen_dead_letter_reader *reader, struct fen_topic_reader *topic,
                    struct fen_buffer *reason)
{
    bool is_current = false;
    while (!is_stopping(reader)) {
        struct fen_message message;
        switch (fen_topic_reader_next(topic, POLL_MS, &message, reason)) {
        case FEN_TOPIC_READER_OK:
            fen_dead_letter_board_put(reader->board, &message);
            break;
        case FEN_TOPIC_READER_NONE:
            break;
        case FEN_TOPIC_READER_FAILED:
            return;
        }
        if (!is_current && fen_topic_reader_is_at_end(topic)) {
            is_current = true;
            fen_dead_letter_board_set_current(reader->board, true);
        }
    }
}

/* Until the end is asked for, or so many seconds have gone by. */
static void pause_for(struct fen_dead_letter_reader *reader, int seconds)
{
    struct timespec deadline;
    (void)clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += seconds;
    (void)sem_timedwait(&reader->stop, &deadline);
}

static void *run_thread(void *opaque)
{
    struct fen_dead_letter_reader *reader = opaque;
    struct fen_buffer reason = {0};
    (void)pthread_setname_np(pthread_self(), "dead letters");
    while (!is_stopping(reader)) {
        struct fen_topic_reader *topic = fen_topic_reader_create(
            &(struct fen_topic_reader_options){.config = &reader->config,
                                               .topic = FEN_TOPIC_DEAD_LETTERS,
                                               .partition = -1,
                                               .start = FEN_TOPIC_START_BEGINNING},
            &reason);
        if (topic != NULL)
            read_on(reader, topic, &reason);
        fen_topic_reader_destroy(topic);
        if (is_stopping(reader))
            break;
        FEN_LOG_WARN("dead letters", "they cannot be read for finance; trying again",
                     FEN_LOG_STR("reason", fen_buffer_str(&reason)));
        fen_buffer_clear(&reason);
        fen_dead_letter_board_clear(reader->board);
        pause_for(reader, AGAIN_SECONDS);
    }
    fen_buffer_deinit(&reason);
    return NULL;
}

struct fen_dead_letter_reader *fen_dead_letter_reader_start(const struct fen_kafka_config *config,
                                                            struct fen_dead_letter_board *board)
{
    struct fen_dead_letter_reader *reader = calloc(1, sizeof *reader);
    FEN_ASSERT(reader != NULL && "out of memory");
    reader->board = board;
    configure(reader, config);
    FEN_ASSERT(sem_init(&reader->stop, 0, 0) == 0);
    FEN_ASSERT(pthread_create(&reader->thread, NULL, run_thread, reader) == 0);
    return reader;
}

void fen_dead_letter_reader_ask_to_stop(struct fen_dead_letter_reader *reader)
{
    if (reader == NULL)
        return;
    atomic_store_explicit(&reader->is_stopping, true, memory_order_relaxed);
    (void)sem_post(&reader->stop);
}

bool fen_dead_letter_reader_stop(struct fen_dead_letter_reader *reader, uint32_t timeout_ms)
{
    if (reader == NULL)
        return true;
    fen_dead_letter_reader_ask_to_stop(reader);
    if (!fen_thread_join(reader->thread, timeout_ms))
        return false;
    (void)sem_destroy(&reader->stop);
    free(reader->settings);
    free(reader);
    return true;
}
