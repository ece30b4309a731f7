"""The guides' API as part of `fen run`: what it shows is what the ledger says, to the fen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lib.api import Api, Stream, ask
from lib.servers import Kafka, Program, Redis, wait_until

PARTITIONS = 6


@pytest.fixture()
def engine(fen_binary: Path, fresh_kafka: Kafka, redis_server: Redis,
           directory: Path) -> Iterator[Api]:
    """`fen run` with the API, its keys those of an Api that is not started."""
    api = Api(fen_binary, redis_server, directory)
    done = api.fen("topics", "apply", "--partitions", str(PARTITIONS), "-b", fresh_kafka.bootstrap)
    assert done.returncode == 0, done.stdout + done.stderr
    api.program = Program(
        [fen_binary, "run", "-b", fresh_kafka.bootstrap, "-r", redis_server.address, "-n", "2",
         "--api-keys", api.keys, "--api-rate", "0", "--http", "127.0.0.1:0",
         "--log-format", "json"], directory / "fen.log").start()
    api.program.wait_for_output("fen runs")
    found = re.search(r'"message":"fen runs".*"port":(\d+)', api.program.output())
    assert found is not None, api.program.output()
    api.port = int(found.group(1))
    yield api
    assert api.program.stop() == 0, api.program.output()


def _accounts(engine: Api, bootstrap: str) -> dict[str, dict[str, Any]]:
    """What the topics say, by `fen audit`, which also finds Redis equal to them."""
    path = engine.directory / "accounts"
    done = engine.fen("audit", "-b", bootstrap, "-r", engine.redis.address, "-a", str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return {row["payee"]: row for row in rows}


def test_what_a_guide_sees_is_the_ledger(engine: Api, fresh_kafka: Kafka) -> None:
    bootstrap = fresh_kafka.bootstrap
    finance = engine.token("user:F", "default", "--rights", "finance")
    wait_until(lambda: ask(engine.port, "/readyz")[0] == 200, 60, "the engine to be ready")
    done = engine.fen("generate", "-n", "300", "--touches", "3", "--seed", "5", "-b", bootstrap)
    assert done.returncode == 0, done.stderr
    wait_until(lambda: _is_quiet(engine), 60, "all of the day")
    accounts = _accounts(engine, bootstrap)
    guides = sorted((payee for payee in accounts if payee.startswith("guide:")),
                    key=lambda payee: -accounts[payee]["seq"])[:5]
    assert len(guides) == 5
    for guide in guides:
        account = accounts[guide]
        summary = engine.get(f"/v1/default/payees/{guide}/summary", finance)[1]
        assert summary["seq"] == account["seq"] and summary["is_current"] is True
        assert summary["balance"]["fen"] == account["balance"]
        assert (summary["pending"]["total"]["fen"] + summary["available"]["fen"]
                == account["balance"])
        own = engine.token(guide, "default")
        stream = Stream(engine.port, f"/v1/default/payees/{guide}/stream?after=0", own)
        stream.wait(lambda it, last=account["seq"]: it.events and it.seqs()[-1:] == [last]
                    or it.of("snapshot"))
        entries = [e for _, _, data in stream.of("entries") for e in data["entries"]]
        if entries:
            assert [entry["seq"] for entry in entries] == list(range(1, account["seq"] + 1))
            assert sum(entry["amount"] for entry in entries) == account["balance"]
    _see_one_live(engine, bootstrap, guides[0])


def _is_quiet(engine: Api) -> bool:
    """Nothing waits for the projector, and books have been written."""
    waiting = engine.metric("fen_projector_blocks_waiting")
    lag = sum(float(value) for value in re.findall(
        r"^fen_consumer_lag_records\{[^}]*\} (\S+)$", engine.metrics(), re.M))
    return waiting == 0 and lag == 0 and engine.metric("fen_entries_posted_total") > 500


def _see_one_live(engine: Api, bootstrap: str, guide: str) -> None:
    """An adjustment posted now arrives on an open stream."""
    stream = Stream(engine.port, f"/v1/default/payees/{guide}/stream",
                    engine.token(guide, "default"))
    stream.wait(lambda it: it.of("snapshot"))
    balance = stream.of("snapshot")[0][2]["balance"]["fen"]
    event = {"id": "adj-1", "type": "adjustment.posted", "time": 1795000000000,
             "adjustment": "A1", "payee": guide, "amount": 4200, "reason": "补发",
             "approver": "财务"}
    path = engine.directory / "adjustment.ndjson"
    path.write_text(json.dumps(event, ensure_ascii=False) + "\n")
    done = engine.fen("send", "-b", bootstrap, str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    stream.wait(lambda it: it.seqs(), "the adjustment")
    entry = stream.of("entries")[0][2]["entries"][0]
    assert (entry["kind"], entry["amount"], entry["amount_text"]) == ("manual", 4200, "¥42.00")
    assert entry["balance"] == balance + 4200
