"""A real shop's months through real Kafka and Redis: the run, its figures, the oracle's verdict.

The events and the plan are sent to their topics, `fen run` works them off, `fen audit` compares
ledger, accounts, order states and Redis, and the oracle folds the ledger and compares every key.
"""

from __future__ import annotations

import functools
import json
import re
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterable

from lib import oracle
from lib.oracle import compare
from lib.servers import Kafka, Program, Redis, free_port, http_get, wait_until
from lib.uci.__main__ import convert

PUBLISHED_AT = 1_290_000_000_000  # before the first invoice


@dataclass
class Months:
    """The input: converted events with the plan's publication before them."""

    events: Path
    figures: dict[str, Any]
    lines: int


@dataclass
class Outcome:
    """What one run of the engine came to."""

    counters: dict[str, int]
    memory: dict[str, float]
    audit: str
    ledger: Path
    accounts: Path
    totals: dict[str, tuple[int, int]] = field(default_factory=dict)  # role: entries, amount


def prepare(directory: Path, months: int | None) -> Months:
    """Convert the first `months` months into directory/events.ndjson, plan included."""
    figures = convert(None, directory / "uci", months, True)
    plan = (directory / "uci" / "plan.yaml").read_text(encoding="utf-8")
    publication = {"id": "plan-1", "tenant": "uci", "type": "plan.published",
                   "time": PUBLISHED_AT, "yaml": plan}
    text = (directory / "uci" / "events.ndjson").read_text(encoding="utf-8")
    path = directory / "events.ndjson"
    path.write_text(json.dumps(publication) + "\n" + text, encoding="utf-8")
    return Months(path, figures, text.count("\n") + 1)


def metric(text: str, name: str) -> float:
    """The sum of a metric over its labels; 0 where it is not there."""
    return sum(float(value) for value in
               re.findall(rf"^{name}(?:{{[^}}]*}})? ([0-9.e+-]+)$", text, flags=re.M))


def call(command: list[str], deadline: float = 600.0) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=deadline, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
    return done.stdout


def counters_of(text: str) -> dict[str, int]:
    names = ["events_read", "events_applied", "events_duplicate", "events_late_touch_dropped",
             "events_dead_lettered", "evaluations", "reevaluations", "entries_posted"]
    return {name: int(metric(text, f"fen_{name}_total")) for name in names}


def run_engine(fen: Path, kafka: Kafka, redis: Redis, log: Path, lines: int, workers: int
               ) -> tuple[dict[str, int], dict[str, float]]:
    """`fen run` until everything is worked off and in Redis; its metrics as it last said them."""
    port = free_port()
    engine = Program([fen, "run", "--bootstrap", kafka.bootstrap, "--redis",
                      f"unix:{redis.socket}", "--http", f"127.0.0.1:{port}", "--workers",
                      str(workers), "--until-idle", "8s"], log).start()
    last = ""

    def has_ended() -> bool:
        nonlocal last
        try:
            last = http_get(f"http://127.0.0.1:{port}/metrics")[1]
        except OSError:
            pass  # not up yet, or leaving
        return not engine.is_running()

    wait_until(has_ended, 900, "fen run to work everything off")
    assert engine.wait() == 0, engine.output()[-4000:]
    assert metric(last, "fen_events_read_total") == lines, engine.output()[-4000:]
    memory = {name: metric(last, name) for name in
              ["process_resident_memory_bytes", "fen_worker_held_bytes", "fen_worker_state_bytes",
               "fen_worker_orders", "fen_worker_customers", "fen_worker_touches"]}
    return counters_of(last), memory


def run(fen: Path, kafka: Kafka, redis: Redis, months: Months, directory: Path, workers: int = 1,
        partitions: int = 4) -> Outcome:
    """The whole way, on a fresh broker and a fresh Redis."""
    servers = ["--bootstrap", kafka.bootstrap]
    call([str(fen), "topics", "apply", "--partitions", str(partitions), *servers])
    call([str(fen), "send", *servers, str(months.events)])
    counters, memory = run_engine(fen, kafka, redis, directory / "fen.log", months.lines, workers)
    ledger, accounts = directory / "ledger.ndjson", directory / "accounts.ndjson"
    audit = call([str(fen), "audit", *servers, "--redis", f"unix:{redis.socket}",
                  "--ledger", str(ledger), "--accounts", str(accounts)])
    outcome = Outcome(counters, memory, audit, ledger, accounts)
    outcome.totals = totals_of(ledger)
    return outcome


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split("\n")[:-1]


def totals_of(ledger: Path) -> dict[str, tuple[int, int]]:
    """Entries and amount by role."""
    entries: Counter[str] = Counter()
    amounts: Counter[str] = Counter()
    for line in lines_of(ledger):
        entry = json.loads(line)
        entries[entry["role"]] += 1
        amounts[entry["role"]] += entry["amount"]
    return {role: (entries[role], amounts[role]) for role in sorted(entries)}


def keys_of(ledger: Path) -> dict[Any, tuple[int, int]]:
    """What the ledger comes to under each key of SPEC §6."""
    amounts: Counter[Any] = Counter()
    bases: Counter[Any] = Counter()
    for line in lines_of(ledger):
        entry = json.loads(line)
        key = compare.key_of(entry)
        amounts[key] += entry["amount"]
        bases[key] += entry["base"]
    return {key: (amounts[key], bases[key]) for key in amounts if amounts[key] or bases[key]}


@functools.cache
def oracle_result(events: Path) -> oracle.Result:
    """What the oracle makes of a file; it takes its time."""
    with open(events, "rb") as file:
        return oracle.run([], file.read().split(b"\n")[:-1])


def oracle_differences(months: Months, outcome: Outcome) -> Iterable[str]:
    """Every key on which the ledger, or the accounts, and the oracle disagree."""
    return list(compare.differences(oracle_result(months.events), lines_of(outcome.ledger),
                                    lines_of(outcome.accounts)))
