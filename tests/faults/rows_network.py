"""Rows that strike the network between fen and its brokers, and the brokers themselves."""

from __future__ import annotations

import time

from confluent_kafka import Producer

import proxy
from firm import PARTITIONS, Firm
from lib.servers import wait_until
from matrix import row


def wait_seconds(seconds: float) -> None:
    """A fault that is told by its duration lasts this long."""
    end = time.monotonic() + seconds
    wait_until(lambda: time.monotonic() >= end, seconds + 5, "time gone by")


@row(5, "reply to EndTxn lost", "taint, new producer, right outcome", short=True)
def reply_lost(firm: Firm, seconds: float) -> str:
    fen = firm.start()
    firm.wait_until_running()
    firm.begin_day(80)
    for lost in range(1, 4):
        firm.proxy.add(proxy.END_TXN, skip=2)
        wait_until(lambda: fen.metric("fen_worker_taints_total")
                   + fen.metric("fen_worker_recoveries_total") >= lost, 60, "noticed")
    firm.end_days()
    firm.wait_until_right()
    taints = fen.metric("fen_worker_taints_total")
    unknown = fen.metric("fen_worker_recoveries_total")
    return f"3 lost: {taints:.0f} taints, {unknown:.0f} recoveries"


def straggler(firm: Firm, fault: str) -> list[int]:
    """An EndTxn is held back, sent again by the client, and arrives in the next transaction.

    Returns: the error codes that the straggler gets from the broker; 0 is success.
    """
    fen = firm.start("loose" if fault else "strict", is_supervised=False,
                     environment={"FEN_FAULT_SKIP": fault})
    wait_until(fen.is_ready, 60, "ready")
    held = firm.proxy.add(proxy.END_TXN, on="request", action="hold", skip=1)
    # The next transaction is open, its first records are on their way, when the straggler comes.
    following = firm.proxy.add(proxy.TXN_OFFSET_COMMIT, on="request", action="delay", delay=1.0,
                               times=0)
    firm.begin_day(150)
    wait_until(held.happened.is_set, 60, "one is held back")
    ended = len(firm.proxy.answers)
    wait_until(lambda: len(firm.proxy.answers) > ended, 60, "the second try is answered")
    following.times = 1
    wait_until(following.happened.is_set, 60, "the next transaction is open")
    return firm.proxy.release(held)


@row(6, "EndTxn delayed into the next transaction", "straggler fenced; without taint: not",
     short=True)
def end_txn_delayed(firm: Firm, seconds: float) -> str:
    fenced = straggler(firm, "")
    assert all(code in (47, 90) for code in fenced) and fenced, f"straggler got {fenced}"
    firm.wait_until_right()
    taints = firm.fens[0].metric("fen_worker_taints_total")
    assert taints >= 1
    assert firm.fens[0].end() == 0
    firm.fens.clear()
    # The same without the taint rule: the broker takes the straggler for an answer of the next
    # transaction and ends it half-way. So it is the rule that holds.
    firm.send_day()
    loose = straggler(firm, "taint")
    assert loose == [0], f"without the rule the straggler got {loose}"
    firm.fens.pop().end(is_killed=True)
    firm.end_days()
    return f"with taint: error {fenced[0]}; without: accepted"


@row(7, "Produce delayed past its transaction", "refused, nothing twice")
def produce_delayed(firm: Firm, seconds: float) -> str:
    fen = firm.start()
    firm.wait_until_running()
    held = firm.proxy.add(proxy.PRODUCE, on="request", action="hold", skip=3, times=2)
    firm.begin_day()
    wait_until(lambda: held.hits == 2, 60, "two held back")
    commits = fen.metric("fen_worker_commits_total")
    wait_until(lambda: fen.metric("fen_worker_commits_total") >= commits + 2, 60, "went on")
    firm.proxy.release(held)
    firm.wait_until_right()
    return f"{fen.metric('fen_worker_taints_total'):.0f} taints; stragglers changed nothing"


