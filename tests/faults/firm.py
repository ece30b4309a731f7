"""A whole installation under load, and the audit that says whether its books are right.

Three real brokers behind the proxy, a real Redis, one or more fen processes each with a supervisor
that starts it again when it dies (as systemd does), and a sale day sent meanwhile. Whatever a row
of the matrix does to it, `wait_until_right` must come true: ledger = what the oracle says of the
events sent, `seq` and the numbers between lanes dense, accounts = ledger, each funder's sums equal,
order states = posted, Redis = accounts; every event sent is in its topic and none is left unread by
the group; the dead letters have the codes that the oracle gives.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from lib import oracle
from lib.oracle import compare
from lib.servers import Kafka, Program, Redis, http_get, wait_until
from lib.six_months import metric
from proxy import Proxy
from records import read_to_ends

PARTITIONS = 6
BAD_CONFIGURATION = 78  # the exit status of what no repetition mends
DAY_STARTS = [f"2026-{month:02}-08" for month in range(2, 11)]
# What the members of a group share among them; org events and plans everybody reads whole.
SHARED_TOPICS = ("fen.order-events.v1", "fen.touch-events.v1", "fen.customer-events.v1",
                 "fen.task-events.v1", "fen.payee-events.v1", "fen.postings.v1")
_PORT = re.compile(r'"message":"fen runs".*"port":(\d+)')


class Fen:
    """One fen process and its supervisor: it is started again whenever it dies by itself."""

    def __init__(self, firm: Firm, name: str, words: Sequence[str | Path],
                 environment: dict[str, str], is_supervised: bool = True,
                 logs: Path | None = None) -> None:
        self.name = name
        self.firm = firm
        self.starts = 0
        self.born = 0.0                    # when its present life began (monotonic)
        self.ends: list[int] = []          # exit codes of those that ended by themselves
        self._command = [firm.binary, "run", *words]
        self._log_folder = logs or firm.directory
        self._environment = environment
        self._is_supervised = is_supervised
        self._is_wanted = True
        self._logs: list[Path] = []
        self._guard = threading.RLock()
        self._program = self._launch()
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)
        self._is_stopped = threading.Event()
        if is_supervised:
            self._supervisor.start()

    def _launch(self) -> Program:
        self.starts += 1
        self.born = time.monotonic()
        self.firm.launches += 1
        log = self._log_folder / f"{self.firm.launches:03}-{self.name}.log"
        self._logs.append(log)
        program = Program(self._command, log, self._environment)
        # PDEATHSIG counts from the thread that starts it: the supervisor's must live on.
        return program.start()

    def _supervise(self) -> None:
        while not self._is_stopped.wait(0.05):
            with self._guard:
                if self._is_wanted and not self._program.is_running():
                    self.ends.append(self._program.wait(1))
                    if self.ends[-1] == BAD_CONFIGURATION:
                        self._is_wanted = False  # RestartPreventExitStatus of deploy's unit
                    else:
                        self._program = self._launch()

    @property
    def program(self) -> Program:
        with self._guard:
            return self._program

    def without_fault(self) -> None:
        """Later starts have no fault asked for."""
        with self._guard:
            for name in [key for key in self._environment if key.startswith("FEN_FAULT")]:
                del self._environment[name]

    def environment(self, changes: dict[str, str]) -> None:
        """Of later starts."""
        with self._guard:
            self._environment.update(changes)

    def with_fault(self, fault: str) -> None:
        """Later starts have this one."""
        with self._guard:
            self._environment["FEN_FAULT"] = fault

    def url(self) -> str:
        found = _PORT.search(self.program.output())
        if found is None:
            raise OSError(f"{self.name} serves no HTTP yet")
        return f"http://127.0.0.1:{found.group(1)}"

    def metric(self, name: str) -> float:
        """The sum over its labels; OSError while the process is not up."""
        return metric(http_get(self.url() + "/metrics")[1], name)

    def is_ready(self) -> bool:
        return http_get(self.url() + "/readyz")[0] == 200

    def is_up(self) -> bool:
        """Whether it has its partitions and works; false while it does not answer."""
        try:
            return self.is_ready()
        except OSError:
            return False

    def output(self) -> str:
        """What all its lives have said."""
        return "".join(log.read_text(errors="replace") for log in self._logs)

    def kill(self) -> None:
        """kill -9; the supervisor starts it again."""
        with self._guard:
            self._program.kill()

    def restart(self) -> None:
        """kill -9 and start, at once."""
        with self._guard:
            self._program.kill()
            self._program = self._launch()

    def end(self, is_killed: bool = False) -> int:
        """No more of it: SIGTERM (or kill -9), and its exit code."""
        with self._guard:
            self._is_wanted = False
        try:
            if not is_killed:
                return self._program.stop(60)
            self._program.kill()
            return -9
        finally:
            self._is_stopped.set()  # not before: what the supervisor started ends with its thread


@dataclass
class Books:
    """What one audit read."""

    figures: dict[str, Any]
    ledger: list[str]
    accounts: list[str]


@dataclass
class Firm:
    """One installation for one row."""

    binary: Path
    kafka: Kafka
    proxy: Proxy
    redis: Redis
    directory: Path
    group: str
    redis_address: str = ""
    wire: str = "protobuf"
    kills: int = 0                         # asked for on the command line; 0: the row's own number
    is_short: bool = False                 # only what every change runs
    round: int = 0                         # which installation of the row this is
    fens: list[Fen] = field(default_factory=list)
    events: list[bytes] = field(default_factory=list)
    senders: list[Program] = field(default_factory=list)
    days: int = 0
    launches: int = 0
    _slices: list[bytes] = field(default_factory=list)
    expects_dead_letters: Counter[str] = field(default_factory=Counter)
    repeats: int = 0                       # records of events sent that a row sent once more
    notes: list[str] = field(default_factory=list)

    @property
    def bootstrap(self) -> str:
        return self.kafka.bootstrap

    @property
    def is_sanitized(self) -> bool:
        """Whether the program under test is built with AddressSanitizer."""
        return b"__asan_init" in self.binary.read_bytes()

    def redis_words(self) -> list[str]:
        return ["-r", self.redis_address or self.redis.address]

    def fen(self, *words: str | Path, code: int | None = 0, seconds: float = 600) -> str:
        done = subprocess.run([str(self.binary), *map(str, words)], cwd=self.directory,
                              capture_output=True, text=True, timeout=seconds, check=False)
        said = done.stdout + done.stderr
        assert code is None or done.returncode == code, \
            f"fen {words[0]}: exit {done.returncode}, not {code}\n{said[-3000:]}"
        return said

    def open(self, days: int = 4, orders: int = 120, partitions: int = PARTITIONS,
             seed: int = 0) -> Firm:
        """Fresh topics, the days made (from `seed` on), their plans published."""
        self.events, self.days, self._slices = [], 0, []
        self._forget_topics()
        wait_until(lambda: self._has_topics(partitions), 60, "topics made")
        plans: list[bytes] = []
        for number, start in enumerate(DAY_STARTS[:days], 1):
            name = f"day-{number}.ndjson"
            self.fen("generate", "-n", str(orders), "--touches", "3", "--customers", "200",
                     "--guides", "40", "--stores", "8", "--seed", str(seed + number), "--tenant",
                     f"t{number}", "--start", start, "-o", name)
            lines = (self.directory / name).read_bytes().splitlines(keepends=True)
            plans += [line for line in lines if b'"plan.published"' in line]
            (self.directory / name).write_bytes(b"".join(
                line for line in lines if b'"plan.published"' not in line))
        (self.directory / "plans.ndjson").write_bytes(b"".join(plans))
        # A broker may still show a topic of before as there, and it is gone a moment later.
        wait_until(lambda: self._has_topics(partitions) and self._can_send("plans.ndjson"), 60,
                   "plans sent")
        self.events += (self.directory / "plans.ndjson").read_bytes().splitlines()
        return self

    def make_day(self) -> None:
        """One day more than those made at first, its plan among its events."""
        number = self.days + 1
        self.fen("generate", "-n", "120", "--touches", "3", "--customers", "200", "--guides", "40",
                 "--stores", "8", "--seed", str(1000 * self.round + number), "--tenant",
                 f"t{number}", "--start", DAY_STARTS[self.days % len(DAY_STARTS)], "-o",
                 f"day-{number}.ndjson")

    def open_again(self, number: int, **options: int) -> Firm:
        """The number-th installation in the place of this one: no process, no state is left."""
        for fen in self.fens:
            fen.end(is_killed=True)
        self.fens.clear()
        self.round = number
        self.expects_dead_letters.clear()
        self.repeats = 0
        with self.redis.client() as client:
            client.flushall()
        self.group = f"{self.group.partition('.')[0]}.{number}"
        self.senders.clear()
        return self.open(seed=1000 * number, **options)

    def _can_send(self, name: str) -> bool:
        self.fen("send", name, "-b", self.bootstrap, "-w", self.wire)
        return True

    def _forget_topics(self) -> None:
        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})

        def are_gone() -> bool:
            names = [name for name in admin.list_topics(timeout=60).topics
                     if name.startswith("fen.")]
            if names:
                for future in admin.delete_topics(names).values():
                    try:
                        future.result()
                    except Exception as error:  # confluent's own: a broker that is not up yet
                        raise AssertionError(str(error)) from error
            return not names

        wait_until(are_gone, 60, "old topics gone")

    def _has_topics(self, partitions: int) -> bool:
        done = subprocess.run([str(self.binary), "topics", "apply", "-p", str(partitions), "-b",
                               self.bootstrap], capture_output=True, text=True, timeout=600,
                              check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return True

    def has_days(self) -> bool:
        """Whether another of the days made can be sent."""
        return (self.directory / f"day-{self.days + 1}.ndjson").exists()

    # --- load ---------------------------------------------------------------------------------

    def send(self, name: str, *words: str) -> None:
        self.fen("send", name, "-b", self.bootstrap, "-w", self.wire, *words)
        self.events += (self.directory / name).read_bytes().splitlines()

    def send_day(self) -> None:
        """The next sale day, at once; a day under way ends first, or its touches would be late."""
        self.end_days()
        self.days += 1
        self.send(f"day-{self.days}.ndjson")

    def send_slice(self, count: int = 30) -> None:
        """The next few events of the days, at once."""
        if not self._slices:
            self.days += 1
            self._slices = (self.directory / f"day-{self.days}.ndjson").read_bytes().splitlines(
                keepends=True)
        lines, self._slices = self._slices[:count], self._slices[count:]
        (self.directory / "slice.ndjson").write_bytes(b"".join(lines))
        self.send("slice.ndjson")

    def begin_day(self, rate: int = 250) -> Program:
        """The next sale day at so many events a second, in the background."""
        self.end_days()
        self.days += 1
        name = f"day-{self.days}.ndjson"
        program = Program([self.binary, "send", self.directory / name, "-b", self.bootstrap, "-w",
                           self.wire, "--rate", str(rate)], self.directory / f"send-{name}.log")
        self.events += (self.directory / name).read_bytes().splitlines()
        self.senders.append(program.start())
        return program

    def end_days(self, deadline: float = 120) -> None:
        """Until everything begun has been sent."""
        for sender in self.senders:
            assert sender.wait(deadline) == 0, sender.output()[-2000:]
        self.senders.clear()

    # --- processes ----------------------------------------------------------------------------

    def start(self, name: str = "a", *words: str, fault: str = "", instance: str = "",
              is_supervised: bool = True, environment: dict[str, str] | None = None,
              logs: Path | None = None) -> Fen:
        """A process of all stages under a supervisor."""
        command: list[str | Path] = [
            "-b", self.bootstrap, "-w", self.wire, *self.redis_words(), "-g", self.group,
            "--instance", instance or name, "--workers", "2", "--http", "127.0.0.1:0",
            "--log-format", "json", "-X", f"client.id=fen-{name}",
            "--state-dir", self.state_folder(name), *words]
        faults = {"FEN_FAULT": fault} if fault else {}
        fen = Fen(self, name, command, {"LANG": "C.UTF-8", **faults, **(environment or {})},
                  is_supervised, logs)
        self.fens.append(fen)
        return fen

    def state_folder(self, name: str) -> Path:
        folder = self.directory / f"state-{self.group}-{name}"
        folder.mkdir(exist_ok=True)
        return folder

    def wait_until_running(self, *fens: Fen, deadline: float = 60) -> None:
        for fen in fens or self.fens:
            wait_until(fen.is_ready, deadline, f"{fen.name} ready")

    # --- the audit ----------------------------------------------------------------------------

    def audit(self) -> Books:
        """Read everything committed; AssertionError where fen's own audit finds a difference."""
        done = subprocess.run([str(self.binary), "audit", "--json", "-b", self.bootstrap, "-w",
                               self.wire, *self.redis_words(), "--ledger", "ledger.ndjson",
                               "--accounts", "accounts.ndjson"], cwd=self.directory,
                              capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        figures = json.loads(done.stdout)
        assert figures["balanced"], (done.stdout + done.stderr)[-3000:]
        return Books(figures, *((self.directory / name).read_text(encoding="utf-8").splitlines()
                                for name in ("ledger.ndjson", "accounts.ndjson")))

    def wait_until_right(self, deadline: float = 90) -> float:
        """Until ledger = accounts = states = Redis = the oracle's; the seconds it took."""
        self.end_days()
        result = oracle.run([], self.events)
        begin = time.monotonic()

        def is_right() -> bool:
            books = self.audit()
            found = list(compare.differences(result, books.ledger, books.accounts))
            assert not found, f"{len(found)} differences:\n" + "\n".join(found[:20])
            self.check_inputs(books, Counter(letter.code for letter in result.dead_letters))
            return books.figures["entries"] > 0

        wait_until(is_right, deadline, "books right")
        return time.monotonic() - begin

    def check_inputs(self, books: Books, dead: Counter[str]) -> None:
        """Every event sent is in its topic, read, and where it must be a dead letter, is one."""
        dead = dead + self.expects_dead_letters
        letters = self.dead_letters()
        assert letters == dead, f"dead letters {dict(letters)}, not {dict(dead)}"
        # Plans are sent until it has worked: one may be there twice.
        there = sum(count for topic, count in books.figures["events"].items()
                    if topic != "fen.plans.v1")
        sent = sum(b'"plan.published"' not in event for event in self.events)
        sent += self.repeats + self.expects_dead_letters.total()
        assert there == sent, f"{there} events in the topics, {sent} were sent"
        unread = self.unread()
        assert not unread, f"left unread by the group: {dict(unread)}"

    def unread(self) -> Counter[str]:
        """Committed records behind the places that the group has committed, by topic."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": self.group,
                             "client.id": "harness", "enable.auto.commit": False,
                             "enable.partition.eof": True, "log_level": 0})
        try:
            partitions = consumer.list_topics(timeout=60).topics
            places = consumer.committed([TopicPartition(topic, number) for topic in SHARED_TOPICS
                                         for number in partitions[topic].partitions], timeout=60)
            for place in places:
                place.offset = max(place.offset, OFFSET_BEGINNING)
            return Counter(message.topic() for message in read_to_ends(consumer, places))
        finally:
            consumer.close()

    def ends(self) -> dict[tuple[str, int], int]:
        """One beyond the last record of each partition of fen's, whether committed or not."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": self.group,
                             "client.id": "harness", "isolation.level": "read_uncommitted"})
        try:
            return {(name, number): consumer.get_watermark_offsets(TopicPartition(name, number))[1]
                    for name, topic in consumer.list_topics(timeout=60).topics.items()
                    if name.startswith("fen.") for number in topic.partitions}
        finally:
            consumer.close()

    def amount(self) -> int:
        """What is posted so far; for rows that wait for a commit."""
        done = subprocess.run([str(self.binary), "audit", "--json", "--no-redis", "-b",
                               self.bootstrap, "-w", self.wire], capture_output=True, text=True,
                              timeout=600, check=False)
        return int(json.loads(done.stdout)["entries"])

    def committed(self) -> int:
        """The sum of the group's committed offsets."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": self.group,
                             "client.id": "harness", "log_level": 0})
        try:
            asked = [TopicPartition(topic, number)
                     for topic in ("fen.order-events.v1", "fen.touch-events.v1",
                                   "fen.customer-events.v1")
                     for number in range(PARTITIONS)]
            return sum(max(found.offset, 0) for found in consumer.committed(asked, timeout=60))
        finally:
            consumer.close()

    def dead_letters(self) -> Counter[str]:
        """Codes of the dead letters."""
        said = self.fen("tail", "dlq", "--from", "beginning", "--until-end", "-b", self.bootstrap,
                        "-w", self.wire)
        return Counter(re.findall(r'__fen\.errors\.code"?,\s*"([A-Z_]+)"', said))

    # --- the end ------------------------------------------------------------------------------

    def close(self, is_failed: bool = False) -> Iterator[str]:
        """End everything; what is said is for the report of a failed row."""
        self.proxy.heal()
        for sender in self.senders:
            sender.kill()
        for fen in self.fens:
            fen.end(is_killed=True)
        if is_failed:
            for fen in self.fens:
                yield f"--- {fen.name}: starts {fen.starts}, ends {fen.ends}\n" + \
                    fen.output()[-3000:]
        else:
            shutil.rmtree(self.directory, ignore_errors=True)

    def stop_all(self) -> None:
        """SIGTERM to every process: each must leave with balanced counters."""
        for fen in list(self.fens):
            code = fen.end()
            assert code == 0, f"{fen.name} left with {code}:\n{fen.program.output()[-2000:]}"
            assert "balanced" in fen.program.output(), fen.program.output()[-1000:]
        self.fens.clear()
