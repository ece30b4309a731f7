"""Every row of the fault matrix, each with the audit of the whole books at its end."""

from __future__ import annotations

import re

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


def test_row(row: Row, firm: Firm | None, seconds: float,
             record_property: pytest.FixtureRequest) -> None:
    seen = []
    if row.run is not None:
        assert firm is not None
        seen.append(row.run(firm, seconds))
        if firm.fens:
            firm.stop_all()
    if row.held_by:
        seen.append(check_held(row))
    record_property("seen", "; ".join(seen))  # type: ignore[operator]


def test_every_fault_has_a_row() -> None:
    assert set(range(1, 35)) <= set(ROWS)
