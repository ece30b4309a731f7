"""Rows that strike fen's own processes: kills, freezes, two owners, rebalances."""

from __future__ import annotations

import random
import re
import signal
import statistics
import time

from pathlib import Path

from confluent_kafka.admin import AdminClient, ConfigResource, ConfigSource

import proxy
from firm import BAD_CONFIGURATION, PARTITIONS, Fen, Firm
from lib.servers import ROOT, wait_until
from matrix import row

POINTS = re.findall(r'^FEN_FAULT_POINT_ROW\(\w+, "([a-z-]+)"\)$',
                    (ROOT / "engine/base/fault_points.def").read_text(), re.MULTILINE)
RATE = 120                 # events a second where a day must last for a while
LEDGER_BATCH_BYTES = 4096  # what the ledger's topic takes at once where it takes little
# A member that dies is missed after this long, not after the ten seconds of a real installation.
QUICK_SESSION = ("-X", "session.timeout.ms=2000", "-X", "heartbeat.interval.ms=500")


def die_at(firm: Firm, fen: Fen, point: str, times: int) -> None:
    """The process dies at that step so many times in a row, each time on its first passage.

    Each death is one that the step itself has announced: a step that is never come by, or a death
    of another reason, fails the row.
    """
    ends, hits = len(fen.ends), count_hits(fen, point)
    fen.with_fault(f"{point}:1:kill")
    fen.restart()
    slices = iter(range(40))
    asked: set[int] = set()

    def is_dead() -> bool:
        if len(fen.ends) >= ends + times:
            fen.without_fault()
            return True
        # Before it is up SIGTERM just ends it; a second one ends it at once.
        if point == "leaving" and fen.starts not in asked and fen.is_up():
            asked.add(fen.starts)
            fen.program.signal(signal.SIGTERM)
        elif point == "rebuild-read":
            with firm.redis.client() as client:
                client.flushall()
        if next(slices, None) is not None:
            firm.send_slice(10)
        return False

    wait_until(is_dead, 40, f"dead {times} times at {point}")
    assert fen.ends[ends:] == [-9] * (len(fen.ends) - ends), fen.ends[ends:]
    assert count_hits(fen, point) - hits == len(fen.ends) - ends >= times, f"{point} was not hit"
    fen.restart()


def count_hits(fen: Fen, point: str) -> int:
    """How often the step has said that it ends the process, over all lives."""
    return fen.output().count(f"fault point {point}: kill\n")


@row(1, "kill -9 at every step", "no loss, no repeat; back (goal 5 s, said)", short=True,
     open={"days": 8, "orders": 300})
def kill_at_every_step(firm: Firm, seconds: float) -> str:
    fen = firm.start()
    firm.wait_until_running()
    back = []
    counts = (1,) if firm.is_short else (1, 2)  # the short set leaves out twice in a row
    for point in POINTS:
        for times in counts:
            die_at(firm, fen, point, times)
            begin = time.monotonic()
            firm.wait_until_running()
            back.append(time.monotonic() - begin)
    kills = len(fen.ends)
    assert kills >= len(POINTS) * sum(counts)
    firm.wait_until_right()
    # The five seconds are a goal of a quiet machine and said, not asserted; see bench/recovery.
    how = "once" if firm.is_short else "once and twice in a row"
    return (f"{len(POINTS)} steps hit {how}, {kills} kills; back in "
            f"{statistics.median(back):.1f} s, at most {max(back):.1f}")


def is_stopped(fen: Fen) -> bool:
    """Whether a SIGSTOP holds it."""
    stat = Path(f"/proc/{fen.program.pid}/stat").read_text()
    return stat.rpartition(")")[2].split()[0] == "T"


def dropped(fen: Fen) -> float:
    """How many of its transactions did not count, so far as it knows."""
    return fen.metric("fen_worker_recoveries_total")


# What the broker, or its own client, says to a transaction whose time or owner is gone.
_REFUSAL = re.compile(r"fenced|epoch|UNKNOWN_MEMBER|unknown member|ILLEGAL_GENERATION|generation|"
                      r"invalid txn|INVALID_TXN|timed out", re.IGNORECASE)


