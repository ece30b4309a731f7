"""CPU time, memory and stolen time, from /proc; and a general description of the machine."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def waited_seconds(pid: int) -> float:
    """How long its threads were ready to run, and others had the cores."""
    return sum(int(file.read_text().split()[1])
               for file in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class CpuTime:
    """The machine's CPU seconds since boot, over all cores."""

    total: float
    stolen: float
    idle: float

    @classmethod
    def read(cls) -> CpuTime:
        with open("/proc/stat", encoding="ascii") as file:
            fields = [int(word) / _TICKS for word in file.readline().split()[1:9]]
        return cls(sum(fields), fields[7], fields[3] + fields[4])

    def since(self, before: CpuTime) -> CpuTime:
        return CpuTime(self.total - before.total, self.stolen - before.stolen,
                       self.idle - before.idle)

    def percent(self, part: float) -> float:
        return 100 * part / self.total if self.total else 0.0


def describe_system() -> str:
    """Cores and operating system: enough to compare by, nothing that names the machine."""
    system = re.search(r'^PRETTY_NAME="(.*)"', Path("/etc/os-release").read_text(), re.M)
    return (f"{os.cpu_count()} cores {platform.machine().replace('_', '-')}, "
            f"{system[1] if system else 'Linux'}")


def describe(root: Path, librdkafka: str) -> str:
    """One line: the system and the versions of the servers."""
    kafka = re.search(r"<kafka.version>(.*)</", (root / "deploy/kafka/pom.xml").read_text())
    redis = subprocess.run(["redis-server", "--version"], capture_output=True, text=True,
                           check=True).stdout
    redis_version = re.search(r"v=([\d.]+)", redis)
    parts = [
        describe_system(),
        f"Kafka {kafka[1] if kafka else '?'} (one node)",
        f"librdkafka {librdkafka}",
        f"Redis {redis_version[1] if redis_version else '?'}",
    ]
    return ", ".join(parts)
