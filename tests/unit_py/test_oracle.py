"""The oracle against SPEC: the worked cases of §12, how facts merge (§3), the invariants."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib import eventgen, oracle
from lib.choice import Choice
from lib.shop import (DAY, DAY_0, HEAD, HOUR, PLAN, Event, line, paid, picked_up, placed, refunded,
                      run, shared, sums, worked_line)

A_SHARE, B_SERVE, D_SERVE = ("guide:A", "share"), ("guide:B", "serve"), ("guide:D", "serve")


class TestWorkedCases:
    """SPEC §12, each case by its amounts."""

    def test_1_share_and_serve(self) -> None:
        first = run(PLAN, shared(), placed(), paid())
        assert sums(first) == {A_SHARE: 1_845}
        both = run(PLAN, shared(), placed(), paid(), picked_up())
        assert sums(both) == {A_SHARE: 1_845, B_SERVE: 1_332}
        assert sums(both, "funder") == {"brand:L": 3_177}

    @pytest.mark.parametrize("count, total", [(0, 449), (1, 299), (2, 149), (3, 0)])
    def test_2_partial_refunds(self, count: int, total: int) -> None:
        refunds = [refunded(3_333, f"r{n}") for n in range(count)]
        result = run(PLAN, shared(), placed(line(paid=9_999, quantity=3)), paid(), *refunds)
        assert sums(result).get(A_SHARE, 0) == total

    def test_3_arrival_of_the_refund_first(self) -> None:
        again = placed()
        events = [refunded(39_900), picked_up(), {**again, "id": "x"}, {**again, "id": "x"},
                  paid(), shared()]
        result = run(PLAN, *events)
        assert result.totals == {}
        assert result.counters["duplicate"] == 1
        goodwill = run(PLAN + "refund: {serve: goodwill}\n", *events)
        assert sums(goodwill, "payee", "role", "funder") == {(*B_SERVE, "hq"): 1_332}

    def test_4_a_balance_below_zero(self) -> None:
        def account(*events: Event) -> int:
            result = run(PLAN, shared(), placed(), paid(),
                         {"type": "payout.sent", "payout": "w", "payee": "guide:A",
                          "amount": 1_845},
                         {"type": "adjustment.posted", "adjustment": "a", "payee": "guide:A",
                          "amount": 600, "reason": "x", "approver": "y"}, *events)
            return result.accounts()["default", "guide:A"]["balance"]
        refund = refunded(39_900)
        december = {"type": "adjustment.posted", "adjustment": "b", "payee": "guide:A",
                    "amount": 2_000, "reason": "x", "approver": "y", "period": "2026-12"}
        assert account() == 600
        assert account(refund) == -1_245
        assert account(refund, december) == 755

    def test_5_bindings_and_leavers(self) -> None:
        plan = PLAN + "  bind: [{name: 绑定, pay: 1%}]\nleaver: {share: pay}\n"
        day = [DAY_0 + n * DAY for n in range(8)]
        staff = [{"type": "guide.set", "guide": "A", "store": "s", "status": "left",
                  "effective": day[5]},
                 {"type": "customer.bound", "customer": "c", "guide": "A",
                  "effective": day[0] - DAY},
                 {"type": "customer.bound", "customer": "c", "guide": "C", "effective": day[3]}]
        result = run(plan, *staff, shared(), placed(created=day[2] + 10 * HOUR),
                     paid(at=day[6]), picked_up("D", at=day[6]))
        assert sums(result) == {A_SHARE: 1_845, D_SERVE: 1_332, ("guide:A", "bind"): 410}
        later = run(plan, *staff, placed(created=day[4]), paid(at=day[4]))
        assert sums(later) == {("guide:C", "bind"): 410}

    @pytest.mark.parametrize("refund, amounts", [(0, (1_845, 1_332, 102)),
                                                 (19_950, (922, 666, 51))])
    def test_6_a_line_limit(self, refund: int, amounts: tuple[int, int, int]) -> None:
        plan = PLAN + ("  bind: [{name: 绑定, pay: 2%}]\n"
                       "limits: [{name: 单行, roles: [share, serve, bind], line: 8%}]\n")
        result = run(plan, {"type": "customer.bound", "customer": "c", "guide": "A"},
                     shared(), placed(), paid(), picked_up("A"), refunded(refund))
        assert sums(result) == {("guide:A", role): amount for role, amount in
                                zip(("share", "serve", "bind"), amounts)}

    def test_7_a_split_of_three(self) -> None:
        plan = HEAD + ("roles: {share: [{name: x, pay: 100%, split: {self: 42.8571%, "
                       "sell_store: 42.8571%, brand: 14.2858%}}]}\n")
        result = run(plan, shared(), placed(line(paid=1_012)), paid())
        assert sums(result, "payee") == {"guide:A": 433, "store:s": 433, "brand:S": 144}

    def test_8_tiers(self) -> None:
        plan = HEAD + ("roles: {share: [{name: x, pay: {mode: step, "
                       "tiers: [[0, 2%], [10000.00, 3%]]}}]}\n")

        def share(*events: Event) -> dict[str, int]:
            result = run(plan, shared(), placed(line(paid=950_000)), paid(), *events)
            return sums(result, "subject")
        x = [placed(line(paid=120_000), order="X"), paid("X")]
        y = [placed(line(paid=30_000), order="Y"), paid("Y")]
        tier = "period:2026-11"
        assert share() == {"order:o": 19_000}
        assert share(*x) == {"order:o": 19_000, "order:X": 2_400, tier: 700}
        assert share(*x, *y) == {"order:o": 19_000, "order:X": 2_400, "order:Y": 600,
                                 tier: 1_000}
        assert share(*x, *y, refunded(120_000, order="X")) == {
            "order:o": 19_000, "order:Y": 600}

    def test_9_a_concession_counter(self) -> None:
        plan = PLAN + "  mall: [{name: 商场, pay: 25%}]\n"
        mall = {"type": "store.set", "store": "k", "kind": "concession", "mall": "m"}
        result = run(plan, mall, shared(), placed(worked_line(), store="k"), paid(), picked_up())
        assert sums(result, "payee") == {"mall:m": 10_250, "guide:A": 1_845, "guide:B": 1_332}
        assert sums(result, "funder") == {"brand:L": 13_427}

    def test_10_an_exchange(self) -> None:
        old = [shared(), placed(line(paid=30_000)), paid(), picked_up()]
        new = [placed(line(paid=45_000), order="n"), paid("n"), picked_up("D", order="n")]
        assert sums(run(PLAN, *old)) == {A_SHARE: 1_350, B_SERVE: 975}
        result = run(PLAN, *old, *new, refunded(30_000))
        assert sums(result) == {A_SHARE: 2_025, D_SERVE: 1_462}

    @pytest.mark.parametrize("before_end, amount", [(0, 0), (1, 1_845)])
    def test_11_the_end_of_the_window(self, before_end: int, amount: int) -> None:
        created = DAY_0 + 7 * DAY - before_end
        result = run(PLAN, shared(), placed(created=created), paid())
        assert sums(result).get(A_SHARE, 0) == amount

    def test_12_a_presale(self) -> None:
        balance = DAY_0 + 30 * DAY
        events = [shared(), placed(line(paid=1_000), created=DAY_0 + DAY),
                  placed(worked_line(), created=DAY_0 + DAY, version=2)]
        assert sums(run(PLAN, *events)) == {}
        result = run(PLAN, *events, paid(at=balance))
        assert sums(result, "payee", "period") == {("guide:A", "2026-12"): 1_845}


# What holds among facts of one kind: (name, events, amounts of guide A's share by order).
MERGES = [
    ("the highest version", [placed(line(paid=100), version=1), placed(
        line(paid=1_000), version=2), placed(line(paid=10_000), version=0), paid()], 45),
    ("among equal versions the greatest id", [
        {**placed(line(paid=1_000)), "id": "z"}, {**placed(line(paid=100)), "id": "a"},
        paid()], 45),
    ("a fact waits for its order", [paid(), placed(line(paid=1_000))], 45),
    ("a cancelled order is zero", [placed(), paid(), {
        "type": "order.cancelled", "order": "o"}], 0),
    ("refunds are a set", [placed(line(paid=1_000)), paid(), refunded(400, "r"),
                           refunded(200, "q")], 18),
    ("the same refund again: the greatest id", [
        placed(line(paid=1_000)), paid(), {**refunded(400), "id": "z"},
        {**refunded(200), "id": "a"}], 27),
    ("refunds are clamped", [placed(line(paid=1_000)), paid(), refunded(1_001)], 0),
    ("without cash by quantity", [
        placed(line(paid=0, quantity=4, discounts={"platform": 1_000})), paid(),
        refunded(0, of_line={"quantity": 1})], 33),
    ("without cash and quantity the whole line", [
        placed(line(paid=0, quantity=4, discounts={"platform": 1_000})), paid(),
        refunded(0)], 0),
]


@pytest.mark.parametrize("name, events, amount", MERGES, ids=[row[0] for row in MERGES])
def test_order_facts_merge(name: str, events: list[Event], amount: int) -> None:
    for order in (events, events[::-1]):
        assert sums(run(PLAN, shared(), *order)).get(A_SHARE, 0) == amount


def test_the_earliest_fact_holds_per_line_and_among_equals_the_smallest_id() -> None:
    lines = [line(1, 1_000), line(2, 1_000)]
    events = [placed(*lines), paid(), {**picked_up("B", at=DAY_0 + 5), "id": "m"},
              {**picked_up("C", at=DAY_0 + 4), "lines": [2], "id": "n"},
              {**picked_up("D", at=DAY_0 + 5), "id": "k"}]
    for order in (events, events[::-1]):
        assert sums(run(PLAN, *order), "payee", "line") == {("guide:D", 1): 32, ("guide:C", 2): 32}


def test_an_unknown_line_waits() -> None:
    two = [line(1, 1_000), line(2, 1_000)]
    events = [placed(two[0]), paid(), {**picked_up(), "lines": [2]}]
    before = run(PLAN, *events)
    assert (sums(before), before.counters["waiting"]) == ({}, 1)
    after = run(PLAN, *events, placed(*two, version=2))
    assert (sums(after), after.counters["waiting"]) == ({B_SERVE: 32}, 0)


def test_the_deadline_with_the_greatest_time_replaces_the_hold() -> None:
    plan = HEAD + ("roles: {share: [{name: x, pay: 1%, hold: {from: received, days: 7}}]}\n")
    moved = [{"type": "order.deadline_moved", "order": "o", "time": DAY_0 + n, "id": i,
              "until": DAY_0 + days * DAY}
             for n, i, days in ((5, "b", 9), (5, "a", 8), (4, "z", 7))]
    events = [shared(), placed(), paid()]
    received = {"type": "order.received", "order": "o", "at": DAY_0 + DAY}
    dates = [(events, None), ([*events, received], "2026-12-02"),
             ([*events, *moved], "2026-12-03"), ([*events, received, *moved], "2026-12-03")]
    for case, date in dates:
        assert list(sums(run(plan, *case), "available_on")) == [date]


def test_histories_as_of_a_time() -> None:
    """A reference's earliest version covers all time before it, a binding's does not."""
    plan = HEAD + "roles: {bind: [{name: x, pay: 1%, when: {level: [a, b]}}]}\n"
    def bind(created: int) -> dict[Any, int]:
        return sums(run(
            plan,
            {"type": "guide.set", "guide": "A", "level": "a", "effective": DAY_0 + 1},
            {"type": "customer.bound", "customer": "c", "guide": "B", "effective": DAY_0},
            {"type": "customer.bound", "customer": "c", "guide": "A", "effective": DAY_0 + 1,
             "id": "y"},
            {"type": "customer.bound", "customer": "c", "guide": "E", "effective": DAY_0 + 1,
             "id": "x"},
            {"type": "guide.set", "guide": "E", "level": "a", "effective": DAY_0 + 9},
            {"type": "customer.bound", "customer": "c", "guide": "E", "effective": DAY_0 + 2},
            placed(line(paid=1_000), created=created), paid()), "payee")
    assert bind(DAY_0 - 1) == {}
    assert bind(DAY_0) == {}             # B has no level
    assert bind(DAY_0 + 1) == {"guide:A": 10}
    assert bind(DAY_0 + 2) == {"guide:E": 10}


def test_book_transferred_moves_the_holder_on() -> None:
    plan = HEAD + "roles: {bind: [{name: x, pay: 1%}]}\n"

    def moved(source: str, to: str, day: int) -> Event:
        return {"type": "book.transferred", "from": source, "to": to,
                "effective": DAY_0 + day * DAY}
    bound = {"type": "customer.bound", "customer": "c", "guide": "A", "effective": DAY_0}
    for moves, payee in (([moved("A", "B", 0)], "guide:A"),   # not after the binding
                         ([moved("A", "B", 1), moved("A", "C", 2)], "guide:B"),
                         ([moved("A", "B", 1), moved("B", "C", 1)], "guide:B"),
                         ([moved("A", "B", 1), moved("B", "C", 2)], "guide:C"),
                         ([moved("A", "B", 9)], "guide:A")):
        result = run(plan, bound, *moves, placed(line(paid=1_000), created=DAY_0 + 3 * DAY),
                     paid())
        assert sums(result, "payee") == {payee: 10}


def test_registration_task_and_payout_facts() -> None:
    plan = HEAD + ("roles: {recruit: [{name: x, per_customer: 5.00}]}\n"
                   "tasks: {game: {score: [[600, 20.00], [800, 50.00]]}, "
                   "week: {rank: [[1, 5.00], [2..3, 3.00]]}}\n")
    def registered(guide: str, at: int) -> Event:
        return {"type": "customer.registered", "customer": "c", "recruiter": guide, "at": at}
    def scored(task: str, guide: str, score: int, at: int) -> Event:
        return {"type": "task.scored", "task": task, "guide": guide, "score": score, "at": at}
    voided = {"type": "customer.registration_voided", "customer": "c"}
    early = [registered("A", DAY_0 + 2), registered("B", DAY_0 + 1)]
    assert sums(run(plan, *early)) == {("guide:B", "recruit"): 500}
    assert sums(run(plan, voided, *early)) == {}
    game = [scored("game", "A", 799, 5), scored("game", "A", 800, 11),
            scored("game", "B", 900, 10)]
    closed = {"type": "task.closed", "task": "game", "at": 10}
    assert sums(run(plan, *game)) == {}
    day = [{**event, "at": DAY_0 + event["at"]} for event in [*game, closed]]
    assert sums(run(plan, *day)) == {("guide:A", "task"): 2_000, ("guide:B", "task"): 5_000}
    week = [scored("week", guide, score, DAY_0 + at) for guide, score, at in (
        ("A", 5, 2), ("B", 5, 1), ("C", 5, 1), ("Z", 9, 1), ("D", 4, 1))]
    result = run(plan, *week, {"type": "task.closed", "task": "week", "at": DAY_0 + 9})
    assert sums(result, "payee") == {"guide:B": 300, "guide:C": 300}
    assert result.suspense == {("default", "task:week", None, "task")}


def test_payouts_and_adjustments_are_sets() -> None:
    def sent(amount: int, **more: Any) -> Event:
        return {"type": "payout.sent", "payout": "w", "payee": "hq", "amount": amount, **more}
    failed = {"type": "payout.failed", "payout": "w", "payee": "hq", "amount": 1}
    assert sums(run(PLAN, sent(5, id="z"), sent(7, id="a"))) == {("hq", "payout"): -5}
    assert sums(run(PLAN, failed, sent(5))) == {}


def test_one_id_two_events() -> None:
    events = [{**shared("A"), "id": "x"}, {**shared("B"), "id": "x"}, placed(), paid()]
    result = run(PLAN, *events)
    assert sums(result) == {A_SHARE: 1_845}
    assert (result.counters["duplicate"], result.counters["id_conflict"]) == (1, 1)


def test_suspense_is_counted_and_keeps_its_room() -> None:
    plan = HEAD + ("credit_order: [coupon, share]\nroles:\n"
                   "  coupon: [{name: a, pay: 6%}]\n  share: [{name: b, pay: 6%}]\n"
                   "  sale: [{name: c, pay: 6%}]\n"
                   "limits: [{name: l, roles: [coupon, sale], line: 8%}]\n")
    events = [shared(), placed(line(paid=1_000), coupon_guide="X", seller="B"), paid()]
    held = run(plan, *events)
    assert sums(held) == {("guide:B", "sale"): 20}
    assert held.suspense == {("default", "order:o", 1, "coupon")}
    known = run(plan, *events, {"type": "guide.set", "guide": "X"})
    assert sums(known) == {("guide:X", "coupon"): 60, ("guide:B", "sale"): 20}
    assert known.suspense == set()


def test_several_servers_share_a_portion_before_the_floor() -> None:
    plan = HEAD + ("roles: {serve: [{name: x, pay: 1%, earned: picked_up, "
                   "split: {self: 50%, hq: 50%}}]}\n")
    servers = [{"guide": "A"}, {"guide": "B", "weight": 2}, {"guide": "X"}]
    result = run(plan, placed(line(paid=10_300)), paid(), {**picked_up(), "servers": servers})
    # 103 a line, 51.5 a portion: A 1/4, B 2/4, and X is in suspense with its portions
    assert sums(result, "payee", "portion") == {
        ("guide:A", "self"): 12, ("guide:B", "self"): 25, ("hq", "hq"): 38}
    assert sorted(base for _, base in result.totals.values()) == [0, 2_575, 5_150]


@pytest.mark.parametrize("policy, payees", [
    ("pay", {"guide:A": 5, "store:s": 5}), ("store", {"store:s2": 5, "store:s": 5}),
    ("house", {"hq": 5, "store:s": 5})])
def test_leaver_policies(policy: str, payees: dict[str, int]) -> None:
    plan = HEAD + (f"leaver: {{share: {policy}}}\nroles: {{share: [{{name: x, pay: 1%, "
                   "split: {self: 50%, sell_store: 50%}}]}\n")
    left = {"type": "guide.set", "guide": "A", "status": "left", "store": "s2",
            "effective": DAY_0 + 1}
    result = run(plan, left, shared(), placed(line(paid=1_000)), paid(at=DAY_0 + 1))
    assert sums(result, "payee") == payees


def test_cap_order_serves_lines_by_earned_time() -> None:
    plan = HEAD + ("roles: {sale: [{name: x, pay: 10%, earned: shipped, "
                   "cap: {line: 0.80, order: 1.00}}]}\n")
    lines = [line(number, 1_000, seller="A") for number in (1, 2, 3)]
    shipped = [{"type": "order.shipped", "order": "o", "lines": [number], "at": DAY_0 + at}
               for number, at in ((1, 9), (2, 5), (3, 9))]
    result = run(plan, placed(*lines), paid(), *shipped)
    assert sums(result, "line") == {2: 80, 1: 20}


def test_a_closed_period_moves_differences_to_the_earliest_open_one() -> None:
    plan = HEAD + ("roles: {share: [{name: x, pay: {tiers: [[0, 1%], [100.00, 2%]]}}]}\n"
                   "bonus: [{name: y, roles: [share], table: [[250.00, 1.00]]}]\n")
    sale = [shared(), placed(line(paid=20_000)), paid()]
    closed = {"type": "period.closed", "period": "2026-11"}
    next_closed = {"type": "period.closed", "period": "2026-12"}
    late = [placed(line(paid=30_000), order="late"), paid("late")]
    by_period = sums(run(plan, *sale, next_closed, closed, *late), "period", "role", "subject")
    assert by_period == {
        ("2026-11", "share", "order:o"): 200, ("2026-11", "share", "period:2026-11"): 100,
        ("2027-01", "share", "order:late"): 300, ("2027-01", "share", "period:2027-01"): 200,
        ("2027-01", "bonus", "period:2027-01"): 100}


def test_plans_are_pinned_and_chosen_anew_by_a_retroactive_publication() -> None:
    better = PLAN.replace("version: 1", "version: 2").replace("4.5%", "9%")
    sale = [shared(), placed(line(paid=1_000)), paid()]
    published = {"type": "plan.published", "yaml": better}
    assert sums(run(PLAN, *sale, published), "plan") == {"p@1": 45}
    assert sums(run(PLAN, published, *sale), "plan") == {"p@2": 90}
    assert sums(run(PLAN, *sale, {**published, "retroactive": True}), "plan") == {"p@2": 90}
    again = {**published, "yaml": better.replace("9%", "8%")}
    result = run(PLAN, published, *sale, again)
    assert sums(result, "plan") == {"p@2": 90}
    assert (result.counters["duplicate"], result.counters["plan_conflict"]) == (1, 1)
    dollars = run(PLAN, shared(), placed(currency="HKD"), paid())
    assert (dollars.totals, dollars.unplanned) == ({}, {("default", "o")})


def test_chinese_and_english_names_mix() -> None:
    chinese = """
