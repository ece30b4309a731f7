"""Invoices become orders, cancellations become refunds; what is neither is counted by reason.

Row of the file                       becomes
plain invoice, quantity > 0           a line of an order; its number is its 1-based place among
                                      all rows of the invoice, never its content: rows that
                                      repeat another stay two lines
plain invoice, quantity < 0, price 0  `write_off`: stock written off, nobody's refund
invoice with neither a customer       `stock_found`: stock written up, nobody's order
  nor a single price
invoice `A...`                        `bad_debt`: a correction in the books
price < 0                             `negative_price`
plain invoice, quantity < 0, priced   `priced_return`
quantity 0                            `no_quantity`
beyond the bounds of SPEC §3          `out_of_bounds`
invoice `C...`, quantity < 0          a refund, as far as a sale is found
invoice `C...`, other quantity        `cancellation_not_negative`

**Money.** A line's `paid` is quantity × price in pence, half-even to the penny; the file has prices
down to 0.001 pound. Every line that rounding moves is counted, and so is the sum moved.

**Which sale a cancellation undoes.** The file has no link. A cancelled line takes units from the
sales of the same customer, stock code (bytewise) and price (exact) that stand before it, the newest
first (last in, first out), each sale as long as it has units left; so it may reach into several
orders, and several cancellations into one line. A cancelled line without customer is not matched:
any guest's sale would be a guess. What finds no sale is counted, in lines, units and pounds.

**Refund amounts.** After k of n units have come back, floor(paid × k / n) has been refunded; a
refund's amount is the difference that it makes. Successive refunds hence telescope, and the last
unit brings the sum to exactly `paid`.

A refund is one per (order, cancellation); its id is the cancellation's number, its time that of the
cancellation's first row that reached the order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Iterable

from .rows import Row, UciError

LINES_MAX = 2_000
QUANTITY_MAX = 10**6
AMOUNT_MAX = 10**15

NON_GOODS = frozenset({"POST", "DOT", "M", "D", "S", "C2", "B", "CRUK", "BANK CHARGES",
                       "AMAZONFEE"})


def is_goods(code: str) -> bool:
    """False for postage, fees, discounts, samples, manual entries and gift vouchers."""
    return code.upper() not in NON_GOODS and not code.lower().startswith("gift_")


@dataclass(slots=True)
class Line:
    """One line of an order; `open_units` are those that no cancellation has taken."""

    number: int
    sku: str
    quantity: int
    paid: int
    open_units: int

    def take(self, units: int) -> int:
        """Takes back `units`; the pence to refund for them."""
        before = self.paid * (self.quantity - self.open_units) // self.quantity
        self.open_units -= units
        return self.paid * (self.quantity - self.open_units) // self.quantity - before


@dataclass(slots=True)
class Order:
    invoice: str
    customer: str | None
    created_ms: int
    country: str
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class Refund:
    cancellation: str
    order: Order
    time_ms: int
    lines: dict[int, list[int]] = field(default_factory=dict)  # number -> [amount, units]


@dataclass(slots=True)
class Trade:
    """Orders and refunds in the order of their times, and everything that was counted."""

    orders: list[Order]
    refunds: list[Refund]
    counts: Counter[str]
    money: dict[str, Decimal]  # pounds, exact


def trade(rows: Iterable[Row]) -> Trade:
    """Orders and refunds of `rows`. Raises UciError where the rows cannot be a shop's."""
    return _Reading(sorted(rows, key=lambda row: row.time_ms)).run()


def _pence(value: Decimal) -> int:
    return int((value * 100).quantize(Decimal(1), ROUND_HALF_EVEN))


