"""Rows that strike the machine under fen: disk, memory, a thread that never returns."""

from __future__ import annotations

import json
import os
import random
import re
import resource
import socket
import subprocess
import time
from pathlib import Path

from confluent_kafka import Producer

from firm import Fen, Firm
from lib.servers import ROOT, wait_until
from matrix import row
from rows_process import set_topic

FULL = 1 << 20


def preload(firm: Firm, name: str) -> dict[str, str]:
    """The environment of a process with that library of ours before the C library."""
    build = ROOT / "build" / "dev" if firm.is_sanitized else firm.binary.parent.parent
    library = build / "lib" / f"libpreload_{name}.so"
    assert library.exists(), f"{library} is not built"
    environment = {"LD_PRELOAD": str(library)}
    if firm.is_sanitized:  # AddressSanitizer's own library wants to be first, and need not
        options = os.environ.get("ASAN_OPTIONS", "")
        environment["ASAN_OPTIONS"] = f"{options}:verify_asan_link_order=0"
    return environment


@row(20, "disk full", "goes on, alarms")
def disk_full(firm: Firm, seconds: float) -> str:
    small = firm.directory / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={FULL}", "tmpfs", small],
                             capture_output=True, check=False).returncode == 0
    if not mounted:  # not allowed here: a folder that cannot be written stands for it
        small.chmod(0o500)
    try:
        (small / "filler").write_bytes(bytes(FULL - 65536)) if mounted else None
        fen = firm.start("a", "--state-dir", str(small), logs=small if mounted else None)
        firm.wait_until_running()
        assert "no quarantine" in fen.output()
        with open(small / "filler", "ab", buffering=0) as filler:  # now the log has no room either
            while mounted:
                try:
                    filler.write(bytes(4096))
                except OSError:
                    break
        firm.send_day()
        fen.restart() if not mounted else None
        firm.send_day()
        firm.wait_until_right()
        assert fen.ends == [] and fen.is_ready()
        return "neither state folder nor log has room: goes on, error logged at start" \
            if mounted else "no right to mount: a folder that cannot be written"
    finally:
        for fen in firm.fens:
            fen.end(is_killed=True)
        firm.fens.clear()
        if mounted:
            subprocess.run(["umount", small], check=True)


def set_switches(control: Path, folder: bool, log: bool) -> None:
    """What fails from now on: files of the state folder, the log."""
    with open(control, "r+b") as file:
        file.write(bytes([folder, log]))


@row(39, "disk errors (EIO)", "goes on, alarms; a page that cannot be read ends one life")
def disk_errors(firm: Firm, seconds: float) -> str:
    control = firm.directory / "disk"
    control.write_bytes(bytes(2))
    set_switches(control, folder=True, log=False)
    folder = firm.state_folder("a")
    fen = firm.start(environment={**preload(firm, "disk"),
                                  "FEN_FAULT_DISK": str(control),
                                  "FEN_FAULT_DISK_FOLDER": str(folder)})
    firm.wait_until_running()
    assert "no quarantine" in fen.output() and "Input/output error" in fen.output()
    firm.send_day()
    firm.wait_until_right()
    set_switches(control, folder=True, log=True)  # from here on nothing can be logged either
    said = len(fen.output())
    firm.send_day()
    with firm.redis.client() as client:
        client.flushall()  # something to say a sentence about
    firm.wait_until_right()
    assert fen.ends == [] and len(fen.output()) == said
    set_switches(control, folder=False, log=False)
    fen.restart()
    firm.wait_until_running()
    # A page of the mapped file that the disk does not give: the file is cut under the map.
    os.truncate(next(folder.glob("*.attempts")), 0)
    firm.send_day()
    wait_until(lambda: fen.ends, 30, "ended")
    firm.wait_until_running()
    firm.wait_until_right()
    # AddressSanitizer makes an exit code of the signal.
    assert len(fen.ends) == 1 and (fen.ends[0] < 0 or firm.is_sanitized), fen.ends
    return "no state folder, then no log: goes on; a lost page: " \
           f"ends with {fen.ends[0]}, next life right"


def limit_memory(fen: Fen) -> None:
    """No more address space than the process, which has just begun, has now (RLIMIT_AS)."""
    pages = int(Path(f"/proc/{fen.program.pid}/statm").read_text().split()[0])
    limit = pages * resource.getpagesize()
    resource.prlimit(fen.program.pid, resource.RLIMIT_AS, (limit, limit))


