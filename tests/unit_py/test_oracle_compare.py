"""The oracle's command line: totals, accounts and dead letters out, and a ledger compared."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Callable

import pytest

from lib import eventgen, oracle

LIB = Path(__file__).resolve().parents[1] / "lib"
PLAN = """plan: p
version: 1
currency: CNY
timezone: "+08:00"
from: 2026-01-01 00:00
roles: {sale: [{name: x, pay: 1%, hold: {from: received, days: 7}}]}
"""
Entry = dict[str, Any]


def sale(order: str, seller: str) -> list[Entry]:
    return [{"id": f"a-{order}", "type": "order.placed", "time": eventgen.DAY_0, "order": order,
             "created": eventgen.DAY_0, "seller": seller,
             "lines": [{"line": 1, "sku": "k", "quantity": 1, "paid": 1_000}]},
            {"id": f"b-{order}", "type": "order.paid", "time": eventgen.DAY_0, "order": order}]


EVENTS: list[Entry | bytes] = [
    {"id": "g1", "type": "guide.set", "time": 0, "guide": "g1"},
    {"id": "g2", "type": "guide.set", "time": 0, "guide": "g2"},
    *sale("o1", "g1"), b'{"id": "\xff"}', *sale("o2", "g2"), *sale("o3", "g1"), b"[]",
]


def run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "oracle", *arguments], cwd=directory, text=True,
                          capture_output=True, env={**os.environ, "PYTHONPATH": str(LIB)},
                          check=False)


def ledger_of(result: oracle.Result) -> list[Entry]:
    """A ledger as `fen replay` writes it: one entry a key."""
    seqs: Counter[str] = Counter()
    balances: Counter[str] = Counter()
    entries = []
    for (tenant, key), (amount, base) in sorted(result.totals.items(), key=str):
        seqs[key.payee] += 1
        balances[key.payee] += amount
        entries.append({
            "tenant": tenant, **key._asdict(), "seq": seqs[key.payee], "kind": "accrual",
            "amount": amount, "base": base, "balance": balances[key.payee], "rate_ppm": 10_000,
            "capped_by": None, "touch": None, "prior": False, "earned_at": eventgen.DAY_0,
            "event": "b-o1"})
    return entries


@pytest.fixture()
def files(tmp_path: Path) -> Path:
    """The inputs, and what a right `fen replay` would have made of them."""
    case = eventgen.Case([PLAN], EVENTS)
    result = oracle.run(case.plans, case.events)
    (tmp_path / "p.yaml").write_text(PLAN, encoding="utf-8")
    (tmp_path / "in.ndjson").write_bytes(case.ndjson())
    entries = ledger_of(result)
    seqs = Counter(entry["payee"] for entry in entries)
    accounts = [{**account, "seq": seqs[account["payee"]]}
                for account in result.accounts().values()]
    write(tmp_path / "ledger", entries)
    write(tmp_path / "accounts", accounts)
    write(tmp_path / "dlq", [letter.as_json() for letter in result.dead_letters])
    return tmp_path


def write(path: Path, rows: list[Entry]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def compare(files: Path) -> subprocess.CompletedProcess[str]:
    return run(files, "compare", "--plan", "p.yaml", "--ledger", "ledger", "--accounts",
               "accounts", "--dlq", "dlq", "in.ndjson")


def test_totals_accounts_and_dead_letters_are_written(files: Path) -> None:
    done = run(files, "--plan", "p.yaml", "--ledger-totals", "t", "--accounts", "-", "--dlq", "d",
               "in.ndjson")
    assert (done.returncode, done.stderr) == (0, "")
    totals = [json.loads(line) for line in (files / "t").read_text().splitlines()]
    assert [(row["payee"], row["subject"], row["amount"], row["base"]) for row in totals] == [
        ("guide:g1", "order:o1", 10, 1_000), ("guide:g1", "order:o3", 10, 1_000),
        ("guide:g2", "order:o2", 10, 1_000)]
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"tenant": "default", "payee": f"guide:{guide}", "balance": balance,
         "by_period": {"2026-11": {"sale": balance}}, "by_date": {"null": balance}}
        for guide, balance in (("g1", 20), ("g2", 10))]
    letters = [json.loads(line) for line in (files / "d").read_text().splitlines()]
    assert [(row["code"], row["line"], row["event"]) for row in letters] == [
        ("MALFORMED", 5, '{"id": "\ufffd"}'), ("MALFORMED", 10, "[]")]


def test_a_right_ledger_has_no_difference(files: Path) -> None:
    done = compare(files)
    assert (done.returncode, done.stdout) == (0, "")


def change(**fields: Any) -> Callable[[list[Entry]], None]:
    return lambda rows: rows[0].update(fields)


@pytest.mark.parametrize("name, edit, words", [
    ("ledger", change(amount=11), "ledger 11 base 1000, oracle 10 base 1000"),
    ("ledger", change(base=999), "ledger 10 base 999, oracle 10 base 1000"),
    ("ledger", change(period="2026-12"), "period=2026-12"),
    ("ledger", change(available_on="2026-12-01"), "available_on=2026-12-01"),
    ("ledger", change(seq=2), "seq 2, expected 1"),
    ("ledger", change(balance=9), "balance 9, expected 10"),
    ("ledger", change(kind="tier"), "kind tier"),
    ("ledger", change(prior=None), "prior is None"),
    ("ledger", lambda rows: rows.pop(), "ledger 0 base 0, oracle 10"),
    ("ledger", lambda rows: rows[0].pop("touch"), "fields differ: touch"),
    ("accounts", change(balance=1), "guide:g1"),
    ("accounts", change(seq=1), "seq 1, ledger 2"),
    ("accounts", lambda rows: rows.pop(), "missing"),
    ("dlq", change(code="TOO_DEEP"), "code 'TOO_DEEP'"),
    ("dlq", change(line=4), "line 4"),
    ("dlq", lambda rows: rows.pop(), "dead letters: 1, oracle 2"),
])
def test_every_difference_is_found(files: Path, name: str, edit: Callable[[list[Entry]], None],
                                   words: str) -> None:
    rows = [json.loads(line) for line in (files / name).read_text().splitlines()]
    edit(rows)
    write(files / name, rows)
    done = compare(files)
    assert done.returncode == 1
    assert words in done.stdout


def test_zeros_in_by_period_do_not_matter(files: Path) -> None:
    rows = [json.loads(line) for line in (files / "accounts").read_text().splitlines()]
    rows[0]["by_period"]["2026-12"] = {"sale": 0}
    write(files / "accounts", rows)
    assert compare(files).returncode == 0


@pytest.mark.parametrize("arguments, code", [
    ([], 2), (["--ledger"], 2), (["--other", "in.ndjson"], 2),
    (["compare", "--plan", "p.yaml", "in.ndjson"], 2), (["--plan", "in.ndjson", "in.ndjson"], 78)])
def test_usage(files: Path, arguments: list[str], code: int) -> None:
    assert run(files, *arguments).returncode == code
