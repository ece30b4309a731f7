"""Random event sets through `fen explain`, against the ledger of `fen replay`."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from lib import explained
from property import replay_cases

Event = dict[str, Any]
ID_FIELDS = {"order.placed": ("order", "order"), "customer.registered": ("customer", "customer"),
             "task.closed": ("task", "task")}


def run_fen(fen: Path, *words: str, codes: tuple[int, ...] = (0,)) -> str:
    run = subprocess.run([str(fen), *words], capture_output=True, check=False,
                         env={**os.environ, "LANG": "C.UTF-8"})
    assert run.returncode in codes, run.stderr.decode()
    return run.stdout.decode()


def subjects_of(events: list[Event | bytes]) -> list[str]:
    """Every subject the events may make, as `fen explain` takes them."""
    found: set[str] = set()
    for event in events:
        if not isinstance(event, dict) or event.get("type") not in ID_FIELDS:
            continue
        word, field = ID_FIELDS[event["type"]]
        tenant, name = event.get("tenant"), event.get(field)
        if isinstance(tenant, str) and isinstance(name, str) and tenant and name:
            if "/" not in tenant + name and "\0" not in tenant + name:
                found.add(f"{tenant}/{word}:{name}")
    return sorted(found)


def total_key(entry: Event) -> explained.Row:
    return (entry["payee"], entry["funder"], entry["role"], entry["portion"], entry["line"],
            entry["rule"], entry["plan"], entry["period"], entry["available_on"])


def totals_of(entries: list[Event]) -> dict[explained.Row, tuple[int, int]]:
    """Sums under each key; what a closed period moved to a later one stands under none."""
    amounts: Counter[explained.Row] = Counter()
    bases: Counter[explained.Row] = Counter()
    has_prior = any(entry["prior"] for entry in entries)
    for entry in entries:
        key = total_key({**entry, "period": None} if has_prior else entry)
        amounts[key] += entry["amount"]
        bases[key] += entry["base"]
    return {key: (amounts[key], bases[key]) for key in amounts if amounts[key] or bases[key]}


def without_period(rows: dict[explained.Row, tuple[int, int]]
                   ) -> dict[explained.Row, tuple[int, int]]:
    merged: dict[explained.Row, tuple[int, int]] = {}
    for key, (amount, base) in rows.items():
        key = (*key[:7], None, key[8])
        before = merged.get(key, (0, 0))
        merged[key] = (before[0] + amount, before[1] + base)
    return {key: row for key, row in merged.items() if row != (0, 0)}


def registration_amounts(told: Event) -> list[int]:
    """What a registration comes to, from who was considered."""
    if told["facts"]["customer"].get("voided"):
        return []
    amounts = [item["pay"]["amount"] for item in told.get("considered", [])
               if item["verdict"] == "credited"]
    return [amount for amount in amounts if amount]


def differences(told: Event, entries: list[Event]) -> list[str]:
    """What does not hold of one explanation; `entries` are its subject's in the ledger."""
    name = f"{told['tenant']}/{told['subject']}"
    wrong = []
    if not told["settled"]:
        wrong.append(f"{name}: not settled")
    listed = sorted((entry["payee"], entry["seq"], entry["amount"]) for entry in told["entries"])
    if listed != sorted((entry["payee"], entry["seq"], entry["amount"]) for entry in entries):
        wrong.append(f"{name}: entries are not those of the ledger")
    rows = explained.due_rows(told)
    posted = totals_of(entries)
    if (without_period(rows) if any(entry["prior"] for entry in entries) else rows) != posted:
        wrong.append(f"{name}: due {rows}, posted {posted}")
    kind = told["subject"].split(":")[0]
    if kind == "order":
        again = explained.rows_of(told)
        if again != rows:
            wrong.append(f"{name}: worked out again {again}, due {rows}")
        wrong += [f"{name}: {text}" for text in explained.step_differences(told)
                  if "lines" in told]
    elif kind == "customer":
        if sorted(registration_amounts(told)) != sorted(row[0] for row in rows.values()):
            wrong.append(f"{name}: considered and due differ")
    else:
        awarded = [item["amount"] for item in told["ranking"]
                   if item["standing"] == "eligible" and item["amount"]]
        if sorted(awarded) != sorted(row[0] for row in rows.values()):
            wrong.append(f"{name}: ranking and due differ")
    return wrong


