"""The written forms of SPEC §2, §3 and §8: ids, texts, payees, periods, money, rates, times.

Everything that ends in an amount is an int or a Fraction; there is no floating point here.
"""

from __future__ import annotations

import datetime
import re

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
AMOUNT_MAX = 10**15
PPM = 1_000_000
DAYS_MAX = 3650  # the longest window and hold; keeps every date below the year 10000
TIME_END = int(datetime.datetime(9988, 1, 1, tzinfo=datetime.timezone.utc).timestamp()) * 1000
DEFAULT_OFFSET_MS = 8 * HOUR_MS  # SPEC §4: with no plan the time zone is +08:00

# The Unicode property White_Space; an id holds none of these (SPEC §3).
_SPACES = set("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | {
    chr(c) for c in range(0x2000, 0x200B)
}
_EPOCH_ORDINAL = datetime.date(1970, 1, 1).toordinal()
_PAYEE_KINDS = ("guide", "store", "franchisee", "region", "mall", "brand")


def _is_control(char: str) -> bool:
    return char < " " or "\x7f" <= char <= "\x9f"


def is_text(value: str) -> bool:
    """SPEC §3: 1-128 bytes without control characters."""
    if value.isascii() and value.isprintable():
        return 1 <= len(value) <= 128
    return 1 <= len(value.encode()) <= 128 and not any(map(_is_control, value))


def is_id(value: str) -> bool:
    """SPEC §3: 1-64 bytes of UTF-8 without control characters, `/` or white space."""
    if not 1 <= len(value.encode()) <= 64 or "/" in value:
        return False
    return not any(_is_control(c) or c in _SPACES for c in value)


def is_payee(value: str) -> bool:
    """SPEC, table of terms: `guide:ID`, `store:ID`, ... or `hq`."""
    kind, colon, name = value.partition(":")
    return value == "hq" or (colon == ":" and kind in _PAYEE_KINDS and is_id(name))


def is_period(value: str) -> bool:
    """SPEC, table of terms: a calendar month `YYYY-MM`, in the years that times may have."""
    match = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", value)
    return match is not None and 1970 <= int(match[1]) <= 9987


def is_time(value: int) -> bool:
    """SPEC §3: times lie between 1970 and 9987."""
    return 0 <= value < TIME_END


def date_of(time_ms: int, offset_ms: int) -> str:
    """The local date of a time, `YYYY-MM-DD`."""
    return datetime.date.fromordinal(_EPOCH_ORDINAL + (time_ms + offset_ms) // DAY_MS).isoformat()


def period_of(time_ms: int, offset_ms: int) -> str:
    """The local month of a time, `YYYY-MM`."""
    return date_of(time_ms, offset_ms)[:7]


def next_period(period: str) -> str:
    """The month after."""
    year, month = int(period[:4]), int(period[5:])
    return f"{year + month // 12:04d}-{month % 12 + 1:02d}"


def first_day_after(period: str) -> str:
    """SPEC §7: period rules are available on the first day after the period."""
    return next_period(period) + "-01"


def period_span(period: str, offset_ms: int) -> tuple[int, int]:
    """The period as [start, end) in ms."""
    return _month_start(period) - offset_ms, _month_start(next_period(period)) - offset_ms


def _month_start(period: str) -> int:
    day = datetime.date(int(period[:4]), int(period[5:]), 1)
    return (day.toordinal() - _EPOCH_ORDINAL) * DAY_MS


def read_int(text: str) -> int | None:
    """A whole number as a plan writes it: ASCII digits only."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def read_money(text: str, decimals: int) -> int | None:
    """SPEC §8: the major unit with at most the currency's decimals: `200.00`, `200 元`."""
    match = re.fullmatch(r"([0-9]{1,18})(?:\.([0-9]+))?(?: ?元)?", text)
    if match is None or len(match[2] or "") > decimals:
        return None
    amount = int(match[1]) * 10**decimals + int((match[2] or "").ljust(decimals, "0") or "0")
    return amount if amount <= AMOUNT_MAX else None


def read_percent(text: str) -> int | None:
    """SPEC §2: at most 4 decimals, in whole ppm; SPEC §8: not over 100%."""
    match = re.fullmatch(r"([0-9]{1,4})(?:\.([0-9]{1,4}))?%", text)
    if match is None:
        return None
    ppm = int(match[1]) * 10_000 + int((match[2] or "").ljust(4, "0"))
    return ppm if ppm <= PPM else None


def read_duration(text: str) -> int | None:
    """Appendix A: `7d` or `7天`, `12h` or `12小时`; in ms."""
    match = re.fullmatch(r"([0-9]{1,6})(d|天|h|小时)", text)
    if match is None:
        return None
    span = int(match[1]) * (DAY_MS if match[2] in ("d", "天") else HOUR_MS)
    return span if 0 < span <= DAYS_MAX * DAY_MS else None


def read_offset(text: str) -> int | None:
    """A time zone as an offset: `+08:00`; in ms."""
    match = re.fullmatch(r"([+-])([01][0-9]):([0-5][0-9])", text)
    if match is None:
        return None
    offset = int(match[2]) * HOUR_MS + int(match[3]) * 60_000
    if offset > 14 * HOUR_MS:
        return None
    return -offset if match[1] == "-" else offset


def read_local_time(text: str, offset_ms: int) -> int | None:
    """`2026-10-01`, `2026-10-01 00:00` or `2026-10-01 00:00:00`, local; in ms."""
    match = re.fullmatch(
        r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?: ([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?)?", text)
    if match is None:
        return None
    try:
        moment = datetime.datetime(*(int(part or 0) for part in match.groups()),
                                   tzinfo=datetime.timezone.utc)
    except ValueError:
        return None
    time_ms = (int(moment.timestamp()) * 1000) - offset_ms
    return time_ms if is_time(time_ms) else None
