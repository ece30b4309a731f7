"""Rows that strike through what is read: poison, garbage, misrouted keys, backlog, clocks."""

from __future__ import annotations

import json
import random
import time
import zlib
from pathlib import Path

from confluent_kafka import Consumer, Producer, TopicPartition

from firm import PARTITIONS, Fen, Firm
from lib.servers import wait_until
from matrix import row

TRAP = "fen-trap-7f3a"


def trap_event(firm: Firm, kind: str) -> bytes:
    """An event of that type that crashes the program under test."""
    for line in (firm.directory / "day-1.ndjson").read_bytes().splitlines():
        if f'"type":"{kind}"'.encode() in line:
            event = json.loads(line)
            event["id"] = f"{TRAP}-{kind}"
            return json.dumps(event, ensure_ascii=False).encode() + b"\n"
    raise AssertionError(f"no {kind} in the day")


@row(26, "crash-poison", "CRASHED after the second crash, original kept", short=True)
def poison(firm: Firm, seconds: float) -> str:
    fen = firm.start(environment={"FEN_FAULT_TRAP": TRAP})
    firm.wait_until_running()
    crashes = {}
    for kind in ("order.placed", "touch.shared", "guide.set"):
        before = len(fen.ends)
        line = trap_event(firm, kind)
        (firm.directory / "trap.ndjson").write_bytes(line)
        firm.fen("send", "trap.ndjson", "-b", firm.bootstrap, "-w", firm.wire)
        firm.expects_dead_letters["CRASHED"] += 1
        firm.send_slice(100)
        wait_until(lambda: firm.dead_letters()["CRASHED"]
                   == firm.expects_dead_letters["CRASHED"], 60, f"{kind} dead-lettered")
        wait_until(fen.is_ready, 30, "ready again")
        crashes[kind] = len(fen.ends) - before
        assert all(code == -11 for code in fen.ends), fen.ends
    firm.wait_until_right()
    # Touches and org events are read again at each start: they stay condemned.
    fen.restart()
    firm.wait_until_running()
    firm.send_slice(100)
    firm.wait_until_right()
    kept = [value for _, _, value in raw_records(firm, "fen.dlq.v1")]
    assert sum(TRAP.encode() in value for value in kept) == 3
    assert max(crashes.values()) <= 4, crashes
    return "crashes: " + ", ".join(f"{kind} {count}" for kind, count in crashes.items())


@row(25, "garbage, deep, huge", "dead letter each, memory bounded")
def garbage(firm: Firm, seconds: float) -> str:
    fen = firm.start()
    firm.wait_until_running()
    firm.begin_day(200)
    lot = random.Random(25)
    producer = Producer({"bootstrap.servers": firm.bootstrap, "message.max.bytes": 2_000_000})
    values = [b"", b"\xff" * 40, b"{" * 50_000, b"\x0a\x80\x80\x80\x80\x10",
              b"\x0a\x7f" * 30_000, bytes(300_000)]
    values += [lot.randbytes(lot.randrange(1, 2000)) for _ in range(200)]
    for number, value in enumerate(values):
        producer.produce("fen.order-events.v1", value, b"t1/x", number % PARTITIONS)
    assert producer.flush(60) == 0
    firm.expects_dead_letters["MALFORMED"] += len(values)
    firm.wait_until_right()
    size = resident_mib(fen)
    assert size < 400, f"{size} MiB"
    return f"{len(values)} refused, {size:.0f} MiB resident"