@row(9, "hanging transaction", "alarm; no stale start", open={"days": 3})
def hanging_transaction(firm: Firm, seconds: float) -> str:
    fen = firm.start()
    firm.wait_until_running()
    firm.send_day()
    firm.wait_until_right()
    assert fen.end() == 0
    firm.fens.clear()
    stranger = Producer({"bootstrap.servers": firm.bootstrap, "transactional.id": "stranger",
                         "transaction.timeout.ms": 60000, "log_level": 0})
    stranger.init_transactions(30)
    stranger.begin_transaction()
    for number in range(PARTITIONS):
        stranger.produce("fen.accounts.v1", key=b"t9/ghost", value=b"\xff", partition=number)
    assert stranger.flush(30) == 0
    firm.send_day()
    fen = firm.start("b")
    wait_until(lambda: "state cannot be read to its end" in fen.output(), 60, "alarm")
    assert not fen.is_ready()
    assert fen.metric("fen_worker_commits_total") == 0
    stranger.abort_transaction(30)
    firm.wait_until_right()
    return "alarm after 20 s, no start before its end; then right"


@row(10, "brokers killed and restarted in turn", "pause, resume", short=True, is_random=True)
def brokers_killed(firm: Firm, seconds: float) -> str:
    fen = firm.start()
    firm.wait_until_running()
    end = time.monotonic() + seconds
    kills = 0
    stalls = []
    while kills < 3 or (time.monotonic() < end and firm.days < 4):
        if not firm.senders or not firm.senders[-1].is_running():
            firm.begin_day(150)
        node = kills % 3 + 1
        firm.kafka.kill(node)
        begin = time.monotonic()
        commits = fen.metric("fen_worker_commits_total")
        wait_until(lambda: fen.metric("fen_worker_commits_total") > commits + 3
                   or not firm.senders[-1].is_running(), 90, "goes on")
        stalls.append(time.monotonic() - begin)
        firm.kafka.start()
        wait_until(lambda: is_whole(firm), 60, "all in sync")
        kills += 1
    firm.wait_until_right()
    assert fen.ends == []
    return f"{kills} kills, commits again after {max(stalls):.1f} s at most"


def is_whole(firm: Firm) -> bool:
    """Every partition has all its replicas in sync."""
    from confluent_kafka.admin import AdminClient
    topics = AdminClient({"bootstrap.servers": firm.bootstrap, "log_level": 0}).list_topics(
        timeout=10).topics.values()
    return all(len(partition.isrs) == 3 for topic in topics
               for partition in topic.partitions.values())


@row(11, "cut between fen and the brokers", "no divergence", is_random=True)
def cut_off(firm: Firm, seconds: float) -> str:
    fen = firm.start()
    firm.wait_until_running()
    lengths = [1.0, 12.0] + ([60.0, 600.0] if seconds > 900 else [])
    for length in lengths:
        firm.begin_day()
        commits = fen.metric("fen_worker_commits_total")
        wait_until(lambda: fen.metric("fen_worker_commits_total") > commits, 30, "under way")
        firm.proxy.cut()
        wait_seconds(length)
        firm.proxy.mend()
        firm.wait_until_right(120)
    recoveries = fen.metric("fen_worker_recoveries_total")
    return f"{', '.join(f'{length:g} s' for length in lengths)}: {recoveries:.0f} recoveries"


@row(12, "slow link with latency", "only slower")
def slow_link(firm: Firm, seconds: float) -> str:
    fen = firm.start()
    firm.wait_until_running()
    firm.proxy.latency, firm.proxy.bytes_a_second = 0.05, 2_000_000
    firm.begin_day()
    firm.end_days()
    took = firm.wait_until_right(180)
    assert fen.metric("fen_worker_recoveries_total") == 0
    return f"50 ms and 2 MB/s: right {took:.0f} s after the last event, no recovery"


@row(13, "half-open connection", "time-out path, no divergence")
def half_open(firm: Firm, seconds: float) -> str:
    fen = firm.start()
    firm.wait_until_running()
    seen = []
    for way in ("back", "out"):
        firm.begin_day()
        commits = fen.metric("fen_worker_commits_total")
        wait_until(lambda: fen.metric("fen_worker_commits_total") > commits, 30, "under way")
        firm.proxy.cut(way=way)
        wait_seconds(15)
        firm.proxy.mend()
        firm.wait_until_right(120)
        recoveries = fen.metric("fen_worker_recoveries_total")
        seen.append(f"{'answers' if way == 'back' else 'requests'} lost 15 s")
    return f"{', '.join(seen)}: {recoveries:.0f} recoveries"