def refusal(fen: Fen) -> str:
    """Why a transaction whose time or owner is gone did not count; fails while none was refused so.

    The process has two workers, frozen together: the one that does not stand at the fault's step
    may be refused for another reason, before or after it.
    """
    said = re.findall(r'"message":"(?:the outcome|fenced)[^}]*"reason":"([^"]*)"', fen.output())
    found = [str(one) for one in said if _REFUSAL.search(one)]
    assert found, said or fen.output()[-3000:]
    return found[-1]


@row(2, "SIGSTOP, standby takes over, SIGCONT", "zombie refused", short=True, is_random=True)
def zombie(firm: Firm, seconds: float) -> str:
    passage = random.Random(f"2 {firm.round}").randrange(3, 9) if firm.round else 4
    frozen = firm.start("a", *QUICK_SESSION, "-X", "transaction.timeout.ms=4000",
                        fault=f"offsets-sent:{passage}:freeze")
    wait_until(lambda: frozen.is_ready() or is_stopped(frozen), 60, "at work alone")
    firm.begin_day()
    # It stands right before its commit, its transaction open.
    wait_until(lambda: is_stopped(frozen), 60, "frozen")
    standby = firm.start("b", *QUICK_SESSION)
    begin = time.monotonic()
    wait_until(lambda: standby.metric("fen_worker_partitions") == PARTITIONS, 90, "taken over")
    took = time.monotonic() - begin
    firm.end_days()
    wait_until(lambda: standby.metric("fen_consumer_lag_records") == 0, 60, "standby is done")
    firm.wait_until_right()
    posted = firm.amount()
    frozen.program.signal(signal.SIGCONT)
    refused = wait_until(lambda: refusal(frozen), 60, "the zombie's commit is refused")
    # The batch in its hands has been posted by the other: nothing of it is there twice.
    assert firm.amount() == posted
    firm.send_day()
    firm.wait_until_right()
    assert frozen.ends == [] and standby.ends == []
    return f"taken over after {took:.1f} s; zombie: {refused}"


@row(3, "two live owners of one name", "one wins, no ping-pong", short=True)
def two_owners(firm: Firm, seconds: float) -> str:
    first = firm.start("a")
    firm.wait_until_running()
    firm.begin_day()
    second = firm.start("b", instance="a")
    wait_until(lambda: first.ends or second.ends, 60, "one wins")
    winner, loser = (first, second) if second.ends else (second, first)
    assert loser.ends == [BAD_CONFIGURATION], loser.ends  # what its supervisor does not try again
    assert "another process runs under this --group and --instance" in loser.output()
    firm.fens.remove(loser)
    wait_until(winner.is_ready, 30, "winner ready")
    firm.wait_until_right()
    assert winner.ends == [] and winner.program.is_running()
    return f"the {'older' if winner is first else 'newer'} one stays, the other leaves with 78"


@row(4, "rebalance in a batch", "dropped or committed", short=True, is_random=True)
def rebalance(firm: Firm, seconds: float) -> str:
    lot = random.Random(f"4 {firm.round}")
    # One worker: a commit that is counted is then that of the batch that was caught.
    stays = firm.start("a", "--workers", "1", *QUICK_SESSION, "-X",
                       "transaction.timeout.ms=20000")
    wait_until(stays.is_ready, 60, "at work alone")
    end = time.monotonic() + seconds
    outcomes: list[str] = []
    while len(outcomes) < 3 or (time.monotonic() < end and firm.has_days()):
        # The first is only asked to share; the second is away for longer than its session.
        is_away = len(outcomes) == 1 or (len(outcomes) > 2 and lot.random() < 0.3)
        guest = strike_batch(firm, stays, f"guest{len(outcomes)}", is_away, outcomes)
        firm.fens.remove(guest)
        assert guest.end(is_killed=len(outcomes) % 2 == 0) in (0, -9)
        wait_until(lambda: stays.metric("fen_worker_partitions") == PARTITIONS, 60, "taken back")
    rebalances = stays.metric("fen_worker_rebalances_total")
    firm.wait_until_right()
    assert stays.ends == [] and rebalances > len(outcomes)
    return (f"batches caught in the middle: {outcomes.count('committed')} committed, "
            f"{outcomes.count('dropped')} dropped; {rebalances:.0f} assignments taken")


