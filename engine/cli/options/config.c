/* config: the four levels, from the weakest to the strongest. */
#include "cli/options/config.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/options/kafka_options.h"

#define ENVIRONMENT_PREFIX "FEN_"
#define KAFKA_PREFIX "KAFKA__"

/* What is said for one start (a flag, --until-idle) does not stand in a file for all of them. */
bool fen_config_is_configurable(const struct fen_option *option)
{
    return (option->section == FEN_SECTION_SERVERS || option->section == FEN_SECTION_ENGINE)
           && option->kind != FEN_OPTION_TEXTS && option->kind != FEN_OPTION_FLAG
           && strcmp(option->name, "bootstrap") != 0 && strcmp(option->name, "until-idle") != 0;
}

struct fen_config_value *fen_config_find(struct fen_config *config, const char *name)
{
    for (uint32_t i = 0; i < config->value_count; i++) {
        if (strcmp(config->values[i].name, name) == 0)
            return &config->values[i];
    }
    return NULL;
}

static const struct fen_config_value *find_known(const struct fen_config *config, const char *name)
{
    const struct fen_config_value *value = NULL;
    for (uint32_t i = 0; i < config->value_count && value == NULL; i++) {
        if (strcmp(config->values[i].name, name) == 0)
            value = &config->values[i];
    }
    FEN_ASSERT(value != NULL);
    return value;
}

const char *fen_config_text(const struct fen_config *config, const char *name)
{
    return find_known(config, name)->text;
}

int64_t fen_config_number(const struct fen_config *config, const char *name)
{
    return find_known(config, name)->number;
}

bool fen_config_is_default(const struct fen_config *config, const char *name)
{
    return find_known(config, name)->origin == FEN_CONFIG_DEFAULT;
}

void fen_config_set_kafka(struct fen_config *config, const char *name, const char *text,
                          enum fen_config_origin origin, const char *place)
{
    struct fen_config_value value = {
        .name = name, .text = text, .origin = origin, .place = place};
    for (uint32_t i = 0; i < config->kafka_count; i++) {
        if (strcmp(config->kafka_values[i].name, name) == 0) {
            config->kafka_values[i] = value;
            return;
        }
    }
    FEN_ARENA_PUSH(config->arena, config->kafka_values, config->kafka_count,
                   config->kafka_capacity, value);
}

static void set_defaults(struct fen_config *config, const struct fen_command *command)
{
    config->values = fen_arena_allocate_zeroed(
        config->arena, command->option_count * sizeof *config->values);
    for (uint32_t i = 0; i < command->option_count; i++) {
        const struct fen_option *option = &command->options[i];
        if (strcmp(option->name, "bootstrap") == 0)
            fen_config_set_kafka(config, "bootstrap.servers", option->value, FEN_CONFIG_DEFAULT,
                                 NULL);
        if (!fen_config_is_configurable(option))
            continue;
        struct fen_config_value *value = &config->values[config->value_count++];
        value->name = option->name;
        value->text = option->value;
        if (option->value != NULL) {
            bool is_good = fen_option_read(option, option->value, &value->number);
            FEN_ASSERT(is_good);
        }
    }
    struct fen_config_value *instance = fen_config_find(config, "instance");
    char host[256] = "fen";
    (void)gethostname(host, sizeof host - 1);
    instance->text = fen_arena_format(config->arena, "%s", host).data;
}

static const struct fen_option *option_of(const struct fen_command *command, const char *name)
{
    for (uint32_t i = 0; i < command->option_count; i++) {
        if (strcmp(command->options[i].name, name) == 0)
            return &command->options[i];
    }
    return NULL;
}

/* FEN_KAFKA__SECURITY_PROTOCOL is security.protocol, FEN_REDIS_PASSWORD_FILE the option. */
static const char *name_of_variable(struct fen_config *config, const char *variable, size_t size,
                                    char separator)
{
    char *name = fen_arena_allocate(config->arena, size + 1);
    for (size_t i = 0; i < size; i++)
        name[i] = variable[i] == '_' ? separator : (char)tolower((unsigned char)variable[i]);
    name[size] = '\0';
    return name;
}

