"""Rows that strike what fen starts on: offsets, state records, formats, the books themselves."""

from __future__ import annotations

import json
import re
import socket
import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions

import proxy
from firm import BAD_CONFIGURATION, PARTITIONS, Firm
from lib.servers import ROOT, wait_until
from matrix import row
from rows_input import raw_records


def refuses(firm: Firm, name: str, *words: str, said: str,
            environment: dict[str, str] | None = None) -> str:
    """A start that must end with 78 and say so; its sentence, in Chinese too."""
    sentence = ""
    for language in ("zh_CN.UTF-8", "en_US.UTF-8"):
        fen = firm.start(f"{name}-{language[:2]}", *words, is_supervised=False,
                         instance="a", environment={"LANG": language, "LC_ALL": language,
                                      **(environment or {})})
        code = fen.program.wait(60)
        firm.fens.remove(fen)
        last = [line for line in fen.program.output().splitlines() if line.startswith("fen run:")]
        assert code == BAD_CONFIGURATION and last, f"{code}: {fen.program.output()[-1500:]}"
        sentence = last[-1]
        assert "fen." in sentence, sentence
    assert said in sentence, sentence
    return sentence


def settle_one_day(firm: Firm, *words: str) -> None:
    """A day posted, and every process gone in order."""
    fen = firm.start("first", *words, instance="a")
    firm.wait_until_running()
    firm.send_day()
    firm.wait_until_right()
    assert fen.end() == 0
    firm.fens.clear()


def produce(firm: Firm, topic: str, partition: int, key: bytes, value: bytes) -> None:
    """A record by a stranger's hand."""
    producer = Producer({"bootstrap.servers": firm.bootstrap, "acks": "all"})
    producer.produce(topic, value, key, partition)
    assert producer.flush(30) == 0


@row(30, "input or state cut; offsets gone", "refuses to start, names place and mend",
     short=True)
def input_cut(firm: Firm, seconds: float) -> str:
    settle_one_day(firm)
    # Offsets that have expired look like those of a group that never was.
    group, firm.group = firm.group, firm.group + "-expired"
    refuses(firm, "expired", said="no committed offset, but there is state")
    firm.group = group
    firm.send_day()
    cut_beginning(firm)
    refuses(firm, "cut", said="records have been lost")
    firm.group = group + "-new"
    refuses(firm, "new", said="its records before")
    firm.group = group
    firm.open_again(1)
    settle_one_day(firm)
    cut_state(firm)
    refuses(firm, "state", said="records before it have been deleted")
    return "expired, cut, new, and state that was cut: 78 with topic, partition and mend"


def cut_state(firm: Firm, topic: str = "fen.order-state.v1") -> None:
    """Delete what the state topic holds: it takes another policy, by hand, for a while."""
    set_policy(firm, topic, "compact,delete")
    refuses(firm, "policy", said="has cleanup.policy=compact,delete and must have compact")
    cut_beginning(firm, topic)
    set_policy(firm, topic, "compact")


def set_policy(firm: Firm, topic: str, policy: str) -> None:
    admin = AdminClient({"bootstrap.servers": firm.bootstrap})
    settings = {"cleanup.policy": policy, "message.timestamp.type": "LogAppendTime"}
    changed = ConfigResource("topic", topic, set_config=settings)
    for future in admin.alter_configs([changed]).values():
        future.result()


def cut_beginning(firm: Firm, topic: str = "fen.order-events.v1") -> None:
    """Raise the topic's log start to its end, as retention does (DeleteRecords)."""
    admin = AdminClient({"bootstrap.servers": firm.bootstrap})
    partitions = admin.list_topics(topic, timeout=60).topics[topic].partitions
    name = topic.encode()
    for number, partition in partitions.items():
        request = struct.pack(">hhihi", 21, 0, 1, -1, 1) + struct.pack(">h", len(name)) + name \
            + struct.pack(">iiqi", 1, number, -1, 30000)
        with socket.create_connection(("127.0.0.1", firm.kafka.port(partition.leader)), 30) as link:
            link.sendall(struct.pack(">i", len(request)) + request)
            size = struct.unpack(">i", link.recv(4, socket.MSG_WAITALL))[0]
            answer = link.recv(size, socket.MSG_WAITALL)
        assert struct.unpack(">h", answer[-2:]) == (0,), answer


Records = list[tuple[int, bytes, bytes]]


