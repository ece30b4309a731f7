"""Rows that strike the machine under fen: disk, memory, a thread that never returns."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

from firm import Fen, Firm
from lib.servers import wait_until
from matrix import row

FULL = 1 << 20


def preload(firm: Firm, name: str) -> Path:
    library = firm.binary.parent.parent / "lib" / f"libpreload_{name}.so"
    assert library.exists(), f"{library} is not built"
    return library


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
        assert fen.ends == []
        return "neither state folder nor log has room: goes on, error logged at start" \
            if mounted else "no right to mount: a folder that cannot be written"
    finally:
        for fen in firm.fens:
            fen.end(is_killed=True)
        firm.fens.clear()
        if mounted:
            subprocess.run(["umount", small], check=True)


@row(22, "failed allocation", "clean restart", is_random=True)
def failed_allocation(firm: Firm, seconds: float) -> str:
    library = preload(firm, "memory")
    fen = firm.start()
    firm.wait_until_running()
    counts = [10, 300, 2000, 5000, 12000, 25000, 40000, 60000]
    if seconds:
        counts += list(range(1000, 100_000, 1300))
    ended = 0
    for count in counts:
        ended += fail_allocation(firm, fen, library, count)
    firm.wait_until_right()
    codes = sorted(set(fen.ends))
    assert ended >= 3
    return f"{ended} of {len(counts)} ended the process ({codes}), each came back"


def fail_allocation(firm: Firm, fen: Fen, library: Path, count: int) -> bool:
    """The count-th allocation of the next life fails; whether the process ended by that."""
    ends = len(fen.ends)
    fen.environment({"LD_PRELOAD": str(library), "FEN_FAULT_MALLOC": str(count)})
    fen.restart()
    fen.environment({"LD_PRELOAD": "", "FEN_FAULT_MALLOC": ""})  # of the lives after that
    for _ in range(3):
        firm.send_slice(10)
    wait_until(lambda: len(fen.ends) > ends or (fen.metric("fen_worker_commits_total") > 0 and
                                                fen.metric("fen_consumer_lag_records") == 0), 60,
               "ended, or works")
    firm.wait_until_running()
    return len(fen.ends) > ends


@row(28, "clock jumps", "no change in output")
def clock_jumps(firm: Firm, seconds: float) -> str:
    control = firm.directory / "clock"
    control.write_bytes(bytes(8))
    fen = firm.start(environment={"LD_PRELOAD": str(preload(firm, "clock")),
                                  "FEN_FAULT_CLOCK": str(control)})
    firm.wait_until_running()
    firm.begin_day(100)
    for days in (3, -2, 365, -400, 0):
        commits = fen.metric("fen_worker_commits_total")
        with open(control, "r+b") as file:
            file.write((days * 86_400_000_000_000).to_bytes(8, "little", signed=True))
        wait_until(lambda: fen.metric("fen_worker_commits_total") > commits + 1
                   or not firm.senders[-1].is_running(), 90, f"goes on after {days:+} days")
    firm.wait_until_right()
    assert fen.ends == []
    return "+3, -2, +365, -400 days under load: nothing changed"


@row(35, "a thread that never returns", "no ping, then its own end; restart")
def hang(firm: Firm, seconds: float) -> str:
    path = firm.directory / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(path))
        supervisor.setblocking(False)
        fen = firm.start(fault="emitted:4:hang", environment={
            "NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "400000", "FEN_FAULT_STUCK_MS": "4000"})
        firm.wait_until_running()
        said: list[bytes] = []

        def hear() -> int:
            while True:
                try:
                    said.append(supervisor.recv(100))
                except BlockingIOError:
                    return said.count(b"WATCHDOG=1")

        wait_until(lambda: hear() >= 3, 30, "pings while it works")
        assert said[0] == b"READY=1"
        fen.without_fault()
        firm.begin_day()
        wait_until(lambda: fen.ends, 60, "ended by itself")
        assert fen.ends == [1], fen.ends
        assert "has not got anywhere" in fen.output()
        firm.wait_until_right()
        fen.end()
        firm.fens.clear()
    return "pings stop, the process leaves with 1, its next life is right"
