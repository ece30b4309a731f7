"""Stages apart: `split`, `post` and `project` in processes of their own, on a real Kafka and Redis.

What they come to must be what the oracle says of the same events, in the ledger, the accounts and
Redis alike; `fen audit` compares the three. The project stage hears of nothing but the topics, so
it is killed, doubled and robbed of its Redis here.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lib import oracle
from lib.oracle import compare
from lib.servers import Kafka, Program, Redis, http_get, wait_until
from lib.six_months import keys_of, lines_of, metric

PARTITIONS = 6
DAYS = 4


@dataclass
class Stage:
    """A process that runs one stage."""

    program: Program
    url: str = ""

    def metric(self, name: str) -> float:
        """The sum over its labels; 0 where it is not there."""
        status, text = http_get(self.url + "/metrics")
        assert status == 200
        return metric(text, name)

    def is_ready(self) -> bool:
        return http_get(self.url + "/readyz")[0] == 200


@dataclass
class Firm:
    """One installation: a broker, a Redis, the events sent so far, its processes."""

    binary: Path
    kafka: Kafka
    redis: Redis
    directory: Path
    wire: str
    stages: list[Stage] = field(default_factory=list)
    events: list[bytes] = field(default_factory=list)
    days: int = 0

    def fen(self, *words: str | Path, code: int = 0) -> str:
        done = subprocess.run([str(self.binary), *map(str, words)], cwd=self.directory,
                              capture_output=True, text=True, timeout=600, check=False)
        said = done.stdout + done.stderr
        assert done.returncode == code, f"exit {done.returncode}, not {code}\n{said}"
        return said

    def start(self, stage: str, instance: str = "a") -> Stage:
        """A process of that stage (and its HTTP), the groups of stages apart."""
        group = {"split": "shop-split", "post": "shop-post"}.get(stage, "shop")
        log = self.directory / f"{stage}-{len(self.stages)}.log"
        program = Program([self.binary, "run", "-b", self.kafka.bootstrap, "-w", self.wire,
                           "-r", self.redis.address, "--stages", f"{stage},api", "-g", group,
                           "--instance", instance, "--http", "127.0.0.1:0", "--log-format",
                           "json"], log).start()
        started = Stage(program)
        self.stages.append(started)
        program.wait_for_output("fen runs")
        port = re.search(r'"message":"fen runs".*"port":(\d+)', program.output())
        assert port is not None, program.output()
        started.url = f"http://127.0.0.1:{port.group(1)}"
        return started

    def prepare_days(self) -> None:
        """Sale days to come, a month apart, each of a tenant of its own; their plans are sent now.

        A touch is late by the plans that are known when it comes, and by the newest event of its
        partition (SPEC §3): so plans come first, and no day before another.
        """
        plans: list[bytes] = []
        for number in range(1, DAYS + 1):
            name = f"day-{number}.ndjson"
            self.fen("generate", "-n", "200", "--touches", "3", "--seed", str(number), "--tenant",
                     f"t{number}", "--start", f"2026-{2 * number:02}-08", "-o", name)
            lines = (self.directory / name).read_bytes().splitlines(keepends=True)
            plans += [line for line in lines if b'"plan.published"' in line]
            (self.directory / name).write_bytes(b"".join(
                line for line in lines if b'"plan.published"' not in line))
        assert len(plans) == DAYS
        (self.directory / "plans.ndjson").write_bytes(b"".join(plans))
        self.send("plans.ndjson")

    def send(self, name: str) -> None:
        self.fen("send", name, "-b", self.kafka.bootstrap, "-w", self.wire)
        self.events += (self.directory / name).read_bytes().splitlines()

    def send_day(self) -> None:
        """The next sale day."""
        self.days += 1
        self.send(f"day-{self.days}.ndjson")

    def is_balanced(self) -> bool:
        done = subprocess.run([str(self.binary), "audit", "-b", self.kafka.bootstrap, "-r",
                               self.redis.address, "-w", self.wire],
                              capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        return done.returncode == 0

    def wait_until_posted(self, split: Stage, post: Stage) -> None:
        """Until every event has been read, and every posting."""
        wait_until(lambda: split.metric("fen_events_read_total") >= len(self.events)
                   and split.metric("fen_consumer_lag_records") == 0, 90, "events read")
        wait_until(lambda: post.metric("fen_consumer_lag_records") == 0, 60, "postings read")

    def wait_until_balanced(self) -> None:
        """Ledger = accounts = Redis."""
        wait_until(self.is_balanced, 60, "balanced")

    def wait_until_right(self) -> None:
        """Ledger = accounts = Redis = what the oracle says.

        To have read every event is not enough: orders that wait for a guide's announcement are
        evaluated once the references have come, and their postings travel after that.
        """
        result = oracle.run([], self.events)
        ledger, accounts = self.directory / "ledger.ndjson", self.directory / "accounts.ndjson"

        def is_right() -> bool:
            self.fen("audit", "-b", self.kafka.bootstrap, "-r", self.redis.address, "-w",
                     self.wire, "--ledger", ledger, "--accounts", accounts)
            found = list(compare.differences(result, lines_of(ledger), lines_of(accounts)))
            assert found == []
            return len(keys_of(ledger)) > 100

        wait_until(is_right, 60, "right")


def rebuilt_since(project: Stage, before: float) -> Callable[[], bool]:
    return lambda: project.metric("fen_projector_rebuilds_total") > before


@pytest.fixture()
def firm(request: pytest.FixtureRequest, fen_binary: Path, fresh_kafka: Kafka,
         fresh_redis: Redis, directory: Path) -> Iterator[Firm]:
    """Its topics carry protobuf, unless a parameter says otherwise."""
    wire = getattr(request, "param", "protobuf")
    firm = Firm(fen_binary, fresh_kafka, fresh_redis, directory, wire)
    firm.fen("topics", "apply", "-p", str(PARTITIONS), "-b", fresh_kafka.bootstrap)
    firm.prepare_days()
    yield firm
    for stage in firm.stages:
        stage.program.kill()


@pytest.mark.parametrize("firm", ["protobuf", "json"], indirect=True)
def test_three_processes_come_to_what_the_oracle_says(firm: Firm) -> None:
    split, post, project = firm.start("split"), firm.start("post"), firm.start("project")
    firm.send_day()
    firm.wait_until_posted(split, post)
    firm.wait_until_balanced()
    firm.wait_until_right()
    wait_until(project.is_ready, 30, "ready")
    assert project.metric("fen_follower_commits_total") > 0
    assert project.metric("fen_follower_torn_total") == 0
    # Redis was filled by what was followed, and by nothing else.
    assert project.metric("fen_projector_rebuilds_total") == 0
    assert project.metric("fen_projector_payees_applied_total") > 0
    for stage in (split, post, project):
        assert stage.program.stop() == 0


def test_emptied_redis_is_filled_again_by_a_process_that_only_projects(firm: Firm) -> None:
    split, post, project = firm.start("split"), firm.start("post"), firm.start("project")
    firm.send_day()
    firm.wait_until_posted(split, post)
    firm.wait_until_balanced()
    client = firm.redis.client()

    # On an idle system.
    client.flushall()
    wait_until(rebuilt_since(project, 0), 30, "rebuilt")
    firm.wait_until_balanced()

    # While commits come in.
    before = project.metric("fen_projector_rebuilds_total")
    firm.send_day()
    client.flushall()
    wait_until(rebuilt_since(project, before), 30, "rebuilt")
    firm.wait_until_posted(split, post)
    firm.wait_until_balanced()
    client.close()
    assert project.metric("fen_follower_torn_total") == 0
    assert project.program.stop() == 0


def test_killed_project_process_loses_nothing(firm: Firm) -> None:
    split, post, project = firm.start("split"), firm.start("post"), firm.start("project")
    firm.send_day()
    wait_until(lambda: project.metric("fen_follower_commits_total") > 0, 60, "followed")
    project.program.kill()  # in the midst of it
    firm.send_day()
    firm.wait_until_posted(split, post)
    project = firm.start("project")
    firm.wait_until_balanced()

    # One that stopped in good order goes on where the fences stand, without a rebuild.
    assert project.program.stop() == 0
    project = firm.start("project")
    wait_until(lambda: project.metric("fen_projector_partitions_synced") == PARTITIONS, 60)
    firm.send_day()
    firm.wait_until_posted(split, post)
    firm.wait_until_balanced()
    assert project.metric("fen_projector_rebuilds_total") == 0
    firm.wait_until_right()
    assert project.program.stop() == 0


def test_two_project_processes_share_the_partitions_and_take_over(firm: Firm) -> None:
    split, post = firm.start("split"), firm.start("post")
    first = firm.start("project")
    wait_until(lambda: first.metric("fen_follower_partitions") == PARTITIONS, 60)
    firm.send_day()
    second = firm.start("project", "b")
    wait_until(lambda: [stage.metric("fen_follower_partitions") for stage in (first, second)]
               == [PARTITIONS / 2] * 2, 60, "shared")
    firm.send_day()
    firm.wait_until_posted(split, post)
    firm.wait_until_balanced()
    assert all(stage.metric("fen_projector_payees_applied_total") > 0 for stage in (first, second))
    first.program.kill()
    firm.send_day()
    wait_until(lambda: second.metric("fen_follower_partitions") == PARTITIONS, 60, "taken over")
    firm.wait_until_posted(split, post)
    firm.wait_until_balanced()
    assert second.metric("fen_follower_torn_total") == 0
    assert second.program.stop() == 0


def test_two_projectors_of_one_partition_do_no_harm(firm: Firm) -> None:
    """Beside a process that posts and projects, against the advice: fences refuse, books agree."""
    both = firm.start("split,post,project")
    other = firm.start("project")
    wait_until(lambda: other.metric("fen_follower_partitions") == PARTITIONS, 60)
    firm.send_day()
    firm.wait_until_posted(both, both)
    assert other.program.stop() == 0
    firm.wait_until_balanced()
    firm.wait_until_right()
