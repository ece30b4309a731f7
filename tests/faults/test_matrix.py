"""Every row of the fault matrix, each with the audit of the whole books at its end."""

from __future__ import annotations

import re
import time

import pytest

from firm import Firm
from lib.servers import ROOT
from matrix import ROWS, Row

_PARTS = {"unit", "unit_py", "flow", "property", "kafka", "fuzz", "sim", "faults"}


def check_held(row: Row) -> str:
    """The tests that a row names exist, in a part that ./test runs."""
    for file, test in row.held_by:
        path = ROOT / file
        assert path.is_file(), f"row {row.number}: no {file}"
        assert path.relative_to(ROOT / "tests").parts[0] in _PARTS, file
        text = path.read_text(encoding="utf-8")
        assert re.search(rf"\b{re.escape(test)}\b", text), f"row {row.number}: no {test} in {file}"
    return "held by " + ", ".join(f"{file.removeprefix('tests/')}" for file, _ in row.held_by)


def play(row: Row, firm: Firm, seconds: float) -> str:
    """The row, and one that draws by lot again and again until its time is over, each time on an
    installation of its own; what the last round has seen."""
    assert row.run is not None
    begin = time.monotonic()
    lasts = seconds if row.options.get("is_random") else 0.0
    if row.options.get("has_rounds"):
        return row.run(firm, lasts)
    rounds = 0
    while True:
        seen = row.run(firm, max(lasts - (time.monotonic() - begin), 0.0))
        if firm.fens:
            firm.stop_all()
        rounds += 1
        if time.monotonic() - begin >= lasts:
            break
        firm.proxy.heal()
        firm.kafka.start()
        firm.open_again(rounds, **row.options.get("open", {}))  # type: ignore[arg-type]
    return seen if rounds == 1 else \
        f"{rounds} rounds in {time.monotonic() - begin:.0f} s, the last: {seen}"


def test_row(row: Row, firm: Firm | None, seconds: float,
             record_property: pytest.FixtureRequest) -> None:
    seen = []
    if row.run is not None:
        assert firm is not None
        seen.append(play(row, firm, seconds))
        if firm.fens:
            firm.stop_all()
    if row.held_by:
        seen.append(check_held(row))
    record_property("seen", "; ".join(seen))  # type: ignore[operator]


def test_every_fault_has_a_row() -> None:
    assert set(range(1, 35)) <= set(ROWS)
