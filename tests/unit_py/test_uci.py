"""The importer of the real orders and its trade: exact sums, orders, refunds by matching."""

from __future__ import annotations

import csv
import gzip
import io
import os
import random
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from lib.uci import org, rows, trade
from lib.uci.rows import UciError

HEADER = ",".join(rows.COLUMNS)
GOOD = "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom"
T0 = 1_291_191_960_000  # 2010-12-01 08:26 UTC


@pytest.fixture(scope="module")
def data() -> Path:
    try:
        return rows.find_file()
    except UciError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def read(data: Path) -> list[rows.Row]:
    return rows.read_rows(data)


# ---- the importer -------------------------------------------------------------------------------

def write_file(path: Path, text: str, packed: bool = True) -> Path:
    raw = text.encode()
    path.write_bytes(gzip.compress(raw) if packed else raw)
    return path


def test_file_is_found_by_option_variable_and_folder(tmp_path, monkeypatch):
    file = write_file(tmp_path / rows.FILE_NAME, HEADER)
    monkeypatch.setenv("FEN_DATA", str(tmp_path))
    assert rows.find_file() == file
    monkeypatch.setenv("FEN_DATA", str(file))
    assert rows.find_file() == file
    monkeypatch.setenv("FEN_DATA", str(tmp_path / "nowhere"))
    assert rows.find_file(tmp_path) == file
    with pytest.raises(UciError, match=r"nowhere.*\$FEN_DATA"):
        rows.find_file()
    with pytest.raises(UciError, match="--data"):
        rows.find_file(tmp_path / "absent.csv.gz")


@pytest.mark.parametrize("packed", [True, False])
def test_a_row_is_read_exactly(tmp_path, packed):
    file = write_file(tmp_path / "a", f"{HEADER}\r\n{GOOD}\r\n"
                      "C1,m,\"A, B\",-1,2011-04-15 09:27:00,0.001,,EIRE\r\n", packed)
    first, second = rows.read_rows(file)
    assert first == rows.Row("536365", "85123A", 6, T0, "2010-12", Decimal("2.55"), "17850",
                             "United Kingdom")
    assert (second.customer, second.price, second.code) == (None, Decimal("0.001"), "m")
    assert second.value == Decimal("-0.001")


@pytest.mark.parametrize("text, message", [
    ("", "line 1.*nothing"),
    ("InvoiceNo,StockCode\n1,2", "line 1.*InvoiceNo,StockCode$"),
    (f"{HEADER}\n{GOOD}\n{GOOD},more", "line 3: 9 columns"),
    (f"{HEADER}\n{GOOD.replace(',6,', ',six,')}", "line 2.*'six'"),
    (f"{HEADER}\n{GOOD.replace(',6,', ',6.5,')}", "line 2.*'6.5'"),
    (f"{HEADER}\n{GOOD.replace('2.55', 'NaN')}", "line 2.*'NaN'"),
    (f"{HEADER}\n{GOOD.replace('2.55', '2,55')}", "line 2: 9 columns"),
    (f"{HEADER}\n{GOOD.replace('2.55', 'x')}", "line 2.*'x'"),
    (f"{HEADER}\n{GOOD.replace('-12-01', '-13-01')}", "line 2.*2010-13-01.*no time"),
    (f"{HEADER}\n{GOOD.replace('536365', '')}", "line 2.*without invoice"),
    (f"{HEADER}\n\"unclosed", "line 2"),
])
def test_a_wrong_file_is_refused_with_its_line(tmp_path, text, message):
    with pytest.raises(UciError, match=message):
        rows.read_rows(write_file(tmp_path / "wrong.csv.gz", text))


def test_damaged_bytes_are_refused(tmp_path):
    whole = gzip.compress((HEADER + "\n" + "\n".join([GOOD] * 500)).encode())
    for name, raw, message in [("cut", whole[:-20], "cut short|damaged"),
                               ("flipped", whole[:40] + b"\xff\xff" + whole[42:], "cannot|damaged"),
                               ("latin", gzip.compress(b"\xe9\xe8"), "not UTF-8")]:
        path = tmp_path / name
        path.write_bytes(raw)
        with pytest.raises(UciError, match=message):
            rows.read_rows(path)
    with pytest.raises(UciError, match="cannot be read"):
        rows.read_rows(tmp_path / "absent")


