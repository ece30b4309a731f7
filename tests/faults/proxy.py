"""A proxy that understands Kafka's frames: between clients and brokers, with faults on request.

Brokers advertise its ports, so every connection goes through it; brokers among themselves do not.
A request begins with its length, API key, version, correlation id and client id; an answer with
length and correlation id. Rules see each request and each answer, by API and by client, and let it
pass, hold it back, drop it, or cut the connection. Cuts and slowness are for all of a client.

Runs in a thread with an event loop of its own; calls from outside are thread-safe.
"""

from __future__ import annotations

import asyncio
import random
import struct
import threading
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

PRODUCE, FETCH, ADD_PARTITIONS, ADD_OFFSETS, END_TXN, TXN_OFFSET_COMMIT = 0, 1, 24, 25, 26, 28
HEARTBEAT = 12
_HELD_MAX = 64 * 1024 * 1024
_ERROR_AT = 4 + 4 + 4          # behind length, correlation id and throttle time
_TOPIC_AT = 4 + 4 + 4          # behind length, correlation id and the count of topics
# CONCURRENT_TRANSACTIONS: the coordinator is writing; NOT_ENOUGH_REPLICAS: nothing is written yet.
_COME_AGAIN = (51, 19)


@dataclass
class Frame:
    """One request, or the answer to it."""

    api: int
    version: int
    correlation: int
    client: str
    data: bytes
    broker: int
    is_answer: bool = False
    transaction: str = ""        # the transactional id of a request that begins with one

    def error(self) -> int:
        """The error code of an EndTxn answer: correlation id, throttle time, then the code. Of an
        answer to Produce that of its first partition."""
        if self.api != PRODUCE:
            return int(struct.unpack_from(">h", self.data, _ERROR_AT)[0])
        assert self.version < _FLEXIBLE_FROM[PRODUCE], "its arrays have lengths of four bytes"
        size = struct.unpack_from(">h", self.data, _TOPIC_AT)[0]
        return int(struct.unpack_from(">h", self.data, _TOPIC_AT + 2 + size + 4 + 4)[0])

    def written(self) -> tuple[str, int, int]:
        """Of an answer to Produce its first partition: topic, number, first offset written; of a
        batch that the broker has already, which is no error to it, that of before."""
        size = struct.unpack_from(">h", self.data, _TOPIC_AT)[0]
        name = self.data[_TOPIC_AT + 2:_TOPIC_AT + 2 + size].decode()
        number, _, offset = struct.unpack_from(">ihq", self.data, _TOPIC_AT + 2 + size + 4)
        return name, int(number), int(offset)

    def damage(self, step: int) -> bool:
        """Flip a bit of the first record batch of a Fetch answer: at first each byte of its head,
        then places all over it; false where it holds none."""
        start, size = first_batch(self.data)
        if size <= _BATCH_HEAD:
            return False
        at = _BATCH_LENGTH + step
        if at >= _BATCH_HEAD:
            at = _BATCH_HEAD + (step * _STRIDE) % (size - _BATCH_HEAD)
        flipped = bytes([self.data[start + at] ^ 1 << step % 8])
        self.data = self.data[:start + at] + flipped + self.data[start + at + 1:]
        return True

    def set_error(self, code: int) -> None:
        """The same of an answer to EndTxn or Heartbeat."""
        self.data = self.data[:_ERROR_AT] + struct.pack(">h", code) + self.data[_ERROR_AT + 2:]


@dataclass
class Rule:
    """What happens to frames that match; counts how often it did."""

    apis: frozenset[int]
    client: str                  # a prefix of the client id
    transaction: str             # the transactional id; "": any
    on: str                      # "request" or "answer"
    action: str                  # "hold", "lose-and-cut", "stall", "error", "flip"
    times: int = 1               # then it is spent; -1 never
    skip: int = 0                # let so many pass first
    code: int = 0                # of "error": what the answer says instead; "flip": the place
    hits: int = 0
    held: list[Frame] = field(default_factory=list)
    answers_before: int = 0      # how many answers the proxy had noted when it held one back
    released: list[Frame] = field(default_factory=list)   # answers that stragglers got
    happened: threading.Event = field(default_factory=threading.Event)
    is_over: bool = False        # of "stall": what it holds up may go on

    def takes(self, frame: Frame) -> bool:
        if self.times == 0 or frame.api not in self.apis or not frame.client.startswith(
                self.client) or frame.is_answer != (self.on == "answer"):
            return False
        if self.transaction not in ("", frame.transaction):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        self.hits += 1
        return True


class Cut(Exception):
    """This connection ends here."""


