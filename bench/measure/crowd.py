"""A crowd of streams: Redis, `fen api`, the one who fills and the clients, and what they use."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from lib.servers import Program, Redis, free_port, http_get, wait_until
from measure.crowd_report import Memory, Run, Second
from measure.machine import cpu_seconds, resident_bytes, waited_seconds
from measure.stalls import Stalls

Json = dict[str, Any]
# Commissions go on for so long before and after what is measured of them.
_AROUND_SECONDS = 2


class Obeying:
    """
    A program that takes commands by lines and answers each with a line of JSON. In a session of
    its own, as a service would be: the system shares the cores out between sessions.
    """

    def __init__(self, *command: object) -> None:
        self._program = subprocess.Popen([str(word) for word in command], text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         start_new_session=True)
        self._name = Path(str(command[0])).name
        self.pid = self._program.pid

    def ask(self, command: str) -> None:
        try:
            self._pipe(self._program.stdin).write(command + "\n")
            self._pipe(self._program.stdin).flush()
        except BrokenPipeError:
            raise RuntimeError(f"{self._name} has ended") from None

    def answer(self) -> Json:
        line = self._pipe(self._program.stdout).readline()
        if not line:
            raise RuntimeError(f"{self._name} has ended")
        answer: Json = json.loads(line)
        return answer

    def call(self, command: str) -> Json:
        self.ask(command)
        return self.answer()

    def end(self) -> None:
        self._pipe(self._program.stdin).close()
        try:
            self._program.wait(30)
        except subprocess.TimeoutExpired:
            self._program.kill()
            self._program.wait()

    @staticmethod
    def _pipe(pipe: TextIO | None) -> TextIO:
        assert pipe is not None
        return pipe


def say(text: str) -> None:
    """A line of progress."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def kernel_bytes() -> dict[str, int]:
    """Memory of the kernel: its objects, and the pages of TCP's buffers."""
    info = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    pages = re.search(r"^TCP:.* mem (\d+)", Path("/proc/net/sockstat").read_text(), re.M)
    return {"objects": int(info["Slab"].split()[0]) * 1024,
            "buffers": int(pages[1]) * 4096 if pages else 0}


def measure_ceiling(programs: Path, directory: Path, clients: int) -> Json:
    """How many events the driver takes when it is given as many as it can."""
    port = free_port()
    server = Program([programs / "bench_stream_echo", str(port)], directory / "echo.log").start()
    server.wait_for_output("ready")
    driver = Obeying(programs / "bench_streams", "--http", f"127.0.0.1:{port}", "--payees",
                     clients, "--clients", clients)
    try:
        driver.call(f"open 0 {clients} 0")
        driver.call("measure 1")
        return driver.call("measure 4")
    finally:
        driver.end()
        server.kill()


