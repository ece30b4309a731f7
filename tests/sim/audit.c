/* audit: see audit.h. Redis is held to the accounts by redis/verify.h, as `fen audit` does it. */
#include "sim/audit.h"

#include <inttypes.h>
#include <string.h>

#include "model/customer.h"
#include "model/order.h"
#include "model/task.h"
#include "redis/verify.h"
#include "sim/lane_reading.h"
#include "sim/process.h"
#include "sim/reckoning.h"
#include "wire/account_record.h"
#include "wire/json.h"
#include "wire/ledger_record.h"
#include "wire/record_form.h"

#define PAYEE_MAX 256u

/* A payee, folded from the ledger and as its account says. */
struct payee {
    struct fen_str key;
    uint64_t seq;
    int64_t balance_fen;
    uint64_t account_seq;
    int64_t account_fen;
    int32_t closed_period; /* the latest that an entry was moved out of; 0: none */
    bool has_account;
};

struct audit {
    struct sim_world *world;
    struct sim_sums *sums;
    struct sim_sums ledger_folds;  /* by payee and funder, role or date, as accounts have them */
    struct sim_sums account_folds;
    struct fen_arena *arena;
    struct payee payees[PAYEE_MAX];
    uint32_t payee_count;
    int64_t ledger_fen;  /* of what states say was posted */
    int64_t posted_fen;
    uint64_t sent[SIM_PARTITION_MAX][SIM_PARTITION_MAX];     /* by split and post partition */
    uint64_t received[SIM_PARTITION_MAX][SIM_PARTITION_MAX];
    uint64_t versions[SIM_PARTITION_MAX];
    uint64_t account_counts[SIM_PARTITION_MAX];
};

static struct payee *payee_of(struct audit *audit, struct fen_str key)
{
    for (uint32_t i = 0; i < audit->payee_count; i++) {
        if (fen_str_equal(audit->payees[i].key, key))
            return &audit->payees[i];
    }
    FEN_ASSERT(audit->payee_count < PAYEE_MAX);
    struct payee *payee = &audit->payees[audit->payee_count++];
    *payee = (struct payee){.key = key};
    return payee;
}

/* --- inputs --------------------------------------------------------------------------------- */

static void check_offsets(struct audit *audit)
{
    struct sim_world *world = audit->world;
    for (uint32_t topic = 0; topic <= FEN_TOPIC_PLANS; topic++) {
        for (uint32_t i = 0;
             i < sim_broker_partition_count(world->cluster.broker, (enum fen_topic)topic); i++) {
            int64_t offset = 0;
            struct fen_message message;
            bool is_known =
                sim_group_committed(sim_cluster_group(&world->cluster, (enum fen_topic)topic),
                                     (enum fen_topic)topic, i, &offset);
            offset = offset == FEN_OFFSET_NONE ? 0 : offset;
            if (!is_known || sim_broker_read(world->cluster.broker, (enum fen_topic)topic, i, true,
                                             &offset, &message))
                sim_fail(world, "%s [%u]: not everything is read",
                         fen_topic_info((enum fen_topic)topic)->name, i);
        }
    }
}

/* In a calm world each event is counted once. */
static void check_counters(struct audit *audit)
{
    struct sim_world *world = audit->world;
    struct fen_counters sum = {0};
    if (!world->is_calm)
        return;
    for (uint32_t i = 0; i < world->process_count; i++) {
        const struct sim_process *process = world->processes[i];
        for (uint32_t j = 0; j < process->worker_count && process->follower == NULL; j++)
            fen_counters_read(fen_worker_counters(process->workers[j].worker), &sum);
    }
    if (sum.events_read != world->inputs.count)
        sim_fail(world, "%" PRIu64 " events counted of %u", sum.events_read,
                 world->inputs.count);
}

/* --- ledger --------------------------------------------------------------------------------- */

static bool is_of_states(const struct fen_entry *entry)
{
    static const char *const subjects[] = {"order:", "customer:", "task:"};
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        size_t size = strlen(subjects[i]);
        if (entry->subject.size > size && memcmp(entry->subject.data, subjects[i], size) == 0)
            return true;
    }
    return false;
}

static void fold(struct sim_sums *folds, struct fen_str payee, const char *by, struct fen_str name,
                 int32_t number, int64_t amount_fen)
{
    sim_sums_put(folds,
                 fen_arena_format(folds->arena, "%.*s by %s %.*s %d", FEN_STR_ARG(payee), by,
                                  FEN_STR_ARG(name), (int)number),
                 amount_fen);
}

