"""`fen explain` live from Kafka equals the explanation of the same events from a file."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any, Iterator

import pytest

from lib import explained
from lib.servers import Kafka, Program, Redis, free_port, wait_until

T0 = 1_780_000_000_000
DAY = 86_400_000
PLAN = """\
plan: live
version: 1
currency: CNY
timezone: "+08:00"
from: 2026-01-01 00:00
share: {window: 7d}
credit_order: [share, bind]
refund: {serve: goodwill}
roles:
  share:
    - {name: cream, when: {category: cream}, pay: 6%}
    - {name: all, pay: 4.5%, split: {self: 70%, region: 30%}, hold: {from: picked_up, days: 7}}
  bind: [{name: bound, pay: 2%}]
  serve: [{name: till, pay: 3.25%, earned: picked_up}]
  recruit: [{name: invites, per_customer: 5.00}]
limits:
  - {name: line, roles: [share, serve], line: 7%}
  - {name: month, roles: [share, serve, bonus], month: 15.00}
bonus: [{name: target, roles: [share], by: base, table: [[100.00, 1.00], [400.00, 6.00]]}]
tasks: {game: {rank: [[1, 50.00], [2..3, 20.00]]}}
"""


class Shop:
    """A broker, an engine on it, and the events sent so far."""

    def __init__(self, binary: Path, directory: Path, kafka: Kafka, wire: str) -> None:
        self.binary = binary
        self.directory = directory
        self.live = ["--bootstrap", kafka.bootstrap, "--wire", wire]
        self.events: list[str] = []

    def __call__(self, *words: str, codes: tuple[int, ...] = (0,)) -> str:
        done = subprocess.run([str(self.binary), *words], cwd=self.directory, text=True,
                              capture_output=True, timeout=600, check=False)
        assert done.returncode in codes, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def send(self, *lines: str) -> None:
        self.events += lines
        (self.directory / "step.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (self.directory / "all.ndjson").write_text("\n".join(self.events) + "\n",
                                                   encoding="utf-8")
        self("send", "step.ndjson", *self.live)

    def told_live(self, *subjects: str) -> list[dict[str, Any]]:
        return told(self("explain", "--json", *self.live, *subjects, codes=(0, 1)))

    def told_from_file(self, *subjects: str, file: str = "all.ndjson") -> list[dict[str, Any]]:
        return told(self("explain", "--json", "--events", file, *subjects))

    def wait(self, subject: str, entries: int) -> None:
        """Until the subject is known with so many entries."""
        def is_there() -> bool:
            known = self.told_live(subject)
            return bool(known) and len(known[0]["entries"]) == entries and known[0]["settled"]

        wait_until(is_there, deadline=60, what=f"{entries} entries of {subject}")


def told(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def event(type_: str, number: int, **fields: object) -> str:
    return json.dumps({"id": f"e{number:02}", "type": type_, "time": T0 + number, **fields})


@pytest.fixture(params=["protobuf", "json"])
def shop(request: pytest.FixtureRequest, fen_binary: Path, directory: Path, fresh_kafka: Kafka,
         redis_server: Redis) -> Iterator[Shop]:
    shop = Shop(fen_binary, directory, fresh_kafka, request.param)
    shop("topics", "apply", "-p", "6", *shop.live[:2])
    engine = Program([fen_binary, "run", *shop.live, "--redis", redis_server.address,
                      "--http", f"127.0.0.1:{free_port()}", "--workers", "2"],
                     directory / "run.log").start()
    yield shop
    assert engine.stop() == 0


def test_live_equals_the_file_step_by_step(shop: Shop) -> None:
    lines = [{"line": 1, "sku": "P", "brand": "L", "category": "soap", "quantity": 1,
              "paid": 41_003}]
    shop.send(
        event("plan.published", 0, yaml=PLAN),
        event("guide.set", 1, guide="A", store="S"), event("guide.set", 2, guide="B"),
        event("store.set", 3, store="S", region="R"),
        event("touch.shared", 4, customer="C", guide="B", at=T0 - 9 * DAY),
        event("touch.shared", 5, customer="C", guide="A", at=T0 - DAY),
        event("customer.bound", 6, customer="C", guide="B", store="S", effective=T0 - 20 * DAY),
        event("customer.registered", 7, customer="D", recruiter="A"),
        event("task.scored", 8, task="game", guide="A", score=5),
        event("task.scored", 9, task="game", guide="B", score=7))
    shop.wait("customer:D", 1)
    shop.send(event("order.placed", 10, order="O", customer="C", created=T0, lines=lines),
              event("task.closed", 11, task="game"))
    shop.wait("O", 0)
    shop.wait("task:game", 2)
    shop.send(event("order.paid", 12, order="O", customer="C"))
    shop.wait("O", 2)
    shop.send(event("order.picked_up", 13, order="O", customer="C", servers=[
        {"guide": "A", "weight": 2}, {"guide": "B"}, {"guide": "nobody"}]))
    shop.wait("O", 8)
    shop.send(event("order.refunded", 14, order="O", customer="C", refund="r",
                    lines=[{"line": 1, "amount": 20_000}]))
    shop.wait("O", 14)
    wait_until(lambda: shop.told_live("guide:A") == shop.told_from_file("guide:A"), deadline=60,
               what="the rules of A's month")
    month, = shop.told_live("guide:A@2026-05")
    assert explained.period_differences(month) == []
    assert [(rule["rule"], rule["amount"] != 0) for rule in month["rules"]] == [
        ("target", True), ("month", False)]
    assert {entry["moved_by"] for entry in month["entries"]
            if entry["subject"] == "period:2026-05"} == {"order:O"}
    subjects = ("O", "customer:D", "task:game", "guide:B", "default/guide:A@2026-05")
    live = shop.told_live(*subjects)
    assert live == shop.told_from_file(*subjects)
    assert explained.rows_of(live[0]) == explained.due_rows(live[0])
    outside = live[0]["touches"][1]
    assert (outside["guide"], outside["inside"], outside["outside_ms"]) == ("B", False, 2 * DAY)
    assert shop("explain", *shop.live, "O") == shop("explain", "--events", "all.ndjson", "O")
    assert shop.told_live("--customer", "C", "O") == live[:1]
    assert shop("explain", *shop.live, "nothing", codes=(1,)) == ""


def total_of(entries: list[dict[str, Any]]) -> dict[tuple[Any, ...], int]:
    """Sums by key: how many entries stand behind them depends on the batches."""
    sums: Counter[tuple[Any, ...]] = Counter()
    for entry in entries:
        sums[tuple(entry[name] for name in (
            "payee", "funder", "role", "portion", "line", "rule", "plan", "period",
            "available_on"))] += entry["amount"]
    return {key: amount for key, amount in sums.items() if amount}


def test_a_sale_day_is_explained_alike(shop: Shop) -> None:
    shop("generate", "-n", "120", "--seed", "5", "-o", "day.ndjson")
    events = [json.loads(line) for line in
              (shop.directory / "day.ndjson").read_text(encoding="utf-8").splitlines()]
    orders = sorted({item["order"] for item in events if item["type"] == "order.placed"})
    from_file = shop.told_from_file(*orders, file="day.ndjson")
    assert len(from_file) == len(orders)
    shop("send", "day.ndjson", *shop.live)

    def is_done() -> bool:
        return [(item["subject"], item["due"]) for item in shop.told_live(*orders)
                if item["settled"]] == [(item["subject"], item["due"]) for item in from_file]

    wait_until(is_done, deadline=60, what="the day to be posted")
    for live, filed in zip(shop.told_live(*orders), from_file):
        assert total_of(live.pop("entries")) == total_of(filed.pop("entries"))
        assert live == filed
