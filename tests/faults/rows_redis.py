"""Rows that strike Redis: gone, emptied, failed over, refusing, edited by hand."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import Any

from firm import Fen, Firm
from lib.servers import Redis, free_port, wait_until
from matrix import row
from rows_machine import Clock


LOADED_KEYS = 15_000


def rebuilt(fen: Fen, since: float) -> bool:
    return fen.metric("fen_projector_rebuilds_total") > since


@row(15, "Redis down, for an hour and two days by the clock",
     "core unaffected; caught up (goal 60 s, said)")
def redis_down(firm: Firm, seconds: float) -> str:
    clock = Clock(firm)
    fen = firm.start(environment=clock.environment)
    firm.wait_until_running()
    firm.begin_day()
    wait_until(lambda: fen.metric("fen_worker_commits_total") > 3, 30, "under way")
    firm.redis.kill()
    for hours in (1, 49):
        clock.set(hours)
        posted = firm.amount()
        firm.send_day()
        wait_until(lambda: fen.metric("fen_consumer_lag_records") == 0, 90, "posted without Redis")
        assert firm.amount() > posted
        assert fen.metric("fen_worker_recoveries_total") == 0 and fen.ends == []
        assert not fen.is_ready()
    firm.redis.start()
    took = firm.wait_until_right()
    wait_until(fen.is_ready, 60, "ready again")
    assert fen.ends == []
    return f"three days posted without it, 49 h by the clock; right {took:.1f} s after its start"


@row(16, "fail-over that loses a tail", "fence tells, what is lost is written again", short=True,
     redis={"tcp": True})
def failover(firm: Firm, seconds: float) -> str:
    host, port = firm.redis.tcp_address.split(":")
    replica = Redis(firm.directory / "replica", tcp=True,
                    options=["--replicaof", f"{host} {port}", "--replica-read-only", "yes"])
    replica.start()
    client = replica.client()
    wait_until(lambda: client.info("replication")["master_link_status"] == "up", 30, "replicates")
    fen = firm.start()
    firm.wait_until_running()
    firm.send_day()
    firm.wait_until_right()
    client.replicaof("NO", "ONE")  # cut off: what the primary takes from here on is the lost tail
    firm.send_day()
    firm.wait_until_right()
    before = fen.metric("fen_projector_rebuilds_total")
    firm.redis.kill()
    # The replica takes the primary's place, at its address: a symbolic link to its socket.
    firm.redis.socket.unlink(missing_ok=True)
    firm.redis.socket.symlink_to(replica.socket)
    begin = time.monotonic()
    wait_until(lambda: rebuilt(fen, before), 60, "the loss is noticed")
    took = time.monotonic() - begin
    firm.send_day()
    firm.wait_until_right()
    client.close()
    assert fen.end() == 0
    firm.fens.clear()
    replica.kill()
    return f"noticed and mended from {took:.1f} s on"


@row(17, "FLUSHALL, empty restart under load", "rebuilt (goal 60 s, said)", short=True,
     is_random=True)
def flushed(firm: Firm, seconds: float) -> str:
    fen = firm.start()
    firm.wait_until_running()
    took = []
    for what in ("flushall", "restart"):
        firm.begin_day()
        wait_until(lambda: fen.metric("fen_projector_payees_applied_total") > 5, 30, "under way")
        before = fen.metric("fen_projector_rebuilds_total")
        begin = time.monotonic()
        if what == "flushall":
            with firm.redis.client() as client:
                client.flushall()
        else:
            firm.redis.kill()
            firm.redis.start()
        wait_until(lambda: rebuilt(fen, before), 60, "rebuilt")
        firm.wait_until_right()
        took.append(time.monotonic() - begin)
    assert fen.ends == [] and fen.metric("fen_worker_recoveries_total") == 0
    return f"right again after {took[0]:.0f} s and {took[1]:.0f} s, load included"


@row(41, "Redis frozen past every time-out, and back", "goes on; caught up; nothing stale",
     short=True, is_random=True)
def frozen(firm: Firm, seconds: float) -> str:
    fen = firm.start()
    firm.wait_until_running()
    firm.begin_day(150)
    wait_until(lambda: fen.metric("fen_projector_payees_applied_total") > 5, 30, "under way")
    process = int((firm.redis.directory / "pid").read_text().split()[0])
    os.kill(process, signal.SIGSTOP)
    try:
        # Requests are on their way, and connections stay open: only time tells.
        wait_until(lambda: not fen.is_ready(), 60, "noticed")
        commits = fen.metric("fen_worker_commits_total")
        firm.send_day()
        wait_until(lambda: fen.metric("fen_consumer_lag_records") == 0, 90, "posted without Redis")
        assert fen.metric("fen_worker_commits_total") > commits
        assert fen.metric("fen_worker_recoveries_total") == 0 and not fen.is_ready()
    finally:
        os.kill(process, signal.SIGCONT)
    # What it takes up now are requests of connections that were given up long ago, too.
    took = firm.wait_until_right()
    wait_until(fen.is_ready, 60, "ready again")
    firm.send_day()
    firm.wait_until_right()
    assert fen.ends == [] and fen.metric("fen_worker_recoveries_total") == 0
    return f"two days posted while it answered nothing; right {took:.1f} s after it did"


def set_memory(client: Any, size: int) -> None:
    client.config_set("maxmemory-policy", "noeviction")
    client.config_set("maxmemory", size)


@row(18, "out of memory, read-only, script cache gone", "retry, never advance")
def refusals(firm: Firm, seconds: float) -> str:
    fen = firm.start()
    firm.wait_until_running()
    client = firm.redis.client()
    firm.send_day()
    firm.wait_until_right()
    set_memory(client, 1)
    firm.send_day()
    wait_until(lambda: fen.metric("fen_consumer_lag_records") == 0, 60, "posted")
    wait_until(lambda: "OOM" in fen.output(), 30, "refused for want of memory")
    set_memory(client, 0)
    firm.wait_until_right()
    client.script_flush()
    firm.send_day()
    firm.wait_until_right()
    client.replicaof("127.0.0.1", "1")  # a replica refuses writes: READONLY
    firm.send_day()
    wait_until(lambda: "READONLY" in fen.output(), 60, "refused as read-only")
    client.replicaof("NO", "ONE")
    firm.wait_until_right()
    client.close()
    return "OOM, NOSCRIPT, READONLY each waited for and made up"


@row(38, "Redis loading", "waits, never advances; right when it has loaded",
     redis={"persist": True, "options": ["--key-load-delay", "400"]})
def loading(firm: Firm, seconds: float) -> str:
    fen = firm.start()
    firm.wait_until_running()
    with firm.redis.client() as client:
        pipeline = client.pipeline(transaction=False)
        for number in range(LOADED_KEYS):  # what makes the load long
            pipeline.set(f"other:{number}", number)
        pipeline.execute()
    firm.begin_day(150)
    wait_until(lambda: fen.metric("fen_projector_payees_applied_total") > 5, 30, "under way")
    recoveries = fen.metric("fen_worker_recoveries_total")
    firm.redis.kill()
    begin = time.monotonic()
    firm.redis.start()  # returns when all is loaded
    took = time.monotonic() - begin
    firm.wait_until_right()
    assert "LOADING" in fen.output(), fen.output()[-2000:]
    assert fen.metric("fen_worker_recoveries_total") == recoveries and fen.ends == []
    with firm.redis.client() as client:
        assert client.exists(f"other:{LOADED_KEYS - 1}")
    return f"loading for {took:.1f} s: refused, waited for, made up"


@row(19, "a key edited or deleted by hand", "found and repaired")
def edited(firm: Firm, seconds: float) -> str:
    fen = firm.start("a", "--scrub", "3s")
    firm.wait_until_running()
    firm.send_day()
    firm.wait_until_right()
    client = firm.redis.client()
    accounts = [key for key in client.scan_iter("fen:*") if client.type(key) == "hash"
                and client.hexists(key, "balance")]
    assert accounts, "no account in Redis"
    client.hset(accounts[0], "balance", 123456789)
    client.delete(accounts[1])
    ranking = next(client.scan_iter("fen:*:rank:*"))
    client.delete(ranking)
    begin = time.monotonic()
    firm.begin_day()  # the damaged accounts rest, others move
    firm.wait_until_right(120)
    client.close()
    assert "edited or deleted by hand" in fen.output()
    return f"{fen.metric('fen_projector_rebuilds_total'):.0f} rebuilds, right after " \
           f"{time.monotonic() - begin:.0f} s"


@row(36, "Redis Cluster of three: slots move, a node emptied", "follows them; rebuilt")
def cluster(firm: Firm, seconds: float) -> str:
    nodes = [Redis(firm.directory / f"node{number}", tcp=True,
                   options=["--cluster-enabled", "yes", "--cluster-node-timeout", "2000",
                            "--cluster-port", str(free_port())]).start() for number in range(3)]
    cli = ["redis-cli", "--cluster-yes", "--cluster"]
    addresses = [node.tcp_address for node in nodes]

    def call(*words: str) -> bool:
        done = subprocess.run([*cli, *words], capture_output=True, text=True, timeout=600,
                              check=False)
        assert done.returncode == 0, done.stdout[-1000:] + done.stderr
        return True

    wait_until(lambda: call("create", *addresses), 60, "cluster made")
    wait_until(lambda: call("check", addresses[0]), 60, "cluster sound")
    firm.redis_address = addresses[0]
    fen = firm.start()
    firm.wait_until_running()
    firm.begin_day(150)
    wait_until(lambda: fen.metric("fen_projector_payees_applied_total") > 5, 30, "under way")
    # Every slot of the third node moves to the others, under load.
    clients = [node.client() for node in nodes]
    names = [client.execute_command("CLUSTER", "MYID") for client in clients]
    call("reshard", addresses[0], "--cluster-from", names[2], "--cluster-to", names[0],
         "--cluster-slots", "16384")
    firm.wait_until_right()
    keys = [sum(1 for _ in client.scan_iter("fen:*")) for client in clients]
    # A master without a slot becomes a replica of who has them now.
    assert keys[0] > 0 and keys[1] > 0 and clients[2].info("replication")["role"] == "slave"
    clients[0].flushall()
    firm.send_day()
    firm.wait_until_right()
    assert fen.ends == []
    assert fen.end() == 0
    firm.fens.clear()
    for node, client in zip(nodes, clients):
        client.close()
        node.kill()
    return f"slots moved under load; {keys[0]} + {keys[1]} keys, half of them lost and written anew"
