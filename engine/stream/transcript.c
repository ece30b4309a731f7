/* transcript: see transcript.h. Rows of records in one arena, moved to another when it fills. */
#include "stream/transcript.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/seq_table.h"
#include "model/account.h"
#include "wire/account_record.h"
#include "wire/ledger_record.h"
#include "wire/source.h"

#define ARENA_BYTES ((size_t)16 << 10)

/* The arena is left for the other when what is dead in it is surely more than what lives. */
#define ARENA_DEAD_BYTES_MAX ((size_t)1 << 20)
#define ARENA_BYTES_PER_LIVE 16

/* An account waiting for the end of its commit, or for entries. Bytes and struct in the arena. */
struct account_row {
    struct fen_str key;
    struct fen_str value;
    struct fen_account account;
};

/* A ledger record waiting for its account. */
struct ledger_row {
    struct fen_str key;
    struct fen_str value;
    struct fen_ledger_record record;
};

/* Where a commit ends: `account_end` is the number of account rows before its lane record. */
struct commit_end {
    uint64_t version;
    uint32_t account_end;
};

/* An account read back, whose commit may not be complete. */
struct unsettled {
    struct fen_str tenant;
    struct fen_str payee;
    uint64_t seq;
};

struct fen_transcript {
    uint32_t partition;
    enum fen_wire wire;
    uint64_t version;
    struct fen_lane_state lane; /* the newest lane record, without its channels */
    struct fen_seq_table done; /* the seq of each payee at `version` */
    struct fen_arena *arena;
    struct fen_arena *other;
    size_t live_bytes; /* of keys and values in the rows that are still to be used */

    /* Rows; those before `_first` are used up. */
    struct account_row *accounts;
    uint32_t account_first, account_count, account_capacity;
    struct ledger_row *ledger;
    uint32_t ledger_first, ledger_count, ledger_capacity;
    struct commit_end *ends;
    uint32_t end_first, end_count, end_capacity;

    /* While reading back. */
    struct unsettled *unsettled;
    uint32_t unsettled_count, unsettled_capacity;
    int64_t next_offset; /* behind the newest lane record */

    /* Of the commit last given. */
    struct fen_payee_change *payees;
    uint32_t payee_capacity;
};

struct fen_transcript *fen_transcript_create(uint32_t partition, enum fen_wire wire)
{
    struct fen_transcript *transcript = calloc(1, sizeof *transcript);
    FEN_ASSERT(transcript != NULL && "out of memory");
    transcript->partition = partition;
    transcript->wire = wire;
    transcript->arena = fen_arena_create(ARENA_BYTES);
    transcript->other = fen_arena_create(ARENA_BYTES);
    transcript->next_offset = FEN_OFFSET_NONE;
    return transcript;
}

void fen_transcript_destroy(struct fen_transcript *transcript)
{
    if (transcript == NULL)
        return;
    fen_seq_table_deinit(&transcript->done);
    fen_arena_destroy(transcript->arena);
    fen_arena_destroy(transcript->other);
    free(transcript->accounts);
    free(transcript->ledger);
    free(transcript->ends);
    free(transcript->unsettled);
    free(transcript->payees);
    free(transcript);
}

bool fen_transcript_is_sound(const struct fen_transcript *transcript, uint32_t partition_count,
                             struct fen_start_fault *fault_out)
{
    return fen_start_fault_check(&transcript->lane, partition_count, fault_out);
}

uint64_t fen_transcript_version(const struct fen_transcript *transcript)
{
    return transcript->version;
}

size_t fen_transcript_held_bytes(const struct fen_transcript *transcript)
{
    return fen_arena_used_bytes(transcript->arena);
}

/* Room for one more item of an array. */
static void *grow(void *items, uint32_t count, uint32_t *capacity, size_t size_bytes)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity == 0 ? 16 : *capacity * 2;
    items = realloc(items, *capacity * size_bytes);
    FEN_ASSERT(items != NULL && "out of memory");
    return items;
}

/* --- reading back --------------------------------------------------------------------------- */

/* A lane's record; what it says of its format is kept. False: it cannot be read. */
static bool lane_read(struct fen_transcript *transcript, struct fen_str value,
                      struct fen_lane_state *state_out)
{
    if (!fen_lane_record_decode(transcript->wire, value, transcript->arena, state_out))
        return false;
    transcript->lane = *state_out;
    transcript->lane.channels = NULL; /* the arena's, which does not stay */
    transcript->lane.channel_count = 0;
    return true;
}

