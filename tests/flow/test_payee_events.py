"""The time zone of adjustments and payouts: pinned for their `time`, moved by a retroactive
publication alone (SPEC §3, §4 Plan, §6)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from flow.test_replay_cli import PLAN, Fen, event, rows
from lib import oracle
from lib.oracle import compare

# 2026-06-01 03:00 in +08:00 is another day and month in -05:00; an hour later still is, and a week
# later it is a day of June in both.
AT = 1_780_254_000_000
LATER = AT + 3_600_000
WEEK = AT + 7 * 86_400_000
# +08:00, -05:00
EAST, WEST = ("2026-06", "2026-06-01"), ("2026-05", "2026-05-31")


def plan(number: int, version: int, zone: str, retroactive: bool = False,
         begins: str = "2026-01-01 00:00") -> str:
    yaml = PLAN.replace("version: 1", f"version: {version}").replace("+08:00", zone)
    yaml = yaml.replace("2026-01-01 00:00", begins)
    return event("plan.published", number, yaml=yaml, retroactive=retroactive)


def fact(number: int, amount: int = 100, time: int = AT, **fields: object) -> str:
    return event("adjustment.posted", number, amount=amount, time=time, payee="guide:A",
                 reason="r", approver="b", **{"adjustment": "a", **fields})


def payout(number: int, kind: str = "sent", time: int = AT) -> str:
    return event(f"payout.{kind}", number, amount=100, time=time, payout="w", payee="guide:A")


def closed(number: int, period: str) -> str:
    return event("period.closed", number, period=period)


@dataclass
class Case:
    """Events, and the entries they come to: amount, period, date, by which event, prior."""

    title: str
    events: list[str]
    entries: list[tuple[object, ...]]


def entry(amount: int, place: tuple[str, str], cause: int, prior: bool = False
          ) -> tuple[object, ...]:
    return amount, *place, f"e{cause}", prior


CASES = [
    Case("a retroactive publication moves what was posted",
         [plan(1, 1, "+08:00"), fact(2), plan(3, 2, "-05:00", True)],
         [entry(100, EAST, 2), entry(100, WEST, 3), entry(-100, EAST, 3)]),
    Case("and a payout, as the negative amount",
         [plan(1, 1, "+08:00"), payout(2), plan(3, 2, "-05:00", True)],
         [entry(-100, EAST, 2), entry(-100, WEST, 3), entry(100, EAST, 3)]),
    Case("any other publication does not",
         [plan(1, 1, "+08:00"), fact(2), plan(3, 2, "-05:00")],
         [entry(100, EAST, 2)]),
    Case("nor does one whose validity does not hold the time",
         [plan(1, 1, "+08:00"), fact(2), plan(3, 2, "-05:00", True, "2026-06-02 00:00")],
         [entry(100, EAST, 2)]),
    Case("nor one that says the same zone",
         [plan(1, 1, "+08:00"), fact(2), plan(3, 2, "+08:00", True)],
         [entry(100, EAST, 2)]),
    Case("a version published before, published again, chooses among all that are published",
         [plan(1, 1, "+08:00"), fact(2), plan(3, 2, "-05:00"), plan(4, 1, "+08:00", True)],
         [entry(100, EAST, 2), entry(100, WEST, 4), entry(-100, EAST, 4)]),
    Case("and none that is published after it",
         [plan(1, 1, "+08:00"), fact(2), plan(3, 1, "+08:00", True), plan(4, 2, "-05:00")],
         [entry(100, EAST, 2)]),
    Case("there and back",
         [plan(1, 1, "+08:00"), fact(2), plan(3, 2, "-05:00", True), plan(4, 3, "+08:00", True)],
         [entry(100, EAST, 2), entry(100, WEST, 3), entry(-100, EAST, 3),
          entry(-100, WEST, 4), entry(100, EAST, 4)]),
    Case("without a plan +08:00, until one comes",
         [fact(1), plan(2, 1, "-05:00")],
         [entry(100, EAST, 1), entry(100, WEST, 2), entry(-100, EAST, 2)]),
    Case("the first plan for the time holds, whichever come after it",
         [fact(1), plan(2, 3, "-05:00", False, "2026-06-02 00:00"), plan(3, 1, "+08:00"),
          plan(4, 2, "-05:00")],
         [entry(100, EAST, 1)]),
    Case("the pin is for the time: a correction of the amount leaves the month",
         [plan(1, 1, "+08:00"), fact(2), plan(3, 2, "-05:00"), fact(4, 150)],
         [entry(100, EAST, 2), entry(50, EAST, 4)]),
    Case("for another time the plan in force is chosen",
         [plan(1, 1, "+08:00"), fact(2), plan(3, 2, "-05:00"), fact(4, 150, LATER)],
         [entry(100, EAST, 2), entry(150, WEST, 4), entry(-100, EAST, 4)]),
    Case("and for the former time again what was chosen then",
         [plan(1, 1, "+08:00"), fact(2), plan(3, 2, "-05:00"), fact(4, 150, LATER), fact(5)],
         [entry(100, EAST, 2), entry(150, WEST, 4), entry(-100, EAST, 4),
          entry(-150, WEST, 5), entry(100, EAST, 5)]),
    Case("even if its event lost when it came",
         [plan(1, 1, "+08:00"), fact(5, 150, LATER), fact(4, 70), plan(6, 2, "-05:00"), fact(7)],
         [entry(150, EAST, 5), entry(-50, EAST, 7)]),
    Case("a former time, too, is chosen anew",
         [plan(1, 1, "+08:00"), fact(2), fact(3, 100, WEEK), plan(4, 2, "-05:00", True),
          plan(5, 3, "+08:00"), fact(6)],
         [entry(100, EAST, 2), entry(-100, EAST, 3), entry(100, ("2026-06", "2026-06-08"), 3),
          entry(100, ("2026-06", "2026-06-07"), 4), entry(-100, ("2026-06", "2026-06-08"), 4),
          entry(100, WEST, 6), entry(-100, ("2026-06", "2026-06-07"), 6)]),
    Case("an event that does not hold moves nothing",
         [plan(1, 1, "+08:00"), fact(9), plan(2, 2, "-05:00"), fact(8, 70)],
         [entry(100, EAST, 9)]),
    Case("a payout that failed is nowhere, in any zone",
         [plan(1, 1, "+08:00"), payout(2), payout(3, "failed"), plan(4, 2, "-05:00", True)],
         [entry(-100, EAST, 2), entry(100, EAST, 3)]),
    Case("a failure alone is nothing to move",
         [payout(1, "failed"), plan(2, 1, "-05:00", True), payout(3)],
         []),
    Case("each fact of a payee for itself",
         [plan(1, 1, "+08:00"), fact(2, 100, WEEK), plan(3, 2, "-05:00"), payout(4),
          payout(5, "sent", AT + 1), fact(6, 70, AT, adjustment="b"), plan(7, 3, "+08:00", True)],
         [entry(100, ("2026-06", "2026-06-08"), 2), entry(-100, WEST, 4), entry(70, WEST, 6),
          entry(100, WEST, 7), entry(-100, EAST, 7), entry(-70, WEST, 7), entry(70, EAST, 7)]),
    Case("a period that is given stays; the date moves",
         [plan(1, 1, "+08:00"), fact(2, period="2026-08"), plan(3, 2, "-05:00", True)],
         [entry(100, ("2026-08", EAST[1]), 2), entry(100, ("2026-08", WEST[1]), 3),
          entry(-100, ("2026-08", EAST[1]), 3)]),
    Case("out of a closed period: what is taken back stands in the next open one",
         [plan(1, 1, "+08:00"), fact(2), closed(3, "2026-06"), plan(4, 2, "-05:00", True)],
         [entry(100, EAST, 2), entry(100, WEST, 4), entry(-100, ("2026-07", EAST[1]), 4, True)]),
    Case("into a closed period: likewise",
         [plan(1, 1, "+08:00"), fact(2), closed(3, "2026-05"), plan(4, 2, "-05:00", True)],
         [entry(100, EAST, 2), entry(100, ("2026-06", WEST[1]), 4, True), entry(-100, EAST, 4)]),
    Case("both closed: the dates alone move, in the next open one",
         [plan(1, 1, "+08:00"), fact(2), closed(3, "2026-05"), closed(4, "2026-06"),
          plan(5, 2, "-05:00", True)],
         [entry(100, EAST, 2), entry(100, ("2026-07", WEST[1]), 5, True),
          entry(-100, ("2026-07", EAST[1]), 5, True)]),
]


@pytest.fixture()
def fen(fen_binary: Path, directory: Path) -> Fen:
    return Fen(fen_binary, directory)


@pytest.mark.parametrize("options", [(), ("--batch", "1"), ("--wire", "protobuf")],
                         ids=["", "batch-1", "protobuf"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_entries(fen: Fen, case: Case, options: tuple[str, ...]) -> None:
    """A publication has no event of its own in the ledger: its entries name its type."""
    out = fen("replay", *options, "-l", "-", "-", text="\n".join(case.events)).stdout
    names = {event["id"]: "plan.published" for event in map(json.loads, case.events)
             if event["type"] == "plan.published"}
    assert [(row["amount"], row["period"], row["available_on"], row["event"], row["prior"])
            for row in rows(out)] == [
        (*wanted[:3], names.get(str(wanted[3]), wanted[3]), wanted[4]) for wanted in case.entries]
    assert {(row["kind"], row["funder"], row["plan"]) for row in rows(out)} <= {
        ("manual", "hq", None), ("payout", "hq", None)}
    result = oracle.run([], [line.encode() for line in case.events])
    assert list(compare.differences(result, out.splitlines())) == []


def test_the_order_of_events_between_publications_does_not_matter(fen: Fen) -> None:
    """Three events of one key and two times, in each order on either side of a publication."""
    east, west = plan(1, 1, "+08:00"), plan(2, 2, "-05:00")
    facts = [fact(3), fact(4, 150, LATER), fact(5)]
    for at in range(4):
        before, after = facts[:at], facts[at:]
        ledgers = [rows(fen("replay", "-l", "-", "-", text="\n".join(
            [east, *before[::way], west, *after[::other]])).stdout)
            for way in (1, -1) for other in (1, -1)]
        assert len({tuple(sorted(totals(ledger).items())) for ledger in ledgers}) == 1


def totals(ledger: list[dict[str, object]]) -> dict[tuple[str, str], int]:
    """What each (period, date) comes to, without zeros."""
    sums: dict[tuple[str, str], int] = {}
    for row in ledger:
        place = str(row["period"]), str(row["available_on"])
        sums[place] = sums.get(place, 0) + int(str(row["amount"]))
    return {place: amount for place, amount in sums.items() if amount}
