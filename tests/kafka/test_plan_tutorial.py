"""The tutorial to its end: published on a real broker, taken by a running engine, the day after."""

from __future__ import annotations

from pathlib import Path

import pytest

from lib.servers import ROOT, Kafka, Program, Redis, free_port, http_get, wait_until
from lib.tutorial import BROKER, ENGINE, Tutorial, runner


@pytest.mark.parametrize("name, lang", [("tutorial.zh.md", "zh_CN.UTF-8"),
                                        ("tutorial.md", "en_GB.UTF-8")])
def test_from_the_first_plan_to_the_day_after(
    fen_binary: Path, directory: Path, fresh_kafka: Kafka, redis_server: Redis, name: str,
    lang: str
) -> None:
    engine = f"127.0.0.1:{free_port()}"
    run = runner(fen_binary, directory, lang)
    run("topics", "apply", "-p", "4", "-b", fresh_kafka.bootstrap)
    program = Program([fen_binary, "run", "-b", fresh_kafka.bootstrap, "--redis",
                       redis_server.address, "--http", engine], directory / "run.log").start()
    wait_until(lambda: http_get(f"http://{engine}/readyz")[0] == 200, 60, "ready")
    places = {BROKER: fresh_kafka.bootstrap, ENGINE: engine}
    assert Tutorial(ROOT / "schemas" / "plans" / name, directory, run, places).follow() >= 25
    assert program.stop() == 0, program.output()
