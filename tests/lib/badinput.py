"""Bad input by code (SPEC §3, §9): one table for the unit tests, the generator and fuzz seeds.

A row is (code, raw line, what is wrong). Every row breaks what its text says; where a row breaks
two rules, the code is the first in the order of SPEC §9.
"""

from __future__ import annotations

import copy
import json
from typing import Any

Event = dict[str, Any]
Row = tuple[str, bytes, str]
TIME_END = 253_023_609_600_000  # 9988-01-01T00:00:00Z in ms

PLAN = """plan: p
version: 1
currency: CNY
timezone: "+08:00"
from: 2026-01-01 00:00
roles: {sale: [{name: a, pay: 4.5%}]}
"""
VALID: dict[str, Event] = {
    "order.placed": {"order": "o1", "created": 5, "customer": "c1", "version": 1,
                     "sharer": {"guide": "g1", "time": 4}, "live": {"session": "x", "host": "g"},
                     "lines": [{"line": 1, "sku": "k 1", "quantity": 1, "paid": 100,
                                "discounts": {"brand": 3}, "portions": {"tax": 100}}]},
    "order.paid": {"order": "o1", "at": 5},
    "order.shipped": {"order": "o1", "lines": [1, 2], "store": "s1"},
    "order.received": {"order": "o1"},
    "order.picked_up": {"order": "o1", "servers": [{"guide": "g1", "weight": 2}]},
    "order.cancelled": {"order": "o1"},
    "order.refunded": {"order": "o1", "refund": "r1", "policy": "withhold",
                       "lines": [{"line": 1, "amount": 5, "quantity": 0}]},
    "order.deadline_moved": {"order": "o1", "lines": [1], "until": 5},
    "touch.shared": {"customer": "c1", "guide": "g1", "sku": "k1"},
    "customer.registered": {"customer": "c1", "recruiter": "g1", "store": "s1"},
    "customer.registration_voided": {"customer": "c1"},
    "customer.bound": {"customer": "c1", "guide": "g1", "store": "s1", "effective": 3},
    "guide.set": {"guide": "g1", "store": "s1", "status": "active", "customers": ["c1"],
                  "name": "王 芳"},
    "store.set": {"store": "s1", "kind": "owned", "brand": "L"},
    "book.transferred": {"from": "g1", "to": "g2"},
    "period.closed": {"period": "2026-11"},
    "task.scored": {"task": "t", "guide": "g1", "score": -5},
    "task.closed": {"task": "t"},
    "adjustment.posted": {"adjustment": "a1", "payee": "guide:g1", "amount": -5,
                          "reason": "更正 一次", "approver": "张三", "period": "2026-11"},
    "payout.sent": {"payout": "w1", "payee": "hq", "amount": 5},
    "payout.failed": {"payout": "w1", "payee": "hq", "amount": 5},
    "plan.published": {"yaml": PLAN, "retroactive": False},
}


def valid(kind: str, **changes: Any) -> Event:
    """A good event of a type with some fields changed; a name with `.` reaches inside."""
    event = {"id": f"bad-{kind}", "type": kind, "time": 7, **copy.deepcopy(VALID[kind])}
    for path, value in changes.items():
        place: Any = event
        *parents, name = path.split("__")
        for parent in parents:
            place = place[int(parent[1:])] if parent.startswith("_") else place[parent]
        place[name] = value
    return event


def without(kind: str, *names: str) -> Event:
    """A good event of a type without some of its fields."""
    return {name: value for name, value in valid(kind).items() if name not in names}


def raw(event: Event) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode()


def _plan(old: str, new: str) -> bytes:
    return raw(valid("plan.published", yaml=PLAN.replace(old, new)))


_LINE = {"line": 1, "sku": "k", "quantity": 1, "paid": 0}
_PAID = raw(valid("order.paid"))

