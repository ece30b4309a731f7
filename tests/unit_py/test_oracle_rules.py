"""The oracle's reading of SPEC §4 to §7 by small tables whose amounts were worked by hand."""

from __future__ import annotations

from typing import Any

import pytest

from lib.shop import (DAY, DAY_0, HEAD, HOUR, Event, line, paid, picked_up, placed, refunded, run,
                      shared, sums)

BOUND = {"type": "customer.bound", "customer": "c", "guide": "C", "effective": DAY_0 - 10 * DAY}
PERCENT = "[{name: %s, pay: 1%%}]"
ALL_FOUR = "roles: {coupon: [{name: a, pay: 4%}], live: [{name: b, pay: 3%}], " \
           "share: [{name: c, pay: 2%}], bind: [{name: d, pay: 1%, when: {bound_days: 5..}}]}\n"
SALE = HEAD + "roles: {sale: [{name: x, pay: 1%}]}\n"


def order(*lines: Event, **more: Any) -> list[Event]:
    return [placed(*(lines or [line(paid=1_000)]), **more), paid()]


CREDIT_ORDERS = [
    ("[coupon, live, share, bind]", {}, {"bind": 10}),
    ("[coupon, live, share, bind]", {"touch": 1}, {"share": 20}),
    ("[bind, share]", {"touch": 1}, {"bind": 10}),
    ("[coupon, live, share, bind]", {"touch": 1, "live": {"session": "s", "host": "B"}},
     {"live": 30}),
    ("[coupon, live, share, bind]", {"touch": 1, "live": {"session": "s", "host": "B"},
                                     "coupon_guide": "D"}, {"coupon": 40}),
    ("[share, bind]", {"touch": 1, "coupon_guide": "D"}, {"share": 20, "coupon": 40}),
    ("[]", {"touch": 1, "coupon_guide": "D"}, {"share": 20, "coupon": 40, "bind": 10}),
    ("[coupon, bind]", {"coupon_guide": "X"}, {}),          # in suspense, holds the line
    ("[coupon, bind]", {"coupon_guide": "gone"}, {"bind": 10}),
]


@pytest.mark.parametrize("credit_order, of_order, roles", CREDIT_ORDERS)
def test_exclusive_credit(credit_order: str, of_order: Event, roles: dict[str, int]) -> None:
    plan = HEAD + f"credit_order: {credit_order}\n" + ALL_FOUR
    of_order = dict(of_order)
    touches = [shared()] if of_order.pop("touch", 0) else []
    gone = {"type": "guide.set", "guide": "gone", "status": "suspended"}
    assert sums(run(plan, gone, BOUND, *touches, *order(**of_order)), "role") == roles


def test_credit_falls_through_where_no_rule_matches() -> None:
    plan = HEAD + "credit_order: [share, bind]\n" + (
        "roles: {share: [{name: a, pay: 2%, when: {category: x}}], bind: [{name: b, pay: 1%}]}\n")
    lines = [line(1, 1_000, category="x"), line(2, 1_000, category="y"), line(3, 1_000)]
    result = run(plan, BOUND, shared(), *order(*lines))
    assert sums(result, "line", "role") == {(1, "share"): 20, (2, "bind"): 10, (3, "bind"): 10}


SHARERS = [
    ("the latest touch", [shared("A", DAY_0), shared("B", DAY_0 + 1)], {}, "B"),
    ("among equals the greatest id", [{**shared("A"), "id": "z"}, {**shared("B"), "id": "a"}],
     {}, "A"),
    ("not after the order", [shared("A"), shared("B", DAY_0 + 2 * HOUR)], {}, "A"),
    ("an ineligible guide's touch does not count",
     [{"type": "guide.set", "guide": "B", "status": "left"}, shared("A"), shared("B", DAY_0 + 1)],
     {}, "A"),
    ("the buyer's own guide does not count",
     [{"type": "guide.set", "guide": "B", "customers": ["c"]}, shared("A"),
      shared("B", DAY_0 + 1)], {}, "A"),
    ("an unknown guide's touch holds it", [shared("A"), shared("X", DAY_0 + 1)], {}, None),
    ("the order's own sharer decides", [shared("A")],
     {"sharer": {"guide": "B", "time": DAY_0 - DAY}}, "B"),
    ("even if it is ineligible",
     [{"type": "guide.set", "guide": "B", "status": "left"}, shared("A")],
     {"sharer": {"guide": "B", "time": DAY_0}}, None),
    ("but only inside the window", [shared("A")],
     {"sharer": {"guide": "B", "time": DAY_0 - 8 * DAY}}, "A"),
    ("another channel, another window", [shared("A", DAY_0 - 2 * DAY)], {"channel": "tmall"},
     None),
]


