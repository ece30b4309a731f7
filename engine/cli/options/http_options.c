/* http_options: see http_options.h. */
#include "cli/options/http_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/log.h"
#include "cli/text/lines.h"
#include "model/period.h"
#include "redis/connection.h"

/* Connections beside streams: as many where there is room, and not fewer. */
#define CONNECTION_COUNT_MAX 1024
#define CONNECTION_COUNT_MIN 16
/* Descriptors beside connections: Redis, keys, logs; and of a worker, its connections to Kafka. */
#define DESCRIPTOR_COUNT 64
#define WORKER_DESCRIPTOR_COUNT 16

enum fen_exit fen_http_place_read(const struct fen_config *config, struct fen_http_place *place)
{
    const char *text = fen_config_text(config, "http");
    const char *colon = strrchr(text, ':');
    size_t size = colon == NULL ? 0 : (size_t)(colon - text);
    char *end = NULL;
    long port = colon == NULL ? -1 : strtol(colon + 1, &end, 10);
    if (size >= 2 && text[0] == '[' && text[size - 1] == ']') {
        text++;
        size -= 2;
    }
    if (size == 0 || size >= sizeof place->address || end == colon + 1 || *end != '\0'
        || port < 0 || port > UINT16_MAX) {
        fen_say("--http takes ADDRESS:PORT, such as 127.0.0.1:8080, not \"%s\"",
                "--http 需要 地址:端口，如 127.0.0.1:8080，而不是“%s”",
                fen_config_text(config, "http"));
        return FEN_EXIT_CONFIG;
    }
    (void)snprintf(place->address, sizeof place->address, "%.*s", (int)size, text);
    place->port = (uint16_t)port;
    return FEN_EXIT_OK;
}

enum fen_exit fen_redis_option_read(const struct fen_config *config, char **password_out)
{
    const char *reason;
    const char *address = fen_config_text(config, "redis");
    const char *path = fen_config_text(config, "redis-password-file");
    if (!fen_connection_check_address(address, &reason)) {
        fen_say("--redis \"%s\": %s", "--redis “%s”：%s", address, reason);
        return FEN_EXIT_CONFIG;
    }
    if (path == NULL)
        return FEN_EXIT_OK;
    size_t size;
    char *bytes = fen_file_read(path, &size);
    if (bytes == NULL) {
        fen_say("the password file %s cannot be read: %s", "密码文件 %s 无法读取：%s", path,
                strerror(errno));
        return FEN_EXIT_CONFIG;
    }
    while (size > 0 && (bytes[size - 1] == '\n' || bytes[size - 1] == '\r'))
        size--;
    *password_out = strndup(bytes, size);
    free(bytes);
    return FEN_EXIT_OK;
}

/* "+08:00" in ms; false: it is none. */
static bool read_offset(const char *text, int64_t *offset_ms_out)
{
    if (strlen(text) != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
        return false;
    for (int index = 1; index < 6; index++) {
        if (index != 3 && (text[index] < '0' || text[index] > '9'))
            return false;
    }
    int64_t hours = (text[1] - '0') * 10 + (text[2] - '0');
    int64_t minutes = (text[4] - '0') * 10 + (text[5] - '0');
    int64_t size_ms = hours * FEN_HOUR_MS + minutes * 60000;
    *offset_ms_out = text[0] == '-' ? -size_ms : size_ms;
    return hours <= 14 && minutes < 60;
}

static uint64_t other_descriptors(const struct fen_config *config)
{
    return DESCRIPTOR_COUNT +
           WORKER_DESCRIPTOR_COUNT * (uint64_t)fen_config_number(config, "workers");
}

/* Descriptors that connections may have, by the limit that this process may raise itself to. */
static uint64_t connection_room(const struct fen_config *config)
{
    struct rlimit limit;
    uint64_t beside = other_descriptors(config);
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max == RLIM_INFINITY)
        return UINT32_MAX;
    return limit.rlim_max < beside ? 0 : limit.rlim_max - beside;
}

/*
 * How many streams there may be. What was asked for and cannot be had is a mistake; of the default
 * as many are taken as there are descriptors for.
 */