class _Reading:
    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self.counts: Counter[str] = Counter()
        self.money: dict[str, Decimal] = defaultdict(Decimal)
        self.orders: dict[str, Order] = {}
        self.position: Counter[str] = Counter()
        self.sales: dict[tuple[str, str, Decimal], list[tuple[Order, Line]]] = defaultdict(list)
        self.refunds: dict[tuple[str, str], Refund] = {}
        priced = {row.invoice for row in rows if row.price != 0 or row.customer}
        self.unpriced = {row.invoice for row in rows} - priced

    def run(self) -> Trade:
        for row in self.rows:
            self.counts["rows"] += 1
            self.money["rows"] += row.value
            if row.invoice.startswith("C") and row.quantity < 0 <= row.price:
                self._cancel(row)
            else:
                self.position[row.invoice] += 1
                reason = self._refusal(row)
                if reason:
                    self.counts[f"skipped_{reason}"] += 1
                    self.money["skipped"] += row.value
                else:
                    self._sell(row)
        self._count()
        return Trade(list(self.orders.values()), list(self.refunds.values()), self.counts,
                     dict(self.money))

    def _refusal(self, row: Row) -> str | None:
        if row.invoice.startswith("A"):
            return "bad_debt"
        if row.invoice.startswith("C"):
            return "cancellation_not_negative"
        if row.price < 0:
            return "negative_price"
        if row.quantity < 0:
            return "write_off" if row.price == 0 else "priced_return"
        if row.quantity == 0:
            return "no_quantity"
        if row.invoice in self.unpriced:
            return "stock_found"
        if row.quantity > QUANTITY_MAX or _pence(row.value) > AMOUNT_MAX:
            return "out_of_bounds"
        return None

    def _sell(self, row: Row) -> None:
        order = self.orders.get(row.invoice)
        if order is None:
            order = Order(row.invoice, row.customer, row.time_ms, row.country)
            self.orders[row.invoice] = order
        if order.customer != row.customer:
            raise UciError(f"invoice {row.invoice} is of two customers")
        paid = _pence(row.value)
        line = Line(self.position[row.invoice], row.code, row.quantity, paid, row.quantity)
        order.lines.append(line)
        if len(order.lines) > LINES_MAX:
            raise UciError(f"invoice {row.invoice} has more than {LINES_MAX} lines")
        if row.customer:
            self.sales[row.customer, row.code, row.price].append((order, line))
        self.counts["lines"] += 1
        self.counts["lines_free"] += row.price == 0
        self.counts["lines_non_goods"] += not is_goods(row.code)
        moved = Decimal(paid) / 100 - row.value
        self.counts["lines_rounded"] += moved != 0
        self.money["rounding"] += moved
        self.money["paid"] += Decimal(paid) / 100

    def _cancel(self, row: Row) -> None:
        wanted = left = -row.quantity
        key = (row.customer, row.code, row.price)
        sales = self.sales[key] if row.customer else []  # type: ignore[index]
        while left and sales:
            order, line = sales[-1]
            units = min(left, line.open_units)
            self._refund(row, order, line, units)
            left -= units
            if not line.open_units:
                sales.pop()
        self._count_cancelled(row, wanted, left)

    def _refund(self, row: Row, order: Order, line: Line, units: int) -> None:
        refund = self.refunds.setdefault((order.invoice, row.invoice),
                                         Refund(row.invoice, order, row.time_ms))
        amount = line.take(units)
        told = refund.lines.setdefault(line.number, [0, 0])
        told[0] += amount
        told[1] += units
        self.money["refunded"] += Decimal(amount) / 100
        self.money["refund_rounding"] += Decimal(amount) / 100 - units * row.price

    def _count_cancelled(self, row: Row, wanted: int, left: int) -> None:
        state = "full" if not left else "part" if left < wanted else "unmatched"
        kind = "goods" if is_goods(row.code) else "non_goods"
        who = "" if row.customer else "_no_customer"
        self.counts["cancelled_lines"] += 1
        self.counts[f"cancelled_{state}"] += 1
        self.counts[f"cancelled_{state}_{kind}{who}"] += 1
        self.counts["cancelled_units_matched"] += wanted - left
        self.counts["cancelled_units_unmatched"] += left
        self.money["cancelled_unmatched"] += left * row.price

    def _count(self) -> None:
        orders = self.orders.values()
        invoices = {row.invoice for row in self.rows}
        times = defaultdict(set)
        for row in self.rows:
            times[row.invoice].add(row.time_ms)
        self.counts.update({
            "invoices_plain": sum(not invoice.startswith("C") for invoice in invoices),
            "invoices_cancelling": sum(invoice.startswith("C") for invoice in invoices),
            "invoices_two_minutes": sum(len(minutes) > 1 for minutes in times.values()),
            "orders": len(orders),
            "orders_without_customer": sum(order.customer is None for order in orders),
            "customers": len({order.customer for order in orders} - {None}),
            "lines_most": max((len(order.lines) for order in orders), default=0),
            "refunds": len(self.refunds),
            "refund_lines": sum(len(refund.lines) for refund in self.refunds.values()),
        })
        cancelled = self.money["refunded"] - self.money["refund_rounding"] \
            + self.money["cancelled_unmatched"]
        told = self.money["paid"] - self.money["rounding"] + self.money["skipped"] - cancelled
        if told != self.money["rows"]:
            raise UciError(f"orders, refunds and skipped rows make {told}, "
                           f"the rows {self.money['rows']}")
        skipped = sum(n for name, n in self.counts.items() if name.startswith("skipped_"))
        if self.counts["lines"] + self.counts["cancelled_lines"] + skipped != self.counts["rows"]:
            raise UciError("a row is neither a line, nor a refund, nor counted as skipped")
