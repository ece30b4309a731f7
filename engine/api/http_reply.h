/*
 * http_reply: what goes out: status, headers that every response has, CORS, errors. Private to
 * http*.c.
 *
 * Threads: http.
 */
#ifndef FEN_API_HTTP_REPLY_H
#define FEN_API_HTTP_REPLY_H

#include "api/http.h"

/*
 * Add the headers of every response; with an Origin of `origins` (comma-separated; NULL: none)
 * those that let its pages read it.
 */
void fen_http_add_headers(struct evhttp_request *event, const char *origins);

/* Send a response; of HEAD the headers alone, with the length that GET would have. */
void fen_http_send(struct evhttp_request *event, const char *origins,
                   const struct fen_http_response *response);

/* A problem of RFC 9457; `code` tells programs why, `detail` people. */
void fen_http_send_error(struct evhttp_request *event, const char *origins, int status,
                         const char *code, const char *detail);

/* 405 with Allow; `methods`: a bit for each that the path has. */
void fen_http_send_not_allowed(struct evhttp_request *event, const char *origins,
                               unsigned methods);

/* Answer a browser's question before a request from another origin; false: it is none. */
bool fen_http_send_preflight(struct evhttp_request *event, const char *origins) FEN_MUST_USE;

#endif /* FEN_API_HTTP_REPLY_H */
