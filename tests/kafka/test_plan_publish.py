"""`fen plan publish` and `fen plan list` on a real broker: what is refused, what is written and
where, what a running engine makes of it, and what finance finds afterwards."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lib.servers import Kafka, Program, Redis, free_port, http_get, wait_until

EVENTS = """\
{"id":"g1","type":"guide.set","time":1,"guide":"G1","store":"S1"}
{"id":"s1","type":"store.set","time":1,"store":"S1","brand":"B1"}
{"id":"o1","type":"order.placed","time":1780000000000,"order":"O1","customer":"C1",\
"created":1780000000000,"store":"S1","seller":"G1","lines":[{"line":1,"sku":"K","quantity":1,\
"paid":100000}]}
{"id":"o2","type":"order.paid","time":1780000001000,"order":"O1","customer":"C1"}
"""


def plan(version: int, rate: str, start: str, name: str = "shop", end: str = "") -> str:
    until = f"to: {end}\n" if end else ""
    return (f'plan: {name}\nversion: {version}\ncurrency: CNY\ntimezone: "+08:00"\nfrom: {start}\n'
            f"{until}roles:\n  sale:\n    - {{name: sale, pay: {rate}}}\n"
            "tests:\n  - name: one\n    order: {paid: 100.00, seller: 甲}\n"
            f"    expect: {{甲: {rate.rstrip('%')}.00}}\n")


class Shop:
    """The binary against one broker."""

    def __init__(self, binary: Path, directory: Path, kafka: Kafka, redis: Redis) -> None:
        self.binary = binary
        self.directory = directory
        self.kafka = ["--bootstrap", kafka.bootstrap]
        self.redis = redis
        self.engine = ""

    def __call__(self, *words: str, code: int = 0, lang: str = "en_GB.UTF-8",
                 wire: str = "protobuf") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(self.binary), *words, *self.kafka, "--wire", wire], cwd=self.directory,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=False,
            env={**os.environ, "LC_ALL": lang})
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def write(self, name: str, text: str) -> str:
        (self.directory / name).write_text(text, encoding="utf-8")
        return name

    def publish(self, text: str, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        return self("plan", "publish", self.write("plan.yaml", text), "--yes", *words, code=code)

    def list(self, *words: str, wire: str = "protobuf") -> list[dict[str, Any]]:
        done = self("plan", "list", "--json", *words, wire=wire)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def run(self, *words: str) -> Program:
        self.engine = f"127.0.0.1:{free_port()}"
        command = [self.binary, "run", *self.kafka, "--redis", self.redis.address, "--http",
                   self.engine, *words]
        program = Program(command, self.directory / "run.log").start()
        wait_until(lambda: http_get(f"http://{self.engine}/readyz")[0] == 200, 60, "ready")
        return program

    def ledger(self) -> list[dict[str, Any]]:
        lines = self("tail", "ledger", "--from", "beginning", "--until-end").stdout.splitlines()
        records = [json.loads(line)["payload"] for line in lines]
        return [entry for record in records for entry in
                (json.loads(record) if isinstance(record, str) else record)["entries"]]




@pytest.fixture()
def shop(fen_binary: Path, directory: Path, fresh_kafka: Kafka, redis_server: Redis) -> Shop:
    tool = Shop(fen_binary, directory, fresh_kafka, redis_server)
    subprocess.run([str(fen_binary), "topics", "apply", "-p", "4", *tool.kafka], check=True,
                   capture_output=True, timeout=600)
    return tool


def test_what_is_refused_and_what_is_written(shop: Shop) -> None:
    later = plan(1, "3%", "2099-01-01 00:00", end="2099-07-01 00:00")

    # Nobody to ask; nothing asked for; a file with a mistake; a case that differs.
    name = shop.write("plan.yaml", later)
    assert "--yes" in shop("plan", "publish", name, code=2).stderr
    assert "--reason" in shop.publish(later, "--retroactive", code=2).stderr
    assert "full-width" in shop.publish(later.replace("3%", "3％"), code=78).stdout
    for reason in ("", " ", "　"):
        assert "--reason takes a text" in shop.publish(later, "--retroactive", "--reason", reason,
                                                       code=2).stderr
    failed = shop.publish(later.replace("甲: 3.00", "甲: 4.00"), code=1)
    assert "✗ one" in failed.stdout and "cases differ" in failed.stderr
    assert shop.list() == []

    # A dry run says everything and writes nothing.
    dry = shop.publish(later, "--dry-run")
    assert "1 passed, 0 failed" in dry.stdout and "No back-test was asked for" in dry.stdout
    assert "2099-01-01 00:00 – 2099-07-01 00:00" in dry.stdout
    assert shop.list() == []

    first = shop.publish(later, "--by", "王芳", "--reason", "first plan")
    assert "published: shop@1, fen.plans.v1 partition 0 offset 0, by 王芳" in first.stdout
    again = shop.publish(later, "--by", "李四")
    assert "published already, at offset 0: nothing to do" in again.stdout

    # Other content, another id at the same time, the past, a version that never holds.
    assert "give the plan version 2" in shop.publish(later.replace("name: sale", "name: s"),
                                                     code=78).stderr
    other = plan(1, "3%", "2099-06-30 00:00", name="other")
    assert "overlaps in time with the plan shop@1" in shop.publish(other, code=78).stderr
    past = plan(2, "4%", "2020-01-01 00:00", end="2021-01-01 00:00")
    assert "which is past" in shop.publish(past, code=78).stderr
    three = plan(3, "5%", "2099-01-01 00:00")
    told = shop.publish(three, "--json", "--by", "王芳")
    answer = json.loads(told.stdout)
    assert (answer["result"], answer["partition"], answer["offset"]) == ("published", 0, 1)
    assert (answer["against_version"], answer["changes"], answer["cases"]) == (1, 3, 1)
    assert "sale · sale: pay 3% → 5%" in told.stderr
    assert "never in force" in shop.publish(plan(2, "4%", "2099-02-01 00:00"), code=78).stderr

    # Two files, one question, and the order of the files.
    shop.write("a.yaml", plan(1, "1%", "2099-01-01 00:00", name="a", end="2099-02-01 00:00"))
    shop.write("b.yaml", plan(1, "1%", "2099-02-01 00:00", name="b"))
    both = shop("plan", "publish", "a.yaml", "b.yaml", "--yes", "--tenant", "t2")
    assert "a@1" in both.stdout and "offset 2" in both.stdout and "offset 3" in both.stdout

    rows = shop.list()
    assert [(row["tenant"], row["plan"], row["version"], row["state"]) for row in rows] == [
        ("default", "shop", 1, "never"), ("default", "shop", 3, "later"),
        ("t2", "a", 1, "later"), ("t2", "b", 1, "later")]
    assert (rows[0]["by"], rows[0]["reason"], rows[0]["in_force"]) == ("王芳", "first plan", [])
    assert rows[1]["in_force"] == [{"from": rows[1]["from"], "to": None}]
    assert [row["plan"] for row in shop.list("--tenant", "t2")] == ["a", "b"]
    text = shop("plan", "list", lang="zh_CN.UTF-8").stdout
    assert "待生效" in text and "被更高版本取代" in text and "王芳" in text and "--engine" in text
    assert shop("plan", "list", "--format", "csv").stdout.startswith("\ufeff")
    assert "cannot be asked" in shop("plan", "list", "--engine", f"127.0.0.1:{free_port()}",
                                     code=69).stderr


def test_a_version_that_will_never_hold_any_more_is_told(shop: Shop) -> None:
    covered = "is then in force at no time"
    shop.publish(plan(1, "1%", "2098-01-01 00:00"))
    assert covered not in shop.publish(plan(2, "2%", "2099-01-01 00:00")).stdout
    told = shop.publish(plan(3, "3%", "2098-06-01 00:00"), "--dry-run").stdout
    assert f"note: shop@2 (from 2099-01-01 00:00), published before, {covered}" in told
    assert told.count(covered) == 1
    ends = plan(3, "3%", "2098-06-01 00:00", end="2099-01-01 00:00")
    assert covered not in shop.publish(ends, "--dry-run").stdout

    # Two currencies cannot be compared, which is not the same as not having asked for it.
    pounds = plan(3, "3%", "2099-06-01 00:00").replace("CNY", "GBP")
    told = shop.publish(pounds, "--from", "2026-05-01", "--dry-run").stdout
    assert "No back-test: the version compared with pays in CNY, this one in GBP" in told
    assert "No back-test was asked for" not in told


def answer_on_terminal(shop: Shop, answer: str) -> tuple[int, str]:
    """Publish plan.yaml with a terminal as standard input; the exit code, and what was said."""
    master, slave = pty.openpty()
    command = [str(shop.binary), "plan", "publish", "plan.yaml", *shop.kafka]
    with subprocess.Popen(command, stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          cwd=shop.directory, text=True,
                          env={**os.environ, "LC_ALL": "en_GB.UTF-8"}) as program:
        os.close(slave)
        os.write(master, f"{answer}\n".encode())
        said = program.communicate(timeout=600)[0]
    os.close(master)
    return program.returncode, said


def test_on_a_terminal_it_asks_once(shop: Shop) -> None:
    shop.write("plan.yaml", plan(1, "3%", "2099-01-01 00:00"))
    code, said = answer_on_terminal(shop, "")
    assert code == 1 and "(y/N)" in said and "nothing is published" in said
    assert shop.list() == []
    code, said = answer_on_terminal(shop, "y")
    assert code == 0 and said.count("(y/N)") == 1 and "offset 0" in said
    assert [row["version"] for row in shop.list()] == [1]


def test_a_running_engine_takes_it_and_the_ledger_says_why(shop: Shop) -> None:
    start = "2026-01-01 00:00"
    shop.write("events.ndjson", EVENTS)
    shop.publish(plan(1, "3%", start), "--retroactive", "--reason", "opening", "--by", "wang")
    shop("send", "events.ndjson")
    program = shop.run("--workers", "2")
    wait_until(lambda: [entry["amount"] for entry in shop.ledger()] == [3000], 60, "posted")
    assert [row["engines"] for row in shop.list("--engine", shop.engine)] == [
        [{"address": shop.engine, "workers": 2, "taken": 2}]]

    # Corrected backwards: the summary over the same orders, then the difference in the ledger.
    told = shop.publish(plan(2, "5%", start), "--retroactive", "--reason", "agreed in May",
                        "--by", "li", "--events", "events.ndjson")
    assert "+20.00" in told.stdout and "1 payee(s) gain" in told.stdout
    assert "worked out anew" in told.stdout and "agreed in May" in told.stdout
    wait_until(lambda: sum(entry["amount"] for entry in shop.ledger()) == 5000, 60, "anew")
    anew = shop.ledger()[1:]
    assert {entry["event"] for entry in anew} == {"plan.published"}
    assert {entry["plan"] for entry in anew} == {"shop@1", "shop@2"}
    listed = shop.list("--engine", shop.engine)
    assert [(row["state"], row["by"], row["retroactive"], row["reason"],
             row["engines"][0]["taken"]) for row in listed] == [
        ("never", "wang", True, "opening", 2), ("in_force", "li", True, "agreed in May", 2)]

    # The same again is the same event: neither the command nor the engine does anything.
    again = shop.publish(plan(2, "5%", start), "--retroactive", "--reason", "agreed in May")
    assert "published already" in again.stdout
    assert program.is_running()
    metrics = http_get(f"http://{shop.engine}/metrics")[1]
    text = metrics.decode() if isinstance(metrics, bytes) else metrics
    assert 'fen_worker_plan_offset{worker="1"} 2' in text
    assert 'fen_worker_plans_taken_total{worker="0"} 2' in text
    assert program.stop() == 0, program.output()
    said = program.output()
    assert "a plan is published" in said and said.count("plan taken") >= 4

    # From Kafka: what the next version would pay, beside what holds; another tenant's orders, which
    # the plan is not for, do not count.
    others = [json.loads(line) | {"tenant": "t2"} for line in EVENTS.splitlines()]
    shop.write("others.ndjson", "".join(json.dumps(event) + "\n" for event in others))
    shop("send", "others.ndjson")
    live = shop.publish(plan(3, "4%", "2099-01-01 00:00"), "--from", "2026-05-01", "--dry-run")
    assert "orders created from 2026-05-01 00:00 to before …: 1\n" in live.stdout
    assert "-10.00" in live.stdout
    posted = json.loads(shop("backtest", "--json", "--plan", "plan.yaml", "--tenant",
                             "default").stdout)
    assert (posted["tenant"], posted["orders"], posted["total"]["before"]) == ("default", 1, 5000)
    told = shop.publish(plan(3, "4%", "2099-01-01 00:00"), "--events", "events.ndjson",
                        "--dry-run", "--json")
    answer = json.loads(told.stdout)
    assert (answer["result"], answer["offset"]) == ("not_published", None)
    assert answer["backtest"]["total"] == {"before": 5000, "after": 4000, "change": -1000}


def test_json_on_the_wire(shop: Shop) -> None:
    shop.write("plan.yaml", plan(1, "3%", "2099-01-01 00:00"))
    shop("plan", "publish", "plan.yaml", "--yes", "--by", "wang", "--reason", "why", wire="json")
    row = shop.list(wire="json")[0]
    assert (row["plan"], row["by"], row["reason"]) == ("shop", "wang", "why")
