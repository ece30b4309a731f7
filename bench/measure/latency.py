"""Latency at a fixed rate: order to Redis by the engine, produce to consumer by a relay."""

from __future__ import annotations

import json
import time
from typing import Any

from lib.servers import Program, wait_until
from measure.machine import CpuTime
from measure.stage import Engine, Stage

_GROUP = "bench-latency-engine"


class LatencyRuns:
    """Alternating runs over one shop: each path in turn has broker and machine to itself."""

    def __init__(self, stage: Stage, rate: int, seconds: int, warm_up: int) -> None:
        self._stage = stage
        self._pace = ["--rate", rate, "--seconds", seconds, "--warm-up", warm_up]

    def set_up(self) -> None:
        """A new shop on empty topics."""
        self._stage.clear_all()
        self._stage.call("bench_latency", "setup", "--bootstrap", self._stage.kafka.bootstrap)

    def relay(self, number: int) -> dict[str, Any]:
        topic = self._stage.new_relay_topic()
        log = self._stage.directory / f"relay-live-{number}.log"
        relay = Program([self._stage.programs / "bench_relay",
                         "--bootstrap", self._stage.kafka.bootstrap, "--live",
                         "--group", f"bench-live-{number}", "--output", topic,
                         "--until-idle", "3600000"], log).start()
        relay.wait_for_output('{"ready":true}')
        result = self._measure("relay", number, "--topic", topic)
        relay.kill()
        return result

    def engine(self, number: int) -> dict[str, Any]:
        engine = Engine(self._stage, _GROUP).start()
        # What the relay's runs sent is before it: it begins when that is done and in Redis.
        wait_until(_CaughtUp(engine), 600, "the engine has caught up")
        before = dict(engine.metrics())
        result = self._measure("engine", number, "--redis", self._stage.redis.address,
                               "--partitions", self._stage.partitions)
        after = engine.metrics()
        name = "fen_worker_commits_total"
        result["commits"] = after[name] - before[name]
        engine.stop()
        return result

    def _measure(self, path: str, number: int, *options: object) -> dict[str, Any]:
        before = CpuTime.read()
        out = self._stage.call("bench_latency", path, "--bootstrap", self._stage.kafka.bootstrap,
                               "--mark", f"{path[0].upper()}{number}", *self._pace, *options)
        machine = CpuTime.read().since(before)
        result: dict[str, Any] = json.loads(out.splitlines()[-1])
        result["steal_percent"] = machine.percent(machine.stolen)
        result["idle_percent"] = machine.percent(machine.idle)
        return result


class _CaughtUp:
    """True once nothing has been behind for two seconds; lag is measured once a second."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._since: float | None = None

    def __call__(self) -> bool:
        now = self._engine.metrics()
        if not (now.get("fen_worker_is_running", 0) > 0
                and now.get("fen_worker_commits_total", 0) > 0
                and now.get("fen_consumer_lag_records", 1) <= 0
                and self._engine.is_in_redis()):
            self._since = None
            return False
        if self._since is None:
            self._since = time.monotonic()
        return time.monotonic() - self._since > 2