def strike_batch(firm: Firm, stays: Fen, name: str, is_away: bool, outcomes: list[str]) -> Fen:
    """A guest joins while a transaction of the other is open: its offsets wait on their way."""
    held = firm.proxy.add(proxy.TXN_OFFSET_COMMIT, client="fen-a", on="request", action="stall")
    if not firm.senders or not firm.senders[-1].is_running():
        firm.begin_day(RATE)
    wait_until(held.happened.is_set, 60, "a batch is open")
    commits, lost = stays.metric("fen_worker_commits_total"), dropped(stays)
    if is_away:
        stays.program.signal(signal.SIGSTOP)
    guest = firm.start(name, *QUICK_SESSION)
    if is_away:
        wait_until(lambda: guest.metric("fen_worker_partitions") == PARTITIONS, 90, "taken over")
    else:
        wait_until(lambda: group_state(firm) == "PreparingRebalance", 60, "a rebalance begins")
    firm.proxy.resume(held)
    if is_away:
        stays.program.signal(signal.SIGCONT)
    wait_until(lambda: dropped(stays) > lost
               or stays.metric("fen_worker_commits_total") > commits, 90, "dropped or committed")
    outcomes.append("dropped" if dropped(stays) > lost else "committed")
    assert not is_away or outcomes[-1] == "dropped", outcomes
    wait_until(lambda: guest.metric("fen_worker_partitions") > 0, 90, "guest works")
    return guest


def group_state(firm: Firm) -> str:
    """What the coordinator says of the group."""
    admin = AdminClient({"bootstrap.servers": firm.bootstrap, "client.id": "harness",
                         "log_level": 0})
    return "".join(str(one.state) for one in admin.list_groups(firm.group, timeout=60))


@row(14, "a transaction past its time-out", "refused, tried again smaller", short=True,
     is_random=True)
def transaction_timeout(firm: Firm, seconds: float) -> str:
    passage = random.Random(f"14 {firm.round}").randrange(2, 8) if firm.round else 3
    fen = firm.start("a", "-X", "transaction.timeout.ms=2000",
                     fault=f"offsets-sent:{passage}:freeze")
    firm.begin_day()
    wait_until(lambda: is_stopped(fen), 60, "frozen in its transaction")
    # The coordinator aborts it by itself: then nothing holds its readers back any more.
    firm.end_days()
    begin = time.monotonic()
    wait_until(lambda: time.monotonic() - begin > 5, 10, "time-out passed")
    commits = firm.committed()
    fen.program.signal(signal.SIGCONT)
    refused = wait_until(lambda: refusal(fen), 60, "refused")
    assert firm.committed() >= commits
    firm.wait_until_right()
    seen = f"refused: {refused}"
    return seen if firm.is_short else f"{seen}; {refused_for_size(firm)}"


def refused_for_size(firm: Firm) -> str:
    """Batches of which the broker takes only small ones: what is refused comes again smaller."""
    assert firm.fens.pop().end() == 0
    before = set_topic(firm, "fen.ledger.v1", "max.message.bytes", str(LEDGER_BATCH_BYTES))
    try:
        firm.send_day()  # all of it waits when the process starts: one batch, if it could
        fen = firm.start("a")
        firm.wait_until_right(180)
        refused = dropped(fen)
        assert refused >= 2 and fen.ends == [], (refused, fen.ends)
        assert "Message size too large" in fen.output(), fen.output()[-3000:]
        return (f"a ledger that takes {LEDGER_BATCH_BYTES} bytes at once: {refused:.0f} batches "
                f"refused, then {fen.metric('fen_worker_commits_total'):.0f} smaller ones")
    finally:
        set_topic(firm, "fen.ledger.v1", "max.message.bytes", before)


def set_topic(firm: Firm, topic: str, name: str, value: str) -> str:
    """One setting of a topic, the others as they are; what it was before."""
    admin = AdminClient({"bootstrap.servers": firm.bootstrap, "client.id": "harness"})
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    found = admin.describe_configs([resource])[resource].result()
    own = {one.name: one.value for one in found.values()
           if one.source == ConfigSource.DYNAMIC_TOPIC_CONFIG.value}
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, set_config={**own, name: value})
    for future in admin.alter_configs([resource]).values():
        future.result()
    return str(own[name])
