"""What a mutant is put to: flow tables, random event sets with the oracle's answers, explanations,
unit tests, and the flow tests of the command line.

Every test runs once on the unmutated program (no MUTANT in the environment): that tells which
regions it reaches, how long it takes, and what it writes. A mutant that writes those very bytes is
as good as unmutated; one that writes others is held against the tables or the oracle, which decide.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import itertools
import json
import os
import pickle
import re
import subprocess
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Callable, Iterable

from flow.test_replay_cli import PLAN, Fen, day
from lib import eventgen, flow, oracle
from lib.choice import Choice
from lib.oracle import compare
from property import capped_cases, explain_cases, replay_cases

# Of processor time a mutant may take so many times what the unmutated program does, and then some;
# by the clock much more, since a machine may be busy: that is for one that waits for ever.
TIMES_AS_LONG = 10
EXTRA_MS = 500
CLOCK_SECONDS = 30
# Checked programs run no test that takes longer, and the command line's tests are the short ones.
SLOW_MS = 3000
CLI_MS = 100
KINDS = ("ledger", "accounts", "dlq")
TENANT = re.compile(r'"tenant":"([^"]*)"')
# What the summary counts of events, orders, plans that are missing, and credits in suspense.
COUNTS = re.compile(rb"^.*(?: read = | found no plan| wait for a guide ).*$|^[\d,]+ orders", re.M)
# They take seconds, and reach the core through servers alone.
LEFT_OUT = {"test_http", "test_projector", "test_worker_memory"}
# A part of what these run by themselves.
FEWER = {"FEN_LANE_WORLDS": "16"}
CLI_TESTS = ("flow.test_explain_cli", "flow.test_replay_cli")


class Killed(Exception):
    """What killed the mutant."""


def run_program(words: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
    """A run that must end well; MUTANT and its bounds are in the environment."""
    try:
        run = subprocess.run(words, capture_output=True, check=False, timeout=CLOCK_SECONDS,
                             **options)
    except subprocess.TimeoutExpired:
        raise Killed("does not end") from None
    if run.returncode != 0:
        last = (run.stderr or run.stdout).decode(errors="replace").strip().split("\n")[-1]
        raise Killed(f"ended with {run.returncode}: {last[:120]}")
    return run


@dataclass
class Outcome:
    """What a run of `fen replay` wrote."""

    texts: dict[str, bytes]
    counts: tuple[bytes, ...] = ()


def run_replay(fen: Path, source: Path, options: tuple[str, ...]) -> Outcome:
    """`fen replay` over a file."""
    with tempfile.TemporaryDirectory(prefix="fen-mutant-") as name:
        place = Path(name)
        command = [str(fen), "replay", *options]
        for kind in KINDS:
            command += [f"--{kind}", str(place / kind)]
        run = run_program([*command, str(source)])
        return Outcome({kind: (place / kind).read_bytes() for kind in KINDS},
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


@dataclass
class Test:
    """`run` raises Killed, or an error of its own making; `reached`, `cpu_ms` and `is_slow` are
    those of the unmutated program; `weight` says how likely it is to kill before it has."""

    name: str
    run: Callable[[], None]
    weight: float = 1.0
    reached: set[int] = field(default_factory=set)
    cpu_ms: int = 0
    is_slow: bool = False

    def limit_ms(self) -> int:
        return self.cpu_ms * TIMES_AS_LONG + EXTRA_MS

    def killer(self) -> str:
        """What kills the mutant that the environment names; '' when nothing does."""
        try:
            self.run()
        except Killed as death:
            return f"{self.name}: {death}"
        except Exception as error:  # pylint: disable=broad-except
            # An assertion of a test, or output that is no longer the form it should have.
            return f"{self.name}: {type(error).__name__} {str(error)[:120]!r}"
        return ""


class Replay:
    """A file through `fen replay`; subclasses tell what is wrong of what it wrote."""

    def __init__(self, fen: Path, name: str, source: Path, options: tuple[str, ...]) -> None:
        self.fen, self.name, self.source, self.options = fen, name, source, options
        self.golden: Outcome | None = None

    def run(self) -> None:
        outcome = run_replay(self.fen, self.source, self.options)
        if self.golden is None:
            wrong = self.wrong(outcome)
            self.golden = outcome
        else:
            if outcome.counts != self.golden.counts:
                raise Killed(f"counts {outcome.counts}")
            wrong = "" if outcome.texts == self.golden.texts else self.wrong(outcome)
        if wrong:
            raise Killed(wrong)

    def wrong(self, outcome: Outcome) -> str:
        raise NotImplementedError


class Tables(Replay):
    """Flow tables as one file, each case a tenant of its own. Cases with a retroactive plan stand
    apart: it evaluates all orders before it anew, and would hide that another cause does not."""

    def __init__(self, fen: Path, name: str, place: Path, cases: list[flow.FlowCase],
                 options: tuple[str, ...] = ()) -> None:
        super().__init__(fen, name, place / f"{name.replace(' ', '-')}.ndjson", options)
        self.cases = cases
        events = [event for number, case in enumerate(self.cases)
                  for event in flow.tenant_events(case, f"t{number}")]
        self.source.write_bytes(replay_cases.lines_of(events))

    def wrong(self, outcome: Outcome) -> str:
        """The first case that does not give its entries."""
        after = lines_by_tenant(outcome.texts["ledger"])
        before = lines_by_tenant(self.golden.texts["ledger"]) if self.golden else {}
        for number, case in enumerate(self.cases):
            lines = after.get(f"t{number}", [])
            if self.golden and lines == before.get(f"t{number}", []):
                continue
            if flow.rows_of(case, [json.loads(line) for line in lines]) != flow.sorted_rows(case):
                return case.title
        return outcome.texts["dlq"].decode()[:200]


class RandomSets(Replay):
    """Seeded sets as one file, and the oracle's result over it."""

    def __init__(self, fen: Path, place: Path, seeds: range, options: tuple[str, ...],
                 digest: str) -> None:
        stem = f"sets-{seeds.start}-{seeds.stop}-{digest}"
        name = f"sets {seeds.start} to {seeds.stop - 1} {' '.join(options)}".strip()
        super().__init__(fen, name, place / f"{stem}.ndjson", options)
        cache = place / f"{stem}.oracle"
        if not cache.exists():
            events = [event for seed in seeds for event in replay_cases.case_events(seed)]
            self.source.write_bytes(replay_cases.lines_of(events))
            result = oracle.run([], [eventgen.raw_of(event) for event in events])
            cache.write_bytes(pickle.dumps(result))
        self.cache = cache

    def wrong(self, outcome: Outcome) -> str:
        """The first difference from the oracle, looked for in the tenants that changed."""
        result: Any = pickle.loads(self.cache.read_bytes())
        letters = outcome.texts["dlq"].decode().split("\n")[:-1]
        if self.golden is None:
            have = {kind: outcome.texts[kind].decode().split("\n")[:-1] for kind in KINDS}
            return next(compare.differences(result, have["ledger"], have["accounts"],
                                            letters), "")
        before = {kind: lines_by_tenant(self.golden.texts[kind]) for kind in KINDS[:2]}
        after = {kind: lines_by_tenant(outcome.texts[kind]) for kind in KINDS[:2]}
        tenants = {tenant for kind in KINDS[:2] for tenant in before[kind].keys() | after[kind]
                   if before[kind].get(tenant) != after[kind].get(tenant)}
        narrowed = replace(result, totals={key: value for key, value in result.totals.items()
                                           if key[0] in tenants})
        ledger, accounts = ([line for tenant in sorted(tenants)
                             for line in after[kind].get(tenant, [])] for kind in KINDS[:2])
        changed = letters if outcome.texts["dlq"] != self.golden.texts["dlq"] else None
        return next(compare.differences(narrowed, ledger, accounts, changed), "")


