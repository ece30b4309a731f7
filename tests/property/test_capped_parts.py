"""Caps per order over parts of many lines are exact (SPEC §5.4), and so is their explanation.

    FEN_CAPPED=100000 FEN_SEED=0 ./test property
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lib.choice import Choice
from property import capped_cases, explain_cases, replay_cases

CASES = int(os.environ.get("FEN_CAPPED", "1000"))
FIRST = int(os.environ.get("FEN_SEED", "1"))
JOINED = 250


@pytest.mark.parametrize("first", range(FIRST, FIRST + CASES, JOINED))
def test_caps_over_parts_of_lines_are_exact(fen_binary: Path, first: int) -> None:
    events = [event for number in range(first, first + JOINED)
              for event in capped_cases.order_events(Choice.seeded(number), number)]
    assert replay_cases.differences(fen_binary, events) == []
    wrong, names = explain_cases.check_events(fen_binary, events)
    assert wrong == []
    assert names["cap.order"] >= JOINED
