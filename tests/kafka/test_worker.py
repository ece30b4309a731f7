"""The worker on a real broker: exactly-once through kills, losses, take-overs and rebalances.

driver_worker (driver_worker.c) runs the real worker with fake lanes: every order adds to its key's
total and writes the ledger record "SEQ TOTAL". Whatever happens, the committed ledger of each key
must read 1, 2, 3, ... and end in the total of what was sent.
"""

from __future__ import annotations

import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from lib.servers import Kafka, Program, wait_until

PARTITIONS = "4"
LEDGER = "fen.ledger.v1"
STEPS = ["begin", "emit", "offsets", "commit", "committed"]


class Shop:
    """A broker with fen's topics, orders sent to it, workers on it."""

    def __init__(self, kafka: Kafka, driver: Path, directory: Path) -> None:
        self.kafka = kafka
        self.driver = driver
        self.directory = directory
        self.sent: Counter[str] = Counter()
        self.totals: Counter[str] = Counter()
        self.seed = 0
        self.workers: list[Program] = []

    def call(self, command: str, *arguments: str, expect: int = 0) -> str:
        done = subprocess.run(
            [str(self.driver), command, self.kafka.bootstrap, *arguments],
            capture_output=True, text=True, timeout=600, check=False,
        )
        assert done.returncode == expect, done.stderr[-4000:]
        return done.stdout if expect == 0 else done.stderr

    def send(self, count: int) -> None:
        self.seed += 1
        for line in self.call("send", PARTITIONS, str(count), str(self.seed)).splitlines():
            key, number, total = line.split()
            self.sent[key] += int(number)
            self.totals[key] += int(total)

    def worker(self, *action: str, instance: str = "a") -> Program:
        command = [self.driver, "run", self.kafka.bootstrap, "shop", instance, PARTITIONS, *action]
        log = self.directory / f"worker-{len(self.workers)}.log"
        worker = Program(command, log)
        self.workers.append(worker)
        return worker.start()

    def ledger(self, isolation: str = "committed") -> dict[str, list[tuple[int, int]]]:
        entries: dict[str, list[tuple[int, int]]] = {}
        for line in self.call("read", LEDGER, PARTITIONS, isolation).splitlines():
            _, _, key, seq, total = line.split()
            entries.setdefault(key, []).append((int(seq), int(total)))
        return entries

    def count(self) -> int:
        return sum(len(entries) for entries in self.ledger().values())

    def wait_for_all(self, deadline: float = 60.0) -> None:
        """Until the ledger holds as many records as orders were sent."""
        wanted = sum(self.sent.values())
        wait_until(lambda: self.count() >= wanted, deadline, f"{wanted} ledger records")

    def check(self) -> None:
        ledger = self.ledger()
        for key, number in self.sent.items():
            entries = ledger.get(key, [])
            assert [seq for seq, _ in entries] == list(range(1, number + 1)), key
            if entries:
                assert entries[-1][1] == self.totals[key], key


def status(worker: Program, name: str) -> int:
    """The last figure of that name that the worker printed; 0 before it has."""
    found = re.findall(rf"\b{name}=(-?\d+)", worker.output())
    return int(found[-1]) if found else 0


@pytest.fixture(scope="session")
def driver(fen_binary: Path) -> Path:
    path = fen_binary.parent / "driver_worker"
    assert path.exists(), "driver_worker is not built"
    return path


@pytest.fixture()
def shop(fresh_kafka: Kafka, driver: Path, directory: Path) -> Iterator[Shop]:
    shop = Shop(fresh_kafka, driver, directory)
    shop.call("topics", PARTITIONS)
    yield shop
    for worker in shop.workers:
        worker.kill()


def test_worker_carries_every_order_once(shop: Shop) -> None:
    shop.send(5000)
    worker = shop.worker()
    shop.wait_for_all()
    shop.send(100)
    shop.wait_for_all()
    assert worker.stop(25) == 0
    shop.check()
    assert status(worker, "messages") == 5100


def test_worker_restores_after_a_stop(shop: Shop) -> None:
    shop.send(500)
    worker = shop.worker()
    shop.wait_for_all()
    assert worker.stop(25) == 0
    shop.send(500)
    worker = shop.worker()
    shop.wait_for_all()
    assert status(worker, "restored") == 500
    assert worker.stop(25) == 0
    shop.check()


def test_worker_killed_at_every_step_of_a_transaction(shop: Shop) -> None:
    for step in STEPS:
        shop.send(300)
        assert shop.worker("kill", step, "1").wait(60) == -signal.SIGKILL
    worker = shop.worker()
    shop.wait_for_all()
    assert worker.stop(25) == 0
    shop.check()


def test_worker_whose_commit_is_in_doubt_asks_the_log(shop: Shop) -> None:
    for action, step in [("lose", "committed"), ("drop", "commit"), ("lose", "emit")]:
        shop.send(300)
        worker = shop.worker(action, step, "1")
        shop.wait_for_all()
        wait_until(lambda: status(worker, "recoveries") == 1, 30)
        assert worker.stop(25) == 0
    shop.check()


