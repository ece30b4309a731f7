"""Every case of tests/flow/*.table, entry by entry: through `fen replay`, and through the oracle.

The expected amounts are worked out by hand from SPEC, with the arithmetic beside them; engine and
oracle are both held to them, so that a mistake both make alike would show.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lib import eventgen, flow, oracle
from lib.oracle import compare

CASES = flow.all_cases(Path(__file__).parent)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_case_gives_its_entries(fen_binary: Path, case: flow.FlowCase) -> None:
    ledger = flow.replay(fen_binary, case)
    assert flow.rows_of(case, ledger) == flow.sorted_rows(case)
    lines = [json.dumps(entry) for entry in ledger]
    events = [eventgen.raw_of(event) for event in case.events]
    result = oracle.run([case.plan] if case.plan else [], events)
    assert list(compare.differences(result, lines)) == []


def test_titles_name_the_section_they_hold() -> None:
    assert [case.title for case in CASES if not case.title.startswith("SPEC §")] == []
    assert len({case.title for case in CASES}) == len(CASES)
