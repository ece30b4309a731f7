"""Rows that strike the network between fen and its brokers, and the brokers themselves."""

from __future__ import annotations

import random
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


def keep_load(firm: Firm, rate: int) -> None:
    """A further day begins when one is over, and a day more is made when all are."""
    if firm.senders and firm.senders[-1].is_running():
        return
    if not firm.has_days():
        firm.make_day()
    firm.begin_day(rate)


@row(5, "reply to EndTxn lost", "taint, new producer, right outcome", short=True,
     is_random=True)
def reply_lost(firm: Firm, seconds: float) -> str:
    fen = firm.start()
    firm.wait_until_running()
    lot = random.Random(f"5 {firm.round}")
    for lost in range(1, 4):
        firm.proxy.add(proxy.END_TXN, skip=lot.randrange(1, 5) if firm.round else 2)

        def is_noticed() -> bool:
            keep_load(firm, 80)
            return fen.metric("fen_worker_taints_total") \
                + fen.metric("fen_worker_recoveries_total") >= lost

        wait_until(is_noticed, 120, "noticed")
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
    firm.begin_day(150)
    wait_until(held.happened.is_set, 60, "one is held back")
    name = held.held[0].transaction  # another worker's transactions say nothing about this one's
    wait_until(lambda: any(one == name for one, _ in firm.proxy.answers[held.answers_before:]),
               60, "the second try is answered")
    # The next transaction is open, its first records are on their way, when the straggler comes.
    following = firm.proxy.add(proxy.TXN_OFFSET_COMMIT, on="request", action="stall",
                               transaction=name)
    wait_until(following.happened.is_set, 60, "the next transaction is open")
    codes = [answer.error() for answer in firm.proxy.release(held)]
    firm.proxy.resume(following)
    return codes


def loose_straggler(firm: Firm) -> list[int]:
    """The same in a process without the taint rule, which does not outlive it."""
    codes = straggler(firm, "taint")
    firm.fens.pop().end(is_killed=True)
    firm.end_days()
    return codes


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
    loose = loose_straggler(firm)
    assert loose == [0], f"without the rule the straggler got {loose}"
    return f"with taint: error {fenced[0]}; without: accepted"


# What a broker says to a batch of a former life: the epoch, the sequence, the transaction is over.
# One of the last five that it has of this epoch is no error: it tells where that was written.
_PRODUCE_REFUSED = {45: "OUT_OF_ORDER_SEQUENCE", 46: "DUPLICATE_SEQUENCE",
                    47: "INVALID_PRODUCER_EPOCH", 48: "INVALID_TXN_STATE", 90: "PRODUCER_FENCED"}


@row(7, "Produce delayed past its transaction", "refused, nothing twice", is_random=True)
def produce_delayed(firm: Firm, seconds: float) -> str:
    lot = random.Random(f"7 {firm.round}")
    fen = firm.start()
    firm.wait_until_running()
    held = firm.proxy.add(proxy.PRODUCE, on="request", action="hold",
                          skip=lot.randrange(12) if firm.round else 3, times=2)
    firm.begin_day(100)
    wait_until(lambda: held.hits == 2, 60, "two held back")
    commits = fen.metric("fen_worker_commits_total")
    wait_until(lambda: fen.metric("fen_worker_commits_total") >= commits + 2, 60, "went on")
    ends = firm.ends()
    answers = firm.proxy.release(held)
    said = []
    for answer in answers:
        topic, number, offset = answer.written()
        is_known = answer.error() == 0 and offset < ends[topic, number]
        said.append("no news" if is_known else _PRODUCE_REFUSED.get(answer.error(), "accepted"))
    firm.wait_until_right()
    firm.send_day()  # nothing hangs: what comes behind them is read
    firm.wait_until_right()
    assert len(said) == 2 and "accepted" not in said, (said, [one.error() for one in answers])
    return f"{fen.metric('fen_worker_taints_total'):.0f} taints; the stragglers were {said}"


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


@row(10, "brokers killed or stopped, and restarted, in turn", "pause, resume", short=True,
     is_random=True)
def brokers_killed(firm: Firm, seconds: float) -> str:
    fen = firm.start()
    firm.wait_until_running()
    end = time.monotonic() + seconds
    kills = 0
    stalls = []
    while kills < 3 or (time.monotonic() < end and firm.has_days()):
        if not firm.senders or not firm.senders[-1].is_running():
            firm.begin_day(150)
        node = kills % 3 + 1
        # In order every third time: leaders and coordinators are handed over then.
        (firm.kafka.stop if kills % 3 == 2 else firm.kafka.kill)(node)
        begin = time.monotonic()
        commits = fen.metric("fen_worker_commits_total")
        wait_until(lambda: fen.metric("fen_worker_commits_total") > commits + 3
                   or not firm.senders[-1].is_running(), 90, "goes on")
        stalls.append(time.monotonic() - begin)
        firm.kafka.start()
        wait_until(lambda: is_whole(firm), 60, "all in sync")
        kills += 1
    firm.wait_until_right()
    assert fen.ends == [], f"{fen.ends}: {fen.output()[-3000:]}"
    ghosts = fen.output().count(_ITSELF)
    return f"{kills} brokers gone, commits again after {max(stalls):.1f} s at most" + (
        f"; fenced by itself {ghosts} times" if ghosts else "")


