/* http_reply: see http_reply.h. */
#include "api/http_reply.h"

#include <stdio.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

/* Whether the comma-separated list has the word. */
static bool has_word(const char *list, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = list; at != NULL && *at != '\0';) {
        size_t length = strcspn(at, ",");
        if (length == size && memcmp(at, word, size) == 0)
            return true;
        at += length + (at[length] == ',' ? 1 : 0);
    }
    return false;
}

/* The request's origin where its pages may read; else NULL. */
static const char *allowed_origin(struct evhttp_request *event, const char *origins)
{
    const char *origin = evhttp_find_header(evhttp_request_get_input_headers(event), "Origin");
    return origin != NULL && *origin != '\0' && has_word(origins, origin) ? origin : NULL;
}

void fen_http_add_headers(struct evhttp_request *event, const char *origins)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(event);
    const char *origin = allowed_origin(event, origins);
    evhttp_add_header(headers, "Cache-Control", "no-store");
    evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
    evhttp_add_header(headers, "X-Frame-Options", "DENY");
    evhttp_add_header(headers, "Referrer-Policy", "no-referrer");
    evhttp_add_header(headers, "Content-Security-Policy",
                      "default-src 'none'; frame-ancestors 'none'");
    if (origins != NULL)
        evhttp_add_header(headers, "Vary", "Origin");
    if (origin != NULL)
        evhttp_add_header(headers, "Access-Control-Allow-Origin", origin);
}

void fen_http_send(struct evhttp_request *event, const char *origins,
                   const struct fen_http_response *response)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(event);
    struct evbuffer *body = NULL;
    char number[24];
    if (response->content_type != NULL)
        evhttp_add_header(headers, "Content-Type", response->content_type);
    if (response->challenge != NULL)
        evhttp_add_header(headers, "WWW-Authenticate", response->challenge);
    if (response->retry_seconds != 0) {
        snprintf(number, sizeof number, "%u", response->retry_seconds);
        evhttp_add_header(headers, "Retry-After", number);
    }
    fen_http_add_headers(event, origins);
    if (response->policy != NULL) {
        evhttp_remove_header(headers, "Content-Security-Policy");
        evhttp_add_header(headers, "Content-Security-Policy", response->policy);
    }
    if (evhttp_request_get_command(event) == EVHTTP_REQ_HEAD) {
        snprintf(number, sizeof number, "%zu", response->body.size_bytes);
        evhttp_add_header(headers, "Content-Length", number);
    } else {
        body = evbuffer_new();
        FEN_ASSERT(body != NULL && "out of memory");
        evbuffer_add(body, response->body.data, response->body.size_bytes);
    }
    evhttp_send_reply(event, response->status, NULL, body);
    if (body != NULL)
        evbuffer_free(body);
}

void fen_http_send_error(struct evhttp_request *event, const char *origins, int status,
                         const char *code, const char *detail)
{
    struct fen_http_response response = {.status = status,
                                         .content_type = "application/problem+json"};
    fen_buffer_append_format(&response.body,
                             "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,"
                             "\"code\":\"%s\",\"detail\":\"%s\"}\n",
                             detail, status, code, detail);
    fen_http_send(event, origins, &response);
    fen_buffer_deinit(&response.body);
}

void fen_http_send_not_allowed(struct evhttp_request *event, const char *origins, unsigned methods)
{
    char allow[32] = "";
    if ((methods & 1u << FEN_HTTP_GET) != 0)
        snprintf(allow, sizeof allow, "GET, HEAD");
    if ((methods & 1u << FEN_HTTP_POST) != 0)
        snprintf(allow + strlen(allow), sizeof allow - strlen(allow), "%sPOST",
                 allow[0] == '\0' ? "" : ", ");
    evhttp_add_header(evhttp_request_get_output_headers(event), "Allow", allow);
    fen_http_send_error(event, origins, 405, "method", "method not allowed");
}

bool fen_http_send_preflight(struct evhttp_request *event, const char *origins)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(event);
    if (evhttp_request_get_command(event) != EVHTTP_REQ_OPTIONS ||
        allowed_origin(event, origins) == NULL)
        return false;
    evhttp_add_header(headers, "Access-Control-Allow-Methods", "GET, HEAD, POST");
    evhttp_add_header(headers, "Access-Control-Allow-Headers",
                      "Authorization, Content-Type, Last-Event-ID");
    evhttp_add_header(headers, "Access-Control-Max-Age", "600");
    fen_http_send(event, origins, &(struct fen_http_response){.status = 204});
    return true;
}
