/*
 * backtest_reader: see the header.
 *
 * Chunks stand in a ring and go round: the caller fills one (from `filled` on), a thread reads it
 * (from `begun` on), the caller gives it back (from `given` on). The counters and `is_read` are
 * under the mutex; a chunk is whose turn it is.
 */
#include "cli/backtest/backtest_reader.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/pages.h"

#define CHUNK_COUNT 8u
#define CHUNK_BYTES ((size_t)256 << 10)
#define THREAD_COUNT 2u

struct read_event {
    struct fen_backtest_place place;
    uint32_t size; /* of its bytes among the chunk's values */
};

struct chunk {
    struct fen_buffer bytes;
    uint32_t *sizes; /* of each event's bytes; grows with malloc, `events` with it */
    struct read_event *events;
    uint32_t size_count, capacity;
    struct fen_buffer values;
    uint32_t event_count, refused_count;
    bool is_read;
};

struct fen_backtest_reader {
    const struct fen_backtest_visitor *visitor;
    enum fen_wire wire;
    struct fen_str tenant;
    bool takes_closings;
    struct chunk chunks[CHUNK_COUNT];
    pthread_t threads[THREAD_COUNT];
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    uint64_t filled, begun, given; /* chunks */
    uint64_t refused_count;
    bool is_ending;
};

static void read_event(const struct fen_backtest_reader *reader, struct chunk *chunk,
                       struct fen_str bytes, struct fen_arena *scratch)
{
    const struct fen_backtest_visitor *visitor = reader->visitor;
    struct fen_event event;
    struct fen_refused refused;
    if (visitor->wants_line != NULL && !visitor->wants_line(visitor->context, bytes))
        return;
    fen_arena_reset(scratch);
    if (fen_event_decode(reader->wire, bytes, scratch, &event, &refused) != FEN_REFUSAL_NONE) {
        chunk->refused_count++;
        return;
    }
    if (event.type == FEN_EVENT_PERIOD_CLOSED && !reader->takes_closings)
        return;
    if (fen_str_is_set(reader->tenant) && !fen_str_equal(reader->tenant, event.tenant))
        return;
    if (visitor->wants_event != NULL && !visitor->wants_event(visitor->context, &event))
        return;
    size_t before_bytes = chunk->values.size_bytes;
    if (reader->wire == FEN_WIRE_PROTOBUF)
        fen_buffer_append_str(&chunk->values, bytes);
    else
        fen_event_encode(FEN_WIRE_PROTOBUF, &event, &chunk->values);
    chunk->events[chunk->event_count++] =
        (struct read_event){fen_backtest_place_of(&event),
                            (uint32_t)(chunk->values.size_bytes - before_bytes)};
}

static void read_chunk(const struct fen_backtest_reader *reader, struct chunk *chunk,
                       struct fen_arena *scratch)
{
    const char *at = chunk->bytes.data;
    for (uint32_t i = 0; i < chunk->size_count; at += chunk->sizes[i++])
        read_event(reader, chunk, (struct fen_str){at, chunk->sizes[i]}, scratch);
}

static void *work(void *context)
{
    struct fen_backtest_reader *reader = context;
    fen_pages_prefer_huge();
    struct fen_arena *scratch = fen_arena_create((size_t)1 << 16);
    (void)pthread_mutex_lock(&reader->mutex);
    for (;;) {
        while (reader->begun == reader->filled && !reader->is_ending)
            (void)pthread_cond_wait(&reader->changed, &reader->mutex);
        if (reader->is_ending)
            break;
        struct chunk *chunk = &reader->chunks[reader->begun++ % CHUNK_COUNT];
        (void)pthread_mutex_unlock(&reader->mutex);
        read_chunk(reader, chunk, scratch);
        (void)pthread_mutex_lock(&reader->mutex);
        chunk->is_read = true;
        (void)pthread_cond_broadcast(&reader->changed);
    }
    (void)pthread_mutex_unlock(&reader->mutex);
    fen_arena_destroy(scratch);
    return NULL;
}

