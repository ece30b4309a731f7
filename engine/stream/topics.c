/* topics: see topics.h. Metadata looked at, missing topics made, the group's offsets checked. */
#include "stream/topics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "stream/topic_settings.h"

#define REACH_TIMEOUT_MS 10000
#define PROBE_TIMEOUT_MS 15000
#define REPLICATION_MAX 3u

static rd_kafka_t *open_admin(const struct fen_topics_options *options, struct fen_buffer *reason)
{
    return fen_kafka_config_open(fen_kafka_config_conf(options->config, FEN_KAFKA_ADMIN),
                                 FEN_KAFKA_ADMIN, reason);
}

/* All topics are asked for: asking for one by name would create it on some clusters. */
static const struct rd_kafka_metadata *ask_metadata(rd_kafka_t *admin, struct fen_buffer *reason)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t error = rd_kafka_metadata(admin, 1, NULL, &metadata, REACH_TIMEOUT_MS);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fen_buffer_append_format(reason, "Kafka cannot be reached: %s", rd_kafka_err2str(error));
        return NULL;
    }
    return metadata;
}

static const struct rd_kafka_metadata_topic *
topic_of(const struct rd_kafka_metadata *metadata, const char *name)
{
    for (int i = 0; i < metadata->topic_cnt; i++) {
        const struct rd_kafka_metadata_topic *topic = &metadata->topics[i];
        if (strcmp(topic->topic, name) == 0 && topic->partition_cnt > 0)
            return topic;
    }
    return NULL;
}

/* The least number of replicas of any of its partitions. */
static uint32_t replication_of(const struct rd_kafka_metadata_topic *topic)
{
    int least = topic->partitions[0].replica_cnt;
    for (int i = 1; i < topic->partition_cnt; i++) {
        if (topic->partitions[i].replica_cnt < least)
            least = topic->partitions[i].replica_cnt;
    }
    return (uint32_t)least;
}

/* The count most co-partitioned topics have; they all must, so one that differs stands alone. */
static uint32_t common_count(const struct fen_topics_report *report)
{
    uint32_t best = 0;
    uint32_t best_votes = 0;
    for (uint32_t i = 0; i < FEN_TOPIC_COUNT; i++) {
        uint32_t count = report->topics[i].partition_count;
        uint32_t votes = 0;
        if (count == 0 || fen_topic_info((enum fen_topic)i)->is_single_partition)
            continue;
        for (uint32_t j = 0; j < FEN_TOPIC_COUNT; j++) {
            votes += !fen_topic_info((enum fen_topic)j)->is_single_partition
                     && report->topics[j].partition_count == count;
        }
        if (votes > best_votes) {
            best = count;
            best_votes = votes;
        }
    }
    return best;
}

static void judge_missing(struct fen_topic_report *topic, const struct fen_topics_report *report)
{
    const struct fen_topic_info *info = fen_topic_info(topic->topic);
    topic->condition = FEN_TOPIC_MISSING;
    (void)snprintf(topic->text, sizeof topic->text,
                   "missing: `fen topics apply` creates it (partitions %" PRIu32
                   ", replicas %" PRIu32 "%s)",
                   info->is_single_partition ? 1 : report->partition_count, report->replication,
                   info->is_compacted ? ", compacted" : "");
}

static void judge_count(struct fen_topic_report *topic, uint32_t wanted)
{
    if (topic->partition_count == wanted)
        return;
    topic->condition = FEN_TOPIC_WRONG;
    (void)snprintf(topic->text, sizeof topic->text,
                   "has %" PRIu32 " partitions and must have %" PRIu32
                   "%s; partitions cannot be taken away: create it anew",
                   topic->partition_count, wanted,
                   wanted == 1 ? " (all processes read one order of events)"
                               : ", as the other topics (a key's partition decides its worker)");
}

static void judge(struct fen_topics_report *report)
{
    for (uint32_t i = 0; i < FEN_TOPIC_COUNT; i++) {
        struct fen_topic_report *topic = &report->topics[i];
        if (topic->partition_count == 0)
            judge_missing(topic, report);
        else
            judge_count(topic, fen_topic_info(topic->topic)->is_single_partition
                                   ? 1
                                   : report->partition_count);
    }
}

static void count_conditions(struct fen_topics_report *report)
{
    report->missing_count = report->wrong_count = report->doubtful_count = 0;
    for (uint32_t i = 0; i < FEN_TOPIC_COUNT; i++) {
        switch (report->topics[i].condition) {
        case FEN_TOPIC_RIGHT:
            break;
        case FEN_TOPIC_MISSING:
            report->missing_count++;
            break;
        case FEN_TOPIC_WRONG:
            report->wrong_count++;
            break;
        case FEN_TOPIC_DOUBTFUL:
            report->doubtful_count++;
            break;
        }
    }
}

static void fill_report(const struct fen_topics_options *options,
                        const struct rd_kafka_metadata *metadata, struct fen_topics_report *report)
{
    memset(report, 0, sizeof *report);
    report->broker_count = (uint32_t)metadata->broker_cnt;
    for (uint32_t i = 0; i < FEN_TOPIC_COUNT; i++) {
        struct fen_topic_report *topic = &report->topics[i];
        topic->topic = (enum fen_topic)i;
        const struct rd_kafka_metadata_topic *found =
            topic_of(metadata, fen_topic_info(topic->topic)->name);
        if (found != NULL) {
            topic->partition_count = (uint32_t)found->partition_cnt;
            topic->replication = replication_of(found);
        }
    }
    report->partition_count = common_count(report);
    if (report->partition_count == 0)
        report->partition_count = options->partition_count == 0 ? FEN_PARTITION_COUNT_DEFAULT
                                                                : options->partition_count;
    report->replication = options->replication;
    if (report->replication == 0)
        report->replication =
            report->broker_count < REPLICATION_MAX ? report->broker_count : REPLICATION_MAX;
    judge(report);
}

