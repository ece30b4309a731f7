/*
 * pin: which plan version a subject was decided to follow, and for which time (SPEC §4 Plan).
 *
 * Threads: values; any.
 */
#ifndef FEN_MODEL_PIN_H
#define FEN_MODEL_PIN_H

#include <stdint.h>

#include "base/str.h"

struct fen_pin {
    struct fen_str plan; /* id; absent: not pinned */
    uint32_t plan_version;
    int64_t at_ms;       /* the time it was chosen for, in the place of `created` */
    int64_t publication; /* number of the newest publication seen when it was chosen */
};

#endif /* FEN_MODEL_PIN_H */
