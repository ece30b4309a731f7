"""`fen replay` against the oracle over random event sets (SPEC §11.1): any order of arrival,
repetition, batch size and number of partitions and workers gives the oracle's totals.

    FEN_CASES=1000000 FEN_SEED=0 ./test property        a million sets, on demand
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from property import replay_cases

CASES = int(os.environ.get("FEN_CASES", "20000"))
FIRST = int(os.environ.get("FEN_SEED", "1"))
JOINED = 250
OPTIONS = [
    (),
    ("--batch", "7"),
    ("--batch", "1", "--partitions", "3"),
    ("--partitions", "8", "--workers", "5", "--batch", "16"),
    ("--partitions", "4", "--workers", "2", "--wire", "protobuf"),
]


@pytest.mark.parametrize("first", range(FIRST, FIRST + CASES, JOINED))
def test_replay_agrees_with_the_oracle(fen_binary: Path, first: int) -> None:
    options = OPTIONS[(first // JOINED) % len(OPTIONS)]
    assert replay_cases.check(fen_binary, range(first, first + JOINED), *options) == ""
