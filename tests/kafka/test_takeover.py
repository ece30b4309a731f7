"""Takeover: who dies within a transaction does not hold its successor up for the time-out."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from lib.servers import Kafka, Program, wait_until

# Far longer than the test waits: what is held back by an open transaction stays so.
_TIMEOUT_MS = 120_000


def test_successor_ends_the_transaction_of_the_dead(fen_binary: Path, directory: Path,
                                                    fresh_kafka: Kafka) -> None:
    kafka = ["--bootstrap", fresh_kafka.bootstrap]

    def fen(*words: str) -> str:
        return subprocess.run([str(fen_binary), *words], cwd=directory, check=True, timeout=600,
                              capture_output=True, text=True).stdout

    def start(name: str, *words: str, environment: dict[str, str] | None = None) -> Program:
        return Program([fen_binary, "run", *kafka, "--stages", "split,post", "--group", "heirs",
                        "--instance", name, "-X", f"transaction.timeout.ms={_TIMEOUT_MS}",
                        "--log-format", "json", *words],
                       directory / f"{name}.log", environment).start()

    fen("topics", "apply", "-p", "4", *kafka)
    fen("generate", "-n", "60", "--touches", "2", *kafka)
    dying = start("a", environment={"FEN_FAULT": "offsets-sent:2:kill"})
    seeds = iter(range(2, 200))

    def is_dead() -> bool:
        """It dies in its second transaction, which needs more events after the first."""
        if dying.is_running():
            fen("generate", "-n", "5", "--no-plan", "--seed", str(next(seeds)), *kafka)
        return not dying.is_running()

    wait_until(is_dead, 60, "dead in its second transaction")
    assert dying.wait(1) == -9
    begin = time.monotonic()
    heir = start("b", "--until-idle", "3s")
    assert heir.wait(90) == 0, heir.output()
    assert time.monotonic() - begin < _TIMEOUT_MS / 1000
    said = [line for line in heir.output().splitlines() if "its owner is fenced" in line]
    assert len(said) == 1 and '"owner":"fen.heirs.a-0"' in said[0], heir.output()

    def is_balanced() -> bool:
        done = subprocess.run([str(fen_binary), "audit", "--no-redis", *kafka], cwd=directory,
                              timeout=600, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return True

    wait_until(is_balanced, 30, "the books balance")
