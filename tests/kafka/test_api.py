"""The guides' API on a real Redis: what it says, and whom it refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from lib.api import GUIDE, Api, Books, Stream, ask, money
from lib.servers import Redis, wait_until

SHANGHAI = timezone(timedelta(hours=8))


# --- what it says ---------------------------------------------------------------------------------


def test_summary_tells_a_guides_money_apart(api: Api, books: Books) -> None:
    now = datetime.now(SHANGHAI)
    today, month = now.strftime("%Y-%m-%d"), now.strftime("%Y-%m")
    later = (now + timedelta(days=9)).strftime("%Y-%m-%d")
    at = int(now.timestamp() * 1000)
    books.post("guide:G1", 1234567, period="2020-01", available_on="2020-01-09",
               earned_at=1578500000000)
    books.post("guide:G1", -1000000, role="payout", kind="payout", period="2020-02",
               available_on="2020-02-01", earned_at=1580500000000)
    books.post("guide:G1", 1845, -923, period=month, available_on=later, earned_at=at)
    books.post("guide:G1", 700, role="serve", period=month, available_on=None, earned_at=at)
    status, said = api.get(f"{GUIDE}/summary", api.token())
    assert status == 200
    assert (said["tenant"], said["payee"], said["store"]) == ("acme", "guide:G1", "S1")
    assert (said["seq"], said["is_current"], said["as_of"]) == (5, True, 1795000000000)
    assert said["balance"] == money(1234567 - 1000000 + 922 + 700)
    assert said["today"] == {"date": today, "total": money(1622), "entries": 3,
                             "is_complete": True,
                             "by_role": {"share": money(922), "serve": money(700)}}
    assert said["month"] == {"period": month, "total": money(1622),
                             "by_role": {"share": money(922), "serve": money(700)}}
    assert said["pending"] == {"total": money(1622), "dates": [
        {"available_on": later, "amount": money(922)},
        {"available_on": None, "amount": money(700)}]}
    assert said["available"] == money(234567)
    assert said["available"]["text"] == "¥2,345.67"
    assert (said["paid"], said["receivable"]) == (money(1000000), money(0))


def test_summary_of_one_who_owes_and_of_one_who_has_nothing(api: Api, books: Books) -> None:
    books.post("guide:G1", 600, -1845, available_on="2020-01-01")
    status, said = api.get(f"{GUIDE}/summary", api.token())
    assert status == 200
    assert said["receivable"] == money(1245)
    assert said["balance"]["text"] == "−¥12.45"
    status, said = api.get("/v1/acme/payees/guide:NEW/summary", api.token("guide:NEW"))
    assert (status, said["seq"], said["balance"], said["store"]) == (200, 0, money(0), None)


def test_summary_says_when_redis_is_not_up_to_date(api: Api, books: Books) -> None:
    books.post("guide:G1", 100)
    books.client.hset("fen:{p0}:fence", "seq", "rebuild-17")
    assert api.get(f"{GUIDE}/summary", api.token())[1]["is_current"] is False
    books.empty()
    status, said = api.get(f"{GUIDE}/summary", api.token())
    assert (status, said["is_current"], said["as_of"], said["seq"]) == (200, False, None, 0)


def test_entries_page_by_seq_in_both_directions(api: Api, books: Books) -> None:
    for size in (1, 3, 5, 2, 1, 4):
        books.post("guide:G1", *range(1, size + 1))
    token = api.token()

    def pages(query: str, way: str) -> list[int]:
        seqs: list[int] = []
        while True:
            status, said = api.get(f"{GUIDE}/entries?{query}&limit=4", token)
            assert status == 200 and said["oldest"] == 1 and said["is_cut"] is False
            seqs += [entry["seq"] for entry in said["entries"]]
            if not said["has_more"]:
                return seqs
            query = f"{way}={seqs[-1]}"

    assert pages("after=0", "after") == list(range(1, 17))
    assert pages("after=6", "after") == list(range(7, 17))
    assert pages("before=99", "before") == list(range(16, 0, -1))
    for before in range(1, 18):
        assert pages(f"before={before}", "before") == list(range(before - 1, 0, -1))
    first = api.get(f"{GUIDE}/entries?limit=1", token)[1]["entries"][0]
    assert first["amount_text"] == "¥0.01" and first["plan"] == "demo@3"
    assert first["rule"] == "分享" and first["rate_ppm"] == 45000


def test_entries_say_what_redis_does_not_have_any_more(api: Api, books: Books) -> None:
    books.feed_length = 3
    for amount in range(1, 8):
        books.post("guide:G1", amount)
    token = api.token()
    said = api.get(f"{GUIDE}/entries?after=2", token)[1]
    assert (said["oldest"], said["is_cut"]) == (5, True)
    assert [entry["seq"] for entry in said["entries"]] == [5, 6, 7]
    assert api.get(f"{GUIDE}/entries?after=4", token)[1]["is_cut"] is False
    assert api.get(f"{GUIDE}/entries?before=7", token)[1]["is_cut"] is True


def test_order_gives_the_payees_lines_with_their_reasons(api: Api, books: Books) -> None:
    books.post("guide:G1", 1845, subject="order:O1", touch="t1", capped_by="每单封顶")
    books.post("guide:G1", 500, subject="order:O2")
    books.post("guide:G1", -923, subject="order:O1", kind="reversal")
    books.post("guide:G1", 60, subject="order:O1", role="serve", rule="提货", line=2)
    token = api.token()
    status, said = api.get(f"{GUIDE}/orders/O1", token)
    assert status == 200 and said["is_complete"] is True
    assert [(e["seq"], e["kind"], e["amount"]) for e in said["entries"]] == [
        (1, "accrual", 1845), (3, "reversal", -923), (4, "accrual", 60)]
    assert (said["entries"][0]["touch"], said["entries"][0]["capped_by"]) == ("t1", "每单封顶")
    assert said["entries"][1]["amount_text"] == "−¥9.23"
    assert said["total"] == money(982)
    assert [(g["line"], g["role"], g["rule"], g["amount"]) for g in said["lines"]] == [
        (1, "share", "分享", money(922)), (2, "serve", "提货", money(60))]
    assert api.get(f"{GUIDE}/orders/O", token)[0] == 404
    assert api.get(f"{GUIDE}/orders/O3", token)[1]["code"] == "no-such-order"


def test_order_explains_each_of_its_sums(api: Api, books: Books) -> None:
    books.post("guide:G1", 1845, subject="order:O1", touch="t1", base=41000)
    books.post("guide:G1", -923, subject="order:O1", kind="reversal", base=-20500)
    books.post("guide:G1", -922, subject="order:O1", kind="move", base=-20500)
    books.post("guide:G1", 922, subject="order:O1", kind="move", base=20500,
               available_on="2026-12-05")
    books.post("guide:G1", 102, subject="order:O1", role="bind", rule="绑定", base=41000,
               rate_ppm=20000, capped_by="单行总额", available_on=None)
    books.post("guide:G1", 800, subject="order:O1", line=2, rule="每件", base=1000, rate_ppm=None)
    books.post("guide:G1", 30, subject="order:O1", line=3, portion="sell_store", base=0)
    said = api.get(f"{GUIDE}/orders/O1", api.token())[1]
    share, bind, unit, part = (line["explanation"] for line in said["lines"])
    assert share == {
        "plan": "demo@3", "funder": "brand:L", "touch": "t1", "earned_at": 1795000000000,
        "rate_ppm": 45000, "by_rate": money(922), "reduced_by": money(0), "capped_by": None,
        "taken_back": money(-923), "terms": None,
        "dates": [{"available_on": "2026-12-05", "amount": money(922)}]}
    assert (bind["by_rate"], bind["reduced_by"]) == (money(820), money(718))
    assert (bind["capped_by"], bind["touch"]) == ("单行总额", None)
    assert bind["dates"] == [{"available_on": None, "amount": money(102)}]
    assert (unit["by_rate"], unit["reduced_by"], unit["rate_ppm"]) == (None, None, None)
    assert (part["by_rate"], part["taken_back"]) == (None, money(0))
    assert [entry["base_text"] for entry in said["entries"][:2]] == ["¥410.00", "−¥205.00"]


def test_ranking_shows_the_top_and_two_neighbours(api: Api, books: Books) -> None:
    for number, amount in enumerate([900, 800, 700, 600, 500, 400, 300]):
        books.post(f"guide:G{number}", amount)
    books.post("guide:G9", 400)  # as much as G5: by id
    books.post("guide:X", 1, store="S2")

    def ranking(guide: str, *rights: str) -> dict[str, Any]:
        return api.get(f"/v1/acme/payees/{guide}/ranking?period=2026-11",
                       api.token(guide, "acme", *rights))[1]

    said = ranking("guide:G4", "--rights", "finance")
    assert (said["place"], said["guides"], said["store"]) == (5, 8, "S1")
    assert [place["payee"] for place in said["top"]] == ["guide:G0", "guide:G1", "guide:G2"]
    assert [(p["place"], p["payee"], p["is_self"]) for p in said["around"]] == [
        (3, "guide:G2", False), (4, "guide:G3", False), (5, "guide:G4", True),
        (6, "guide:G5", False), (7, "guide:G9", False)]
    assert said["around"][2]["amount"] == money(500)
    seen = ranking("guide:G4", "--rights", "guide,manager", "--store", "S1")
    for name in ("top", "around"):
        assert seen[name] == [{**place, "payee": place["payee"] if place["is_self"] else None}
                              for place in said[name]], "colleagues have no name"
    assert [place["place"] for place in ranking("guide:G0")["around"]] == [1, 2, 3]
    assert [place["place"] for place in ranking("guide:G6")["around"]] == [6, 7, 8]
    assert ranking("guide:X")["guides"] == 1
    none = ranking("guide:NOBODY")
    assert (none["place"], none["store"], none["top"], none["around"]) == (None, None, [], [])


def test_manager_sees_the_guides_of_its_store(api: Api, books: Books) -> None:
    books.post("guide:G1", 600, -1845, available_on="2020-01-01")
    books.post("guide:G2", 5000, available_on="2020-01-01")
    books.post("guide:X", 1, store="S2")
    token = api.token("guide:M", "acme", "--rights", "manager", "--store", "S1")
    status, said = api.get("/v1/acme/stores/S1/guides?period=2026-11", token)
    assert status == 200
    assert said == {"store": "S1", "period": "2026-11", "total": money(3755), "guides": [
        {"place": 1, "payee": "guide:G2", "month": money(5000), "balance": money(5000),
         "available": money(5000), "receivable": money(0)},
        {"place": 2, "payee": "guide:G1", "month": money(-1245), "balance": money(-1245),
         "available": money(-1245), "receivable": money(1245)}]}
    assert api.get("/v1/acme/stores/S1/guides?period=2019-01", token)[1]["guides"] == []


def test_too_few_partitions_are_noticed_rather_than_shown_as_nothing(api: Api,
                                                                     books: Books) -> None:
    books.post("guide:G1", 100)
    token = api.token()
    books.client.hset("fen:{p1}:fence", "seq", "1")
    wait_until(lambda: api.get(f"{GUIDE}/summary", token)[0] == 503, 30, "the fence to be seen")
    assert api.get(f"{GUIDE}/summary", token)[1]["code"] == "wrong-partitions"
    assert "more partitions" in str(api.get("/readyz")[1])
    books.client.delete("fen:{p1}:fence")
    wait_until(lambda: api.get(f"{GUIDE}/summary", token)[0] == 200, 30, "it to be gone")


# --- whom it refuses (every operation: test_api_refusals.py) --------------------------------------


def test_finance_sees_all_of_its_tenant(api: Api, books: Books) -> None:
    books.post("guide:G1", 100)
    finance = api.token("user:F", "acme", "--rights", "finance")
    for path in (f"{GUIDE}/summary", "/v1/acme/payees/guide:G2/entries",
                 "/v1/acme/payees/hq/summary", "/v1/acme/stores/S2/guides"):
        assert api.get(path, finance)[0] == 200, path


def test_refused_once_expired_and_the_stream_ends(api: Api, books: Books) -> None:
    books.post("guide:G1", 100)
    token = api.token("guide:G1", "acme", "--valid", "2s")
    stream = Stream(api.port, f"{GUIDE}/stream", token)
    stream.wait(lambda it: it.of("snapshot"))
    stream.wait(lambda it: it.has_ended, "the end of the token")
    assert stream.events[-1][1] == "expired"
    status, said = api.get(f"{GUIDE}/summary", token)
    assert (status, said["code"]) == (401, "expired")


def test_rotation_refuses_what_the_old_key_signed(api: Api, books: Books) -> None:
    books.post("guide:G1", 100)
    old_key, old = api.keys.read_text(), api.token()
    stream = Stream(api.port, f"{GUIDE}/stream", old)
    stream.wait(lambda it: it.of("snapshot"))
    new_key = api.new_key("k2")
    api.write_keys(new_key + old_key)
    new = api.token()
    wait_until(lambda: api.get(f"{GUIDE}/summary", new)[0] == 200, 30, "the new key")
    assert api.get(f"{GUIDE}/summary", old)[0] == 200
    api.write_keys(new_key)
    wait_until(lambda: api.get(f"{GUIDE}/summary", old)[0] == 401, 30, "the old key to go")
    assert api.get(f"{GUIDE}/summary", old)[1]["code"] == "unknown-key"
    stream.wait(lambda it: it.has_ended, "the stream of the old key")
    assert stream.events[-1][1] == "expired"
    api.write_keys("no keys at all\n")
    wait_until(lambda: "cannot be used" in api.program.output(), 30, "the complaint")
    assert api.get(f"{GUIDE}/summary", new)[0] == 200


@pytest.mark.parametrize("path", [
    "/v1", "/v1/acme", f"{GUIDE}", f"{GUIDE}/nothing", f"{GUIDE}/summary/more",
    "/v1//payees/guide:G1/summary", "/v1/acme/payees/guide:/summary", "/v1/acme/payees/G1/summary",
    "/v1/acme/payees/guide:a%2Fb/summary", "/v1/acme/payees/guide:a%00b/summary",
    "/v1/acme/payees/guide:%ff/summary",
    f"/v1/acme/payees/guide:{'x' * 65}/summary",
    f"{GUIDE}/orders/"])
def test_paths_that_are_none(api: Api, path: str) -> None:
    assert api.get(path, api.token())[0] == 404


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=201", "limit=",
                                   "after=1&before=2", "more=1", "after=1234567890123456789"])
def test_parameters_that_are_none(api: Api, query: str) -> None:
    status, said = api.get(f"{GUIDE}/entries?{query}", api.token())
    assert (status, said["code"]) == (400, "bad-parameter")


def test_limits_on_requests_headers_and_methods(make_api: Callable[..., Api],
                                                books: Books) -> None:
    api = make_api("--api-rate", "1", "--api-origins", "https://app.example,https://b.example")
    books.post("guide:G1", 100)
    token = api.token()
    path = f"{GUIDE}/summary"
    answers = [ask(api.port, path, token) for _ in range(20)]
    limited = [headers for status, _, headers in answers if status == 429]
    assert limited and limited[0]["Retry-After"] == "1"
    assert answers[0][0] == 200
    assert api.get("/v1/acme/payees/guide:G2/summary", api.token("guide:G2"))[0] == 200
    assert ask(api.port, path, token, "POST")[0] == 405
    assert ask(api.port, path, token, "DELETE")[0] == 405
    assert ask(api.port, path, headers={"X": "x" * 20000})[0] in (400, 413)
    status, _, headers = ask(api.port, path, headers={"Origin": "https://app.example"})
    assert headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert headers["Vary"] == "Origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    asked = {"Access-Control-Request-Method": "GET"}
    status, _, headers = ask(api.port, path, None, "OPTIONS",
                             {"Origin": "https://b.example", **asked})
    assert status == 204 and "Authorization" in headers["Access-Control-Allow-Headers"]
    status, _, headers = ask(api.port, path, None, "OPTIONS",
                             {"Origin": "https://evil.example", **asked})
    assert status == 405 and "Access-Control-Allow-Origin" not in headers


# --- the command ----------------------------------------------------------------------------------


def test_command_refuses_what_it_cannot_serve(fen_binary: Path, directory: Path) -> None:
    api = Api(fen_binary, Redis(directory), directory)
    keys = ["--api-keys", str(api.keys)]
    for arguments, code, said in [
            (["api"], 78, "--api-keys"), (["api", *keys], 78, "--partitions"),
            (["api", "--partitions", "1", "--api-keys", "/nowhere"], 78, "/nowhere"),
            (["api", *keys, "--partitions", "1", "--utc-offset", "8"], 78, "--utc-offset"),
            (["api", *keys, "--partitions", "1", "--http", "x"], 78, "--http"),
            (["api", "tokens"], 2, "fen api token"), (["api", "token"], 78, "--api-keys"),
            (["api", "token", *keys], 2, "--payee"),
            (["api", "token", *keys, "--payee", "guide:1", "--rights", "all"], 2, "--rights"),
            (["api", "token", *keys, "--payee", "g:1", "--rights", "manager"], 2, "--store"),
            (["api", "token", *keys, "--payee", "g:1", "--valid", "25h"], 2, "--valid"),
            (["api", "key", "--key-id", "a b"], 2, "--key-id")]:
        done = api.fen(*arguments)
        assert (done.returncode, said in done.stderr) == (code, True), (arguments, done.stderr)
    api.keys.chmod(0o644)
    done = api.fen("api", "token", *keys, "--payee", "guide:1")
    assert done.returncode == 78 and "chmod" in done.stderr
