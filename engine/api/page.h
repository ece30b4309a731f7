/*
 * page: the pages for guides, managers and finance, carried in the program.
 *
 *     /            the guide's page            engine/api/page/index.html
 *     /finance     the finance page            engine/api/page/finance.html
 *     /page/FILE   what both load: style, modules, seal
 *
 * The files hold nothing secret and are served without a token; the token is in the part of the
 * address behind '#', which no browser sends, and every figure comes through /v1/. Nothing is
 * loaded from elsewhere, and the policy sent along forbids it.
 *
 * Threads: start-up; answered on the http thread.
 */
#ifndef FEN_API_PAGE_H
#define FEN_API_PAGE_H

#include "api/http.h"
#include "base/str.h"

/* Add the paths. Before fen_http_start. */
void fen_page_add(struct fen_http *http);

/* A file as it stands in engine/api/page/; absent: there is none. */
struct fen_str fen_page_file(struct fen_str name);

#endif /* FEN_API_PAGE_H */
