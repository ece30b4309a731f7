/* kafka_config: see kafka_config.h. Tables of settings by use, and what is refused. */
#include "stream/kafka_config.h"

#include <string.h>
#include <syslog.h>

#include "base/log.h"

struct rule {
    const char *name;
    const char *value;
};

/* For every handle. Nagle costs 40-55 ms at the tail; a restarted broker is found within 1 s. */
static const struct rule common_rules[] = {
    {"client.id", "fen"},
    {"socket.nagle.disable", "true"},
    {"socket.keepalive.enable", "true"},
    {"reconnect.backoff.max.ms", "1000"},
    {"log.connection.close", "false"},
    {NULL, NULL},
};

/*
 * For consumers. Offsets travel in transactions only, and a lost offset stops the engine. The end
 * of a partition is told (eof), since control records hide it otherwise. 2.0.2 postpones the next
 * fetch by a fixed second once its queue is full: the queue must hold more than a second's work.
 * A fetch that waits 100 ms, not 500, bounds how long a new assignment waits behind it.
 */
static const struct rule consumer_rules[] = {
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"auto.offset.reset", "error"},
    {"check.crcs", "true"},
    {"enable.partition.eof", "true"},
    {"partition.assignment.strategy", "range"},
    {"allow.auto.create.topics", "false"},
    {"session.timeout.ms", "6000"}, /* of a worker: kafka_session.h */
    {"heartbeat.interval.ms", "500"},
    {"max.poll.interval.ms", "900000"},
    {"queued.min.messages", "10000000"},
    {"queued.max.messages.kbytes", "131072"},
    {"fetch.wait.max.ms", "100"},
    {"fetch.error.backoff.ms", "20"},
    {"fetch.message.max.bytes", "4194304"},
    {"fetch.max.bytes", "67108864"},
    {NULL, NULL},
};

/* For producers. Our own murmur2 chooses partitions; the partitioner serves `fen generate`. */
static const struct rule producer_rules[] = {
    {"enable.idempotence", "true"},
    {"acks", "all"},
    {"partitioner", "murmur2_random"},
    {"compression.codec", "lz4"},
    {"queue.buffering.max.messages", "10000000"},
    {"queue.buffering.max.kbytes", "1048576"},
    {"batch.num.messages", "100000"},
    {"message.max.bytes", "16777216"},
    {NULL, NULL},
};

/* With the default of 100 ms a transaction right after a commit waits 100 ms in send_offsets. */
static const struct rule transaction_rules[] = {
    {"transaction.timeout.ms", "10000"},
    {"retry.backoff.ms", "1"},
    {NULL, NULL},
};

/* What fen keeps to itself: exactly-once, co-partitioning or dead letters hang on it. */
static const char *const kept_names[] = {
    "enable.auto.commit",
    "auto.commit.enable",
    "enable.auto.offset.store",
    "auto.offset.reset",
    "isolation.level",
    "enable.partition.eof",
    "partition.assignment.strategy",
    "group.id",
    "group.instance.id",
    "group.protocol",
    "transactional.id",
    "enable.idempotence",
    "enable.gapless.guarantee",
    "acks",
    "request.required.acks",
    "partitioner",
    "max.in.flight",
    "max.in.flight.requests.per.connection",
    "delivery.report.only.error",
    "log.queue",
    "allow.auto.create.topics",
    "plugin.library.paths",
};

/* Keys that Debian 12's 2.0.2 does not know, and the first version that does. */
static const struct rule newer_rules[] = {
    {"retry.backoff.max.ms", "2.3.0"},
    {"fetch.queue.backoff.ms", "2.2.0"},
    {"client.dns.lookup", "2.2.0"},
    {"enable.metrics.push", "2.5.0"},
    {"group.remote.assignor", "2.4.0"},
    {"metadata.recovery.strategy", "2.10.0"},
    {"metadata.recovery.rebootstrap.trigger.ms", "2.11.0"},
    {NULL, NULL},
};

static bool is_kept(const char *name)
{
    for (size_t i = 0; i < sizeof kept_names / sizeof *kept_names; i++) {
        if (strcmp(name, kept_names[i]) == 0)
            return true;
    }
    return false;
}

static const char *version_of(const char *name)
{
    for (const struct rule *rule = newer_rules; rule->name != NULL; rule++) {
        if (strcmp(name, rule->name) == 0)
            return rule->value;
    }
    return NULL;
}

static void explain_refusal(const struct fen_kafka_setting *setting, const char *error,
                            struct fen_buffer *reason)
{
    const char *version = version_of(setting->name);
    if (version != NULL)
        fen_buffer_append_format(reason, "kafka.%s needs librdkafka >= %s, this is %s",
                                 setting->name, version, rd_kafka_version_str());
    else
        fen_buffer_append_format(reason, "kafka.%s: %s (librdkafka %s)", setting->name, error,
                                 rd_kafka_version_str());
}

