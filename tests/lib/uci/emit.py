"""Events of SPEC §3, one a line of JSON, in the order in which they arrive.

An event is its line plus what the order needs. The order is that of the event times; among equals
organisation, bindings, touches, the order itself, its payment, goods on their way, refunds, then
the id. The one exception is declared: 5 of 1,000 events are delivered again, half of them at once,
half of them up to six hours later, as a broker would; the repeated line is the same byte for byte.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterable

from .rows import UciError
from .stable import HOUR_MS, between, chance

TENANT = "uci"
SOURCE = "uci-online-retail"
EVENT_BYTES_MAX = 256 * 1024
ID_BYTES_MAX = 64
REPEATED_PERMILLE = 5

RANKS = {kind: rank for rank, kind in enumerate([
    "store.set", "guide.set", "book.transferred", "customer.bound", "touch.shared", "order.placed",
    "order.paid", "order.shipped", "order.picked_up", "order.received", "order.refunded"])}


@dataclass(frozen=True, slots=True)
class Event:
    type: str
    id: str
    time_ms: int
    line: str


def event(kind: str, name: str, time_ms: int, body: dict[str, Any]) -> Event:
    """The event `name` of this kind with its body's fields."""
    record = {"id": name, "tenant": TENANT, "type": kind, "time": time_ms, "source": SOURCE}
    record.update(body)
    line = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    if len(line.encode()) > EVENT_BYTES_MAX or len(name.encode()) > ID_BYTES_MAX:
        raise UciError(f"event {name} is larger than SPEC §3 lets an event or an id be")
    return Event(kind, name, time_ms, line)


def arranged(events: Iterable[Event]) -> tuple[list[Event], int]:
    """The events in order of arrival, with the repeated ones, and how many those are."""
    arrivals: list[tuple[int, int, str, int, Event]] = []
    known: set[str] = set()
    repeated = 0
    for one in events:
        if one.id in known:
            raise UciError(f"two events are called {one.id}")
        known.add(one.id)
        rank = RANKS[one.type]
        arrivals.append((one.time_ms, rank, one.id, 0, one))
        if chance(REPEATED_PERMILLE, "repeated", one.id):
            delay = (between(1, 6 * HOUR_MS, "repeated after", one.id)
                     if chance(500, "repeated later", one.id) else 0)
            arrivals.append((one.time_ms + delay, rank, one.id, 1, one))
            repeated += 1
    arrivals.sort(key=lambda arrival: arrival[:4])
    return [arrival[4] for arrival in arrivals], repeated


def write(events: Iterable[Event], path: Path) -> Counter[str]:
    """Writes one line an event; how many of each type there are."""
    counts: Counter[str] = Counter()
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        for one in events:
            out.write(one.line)
            out.write("\n")
            counts[one.type] += 1
    return counts