struct fen_backtest_reader *fen_backtest_reader_create(const struct fen_backtest_visitor *visitor,
                                                       enum fen_wire wire, struct fen_str tenant,
                                                       bool takes_closings)
{
    struct fen_backtest_reader *reader = calloc(1, sizeof *reader);
    FEN_ASSERT(reader != NULL);
    reader->visitor = visitor;
    reader->wire = wire;
    reader->tenant = tenant;
    reader->takes_closings = takes_closings;
    (void)pthread_mutex_init(&reader->mutex, NULL);
    (void)pthread_cond_init(&reader->changed, NULL);
    for (uint32_t i = 0; i < THREAD_COUNT; i++) {
        int error = pthread_create(&reader->threads[i], NULL, work, reader);
        FEN_ASSERT(error == 0);
    }
    return reader;
}

void fen_backtest_reader_destroy(struct fen_backtest_reader *reader)
{
    (void)pthread_mutex_lock(&reader->mutex);
    reader->is_ending = true;
    (void)pthread_cond_broadcast(&reader->changed);
    (void)pthread_mutex_unlock(&reader->mutex);
    for (uint32_t i = 0; i < THREAD_COUNT; i++)
        (void)pthread_join(reader->threads[i], NULL);
    for (uint32_t i = 0; i < CHUNK_COUNT; i++) {
        fen_buffer_deinit(&reader->chunks[i].bytes);
        fen_buffer_deinit(&reader->chunks[i].values);
        free(reader->chunks[i].sizes);
        free(reader->chunks[i].events);
    }
    (void)pthread_cond_destroy(&reader->changed);
    (void)pthread_mutex_destroy(&reader->mutex);
    free(reader);
}

/* The oldest chunk, once it is read; it is empty then. */
static void give_back(struct fen_backtest_reader *reader)
{
    const struct fen_backtest_visitor *visitor = reader->visitor;
    struct chunk *chunk = &reader->chunks[reader->given++ % CHUNK_COUNT];
    (void)pthread_mutex_lock(&reader->mutex);
    while (!chunk->is_read)
        (void)pthread_cond_wait(&reader->changed, &reader->mutex);
    chunk->is_read = false;
    (void)pthread_mutex_unlock(&reader->mutex);
    const char *at = chunk->values.data;
    for (uint32_t i = 0; i < chunk->event_count; at += chunk->events[i++].size)
        visitor->take(visitor->context, &chunk->events[i].place,
                      (struct fen_str){at, chunk->events[i].size});
    reader->refused_count += chunk->refused_count;
    fen_buffer_clear(&chunk->bytes);
    fen_buffer_clear(&chunk->values);
    chunk->size_count = chunk->event_count = chunk->refused_count = 0;
}

static struct chunk *filling(struct fen_backtest_reader *reader)
{
    return &reader->chunks[reader->filled % CHUNK_COUNT];
}

/* Hand the chunk over; the next one is empty then. */
static void hand_over(struct fen_backtest_reader *reader)
{
    (void)pthread_mutex_lock(&reader->mutex);
    reader->filled++;
    (void)pthread_cond_broadcast(&reader->changed);
    (void)pthread_mutex_unlock(&reader->mutex);
    if (reader->filled - reader->given == CHUNK_COUNT)
        give_back(reader);
}

static void reach(struct chunk *chunk)
{
    if (chunk->size_count < chunk->capacity)
        return;
    chunk->capacity = chunk->capacity == 0 ? 1024 : chunk->capacity * 2;
    chunk->sizes = realloc(chunk->sizes, chunk->capacity * sizeof *chunk->sizes);
    chunk->events = realloc(chunk->events, chunk->capacity * sizeof *chunk->events);
    FEN_ASSERT(chunk->sizes != NULL && chunk->events != NULL);
}

void fen_backtest_reader_put(struct fen_backtest_reader *reader, struct fen_str bytes)
{
    struct chunk *chunk = filling(reader);
    reach(chunk);
    chunk->sizes[chunk->size_count++] = bytes.size;
    fen_buffer_append_str(&chunk->bytes, bytes);
    if (chunk->bytes.size_bytes >= CHUNK_BYTES)
        hand_over(reader);
}

uint64_t fen_backtest_reader_finish(struct fen_backtest_reader *reader)
{
    if (filling(reader)->size_count > 0)
        hand_over(reader);
    while (reader->given < reader->filled)
        give_back(reader);
    return reader->refused_count;
}
