"""Fixtures of the guides' API: the server on the session's Redis, and books to show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lib.api import Api, Books, Engine, Stream, ask
from lib.servers import Kafka, Redis, wait_until


@pytest.fixture(autouse=True)
def close_streams() -> Iterator[None]:
    yield
    while Stream.opened:
        Stream.opened.pop().close()


@pytest.fixture()
def books(redis: Any) -> Books:
    return Books(redis)


@pytest.fixture()
def make_api(fen_binary: Path, redis_server: Redis, directory: Path,
             books: Books) -> Iterator[Callable[..., Api]]:
    made: list[Api] = []

    def make(*options: str) -> Api:
        folder = directory / f"api-{len(made)}"  # keys and logs of its own
        folder.mkdir()
        api = Api(fen_binary, redis_server, folder)
        api.options = list(options)
        api.start()
        made.append(api)
        return api

    yield make
    for api in made:
        assert api.program is not None
        if api.program.is_running():
            assert api.program.stop() == 0, api.program.output()


@pytest.fixture()
def make_engine(fen_binary: Path, fresh_kafka: Kafka, redis_server: Redis, directory: Path,
                books: Books) -> Iterator[Callable[..., Engine]]:
    """`fen run` with the API on an empty Kafka and Redis."""
    made: list[Engine] = []

    def make(wire: str = "protobuf", partitions: int = 6) -> Engine:
        engine = Engine(fen_binary, redis_server, directory, fresh_kafka.bootstrap, wire,
                        partitions)
        made.append(engine)
        engine.start()
        wait_until(lambda: ask(engine.port, "/readyz")[0] == 200, 60, "the engine to be ready")
        return engine

    yield make
    for engine in made:
        assert engine.program is not None
        assert engine.program.stop() == 0, engine.program.output()


@pytest.fixture()
def api(make_api: Callable[..., Api]) -> Api:
    return make_api("--api-rate", "0")