static enum fen_exit read_stream_count(const struct fen_config *config, uint32_t *count_out)
{
    uint64_t wanted = (uint64_t)fen_config_number(config, "api-streams");
    uint64_t room = connection_room(config);
    uint64_t most = room < CONNECTION_COUNT_MIN ? 0 : room - CONNECTION_COUNT_MIN;
    *count_out = (uint32_t)(wanted < most ? wanted : most);
    if (wanted <= most)
        return FEN_EXIT_OK;
    if (most == 0 || !fen_config_is_default(config, "api-streams")) {
        fen_say("--api-streams %llu: the system's limit of descriptors has room for %llu; raise "
                "it (ulimit -Hn, LimitNOFILE=), or ask for fewer",
                "--api-streams %llu：系统的文件描述符上限只够 %llu 个流；请提高上限"
                "（ulimit -Hn、LimitNOFILE=）或减少流数",
                (unsigned long long)wanted, (unsigned long long)most);
        return FEN_EXIT_CONFIG;
    }
    FEN_LOG_WARN("api", "descriptors have room for fewer streams; raise ulimit -Hn for more",
                 FEN_LOG_UINT("streams", most));
    return FEN_EXIT_OK;
}

enum fen_exit fen_guide_api_option(const struct fen_config *config, enum fen_wire wire,
                                   uint32_t partition_count, const char *password,
                                   struct fen_guide_api **api_out)
{
    const char *keys = fen_config_text(config, "api-keys");
    struct fen_guide_api_options options = {
        .redis_address = fen_config_text(config, "redis"),
        .redis_password = password,
        .wire = wire,
        .partition_count = partition_count,
        .key_path = keys,
        .requests_per_second_max = (uint32_t)fen_config_number(config, "api-rate"),
    };
    *api_out = NULL;
    if (keys == NULL)
        return FEN_EXIT_OK;
    enum fen_exit result = read_stream_count(config, &options.stream_count_max);
    if (result != FEN_EXIT_OK)
        return result;
    if (!read_offset(fen_config_text(config, "utc-offset"), &options.offset_ms)) {
        fen_say("--utc-offset takes an offset such as +08:00, not \"%s\"",
                "--utc-offset 需要 +08:00 这样的时差，而不是“%s”",
                fen_config_text(config, "utc-offset"));
        return FEN_EXIT_CONFIG;
    }
    struct fen_buffer reason = {0};
    *api_out = fen_guide_api_create(&options, &reason);
    if (*api_out == NULL)
        fen_say("the key file %s cannot be used: %.*s; `fen api key` makes a key",
                "密钥文件 %s 无法使用：%.*s；fen api key 可生成密钥", keys,
                FEN_STR_ARG(fen_buffer_str(&reason)));
    fen_buffer_deinit(&reason);
    return *api_out == NULL ? FEN_EXIT_CONFIG : FEN_EXIT_OK;
}

/* Room for the descriptors, as far as the system allows. */
static void allow_descriptors(uint64_t count)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= count)
        return;
    limit.rlim_cur = limit.rlim_max < count ? limit.rlim_max : count;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

void fen_http_options_read(const struct fen_config *config, const struct fen_http_place *place,
                           bool has_guide_api, struct fen_http_options *options_out)
{
    *options_out = (struct fen_http_options){.bind_address = place->address, .port = place->port};
    if (!has_guide_api)
        return;
    uint64_t wanted = (uint64_t)fen_config_number(config, "api-streams") + CONNECTION_COUNT_MAX;
    uint64_t room = connection_room(config);
    options_out->allowed_origins = fen_config_text(config, "api-origins");
    options_out->connection_count_max = (uint32_t)(wanted < room ? wanted : room);
    allow_descriptors(options_out->connection_count_max + other_descriptors(config));
}

enum fen_exit fen_http_option_start(const struct fen_config *config, struct fen_http *http,
                                    uint16_t *port_out)
{
    const char *fault;
    *port_out = fen_http_start(http, &fault);
    if (*port_out != 0)
        return FEN_EXIT_OK;
    fen_say("%s cannot be listened on: %s; choose another with --http ADDRESS:PORT",
            "无法监听 %s：%s；请用 --http 地址:端口 更换", fen_config_text(config, "http"), fault);
    return FEN_EXIT_CONFIG;
}
