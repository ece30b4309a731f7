"""The row of thousands of kills: kill -9 at moments drawn by lot, under load, audited as it goes.

    ./test faults --only random-kills --kills 2000
    ./test faults --only random-kills --duration 2h

Two processes share the partitions, so postings travel between them; each is killed by a lot of its
own and started again at once: static membership gives it its partitions back without a rebalance.
A third of the kills come while the process is still starting (producer, assignment, restore), the
others while it works. After every sale day the whole books are audited; after every second one the
topics are made anew, so that a restart has as little to read in the last round as in the first.
"""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from firm import Fen, Firm
from lib.servers import Program, wait_until
from matrix import row

DAYS_A_ROUND = 2
ORDERS_A_DAY = 500
EVENTS_A_SECOND = 60
KILLS_DEFAULT = 40
STARTING_SECONDS = 0.5
WORKING_SECONDS = 0.9


@row(37, "random kills", "no loss, no repeat, however often", is_random=True, has_rounds=True,
     open={"days": DAYS_A_ROUND, "orders": ORDERS_A_DAY})
def random_kills(firm: Firm, seconds: float) -> str:
    begin = time.monotonic()
    killer = Killer(firm, firm.kills or (0 if seconds else KILLS_DEFAULT), begin + seconds)
    rounds = 0
    while not killer.is_done():
        if rounds > 0:
            firm.open_again(rounds, days=DAYS_A_ROUND, orders=ORDERS_A_DAY)
        rounds += 1
        killer.play_round()
    assert killer.starting > 0 and killer.working > 0
    return f"{killer.kills()} kills ({killer.starting} at starts, {killer.working} at work), " \
           f"{killer.audits} audits, {killer.events} events, {time.monotonic() - begin:.0f} s"


class Killer:
    """Kills the processes of a firm until it is enough, and counts."""

    def __init__(self, firm: Firm, wanted: int, end: float) -> None:
        self.starting = self.working = self.audits = self.events = 0
        self._firm = firm
        self._wanted = wanted
        self._end = end
        self._lots = {name: random.Random(f"37 {name}") for name in ("a", "b")}
        self._guard = threading.Lock()

    def kills(self) -> int:
        return self.starting + self.working

    def is_done(self) -> bool:
        return self.kills() >= self._wanted and time.monotonic() >= self._end

    def play_round(self) -> None:
        """Days under load until it is enough, an audit after each."""
        fens = [self._firm.start(name) for name in self._lots]
        self._firm.wait_until_running()
        for _ in range(DAYS_A_ROUND):
            sender = self._firm.begin_day(EVENTS_A_SECOND)
            with ThreadPoolExecutor(len(fens)) as pool:
                strikes = [pool.submit(self._strike_on, fen, sender) for fen in fens]
            for strike in strikes:
                strike.result()
            self._firm.wait_until_right(120)
            self.audits += 1
            print(f"random-kills: {self.kills()} kills, {self.audits} audits", flush=True)
            if self.is_done():
                break
        # Only our kills ended them: nobody gave up, or was sent away, because of the other's.
        assert all(set(fen.ends) <= {-9} for fen in fens), [fen.ends for fen in fens]
        self.events += len(self._firm.events)

    def _strike_on(self, fen: Fen, sender: Program) -> None:
        """Kill it again and again while events come."""
        while sender.is_running() and not self.is_done():
            self._strike(fen, self._lots[fen.name])

    def _strike(self, fen: Fen, lot: random.Random) -> None:
        """One kill, while it starts or at work; the supervisor begins its next life."""
        if lot.random() < 1 / 3:
            due = fen.born + lot.random() * STARTING_SECONDS
        else:
            wait_until(fen.is_ready, 60, f"{fen.name} ready")
            due = time.monotonic() + lot.random() * WORKING_SECONDS
        wait_until(lambda: time.monotonic() >= due, 5)
        starts, is_starting = fen.starts, not fen.is_up()
        fen.kill()
        wait_until(lambda: fen.starts > starts, 10, f"{fen.name} started again")
        with self._guard:
            self.starting += is_starting
            self.working += not is_starting
