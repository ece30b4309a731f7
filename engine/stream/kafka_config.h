/*
 * kafka_config: settings of librdkafka handles: ours, then the raw `kafka.*` of the configuration.
 *
 * Why: exactly-once hangs on a dozen settings (kafka_config.c says why each is so). They are set
 * here and nowhere else, and a user cannot change those; every other key is passed on verbatim. A
 * key that the installed librdkafka refuses ends start-up with its name: a mistyped durability
 * option must never run at its default.
 *
 * Threads: any; a config is constant after fen_kafka_config_check.
 */
#ifndef FEN_STREAM_KAFKA_CONFIG_H
#define FEN_STREAM_KAFKA_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "base/assert.h"
#include "base/buffer.h"

/* One raw setting, e.g. {"bootstrap.servers", "127.0.0.1:9092"}; both strings are borrowed. */
struct fen_kafka_setting {
    const char *name;
    const char *value;
};

/* The raw settings; borrowed, must outlive everything made from them. */
struct fen_kafka_config {
    const struct fen_kafka_setting *settings;
    uint32_t setting_count;
};

/* What a handle is for; decides our own settings. */
enum fen_kafka_use {
    FEN_KAFKA_MEMBER,   /* consumer in a group; read_committed, no commits of its own */
    FEN_KAFKA_READER,   /* consumer of given partitions, outside any group; read_committed */
    FEN_KAFKA_LOOKER,   /* read_uncommitted: sees the true high watermark, below which state is
                         * read (in 2.0.2 watermarks follow the handle's isolation) */
    FEN_KAFKA_PRODUCER, /* transactional: the caller sets transactional.id */
    FEN_KAFKA_PLAIN,    /* idempotent producer without transactions: `fen generate`, `fen dlq` */
    FEN_KAFKA_ADMIN,    /* topics and offsets */
};

/*
 * Check every raw setting against librdkafka and against the settings that fen keeps to itself.
 *
 * Returns: false with a sentence appended to `reason` that names the first refused key and, where
 * known, the librdkafka version that has it (exit 78). `bootstrap.servers` must be there.
 */
bool fen_kafka_config_check(const struct fen_kafka_config *config,
                            struct fen_buffer *reason) FEN_MUST_USE;

/*
 * A conf with fen's and the user's settings and log forwarding for one handle; the caller may add
 * callbacks and ids, then gives it to rd_kafka_new (which owns it on success) or destroys it.
 *
 * Requires: a config that passed fen_kafka_config_check. Never NULL.
 */
rd_kafka_conf_t *fen_kafka_config_conf(const struct fen_kafka_config *config,
                                       enum fen_kafka_use use) FEN_MUST_USE;

/* Set one key of ours; an unknown key is our own mistake and ends the process. */
void fen_kafka_config_set(rd_kafka_conf_t *conf, const char *name, const char *value);

/*
 * Make a handle of `conf` (consumed either way); consumers are set to be polled by one call.
 * Returns: NULL with a sentence appended to `reason`.
 */
rd_kafka_t *fen_kafka_config_open(rd_kafka_conf_t *conf, enum fen_kafka_use use,
                                  struct fen_buffer *reason) FEN_MUST_USE;

#endif /* FEN_STREAM_KAFKA_CONFIG_H */
