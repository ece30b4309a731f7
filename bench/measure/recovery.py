"""Recoveries: restart, takeover, Redis set up anew, a backlog; each times one thing to its end."""

from __future__ import annotations

import signal
import subprocess
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from lib.servers import Program, free_port, http_get, wait_until
from measure.machine import CpuTime, cpu_seconds, resident_bytes
from measure.stage import Stage, series_sums
from measure.threads import thread_times

_SECONDS_MAX = 1800.0
_MIB = 1 << 20
_FENCED = "its owner is fenced"


class Node:
    """A `fen run` that is looked at as often as one likes."""

    def __init__(self, stage: Stage, name: str, group: str, *words: str) -> None:
        self.port = free_port()
        self.program = Program(
            [stage.programs / "fen", "run", "--bootstrap", stage.kafka.bootstrap, "--group", group,
             "--instance", name, "--workers", str(stage.workers), "--redis", stage.redis.address,
             "--http", f"127.0.0.1:{self.port}", *words],
            stage.directory / f"{group}-{name}.log").start()
        self.begin = time.monotonic()

    def metrics(self) -> dict[str, float]:
        """All series, those of one name added up; none while it is not up."""
        if not self.program.is_running():
            raise RuntimeError(f"fen run has ended:\n{self.program.output()[-3000:]}")
        try:
            _, text = http_get(f"http://127.0.0.1:{self.port}/metrics")
        except OSError:
            return {}
        return series_sums(text)

    def wait_for_partitions(self, count: int) -> dict[str, float]:
        def has_them() -> dict[str, float] | None:
            now = self.metrics()
            return now if now.get("fen_worker_partitions") == count else None

        found = wait_until(has_them, _SECONDS_MAX, f"{count} partitions at work")
        assert found is not None
        return found

    def wait_for_commits(self, beyond: float) -> None:
        wait_until(lambda: self.metrics().get("fen_worker_commits_total", 0) > beyond,
                   _SECONDS_MAX, "the next commit")

    def wait_for_redis(self) -> dict[str, float]:
        def is_synced() -> dict[str, float] | None:
            now = self.metrics()
            return now if (now.get("fen_projector_partitions_open", 0) > 0
                           and now["fen_projector_partitions_synced"]
                           == now["fen_projector_partitions_open"]
                           and now["fen_projector_blocks_waiting"] == 0) else None

        found = wait_until(is_synced, _SECONDS_MAX, "Redis has everything")
        assert found is not None
        return found

    def stop(self) -> None:
        code = self.program.stop()
        if code != 0:
            raise RuntimeError(f"fen run ended with {code}:\n{self.program.output()[-3000:]}")


@dataclass(frozen=True)
class Load:
    """How much of the machine was left for others, or taken by them."""

    idle_percent: float
    stolen_percent: float

    @classmethod
    def since(cls, before: CpuTime) -> Load:
        spent = CpuTime.read().since(before)
        return cls(spent.percent(spent.idle), spent.percent(spent.stolen))


def fill(stage: Stage, group: str, customers: int, guides: int, entries: int,
         announced: bool) -> None:
    """State topics of that size, as the group has left them behind."""
    stage.clear_all()
    stage.call("bench_state", "--bootstrap", stage.kafka.bootstrap, "--group", group,
               "--partitions", stage.partitions, "--customers", customers, "--guides", guides,
               "--entries", entries, *(["--announced"] if announced else []))


def restart(stage: Stage, customers: int, number: int) -> dict[str, Any]:
    """From exec to the first commit: an event waits in the input."""
    group = f"restart-{customers}-{number}"
    fill(stage, group, customers, 1000, 1, False)
    event = stage.directory / "event.ndjson"
    event.write_text('{"id":"after","type":"customer.bound","time":1780243200000,'
                     '"customer":"after","guide":"G1","store":"S1"}\n')
    stage.call("fen", "send", "--bootstrap", stage.kafka.bootstrap, event)
    before = CpuTime.read()
    broker = cpu_seconds(stage.broker_pid())
    node = Node(stage, "a", group, "--stages", "split,post,api")
    now = node.wait_for_partitions(stage.partitions)
    running = time.monotonic() - node.begin
    threads = thread_times(node.program.pid)
    cpu = cpu_seconds(node.program.pid)
    node.wait_for_commits(0)
    committed = time.monotonic() - node.begin
    worker = threads["worker"]
    figures = {
        "customers": customers,
        "records": now["fen_worker_restored_records_total"],
        "running_s": running,
        "committed_s": committed,
        "cpu_s": cpu,
        "worker_run_s": worker.run_s,
        "worker_queue_s": worker.queue_s,
        "client_run_s": cpu - worker.run_s,
        "broker_cpu_s": cpu_seconds(stage.broker_pid()) - broker,
        "resident_mib": resident_bytes(node.program.pid) / _MIB,
    } | vars(Load.since(before))
    node.stop()
    return figures