@row(22, "failed allocation, no address space left", "clean restart", is_random=True)
def failed_allocation(firm: Firm, seconds: float) -> str:
    fen = firm.start()
    firm.wait_until_running()
    counts = [10, 300, 2000, 5000, 12000, 25000, 40000, 60000]
    if firm.round:
        lot = random.Random(f"22 {firm.round}")
        counts = [10, *(int(10 ** lot.uniform(1.5, 5)) for _ in range(7))]
    ended = 0
    for count in counts:
        ended += fail_allocation(firm, fen, count)
    ends = len(fen.ends)
    fen.restart()
    limit_memory(fen)
    firm.send_day()
    wait_until(lambda: len(fen.ends) > ends, 60, "ended for want of address space")
    firm.wait_until_running()
    firm.wait_until_right()
    codes = sorted(set(fen.ends))
    assert ended >= (1 if firm.round else 3)
    return f"{ended} of {len(counts)} ended the process ({codes}), each came back; " \
           f"RLIMIT_AS: ends with {fen.ends[ends]}"


def fail_allocation(firm: Firm, fen: Fen, count: int) -> bool:
    """The count-th allocation of the next life fails; whether the process ended by that."""
    ends = len(fen.ends)
    fen.environment({**preload(firm, "memory"), "FEN_FAULT_MALLOC": str(count)})
    fen.restart()
    fen.environment({"LD_PRELOAD": "", "FEN_FAULT_MALLOC": ""})  # of the lives after that
    for _ in range(3):
        firm.send_slice(10)
    wait_until(lambda: len(fen.ends) > ends or (fen.metric("fen_worker_commits_total") > 0 and
                                                fen.metric("fen_consumer_lag_records") == 0), 60,
               "ended, or works")
    firm.wait_until_running()
    return len(fen.ends) > ends


class Clock:
    """The wall clock of processes that are started with its environment."""

    def __init__(self, firm: Firm) -> None:
        self._control = firm.directory / "clock"
        self._control.write_bytes(bytes(8))
        self.environment = {**preload(firm, "clock"),
                            "FEN_FAULT_CLOCK": str(self._control)}

    def set(self, hours: float) -> None:
        """So far from the true time, forwards or back."""
        with open(self._control, "r+b") as file:
            file.write(int(hours * 3_600_000_000_000).to_bytes(8, "little", signed=True))


FUTURE_MS = 5 * 60 * 1000  # SPEC §9: an event may be that much ahead of its record


def send_skewed(firm: Firm) -> int:
    """
    Before the next day: touches of senders whose clocks go wrong. As far ahead of its record as an
    event may be it counts, a millisecond further its copy is refused.
    """
    path = firm.directory / f"day-{firm.days + 1}.ndjson"
    lines = path.read_bytes().splitlines(keepends=True)
    skewed = [line for line in lines if b'"touch.shared"' in line][::5]
    path.write_bytes(b"".join(line for line in lines if line not in skewed))
    producer = Producer({"bootstrap.servers": firm.bootstrap, "partitioner": "murmur2"})
    for line in skewed:
        event = json.loads(line)
        key = f"{event['tenant']}/{event['customer']}".encode()
        future = json.dumps({**event, "id": f"{event['id']}-future"}).encode()
        limit_ms = event["time"] - FUTURE_MS
        producer.produce("fen.touch-events.v1", line.rstrip(), key, timestamp=limit_ms)
        producer.produce("fen.touch-events.v1", future, key, timestamp=limit_ms - 1)
    assert producer.flush(60) == 0
    firm.events += [line.rstrip() for line in skewed]
    firm.expects_dead_letters["FUTURE"] += len(skewed)
    return len(skewed)


@row(28, "clock jumps, skewed events", "no change in output", is_random=True)
def clock_jumps(firm: Firm, seconds: float) -> str:
    firm.wire = "json"  # skewed events are made here
    firm.open()
    clock = Clock(firm)
    fen = firm.start(environment=clock.environment)
    firm.wait_until_running()
    firm.begin_day(100)
    lot = random.Random(f"28 {firm.round}")
    jumps = [lot.uniform(-500, 500) for _ in range(5)] if firm.round else [3, -2, 365, -400, 0]
    for days in jumps:
        commits = fen.metric("fen_worker_commits_total")
        clock.set(24 * days)
        wait_until(lambda: fen.metric("fen_worker_commits_total") > commits + 1
                   or not firm.senders[-1].is_running(), 90, f"goes on after {days:+.1f} days")
    firm.end_days()
    skewed = send_skewed(firm)
    firm.send_day()
    firm.wait_until_right()
    assert fen.ends == []
    return ", ".join(f"{days:+.0f}" for days in jumps) + " days under load: nothing changed; " \
        f"{skewed} events five minutes ahead count, {skewed} more than that are refused"