class Connection:
    """A client's connection and the one to the broker behind it."""

    def __init__(self, proxy: Proxy, broker: int, reader: asyncio.StreamReader,
                 writer: asyncio.StreamWriter) -> None:
        self.proxy = proxy
        self.broker = broker
        self.reader = reader
        self.writer = writer
        self.client = ""
        self.open_requests: dict[int, tuple[int, int, str]] = {}

    async def run(self) -> None:
        self.proxy.connections.add(self)
        back = None
        try:
            reader, back = await asyncio.open_connection("127.0.0.1",
                                                         self.proxy.targets[self.broker])
            tasks = [asyncio.ensure_future(self._requests(back)),
                     asyncio.ensure_future(self._answers(reader))]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        except OSError:
            pass
        finally:
            self.proxy.connections.discard(self)
            for writer in (self.writer, back):
                if writer is not None:
                    writer.close()

    def abort(self) -> None:
        self.writer.transport.abort()

    async def _requests(self, back: asyncio.StreamWriter) -> None:
        while True:
            data = await _read_frame(self.reader)
            api, version, correlation, size = struct.unpack_from(">hhih", data, 4)
            self.client = data[14:14 + max(size, 0)].decode(errors="replace")
            frame = Frame(api, version, correlation, self.client, data, self.broker,
                          transaction=transaction_of(api, version, data))
            self.open_requests[correlation] = (api, version, frame.transaction)
            await self._weather(len(data), is_answer=False)
            if await self._judge(frame):
                back.write(data)
                await back.drain()

    async def _answers(self, reader: asyncio.StreamReader) -> None:
        while True:
            data = await _read_frame(reader)
            correlation = struct.unpack_from(">i", data, 4)[0]
            api, version, transaction = self.open_requests.pop(correlation, (-1, 0, ""))
            frame = Frame(api, version, correlation, self.client, data, self.broker, True,
                          transaction)
            await self._weather(len(data), is_answer=True)
            self.proxy.note(frame)
            if await self._judge(frame):
                self.writer.write(frame.data)
                await self.writer.drain()

    async def _weather(self, size: int, is_answer: bool) -> None:
        """Latency and bandwidth; a cut swallows bytes, as a network that drops packets does."""
        proxy = self.proxy
        if proxy.latency > 0 or proxy.bytes_a_second > 0:
            wait = proxy.latency + random.random() * proxy.jitter
            if proxy.bytes_a_second > 0:
                wait += size / proxy.bytes_a_second
            await asyncio.sleep(wait)
        while proxy.is_cut(self.client, is_answer):
            await proxy.weather_changed()

    async def _judge(self, frame: Frame) -> bool:
        """Whether the frame passes."""
        for rule in list(self.proxy.rules):
            if not rule.takes(frame):
                continue
            self.proxy.seen[f"{rule.action}:{frame.api}"] += 1
            if rule.action == "stall":
                rule.happened.set()
                while not rule.is_over:
                    await self.proxy.weather_changed()
                return True
            if rule.action == "flip":
                if frame.damage(rule.code):
                    rule.happened.set()
                else:
                    rule.times += 1  # it holds no record: the next one
                return True
            if rule.action == "error":
                frame.set_error(rule.code)
                rule.happened.set()
                return True
            if rule.action == "hold":
                rule.held.append(frame)
                rule.answers_before = len(self.proxy.answers)
            rule.happened.set()
            self.abort()
            raise Cut
        return True


_BATCH_LENGTH = 8              # of a record batch; before it its offset, which no checksum covers
_BATCH_HEAD = 61
_STRIDE = 37


def first_batch(data: bytes) -> tuple[int, int]:
    """Where the first record batch of a Fetch answer (version 11) begins, and its size; 0: none."""
    at = 4 + 4 + 4 + 2 + 4       # length, correlation id, throttle time, error, session
    topics, at = struct.unpack_from(">i", data, at)[0], at + 4
    for _ in range(topics):
        at += 2 + struct.unpack_from(">h", data, at)[0]
        partitions, at = struct.unpack_from(">i", data, at)[0], at + 4
        for _ in range(partitions):
            at += 4 + 2 + 8 + 8 + 8
            aborted = struct.unpack_from(">i", data, at)[0]
            at += 4 + max(aborted, 0) * 16 + 4
            size, at = struct.unpack_from(">i", data, at)[0], at + 4
            if size > 0:
                return at, 12 + struct.unpack_from(">i", data, at + 8)[0]
            at += max(size, 0)
    return 0, 0


# From which version on a request is of the flexible kind: tags end its head, lengths are varints.
_FLEXIBLE_FROM = {PRODUCE: 9, END_TXN: 3, TXN_OFFSET_COMMIT: 3}


def transaction_of(api: int, version: int, data: bytes) -> str:
    """The transactional id that a request begins with; "" for other requests."""
    if api not in (END_TXN, TXN_OFFSET_COMMIT):
        return ""
    start = 14 + max(int(struct.unpack_from(">h", data, 12)[0]), 0)
    if version < _FLEXIBLE_FROM[api]:
        size = int(struct.unpack_from(">h", data, start)[0])
        start += 2
    else:
        assert data[start] == 0 and data[start + 1] < 128, "no tags, an id of one length byte"
        size = data[start + 1] - 1
        start += 2
    return data[start:start + size].decode()


