"""Fixtures for all Python tests: one real Kafka and one real Redis a session, the binary, the data.

`kafka` and `redis` are shared: a test names its own group, tenant and (where it can) topics, or
asks for `fresh_kafka`, which costs about 2 s. A failing or killed session leaves no server behind.
FEN_KEEP=1 keeps the session's folder (broker logs and all) and prints where it is.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis.database import DirectoryBasedExampleDatabase

from lib import servers

hypothesis.settings.register_profile(
    "fen",
    deadline=None,  # a shared machine is slow at times, and slow is not wrong
    print_blob=True,
    max_examples=int(os.environ.get("FEN_EXAMPLES", "100")),
    database=DirectoryBasedExampleDatabase(servers.ROOT / "build" / "hypothesis"),
)
hypothesis.settings.load_profile("fen")


@pytest.fixture(scope="session")
def session_directory() -> Iterator[Path]:
    """A short path: the name of a unix socket has 107 bytes at most."""
    directory = Path(tempfile.mkdtemp(prefix="fen-"))
    yield directory
    if os.environ.get("FEN_KEEP"):
        print(f"\nkept: {directory}")
    else:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture()
def directory(session_directory: Path) -> Path:
    """An empty folder of this test's own, short enough for a socket inside it."""
    return Path(tempfile.mkdtemp(prefix="t-", dir=session_directory))


@pytest.fixture(scope="session")
def kafka(session_directory: Path) -> Iterator[servers.Kafka]:
    """The session's broker, one node."""
    yield from _kafka(session_directory / "kafka", 1)


@pytest.fixture()
def fresh_kafka(directory: Path) -> Iterator[servers.Kafka]:
    """A broker for this test alone, to be stopped, killed and started at will."""
    yield from _kafka(directory / "kafka", 1)


@pytest.fixture()
def kafka_cluster(directory: Path) -> Iterator[servers.Kafka]:
    """Three nodes for this test alone: 3 replicas, 2 in sync."""
    yield from _kafka(directory / "kafka", 3)


def _kafka(where: Path, nodes: int) -> Iterator[servers.Kafka]:
    broker = servers.Kafka(where, nodes)
    broker.start()
    try:
        yield broker
    finally:
        # Nothing in it is needed any more: an orderly shutdown would only take longer.
        broker.kill()


@pytest.fixture(scope="session")
def _redis_server(session_directory: Path) -> Iterator[servers.Redis]:
    yield from _redis(session_directory / "redis")


@pytest.fixture()
def redis_server(_redis_server: servers.Redis) -> servers.Redis:
    """The session's Redis, emptied."""
    client = _redis_server.client()
    client.flushall()
    client.script_flush()
    client.close()
    return _redis_server


@pytest.fixture()
def redis(redis_server: servers.Redis) -> Iterator[Any]:
    """A client of the session's Redis, emptied."""
    client = redis_server.client()
    yield client
    client.close()


@pytest.fixture()
def fresh_redis(directory: Path) -> Iterator[servers.Redis]:
    """A Redis for this test alone, to be stopped, killed and started at will."""
    yield from _redis(directory / "redis")


def _redis(where: Path) -> Iterator[servers.Redis]:
    server = servers.Redis(where)
    server.start()
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="session")
def fen_binary() -> Path:
    """The program under test: $FEN_BINARY, else that of the preset dev, else of release."""
    named = os.environ.get("FEN_BINARY")
    builds = [servers.ROOT / "build" / preset / "bin" / "fen" for preset in ("dev", "release")]
    for candidate in [Path(named)] if named else builds:
        if os.access(candidate, os.X_OK):
            return candidate.resolve()
    pytest.fail("fen is not built: cmake --preset dev && cmake --build --preset dev")


@pytest.fixture(scope="session")
def real_orders() -> Path:
    """The folder with the real order data: $FEN_DATA, else ../shared/data beside the project."""
    folder = Path(os.environ.get("FEN_DATA", servers.ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no real order data here (set FEN_DATA to its folder)")
    return folder
