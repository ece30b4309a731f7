/*
 * mock: `fen mock`, librdkafka's in-process cluster in a process of its own, for the demo.
 *
 * It is no exactly-once broker, and says so: aborted records reach read_committed consumers,
 * transactional offsets are forgotten, nothing is compacted, 5 MiB a partition are kept.
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "wire/topic.h"

static bool create_topics(rd_kafka_mock_cluster_t *cluster, uint32_t partition_count)
{
    for (int topic = 0; topic < FEN_TOPIC_COUNT; topic++) {
        const struct fen_topic_info *info = fen_topic_info((enum fen_topic)topic);
        int count = info->is_single_partition ? 1 : (int)partition_count;
        rd_kafka_resp_err_t error = rd_kafka_mock_topic_create(cluster, info->name, count, 1);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            fen_say("the mock refuses the topic %s: %s", "模拟集群拒绝主题 %s：%s", info->name,
                    rd_kafka_err2str(error));
            return false;
        }
    }
    return true;
}

static void announce(const rd_kafka_mock_cluster_t *cluster)
{
    printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
    fen_print(stdout,
              "MOCK Kafka for a try-out only: it hands out aborted records, forgets transactional\n"
              "offsets, compacts nothing, keeps 5 MiB a partition, and ends with this process.\n"
              "It proves nothing about exactly-once. Ctrl-C ends it.\n",
              "模拟 Kafka，仅供试用：会交付已中止的记录、丢弃事务位点、不压缩、\n"
              "每分区只留 5 MiB，随本进程消失，不能证明精确一次。Ctrl-C 结束。\n");
    (void)fflush(stdout);
}

enum fen_exit fen_command_mock(const struct fen_arguments *arguments)
{
    char text[512];
    fen_interrupt_init();
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    /* The handle only carries the mock; that it knows no broker is no news. */
    if (rd_kafka_conf_set(conf, "log_level", "3", text, sizeof text) != RD_KAFKA_CONF_OK)
        fen_say("%s", "%s", text);
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (client == NULL) {
        rd_kafka_conf_destroy(conf);
        fen_say("librdkafka cannot start: %s", "librdkafka 无法启动：%s", text);
        return FEN_EXIT_FAILED;
    }
    enum fen_exit result = FEN_EXIT_FAILED;
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(client, 1);
    if (cluster == NULL) {
        fen_say("the mock cluster cannot start", "模拟集群无法启动");
    } else if (create_topics(cluster, (uint32_t)fen_arguments_number(arguments, "partitions"))) {
        announce(cluster);
        while (!fen_interrupt_wait(60000))
            continue;
        result = FEN_EXIT_OK;
    }
    if (cluster != NULL)
        rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(client);
    return result;
}
