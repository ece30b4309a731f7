"""Rows that strike what fen starts on: offsets, state records, formats, the books themselves."""

from __future__ import annotations

import socket
import struct
import subprocess

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions

from firm import PARTITIONS, Firm
from lib.servers import wait_until
from matrix import row

REFUSED = 78


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
        assert code == REFUSED and last, f"{code}: {fen.program.output()[-1500:]}"
        sentence = last[-1]
        assert "[" in sentence and "fen." in sentence, sentence
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


@row(30, "input cut by retention; offsets gone", "refuses to start, names place and mend",
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
    return "expired, cut and new: 78 with topic, partition and mend"


def cut_beginning(firm: Firm) -> None:
    """Raise the log start of the order events to their end, as retention does (DeleteRecords)."""
    topic = "fen.order-events.v1"
    admin = AdminClient({"bootstrap.servers": firm.bootstrap})
    partitions = admin.list_topics(topic, timeout=10).topics[topic].partitions
    name = topic.encode()
    for number, partition in partitions.items():
        request = struct.pack(">hhihi", 21, 0, 1, -1, 1) + struct.pack(">h", len(name)) + name \
            + struct.pack(">iiqi", 1, number, -1, 30000)
        with socket.create_connection(("127.0.0.1", firm.kafka.port(partition.leader)), 30) as link:
            link.sendall(struct.pack(">i", len(request)) + request)
            size = struct.unpack(">i", link.recv(4, socket.MSG_WAITALL))[0]
            answer = link.recv(size, socket.MSG_WAITALL)
        assert struct.unpack(">h", answer[-2:]) == (0,), answer


@row(33, "upgrade and downgrade of the state's format", "refuses newer state, then goes on",
     short=True)
def formats(firm: Firm, seconds: float) -> str:
    settle_one_day(firm)
    newer = {"FEN_FAULT_SKIP": "state-format"}
    fen = firm.start("newer", instance="a", environment=newer)
    firm.wait_until_running()
    firm.send_day()
    firm.wait_until_right()
    assert fen.end() == 0
    firm.fens.clear()
    sentence = refuses(firm, "older", said="state format 2; this one knows up to 1")
    fen = firm.start("newer-again", instance="a", environment=newer)
    firm.wait_until_running()
    firm.send_day()
    firm.wait_until_right()
    return f"1 → 2 goes on, 2 → 1: {sentence.split(':', 1)[1].strip()[:60]}…"


@row(21, "state damaged or repartitioned", "refused, named")
def damaged(firm: Firm, seconds: float) -> str:
    settle_one_day(firm)
    repartition(firm, PARTITIONS + 1)
    refuses(firm, "repartitioned", said=f"written for {PARTITIONS} partitions, now there are "
            f"{PARTITIONS + 1}")
    firm.open(days=4)
    settle_one_day(firm)
    produce(firm, "fen.order-state.v1", 3, b"t1/O1", b"\xff\xff\xff")
    refuses(firm, "damaged", said="fen.order-state.v1 [3]: the record at offset")
    return "another partition count and a damaged record: 78, named"


def repartition(firm: Firm, count: int) -> None:
    admin = AdminClient({"bootstrap.servers": firm.bootstrap})
    keyed = [name for name, topic in admin.list_topics(timeout=10).topics.items()
             if name.startswith("fen.") and len(topic.partitions) == PARTITIONS]
    for future in admin.create_partitions([NewPartitions(name, count) for name in keyed]).values():
        future.result()


@row(34, "ledger edited or cut", "the audit names the entry")
def ledger_edited(firm: Firm, seconds: float) -> str:
    settle_one_day(firm)
    said: list[str] = []

    def audit() -> str:
        done = subprocess.run([str(firm.binary), "audit", "--no-redis", "-b", firm.bootstrap, "-w",
                               firm.wire], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode in (0, 1)
        said.append(done.stdout + done.stderr)
        return "" if done.returncode == 0 else said[-1]

    assert audit() == ""
    topic, partition, key, value = first_record(firm, "fen.ledger.v1")
    produce(firm, topic, partition, key, value)   # an entry twice: the same seq again
    wait_until(lambda: audit() != "", 30, "audit finds it")
    payee = key.decode().partition("/")[2]
    assert payee in said[-1], said[-1][-1500:]
    return f"an entry written twice is named: {payee}"


def first_record(firm: Firm, topic: str) -> tuple[str, int, bytes, bytes]:
    consumer = Consumer({"bootstrap.servers": firm.bootstrap, "group.id": "harness",
                         "client.id": "harness", "enable.auto.commit": False})
    try:
        consumer.assign([TopicPartition(topic, number, 0) for number in range(PARTITIONS)])
        found = wait_until(lambda: consumer.poll(1.0), 30, "a record")
        assert found.error() is None
        return topic, found.partition(), found.key(), found.value()
    finally:
        consumer.close()
