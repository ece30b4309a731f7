"""The figures of a crowd of streams, as a table for people and as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from measure.report import table

Json = dict[str, Any]
KIB = 1024


@dataclass
class Memory:
    """What streams added to the API's memory and the kernel's; the kernel's holds both ends."""

    rows: list[Json] = field(default_factory=list)

    def add(self, streams: int, added: int, before: int, after: int,
            kernel: dict[str, int]) -> None:
        self.rows.append({"streams": streams, "added": added, "resident_before": before,
                          "resident": after, "kernel": kernel})

    def as_json(self) -> list[Json]:
        return self.rows

    def lines(self) -> list[str]:
        """Of those that opened anything."""
        rows = [row for row in self.rows if row["added"] > 0]
        return table(
            ["streams open", "resident MiB", "KiB a stream added", "kernel objects KiB",
             "kernel buffers KiB"],
            [[f"{row['streams']:,}", f"{row['resident'] / KIB / KIB:.1f}",
              f"{(row['resident'] - row['resident_before']) / KIB / row['added']:.2f}",
              f"{row['kernel']['objects'] / KIB / row['added']:.2f}",
              f"{row['kernel']['buffers'] / KIB / row['added']:.2f}"] for row in rows])


# A core that stood still for less leaves a 99th percentile of 100 ms alone.
_QUIET_MS = 20.0


@dataclass(frozen=True)
class Second:
    """One second of a measurement."""

    entries: int
    p50_ms: float
    p99_ms: float
    stall_ms: float | None     # the longest time a core stood still; None: not to be seen


def second_lines(seconds: list[Second]) -> list[str]:
    """The p99 of seconds in which the machine ran, apart from those in which it did not."""
    known = [one for one in seconds if one.stall_ms is not None]
    if not known:
        return ["Whether the machine stood still was not to be seen: no right to real-time "
                "classes."]
    parts = {"ran all the while": [one for one in known if (one.stall_ms or 0) < _QUIET_MS],
             "stood still": [one for one in known if (one.stall_ms or 0) >= _QUIET_MS]}
    said = [
        f"{len(ones)} in which it {name}: p50 {median(one.p50_ms for one in ones):.1f} ms, p99 "
        f"{median(one.p99_ms for one in ones):.1f} ms in the middle one and at most "
        f"{max(one.p99_ms for one in ones):.1f} ms" for name, ones in parts.items() if ones]
    stall = max(one.stall_ms or 0 for one in known)
    return [f"Live, {len(known)} seconds each for itself, by whether a core was taken "
            f"away for {_QUIET_MS:.0f} ms or more (seen by real-time threads; at most {stall:.0f} "
            f"ms): " + "; ".join(said) + "."]


@dataclass
class Run:
    """One command of the driver."""

    name: str
    streams: int
    rate: int
    seconds: float
    cpu: dict[str, float]     # of a core, by part
    waited: dict[str, float]  # likewise: ready to run, while others had the cores
    answer: Json
    feed: Json | None = None

    def as_json(self) -> Json:
        return asdict(self)

    def brief(self) -> str:
        return (f"{self.seconds:.2f} s, {self.answer['entries']:,} entries, "
                f"latency {self.answer['latency']}, first {self.answer['first']}, "
                f"gaps {self.answer['gaps']}, refused {self.answer['refused']}, "
                f"failed {self.answer['failed']}, deaf {self.answer['deaf']}, cpu "
                + ", ".join(f"{part} {100 * share:.0f}% (waited {100 * self.waited[part]:.0f}%)"
                            for part, share in self.cpu.items()))

    def _latency(self, name: str) -> list[str]:
        figures = self.answer[name]
        if figures["count"] == 0:
            return ["", "", "", ""]
        return [f"{figures[key]:.1f}" for key in ("p50_ms", "p99_ms", "p999_ms", "max_ms")]

    def _shares(self) -> list[str]:
        return [f"{100 * self.cpu[part]:.0f} + {100 * self.waited[part]:.0f}"
                for part in ("api", "redis", "feed", "driver")]

    def live_row(self) -> list[str]:
        return [self.name, f"{self.streams:,}", f"{self.answer['entries'] / self.seconds:,.0f}",
                *self._latency("latency"), *self._shares(), str(self.answer["gaps"])]

    def open_row(self) -> list[str]:
        return [self.name, f"{self.answer['first']['count']:,}", f"{self.seconds:.2f}",
                *self._latency("first"), *self._shares(), str(self.answer["gaps"])]


def lines(machine: str, records: int, deaf: int, memory: Memory, ceiling: Json,
          runs: list[Run], seconds: list[Second]) -> list[str]:
    """The report, Markdown that reads well in a terminal too."""
    live = [run for run in runs if run.answer["done"] == "measure"]
    opened = [run for run in runs if run.answer["done"] != "measure"]
    cpu = ["API %", "Redis %", "feed %", "driver %", "gaps"]
    return [
        f"{machine}. Every feed had {records} records before. Of each process: CPU "
        "in per cent of one core + how long it was ready to run while others had the cores, which "
        "the latencies hold as well; `gaps` are entries missed or doubled.",
        "",
        "Memory of an open stream: of the API's process, and the kernel's, which holds both ends "
        "of each connection, the client's too.",
        "",
        *memory.lines(),
        "",
        "Milliseconds from the hand-over of a batch to the projector until the client has the "
        f"entry. `some deaf`: {deaf} clients more take nothing; of them "
        + ", ".join(str(run.answer["deaf"]) for run in live if run.name == "some deaf")
        + " were still there at the end.",
        "",
        *table(["", "streams", "entries/s", "p50", "p99", "p99.9", "longest", *cpu],
               [run.live_row() for run in live]),
        "",
        *second_lines(seconds),
        "",
        "Opening, 1,000 a second, and coming back all at once while commissions come: "
        "milliseconds from the connect to the first event (to the begin of the stream where "
        "nothing may have been missed); `s` until all were served.",
        "",
        *table(["", "streams", "s", "p50", "p99", "p99.9", "longest", *cpu],
               [run.open_row() for run in opened]),
        "",
        f"The driver alone, against a server that only writes: "
        f"{ceiling['entries'] / ceiling['seconds']:,.0f} entries a second "
        f"({100 * ceiling['cpu']:.0f}% of a core).",
    ]
