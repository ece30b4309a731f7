"""`fen explain` over random event sets (SPEC §11.7): every amount that the ledger of `fen replay`
has comes out again of the explanation alone, worked out with exact fractions.

    FEN_EXPLAINED=20000 FEN_SEED=0 ./test property
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from property import explain_cases

CASES = int(os.environ.get("FEN_EXPLAINED", "750"))
FIRST = int(os.environ.get("FEN_SEED", "1"))
JOINED = 250
REACHED = """
    order customer task credited nobody no_rule suspended ineligible passed_touch passed_rule
    pay cap.line limit cap.order all_refunds server leaver lost_portion
    """.split() + ["period tier step", "period tier flat", "tier pays", "bonus pays", "cap pays",
                   "moved by order", "moved by plan.published"]


pytestmark = pytest.mark.xdist_group("explain")  # one process has to see what all sets reach


@pytest.fixture(scope="module")
def reached() -> Counter[str]:
    """What all sets of this run had in them."""
    return Counter()


@pytest.mark.parametrize("first", range(FIRST, FIRST + CASES, JOINED))
def test_amounts_come_out_again_of_the_explanation(
    fen_binary: Path, reached: Counter[str], first: int
) -> None:
    wrong, names = explain_cases.check(fen_binary, range(first, first + JOINED))
    reached.update(names)
    assert wrong == []


def test_sets_reach_every_kind_of_step(reached: Counter[str]) -> None:
    if CASES < 750:
        pytest.skip("too few sets to reach everything")
    assert [name for name in REACHED if reached[name] == 0] == []
