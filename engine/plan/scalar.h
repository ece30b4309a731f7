/*
 * scalar: the written forms of numbers, money, percentages, durations and times (SPEC §2, §8).
 *
 * No floating point: a decimal text is read digit by digit into whole minor units or ppm.
 *
 * Threads: pure; any.
 */
#ifndef FEN_PLAN_SCALAR_H
#define FEN_PLAN_SCALAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/str.h"

/* A whole rate: 100%. */
#define FEN_PPM_WHOLE INT64_C(1000000)

/* The longest window and hold (10 years), so that every date stays below the year 10000. */
#define FEN_SCALAR_DAYS_MAX 3650

enum fen_scalar {
    FEN_SCALAR_OK,
    FEN_SCALAR_FORM,     /* not written like that at all */
    FEN_SCALAR_DECIMALS, /* more decimals than there are */
    FEN_SCALAR_RANGE,    /* beyond its bounds */
};

/* Digits only, at most 18: `12`. */
enum fen_scalar fen_scalar_whole(struct fen_str text, int64_t *value_out) FEN_MUST_USE;

/* The major unit with at most `decimals` decimals, up to `max` minor units: `200.00`, `200 元`. */
enum fen_scalar fen_scalar_money(struct fen_str text, uint32_t decimals, int64_t max,
                                 int64_t *amount_out) FEN_MUST_USE;

/* At most 4 decimals and 100%, in ppm: `4.5%`. */
enum fen_scalar fen_scalar_percent(struct fen_str text, int64_t *rate_ppm_out) FEN_MUST_USE;

/* `7d`, `7天`, `12h`, `12小时`; above 0, at most FEN_SCALAR_DAYS_MAX days. */
enum fen_scalar fen_scalar_duration(struct fen_str text, int64_t *duration_ms_out) FEN_MUST_USE;

/* A fixed offset from UTC, at most 14 h: `+08:00`. */
enum fen_scalar fen_scalar_offset(struct fen_str text, int64_t *offset_ms_out) FEN_MUST_USE;

/* Local time: `2026-10-01`, `2026-10-01 00:00`, `2026-10-01 00:00:00`; RANGE outside 1970-9987. */
enum fen_scalar fen_scalar_time(struct fen_str text, int64_t offset_ms,
                                int64_t *time_ms_out) FEN_MUST_USE;

/* Minor units of an ISO 4217 code have so many decimals; false: not three capital letters. */
bool fen_scalar_currency(struct fen_str text, uint32_t *decimals_out) FEN_MUST_USE;

#endif /* FEN_PLAN_SCALAR_H */