@pytest.mark.parametrize("name, events, of_order, guide", SHARERS, ids=[r[0] for r in SHARERS])
def test_the_sharer(name: str, events: list[Event], of_order: Event, guide: str | None) -> None:
    plan = HEAD.replace("window: 7d", "window: 7d, by_channel: {tmall: 1d}") + (
        "roles: {share: [{name: x, pay: 1%}]}\n")
    result = run(plan, *events, *order(created=DAY_0 + HOUR, **of_order))
    assert sums(result, "payee") == ({f"guide:{guide}": 10} if guide else {})


@pytest.mark.parametrize("match, guides", [("any", {1: "guide:B", 2: "guide:B"}),
                                           ("sku_first", {1: "guide:A", 2: "guide:B"})])
def test_sku_first(match: str, guides: dict[int, str]) -> None:
    plan = HEAD.replace("7d", f"7d, match: {match}") + "roles: {share: [{name: x, pay: 1%}]}\n"
    lines = [line(1, 1_000), {**line(2, 1_000), "sku": "other"}]
    result = run(plan, shared("A", sku="k"), shared("B", DAY_0 + 1),
                 *order(*lines, created=DAY_0 + 5))
    assert sums(result, "line", "payee") == {one: 10 for one in guides.items()}


def test_self_purchase() -> None:
    own = {"type": "guide.set", "guide": "A", "store": "l", "customers": ["c"]}
    manager = {"type": "store.set", "store": "l", "manager": "A"}
    plan = SALE.replace("sale:", "manager: [{name: y, pay: 2%}], sale:")
    events = [own, manager, *order(seller="A", store="l")]
    assert sums(run(plan, *events), "role") == {"manager": 20}
    assert sums(run(plan + "self_purchase: allow\n", *events), "role") == {
        "manager": 20, "sale": 10}


ENTITIES = [
    ("sell_store", "store:l", {"store": "l"}), ("sell_store", "store:s", {}),
    ("own_store", "store:own", {}), ("fulfil_store", "store:up", {}),
    ("franchisee", "franchisee:f", {"store": "full"}), ("region", "region:r", {"store": "full"}),
    ("mall", "mall:m", {"store": "full"}), ("mall", None, {"store": "l"}),
    ("mall", None, {"store": "unknown"}), ("sell_store", "store:unknown", {"store": "unknown"}),
    ("brand", "brand:S", {}), ("brand", "brand:b", {"store": "full"}), ("hq", "hq", {}),
    ("manager", "guide:D", {"store": "full"}),
]


@pytest.mark.parametrize("role, payee, of_order", ENTITIES)
def test_entities(role: str, payee: str | None, of_order: Event) -> None:
    """Share takes the line; guide A's store s is the selling store of an order without one."""
    plan = HEAD + ("roles: {share: [{name: x, pay: 1%%, earned: picked_up}], "
                   "%s: [{name: y, pay: 2%%, earned: picked_up}]}\n" % role)
    full = {"type": "store.set", "store": "full", "brand": "b", "region": "r", "mall": "m",
            "franchisee": "f", "manager": "D"}
    result = run(plan, full, {**BOUND, "store": "own"}, shared(), *order(**of_order),
                 picked_up("B", store="up"))
    found = {name: amount for (of_role, name), amount in
             sums(result, "role", "payee").items() if of_role == role}
    assert found == ({payee: 20} if payee else {})


