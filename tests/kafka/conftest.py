"""Fixtures of the guides' API: the server on the session's Redis, and books to show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lib.api import Api, Books, Stream
from lib.servers import Redis


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
        api = Api(fen_binary, redis_server, directory)
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
def api(make_api: Callable[..., Api]) -> Api:
    return make_api("--api-rate", "0")
