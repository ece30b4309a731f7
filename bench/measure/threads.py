"""What the threads of a process have run, and how long they waited for a core, from /proc."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ThreadTime:
    """Of all threads of one kind."""

    run_s: float
    queue_s: float  # ready to run while others had the cores


def thread_times(pid: int) -> dict[str, ThreadTime]:
    """By kind: worker, kafka (librdkafka's), redis (the projector), rest. Ended ones are missed."""
    times: dict[str, ThreadTime] = {}
    for task in os.listdir(f"/proc/{pid}/task"):
        folder = Path(f"/proc/{pid}/task/{task}")
        try:
            name = (folder / "comm").read_text().strip()
            words = (folder / "schedstat").read_text().split()
        except OSError:
            continue
        kind = ("worker" if name == "worker" else "kafka" if name.startswith("rdk:")
                else "redis" if name == "projector" else "rest")
        before = times.get(kind, ThreadTime(0.0, 0.0))
        times[kind] = ThreadTime(before.run_s + int(words[0]) / 1e9,
                                 before.queue_s + int(words[1]) / 1e9)
    return times