@pytest.mark.parametrize("facts, of_order, store", [
    (["picked_up", "shipped"], {"fulfil_store": "z", "store": "y"}, "picked_up"),
    (["shipped"], {"fulfil_store": "z", "store": "y"}, "shipped"),
    ([], {"fulfil_store": "z", "store": "y"}, "z"), ([], {"store": "y"}, "y")])
def test_the_fulfilling_store(facts: list[str], of_order: Event, store: str) -> None:
    plan = HEAD + "roles: {fulfil_store: [{name: x, pay: 1%}]}\n"
    events = [{"type": f"order.{fact}", "order": "o", "store": fact} for fact in facts]
    assert sums(run(plan, *order(**of_order), *events), "payee") == {f"store:{store}": 10}


WHENS = [
    ("brand: b", 1), ("brand: [x, b]", 1), ("brand: x", 0), ("category: 护肤", 1), ("sku: k", 1),
    ("channel: mini", 1), ("channel: tmall", 0), ("live_session: s1", 1), ("store: l", 1),
    ("store: s", 0), ("store_kind: 加盟", 1), ("store_kind: [owned, concession]", 0),
    ("region: r", 1), ("guide_store: s", 1), ("guide_store: l", 0), ("level: 资深", 1),
    ("payee_kind: guide", 1), ("payee_kind: koc", 0),
    ("bound_days: 10", 1), ("bound_days: 11..", 0), ("bound_days: ..10", 1),
    ("quantity: 2", 1), ("quantity: 1", 0), ("quantity: 1..3", 1),
    ("base: 8.00..10.00", 1), ("base: 10.01..", 0), ("base: ..9.99", 0),
    ("brand: b, sku: k", 1), ("brand: b, sku: z", 0),
]


@pytest.mark.parametrize("when, holds", WHENS)
def test_when(when: str, holds: int) -> None:
    plan = HEAD + "roles: {sale: [{name: x, pay: 1%%, when: {%s}}]}\n" % when
    references = [
        {"type": "guide.set", "guide": "A", "store": "s", "level": "资深"},
        {"type": "store.set", "store": "l", "kind": "franchise", "region": "r"}, BOUND]
    sold = line(paid=1_000, brand="b", category="护肤", quantity=2)
    result = run(plan, *references, *order(
        sold, seller="A", store="l", channel="mini", live={"session": "s1", "host": "B"},
        created=DAY_0 + HOUR))
    assert sums(result, "role") == ({"sale": 10} if holds else {})


def test_an_absent_attribute_matches_nothing() -> None:
    for when in ("brand: b", "category: x", "channel: x", "live_session: x", "store: x",
                 "store_kind: owned", "region: x", "guide_store: x", "level: x",
                 "bound_days: 0.."):
        plan = HEAD + "roles: {sale: [{name: x, pay: 1%%, when: {%s}}]}\n" % when
        events = [{"type": "guide.set", "guide": "N"}, *order(seller="N")]
        assert sums(run(plan, *events)) == {}


PAYS = [  # pay, refunded of 1,000, amount: quantity 3, base 1,003
    ("4.5%", 0, 45), ("0.0001%", 0, 0), ("{per_unit: 2.00}", 0, 600), ("{per_line: 8.00}", 0, 800),
    ("4.5%", 500, 22), ("{per_unit: 2.00}", 500, 299), ("{per_line: 8.00}", 500, 399),
    ("{per_line: 8.00}, cap: {line: 4.50}", 500, 399),
    ("{per_line: 8.00}, cap: {line: 3.50}", 500, 350), ("{tiers: [[0, 2%], [1.00, 50%]]}", 0, 20),
]


@pytest.mark.parametrize("pay, refund, amount", PAYS)
def test_pay(pay: str, refund: int, amount: int) -> None:
    plan = HEAD + "roles: {sale: [{name: x, pay: %s}]}\n" % pay
    sold = line(paid=1_000, quantity=3, discounts={"platform": 3})
    events = order(sold, seller="A") + ([refunded(refund)] if refund else [])
    result = run(plan, *events)
    of_order = {s: n for s, n in sums(result, "subject").items() if s == "order:o"}
    assert of_order == ({"order:o": amount} if amount else {})
    bases = [base for (_, key), (_, base) in result.totals.items() if key.line]
    assert bases == [501 if refund else 1_003]