class Explanations:
    """Seeded sets through `fen explain`, whose amounts must come out again of what it tells."""

    def __init__(self, fen: Path, place: Path, seeds: range) -> None:
        self.fen = fen
        self.name = f"explanations of sets {seeds.start} to {seeds.stop - 1}"
        self.source = place / f"explained-{seeds.start}-{seeds.stop}.ndjson"
        events = [event for seed in seeds for event in replay_cases.case_events(seed)]
        events += [event for seed in seeds
                   for event in capped_cases.order_events(Choice.seeded(seed), seed)]
        self.source.write_bytes(replay_cases.lines_of(events))
        self.subjects = explain_cases.subjects_of(events)
        self.golden: dict[str, bytes] = {}
        self.golden_text = b""

    def run(self) -> None:
        told = subprocess.run([str(self.fen), "explain", "--json", "--events", str(self.source),
                               *self.subjects], capture_output=True, check=False,
                              timeout=CLOCK_SECONDS)
        if told.returncode not in (0, 1):
            raise Killed(f"ended with {told.returncode}")
        if self.golden and told.stdout == self.golden_text:
            return
        texts = self.by_subject(told.stdout)
        changed = {subject for subject in texts.keys() | self.golden.keys()
                   if texts.get(subject) != self.golden.get(subject)}
        if not changed:
            return
        ledger = run_replay(self.fen, self.source, ()).texts["ledger"]
        entries: dict[str, list[Any]] = defaultdict(list)
        for line in ledger.splitlines():
            entry = json.loads(line)
            entries[f"{entry['tenant']}/{entry['subject']}"].append(entry)
        for subject in sorted(changed):
            if subject not in texts:
                raise Killed(f"{subject} is not told of")
            wrong = explain_cases.differences(json.loads(texts[subject]), entries[subject])
            if wrong:
                raise Killed(wrong[0])
        if not self.golden:
            self.golden, self.golden_text = texts, told.stdout

    @staticmethod
    def by_subject(text: bytes) -> dict[str, bytes]:
        rows = {}
        for line in text.splitlines():
            told = json.loads(line)
            rows[f"{told['tenant']}/{told['subject']}"] = line
        return rows


