"""SPEC §5: how much every payee is entitled to, from the facts alone.

The result is a map from the key of SPEC §6 to (amount, base).
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from math import floor
from typing import NamedTuple

from . import forms
from .attribution import (ELIGIBLE, INELIGIBLE, UNKNOWN, Credit, OrderCredits, References,
                          Server, first_rule, line_base, shared_dims)
from .facts import Event, Facts, Order, reference_as_of
from .plan import Plan


class Key(NamedTuple):
    """SPEC §6."""

    payee: str
    funder: str
    role: str
    portion: str | None
    subject: str
    line: int | None
    rule: str | None
    plan: str | None
    period: str
    available_on: str | None


Totals = dict[Key, tuple[int, int]]
Suspense = set[tuple[str, int | None, str]]  # (subject, line, role)


def add(totals: Totals, key: Key, amount: int, base: int) -> None:
    """Add to a key, and leave no key with neither amount nor base."""
    held = totals.get(key, (0, 0))
    totals[key] = (held[0] + amount, held[1] + base)
    if totals[key] == (0, 0):
        del totals[key]


def order_entitlement(facts: Facts, order: Order, plan: Plan) -> tuple[Totals, Suspense]:
    """SPEC §5 for one order: all zero until it is paid, or if it is cancelled."""
    if order.cancelled or order.placed is None:
        return {}, set()
    return _OrderEntitlement(facts, order, plan).totals()


class _OrderEntitlement:
    """One order's entitlement; every step of SPEC §5 is a method."""

    def __init__(self, facts: Facts, order: Order, plan: Plan) -> None:
        self.facts = facts
        self.order = order
        self.plan = plan
        self.lines = {line["line"]: line for line in order.placed["lines"]}
        by_line = OrderCredits(facts, order, plan)
        self.limited = set[str]().union(
            *(limit.roles for limit in plan.limits if limit.line is not None))
        self.roles = set(plan.roles) | self.limited
        # While the role's trigger fact (or the payment) is missing the role is zero.
        self.credits = {
            number: [credit for credit in by_line.of_line(line) if self._earned_at(credit)
                     is not None]
            for number, line in self.lines.items()
        }

    def totals(self) -> tuple[Totals, Suspense]:
        parts = self._parts(count_goodwill=False)
        parts_all = parts
        if any(self._policy(refund, role) == "goodwill"
               for refund, _ in self.order.refunds.values() for role in self.roles):
            parts_all = self._parts(count_goodwill=True)
        totals: Totals = {}
        for key, (amount, base) in parts.items():
            borne, base_borne = parts_all.get(key, (0, 0))
            if key.funder == "hq":  # one entry where the funder is hq
                borne, base_borne = amount, base
            borne = min(amount, borne)
            add(totals, key, borne, base_borne)
            add(totals, key._replace(funder="hq"), amount - borne, base - base_borne)
        return totals, self._suspense()

    def _suspense(self) -> Suspense:
        return {(f"order:{self.order.order_id}", number, credit.role)
                for number, credits in self.credits.items() for credit in credits
                if any(server.state == UNKNOWN for server in credit.servers)}

    def _parts(self, count_goodwill: bool) -> Totals:
        """Steps 1-7; `count_goodwill`: every refund counts for every role."""
        amounts: dict[tuple[int, str], Fraction] = {}
        for number, credits in self.credits.items():
            remaining = {role: self._remaining(number, role, count_goodwill)
                         for role in self.limited | {credit.role for credit in credits}}
            pays = {credit.role: self._pay(credit, remaining[credit.role], count_goodwill)
                    for credit in credits}                                    # steps 1, 2
            self._limit_line(pays, remaining)                                 # step 3
            amounts.update({(number, role): pay for role, pay in pays.items()})
        self._cap_orders(amounts)                                             # step 4
        exact: dict[Key, list[Fraction]] = defaultdict(lambda: [Fraction(0), Fraction(0)])
        for number, credits in self.credits.items():
            for credit in credits:
                base = self._remaining(number, credit.role, count_goodwill)
                self._divide(credit, amounts[number, credit.role], base, exact)  # steps 5, 6
        return {key: (floor(amount), floor(base))                             # step 7
                for key, (amount, base) in exact.items()}

    # -- refunds ---------------------------------------------------------------------------

    def _policy(self, refund: Event, role: str) -> str:
        """SPEC §5 Goodwill: the event's policy, else the role's in the plan, else withhold."""
        return refund["policy"] or self.plan.refund.get(role, "withhold")

    def _fraction(self, number: int, role: str, count_goodwill: bool) -> Fraction:
        line = self.lines[number]
        refunds = [one for event, one in self.order.refunds_of(number)
                   if count_goodwill or self._policy(event, role) == "withhold"]
        if not refunds:
            return Fraction(1)
        if line["paid"] > 0:
            refunded = min(line["paid"], sum(one["amount"] for one in refunds))
            return Fraction(line["paid"] - refunded, line["paid"])
        quantity = line["quantity"]
        refunded = sum(quantity if one["quantity"] is None else one["quantity"]
                       for one in refunds)
        return Fraction(quantity - min(quantity, refunded), quantity)

    def _remaining(self, number: int, role: str, count_goodwill: bool) -> int:
        base = line_base(self.plan, self.lines[number])
        return floor(base * self._fraction(number, role, count_goodwill))

    # -- steps 1 to 4 ----------------------------------------------------------------------

    def _pay(self, credit: Credit, remaining: int, count_goodwill: bool) -> Fraction:
        """Step 1, pay, and step 2, cap.line."""
        pay, line = credit.rule.pay, credit.line
        base = line_base(self.plan, line)
        if base != 0:
            r = Fraction(remaining, base)
        else:
            r = self._fraction(line["line"], credit.role, count_goodwill)
        amount = {
            "percent": Fraction(pay.ppm, forms.PPM) * remaining,
            "per_unit": pay.amount * line["quantity"] * r,
            "per_line": pay.amount * r,
            "tiers": Fraction(pay.tiers[0][1] if pay.tiers else 0, forms.PPM) * remaining,
        }[pay.kind]
        if credit.rule.cap_line is not None:
            amount = min(amount, Fraction(credit.rule.cap_line))
        return amount

    def _limit_line(self, pays: dict[str, Fraction], remaining: dict[str, int]) -> None:
        """Step 3: x% of the greatest remaining of the limit's roles, credited or not."""
        for limit in self.plan.limits:
            if limit.line is None:
                continue
            greatest = max(remaining[role] for role in limit.roles)
            room = Fraction(limit.line, forms.PPM) * greatest
            for role in limit.roles:
                if role in pays:
                    pays[role] = min(pays[role], room)
                    room -= pays[role]

    def _cap_orders(self, amounts: dict[tuple[int, str], Fraction]) -> None:
        """Step 4: per role, rule and payee; lines by earned time, then line number."""
        every = [credit for credits in self.credits.values() for credit in credits]
        room: dict[tuple[str, str, str], Fraction] = {}
        for credit in sorted(every, key=lambda c: (self._earned_at(c), c.line["line"])):
            if credit.rule.cap_order is None:
                continue
            group = (credit.role, credit.rule.name, credit.payee)
            left = room.setdefault(group, Fraction(credit.rule.cap_order))
            place = (credit.line["line"], credit.role)
            amounts[place] = min(amounts[place], left)
            room[group] = left - amounts[place]

    # -- steps 5 and 6 ---------------------------------------------------------------------

    def _divide(self, credit: Credit, amount: Fraction, base: int,
                exact: dict[Key, list[Fraction]]) -> None:
        """Servers by weight, portions by per cent; parts that share a key are added."""
        if credit.rule.pay.is_nothing():  # SPEC §6: a rule that pays nothing has base 0
            base = 0
        portions = credit.rule.split or {None: forms.PPM}
        for server in credit.servers:
            if server.state != ELIGIBLE:  # its part, with all portions, stays with the funder
                continue
            for portion, ppm in portions.items():
                own = portion in (None, "self")
                payee = (self._own_payee(credit, server) if own
                         else credit.entities.get(portion))
                if payee is None:  # stays with the funder
                    continue
                sums = exact[self._key(credit, payee, portion)]
                sums[0] += amount * server.share * Fraction(ppm, forms.PPM)
                sums[1] += base * server.share if own else 0

    def _own_payee(self, credit: Credit, server: Server) -> str | None:
        """SPEC §4 Leavers: who gets the credit of a guide who is `left` as of the earned time."""
        if server.guide is None:
            return server.payee
        version = reference_as_of(self.facts.guides[server.guide], self._earned_at(credit))
        policy = self.plan.leaver.get(credit.role, "pay")
        if version["status"] != "left" or policy == "pay":
            return server.payee
        if policy == "house":
            return "hq"
        return f"store:{version['store']}" if version["store"] else None

    def _key(self, credit: Credit, payee: str, portion: str | None) -> Key:
        return Key(payee=payee, funder=credit.entities.get(credit.rule.funder, "hq"),
                   role=credit.role, portion=portion, subject=f"order:{self.order.order_id}",
                   line=credit.line["line"], rule=credit.rule.name, plan=self.plan.label,
                   period=self.plan.period(self._earned_at(credit)),
                   available_on=self._available_on(credit))

    # -- when ------------------------------------------------------------------------------

    def _earned_at(self, credit: Credit) -> int | None:
        """SPEC §5 When: the later of payment and the rule's fact."""
        number = credit.line["line"]
        paid = self.order.fact("paid", number)
        fact = self.order.fact(credit.rule.earned, number)
        return max(paid["at"], fact["at"]) if paid and fact else None

    def _available_on(self, credit: Credit) -> str | None:
        """SPEC §5 When: a moved deadline replaces the hold; null while its fact is missing."""
        if credit.rule.hold is None:
            return self.plan.date(self._earned_at(credit))
        number = credit.line["line"]
        deadline = self.order.deadline(number)
        if deadline:
            return self.plan.date(deadline["until"])
        name, days = credit.rule.hold
        fact = self.order.fact(name, number)
        return self.plan.date(fact["at"] + days * forms.DAY_MS) if fact else None


