"""SPEC §3 and §9: reading one event, and the code that names bad input.

`read(raw)` gives a dict of the known fields with the defaults filled in, or raises BadInput.
Every rule that is broken is collected; the first in the order of SPEC §9 names the event.
"""

from __future__ import annotations

import json
from typing import Any

from . import forms, plan
from .plan_text import PlanError

CODES = (
    "TOO_LARGE", "TOO_DEEP", "MALFORMED", "UNKNOWN_TYPE", "UNKNOWN_ENUM", "MISSING_FIELD",
    "BAD_ID", "BAD_AMOUNT", "BAD_QUANTITY", "DUPLICATE_LINE", "MISROUTED", "FUTURE", "BAD_PLAN",
    "CRASHED",
)
VALUE_SIZE_MAX = 256 * 1024
DEPTH_MAX = 64
LINES_MAX = 2000
SERVERS_MAX = 16
QUANTITY_MAX = 10**6
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1

# (kind, required, default). Kinds: id text time int amount signed quantity count line bool
# payee period plan; enum:a|b; list:KIND; map (name -> amount); a dict is an object.
Field = tuple[Any, bool, Any]


def _need(kind: Any) -> Field:
    return (kind, True, None)


def _may(kind: Any, default: Any = None) -> Field:
    return (kind, False, default)


ENVELOPE: dict[str, Field] = {
    "id": _need("id"), "tenant": _may("id", "default"), "type": _need("type"),
    "time": _need("time"), "source": _may("text"),
}
_ORDER_LINE = {
    "line": _need("line"), "sku": _need("text"), "brand": _may("id"), "category": _may("text"),
    "quantity": _need("quantity"), "paid": _need("amount"), "discounts": _may("map"),
    "portions": _may("map"), "seller": _may("id"),
}
_FACT = {"order": _need("id"), "lines": _may("list:line"), "at": _may("time"),
         "store": _may("id")}
_PAYOUT = {"payout": _need("id"), "payee": _need("payee"), "amount": _need("amount")}
TYPES: dict[str, dict[str, Field]] = {
    "order.placed": {
        "order": _need("id"), "version": _may("int", 1), "customer": _may("id"),
        "created": _need("time"), "currency": _may("id"), "store": _may("id"),
        "channel": _may("text"), "fulfil_store": _may("id"), "seller": _may("id"),
        "coupon_guide": _may("id"),
        "sharer": _may({"guide": _need("id"), "time": _need("time")}),
        "live": _may({"session": _need("id"), "host": _need("id")}),
        "lines": _need(("list", _ORDER_LINE)),
    },
    "order.paid": {"order": _need("id"), "at": _may("time")},
    "order.shipped": _FACT,
    "order.received": _FACT,
    "order.picked_up": {**_FACT, "servers": _may(
        ("list", {"guide": _need("id"), "weight": _may("quantity", 1)}))},
    "order.cancelled": {"order": _need("id")},
    "order.refunded": {
        "order": _need("id"), "refund": _need("id"), "policy": _may("enum:withhold|goodwill"),
        "lines": _need(("list", {"line": _need("line"), "amount": _need("amount"),
                                 "quantity": _may("count")})),
    },
    "order.deadline_moved": {"order": _need("id"), "lines": _may("list:line"),
                             "until": _need("time")},
    "touch.shared": {"customer": _need("id"), "guide": _need("id"), "sku": _may("text"),
                     "at": _may("time")},
    "customer.registered": {"customer": _need("id"), "recruiter": _may("id"),
                            "store": _may("id"), "at": _may("time")},
    "customer.registration_voided": {"customer": _need("id")},
    "customer.bound": {"customer": _need("id"), "guide": _may("id"), "store": _may("id"),
                       "effective": _may("time")},
    "guide.set": {
        "guide": _need("id"), "store": _may("id"), "level": _may("text"),
        "kind": _may("text", "guide"), "status": _may("enum:active|suspended|left", "active"),
        "employer": _may("text"), "customers": _may("list:id"), "name": _may("text"),
        "effective": _may("time"),
    },
    "store.set": {
        "store": _need("id"), "kind": _may("enum:owned|concession|franchise", "owned"),
        "brand": _may("id"), "region": _may("id"), "mall": _may("id"), "franchisee": _may("id"),
        "manager": _may("id"), "name": _may("text"), "effective": _may("time"),
    },
    "book.transferred": {"from": _need("id"), "to": _need("id"), "effective": _may("time")},
    "period.closed": {"period": _need("period")},
    "task.scored": {"task": _need("id"), "guide": _need("id"), "score": _need("int"),
                    "at": _may("time")},
    "task.closed": {"task": _need("id"), "at": _may("time")},
    "adjustment.posted": {
        "adjustment": _need("id"), "payee": _need("payee"), "amount": _need("signed"),
        "reason": _need("text"), "approver": _need("text"), "order": _may("id"),
        "period": _may("period"),
    },
    "payout.sent": _PAYOUT,
    "payout.failed": _PAYOUT,
    "plan.published": {"yaml": _need("plan"), "retroactive": _may("bool", False)},
}