/* Other programs of the project have variables of their own; a near miss is a mistake. */
static void warn_near_miss(struct fen_config *config, const struct fen_command *command,
                           const char *place, const char *name)
{
    const char *near = fen_option_suggest(command, name);
    if (near == NULL || fen_config_find(config, near) == NULL)
        return;
    char *meant = fen_arena_allocate(config->arena, strlen(near) + 1);
    for (size_t i = 0; i <= strlen(near); i++)
        meant[i] = near[i] == '-' ? '_' : (char)toupper((unsigned char)near[i]);
    fen_say("%s in the environment is not used; is FEN_%s meant?",
            "环境变量 %s 未被使用；是指 FEN_%s 吗？", place, meant);
}

static enum fen_exit read_variable(struct fen_config *config, const struct fen_command *command,
                                   const char *variable)
{
    const char *equals = strchr(variable, '=');
    const char *bare = variable + strlen(ENVIRONMENT_PREFIX);
    if (equals == NULL || equals <= bare)
        return FEN_EXIT_OK;
    const char *place =
        fen_arena_format(config->arena, "%.*s", (int)(equals - variable), variable).data;
    if (strncmp(bare, KAFKA_PREFIX, strlen(KAFKA_PREFIX)) == 0) {
        bare += strlen(KAFKA_PREFIX);
        fen_config_set_kafka(config, name_of_variable(config, bare, (size_t)(equals - bare), '.'),
                             equals + 1, FEN_CONFIG_ENVIRONMENT, place);
        return FEN_EXIT_OK;
    }
    const char *name = name_of_variable(config, bare, (size_t)(equals - bare), '-');
    struct fen_config_value *value = fen_config_find(config, name);
    if (value == NULL) {
        warn_near_miss(config, command, place, name);
        return FEN_EXIT_OK;
    }
    if (!fen_option_read(option_of(command, name), equals + 1, &value->number)) {
        fen_say("%s=%s: not a value that --%s takes; see `fen run --help`",
                "%s=%s：不是 --%s 可用的值；见 fen run --help", place, equals + 1, name);
        return FEN_EXIT_CONFIG;
    }
    value->text = equals + 1;
    value->origin = FEN_CONFIG_ENVIRONMENT;
    value->place = place;
    return FEN_EXIT_OK;
}

static enum fen_exit read_environment(struct fen_config *config, const struct fen_command *command)
{
    enum fen_exit result = FEN_EXIT_OK;
    for (char **variable = environ; *variable != NULL; variable++) {
        if (strncmp(*variable, ENVIRONMENT_PREFIX, strlen(ENVIRONMENT_PREFIX)) != 0)
            continue;
        enum fen_exit one = read_variable(config, command, *variable);
        if (result == FEN_EXIT_OK)
            result = one;
    }
    return result;
}

static enum fen_exit read_command_line(struct fen_config *config,
                                       const struct fen_arguments *arguments)
{
    for (uint32_t i = 0; i < config->value_count; i++) {
        struct fen_config_value *value = &config->values[i];
        if (!fen_arguments_has(arguments, value->name))
            continue;
        value->text = fen_arguments_text(arguments, value->name);
        value->number = fen_arguments_number(arguments, value->name);
        value->origin = FEN_CONFIG_COMMAND_LINE;
        value->place = fen_arena_format(config->arena, "--%s", value->name).data;
    }
    if (fen_arguments_has(arguments, "bootstrap"))
        fen_config_set_kafka(config, "bootstrap.servers",
                             fen_arguments_text(arguments, "bootstrap"), FEN_CONFIG_COMMAND_LINE,
                             "--bootstrap");
    uint32_t raw_count;
    const char *const *raw = fen_arguments_texts(arguments, "kafka", &raw_count);
    for (uint32_t i = 0; i < raw_count; i++) {
        struct fen_kafka_setting setting;
        if (!fen_kafka_setting_parse(raw[i], config->arena, &setting)) {
            fen_say("-X takes KEY=VALUE, such as -X security.protocol=ssl, not \"%s\"",
                    "-X 需要 KEY=VALUE，如 -X security.protocol=ssl，而不是“%s”", raw[i]);
            return FEN_EXIT_USAGE;
        }
        fen_config_set_kafka(config, setting.name, setting.value, FEN_CONFIG_COMMAND_LINE, "-X");
    }
    return FEN_EXIT_OK;
}

