/* kafka_session: see kafka_session.h. */
#include "stream/kafka_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define BOUND_NAME "group.min.session.timeout.ms"
#define ANSWER_TIMEOUT_MS 3000

static bool is_set(const struct fen_kafka_config *config)
{
    for (uint32_t i = 0; i < config->setting_count; i++) {
        if (strcmp(config->settings[i].name, "session.timeout.ms") == 0)
            return true;
    }
    return false;
}

/* A broker's value of the bound; 0: it does not say. */
static uint32_t bound_in(rd_kafka_event_t *event)
{
    size_t count = 0;
    size_t entry_count = 0;
    const rd_kafka_DescribeConfigs_result_t *result = rd_kafka_event_DescribeConfigs_result(event);
    if (result == NULL || rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return 0;
    const rd_kafka_ConfigResource_t **resources =
        rd_kafka_DescribeConfigs_result_resources(result, &count);
    if (count == 0)
        return 0;
    const rd_kafka_ConfigEntry_t **entries =
        rd_kafka_ConfigResource_configs(resources[0], &entry_count);
    for (size_t i = 0; i < entry_count; i++) {
        const char *value = rd_kafka_ConfigEntry_value(entries[i]);
        if (value != NULL && strcmp(rd_kafka_ConfigEntry_name(entries[i]), BOUND_NAME) == 0)
            return (uint32_t)strtoul(value, NULL, 10);
    }
    return 0;
}

static uint32_t ask_broker(rd_kafka_t *admin, int32_t broker)
{
    char name[16];
    (void)snprintf(name, sizeof name, "%d", (int)broker);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(admin);
    rd_kafka_ConfigResource_t *resource =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_BROKER, name);
    rd_kafka_DescribeConfigs(admin, &resource, 1, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, ANSWER_TIMEOUT_MS);
    uint32_t bound_ms = event == NULL ? 0 : bound_in(event);
    if (event != NULL)
        rd_kafka_event_destroy(event);
    rd_kafka_ConfigResource_destroy(resource);
    rd_kafka_queue_destroy(queue);
    return bound_ms;
}

/* The greatest bound of all brokers, any of which may come to coordinate the group; 0: unknown. */
static uint32_t ask_brokers(rd_kafka_t *admin)
{
    uint32_t bound_ms = 0;
    const struct rd_kafka_metadata *metadata = NULL;
    if (rd_kafka_metadata(admin, 0, NULL, &metadata, ANSWER_TIMEOUT_MS) !=
        RD_KAFKA_RESP_ERR_NO_ERROR)
        return 0;
    for (int i = 0; i < metadata->broker_cnt; i++) {
        uint32_t bound_of_one_ms = ask_broker(admin, metadata->brokers[i].id);
        if (bound_of_one_ms == 0) {
            bound_ms = 0;
            break;
        }
        if (bound_of_one_ms > bound_ms)
            bound_ms = bound_of_one_ms;
    }
    rd_kafka_metadata_destroy(metadata);
    return bound_ms;
}

uint32_t fen_kafka_session_choose(const struct fen_kafka_config *config)
{
    struct fen_buffer ignored = {0};
    if (is_set(config))
        return 0;
    rd_kafka_t *admin = fen_kafka_config_open(fen_kafka_config_conf(config, FEN_KAFKA_ADMIN),
                                              FEN_KAFKA_ADMIN, &ignored);
    fen_buffer_deinit(&ignored);
    uint32_t bound_ms = admin == NULL ? 0 : ask_brokers(admin);
    if (admin != NULL)
        rd_kafka_destroy(admin);
    uint32_t session_ms = FEN_KAFKA_SESSION_MS;
    if (bound_ms == 0)
        session_ms = FEN_KAFKA_SESSION_MS_SURE;
    else if (bound_ms > session_ms)
        session_ms = bound_ms;
    if (session_ms > FEN_KAFKA_SESSION_MS)
        FEN_LOG_INFO("engine", "a process that dies is noticed later than it could be: "
                               "set " BOUND_NAME "=3000 on the brokers",
                     FEN_LOG_UINT("session_ms", session_ms));
    return session_ms;
}