_ITSELF = "it was this process itself"
_FENCED_INSTANCE_ID = 82


@row(40, "fenced as an instance by its own former self", "joins anew, stays", short=True)
def own_ghost(firm: Firm, seconds: float) -> str:
    """What a client hears whose session ran out while it joined; the broker's members are its."""
    fen = firm.start()
    firm.wait_until_running()
    firm.begin_day(150)
    for times in range(1, 3):
        firm.proxy.add(proxy.HEARTBEAT, action="error", code=_FENCED_INSTANCE_ID)
        wait_until(lambda: fen.output().count(_ITSELF) == times, 60, "joined anew")
        wait_until(fen.is_ready, 60, "at work again")
    firm.wait_until_right()
    assert fen.ends == [], f"{fen.ends}: {fen.output()[-3000:]}"
    return "twice, the process went on"


def is_whole(firm: Firm) -> bool:
    """Every partition has all its replicas in sync."""
    from confluent_kafka.admin import AdminClient
    topics = AdminClient({"bootstrap.servers": firm.bootstrap, "log_level": 0}).list_topics(
        timeout=60).topics.values()
    return all(len(partition.isrs) == 3 for topic in topics
               for partition in topic.partitions.values())


@row(11, "cut between fen and the brokers", "no divergence", is_random=True)
def cut_off(firm: Firm, seconds: float) -> str:
    fen = firm.start()
    firm.wait_until_running()
    lot = random.Random(f"11 {firm.round}")
    end = time.monotonic() + seconds
    lengths: list[float] = []
    while len(lengths) < 2 or (time.monotonic() < end and firm.has_days()):
        firm.begin_day()
        # From a second to ten minutes, as likely 1 to 10 as 10 to 100; not beyond what is left.
        length = 1.0 if not lengths else 12.0 if len(lengths) == 1 and firm.round == 0 \
            else min(600 ** lot.random(), max(end - time.monotonic(), 1.0))
        lengths.append(length)
        commits = fen.metric("fen_worker_commits_total")
        wait_until(lambda: fen.metric("fen_worker_commits_total") > commits, 30, "under way")
        firm.proxy.cut()
        wait_seconds(length)
        firm.proxy.mend()
        firm.wait_until_right(120)
    assert fen.ends == [], fen.ends
    recoveries = fen.metric("fen_worker_recoveries_total")
    return f"{', '.join(f'{length:.0f} s' for length in lengths)}: {recoveries:.0f} recoveries"


@row(12, "slow link with latency and jitter", "only slower", is_random=True)
def slow_link(firm: Firm, seconds: float) -> str:
    fen = firm.start()
    firm.wait_until_running()
    lot = random.Random(f"12 {firm.round}")
    draw = lot.random if firm.round else lambda: 0.25
    latency, jitter = 0.2 * draw(), 0.4 * draw()
    firm.proxy.latency, firm.proxy.jitter, firm.proxy.bytes_a_second = latency, jitter, 2_000_000
    firm.begin_day()
    firm.end_days()
    took = firm.wait_until_right(180)
    assert fen.metric("fen_worker_recoveries_total") == 0
    assert fen.metric("fen_worker_taints_total") == 0 and fen.ends == []
    return (f"{latency * 1e3:.0f} to {(latency + jitter) * 1e3:.0f} ms and 2 MB/s: right "
            f"{took:.0f} s after the last event, no recovery, no taint")


@row(13, "half-open connection", "time-out path, no divergence", is_random=True)
def half_open(firm: Firm, seconds: float) -> str:
    fen = firm.start()
    firm.wait_until_running()
    seen = []
    for way in ("back", "out"):
        firm.begin_day()
        commits = fen.metric("fen_worker_commits_total")
        wait_until(lambda: fen.metric("fen_worker_commits_total") > commits, 30, "under way")
        before = fen.metric("fen_worker_recoveries_total")
        begin = time.monotonic()
        firm.proxy.cut(way=way)
        # No reset, no end of file: only its own time-outs can tell it. The network stays as it is.
        wait_until(lambda: fen.metric("fen_worker_recoveries_total") > before, 180, "timed out")
        took = time.monotonic() - begin
        assert "timed out" in fen.output() or "_TIMED_OUT" in fen.output(), fen.output()[-3000:]
        assert not fen.is_ready()
        firm.proxy.mend()
        firm.wait_until_right(120)
        seen.append(f"{'answers' if way == 'back' else 'requests'} lost: timed out after "
                    f"{took:.0f} s")
    assert fen.ends == [], fen.ends
    return f"{', '.join(seen)}; back at work when the network was"
