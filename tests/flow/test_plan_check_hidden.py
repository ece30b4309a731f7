"""`fen plan check` tells every mistake at once, also one behind another, and no other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flow.test_replay_cli import Fen

BASE = """\
plan: p
version: 1
currency: CNY
timezone: "+08:00"
from: 2026-10-01 00:00
share: {window: 7d}
roles:
  share:
    - {name: r1, pay: 3%}
"""  # 9 lines
CAPPED = BASE + "  serve: [{name: a, pay: 10%, cap: CAP}]\n" \
    "limits: [{name: l, roles: [serve], line: 8%}]"
SERVICE = BASE + "  serve: [{name: a, pay: {per_line: PAY}}]"

HIDDEN = [  # a plan, `«` before each of its errors
    BASE + "  «share:\n    - {name: z, pay: «3}\n    - {name: «z, «py: «3}",
    BASE + "  «分享:\n    - {name: z, pay: «3}\n    - {name: y, «py: «3}",
    BASE + "  «share: [{name: r1, pay: 3%}]",
    BASE + "  «share: [{name: z, pay: «3, «pay: «4}]\n  «share: [{name: z, pay: «5}]",
    BASE + "  «shares: [{name: z, pay: «3}]",
    BASE.replace("  share:", "  «shares: [{name: z, pay: «3}]\n  share:"),
    BASE + "  «sreve: [{name: z, pay: «3}]",
    BASE + "«currency: «usd\n«share: {«windw: «7}\n«roles: {live: [{name: b, pay: «2}]}",
    BASE + "  serve: [{name: s, pay: 2%, split: {self: 100%, «self: «3}}]",
    BASE + "  serve: [{name: s, pay: 2%, split: {self: 100%}, «««split: {mall: 99%}}]",
    BASE + "  «share:\n  «share: []\n" + "".join(f"  «share: [{{name: z{n}, pay: «3}}]\n"
                                                 for n in range(15)) + "  «share: [{pay: 3}]",
    BASE + "tests: [{name: x, order: {paid: 1, created: 2026-10-02 08:00, «paid: «x}}]",
    BASE + "  serve: [{name: s, pay: {tiers: [[«1, «x%]]}}]",
    BASE + "  serve: [{name: s, pay: {tiers: [[0, 2%], [«x, 3%], [5, «1%], [«5, «x], [9, 3%]]}}]",
    BASE + "bonus: [{name: b, roles: [share], table: [[«0, «x], [5, 1], [«4, «x]]}]",
    BASE + "tasks: {t: {rank: [[«0, «x], [2, «x], [«1, 1]]}, u: {score: [[5, «x], [«4, 1]]}}",
    BASE + "tasks: {«t: {score: [[1, «x]], rank: [[«0, «x]]}, «u: {rank: «[], score: «[]}}",
    SERVICE.replace("CNY", "«KWDD").replace("PAY", "1.005"),
    SERVICE.replace("currency: CNY\n", "").replace("plan: p", "«plan: p").replace("PAY", "1.005"),
    SERVICE.replace("CNY", "«KWDD").replace("PAY", "99999999999999"),
    SERVICE.replace("CNY", "«KWDD").replace("PAY", "«x"),
    SERVICE.replace("CNY", "«cny").replace("PAY", "«1.005"),
    SERVICE.replace("CNY", "KWD").replace("PAY", "1.005"),
]
WARNINGS = [  # a plan, and how many of its warnings are about a rate
    (CAPPED.replace("CAP", "{line: 5.00}"), 0), (CAPPED.replace("CAP", "{order: 5.00}"), 0),
    (CAPPED.replace(", cap: CAP", ""), 1),
]


@pytest.mark.parametrize("marked", HIDDEN)
def test_all_mistakes_and_no_other_are_told(
    fen_binary: Path, directory: Path, marked: str
) -> None:
    (directory / "p.yaml").write_text(marked.replace("«", "") + "\n", encoding="utf-8")
    places = []
    for number, line in enumerate(marked.split("\n"), 1):
        before = line.split("«")[:-1]
        places += [(number, len("".join(before[: at + 1])) + 1) for at in range(len(before))]
    out = Fen(fen_binary, directory)("plan", "check", "p.yaml", "--json",
                                     code=78 if places else 0).stdout
    found = [json.loads(line) for line in out.splitlines()]
    errors = [(item["line"], item["column"]) for item in found if item["grade"] == "error"]
    assert errors == places, out


@pytest.mark.parametrize(("plan", "count"), WARNINGS)
def test_a_capped_rule_can_be_paid_in_full(
    fen_binary: Path, directory: Path, plan: str, count: int
) -> None:
    (directory / "p.yaml").write_text(plan + "\n", encoding="utf-8")
    out = Fen(fen_binary, directory)("plan", "check", "p.yaml").stdout
    assert out.count("never paid in full") == count, out
