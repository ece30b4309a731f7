"""The importer: lines of the UCI file as they stand, exact, with errors that name the line.

Quantity and price stay what the shop wrote: an int and a Decimal, nothing is rounded here. The
file's own README gives the number of lines and the sum of quantity × price of each month;
`check_months` holds a reading against them, so that a cut, edited or wrong file is refused before
a single event is made of it.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import zlib
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Iterable, Iterator

FILE_NAME = "uci_online_retail_2010-12_to_2011-05.csv.gz"
COLUMNS = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice",
           "CustomerID", "Country"]

# Month -> (lines, sum of quantity × price), from the README beside the file.
KNOWN_MONTHS: dict[str, tuple[int, Decimal]] = {
    "2010-12": (42_481, Decimal("748957.02")),
    "2011-01": (35_147, Decimal("560000.26")),
    "2011-02": (27_707, Decimal("498062.65")),
    "2011-03": (36_748, Decimal("683267.08")),
    "2011-04": (29_916, Decimal("493207.121")),
    "2011-05": (37_030, Decimal("723333.51")),
}


class UciError(Exception):
    """The file is missing, cannot be read, or is not the file it should be."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file. `time_ms` is the shop's wall clock taken as UTC."""

    invoice: str
    code: str
    quantity: int
    time_ms: int
    month: str
    price: Decimal
    customer: str | None
    country: str

    @property
    def value(self) -> Decimal:
        """Quantity × price, exact, in pounds."""
        return self.quantity * self.price


def find_file(given: str | os.PathLike[str] | None = None) -> Path:
    """The file: `given`, else $FEN_DATA, else ../shared/data beside the repository's root.

    Each may name the file or the folder that holds it.
    """
    source = "--data" if given else "$FEN_DATA" if os.environ.get("FEN_DATA") else "the default"
    root = Path(__file__).resolve().parents[3]
    place = Path(given or os.environ.get("FEN_DATA") or root.parent / "shared" / "data")
    path = place / FILE_NAME if place.is_dir() else place
    if not path.is_file():
        raise UciError(f"no order data at {path} ({source}); put {FILE_NAME} there, or name the "
                       f"file or its folder with --data or FEN_DATA")
    return path


def read_rows(path: str | os.PathLike[str]) -> list[Row]:
    """All lines of the file, in its order. Plain CSV is taken as well as gzip."""
    try:
        with open(path, "rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        opened = gzip.open(path, "rb") if packed else open(path, "rb")
        with opened as binary, io.TextIOWrapper(binary, encoding="utf-8", newline="") as text:
            return list(_parse(csv.reader(text, strict=True), str(path)))
    except OSError as error:  # gzip.BadGzipFile is one of them
        raise UciError(f"{path}: cannot be read: {error}") from error
    except (EOFError, zlib.error) as error:
        raise UciError(f"{path}: the compressed file is cut short or damaged: {error}") from error
    except UnicodeDecodeError as error:
        raise UciError(f"{path}: not UTF-8: {error}") from error


def _parse(reader: Iterator[list[str]], path: str) -> Iterator[Row]:
    try:
        header = next(reader, None)
        if header != COLUMNS:
            raise UciError(f"{path}: line 1: the columns should read {','.join(COLUMNS)}, "
                           f"but read {','.join(header or ['nothing'])}")
        times: dict[str, int] = {}
        for fields in reader:
            yield _row(fields, times, f"{path}: line {reader.line_num}")  # type: ignore
    except csv.Error as error:
        raise UciError(f"{path}: line {reader.line_num}: {error}") from error  # type: ignore


def _row(fields: list[str], times: dict[str, int], where: str) -> Row:
    if len(fields) != len(COLUMNS):
        raise UciError(f"{where}: {len(fields)} columns, should be {len(COLUMNS)}")
    invoice, code, _, quantity, date, price, customer, country = fields
    if not invoice or not code:
        raise UciError(f"{where}: a line without invoice number or stock code")
    if date not in times:
        times[date] = _time_ms(date, where)
    try:
        return Row(invoice, code, int(quantity), times[date], date[:7], _price(price),
                   customer or None, country)
    except ValueError as error:
        raise UciError(f"{where}: quantity {quantity!r} or price {price!r} is no number") from error


def _price(text: str) -> Decimal:
    try:
        price = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not price.is_finite():
        raise ValueError(text)
    return price


def _time_ms(text: str, where: str) -> int:
    try:
        moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
    except ValueError as error:
        raise UciError(f"{where}: {text!r} is no time (YYYY-MM-DD hh:mm:ss)") from error
    return int(moment.timestamp()) * 1000


def month_sums(rows: Iterable[Row]) -> dict[str, tuple[int, Decimal]]:
    """Per month the number of lines and the exact sum of quantity × price."""
    lines: dict[str, int] = {}
    sums: dict[str, Decimal] = {}
    for row in rows:
        lines[row.month] = lines.get(row.month, 0) + 1
        sums[row.month] = sums.get(row.month, Decimal(0)) + row.value
    return {month: (lines[month], sums[month]) for month in sorted(lines)}


def check_months(rows: Iterable[Row]) -> dict[str, tuple[int, Decimal]]:
    """The sums of `rows`, proven equal to the known ones; any difference is a UciError."""
    found = month_sums(rows)
    wrong = [f"{month}: {_told(found.get(month))}, should be {_told(KNOWN_MONTHS.get(month))}"
             for month in sorted(found.keys() | KNOWN_MONTHS.keys())
             if found.get(month) != KNOWN_MONTHS.get(month)]
    if wrong:
        raise UciError("this is not the file that was agreed on: " + "; ".join(wrong))
    return found


def _told(month: tuple[int, Decimal] | None) -> str:
    return f"{month[0]} lines, {month[1]}" if month else "nothing"


def first_months(rows: list[Row], count: int) -> tuple[list[Row], int]:
    """The lines of the first `count` calendar months, and the time (ms) at which those end."""
    months = sorted({row.month for row in rows})
    if not 1 <= count <= len(months):
        raise UciError(f"--months {count}: the file holds 1 to {len(months)} months")
    year, month = map(int, months[count - 1].split("-"))
    after = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=timezone.utc)
    kept = set(months[:count])
    return [row for row in rows if row.month in kept], int(after.timestamp()) * 1000
