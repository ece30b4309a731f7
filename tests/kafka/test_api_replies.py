"""Every kind of reply that schemas/openapi.json describes comes, and is as it says.

That a reply is as described is judged wherever a test asks (lib.openapi); here each operation is
brought to answer each status, and each refusal's code, that the file names. What needs plans (the
estimate of a cart) or Kafka (an order's trace) is in test_api_engine.py.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lib.api import Api, Books, Stream, ask
from lib.openapi import Operation, operations
from lib.servers import Redis, wait_until

PLACE = {"tenant": "acme", "payee": "guide:G1", "store": "S1", "order": "O1"}
CART = b'{"lines":[{"line":1,"sku":"k","quantity":1,"paid":100}]}'
OF_PLANS = {("estimate", 200, ""), ("estimate", 400, "bad-cart"), ("estimate", 400, "not-a-guide"),
            ("estimate", 404, "no-plan")}
OF_KAFKA = {("trace", 200, ""), ("trace", 404, "no-such-order"), ("trace", 503, "busy"),
            ("trace", 503, "no-trace")}
OF_TOKENS = {"malformed", "forged", "unknown-key", "expired", "not-yet-valid", "too-long-lived"}
Seen = set[tuple[str, int, str]]


class Caller:
    """Asks every operation and notes what it answered."""

    def __init__(self, api: Api, seen: Seen) -> None:
        self.api, self.seen = api, seen
        self.token = api.token("guide:G1", "acme", "--rights", "guide,manager,finance",
                               "--store", "S1")

    def ask(self, operation: Operation, query: str = "", has_token: bool = True,
            method: str = "", **place: str) -> int:
        path = operation.fill(**{**PLACE, **place}) + query
        status, said, _ = ask(self.api.port, path, self.token if has_token else None,
                              method or operation.method,
                              body=CART if operation.method == "POST" else None)
        self.seen.add((operation.name, status, said.get("code", "")))
        return status

    def ask_all(self, query: str = "", has_token: bool = True, **place: str) -> None:
        for operation in operations():
            self.ask(operation, query, has_token, **place)


def _named(name: str) -> Operation:
    return next(one for one in operations() if one.name == name)


def _described() -> Seen:
    """What the file names, but what a test of its own sees."""
    found: Seen = set()
    for one in operations():
        for status in map(int, one.responses):
            codes = {""} if status == 200 or status == 405 else one.codes(status)
            assert codes, f"{one.name} {status} names no code"
            found |= {(one.name, status, code) for code in codes if code not in OF_TOKENS}
    return found - OF_PLANS - OF_KAFKA


@pytest.fixture()
def seen() -> Iterator[Seen]:
    yield set()


def test_every_reply_is_as_described(make_api: Callable[..., Api], books: Books,
                                     seen: Seen) -> None:
    books.post("guide:G1", 1845, -923, subject="order:O1", kind="adjust", touch="t1")
    books.post("guide:G1", 500, subject="customer:at-1795000000000", role="recruit", line=None,
               kind="recruit", rate_ppm=None, event=None, available_on=None)
    books.post("guide:G1", -300, subject="payout:P1", role="payout", kind="payout", rule=None,
               plan=None, rate_ppm=None, line=None, funder="hq")
    api = make_api("--api-rate", "0")
    caller = Caller(api, seen)
    _see_good(caller)
    caller.ask_all(query="?nonsense=1")
    caller.ask_all(has_token=False)
    caller.ask_all(tenant="other")
    caller.ask_all(tenant="x" * 65)
    caller.ask(_named("order"), order="O9")
    caller.ask(_named("stream"), method="HEAD")
    _see_busy(caller, books)
    _see_too_often(Caller(make_api("--api-rate", "1"), seen))
    _see_too_many_streams(Caller(make_api("--api-rate", "0", "--api-streams", "9"), seen))
    books.client.hset("fen:{p1}:fence", "seq", "1")
    wait_until(lambda: caller.ask(_named("summary")) == 503, 30, "the fence to be seen")
    caller.ask_all()
    books.client.delete("fen:{p1}:fence")
    _see_no_redis(api.binary, api.directory / "alone", seen)
    seen = {(name, status, "" if status == 405 else code) for name, status, code in seen}
    assert seen == _described()


def _see_good(caller: Caller) -> None:
    for operation in operations():
        if operation.name == "stream":
            path = operation.fill(**PLACE)
            stream = Stream(caller.api.port, path, caller.token)
            stream.wait(lambda it: it.of("snapshot"))
            after = Stream(caller.api.port, path + "?after=0", caller.token)
            after.wait(lambda it: it.seqs()[-1:] == [4])
            stream.close()
            after.close()
            caller.seen.add(("stream", 200, ""))
        elif operation.name == "trace":
            assert caller.ask(operation) == 503
        elif operation.name != "estimate":
            assert caller.ask(operation) == 200, operation.name


def _see_busy(caller: Caller, books: Books) -> None:
    """While one tenant's accounts are walked, another's are not."""
    pipeline = books.client.pipeline(transaction=False)
    for number in range(3000):
        pipeline.hset(f"fen:{{p0}}:account:acme/guide:B{number}", mapping={"seq": 1, "balance": 1})
    pipeline.execute()
    other = caller.api.token("user:F", "other", "--rights", "finance")
    path = _named("totals").fill(tenant="other")

    def is_busy() -> bool:
        walk = threading.Thread(target=lambda: caller.ask(_named("totals")))
        walk.start()
        status, said, _ = ask(caller.api.port, path, other)
        walk.join()
        if status == 503:
            caller.seen.add(("totals", status, said["code"]))
        return ("totals", 503, "busy") in caller.seen

    wait_until(is_busy, 60, "one to be walked while another asks")


def _see_too_often(caller: Caller) -> None:
    for operation in operations():
        asked = [caller.ask(operation, "?nonsense=1") for _ in range(40)]
        assert 429 in asked, (operation.name, asked)


def _see_too_many_streams(caller: Caller) -> None:
    """Eight of one payee; with one more there are no more for anybody."""
    paths = [_named("stream").fill(**{**PLACE, "payee": payee})
             for payee in ["guide:G1"] * 8 + ["guide:G2"]]
    streams = [Stream(caller.api.port, path, caller.token) for path in paths[:8]]
    for stream in streams:
        stream.wait(lambda it: it.of("snapshot"))
    assert caller.ask(_named("stream")) == 429
    streams.append(Stream(caller.api.port, paths[8], caller.token))
    streams[8].wait(lambda it: it.of("snapshot"))
    assert caller.ask(_named("stream"), payee="guide:G2") == 503
    for stream in streams:
        stream.close()


def _see_no_redis(binary: Path, directory: Path, seen: Seen) -> None:
    directory.mkdir()
    redis = Redis(directory).start()
    api = Api(binary, redis, directory)
    api.start()
    redis.kill()
    caller = Caller(api, seen)
    wait_until(lambda: caller.ask(_named("summary")) == 503, 30, "Redis to be missed")
    caller.ask_all()
    assert api.program is not None and api.program.stop() == 0, api.program.output()
