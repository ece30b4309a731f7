/*
 * kafka_options: --bootstrap and -X as settings for stream/kafka_config.h.
 *
 * Threads: main.
 */
#ifndef FEN_CLI_OPTIONS_KAFKA_OPTIONS_H
#define FEN_CLI_OPTIONS_KAFKA_OPTIONS_H

#include "base/arena.h"
#include "cli/options/options.h"
#include "stream/kafka_config.h"

/*
 * The config of a command's --bootstrap and --kafka, its texts in `arena`; checked.
 * Returns: OK; USAGE for a -X that is not KEY=VALUE; CONFIG for a key librdkafka or fen refuses;
 * said on stderr.
 */
enum fen_exit fen_kafka_options(const struct fen_arguments *arguments, struct fen_arena *arena,
                                struct fen_kafka_config *config_out);

/* Split "KEY=VALUE" into the arena; false when it is not of that form. */
bool fen_kafka_setting_parse(const char *text, struct fen_arena *arena,
                             struct fen_kafka_setting *setting_out);

/* The value of a setting, the last one given; NULL: none. */
const char *fen_kafka_setting_find(const struct fen_kafka_config *config, const char *name);

/* Say that Kafka is not there, why, and what to do. Returns UNAVAILABLE. */
enum fen_exit fen_kafka_unavailable(const struct fen_kafka_config *config,
                                    const struct fen_buffer *reason);

#endif /* FEN_CLI_OPTIONS_KAFKA_OPTIONS_H */
