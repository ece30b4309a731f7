"""`fen backtest` live from Kafka says what it says of the same events from a file."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lib.servers import ROOT, Kafka, Redis, free_port

ORDERS = 300
SAME = ["currency", "from", "to", "orders", "other_currency", "total", "by_role", "by_store",
        "by_region", "by_funder", "by_level", "by_payee", "payees", "winners", "losers",
        "histogram"]


@pytest.mark.parametrize("wire", ["protobuf", "json"])
def test_live_equals_the_file(
    fen_binary: Path, directory: Path, fresh_kafka: Kafka, redis_server: Redis, wire: str
) -> None:
    live = ["--bootstrap", fresh_kafka.bootstrap, "--wire", wire]

    def fen(*words: str) -> str:
        done = subprocess.run([str(fen_binary), *words], cwd=directory, text=True,
                              capture_output=True, timeout=600, check=False)
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def told(*words: str) -> dict[str, Any]:
        return json.loads(fen("backtest", "--json", "--plan", "new.yaml", *words))

    demo = (ROOT / "schemas" / "plans" / "demo.yaml").read_text(encoding="utf-8")
    new = demo.replace("其余分享, 佣金: 3%", "其余分享, 佣金: 3.5%").replace("版本: 1", "版本: 2")
    assert new.count("3.5%}") > demo.count("3.5%}")
    (directory / "old.yaml").write_text(demo, encoding="utf-8")
    (directory / "new.yaml").write_text(new, encoding="utf-8")
    fen("generate", "-n", str(ORDERS), "--seed", "11", "-o", "day.ndjson")
    fen("topics", "apply", "-p", "6", *live[:2])
    fen("send", "day.ndjson", *live)
    fen("run", *live, "--redis", redis_server.address, "--http", f"127.0.0.1:{free_port()}",
        "--until-idle", "2s")

    def ledger() -> list[str]:
        return sorted(fen("tail", "ledger", "--from", "beginning", "--until-end",
                          *live).splitlines())

    before = ledger()
    windows = [(), ("--from", "2026-03-08 12:00", "--to", "2026-03-08 18:00")]
    for window in windows:
        for against in (("--against", "old.yaml"), ()):
            from_file = told(*window, *against, "day.ndjson")
            from_kafka = told(*window, *against, *live)
            assert {name: from_kafka[name] for name in SAME} == \
                {name: from_file[name] for name in SAME}
            assert [(row["subject"], row["before"], row["after"])
                    for row in from_kafka["changes"]] == \
                [(row["subject"], row["before"], row["after"]) for row in from_file["changes"]]
            for row in from_kafka["changes"]:
                for side in ("before", "after"):
                    due = row[f"explained_{side}"]["due"]
                    assert sum(item["amount"] for item in due) == row[side]
        assert from_file["total"]["change"] != 0
    assert told(*live)["orders"] == ORDERS
    assert ledger() == before


def test_what_was_posted_of_a_month_is_explained(
    fen_binary: Path, directory: Path, fresh_kafka: Kafka, redis_server: Redis
) -> None:
    live = ["--bootstrap", fresh_kafka.bootstrap]
    plan = """\
plan: months
version: {version}
currency: CNY
timezone: "+08:00"
from: 2026-01-01 00:00
roles:
  sale: [{{name: sale, pay: {{tiers: [[0, 1%], [1000.00, {rate}]]}}}}]
bonus: [{{name: goal, roles: [sale], table: [[500.00, {amount}]]}}]
"""
    (directory / "old.yaml").write_text(plan.format(version=1, rate="2%", amount="50.00"))
    (directory / "new.yaml").write_text(plan.format(version=2, rate="4%", amount="80.00"))
    events: list[dict[str, Any]] = [
        {"id": "p", "type": "plan.published", "time": 1,
         "yaml": (directory / "old.yaml").read_text()},
        {"id": "g", "type": "guide.set", "time": 1, "guide": "G"},
        {"id": "o", "type": "order.placed", "time": 1780000000000, "order": "O", "customer": "C",
         "created": 1780000000000, "seller": "G",
         "lines": [{"line": 1, "sku": "k", "quantity": 1, "paid": 300000}]},
        {"id": "q", "type": "order.paid", "time": 1780000001000, "order": "O", "customer": "C"}]
    (directory / "events.ndjson").write_text(
        "".join(json.dumps(event) + "\n" for event in events))

    def fen(*words: str) -> str:
        done = subprocess.run([str(fen_binary), *words], cwd=directory, text=True,
                              capture_output=True, timeout=600, check=False)
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    fen("topics", "apply", "-p", "2", *live)
    fen("send", "events.ndjson", *live)
    fen("run", *live, "--redis", redis_server.address, "--http", f"127.0.0.1:{free_port()}",
        "--until-idle", "2s")
    posted = json.loads(fen("backtest", "--json", "--plan", "new.yaml", *live))
    change = posted["changes"][0]
    assert (change["subject"], change["before"], change["after"]) == ("guide:G@2026-05", 7000,
                                                                      14000)
    from_file = json.loads(fen("backtest", "--json", "--plan", "new.yaml", "events.ndjson"))
    assert change["explained_before"] is not None
    assert change == from_file["changes"][0]
    said = fen("backtest", "--plan", "new.yaml", *live)
    assert "plan months@1: sum 3,000.00" in said and "reaches 500.00: 50.00" in said