def resident_mib(fen: Fen) -> float:
    status = Path(f"/proc/{fen.program.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


@row(31, "misrouted key", "MISROUTED, nothing posted twice")
def misrouted(firm: Firm, seconds: float) -> str:
    firm.start()
    firm.wait_until_running()
    firm.send_day()
    firm.wait_until_right()
    # The same records again, where CRC32 puts their keys: librdkafka's own partitioner.
    records = raw_records(firm, "fen.order-events.v1")
    producer = Producer({"bootstrap.servers": firm.bootstrap})
    wrong = 0
    for partition, key, value in records:
        other = zlib.crc32(key) % PARTITIONS
        wrong += other != partition
        producer.produce("fen.order-events.v1", value, key, other)
    assert producer.flush(60) == 0
    firm.expects_dead_letters["MISROUTED"] += wrong
    firm.wait_until_right()
    assert firm.dead_letters()["MISROUTED"] == wrong > 0
    return f"{wrong} of {len(records)} refused"


def raw_records(firm: Firm, topic: str) -> list[tuple[int, bytes, bytes]]:
    """Partition, key and value of every record of a topic."""
    consumer = Consumer({"bootstrap.servers": firm.bootstrap, "group.id": "harness",
                         "client.id": "harness", "enable.partition.eof": True})
    found, ended = [], 0
    try:
        consumer.assign([TopicPartition(topic, number, 0) for number in range(PARTITIONS)])
        while ended < PARTITIONS:
            for message in consumer.consume(1000, 1.0):
                if message.error() is not None:
                    ended += 1
                else:
                    found.append((message.partition(), message.key(), message.value()))
    finally:
        consumer.close()
    return found


@row(32, "backlog", "bounded memory, worked off")
def backlog(firm: Firm, seconds: float) -> str:
    firm.fen("generate", "-n", "4000", "--touches", "10", "--customers", "3000", "--seed", "32",
             "--tenant", "t1", "--start", "2026-02-08", "-o", "day-1.ndjson")
    firm.send_day()
    # All queues at once: what waits in Kafka must not be taken into memory.
    fen = firm.start()
    begin = time.monotonic()
    wait_until(lambda: fen.metric("fen_events_read_total") >= len(firm.events)
               and fen.metric("fen_consumer_lag_records") == 0, 180, "worked off")
    took = time.monotonic() - begin
    firm.wait_until_right(180)
    size = resident_mib(fen)
    assert size < 600, f"{size} MiB"
    return f"{len(firm.events)} events in {took:.1f} s, {size:.0f} MiB at most"


def rewrite_day(firm: Firm, events: list[bytes]) -> None:
    """The first day becomes these events."""
    (firm.directory / "day-1.ndjson").write_bytes(b"".join(event + b"\n" for event in events))


@row(23, "duplicates × 3, any order, across topics", "same sums",
     held_by=(("tests/property/test_replay.py", "test_replay_agrees_with_the_oracle"),))
def duplicates(firm: Firm, seconds: float) -> str:
    once = (firm.directory / "day-1.ndjson").read_bytes().splitlines()
    thrice = once * 3
    random.Random(23).shuffle(thrice)
    rewrite_day(firm, thrice)
    firm.start("a", "--workers", "2")
    firm.start("b")
    firm.wait_until_running()
    firm.begin_day(600)
    firm.wait_until_right()
    return f"{len(thrice)} events in a random order, three workers"


@row(24, "refund first, touch late, pickup first", "converges",
     held_by=(("tests/property/test_replay.py", "test_replay_agrees_with_the_oracle"),))
def reversed_day(firm: Firm, seconds: float) -> str:
    backwards = (firm.directory / "day-1.ndjson").read_bytes().splitlines()[::-1]
    rewrite_day(firm, backwards)
    firm.start()
    firm.wait_until_running()
    firm.begin_day(400)
    firm.wait_until_right()
    return f"{len(backwards)} events, the last first"


@row(29, "plan change in mid-stream, retroactive", "pinned / evaluated anew",
     held_by=(("tests/unit/test_follow.c",
               "test_a_plan_backwards_walks_over_the_orders_it_bears_on"),
              ("tests/flow/plans.table", "retroactive")))
def plan_changes(firm: Firm, seconds: float) -> str:
    fen = firm.start()
    firm.wait_until_running()
    firm.begin_day(150)
    wait_until(lambda: fen.metric("fen_worker_commits_total") > 5, 30, "under way")
    plan = json.loads((firm.directory / "plans.ndjson").read_bytes().splitlines()[0])
    plan["id"] = "plan-again"
    plan["time"] += 1000
    plan["retroactive"] = True
    plan["yaml"] = plan["yaml"].replace("版本: 1", "版本: 2").replace("佣金: 25%", "佣金: 24%")
    (firm.directory / "again.ndjson").write_text(json.dumps(plan, ensure_ascii=False) + "\n")
    firm.send("again.ndjson")
    fen.restart()
    firm.wait_until_right()
    return "a retroactive version under load, and a kill: as the oracle"
