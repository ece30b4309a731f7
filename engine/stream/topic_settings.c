/* topic_settings: see topic_settings.h. What each topic must be set to, and what it is set to. */
#include "stream/topic_settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADMIN_TIMEOUT_MS 30000
#define SETTING_COUNT_MAX 12u

/* Records of payees, orders and postings are one per transaction: large when a guide is hot. */
#define OUTPUT_SIZE_BYTES "16777216"
/* An event's value is at most 256 KiB (SPEC §3); larger ones must still reach the dead letters. */
#define INPUT_SIZE_BYTES "1048588"
#define RETENTION_MS_DEFAULT "2592000000" /* 30 days: facts live on in the state topics */

/* A setting: what a topic is created with, and what it means to find another value. */
struct setting {
    const char *name;
    char value[24];
    enum fen_topic_condition other;                       /* RIGHT: any value will do */
    bool (*is_good)(const char *found, const char *wanted); /* NULL: equal */
};

struct settings {
    struct setting items[SETTING_COUNT_MAX];
    uint32_t count;
};

static bool is_at_least(const char *found, const char *wanted)
{
    return strtoll(found, NULL, 10) >= strtoll(wanted, NULL, 10);
}

/* -1 is for ever. */
static bool is_kept_as_long(const char *found, const char *wanted)
{
    return strcmp(found, "-1") == 0 || is_at_least(found, wanted);
}

static void add(struct settings *settings, const char *name, const char *value,
                enum fen_topic_condition other, bool (*is_good)(const char *, const char *))
{
    FEN_ASSERT(settings->count < SETTING_COUNT_MAX);
    struct setting *setting = &settings->items[settings->count++];
    setting->name = name;
    setting->other = other;
    setting->is_good = is_good;
    (void)snprintf(setting->value, sizeof setting->value, "%s", value);
}

static void add_retention(struct settings *settings, const struct fen_topics_options *options,
                          enum fen_topic topic)
{
    if (fen_topic_info(topic)->is_kept_for_ever) {
        add(settings, "retention.ms", "-1", FEN_TOPIC_WRONG, NULL);
        add(settings, "retention.bytes", "-1", FEN_TOPIC_WRONG, NULL);
    } else if (topic == FEN_TOPIC_TOUCH_EVENTS) {
        char value[24];
        (void)snprintf(value, sizeof value, "%" PRId64,
                       options->touch_retention_ms == 0 ? FEN_TOUCH_RETENTION_MS_DEFAULT
                                                        : options->touch_retention_ms);
        add(settings, "retention.ms", value, FEN_TOPIC_DOUBTFUL, is_kept_as_long);
    } else {
        add(settings, "retention.ms", RETENTION_MS_DEFAULT, FEN_TOPIC_RIGHT, NULL);
    }
}

/*
 * Compacted topics are the engine's memory: small segments and an early cleaner keep what a restart
 * has to read short. A leader outside the in-sync replicas may forget what was committed.
 */
static void settings_of(const struct fen_topics_options *options, enum fen_topic topic,
                        uint32_t replication, struct settings *settings)
{
    const struct fen_topic_info *info = fen_topic_info(topic);
    settings->count = 0;
    if (info->is_compacted) {
        add(settings, "cleanup.policy", "compact", FEN_TOPIC_WRONG, NULL);
        add(settings, "segment.bytes", "134217728", FEN_TOPIC_RIGHT, NULL);
        add(settings, "min.cleanable.dirty.ratio", "0.2", FEN_TOPIC_RIGHT, NULL);
    } else {
        add(settings, "cleanup.policy", "delete", FEN_TOPIC_WRONG, NULL);
        add_retention(settings, options, topic);
    }
    /* A broker refuses records an hour ahead of its clock: ours must be able to go wrong. */
    if (!info->is_input)
        add(settings, "message.timestamp.type", "LogAppendTime", FEN_TOPIC_RIGHT, NULL);
    add(settings, "max.message.bytes", info->is_input ? INPUT_SIZE_BYTES : OUTPUT_SIZE_BYTES,
        FEN_TOPIC_DOUBTFUL, is_at_least);
    add(settings, "min.insync.replicas", replication >= 3 ? "2" : "1", FEN_TOPIC_DOUBTFUL,
        is_at_least);
    add(settings, "unclean.leader.election.enable", "false",
        replication > 1 ? FEN_TOPIC_DOUBTFUL : FEN_TOPIC_RIGHT, NULL);
}

