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
from records import read_to_ends

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
    # AddressSanitizer makes an exit code of the signal, and no handler of fen's marks the message:
    # it is the kills that condemn it, one later.
    end, most = (1, 5) if firm.is_sanitized else (-11, 4)
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
        assert all(code == end for code in fen.ends), fen.ends
    firm.wait_until_right()
    # Touches and org events are read again at each start: they stay condemned.
    fen.restart()
    firm.wait_until_running()
    firm.send_slice(100)
    firm.wait_until_right()
    kept = [value for _, _, value in raw_records(firm, "fen.dlq.v1")]
    assert sum(TRAP.encode() in value for value in kept) == 3
    assert max(crashes.values()) <= most, crashes
    return "crashes: " + ", ".join(f"{kind} {count}" for kind, count in crashes.items())


# A hundred thousand empty lines (field 8 of an event), and lines within lines.
LINES_BOMB = b"\x42\x00" * 100_000
DEEP_LINES = b"\x42\x7e" * 10_000


# What a record of zeros has unpacked; packed it is below the megabyte that a broker takes.
BOMB_BYTES = 48_000_000
RESIDENT_MIB_MAX = 700


def throw_bombs(firm: Firm) -> str:
    """Records that any producer may send and that unpack to fifty times as much and more: value,
    key, header."""
    zeros = bytes(BOMB_BYTES)
    for codec in ("gzip", "lz4", "zstd"):
        producer = Producer({"bootstrap.servers": firm.bootstrap, "compression.codec": codec,
                             "message.max.bytes": 2 * BOMB_BYTES, "client.id": "harness"})
        producer.produce("fen.order-events.v1", zeros, b"t1/x", 0)
        producer.produce("fen.order-events.v1", b"{}", zeros, 1)
        producer.produce("fen.order-events.v1", b"{}", b"t1/x", 2, headers={"x": zeros})
        assert producer.flush(120) == 0
    return f"9 bombs of {BOMB_BYTES / 1e6:.0f} MB"


@row(25, "garbage, deep, huge, a bomb", "dead letter each, memory bounded", is_random=True)
def garbage(firm: Firm, seconds: float) -> str:
    fen = firm.start()
    firm.wait_until_running()
    firm.begin_day(200)
    lot = random.Random(f"25 {firm.round}")
    producer = Producer({"bootstrap.servers": firm.bootstrap, "message.max.bytes": 2_000_000})
    values = [b"", b"\xff" * 40, b"{" * 50_000, b"\x0a\x80\x80\x80\x80\x10",
              b"\x0a\x7f" * 30_000, bytes(300_000), LINES_BOMB, DEEP_LINES]
    values += [lot.randbytes(lot.randrange(1, 2000)) for _ in range(200)]
    for number, value in enumerate(values):
        producer.produce("fen.order-events.v1", value, b"t1/x", number % PARTITIONS)
    assert producer.flush(60) == 0
    expect_refusals(firm, len(values))
    firm.wait_until_right()
    size = resident_mib(fen)
    assert size < 400, f"{size} MiB"
    bombs = throw_bombs(firm)
    expect_refusals(firm, len(values) + 9)
    firm.send_day()  # what comes behind them in the partition is posted
    firm.wait_until_right(180)
    size_bombed = resident_mib(fen)
    assert fen.ends == [] and size_bombed < RESIDENT_MIB_MAX, (fen.ends, size_bombed)
    return (f"{len(values)} refused, {size:.0f} MiB resident; {bombs}: refused, "
            f"{size_bombed:.0f} MiB")


_GARBAGE = {"TOO_LARGE", "TOO_DEEP", "MALFORMED", "UNKNOWN_TYPE", "MISSING_FIELD", "BAD_ID",
            "MISROUTED"}


def expect_refusals(firm: Firm, count: int) -> None:
    """So many records are refused, each as something that is no event."""
    def are_refused() -> bool:
        letters = firm.dead_letters()
        assert set(letters) <= _GARBAGE, letters
        firm.expects_dead_letters = letters
        return letters.total() == count

    wait_until(are_refused, 180, f"{count} refused")


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
    firm.repeats += len(records) - wrong
    firm.wait_until_right()
    assert firm.dead_letters()["MISROUTED"] == wrong > 0
    return f"{wrong} of {len(records)} refused"


