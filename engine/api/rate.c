/* rate: see rate.h. */
#include "api/rate.h"

#include <stdlib.h>

#define PLACE_COUNT 65536
/* A request costs so much; a bucket gains per_second of them a second, one a millisecond each. */
#define COST 1000

struct bucket {
    int64_t filled_ms;
    uint32_t content;
    bool is_used;
};

struct fen_rate {
    uint32_t per_second;
    struct bucket buckets[PLACE_COUNT];
};

struct fen_rate *fen_rate_create(uint32_t per_second)
{
    struct fen_rate *rate = calloc(1, sizeof *rate);
    FEN_ASSERT(rate != NULL && "out of memory");
    rate->per_second = per_second;
    return rate;
}

void fen_rate_destroy(struct fen_rate *rate)
{
    free(rate);
}

bool fen_rate_allows(struct fen_rate *rate, uint64_t hash, int64_t now_ms)
{
    if (rate->per_second == 0)
        return true;
    struct bucket *bucket = &rate->buckets[hash % PLACE_COUNT];
    int64_t full = (int64_t)rate->per_second * 2 * COST;
    int64_t gained = (now_ms - bucket->filled_ms) * rate->per_second;
    int64_t content = bucket->is_used ? bucket->content + (gained < 0 ? 0 : gained) : full;
    bucket->is_used = true;
    bucket->filled_ms = now_ms;
    if (content > full)
        content = full;
    bool is_allowed = content >= COST;
    bucket->content = (uint32_t)(is_allowed ? content - COST : content);
    return is_allowed;
}
