"""Small random event sets that reach every branch of SPEC, by seed or under Hypothesis.

    case = eventgen.seeded(7, features=eventgen.MILESTONE)     # plain, by seed
    @given(eventgen.cases(eventgen.ALL))                       # Hypothesis, shrinks

A Case has plan texts (for the command line) and events (dicts; bytes where hostile). `features`
says what may occur. Without `late_references` every guide, store, binding, transfer and touch
stands before the orders; `shuffled` keeps that, and keeps what arrival decides in its place.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from typing import Any, Callable

from hypothesis import strategies as st

from lib import badinput, plangen
from lib.choice import Choice
from lib.plangen import PlanGenerator

Event = dict[str, Any]
Features = frozenset[str]

MILESTONE: Features = frozenset("""
    share serve bind live coupon sale manager entities per_unit per_line when credit_order windows
    by_channel sku_first split servers earned hold refunds leaver suspense self_purchase cancel
    versions deadline duplicates id_conflict adjustments payouts transfers bad waiting tenants
    plan_events chinese_keys zero_paid history
    """.split())
LATER: Features = frozenset("""
    tiers cap_line cap_order line_limits month_limits bonus goodwill recruits tasks closed_periods
    late_references late_plans retroactive zones
    """.split())
ALL: Features = MILESTONE | LATER
# Hardly an order, but registrations and tasks in every set, with all that bears on them.
SUBJECTS: Features = frozenset("""
    recruits tasks many_subjects when suspense self_purchase transfers bad tenants plan_events
    chinese_keys history leaver closed_periods late_references late_plans retroactive duplicates
    id_conflict share bind
    """.split())
# Adjustments and payouts that replace each other, and plans in several time zones.
PAYEE_FACTS: Features = frozenset("""
    many_payee_facts zones sale plan_events late_plans retroactive closed_periods duplicates
    """.split())

DAY = 86_400_000
DAY_0 = 1_795_449_600_000  # 2026-11-24 00:00 at +08:00; day 7 begins December
GUIDES = ["g1", "g2", "g3", "g4"]
UNKNOWN_GUIDE = "g9"
CUSTOMERS = ["c1", "c1", "c1", "c2"]
AMOUNTS = [39_900, 9_999, 30_000, 1, 45_000, 100, 1_000_000]
MAX_EVENTS = 25
EARLY = (plangen.PLAN_FROM, "2026-12-01 00:00")
LATE = ("2026-12-01 00:00", "2027-06-01 00:00")
REFERENCES = {"guide.set", "store.set", "book.transferred", "customer.bound", "touch.shared"}
CORE = {"order.placed", "order.paid", "order.picked_up", "touch.shared"}
BARRIERS = {"plan.published", "period.closed"}


@dataclass
class Case:
    """One generated case."""

    plans: list[str] = field(default_factory=list)
    events: list[Event | bytes] = field(default_factory=list)

    def ndjson(self) -> bytes:
        """The events as `fen replay` reads them."""
        return b"".join(raw_of(event) + b"\n" for event in self.events)


def raw_of(event: Event | bytes) -> bytes:
    return event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False).encode()


def seeded(seed: int, features: Features = ALL) -> Case:
    """The case of a seed."""
    return CaseGenerator(Choice.seeded(seed), features).case()


@st.composite
def cases(draw: Callable[[Any], Any], features: Features = ALL) -> Case:
    """The Hypothesis strategy."""
    return CaseGenerator(Choice.drawn(draw), features).case()


def shuffled(choice: Choice, events: list[Event | bytes], features: Features = ALL
             ) -> list[Event | bytes]:
    """Another order of arrival that SPEC promises the same totals for (invariant 1).

    Publications and closings stay where they are, events that share an id keep their order
    (the first to arrive holds), and references stay ahead without `late_references`.
    """
    result: list[Event | bytes] = []
    segment: list[Event | bytes] = []
    for event in [*events, None]:
        if event is not None and kind_of(event) not in BARRIERS:
            segment.append(event)
            continue
        result += _shuffled_segment(choice, segment, features)
        segment = []
        if event is not None:
            result.append(event)
    return result


def _shuffled_segment(choice: Choice, segment: list[Event | bytes], features: Features
                      ) -> list[Event | bytes]:
    mixed = choice.shuffled(segment)
    if "late_references" not in features:
        mixed.sort(key=lambda event: kind_of(event) not in REFERENCES)
    by_id: dict[tuple[str, str], list[Event]] = {}
    for event in segment:
        if not isinstance(event, bytes):
            by_id.setdefault(_identity(event), []).append(event)
    queues = {name: iter(events) for name, events in by_id.items()}
    return [event if isinstance(event, bytes) else next(queues[_identity(event)])
            for event in mixed]


def _identity(event: Event) -> tuple[str, str]:
    return event.get("tenant") or "default", event["id"]


def duplicated(choice: Choice, events: list[Event | bytes]) -> list[Event | bytes]:
    """The events with some repeated later on; the same events again change nothing."""
    result = list(events)
    for event in events:
        if not isinstance(event, bytes) and choice.chance(30):
            first = next(i for i, one in enumerate(result) if one is event)
            result.insert(choice.between(first + 1, len(result)), copy.deepcopy(event))
    return result


def kind_of(event: Event | bytes) -> str:
    return "" if isinstance(event, bytes) else event["type"]


class CaseGenerator:
    """Makes one case."""

    def __init__(self, choice: Choice, features: Features) -> None:
        self.choice = choice
        self.features = features
        self.plans = PlanGenerator(choice, features)
        self.count = 0
        self.has_orders = not {"many_subjects", "many_payee_facts"} & features

    def has(self, feature: str, percent: int = 100) -> bool:
        return feature in self.features and self.choice.chance(percent)

    def case(self) -> Case:
        references = [] if "many_payee_facts" in self.features else self.references()
        orders = self.order_events() if self.has_orders else []
        others = self.other_events()
        references = self.thinned(references, 12)
        facts = self.thinned(orders + others, MAX_EVENTS - 4 - len(references))
        if self.has("late_references", 60):
            events = self.choice.shuffled(references + facts)
        else:
            facts = self.choice.shuffled(facts) if self.choice.chance(60) else facts
            events = references + facts
        if self.has("tenants", 10):
            for event in self.choice.some(events, 30):
                event["tenant"] = "t2"
        case = Case(events=list(events))
        self.add_plans(case)
        self.add_closings(case)
        self.add_repeats(case)
        return case

    def thinned(self, events: list[Event], room: int) -> list[Event]:
        """At most `room` of the events, save that the core of an order never goes."""
        kept = list(events)
        while len(kept) > room:
            loose = [i for i, event in enumerate(kept) if event["type"] not in CORE]
            if not loose:
                break
            kept.pop(self.choice.pick(loose))
        return kept

    # -- parts of an event -----------------------------------------------------------------

    def event(self, kind: str, time_ms: int | None = None, /, **body: Any) -> Event:
        """An event; its id's first letter is random, so that ids do not follow time."""
        self.count += 1
        event = {"id": f"{self.choice.pick('mzab')}{self.count}", "type": kind,
                 "time": self.time() if time_ms is None else time_ms}
        event.update({name: value for name, value in body.items() if value is not None})
        return event

    def time(self, first_day: int = 0, last_day: int = 12) -> int:
        """On a day's grid, so that windows and months are met exactly and missed by 1 ms."""
        day = self.choice.between(first_day, last_day)
        return DAY_0 + day * DAY + self.choice.pick([0, 36_000_000, 1, DAY - 1])

    def maybe_time(self) -> int | None:
        return self.time() if self.choice.chance(70) else None

    def guide(self) -> str:
        return UNKNOWN_GUIDE if self.has("suspense", 7) else self.choice.pick(GUIDES)

    def maybe(self, percent: int, value: Any) -> Any:
        return value if self.choice.chance(percent) else None

    # -- references ------------------------------------------------------------------------

    def references(self) -> list[Event]:
        events = [self.store_set(store) for store in plangen.STORES if self.choice.chance(75)]
        events += [self.guide_set(guide) for guide in GUIDES if self.choice.chance(90)]
        for _ in range(self.choice.between(0, 3)):
            events.append(self.bound())
        for _ in range(self.choice.between(0, 4) if "share" in self.features else 0):
            events.append(self.touch())
        if self.has("transfers", 30):
            for _ in range(self.choice.between(1, 2)):
                events.append(self.transfer())
        if self.has("leaver", 40):
            events.append(self.guide_set(self.choice.pick(GUIDES), leaves=True))
        if self.has("history", 30):
            events.append(self.guide_set(self.choice.pick(GUIDES)))
        if self.has("history", 20):
            events.append(self.store_set(self.choice.pick(plangen.STORES)))
        return self.choice.shuffled(events) if self.choice.chance(50) else events

    def store_set(self, store: str) -> Event:
        pick = self.choice.pick
        return self.event(
            "store.set", store=store, kind=self.maybe(60, pick(["concession", "franchise"])),
            brand=self.maybe(70, pick(plangen.BRANDS)), region=self.maybe(70, pick(
                plangen.REGIONS)), mall=self.maybe(50, "m1"), franchisee=self.maybe(40, "f1"),
            manager=self.maybe(60, self.guide()), effective=self.effective())

    def guide_set(self, guide: str, leaves: bool = False) -> Event:
        pick = self.choice.pick
        status = "left" if leaves else self.maybe(5, "suspended")
        return self.event(
            "guide.set", guide=guide, store=self.maybe(80, pick(plangen.STORES)),
            level=self.maybe(60, pick(plangen.LEVELS)), kind=self.maybe(30, pick(plangen.KINDS)),
            status=status, customers=[pick(CUSTOMERS)] if self.has("self_purchase", 10) else None,
            effective=self.time(4, 10) if leaves else self.effective())

    def effective(self) -> int | None:
        """Mostly before everything else; else within the case's days."""
        if "history" in self.features and self.choice.chance(30):
            return self.time()
        return DAY_0 - 30 * DAY

    def bound(self) -> Event:
        return self.event("customer.bound", customer=self.choice.pick(CUSTOMERS),
                          guide=self.maybe(90, self.guide()),
                          store=self.maybe(50, self.choice.pick(plangen.STORES)),
                          effective=self.time(0, 4))

    def touch(self) -> Event:
        return self.event("touch.shared", customer=self.choice.pick(CUSTOMERS),
                          guide=self.guide(), sku=self.maybe(60, self.choice.pick(plangen.SKUS)),
                          at=self.time(0, 8) if self.choice.chance(90) else None)

    def transfer(self) -> Event:
        return self.event("book.transferred", **{"from": self.choice.pick(GUIDES)},
                          to=self.guide(), effective=self.time(0, 8))

    # -- orders ----------------------------------------------------------------------------

    def order_events(self) -> list[Event]:
        events = []
        for number in range(self.choice.pick([1, 1, 2, 2, 3])):
            events += self.one_order(f"o{number + 1}")
        return events

    def one_order(self, order: str) -> list[Event]:
        placed = self.placed(order)
        lines = [line["line"] for line in placed["lines"]]
        events = [] if self.has("waiting", 3) else [placed]
        if self.choice.chance(95):
            events.append(self.event("order.paid", order=order, at=self.maybe_time()))
        if self.choice.chance(60) and "serve" in self.features:
            events.append(self.picked_up(order, lines))
        for kind in ("order.shipped", "order.received"):
            if self.choice.chance(45):
                events.append(self.line_fact(kind, order, lines))
        for _ in range(self.choice.between(1, 3) if self.has("refunds", 35) else 0):
            events.append(self.refunded(order, placed))
        if self.has("versions", 25):
            events.append(self.next_version(placed))
            if self.choice.chance(25):  # and back to what it was
                back = copy.deepcopy(placed)
                events.append({**back, "id": self.event("order.placed")["id"], "version": 4})
        if self.has("deadline", 20):
            events.append(self.event("order.deadline_moved", order=order,
                                     lines=self.some_lines(lines), until=self.time(5, 30)))
        if self.has("cancel", 4):
            events.append(self.event("order.cancelled", order=order))
        if self.choice.chance(10):
            events.append(self.event("order.paid", order=order, at=self.maybe_time()))
        return events

    def placed(self, order: str) -> Event:
        pick, created = self.choice.pick, self.time(3, 9)
        sharer = {"guide": self.guide(), "time": self.time(0, 9)}
        return self.event(
            "order.placed", created, order=order, created=created,
            customer=self.maybe(90, pick(CUSTOMERS)), currency=self.maybe(
                30, "CNY" if self.choice.chance(92) else "HKD"),
            store=self.maybe(60, pick(plangen.STORES)),
            channel=self.maybe(60, pick(plangen.CHANNELS)),
            fulfil_store=self.maybe(20, pick(plangen.STORES)),
            seller=self.maybe(50, self.guide()) if "sale" in self.features else None,
            coupon_guide=self.guide() if self.has("coupon", 30) else None,
            sharer=sharer if self.has("share", 30) else None,
            live={"session": pick(plangen.SESSIONS), "host": self.guide()}
            if self.has("live", 30) else None,
            lines=[self.line(number + 1) for number in range(self.choice.between(1, 3))])

    def line(self, number: int) -> Event:
        pick = self.choice.pick
        paid = 0 if self.has("zero_paid", 8) else pick(AMOUNTS)
        line = {"line": number, "sku": pick(plangen.SKUS), "quantity": pick([1, 2, 3]),
                "paid": paid}
        optional = {
            "brand": self.maybe(70, pick(plangen.BRANDS)),
            "category": self.maybe(60, pick(plangen.CATEGORIES)),
            "discounts": self.maybe(50, {"platform": pick([1_100, 0, 7]), "brand": 3_000}),
            "portions": self.maybe(30, {"tax": paid // 8}),
            "seller": self.guide() if self.has("sale", 20) else None,
        }
        line.update({name: value for name, value in optional.items() if value is not None})
        return line

    def some_lines(self, lines: list[int]) -> list[int] | None:
        """None is every line; sometimes a line that the order does not have."""
        if self.choice.chance(60):
            return None
        extra = [9] if self.has("waiting", 10) else []
        return (self.choice.some(lines, 60) + extra) or None

    def line_fact(self, kind: str, order: str, lines: list[int], **more: Any) -> Event:
        return self.event(kind, order=order, lines=self.some_lines(lines), at=self.maybe_time(),
                          store=self.maybe(40, self.choice.pick(plangen.STORES)), **more)

    def picked_up(self, order: str, lines: list[int]) -> Event:
        count = self.choice.between(1, 3) if self.has("servers", 50) else 1
        servers = []
        for _ in range(count):
            server: Event = {"guide": self.guide()}
            if self.choice.chance(40):
                server["weight"] = self.choice.pick([1, 2, 3])
            servers.append(server)
        return self.line_fact("order.picked_up", order, lines, servers=self.maybe(92, servers))

    def refunded(self, order: str, placed: Event) -> Event:
        refunds = []
        for line in self.choice.some(placed["lines"], 70) or placed["lines"][:1]:
            amounts = [line["paid"], line["paid"] // 3, line["paid"] // 2, 1, 0]
            refund = {"line": line["line"], "amount": self.choice.pick(amounts)}
            if self.choice.chance(40):
                refund["quantity"] = self.choice.pick([1, 0, 2])
            refunds.append(refund)
        policy = self.choice.pick([None, "withhold", "goodwill"])
        if "goodwill" not in self.features and policy == "goodwill":
            policy = None
        return self.event("order.refunded", order=order, refund=self.choice.pick(["r1", "r2"]),
                          policy=policy, lines=refunds)

    def next_version(self, placed: Event) -> Event:
        """The order again: higher, equal or lower version, other lines or another `created`."""
        event = copy.deepcopy(placed)
        event["id"] = self.event("order.placed")["id"]
        event["version"] = self.choice.pick([2, 1, 3, 0])
        if self.choice.chance(40):
            event["lines"] = [self.line(number) for number in
                              self.choice.pick([[1], [1, 2], [2, 9], [1, 2, 3]])]
        else:
            event["lines"][0]["paid"] = self.choice.pick(AMOUNTS) + 1_000
            event["lines"][0].pop("portions", None)
        if self.choice.chance(30):
            event["created"] = self.time(1, 9)
        if self.choice.chance(15):
            event["currency"] = self.choice.pick(["CNY", "HKD", None])
        return event

    # -- what is not about an order --------------------------------------------------------

    def other_events(self) -> list[Event]:
        events = []
        if "many_payee_facts" in self.features:
            events += self.payee_facts()
        if self.has("adjustments", 10):
            events += self.adjustment(self.payee())
        if self.has("payouts", 10):
            events += self.payout(self.payee())
        if self.has("recruits", 30):
            events += self.registration()
        if self.has("tasks", 25):
            events += self.task()
        if "many_subjects" in self.features:
            events += self.registration() + self.crowded_task()
            events += [self.bound() for _ in range(self.choice.between(0, 2))]
        return events

    def payee(self) -> str:
        return self.choice.pick(["guide:g1", "guide:g2", "store:s1", "hq"])

    def registration(self) -> list[Event]:
        customer = self.choice.pick(CUSTOMERS)
        events = [self.event("customer.registered", customer=customer, at=self.maybe_time(),
                             recruiter=self.maybe(90, self.guide()),
                             store=self.maybe(40, self.choice.pick(plangen.STORES)))
                  for _ in range(self.choice.between(1, 2))]
        if self.choice.chance(15):
            events.append(self.event("customer.registration_voided", customer=customer))
        return events

    def task(self) -> list[Event]:
        task = self.choice.pick(plangen.TASKS)
        events = [self.event("task.scored", task=task, guide=self.guide(), at=self.maybe_time(),
                             score=self.choice.pick([800, 600, 599, 900]))
                  for _ in range(self.choice.between(1, 4))]
        if self.choice.chance(85):
            events.append(self.event("task.closed", task=task, at=self.time(4, 12)))
        return events

    def adjustment(self, payee: str, time_ms: int | None = None) -> list[Event]:
        return [self.event(
            "adjustment.posted", time_ms, adjustment="a1", payee=payee, reason="更正",
            amount=self.choice.pick([500, -500, 0]), approver="张三",
            period=self.maybe(40, self.choice.pick(["2026-11", "2026-12"])))]

    def payout(self, payee: str, time_ms: int | None = None) -> list[Event]:
        kinds = ["payout.sent", "payout.failed"] if self.choice.chance(40) else ["payout.sent"]
        body = {"payout": "w1", "payee": payee, "amount": self.choice.pick([100, 1_845])}
        return [self.event(kind, time_ms, **body) for kind in kinds]

    def payee_facts(self) -> list[Event]:
        """Of few keys, so that one replaces another, around where some zone has its new month."""
        pick, makers = self.choice.pick, [self.adjustment, self.adjustment, self.payout]
        return [event for _ in range(self.choice.between(4, 12)) for event in pick(makers)(
            pick(["guide:g1", "hq"]), DAY_0 + 7 * DAY + pick([0, -1, 10, -7, 9]) * DAY // 24)]

    def crowded_task(self) -> list[Event]:
        """Ties, better scores later, scores beside and behind the closings, guides not known."""
        task = self.choice.pick(plangen.TASKS)
        guides = [*GUIDES, UNKNOWN_GUIDE]
        events = [self.event("task.scored", task=task, guide=self.choice.pick(guides),
                             at=self.time(4, 8), score=self.choice.pick([600, 800, 800, 599, -1]))
                  for _ in range(self.choice.between(3, 8))]
        events += [self.event("task.closed", task=task, at=self.time(5, 8))
                   for _ in range(self.choice.pick([1, 1, 2, 0]))]
        return events

    # -- plans, closings, repeats ----------------------------------------------------------

    def add_plans(self, case: Case) -> None:
        """On the command line or as events; two ids that do not overlap; later versions."""
        if self.choice.chance(20):
            texts = [self.plans.plan("p", 1, EARLY), self.plans.plan("q", 1, LATE)]
        else:
            texts = [self.plans.plan()]
        if self.has("plan_events", 20 if self.has_orders else 60):
            last = len(case.events) if self.has("late_plans", 50) else 0
            for text in texts:
                case.events.insert(self.choice.between(0, last), self.event(
                    "plan.published", yaml=text))
        else:
            case.plans = texts
        is_many = "many_payee_facts" in self.features
        later = self.choice.between(1, 3) if is_many else self.has("retroactive", 25)
        for version in range(2, 2 + later):
            self.plans.count = 0  # so that the later version has rules of the same names
            validity = EARLY if len(texts) > 1 else None
            text = self.choice.pick([self.plans.plan("p", version, validity), texts[0]])
            case.events.insert(self.choice.between(0, len(case.events)), self.event(
                "plan.published", yaml=text, retroactive=self.choice.chance(70)))

    def add_closings(self, case: Case) -> None:
        if self.has("closed_periods", 40):
            for period in self.choice.some(["2026-11", "2026-12"], 70):
                case.events.insert(self.choice.between(0, len(case.events)), self.event(
                    "period.closed", period=period))

    def add_repeats(self, case: Case) -> None:
        """Duplicates, conflicting ids and bad events."""
        if self.has("duplicates", 30):
            for event in self.choice.some(list(case.events), 10)[:3]:
                case.events.append(copy.deepcopy(event))
        own = [e for e in case.events if kind_of(e) in ("order.placed", "order.paid")]
        if own and self.has("id_conflict", 10):
            event = copy.deepcopy(self.choice.pick(own))
            event["time"] += 1
            event["at" if event["type"] == "order.paid" else "created"] = event["time"]
            case.events.append(event)
        if self.has("bad", 20):
            for _ in range(self.choice.between(1, 2)):
                place = self.choice.between(0, len(case.events))
                case.events.insert(place, self.choice.pick(badinput.SMALL)[1])