def copy_topic(firm: Firm, topic: str, records: Records) -> None:
    """The topic, put back from a copy: made anew with these records in it."""
    admin = AdminClient({"bootstrap.servers": firm.bootstrap, "log_level": 0})
    for future in admin.delete_topics([topic]).values():
        future.result()
    wait_until(lambda: topic not in admin.list_topics(timeout=60).topics, 60, "deleted")
    producer = Producer({"bootstrap.servers": firm.bootstrap, "acks": "all"})

    def is_made() -> bool:
        firm.fen("topics", "apply", "-p", str(PARTITIONS), "-b", firm.bootstrap)
        return topic in admin.list_topics(timeout=60).topics

    wait_until(is_made, 60, "made anew")
    for partition, key, value in records:
        producer.produce(topic, value, key, partition)
    assert producer.flush(60) == 0
    wait_until(lambda: len(raw_records(firm, topic)) == len(records), 60, "copied")


STATE_TOPICS = ("fen.order-state.v1", "fen.customer-state.v1", "fen.task-state.v1",
                "fen.accounts.v1")
LANE = b"/lane"
State = dict[tuple[str, int, bytes], bytes]


def read_state(firm: Firm) -> State:
    """The newest record of each key of the state topics."""
    return {(topic, partition, key): value for topic in STATE_TOPICS
            for partition, key, value in raw_records(firm, topic) if value}


def write_state(firm: Firm, state: State) -> None:
    """As another version of fen would: newer records, those before them are still there."""
    producer = Producer({"bootstrap.servers": firm.bootstrap, "acks": "all"})
    for (topic, partition, key), value in state.items():
        producer.produce(topic, value, key, partition)
    assert producer.flush(60) == 0


def put_back(firm: Firm, state: State) -> None:
    """The state topics as they were."""
    for topic in STATE_TOPICS:
        copy_topic(firm, topic, [(partition, key, value)
                                 for (name, partition, key), value in state.items()
                                 if name == topic])


def in_tenths(value: bytes) -> bytes:
    """A format whose amounts are tenths of a fen: every field is known, and means another thing."""
    def times_ten(place: dict[str, Any]) -> dict[str, Any]:
        return {name: field * 10 if isinstance(field, int) and re.search(
            "amount|balance|paid|base", name) else field for name, field in place.items()}

    return json.dumps(json.loads(value, object_hook=times_ten), ensure_ascii=False).encode()


def with_lane(value: bytes, **changes: int | None) -> bytes:
    """A lane's record with other values; None: without it."""
    lane = {**json.loads(value), **changes}
    return json.dumps({name: field for name, field in lane.items() if field is not None}).encode()


def go_on(firm: Firm, name: str, environment: dict[str, str] | None = None) -> None:
    """A process that goes on from the state there is, a day, and everything right."""
    fen = firm.start(name, instance="a", environment=environment)
    firm.wait_until_running()
    firm.send_day()
    firm.wait_until_right()
    assert fen.end() == 0
    firm.fens.clear()


KNOWN = "state format 2; this one knows up to 1"


@row(33, "upgrade and downgrade of the state's format", "refuses newer state, then goes on",
     short=True, open={"days": 6})
def formats(firm: Firm, seconds: float) -> str:
    seen = "" if firm.is_short else other_formats(firm)
    settle_one_day(firm)
    newer = {"FEN_FAULT_SKIP": "state-format"}
    go_on(firm, "newer", newer)
    sentence = refuses(firm, "older-again", said=KNOWN)
    refuses(firm, "older-follower-again", "--stages", "project,api", said=KNOWN)
    go_on(firm, "newer-again", newer)
    shadow = compare_with_posted(firm)
    return f"{seen}{shadow}; 1 → 2 goes on, 2 → 1, also to project alone: " \
        f"{sentence.split(':', 1)[1].strip()[:60]}…"


def compare_with_posted(firm: Firm) -> str:
    """A shadow run before a version or a plan goes live: what it makes of all events, posted by
    another version, comes to nothing; a plan that pays more is seen."""
    plan = ROOT / "schemas" / "plans" / "demo.yaml"
    dearer = firm.directory / "dearer.yaml"
    dearer.write_text(plan.read_text(encoding="utf-8").replace("佣金: 3%", "佣金: 3.5%"),
                      encoding="utf-8")

    def told(plan: Path, code: int) -> Any:
        said = firm.fen("backtest", "--json", "--max-delta", "0", "--plan", plan, "-b",
                        firm.bootstrap, "-w", firm.wire, code=code)
        return json.loads(said.splitlines()[0])

    same = told(plan, 0)
    assert same["orders"] > 0 and same["total"]["change"] == 0 and same["changes"] == []
    assert told(dearer, 1)["total"]["change"] > 0
    return f"shadow run of {same['orders']} orders: no difference"


