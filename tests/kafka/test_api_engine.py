"""The guides' API as part of `fen run`: what it shows is what the ledger says, to the fen."""

from __future__ import annotations

import http.client
import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from lib import oracle
from lib.api import Api, Engine, Stream, ask, now_ms, read
from lib.oracle import compare
from lib.servers import Kafka, wait_until


@pytest.fixture()
def engine(make_engine: Callable[..., Engine]) -> Engine:
    return make_engine()


def _accounts(engine: Api, bootstrap: str, events: list[bytes]) -> dict[str, dict[str, Any]]:
    """What the topics say by `fen audit`, which finds Redis equal to them, once all is posted:
    orders that came before their plan or their guides post when these arrive."""
    result = oracle.run([], events)
    ledger, path = engine.directory / "ledger", engine.directory / "accounts"

    def is_right() -> bool:
        done = engine.fen("audit", "-b", bootstrap, "-r", engine.redis.address,
                          "--ledger", str(ledger), "--accounts", str(path))
        assert done.returncode == 0, done.stdout + done.stderr
        found = list(compare.differences(result, ledger.read_text().splitlines(),
                                         path.read_text().splitlines()))
        assert not found, "\n".join(found[:20])
        return True

    wait_until(is_right, 60, "all of the day posted")
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return {row["payee"]: row for row in rows}


def test_what_a_guide_sees_is_the_ledger(engine: Engine) -> None:
    bootstrap = engine.bootstrap
    finance = engine.token("user:F", "default", "--rights", "finance")
    day = ("generate", "-n", "300", "--touches", "3", "--seed", "5")
    done = engine.fen(*day, "-b", bootstrap)
    assert done.returncode == 0, done.stderr
    events = engine.fen(*day).stdout.encode().splitlines()
    accounts = _accounts(engine, bootstrap, events)
    guides = sorted((payee for payee in accounts if payee.startswith("guide:")),
                    key=lambda payee: -accounts[payee]["seq"])[:5]
    assert len(guides) == 5
    for guide in guides:
        account = accounts[guide]
        summary = engine.get(f"/v1/default/payees/{guide}/summary", finance)[1]
        assert summary["seq"] == account["seq"] and summary["is_current"] is True
        assert summary["balance"]["fen"] == account["balance"]
        assert (summary["pending"]["total"]["fen"] + summary["available"]["fen"]
                == account["balance"])
        own = engine.token(guide, "default")
        stream = Stream(engine.port, f"/v1/default/payees/{guide}/stream?after=0", own)
        stream.wait(lambda it, last=account["seq"]: it.events and it.seqs()[-1:] == [last]
                    or it.of("snapshot"))
        entries = [e for _, _, data in stream.of("entries") for e in data["entries"]]
        if entries:
            assert [entry["seq"] for entry in entries] == list(range(1, account["seq"] + 1))
            assert sum(entry["amount"] for entry in entries) == account["balance"]
        _see_reasons(engine, guide, entries, finance)
    _see_traces(engine, events, finance)
    _see_totals(engine, accounts, finance)
    _estimate_one(engine, guides[0])
    _see_one_live(engine, guides[0])
    _see_dead_letters(engine)


def _see_reasons(engine: Api, guide: str, entries: list[dict[str, Any]], finance: str) -> None:
    """The explanations of a guide's orders agree with its entries and with the demo plan."""
    orders = {entry["subject"][6:] for entry in entries if entry["subject"].startswith("order:")}
    for order in sorted(orders)[:10]:
        said = engine.get(f"/v1/default/payees/{guide}/orders/{order}", finance)[1]
        assert said["total"]["fen"] == sum(entry["amount"] for entry in entries
                                           if entry["subject"] == f"order:{order}")
        for line in said["lines"]:
            why = line["explanation"]
            terms, amount = why["terms"], line["amount"]["fen"]
            assert why["plan"] == "demo@1" and terms is not None
            assert sum(date["amount"]["fen"] for date in why["dates"]) == amount
            assert terms["rate_ppm"] == why["rate_ppm"]
            if why["by_rate"] is not None:
                portion = terms["portion_ppm"] or 1_000_000
                of_rate = line["base"]["fen"] * why["rate_ppm"] * portion // 10**12
                assert why["by_rate"]["fen"] - why["reduced_by"]["fen"] == amount
                assert why["capped_by"] or abs(of_rate - amount) <= 1


