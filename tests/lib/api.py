"""What tests of the guides' API share: a payee's books written into Redis, and a client.

`Books` writes what the projector writes (schemas/redis.md), with `wire: json`, for one partition:
the API's tests can then say to the fen what there is, without a broker. That both agree is shown
by the test that runs the whole engine.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from lib import openapi
from lib.servers import Program, Redis, http_get, wait_until

Json = dict[str, Any]

GUIDE = "/v1/acme/payees/guide:G1"


def now_ms() -> int:
    """Brokers take no record that is older or newer than they are set to."""
    return time.time_ns() // 1_000_000


class Api:
    """`fen api` with a key file of its own."""

    def __init__(self, binary: Path, redis: Redis, directory: Path):
        self.binary, self.redis, self.directory = binary, redis, directory
        self.keys = directory / "keys"
        self.options: list[str] = []
        self.program: Program | None = None
        self.port = 0
        self._starts = 0
        self.write_keys(self.new_key("k1"))

    def new_key(self, key_id: str) -> str:
        done = self.fen("api", "key", "--key-id", key_id)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def write_keys(self, text: str) -> None:
        following = self.directory / "keys.next"
        following.write_text(text)
        following.chmod(0o600)
        following.rename(self.keys)

    def fen(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(self.binary), *arguments], capture_output=True, text=True,
                              timeout=600, check=False)

    def token(self, payee: str = "guide:G1", tenant: str = "acme", *more: str) -> str:
        done = self.fen("api", "token", "--api-keys", str(self.keys), "--tenant", tenant,
                        "--payee", payee, *more)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start(self) -> None:
        self.run("fen api serves", "api", "-w", "json", "--partitions", "1")

    def run(self, ready: str, *command: str | Path) -> None:
        """On the port of its life before, if it had one; `ready`: what it says then."""
        self._starts += 1
        self.program = Program(
            [self.binary, *command, "-r", self.redis.address, "--api-keys", self.keys,
             "--http", f"127.0.0.1:{self.port}", "--log-format", "json", *self.options],
            self.directory / f"api-{self._starts}.log").start()
        self.program.wait_for_output(ready)
        found = re.search(rf'"message":"{ready}.*"port":(\d+)', self.program.output())
        assert found is not None, self.program.output()
        self.port = int(found.group(1))
        wait_until(lambda: ask(self.port, "/readyz")[0] == 200, 60, "it to be ready")

    def kill(self) -> None:
        assert self.program is not None
        self.program.kill()

    def metrics(self) -> str:
        return http_get(f"http://127.0.0.1:{self.port}/metrics")[1]

    def metric(self, name: str) -> float:
        found = re.search(rf"^{name} (\S+)$", self.metrics(), re.M)
        assert found is not None, name
        return float(found.group(1))

    def get(self, path: str, token: str | None = None) -> tuple[int, dict[str, Any]]:
        status, answer, _ = ask(self.port, path, token)
        return status, answer


class Engine(Api):
    """`fen run` with the guides' API, on a broker whose topics are made here."""

    def __init__(self, binary: Path, redis: Redis, directory: Path, bootstrap: str,
                 wire: str = "protobuf", partitions: int = 6):
        super().__init__(binary, redis, directory)
        self.bootstrap, self.wire = bootstrap, wire
        self.options = ["--api-rate", "0"]
        self.done("topics", "apply", "--partitions", str(partitions), "-b", bootstrap)

    def done(self, *arguments: str) -> str:
        """What a command says that must succeed."""
        done = self.fen(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self) -> None:
        self.run("fen runs", "run", "-b", self.bootstrap, "-w", self.wire, "-n", "2")

    def send(self, *lines: Json | str, options: tuple[str, ...] = ()) -> None:
        """Events, or lines that are none."""
        path = self.directory / "events.ndjson"
        path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n"
                                for line in lines))
        self.done("send", *options, "-w", self.wire, "-b", self.bootstrap, str(path))

    def adjust(self, payee: str, amount: int, number: int, tenant: str = "default") -> None:
        """An entry at once, which needs no plan."""
        self.send({"id": f"adj-{number}", "tenant": tenant, "type": "adjustment.posted",
                   "time": now_ms(), "adjustment": f"A{number}", "payee": payee,
                   "amount": amount, "reason": "补发", "approver": "财务"})