def test_worker_hides_an_open_transaction_from_committed_readers(shop: Shop) -> None:
    def records_of_all() -> int:
        return sum(len(entries) for entries in shop.ledger("all").values())

    shop.send(300)
    dead = shop.worker("stall", "offsets", "1")
    wait_until(lambda: records_of_all() > 0, 60, "records of the open transaction")
    dead.kill()
    worker = shop.worker()  # its init_transactions aborts what the dead one left open
    shop.wait_for_all()
    assert worker.stop(25) == 0
    shop.check()
    # The aborted records are in the log for good: a reader that does not ask sees them.
    assert records_of_all() > 300


def test_worker_frozen_in_a_transaction_is_replaced_and_then_refused(shop: Shop) -> None:
    shop.send(400)
    zombie = shop.worker("freeze", "offsets", "1", instance="a")
    wait_until(lambda: "State:\tT" in Path(f"/proc/{zombie.pid}/status").read_text(), 60)
    heir = shop.worker(instance="b")
    shop.wait_for_all(90)  # after the zombie's session and its transaction have timed out
    shop.check()
    zombie.signal(signal.SIGCONT)
    wait_until(lambda: status(zombie, "recoveries") + status(zombie, "fences") > 0, 60)
    shop.send(400)
    shop.wait_for_all(90)
    assert heir.stop(25) == 0
    assert zombie.stop(25) in (0, 1)
    shop.check()


def test_worker_whose_name_is_taken_ends_and_does_not_fight(shop: Shop) -> None:
    old = shop.worker(instance="a")
    wait_until(lambda: status(old, "partitions") == 4, 60)
    new = shop.worker(instance="a")
    assert old.wait(60) == 1
    assert "another process runs as this instance" in old.output()
    shop.send(300)
    shop.wait_for_all()
    assert status(new, "fences") == 0
    assert new.stop(25) == 0
    shop.check()


def test_workers_share_partitions_and_take_over(shop: Shop) -> None:
    first = shop.worker(instance="a")
    wait_until(lambda: status(first, "partitions") == 4, 60)
    shop.send(1000)
    second = shop.worker(instance="b")
    wait_until(lambda: (status(first, "partitions"), status(second, "partitions")) == (2, 2), 60)
    shop.send(1000)
    shop.wait_for_all()
    first.kill()
    shop.send(1000)
    wait_until(lambda: status(second, "partitions") == 4, 60)
    shop.wait_for_all()
    assert second.stop(25) == 0
    shop.check()


def test_worker_goes_on_after_the_broker_was_killed(shop: Shop) -> None:
    worker = shop.worker()
    shop.send(500)
    shop.wait_for_all()
    shop.kafka.kill()
    shop.kafka.start()
    shop.send(500)
    shop.wait_for_all(90)
    assert worker.stop(25) == 0
    shop.check()


def test_worker_stops_in_time_while_the_broker_is_away(shop: Shop) -> None:
    worker = shop.worker()
    wait_until(lambda: status(worker, "partitions") == 4, 60)
    shop.kafka.kill()
    worker.stop(25)


def test_topics_plan_names_what_is_wrong(fresh_kafka: Kafka, driver: Path, directory: Path) -> None:
    shop = Shop(fresh_kafka, driver, directory)
    said = shop.call("check", "shop", expect=1)
    assert "fen.order-events.v1 missing" in said
    admin = AdminClient({"bootstrap.servers": fresh_kafka.bootstrap})
    topic = "fen.plans.v1"
    admin.create_topics([NewTopic(topic, 3, 1)])[topic].result(30)
    said = shop.call("topics", PARTITIONS, expect=1)
    assert "fen.plans.v1 has 3 partitions and must have 1" in said
    assert "fen.order-events.v1 missing" in shop.call("check", "shop", expect=1)  # nothing made


def test_topics_apply_is_right_the_second_time_too(shop: Shop) -> None:
    lines = shop.call("topics", PARTITIONS).splitlines()
    assert len(lines) == 14
    assert {line.split()[1] for line in lines} == {"right"}
    assert shop.call("check", "shop").strip() == PARTITIONS


def test_topics_with_another_cleanup_are_refused(
    fresh_kafka: Kafka, driver: Path, directory: Path
) -> None:
    shop = Shop(fresh_kafka, driver, directory)
    admin = AdminClient({"bootstrap.servers": fresh_kafka.bootstrap})
    topic = NewTopic("fen.order-state.v1", 4, 1, config={"cleanup.policy": "delete"})
    admin.create_topics([topic])["fen.order-state.v1"].result(30)
    said = shop.call("topics", PARTITIONS, expect=1)
    assert "fen.order-state.v1 has cleanup.policy=delete and must have compact" in said
    assert "--add-config cleanup.policy=compact" in said


def test_reference_reader_reads_empty_topics(shop: Shop) -> None:
    assert shop.call("reference").split() == ["0", "0", "0", "0"]
