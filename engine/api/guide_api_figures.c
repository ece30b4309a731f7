/* guide_api_figures: the API's figures as rows of metrics.h, and whether it is of use. */
#include <stddef.h>

#include "api/guide_api_parts.h"

/* One reader a row; all run on the http thread, whose figures these are. */
#define READER(name, expression)                                                                   \
    static double read_##name(void *context, uint32_t series)                                      \
    {                                                                                              \
        const struct fen_guide_api *api = context;                                                 \
        (void)series;                                                                              \
        return (double)(expression);                                                               \
    }

static struct fen_payee_streams_figures streams_of(const struct fen_guide_api *api)
{
    struct fen_payee_streams_figures figures = {0};
    if (api->streams != NULL)
        fen_payee_streams_figures(api->streams, &figures);
    return figures;
}

READER(requests, api->counters.requests)
READER(unauthorized, api->counters.unauthorized)
READER(forbidden, api->counters.forbidden)
READER(limited, api->counters.limited)
READER(unavailable, api->counters.unavailable)
READER(estimates, api->counters.estimates)
READER(traces, api->counters.traces)
READER(streams, streams_of(api).streams)
READER(events, streams_of(api).events)
READER(snapshots, streams_of(api).snapshots)
READER(gone, streams_of(api).gone)
READER(redis_errors, api->link == NULL ? 0 : fen_redis_link_error_count(api->link))
READER(redis_connected, api->link != NULL && fen_redis_link_is_up(api->link) ? 1 : 0)

#define ROW(name, kind, help, reader) {name, help, kind, NULL, 0, NULL, reader, NULL}
static const struct fen_metric rows[] = {
    ROW("fen_api_requests_total", FEN_METRIC_COUNTER, "requests below /v1/", read_requests),
    ROW("fen_api_unauthorized_total", FEN_METRIC_COUNTER, "refused: no good token",
        read_unauthorized),
    ROW("fen_api_forbidden_total", FEN_METRIC_COUNTER, "refused: another's data", read_forbidden),
    ROW("fen_api_limited_total", FEN_METRIC_COUNTER, "refused: too often", read_limited),
    ROW("fen_api_unavailable_total", FEN_METRIC_COUNTER, "not answered for want of Redis",
        read_unavailable),
    ROW("fen_api_estimates_total", FEN_METRIC_COUNTER, "carts estimated", read_estimates),
    ROW("fen_api_traces_total", FEN_METRIC_COUNTER, "orders traced for finance", read_traces),
    ROW("fen_api_streams", FEN_METRIC_GAUGE, "streams open", read_streams),
    ROW("fen_api_events_total", FEN_METRIC_COUNTER, "events with entries sent on streams",
        read_events),
    ROW("fen_api_snapshots_total", FEN_METRIC_COUNTER, "snapshots sent on streams",
        read_snapshots),
    ROW("fen_api_streams_gone_total", FEN_METRIC_COUNTER,
        "streams whose client left or was too slow", read_gone),
    ROW("fen_api_redis_errors_total", FEN_METRIC_COUNTER, "connections lost and error replies",
        read_redis_errors),
    ROW("fen_api_redis_connected", FEN_METRIC_GAUGE, "1 while connected to Redis",
        read_redis_connected),
};

void fen_guide_api_add_metrics(struct fen_guide_api *api, struct fen_metrics *metrics)
{
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
        struct fen_metric metric = rows[index];
        metric.context = api;
        fen_metrics_add(metrics, &metric);
    }
}

static bool is_redis_reached(void *context, struct fen_buffer *reason)
{
    const struct fen_guide_api *api = context;
    bool is_up = api->link != NULL && fen_redis_link_is_up(api->link);
    if (!is_up)
        fen_buffer_append_format(reason, "Redis is not reached");
    else if (api->has_more_partitions)
        fen_buffer_append_format(reason, "Redis has more partitions than are configured");
    return is_up && !api->has_more_partitions;
}

void fen_guide_api_add_health(struct fen_guide_api *api, struct fen_health *health)
{
    fen_health_add(health, &(struct fen_health_check){"guides' API", FEN_HEALTH_READY,
                                                      is_redis_reached, api});
}
