"""`fen generate`: the same day for the same seed, in an order and with a mix that mean much."""

from __future__ import annotations

import collections
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

FUTURE_MS = 5 * 60 * 1000


@pytest.fixture()
def generate(fen_binary: Path, directory: Path) -> Any:
    def run(*words: str) -> bytes:
        done = subprocess.run(
            [str(fen_binary), "generate", *words],
            cwd=directory,
            capture_output=True,
            timeout=600,
            check=True,
        )
        return done.stdout

    return run


def events(out: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_same_options_give_the_same_bytes(generate: Any) -> None:
    day = generate("--orders", "200")
    assert generate("--orders", "200") == day
    assert generate("--orders", "200", "--seed", "2") != day


def test_events_come_in_the_order_of_their_time(generate: Any) -> None:
    """Repeats aside: they come later, exactly as they were."""
    seen: set[str] = set()
    times = []
    for event in events(generate("--orders", "500", "--duplicates", "2%")):
        if event["id"] not in seen:
            times.append(event["time"])
        seen.add(event["id"])
    assert times == sorted(times)


def test_facts_are_never_later_than_their_event(generate: Any) -> None:
    for event in events(generate("--orders", "300", "--late", "5%")):
        for fact in ("at", "created", "effective"):
            assert event.get(fact, 0) <= event["time"] + FUTURE_MS


def test_repeats_are_exact(generate: Any) -> None:
    lines = generate("--orders", "500", "--duplicates", "3%").splitlines()
    by_id: dict[str, set[bytes]] = collections.defaultdict(set)
    for line in lines:
        by_id[json.loads(line)["id"]].add(line)
    assert all(len(forms) == 1 for forms in by_id.values())
    repeats = len(lines) - len(by_id)
    assert 0.02 * len(by_id) < repeats < 0.04 * len(by_id)


def test_mix_is_as_asked_for(generate: Any) -> None:
    orders = 2000
    mix = ("--orders", str(orders), "--duplicates", "0", "--customers", "500")
    day = events(generate(*mix))
    count = collections.Counter(event["type"] for event in day)
    assert 9 * orders < count["touch.shared"] < 11 * orders
    assert 0.15 * orders < count["customer.bound"] < 0.25 * orders
    refunded = {event["order"] for event in day if event["type"] == "order.refunded"}
    assert 0.06 * orders < len(refunded) < 0.1 * orders
    placed = [event for event in day if event["type"] == "order.placed" and "version" not in event]
    assert len(placed) == orders
    walk_in = sum("customer" not in event for event in placed)
    assert 0.03 * orders < walk_in < 0.07 * orders
    lines = collections.Counter(min(len(event["lines"]), 6) for event in placed)
    assert 0.4 * orders < lines[1] < 0.5 * orders and lines[6] > 0.03 * orders
    sharers = collections.Counter(e["guide"] for e in day if e["type"] == "touch.shared")
    assert sharers.most_common(1)[0][0] == "G1001"
    servers = collections.Counter(
        len(event["servers"]) for event in day if event["type"] == "order.picked_up"
    )
    assert set(servers) == {1, 2, 3}


def test_some_refunds_overtake_their_order(generate: Any) -> None:
    placed: set[str] = set()
    early = 0
    for event in events(generate("--orders", "2000", "--refund-rate", "30%", "--touches", "0")):
        if event["type"] == "order.placed":
            placed.add(event["order"])
        elif event["type"] == "order.refunded":
            early += event["order"] not in placed
    assert early > 10


def test_every_role_of_the_demo_plan_earns(generate: Any, fen_binary: Path) -> None:
    day = generate("--orders", "1000")
    done = subprocess.run(
        [str(fen_binary), "replay", "--ledger", "-", "-"],
        input=day,
        capture_output=True,
        timeout=600,
        check=True,
    )
    entries = events(done.stdout)
    roles = {entry["role"] for entry in entries}
    portions = {entry["portion"] for entry in entries}
    assert roles >= {
        *("share", "serve", "bind", "live", "coupon", "sale", "manager"),
        *("sell_store", "fulfil_store", "franchisee", "mall"),
    }
    assert portions >= {None, "self", "sell_store", "region", "own_store", "fulfil_store"}
    assert "0 dead-lettered (balanced" in done.stderr.decode()


def test_plan_is_published_first_or_not_at_all(generate: Any, directory: Path) -> None:
    assert events(generate("--orders", "1"))[0]["type"] == "plan.published"
    none = events(generate("--orders", "1", "--no-plan"))
    assert all(event["type"] != "plan.published" for event in none)