方案: p
版本: 1
币种: CNY
时区: "+08:00"
生效: 2026-01-01 00:00
基数: {加回: [platform]}
分享: {有效期: 7天, match: 任意}
独占顺序: []
角色:
  分享: [{规则名: 分享, 当: {门店类型: 自营}, 佣金: 4.5%, 承担: 品牌}]
  serve: [{名称: 服务, pay: 3.25%, 计入: 提货}]
"""
    events = [shared(), placed(worked_line(), store="l"), paid(), picked_up()]
    assert run(chinese, *events).totals == run(PLAN, *events).totals


@settings(max_examples=120)
@given(st.one_of(eventgen.cases(eventgen.ALL), eventgen.cases(eventgen.PAYEE_FACTS)))
def test_totals_do_not_depend_on_the_order_of_arrival(case: eventgen.Case) -> None:
    """Invariant 1, and the counters add up (§9)."""
    first = oracle.run(case.plans, case.events)
    choice = Choice.seeded(len(case.events))
    mixed = eventgen.shuffled(choice, eventgen.duplicated(choice, case.events))
    second = oracle.run(case.plans, mixed)
    assert second.totals == first.totals
    assert second.suspense == first.suspense
    assert second.counters["applied"] == first.counters["applied"]
    for counters in (first.counters, second.counters):
        assert counters["read"] == (counters["applied"] + counters["duplicate"]
                                    + counters["dead_lettered"])


@pytest.mark.parametrize("seed", range(40))
def test_a_withheld_full_refund_brings_every_line_to_zero(seed: int) -> None:
    """Invariant 2."""
    case = eventgen.seeded(seed, eventgen.ALL - {"goodwill", "closed_periods", "bad", "tenants"})
    orders = {event["order"] for event in case.events
              if eventgen.kind_of(event) == "order.placed"}
    refunds = [{"id": f"full-{order}", "type": "order.refunded", "time": DAY_0, "order": order,
                "refund": "full", "policy": "withhold",
                "lines": [{"line": number, "amount": 10**15} for number in (1, 2, 3, 9)]}
               for order in sorted(orders)]
    result = oracle.run(case.plans, case.events + refunds)
    left = {key.subject for _, key in result.totals}
    assert not any(subject.startswith("order:") for subject in left)


def test_the_generator_reaches_every_part() -> None:
    seen: set[str] = set()
    for seed in range(600):
        result = oracle.run(*vars(eventgen.seeded(seed)).values())
        for _, key in result.totals:
            seen |= {key.role, f"portion {key.portion}", f"date {key.available_on is not None}",
                     f"subject {key.subject.split(':')[0]}", f"period {key.period}"}
        seen |= {name for name, count in result.counters.items() if count}
    roles = set(eventgen.MILESTONE) & {"share", "serve", "bind", "live", "coupon", "sale"}
    assert seen >= roles | {
        "manager", "sell_store", "own_store", "fulfil_store", "franchisee", "region", "mall",
        "brand", "hq", "recruit", "task", "bonus", "cap", "manual", "payout", "date False",
        "portion self", "portion region", "subject period", "period 2027-01", "suspense",
        "unplanned", "waiting", "refund_excess", "id_conflict", "dead_lettered", "duplicate"}
