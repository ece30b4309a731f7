/* block: see block.h. Fields and rankings of a payee are in fields.c. */
#include "redis/block.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redis/fields.h"
#include "redis/resp.h"
#include "wire/feed_record.h"

/* Records of one payee go into several steps beyond this, so that commands can be cut. */
#define STEP_BYTES_MAX ((size_t)64 << 10)
#define STEP_RECORDS_MAX 500

#define CONCEAL_CHUNK_BYTES 4096

void fen_block_deinit(struct fen_block *block)
{
    fen_buffer_deinit(&block->keys);
    fen_buffer_deinit(&block->args);
    fen_buffer_deinit(&block->feed_key);
    fen_buffer_deinit(&block->scratch);
    fen_buffer_deinit(&block->shown);
    fen_arena_destroy(block->arena);
    free(block->steps);
    free(block->touches);
    *block = (struct fen_block){0};
}

void fen_block_clear(struct fen_block *block, const char *key_prefix, uint32_t partition,
                     uint32_t feed_length, enum fen_wire wire)
{
    block->partition = partition;
    block->version_from = 0;
    block->version_to = 0;
    block->payee_count = 0;
    block->feed_length = feed_length;
    block->wire = wire;
    int size =
        snprintf(block->prefix, sizeof block->prefix, "%s{p%u}:", key_prefix, (unsigned)partition);
    FEN_ASSERT(size > 0 && (size_t)size < sizeof block->prefix);
    block->prefix_size = (uint32_t)size;
    fen_buffer_clear(&block->keys);
    fen_buffer_clear(&block->args);
    fen_buffer_clear(&block->feed_key);
    block->step_count = 0;
    block->record_count = 0;
}

static struct fen_str block_prefix(const struct fen_block *block)
{
    return (struct fen_str){block->prefix, block->prefix_size};
}

/* Begin a step: its two keys. Arguments follow, then step_end. */
static void step_begin(struct fen_block *block, struct fen_str tenant, struct fen_str payee)
{
    if (block->step_count == block->step_capacity) {
        block->step_capacity = block->step_capacity == 0 ? 64 : block->step_capacity * 2;
        block->steps = realloc(block->steps, block->step_capacity * sizeof *block->steps);
        FEN_ASSERT(block->steps != NULL && "out of memory");
    }
    struct fen_str account[] = {block_prefix(block), FEN_STR("account:"), tenant, FEN_STR("/"),
                                payee};
    struct fen_str feed[] = {block_prefix(block), FEN_STR("feed:"), tenant, FEN_STR("/"), payee};
    fen_resp_append_joined(&block->keys, account, 5);
    fen_resp_append_joined(&block->keys, feed, 5);
    fen_buffer_clear(&block->feed_key);
    fen_buffer_append_str(&block->feed_key, tenant);
    fen_buffer_append_byte(&block->feed_key, '/');
    fen_buffer_append_str(&block->feed_key, payee);
}

static void step_end(struct fen_block *block, uint32_t arg_count)
{
    block->steps[block->step_count++] = (struct fen_block_step){
        (uint32_t)block->keys.size_bytes, (uint32_t)block->args.size_bytes, arg_count};
}

/* Close the arguments of an account with an empty list of records, which records may join. */
static void step_end_with_records(struct fen_block *block, uint32_t arg_count)
{
    block->record_count_offset = fen_resp_append_count(&block->args, 0);
    block->record_count = 0;
    step_end(block, arg_count + 1);
}

static bool step_has_room(const struct fen_block *block)
{
    if (block->step_count == 0 || block->record_count >= STEP_RECORDS_MAX)
        return false;
    uint32_t begin =
        block->step_count == 1 ? 0 : block->steps[block->step_count - 2].args_end;
    return block->args.size_bytes - begin < STEP_BYTES_MAX;
}

static bool step_is_of(const struct fen_block *block, struct fen_str tenant, struct fen_str payee)
{
    struct fen_str step_tenant, step_payee;
    return fen_str_split(fen_buffer_str(&block->feed_key), &step_tenant, &step_payee) &&
           fen_str_equal(step_tenant, tenant) && fen_str_equal(step_payee, payee);
}

/* The record as guides may see it; registrations, which are rare, name customers. */
static struct fen_str record_shown(struct fen_block *block, struct fen_str record)
{
    if (block->arena == NULL)
        block->arena = fen_arena_create(CONCEAL_CHUNK_BYTES);
    fen_arena_reset(block->arena);
    fen_buffer_clear(&block->shown);
    fen_feed_record_append(block->wire, fen_buffer_str(&block->feed_key), record, block->arena,
                           &block->shown);
    return fen_buffer_str(&block->shown);
}

/* To the step at hand. */
static void step_add_record(struct fen_block *block, uint64_t seq, struct fen_str record,
                            bool may_name)
{
    fen_resp_append_number(&block->args, (int64_t)seq);
    fen_resp_append_text(&block->args, may_name ? record_shown(block, record) : record);
    fen_resp_set_count(&block->args, block->record_count_offset, ++block->record_count);
    struct fen_block_step *step = &block->steps[block->step_count - 1];
    step->args_end = (uint32_t)block->args.size_bytes;
    step->arg_count += 2;
}

