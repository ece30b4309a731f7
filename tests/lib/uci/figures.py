"""What was read, made and left out: as one JSON object and as a table for the reader."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from .trade import Trade

Months = dict[str, tuple[int, Decimal]]

LEFT_OUT = {
    "write_off": "write-offs (quantity < 0, price 0)",
    "stock_found": "stock written up (no customer, no price)",
    "bad_debt": "bad-debt rows",
    "negative_price": "negative prices",
    "priced_return": "returns without cancellation",
    "no_quantity": "rows without quantity",
    "out_of_bounds": "out of SPEC's bounds",
    "cancellation_not_negative": "cancellations that take nothing back",
}


def figures(months: Months, trade: Trade, written: Counter[str], repeated: int) -> dict[str, Any]:
    """All figures of a run; amounts as exact decimal texts in pounds."""
    return {
        "months": {month: {"lines": lines, "sum": str(total)}
                   for month, (lines, total) in months.items()},
        "counts": dict(sorted(trade.counts.items())),
        "money": {name: str(value) for name, value in sorted(trade.money.items())},
        "skipped": {name: trade.counts[f"skipped_{name}"] for name in LEFT_OUT},
        "events": {"total": sum(written.values()), "repeated": repeated,
                   "by_type": dict(sorted(written.items()))},
    }


def table(told: dict[str, Any]) -> str:
    """The same for the reader."""
    counts, money, events = told["counts"], told["money"], told["events"]
    rows: list[tuple[str, Any, str]] = []
    for month, read in told["months"].items():
        rows.append((f"rows of {month}", read["lines"], f"{read['sum']} as its README says"))
    rows.append(("rows taken", counts["rows"], money["rows"]))
    rows.append(("orders", counts["orders"],
                 f"{counts['orders_without_customer']} of them without customer"))
    rows.append(("lines of orders", counts["lines"],
                 f"{money['paid']} paid, at most {counts['lines_most']} an order"))
    rows.append(("  of them free", counts["lines_free"], "paid 0"))
    rows.append(("  of them not goods", counts["lines_non_goods"], "category non-goods"))
    rows.append(("  moved by rounding", counts["lines_rounded"], f"{money['rounding']} in all"))
    rows.append(("cancelled lines", counts["cancelled_lines"],
                 f"on {counts['invoices_cancelling']} cancelling invoices"))
    for state, name in (("full", "matched fully"), ("part", "matched partly"),
                        ("unmatched", "unmatched")):
        goods = counts.get(f"cancelled_{state}_goods", 0)
        rows.append((f"  {name}", counts.get(f"cancelled_{state}", 0),
                     f"{goods} of them goods of a known customer"))
    rows.append(("  units matched", counts["cancelled_units_matched"], money["refunded"]))
    rows.append(("  units unmatched", counts["cancelled_units_unmatched"],
                 money["cancelled_unmatched"]))
    rows.append(("refunds", counts["refunds"], f"with {counts['refund_lines']} lines"))
    for name, count in told["skipped"].items():
        rows.append((f"skipped: {LEFT_OUT[name]}", count, ""))
    for kind, count in events["by_type"].items():
        rows.append((f"event {kind}", count, ""))
    rows.append(("events in all", events["total"], f"{events['repeated']} of them repeated"))
    rows.append(("every row is a line, a cancellation or skipped", "yes", ""))
    rows.append(("paid - refunds - unmatched + skipped = sum of the rows", "yes", "to 0.001"))
    return "\n".join(f"{name:<56}{number:>9}  {note}".rstrip() for name, number, note in rows)
