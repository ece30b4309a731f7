/*
 * alignment: see alignment.h. A message's time is the newest of its partition up to it, which keeps
 * the log's order within a partition; equal times keep the order in which they came.
 */
#include "stream/alignment.h"

#include <stdlib.h>

#include "base/assert.h"

struct fen_alignment_row {
    int64_t time_ms;
    uint32_t index;
};

void fen_alignment_deinit(struct fen_alignment *alignment)
{
    free(alignment->rows);
    free(alignment->newest_ms);
    *alignment = (struct fen_alignment){0};
}

static int rows_compare(const void *a, const void *b)
{
    const struct fen_alignment_row *left = a, *right = b;
    if (left->time_ms != right->time_ms)
        return left->time_ms < right->time_ms ? -1 : 1;
    return (left->index > right->index) - (left->index < right->index);
}

static void make_room(struct fen_alignment *alignment, const struct fen_message *messages,
                      uint32_t count)
{
    if (count > alignment->row_capacity) {
        alignment->row_capacity = count * 2;
        alignment->rows =
            realloc(alignment->rows, alignment->row_capacity * sizeof *alignment->rows);
        FEN_ASSERT(alignment->rows != NULL && "out of memory");
    }
    uint32_t partition_count = alignment->partition_count;
    for (uint32_t index = 0; index < count; index++)
        if (messages[index].partition >= partition_count)
            partition_count = messages[index].partition + 1;
    if (partition_count > alignment->partition_count) {
        alignment->partition_count = partition_count;
        alignment->newest_ms =
            realloc(alignment->newest_ms,
                    (size_t)partition_count * FEN_TOPIC_COUNT * sizeof *alignment->newest_ms);
        FEN_ASSERT(alignment->newest_ms != NULL && "out of memory");
    }
    for (uint32_t place = 0; place < alignment->partition_count * FEN_TOPIC_COUNT; place++)
        alignment->newest_ms[place] = INT64_MIN;
}

void fen_alignment_arrange(struct fen_alignment *alignment, const struct fen_message *messages,
                           uint32_t count)
{
    make_room(alignment, messages, count);
    bool is_sorted = true;
    for (uint32_t index = 0; index < count; index++) {
        const struct fen_message *message = &messages[index];
        int64_t *newest_ms =
            &alignment->newest_ms[message->partition * FEN_TOPIC_COUNT + message->topic];
        if (message->timestamp_ms > *newest_ms)
            *newest_ms = message->timestamp_ms;
        alignment->rows[index] = (struct fen_alignment_row){*newest_ms, index};
        is_sorted = is_sorted && (index == 0 || alignment->rows[index - 1].time_ms <= *newest_ms);
    }
    if (!is_sorted)
        qsort(alignment->rows, count, sizeof *alignment->rows, rows_compare);
}

uint32_t fen_alignment_at(const struct fen_alignment *alignment, uint32_t place)
{
    return alignment->rows[place].index;
}