def test_excluded_portions_leave_the_base() -> None:
    plan = SALE.replace("add_back: [platform]", "exclude: [tax, bonus]")
    sold = line(paid=1_000, portions={"tax": 115, "bonus": 100, "other": 50})
    result = run(plan, *order(sold, seller="A"))
    assert list(result.totals.values()) == [(7, 785)]


def test_a_rule_that_pays_nothing_makes_no_entry() -> None:
    for pay in ("0%", "{per_unit: 0}", "{tiers: [[0, 0%]]}"):
        assert run(SALE.replace("1%", pay), *order(seller="A")).totals == {}
    for pay in ("0.0001%", "{tiers: [[0, 0%], [100.00, 1%]]}"):
        totals = run(SALE.replace("1%", pay), *order(seller="A")).totals
        assert list(totals.values()) == [(0, 1_000)]


GOODWILL = [  # plan's policy, event's policy, sale's entries by funder: (amount, base)
    ("withhold", None, {"hq": (0, 0), "brand:b": (5, 500)}),
    ("goodwill", None, {"hq": (5, 500), "brand:b": (5, 500)}),
    ("goodwill", "withhold", {"hq": (0, 0), "brand:b": (5, 500)}),
    ("withhold", "goodwill", {"hq": (5, 500), "brand:b": (5, 500)}),
]


@pytest.mark.parametrize("of_plan, of_event, entries", GOODWILL)
def test_goodwill(of_plan: str, of_event: str | None, entries: dict[str, Any]) -> None:
    plan = SALE + f"refund: {{sale: {of_plan}}}\n"
    events = [*order(line(paid=1_000, brand="b"), seller="A"), refunded(500, policy=of_event)]
    found = {key.funder: value for (_, key), value in run(plan, *events).totals.items()}
    assert found == {funder: value for funder, value in entries.items() if value != (0, 0)}


def test_goodwill_under_a_line_limit() -> None:
    """8% of the greatest remaining, 1,000: sale 60 (goodwill), manager 20 of 30."""
    plan = HEAD + ("refund: {sale: goodwill}\nroles: {sale: [{name: x, pay: 6%}], "
                   "manager: [{name: y, pay: 6%}]}\n"
                   "limits: [{name: z, roles: [sale, manager], line: 8%}]\n")
    store = {"type": "store.set", "store": "l", "manager": "D"}
    result = run(plan, store, *order(line(paid=1_000, brand="b"), seller="A", store="l"),
                 refunded(500))
    assert sums(result, "role", "funder") == {
        ("sale", "brand:b"): 30, ("sale", "hq"): 30, ("manager", "brand:b"): 10,
        ("manager", "hq"): 10}


def test_serve_is_judged_at_the_pickup_and_keeps_its_room() -> None:
    plan = HEAD + ("roles: {serve: [{name: x, pay: 6%, earned: picked_up}], "
                   "sale: [{name: y, pay: 6%}]}\n"
                   "limits: [{name: z, roles: [serve, sale], line: 8%}]\n")
    left = {"type": "guide.set", "guide": "B", "status": "left", "effective": DAY_0 + DAY}
    events = [left, *order(seller="A")]
    at = DAY_0 + DAY
    assert sums(run(plan, *events, picked_up(at=at - 1)), "role") == {"serve": 60, "sale": 20}
    assert sums(run(plan, *events, picked_up(at=at)), "role") == {"sale": 20}


@pytest.mark.parametrize("hold, facts, period, date", [
    ("", {}, None, None), ("", {"shipped": 5}, "2026-11", "2026-11-29"),
    ("", {"shipped": 9}, "2026-12", "2026-12-03"),
    (", hold: {from: received, days: 7}", {"shipped": 5}, "2026-11", None),
    (", hold: {from: received, days: 7}", {"shipped": 5, "received": 6}, "2026-11", "2026-12-07"),
    (", hold: {from: paid, days: 0}", {"shipped": 9}, "2026-12", "2026-11-27"),
])
def test_when_it_is_earned_and_available(hold: str, facts: dict[str, int], period: str | None,
                                         date: str | None) -> None:
    plan = SALE.replace("1%", "1%, earned: shipped" + hold)
    events = [{"type": f"order.{fact}", "order": "o", "at": DAY_0 + day * DAY}
              for fact, day in facts.items()]
    result = run(plan, placed(line(paid=1_000), seller="A"), paid(at=DAY_0 + 3 * DAY), *events)
    assert sums(result, "period", "available_on") == ({(period, date): 10} if period else {})