/* An account's sums by role leave their rules out here, as by_period of SPEC §10 does. */
static struct fen_str role_text(enum fen_role role)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    FEN_ASSERT((size_t)role < sizeof digits - 1);
    return (struct fen_str){digits + role, 1};
}

static void fold_entry(struct audit *audit, struct fen_str payee, const struct fen_entry *entry)
{
    const struct fen_key *key = &entry->key;
    fold(&audit->ledger_folds, payee, "funder", key->funder, key->period, entry->amount_fen);
    fold(&audit->ledger_folds, payee, "role", role_text(key->role), key->period,
         entry->amount_fen);
    fold(&audit->ledger_folds, payee, "date", FEN_STR_NONE, key->available_date,
         entry->amount_fen);
}

static void fold_account(struct audit *audit, struct fen_str payee,
                         const struct fen_account *account)
{
    for (uint32_t i = 0; i < account->funder_count; i++)
        fold(&audit->account_folds, payee, "funder", account->funders[i].funder,
             account->funders[i].period, account->funders[i].amount_fen);
    for (uint32_t i = 0; i < account->sum_count; i++)
        fold(&audit->account_folds, payee, "role", role_text(account->sums[i].role),
             account->sums[i].period, account->sums[i].amount_fen);
    for (uint32_t i = 0; i < account->date_count; i++)
        fold(&audit->account_folds, payee, "date", FEN_STR_NONE, account->dates[i].date,
             account->dates[i].amount_fen);
}

/* A period out of which an entry was moved is closed to the payee's later ones (SPEC §6). */
static void check_period(struct audit *audit, struct payee *payee, const struct fen_entry *entry)
{
    int32_t period = entry->key.period;
    if (payee->closed_period != 0 && period == payee->closed_period)
        sim_fail(audit->world, "%.*s: entry %" PRIu64 " in period %d, which was closed",
                 FEN_STR_ARG(payee->key), entry->seq, (int)period);
    if (entry->is_prior && period - 1 > payee->closed_period)
        payee->closed_period = period - 1;
}

static void take_entry(struct audit *audit, struct payee *payee, const struct fen_entry *entry)
{
    payee->balance_fen += entry->amount_fen;
    if (entry->seq != ++payee->seq)
        sim_fail(audit->world, "%.*s: entry %" PRIu64 " where %" PRIu64 " should be",
                 FEN_STR_ARG(payee->key), entry->seq, payee->seq);
    if (entry->balance_fen != payee->balance_fen)
        sim_fail(audit->world, "%.*s: balance %" PRId64 " after entry %" PRIu64 ", not %" PRId64,
                 FEN_STR_ARG(payee->key), entry->balance_fen, entry->seq, payee->balance_fen);
    fold_entry(audit, payee->key, entry);
    check_period(audit, payee, entry);
    if (is_of_states(entry))
        audit->ledger_fen += entry->amount_fen;
    sim_sums_add(audit->sums, entry);
    if (audit->world->ledger_out != NULL) {
        fen_json_encode_entry(entry, audit->world->ledger_out);
        fen_buffer_append_byte(audit->world->ledger_out, '\n');
    }
}

static void read_ledger(struct audit *audit, uint32_t partition)
{
    struct sim_world *world = audit->world;
    struct fen_message message;
    int64_t offset = 0;
    while (sim_broker_read(world->cluster.broker, FEN_TOPIC_LEDGER, partition, true, &offset,
                           &message)) {
        struct fen_ledger_record record;
        if (!fen_ledger_record_decode(world->wire, message.key, message.value, audit->arena,
                                      &record))
            sim_fail(world, "a ledger record cannot be read");
        struct payee *payee = payee_of(audit, message.key);
        for (uint32_t i = 0; i < record.entry_count; i++)
            take_entry(audit, payee, &record.entries[i]);
    }
    offset = 0;
    while (sim_broker_read(world->cluster.broker, FEN_TOPIC_DEAD_LETTERS, partition, true, &offset,
                           &message))
        sim_sums_add_dead_letter(audit->sums, &message);
}

static void compare_with_reckoning(struct audit *audit, struct sim_random *random)
{
    struct sim_world *world = audit->world;
    struct sim_sums expected = {.arena = audit->arena,
                                .is_without_periods = world->inputs.has_closings};
    struct fen_buffer difference = {0};
    const struct sim_reckoning_options options = {world->wire, world->cluster.partition_count,
                                                  random};
    sim_reckon(&world->inputs, &options, &expected);
    if (!sim_sums_equal(&expected, audit->sums, &difference))
        sim_fail(world, "%s: %.*s", random == NULL ? "ledger" : "rehearsal",
                 FEN_STR_ARG(fen_buffer_str(&difference)));
    fen_buffer_deinit(&difference);
}