void fen_block_add_record(struct fen_block *block, struct fen_str tenant, struct fen_str payee,
                          uint64_t seq, struct fen_str record)
{
    if (!step_has_room(block) || !step_is_of(block, tenant, payee)) {
        step_begin(block, tenant, payee);
        fen_resp_append_text(&block->args, FEN_STR("feed"));
        step_end_with_records(block, 1);
    }
    step_add_record(block, seq, record, fen_feed_record_may_name(record));
}

/* "changes" or "whole", tenant, payee, store. */
static void append_account_head(struct fen_block *block, struct fen_str mode,
                                const struct fen_account *account, struct fen_str store)
{
    fen_resp_append_text(&block->args, mode);
    fen_resp_append_text(&block->args, account->tenant);
    fen_resp_append_text(&block->args, account->payee);
    fen_resp_append_text(&block->args, fen_fields_ranks(account->payee) ? store : FEN_STR(""));
}

void fen_block_add_changes(struct fen_block *block, const struct fen_payee_change *change)
{
    const struct fen_account *account = change->account;
    step_begin(block, account->tenant, account->payee);
    append_account_head(block, FEN_STR("changes"), account, change->store);
    uint32_t arg_count =
        4 + fen_fields_append_changes(block, account, change->entries, change->entry_count);
    step_end_with_records(block, arg_count);
    block->payee_count++;
    if (!fen_str_is_set(change->record))
        return;
    FEN_ASSERT(change->entries[change->entry_count - 1].seq == account->seq);
    step_add_record(block, account->seq, change->record,
                    fen_feed_entries_name(change->entries, change->entry_count));
}

void fen_block_add_whole(struct fen_block *block, const struct fen_account *account,
                         struct fen_str store)
{
    step_begin(block, account->tenant, account->payee);
    append_account_head(block, FEN_STR("whole"), account, store);
    uint32_t arg_count = 4 + fen_fields_append_whole(block, account);
    step_end_with_records(block, arg_count);
    block->payee_count++;
}

/* How many steps from `first` on go into one command, at least one where there is one. */
static uint32_t command_steps(const struct fen_block *block, uint32_t first)
{
    uint32_t keys_from = first == 0 ? 0 : block->steps[first - 1].keys_end;
    uint32_t args_from = first == 0 ? 0 : block->steps[first - 1].args_end;
    uint32_t end = first;
    while (end < block->step_count) {
        size_t bytes = (size_t)(block->steps[end].keys_end - keys_from) +
                       (block->steps[end].args_end - args_from);
        if (end > first &&
            (bytes > FEN_COMMAND_BYTES_MAX || 2 * (end - first + 1) > FEN_COMMAND_KEYS_MAX))
            break;
        end++;
    }
    return end - first;
}

void fen_block_append_command(const struct fen_block *block, uint32_t *step, struct fen_str sha,
                              struct fen_str expected, struct fen_str to, struct fen_buffer *out)
{
    uint32_t first = *step;
    uint32_t count = command_steps(block, first);
    uint32_t arg_count = 5;
    for (uint32_t index = first; index < first + count; index++)
        arg_count += block->steps[index].arg_count;
    bool is_last = first + count == block->step_count;
    struct fen_str fence[] = {block_prefix(block), FEN_STR("fence")};
    struct fen_str rank[] = {block_prefix(block), FEN_STR("rank:")};

    fen_resp_append_array(out, 3 + 1 + 2 * count + arg_count);
    fen_resp_append_text(out, FEN_STR("EVALSHA"));
    fen_resp_append_text(out, sha);
    fen_resp_append_number(out, 1 + 2 * (int64_t)count);
    fen_resp_append_joined(out, fence, 2);
    uint32_t keys_from = first == 0 ? 0 : block->steps[first - 1].keys_end;
    uint32_t args_from = first == 0 ? 0 : block->steps[first - 1].args_end;
    uint32_t keys_end = count == 0 ? keys_from : block->steps[first + count - 1].keys_end;
    uint32_t args_end = count == 0 ? args_from : block->steps[first + count - 1].args_end;
    fen_buffer_append(out, block->keys.data + keys_from, keys_end - keys_from);
    fen_resp_append_text(out, expected);
    fen_resp_append_text(out, is_last ? to : expected);
    fen_resp_append_number(out, block->wall_ms);
    fen_resp_append_number(out, block->feed_length);
    fen_resp_append_joined(out, rank, 2);
    fen_buffer_append(out, block->args.data + args_from, args_end - args_from);
    *step = first + count;
}

size_t fen_block_held_bytes(const struct fen_block *block)
{
    return sizeof *block + block->keys.capacity_bytes + block->args.capacity_bytes +
           block->scratch.capacity_bytes + block->shown.capacity_bytes +
           (block->arena == NULL ? 0 : fen_arena_held_bytes(block->arena)) +
           block->step_capacity * sizeof *block->steps;
}
