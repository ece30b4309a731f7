/* api_route: see api_route.h. */
#include "api/api_route.h"

#include <string.h>

#include "api/redis_view.h"

#define OWN (FEN_RIGHT_GUIDE | FEN_RIGHT_FINANCE)
#define STORE (FEN_RIGHT_MANAGER | FEN_RIGHT_FINANCE)

const struct fen_api_route fen_api_routes[] = {
    {FEN_API_SUMMARY, FEN_HTTP_GET, "summary", "/v1/{tenant}/payees/{payee}/summary", OWN, ""},
    {FEN_API_ENTRIES, FEN_HTTP_GET, "entries", "/v1/{tenant}/payees/{payee}/entries", OWN,
     "after,before,limit"},
    {FEN_API_ORDER, FEN_HTTP_GET, "order", "/v1/{tenant}/payees/{payee}/orders/{order}", OWN, ""},
    {FEN_API_RANKING, FEN_HTTP_GET, "ranking", "/v1/{tenant}/payees/{payee}/ranking", OWN,
     "period"},
    {FEN_API_STREAM, FEN_HTTP_GET, "stream", "/v1/{tenant}/payees/{payee}/stream", OWN, "after"},
    {FEN_API_GUIDES, FEN_HTTP_GET, "guides", "/v1/{tenant}/stores/{store}/guides", STORE, "period"},
    {FEN_API_ESTIMATE, FEN_HTTP_POST, "estimate", "/v1/{tenant}/payees/{payee}/estimate", OWN,
     "roles"},
    {FEN_API_TOTALS, FEN_HTTP_GET, "totals", "/v1/{tenant}/totals", FEN_RIGHT_FINANCE, ""},
    {FEN_API_DEAD_LETTERS, FEN_HTTP_GET, "deadLetters", "/v1/{tenant}/dead-letters",
     FEN_RIGHT_FINANCE, "before,limit"},
    {FEN_API_TRACE, FEN_HTTP_GET, "trace", "/v1/{tenant}/orders/{order}/trace", FEN_RIGHT_FINANCE,
     "form"},
};
const uint32_t fen_api_route_count = sizeof fen_api_routes / sizeof *fen_api_routes;

/* The next segment of a path that begins with a slash; false at its end. */
static bool next_segment(struct fen_str *path, struct fen_str *segment_out)
{
    if (path->size == 0 || path->data[0] != '/')
        return false;
    const char *from = path->data + 1;
    uint32_t left = path->size - 1;
    const char *slash = left == 0 ? NULL : memchr(from, '/', left);
    uint32_t size = slash == NULL ? left : (uint32_t)(slash - from);
    *segment_out = (struct fen_str){from, size};
    *path = (struct fen_str){from + size, left - size};
    return true;
}

/* Put a segment where the template's {name} says; false: it can be no id. */
static bool take(struct fen_api_call *call, struct fen_str name, struct fen_str segment)
{
    if (fen_str_equal(name, FEN_STR("{tenant}")))
        call->tenant = segment;
    else if (fen_str_equal(name, FEN_STR("{store}")))
        call->store = segment;
    else if (fen_str_equal(name, FEN_STR("{order}")))
        call->order = segment;
    else
        call->payee = segment;
    struct fen_redis_payee payee;
    if (fen_str_equal(name, FEN_STR("{payee}")))
        return fen_redis_payee_init(&payee, FEN_STR("t"), segment, 1);
    return fen_redis_is_id(segment);
}

static bool matches(const struct fen_api_route *route, struct fen_str path,
                    struct fen_api_call *call)
{
    struct fen_str pattern = fen_str_from(route->path);
    struct fen_str name, segment;
    *call = (struct fen_api_call){.route = route};
    while (next_segment(&pattern, &name)) {
        if (!next_segment(&path, &segment))
            return false;
        bool is_good = name.data[0] == '{' ? take(call, name, segment)
                                           : fen_str_equal(name, segment);
        if (!is_good)
            return false;
    }
    return path.size == 0;
}

bool fen_api_call_read(struct fen_str path, struct fen_api_call *call_out)
{
    for (uint32_t index = 0; index < fen_api_route_count; index++) {
        if (matches(&fen_api_routes[index], path, call_out))
            return true;
    }
    return false;
}

bool fen_api_call_is_allowed(const struct fen_api_call *call, const struct fen_claims *claims)
{
    uint32_t rights = claims->rights & call->route->rights;
    if (!fen_str_equal(call->tenant, claims->tenant))
        return false;
    if ((rights & FEN_RIGHT_FINANCE) != 0)
        return true;
    if ((rights & FEN_RIGHT_MANAGER) != 0)
        return fen_str_is_set(claims->store) && fen_str_equal(call->store, claims->store);
    return (rights & FEN_RIGHT_GUIDE) != 0 && fen_str_equal(call->payee, claims->payee);
}

/* The next name=value of a query; false at its end. */
static bool next_parameter(struct fen_str *query, struct fen_str *name_out,
                           struct fen_str *value_out)
{
    if (query->size == 0)
        return false;
    const char *end = memchr(query->data, '&', query->size);
    uint32_t size = end == NULL ? query->size : (uint32_t)(end - query->data);
    const char *equals = size == 0 ? NULL : memchr(query->data, '=', size);
    uint32_t name_size = equals == NULL ? size : (uint32_t)(equals - query->data);
    *name_out = (struct fen_str){query->data, name_size};
    *value_out = equals == NULL ? (struct fen_str){query->data + size, 0}
                                : (struct fen_str){equals + 1, size - name_size - 1};
    size += end == NULL ? 0 : 1;
    *query = (struct fen_str){query->data + size, query->size - size};
    return true;
}

struct fen_str fen_api_query(struct fen_str query, const char *name)
{
    struct fen_str one, value;
    while (next_parameter(&query, &one, &value)) {
        if (fen_str_equal(one, fen_str_from(name)))
            return value;
    }
    return FEN_STR_NONE;
}

bool fen_api_query_number(struct fen_str query, const char *name, uint64_t absent,
                          uint64_t *number_out)
{
    struct fen_str text = fen_api_query(query, name);
    uint64_t number = 0;
    if (!fen_str_is_set(text)) {
        *number_out = absent;
        return true;
    }
    if (text.size == 0 || text.size > 18)
        return false;
    for (uint32_t index = 0; index < text.size; index++) {
        if (text.data[index] < '0' || text.data[index] > '9')
            return false;
        number = number * 10 + (uint64_t)(text.data[index] - '0');
    }
    *number_out = number;
    return true;
}

static bool is_listed(const char *list, struct fen_str name)
{
    while (*list != '\0') {
        size_t size = strcspn(list, ",");
        if (size == name.size && memcmp(list, name.data, size) == 0)
            return true;
        list += size + (list[size] == ',' ? 1 : 0);
    }
    return false;
}

bool fen_api_query_is_known(struct fen_str query, const struct fen_api_route *route)
{
    struct fen_str name, value;
    while (next_parameter(&query, &name, &value)) {
        if (!is_listed(route->query, name))
            return false;
    }
    return true;
}
