/*
 * routes: the operator's paths: GET /metrics, /livez, /readyz, /version.
 *
 * Threads: start-up; answered on the http thread.
 */
#ifndef FEN_API_ROUTES_H
#define FEN_API_ROUTES_H

#include "api/health.h"
#include "api/http.h"
#include "api/metrics.h"

/* What the paths show; must outlive the server. */
struct fen_routes {
    const struct fen_metrics *metrics;
    const struct fen_health *health;
    const char *version; /* of fen */
};

/* Add them. 503 where health says no. Before fen_http_start. */
void fen_routes_add(struct fen_http *http, const struct fen_routes *routes);

#endif /* FEN_API_ROUTES_H */
