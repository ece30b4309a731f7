"""Streams of the guides' API: live, resumed, through every loss; nothing missed nor doubled."""

from __future__ import annotations

import resource
import socket
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lib.api import GUIDE, Api, Books, Stream, ask, money
from lib.servers import Redis, wait_until


def test_stream_begins_with_a_snapshot_and_goes_on_live(api: Api, books: Books) -> None:
    books.post("guide:G1", 100, 200)
    books.post("guide:G2", 700)
    one = Stream(api.port, f"{GUIDE}/stream", api.token())
    two = Stream(api.port, "/v1/acme/payees/guide:G2/stream", api.token("guide:G2"))
    for stream in (one, two):
        stream.wait(lambda it: it.of("snapshot"))
        assert stream.status == 200
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        assert stream.headers["Transfer-Encoding"] == "chunked"
        assert stream.headers["X-Accel-Buffering"] == "no"
    assert one.events[0][0] == "2-0" and one.events[0][2]["balance"] == money(300)
    for amount in range(50):
        books.post("guide:G1", amount, -amount)
    one.wait(lambda it: len(it.seqs()) == 100)
    assert one.seqs() == list(range(3, 103))
    assert one.of("entries")[-1][0] == "102-0"
    assert one.of("entries")[0][2]["entries"][1]["amount_text"] == "¥0.00"
    assert two.of("entries") == [], "another guide's entries"


def test_stream_resumes_by_its_last_id_after_a_kill(api: Api, books: Books) -> None:
    books.post("guide:G1", 100)
    token = api.token()
    first = Stream(api.port, f"{GUIDE}/stream", token)
    first.wait(lambda it: it.of("snapshot"))
    books.post("guide:G1", 200, 300)
    first.wait(lambda it: it.seqs() == [2, 3])
    api.kill()
    first.wait(lambda it: it.has_ended)
    books.post("guide:G1", 400)
    books.post("guide:G1", 500, 600)
    api.start()
    again = Stream(api.port, f"{GUIDE}/stream", token, first.events[-1][0])
    again.wait(lambda it: len(it.seqs()) == 3)
    books.post("guide:G1", 700)
    again.wait(lambda it: len(it.seqs()) == 4)
    assert again.seqs() == [4, 5, 6, 7] and again.of("snapshot") == []
    polled = api.get(f"{GUIDE}/entries?after=3", token)[1]["entries"]
    assert [entry["seq"] for entry in polled] == [4, 5, 6, 7]


def test_stream_goes_on_from_within_a_record(api: Api, books: Books) -> None:
    books.post("guide:G1", 1, 2, 3, 4)
    for position in ("2", "2-0"):
        stream = Stream(api.port, f"{GUIDE}/stream?after={position}", api.token())
        stream.wait(lambda it: it.seqs() == [3, 4])


def test_a_gap_too_old_gives_a_snapshot(api: Api, books: Books) -> None:
    books.feed_length = 3
    for amount in range(1, 10):
        books.post("guide:G1", amount)
    token = api.token()
    old = Stream(api.port, f"{GUIDE}/stream", token, "2-0")
    old.wait(lambda it: it.of("snapshot"))
    assert old.events[0][0] == "9-0" and old.events[0][2]["balance"] == money(45)
    new = Stream(api.port, f"{GUIDE}/stream", token, "6-0")
    new.wait(lambda it: it.seqs() == [7, 8, 9])
    odd = Stream(api.port, f"{GUIDE}/stream", token, "rubbish")
    odd.wait(lambda it: it.of("snapshot"))
    books.post("guide:G1", 10)
    for stream, seqs in ((old, [10]), (new, [7, 8, 9, 10]), (odd, [10])):
        stream.wait(lambda it, seqs=seqs: it.seqs() == seqs)


def test_nothing_missed_nor_doubled_while_redis_is_emptied(api: Api, books: Books) -> None:
    books.post("guide:G1", 1)
    stream = Stream(api.port, f"{GUIDE}/stream", api.token())
    stream.wait(lambda it: it.of("snapshot"))
    expected = 1
    for _ in range(5):
        books.post("guide:G1", 1, 2)
        expected += 2
        stream.wait(lambda it, last=expected: it.seqs()[-1:] == [last])
        books.empty()
        assert api.get(f"{GUIDE}/summary", api.token())[1]["is_current"] is False
        books.post("guide:G1", 3)
        expected += 1
        books.empty()
        books.rebuild()
        stream.wait(lambda it, last=expected: it.seqs()[-1:] == [last])
    assert stream.seqs() == list(range(2, expected + 1))
    assert len(stream.of("snapshot")) == 1


