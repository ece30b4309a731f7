/*
 * test_transcript: commits come out of the two topics as they went in, however these are read
 * beside each other, from whichever commit on; and one that was damaged never comes out wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/post_records.h"
#include "stream/transcript.h"
#include "wire/source.h"

#define COMMIT_COUNT 30u
#define RECORD_MAX 400u

static const char *const payees[] = {"A", "B", "C", "D", "E"};
#define PAYEE_COUNT 5u

static uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return z ^ (z >> 27);
}

/* What a lane wrote to one topic; `version` of each record's commit. */
struct topic {
    struct fen_message records[RECORD_MAX];
    uint32_t versions[RECORD_MAX];
    bool is_gone[RECORD_MAX];
    uint32_t count;
};

struct history {
    struct fen_arena *arena;
    enum fen_wire wire;
    struct topic ledger;
    struct topic accounts;
    const char *texts[COMMIT_COUNT + 1]; /* of each commit by version, as projection_text */
};

static void write_record(struct topic *topic, uint32_t version, struct fen_message message)
{
    assert_true(topic->count < RECORD_MAX);
    message.offset = 10 + 2 * topic->count; /* control records take offsets */
    topic->versions[topic->count] = version;
    topic->is_gone[topic->count] = false;
    topic->records[topic->count++] = message;
}

static void write_commit(struct history *history, uint64_t *seed, uint32_t version, uint64_t *seqs)
{
    struct fen_arena *arena = history->arena;
    struct fen_str text = fen_arena_format(arena, "%u>%u", version - 1, version);
    for (uint32_t payee = 0; payee < PAYEE_COUNT; payee++) {
        uint64_t count = random_next(seed) % 4;
        const char *name = payees[payee];
        if (random_next(seed) % 2 == 0 || seqs[payee] + count == 0)
            continue;
        if (count > 0) {
            write_record(&history->ledger, version,
                         post_ledger(arena, history->wire, 7, name, seqs[payee] + 1,
                                     seqs[payee] + count));
            text = fen_arena_format(arena, "%.*s %s%u-%u", FEN_STR_ARG(text), name,
                                    (unsigned)seqs[payee] + 1, (unsigned)(seqs[payee] + count));
        } else {
            text = fen_arena_format(arena, "%.*s %s%u", FEN_STR_ARG(text), name,
                                    (unsigned)seqs[payee]);
        }
        seqs[payee] += count;
        write_record(&history->accounts, version,
                     post_account(arena, history->wire, 7, name, seqs[payee]));
    }
    write_record(&history->accounts, version, post_lane(arena, history->wire, 7, version));
    history->texts[version] = text.data;
}

static struct history *history_create(uint64_t *seed, enum fen_wire wire)
{
    struct history *history = calloc(1, sizeof *history);
    uint64_t seqs[PAYEE_COUNT] = {0};
    assert_non_null(history);
    history->arena = fen_arena_create(4096);
    history->wire = wire;
    for (uint32_t version = 1; version <= COMMIT_COUNT; version++)
        write_commit(history, seed, version, seqs);
    return history;
}

static void history_destroy(struct history *history)
{
    fen_arena_destroy(history->arena);
    free(history);
}

/* As log compaction does: of the records in [from, to) the last of each key stays. */
static void compact(struct topic *topic, uint32_t from, uint32_t to)
{
    for (uint32_t index = from; index < to; index++) {
        for (uint32_t later = index + 1; later < to; later++) {
            if (fen_str_equal(topic->records[later].key, topic->records[index].key))
                topic->is_gone[index] = true;
        }
    }
}

/* How many records whole commits have among the first `end`. */
static uint32_t whole_end(const struct topic *accounts, uint32_t end)
{
    while (end > 0 && accounts->records[end - 1].key.data[0] != '/')
        end--;
    return end;
}

struct following {
    struct history *history;
    struct fen_transcript *transcript;
    uint32_t ledger_at, accounts_at;
    uint32_t whole_count, torn_count;
    bool is_damaged;
    uint64_t seqs[PAYEE_COUNT]; /* UINT64_MAX: not seen yet */
};