def raw_records(firm: Firm, topic: str,
                partitions: int = PARTITIONS) -> list[tuple[int, bytes, bytes]]:
    """Partition, key and value of every record of a topic."""
    consumer = Consumer({"bootstrap.servers": firm.bootstrap, "group.id": "harness",
                         "client.id": "harness", "enable.partition.eof": True})
    places = [TopicPartition(topic, number, 0) for number in range(partitions)]
    try:
        return [(message.partition(), message.key(), message.value())
                for message in read_to_ends(consumer, places)]
    finally:
        consumer.close()


# A field of number 100, and an order event of a type 7 whose field 25 has a value not yet known.
_NEWER_FIELD = b"\xa2\x06\x03new"
_NEWER_ENUM = b"\x18\x07\xc8\x01\x09"
_SENT_TOPICS = {"fen.org-events.v1": 1, "fen.order-events.v1": PARTITIONS,
                "fen.touch-events.v1": PARTITIONS, "fen.customer-events.v1": PARTITIONS}


@row(27, "unknown enum or field", "dead letter / kept",
     held_by=(("tests/unit/test_event_refuse.c", "FEN_REFUSAL_UNKNOWN_ENUM"),
              ("tests/unit/test_record.c", "unknown field 100")))
def newer_schema(firm: Firm, seconds: float) -> str:
    firm.send_day()
    records = [(topic, *record) for topic, count in _SENT_TOPICS.items()
               for record in raw_records(firm, topic, count)]
    firm.open()
    fen = firm.start()
    firm.wait_until_running()
    # The same day as a producer of the next schema sends it.
    producer = Producer({"bootstrap.servers": firm.bootstrap})
    for topic, partition, key, value in records:
        producer.produce(topic, value + _NEWER_FIELD, key, partition)
    producer.produce("fen.order-events.v1", _NEWER_ENUM, b"t1/x", 0)
    assert producer.flush(60) == 0
    firm.events += (firm.directory / "day-1.ndjson").read_bytes().splitlines()
    firm.expects_dead_letters["UNKNOWN_ENUM"] += 1
    wait_until(lambda: firm.dead_letters()["UNKNOWN_ENUM"] == 1, 60, "dead letter")
    firm.wait_until_right()
    kept = [value for _, _, value in raw_records(firm, "fen.dlq.v1")]
    assert kept == [_NEWER_ENUM] and fen.ends == []
    return f"{len(records)} events with a field of the next schema applied, an enum of it refused"


@row(32, "backlog, burst of ten times the rate", "bounded memory, worked off", is_random=True)
def backlog(firm: Firm, seconds: float) -> str:
    # The bound is the same whatever waits: 50,000 events, and three times as many.
    orders = 4000 * (1 + firm.round % 3)
    firm.fen("generate", "-n", str(orders), "--touches", "10", "--customers", "3000", "--seed",
             "32", "--tenant", "t1", "--start", "2026-02-08", "-o", "day-1.ndjson")
    firm.send_day()
    # All queues at once: what waits in Kafka must not be taken into memory.
    fen = firm.start()
    begin = time.monotonic()
    wait_until(lambda: fen.metric("fen_events_read_total") >= len(firm.events)
               and fen.metric("fen_consumer_lag_records") == 0, 180, "worked off")
    took = time.monotonic() - begin
    firm.wait_until_right(180)
    backlog_count = len(firm.events)
    firm.begin_day(150)
    firm.begin_day(1500)
    firm.wait_until_right(180)
    size = resident_mib(fen)
    assert size < 600, f"{size} MiB"
    return f"{backlog_count} events in {took:.1f} s, then 150 a second and 1,500: " \
        f"{size:.0f} MiB at most"


def rewrite_day(firm: Firm, events: list[bytes]) -> None:
    """The first day becomes these events."""
    (firm.directory / "day-1.ndjson").write_bytes(b"".join(event + b"\n" for event in events))


@row(23, "duplicates × 3, any order, across topics", "same sums", is_random=True,
     held_by=(("tests/property/test_replay.py", "test_replay_agrees_with_the_oracle"),
              ("tests/property/test_permutations.py",
               "test_every_order_of_a_purchase_comes_to_the_same_sums")))
def duplicates(firm: Firm, seconds: float) -> str:
    once = (firm.directory / "day-1.ndjson").read_bytes().splitlines()
    thrice = once * 3
    random.Random(f"23 {firm.round}").shuffle(thrice)
    rewrite_day(firm, thrice)
    firm.start("a")
    firm.start("b")
    firm.wait_until_running()
    firm.begin_day(600)
    firm.wait_until_right()
    return f"{len(thrice)} events in a random order, four workers"


@row(24, "refund first, touch late, pickup first", "converges", is_random=True,
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
