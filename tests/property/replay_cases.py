"""Random event sets through `fen replay`, many at a time, each under a tenant of its own.

A process per set would spend its time starting; so sets are joined into one file, where a tenant
tells them apart, and the oracle reads that very file. A difference is brought back to its set by
the tenant, and shrunk by leaving out events for as long as the difference stays.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterable

from lib import eventgen, oracle
from lib.choice import Choice
from lib.oracle import compare

Event = dict[str, Any]

PLAN_TIME = eventgen.DAY_0 - 30 * eventgen.DAY


@dataclass
class JoinedCases:
    """Sets joined into one list of events; `first_seed` names the first tenant's set."""

    events: list[Event | bytes]


def with_tenant(event: Event | bytes, tenant: str) -> Event | bytes:
    """The event under the set's tenant; the set's own second tenant stays apart from it."""
    if isinstance(event, bytes):
        return event
    changed = copy.deepcopy(event)
    own = changed.get("tenant", "default")
    if not isinstance(own, str) or "/" in own:
        return changed
    changed["tenant"] = tenant if own == "default" else f"{tenant}.{own}"[:64]
    return changed


def features_of(seed: int) -> eventgen.Features:
    """All there is; every fourth set is of registrations and tasks alone, and many of them, every
    eighth of payees' events."""
    if seed % 8 == 1:
        return eventgen.PAYEE_FACTS
    return eventgen.SUBJECTS if seed % 4 == 0 else eventgen.ALL


def case_events(seed: int, features: eventgen.Features | None = None) -> list[Event | bytes]:
    """The set of a seed, shuffled and repeated, its plans published first."""
    if features is None:
        features = features_of(seed)
    case = eventgen.seeded(seed, features)
    choice = Choice.seeded(seed)
    events = eventgen.shuffled(choice, case.events, features)
    if seed % 3 == 0:
        events = eventgen.duplicated(choice, events)
    tenant = f"s{seed}"
    tenants = {tenant}
    placed = [with_tenant(event, tenant) for event in events]
    tenants |= {event["tenant"] for event in placed
                if isinstance(event, dict) and isinstance(event.get("tenant"), str)}
    plans: list[Event | bytes] = [
        {"id": f"plan-{number}", "tenant": name, "type": "plan.published", "time": PLAN_TIME,
         "yaml": text}
        for name in sorted(tenants) for number, text in enumerate(case.plans)]
    return plans + with_customers(placed)


def with_customers(events: list[Event | bytes]) -> list[Event | bytes]:
    """Order events that say their order's customer, as their key in Kafka would (SPEC §3)."""
    customers = {(event["tenant"], event["order"]): event["customer"] for event in events
                 if isinstance(event, dict) and event.get("type") == "order.placed"
                 and isinstance(event.get("customer"), str) and isinstance(event.get("order"), str)}
    for event in events:
        if isinstance(event, dict) and str(event.get("type")).startswith("order."):
            customer = customers.get((event.get("tenant"), str(event.get("order"))))
            if customer is not None:
                event.setdefault("customer", customer)
    return events


def lines_of(events: Iterable[Event | bytes]) -> bytes:
    return b"".join(eventgen.raw_of(event) + b"\n" for event in events)


def differences(fen: Path, events: list[Event | bytes], *options: str) -> list[str]:
    """What `fen replay` and the oracle disagree on."""
    with tempfile.TemporaryDirectory(prefix="fen-property-") as name:
        directory = Path(name)
        (directory / "in.ndjson").write_bytes(lines_of(events))
        outputs = {kind: directory / f"{kind}.ndjson" for kind in ("ledger", "accounts", "dlq")}
        arguments = [str(fen), "replay", *options]
        for kind, path in outputs.items():
            arguments += [f"--{kind}", str(path)]
        run = subprocess.run([*arguments, str(directory / "in.ndjson")], text=True,
                             capture_output=True, check=False,
                             env={**os.environ, "LANG": "C.UTF-8"})
        if run.returncode != 0:
            return [f"fen replay ended with {run.returncode}: {run.stderr.strip()}"]
        read = {kind: path.read_text(encoding="utf-8").split("\n")[:-1]
                for kind, path in outputs.items()}
    result = oracle.run([], [eventgen.raw_of(event) for event in events])
    # Re-encoded on its way, a refused event's text is no longer the line's.
    letters = None if "protobuf" in options else read["dlq"]
    return list(compare.differences(result, read["ledger"], read["accounts"], letters))


def shrunk(fen: Path, seed: int, *options: str) -> list[Event | bytes]:
    """A smallest list of the seed's events that still differs; empty if it does not alone."""
    events = case_events(seed)
    if not differences(fen, events, *options):
        return []
    at = 0
    while at < len(events):
        fewer = events[:at] + events[at + 1:]
        if differences(fen, fewer, *options):
            events = fewer
        else:
            at += 1
    return events


def report(fen: Path, seeds: Iterable[int], *options: str) -> str:
    """The first failing seed with its shrunk events, as a text to paste; '' when none fails."""
    for seed in seeds:
        events = shrunk(fen, seed, *options)
        if events:
            wrong = differences(fen, events, *options)
            text = "\n".join(json.dumps(event, ensure_ascii=False) if isinstance(event, dict)
                             else repr(event) for event in events)
            return f"seed {seed}, options {' '.join(options)}\n{text}\n" + "\n".join(wrong[:20])
    return ""


def check(fen: Path, seeds: range, *options: str) -> str:
    """'' when all sets of the seeds agree joined; else the report."""
    events = [event for seed in seeds for event in case_events(seed)]
    wrong = differences(fen, events, *options)
    if not wrong:
        return ""
    alone = report(fen, seeds, *options)
    return alone or ("only joined, seeds " + f"{seeds}: " + "\n".join(wrong[:20]))
