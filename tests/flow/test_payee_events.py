"""Adjustments and payouts whose plan changes between their events (SPEC §3, §4 Plan)."""

from __future__ import annotations

from pathlib import Path

import pytest

from flow.test_replay_cli import PLAN, Fen, event, rows

# 2026-06-01 03:00 in +08:00 is another day and month in -05:00.
AT = 1_780_254_000_000
EAST = PLAN
WEST = PLAN.replace("version: 1", "version: 2").replace("+08:00", "-05:00")


@pytest.fixture()
def fen(fen_binary: Path, directory: Path) -> Fen:
    return Fen(fen_binary, directory)


@pytest.mark.parametrize(("kind", "key"), [("payout.sent", "payout"),
                                           ("adjustment.posted", "adjustment")])
def test_an_event_that_does_not_hold_moves_nothing(fen: Fen, kind: str, key: str) -> None:
    """Of one key the greatest event id holds: the other one is no news, whenever it comes."""
    fields = {key: "q1", "payee": "guide:A", "reason": "r", "approver": "b", "time": AT}
    holds = event(kind, 9, amount=1554, **fields)
    loses = event(kind, 8, amount=995, **fields)
    east = event("plan.published", 1, yaml=EAST)
    west = event("plan.published", 2, yaml=WEST)
    for lines in ([east, holds, west, loses], [east, holds, loses, west]):
        ledger = rows(fen("replay", "-l", "-", "-", text="\n".join(lines)).stdout)
        assert [(abs(row["amount"]), row["period"]) for row in ledger] == [(1554, "2026-06")]