async def _read_frame(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(4)
    size = struct.unpack(">i", head)[0]
    if not 0 <= size <= _HELD_MAX:
        raise Cut
    return head + await reader.readexactly(size)


class Proxy:
    """One listening port a broker."""

    def __init__(self, ports: list[int]) -> None:
        self.ports = ports
        self.targets: list[int] = []
        self.rules: list[Rule] = []
        self.connections: set[Connection] = set()
        self.seen: Counter[str] = Counter()
        self.answers: list[tuple[str, int]] = []        # transaction, error of EndTxn
        self.latency = 0.0
        self.jitter = 0.0                               # on top of a latency, drawn by lot
        self.bytes_a_second = 0.0
        self._cuts: dict[str, str] = {}                 # client prefix: "both", "out", "back"
        self._changed: asyncio.Event
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self, targets: list[int]) -> Proxy:
        """Listen; targets: the brokers' own ports."""
        self.targets = targets
        self._thread.start()
        self._call(self._listen())
        return self

    async def _listen(self) -> None:
        self._changed = asyncio.Event()
        for broker, port in enumerate(self.ports):
            await asyncio.start_server(self._serve(broker), "127.0.0.1", port,
                                       limit=_HELD_MAX)

    def _serve(self, broker: int) -> Callable[..., Coroutine[Any, Any, None]]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await Connection(self, broker, reader, writer).run()

        return serve

    def _call(self, work: Coroutine[Any, Any, Any], seconds: float = 30) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def note(self, frame: Frame) -> None:
        if frame.api == END_TXN:
            self.answers.append((frame.transaction, frame.error()))

    # --- rules --------------------------------------------------------------------------------

    def add(self, *apis: int, client: str = "fen-", on: str = "answer",
            action: str = "lose-and-cut", times: int = 1, skip: int = 0,
            transaction: str = "", code: int = 0) -> Rule:
        """lose-and-cut: the frame never arrives and its connection ends. hold: likewise, but it can
        be sent to the broker later, by `release`. stall: it arrives once `resume` lets it.
        error: an answer to EndTxn or Heartbeat arrives with this code. flip: an answer to
        Fetch that holds records arrives with one bit of them another, at the place `code`."""
        rule = Rule(frozenset(apis), client, transaction, on, action, times, skip, code)
        self.rules.append(rule)
        return rule

    def release(self, rule: Rule) -> list[Frame]:
        """Send the held requests over connections of their own; the answers they get, "come again"
        not among them."""
        return list(self._call(self._release(rule)))

    async def _release(self, rule: Rule) -> list[Frame]:
        for frame in rule.held:
            reader, writer = await asyncio.open_connection("127.0.0.1",
                                                           self.targets[frame.broker])
            while True:
                writer.write(frame.data)
                await writer.drain()
                data = await asyncio.wait_for(_read_frame(reader), 80)
                answer = Frame(frame.api, frame.version, 0, "", data, 0)
                if answer.error() not in _COME_AGAIN:
                    break
            rule.released.append(answer)
            writer.close()
        rule.held.clear()
        return rule.released

    # --- weather ------------------------------------------------------------------------------

    def is_cut(self, client: str, is_answer: bool) -> bool:
        for prefix, way in self._cuts.items():
            if client.startswith(prefix) and way in ("both", "back" if is_answer else "out"):
                return True
        return False

    async def weather_changed(self) -> None:
        await self._changed.wait()

    def cut(self, client: str = "fen-", way: str = "both") -> None:
        """Bytes of these clients go nowhere: both ways, only requests (out), only answers (back).
        Connections stay open, as over a network that drops packets."""
        self._cuts[client] = way

    def mend(self) -> None:
        """Cuts end; what was under way arrives after all."""
        self._cuts.clear()
        self._wake()

    def resume(self, rule: Rule) -> None:
        """What the rule stalls goes on its way."""
        rule.is_over = True
        self._wake()

    def _wake(self) -> None:
        """Those who wait for the weather look at it again."""
        async def wake() -> None:
            self._changed.set()
            self._changed = asyncio.Event()

        self._call(wake())

    def reset(self, client: str = "fen-") -> None:
        """Every connection of these clients is reset."""
        async def abort() -> None:
            for connection in list(self.connections):
                if connection.client.startswith(client):
                    connection.abort()

        self._call(abort())

    def heal(self) -> None:
        """No rule, no cut, no slowness."""
        for rule in self.rules:
            rule.is_over = True
        self.rules.clear()
        self.answers.clear()
        self.latency = self.jitter = self.bytes_a_second = 0.0
        self.mend()