static void settle(struct fen_transcript *transcript)
{
    for (uint32_t index = 0; index < transcript->unsettled_count; index++) {
        const struct unsettled *one = &transcript->unsettled[index];
        fen_seq_table_put(&transcript->done, one->tenant, one->payee, one->seq);
    }
    transcript->unsettled_count = 0;
    fen_arena_reset(transcript->other);
}

bool fen_transcript_restore(struct fen_transcript *transcript, const struct fen_message *message)
{
    struct fen_account account;
    struct fen_lane_state state;
    FEN_ASSERT(message->topic == FEN_TOPIC_ACCOUNTS);
    fen_arena_reset(transcript->arena);
    if (fen_str_equal(message->key, FEN_LANE_STATE_KEY)) {
        if (!lane_read(transcript, message->value, &state))
            return false;
        transcript->version = state.version;
        transcript->next_offset = message->offset + 1;
        settle(transcript);
        return true;
    }
    if (!fen_str_is_set(message->value))
        return true; /* a tombstone, by somebody's hand */
    if (!fen_account_record_decode(transcript->wire, message->key, message->value,
                                   transcript->arena, &account))
        return false;
    transcript->unsettled =
        grow(transcript->unsettled, transcript->unsettled_count, &transcript->unsettled_capacity,
             sizeof *transcript->unsettled);
    transcript->unsettled[transcript->unsettled_count++] =
        (struct unsettled){fen_arena_copy(transcript->other, account.tenant),
                           fen_arena_copy(transcript->other, account.payee), account.seq};
    return true;
}

/* Accounts behind the newest lane record will be read again, with the end of their commit. */
int64_t fen_transcript_begin(struct fen_transcript *transcript)
{
    free(transcript->unsettled);
    transcript->unsettled = NULL;
    transcript->unsettled_count = transcript->unsettled_capacity = 0;
    fen_arena_reset(transcript->arena);
    fen_arena_reset(transcript->other);
    return transcript->next_offset;
}

/* --- records that come ---------------------------------------------------------------------- */

static bool account_row_fill(struct fen_transcript *transcript, struct account_row *row,
                             struct fen_str key, struct fen_str value)
{
    row->key = fen_arena_copy(transcript->arena, key);
    row->value = fen_arena_copy(transcript->arena, value);
    return fen_account_record_decode(transcript->wire, row->key, row->value, transcript->arena,
                                     &row->account);
}

static bool ledger_row_fill(struct fen_transcript *transcript, struct ledger_row *row,
                            struct fen_str key, struct fen_str value)
{
    row->key = fen_arena_copy(transcript->arena, key);
    row->value = fen_arena_copy(transcript->arena, value);
    return fen_ledger_record_decode(transcript->wire, row->key, row->value, transcript->arena,
                                    &row->record) &&
           row->record.entry_count > 0;
}

static bool take_end(struct fen_transcript *transcript, struct fen_str value)
{
    struct fen_lane_state state;
    if (!lane_read(transcript, value, &state))
        return false;
    bool has_ends = fen_transcript_is_waiting(transcript);
    uint64_t newest =
        has_ends ? transcript->ends[transcript->end_count - 1].version : transcript->version;
    if (state.version == newest) /* the lane went on with its publications, and posted nothing */
        return true;
    transcript->ends = grow(transcript->ends, transcript->end_count, &transcript->end_capacity,
                            sizeof *transcript->ends);
    transcript->ends[transcript->end_count++] =
        (struct commit_end){state.version, transcript->account_count};
    return true;
}

bool fen_transcript_take(struct fen_transcript *transcript, const struct fen_message *message)
{
    bool is_ledger = message->topic == FEN_TOPIC_LEDGER;
    FEN_ASSERT(is_ledger || message->topic == FEN_TOPIC_ACCOUNTS);
    if (!is_ledger && fen_str_equal(message->key, FEN_LANE_STATE_KEY))
        return take_end(transcript, message->value);
    if (!is_ledger && !fen_str_is_set(message->value))
        return true; /* a tombstone, by somebody's hand */
    transcript->live_bytes += message->key.size + message->value.size;
    if (is_ledger) {
        transcript->ledger = grow(transcript->ledger, transcript->ledger_count,
                                  &transcript->ledger_capacity, sizeof *transcript->ledger);
        return ledger_row_fill(transcript, &transcript->ledger[transcript->ledger_count++],
                               message->key, message->value);
    }
    transcript->accounts = grow(transcript->accounts, transcript->account_count,
                                &transcript->account_capacity, sizeof *transcript->accounts);
    return account_row_fill(transcript, &transcript->accounts[transcript->account_count++],
                            message->key, message->value);
}

