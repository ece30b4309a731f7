"""When the machine itself stood still: wake-ups that came late although nothing here could do so.

A thread a core, of a real-time class, that no program of a measurement can keep from running. What
still delays it is outside: a virtual machine's cores taken by others.
"""

from __future__ import annotations

import os
import threading
import time

_PERIOD = 0.005
_PRIORITY = 10


class Stalls:
    """While it is entered, notes how late each wake-up was."""

    def __init__(self) -> None:
        self._late: list[tuple[float, float]] = []     # when it was due, seconds later
        self._is_over = threading.Event()
        self._refusals: list[OSError] = []
        self._threads = [threading.Thread(target=self._watch, args=(core,), daemon=True)
                         for core in sorted(os.sched_getaffinity(0))]

    def __enter__(self) -> Stalls:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _watch(self, core: int) -> None:
        try:
            os.sched_setaffinity(0, {core})
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_PRIORITY))
        except OSError as error:
            self._refusals.append(error)
            return
        while not self._is_over.is_set():
            due = time.monotonic() + _PERIOD
            self._is_over.wait(_PERIOD)
            late = time.monotonic() - due
            if late > _PERIOD:
                self._late.append((due, late))

    def longest_ms(self, begin: float, end: float) -> float | None:
        """Of those that touch begin to end (time.monotonic); None: the system did not let us see,
        which takes the right to real-time classes (CAP_SYS_NICE)."""
        if self._refusals:
            return None
        return 1e3 * max((late for due, late in self._late if due < end and due + late > begin),
                         default=0.0)
