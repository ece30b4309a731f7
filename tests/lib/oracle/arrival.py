"""The one walk over the events in file order: what arrival may decide, and nothing more.

Arrival decides which of two events with one id holds (SPEC §3), the plan an order is pinned to
(§4) and where the differences go after a closing (§6). All amounts come from the fact sets.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, Iterable

from . import check, forms
from . import plan as plan_module
from .entitlement import (Key, Suspense, Totals, order_entitlement, recruit_entitlement,
                          task_entitlement)
from .facts import Event, Facts, Order
from .plan import Plan
from .posting import Ledger

Pin = tuple[str, str, int]  # (kind, id, the time that takes the place of `created`)


@dataclass
class DeadLetter:
    """SPEC §9, in files."""

    code: str
    message: str
    line: int
    event: str

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "line": self.line,
                "event": self.event}


@dataclass
class Result:
    """What the whole set of events comes to. Keys of the dicts begin with the tenant."""

    totals: dict[tuple[str, Key], tuple[int, int]]
    counters: dict[str, int]
    dead_letters: list[DeadLetter]
    suspense: set[tuple[str, str, int | None, str]]   # tenant, subject, line, role
    refund_excess: dict[tuple[str, str, int], int]    # tenant, order, line -> amount
    unplanned: set[tuple[str, str]]                   # tenant, order
    beyond_range: set[tuple[str, str]]                # tenant, payee

    def accounts(self) -> dict[tuple[str, str], dict[str, Any]]:
        """(tenant, payee) -> the account of SPEC §10 without `seq` and without zeros."""
        return fold_accounts((tenant, key.payee, key.period, key.role, key.available_on, amount)
                             for (tenant, key), (amount, _) in self.totals.items())


def beyond_range(totals: dict[tuple[str, Key], tuple[int, int]]) -> set[tuple[str, str]]:
    """The payees whose account has no room for their sums (schemas/README.md, Bounds)."""
    kinds: list[Counter[tuple[Any, ...]]] = [Counter() for _ in range(4)]
    for (tenant, key), (amount, base) in totals.items():
        rule = (key.period, key.role, (key.plan or "").rpartition("@")[0], key.rule)
        rows = ((rule, amount), (rule, base), ((key.available_on,), amount),
                ((key.funder, key.period), amount))
        for sums, (row, value) in zip(kinds, rows):
            sums[tenant, key.payee, *row] += value
    beyond = set()
    for sums in kinds:
        sizes: Counter[tuple[str, str]] = Counter()
        for (tenant, payee, *_), value in sums.items():
            sizes[tenant, payee] += abs(value)
        beyond |= {owner for owner, size in sizes.items() if size > 2**63 - 1}
    return beyond


def fold_accounts(rows: Iterable[tuple[str, str, str, str, str | None, int]]
                  ) -> dict[tuple[str, str], dict[str, Any]]:
    """Balances by period and role and by date, from (tenant, payee, period, role, date, amount)."""
    balance: Counter[tuple[str, str]] = Counter()
    periods: dict[tuple[str, str], Counter[tuple[str, str]]] = defaultdict(Counter)
    dates: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for tenant, payee, period, role, date, amount in rows:
        balance[tenant, payee] += amount
        periods[tenant, payee][period, role] += amount
        dates[tenant, payee][date or "null"] += amount
    accounts = {}
    for owner in sorted(balance):
        by_period: dict[str, dict[str, int]] = {}
        for (period, role), amount in sorted(periods[owner].items()):
            if amount:
                by_period.setdefault(period, {})[role] = amount
        accounts[owner] = {
            "tenant": owner[0], "payee": owner[1], "balance": balance[owner],
            "by_period": by_period,
            "by_date": {day: amount for day, amount in sorted(dates[owner].items()) if amount},
        }
    return accounts


@dataclass
class _Tenant:
    """One tenant: its facts, plans, pins and ledger."""

    plans: list[Plan]
    facts: Facts = field(default_factory=Facts)
    ledger: Ledger = field(default_factory=Ledger)
    seen: dict[str, bytes] = field(default_factory=dict)   # event id -> digest
    pins: dict[Pin, Plan | None] = field(default_factory=dict)
    # of (order, created): one for each currency that the order had then
    order_pins: dict[tuple[str, int], list[Plan]] = field(default_factory=dict)
    cache: dict[str, tuple[Any, Totals, Suspense]] = field(default_factory=dict)

    # -- plans -----------------------------------------------------------------------------

    def choose(self, time_ms: int) -> Plan | None:
        """SPEC §4: among those with from ≤ t < to, the greatest (version, plan id)."""
        covering = [plan for plan in self.plans if plan.covers(time_ms)]
        return max(covering, key=lambda plan: (plan.version, plan.plan_id), default=None)

    def plan_of_order(self, order: Order) -> Plan | None:
        """The pinned plan; an order without one in its currency is unplanned."""
        if order.placed is None:
            return None
        created, currency = order.placed["created"], order.placed["currency"]
        pinned = self.order_pins.setdefault((order.order_id, created), [])
        for plan in (*pinned, self.choose(created)):
            if plan is not None and currency in (None, plan.currency):
                if plan not in pinned:
                    pinned.append(plan)
                return plan
        return None

    def pinned(self, kind: str, name: str, time_ms: int) -> Plan | None:
        """The plan of a registration, a task or a payee's fact, pinned at the first evaluation that
        finds one."""
        pin = (kind, name, time_ms)
        if self.pins.get(pin) is None:
            self.pins[pin] = self.choose(time_ms)
        return self.pins[pin]

    def offset_of(self, event: Event) -> int:
        """SPEC §4: the time zone of an adjustment or payout, pinned for its `time`; with no plan
        +08:00."""
        kind = "adjustment" if event["type"] == "adjustment.posted" else "payout"
        plan = self.pinned(kind, f"{event['payee']}/{event[kind]}", event["time"])
        return plan.offset_ms if plan else forms.DEFAULT_OFFSET_MS

    def publish(self, plan: Plan, retroactive: bool) -> str:
        """The counter it ends in; `retroactive` chooses anew in the validity that holds."""
        held = next((one for one in self.plans if one.label == plan.label), None)
        if held is None:
            self.plans.append(plan)
        if retroactive:
            validity = held or plan
            for kind, name, time_ms in self.pins:
                if validity.covers(time_ms):
                    self.pins[kind, name, time_ms] = self.choose(time_ms)
            for name, created in self.order_pins:
                if validity.covers(created) and self.order_pins[name, created]:
                    chosen = self.choose(created)
                    self.order_pins[name, created] = [chosen] if chosen else []
        self.evaluate_plans()
        if held is None:
            return "applied"
        return "duplicate" if held.text == plan.text else "plan_conflict"

    def evaluate_plans(self) -> None:
        """Pin whatever is evaluated now: a publication may plan what was unplanned."""
        for order in self.facts.orders.values():
            self.plan_of_order(order)
        for customer, event in self.facts.registrations.items():
            self.pinned("customer", customer, event["at"])
        for task_id, task in self.facts.tasks.items():
            if task.closed:
                self.pinned("task", task_id, task.closed["at"])
        for pin in [pin for pin in self.pins if pin[0] in ("adjustment", "payout")]:
            self.pinned(*pin)

    def take(self, event: Event) -> None:
        """Merge one fact and make the first evaluation of what it bears on."""
        self.facts.merge(event)
        kind = event["type"]
        if kind == "order.placed":
            self.plan_of_order(self.facts.orders[event["order"]])
        elif kind == "customer.registered":
            held = self.facts.registrations[event["customer"]]
            self.pinned("customer", event["customer"], held["at"])
        elif kind == "task.closed":
            closed = self.facts.tasks[event["task"]].closed
            self.pinned("task", event["task"], closed["at"])
        elif kind in ("adjustment.posted", "payout.sent"):
            self.offset_of(event)

    # -- entitlement -----------------------------------------------------------------------

    def entitlement(self) -> tuple[Totals, Suspense]:
        """SPEC §1: everything all known facts entitle to. Subjects keep their keys apart."""
        totals: Totals = {}
        suspense: Suspense = set()
        parts = [self._order(order) for order in self.facts.orders.values()]
        for customer, event in self.facts.registrations.items():
            if plan := self.pinned("customer", customer, event["at"]):
                parts.append(recruit_entitlement(self.facts, customer, plan))
        for task_id, task in self.facts.tasks.items():
            if task.closed and (plan := self.pinned("task", task_id, task.closed["at"])):
                parts.append(task_entitlement(self.facts, task_id, plan))
        for part, held in parts:
            totals.update(part)
            suspense |= held
        totals.update(self._payee_entries())
        return totals, suspense

    def _order(self, order: Order) -> tuple[Totals, Suspense]:
        """One order; computed again only when something it may depend on has changed."""
        plan = self.plan_of_order(order)
        if plan is None:
            return {}, set()
        customer = order.placed["customer"] or ""
        state = (order.changes, self.facts.customer_changes.get(customer, 0),
                 self.facts.reference_changes, plan.label)
        cached = self.cache.get(order.order_id)
        if cached is None or cached[0] != state:
            cached = (state, *order_entitlement(self.facts, order, plan))
            self.cache[order.order_id] = cached
        return cached[1], cached[2]

    def _payee_entries(self) -> Totals:
        """SPEC §6: a manual entry, and a payout as the negative amount."""
        totals: Totals = {}
        for (payee, name), event in self.facts.adjustments.items():
            if event["amount"]:
                key = self._payee_key(payee, "manual", f"adjustment:{name}", event)
                totals[key] = (event["amount"], 0)
        for (payee, name), event in self.facts.payouts.items():
            if event["amount"] and (payee, name) not in self.facts.failed_payouts:
                key = self._payee_key(payee, "payout", f"payout:{name}", event)
                totals[key] = (-event["amount"], 0)
        return totals

    def _payee_key(self, payee: str, role: str, subject: str, event: Event) -> Key:
        offset = self.offset_of(event)
        period = event.get("period") or forms.period_of(event["time"], offset)
        return Key(payee, "hq", role, None, subject, None, None, None, period,
                   forms.date_of(event["time"], offset))

    def refund_excess(self) -> dict[tuple[str, int], int]:
        """SPEC §3: what refunds say beyond a line's `paid`."""
        excess = {}
        for order in self.facts.orders.values():
            for line in order.placed["lines"] if order.placed else []:
                refunds = order.refunds_of(line["line"]) if order.refunds else []
                over = sum(one["amount"] for _, one in refunds) - line["paid"]
                if over > 0:
                    excess[order.order_id, line["line"]] = over
        return excess