/* --- states --------------------------------------------------------------------------------- */

static void take_channels(struct audit *audit, uint32_t partition, bool is_split,
                          const struct fen_lane_state *state)
{
    for (uint32_t i = 0; i < state->channel_count; i++) {
        uint32_t peer = state->channels[i].partition;
        if (is_split)
            audit->sent[partition][peer] = state->channels[i].number;
        else
            audit->received[peer][partition] = state->channels[i].number;
    }
    if (!is_split)
        audit->versions[partition] = state->version;
}

static int64_t posted_of(struct audit *audit, const struct fen_message *message)
{
    const struct fen_schema *schema = message->topic == FEN_TOPIC_ORDER_STATE
                                          ? &fen_order_schema
                                          : message->topic == FEN_TOPIC_CUSTOMER_STATE
                                                ? &fen_customer_schema
                                                : fen_task_record_schema(message->key);
    void *record = fen_arena_allocate(audit->arena, schema->size_bytes);
    const struct fen_posted *posted = NULL;
    uint32_t count = 0;
    int64_t sum = 0;
    if (!fen_record_form_decode(audit->world->wire, schema, message->value, audit->arena, record))
        sim_fail(audit->world, "a state record cannot be read");
    if (schema == &fen_order_schema) {
        posted = ((const struct fen_order *)record)->posted;
        count = ((const struct fen_order *)record)->posted_count;
    } else if (schema == &fen_customer_schema) {
        posted = ((const struct fen_customer *)record)->posted;
        count = ((const struct fen_customer *)record)->posted_count;
    } else if (schema == &fen_task_guide_schema) {
        posted = ((const struct fen_task_guide *)record)->posted;
        count = ((const struct fen_task_guide *)record)->posted_count;
    }
    for (uint32_t i = 0; i < count; i++)
        sum += posted[i].amount_fen;
    return sum;
}

static void take_account(struct audit *audit, const struct fen_message *message)
{
    struct fen_account account;
    struct payee *payee = payee_of(audit, message->key);
    if (!fen_account_record_decode(audit->world->wire, message->key, message->value, audit->arena,
                                   &account))
        sim_fail(audit->world, "an account cannot be read");
    fold_account(audit, message->key, &account);
    payee->has_account = true;
    payee->account_seq = account.seq;
    payee->account_fen = account.balance_fen;
    audit->account_counts[message->partition]++;
}

/* Whether a later record of the partition has the key. */
static bool is_newest(const struct audit *audit, const struct fen_message *message)
{
    struct fen_message later;
    int64_t offset = message->offset + 1;
    while (sim_broker_read(audit->world->cluster.broker, message->topic, message->partition, true,
                           &offset, &later)) {
        if (fen_str_equal(later.key, message->key))
            return false;
    }
    return true;
}

static void take_state(struct audit *audit, const struct fen_message *message)
{
    bool is_post = message->topic == FEN_TOPIC_ACCOUNTS;
    struct fen_lane_state state;
    if (!fen_str_equal(message->key, FEN_LANE_STATE_KEY)) {
        if (is_post)
            take_account(audit, message);
        else
            audit->posted_fen += posted_of(audit, message);
        return;
    }
    if (!fen_lane_record_decode(audit->world->wire, message->value, audit->arena, &state))
        sim_fail(audit->world, "a lane's record cannot be read");
    take_channels(audit, message->partition, !is_post, &state);
}

static void read_states(struct audit *audit, uint32_t partition)
{
    static const enum fen_topic topics[] = {FEN_TOPIC_ACCOUNTS, FEN_TOPIC_ORDER_STATE,
                                            FEN_TOPIC_CUSTOMER_STATE, FEN_TOPIC_TASK_STATE};
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        struct fen_message message;
        int64_t offset = 0;
        while (sim_broker_read(audit->world->cluster.broker, topics[i], partition, true, &offset,
                               &message)) {
            if (is_newest(audit, &message))
                take_state(audit, &message);
        }
    }
}