def unit_test(program: Path, root: Path) -> Callable[[], None]:
    def run() -> None:
        run_program([str(program)], cwd=program.parent,
                    env={**os.environ, "FEN_SOURCE_DIR": str(root), **FEWER})
    return run


def cli_tests(fen: Path) -> Iterable[Test]:
    """The tests of the command line, called as pytest calls them."""
    for module_name in CLI_TESTS:
        module = importlib.import_module(module_name)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if not name.startswith("test_") or function.__module__ != module_name:
                continue
            marks = [mark for mark in getattr(function, "pytestmark", [])
                     if mark.name == "parametrize"]
            choices = []
            for mark in marks:
                names = [part.strip() for part in mark.args[0].split(",")] \
                    if isinstance(mark.args[0], str) else list(mark.args[0])
                choices.append([dict(zip(names, values if len(names) > 1 else [values]))
                                for values in mark.args[1]])
            for chosen in itertools.product(*choices):
                given = {key: value for part in chosen for key, value in part.items()}
                wanted = set(inspect.signature(function).parameters) - set(given)
                if wanted <= {"fen", "fen_binary"}:
                    title = " ".join(str(value)[:30] for value in given.values())
                    yield Test(f"{module_name.split('.')[1]} {name} {title}".strip(),
                               cli_test(fen, function, given, wanted), weight=0.1)


