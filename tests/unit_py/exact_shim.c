/*
 * exact_shim: engine/model/exact as a filter, for test_exact.py, which compiles it under
 * UndefinedBehaviorSanitizer and compares it with Python's fractions.
 *
 * A line: a n d b m e g p w W q. Prints the floors of the share w/W x q ppm of
 *   x = a n/d,  y = b m/e,  x + y,  min(x, g p/10^6),  g p/10^6 - min(x, g p/10^6)
 * at the common scale of the two denominators, and floor(a n/d); or "coarse" where there is none.
 */
#include <inttypes.h>
#include <stdio.h>

#include "model/exact.h"

int main(void)
{
    int64_t a, n, d, b, m, e, g, p, w, weights, q;
    while (scanf("%" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64
                 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64,
                 &a, &n, &d, &b, &m, &e, &g, &p, &w, &weights, &q) == 11) {
        int64_t common = fen_exact_common(d / fen_exact_divisor(n, d), e / fen_exact_divisor(m, e));
        if (common == 0) {
            puts("coarse");
            continue;
        }
        fen_uint128 scale = (fen_uint128)FEN_PPM * (fen_uint128)common;
        struct fen_exact x = fen_exact_ratio(a, n, d, scale);
        struct fen_exact y = fen_exact_ratio(b, m, e, scale);
        struct fen_exact sum = fen_exact_add(x, y, scale);
        struct fen_exact room = fen_exact_ratio(g, p, FEN_PPM, scale);
        struct fen_exact least = fen_exact_less(room, x) ? room : x;
        struct fen_exact rest = fen_exact_subtract(room, least, scale);
        const struct fen_exact values[] = {x, y, sum, least, rest};
        for (size_t index = 0; index < sizeof values / sizeof *values; index++)
            printf("%" PRId64 " ", fen_exact_share_floor(values[index], scale, w, weights, q));
        printf("%" PRId64 "\n", fen_money_scale_floor(a, n, d));
    }
    return 0;
}
