"""Rows that strike fen's own processes: kills, freezes, two owners, rebalances."""

from __future__ import annotations

import random
import re
import signal
import time

from pathlib import Path

from firm import PARTITIONS, Fen, Firm
from lib.servers import ROOT, wait_until
from matrix import row

POINTS = re.findall(r'^FEN_FAULT_POINT_ROW\(\w+, "([a-z-]+)"\)$',
                    (ROOT / "engine/base/fault_points.def").read_text(), re.MULTILINE)
# A member that dies is missed after this long, not after the ten seconds of a real installation.
QUICK_SESSION = ("-X", "session.timeout.ms=2000", "-X", "heartbeat.interval.ms=500")


def die_at(firm: Firm, fen: Fen, point: str, times: int) -> None:
    """The process dies at that step so many times in a row, each time on its first passage."""
    ends = len(fen.ends)
    fen.with_fault(f"{point}:1:kill")
    fen.restart()
    slices = iter(range(40))

    def is_dead() -> bool:
        if len(fen.ends) >= ends + times:
            fen.without_fault()
            return True
        if point == "leaving" and fen.program.is_running():
            fen.program.signal(signal.SIGTERM)
        elif point == "rebuild-read":
            with firm.redis.client() as client:
                client.flushall()
        if next(slices, None) is not None:
            firm.send_slice(10)
        return False

    wait_until(is_dead, 40, f"dead {times} times at {point}")
    fen.restart()


@row(1, "kill -9 at every step", "no loss, no repeat; back in < 5 s", short=True, is_random=True,
     open={"days": 8, "orders": 300})
def kill_at_every_step(firm: Firm, seconds: float) -> str:
    fen = firm.start()
    firm.wait_until_running()
    back = []
    for point in POINTS:
        for times in (1, 2) if seconds else (1,):
            die_at(firm, fen, point, times)
            begin = time.monotonic()
            firm.wait_until_running()
            back.append(time.monotonic() - begin)
    kills = len(fen.ends)
    assert kills >= len(POINTS)
    kills += kill_at_random(firm, fen, seconds)
    firm.wait_until_right()
    assert max(back) < 5, f"back after {max(back):.1f} s"
    return f"{len(POINTS)} steps, {kills} kills; back in {max(back):.1f} s at most"


def kill_at_random(firm: Firm, fen: Fen, seconds: float) -> int:
    """kill -9 at moments drawn by lot, under load, for so long."""
    lot = random.Random(1)
    end = time.monotonic() + seconds
    kills = 0
    while time.monotonic() < end and (firm.days < 8 or firm._slices):
        firm.send_slice(lot.randrange(1, 40))
        due = time.monotonic() + lot.random() * 0.8
        wait_until(lambda: time.monotonic() > due, 5)
        fen.kill()
        kills += 1
    return kills


@row(2, "SIGSTOP, standby takes over, SIGCONT", "zombie refused", short=True)
def zombie(firm: Firm, seconds: float) -> str:
    frozen = firm.start("a", *QUICK_SESSION, "-X", "transaction.timeout.ms=4000",
                        fault="offsets-sent:4:freeze")
    wait_until(lambda: "partitions" in frozen.output(), 30)
    standby = firm.start("b", *QUICK_SESSION)
    firm.begin_day()
    begin = time.monotonic()
    # The frozen one stands right before its commit, its transaction open.
    wait_until(lambda: standby.metric("fen_worker_partitions") == PARTITIONS, 90, "taken over")
    took = time.monotonic() - begin
    firm.end_days()
    wait_until(lambda: standby.metric("fen_consumer_lag_records") == 0, 60, "standby is done")
    frozen.program.signal(signal.SIGCONT)
    wait_until(lambda: re.search(r"going back to the log|letting go of the partitions|has failed|"
                                 r"revoked", frozen.output()), 60, "zombie noticed")
    firm.send_day()
    firm.wait_until_right()
    said = re.findall(r'"message":"(the outcome[^"]*|fenced[^"]*)","[^}]*"reason":"([^"]*)"',
                      frozen.output())
    return f"taken over after {took:.1f} s; zombie: {said[0][1] if said else 'revoked'}"


@row(3, "two live owners of one name", "one wins, no ping-pong", short=True)
def two_owners(firm: Firm, seconds: float) -> str:
    first = firm.start("a", is_supervised=False)
    firm.wait_until_running()
    firm.begin_day()
    second = firm.start("b", is_supervised=False, instance="a")
    wait_until(lambda: first.program.is_running() != second.program.is_running(), 60, "one wins")
    winner, loser = (first, second) if first.program.is_running() else (second, first)
    assert loser.program.wait(1) == 1
    firm.fens.remove(loser)
    wait_until(winner.is_ready, 30, "winner ready")
    firm.wait_until_right()
    assert winner.program.is_running()
    return f"the {'older' if winner is first else 'newer'} one stays, the other leaves with 1"


@row(4, "rebalance in a batch", "dropped or committed", short=True, is_random=True)
def rebalance(firm: Firm, seconds: float) -> str:
    stays = firm.start("a", *QUICK_SESSION)
    firm.begin_day()
    end = time.monotonic() + seconds
    joins = 0
    while joins < 3 or (time.monotonic() < end and firm.days < 4):
        guest = firm.start(f"guest{joins}", *QUICK_SESSION)
        wait_until(lambda: guest.metric("fen_worker_partitions") > 0, 60, "guest works")
        joins += 1
        if not firm.senders or not firm.senders[-1].is_running():
            firm.begin_day()
        firm.fens.remove(guest)
        assert guest.end(is_killed=joins % 2 == 0) in (0, -9)
        wait_until(lambda: stays.metric("fen_worker_partitions") == PARTITIONS, 60, "taken back")
    rebalances = stays.metric("fen_worker_rebalances_total")
    firm.wait_until_right()
    return f"{joins} guests, {rebalances:.0f} assignments taken"


@row(14, "a transaction past its time-out", "refused, tried again smaller", short=True)
def transaction_timeout(firm: Firm, seconds: float) -> str:
    fen = firm.start("a", "-X", "transaction.timeout.ms=2000", fault="offsets-sent:3:freeze")
    firm.begin_day()

    def is_frozen() -> bool:
        stat = Path(f"/proc/{fen.program.pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] == "T"

    wait_until(is_frozen, 60, "frozen in its transaction")
    # The coordinator aborts it by itself: then nothing holds its readers back any more.
    firm.end_days()
    begin = time.monotonic()
    wait_until(lambda: time.monotonic() - begin > 5, 10, "time-out passed")
    fen.program.signal(signal.SIGCONT)
    wait_until(lambda: fen.metric("fen_worker_recoveries_total") >= 1, 60, "recovered")
    firm.wait_until_right()
    reason = re.findall(r"going back to the log[^}]*\"reason\":\"([^\"]*)\"", fen.output())
    return f"recovered: {reason[0] if reason else 'fenced'}"