static enum fen_exit check_kafka(struct fen_config *config)
{
    struct fen_kafka_setting *settings =
        fen_arena_allocate(config->arena, (config->kafka_count + 1) * sizeof *settings);
    for (uint32_t i = 0; i < config->kafka_count; i++)
        settings[i] = (struct fen_kafka_setting){config->kafka_values[i].name,
                                                 config->kafka_values[i].text};
    config->kafka = (struct fen_kafka_config){settings, config->kafka_count};
    struct fen_buffer reason = {0};
    bool is_good = fen_kafka_config_check(&config->kafka, &reason);
    if (!is_good)
        fen_say("%.*s", "%.*s", FEN_STR_ARG(fen_buffer_str(&reason)));
    fen_buffer_deinit(&reason);
    return is_good ? FEN_EXIT_OK : FEN_EXIT_CONFIG;
}

enum fen_exit fen_config_init(struct fen_config *config, const struct fen_arguments *arguments)
{
    *config = (struct fen_config){.arena = fen_arena_create(8192)};
    set_defaults(config, arguments->command);
    enum fen_exit result = fen_config_read_file(config, arguments->command,
                                                fen_arguments_text(arguments, "config"),
                                                fen_arguments_has(arguments, "config"));
    enum fen_exit environment = read_environment(config, arguments->command);
    if (result == FEN_EXIT_OK)
        result = environment;
    if (result == FEN_EXIT_OK)
        result = read_command_line(config, arguments);
    if (result == FEN_EXIT_OK)
        result = check_kafka(config);
    return result;
}

void fen_config_deinit(struct fen_config *config)
{
    fen_arena_destroy(config->arena);
    *config = (struct fen_config){0};
}

static bool is_secret(const char *name)
{
    return strstr(name, "password") != NULL || strstr(name, "secret") != NULL
           || strstr(name, ".pem") != NULL || strstr(name, "jaas") != NULL
           || strstr(name, "oauthbearer.config") != NULL;
}

static void print_value(const struct fen_config_value *value, const char *indent, bool has_origins,
                        FILE *out)
{
    char name[64];
    size_t size = 0;
    for (; value->name[size] != '\0' && size < sizeof name - 1; size++)
        name[size] = value->name[size] == '-' ? '_' : value->name[size];
    name[size] = '\0';
    /* A file that holds a password is no secret itself. */
    bool is_masked = is_secret(value->name) && strstr(value->name, "file") == NULL
                     && strstr(value->name, "location") == NULL;
    const char *text = value->text == NULL ? "null" : is_masked ? "\"***\"" : value->text;
    bool is_plain = is_masked || (strpbrk(text, ":#{}[],&*!|>'\"%@` ") == NULL && *text != '\0');
    fprintf(out, is_plain ? "%s%s: %s" : "%s%s: \"%s\"", indent, name, text);
    if (has_origins)
        fprintf(out, "  # %s",
                value->place == NULL ? fen_language_pick("default", "默认值") : value->place);
    fputc('\n', out);
}

void fen_config_print(const struct fen_config *config, bool has_origins, FILE *out)
{
    for (uint32_t i = 0; i < config->value_count; i++)
        print_value(&config->values[i], "", has_origins, out);
    fputs("kafka:\n", out);
    for (uint32_t i = 0; i < config->kafka_count; i++)
        print_value(&config->kafka_values[i], "  ", has_origins, out);
}

enum fen_exit fen_command_config(const struct fen_arguments *arguments)
{
    struct fen_config config;
    if (arguments->operand_count != 1 || strcmp(arguments->operands[0], "show") != 0) {
        fen_say("say `fen config show`, with --origin to see where each value comes from",
                "请用 fen config show；加 --origin 查看每个值的来源");
        return FEN_EXIT_USAGE;
    }
    enum fen_exit result = fen_config_init(&config, arguments);
    if (result == FEN_EXIT_OK)
        fen_config_print(&config, fen_arguments_has(arguments, "origin"), stdout);
    fen_config_deinit(&config);
    return result;
}
