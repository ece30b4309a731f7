"""Servers and programs that the tests start for themselves.

Why: tests talk to a real Kafka and a real Redis, never to the system's and never to a mock. Both
come from deploy/, which also watches this process (--owner): even after a kill -9 of pytest no
server stays behind.

Nothing here sleeps for a fixed time: `wait_until` waits for a condition, with a deadline.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parents[2]
_KAFKA = ROOT / "deploy" / "kafka" / "kafka"
_REDIS = ROOT / "deploy" / "redis" / "redis"
_POLL_SECONDS = 0.02
# Deadlines are written for a machine of two quiet cores. A busy one is slow, and slow is not wrong.
_PATIENCE = float(os.environ.get("FEN_PATIENCE", "4"))

T = TypeVar("T")


class Timeout(AssertionError):
    """A condition did not come true before its deadline."""


def wait_until(condition: Callable[[], T], deadline: float = 30.0, what: str = "") -> T:
    """Call `condition` until it gives something true, and return that.

    deadline: seconds from now on a quiet machine; FEN_PATIENCE times as long are waited (4). what:
    names the condition in the failure. What `condition` raises as AssertionError or OSError counts
    as "not yet", and the last of them stands in the failure.
    """
    deadline *= _PATIENCE
    end = time.monotonic() + deadline
    last: BaseException | None = None
    while True:
        try:
            value = condition()
            if value:
                return value
            last = None
        except (AssertionError, OSError) as error:
            last = error
        if time.monotonic() >= end:
            name = what or getattr(condition, "__name__", "condition")
            raise Timeout(f"{name}: not true after {deadline:g} s") from last
        time.sleep(_POLL_SECONDS)


def _call(command: Sequence[str | Path], seconds: float = 600.0) -> str:
    """Run a deploy script; its standard output, or an error with what it said."""
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed ({done.returncode}):\n{done.stderr}{done.stdout}")
    return done.stdout


class Kafka:
    """A private Kafka, 1 or 3 nodes, data in `directory`."""

    def __init__(
        self,
        directory: Path,
        nodes: int = 1,
        advertise: Sequence[int] = (),
        properties: dict[str, str] | None = None,
        port: int | None = None,
    ) -> None:
        self.directory = directory
        self.nodes = nodes
        self._options = ["--nodes", str(nodes)]
        if port is not None:
            self._options += ["--port", str(port)]
        if advertise:
            self._options += ["--advertise", ",".join(str(number) for number in advertise)]
        for key, value in (properties or {}).items():
            self._options += ["--set", f"{key}={value}"]
        self.bootstrap = ""

    def start(self) -> Kafka:
        """Start every node that does not run; returns when all are ready."""
        # A folder that has started before keeps the options it had.
        options = [] if (self.directory / "ports").exists() else self._options
        # The first start on a machine also fetches the jars.
        out = _call([_KAFKA, "start", self.directory, "--owner", str(os.getpid()), *options], 1200)
        self.bootstrap = out.strip()
        return self

    def stop(self, node: int | None = None) -> None:
        """Shut down in order."""
        _call([_KAFKA, "stop", self.directory, *_node(node)])

    def kill(self, node: int | None = None) -> None:
        """kill -9."""
        _call([_KAFKA, "kill", self.directory, *_node(node)])

    def pid(self, node: int = 1) -> int:
        """The node's process, for SIGSTOP and SIGCONT."""
        return int((self.directory / f"n{node}" / "pid").read_text().split()[0])

    def pause(self, node: int = 1) -> None:
        """Freeze a node: connections stay open and nothing answers."""
        os.kill(self.pid(node), signal.SIGSTOP)

    def resume(self, node: int = 1) -> None:
        os.kill(self.pid(node), signal.SIGCONT)

    def port(self, node: int = 1) -> int:
        """The port that the node listens on for clients."""
        return int((self.directory / "ports").read_text().splitlines()[node - 1].split()[0])


