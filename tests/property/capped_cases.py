"""Orders whose lines, paid per unit or line and refunded in part, share one cap per order (SPEC
§5.4), with the sum before the last line a hair beside a whole fen.

A line of base b of which r is left earns p x r / b. Over lines of coprime bases, r may be chosen
so that the sum misses a whole number by as little as 1 over the product of all bases: whoever
rounds on the way gives the next line a fen too much or too little.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, prod
from typing import Any

from lib.choice import Choice

Event = dict[str, Any]
SIZES = [10, 100, 10_000, 40_000, 1_000_000, 10**9, 10**12, 10**15 - 10**6]
PLAN = """plan: p
version: 1
currency: CNY
timezone: "+08:00"
from: 2026-11-01 00:00
roles:
  {role}: [{{name: s, pay: {{{pay}: {amount}}}, {earned}cap: {{order: {cap}}}{split}}}]
"""


def coprime_bases(choice: Choice, size: int, count: int) -> list[int]:
    """Bases of about `size` without a common factor, none of them sharing one with 10."""
    bases: list[int] = []
    base = size + choice.below(size)
    while len(bases) < count:
        base += 1
        if gcd(base, 10 * prod(bases)) == 1:
            bases.append(base)
    return bases


def parts_left(bases: list[int], amount: int, sign: int) -> list[int]:
    """What is to be left of each base, so that the sum misses a whole by sign / prod(bases)."""
    product = prod(bases)
    return [sign * pow(amount * (product // base), -1, base) % base for base in bases]


def money(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"


def order_events(choice: Choice, number: int) -> list[Event]:
    """The plan and the facts of one order, under a tenant of its own."""
    bases = coprime_bases(choice, choice.pick(SIZES), choice.between(2, 12))
    amount = choice.pick([100, 125, 1])
    sign = choice.pick([1, -1])
    left = parts_left(bases, amount, sign)
    total = sum(Fraction(amount * rest, base) for rest, base in zip(left, bases))
    assert abs(total - round(total)) == Fraction(1, prod(bases))
    cap = round(total) + choice.pick([amount // 2, 0, 1, amount])
    serves = choice.chance(40)
    plan = PLAN.format(
        role="serve" if serves else "sale", pay=choice.pick(["per_line", "per_unit"]),
        amount=money(amount), cap=money(cap), earned="earned: picked_up, " if serves else "",
        split=choice.pick(["", ", split: {self: 70%, hq: 30%}"]))
    lines = [{"line": at, "sku": "k", "brand": "L", "quantity": 1, "paid": base}
             for at, base in enumerate([*bases, 100], 1)]
    refunds = [{"line": at, "amount": base - rest, **({"policy": "goodwill"} if at == 1 else {})}
               for at, (base, rest) in enumerate(zip(bases, left), 1) if base > rest]
    servers = [{"guide": "A", "weight": 1}, {"guide": "B", "weight": choice.between(0, 3)}]
    facts: list[Event] = [
        {"type": "guide.set", "guide": "A", "status": "active"},
        {"type": "guide.set", "guide": "B", "status": "active"},
        {"type": "order.placed", "order": "O", "customer": "C", "seller": "A", "lines": lines,
         "currency": "CNY", "created": 1_793_600_000_000},
        {"type": "order.refunded", "order": "O", "customer": "C", "refund": "r",
         "lines": refunds},
        {"type": "order.picked_up", "order": "O", "customer": "C", "servers": servers},
        {"type": "order.paid", "order": "O", "customer": "C"},
    ]
    tenant, time_ms = f"c{number}", 1_793_600_000_000
    head = {"id": "plan", "tenant": tenant, "type": "plan.published", "time": time_ms,
            "yaml": plan}
    return [head] + [{"id": f"e{at}", "tenant": tenant, "time": time_ms + 1000 * at, **fact}
                     for at, fact in enumerate(facts)]
