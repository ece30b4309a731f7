/*
 * bench_topics: makes and deletes topics for bench/engine, which runs the engine several times over
 * the same inputs and needs its outputs to be new each time.
 *
 *     bench_topics HOST:PORT create PARTITIONS TOPIC...
 *     bench_topics HOST:PORT delete TOPIC...
 *     bench_topics HOST:PORT delete-outputs          those that `fen run` writes
 *     bench_topics HOST:PORT delete-all              those and its inputs
 *
 * Returns when the broker tells of the topics with a leader for each partition, or tells no more.
 */
#include <stdio.h>
#include <stdlib.h>

#include <librdkafka/rdkafka.h>

#include "base/clock.h"
#include "bench/process.h"
#include "stream/kafka_config.h"
#include "wire/topic.h"

#define TIMEOUT_MS 30000
#define TOPIC_COUNT_MAX 64

static rd_kafka_t *open_admin(const char *bootstrap)
{
    struct fen_buffer reason = {0};
    struct fen_kafka_setting setting = {"bootstrap.servers", bootstrap};
    struct fen_kafka_config config = {&setting, 1};
    if (!fen_kafka_config_check(&config, &reason))
        bench_process_fail("%.*s", FEN_STR_ARG(fen_buffer_str(&reason)));
    rd_kafka_t *admin =
        fen_kafka_config_open(fen_kafka_config_conf(&config, FEN_KAFKA_ADMIN), FEN_KAFKA_ADMIN,
                              &reason);
    if (admin == NULL)
        bench_process_fail("%.*s", FEN_STR_ARG(fen_buffer_str(&reason)));
    return admin;
}

/* Wait for the answer to one admin request; each topic must be fine or absent. */
static void await_answer(rd_kafka_queue_t *queue)
{
    size_t count = 0;
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, TIMEOUT_MS);
    if (event == NULL)
        bench_process_fail("the broker does not answer");
    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
        bench_process_fail("%s", rd_kafka_event_error_string(event));
    const rd_kafka_topic_result_t **results =
        rd_kafka_event_type(event) == RD_KAFKA_EVENT_CREATETOPICS_RESULT
            ? rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
            : rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event),
                                                  &count);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[i]);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR
            && error != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
            bench_process_fail("%s: %s", rd_kafka_topic_result_name(results[i]),
                               rd_kafka_err2str(error));
    }
    rd_kafka_event_destroy(event);
}

/* Whether the broker tells of the topic, with a leader for each of its partitions. */
static bool is_told(rd_kafka_t *admin, const char *name)
{
    const struct rd_kafka_metadata *metadata = NULL;
    bool is_found = false;
    if (rd_kafka_metadata(admin, 1, NULL, &metadata, TIMEOUT_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
        bench_process_fail("the broker gives no metadata");
    for (int i = 0; i < metadata->topic_cnt; i++) {
        const struct rd_kafka_metadata_topic *topic = &metadata->topics[i];
        if (strcmp(topic->topic, name) != 0)
            continue;
        is_found = topic->partition_cnt > 0;
        for (int j = 0; j < topic->partition_cnt; j++)
            is_found = is_found && topic->partitions[j].leader >= 0;
    }
    rd_kafka_metadata_destroy(metadata);
    return is_found;
}

static void wait_until_told(rd_kafka_t *admin, char **names, size_t count, bool is_there)
{
    int64_t deadline_ms = fen_clock_ms() + TIMEOUT_MS;
    for (size_t i = 0; i < count; i++) {
        while (is_told(admin, names[i]) != is_there) {
            if (fen_clock_ms() > deadline_ms)
                bench_process_fail("%s is %s", names[i], is_there ? "not there" : "still there");
        }
    }
}

static void create_topics(rd_kafka_t *admin, int partition_count, char **names, size_t count)
{
    char error[256];
    rd_kafka_NewTopic_t *topics[TOPIC_COUNT_MAX];
    rd_kafka_queue_t *queue = rd_kafka_queue_new(admin);
    for (size_t i = 0; i < count; i++) {
        topics[i] = rd_kafka_NewTopic_new(names[i], partition_count, 1, error, sizeof error);
        if (topics[i] == NULL)
            bench_process_fail("%s: %s", names[i], error);
    }
    rd_kafka_CreateTopics(admin, topics, count, NULL, queue);
    await_answer(queue);
    rd_kafka_NewTopic_destroy_array(topics, count);
    rd_kafka_queue_destroy(queue);
    wait_until_told(admin, names, count, true);
}

static void delete_topics(rd_kafka_t *admin, char **names, size_t count)
{
    rd_kafka_DeleteTopic_t *topics[TOPIC_COUNT_MAX];
    rd_kafka_queue_t *queue = rd_kafka_queue_new(admin);
    for (size_t i = 0; i < count; i++)
        topics[i] = rd_kafka_DeleteTopic_new(names[i]);
    rd_kafka_DeleteTopics(admin, topics, count, NULL, queue);
    await_answer(queue);
    rd_kafka_DeleteTopic_destroy_array(topics, count);
    rd_kafka_queue_destroy(queue);
    wait_until_told(admin, names, count, false);
}

/* The engine's topics: its outputs, or all of them. */
static void delete_known(rd_kafka_t *admin, bool has_inputs)
{
    char *names[FEN_TOPIC_COUNT];
    size_t count = 0;
    for (int topic = 0; topic < FEN_TOPIC_COUNT; topic++) {
        const struct fen_topic_info *info = fen_topic_info((enum fen_topic)topic);
        if (has_inputs || !info->is_input)
            names[count++] = (char *)(uintptr_t)info->name;
    }
    delete_topics(admin, names, count);
}

int main(int argc, char **argv)
{
    bool is_create = argc > 4 && strcmp(argv[2], "create") == 0;
    bool is_delete = argc > 3 && strcmp(argv[2], "delete") == 0;
    bool is_outputs = argc == 3 && strcmp(argv[2], "delete-outputs") == 0;
    bool is_all = argc == 3 && strcmp(argv[2], "delete-all") == 0;
    if (argc > TOPIC_COUNT_MAX || !(is_create || is_delete || is_outputs || is_all)) {
        fputs("bench_topics HOST:PORT create PARTITIONS TOPIC... | delete TOPIC... |"
              " delete-outputs | delete-all\n",
              stderr);
        return 2;
    }
    rd_kafka_t *admin = open_admin(argv[1]);
    if (is_create)
        create_topics(admin, (int)bench_process_number("partitions", argv[3], 1), argv + 4,
                      (size_t)argc - 4);
    else if (is_delete)
        delete_topics(admin, argv + 3, (size_t)argc - 3);
    else
        delete_known(admin, is_all);
    rd_kafka_destroy(admin);
    return 0;
}
