"""Every case of tests/flow/*.table through `fen replay`, entry by entry."""

from __future__ import annotations

from pathlib import Path

import pytest

from lib import flow

CASES = [case for path in sorted(Path(__file__).parent.glob("*.table"))
         for case in flow.cases_of(path)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_case_gives_its_entries(fen_binary: Path, case: flow.FlowCase) -> None:
    ledger = flow.replay(fen_binary, case)
    assert flow.rows_of(case, ledger) == flow.sorted_rows(case)