static const char *value_in(const rd_kafka_ConfigResource_t *resource, const char *name)
{
    size_t count = 0;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rd_kafka_ConfigEntry_name(entries[i]), name) == 0)
            return rd_kafka_ConfigEntry_value(entries[i]);
    }
    return NULL;
}

/* The gravest finding stands; of equals the first. */
static void find_fault(struct fen_topic_report *topic, const struct setting *setting,
                       const char *found)
{
    if (topic->condition == FEN_TOPIC_WRONG
        || (topic->condition == FEN_TOPIC_DOUBTFUL && setting->other == FEN_TOPIC_DOUBTFUL))
        return;
    topic->condition = setting->other;
    (void)snprintf(topic->text, sizeof topic->text,
                   "has %s=%s and %s have %s: kafka-configs.sh --alter --entity-type topics "
                   "--entity-name %s --add-config %s=%s",
                   setting->name, found, setting->other == FEN_TOPIC_WRONG ? "must" : "should",
                   setting->value, fen_topic_info(topic->topic)->name, setting->name,
                   setting->value);
}

/* One replica on a cluster of several brokers: its disk is the only copy. */
static void judge_replication(struct fen_topic_report *topic,
                              const struct fen_topics_report *report)
{
    uint32_t wanted = report->broker_count < 3 ? report->broker_count : 3;
    if (topic->condition != FEN_TOPIC_RIGHT || topic->replication >= wanted)
        return;
    topic->condition = FEN_TOPIC_DOUBTFUL;
    (void)snprintf(topic->text, sizeof topic->text,
                   "has %" PRIu32 " replicas on %" PRIu32 " brokers and should have %" PRIu32,
                   topic->replication, report->broker_count, wanted);
}

static void judge_topic(const struct fen_topics_options *options,
                        const struct fen_topics_report *report, struct fen_topic_report *topic,
                        const rd_kafka_ConfigResource_t *resource)
{
    struct settings settings;
    settings_of(options, topic->topic, topic->replication, &settings);
    for (uint32_t i = 0; i < settings.count; i++) {
        const struct setting *setting = &settings.items[i];
        const char *found = value_in(resource, setting->name);
        if (setting->other == FEN_TOPIC_RIGHT || found == NULL)
            continue;
        bool is_good = setting->is_good == NULL ? strcmp(found, setting->value) == 0
                                                : setting->is_good(found, setting->value);
        if (!is_good)
            find_fault(topic, setting, found);
    }
    judge_replication(topic, report);
}

static struct fen_topic_report *report_of(struct fen_topics_report *report, const char *name)
{
    enum fen_topic topic = fen_topic_find(fen_str_from(name));
    return topic == FEN_TOPIC_COUNT ? NULL : &report->topics[topic];
}

static void judge_unreadable(struct fen_topic_report *topic, const char *error)
{
    if (topic->partition_count == 0 || topic->condition != FEN_TOPIC_RIGHT)
        return;
    topic->condition = FEN_TOPIC_DOUBTFUL;
    (void)snprintf(topic->text, sizeof topic->text, "its settings cannot be read: %s", error);
}

static void judge_result(const struct fen_topics_options *options, rd_kafka_event_t *event,
                         struct fen_topics_report *report)
{
    size_t count = 0;
    const rd_kafka_DescribeConfigs_result_t *result = rd_kafka_event_DescribeConfigs_result(event);
    const rd_kafka_ConfigResource_t **resources = NULL;
    if (result != NULL)
        resources = rd_kafka_DescribeConfigs_result_resources(result, &count);
    for (size_t i = 0; i < count; i++) {
        struct fen_topic_report *topic =
            report_of(report, rd_kafka_ConfigResource_name(resources[i]));
        if (topic != NULL && rd_kafka_ConfigResource_error(resources[i]) == 0)
            judge_topic(options, report, topic, resources[i]);
        else if (topic != NULL)
            judge_unreadable(topic, rd_kafka_ConfigResource_error_string(resources[i]));
    }
}

/* An admin request's answer; NULL when none came in time. */
static rd_kafka_event_t *await_answer(rd_kafka_queue_t *queue)
{
    return rd_kafka_queue_poll(queue, ADMIN_TIMEOUT_MS + 5000);
}

static rd_kafka_AdminOptions_t *admin_options(rd_kafka_t *admin, rd_kafka_admin_op_t operation)
{
    char error[256];
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(admin, operation);
    (void)rd_kafka_AdminOptions_set_request_timeout(options, ADMIN_TIMEOUT_MS, error,
                                                    sizeof error);
    if (operation == RD_KAFKA_ADMIN_OP_CREATETOPICS)
        (void)rd_kafka_AdminOptions_set_operation_timeout(options, ADMIN_TIMEOUT_MS, error,
                                                          sizeof error);
    return options;
}

