"""A small shop for unit tests: its plan and staff, and short builders of its events.

Events without id get their place as id (`e001` ...), events without time get day 0.
"""

from __future__ import annotations

from typing import Any

from lib import oracle

DAY, HOUR = 86_400_000, 3_600_000
DAY_0 = 1_795_449_600_000  # 2026-11-24 00:00 at +08:00
Event = dict[str, Any]

HEAD = """
plan: p
version: 1
currency: CNY
timezone: "+08:00"
from: 2026-01-01 00:00
base: {add_back: [platform]}
share: {window: 7d}
"""
PLAN = HEAD + """
credit_order: []
roles:
  share: [{name: 分享, pay: 4.5%}]
  serve: [{name: 服务, pay: 3.25%, earned: picked_up}]
"""
STAFF = [
    {"type": "store.set", "store": "s", "brand": "S"},
    {"type": "store.set", "store": "l", "brand": "L"},
    {"type": "guide.set", "guide": "A", "store": "s"},
    {"type": "guide.set", "guide": "B", "store": "l"},
    {"type": "guide.set", "guide": "C", "store": "l"},
    {"type": "guide.set", "guide": "D", "store": "l"},
]


def line(number: int = 1, paid: int = 39_900, **more: Any) -> Event:
    """The line of §12: base 410.00 with `add_back: [platform]`."""
    return {"line": number, "sku": "k", "quantity": 1, "paid": paid, **more}


def worked_line() -> Event:
    return line(brand="L", discounts={"brand": 3_000, "platform": 1_100, "points": 1_000})


def placed(*lines: Event, order: str = "o", created: int = DAY_0, **more: Any) -> Event:
    return {"type": "order.placed", "order": order, "customer": "c", "created": created,
            "lines": list(lines) or [worked_line()], **more}


def shared(guide: str = "A", at: int = DAY_0, **more: Any) -> Event:
    return {"type": "touch.shared", "customer": "c", "guide": guide, "at": at, **more}


def paid(order: str = "o", at: int = DAY_0, **more: Any) -> Event:
    return {"type": "order.paid", "order": order, "at": at, **more}


def picked_up(guide: str = "B", at: int = DAY_0, order: str = "o", **more: Any) -> Event:
    return {"type": "order.picked_up", "order": order, "at": at, "servers": [{"guide": guide}],
            **more}


def refunded(amount: int, refund: str = "r", order: str = "o", number: int = 1, **more: Any
             ) -> Event:
    return {"type": "order.refunded", "order": order, "refund": refund,
            "lines": [{"line": number, "amount": amount, **more.pop("of_line", {})}], **more}


def run(plan: str, *events: Event) -> oracle.Result:
    """The oracle's result of the staff and the events; nothing of it may be bad input."""
    filled = [{"id": f"e{n:03d}", "time": DAY_0, **event}
              for n, event in enumerate([*STAFF, *events], 1)]
    result = oracle.run([plan], filled)
    assert not result.dead_letters, result.dead_letters
    assert result.counters["read"] == sum(result.counters[name] for name in (
        "applied", "duplicate", "late_touch_dropped", "dead_lettered"))
    return result


def sums(result: oracle.Result, *fields: str) -> dict[Any, int]:
    """Amounts by some fields of the key (by payee and role, where none are named)."""
    found: dict[Any, int] = {}
    for (_, key), (amount, _) in result.totals.items():
        values = tuple(getattr(key, name) for name in fields or ("payee", "role"))
        found[values] = found.get(values, 0) + amount
    return {values[0] if len(values) == 1 else values: amount
            for values, amount in found.items() if amount}
