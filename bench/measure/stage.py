"""The stage of all measurements: private servers, built programs, topics."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from lib.servers import Kafka, Program, Redis, free_port, http_get
from measure.machine import cpu_seconds

_POLL_SECONDS = 0.2


def series_sums(text: str) -> dict[str, float]:
    """Of Prometheus' text, the series of one name added up."""
    values: dict[str, float] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            series, _, value = line.rpartition(" ")
            name = series.partition("{")[0]
            values[name] = values.get(name, 0.0) + float(value)
    return values


class Stage:
    """One broker and one Redis for a whole run, so that all figures are of the same moment."""

    def __init__(self, root: Path, programs: Path, directory: Path, partitions: int,
                 workers: int, properties: dict[str, str] | None = None) -> None:
        self.root = root
        self.programs = programs
        self.directory = directory
        self.partitions = partitions
        self.workers = workers
        self.kafka = Kafka(directory / "kafka", properties=properties)
        self.redis = Redis(directory / "redis")
        self._relay_topics = 0
        self._start = time.monotonic()

    def __enter__(self) -> Stage:
        self.kafka.start()
        self.redis.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kafka.kill()
        self.redis.kill()

    def say(self, text: str) -> None:
        """A line of progress."""
        print(f"[{time.monotonic() - self._start:6.1f} s] {text}", file=sys.stderr, flush=True)

    def call(self, program: str, *arguments: object) -> str:
        """Run one of the built programs to its end; its standard output."""
        command = [str(self.programs / program), *(str(item) for item in arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n"
                               f"{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    def make_topics(self) -> None:
        self.call("fen", "topics", "apply", "--bootstrap", self.kafka.bootstrap,
                  "--partitions", self.partitions)

    def clear_outputs(self) -> None:
        """The engine's outputs anew, its inputs as they are; Redis empty."""
        self.call("bench_topics", self.kafka.bootstrap, "delete-outputs")
        self.make_topics()
        self.empty_redis()

    def clear_all(self) -> None:
        """All the engine's topics anew; Redis empty."""
        self.call("bench_topics", self.kafka.bootstrap, "delete-all")
        self.make_topics()
        self.empty_redis()

    def empty_redis(self) -> None:
        subprocess.run(["redis-cli", "-s", str(self.redis.socket), "flushall"],
                       capture_output=True, check=True)

    def new_relay_topic(self) -> str:
        """An empty topic for a relay's output; each run has its own."""
        self._relay_topics += 1
        name = f"bench.relay-{self._relay_topics}.v1"
        self.call("bench_topics", self.kafka.bootstrap, "create", self.partitions, name)
        return name

    def delete_topic(self, name: str) -> None:
        self.call("bench_topics", self.kafka.bootstrap, "delete", name)

    def check_servers(self) -> None:
        """Fail at once, rather than wait in vain, when a server has gone."""
        for name, pid in (("Kafka", self.broker_pid), ("Redis", self.redis_pid)):
            try:
                cpu_seconds(pid())
            except OSError:
                raise RuntimeError(f"{name} has gone in the midst of a measurement") from None

    def broker_pid(self) -> int:
        return self.kafka.pid()

    def redis_pid(self) -> int:
        return int((self.redis.directory / "pid").read_text().split()[0])


class Engine:
    """A running `fen run` and what its /metrics says."""

    def __init__(self, stage: Stage, group: str) -> None:
        self._stage = stage
        self.port = free_port()
        self.program = Program(
            [stage.programs / "fen", "run", "--bootstrap", stage.kafka.bootstrap,
             "--redis", stage.redis.address, "--http", f"127.0.0.1:{self.port}",
             "--group", group, "--instance", "bench", "--workers", str(stage.workers)],
            stage.directory / f"{group}.log")
        self._asked = 0.0
        self._values: dict[str, float] = {}

    def start(self) -> Engine:
        self.program.start()
        return self

    def stop(self) -> None:
        code = self.program.stop()
        if code != 0:
            raise RuntimeError(f"fen run ended with {code}:\n{self.program.output()[-3000:]}")

    def metrics(self) -> dict[str, float]:
        """All series, those of one name added up; at most one request each 200 ms."""
        if not self.program.is_running():
            raise RuntimeError(f"fen run has ended:\n{self.program.output()[-3000:]}")
        self._stage.check_servers()
        if time.monotonic() - self._asked < _POLL_SECONDS:
            return self._values
        try:
            _, text = http_get(f"http://127.0.0.1:{self.port}/metrics")
        except OSError:
            return {}
        self._asked = time.monotonic()
        values = series_sums(text)
        self._values = values
        return values

    def is_in_redis(self) -> bool:
        """Whether all that is committed stands in Redis."""
        now = self.metrics()
        return (now.get("fen_projector_partitions_open", 0) > 0
                and now["fen_projector_partitions_synced"] == now["fen_projector_partitions_open"]
                and now["fen_projector_blocks_waiting"] == 0
                and now["fen_projector_lag_seconds"] == 0)
