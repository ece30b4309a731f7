/* kafka_options: see the header. */
#include "cli/options/kafka_options.h"

#include <string.h>

bool fen_kafka_setting_parse(const char *text, struct fen_arena *arena,
                             struct fen_kafka_setting *setting_out)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text)
        return false;
    setting_out->name = fen_arena_format(arena, "%.*s", (int)(equals - text), text).data;
    setting_out->value = fen_arena_format(arena, "%s", equals + 1).data;
    return true;
}

const char *fen_kafka_setting_find(const struct fen_kafka_config *config, const char *name)
{
    for (uint32_t i = config->setting_count; i > 0; i--) {
        if (strcmp(config->settings[i - 1].name, name) == 0)
            return config->settings[i - 1].value;
    }
    return NULL;
}

enum fen_exit fen_kafka_options(const struct fen_arguments *arguments, struct fen_arena *arena,
                                struct fen_kafka_config *config_out)
{
    uint32_t raw_count;
    const char *const *raw = fen_arguments_texts(arguments, "kafka", &raw_count);
    struct fen_kafka_setting *settings =
        fen_arena_allocate(arena, (raw_count + 1) * sizeof *settings);
    settings[0] = (struct fen_kafka_setting){"bootstrap.servers",
                                             fen_arguments_text(arguments, "bootstrap")};
    for (uint32_t i = 0; i < raw_count; i++) {
        if (fen_kafka_setting_parse(raw[i], arena, &settings[i + 1]))
            continue;
        fen_say("-X takes KEY=VALUE, such as -X security.protocol=ssl, not \"%s\"",
                "-X 需要 KEY=VALUE，如 -X security.protocol=ssl，而不是“%s”", raw[i]);
        return FEN_EXIT_USAGE;
    }
    *config_out = (struct fen_kafka_config){settings, raw_count + 1};
    struct fen_buffer reason = {0};
    bool is_good = fen_kafka_config_check(config_out, &reason);
    if (!is_good)
        fen_say("%.*s", "%.*s", FEN_STR_ARG(fen_buffer_str(&reason)));
    fen_buffer_deinit(&reason);
    return is_good ? FEN_EXIT_OK : FEN_EXIT_CONFIG;
}

enum fen_exit fen_kafka_unavailable(const struct fen_kafka_config *config,
                                    const struct fen_buffer *reason)
{
    const char *bootstrap = fen_kafka_setting_find(config, "bootstrap.servers");
    fen_say("Kafka at %s: %.*s\n"
            "  Is the broker running, and is --bootstrap its address? `fen topics plan -b %s` asks "
            "it; `fen mock` starts one for a try-out.",
            "Kafka %s：%.*s\n"
            "  请确认 broker 已启动、--bootstrap 地址正确；fen topics plan -b %s 可检查，"
            "fen mock 可启动一个试用的。",
            bootstrap, FEN_STR_ARG(fen_buffer_str(reason)), bootstrap);
    return FEN_EXIT_UNAVAILABLE;
}