class Oracle:
    """Feed it events in file order, then ask for the result."""

    def __init__(self, plan_texts: Iterable[str] = ()) -> None:
        self.plans: list[Plan] = []
        for text in plan_texts:
            plan = plan_module.read(text)
            if plan.label not in {held.label for held in self.plans}:
                self.plans.append(plan)
        self.tenants: dict[str, _Tenant] = {}
        self.counters: Counter[str] = Counter()
        self.dead_letters: list[DeadLetter] = []

    def feed(self, raw: bytes | dict[str, Any], line: int = 0) -> str:
        """Take one event; returns applied, duplicate or the dead letter's code."""
        if isinstance(raw, dict):
            raw = json.dumps(raw, ensure_ascii=False).encode()
        if not raw.strip(b" \t\r\n"):
            return "blank"  # a line without an event, as NDJSON readers pass over
        self.counters["read"] += 1
        try:
            event = check.read(raw)
        except check.BadInput as bad:
            self.counters["dead_lettered"] += 1
            self.dead_letters.append(
                DeadLetter(bad.code, bad.message, line, raw.decode("utf-8", "replace")))
            return bad.code
        outcome = self._apply(event)
        self.counters[outcome] += 1
        return outcome

    def _apply(self, event: Event) -> str:
        tenant = self._tenant(event["tenant"])
        digest = hashlib.sha256(json.dumps(event, sort_keys=True).encode()).digest()
        held = tenant.seen.setdefault(event["id"], digest)
        if held is not digest:  # SPEC §3: the first to arrive holds
            self.counters["id_conflict"] += held != digest
            return "duplicate"
        if event["type"] == "plan.published":
            outcome = tenant.publish(plan_module.read(event["yaml"]), event["retroactive"])
            self.counters["plan_conflict"] += outcome == "plan_conflict"
            return "applied" if outcome == "applied" else "duplicate"
        if event["type"] == "period.closed":
            tenant.ledger.cut(tenant.entitlement()[0], tenant.plans)
            tenant.ledger.close(event["period"])
        else:
            tenant.take(event)
        return "applied"

    def _tenant(self, name: str) -> _Tenant:
        if name not in self.tenants:  # SPEC §4: a plan of the command line is every tenant's
            self.tenants[name] = _Tenant(plans=list(self.plans))
        return self.tenants[name]

    def result(self) -> Result:
        """What everything fed so far comes to."""
        result = Result({}, {}, self.dead_letters, set(), {}, set(), set())
        waiting = 0
        for name, tenant in sorted(self.tenants.items()):
            entitled, suspense = tenant.entitlement()
            tenant.ledger.cut(entitled, tenant.plans)
            result.totals.update({(name, key): value
                                  for key, value in tenant.ledger.posted.items()})
            result.suspense |= {(name, *place) for place in suspense}
            result.refund_excess.update({(name, *place): amount for place, amount
                                         in tenant.refund_excess().items()})
            result.unplanned |= {(name, order.order_id) for order in tenant.facts.orders.values()
                                 if order.placed and tenant.plan_of_order(order) is None}
            waiting += sum(order.waiting() for order in tenant.facts.orders.values())
        result.beyond_range = beyond_range(result.totals)
        result.counters = {
            **{name: self.counters[name] for name in (
                "read", "applied", "duplicate", "late_touch_dropped", "dead_lettered",
                "id_conflict", "plan_conflict")},
            "unplanned": len(result.unplanned), "suspense": len(result.suspense),
            "refund_excess": sum(result.refund_excess.values()), "waiting": waiting,
            "beyond_range": len(result.beyond_range),
        }
        return result


def run(plan_texts: Iterable[str], events: Iterable[bytes | dict[str, Any]]) -> Result:
    """The result of a list of events in their order; an event's line is its place from 1."""
    oracle = Oracle(plan_texts)
    for number, event in enumerate(events, 1):
        oracle.feed(event, number)
    return oracle.result()
