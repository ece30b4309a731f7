"""SPEC §3, "How facts merge": the facts of one tenant, as sets whose order of arrival is lost.

Each fact is kept as the event that holds (a dict of check.read) together with what makes it
hold, so that merging is always "keep the better of the two".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Event = dict[str, Any]
LINE_FACTS = {"order.paid": "paid", "order.shipped": "shipped", "order.received": "received",
              "order.picked_up": "picked_up"}


@dataclass
class Order:
    """All that is known of one order."""

    order_id: str
    placed: Event | None = None
    cancelled: bool = False
    # fact -> line (None: every line) -> the event that holds
    facts: dict[str, dict[int | None, Event]] = field(default_factory=dict)
    # (refund, line) -> (event, the event's line)
    refunds: dict[tuple[str, int], tuple[Event, Event]] = field(default_factory=dict)
    deadlines: dict[int | None, Event] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)  # all but order.placed, for `waiting`
    changes: int = 0

    def fact(self, name: str, line: int) -> Event | None:
        """Per line, the earliest `at` holds; among equals the smallest event id."""
        known = self.facts.get(name, {})
        found = [known[key] for key in (None, line) if key in known]
        return min(found, key=_earliest) if found else None

    def deadline(self, line: int) -> Event | None:
        """Per line, the greatest (`time`, event id) holds."""
        found = [self.deadlines[key] for key in (None, line) if key in self.deadlines]
        return max(found, key=_latest_time) if found else None

    def refunds_of(self, line: int) -> list[tuple[Event, Event]]:
        return [self.refunds[key] for key in sorted(self.refunds) if key[1] == line]

    def merge(self, event: Event) -> None:
        self.changes += 1
        kind = event["type"]
        if kind == "order.placed":
            if self.placed is None or _highest_version(event) > _highest_version(self.placed):
                self.placed = event
            return
        self.events.append(event)
        if kind == "order.cancelled":
            self.cancelled = True
        elif kind == "order.refunded":
            for line in event["lines"]:
                self._merge_refund(event, line)
        elif kind == "order.deadline_moved":
            for number in event["lines"] or [None]:
                held = self.deadlines.setdefault(number, event)
                self.deadlines[number] = max(held, event, key=_latest_time)
        else:
            known = self.facts.setdefault(LINE_FACTS[kind], {})
            for number in event.get("lines") or [None]:
                held = known.setdefault(number, event)
                known[number] = min(held, event, key=_earliest)

    def _merge_refund(self, event: Event, line: Event) -> None:
        """The same (refund, line) again with another event id: the greatest event id holds."""
        key = (event["refund"], line["line"])
        if key not in self.refunds or self.refunds[key][0]["id"] < event["id"]:
            self.refunds[key] = (event, line)

    def waiting(self) -> int:
        """SPEC §3: events about an order not placed or about a line it does not have."""
        have = {line["line"] for line in self.placed["lines"]} if self.placed else set()
        return sum(1 for event in self.events
                   if self.placed is None or not _named_lines(event) <= have)


def _named_lines(event: Event) -> set[int]:
    return {line["line"] if isinstance(line, dict) else line for line in event.get("lines") or []}


def _earliest(event: Event) -> tuple[int, str]:
    return event["at"], event["id"]


def _latest_time(event: Event) -> tuple[int, str]:
    return event["time"], event["id"]


def _highest_version(event: Event) -> tuple[int, str]:
    return event["version"], event["id"]


def _latest_effective(event: Event) -> tuple[int, str]:
    return event["effective"], event["id"]


def as_of(history: list[Event], time_ms: int) -> Event | None:
    """The greatest (`effective`, event id) with `effective` ≤ t."""
    known = [event for event in history if event["effective"] <= time_ms]
    return max(known, key=_latest_effective) if known else None


def reference_as_of(history: list[Event], time_ms: int) -> Event | None:
    """As above; the earliest version (among equals the greatest id) also covers all before."""
    if not history:
        return None
    earliest = min(event["effective"] for event in history)
    return as_of(history, max(time_ms, earliest))


@dataclass
class Task:
    """Scores and the closing of one task."""

    scores: list[Event] = field(default_factory=list)
    closed: Event | None = None

    def best_scores(self) -> dict[str, Event]:
        """Per guide the greatest score, at its earliest `at`; nothing later than the closing."""
        assert self.closed is not None
        best: dict[str, Event] = {}
        for event in self.scores:
            if event["at"] <= self.closed["at"]:
                held = best.setdefault(event["guide"], event)
                best[event["guide"]] = min(held, event, key=lambda e: (-e["score"], e["at"]))
        return best


@dataclass
class Facts:
    """All facts of one tenant."""

    orders: dict[str, Order] = field(default_factory=dict)
    touches: dict[str, list[Event]] = field(default_factory=dict)      # by customer
    bindings: dict[str, list[Event]] = field(default_factory=dict)     # by customer
    registrations: dict[str, Event] = field(default_factory=dict)
    voided: set[str] = field(default_factory=set)
    guides: dict[str, list[Event]] = field(default_factory=dict)
    stores: dict[str, list[Event]] = field(default_factory=dict)
    transfers: dict[str, list[Event]] = field(default_factory=dict)    # by `from`
    tasks: dict[str, Task] = field(default_factory=dict)
    adjustments: dict[tuple[str, str], Event] = field(default_factory=dict)  # (payee, id)
    payouts: dict[tuple[str, str], Event] = field(default_factory=dict)
    failed_payouts: set[tuple[str, str]] = field(default_factory=set)
    reference_changes: int = 0
    customer_changes: dict[str, int] = field(default_factory=dict)

    def merge(self, event: Event) -> None:
        """Take one event (neither period.closed nor plan.published) into the facts."""
        kind = event["type"]
        if kind.startswith("order."):
            order = self.orders.setdefault(event["order"], Order(event["order"]))
            order.merge(event)
        elif kind in ("guide.set", "store.set", "book.transferred"):
            self._merge_reference(event)
        elif kind.startswith(("touch.", "customer.")):
            self._merge_customer(event)
        elif kind.startswith("task."):
            self._merge_task(event)
        else:
            self._merge_payee(event)

    def _merge_reference(self, event: Event) -> None:
        self.reference_changes += 1
        table, key = {"guide.set": (self.guides, "guide"), "store.set": (self.stores, "store"),
                      "book.transferred": (self.transfers, "from")}[event["type"]]
        table.setdefault(event[key], []).append(event)

    def _merge_customer(self, event: Event) -> None:
        customer = event["customer"]
        self.customer_changes[customer] = self.customer_changes.get(customer, 0) + 1
        if event["type"] == "touch.shared":
            self.touches.setdefault(customer, []).append(event)
        elif event["type"] == "customer.bound":
            self.bindings.setdefault(customer, []).append(event)
        elif event["type"] == "customer.registration_voided":
            self.voided.add(customer)
        else:  # the earliest `at`, then the smallest event id
            held = self.registrations.setdefault(customer, event)
            self.registrations[customer] = min(held, event, key=_earliest)

    def _merge_task(self, event: Event) -> None:
        task = self.tasks.setdefault(event["task"], Task())
        if event["type"] == "task.scored":
            task.scores.append(event)
        elif task.closed is None or _earliest(event) < _earliest(task.closed):
            task.closed = event

    def _merge_payee(self, event: Event) -> None:
        """Keyed by (payee, id); the same key with another event id: the greatest id holds."""
        if event["type"] == "payout.failed":
            self.failed_payouts.add((event["payee"], event["payout"]))
            return
        name = "adjustment" if event["type"] == "adjustment.posted" else "payout"
        table = self.adjustments if name == "adjustment" else self.payouts
        held = table.setdefault((event["payee"], event[name]), event)
        table[event["payee"], event[name]] = max(held, event, key=lambda e: e["id"])