def cli_test(fen: Path, function: Callable[..., None], given: dict[str, Any],
             wanted: set[str]) -> Callable[[], None]:
    def run() -> None:
        with tempfile.TemporaryDirectory(prefix="fen-mutant-") as name:
            place = Path(name)
            (place / "plan.yaml").write_text(PLAN, encoding="utf-8")
            (place / "day.ndjson").write_text("".join(line + "\n" for line in day()),
                                              encoding="utf-8")
            fixtures = {"fen": Fen(fen, place), "fen_binary": fen}
            function(**given, **{key: fixtures[key] for key in wanted})
    return run


class KillSuite:
    """The tests a mutant may be put to, with the programs in a folder. `prefix` says of what kind
    they are: under sanitizers (not '') only the quick ones, which do not go by texts alone."""

    def __init__(self, root: Path, bin_: Path, sets: int, prefix: str) -> None:
        self.root, self.bin, self.place = root, bin_, bin_.parent / "suite"
        self.prefix, slow = prefix, prefix == ""
        self.place.mkdir(exist_ok=True)
        digest = hashlib.sha256()
        for path in sorted([*(root / "tests/lib").rglob("*.py"),
                            root / "tests/property/replay_cases.py"]):
            digest.update(path.read_bytes())
        self.digest = digest.hexdigest()[:12]
        self.tests = [*self.replays(sets), *self.units()]
        if slow:
            explained = Explanations(bin_ / "fen", self.place, range(1, max(sets // 6, 1) + 1))
            self.tests += [*cli_tests(bin_ / "fen"), Test(explained.name, explained.run)]
        for test in self.tests:
            self.note_baseline(test)
        self.tests = [test for test in self.tests if test.reached
                      and (slow or not test.is_slow)
                      and (test.weight == 1 or test.cpu_ms < CLI_MS)]

    def replays(self, sets: int) -> Iterable[Test]:
        cases = flow.all_cases(self.root / "tests" / "flow")
        calm = [case for case in cases if not is_retroactive(case)]
        few, some = max(sets // 24, 1), max(sets // 3, 2)
        fen = self.bin / "fen"
        batches = ("--batch", "7", "--partitions", "4", "--workers", "2")
        for part in (
            Tables(fen, "flow tables", self.place, calm),
            Tables(fen, "retroactive tables", self.place,
                   [case for case in cases if is_retroactive(case)]),
            RandomSets(fen, self.place, range(1, few + 1), (), self.digest),
            RandomSets(fen, self.place, range(few + 1, some + 1), batches, self.digest),
            RandomSets(fen, self.place, range(some + 1, sets + 1), ("--batch", "50"), self.digest),
        ):
            yield Test(part.name, part.run)

    def units(self) -> Iterable[Test]:
        for name in unit_tests(path.relative_to(self.root).as_posix()
                               for path in (self.root / "tests/unit").iterdir()):
            yield Test(name, unit_test(self.bin / name, self.root))

    def note_baseline(self, test: Test) -> None:
        """One run of the unmutated program."""
        with tempfile.TemporaryDirectory(prefix="fen-reached-") as name:
            os.environ["MUTANT_REACHED"] = name
            before, started = os.times(), time.monotonic()
            wrong = test.killer()
            after = os.times()
            del os.environ["MUTANT_REACHED"]
            if wrong:
                raise SystemExit(f"mutate: the unmutated engine fails: {wrong}")
            test.cpu_ms = int(1000 * (after.children_user - before.children_user
                                      + after.children_system - before.children_system))
            test.is_slow = test.cpu_ms >= SLOW_MS  # not by the clock: a machine may be busy
            test.cpu_ms = max(test.cpu_ms, int(1000 * (time.monotonic() - started)) // 2, 1)
            for path in Path(name).iterdir():
                test.reached.update(int(line) for line in path.read_text().split())


def unit_tests(names: Iterable[str]) -> list[str]:
    """The unit tests that may be asked, of the names of files."""
    return sorted(Path(name).stem for name in names
                  if re.fullmatch(r"tests/unit/test_\w+\.c", name)
                  and Path(name).stem not in LEFT_OUT)
