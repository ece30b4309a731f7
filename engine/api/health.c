/* health: see health.h. */
#include "api/health.h"

#include <stdint.h>
#include <stdlib.h>

#include "wire/json.h"

#define CHECK_COUNT_MAX 128

struct fen_health {
    struct fen_health_check checks[CHECK_COUNT_MAX];
    uint32_t check_count;
};

struct fen_health *fen_health_create(void)
{
    struct fen_health *health = calloc(1, sizeof *health);
    FEN_ASSERT(health != NULL && "out of memory");
    return health;
}

void fen_health_destroy(struct fen_health *health)
{
    free(health);
}

void fen_health_add(struct fen_health *health, const struct fen_health_check *check)
{
    FEN_ASSERT(health->check_count < CHECK_COUNT_MAX);
    health->checks[health->check_count++] = *check;
}

static void append_reason(struct fen_buffer *out, const char *check, struct fen_str reason)
{
    fen_buffer_append_format(out, "{\"check\":");
    fen_json_append_text(out, fen_str_from(check));
    fen_buffer_append_format(out, ",\"reason\":");
    fen_json_append_text(out, reason);
    fen_buffer_append_byte(out, '}');
}

bool fen_health_write(const struct fen_health *health, enum fen_health_kind kind,
                      struct fen_buffer *out)
{
    struct fen_buffer reasons = {0};
    struct fen_buffer reason = {0};
    for (uint32_t index = 0; index < health->check_count; index++) {
        const struct fen_health_check *check = &health->checks[index];
        if (kind == FEN_HEALTH_LIVE && check->kind != FEN_HEALTH_LIVE)
            continue;
        fen_buffer_clear(&reason);
        if (check->is_well(check->context, &reason))
            continue;
        if (reasons.size_bytes > 0)
            fen_buffer_append_byte(&reasons, ',');
        append_reason(&reasons, check->name, fen_buffer_str(&reason));
    }
    bool is_well = reasons.size_bytes == 0;
    if (is_well)
        fen_buffer_append_format(out, "{\"status\":\"ok\"}\n");
    else
        fen_buffer_append_format(out, "{\"status\":\"unavailable\",\"reasons\":[%.*s]}\n",
                                 FEN_STR_ARG(fen_buffer_str(&reasons)));
    fen_buffer_deinit(&reasons);
    fen_buffer_deinit(&reason);
    return is_well;
}
