/*
 * alignment: see alignment.h. A message's time is the newest of its partition up to it, which keeps
 * the log's order within a partition; equal times keep the order in which they came.
 */
#include "stream/alignment.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define HELD_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define HELD_TIME_MS_MAX 500 /* where nothing comes for so long, nothing is waited for */

struct fen_held_message {
    struct fen_message message;
    int64_t time_ms;
    size_t size_bytes;
    _Alignas(16) char bytes[]; /* headers, then key, value, header texts */
};

struct fen_alignment_row {
    int64_t time_ms;
    bool is_ready;
    struct fen_held_message *held;  /* NULL: a borrowed one */
    const struct fen_message *message;
};

/* The topics that bear on one another within a partition. */
static const enum fen_topic aligned[] = {FEN_TOPIC_ORDER_EVENTS, FEN_TOPIC_TOUCH_EVENTS,
                                         FEN_TOPIC_CUSTOMER_EVENTS};
#define ALIGNED_COUNT (sizeof aligned / sizeof *aligned)

void fen_alignment_clear(struct fen_alignment *alignment)
{
    for (uint32_t index = 0; index < alignment->held_count; index++)
        free(alignment->held[index]);
    alignment->held_count = 0;
    alignment->held_bytes = 0;
    alignment->row_count = alignment->ready_count = 0;
    for (uint32_t place = 0; place < alignment->partition_count * FEN_TOPIC_COUNT; place++)
        alignment->newest_ms[place] = INT64_MIN;
}

void fen_alignment_deinit(struct fen_alignment *alignment)
{
    fen_alignment_clear(alignment);
    free(alignment->rows);
    free(alignment->spare);
    free(alignment->held);
    free(alignment->newest_ms);
    *alignment = (struct fen_alignment){0};
}

bool fen_alignment_is_holding(const struct fen_alignment *alignment)
{
    return alignment->held_count > 0;
}

static int64_t *newest_of(const struct fen_alignment *alignment, const struct fen_message *message)
{
    return &alignment->newest_ms[message->partition * FEN_TOPIC_COUNT + message->topic];
}

static void make_room(struct fen_alignment *alignment, const struct fen_message *messages,
                      uint32_t count)
{
    uint32_t needed = alignment->held_count + count;
    if (needed > alignment->row_capacity) {
        alignment->row_capacity = needed * 2;
        free(alignment->spare);
        alignment->rows =
            realloc(alignment->rows, alignment->row_capacity * sizeof *alignment->rows);
        alignment->spare = malloc(alignment->row_capacity * sizeof *alignment->spare);
        FEN_ASSERT(alignment->rows != NULL && alignment->spare != NULL && "out of memory");
    }
    uint32_t partition_count = alignment->partition_count;
    for (uint32_t index = 0; index < count; index++)
        if (messages[index].partition >= partition_count)
            partition_count = messages[index].partition + 1;
    if (partition_count == alignment->partition_count)
        return;
    size_t places = (size_t)partition_count * FEN_TOPIC_COUNT;
    alignment->newest_ms = realloc(alignment->newest_ms, places * sizeof *alignment->newest_ms);
    FEN_ASSERT(alignment->newest_ms != NULL && "out of memory");
    for (size_t place = (size_t)alignment->partition_count * FEN_TOPIC_COUNT; place < places;
         place++)
        alignment->newest_ms[place] = INT64_MIN;
    alignment->partition_count = partition_count;
}

/* Up to which time a partition's topics have given everything; INT64_MAX: all they have. */
static int64_t horizon_ms(const struct fen_alignment *alignment, struct fen_source *source,
                          uint32_t partition)
{
    int64_t horizon = INT64_MAX;
    for (size_t index = 0; index < ALIGNED_COUNT; index++) {
        int64_t newest_ms = alignment->newest_ms[partition * FEN_TOPIC_COUNT + aligned[index]];
        if (source->functions->lag(source, aligned[index], partition) > 0 && newest_ms < horizon)
            horizon = newest_ms;
    }
    return horizon;
}

static bool is_aligned(enum fen_topic topic)
{
    for (size_t index = 0; index < ALIGNED_COUNT; index++)
        if (aligned[index] == topic)
            return true;
    return false;
}

static void rows_swap(struct fen_alignment *alignment)
{
    struct fen_alignment_row *rows = alignment->rows;
    alignment->rows = alignment->spare;
    alignment->spare = rows;
}

/* The ready ones to the front; both parts stay in the order of arrival. */
static void rows_part(struct fen_alignment *alignment)
{
    uint32_t ready = 0, held = alignment->ready_count;
    for (uint32_t index = 0; index < alignment->row_count; index++) {
        const struct fen_alignment_row *row = &alignment->rows[index];
        alignment->spare[row->is_ready ? ready++ : held++] = *row;
    }
    rows_swap(alignment);
}

/* Behind the ascending run that begins at `first`. */
static uint32_t run_end(const struct fen_alignment_row *rows, uint32_t first, uint32_t count)
{
    uint32_t end = first;
    while (++end < count && rows[end - 1].time_ms <= rows[end].time_ms) {
    }
    return end;
}

/* Merge two neighbouring runs; of equal times the one that came first stays first. */
static void runs_merge(const struct fen_alignment_row *rows, uint32_t first, uint32_t middle,
                       uint32_t end, struct fen_alignment_row *merged)
{
    uint32_t left = first, right = middle;
    for (uint32_t at = first; at < end; at++) {
        bool takes_left =
            left < middle && (right == end || rows[left].time_ms <= rows[right].time_ms);
        merged[at] = rows[takes_left ? left++ : right++];
    }
}

/*
 * Sort the ready rows by time, stably, by merging runs: what a partition's topic gave is one run
 * already, so a few passes do.
 */
