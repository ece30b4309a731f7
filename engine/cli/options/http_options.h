/*
 * http_options: what `fen run` and `fen api` serve over HTTP, out of their configuration.
 *
 * Threads: main.
 */
#ifndef FEN_CLI_OPTIONS_HTTP_OPTIONS_H
#define FEN_CLI_OPTIONS_HTTP_OPTIONS_H

#include "api/guide_api.h"
#include "cli/options/config.h"

/* Where --http listens: "127.0.0.1:8080", "[::1]:8080". */
struct fen_http_place {
    char address[256];
    uint16_t port;
};

/* --http. CONFIG, said on stderr, when it is no address. */
enum fen_exit fen_http_place_read(const struct fen_config *config, struct fen_http_place *place);

/*
 * --redis checked, and the password of --redis-password-file, which the caller frees; NULL: none.
 * CONFIG, said on stderr.
 */
enum fen_exit fen_redis_option_read(const struct fen_config *config, char **password_out);

/*
 * The guides' API; NULL where no --api-keys are configured. Password and configuration must outlive
 * it. CONFIG, said on stderr; also when more streams are asked for than the process may have
 * descriptors.
 */
enum fen_exit fen_guide_api_option(const struct fen_config *config, enum fen_wire wire,
                                   uint32_t partition_count, const char *password,
                                   struct fen_guide_api **api_out);

/* The server's options; with the API there is room for its streams. Makes room for descriptors. */
void fen_http_options_read(const struct fen_config *config, const struct fen_http_place *place,
                           bool has_guide_api, struct fen_http_options *options_out);

/* Start it. CONFIG, said on stderr, when it cannot be listened there. */
enum fen_exit fen_http_option_start(const struct fen_config *config, struct fen_http *http,
                                    uint16_t *port_out);

#endif /* FEN_CLI_OPTIONS_HTTP_OPTIONS_H */