class Supervisor:
    """What systemd is to a service of Type=notify: it hears READY=1 and the watchdog's pings."""

    PERIOD_MS = 400

    def __init__(self, path: Path) -> None:
        self.said: list[bytes] = []
        self.environment = {"NOTIFY_SOCKET": str(path),
                            "WATCHDOG_USEC": str(self.PERIOD_MS * 1000)}
        self._heard_at = time.monotonic()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def hear(self) -> int:
        """How much has been said so far."""
        while True:
            try:
                self.said.append(self._socket.recv(100))
                self._heard_at = time.monotonic()
            except BlockingIOError:
                return len(self.said)

    def pings(self, since: int = 0) -> int:
        """Of the life that went on then: those before the next one is ready."""
        self.hear()
        said = self.said[since:]
        return said[:said.index(b"READY=1")].count(b"WATCHDOG=1") if b"READY=1" in said \
            else said.count(b"WATCHDOG=1")

    def has_lost_patience(self) -> bool:
        """Whether nothing has been said for five of its periods."""
        self.hear()
        return time.monotonic() - self._heard_at > 5 * self.PERIOD_MS / 1000


# Twice a period while the last progress is younger than one.
_LAST_PINGS = 3


def hang_once(firm: Firm, supervisor: Supervisor, fen: Fen) -> int:
    """A life that hangs in its fourth transaction; how much had been said by then."""
    before = len(supervisor.said)
    wait_until(lambda: supervisor.pings(before + 1) >= 3, 60, "pings while it works")
    assert b"READY=1" in supervisor.said[before:]
    hangs = fen.output().count(_HANGS)
    fen.without_fault()
    firm.begin_day(100)
    wait_until(lambda: fen.output().count(_HANGS) > hangs, 60, "hangs")
    return supervisor.hear()


# A batch of one record is larger; the broker's own marker, of 78 bytes, is not.
_MARKERS_ONLY = "100"
_HANGS = "fault point emitted: hang"


@row(35, "a thread that never returns, transactions that all fail",
     "no ping, then its own end or the supervisor's; restart")
def hang(firm: Firm, seconds: float) -> str:
    with Supervisor(firm.directory / "notify") as supervisor:
        fen = firm.start(fault="emitted:4:hang", environment={
            **supervisor.environment, "FEN_FAULT_STUCK_MS": "4000"})
        heard = hang_once(firm, supervisor, fen)
        wait_until(lambda: fen.ends, 120, "ended by itself")
        # It went on for four seconds, ten periods: twenty pings if it had gone on with them.
        assert supervisor.pings(heard) <= _LAST_PINGS, supervisor.said[heard:]
        assert fen.ends == [1], fen.ends
        assert "has not got anywhere" in fen.output()
        firm.wait_until_right()
        # As installed it would leave after two minutes: the supervisor, which hears nothing, is
        # sooner.
        fen.environment({"FEN_FAULT_STUCK_MS": "120000"})
        fen.with_fault("emitted:4:hang")
        supervisor.hear()
        fen.restart()
        heard = hang_once(firm, supervisor, fen)
        wait_until(supervisor.has_lost_patience, 60, "no ping any more")
        assert supervisor.pings(heard) <= _LAST_PINGS and fen.ends == [1]
        fen.kill()
        firm.wait_until_right()
        seen = fail_all(firm, supervisor, fen)
        fen.end()
        firm.fens.clear()
    return f"hangs: no ping any more, leaves with 1 by itself, or is killed; {seen}"


def fail_all(firm: Firm, supervisor: Supervisor, fen: Fen) -> str:
    """The broker answers, and refuses every transaction: the process gets nowhere and must not
    tell its supervisor otherwise."""
    # Instead of twenty of them, five minutes long.
    fen.environment({"FEN_FAULT_FAILURES_MIN": "5", "FEN_FAULT_FAILING_MS": "1000"})
    fen.restart()
    firm.wait_until_running()
    before = {topic: set_topic(firm, topic, "max.message.bytes", _MARKERS_ONLY)
              for topic in ("fen.order-state.v1", "fen.customer-state.v1", "fen.ledger.v1")}
    ends, heard = len(fen.ends), supervisor.hear()
    try:
        firm.begin_day(100)
        wait_until(lambda: fen.metric("fen_worker_recoveries_total") > 3, 120, "refused")
        wait_until(lambda: len(fen.ends) > ends, 240, "ended by itself")
        said = re.findall(r"(\d+) transactions in a row have failed", fen.output())
        assert fen.ends[ends] == 1 and said, (fen.ends, fen.output()[-3000:])
    finally:
        for topic, value in before.items():
            set_topic(firm, topic, "max.message.bytes", value)
    firm.wait_until_running(deadline=120)
    firm.wait_until_right()
    return f"{said[0]} transactions refused in a row: leaves with 1, its next life is right"