def other_formats(firm: Firm) -> str:
    """What other versions of fen may have left, in JSON, which can be made here."""
    firm.wire = "json"
    firm.open(days=6)
    settle_one_day(firm)
    before = read_state(firm)
    # A version with other amounts was here: each of its fields would be taken for what it is not.
    after = {place: with_lane(value, format=2) if place[2] == LANE else in_tenths(value)
             for place, value in before.items()}
    changed = sum(after[place] != value for place, value in before.items() if place[2] != LANE)
    assert changed > 0
    write_state(firm, after)
    refuses(firm, "older", said=KNOWN)
    refuses(firm, "older-follower", "--stages", "project,api", said=KNOWN)
    put_back(firm, before)  # nothing has been done in the meantime
    go_on(firm, "restored")
    return f"{changed} records with other amounts in a format 2: refused, put back from a copy, " \
        f"goes on; {other_bytes(firm)}; "


def other_bytes(firm: Firm) -> str:
    """A format of which nothing can be read, and one of before formats were noted."""
    before = read_state(firm)
    write_state(firm, {place: with_lane(value, format=2) if place[2] == LANE else value[::-1]
                       for place, value in before.items()})
    refuses(firm, "unreadable", said="newer fen")
    put_back(firm, {place: with_lane(value, format=None, partition_count=None)
                    if place[2] == LANE else value for place, value in before.items()})
    go_on(firm, "older-state")
    return "one of other bytes is refused; state of before formats were noted is gone on from"


FLIPS = 60


@row(21, "state damaged or repartitioned", "refused, named")
def damaged(firm: Firm, seconds: float) -> str:
    settle_one_day(firm)
    flips = read_damaged(firm)
    repartition(firm, PARTITIONS + 1)
    refuses(firm, "repartitioned", said=f"written for {PARTITIONS} partitions, now there are "
            f"{PARTITIONS + 1}")
    firm.open(days=4)
    settle_one_day(firm)
    produce(firm, "fen.order-state.v1", 3, b"t1/O1", b"\xff\xff\xff")
    refuses(firm, "damaged", said="fen.order-state.v1 [3]: the record at offset")
    return f"{flips}; another partition count and a damaged record: 78, named"


# What is said of it; librdkafka 2.0.2 may also find that it has lost its place, and abort.
_DAMAGE = re.compile(r"CRC32C|MagicByte|rd_slice_")


def read_damaged(firm: Firm) -> str:
    """A bit flipped on the way from the broker, at one place of a record batch after the other: a
    reader either says so and ends, or shows what it shows of the undamaged one."""
    words = ("tail", "ledger", "--from", "beginning", "--until-end", "-b",
             firm.bootstrap, "-w", firm.wire, "-X", "client.id=fen-reader")
    whole = sorted(firm.fen(*words).splitlines())
    refused = 0
    for place in range(FLIPS):
        rule = firm.proxy.add(proxy.FETCH, client="fen-reader", action="flip", code=place)
        said = firm.fen(*words, code=None)
        firm.proxy.heal()
        assert rule.happened.is_set()
        is_whole = sorted(said.splitlines()) == whole
        refused += not is_whole
        assert is_whole or _DAMAGE.search(said), said[-2000:]
    assert refused >= FLIPS / 2, refused
    # An engine that restores, and one at work: each ends by itself, and the next life reads again.
    fen = firm.start("a")
    firm.wait_until_running()
    lives = 0
    for place in range(4):
        rule = firm.proxy.add(proxy.FETCH, client="fen-a", action="flip", code=5 * place + 4)
        if place % 2 == 0:
            fen.restart()
        else:
            firm.send_slice(60)
        wait_until(rule.happened.is_set, 60, "flipped")
        wait_until(lambda: len(fen.ends) > lives or fen.is_ready(), 60, "ended, or went on")
        firm.proxy.heal()
        firm.wait_until_running()
        firm.send_slice(60)
        firm.wait_until_right()
        lives = len(fen.ends)
    assert set(fen.ends) <= {1, 69, -6}, fen.ends
    assert fen.end() == 0
    firm.fens.clear()
    return f"{FLIPS} places of a batch with a bit flipped on their way: {refused} refused, the " \
        f"others read again; {lives} of 4 lives of an engine ended by one, the next right"


def repartition(firm: Firm, count: int) -> None:
    admin = AdminClient({"bootstrap.servers": firm.bootstrap})
    keyed = [name for name, topic in admin.list_topics(timeout=60).topics.items()
             if name.startswith("fen.") and len(topic.partitions) == PARTITIONS]
    for future in admin.create_partitions([NewPartitions(name, count) for name in keyed]).values():
        future.result()


LEDGER = "fen.ledger.v1"