static void compare_states(struct audit *audit)
{
    struct sim_world *world = audit->world;
    for (uint32_t i = 0; i < audit->payee_count; i++) {
        const struct payee *payee = &audit->payees[i];
        if (payee->seq != payee->account_seq || payee->balance_fen != payee->account_fen)
            sim_fail(world, "%.*s: account says %" PRId64 " at %" PRIu64 ", ledger %" PRId64
                            " at %" PRIu64,
                     FEN_STR_ARG(payee->key), payee->account_fen, payee->account_seq,
                     payee->balance_fen, payee->seq);
    }
    struct fen_buffer difference = {0};
    if (!sim_sums_equal(&audit->ledger_folds, &audit->account_folds, &difference))
        sim_fail(world, "accounts: %.*s", FEN_STR_ARG(fen_buffer_str(&difference)));
    fen_buffer_deinit(&difference);
    if (audit->ledger_fen != audit->posted_fen)
        sim_fail(world, "the ledger holds %" PRId64 ", states say %" PRId64 " was posted",
                 audit->ledger_fen, audit->posted_fen);
    for (uint32_t i = 0; i < SIM_PARTITION_MAX; i++) {
        for (uint32_t j = 0; j < SIM_PARTITION_MAX; j++) {
            if (audit->sent[i][j] != audit->received[i][j])
                sim_fail(world, "channel %u to %u: %" PRIu64 " sent, %" PRIu64 " received", i, j,
                         audit->sent[i][j], audit->received[i][j]);
        }
    }
}

/* --- Redis ---------------------------------------------------------------------------------- */

struct comparison {
    struct audit *audit;
    struct fen_verify *verify;
    struct fen_buffer reason;
};

static void tell_difference(void *context, const struct fen_difference *difference)
{
    const struct comparison *comparison = context;
    sim_fail(comparison->audit->world, "Redis: %.*s %.*s is %.*s, not %.*s",
             FEN_STR_ARG(difference->payee), FEN_STR_ARG(difference->field),
             FEN_STR_ARG(difference->found), FEN_STR_ARG(difference->expected));
}

static void visit_account(void *context, const struct fen_account *account, struct fen_str store)
{
    struct comparison *comparison = context;
    const struct fen_verify_report report = {comparison, tell_difference};
    uint64_t difference_count = 0;
    (void)store;
    if (!fen_verify_accounts(comparison->verify, account, 1, &report, &difference_count,
                             &comparison->reason))
        sim_fail(comparison->audit->world, "%.*s",
                 FEN_STR_ARG(fen_buffer_str(&comparison->reason)));
}

static void visit_record(void *context, struct fen_str tenant, struct fen_str payee, uint64_t seq,
                         uint32_t entry_count, struct fen_str record)
{
    (void)context;
    (void)tenant;
    (void)payee;
    (void)seq;
    (void)entry_count;
    (void)record;
}

static void compare_redis(struct audit *audit)
{
    static const int64_t never_us = 0;
    struct sim_world *world = audit->world;
    const struct sim_redis_client client = {&world->redis, NULL, &never_us};
    struct comparison comparison = {audit, NULL, {0}};
    const struct fen_verify_options options = {
        .connection = {.transport = &sim_redis_transport,
                       .transport_context = (void *)(uintptr_t)&client},
        .partition_count = world->cluster.partition_count,
    };
    const struct fen_projector_visitor visitor = {&comparison, visit_account, visit_record, NULL};
    const struct sim_lane_reading reading = {world->cluster.broker, world->wire, NULL, NULL};
    comparison.verify = fen_verify_open(&options, &comparison.reason);
    FEN_ASSERT(comparison.verify != NULL);
    uint64_t expected_count = 0;
    uint64_t found_count = 0;
    for (uint32_t i = 0; i < world->cluster.partition_count; i++) {
        uint64_t version = 0;
        bool is_there = false;
        if (!sim_lane_read(&reading, i, 1, &visitor, &version))
            sim_fail(world, "partition %u cannot be read", i);
        if (!fen_verify_fence(comparison.verify, i, version, &is_there, &comparison.reason) ||
            !is_there)
            sim_fail(world, "the fence of partition %u is not at %" PRIu64, i, version);
        expected_count += audit->account_counts[i];
    }
    if (!fen_verify_count(comparison.verify, &found_count, &comparison.reason) ||
        found_count != expected_count)
        sim_fail(world, "Redis has %" PRIu64 " accounts, not %" PRIu64, found_count,
                 expected_count);
    fen_verify_close(comparison.verify);
    fen_buffer_deinit(&comparison.reason);
}

void sim_audit(struct sim_world *world, struct sim_sums *found)
{
    struct audit *audit = FEN_ARENA_NEW(world->arena, struct audit);
    audit->world = world;
    audit->sums = found;
    found->is_without_periods = world->inputs.has_closings;
    audit->arena = world->arena;
    found->arena = world->arena;
    audit->ledger_folds.arena = audit->account_folds.arena = world->arena;
    check_offsets(audit);
    check_counters(audit);
    for (uint32_t i = 0; i < world->cluster.partition_count; i++) {
        read_ledger(audit, i);
        read_states(audit, i);
    }
    compare_with_reckoning(audit, NULL);
    compare_with_reckoning(audit, &world->random);
    compare_states(audit);
    compare_redis(audit);
}