SMALL: list[Row] = [
    ("TOO_DEEP", b'{"x":' + b"[" * 64 + b"]" * 64 + b"}", "65 deep"),
    ("TOO_DEEP", b"[" * 65, "too deep before it is broken"),
    ("MALFORMED", b"{", "cut off"),
    ("MALFORMED", b"[1]", "not an object"),
    ("MALFORMED", b"null", "null"),
    ("MALFORMED", _PAID + b"x", "more after the end"),
    ("MALFORMED", b"\xef\xbb\xbf" + _PAID, "a byte order mark"),
    ("MALFORMED", _PAID.replace(b'"o1"', b'"\xc3\x28"'), "not UTF-8"),
    ("MALFORMED", _PAID.replace(b'"o1"', b'"\xed\xa0\x80"'), "a surrogate in UTF-8"),
    ("MALFORMED", _PAID.replace(b'"o1"', b'"\xc0\xaf"'), "over-long UTF-8"),
    ("MALFORMED", _PAID.replace(b'"o1"', b'"\\ud800"'), "a lone surrogate, escaped"),
    ("MALFORMED", _PAID.replace(b'"o1"', b'"a\tb"'), "a raw control character in a string"),
    ("MALFORMED", _PAID.replace(b'"at": 5', b'"at": NaN'), "NaN"),
    ("MALFORMED", _PAID.replace(b'"at": 5', b'"at": 05'), "a leading zero"),
    ("MALFORMED", _PAID.replace(b'"at": 5', b'"at": 5.0'), "a fraction"),
    ("MALFORMED", _PAID.replace(b'"at": 5', b'"at": 5e0'), "an exponent"),
    ("MALFORMED", _PAID.replace(b'"at": 5', b'"at": 9223372036854775808'), "beyond 64 bits"),
    ("MALFORMED", _PAID.replace(b'"at": 5', b'"other": 9223372036854775808'),
     "beyond 64 bits, in an unknown field"),
    ("MALFORMED", raw(valid("order.paid", order=5)), "a number for an id"),
    ("MALFORMED", raw(valid("order.paid", at="5")), "a text for a time"),
    ("MALFORMED", raw(valid("order.paid", at=True)), "true for a time"),
    ("MALFORMED", raw(valid("order.paid", type=5)), "a number for the type"),
    ("MALFORMED", raw(valid("order.placed", lines={"line": 1})), "an object for a list"),
    ("MALFORMED", raw(valid("order.placed", lines=[5])), "a number for a line"),
    ("MALFORMED", raw(valid("order.placed", live="x")), "a text for an object"),
    ("MALFORMED", raw(valid("order.placed", lines___0__discounts=5)), "a number for a map"),
    ("MALFORMED", raw(valid("order.shipped", lines=[1, None])), "a null inside a list"),
    ("MALFORMED", raw(valid("plan.published", retroactive="no")), "a text for a bool"),
    ("UNKNOWN_TYPE", raw(valid("order.paid", type="order.payed")), "an unknown type"),
    ("UNKNOWN_TYPE", raw({"type": "", "time": 7}), "an empty type, and no id"),
    ("UNKNOWN_ENUM", raw(valid("order.refunded", policy="Goodwill")), "an unknown policy"),
    ("UNKNOWN_ENUM", raw(valid("guide.set", status="")), "an empty status"),
    ("UNKNOWN_ENUM", raw({"id": "x", "type": "store.set", "kind": "shop"}), "and no time"),
    ("MISSING_FIELD", raw(without("order.paid", "id")), "no id"),
    ("MISSING_FIELD", raw(without("order.paid", "type")), "no type"),
    ("MISSING_FIELD", raw(without("order.paid", "time")), "no time"),
    ("MISSING_FIELD", raw(valid("order.paid", order=None)), "a null is absent"),
    ("MISSING_FIELD", raw(without("order.placed", "created")), "no created"),
    ("MISSING_FIELD", raw(valid("order.placed", lines=[])), "an empty list is absent"),
    ("MISSING_FIELD", raw(valid("order.placed", sharer={"guide": "g1"})), "no time in sharer"),
    ("MISSING_FIELD", raw(valid("order.placed", live={"host": "g1"})), "no session in live"),
    ("MISSING_FIELD", raw(valid("order.placed", lines=[{"line": 1, "sku": "k", "paid": 1}])),
     "no quantity"),
    ("MISSING_FIELD", raw(without("order.refunded", "refund")), "no refund id"),
    ("MISSING_FIELD", raw(without("book.transferred", "to")), "no to"),
    ("MISSING_FIELD", raw({"id": "a b", "type": "order.paid", "time": 7}), "and a bad id"),
    ("BAD_ID", raw(valid("order.paid", id="")), "an empty id"),
    ("BAD_ID", raw(valid("order.paid", order="a b")), "white space in an id"),
    ("BAD_ID", raw(valid("order.paid", order="a　b")), "full-width space in an id"),
    ("BAD_ID", raw(valid("order.paid", order="a/b")), "a slash in an id"),
    ("BAD_ID", raw(valid("order.paid", order="a\u0001")), "a control character in an id"),
    ("BAD_ID", raw(valid("order.paid", order="a\u0085")), "a C1 control character in an id"),
    ("BAD_ID", raw(valid("order.paid", order="é" * 33)), "66 bytes of id"),
    ("BAD_ID", raw(valid("order.paid", tenant="a/b")), "a slash in the tenant"),
    ("BAD_ID", raw(valid("order.placed", lines___0__sku="k" * 129)), "129 bytes of text"),
    ("BAD_ID", raw(valid("order.placed", lines___0__category="a\u007f")), "DEL in a text"),
    ("BAD_ID", raw(valid("order.placed", lines___0__discounts={"": 1})), "an empty funder"),
    ("BAD_ID", raw(valid("guide.set", customers=["c 1"])), "white space in a customer"),
    ("BAD_ID", raw(valid("payout.sent", payee="g1")), "a payee without a kind"),
    ("BAD_ID", raw(valid("payout.sent", payee="hq:1")), "hq with an id"),
    ("BAD_ID", raw(valid("payout.sent", payee="guide:")), "a payee without an id"),
    ("BAD_ID", raw(valid("period.closed", period="2026-13")), "a thirteenth month"),
    ("BAD_ID", raw(valid("period.closed", period="2026-1")), "a short month"),
    ("BAD_ID", raw(valid("payout.sent", payee="x", amount=-1)), "and a bad amount"),
    ("BAD_AMOUNT", raw(valid("payout.sent", amount=-1)), "a negative payout"),
    ("BAD_AMOUNT", raw(valid("order.placed", lines___0__paid=10**15 + 1)), "paid out of bounds"),
    ("BAD_AMOUNT", raw(valid("order.placed", lines___0__portions={"tax": 60, "x": 41})),
     "portions over paid"),
    ("BAD_AMOUNT", raw(valid("order.placed", lines___0__discounts={"a": 10**15, "b": 1})),
     "discounts out of bounds in sum"),
    ("BAD_AMOUNT", raw(valid("order.placed", lines___0__discounts={"a": -1})),
     "a negative discount"),
    ("BAD_AMOUNT", raw(valid("adjustment.posted", amount=-10**15 - 1)), "out of bounds"),
    ("BAD_AMOUNT", raw(valid("order.paid", time=-1)), "a time before 1970"),
    ("BAD_AMOUNT", raw(valid("order.paid", at=TIME_END)), "a time after 9987"),
    ("BAD_QUANTITY", raw(valid("order.placed", lines___0__quantity=0)), "quantity 0"),
    ("BAD_QUANTITY", raw(valid("order.placed", lines___0__quantity=10**6 + 1)), "quantity"),
    ("BAD_QUANTITY", raw(valid("order.placed", lines___0__line=0)), "line 0"),
    ("BAD_QUANTITY", raw(valid("order.shipped", lines=[0])), "line 0 in a list"),
    ("BAD_QUANTITY", raw(valid("order.picked_up", servers=[{"guide": "g", "weight": 0}])),
     "weight 0"),
    ("BAD_QUANTITY", raw(valid("order.refunded", lines___0__quantity=-1)), "a refund of -1"),
    ("BAD_QUANTITY", raw(valid("order.placed", lines=[{**_LINE, "line": 0}] * 2)),
     "and a line number twice"),
    ("DUPLICATE_LINE", raw(valid("order.placed", lines=[_LINE, {**_LINE, "sku": "z"}])),
     "a line number twice"),
    ("DUPLICATE_LINE", raw(valid("order.refunded", lines=[{"line": 1, "amount": 1}] * 2)),
     "a line number twice in a refund"),
    ("BAD_PLAN", raw(valid("plan.published", yaml="")), "an empty plan"),
    ("BAD_PLAN", _plan("plan: p", "plan: p\nplam: q"), "an unknown key"),
    ("BAD_PLAN", _plan("plan: p", "plan: p\n方案: q"), "a key twice, in two languages"),
    ("BAD_PLAN", _plan("4.5%", "4.5％"), "a full-width percent sign"),
    ("BAD_PLAN", _plan("pay: 4.5%", "pay： 4.5%"), "a full-width colon"),
    ("BAD_PLAN", _plan("4.5%", "４.5%"), "a full-width digit"),
    ("BAD_PLAN", _plan("4.5%", "4.50001%"), "five decimals"),
    ("BAD_PLAN", _plan("4.5%", "100.0001%"), "over 100%"),
    ("BAD_PLAN", _plan("4.5%", "{per_unit: 2.001}"), "too many decimals of money"),
    ("BAD_PLAN", _plan("plan: p", "plan: &a p"), "an anchor"),
    ("BAD_PLAN", _plan("plan: p", "plan: !!str p"), "a tag"),
    ("BAD_PLAN", _plan("plan: p", "plan:\tp"), "a tab"),
    ("BAD_PLAN", _plan("version: 1\n", ""), "no version"),
    ("BAD_PLAN", _plan("sale:", "share:"), "share without a window"),
    ("BAD_PLAN", _plan("{sale: [{name: a, pay: 4.5%}]}",
                       "{live: [{name: a, pay: 1%}], bind: [{name: b, pay: 1%}]}"),
     "no credit_order"),
    ("BAD_PLAN", _plan("4.5%}", "4.5%}, {name: a, pay: 1%}"), "a name twice"),
    ("BAD_PLAN", _plan("4.5%}", "4.5%, split: {self: 50%, hq: 40%}}"), "a split of 90%"),
    ("BAD_PLAN", _plan("4.5%}", "4.5%, split: {hq: 100%}}"), "a split without self"),
    ("BAD_PLAN", _plan("4.5%", "{tiers: [[1, 2%]]}"), "tiers that do not start at 0"),
    ("BAD_PLAN", _plan("4.5%", "{tiers: [[0, 2%], [5, 1%]]}"), "falling tiers"),
    ("BAD_PLAN", _plan("4.5%}", "{tiers: [[0, 2%]]}, cap: {line: 1}}"), "cap beside tiers"),
    ("BAD_PLAN", _plan("roles:", "limits: [{name: x, roles: [sale], line: 1%}, "
                                "{name: y, roles: [sale], line: 2%}]\nroles:"),
     "a role in two line limits"),
]
LARGE: list[Row] = [
    ("TOO_LARGE", _PAID + b" " * (256 * 1024 + 1 - len(_PAID)), "a byte over 256 KiB"),
    ("TOO_LARGE", b"{" * (256 * 1024 + 1), "too large and too deep"),
    ("TOO_LARGE", raw(valid("order.placed", lines=[
        {"line": n, "sku": "k", "quantity": 1, "paid": 0} for n in range(1, 2002)])),
     "2,001 lines"),
    ("TOO_LARGE", raw(valid("order.shipped", lines=list(range(1, 2002)))), "2,001 lines"),
    ("TOO_LARGE", raw(valid("order.picked_up", servers=[{"guide": None}] + [5] * 16)),
     "17 servers, and malformed ones"),
]
# The greatest and the oddest that is good.
GOOD: list[tuple[bytes, str]] = [
    *((raw(valid(kind)), kind) for kind in VALID),
    (_PAID + b" " * (256 * 1024 - len(_PAID)), "256 KiB"),
    (_PAID.replace(b"{", b'{"x":' + b"[" * 63 + b"]" * 63 + b",", 1), "64 deep"),
    (_PAID.replace(b"{", b'{"x":"' + b"[" * 99 + b'",', 1), "brackets in a text"),
    (_PAID.replace(b"{", b'{"x":1.5,', 1), "a fraction in an unknown field"),
    (_PAID.replace(b"{", b'{"order":5,', 1), "of repeated keys the last holds"),
    (b"\t " + _PAID + b" \r", "white space around it"),
    (raw(valid("order.placed", lines=[
        {"line": n, "sku": "k", "quantity": 1, "paid": 0} for n in range(1, 2001)])),
     "2,000 lines"),
    (raw(valid("order.placed", lines___0__discounts={"a": None, "b": 10**15})), "discounts"),
    (raw(valid("order.placed", lines___0__sku="k　1" + "é" * 50)), "a text with spaces"),
    (raw(valid("order.picked_up", lines=None, servers=[], store=None)), "nulls"),
    (raw(valid("order.paid", order="é" * 32, id="订单:1", at=TIME_END - 1)), "64 bytes of id"),
    (raw(valid("order.shipped", lines=[1, 1])), "a fact that names a line twice"),
]