def audit_text(firm: Firm) -> str:
    """What fen's own audit says against the books; "" nothing."""
    done = subprocess.run([str(firm.binary), "audit", "--no-redis", "-b", firm.bootstrap, "-w",
                           firm.wire], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return "" if done.returncode == 0 else done.stdout + done.stderr


def alter(value: bytes, **changes: int | str) -> bytes:
    """A ledger record whose last entry has other values; `seq_first` and `balance` are its own."""
    record = json.loads(value)
    for name, change in changes.items():
        place = record if name in ("seq_first", "balance") else record["entries"][-1]
        assert name in place, f"{name} is not in {place}"
        place[name] = place[name] + change if isinstance(change, int) else change
    return json.dumps(record, ensure_ascii=False).encode()


def seq_of(value: bytes, entry: int = 0) -> int:
    """The number of a ledger record's entry; -1: the last."""
    record = json.loads(value)
    return int(record["seq_first"]) + entry % len(record["entries"])


@dataclass(frozen=True)
class Edit:
    """What is done to the records of a payee, and what the audit says of it."""

    edit: Callable[[list[bytes]], list[bytes]]
    said: str
    # The entry that shows it; None: the payee's entries agree with one another, not with the rest.
    seq: Callable[[list[bytes]], int] | None = None


EDITS = {
    "amount": Edit(lambda own: [*own[:-1], alter(own[-1], amount=100)], "balance",
                   lambda own: seq_of(own[-1], -1)),
    "amount and balance": Edit(lambda own: [*own[:-1], alter(own[-1], amount=100, balance=100)],
                               "balance"),
    "balance": Edit(lambda own: [*own[:-1], alter(own[-1], balance=100)], "balance",
                    lambda own: seq_of(own[-1])),
    "month": Edit(lambda own: [*own[:-1], alter(own[-1], period="2026-11")], "2026-11"),
    "seq": Edit(lambda own: [*own[:-1], alter(own[-1], seq_first=1)], "seq",
                lambda own: seq_of(own[-1]) + 1),
    "one lost": Edit(lambda own: [own[0], *own[2:]], "seq", lambda own: seq_of(own[2])),
    "order of two": Edit(lambda own: [own[1], own[0], *own[2:]], "seq",
                         lambda own: seq_of(own[1])),
    "one twice": Edit(lambda own: [own[0], *own], "seq", lambda own: seq_of(own[0])),
}


def edit_ledger(firm: Firm) -> str:
    """Copies of the ledger: the same one is balanced, each mistake in another is named."""
    records = raw_records(firm, LEDGER)
    copy_topic(firm, LEDGER, records)
    assert audit_text(firm) == ""
    payees: dict[tuple[int, bytes], list[bytes]] = {}
    for partition, key, value in records:
        payees.setdefault((partition, key), []).append(value)
    chosen = sorted(place for place, own in payees.items() if len(own) >= 3)[:len(EDITS)]
    assert len(chosen) == len(EDITS), len(chosen)
    for place, (name, edit) in zip(chosen, EDITS.items()):
        edited = {**payees, place: edit.edit(payees[place])}
        copy_topic(firm, LEDGER, [(*where, value) for where, own in edited.items()
                                  for value in own])
        said = audit_text(firm)
        payee = re.escape(place[1].decode())
        assert re.search(rf"{payee}: .*{edit.said}", said), f"{name} of {payee}: {said[-3000:]}"
        if edit.seq is not None:
            named = rf"{payee}: ledger: .* found seq {edit.seq(payees[place])}$"
            assert re.search(named, said, re.MULTILINE), f"{name} {named}: {said[-3000:]}"
        others = [key.decode() for where, key in payees if (where, key) != place]
        assert not any(f" {other}: " in said for other in others), said[-3000:]
    return ", ".join(EDITS)


@row(34, "ledger edited or cut", "the audit names the entry")
def ledger_edited(firm: Firm, seconds: float) -> str:
    firm.wire = "json"
    firm.open(days=4)
    fen = firm.start()
    firm.wait_until_running()
    firm.begin_day(150)  # over many commits: a payee has several records
    firm.wait_until_right()
    assert fen.end() == 0
    firm.fens.clear()
    assert audit_text(firm) == ""
    edits = edit_ledger(firm)
    firm.open(days=4)
    settle_one_day(firm)
    assert audit_text(firm) == ""
    cut_beginning(firm, LEDGER)  # as retention would: its entries are gone, accounts stay
    said = wait_until(lambda: audit_text(firm), 30, "audit finds the cut")
    cut = re.search(r"(t1/[a-z]+:\S+): balance: expected 0, found", said)
    assert cut is not None, said[-1500:]
    return f"each named, and nobody else: {edits}; a ledger cut off: {cut.group(1)} and others"