@dataclass
class Crowd:
    """One Redis, one API, one driver with all its clients."""

    programs: Path
    directory: Path
    clients: int
    partitions: int
    payees: int
    memory: Memory = field(default_factory=Memory)

    def __post_init__(self) -> None:
        self.redis = Redis(self.directory / "redis")
        self.port = free_port()
        self.keys = self.directory / "keys"
        self.feed: Obeying | None = None
        self.driver: Obeying | None = None
        self.api = Program(
            [self.programs / "fen", "api", "-r", self.redis.address, "--partitions",
             str(self.partitions), "--api-keys", self.keys, "--http", f"127.0.0.1:{self.port}",
             "--api-rate", "0", "--api-streams", str(self.clients)], self.directory / "api.log")

    def __enter__(self) -> Crowd:
        self.redis.start()
        self.keys.touch(0o600)
        self.keys.write_text(subprocess.run([self.programs / "fen", "api", "key"], text=True,
                                            capture_output=True, check=True).stdout)
        self.api.start()
        wait_until(self._is_ready, 30, "fen api to be ready")
        self.feed = Obeying(self.programs / "bench_feed", "--redis", self.redis.address,
                            "--partitions", self.partitions, "--payees", self.payees)
        self.driver = Obeying(self.programs / "bench_streams", "--http",
                              f"127.0.0.1:{self.port}", "--api-keys", self.keys,
                              "--payees", self.payees, "--clients", self.clients)
        return self

    def __exit__(self, *_: object) -> None:
        for program in (self.driver, self.feed):
            if program is not None:
                program.end()
        self.api.kill()
        self.redis.kill()

    def _is_ready(self) -> bool:
        if not self.api.is_running():
            raise RuntimeError(f"fen api has ended:\n{self.api.output()[-3000:]}")
        try:
            return http_get(f"http://127.0.0.1:{self.port}/readyz")[0] == 200
        except OSError:
            return False

    def _parts(self) -> tuple[Obeying, Obeying]:
        assert self.feed is not None and self.driver is not None
        return self.feed, self.driver

    def _pids(self) -> dict[str, int]:
        feed, driver = self._parts()
        redis = int((self.redis.directory / "pid").read_text().split()[0])
        return {"api": self.api.pid, "redis": redis, "feed": feed.pid, "driver": driver.pid}

    def fill(self, records: int) -> None:
        say(f"{records} records for each of {self.payees:,} payees")
        self._parts()[0].call(f"fill {records}")

    def _run(self, name: str, command: str, rate: int = 0) -> Run:
        """One command of the driver, and what all parts use meanwhile."""
        say(f"{name}: {command}" + (f", {rate:,} commissions/s" if rate else ""))
        cpu = {part: cpu_seconds(pid) for part, pid in self._pids().items()}
        waited = {part: waited_seconds(pid) for part, pid in self._pids().items()}
        begin = time.monotonic()
        answer = self._parts()[1].call(command)
        seconds = time.monotonic() - begin
        shares = {part: (cpu_seconds(pid) - cpu[part]) / seconds
                  for part, pid in self._pids().items()}
        delays = {part: (waited_seconds(pid) - waited[part]) / seconds
                  for part, pid in self._pids().items()}
        run = Run(name, answer["served"], rate, seconds, shares, delays, answer)
        say(f"  {run.brief()}")
        return run

    def open(self, name: str, first: int, last: int, rate: int) -> Run:
        resident, kernel = resident_bytes(self.api.pid), kernel_bytes()
        run = self._run(name, f"open {first} {last} {rate}")
        self._settle()
        now = kernel_bytes()
        self.memory.add(run.streams, run.answer["first"]["count"], resident,
                        resident_bytes(self.api.pid),
                        {part: now[part] - kernel[part] for part in now})
        return run

    def _settle(self) -> None:
        """Until the API has nothing to do that opening has left."""
        self._parts()[1].call("measure 2")

    def _with_load(self, rate: int, seconds: int, hot: str = "") -> None:
        self._parts()[0].ask(f"rate {rate} {seconds + 2 * _AROUND_SECONDS} {hot}")

    def load(self, name: str, rate: int, seconds: int) -> Run:
        self._with_load(rate, seconds)
        self._parts()[1].call(f"measure {_AROUND_SECONDS}")
        run = self._run(name, f"measure {seconds}", rate)
        return self._end_load(run)

    def _rest(self) -> Json:
        """What the feed says at the end of a load."""
        feed, driver = self._parts()
        driver.call(f"measure {2 * _AROUND_SECONDS}")
        return feed.answer()

    def _end_load(self, run: Run) -> Run:
        run.feed = self._rest()
        return run

    def by_the_second(self, rate: int, seconds: int) -> list[Second]:
        """As `load`, each second for itself, and how long the machine stood still around it."""
        say(f"live, second by second: {rate:,} commissions/s")
        driver = self._parts()[1]
        self._with_load(rate, seconds)
        driver.call(f"measure {_AROUND_SECONDS}")
        spans, latencies = [], []
        with Stalls() as stalls:
            for _ in range(seconds):
                begin = time.monotonic()
                latencies.append(driver.call("measure 1")["latency"])
                spans.append((begin, time.monotonic()))
        self._rest()
        return [Second(latency["count"], latency["p50_ms"], latency["p99_ms"],
                       stalls.longest_ms(*span)) for latency, span in zip(latencies, spans)]

    def deafen(self, name: str, rate: int, seconds: int, listening: int, deaf: int) -> Run:
        """As `load`, while clients that take nothing are given half of it."""
        driver = self._parts()[1]
        driver.call(f"deaf {listening} {listening + deaf}")
        self._with_load(rate, seconds, f"{listening + deaf} 50")
        driver.call(f"measure {_AROUND_SECONDS}")
        run = self._end_load(self._run(name, f"measure {seconds}", rate))
        driver.call(f"close {listening} {listening + deaf}")
        return run

    def again(self, name: str, first: int, last: int, place: str, rate: int) -> Run:
        self._with_load(rate, 6)
        self._parts()[1].call(f"measure {_AROUND_SECONDS}")
        return self._end_load(self._run(name, f"again {first} {last} {place}", rate))
