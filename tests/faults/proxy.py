"""A proxy that understands Kafka's frames: between clients and brokers, with faults on request.

Brokers advertise its ports, so every connection goes through it; brokers among themselves do not.
A request begins with its length, API key, version, correlation id and client id; an answer with
length and correlation id. Rules see each request and each answer, by API and by client, and let it
pass, hold it back, drop it, or cut the connection. Cuts and slowness are for all of a client.

Runs in a thread with an event loop of its own; calls from outside are thread-safe.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

PRODUCE, FETCH, ADD_PARTITIONS, ADD_OFFSETS, END_TXN, TXN_OFFSET_COMMIT = 0, 1, 24, 25, 26, 28
_HELD_MAX = 64 * 1024 * 1024


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

    def error(self) -> int:
        """The error code of an EndTxn answer: correlation id, throttle time, then the code."""
        return int(struct.unpack_from(">h", self.data, 4 + 4 + 4)[0])


@dataclass
class Rule:
    """What happens to frames that match; counts how often it did."""

    apis: frozenset[int]
    client: str                  # a prefix of the client id
    on: str                      # "request" or "answer"
    action: str                  # "hold", "drop-and-cut", "lose-and-cut", "delay"
    times: int = 1               # then it is spent; -1 never
    skip: int = 0                # let so many pass first
    delay: float = 0.0
    hits: int = 0
    held: list[Frame] = field(default_factory=list)
    released: list[int] = field(default_factory=list)   # error codes that stragglers got
    happened: threading.Event = field(default_factory=threading.Event)

    def takes(self, frame: Frame) -> bool:
        if self.times == 0 or frame.api not in self.apis or not frame.client.startswith(
                self.client) or frame.is_answer != (self.on == "answer"):
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
        self.open_requests: dict[int, tuple[int, int]] = {}

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
            frame = Frame(api, version, correlation, self.client, data, self.broker)
            self.open_requests[correlation] = (api, version)
            await self._weather(len(data), is_answer=False)
            if await self._judge(frame):
                back.write(data)
                await back.drain()

    async def _answers(self, reader: asyncio.StreamReader) -> None:
        while True:
            data = await _read_frame(reader)
            correlation = struct.unpack_from(">i", data, 4)[0]
            api, version = self.open_requests.pop(correlation, (-1, 0))
            frame = Frame(api, version, correlation, self.client, data, self.broker, True)
            await self._weather(len(data), is_answer=True)
            self.proxy.note(frame)
            if await self._judge(frame):
                self.writer.write(data)
                await self.writer.drain()

    async def _weather(self, size: int, is_answer: bool) -> None:
        """Latency and bandwidth; a cut swallows bytes, as a network that drops packets does."""
        proxy = self.proxy
        if proxy.latency > 0 or proxy.bytes_a_second > 0:
            wait = proxy.latency
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
            if rule.action == "delay":
                rule.happened.set()
                await asyncio.sleep(rule.delay)
                return True
            if rule.action == "hold":
                rule.held.append(frame)
            rule.happened.set()
            self.abort()
            raise Cut
        return True


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
        self.answers: list[tuple[str, int, int]] = []   # client, API, error of EndTxn
        self.latency = 0.0
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
            self.answers.append((frame.client, frame.api, frame.error()))

    # --- rules --------------------------------------------------------------------------------

    def add(self, *apis: int, client: str = "fen-", on: str = "answer",
            action: str = "lose-and-cut", times: int = 1, skip: int = 0,
            delay: float = 0.0) -> Rule:
        """lose-and-cut: the frame never arrives and its connection ends. hold: likewise, but it can
        be sent to the broker later, by `release`. delay: it arrives later."""
        rule = Rule(frozenset(apis), client, on, action, times, skip, delay)
        self.rules.append(rule)
        return rule

    def release(self, rule: Rule) -> list[int]:
        """Send the held requests over connections of their own; the error codes they get."""
        return list(self._call(self._release(rule)))

    async def _release(self, rule: Rule) -> list[int]:
        for frame in rule.held:
            reader, writer = await asyncio.open_connection("127.0.0.1",
                                                           self.targets[frame.broker])
            writer.write(frame.data)
            await writer.drain()
            data = await asyncio.wait_for(_read_frame(reader), 20)
            rule.released.append(Frame(frame.api, frame.version, 0, "", data, 0).error())
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
        self.rules.clear()
        self.answers.clear()
        self.latency = self.bytes_a_second = 0.0
        self.mend()
