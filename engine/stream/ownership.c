/* ownership: see ownership.h. An index by topic and partition over what was assigned. */
#include "stream/ownership.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "stream/inputs.h"

static size_t slot_of(const struct fen_ownership *ownership, enum fen_topic topic,
                      uint32_t partition)
{
    FEN_ASSERT(topic < FEN_TOPIC_COUNT && partition < ownership->partition_count);
    return (size_t)topic * ownership->partition_count + partition;
}

static void *allocate(size_t count, size_t size_bytes)
{
    void *memory = calloc(count, size_bytes);
    FEN_ASSERT(memory != NULL);
    return memory;
}

void fen_ownership_init(struct fen_ownership *ownership, uint32_t partition_count)
{
    FEN_ASSERT(partition_count > 0);
    size_t slot_count = (size_t)FEN_TOPIC_COUNT * partition_count;
    memset(ownership, 0, sizeof *ownership);
    ownership->partition_count = partition_count;
    ownership->offsets = allocate(slot_count, sizeof *ownership->offsets);
    ownership->sent = allocate(slot_count, sizeof *ownership->sent);
    ownership->ahead = allocate(slot_count, sizeof *ownership->ahead);
    ownership->touched = allocate(slot_count, sizeof *ownership->touched);
    ownership->index = allocate(slot_count, sizeof *ownership->index);
    ownership->partitions = allocate(partition_count, sizeof *ownership->partitions);
}

void fen_ownership_deinit(struct fen_ownership *ownership)
{
    free(ownership->offsets);
    free(ownership->sent);
    free(ownership->ahead);
    free(ownership->touched);
    free(ownership->index);
    free(ownership->partitions);
    memset(ownership, 0, sizeof *ownership);
}

void fen_ownership_clear(struct fen_ownership *ownership)
{
    for (uint32_t i = 0; i < ownership->offset_count; i++)
        ownership->index[slot_of(ownership, ownership->offsets[i].topic,
                                 ownership->offsets[i].partition)] = 0;
    ownership->offset_count = 0;
    ownership->lane_count = 0;
    ownership->touched_count = 0;
}

static bool owns(const struct fen_ownership *ownership, enum fen_topic topic, uint32_t partition)
{
    return ownership->index[slot_of(ownership, topic, partition)] != 0;
}

/* Whether partition `partition` is owned of all the co-partitioned inputs, or of none. */
static bool is_whole(const struct fen_ownership *ownership, const enum fen_topic *inputs,
                     uint32_t input_count, uint32_t partition, struct fen_buffer *reason)
{
    bool is_owned = owns(ownership, inputs[0], partition);
    for (uint32_t i = 0; i < input_count; i++) {
        const struct fen_topic_info *info = fen_topic_info(inputs[i]);
        bool is_wanted = info->is_single_partition ? is_owned && partition == 0 : is_owned;
        if (info->is_single_partition && partition > 0)
            continue;
        if (owns(ownership, inputs[i], partition) == is_wanted)
            continue;
        fen_buffer_append_format(
            reason,
            "partition %" PRIu32 " of %s and of %s are assigned to different workers: all "
            "members of a group must run the same stages, or each stage apart",
            partition, fen_topic_info(inputs[0])->name, info->name);
        return false;
    }
    return true;
}

static bool add_all(struct fen_ownership *ownership, const struct fen_offset *assigned,
                    uint32_t count, struct fen_buffer *reason)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct fen_offset *one = &assigned[i];
        if (one->partition >= ownership->partition_count) {
            fen_buffer_append_format(reason,
                                     "%s has a partition %" PRIu32
                                     ", and there were %" PRIu32
                                     " when this process started: restart it",
                                     fen_topic_info(one->topic)->name, one->partition,
                                     ownership->partition_count);
            return false;
        }
        uint32_t index = ownership->offset_count++;
        ownership->offsets[index] =
            (struct fen_offset){one->topic, one->partition, FEN_OFFSET_NONE};
        ownership->ahead[index] = FEN_OFFSET_NONE;
        ownership->index[slot_of(ownership, one->topic, one->partition)] = index + 1;
    }
    return true;
}

bool fen_ownership_take(struct fen_ownership *ownership, const struct fen_offset *assigned,
                        uint32_t count, bool has_split, bool has_post, struct fen_buffer *reason)
{
    enum fen_topic inputs[FEN_INPUT_COUNT_MAX];
    uint32_t input_count = fen_inputs_list(has_split, has_post, inputs);
    fen_ownership_clear(ownership);
    bool is_right = add_all(ownership, assigned, count, reason);
    for (uint32_t i = 0; is_right && i < ownership->partition_count; i++) {
        is_right = is_whole(ownership, inputs, input_count, i, reason);
        if (is_right && owns(ownership, inputs[0], i))
            ownership->partitions[ownership->lane_count++] = i;
    }
    if (!is_right)
        fen_ownership_clear(ownership);
    return is_right;
}

void fen_ownership_advance(struct fen_ownership *ownership, const struct fen_message *message)
{
    uint32_t index = ownership->index[slot_of(ownership, message->topic, message->partition)];
    FEN_ASSERT(index > 0);
    index--;
    FEN_ASSERT(message->offset >= ownership->offsets[index].offset
               && message->offset >= ownership->ahead[index]);
    if (ownership->ahead[index] == FEN_OFFSET_NONE)
        ownership->touched[ownership->touched_count++] = index;
    ownership->ahead[index] = message->offset + 1;
}

const struct fen_offset *fen_ownership_offsets(struct fen_ownership *ownership,
                                               uint32_t *count_out)
{
    FEN_ASSERT(ownership->offset_count > 0);
    if (ownership->touched_count == 0) {
        *count_out = 1;
        return ownership->offsets;
    }
    for (uint32_t i = 0; i < ownership->touched_count; i++) {
        uint32_t index = ownership->touched[i];
        ownership->sent[i] = ownership->offsets[index];
        ownership->sent[i].offset = ownership->ahead[index];
    }
    *count_out = ownership->touched_count;
    return ownership->sent;
}

void fen_ownership_settle(struct fen_ownership *ownership, bool is_committed)
{
    for (uint32_t i = 0; i < ownership->touched_count; i++) {
        uint32_t index = ownership->touched[i];
        if (is_committed)
            ownership->offsets[index].offset = ownership->ahead[index];
        ownership->ahead[index] = FEN_OFFSET_NONE;
    }
    ownership->touched_count = 0;
}