def recruit_entitlement(facts: Facts, customer: str, plan: Plan) -> tuple[Totals, Suspense]:
    """SPEC §5 Recruit: an amount per customer, once, earned at registration, 0 when voided."""
    registration = facts.registrations[customer]
    recruiter, at = registration["recruiter"], registration["at"]
    if recruiter is None or customer in facts.voided:
        return {}, set()
    refs = References(facts, plan)
    store = registration["store"] or refs.store_of_guide(recruiter, at)
    dims = shared_dims(refs, at, store, recruiter, refs.binding(customer, at))
    rule = first_rule(plan, "recruit", dims)
    state = refs.state("recruit", recruiter, customer, at)
    if rule is None or state == INELIGIBLE:
        return {}, set()
    if state == UNKNOWN:
        return {}, {(f"customer:{customer}", None, "recruit")}
    key = Key(f"guide:{recruiter}", "hq", "recruit", None, f"customer:{customer}", None,
              rule.name, plan.label, plan.period(at), plan.date(at))
    return ({key: (rule.per_customer, 0)} if rule.per_customer else {}), set()


def task_entitlement(facts: Facts, task_id: str, plan: Plan) -> tuple[Totals, Suspense]:
    """SPEC §5 Task: by `score` thresholds or by `rank`; nothing before it is closed."""
    task, table = facts.tasks[task_id], plan.tasks.get(task_id)
    if task.closed is None or table is None:
        return {}, set()
    at = task.closed["at"]
    refs = References(facts, plan)
    states = {guide: refs.state("task", guide, None, at) for guide in task.best_scores()}
    ranked = sorted(((guide, event) for guide, event in task.best_scores().items()
                     if states[guide] != INELIGIBLE),
                    key=lambda one: (-one[1]["score"], one[1]["at"], one[0]))
    totals: Totals = {}
    suspense: Suspense = set()
    for place, (guide, event) in enumerate(ranked, 1):
        if table.score is not None:
            amount = max(((start, pay) for start, pay in table.score
                          if start <= event["score"]), default=(0, 0))[1]
        else:
            amount = sum(pay for first, last, pay in table.rank if first <= place <= last)
        if amount and states[guide] == UNKNOWN:
            suspense.add((f"task:{task_id}", None, "task"))
        elif amount:
            key = Key(f"guide:{guide}", "hq", "task", None, f"task:{task_id}", None, task_id,
                      plan.label, plan.period(at), plan.date(at))
            add(totals, key, amount, 0)
    return totals, suspense