class Takeover:
    """Two processes under load; one is killed, the other has to go on."""

    def __init__(self, stage: Stage, rate: int, orders: int) -> None:
        self._stage = stage
        stage.clear_all()
        self._sender = Program(
            [stage.programs / "fen", "generate", "--bootstrap", stage.kafka.bootstrap, "--orders",
             str(orders), "--customers", "20000", "--rate", str(rate)],
            stage.directory / "takeover-load.log").start()

    def stop(self) -> None:
        self._sender.kill()

    def run(self, series: str, times: int, *words: str) -> list[dict[str, Any]]:
        """Kill, and start another, so often; all with these further options."""
        half = self._stage.partitions // 2
        alive = self._start(series, 0, words)
        runs = []
        alive.wait_for_partitions(self._stage.partitions)
        for number in range(1, times + 1):
            heir = self._start(series, number, words)
            alive.wait_for_partitions(half)
            commits = heir.wait_for_partitions(half)["fen_worker_commits_total"]
            heir.wait_for_commits(commits + 5)
            if not self._sender.is_running():
                raise RuntimeError("the load has ended before the kills")
            runs.append(self._kill(alive, heir))
            alive = heir
        alive.program.kill()
        return runs

    def _start(self, series: str, number: int, words: tuple[str, ...]) -> Node:
        return Node(self._stage, f"{series}{number}", "takeover", "--stages", "split,post,api",
                    *words)

    def _kill(self, victim: Node, heir: Node) -> dict[str, Any]:
        before = CpuTime.read()
        queue = thread_times(heir.program.pid)["worker"].queue_s
        fences = heir.program.output().count(_FENCED)
        begin = time.monotonic()
        victim.program.signal(signal.SIGKILL)
        commits = heir.wait_for_partitions(self._stage.partitions)["fen_worker_commits_total"]
        heir.wait_for_commits(commits)
        figures = {
            "next_commit_s": time.monotonic() - begin,
            "restore_s": heir.metrics()["fen_worker_restore_seconds"],
            "queue_s": thread_times(heir.program.pid)["worker"].queue_s - queue,
            "is_fenced": heir.program.output().count(_FENCED) > fences,
            "had_fenced_before": fences,
        } | vars(Load.since(before))
        victim.program.kill()
        return figures


def refill(stage: Stage, guides: int, entries: int) -> dict[str, Any]:
    """Redis with so many guides, emptied: until all of them stand there again."""
    group = "refill"
    fill(stage, group, 0, guides, entries, True)
    node = Node(stage, "a", group)
    node.wait_for_partitions(stage.partitions)
    first = node.wait_for_redis()["fen_projector_rebuilds_total"]
    before = CpuTime.read()
    cpu, redis = cpu_seconds(node.program.pid), cpu_seconds(stage.redis_pid())
    threads = thread_times(node.program.pid)["redis"]
    begin = time.monotonic()
    stage.empty_redis()
    wait_until(lambda: node.metrics().get("fen_projector_rebuilds_total", 0)
               >= first + stage.partitions, _SECONDS_MAX, "every partition set up anew")
    node.wait_for_redis()
    took = time.monotonic() - begin
    after = thread_times(node.program.pid)["redis"]
    figures = {
        "guides": guides,
        "entries": guides * entries,
        "rebuilt_s": took,
        "cpu_s": cpu_seconds(node.program.pid) - cpu,
        "projector_run_s": after.run_s - threads.run_s,
        "projector_queue_s": after.queue_s - threads.queue_s,
        "redis_cpu_s": cpu_seconds(stage.redis_pid()) - redis,
        "keys": _keys(stage.redis.socket),
        "redis_mib": resident_bytes(stage.redis_pid()) / _MIB,
    } | vars(Load.since(before))
    node.stop()
    return figures


def _keys(socket: Path) -> int:
    done = subprocess.run(["redis-cli", "-s", str(socket), "dbsize"], capture_output=True,
                          text=True, check=True)
    return int(done.stdout.split()[-1])


def backlog(stage: Stage, orders: int) -> dict[str, Any]:
    """What waits after an outage, drained from a start with empty state; memory all the while."""
    stage.clear_all()
    # The usual skew gives the first of a million customers one order in eighty, 40,000 in an hour,
    # and each of that customer's touches would be about all of them. Of a day long past the broker
    # would delete what is older than the topics keep; refunds come days later, not in the future.
    day = datetime.now(timezone(timedelta(hours=8))) - timedelta(days=15)
    stage.call("fen", "generate", "--bootstrap", stage.kafka.bootstrap, "--orders", orders,
               "--customers", 1_000_000, "--skew", "1.0,0.3", "--touches", 2, "--start",
               f"{day:%Y-%m-%d}")
    before = CpuTime.read()
    node = Node(stage, "a", "backlog", "--stages", "split,post,api")
    node.wait_for_partitions(stage.partitions)
    samples: list[tuple[float, float, float]] = []  # seconds, events, resident bytes

    def is_drained() -> bool:
        now = node.metrics()
        samples.append((time.monotonic() - node.begin, now.get("fen_events_read_total", 0.0),
                        float(resident_bytes(node.program.pid))))
        return (now.get("fen_orders_placed_total", 0) > 0
                and now.get("fen_consumer_lag_records", 1) == 0
                and len(samples) > 1 and samples[-2][1] == samples[-1][1])

    wait_until(is_drained, _SECONDS_MAX, "the backlog is drained")
    events = samples[-1][1]
    drained = next(at for at, read, _ in samples if read == events)
    now = node.metrics()
    assert now["fen_orders_placed_total"] == orders, "every order was there to be read"
    figures = {
        "orders": orders,
        "events": events,
        "drained_s": drained,
        "cpu_s": cpu_seconds(node.program.pid),
        "queue_s": thread_times(node.program.pid)["worker"].queue_s,
        "resident_max_mib": max(size for _, _, size in samples) / _MIB,
        "resident_half_mib": next(size for _, read, size in samples if read >= events / 2) / _MIB,
        "held_mib": now["fen_worker_held_bytes"] / _MIB,
    } | vars(Load.since(before))
    node.stop()
    return figures
