/*
 * driver_worker: a worker on a real Kafka with fake lanes (tests/lib/fake_lanes.h), for pytest.
 *
 *   topics BOOTSTRAP PARTITIONS         apply the topics; a line a topic: NAME CONDITION TEXT
 *   check BOOTSTRAP GROUP               the check of `fen run`: prints the partition count
 *   send BOOTSTRAP PARTITIONS COUNT SEED   orders; prints "KEY COUNT TOTAL" of what was sent
 *   read BOOTSTRAP TOPIC PARTITIONS committed|all   prints "PARTITION OFFSET KEY VALUE"
 *   reference BOOTSTRAP                 load both topics; prints "APPLIED SKIPPED ORG PLAN"
 *   run BOOTSTRAP GROUP INSTANCE PARTITIONS [ACTION STEP K]
 *       run a worker until SIGTERM; each change of its status is a line on standard output:
 *       "STATE commits=N ..." ; at the K-th STEP (begin, emit, offsets, commit, committed) of its
 *       sink ACTION is done: kill (SIGKILL), freeze (SIGSTOP), stall (this thread goes no further,
 *       librdkafka's do), lose (done, but UNKNOWN is said), drop (not done, UNKNOWN)
 *
 * Why a program of its own: a test must be able to end a worker at an exact step of a transaction.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "lib/fake_lanes_body.h"
#include "stream/kafka_config.h"
#include "stream/kafka_lookup.h"
#include "stream/kafka_restore.h"
#include "stream/kafka_sink.h"
#include "stream/kafka_source.h"
#include "stream/reference_reader.h"
#include "stream/topics.h"
#include "stream/worker.h"

#define KEY_COUNT 20u

static struct fen_kafka_setting settings[1] = {{"bootstrap.servers", NULL}};
static struct fen_kafka_config config = {settings, 1};
static struct fen_buffer reason;

static int complain(void)
{
    (void)fprintf(stderr, "%.*s\n", FEN_STR_ARG(fen_buffer_str(&reason)));
    return 1;
}

static uint32_t number(const char *text)
{
    return (uint32_t)strtoul(text, NULL, 10);
}

/* --- topics, orders, what is in a topic ------------------------------------------------------ */

static int apply_topics(const char *partitions)
{
    static const char *const names[] = {"right", "missing", "wrong", "doubtful"};
    struct fen_topics_options options = {.config = &config,
                                         .partition_count = number(partitions)};
    struct fen_topics_report report;
    bool is_done = fen_topics_apply(&options, &report, &reason);
    for (uint32_t i = 0; report.broker_count > 0 && i < FEN_TOPIC_COUNT; i++)
        (void)printf("%s %s %s\n", fen_topic_info((enum fen_topic)i)->name,
                     names[report.topics[i].condition], report.topics[i].text);
    return is_done ? 0 : complain();
}

static int check_topics(const char *group)
{
    struct fen_topics_options options = {.config = &config};
    bool is_wrong;
    uint32_t count = fen_topics_check(&options, group, &is_wrong, &reason);
    if (count == 0)
        return complain();
    (void)printf("%" PRIu32 "\n", count);
    return 0;
}