def test_monthly_sums_and_line_counts_are_the_readme_s(read):
    assert rows.check_months(read) == rows.KNOWN_MONTHS
    assert len(read) == 209_029
    assert sum(row.value for row in read) == Decimal("3706827.641")


def test_another_sum_is_refused_and_the_month_named(read):
    with pytest.raises(UciError, match="2011-05: 37029 lines.*should be 37030"):
        rows.check_months(read[:-1])
    with pytest.raises(UciError, match="2011-01: nothing"):
        rows.check_months([row for row in read if row.month != "2011-01"])


def test_first_months_ends_at_the_next_month(read):
    kept, end_ms = rows.first_months(read, 1)
    assert (len(kept), end_ms) == (42_481, org.at("2011-01-01"))
    assert rows.first_months(read, 6) == (read, org.at("2011-06-01"))
    for wrong in (0, 7, -1):
        with pytest.raises(UciError, match="1 to 6"):
            rows.first_months(read, wrong)


# ---- trade: orders and refunds ------------------------------------------------------------------

def row(invoice: str, code: str, quantity: int, price: str, customer: str | None = "1",
        minute: int = 0) -> rows.Row:
    return rows.Row(invoice, code, quantity, T0 + minute * 60_000, "2010-12", Decimal(price),
                    customer, "United Kingdom")


def refunds_of(traded: trade.Trade) -> dict[tuple[str, str], dict[int, list[int]]]:
    return {(one.cancellation, one.order.invoice): one.lines for one in traded.refunds}


def test_a_line_is_its_place_in_the_invoice():
    traded = trade.trade([row("1", "A", 2, "1.25"), row("1", "W", -3, "0"),
                          row("1", "A", 2, "1.25"), row("1", "free", 4, "0")])
    lines = [(line.number, line.sku, line.paid) for line in traded.orders[0].lines]
    assert lines == [(1, "A", 250), (3, "A", 250), (4, "free", 0)]
    assert traded.counts["skipped_write_off"] == 1 and traded.counts["lines_free"] == 1


def test_an_invoice_over_two_minutes_is_created_at_the_earliest():
    traded = trade.trade([row("1", "A", 1, "1", minute=1), row("1", "B", 1, "1", minute=0)])
    assert [order.created_ms for order in traded.orders] == [T0]
    assert traded.counts["invoices_two_minutes"] == 1


def test_what_is_no_sale_is_counted():
    traded = trade.trade([
        row("A5", "B", 1, "-11062.06", None), row("2", "A", 1, "-1"), row("3", "A", -1, "1"),
        row("4", "A", 0, "1"), row("5", "A", 56, "0", None), row("6", "A", 1_000_001, "1"),
        row("C7", "A", 1, "1"), row("8", "ok", 1, "1")])
    assert [order.invoice for order in traded.orders] == ["8"] and not traded.refunds
    for reason in ("bad_debt", "negative_price", "priced_return", "no_quantity", "stock_found",
                   "out_of_bounds", "cancellation_not_negative"):
        assert traded.counts[f"skipped_{reason}"] == 1, reason
    assert traded.money["skipped"] == Decimal("-11062.06") - 2 + 1_000_001 + 1


def test_two_customers_on_one_invoice_are_refused():
    with pytest.raises(UciError, match="two customers"):
        trade.trade([row("1", "A", 1, "1", "1"), row("1", "B", 1, "1", "2")])


def test_too_many_lines_are_refused():
    with pytest.raises(UciError, match="more than 2000 lines"):
        trade.trade([row("1", "A", 1, "1")] * 2001)


@pytest.mark.parametrize("quantity, price, paid", [
    (1, "0.001", 0), (5, "0.001", 0), (15, "0.001", 2), (25, "0.001", 2), (35, "0.001", 4),
    (3, "0.335", 100), (74_215, "1.04", 7_718_360)])