/* Read the accounts' first `end` records back. */
static void follow_from(struct following *following, struct history *history, uint32_t end)
{
    struct topic *accounts = &history->accounts;
    *following = (struct following){.history = history};
    for (uint32_t payee = 0; payee < PAYEE_COUNT; payee++)
        following->seqs[payee] = UINT64_MAX;
    following->transcript = fen_transcript_create(7, history->wire);
    for (uint32_t index = 0; index < end; index++) {
        if (!accounts->is_gone[index])
            assert_true(fen_transcript_restore(following->transcript, &accounts->records[index]));
    }
    int64_t offset = fen_transcript_begin(following->transcript);
    uint64_t version = fen_transcript_version(following->transcript);
    assert_true((offset == FEN_OFFSET_NONE) == (version == 0));
    while (following->accounts_at < accounts->count &&
           accounts->records[following->accounts_at].offset < offset)
        following->accounts_at++;
}

/*
 * A commit that lost a payee's account to a later commit's gives that payee, entries and all, with
 * the later one. So in damage, too, each payee goes on where it was.
 */
static void check_damaged(struct following *following, const struct fen_projection *projection)
{
    (void)projection_text(following->history->arena, projection);
    for (uint32_t index = 0; index < projection->payee_count; index++) {
        const struct fen_payee_change *payee = &projection->payees[index];
        uint64_t *seq = &following->seqs[payee->account->payee.data[0] - 'A'];
        if (*seq != UINT64_MAX)
            assert_int_equal(payee->account->seq, *seq + payee->entry_count);
        *seq = payee->account->seq;
    }
}

/* Each commit that comes out is as it went in. */
static void drain(struct following *following)
{
    struct history *history = following->history;
    struct fen_projection projection;
    for (;;) {
        uint64_t before = fen_transcript_version(following->transcript);
        enum fen_transcript_verdict verdict =
            fen_transcript_next(following->transcript, NULL, &projection);
        if (verdict == FEN_TRANSCRIPT_WAITING)
            return;
        uint64_t version = fen_transcript_version(following->transcript);
        assert_true(version > before);
        if (verdict == FEN_TRANSCRIPT_TORN) {
            following->torn_count++;
            for (uint32_t payee = 0; payee < PAYEE_COUNT; payee++)
                following->seqs[payee] = UINT64_MAX;
            continue;
        }
        following->whole_count++;
        if (following->is_damaged) {
            check_damaged(following, &projection);
            continue;
        }
        assert_int_equal(projection.partition, 7);
        assert_string_equal(projection_text(history->arena, &projection),
                            history->texts[version]);
    }
}

static void take(struct following *following, struct topic *topic, uint32_t *at)
{
    uint32_t index = (*at)++;
    if (!topic->is_gone[index])
        assert_true(fen_transcript_take(following->transcript, &topic->records[index]));
}

/* Both topics to their ends, beside each other by chance, looking for commits now and then. */
static void follow_to_end(struct following *following, uint64_t *seed)
{
    struct topic *ledger = &following->history->ledger;
    struct topic *accounts = &following->history->accounts;
    uint64_t leaning = 1 + random_next(seed) % 9; /* one topic may be far ahead */
    while (following->ledger_at < ledger->count || following->accounts_at < accounts->count) {
        bool is_ledger = random_next(seed) % 10 < leaning;
        if (following->accounts_at == accounts->count)
            is_ledger = true;
        if (following->ledger_at == ledger->count)
            is_ledger = false;
        if (is_ledger)
            take(following, ledger, &following->ledger_at);
        else
            take(following, accounts, &following->accounts_at);
        if (random_next(seed) % 3 == 0)
            drain(following);
    }
    drain(following);
}

/* The ledger is followed from some record at or before the first that is new. */
static void start_ledger(struct following *following, uint64_t *seed)
{
    struct topic *ledger = &following->history->ledger;
    uint32_t first = 0;
    uint64_t version = fen_transcript_version(following->transcript);
    while (first < ledger->count && ledger->versions[first] <= version)
        first++;
    following->ledger_at = first - (uint32_t)(random_next(seed) % (first + 1));
}

static void test_commits_come_out_as_they_went_in(void **state)
{
    for (uint64_t round = 0; round < 400; round++) {
        uint64_t seed = round;
        struct following following;
        struct history *history =
            history_create(&seed, round % 2 == 0 ? FEN_WIRE_PROTOBUF : FEN_WIRE_JSON);
        uint32_t end = (uint32_t)(random_next(&seed) % (history->accounts.count + 1));
        /* What is not yet committed is not yet compacted. */
        compact(&history->accounts, 0,
                (uint32_t)(random_next(&seed) % (whole_end(&history->accounts, end) + 1)));
        follow_from(&following, history, end);
        uint64_t version = fen_transcript_version(following.transcript);
        start_ledger(&following, &seed);
        follow_to_end(&following, &seed);
        assert_int_equal(following.torn_count, 0);
        assert_int_equal(following.whole_count, COMMIT_COUNT - version);
        assert_false(fen_transcript_is_waiting(following.transcript));
        fen_transcript_destroy(following.transcript);
        history_destroy(history);
    }
}