def _node(node: int | None) -> list[str]:
    return [] if node is None else [str(node)]


class Redis:
    """A private redis-server on a unix socket; on 127.0.0.1 too with tcp=True."""

    def __init__(
        self,
        directory: Path,
        tcp: bool = False,
        persist: bool = False,
        options: Sequence[str] = (),
    ) -> None:
        self.directory = directory
        self.socket = directory / "redis.sock"
        self.address = f"unix:{self.socket}"
        self.tcp_address = ""
        self._options = (["--port", "auto"] if tcp else []) + (["--persist"] if persist else [])
        self._rest = ["--", *options] if options else []

    def start(self) -> Redis:
        owner = ["--owner", str(os.getpid())]
        out = _call([_REDIS, "start", self.directory, *owner, *self._options, *self._rest])
        lines = out.split()
        self.tcp_address = lines[1] if len(lines) > 1 else ""
        return self

    def stop(self) -> None:
        _call([_REDIS, "stop", self.directory])

    def kill(self) -> None:
        """kill -9."""
        _call([_REDIS, "kill", self.directory])

    def client(self) -> Any:
        """A new redis.Redis of python3-redis that decodes to str."""
        import redis  # Debian's python3-redis; only tests that use Redis need it.

        return redis.Redis(unix_socket_path=str(self.socket), decode_responses=True)


class Program:
    """A program in the background, its output in a file; it ends with this process."""

    def __init__(
        self,
        command: Sequence[str | Path],
        log: Path,
        environment: dict[str, str] | None = None,
        directory: Path | None = None,
    ) -> None:
        self.command = [str(part) for part in command]
        self.log = log
        self._environment = {**os.environ, **(environment or {})}
        self._directory = directory
        self._popen: subprocess.Popen[bytes] | None = None

    def start(self) -> Program:
        with open(self.log, "ab") as log:
            self._popen = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                cwd=self._directory,
                preexec_fn=_end_with_parent,
            )
        return self

    @property
    def pid(self) -> int:
        assert self._popen is not None, "not started"
        return self._popen.pid

    def is_running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def output(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def signal(self, number: signal.Signals) -> None:
        assert self._popen is not None, "not started"
        self._popen.send_signal(number)

    def wait(self, deadline: float = 60.0) -> int:
        """Wait for its end; the exit code (negative: the signal that ended it)."""
        assert self._popen is not None, "not started"
        deadline *= _PATIENCE
        try:
            return self._popen.wait(deadline)
        except subprocess.TimeoutExpired:
            raise Timeout(f"{self.command[0]} still runs after {deadline:g} s; it said:\n"
                          + self.output()[-4000:]) from None

    def stop(self, deadline: float = 60.0) -> int:
        """SIGTERM, and the exit code; one that does not obey is killed, and that is an error."""
        if self.is_running():
            self.signal(signal.SIGTERM)
        try:
            return self.wait(deadline)
        except Timeout:
            self.kill()
            raise

    def kill(self) -> None:
        """kill -9; no error if it has ended."""
        if self.is_running():
            self.signal(signal.SIGKILL)
        if self._popen is not None:
            self._popen.wait()

    def wait_for_output(self, text: str, deadline: float = 60.0) -> None:
        """Until it has printed `text`; an error at once if it ends without."""
        def has_said() -> bool:
            ended = not self.is_running()
            if text in self.output():
                return True
            if ended:
                raise RuntimeError(f"{self.command[0]} ended without saying {text!r}; it said:\n"
                                   + self.output()[-4000:])
            return False

        wait_until(has_said, deadline, f"output {text!r}")


def _end_with_parent() -> None:
    """In the child, before exec: the kernel kills it when the thread that started it is gone."""
    ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG


def http_get(url: str, seconds: float = 5.0) -> tuple[int, str]:
    """Status and body, whatever the status. Raises OSError where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=seconds) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def free_port() -> int:
    """A port that was free a moment ago."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