/* --- rows that are used up ------------------------------------------------------------------- */

static void shift_rows(struct fen_transcript *transcript)
{
    transcript->account_count -= transcript->account_first;
    transcript->ledger_count -= transcript->ledger_first;
    transcript->end_count -= transcript->end_first;
    if (transcript->account_first > 0 && transcript->account_count > 0)
        memmove(transcript->accounts, transcript->accounts + transcript->account_first,
                transcript->account_count * sizeof *transcript->accounts);
    if (transcript->ledger_first > 0 && transcript->ledger_count > 0)
        memmove(transcript->ledger, transcript->ledger + transcript->ledger_first,
                transcript->ledger_count * sizeof *transcript->ledger);
    if (transcript->end_first > 0 && transcript->end_count > 0)
        memmove(transcript->ends, transcript->ends + transcript->end_first,
                transcript->end_count * sizeof *transcript->ends);
    for (uint32_t index = 0; index < transcript->end_count; index++)
        transcript->ends[index].account_end -= transcript->account_first;
    transcript->account_first = transcript->ledger_first = transcript->end_first = 0;
}

/* Move what still waits into the other arena: what was used up goes with the former. */
static void renew_arena(struct fen_transcript *transcript)
{
    struct fen_arena *former = transcript->arena;
    size_t bound = ARENA_DEAD_BYTES_MAX + ARENA_BYTES_PER_LIVE * transcript->live_bytes;
    bool has_dead = fen_arena_used_bytes(former) > 0 || transcript->end_first > 0;
    if (!has_dead || (transcript->live_bytes > 0 && fen_arena_used_bytes(former) <= bound))
        return;
    shift_rows(transcript);
    transcript->arena = transcript->other;
    transcript->other = former;
    bool is_read = true; /* as it was the first time */
    for (uint32_t index = 0; index < transcript->account_count; index++) {
        struct account_row *row = &transcript->accounts[index];
        is_read = is_read && account_row_fill(transcript, row, row->key, row->value);
    }
    for (uint32_t index = 0; index < transcript->ledger_count; index++) {
        struct ledger_row *row = &transcript->ledger[index];
        is_read = is_read && ledger_row_fill(transcript, row, row->key, row->value);
    }
    FEN_ASSERT(is_read);
    fen_arena_reset(former);
}

static uint64_t last_seq(const struct ledger_row *row)
{
    return row->record.seq_first + row->record.entry_count - 1;
}

static uint64_t done_seq(const struct fen_transcript *transcript, const struct fen_entry *entry)
{
    return fen_seq_table_find(&transcript->done, entry->tenant, entry->key.payee);
}

static void use_ledger_row(struct fen_transcript *transcript)
{
    const struct ledger_row *row = &transcript->ledger[transcript->ledger_first++];
    transcript->live_bytes -= row->key.size + row->value.size;
}

/* Records at the head of the ledger that belong to commits already done. */
static void drop_done(struct fen_transcript *transcript)
{
    while (transcript->ledger_first < transcript->ledger_count) {
        const struct ledger_row *row = &transcript->ledger[transcript->ledger_first];
        if (last_seq(row) > done_seq(transcript, row->record.entries))
            return;
        use_ledger_row(transcript);
    }
}

/* --- a commit ------------------------------------------------------------------------------- */

static int compare_payees(const void *a, const void *b)
{
    const struct fen_account *left = ((const struct fen_payee_change *)a)->account;
    const struct fen_account *right = ((const struct fen_payee_change *)b)->account;
    int order = fen_str_compare(left->tenant, right->tenant);
    return order != 0 ? order : fen_str_compare(left->payee, right->payee);
}

static struct fen_payee_change *find_payee(const struct fen_transcript *transcript,
                                              uint32_t payee_count, const struct fen_entry *entry)
{
    struct fen_account account = {.tenant = entry->tenant, .payee = entry->key.payee};
    struct fen_payee_change wanted = {.account = &account};
    return bsearch(&wanted, transcript->payees, payee_count, sizeof wanted, compare_payees);
}