def test_paid_is_rounded_half_even_and_counted(quantity, price, paid):
    traded = trade.trade([row("1", "A", quantity, price)])
    assert traded.orders[0].lines[0].paid == paid
    moved = Decimal(paid) / 100 - quantity * Decimal(price)
    assert traded.money["rounding"] == moved
    assert traded.counts["lines_rounded"] == (moved != 0)


def test_a_cancellation_takes_the_newest_sale_first_and_reaches_on():
    traded = trade.trade([
        row("1", "A", 5, "2.00", minute=0), row("2", "A", 3, "2.00", minute=1),
        row("2", "A", 1, "2.00", minute=1), row("C3", "A", -6, "2.00", minute=2),
        row("C4", "A", -9, "2.00", minute=3)])
    assert refunds_of(traded) == {("C3", "2"): {1: [600, 3], 2: [200, 1]},
                                  ("C3", "1"): {1: [400, 2]}, ("C4", "1"): {1: [600, 3]}}
    assert traded.counts["cancelled_full"] == 1 and traded.counts["cancelled_part"] == 1
    assert traded.counts["cancelled_units_unmatched"] == 6
    assert traded.money["cancelled_unmatched"] == Decimal("12.00")


def test_rows_of_one_cancellation_share_a_refund_line():
    traded = trade.trade([row("1", "A", 5, "0.03"), row("C2", "A", -1, "0.03", minute=1),
                          row("C2", "A", -2, "0.03", minute=1)])
    assert refunds_of(traded) == {("C2", "1"): {1: [9, 3]}}


@pytest.mark.parametrize("cancelled", [
    row("C2", "a", -1, "2.00", minute=1),          # letter case
    row("C2", "A", -1, "2.01", minute=1),          # price
    row("C2", "A", -1, "2.00", "2", minute=1),     # customer
    row("C2", "A", -1, "2.00", None, minute=1),    # no customer
    row("C2", "A", -1, "2.00", minute=-1),         # before the sale
])
def test_another_sale_is_never_taken_for_the_cancelled_one(cancelled):
    traded = trade.trade([row("1", "A", 1, "2.00"), row("0", "A", 1, "2.00", None), cancelled])
    assert not traded.refunds and traded.counts["cancelled_unmatched"] == 1


def test_equal_prices_written_differently_match():
    traded = trade.trade([row("1", "A", 1, "2.50"), row("C2", "A", -1, "2.5", minute=1)])
    assert traded.counts["cancelled_full"] == 1


def test_refund_amounts_telescope_to_paid():
    dice = random.Random(7)
    for _ in range(500):
        quantity, paid = dice.randint(1, 40), dice.randint(0, 10_000)
        line = trade.Line(1, "A", quantity, paid, quantity)
        amounts = []
        while line.open_units:
            amounts.append(line.take(dice.randint(1, line.open_units)))
        assert sum(amounts) == paid and min(amounts) >= 0


def test_matching_agrees_with_a_stack_of_single_units(data, read):
    """The same matching done the slow way: every unit sold lies on a stack of its own."""
    stacks: dict[tuple, list[tuple[str, int]]] = defaultdict(list)
    position: Counter[str] = Counter()
    units: Counter[tuple[str, str, int]] = Counter()
    states: Counter[str] = Counter()
    with gzip.open(data, "rt", encoding="utf-8", newline="") as text:
        for raw in csv.DictReader(io.StringIO(text.read())):
            invoice, quantity = raw["InvoiceNo"], int(raw["Quantity"])
            key = raw["CustomerID"], raw["StockCode"], float(raw["UnitPrice"])
            position[invoice] += 1
            if not invoice.startswith("C"):
                if raw["CustomerID"] and quantity > 0:
                    stacks[key] += [(invoice, position[invoice])] * quantity
                continue
            taken = 0
            while raw["CustomerID"] and stacks[key] and taken < -quantity:
                order, line = stacks[key].pop()
                units[invoice, order, line] += 1
                taken += 1
            states["full" if taken == -quantity else "part" if taken else "unmatched"] += 1
    traded = trade.trade(read)
    assert units == Counter({(one.cancellation, one.order.invoice, number): told[1]
                             for one in traded.refunds for number, told in one.lines.items()})
    assert states == {state: traded.counts[f"cancelled_{state}"] for state in states}