static uint64_t next_random(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

static int send_orders(uint32_t partition_count, uint32_t count, uint64_t seed)
{
    uint64_t sent[KEY_COUNT] = {0};
    int64_t total[KEY_COUNT] = {0};
    uint64_t random = 88172645463325252u + seed;
    rd_kafka_t *producer = fen_kafka_config_open(
        fen_kafka_config_conf(&config, FEN_KAFKA_PLAIN), FEN_KAFKA_PLAIN, &reason);
    if (producer == NULL)
        return complain();
    rd_kafka_topic_t *topic =
        rd_kafka_topic_new(producer, fen_topic_info(FEN_TOPIC_ORDER_EVENTS)->name, NULL);
    for (uint32_t i = 0; i < count; i++) {
        char key[32];
        char value[32];
        uint32_t customer = (uint32_t)(next_random(&random) % KEY_COUNT);
        int64_t amount = (int64_t)(next_random(&random) % 1000) - 300;
        (void)snprintf(key, sizeof key, "customer-%u", customer);
        (void)snprintf(value, sizeof value, "%" PRId64, amount);
        while (rd_kafka_produce(topic, (int32_t)(customer % partition_count),
                                RD_KAFKA_MSG_F_COPY, value, strlen(value), key, strlen(key), NULL)
               != 0)
            (void)rd_kafka_poll(producer, 10);
        sent[customer]++;
        total[customer] += amount;
    }
    rd_kafka_resp_err_t error = rd_kafka_flush(producer, 30000);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(producer);
    for (uint32_t i = 0; i < KEY_COUNT; i++)
        (void)printf("customer-%u %" PRIu64 " %" PRId64 "\n", i, sent[i], total[i]);
    return error == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : 1;
}

static void print_messages(const struct fen_poll *poll)
{
    for (uint32_t i = 0; i < poll->message_count; i++) {
        const struct fen_message *message = &poll->messages[i];
        (void)printf("%" PRIu32 " %" PRId64 " %.*s %.*s\n", message->partition, message->offset,
                     FEN_STR_ARG(message->key), FEN_STR_ARG(message->value));
    }
}

/* committed: up to the true end, which an open transaction delays; all: with what is not. */
static int read_topic(const char *name, uint32_t partition_count, bool is_committed)
{
    struct fen_kafka_restore restore;
    struct fen_watermarks ends[64];
    struct fen_range_to_read ranges[64];
    enum fen_topic topic = fen_topic_find(fen_str_from(name));
    FEN_ASSERT(topic != FEN_TOPIC_COUNT && partition_count <= 64);
    fen_kafka_restore_init(&restore, &config, "driver");
    rd_kafka_t *looker = fen_kafka_restore_looker(&restore, &reason);
    for (uint32_t i = 0; i < partition_count; i++)
        ends[i] = (struct fen_watermarks){topic, i, 0, 0};
    if (looker == NULL || !fen_kafka_lookup_watermarks(looker, ends, partition_count, &reason))
        return complain();
    for (uint32_t i = 0; i < partition_count; i++)
        ranges[i] = (struct fen_range_to_read){topic, i, ends[i].low, ends[i].high};
    if (!is_committed) {
        restore.reader = looker; /* reads uncommitted */
        restore.looker = NULL;
        fen_kafka_batch_init(&restore.batch, looker);
    }
    if (!fen_kafka_restore_begin(&restore, ranges, partition_count, &reason))
        return complain();
    bool is_complete = false;
    while (!is_complete) {
        struct fen_poll poll;
        if (fen_kafka_restore_poll(&restore, 100, &poll, &is_complete) != FEN_SOURCE_MESSAGES)
            return 1;
        print_messages(&poll);
    }
    fen_kafka_restore_end(&restore);
    return 0;
}

static int load_reference(void)
{
    struct fen_reference_reader_options options = {
        .config = &config, .group = "driver", .builder = fen_reference_builder_create(1)};
    struct fen_reference_reader *reader = fen_reference_reader_create(&options, &reason);
    if (reader == NULL || !fen_reference_reader_load(reader, 0, &reason))
        return complain();
    fen_reference_reader_start(reader);
    if (!fen_reference_reader_stop(reader, 10000))
        return 1;
    struct fen_reference_reader_status status;
    fen_reference_reader_status(reader, &status);
    (void)printf("%" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 "\n", status.events_applied,
                 status.events_skipped, status.org_offset, status.plan_offset);
    fen_reference_reader_destroy(reader);
    fen_reference_builder_destroy(options.builder);
    return 0;
}

/* --- a sink that does as the test says -------------------------------------------------------- */

struct armed_sink {
    struct fen_sink port;
    struct fen_sink *sink;
    const char *action;
    const char *step;
    uint32_t left; /* until it strikes */
};

static bool strikes(struct armed_sink *armed, const char *step)
{
    if (armed->action == NULL || strcmp(armed->step, step) != 0 || armed->left == 0
        || --armed->left > 0)
        return false;
    if (strcmp(armed->action, "kill") == 0)
        (void)raise(SIGKILL);
    if (strcmp(armed->action, "freeze") == 0)
        (void)raise(SIGSTOP);
    while (strcmp(armed->action, "stall") == 0)
        (void)pause();
    return true;
}

static bool is_action(const struct armed_sink *armed, const char *action)
{
    return strcmp(armed->action, action) == 0;
}

static struct armed_sink *armed_of(struct fen_sink *port)
{
    return (struct armed_sink *)port;
}

static enum fen_sink_outcome armed_open(struct fen_sink *port, uint32_t timeout_ms,
                                        struct fen_buffer *why)
{
    struct fen_sink *sink = armed_of(port)->sink;
    return sink->functions->open(sink, timeout_ms, why);
}

static void armed_close(struct fen_sink *port)
{
    struct fen_sink *sink = armed_of(port)->sink;
    sink->functions->close(sink);
}

static bool armed_is_tainted(const struct fen_sink *port)
{
    const struct fen_sink *sink = ((const struct armed_sink *)port)->sink;
    return sink->functions->is_tainted(sink);
}

static enum fen_sink_outcome armed_begin(struct fen_sink *port, struct fen_buffer *why)
{
    struct armed_sink *armed = armed_of(port);
    enum fen_sink_outcome outcome = armed->sink->functions->begin(armed->sink, why);
    return strikes(armed, "begin") && is_action(armed, "lose") ? FEN_SINK_UNKNOWN : outcome;
}

static enum fen_sink_outcome armed_emit(struct fen_sink *port, const struct fen_message *messages,
                                        uint32_t count, struct fen_buffer *why)
{
    struct armed_sink *armed = armed_of(port);
    enum fen_sink_outcome outcome =
        armed->sink->functions->emit(armed->sink, messages, count, why);
    return strikes(armed, "emit") && is_action(armed, "lose") ? FEN_SINK_UNKNOWN : outcome;
}

static enum fen_sink_outcome armed_offsets(struct fen_sink *port, const struct fen_offset *offsets,
                                           uint32_t count, const void *group,
                                           struct fen_buffer *why)
{
    struct armed_sink *armed = armed_of(port);
    enum fen_sink_outcome outcome =
        armed->sink->functions->offsets(armed->sink, offsets, count, group, why);
    return strikes(armed, "offsets") && is_action(armed, "lose") ? FEN_SINK_UNKNOWN : outcome;
}

static enum fen_sink_outcome armed_commit(struct fen_sink *port, struct fen_buffer *why)
{
    struct armed_sink *armed = armed_of(port);
    if (strikes(armed, "commit") && is_action(armed, "drop"))
        return FEN_SINK_UNKNOWN;
    enum fen_sink_outcome outcome = armed->sink->functions->commit(armed->sink, why);
    return strikes(armed, "committed") && is_action(armed, "lose") ? FEN_SINK_UNKNOWN : outcome;
}

static void armed_destroy(struct fen_sink *port)
{
    struct armed_sink *armed = armed_of(port);
    armed->sink->functions->destroy(armed->sink);
}

static const struct fen_sink_functions armed_functions = {
    .open = armed_open,
    .close = armed_close,
    .is_tainted = armed_is_tainted,
    .begin = armed_begin,
    .emit = armed_emit,
    .offsets = armed_offsets,
    .commit = armed_commit,
    .destroy = armed_destroy,
};

/* --- the worker ------------------------------------------------------------------------------ */

static struct fen_worker *running;

static void stop_on_signal(int signal_number)
{
    (void)signal_number;
    fen_worker_stop(running);
}

static void print_status(const struct fen_worker *worker)
{
    static char before[512];
    char line[512];
    struct fen_worker_status status;
    fen_worker_status_read(worker, &status);
    struct fen_histogram *us = &status.commit_us;
    (void)snprintf(line, sizeof line,
                   "%s partitions=%" PRIu32 " commits=%" PRIu64 " messages=%" PRIu64
                   " outputs=%" PRIu64 " recoveries=%" PRIu64 " taints=%" PRIu64
                   " fences=%" PRIu64 " restores=%" PRIu64 " restored=%" PRIu64
                   " restore_ms=%" PRId64 " p50_us=%" PRIu64 " p99_us=%" PRIu64 " reason=%s",
                   fen_worker_state_name(status.state), status.partition_count, status.commits,
                   status.batch_counts.sum, status.outputs, status.recoveries, status.taints,
                   status.fences, status.restores, status.restore_records, status.restore_ms,
                   fen_histogram_quantile(us, 500), fen_histogram_quantile(us, 990),
                   status.reason);
    if (strcmp(line, before) == 0)
        return;
    (void)snprintf(before, sizeof before, "%s", line);
    (void)printf("%s\n", line);
    (void)fflush(stdout);
}

static int run_worker(char **arguments, int count)
{
    const char *group = arguments[0];
    const char *instance = arguments[1];
    struct armed_sink armed = {.port = {&armed_functions}};
    if (count == 6) {
        armed.action = arguments[3];
        armed.step = arguments[4];
        armed.left = number(arguments[5]);
    }
    struct fen_worker_options options = {
        .lanes = {.partition_count = number(arguments[2]), .has_split = true, .has_post = true},
        .references = fen_reference_builder_create(1),
    };
    struct fen_kafka_source_options source_options = {
        .config = &config, .group = group, .instance = instance, .has_split = true,
        .has_post = true};
    struct fen_kafka_sink_options sink_options = {
        .config = &config, .group = group, .instance = instance};
    struct fen_source *source = fen_kafka_source_create(&source_options, &reason);
    if (source == NULL)
        return complain();
    fake_lanes_seen.touches_from_ms = INT64_MIN;
    armed.sink = fen_kafka_sink_create(&sink_options);
    running = fen_worker_create(&options, source, &armed.port);
    (void)signal(SIGTERM, stop_on_signal);
    fen_worker_start(running);
    enum fen_worker_state state = FEN_WORKER_STARTING;
    while (state != FEN_WORKER_STOPPED && state != FEN_WORKER_FAILED) {
        bool is_over = fen_worker_join(running, 5);
        (void)is_over; /* the state says more */
        state = fen_worker_state_read(running);
        print_status(running);
    }
    if (!fen_worker_join(running, 25000))
        _exit(3);
    fen_worker_destroy(running);
    fen_reference_builder_destroy(options.references);
    return state == FEN_WORKER_FAILED;
}

int main(int count, char **arguments)
{
    if (count < 3)
        return 2;
    const char *command = arguments[1];
    settings[0].value = arguments[2];
    if (!fen_kafka_config_check(&config, &reason))
        return complain();
    if (strcmp(command, "topics") == 0 && count == 4)
        return apply_topics(arguments[3]);
    if (strcmp(command, "check") == 0 && count == 4)
        return check_topics(arguments[3]);
    if (strcmp(command, "send") == 0 && count == 6)
        return send_orders(number(arguments[3]), number(arguments[4]), number(arguments[5]));
    if (strcmp(command, "read") == 0 && count == 6)
        return read_topic(arguments[3], number(arguments[4]),
                          strcmp(arguments[5], "committed") == 0);
    if (strcmp(command, "reference") == 0 && count == 3)
        return load_reference();
    if (strcmp(command, "run") == 0 && (count == 6 || count == 9))
        return run_worker(arguments + 3, count - 3);
    return 2;
}