def _see_traces(engine: Engine, events: list[bytes], finance: str) -> None:
    """What finance is told of an order is what `fen explain` says of it live, but its customer."""
    refunds = {event["order"] for event in map(json.loads, events)
               if event["type"] == "order.refunded"}
    explained = engine.done("explain", "--json", "-b", engine.bootstrap,
                            *sorted(refunds)).splitlines()
    said = next(one for one in map(json.loads, explained)
                if "customer" in one["facts"]["order"]
                and "order.refunded" in {entry["cause"] for entry in one["entries"]})
    order, customer = said["subject"].removeprefix("order:"), said["facts"]["order"]["customer"]
    del said["facts"]["order"]["customer"]
    said["facts"].get("customer", {}).pop("registered_event", None)
    path = f"/v1/default/orders/{order}/trace"
    assert engine.get(path, finance) == (200, said)
    for form, word in (("zh", "订单"), ("en", "Order")):
        text = read(engine.port, f"{path}?form={form}", finance)
        assert word in text and order in text and customer not in text
    assert engine.metric("fen_api_traces_total") == 3
    guide = engine.token("guide:G1", "default")
    other = engine.token("user:F", "other", "--rights", "finance")
    for place, token, code in ((f"{path}?form=pdf", finance, (400, "bad-parameter")),
                               ("/v1/default/orders/nobody/trace", finance,
                                (404, "no-such-order")),
                               (path, guide, (403, "not-yours")),
                               (path, other, (403, "not-yours"))):
        status, told = engine.get(place, token)
        assert (status, told["code"]) == code


def _see_totals(engine: Api, accounts: dict[str, dict[str, Any]], finance: str) -> None:
    """Finance's totals are the accounts of the topics, and every event has ended somewhere."""
    said = engine.get("/v1/default/totals", finance)[1]
    assert said["payees"] == len(accounts)
    assert said["balance"]["fen"] == sum(one["balance"] for one in accounts.values())
    for rows in (said["by_role"], said["by_funder"]):
        assert sum(row["amount"]["fen"] for row in rows) == said["balance"]["fen"]
    events = said["events"]
    assert events["is_balanced"] and events["read"] == (
        events["applied"] + events["duplicate"] + events["late"] + events["dead"])
    assert sum(events["dead_by_code"].values()) == events["dead"]


def _estimate_one(engine: Api, guide: str) -> None:
    """By the plan that the sale day published, and nothing is posted by it."""
    path = f"/v1/default/payees/{guide}/estimate?roles=sale"
    cart = {"lines": [{"line": 1, "sku": "x", "brand": "B01", "category": "服饰", "quantity": 1,
                       "paid": 20000}]}
    posted = engine.metric("fen_entries_posted_total")
    status, said, _ = ask(engine.port, path, engine.token(guide, "default"), "POST",
                          body=json.dumps(cart).encode())
    assert (status, said["plan"]) == (200, "demo@1")
    assert said["by_role"]["sale"]["fen"] == 200, "1 %"
    assert said["total"]["fen"] == sum(one["fen"] for one in said["by_role"].values())
    status, said, _ = ask(engine.port, path, engine.token(guide, "default"), "POST", body=b"{}")
    assert (status, said["code"]) == (400, "bad-cart")
    for payee, tenant, code in (("store:S1", "default", (400, "not-a-guide")),
                                (guide, "nobody", (404, "no-plan"))):
        token = engine.token("user:F", tenant, "--rights", "finance")
        status, said, _ = ask(engine.port, f"/v1/{tenant}/payees/{payee}/estimate", token, "POST",
                              body=json.dumps(cart).encode())
        assert (status, said["code"]) == code
    status, said, _ = ask(engine.port, path, engine.token(guide, "default"))
    assert status == 405
    assert engine.metric("fen_entries_posted_total") == posted