class BadInput(Exception):
    """An event that goes to the dead letters."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def read(raw: bytes) -> dict[str, Any]:
    """One event's known fields, `at`, `effective` and every other default filled in."""
    if len(raw) > VALUE_SIZE_MAX:
        raise BadInput("TOO_LARGE", f"{len(raw)} bytes; at most {VALUE_SIZE_MAX}")
    if _depth(raw) > DEPTH_MAX:
        raise BadInput("TOO_DEEP", f"nested more than {DEPTH_MAX} deep")
    document = _parse(raw)
    walk = _Walk()
    event = walk.event(document)
    if walk.broken:
        code = min(walk.broken, key=CODES.index)
        raise BadInput(code, walk.broken[code])
    if event["type"] == "plan.published":
        try:
            plan.read(event["yaml"])
        except PlanError as error:
            raise BadInput("BAD_PLAN", str(error)) from error
    return event


def _depth(raw: bytes) -> int:
    """The deepest nesting of brackets outside strings, whether or not it is JSON."""
    if raw.count(b"[") + raw.count(b"{") <= DEPTH_MAX:
        return 0
    deepest = depth = 0
    in_string = escaped = False
    for byte in raw:
        if in_string:
            in_string = escaped or byte != ord('"')
            escaped = not escaped and byte == ord("\\")
        elif byte == ord('"'):
            in_string = True
        elif byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest


class _Fraction:
    """A number with a fraction or an exponent: the wrong type wherever a field is known."""


def _parse(raw: bytes) -> dict[str, Any]:
    try:
        document = json.loads(raw.decode("utf-8"), parse_int=_parse_int,
                              parse_float=_parse_float, parse_constant=_parse_constant)
        if b"\\u" in raw:
            json.dumps(document, ensure_ascii=False, default=repr).encode("utf-8")
    except ValueError as error:  # UnicodeError and JSONDecodeError are ValueErrors
        raise BadInput("MALFORMED", f"not JSON: {error}") from error
    if not isinstance(document, dict):
        raise BadInput("MALFORMED", "an event is a JSON object")
    return document


def _parse_int(text: str) -> int:
    value = int(text) if len(text) <= 20 else INT64_MAX + 1
    if not INT64_MIN <= value <= INT64_MAX:
        raise ValueError("a number beyond 64 bits")
    return value


def _parse_float(text: str) -> _Fraction:
    if float(text) in (float("inf"), float("-inf")):
        raise ValueError("a number beyond 64 bits")
    return _Fraction()


def _parse_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