static void rows_sort(struct fen_alignment *alignment)
{
    uint32_t count = alignment->ready_count;
    while (count > 0 && run_end(alignment->rows, 0, count) < count) {
        for (uint32_t first = 0, end; first < count; first = end) {
            uint32_t middle = run_end(alignment->rows, first, count);
            end = middle == count ? count : run_end(alignment->rows, middle, count);
            runs_merge(alignment->rows, first, middle, end, alignment->spare);
        }
        memcpy(alignment->spare + count, alignment->rows + count,
               (alignment->row_count - count) * sizeof *alignment->rows);
        rows_swap(alignment);
    }
}

static void add_row(struct fen_alignment *alignment, struct fen_held_message *held,
                    const struct fen_message *message, int64_t time_ms)
{
    alignment->rows[alignment->row_count++] =
        (struct fen_alignment_row){.time_ms = time_ms, .held = held, .message = message};
}

/* Rows of the held, which came first, and of the new. */
static void add_rows(struct fen_alignment *alignment, const struct fen_message *messages,
                     uint32_t count)
{
    alignment->row_count = 0;
    for (uint32_t index = 0; index < alignment->held_count; index++)
        add_row(alignment, alignment->held[index], &alignment->held[index]->message,
                alignment->held[index]->time_ms);
    for (uint32_t index = 0; index < count; index++) {
        int64_t *newest_ms = newest_of(alignment, &messages[index]);
        if (messages[index].timestamp_ms > *newest_ms)
            *newest_ms = messages[index].timestamp_ms;
        add_row(alignment, NULL, &messages[index], *newest_ms);
    }
}

static bool is_patient(const struct fen_alignment *alignment, int64_t now_ms)
{
    return alignment->held_bytes <= HELD_BYTES_MAX &&
           (alignment->held_count == 0 ||
            now_ms - alignment->held_since_ms < HELD_TIME_MS_MAX);
}

uint32_t fen_alignment_arrange(struct fen_alignment *alignment, struct fen_source *source,
                               const struct fen_message *messages, uint32_t count, bool has_more,
                               int64_t now_ms)
{
    make_room(alignment, messages, count);
    add_rows(alignment, messages, count);
    if (has_more)
        alignment->held_since_ms = now_ms;
    bool holds_back = is_patient(alignment, now_ms);
    uint32_t partition = UINT32_MAX;
    int64_t horizon = INT64_MAX;
    alignment->ready_count = 0;
    for (uint32_t index = 0; index < alignment->row_count; index++) {
        struct fen_alignment_row *row = &alignment->rows[index];
        bool is_held_back = holds_back && is_aligned(row->message->topic);
        if (is_held_back && row->message->partition != partition) {
            partition = row->message->partition;
            horizon = horizon_ms(alignment, source, partition);
        }
        row->is_ready = !is_held_back || row->time_ms <= horizon;
        alignment->ready_count += row->is_ready;
    }
    if (alignment->ready_count < alignment->row_count)
        rows_part(alignment);
    rows_sort(alignment);
    return alignment->ready_count;
}

const struct fen_message *fen_alignment_at(const struct fen_alignment *alignment, uint32_t place)
{
    FEN_ASSERT(place < alignment->ready_count);
    return alignment->rows[place].message;
}

static struct fen_str copy_text(char **room, struct fen_str text)
{
    if (!fen_str_is_set(text))
        return text;
    char *copy = *room;
    if (text.size > 0)
        memcpy(copy, text.data, text.size);
    *room += text.size;
    return (struct fen_str){copy, text.size};
}

static struct fen_held_message *hold(const struct fen_message *message, int64_t time_ms)
{
    size_t headers_bytes = message->header_count * sizeof *message->headers;
    size_t size_bytes = headers_bytes + message->key.size + message->value.size;
    for (uint32_t index = 0; index < message->header_count; index++)
        size_bytes += message->headers[index].name.size + message->headers[index].value.size;
    struct fen_held_message *held = malloc(sizeof *held + size_bytes);
    FEN_ASSERT(held != NULL && "out of memory");
    held->message = *message;
    held->time_ms = time_ms;
    held->size_bytes = sizeof *held + size_bytes;
    held->message.headers = (struct fen_header *)(void *)held->bytes;
    char *room = held->bytes + headers_bytes;
    held->message.key = copy_text(&room, message->key);
    held->message.value = copy_text(&room, message->value);
    for (uint32_t index = 0; index < message->header_count; index++)
        held->message.headers[index] =
            (struct fen_header){copy_text(&room, message->headers[index].name),
                                copy_text(&room, message->headers[index].value)};
    return held;
}

void fen_alignment_stash(struct fen_alignment *alignment, int64_t now_ms)
{
    /* In the order of arrival, in which a partition's log goes on. */
    const struct fen_alignment_row *rows = alignment->rows + alignment->ready_count;
    uint32_t count = alignment->row_count - alignment->ready_count;
    for (uint32_t place = 0; place < alignment->ready_count; place++)
        free(alignment->rows[place].held);
    if (count > alignment->held_capacity) {
        alignment->held_capacity = count * 2;
        alignment->held =
            realloc(alignment->held, alignment->held_capacity * sizeof(struct fen_held_message *));
        FEN_ASSERT(alignment->held != NULL && "out of memory");
    }
    if (alignment->held_count == 0 || alignment->ready_count > 0)
        alignment->held_since_ms = now_ms;
    alignment->held_count = count;
    alignment->held_bytes = 0;
    for (uint32_t index = 0; index < count; index++) {
        alignment->held[index] = rows[index].held != NULL
                                     ? rows[index].held
                                     : hold(rows[index].message, rows[index].time_ms);
        alignment->held_bytes += alignment->held[index]->size_bytes;
    }
    alignment->row_count = alignment->ready_count = 0;
}