def test_a_live_stream_that_redis_outran_gets_a_snapshot(api: Api, books: Books) -> None:
    books.feed_length = 2
    books.post("guide:G1", 1)
    stream = Stream(api.port, f"{GUIDE}/stream", api.token())
    stream.wait(lambda it: it.of("snapshot"))
    books.empty()
    for amount in range(2, 9):
        books.records["acme/guide:G1"] = books.records["acme/guide:G1"][-1:]
        books.accounts["acme/guide:G1"]["seq"] += 1
        books.records["acme/guide:G1"][-1] = _renumbered(books, amount)
    books.rebuild()
    stream.wait(lambda it: len(it.of("snapshot")) == 2)
    assert stream.of("snapshot")[1][0] == "8-0" and stream.seqs() == []
    books.post("guide:G1", 9)
    stream.wait(lambda it: it.seqs() == [9])


def _renumbered(books: Books, seq: int) -> dict[str, Any]:
    record = dict(books.records["acme/guide:G1"][-1])
    entry = {**record["entries"][0], "seq": seq}
    return {**record, "seq_first": seq, "entries": [entry]}


def test_redis_that_dies_is_waited_for(fen_binary: Path, fresh_redis: Redis,
                                       directory: Path) -> None:
    books = Books(fresh_redis.client())
    books.post("guide:G1", 1)
    api = Api(fen_binary, fresh_redis, directory)
    api.options = ["--api-rate", "0"]
    api.start()
    token = api.token()
    stream = Stream(api.port, f"{GUIDE}/stream", token)
    stream.wait(lambda it: it.of("snapshot"))
    fresh_redis.kill()
    wait_until(lambda: api.get(f"{GUIDE}/summary", token)[0] == 503, 30, "503 without Redis")
    assert api.get("/readyz")[0] == 503
    assert ask(api.port, f"{GUIDE}/stream", token)[0] == 503
    fresh_redis.start()
    books.client = fresh_redis.client()
    books.post("guide:G1", 2)
    stream.wait(lambda it: it.seqs() == [2], "the stream to go on")
    assert api.get(f"{GUIDE}/summary", token)[1]["seq"] == 2
    assert api.program is not None and api.program.stop() == 0


def test_a_quiet_stream_says_that_it_lives(api: Api, books: Books) -> None:
    books.post("guide:G1", 1)
    stream = Stream(api.port, f"{GUIDE}/stream", api.token())
    stream.wait(lambda it: it.comments > 0, "a comment within 15 seconds")
    assert [event[1] for event in stream.events] == ["snapshot"] and not stream.has_ended


def test_clients_that_go_away_leave_nothing_behind(api: Api, books: Books) -> None:
    books.post("guide:G1", 1)
    token = api.token()
    reset = struct.pack("ii", 1, 0)
    for number in range(120):
        client = socket.create_connection(("127.0.0.1", api.port))
        path = f"{GUIDE}/" + ("stream", "summary", "ranking")[number % 3]
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: l\r\n"
                       f"Authorization: Bearer {token}\r\n\r\n".encode())
        if number % 2:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        client.close()
        books.post("guide:G1", 1)
    wait_until(lambda: api.metric("fen_api_streams") == 0, 30, "all streams to be gone")
    assert api.get(f"{GUIDE}/summary", token)[1]["seq"] == 121


def test_streams_of_one_payee_and_in_all_are_bounded(make_api: Callable[..., Api],
                                                     books: Books) -> None:
    api = make_api("--api-rate", "0", "--api-streams", "10")
    books.post("guide:G1", 1)
    streams = [Stream(api.port, f"{GUIDE}/stream", api.token()) for _ in range(8)]
    status, said, headers = ask(api.port, f"{GUIDE}/stream", api.token())
    assert (status, said["code"], headers["Retry-After"]) == (429, "too-many-streams", "5")
    path = "/v1/acme/payees/guide:G2/stream"
    streams += [Stream(api.port, path, api.token("guide:G2")) for _ in range(2)]
    assert ask(api.port, path, api.token("guide:G2"))[0] == 503
    for stream in streams:
        stream.wait(lambda it: it.of("snapshot"))
        stream.close()
    wait_until(lambda: Stream(api.port, path, api.token("guide:G2")).status == 200, 30,
               "room again")


