"""What a mutant must survive: flow tables, random event sets with the oracle's answers, unit tests.

Everything that does not depend on the mutant is worked out once and kept in the build tree: the
joined input files, the oracle's result over them, and what the unmutated engine writes. A mutant
that writes those very bytes is as good as unmutated; one that writes others is held against the
tables or the oracle, which decide.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import re
import resource
import subprocess
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from lib import eventgen, flow, oracle
from lib.oracle import compare
from property import replay_cases

# Of processor time, a replay takes a third of a second and a unit test two at the most; a busy
# machine may take many times that by the clock.
REPLAY_SECONDS = 3
TEST_SECONDS = 15
CLOCK_SECONDS = 300
MEMORY_BYTES = 4 << 30
KINDS = ("ledger", "accounts", "dlq")
TENANT = re.compile(r'"tenant":"([^"]*)"')
# What the summary counts of events and of credits in suspense.
COUNTS = re.compile(rb"^.*(?: read = | order\(s\) wait ).*$", re.M)

# Which unit tests know a layer; the quick ones first.
UNIT_TESTS = {
    "model": ["test_money", "test_difference", "test_names", "test_record", "test_lanes"],
    "split": ["test_facts", "test_split_lane", "test_follow", "test_explain",
              "test_worker_restore", "test_lanes"],
    "post": ["test_post_lane", "test_worker_restore", "test_lanes"],
}


def bounded(seconds: int) -> None:
    """In the child: a mutant that runs away is stopped."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@dataclass
class Outcome:
    """What a run of `fen replay` wrote; `failure` where it did not end well."""

    failure: str
    texts: dict[str, bytes]
    counts: tuple[bytes, ...] = ()


def run_replay(fen: Path, source: Path, place: Path, options: tuple[str, ...]) -> Outcome:
    """`fen replay` over a file."""
    command = [str(fen), "replay", *options]
    for kind in KINDS:
        command += [f"--{kind}", str(place / kind)]
    try:
        run = subprocess.run([*command, str(source)], capture_output=True, check=False,
                             timeout=CLOCK_SECONDS, preexec_fn=partial(bounded, REPLAY_SECONDS),
                             env={**os.environ, "LANG": "C.UTF-8"})
    except subprocess.TimeoutExpired:
        return Outcome("does not end", {})
    if run.returncode != 0:
        last = run.stderr.decode(errors="replace").strip().split("\n")[-1]
        return Outcome(f"ended with {run.returncode}: {last[:120]}", {})
    return Outcome("", {kind: (place / kind).read_bytes() for kind in KINDS},
                   tuple(COUNTS.findall(run.stdout + run.stderr)))


def lines_by_tenant(text: bytes) -> dict[str, list[str]]:
    """The lines of a ledger or of accounts."""
    lines: dict[str, list[str]] = {}
    for line in text.decode().split("\n")[:-1]:
        found = TENANT.search(line)
        lines.setdefault(found[1] if found else "", []).append(line)
    return lines


def is_retroactive(case: flow.FlowCase) -> bool:
    return any(event.get("retroactive") for event in case.events)


class Tables:
    """Flow tables as one file, each case a tenant of its own. Cases with a retroactive plan stand
    apart: it evaluates all orders before it anew, and would hide that another cause does not."""

    options: tuple[str, ...] = ()

    def __init__(self, cases: list[flow.FlowCase], name: str, place: Path) -> None:
        self.cases, self.name = cases, name
        self.source = place / f"{name.replace(' ', '-')}.ndjson"
        events = [event for number, case in enumerate(self.cases)
                  for event in flow.tenant_events(case, f"t{number}")]
        self.source.write_bytes(replay_cases.lines_of(events))
        self.golden = Outcome("", {})

    def wrong(self, outcome: Outcome) -> str:
        """The first case that does not give its entries."""
        ledgers = flow.by_tenant(outcome.texts["ledger"].decode().split("\n")[:-1])
        for number, case in enumerate(self.cases):
            rows = flow.rows_of(case, ledgers.get(f"t{number}", []))
            if rows != flow.sorted_rows(case):
                return case.title
        return ""


