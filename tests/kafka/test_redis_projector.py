"""Redis equals the ledger whatever happens to it: `fen run` on a real Kafka and a real Redis.

`fen audit` is the judge: it folds the ledger and compares every field, feed and ranking in Redis.
The cases in which single blocks, fences and errors matter are in tests/unit/test_projector.c; here
the partitions are read back from Kafka's own topics.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lib.servers import Kafka, Program, Redis, http_get, wait_until

PARTITIONS = 6


class Engine:
    """`fen run` with two workers, the events it is sent, and the audit of its books."""

    def __init__(self, binary: Path, kafka: Kafka, redis: Redis, directory: Path, wire: str):
        self.binary, self.kafka, self.redis, self.directory = binary, kafka, redis, directory
        self.wire = wire
        self.program: Program | None = None
        self.url = ""
        self._days = 0

    def _fen(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(self.binary), *arguments, "-b", self.kafka.bootstrap],
                              capture_output=True, text=True, timeout=600, check=False)

    def create_topics(self) -> None:
        done = self._fen("topics", "apply", "--partitions", str(PARTITIONS))
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self) -> None:
        log = self.directory / f"fen-{self._days}.log"
        self.program = Program([self.binary, "run", "-b", self.kafka.bootstrap,
                                "-r", self.redis.address, "-n", "2", "-w", self.wire,
                                "--http", "127.0.0.1:0", "--log-format", "json"], log).start()
        self.program.wait_for_output("fen runs")
        port = re.search(r'"message":"fen runs".*"port":(\d+)', self.program.output())
        assert port is not None, self.program.output()
        self.url = f"http://127.0.0.1:{port.group(1)}"

    def stop(self) -> None:
        assert self.program is not None and self.program.stop() == 0, "fen did not drain"

    def day(self) -> None:
        """Another sale day, of a tenant of its own: its ids are new."""
        self._days += 1
        done = self._fen("generate", "-w", self.wire, "-n", "200", "--touches", "3",
                         "--seed", str(self._days), "--tenant", f"t{self._days}")
        assert done.returncode == 0, done.stdout + done.stderr

    def metric(self, name: str) -> float:
        status, text = http_get(self.url + "/metrics")
        assert status == 200
        value = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
        assert value is not None, f"no {name} in /metrics"
        return float(value.group(1))

    def is_balanced(self) -> bool:
        done = self._fen("audit", "-r", self.redis.address, "-w", self.wire)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        return done.returncode == 0

    def wait_until_balanced(self) -> None:
        """Ready, everything read, and Redis equal to the ledger."""
        wait_until(lambda: http_get(self.url + "/readyz")[0] == 200, 60, "ready")
        wait_until(self.is_balanced, 60, "balanced")

    def rebuilt_since(self, before: float) -> Callable[[], bool]:
        return lambda: self.metric("fen_projector_rebuilds_total") >= before + 1


@pytest.fixture(params=["protobuf", "json"])
def engine(request: pytest.FixtureRequest, fen_binary: Path, fresh_kafka: Kafka,
           fresh_redis: Redis, directory: Path) -> Iterator[Engine]:
    engine = Engine(fen_binary, fresh_kafka, fresh_redis, directory, request.param)
    engine.create_topics()
    engine.start()
    yield engine
    if engine.program is not None:
        engine.program.kill()


def test_redis_is_filled_again_after_each_loss(engine: Engine) -> None:
    engine.day()
    engine.wait_until_balanced()
    assert engine.metric("fen_projector_rebuilds_total") == 0
    client = engine.redis.client()

    # Emptied on an idle system.
    client.flushall()
    wait_until(engine.rebuilt_since(0), 30, "rebuilt")
    engine.wait_until_balanced()

    # Emptied while orders come in.
    before = engine.metric("fen_projector_rebuilds_total")
    client.flushall()
    engine.day()
    wait_until(engine.rebuilt_since(before), 30, "rebuilt")
    engine.wait_until_balanced()

    # A tail is lost: back to an older snapshot.
    client.save()
    engine.day()
    engine.wait_until_balanced()
    before = engine.metric("fen_projector_rebuilds_total")
    engine.redis.kill()
    engine.redis.start()
    wait_until(engine.rebuilt_since(before), 30, "rebuilt")
    engine.wait_until_balanced()

    # Away while orders come in, and empty when it is back.
    before = engine.metric("fen_projector_rebuilds_total")
    engine.redis.kill()
    (engine.redis.directory / "dump.rdb").unlink()
    engine.day()
    wait_until(lambda: http_get(engine.url + "/readyz")[0] == 503, 30, "not ready")
    reasons = json.loads(http_get(engine.url + "/readyz")[1])["reasons"]
    assert [reason["check"] for reason in reasons] == ["projector"]
    assert http_get(engine.url + "/livez")[0] == 200
    engine.redis.start()
    wait_until(engine.rebuilt_since(before), 30, "rebuilt")
    engine.wait_until_balanced()
    client.close()
    engine.stop()


def test_next_process_finds_what_redis_has(engine: Engine) -> None:
    engine.day()
    engine.wait_until_balanced()
    engine.stop()
    engine.start()
    engine.day()
    engine.wait_until_balanced()
    assert engine.metric("fen_projector_rebuilds_total") == 0

    # Emptied while nobody looks.
    engine.stop()
    client = engine.redis.client()
    client.flushall()
    client.close()
    engine.start()
    wait_until(engine.rebuilt_since(0), 30, "rebuilt")
    engine.wait_until_balanced()
    engine.stop()
