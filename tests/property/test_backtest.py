"""`fen backtest` over random event sets: what it says of two plans is the difference of the two
ledgers that `fen replay` writes, by total, role, funder, payee and order.

The sets publish plans of their own, which here are the two compared: each is replayed alone, and
as in force at all times, which is what a back-test takes a plan for.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import defaultdict
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from lib import eventgen
from lib.choice import Choice
from property import replay_cases

CASES = int(os.environ.get("FEN_BACKTESTS", "60"))
FIRST = int(os.environ.get("FEN_SEED", "1"))
Sums = dict[str, dict[str, list[int]]]


def always(plan: str, version: int) -> str:
    """The plan with neither an end nor a beginning that matters, under a version of its own."""
    plan = re.sub(r"(?m)^(to|失效):.*\n", "", plan)
    plan = re.sub(r"(?m)^(from|生效):.*$", "from: 1970-01-02 00:00", plan)
    return re.sub(r"(?m)^(version|版本):.*$", f"version: {version}", plan)


def events_of(seed: int) -> list[bytes]:
    """The set without its publications, shuffled; ids are told once, as a set's are."""
    features = replay_cases.features_of(seed)
    case = eventgen.seeded(seed, features)
    events = eventgen.shuffled(Choice.seeded(seed), case.events, features)
    seen: set[object] = set()
    kept: list[bytes] = []
    for event in events:
        if isinstance(event, dict):
            identity = (event.get("tenant"), str(event.get("id")))
            if event.get("type") == "plan.published" or identity in seen:
                continue
            seen.add(identity)
        kept.append(eventgen.raw_of(event))
    return kept


def plan_of(seed: int, version: int) -> str | None:
    """A plan of the set's, given or published."""
    case = eventgen.seeded(seed, replay_cases.features_of(seed))
    texts = [*case.plans, *(event.get("yaml") for event in case.events
                            if isinstance(event, dict))]
    plans = [text for text in texts if isinstance(text, str) and "roles" in text]
    return always(plans[0], version) if plans else None


def run(fen: Path, directory: Path, *words: str) -> str:
    done = subprocess.run([str(fen), *words], cwd=directory, text=True, capture_output=True,
                          check=False, env={**os.environ, "LANG": "C.UTF-8"})
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stderr}"
    return done.stdout


def ledger_sums(sums: Sums, side: int, lines: list[str]) -> None:
    for line in lines:
        entry = json.loads(line)
        if entry["role"] in ("manual", "payout"):
            continue
        subject = entry["subject"]
        if subject.startswith("period:"):
            subject = f"{entry['payee']}@{subject.removeprefix('period:')}"
        for dimension, name in (("role", entry["role"]), ("funder", entry["funder"]),
                                ("payee", entry["payee"]), ("subject", subject)):
            sums[dimension].setdefault(f"{entry['tenant']}/{name}", [0, 0])[side] += \
                entry["amount"]


def told_sums(report: dict[str, Any], dimension: str) -> dict[str, list[int]]:
    return {f"{row['tenant']}/{row[dimension]}": [row["before"], row["after"]]
            for row in report[f"by_{dimension}"] if row["before"] or row["after"]}


def comparable_plans(seed: int) -> tuple[str, str]:
    """The plan of a seed and the next one in the same currency; not every seed makes a plan."""
    first = next(plan for other in count(seed) if (plan := plan_of(other, 1)))
    return first, next(plan for other in count(seed + 10_000)
                       if (plan := plan_of(other, 2)) and currency_of(plan) == currency_of(first))


def currency_of(plan: str) -> str:
    return re.findall(r"(?m)^(?:currency|币种):\s*(\w+)", plan)[0]


@pytest.mark.parametrize("seed", range(FIRST, FIRST + CASES))
def test_totals_are_the_difference_of_the_two_ledgers(
    fen_binary: Path, directory: Path, seed: int
) -> None:
    plans = comparable_plans(seed)
    (directory / "in.ndjson").write_bytes(b"".join(raw + b"\n" for raw in events_of(seed)))
    sums: Sums = defaultdict(dict)
    for side, plan in enumerate(plans):
        (directory / f"{side}.yaml").write_text(plan, encoding="utf-8")
        run(fen_binary, directory, "replay", "--plan", f"{side}.yaml", "--ledger", "ledger",
            "in.ndjson")
        ledger_sums(sums, side, (directory / "ledger").read_text(encoding="utf-8").splitlines())
    report = json.loads(run(fen_binary, directory, "backtest", "--plan", "1.yaml", "--against",
                            "0.yaml", "--json", "in.ndjson"))
    for dimension in ("role", "funder", "payee"):
        wanted = {name: pair for name, pair in sums[dimension].items() if any(pair)}
        assert told_sums(report, dimension) == wanted, dimension
    totals = [sum(pair[side] for pair in sums["role"].values()) for side in (0, 1)]
    assert [report["total"]["before"], report["total"]["after"]] == totals
    assert sum(row["guides"] for row in report["histogram"]) == \
        sum(row["payee"].startswith("guide:") for row in report["by_payee"])
    largest = sorted((abs(after - before) for before, after in sums["subject"].values()
                      if after != before), reverse=True)[:10]
    assert [abs(row["change"]) for row in report["changes"]] == largest
    for row in report["changes"]:
        assert sums["subject"][f"{row['tenant']}/{row['subject']}"] == \
            [row["before"], row["after"]]
        assert row["explained_before"] is not None or row["before"] == 0
        assert row["explained_after"] is not None or row["after"] == 0