bool fen_kafka_config_check(const struct fen_kafka_config *config, struct fen_buffer *reason)
{
    bool has_servers = false;
    char error[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    bool is_right = true;
    for (uint32_t i = 0; i < config->setting_count && is_right; i++) {
        const struct fen_kafka_setting *setting = &config->settings[i];
        if (is_kept(setting->name)) {
            fen_buffer_append_format(
                reason, "kafka.%s cannot be set: fen sets it itself, exactly-once depends on it",
                setting->name);
            is_right = false;
        } else if (rd_kafka_conf_set(conf, setting->name, setting->value, error, sizeof error)
                   != RD_KAFKA_CONF_OK) {
            explain_refusal(setting, error, reason);
            is_right = false;
        }
        has_servers = has_servers || strcmp(setting->name, "bootstrap.servers") == 0
                      || strcmp(setting->name, "metadata.broker.list") == 0;
    }
    rd_kafka_conf_destroy(conf);
    if (is_right && !has_servers)
        fen_buffer_append_format(reason, "kafka.bootstrap.servers is missing");
    return is_right && has_servers;
}

void fen_kafka_config_set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char error[512];
    FEN_ASSERT(rd_kafka_conf_set(conf, name, value, error, sizeof error) == RD_KAFKA_CONF_OK);
}

static void set_rules(rd_kafka_conf_t *conf, const struct rule *rules)
{
    for (; rules->name != NULL; rules++)
        fen_kafka_config_set(conf, rules->name, rules->value);
}

static enum fen_log_level level_of(int severity)
{
    if (severity <= LOG_ERR)
        return FEN_LOG_LEVEL_ERROR;
    if (severity <= LOG_WARNING)
        return FEN_LOG_LEVEL_WARN;
    return severity <= LOG_INFO ? FEN_LOG_LEVEL_INFO : FEN_LOG_LEVEL_DEBUG;
}

/*
 * Runs on librdkafka's threads and does nothing but log: were lines queued for our threads instead
 * (log.queue), a client that hangs would hang in silence. CONFWARN says that a raw setting for
 * consumers means nothing to a producer, which every raw setting is for one of the two. AUTOCREATE
 * says that an old broker would create topics by itself: settled by fen_topics_check, at start.
 */
static void forward_log(const rd_kafka_t *handle, int severity, const char *facility,
                        const char *text)
{
    enum fen_log_level level = level_of(severity);
    if (strcmp(facility, "CONFWARN") == 0 || strcmp(facility, "AUTOCREATE") == 0)
        level = FEN_LOG_LEVEL_DEBUG;
    if (fen_log_is_enabled(level))
        FEN_LOG(level, "kafka", "librdkafka", FEN_LOG_TEXT("client", rd_kafka_name(handle)),
                FEN_LOG_TEXT("facility", facility), FEN_LOG_TEXT("text", text));
}

static bool is_consumer(enum fen_kafka_use use)
{
    return use == FEN_KAFKA_MEMBER || use == FEN_KAFKA_READER || use == FEN_KAFKA_LOOKER;
}

rd_kafka_conf_t *fen_kafka_config_conf(const struct fen_kafka_config *config,
                                       enum fen_kafka_use use)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set_rules(conf, common_rules);
    if (is_consumer(use)) {
        set_rules(conf, consumer_rules);
        fen_kafka_config_set(conf, "isolation.level",
                             use == FEN_KAFKA_LOOKER ? "read_uncommitted" : "read_committed");
    }
    if (use == FEN_KAFKA_PRODUCER || use == FEN_KAFKA_PLAIN)
        set_rules(conf, producer_rules);
    if (use == FEN_KAFKA_PRODUCER)
        set_rules(conf, transaction_rules);
    rd_kafka_conf_set_log_cb(conf, forward_log);
    for (uint32_t i = 0; i < config->setting_count; i++)
        fen_kafka_config_set(conf, config->settings[i].name, config->settings[i].value);
    return conf;
}

rd_kafka_t *fen_kafka_config_open(rd_kafka_conf_t *conf, enum fen_kafka_use use,
                                  struct fen_buffer *reason)
{
    char error[512];
    rd_kafka_type_t type = is_consumer(use) ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER;
    rd_kafka_t *handle = rd_kafka_new(type, conf, error, sizeof error);
    if (handle == NULL) {
        rd_kafka_conf_destroy(conf);
        fen_buffer_append_format(reason, "no Kafka client could be made: %s", error);
        return NULL;
    }
    if (type == RD_KAFKA_CONSUMER)
        (void)rd_kafka_poll_set_consumer(handle);
    return handle;
}