def test_the_later_of_payment_and_fact_is_the_earned_time() -> None:
    plan = SALE.replace("1%", "1%, earned: shipped")
    shipped = {"type": "order.shipped", "order": "o", "at": DAY_0}
    result = run(plan, placed(line(paid=1_000), seller="A"), paid(at=DAY_0 + 7 * DAY), shipped)
    assert sums(result, "period", "available_on") == {("2026-12", "2026-12-01"): 10}


TIERS = [  # mode, base, tier's amount
    ("step", 99, 0), ("step", 100, 0), ("step", 199, 0), ("step", 200, 1), ("step", 1_100, 15),
    ("flat", 99, 0), ("flat", 100, 1), ("flat", 999, 9), ("flat", 1_000, 60),
]


@pytest.mark.parametrize("mode, base, amount", TIERS)
def test_tiers(mode: str, base: int, amount: int) -> None:
    """step at 1,100: 1% of the 900 from 100 on, 6% of the 100 from 1,000 on: 9 + 6."""
    plan = SALE.replace("1%", "{mode: %s, tiers: [[0, 1%%], [1.00, 2%%], [10.00, 7%%]]}" % mode)
    result = run(plan, *order(line(paid=base), seller="A"))
    assert sums(result, "subject").get("period:2026-11", 0) == amount


def test_bonus_and_month_limits() -> None:
    plan = SALE + ("bonus: [{name: b, roles: [sale], by: amount, table: [[0.10, 5.00], "
                   "[0.11, 9.00]]}]\n"
                   "limits: [{name: l, roles: [sale, bonus], month: 1.00}]\n")
    result = run(plan, *order(seller="A"))
    assert sums(result, "role", "rule", "available_on") == {
        ("sale", "x", "2026-11-24"): 10, ("bonus", "b", "2026-12-01"): 500,
        ("cap", "l", "2026-12-01"): -410}


def test_period_rules_are_for_guides_only() -> None:
    plan = HEAD + ("roles: {hq: [{name: x, pay: 1%}]}\n"
                   "bonus: [{name: b, roles: [hq], table: [[0.01, 5.00]]}]\n"
                   "limits: [{name: l, roles: [hq], month: 0}]\n")
    assert sums(run(plan, *order()), "role") == {"hq": 10}


def test_several_plans_and_time_zones() -> None:
    west = SALE.replace("+08:00", "-05:00").replace("plan: p", "plan: w")
    adjustment = {"type": "adjustment.posted", "adjustment": "a", "payee": "hq", "amount": 1,
                  "reason": "x", "approver": "y", "time": DAY_0 + 7 * DAY}
    result = run(west, placed(line(paid=1_000), seller="A"), paid(at=DAY_0 + 7 * DAY), adjustment)
    assert sums(result, "role", "period", "available_on") == {
        ("sale", "2026-11", "2026-11-30"): 10, ("manual", "2026-11", "2026-11-30"): 1}
    later = SALE.replace("2026-01-01", "2027-01-01")
    assert sums(run(later, adjustment), "period", "available_on") == {
        ("2026-12", "2026-12-01"): 1}


def test_the_funder_of_a_rule() -> None:
    store = {"type": "store.set", "store": "k", "mall": "m"}
    for funder, of_order, expected in (("brand", {}, "hq"), ("mall", {"store": "k"}, "mall:m"),
                                       ("mall", {}, "hq"), ("sell_store", {"store": "k"},
                                                            "store:k")):
        plan = SALE.replace("1%", f"1%, funder: {funder}")
        assert sums(run(plan, store, *order(seller="A", **of_order)), "funder") == {expected: 10}
