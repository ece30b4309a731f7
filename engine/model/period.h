/*
 * period: calendar months and dates in a plan's time zone (SPEC, table of terms; §5 When).
 *
 * A period is a count of months (year * 12 + month - 1), a date a count of days since 1970-01-01;
 * both sort and subtract as integers. Time zones are fixed offsets from UTC, as plans write them.
 *
 * Threads: pure; any.
 */
#ifndef FEN_MODEL_PERIOD_H
#define FEN_MODEL_PERIOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/str.h"

#define FEN_DAY_MS INT64_C(86400000)
#define FEN_HOUR_MS INT64_C(3600000)

/* The offset of +08:00, used where no plan says one (SPEC §4). */
#define FEN_OFFSET_DEFAULT_MS (8 * FEN_HOUR_MS)

/* Enough for "YYYY-MM-DD" and its NUL, years up to 5 digits. */
#define FEN_DATE_TEXT_BYTES 16

/* The local date of a time (ms since 1970 UTC) at an offset. */
int32_t fen_date_of(int64_t time_ms, int64_t offset_ms);

/* The local month of a time. */
int32_t fen_period_of(int64_t time_ms, int64_t offset_ms);

/* The first day of a period, as a date. */
int32_t fen_period_first_date(int32_t period);

/* Days since 1970-01-01 of a proleptic Gregorian date; month 1..12, day 1..31. */
int32_t fen_date_from_civil(int32_t year, int32_t month, int32_t day);

/* "YYYY-MM" or "YYYY-MM-DD" and a NUL into `out`; returns the size without the NUL. */
size_t fen_period_format(int32_t period, char out[FEN_DATE_TEXT_BYTES]);
size_t fen_date_format(int32_t date, char out[FEN_DATE_TEXT_BYTES]);

/* Read "YYYY-MM" / "YYYY-MM-DD"; false, with *out untouched, when it is not one. */
bool fen_period_parse(struct fen_str text, int32_t *period_out) FEN_MUST_USE;
bool fen_date_parse(struct fen_str text, int32_t *date_out) FEN_MUST_USE;

#endif /* FEN_MODEL_PERIOD_H */