/* Compaction overtakes the follower: commits lose records, or run into each other. */
static void test_commits_that_compaction_took_apart_are_torn_and_never_wrong(void **state)
{
    uint32_t torn_count = 0;
    uint32_t whole_count = 0;
    for (uint64_t round = 0; round < 400; round++) {
        uint64_t seed = round;
        struct following following;
        struct history *history = history_create(&seed, FEN_WIRE_PROTOBUF);
        uint32_t count = history->accounts.count;
        uint32_t from = (uint32_t)(random_next(&seed) % count);
        compact(&history->accounts, from, from + (uint32_t)(random_next(&seed) % (count - from)));
        follow_from(&following, history, from / 2);
        following.is_damaged = true;
        start_ledger(&following, &seed);
        follow_to_end(&following, &seed);
        if (fen_transcript_is_waiting(following.transcript))
            fen_transcript_give_up(following.transcript);
        drain(&following);
        torn_count += following.torn_count;
        whole_count += following.whole_count;
        fen_transcript_destroy(following.transcript);
        history_destroy(history);
    }
    assert_true(torn_count > 100);
    assert_true(whole_count > 1000);
}

static void test_commit_whose_entries_do_not_come_can_be_given_up(void **state)
{
    struct fen_arena *arena = fen_arena_create(4096);
    struct fen_transcript *transcript = fen_transcript_create(7, FEN_WIRE_PROTOBUF);
    struct fen_projection projection;
    struct fen_message records[] = {
        post_account(arena, FEN_WIRE_PROTOBUF, 7, "A", 2),
        post_lane(arena, FEN_WIRE_PROTOBUF, 7, 1),
        post_account(arena, FEN_WIRE_PROTOBUF, 7, "A", 3),
        post_lane(arena, FEN_WIRE_PROTOBUF, 7, 2),
        post_ledger(arena, FEN_WIRE_PROTOBUF, 7, "A", 3, 3),
    };
    assert_int_equal(fen_transcript_begin(transcript), FEN_OFFSET_NONE);
    for (size_t index = 0; index < 4; index++)
        assert_true(fen_transcript_take(transcript, &records[index]));
    assert_int_equal(fen_transcript_next(transcript, NULL, &projection), FEN_TRANSCRIPT_WAITING);
    assert_true(fen_transcript_is_waiting(transcript));
    fen_transcript_give_up(transcript);
    assert_int_equal(fen_transcript_version(transcript), 1);
    assert_true(fen_transcript_take(transcript, &records[4]));
    assert_int_equal(fen_transcript_next(transcript, NULL, &projection), FEN_TRANSCRIPT_WHOLE);
    assert_string_equal(projection_text(arena, &projection), "1>2 A3-3");
    fen_transcript_destroy(transcript);
    fen_arena_destroy(arena);
}

/* A lane that only goes on with its publications writes its record again, under the version it has:
 * read back, followed behind a commit, and while one waits for its entries. */