def test_a_client_that_takes_nothing_is_cut_off(api: Api, books: Books) -> None:
    books.post("guide:G1", 1)
    token = api.token()
    good = Stream(api.port, f"{GUIDE}/stream", token)
    good.wait(lambda it: it.of("snapshot"))
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.connect(("127.0.0.1", api.port))
    slow.sendall(f"GET {GUIDE}/stream HTTP/1.1\r\nHost: l\r\n"
                 f"Authorization: Bearer {token}\r\n\r\n".encode())
    wait_until(lambda: api.metric("fen_api_streams") == 2, 30, "both streams")
    last = 1
    while api.metric("fen_api_streams") == 2:
        books.post("guide:G1", *([1] * 200), rule="规" * 40)
        last += 200
        good.wait(lambda it, last=last: it.seqs()[-1:] == [last])
        assert last < 200000, "the slow client is never cut off"
    assert good.seqs() == list(range(2, last + 1))
    assert api.metric("fen_api_streams_gone_total") == 1
    slow.close()


def test_redis_tells_which_feeds_change(api: Api, books: Books) -> None:
    """One listener, told of every write; without it fences are polled, as the next test shows."""
    def listeners() -> int:
        return int(books.client.info("clients")["tracking_clients"])
    wait_until(lambda: listeners() >= 1, 30, "the API to listen")
    books.post("guide:G1", 1)
    stream = Stream(api.port, f"{GUIDE}/stream", api.token())
    stream.wait(lambda it: it.of("snapshot"))
    books.client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    wait_until(lambda: listeners() >= 1, 30, "the API to listen again")
    books.post("guide:G1", 2, 3)
    books.post("guide:G1", 4)
    stream.wait(lambda it: it.seqs() == [2, 3, 4])


def test_a_redis_that_tells_nothing_is_polled(fen_binary: Path, directory: Path) -> None:
    redis = Redis(directory / "silent", options=["--rename-command", "CLIENT", "NOTHERE"]).start()
    try:
        books = Books(redis.client())
        books.post("guide:G1", 1)
        api = Api(fen_binary, redis, directory)
        api.start()
        stream = Stream(api.port, f"{GUIDE}/stream", api.token())
        stream.wait(lambda it: it.of("snapshot"))
        books.post("guide:G1", 2, 3)
        stream.wait(lambda it: it.seqs() == [2, 3])
        books.post("guide:G1", 4)
        stream.wait(lambda it: it.seqs() == [2, 3, 4])
        assert api.program is not None
        assert "its fences are polled" in api.program.output()
        assert books.client.info("clients")["tracking_clients"] == 0
        assert api.program.stop() == 0
    finally:
        redis.kill()


def test_everybody_back_at_once_is_served_in_turn(api: Api, books: Books) -> None:
    payees = [f"guide:G{number}" for number in range(1, 9)]
    for payee in payees:
        for amount in range(1, 4):
            books.post(payee, amount)
    tokens = {payee: api.token(payee) for payee in payees}
    streams = [(number, Stream(api.port, f"/v1/acme/payees/{payee}/stream", tokens[payee],
                               "1-0" if number % 2 else None))
               for number in range(6) for payee in payees]
    for payee in payees:
        books.post(payee, 9)
    for number, stream in streams:
        stream.wait(lambda it: it.events[-1:] and it.events[-1][0] == "4-0")
        if number % 2:
            assert stream.seqs() == [2, 3, 4] and stream.of("snapshot") == []
        else:
            assert len(stream.of("snapshot")) == 1


def test_more_streams_than_descriptors_are_refused_at_the_start(api: Api) -> None:
    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (500, 500))
    command = [str(api.binary), "api", "-r", api.redis.address, "--partitions", "1", "--api-keys",
               str(api.keys), "--http", "127.0.0.1:0", "--api-streams", "600"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False,
                          preexec_fn=few)  # noqa: PLW1509
    assert done.returncode == 78
    assert "--api-streams 600" in done.stderr and "404" in done.stderr