def check(fen: Path, seeds: range) -> tuple[list[str], Counter[str]]:
    """Everything wrong in the sets of the seeds joined, and what they reached."""
    return check_events(fen, [event for seed in seeds for event in replay_cases.case_events(seed)])


def check_events(fen: Path, events: list[Event | bytes]) -> tuple[list[str], Counter[str]]:
    """As check, of one list of events."""
    reached: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="fen-explain-") as directory:
        source = Path(directory) / "in.ndjson"
        ledger = Path(directory) / "ledger.ndjson"
        source.write_bytes(replay_cases.lines_of(events))
        run_fen(fen, "replay", "--ledger", str(ledger), str(source))
        entries: dict[tuple[str, str], list[Event]] = defaultdict(list)
        payees: dict[tuple[str, str], list[Event]] = defaultdict(list)
        for line in ledger.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            entries[entry["tenant"], entry["subject"]].append(entry)
            payees[entry["tenant"], entry["payee"]].append(entry)
        told_lines = run_fen(fen, "explain", "--json", "--events", str(source),
                             *subjects_of(events), *("/".join(payee) for payee in sorted(payees)),
                             codes=(0, 1))
    wrong: list[str] = []
    explained_subjects = set()
    of_periods: set[explained.Row] = set()
    for line in told_lines.split("\n")[:-1]:
        told = json.loads(line)
        if "payee" in told:
            wrong += explained.period_differences(told)
            of_periods |= told_entries(told)
            reached.update(reached_by_period(told))
            continue
        wrong += [f"{told['tenant']}/{told['subject']}: points to {name}, which tells nothing"
                  for name in told["period_rules"] if not counts_somewhere(told, name, payees)]
        subject = (told["tenant"], told["subject"])
        explained_subjects.add(subject)
        wrong += differences(told, entries[subject])
        reached.update(reached_by(told))
    for tenant, subject in sorted(set(entries) - explained_subjects):
        if subject.split(":")[0] in ("order", "customer", "task") and entries[tenant, subject]:
            wrong.append(f"{tenant}/{subject}: has entries and no explanation")
    for payee, posted in sorted(payees.items()):
        missing = {(*payee, entry["subject"], entry["seq"]) for entry in posted
                   if entry["subject"].startswith("period:")} - of_periods
        wrong += [f"{row}: in no period's explanation" for row in sorted(missing)]
    return wrong, reached


def told_entries(told: Event) -> set[explained.Row]:
    """The entries of a period's own that its explanation has."""
    return {(told["tenant"], told["payee"], told["subject"], entry["seq"])
            for entry in told["entries"] if entry["subject"] == told["subject"]}


def counts_somewhere(told: Event, name: str, payees: dict[tuple[str, str], list[Event]]) -> bool:
    """Whether a period that an explanation points to is of a payee and month of its entries."""
    payee, _, month = name.rpartition("/")[2].rpartition("@")
    return any(entry["subject"] == told["subject"] and entry["period"] == month
               for entry in payees[told["tenant"], payee])


def reached_by_period(told: Event) -> list[str]:
    """Names of what a period's explanation has in it."""
    names = ["period"]
    for rule in told["rules"]:
        names.append(f"period {rule['kind']}" + f" {rule.get('mode', '')}".rstrip())
        names += [f"{rule['kind']} pays"] * bool(rule["amount"])
        names += ["taken back"] * (not rule["in_plan"])
    for entry in told["entries"]:
        moved_by = entry["moved_by"] or "nothing"
        names.append(f"moved by {moved_by.split(':')[0]}")
        names += ["prior tier"] * (entry["prior"] and entry["kind"] == "tier")
    return names


def reached_by(told: Event) -> list[str]:
    """Names of what an explanation has in it."""
    names = [told["subject"].split(":")[0]]
    for line in told.get("lines", []):
        for item in line["considered"]:
            names.append(item["verdict"])
            names += ["passed_touch"] * bool(item.get("passed_touches"))
            names += ["passed_rule"] * bool(item.get("passed_rules"))
        for credit in line["credits"]:
            names += [step["step"] for step in credit["steps"]]
            names += [step["pass"] for step in credit["steps"]]
            names += ["server"] * bool(credit["servers"]) + ["leaver"] * bool(credit["leavers"])
            names += ["lost_portion"] * any(item["payee"] is None for item in credit["portions"])
    names += [f"cause {entry['cause']}" for entry in told["entries"]]
    return names
