"""The commands on a real Kafka and a real Redis: topics, generate, send, run, audit, tail."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lib.servers import Kafka, Program, Redis, free_port, http_get, wait_until

ORDERS = 300


class Cli:
    """The binary against one broker and one Redis."""

    def __init__(self, binary: Path, directory: Path, kafka: Kafka, redis: Redis) -> None:
        self.binary = binary
        self.directory = directory
        self.kafka = ["--bootstrap", kafka.bootstrap]
        self.redis = ["--redis", redis.address]

    def __call__(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(self.binary), *words],
            cwd=self.directory,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        said = f"{done.stdout}\n{done.stderr}"
        assert done.returncode == code, f"exit {done.returncode}, not {code}\n{said}"
        return done

    def run(self, *words: str) -> Program:
        self.port = free_port()
        command = [self.binary, "run", *self.kafka, *self.redis]
        command += ["--http", f"127.0.0.1:{self.port}", *words]
        return Program(command, self.directory / "run.log").start()

    def is_ready(self) -> bool:
        return http_get(f"http://127.0.0.1:{self.port}/readyz")[0] == 200

    def audit(self, *words: str, code: int = 0) -> dict[str, Any]:
        done = self("audit", *self.kafka, *self.redis, "--json", *words, code=code)
        return json.loads(done.stdout)


@pytest.fixture()
def cli(fen_binary: Path, directory: Path, fresh_kafka: Kafka, redis_server: Redis) -> Cli:
    tool = Cli(fen_binary, directory, fresh_kafka, redis_server)
    tool("topics", "apply", "-p", "12", *tool.kafka)
    return tool


def accounts(path: Path) -> dict[tuple[str, str], tuple[object, object]]:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return {
        (row["tenant"], row["payee"]): (row["balance"], row["by_date"])
        for row in rows
        if row["balance"] or row["by_date"]
    }


def test_topics_plan_changes_nothing_and_apply_creates(
    fen_binary: Path, directory: Path, fresh_kafka: Kafka, redis_server: Redis
) -> None:
    tool = Cli(fen_binary, directory, fresh_kafka, redis_server)
    assert "14 missing" in tool("topics", "plan", *tool.kafka, code=1).stdout
    assert "topics apply" in tool("generate", *tool.kafka, code=69).stderr
    tool("topics", "apply", "-p", "6", *tool.kafka)
    assert "0 missing, 0 wrong" in tool("topics", "plan", *tool.kafka).stdout


@pytest.mark.parametrize(("workers", "wire"), [("1", "protobuf"), ("2", "json"), ("5", "protobuf")])
def test_day_through_the_engine_equals_its_replay(cli: Cli, workers: str, wire: str) -> None:
    cli("generate", "-n", str(ORDERS), "-o", "day.ndjson")
    cli("replay", "day.ndjson", "--accounts", "replayed.ndjson")
    cli("send", "day.ndjson", "--wire", wire, *cli.kafka)
    program = cli.run("--workers", workers, "--wire", wire, "--until-idle", "1s")
    assert program.wait(deadline=90) == 0
    assert "(balanced ✓)" in program.output()
    found = cli.audit("--wire", wire, "--accounts", "posted.ndjson", "--ledger", "ledger.ndjson")
    assert found["balanced"] and found["redis_compared"] and found["dead_letters"] == 0
    assert found["amount"] == found["accounts_amount"] == found["funders_amount"]
    assert found["amount"] == found["posted_amount"] > 0
    assert accounts(cli.directory / "posted.ndjson") == accounts(cli.directory / "replayed.ndjson")
    entries = (cli.directory / "ledger.ndjson").read_text().splitlines()
    assert len(entries) == found["entries"]


def with_period_rules(day: str) -> str:
    """The day under a plan that also has tiers, bonuses and month limits."""
    events = [json.loads(line) for line in day.splitlines()]
    for event in events:
        if event["type"] == "plan.published":
            event["yaml"] = event["yaml"].replace(
                "{规则名: 开单, 佣金: 1%}", "{规则名: 开单, 佣金: {阶梯: [[0, 1%], [500.00, 2%]]}}"
            ).replace(
                "佣金: 25%}", "佣金: {方式: 全额, 阶梯: [[0, 25%], [1000.00, 26%]]}}"
            ) + (
                "奖励: [{名称: 达标, 角色: [分享, 开单], 依据: 佣金, 档位: [[10.00, 5.00]]}]\n"
                "上限: [{名称: 每月, 角色: [分享, 开单, 服务, 奖励], 每月: 30.00}]\n"
            )
    return "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)


@pytest.mark.parametrize(("workers", "wire"), [("1", "json"), ("3", "protobuf")])
def test_period_rules_through_the_engine_equal_their_replay(
    cli: Cli, workers: str, wire: str
) -> None:
    cli("generate", "-n", str(ORDERS), "-o", "plain.ndjson")
    day = with_period_rules((cli.directory / "plain.ndjson").read_text(encoding="utf-8"))
    (cli.directory / "day.ndjson").write_text(day, encoding="utf-8")
    cli("replay", "day.ndjson", "--accounts", "replayed.ndjson")
    cli("send", "day.ndjson", "--wire", wire, *cli.kafka)
    program = cli.run("--workers", workers, "--wire", wire, "--until-idle", "1s")
    assert program.wait(deadline=90) == 0
    found = cli.audit("--wire", wire, "--accounts", "posted.ndjson", "--ledger", "ledger.ndjson")
    assert found["balanced"] and found["redis_compared"]
    assert found["amount"] == found["accounts_amount"] == found["posted_amount"] > 0
    assert accounts(cli.directory / "posted.ndjson") == accounts(cli.directory / "replayed.ndjson")
    entries = (cli.directory / "ledger.ndjson").read_text(encoding="utf-8").splitlines()
    kinds = {json.loads(entry)["kind"] for entry in entries}
    assert {"tier", "bonus", "cap"} <= kinds


def test_engine_goes_on_where_it_stopped(cli: Cli) -> None:
    cli("generate", "-n", "100", *cli.kafka)
    program = cli.run()
    wait_until(cli.is_ready, deadline=60)
    wait_until(lambda: cli.audit()["orders"] == 100, deadline=60)
    assert program.stop() == 0
    cli("generate", "-n", "50", "--seed", "2", *cli.kafka)
    assert cli.run("--until-idle", "1s").wait(deadline=90) == 0
    found = cli.audit()
    assert found["orders"] == 150 and found["balanced"]


@pytest.mark.parametrize("wire", ["protobuf", "json"])
def test_recruits_and_tasks_go_on_over_a_restart(cli: Cli, wire: str) -> None:
    plan = ('plan: p\nversion: 1\ncurrency: CNY\ntimezone: "+08:00"\nfrom: 2026-01-01 00:00\n'
            "roles: {recruit: [{name: r, per_customer: 5.00}]}\n"
            "tasks: {week: {rank: [[1, 50.00], [2..3, 5.00]]}}\n")
    time = 1_793_550_000_000
    before = [{"type": "plan.published", "yaml": plan}, {"type": "guide.set", "guide": "A"},
              *({"type": "customer.registered", "customer": f"c{number}", "recruiter": guide}
                for number, guide in enumerate("AABBB")),
              *({"type": "task.scored", "task": "week", "guide": guide, "score": score}
                for guide, score in (("A", 7), ("B", 8), ("C", 5))),
              {"type": "task.closed", "task": "week"}]
    after = [{"type": "guide.set", "guide": "B"}, {"type": "guide.set", "guide": "D"},
             {"type": "task.scored", "task": "week", "guide": "D", "score": 9},
             {"type": "customer.registration_voided", "customer": "c4"}]
    posted = []
    for name, events in (("before", before), ("after", after)):
        rows = [{"id": f"{name}{number}", "time": time, **event}
                for number, event in enumerate(events)]
        (cli.directory / f"{name}.ndjson").write_text("\n".join(map(json.dumps, rows)) + "\n")
        cli("send", f"{name}.ndjson", "--wire", wire, *cli.kafka)
        assert cli.run("--wire", wire, "--until-idle", "1s").wait(deadline=90) == 0
        found = cli.audit("--wire", wire, "--accounts", "posted.ndjson")
        assert found["balanced"] and found["amount"] == found["posted_amount"]
        posted.append(found["amount"])
    assert posted == [2 * 500 + 500, 4 * 500 + 5_000 + 500 + 500]
    cli("replay", "before.ndjson", "after.ndjson", "--accounts", "replayed.ndjson")
    assert accounts(cli.directory / "posted.ndjson") == accounts(cli.directory / "replayed.ndjson")
    tail = cli("tail", "task-state", "--wire", wire, "--from", "beginning", "-e", *cli.kafka).stdout
    states = {row["key"]: row["payload"] for row in map(json.loads, tail.splitlines())}
    assert states.keys() == {"default/week", *(f"default/week/{guide}" for guide in "ABCD")}
    assert states["default/week/D"]["posted"][0]["amount"] == 5_000
    assert "suspense" not in states["default/week"]


def test_audit_names_what_was_tampered_with(cli: Cli, redis: Any) -> None:
    cli("generate", "-n", "50", *cli.kafka)
    assert cli.run("--until-idle", "1s").wait(deadline=90) == 0
    key = next(key for key in redis.scan_iter("*") if redis.type(key) == "hash" and "G1" in key)
    redis.hset(key, "balance", "1")
    found = cli.audit(code=1)
    assert not found["balanced"] and found["difference_count"] >= 1
    assert any(row["field"] == "Redis balance" for row in found["differences"])


def test_send_reports_bad_lines_and_raw_bad_makes_dead_letters(cli: Cli) -> None:
    bad = cli.directory / "bad.ndjson"
    good = '{"id":"x","type":"order.cancelled","time":1,"order":"O"}'
    bad.write_text(f"{good}\nnot json\n")
    done = cli("send", "bad.ndjson", *cli.kafka, code=1)
    assert "bad.ndjson:2: MALFORMED" in done.stderr and "1 events sent" in done.stdout
    cli("send", "--raw-bad", "bad.ndjson", *cli.kafka)
    assert cli.run("--until-idle", "1s").wait(deadline=90) == 0
    assert cli.audit()["dead_letters"] == 1
    letter = json.loads(cli("tail", "dlq", "--from", "beginning", "-e", *cli.kafka).stdout)
    assert letter["payload"] == "not json" and "MALFORMED" in letter["headers"]


def test_send_keys_events_by_the_customer_of_their_order(cli: Cli) -> None:
    goods = [{"line": 1, "sku": "P", "quantity": 1, "paid": 100}]
    placed = {"id": "1", "type": "order.placed", "time": 2, "order": "O", "customer": "C",
              "created": 2, "lines": goods}
    events = [{"id": "2", "type": "order.paid", "time": 3, "order": "O"}, placed,
              {"id": "3", "type": "order.paid", "time": 3, "order": "unknown"}]
    (cli.directory / "some.ndjson").write_text("\n".join(map(json.dumps, events)))
    cli("send", "some.ndjson", *cli.kafka)
    seen = cli("tail", "order-events", "--from", "beginning", "--until-end", *cli.kafka).stdout
    keys = {row["payload"]["id"]: row["key"] for row in map(json.loads, seen.splitlines())}
    assert keys == {"1": "default/C", "2": "default/C", "3": "default/unknown"}
    paid = next(row for row in map(json.loads, seen.splitlines()) if row["payload"]["id"] == "2")
    assert "customer" not in paid["payload"]


def test_tail_decodes_and_bounds(cli: Cli) -> None:
    cli("generate", "-n", "20", "-o", "day.ndjson")
    cli("send", "day.ndjson", *cli.kafka)
    sent = [json.loads(line) for line in (cli.directory / "day.ndjson").read_text().splitlines()]
    whole = cli("tail", "touch-events", "--from", "beginning", "--until-end", *cli.kafka)
    records = [json.loads(line) for line in whole.stdout.splitlines()]
    assert all(r["topic"] == "fen.touch-events.v1" and r["tstype"] == "create" for r in records)
    # Reading an event fills its defaults in, and protobuf carries them.
    touches = [{"at": e["time"], **e} for e in sent if e["type"] == "touch.shared"]
    received = sorted((r["payload"] for r in records), key=lambda e: e["id"])
    assert received == sorted(touches, key=lambda e: e["id"])
    two = cli("tail", "touch-events", "-f", "beginning", "-n", "2", *cli.kafka).stdout
    assert len(two.splitlines()) == 2
    last = records[-1]
    place = ["--partition", str(last["partition"]), "--from", str(last["offset"])]
    one = cli("tail", "touch-events", *place, "-n", "1", *cli.kafka).stdout
    assert json.loads(one) == last


def test_servers_that_are_not_there_are_69(cli: Cli) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    done = cli("run", *cli.kafka, "--redis", nowhere, code=69)
    assert f"Redis at {nowhere}" in done.stderr
    done = cli("run", "--bootstrap", nowhere, *cli.redis, code=69)
    assert f"Kafka at {nowhere}" in done.stderr


def test_stages_without_work_are_78(cli: Cli) -> None:
    done = cli("run", *cli.kafka, *cli.redis, "--stages", "api", code=78)
    assert "--stages needs split, post, project, or api" in done.stderr


def test_partitions_other_than_configured_are_78(cli: Cli) -> None:
    done = cli("run", *cli.kafka, *cli.redis, "--partitions", "48", code=78)
    assert "12 partitions, not 48" in done.stderr
