/* routes: see routes.h. */
#include "api/routes.h"

#include "wire/json.h"

static void respond_metrics(void *context, const struct fen_http_request *request,
                            struct fen_http_response *response)
{
    const struct fen_routes *routes = context;
    (void)request;
    response->content_type = FEN_METRICS_CONTENT_TYPE;
    fen_metrics_write(routes->metrics, &response->body);
}

static void respond_health(const struct fen_routes *routes, enum fen_health_kind kind,
                           struct fen_http_response *response)
{
    response->content_type = "application/json";
    if (!fen_health_write(routes->health, kind, &response->body))
        response->status = 503;
}

static void respond_live(void *context, const struct fen_http_request *request,
                         struct fen_http_response *response)
{
    (void)request;
    respond_health(context, FEN_HEALTH_LIVE, response);
}

static void respond_ready(void *context, const struct fen_http_request *request,
                          struct fen_http_response *response)
{
    (void)request;
    respond_health(context, FEN_HEALTH_READY, response);
}

static void respond_version(void *context, const struct fen_http_request *request,
                            struct fen_http_response *response)
{
    const struct fen_routes *routes = context;
    (void)request;
    response->content_type = "application/json";
    fen_buffer_append_format(&response->body, "{\"name\":\"fen\",\"version\":");
    fen_json_append_text(&response->body, fen_str_from(routes->version));
    fen_buffer_append_format(&response->body, "}\n");
}

void fen_routes_add(struct fen_http *http, const struct fen_routes *routes)
{
    /* The functions above take it as const again. */
    void *context = (void *)(uintptr_t)routes;
    fen_http_route(http, FEN_HTTP_GET, "/metrics", respond_metrics, context);
    fen_http_route(http, FEN_HTTP_GET, "/livez", respond_live, context);
    fen_http_route(http, FEN_HTTP_GET, "/readyz", respond_ready, context);
    fen_http_route(http, FEN_HTTP_GET, "/version", respond_version, context);
}
