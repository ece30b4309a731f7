/* counters: see counters.h. */
#include "wire/counters.h"

#include <stddef.h>

/* Both structs are arrays of uint64_t in memory; the macro and the codes alike. */
#define FIELD_COUNT (sizeof(struct fen_counters) / sizeof(uint64_t))

void fen_counters_add(struct fen_counters *total, const struct fen_counters *batch)
{
    uint64_t *to = (uint64_t *)total;
    const uint64_t *from = (const uint64_t *)batch;
    for (size_t index = 0; index < FIELD_COUNT; index++)
        __atomic_store_n(&to[index], to[index] + from[index], __ATOMIC_RELAXED);
}

void fen_counters_read(const struct fen_counters *total, struct fen_counters *sum)
{
    const uint64_t *from = (const uint64_t *)total;
    uint64_t *to = (uint64_t *)sum;
    for (size_t index = 0; index < FIELD_COUNT; index++)
        to[index] += __atomic_load_n(&from[index], __ATOMIC_RELAXED);
}

bool fen_counters_balance(const struct fen_counters *counters)
{
    uint64_t coded = 0;
    for (int code = 0; code < FEN_REFUSAL_COUNT; code++)
        coded += counters->dead_lettered_by_code[code];
    return counters->events_read ==
               counters->events_applied + counters->events_duplicate +
                   counters->events_late_touch_dropped + counters->events_dead_lettered &&
           coded == counters->events_dead_lettered;
}