class Books:
    """Accounts, feeds and rankings of one partition, written as the projector does."""

    def __init__(self, client: Any, feed_length: int = 1000):
        self.client, self.feed_length = client, feed_length
        self.records: dict[str, list[Json]] = {}
        self.accounts: dict[str, dict[str, Any]] = {}
        self.version = 0

    def post(self, payee: str, *amounts: int, tenant: str = "acme", store: str = "S1",
             **fields: Any) -> list[Json]:
        """One record: an entry for each amount, alike but for seq and balance."""
        name = f"{tenant}/{payee}"
        account = self.accounts.setdefault(name, {"seq": 0, "balance": 0, "store": store})
        entries = []
        for amount in amounts:
            account["seq"] += 1
            account["balance"] += amount
            entry = self._entry(tenant, payee, amount, account, fields)
            for field in (f"p:{entry['period']}:{entry['role']}",
                          f"f:{entry['period']}:{entry['funder']}",
                          f"d:{entry['available_on'] or 'null'}"):
                account[field] = account.get(field, 0) + amount
            entries.append(entry)
        self.records.setdefault(name, []).append(
            {"seq_first": entries[0]["seq"], "balance": account["balance"], "entries": entries})
        self.write(name)
        return entries

    @staticmethod
    def _entry(tenant: str, payee: str, amount: int, account: dict[str, Any],
               fields: dict[str, Any]) -> Json:
        seq = account["seq"]
        return {"tenant": tenant, "payee": payee, "seq": seq, "kind": "accrual",
                "amount": amount, "balance": account["balance"], "funder": "brand:L",
                "role": "share", "portion": None, "subject": f"order:O{seq}", "line": 1,
                "rule": "分享", "plan": "demo@3", "base": amount * 20, "rate_ppm": 45000,
                "capped_by": None, "touch": None, "period": "2026-11", "prior": False,
                "earned_at": 1795000000000, "available_on": "2026-11-28", "event": f"e{seq}",
                "event_type": "order.paid", **fields}

    def write(self, name: str, is_rebuilt: bool = False) -> None:
        """Bring a payee's keys up to date, as one batch of the projector."""
        self.version += 1
        feed = f"fen:{{p0}}:feed:{name}"
        batch = self.client.pipeline(transaction=True)
        batch.hset(f"fen:{{p0}}:account:{name}", mapping=self.accounts[name])
        for record in self.records[name] if is_rebuilt else self.records[name][-1:]:
            batch.xadd(feed, {"record": json.dumps(record, ensure_ascii=False)},
                       id=f"{record['entries'][-1]['seq']}-0", maxlen=self.feed_length,
                       approximate=False)
        self._rank(batch, name)
        batch.hset("fen:{p0}:fence", mapping={"seq": self.version, "asof": 1795000000000})
        batch.execute()

    def _rank(self, batch: Any, name: str) -> None:
        tenant, payee = name.split("/")
        account = self.accounts[name]
        for period in {field[2:9] for field in account if field.startswith("p:")}:
            score = sum(amount for field, amount in account.items()
                        if field.startswith(f"p:{period}:") and not field.endswith(":payout"))
            batch.zadd(f"fen:{{p0}}:rank:{tenant}/{account['store']}/{period}", {payee: score})

    def empty(self) -> None:
        """Redis loses everything."""
        self.client.flushall()

    def rebuild(self) -> None:
        """All of it again."""
        for name in self.accounts:
            self.write(name, is_rebuilt=True)


class Stream:
    """A client of server-sent events, on a thread of its own; events gather in `events`."""

    opened: ClassVar[list[Stream]] = []  # for whoever closes them all at a test's end

    def __init__(self, port: int, path: str, token: str, last_event_id: str | None = None):
        self.events: list[tuple[str, str, Json]] = []  # (id, event, data)
        self.undescribed: list[str] = []  # events that are not as the description says
        self.comments = 0
        self.has_ended = False
        headers = {"Authorization": f"Bearer {token}"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = last_event_id
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self._connection.request("GET", path, headers=headers)
        self._socket = self._connection.sock
        self._answer = self._connection.getresponse()
        self.status = self._answer.status
        self.headers = dict(self._answer.getheaders())
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        Stream.opened.append(self)

    def _read(self) -> None:
        try:
            self._gather()
        except (OSError, http.client.HTTPException):
            pass  # the server was killed, or the test has closed it
        self._answer.close()
        self._connection.close()
        self._socket.close()
        self.has_ended = True

    def _gather(self) -> None:
        fields: dict[str, str] = {}
        while line := self._answer.readline():
            text = line.decode().rstrip("\n")
            if text.startswith(":"):
                self.comments += 1
            elif text:
                name, _, value = text.partition(": ")
                fields[name] = value
            elif "data" in fields:
                self._add(fields.get("id", ""), fields.get("event", ""),
                          json.loads(fields["data"]))
                fields = {}

    def _add(self, event_id: str, kind: str, data: Json) -> None:
        """A failure on this thread would be nobody's: it is kept for the test's."""
        try:
            openapi.check_event(kind, data)
        except AssertionError as error:
            self.undescribed.append(str(error))
        self.events.append((event_id, kind, data))

    def close(self) -> None:
        """No error if it has ended."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(30)
        assert not self.undescribed, self.undescribed[:3]

    def of(self, kind: str) -> list[tuple[str, str, Json]]:
        return [event for event in self.events if event[1] == kind]

    def seqs(self) -> list[int]:
        return [entry["seq"] for _, _, data in self.of("entries") for entry in data["entries"]]

    def wait(self, condition: Callable[[Stream], object], what: str = "") -> None:
        wait_until(lambda: condition(self), 30, what or "the stream's events")


def ask(port: int, path: str, token: str | None = None, method: str = "GET",
        headers: dict[str, str] | None = None,
        body: bytes | None = None) -> tuple[int, Json, dict[str, str]]:
    """Status, JSON (or nothing, where the answer is none) and headers; what is answered below /v1/
    is held to schemas/openapi.json."""
    status, text, received = _exchange(port, path, token, method, headers, body)
    content_type = received.get("Content-Type", "")
    said = json.loads(text) if "json" in content_type and text else {}
    openapi.check(method, path, status, content_type, said)
    return status, said, received


def read(port: int, path: str, token: str) -> str:
    """A text for people."""
    status, text, received = _exchange(port, path, token, "GET", None, None)
    assert status == 200, text
    openapi.check("GET", path, status, received["Content-Type"], {})
    return text


def _exchange(port: int, path: str, token: str | None, method: str,
              headers: dict[str, str] | None,
              body: bytes | None) -> tuple[int, str, dict[str, str]]:
    sent = dict(headers or {})
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    made = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    with contextlib.closing(made) as connection:
        connection.request(method, path, body=body, headers=sent)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), dict(answer.getheaders())


def money(amount: int) -> dict[str, Any]:
    return {"fen": amount, "text": ("−" if amount < 0 else "") + f"¥{abs(amount) / 100:,.2f}"}
