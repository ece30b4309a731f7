/*
 * api: `fen api`: the guides' API in a process of its own, and the keys and tokens it goes by.
 *
 * It needs Redis and the key file, no Kafka; several may run side by side behind a proxy.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "api/base64.h"
#include "api/routes.h"
#include "api/token.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/options/http_options.h"
#include "cli/interrupt.h"
#include "cli/version.h"
#include "cli/options/wire_option.h"

#define WAIT_MS 1000
#define KEY_BYTES 32

/* Everything `fen api` runs. */
struct server {
    struct fen_config config;
    struct fen_http_place place;
    char *password;
    enum fen_wire wire;
    struct fen_guide_api *api;
    struct fen_metrics *metrics;
    struct fen_health *health;
    struct fen_routes routes;
    struct fen_http *http;
};

static enum fen_exit read_configuration(struct server *server)
{
    uint32_t partition_count = (uint32_t)fen_config_number(&server->config, "partitions");
    if (fen_config_text(&server->config, "api-keys") == NULL) {
        fen_say("--api-keys FILE is needed; `fen api key` makes a key for it",
                "需要 --api-keys 文件；fen api key 可生成密钥");
        return FEN_EXIT_CONFIG;
    }
    if (partition_count == 0) {
        fen_say("--partitions N is needed: how many partitions fen's topics have",
                "需要 --partitions N：主题的分区数");
        return FEN_EXIT_CONFIG;
    }
    if (!fen_wire_parse(fen_config_text(&server->config, "wire"), &server->wire)) {
        fen_say("--wire is protobuf or json, not \"%s\"",
                "--wire 是 protobuf 或 json，而不是“%s”",
                fen_config_text(&server->config, "wire"));
        return FEN_EXIT_CONFIG;
    }
    enum fen_exit result = fen_http_place_read(&server->config, &server->place);
    if (result == FEN_EXIT_OK)
        result = fen_redis_option_read(&server->config, &server->password);
    if (result == FEN_EXIT_OK)
        result = fen_guide_api_option(&server->config, server->wire, partition_count,
                                      server->password, &server->api);
    return result;
}

static enum fen_exit start(struct server *server)
{
    struct fen_http_options options;
    server->metrics = fen_metrics_create(fen_version());
    server->health = fen_health_create();
    fen_guide_api_add_metrics(server->api, server->metrics);
    fen_guide_api_add_health(server->api, server->health);
    server->routes = (struct fen_routes){server->metrics, server->health, fen_version()};
    fen_http_options_read(&server->config, &server->place, true, &options);
    server->http = fen_http_create(&options);
    fen_routes_add(server->http, &server->routes);
    fen_guide_api_add(server->api, server->http);
    return fen_http_option_start(&server->config, server->http, &server->place.port);
}

static void server_deinit(struct server *server)
{
    fen_http_destroy(server->http);
    fen_guide_api_destroy(server->api);
    if (server->metrics != NULL)
        fen_metrics_destroy(server->metrics);
    fen_health_destroy(server->health);
    free(server->password);
    fen_config_deinit(&server->config);
}

static enum fen_exit serve(const struct fen_arguments *arguments)
{
    struct server server = {0};
    fen_interrupt_init();
    enum fen_exit result = fen_config_init(&server.config, arguments);
    if (result == FEN_EXIT_OK)
        result = read_configuration(&server);
    if (result == FEN_EXIT_OK)
        result = start(&server);
    if (result == FEN_EXIT_OK) {
        FEN_LOG_INFO("api", "fen api serves", FEN_LOG_TEXT("version", fen_version()),
                     FEN_LOG_TEXT("http", server.place.address),
                     FEN_LOG_UINT("port", server.place.port));
        while (!fen_interrupt_wait(WAIT_MS))
            continue;
    }
    server_deinit(&server);
    return result;
}

/* --- keys and tokens -------------------------------------------------------------------------- */