void fen_topic_settings_judge(rd_kafka_t *admin, const struct fen_topics_options *options,
                              struct fen_topics_report *report)
{
    rd_kafka_ConfigResource_t *resources[FEN_TOPIC_COUNT];
    size_t count = 0;
    for (uint32_t i = 0; i < FEN_TOPIC_COUNT; i++) {
        if (report->topics[i].partition_count > 0)
            resources[count++] = rd_kafka_ConfigResource_new(
                RD_KAFKA_RESOURCE_TOPIC, fen_topic_info((enum fen_topic)i)->name);
    }
    if (count == 0)
        return;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(admin);
    rd_kafka_AdminOptions_t *request = admin_options(admin, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    rd_kafka_DescribeConfigs(admin, resources, count, request, queue);
    rd_kafka_event_t *event = await_answer(queue);
    if (event != NULL && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        judge_result(options, event, report);
    } else {
        for (uint32_t i = 0; i < FEN_TOPIC_COUNT; i++)
            judge_unreadable(&report->topics[i],
                             event == NULL ? "no answer" : rd_kafka_event_error_string(event));
    }
    if (event != NULL)
        rd_kafka_event_destroy(event);
    rd_kafka_AdminOptions_destroy(request);
    rd_kafka_queue_destroy(queue);
    rd_kafka_ConfigResource_destroy_array(resources, count);
}

static rd_kafka_NewTopic_t *new_topic(const struct fen_topics_options *options,
                                      const struct fen_topics_report *report,
                                      enum fen_topic topic, struct fen_buffer *reason)
{
    char error[512];
    struct settings settings;
    const struct fen_topic_info *info = fen_topic_info(topic);
    int partition_count = info->is_single_partition ? 1 : (int)report->partition_count;
    rd_kafka_NewTopic_t *wanted = rd_kafka_NewTopic_new(
        info->name, partition_count, (int)report->replication, error, sizeof error);
    if (wanted == NULL) {
        fen_buffer_append_format(reason, "topic %s cannot be created: %s", info->name, error);
        return NULL;
    }
    settings_of(options, topic, report->replication, &settings);
    for (uint32_t i = 0; i < settings.count; i++)
        (void)rd_kafka_NewTopic_set_config(wanted, settings.items[i].name,
                                           settings.items[i].value);
    return wanted;
}

static bool read_created(rd_kafka_event_t *event, struct fen_buffer *reason)
{
    if (event == NULL || rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fen_buffer_append_format(reason, "topics cannot be created: %s",
                                 event == NULL ? "no answer" : rd_kafka_event_error_string(event));
        return false;
    }
    size_t count = 0;
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[i]);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR
            || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            continue;
        fen_buffer_append_format(reason, "topic %s cannot be created: %s",
                                 rd_kafka_topic_result_name(results[i]),
                                 rd_kafka_topic_result_error_string(results[i]));
        return false;
    }
    return true;
}

bool fen_topic_settings_create(rd_kafka_t *admin, const struct fen_topics_options *options,
                               const struct fen_topics_report *report, struct fen_buffer *reason)
{
    rd_kafka_NewTopic_t *topics[FEN_TOPIC_COUNT];
    size_t count = 0;
    bool is_done = true;
    for (uint32_t i = 0; i < FEN_TOPIC_COUNT && is_done; i++) {
        if (report->topics[i].condition != FEN_TOPIC_MISSING)
            continue;
        topics[count] = new_topic(options, report, (enum fen_topic)i, reason);
        is_done = topics[count] != NULL;
        count += is_done;
    }
    if (is_done && count > 0) {
        rd_kafka_queue_t *queue = rd_kafka_queue_new(admin);
        rd_kafka_AdminOptions_t *request = admin_options(admin, RD_KAFKA_ADMIN_OP_CREATETOPICS);
        rd_kafka_CreateTopics(admin, topics, count, request, queue);
        rd_kafka_event_t *event = await_answer(queue);
        is_done = read_created(event, reason);
        if (event != NULL)
            rd_kafka_event_destroy(event);
        rd_kafka_AdminOptions_destroy(request);
        rd_kafka_queue_destroy(queue);
    }
    rd_kafka_NewTopic_destroy_array(topics, count);
    return is_done;
}