class _Walk:
    """Walks one document and collects what is broken: code -> the first sentence for it."""

    def __init__(self) -> None:
        self.broken: dict[str, str] = {}

    def fail(self, code: str, message: str) -> None:
        self.broken.setdefault(code, message)

    def event(self, document: dict[str, Any]) -> dict[str, Any]:
        event = self._object(document, ENVELOPE, "")
        kind = event["type"]
        if kind is None:
            return event
        if kind not in TYPES:
            self.fail("UNKNOWN_TYPE", f"unknown type {kind}")
            return event
        event.update(self._object(document, TYPES[kind], ""))
        for name in ("at", "effective"):  # SPEC §3: they default to the event's time
            if name in TYPES[kind] and event[name] is None:
                event[name] = event["time"]
        self._lines(kind, event)
        return event

    def _lines(self, kind: str, event: dict[str, Any]) -> None:
        """The rules over several fields of the lines of an order and of a refund."""
        if kind not in ("order.placed", "order.refunded"):
            return
        lines = [line for line in event["lines"] or [] if isinstance(line, dict)]
        numbers = [line["line"] for line in lines if line["line"] is not None]
        if len(numbers) != len(set(numbers)):
            self.fail("DUPLICATE_LINE", "a line number stands twice")
        for line in lines if kind == "order.placed" else []:
            if sum((line["discounts"] or {}).values()) > forms.AMOUNT_MAX:
                self.fail("BAD_AMOUNT", "the discounts of a line are out of bounds")
            if line["paid"] is not None and sum((line["portions"] or {}).values()) > line["paid"]:
                self.fail("BAD_AMOUNT", "the portions of a line are over its paid")

    def _object(self, value: dict[str, Any], fields: dict[str, Field], path: str
                ) -> dict[str, Any]:
        result = {}
        for name, (kind, required, default) in fields.items():
            given = value.get(name)
            if given is None or given == []:  # SPEC §3: the same as an absent field
                if required:
                    self.fail("MISSING_FIELD", f"{path}{name} is missing")
                result[name] = default
            else:
                result[name] = self._value(given, kind, path + name)
        return result

    def _value(self, value: Any, kind: Any, path: str) -> Any:
        if isinstance(kind, dict):
            if not isinstance(value, dict):
                return self.fail("MALFORMED", f"{path} is not an object")
            return self._object(value, kind, path + ".")
        if isinstance(kind, tuple):
            return self._list(value, kind[1], path)
        if kind.startswith("list:"):
            return self._list(value, kind[5:], path)
        if kind == "map":
            return self._map(value, path)
        if kind == "bool":
            if not isinstance(value, bool):
                return self.fail("MALFORMED", f"{path} is not true or false")
            return value
        if kind in _INTEGERS:
            return self._integer(value, kind, path)
        return self._string(value, kind, path)

    def _list(self, value: Any, kind: Any, path: str) -> Any:
        if not isinstance(value, list):
            return self.fail("MALFORMED", f"{path} is not a list")
        longest = {"lines": LINES_MAX, "servers": SERVERS_MAX}.get(path)
        if longest is not None and len(value) > longest:
            self.fail("TOO_LARGE", f"{path} has more than {longest} items")
        result = []
        for index, item in enumerate(value):
            if item is None:
                self.fail("MALFORMED", f"{path}[{index}] is null")
            else:
                result.append(self._value(item, kind, f"{path}[{index}]"))
        return result

    def _map(self, value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            return self.fail("MALFORMED", f"{path} is not an object")
        result = {}
        for name, amount in value.items():
            if amount is not None and amount != []:
                if not forms.is_text(name):
                    self.fail("BAD_ID", f"{path}: a name out of form")
                result[name] = self._integer(amount, "amount", f"{path}.{name}") or 0
        return result

    def _integer(self, value: Any, kind: str, path: str) -> Any:
        if not isinstance(value, int) or isinstance(value, bool):
            return self.fail("MALFORMED", f"{path} is not a whole number")
        low, high, code = _INTEGERS[kind]
        if not low <= value <= high:
            self.fail(code, f"{path} is {value}; {low} to {high}")
        return value

    def _string(self, value: Any, kind: str, path: str) -> Any:
        if not isinstance(value, str):
            return self.fail("MALFORMED", f"{path} is not a text")
        if kind.startswith("enum:"):
            if value not in kind[5:].split("|"):
                self.fail("UNKNOWN_ENUM", f"{path} is {value}; {kind[5:]}")
        elif kind in _FORMS and not _FORMS[kind](value):
            self.fail("BAD_ID", f"{path} is out of form")
        return value


# kind -> (lowest, highest, code beyond them). Times out of bounds are BAD_AMOUNT, "out of bounds".
_INTEGERS: dict[str, tuple[int, int, str]] = {
    "int": (INT64_MIN, INT64_MAX, "MALFORMED"),
    "time": (0, forms.TIME_END - 1, "BAD_AMOUNT"),
    "amount": (0, forms.AMOUNT_MAX, "BAD_AMOUNT"),
    "signed": (-forms.AMOUNT_MAX, forms.AMOUNT_MAX, "BAD_AMOUNT"),
    "quantity": (1, QUANTITY_MAX, "BAD_QUANTITY"),
    "count": (0, QUANTITY_MAX, "BAD_QUANTITY"),
    "line": (1, INT64_MAX, "BAD_QUANTITY"),
}
# `type` and `plan` are texts without a form of their own.
_FORMS = {"id": forms.is_id, "text": forms.is_text, "payee": forms.is_payee,
          "period": forms.is_period}
