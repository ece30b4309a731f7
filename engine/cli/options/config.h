/*
 * config: what `fen run` runs with, and where each value comes from.
 *
 *     command line  >  environment  >  file  >  default
 *
 * The options of `fen run` (options.def) are the keys: `redis-password-file` is
 * `redis_password_file:` in fen.yaml and FEN_REDIS_PASSWORD_FILE in the environment. Settings of
 * librdkafka stand under `kafka:` by their own names, in FEN_KAFKA__BOOTSTRAP_SERVERS, and behind
 * -X; --bootstrap is bootstrap.servers. In the file ${VAR}, ${VAR:-default} and ${VAR:?message}
 * are replaced from the environment. The file is strict YAML: an unknown or repeated key, or a
 * value out of bounds, is a mistake with its line, and nothing starts.
 *
 * Threads: main; constant after init.
 */
#ifndef FEN_CLI_OPTIONS_CONFIG_H
#define FEN_CLI_OPTIONS_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "cli/options/options.h"
#include "stream/kafka_config.h"

enum fen_config_origin {
    FEN_CONFIG_DEFAULT,
    FEN_CONFIG_FILE,
    FEN_CONFIG_ENVIRONMENT,
    FEN_CONFIG_COMMAND_LINE,
};

struct fen_config_value {
    const char *name; /* of the option, or of librdkafka's setting */
    const char *text; /* NULL: not set */
    int64_t number;   /* of INTEGER and DURATION */
    enum fen_config_origin origin;
    const char *place; /* "/etc/fen/fen.yaml:3", "FEN_WORKERS", "--workers"; NULL of a default */
};

struct fen_config {
    struct fen_arena *arena;         /* holds all of it */
    struct fen_config_value *values; /* one per configurable option */
    uint32_t value_count;
    struct fen_config_value *kafka_values; /* merged, in the order first named */
    uint32_t kafka_count;
    uint32_t kafka_capacity;
    struct fen_kafka_config kafka; /* the same, for librdkafka */
};

/*
 * Gather everything for a command whose options are those of `fen run`.
 * Returns: OK; USAGE for a bad -X; CONFIG, every mistake said on stderr. The caller deinits.
 */
enum fen_exit fen_config_init(struct fen_config *config, const struct fen_arguments *arguments);
void fen_config_deinit(struct fen_config *config);

/* A value by its option's name, which must be configurable. */
const char *fen_config_text(const struct fen_config *config, const char *name);
int64_t fen_config_number(const struct fen_config *config, const char *name);

/* Whether nobody has said it. */
bool fen_config_is_default(const struct fen_config *config, const char *name);

/* As fen.yaml would say it; with the origins, as comments. Secrets are masked. */
void fen_config_print(const struct fen_config *config, bool has_origins, FILE *out);

/* Whether an option of `fen run` may stand in the file. */
bool fen_config_is_configurable(const struct fen_option *option);

/* Set a value or a librdkafka setting; each level overrides those set before it. Private to
 * config*.c. */
struct fen_config_value *fen_config_find(struct fen_config *config, const char *name);
void fen_config_set_kafka(struct fen_config *config, const char *name, const char *text,
                          enum fen_config_origin origin, const char *place);

/* Read the file into `config` (config_file.c). Private to config*.c. */
enum fen_exit fen_config_read_file(struct fen_config *config, const struct fen_command *command,
                                   const char *path, bool is_required);

#endif /* FEN_CLI_OPTIONS_CONFIG_H */