def _see_one_live(engine: Engine, guide: str) -> None:
    """An adjustment posted now arrives on an open stream."""
    stream = Stream(engine.port, f"/v1/default/payees/{guide}/stream",
                    engine.token(guide, "default"))
    stream.wait(lambda it: it.of("snapshot"))
    balance = stream.of("snapshot")[0][2]["balance"]["fen"]
    engine.adjust(guide, 4200, 1)
    stream.wait(lambda it: it.seqs(), "the adjustment")
    entry = stream.of("entries")[0][2]["entries"][0]
    assert (entry["kind"], entry["amount"], entry["amount_text"]) == ("manual", 4200, "¥42.00")
    assert entry["balance"] == balance + 4200


def _letters(engine: Engine, tenant: str, count: int, query: str = "") -> dict[str, Any]:
    """A page of a tenant's dead letters, once there are so many."""
    finance = engine.token("user:F", tenant, "--rights", "finance")

    def said() -> dict[str, Any]:
        status, answer = engine.get(f"/v1/{tenant}/dead-letters{query}", finance)
        assert (status, answer["count"], answer["is_current"]) == (200, count, True), answer
        return answer
    return wait_until(said, 60, f"{count} dead letters of {tenant}")


def _see_dead_letters(engine: Engine) -> None:
    """Each tenant its own, with its place in the topic, by pages, and after a kill the same."""
    before = _letters(engine, "default", 0)
    assert before["dead_letters"] == [] and before["nobodys"] == 0
    start = now_ms()
    bad = [{"id": f"bad-{number}", "tenant": "acme", "type": "plan.published",
            "time": start + number, "yaml": "plan: p\nplam: q\n"} for number in range(5)]
    engine.send(*bad, {**bad[0], "tenant": "other"}, "not json", options=("--raw-bad",))
    page = _letters(engine, "acme", 5, "?limit=3")
    assert page["by_code"] == {"BAD_PLAN": 5} and len(page["dead_letters"]) == 3
    rest = _letters(engine, "acme", 5, f"?limit=3&before={page['next']}")
    assert len(rest["dead_letters"]) == 2 and rest["next"] is None
    both = page["dead_letters"] + rest["dead_letters"]
    assert [letter["event"] for letter in both] == [one["id"] for one in reversed(bad)]
    wait_until(lambda: _letters(engine, "other", 1)["nobodys"] == 1, 60,
               "what is not JSON, which has no tenant")
    told = engine.done("tail", "dlq", "--from", "beginning", "-e", "-b", engine.bootstrap)
    places = {(row["partition"], row["offset"]) for row in map(json.loads, told.splitlines())}
    assert {tuple(map(int, letter["letter"].split("-")[1:])) for letter in both} <= places
    assert all(letter["topic"] == "fen.plans.v1" for letter in both)
    engine.kill()
    engine.start()
    assert _letters(engine, "acme", 5)["dead_letters"] == both
    finance = engine.token("user:F", "acme", "--rights", "finance")
    for query in ("?before=1", "?limit=0", "?limit=201", "?after=1"):
        assert engine.get(f"/v1/acme/dead-letters{query}", finance)[0] == 400
    for token in (engine.token("guide:G1", "acme"),
                  engine.token("user:F", "other", "--rights", "finance")):
        assert engine.get("/v1/acme/dead-letters", token)[0] == 403


def test_traces_are_asked_for_by_many_at_once_and_end_with_the_process(engine: Engine) -> None:
    """One at work and eight that wait; who is refused or turned away is told so."""
    done = engine.fen("generate", "-n", "300", "--touches", "3", "--seed", "6", "-b",
                      engine.bootstrap)
    assert done.returncode == 0, done.stderr
    finance = engine.token("user:F", "default", "--rights", "finance")
    codes: Counter[str] = Counter()
    with ThreadPoolExecutor(12) as pool:
        for _ in range(12):
            pool.submit(_ask_on, engine, finance, codes)
        wait_until(lambda: codes["busy"] and codes["no-such-order"], 60, "one refused, one told")
        assert engine.get("/v1/default/totals", finance)[0] == 200, "others are served meanwhile"
        assert engine.program is not None and engine.program.stop() == 0
    assert codes["no-trace"] >= 1 and set(codes) == {"busy", "no-such-order", "no-trace"}, codes


def _ask_on(engine: Engine, token: str, codes: Counter[str]) -> None:
    """For traces, until nobody answers."""
    with suppress(OSError, http.client.HTTPException):
        while True:
            codes[engine.get("/v1/default/orders/nobody/trace", token)[1]["code"]] += 1
