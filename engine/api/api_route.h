/*
 * api_route: the paths of the guides' API, and who may ask for each. schemas/openapi.json says the
 * same to others, and a test compares the two.
 *
 * Threads: pure; any.
 */
#ifndef FEN_API_API_ROUTE_H
#define FEN_API_API_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "api/http.h"
#include "api/token.h"
#include "base/assert.h"
#include "base/str.h"

enum fen_api_operation {
    FEN_API_SUMMARY,
    FEN_API_ENTRIES,
    FEN_API_ORDER,
    FEN_API_RANKING,
    FEN_API_STREAM,
    FEN_API_GUIDES,
    FEN_API_ESTIMATE,
    FEN_API_TOTALS,
    FEN_API_DEAD_LETTERS,
    FEN_API_TRACE,
};

struct fen_api_route {
    enum fen_api_operation operation;
    enum fen_http_method method;
    const char *name;     /* operationId */
    const char *path;     /* with {tenant}, {payee}, {store}, {order} */
    uint32_t rights;      /* any of them will do */
    const char *query;    /* names of parameters, comma-separated */
};

extern const struct fen_api_route fen_api_routes[];
extern const uint32_t fen_api_route_count;

/* A request's path taken apart; texts borrow it. */
struct fen_api_call {
    const struct fen_api_route *route;
    struct fen_str tenant;
    struct fen_str payee; /* absent where the path has none; so are the others */
    struct fen_str store;
    struct fen_str order;
};

/* False: no path of the API, or an id in it can be none. `path` is decoded. */
bool fen_api_call_read(struct fen_str path, struct fen_api_call *call_out) FEN_MUST_USE;

/*
 * Whether the claims allow the call: the tenant is theirs, and finance sees all of it, a guide its
 * own account, a manager the guides of its store.
 */
bool fen_api_call_is_allowed(const struct fen_api_call *call,
                             const struct fen_claims *claims) FEN_MUST_USE;

/* The value of a query's parameter; absent without. Values are not decoded: none needs it. */
struct fen_str fen_api_query(struct fen_str query, const char *name);

/* A number of a query, `absent` without. False: it is none. */
bool fen_api_query_number(struct fen_str query, const char *name, uint64_t absent,
                          uint64_t *number_out) FEN_MUST_USE;

/* Whether every parameter is one the route has. */
bool fen_api_query_is_known(struct fen_str query, const struct fen_api_route *route) FEN_MUST_USE;

#endif /* FEN_API_API_ROUTE_H */