/* A line for the key file. */
static enum fen_exit make_key(const struct fen_arguments *arguments)
{
    const char *id = fen_arguments_text(arguments, "key-id");
    uint8_t bytes[KEY_BYTES];
    struct fen_buffer text = {0};
    if (!fen_key_id_is_good(fen_str_from(id))) {
        fen_say("--key-id is 1 to 32 letters, digits, - and _, not \"%s\"",
                "--key-id 由 1 到 32 个字母、数字、- 和 _ 组成，而不是“%s”", id);
        return FEN_EXIT_USAGE;
    }
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        fen_say("the system gives no random bytes", "系统未提供随机数");
        return FEN_EXIT_FAILED;
    }
    fen_base64_append(&text, bytes, sizeof bytes);
    printf("%s %.*s\n", id, FEN_STR_ARG(fen_buffer_str(&text)));
    explicit_bzero(text.data, text.size_bytes);
    explicit_bzero(bytes, sizeof bytes);
    fen_buffer_deinit(&text);
    return FEN_EXIT_OK;
}

static enum fen_exit read_claims(const struct fen_arguments *arguments, struct fen_claims *claims)
{
    const char *payee = fen_arguments_text(arguments, "payee");
    const char *rights = fen_arguments_text(arguments, "rights");
    *claims = (struct fen_claims){
        .tenant = fen_str_from(fen_arguments_text(arguments, "tenant")),
        .payee = fen_str_from(payee),
        .store = fen_str_from(fen_arguments_text(arguments, "store")),
        .rights = fen_rights_read(fen_str_from(rights)),
        .from_ms = fen_clock_wall_ms(),
    };
    claims->until_ms = claims->from_ms + fen_arguments_number(arguments, "valid");
    if (payee == NULL || *payee == '\0') {
        fen_say("--payee is needed: whom the token is for, such as guide:G1001",
                "需要 --payee：令牌属于谁，如 guide:G1001");
        return FEN_EXIT_USAGE;
    }
    if (claims->rights == 0) {
        fen_say("--rights takes guide, manager and finance, comma-separated, not \"%s\"",
                "--rights 是 guide、manager、finance 的逗号列表，而不是“%s”", rights);
        return FEN_EXIT_USAGE;
    }
    if ((claims->rights & FEN_RIGHT_MANAGER) != 0 && !fen_str_is_set(claims->store)) {
        fen_say("the right manager needs --store", "manager 权限需要 --store");
        return FEN_EXIT_USAGE;
    }
    return FEN_EXIT_OK;
}

static enum fen_exit mint(const struct fen_arguments *arguments, const char *path)
{
    struct fen_claims claims;
    struct fen_buffer text = {0};
    enum fen_exit result = read_claims(arguments, &claims);
    if (result != FEN_EXIT_OK)
        return result;
    struct fen_key_ring *ring = fen_key_ring_create(path, &text);
    if (ring == NULL) {
        fen_say("the key file %s cannot be used: %.*s", "密钥文件 %s 无法使用：%.*s", path,
                FEN_STR_ARG(fen_buffer_str(&text)));
        result = FEN_EXIT_CONFIG;
    } else {
        fen_token_mint(fen_key_ring_signer(ring), &claims, &text);
        printf("%.*s\n", FEN_STR_ARG(fen_buffer_str(&text)));
    }
    fen_key_ring_destroy(ring);
    fen_buffer_deinit(&text);
    return result;
}

static enum fen_exit make_token(const struct fen_arguments *arguments)
{
    struct fen_config config;
    enum fen_exit result = fen_config_init(&config, arguments);
    const char *path = result == FEN_EXIT_OK ? fen_config_text(&config, "api-keys") : NULL;
    if (path != NULL) {
        result = mint(arguments, path);
    } else if (result == FEN_EXIT_OK) {
        fen_say("--api-keys FILE is needed: its first key signs",
                "需要 --api-keys 文件：由其第一个密钥签名");
        result = FEN_EXIT_CONFIG;
    }
    fen_config_deinit(&config);
    return result;
}

enum fen_exit fen_command_api(const struct fen_arguments *arguments)
{
    const char *word = arguments->operand_count == 0 ? "" : arguments->operands[0];
    if (arguments->operand_count == 0)
        return serve(arguments);
    if (arguments->operand_count == 1 && strcmp(word, "token") == 0)
        return make_token(arguments);
    if (arguments->operand_count == 1 && strcmp(word, "key") == 0)
        return make_key(arguments);
    fen_say("say `fen api` to serve, `fen api token` or `fen api key`",
            "请用 fen api 启动服务，或 fen api token、fen api key");
    return FEN_EXIT_USAGE;
}
