"""Drains: how fast, and at what cost, the same input records go through relay and engine."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from typing import Any

from lib.servers import wait_until
from measure.machine import CpuTime, cpu_seconds, resident_bytes
from measure.stage import Engine, Stage

# A drain that takes longer than this is taken for hung.
_SECONDS_MAX = 1800.0


@dataclass(frozen=True)
class Drain:
    """One way through all inputs. CPU is that of the whole life of the process up to the end."""

    what: str
    records: int
    orders: int
    wall_s: float            # at the rate from the first commit to the last
    cpu_s: float             # of relay or engine
    broker_cpu_s: float
    redis_cpu_s: float
    commits: int
    steal_percent: float
    idle_percent: float
    redis_later_s: float = 0.0  # from the last commit until Redis had it
    librdkafka: str = ""

    @property
    def orders_per_s(self) -> float:
        return self.orders / self.wall_s

    def micros(self, cpu_s: float) -> float:
        """CPU microseconds an order."""
        return 1e6 * cpu_s / self.orders

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {
            "orders_per_s": self.orders_per_s,
            "records_per_s": self.records / self.wall_s,
            "cpu_us_per_order": self.micros(self.cpu_s),
            "broker_cpu_us_per_order": self.micros(self.broker_cpu_s),
            "redis_cpu_us_per_order": self.micros(self.redis_cpu_s),
        }


class _Meter:
    """What broker, Redis and machine use from now on."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._broker = cpu_seconds(stage.broker_pid())
        self._redis = cpu_seconds(stage.redis_pid())
        self._machine = CpuTime.read()

    def read(self) -> dict[str, float]:
        machine = CpuTime.read().since(self._machine)
        return {
            "broker_cpu_s": cpu_seconds(self._stage.broker_pid()) - self._broker,
            "redis_cpu_s": cpu_seconds(self._stage.redis_pid()) - self._redis,
            "steal_percent": machine.percent(machine.stolen),
            "idle_percent": machine.percent(machine.idle),
        }


def drain_relay(stage: Stage, number: int, orders: int) -> Drain:
    """All inputs through the bare relay, in a group of its own."""
    topic = stage.new_relay_topic()
    meter = _Meter(stage)
    out = stage.call("bench_relay", "--bootstrap", stage.kafka.bootstrap,
                     "--group", f"bench-relay-{number}", "--output", topic)
    used = meter.read()
    stage.delete_topic(topic)
    said = json.loads(out.splitlines()[-1])
    return Drain(what="relay", records=said["records"], orders=orders,
                 wall_s=said["records"] / said["records_per_s"], cpu_s=said["cpu_s"],
                 commits=said["commits"], librdkafka=said["librdkafka"], **used)


def drain_engine(stage: Stage, number: int, orders: int,
                 records: int) -> tuple[Drain, dict[str, float]]:
    """All inputs through the engine, from empty state; and what it then holds."""
    stage.clear_outputs()
    meter = _Meter(stage)
    engine = Engine(stage, f"bench-engine-{number}").start()
    first: tuple[float, float] | None = None  # time and events at the first commit seen

    def is_committed() -> bool:
        nonlocal first
        events = engine.metrics().get("fen_events_read_total", 0)
        if first is None and events > 0:
            first = (time.monotonic(), events)
        return events >= records

    wait_until(is_committed, _SECONDS_MAX, f"the engine has committed {records} events")
    committed = time.monotonic()
    wait_until(engine.is_in_redis, _SECONDS_MAX, "Redis has everything")
    settled = time.monotonic()
    used = meter.read()
    cpu_s = cpu_seconds(engine.program.pid)
    assert first is not None
    rate = (records - first[1]) / (committed - first[0]) if records > first[1] else 0.0
    now = engine.metrics()
    drain = Drain(what="engine", records=records, orders=orders,
                  wall_s=records / rate if rate else committed - first[0], cpu_s=cpu_s,
                  commits=int(now["fen_worker_commits_total"]), redis_later_s=settled - committed,
                  **used)
    held = _measure_held(engine)
    engine.stop()
    return drain, held


def _measure_held(engine: Engine) -> dict[str, float]:
    """Sizes of a drained engine; its workers measure theirs every few seconds."""
    placed = engine.metrics()["fen_orders_placed_total"]
    wait_until(lambda: engine.metrics()["fen_worker_orders"] >= placed, 30,
               "the workers have measured themselves")
    now = engine.metrics()
    names = {
        "orders": "fen_worker_orders", "customers": "fen_worker_customers",
        "touches": "fen_worker_touches", "payees": "fen_worker_payees",
        "state_bytes": "fen_worker_state_bytes", "held_bytes": "fen_worker_held_bytes",
        "entries": "fen_entries_posted_total", "evaluations": "fen_evaluations_total",
        "reevaluations": "fen_reevaluations_total",
        "dead_lettered": "fen_events_dead_lettered_total",
        "projector_blocks_missed": "fen_projector_blocks_missed_total",
    }
    held = {name: now.get(metric, 0.0) for name, metric in names.items()}
    held["resident_bytes"] = float(resident_bytes(engine.program.pid))
    return held