static bool look(rd_kafka_t *admin, const struct fen_topics_options *options,
                 struct fen_topics_report *report, struct fen_buffer *reason)
{
    const struct rd_kafka_metadata *metadata = ask_metadata(admin, reason);
    if (metadata == NULL)
        return false;
    fill_report(options, metadata, report);
    rd_kafka_metadata_destroy(metadata);
    fen_topic_settings_judge(admin, options, report);
    count_conditions(report);
    return true;
}

bool fen_topics_plan(const struct fen_topics_options *options,
                     struct fen_topics_report *report_out, struct fen_buffer *reason)
{
    memset(report_out, 0, sizeof *report_out);
    rd_kafka_t *admin = open_admin(options, reason);
    if (admin == NULL)
        return false;
    bool is_seen = look(admin, options, report_out, reason);
    rd_kafka_destroy(admin);
    return is_seen;
}

static const struct fen_topic_report *first_with(const struct fen_topics_report *report,
                                                 enum fen_topic_condition condition)
{
    for (uint32_t i = 0; i < FEN_TOPIC_COUNT; i++) {
        if (report->topics[i].condition == condition)
            return &report->topics[i];
    }
    return NULL;
}

/* Name the first topic in that condition; false when there is none. */
static bool name_first(const struct fen_topics_report *report, enum fen_topic_condition condition,
                       struct fen_buffer *reason)
{
    const struct fen_topic_report *topic = first_with(report, condition);
    if (topic == NULL)
        return false;
    fen_buffer_append_format(reason, "topic %s %s", fen_topic_info(topic->topic)->name,
                             topic->text);
    return true;
}

/* Brokers hear of a new topic one after the other: look until none is missing, or 10 s. */
static bool look_for_all(rd_kafka_t *admin, const struct fen_topics_options *options,
                         struct fen_topics_report *report, struct fen_buffer *reason)
{
    int64_t deadline_ms = fen_clock_ms() + REACH_TIMEOUT_MS;
    while (look(admin, options, report, reason)) {
        if (report->missing_count == 0 || fen_clock_ms() >= deadline_ms)
            return true;
        (void)rd_kafka_poll(admin, 100);
    }
    return false;
}

bool fen_topics_apply(const struct fen_topics_options *options,
                      struct fen_topics_report *report_out, struct fen_buffer *reason)
{
    memset(report_out, 0, sizeof *report_out);
    rd_kafka_t *admin = open_admin(options, reason);
    if (admin == NULL)
        return false;
    bool is_done = look(admin, options, report_out, reason)
                   && !name_first(report_out, FEN_TOPIC_WRONG, reason)
                   && fen_topic_settings_create(admin, options, report_out, reason)
                   && look_for_all(admin, options, report_out, reason)
                   && !name_first(report_out, FEN_TOPIC_MISSING, reason)
                   && !name_first(report_out, FEN_TOPIC_WRONG, reason);
    rd_kafka_destroy(admin);
    return is_done;
}

/*
 * Whether the service has transactions: some that speak Kafka's protocol do not (DESIGN §3). Only
 * init_transactions is tried; `fen doctor` proves isolation with a record.
 */
static bool probe_transactions(const struct fen_topics_options *options, const char *group,
                               struct fen_buffer *reason)
{
    char id[512];
    (void)snprintf(id, sizeof id, "fen.%s.probe", group);
    rd_kafka_conf_t *conf = fen_kafka_config_conf(options->config, FEN_KAFKA_PRODUCER);
    fen_kafka_config_set(conf, "transactional.id", id);
    rd_kafka_t *producer = fen_kafka_config_open(conf, FEN_KAFKA_PRODUCER, reason);
    if (producer == NULL)
        return false;
    rd_kafka_error_t *error = rd_kafka_init_transactions(producer, PROBE_TIMEOUT_MS);
    bool is_available = error == NULL || rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR__FENCED;
    if (!is_available)
        fen_buffer_append_format(reason,
                                 "this Kafka service has no working transactions (%s): fen needs "
                                 "them to post every amount once",
                                 rd_kafka_error_string(error));
    if (error != NULL)
        rd_kafka_error_destroy(error);
    rd_kafka_destroy(producer);
    return is_available;
}

uint32_t fen_topics_check(const struct fen_topics_options *options, const char *group,
                          bool *is_wrong_out, struct fen_buffer *reason)
{
    struct fen_topics_report *report = calloc(1, sizeof *report);
    FEN_ASSERT(report != NULL);
    uint32_t partition_count = 0;
    bool is_there = fen_topics_plan(options, report, reason)
                    && !name_first(report, FEN_TOPIC_MISSING, reason);
    *is_wrong_out = is_there && name_first(report, FEN_TOPIC_WRONG, reason);
    if (is_there && !*is_wrong_out && probe_transactions(options, group, reason))
        partition_count = report->partition_count;
    free(report);
    return partition_count;
}
