"""The servers that all other tests stand on are what they claim to be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import confluent_kafka
import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from lib.servers import ROOT, Kafka, Program, Timeout, wait_until


def _create_topic(bootstrap: str, topic: str, replicas: int = 1) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(topic, 1, replicas)])[topic].result(30)


def _transaction(bootstrap: str, topic: str, value: str, commit: bool) -> None:
    producer = confluent_kafka.Producer(
        {"bootstrap.servers": bootstrap, "transactional.id": f"{topic}-writer"}
    )
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(topic, value)
    producer.flush(30)
    if commit:
        producer.commit_transaction(30)
    else:
        producer.abort_transaction(30)


def _first_value(bootstrap: str, topic: str) -> str:
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"{topic}-reader",
            "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
        }
    )
    consumer.assign([confluent_kafka.TopicPartition(topic, 0, 0)])
    try:
        message = wait_until(lambda: consumer.poll(0.2), 30, f"a record of {topic}")
        assert message.error() is None
        return str(message.value().decode())
    finally:
        consumer.close()


def test_broker_hides_aborted_records_from_read_committed(kafka: Kafka) -> None:
    _create_topic(kafka.bootstrap, "servers-aborted")
    _transaction(kafka.bootstrap, "servers-aborted", "aborted", commit=False)
    _transaction(kafka.bootstrap, "servers-aborted", "committed", commit=True)
    assert _first_value(kafka.bootstrap, "servers-aborted") == "committed"


def test_broker_keeps_committed_records_over_kill_and_restart(fresh_kafka: Kafka) -> None:
    _create_topic(fresh_kafka.bootstrap, "servers-kept")
    _transaction(fresh_kafka.bootstrap, "servers-kept", "kept", commit=True)
    before = fresh_kafka.bootstrap
    fresh_kafka.kill()
    fresh_kafka.start()
    assert fresh_kafka.bootstrap == before
    assert _first_value(fresh_kafka.bootstrap, "servers-kept") == "kept"


def test_cluster_commits_while_one_of_three_nodes_is_dead(kafka_cluster: Kafka) -> None:
    _create_topic(kafka_cluster.bootstrap, "servers-cluster", replicas=3)
    kafka_cluster.kill(2)
    _transaction(kafka_cluster.bootstrap, "servers-cluster", "two of three", commit=True)
    assert _first_value(kafka_cluster.bootstrap, "servers-cluster") == "two of three"


@pytest.mark.parametrize("script", ["kafka", "redis"])
def test_server_ends_with_its_owner_even_after_sigkill(script: str, directory: Path) -> None:
    path = str(ROOT / "deploy" / script / script)
    owner = Program(["tail", "-f", "/dev/null"], directory / "log").start()
    subprocess.run([path, "start", directory / "s", "--owner", str(owner.pid)], check=True)
    assert subprocess.run([path, "status", directory / "s"], check=False).returncode == 0
    owner.kill()
    wait_until(
        lambda: subprocess.run([path, "status", directory / "s"], check=False).returncode == 1,
        15,
        "the server's end",
    )


@pytest.mark.parametrize(
    ("script", "arguments", "reason"),
    [
        ("kafka", ["start"], "needs a DIR"),
        ("kafka", ["start", "x", "--nodes", "2"], "--nodes is 1 or 3"),
        ("kafka", ["begin", "x"], "unknown command"),
        ("redis", ["start", "x", "--port", "high"], "--port is a number or auto"),
        ("redis", ["stop"], "needs a DIR"),
    ],
)
def test_script_refuses_bad_usage(script: str, arguments: list[str], reason: str) -> None:
    path = ROOT / "deploy" / script / script
    done = subprocess.run([path, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert reason in done.stderr


def test_redis_names_the_reason_when_it_does_not_start(directory: Path) -> None:
    script = ROOT / "deploy" / "redis" / "redis"
    done = subprocess.run(
        [script, "start", directory, "--", "--no-such-option", "1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "no-such-option" in done.stderr


def test_wait_until_reports_the_last_failure() -> None:
    def never() -> bool:
        raise AssertionError("still two apples")

    with pytest.raises(Timeout, match="apples: not true") as caught:
        wait_until(never, 0.05, "apples")
    assert "still two apples" in str(caught.value.__cause__)


def test_program_ends_with_the_process_that_started_it(directory: Path) -> None:
    source = (
        "import sys, os; sys.path.insert(0, sys.argv[1]);"
        "from pathlib import Path; from lib.servers import Program;"
        "p = Program(['tail', '-f', '/dev/null'], Path(sys.argv[2])).start();"
        "print(p.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", source, str(ROOT / "tests"), str(directory / "log")],
        stdout=subprocess.PIPE,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    pid = int(done.stdout)
    wait_until(lambda: not _is_alive(pid), 10, "the program's end")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        # An ended process that nobody has waited for still has a pid.
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
