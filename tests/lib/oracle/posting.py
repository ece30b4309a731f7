"""SPEC §6 and §7: posting differences, closed periods and period rules, for one tenant.

Between two closings only the net difference of every key matters, so the oracle compares the
whole entitlement at each closing and at the end ("a cut"), never an event's.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from math import floor
from typing import Callable

from . import forms
from .entitlement import Key, Totals, add
from .plan import Plan, Rule

# Which keys a period rule makes, and what it makes of the sums now.
RuleSums = tuple[Callable[[Key], bool], Totals]


class Ledger:
    """What one tenant has posted."""

    def __init__(self) -> None:
        self.posted: Totals = {}     # keys as posted: periods that were open
        self.entitled: Totals = {}   # keys as computed, at the last cut
        self.period_rules: Totals = {}
        self.closed: set[str] = set()

    def cut(self, entitled: Totals, plans: list[Plan]) -> None:
        """Post the differences since the last cut, then those of the period rules."""
        self._post(self.entitled, entitled)
        self.entitled = entitled
        self._post_period_rules(plans)

    def close(self, period: str) -> None:
        """SPEC §6: after this no entry gets that period."""
        self.closed.add(period)

    def open_period(self, period: str) -> str:
        """SPEC §6: a later difference goes to the earliest open period after it."""
        while period in self.closed:
            period = forms.next_period(period)
        return period

    def _post(self, before: Totals, after: Totals) -> None:
        for key in before.keys() | after.keys():
            (was, base_was), (now, base_now) = before.get(key, (0, 0)), after.get(key, (0, 0))
            if (now, base_now) != (was, base_was):
                posted = key._replace(period=self.open_period(key.period))
                add(self.posted, posted, now - was, base_now - base_was)

    def _post_period_rules(self, plans: list[Plan]) -> None:
        """SPEC §7, period by period: a difference of a closed one lands in a later one."""
        done: set[str] = set()
        while True:
            known = {key.period for key in self.posted} | {
                key.subject.removeprefix("period:") for key in self.period_rules}
            left = sorted(known - done)
            if not left:
                return
            self._post_one_period(left[0], plans)
            done.add(left[0])

    def _post_one_period(self, period: str, plans: list[Plan]) -> None:
        """Tiers, then bonuses (their sums include tiers), then caps (they may name bonuses)."""
        for rules in (tiers_of_period, bonuses_of_period, caps_of_period):
            kind, after = rules(period, self.posted, plans)
            before = {key: value for key, value in self.period_rules.items()
                      if key.subject == f"period:{period}" and kind(key)}
            self._post(before, after)
            for key in before:
                del self.period_rules[key]
            self.period_rules.update(after)


def table_version(plans: list[Plan], plan_id: str, period: str) -> Plan:
    """SPEC §7: the greatest published version whose validity overlaps, else the greatest."""
    versions = [plan for plan in plans if plan.plan_id == plan_id]
    overlapping = [plan for plan in versions if plan.overlaps(period)]
    return max(overlapping or versions, key=lambda plan: plan.version)


def _of_period(posted: Totals, period: str) -> list[tuple[Key, str, int, int]]:
    """(key, plan id, amount, base) of the entries of a period that stand under a plan."""
    return [(key, key.plan.rpartition("@")[0], amount, base)
            for key, (amount, base) in posted.items()
            if key.period == period and key.plan is not None]


def _key(payee: str, role: str, rule: str, plan: Plan, period: str) -> Key:
    return Key(payee, "hq", role, None, f"period:{period}", None, rule, plan.label, period,
               forms.first_day_after(period))


def _is_tier(key: Key) -> bool:
    return key.role not in ("bonus", "cap")


def tiers_of_period(period: str, posted: Totals, plans: list[Plan]) -> RuleSums:
    """SPEC §7 tiers: B = Σ base of the payee's entries of that role and rule."""
    bases: dict[tuple[str, str, str, str], int] = defaultdict(int)
    for key, plan_id, _, base in _of_period(posted, period):
        bases[key.payee, plan_id, key.role, key.rule] += base
    after: Totals = {}
    for (payee, plan_id, role, name), base in bases.items():
        plan = table_version(plans, plan_id, period)
        rule = plan.rule(role, name)
        if rule and rule.pay and rule.pay.kind == "tiers":
            amount = tier_amount(rule, max(0, base))
            add(after, _key(payee, role, name, plan, period), amount, 0)
    return _is_tier, after


def tier_amount(rule: Rule, base: int) -> int:
    """SPEC §7: what the tiers add to the first tier's rate."""
    tiers = rule.pay.tiers
    first = tiers[0][1]
    if rule.pay.mode == "flat":
        rate = max((start, rate) for start, rate in tiers if start <= base)[1]
        return floor(Fraction((rate - first) * base, forms.PPM))
    total = Fraction(0)
    for index, (start, rate) in enumerate(tiers):
        end = tiers[index + 1][0] if index + 1 < len(tiers) else base
        part = max(0, min(base, end) - start)
        total += Fraction((rate - first) * part, forms.PPM)
    return floor(total)


def bonuses_of_period(period: str, posted: Totals, plans: list[Plan]) -> RuleSums:
    """SPEC §7 bonus: guides only; the amount of the highest `from` ≤ the guide's sum."""
    after: Totals = {}
    for (payee, plan_id), by_role in _guide_sums(period, posted).items():
        plan = table_version(plans, plan_id, period)
        for bonus in plan.bonus:
            total = sum(by_role[role][bonus.by == "base"] for role in bonus.roles)
            reached = [amount for start, amount in bonus.table if start <= total]
            key = _key(payee, "bonus", bonus.name, plan, period)
            add(after, key, (reached or [0])[-1], 0)
    return (lambda key: key.role == "bonus"), after


def caps_of_period(period: str, posted: Totals, plans: list[Plan]) -> RuleSums:
    """SPEC §7 limits with `month`: −max(0, Σ amounts − amount), guides only."""
    after: Totals = {}
    for (payee, plan_id), by_role in _guide_sums(period, posted).items():
        plan = table_version(plans, plan_id, period)
        for limit in plan.limits:
            if limit.month is not None:
                total = sum(by_role[role][0] for role in limit.roles)
                key = _key(payee, "cap", limit.name, plan, period)
                add(after, key, -max(0, total - limit.month), 0)
    return (lambda key: key.role == "cap"), after


def _guide_sums(period: str, posted: Totals) -> dict[tuple[str, str], dict[str, list[int]]]:
    """(guide payee, plan id) -> role -> [Σ amount, Σ base] of the period's entries."""
    sums: dict[tuple[str, str], dict[str, list[int]]] = {}
    for key, plan_id, amount, base in _of_period(posted, period):
        if key.payee.startswith("guide:"):
            by_role = sums.setdefault((key.payee, plan_id), defaultdict(lambda: [0, 0]))
            by_role[key.role][0] += amount
            by_role[key.role][1] += base
    return sums
