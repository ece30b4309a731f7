"""No customer's id leaves the ledger: the raw bytes of Redis and every reply of the API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
import redis as redis_module

from lib.api import Api, Stream, read
from lib.openapi import operations
from lib.servers import Kafka, Redis, http_get, wait_until

DAY_0 = 1_794_000_000_000
PLAN = """
plan: p
version: 1
currency: CNY
timezone: "+08:00"
from: 2026-01-01 00:00
share: {window: 7d}
credit_order: [share, bind]
roles:
  share: [{name: 分享, pay: 4.5%}]
  bind: [{name: 绑定, pay: 2%}]
  recruit: [{name: 拉新, per_customer: 5.00}]
"""
CUSTOMERS = [f"1380013{number:04d}" for number in range(40)]
VOIDED = CUSTOMERS[::5]
OWN = "13900139000"  # of the guides themselves


def _events() -> Iterator[dict[str, Any]]:
    """Customers whose ids are telephone numbers, in the ids of registrations too."""
    yield {"id": "plan", "type": "plan.published", "yaml": PLAN}
    yield {"id": "s", "type": "store.set", "store": "S1", "brand": "L"}
    for guide in "AB":
        yield {"id": guide, "type": "guide.set", "guide": guide, "store": "S1",
               "customers": [OWN]}
    for number, customer in enumerate(CUSTOMERS):
        guide = "AB"[number % 2]
        yield {"id": f"registered-{customer}", "type": "customer.registered", "customer": customer,
               "recruiter": guide, "at": DAY_0 + number}
        yield {"id": f"b{number}", "type": "customer.bound", "customer": customer, "guide": guide}
        yield {"id": f"o{number}", "type": "order.placed", "order": f"O{number}", "store": "S1",
               "customer": customer, "created": DAY_0 + 1000,
               "lines": [{"line": 1, "sku": "k", "quantity": 1, "paid": 10_000}],
               **({"sharer": {"guide": guide, "time": DAY_0}} if number % 3 == 0 else {})}
        yield {"id": f"p{number}", "type": "order.paid", "order": f"O{number}",
               "customer": customer, "at": DAY_0 + 2000}


def _post(engine: Api, kafka: Kafka, wire: str) -> bytes:
    """Post registrations and orders, then void some; what the ledger topic says."""
    _send(engine, kafka, wire, _events())
    _wait_for(engine, 2 * len(CUSTOMERS))
    _send(engine, kafka, wire, [{"id": f"voided-{customer}", "customer": customer,
                                 "type": "customer.registration_voided"} for customer in VOIDED])
    _wait_for(engine, 2 * len(CUSTOMERS) + len(VOIDED))
    ledger = engine.directory / "ledger"

    def is_balanced() -> bool:
        return engine.fen("audit", "-b", kafka.bootstrap, "-r", engine.redis.address, "-w", wire,
                          "--ledger", str(ledger)).returncode == 0

    wait_until(is_balanced, 120, "Redis equal to the ledger")
    return ledger.read_bytes()


def _send(engine: Api, kafka: Kafka, wire: str, events: Iterable[dict[str, Any]]) -> None:
    path = engine.directory / "events.ndjson"
    path.write_text("".join(json.dumps({"time": DAY_0, **event}, ensure_ascii=False) + "\n"
                            for event in events))
    done = engine.fen("send", "-b", kafka.bootstrap, "-w", wire, str(path))
    assert done.returncode == 0, done.stdout + done.stderr


def _wait_for(engine: Api, count: int) -> None:
    wait_until(lambda: engine.metric("fen_entries_posted_total") >= count, 120, f"{count} entries")


def _redis_bytes(server: Redis) -> dict[bytes, Any]:
    """Every key with all it holds, but the fences, which have a clock in them."""
    client = redis_module.Redis(unix_socket_path=str(server.socket))
    read: dict[bytes, Callable[[bytes], Any]] = {
        b"hash": client.hgetall, b"stream": client.xrange,
        b"zset": lambda key: client.zrange(key, 0, -1, withscores=True)}
    found = {key: read[client.type(key)](key) for key in client.scan_iter(count=1000)
             if not key.endswith(b":fence")}
    client.close()
    return found


def _replies(engine: Api) -> Iterator[str]:
    """What every operation says, of every payee and order there is."""
    finance = engine.token("user:F", "default", "--rights", "finance")
    for operation in operations():
        for payee in ("guide:A", "guide:B"):
            path = operation.fill(tenant="default", payee=payee, store="S1", order="O6")
            if operation.name == "stream":
                for query, kind in (("", "snapshot"), ("?after=0", "entries")):
                    stream = Stream(engine.port, path + query, finance)
                    stream.wait(lambda it, kind=kind: it.of(kind), kind)
                    yield repr(stream.events)
                    stream.close()
            elif operation.method == "GET":
                yield repr(engine.get(path, finance))
    for form in ("zh", "en"):
        yield read(engine.port, f"/v1/default/orders/O6/trace?form={form}", finance)
    for payee in ("guide:A", "guide:B"):
        for query in ("after=0&limit=200", "before=9999&limit=200"):
            status, said = engine.get(f"/v1/default/payees/{payee}/entries?{query}", finance)
            sums: dict[str, int] = {}
            for entry in said["entries"]:
                if entry["role"] == "recruit":
                    sums[entry["subject"]] = sums.get(entry["subject"], 0) + entry["amount"]
            # What is taken back stands under the subject it was given under.
            assert status == 200 and sorted(sums.values()) == [0] * 4 + [500] * 16
            yield repr(said)


def _rebuilds(engine: Api) -> float:
    return engine.metric("fen_projector_rebuilds_total")


@pytest.mark.parametrize("wire", ["protobuf", "json"])
def test_no_customer_in_redis_or_in_a_reply(make_engine: Callable[..., Api], fresh_kafka: Kafka,
                                            redis_server: Redis, wire: str) -> None:
    engine = make_engine(wire, 2)
    ledger = _post(engine, fresh_kafka, wire)
    assert all(f"customer:{customer}".encode() in ledger for customer in CUSTOMERS)
    before = _redis_bytes(redis_server)
    text = repr(before)
    assert "customer:at-" in text and "order:O6" in text
    assert not [customer for customer in [OWN, *CUSTOMERS] if customer in text]
    for reply in _replies(engine):
        assert not [customer for customer in [OWN, *CUSTOMERS] if customer in reply]
    # Set up anew from Kafka, it is the same to the byte.
    rebuilds = _rebuilds(engine)
    client = redis_server.client()
    client.flushall()
    client.close()
    wait_until(lambda: _rebuilds(engine) >= rebuilds + 2, 60, "both partitions set up anew")
    wait_until(lambda: http_get(f"http://127.0.0.1:{engine.port}/readyz")[0] == 200, 60, "ready")
    assert _redis_bytes(redis_server) == before