static void test_lane_record_that_repeats_its_version_ends_no_commit(void **state)
{
    enum fen_wire wires[] = {FEN_WIRE_PROTOBUF, FEN_WIRE_JSON};
    for (size_t wire = 0; wire < sizeof wires / sizeof *wires; wire++) {
        struct fen_arena *arena = fen_arena_create(4096);
        struct fen_transcript *transcript = fen_transcript_create(7, wires[wire]);
        struct fen_projection projection;
        struct fen_message lanes[] = {post_lane(arena, wires[wire], 7, 4),
                                      post_lane(arena, wires[wire], 7, 5),
                                      post_lane(arena, wires[wire], 7, 6)};
        struct fen_message ledger = post_ledger(arena, wires[wire], 7, "A", 1, 2);
        struct fen_message account = post_account(arena, wires[wire], 7, "A", 2);
        struct fen_message again = post_account(arena, wires[wire], 7, "A", 2);
        assert_true(fen_transcript_restore(transcript, &lanes[0]));
        assert_true(fen_transcript_restore(transcript, &lanes[0]));
        (void)fen_transcript_begin(transcript);
        assert_true(fen_transcript_take(transcript, &lanes[0]));
        assert_false(fen_transcript_is_waiting(transcript));
        assert_true(fen_transcript_take(transcript, &account));
        assert_true(fen_transcript_take(transcript, &lanes[1]));
        assert_true(fen_transcript_take(transcript, &lanes[1]));
        assert_int_equal(fen_transcript_next(transcript, NULL, &projection),
                         FEN_TRANSCRIPT_WAITING);
        assert_true(fen_transcript_take(transcript, &ledger));
        assert_int_equal(fen_transcript_next(transcript, NULL, &projection), FEN_TRANSCRIPT_WHOLE);
        assert_string_equal(projection_text(arena, &projection), "4>5 A1-2");
        assert_int_equal(fen_transcript_next(transcript, NULL, &projection),
                         FEN_TRANSCRIPT_WAITING);
        assert_true(fen_transcript_take(transcript, &lanes[1]));
        assert_int_equal(fen_transcript_next(transcript, NULL, &projection),
                         FEN_TRANSCRIPT_WAITING);
        assert_true(fen_transcript_take(transcript, &again));
        assert_true(fen_transcript_take(transcript, &lanes[2]));
        assert_int_equal(fen_transcript_next(transcript, NULL, &projection), FEN_TRANSCRIPT_WHOLE);
        assert_string_equal(projection_text(arena, &projection), "5>6 A2");
        fen_transcript_destroy(transcript);
        fen_arena_destroy(arena);
    }
}

static void test_used_records_take_no_memory(void **state)
{
    struct fen_arena *arena = fen_arena_create(4096);
    struct fen_transcript *transcript = fen_transcript_create(7, FEN_WIRE_PROTOBUF);
    struct fen_projection projection;
    size_t most = 0;
    /* The ledger is always one commit ahead: there never is a moment without a record waiting. */
    for (uint64_t seq = 1; seq <= 40000; seq++) {
        struct fen_message ledger = post_ledger(arena, FEN_WIRE_PROTOBUF, 7, "A", seq, seq);
        assert_true(fen_transcript_take(transcript, &ledger));
        if (seq > 1) {
            struct fen_message account = post_account(arena, FEN_WIRE_PROTOBUF, 7, "A", seq - 1);
            struct fen_message lane = post_lane(arena, FEN_WIRE_PROTOBUF, 7, seq - 1);
            assert_true(fen_transcript_take(transcript, &account));
            assert_true(fen_transcript_take(transcript, &lane));
            assert_int_equal(fen_transcript_next(transcript, NULL, &projection),
                             FEN_TRANSCRIPT_WHOLE);
        }
        if (fen_transcript_held_bytes(transcript) > most)
            most = fen_transcript_held_bytes(transcript);
        fen_arena_reset(arena);
    }
    assert_true(most < (size_t)2 << 20);
    fen_transcript_destroy(transcript);
    fen_arena_destroy(arena);
}

static void test_records_that_cannot_be_read_are_refused(void **state)
{
    struct fen_transcript *transcript = fen_transcript_create(7, FEN_WIRE_PROTOBUF);
    struct fen_message bad = {.topic = FEN_TOPIC_ACCOUNTS,
                              .partition = 7,
                              .key = FEN_STR("t/A"),
                              .value = FEN_STR("\xff\xff")};
    assert_false(fen_transcript_restore(transcript, &bad));
    assert_false(fen_transcript_take(transcript, &bad));
    bad.topic = FEN_TOPIC_LEDGER;
    assert_false(fen_transcript_take(transcript, &bad));
    bad.topic = FEN_TOPIC_ACCOUNTS;
    bad.key = FEN_STR("no slash");
    bad.value = FEN_STR("");
    assert_false(fen_transcript_restore(transcript, &bad));
    bad.key = FEN_STR("t/A");
    bad.value = FEN_STR_NONE; /* a tombstone */
    assert_true(fen_transcript_restore(transcript, &bad));
    fen_transcript_destroy(transcript);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commits_come_out_as_they_went_in),
        cmocka_unit_test(test_commits_that_compaction_took_apart_are_torn_and_never_wrong),
        cmocka_unit_test(test_commit_whose_entries_do_not_come_can_be_given_up),
        cmocka_unit_test(test_lane_record_that_repeats_its_version_ends_no_commit),
        cmocka_unit_test(test_used_records_take_no_memory),
        cmocka_unit_test(test_records_that_cannot_be_read_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
