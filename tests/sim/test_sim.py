"""Whole worlds of workers, projectors, Kafka and Redis in one thread, by seed (tests/README.md).

    FEN_SEEDS=1000000 FEN_SEED=1 ./test sim        a million worlds, on demand
    build/dev/bin/fen_sim --seed N --trace         one world, told step by step
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lib import oracle
from lib.oracle import compare
from sim import worlds

SEEDS = int(os.environ.get("FEN_SEEDS", "5000"))
FIRST = int(os.environ.get("FEN_SEED", "1"))
SAMPLE = range(FIRST, FIRST + 40)


def test_every_world_comes_to_what_its_events_say() -> None:
    assert worlds.failures(FIRST, SEEDS) == []


def test_a_seed_gives_the_same_world_again() -> None:
    arguments = ("--seed", str(FIRST), "--seeds", "40")
    hashes = {said.rsplit(" ", 1)[1] for _, said in (worlds.run(*arguments) for _ in range(2))}
    assert len(hashes) == 1


def test_every_world_that_ends_its_process_says_its_seed() -> None:
    deaths = {"abort": "SIGABRT", "null": "SIGSEGV"}
    if worlds.is_sanitized():  # UBSan, which aborts, is before AddressSanitizer with a null pointer
        deaths |= {"null": "SIGABRT", "integer": "SIGABRT", "heap": "a sanitizer's finding"}
    for way, what in deaths.items():
        is_good, said = worlds.run("--seed", "7", "--seeds", "3", "--die", way)
        assert not is_good and f"seed 9 failed: {what}, see above" in said, said


@pytest.mark.parametrize("mutant", worlds.mutants(), ids=lambda mutant: mutant.name)
def test_a_mistake_is_caught(mutant: worlds.Mutant) -> None:
    assert worlds.catch(mutant) != "", mutant.what


@pytest.mark.parametrize("seed", SAMPLE)
def test_a_ledger_agrees_with_the_oracle(seed: int, tmp_path: Path) -> None:
    events, ledger = tmp_path / "events.ndjson", tmp_path / "ledger.ndjson"
    is_good, said = worlds.run("--seed", str(seed), "--events", str(events), "--ledger",
                               str(ledger))
    assert is_good, said
    if not ledger.exists():
        return  # the workers refused to go on, or periods were closed while they worked
    result = oracle.run([], events.read_bytes().split(b"\n")[:-1])
    lines = ledger.read_text(encoding="utf-8").split("\n")[:-1]
    assert list(compare.differences(result, lines)) == []
