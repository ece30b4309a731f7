"""Options, the cluster and the table of the fault matrix.

./test faults                       every row once
./test faults --short               the telling ones, for every change (CI)
./test faults --only 5,failed-allocation   these rows, by number or name
./test faults --duration 1h         rows that draw at random go on for that long, shared among them
./test faults --only random-kills --kills 2000   so many kill -9 at random
./test faults --list                the rows, nothing is run
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import rows  # noqa: F401  every row registers itself
from firm import Firm
from lib.servers import Kafka, Redis, free_port
from matrix import ROWS, Row
from proxy import Proxy

_OUTCOMES: dict[int, tuple[str, float, str]] = {}
_NODES = 3
_UNITS = {"s": 1, "m": 60, "h": 3600}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("faults")
    group.addoption("--short", action="store_true", help="the telling rows only")
    group.addoption("--only", default="", help="numbers or names of rows, comma-separated")
    group.addoption("--kills", type=int, default=0, help="how many the row random-kills is to do")
    group.addoption("--duration", default="", help="for rows that draw at random: 90s, 20m, 2h")
    group.addoption("--list", action="store_true", help="print the rows and leave")


def chosen(config: pytest.Config) -> list[Row]:
    by_name = {one.slug: number for number, one in ROWS.items()}
    by_name |= {str(number): number for number in ROWS}
    asked = [text for text in config.getoption("--only").split(",") if text]
    for text in asked:
        if text not in by_name:
            raise pytest.UsageError(f"there is no row {text}: see --list")
    found = [ROWS[number] for number in sorted({by_name[text] for text in asked} or ROWS)]
    return [one for one in found if one.is_short] if config.getoption("--short") else found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "row" in metafunc.fixturenames:
        found = chosen(metafunc.config)
        metafunc.parametrize("row", found, ids=[one.name.replace(" ", "-") for one in found])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--list"):
        for one in chosen(config):
            how = "runs here" if one.run else ", ".join(file for file, _ in one.held_by)
            print(f"{one.number:>2}  {one.fault:<44} {one.expected:<44} {how}")
        items.clear()


@pytest.fixture()
def seconds(request: pytest.FixtureRequest) -> float:
    """How long a row that draws at random goes on; 0: as short as it can be."""
    text = request.config.getoption("--duration")
    found = re.fullmatch(r"(\d+)([smh])", text)
    if not text:
        return 0.0
    if found is None:
        raise pytest.UsageError(f"--duration takes 90s, 20m or 2h, not {text!r}")
    random_rows = [one for one in chosen(request.config) if one.options.get("is_random")]
    return int(found.group(1)) * _UNITS[found.group(2)] / max(len(random_rows), 1)


@pytest.fixture(scope="session")
def cluster(session_directory: Path) -> Iterator[tuple[Kafka, Proxy]]:
    """Three brokers that every client reaches through the proxy."""
    ports = [free_port() for _ in range(_NODES)]
    kafka = Kafka(session_directory / "cluster", _NODES, advertise=ports, properties={
        # A row may wait for a dead group member, never for a dead one of another row.
        "group.min.session.timeout.ms": "1000",
        "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
        "log.retention.check.interval.ms": "1000",
    }).start()
    proxy = Proxy(ports).start([kafka.port(node) for node in range(1, _NODES + 1)])
    try:
        yield kafka, proxy
    finally:
        kafka.kill()


@pytest.fixture()
def firm(row: Row, cluster: tuple[Kafka, Proxy], fen_binary: Path, session_directory: Path,
         request: pytest.FixtureRequest) -> Iterator[Firm | None]:
    """The row's installation, on fresh topics; None for a row that needs none."""
    if not row.needs_firm:
        yield None
        return
    kafka, proxy = cluster
    directory = Path(tempfile.mkdtemp(prefix=f"r{row.number}-", dir=session_directory))
    options: dict[str, Any] = dict(row.options.get("redis", {}))  # type: ignore[call-overload]
    redis = Redis(directory / "redis", **options).start()
    firm = Firm(fen_binary, kafka, proxy, redis, directory, f"shop-{directory.name}",
                kills=request.config.getoption("--kills"),
                is_short=request.config.getoption("--short"))
    failed = True
    try:
        kafka.start()
        firm.open(**row.options.get("open", {}))  # type: ignore[arg-type]
        yield firm
        failed = request.node.stash.get(FAILED, False)
    finally:
        redis.kill()
        said = list(firm.close(failed))
        kafka.start()  # nodes that the row left dead
        if failed:
            kept = Path(os.environ.get("FEN_FAULTS_LOGS", "build/results/faults"))
            kept.mkdir(parents=True, exist_ok=True)
            (kept / f"row-{row.number}.log").write_text("\n".join(said))
            for log in directory.glob("*.log"):
                shutil.copy(log, kept / f"row-{row.number}-{log.name}")


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    one = getattr(item, "callspec", None)
    if one is None or "row" not in one.params:
        return
    number = one.params["row"].number
    if report.failed:
        item.stash[FAILED] = True
        words = str(call.excinfo.value).strip().splitlines() if call.excinfo else []
        _OUTCOMES[number] = ("FAIL", call.duration, words[0] if words else report.when)
    elif report.when == "call":
        seen = next((text for name, text in item.user_properties if name == "seen"), "")
        _OUTCOMES[number] = ("skip" if report.skipped else "ok", call.duration, str(seen))


_FAULT = max(len(one.fault) for one in ROWS.values())
_EXPECTED = max(len(one.expected) for one in ROWS.values())


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not _OUTCOMES:
        return
    write = terminalreporter.write_line
    write("")
    write(f"{'#':>2}  {'fault':<{_FAULT}} {'expected':<{_EXPECTED}} {'':<4} {'s':>5}  seen")
    for number, (outcome, took, seen) in sorted(_OUTCOMES.items()):
        one = ROWS[number]
        write(f"{number:>2}  {one.fault:<{_FAULT}} {one.expected:<{_EXPECTED}} {outcome:<4} "
              f"{took:>5.1f}  {seen}")
    good = sum(1 for outcome, _, _ in _OUTCOMES.values() if outcome == "ok")
    write(f"{good} of {len(_OUTCOMES)} rows as expected, "
          f"{sum(took for _, took, _ in _OUTCOMES.values()):.0f} s")