class RandomSets:
    """Seeded sets as one file, and the oracle's result over it."""

    def __init__(self, place: Path, seeds: range, options: tuple[str, ...], digest: str) -> None:
        self.name = f"sets {seeds.start} to {seeds.stop - 1} {' '.join(options)}".strip()
        self.options = options
        self.golden = Outcome("", {})
        stem = f"sets-{seeds.start}-{seeds.stop}-{digest}"
        self.source = place / f"{stem}.ndjson"
        cache = place / f"{stem}.oracle"
        if not cache.exists():
            events = [event for seed in seeds for event in replay_cases.case_events(seed)]
            self.source.write_bytes(replay_cases.lines_of(events))
            result = oracle.run([], [eventgen.raw_of(event) for event in events])
            cache.write_bytes(pickle.dumps(result))
        self.result: Any = pickle.loads(cache.read_bytes())

    def wrong(self, outcome: Outcome) -> str:
        """The first difference from the oracle, looked for in the tenants that changed."""
        letters = outcome.texts["dlq"].decode().split("\n")[:-1]
        if not self.golden.texts:
            have = {kind: outcome.texts[kind].decode().split("\n")[:-1] for kind in KINDS}
            return next(compare.differences(self.result, have["ledger"], have["accounts"],
                                            letters), "")
        before = {kind: lines_by_tenant(self.golden.texts[kind]) for kind in KINDS[:2]}
        after = {kind: lines_by_tenant(outcome.texts[kind]) for kind in KINDS[:2]}
        tenants = {tenant for kind in KINDS[:2] for tenant in before[kind].keys() | after[kind]
                   if before[kind].get(tenant) != after[kind].get(tenant)}
        narrowed = replace(self.result, totals={key: value for key, value
                                                in self.result.totals.items()
                                                if key[0] in tenants})
        ledger, accounts = ([line for tenant in sorted(tenants)
                             for line in after[kind].get(tenant, [])] for kind in KINDS[:2])
        changed = letters if outcome.texts["dlq"] != self.golden.texts["dlq"] else None
        return next(compare.differences(narrowed, ledger, accounts, changed), "")


class KillSuite:
    """The runs a mutant is put through, cheap ones first."""

    def __init__(self, root: Path, tree: Path, fen: Path, sets: int) -> None:
        place = tree / "suite"
        place.mkdir(exist_ok=True)
        digest = hashlib.sha256()
        for path in sorted([*(root / "tests/lib").rglob("*.py"),
                            root / "tests/property/replay_cases.py"]):
            digest.update(path.read_bytes())
        name = digest.hexdigest()[:12]
        cases = flow.all_cases(root / "tests" / "flow")
        few, some = max(sets // 12, 1), max(sets // 3, 2)
        self.parts: list[Any] = [
            Tables([case for case in cases if not is_retroactive(case)], "flow tables", place),
            Tables([case for case in cases if is_retroactive(case)], "retroactive tables", place),
            RandomSets(place, range(1, few + 1), (), name),
            RandomSets(place, range(few + 1, some + 1),
                       ("--batch", "7", "--partitions", "4", "--workers", "2"), name),
            RandomSets(place, range(some + 1, sets + 1), ("--batch", "50"), name),
        ]
        for part in self.parts:
            golden = run_replay(fen, part.source, place, part.options)
            wrong = golden.failure or part.wrong(golden)
            if wrong:
                raise SystemExit(f"mutate: the unmutated engine fails on {part.name}: {wrong}")
            part.golden = golden

    def killer(self, fen: Path, place: Path) -> str:
        """What kills the program, or '' when nothing of the replays does."""
        for part in self.parts:
            outcome = run_replay(fen, part.source, place, part.options)
            if outcome.failure:
                return f"{part.name}: {outcome.failure}"
            if outcome.counts != part.golden.counts:
                return f"{part.name}: counts {outcome.counts}"
            if outcome.texts == part.golden.texts:
                continue
            try:
                wrong = part.wrong(outcome)
            except (ValueError, KeyError, TypeError) as error:
                wrong = f"no ledger: {error!r}"
            if wrong:
                return f"{part.name}: {wrong}"
        return ""


def unit_killer(program: Path, root: Path) -> str:
    """'' when the test program passes."""
    try:
        run = subprocess.run([str(program)], capture_output=True, check=False,
                             timeout=CLOCK_SECONDS, cwd=program.parent,
                             preexec_fn=partial(bounded, TEST_SECONDS),
                             env={**os.environ, "FEN_SOURCE_DIR": str(root)})
    except subprocess.TimeoutExpired:
        return f"{program.name}: does not end"
    return "" if run.returncode == 0 else program.name