/* The payees of the first commit whose end is known; *with_entries_out: how many have entries. */
static uint32_t list_payees(struct fen_transcript *transcript, const struct fen_org *org,
                            uint32_t *with_entries_out)
{
    uint32_t end = transcript->ends[transcript->end_first].account_end;
    uint32_t count = end - transcript->account_first;
    if (count > transcript->payee_capacity) {
        transcript->payee_capacity = count;
        transcript->payees = realloc(transcript->payees, count * sizeof *transcript->payees);
        FEN_ASSERT(transcript->payees != NULL && "out of memory");
    }
    *with_entries_out = 0;
    for (uint32_t index = 0; index < count; index++) {
        const struct fen_account *account =
            &transcript->accounts[transcript->account_first + index].account;
        uint64_t done = fen_seq_table_find(&transcript->done, account->tenant, account->payee);
        *with_entries_out += account->seq > done;
        transcript->payees[index] = (struct fen_payee_change){
            .account = account,
            .store = org == NULL ? FEN_STR_NONE
                                 : fen_org_payee_store(org, account->tenant, account->payee)};
    }
    if (count > 0)
        qsort(transcript->payees, count, sizeof *transcript->payees, compare_payees);
    return count;
}

/*
 * Give each payee its entries, `wanted` ledger records in all. *ledger_end_out: behind the last of
 * them. A record that leads a payee to another seq than its account's is of another commit.
 */
static enum fen_transcript_verdict join(struct fen_transcript *transcript, uint32_t payee_count,
                                        uint32_t wanted, uint32_t *ledger_end_out)
{
    uint32_t at = transcript->ledger_first;
    for (; wanted > 0 && at < transcript->ledger_count; at++) {
        const struct ledger_row *row = &transcript->ledger[at];
        const struct fen_entry *entry = row->record.entries;
        uint64_t done = done_seq(transcript, entry);
        if (last_seq(row) <= done)
            continue;
        struct fen_payee_change *payee = find_payee(transcript, payee_count, entry);
        if (payee == NULL || payee->entry_count > 0 || row->record.seq_first != done + 1 ||
            last_seq(row) != payee->account->seq)
            return FEN_TRANSCRIPT_TORN;
        payee->entries = row->record.entries;
        payee->entry_count = row->record.entry_count;
        payee->record = row->value;
        wanted--;
    }
    *ledger_end_out = at;
    return wanted > 0 ? FEN_TRANSCRIPT_WAITING : FEN_TRANSCRIPT_WHOLE;
}

/* The first commit is told, or given up: what it led to is done. */
static void finish_commit(struct fen_transcript *transcript)
{
    const struct commit_end *end = &transcript->ends[transcript->end_first++];
    transcript->version = end->version;
    for (; transcript->account_first < end->account_end; transcript->account_first++) {
        const struct account_row *row = &transcript->accounts[transcript->account_first];
        transcript->live_bytes -= row->key.size + row->value.size;
        fen_seq_table_put(&transcript->done, row->account.tenant, row->account.payee,
                          row->account.seq);
    }
}

enum fen_transcript_verdict fen_transcript_next(struct fen_transcript *transcript,
                                                const struct fen_org *org,
                                                struct fen_projection *projection_out)
{
    renew_arena(transcript);
    drop_done(transcript);
    if (!fen_transcript_is_waiting(transcript))
        return FEN_TRANSCRIPT_WAITING;
    const struct commit_end end = transcript->ends[transcript->end_first];
    enum fen_transcript_verdict verdict = FEN_TRANSCRIPT_TORN;
    uint32_t ledger_end = transcript->ledger_first;
    uint32_t payee_count = 0;
    if (end.version == transcript->version + 1) {
        uint32_t wanted = 0;
        payee_count = list_payees(transcript, org, &wanted);
        verdict = join(transcript, payee_count, wanted, &ledger_end);
    }
    if (verdict == FEN_TRANSCRIPT_WAITING)
        return verdict;
    *projection_out = (struct fen_projection){
        .partition = transcript->partition,
        .version_from = transcript->version,
        .version_to = end.version,
        .payees = transcript->payees,
        .payee_count = payee_count,
    };
    while (verdict == FEN_TRANSCRIPT_WHOLE && transcript->ledger_first < ledger_end)
        use_ledger_row(transcript);
    finish_commit(transcript);
    return verdict;
}

bool fen_transcript_is_waiting(const struct fen_transcript *transcript)
{
    return transcript->end_first < transcript->end_count;
}

void fen_transcript_give_up(struct fen_transcript *transcript)
{
    FEN_ASSERT(fen_transcript_is_waiting(transcript));
    finish_commit(transcript);
}
