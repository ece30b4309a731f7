"""The events of the real orders: the declared overlay, SPEC §3's bounds, and the command."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from lib.uci import __main__ as command
from lib.uci import emit, fields, org, rows, trade
from lib.uci.rows import UciError
from lib.uci.stable import DAY_MS, HOUR_MS, between, chance, draw, weighted

LIB = Path(command.__file__).resolve().parents[1]
T0 = 1_291_191_960_000  # 2010-12-01 08:26 UTC


@pytest.fixture(scope="module")
def data() -> Path:
    try:
        return rows.find_file()
    except UciError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def read(data: Path) -> list[rows.Row]:
    return rows.read_rows(data)


@pytest.fixture(scope="module")
def six(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """All six months converted: figures, lines of the event file, the distinct events by id."""
    out = tmp_path_factory.mktemp("six")
    told = command.convert(str(data), out, None, True)
    lines = (out / "events.ndjson").read_text(encoding="utf-8").splitlines()
    events = {event["id"]: event for event in map(json.loads, lines)}
    return {"figures": told, "lines": lines, "events": events, "out": out}


def of_type(six: dict, kind: str) -> list[dict]:
    return [event for event in six["events"].values() if event["type"] == kind]


# ---- the overlay --------------------------------------------------------------------------------

def test_choices_depend_on_names_alone():
    assert draw("a", 1) == draw("a", "1") != draw("a1")
    assert not chance(0, "x") and chance(1000, "x")
    assert {between(3, 5, number) for number in range(100)} == {3, 4, 5}
    spread = Counter(weighted([("a", 1), ("b", 3)], number) for number in range(4000))
    assert 850 < spread["a"] < 1150


def test_the_windows_are_the_plan_s():
    plan = command.PLAN.read_text(encoding="utf-8")
    window = re.search(r"window: (\w+), by_channel: \{(.*?)\}", plan)
    unit = {"d": DAY_MS, "h": HOUR_MS}
    spans = dict(pair.split(": ") for pair in window[2].split(", "))
    assert int(window[1][:-1]) * unit[window[1][-1]] == fields.WINDOW_DEFAULT_MS
    assert {name: int(span[:-1]) * unit[span[-1]] for name, span in spans.items()} \
        == fields.WINDOW_MS


def test_the_plan_names_all_goods_categories():
    plan = command.PLAN.read_text(encoding="utf-8")
    assert plan.count("[" + ", ".join(fields.CATEGORIES) + "]") == 2


def test_codes_that_differ_by_case_share_a_category_and_fees_are_no_goods():
    assert fields.goods_traits("85123A")[1] == fields.goods_traits("85123a")[1]
    for code in ("POST", "DOT", "M", "m", "D", "S", "C2", "BANK CHARGES", "AMAZONFEE",
                 "gift_0001_20"):
        assert fields.goods_traits(code) == (None, "non-goods")
    assert trade.is_goods("PADS") and trade.is_goods("DCGS0076")


# ---- all six months -----------------------------------------------------------------------------

def test_figures_of_the_six_months(six):
    counts, money = six["figures"]["counts"], six["figures"]["money"]
    assert {name: counts[name] for name in (
        "rows", "orders", "orders_without_customer", "lines", "lines_free", "lines_non_goods",
        "lines_rounded", "lines_most", "cancelled_lines", "cancelled_full", "cancelled_part",
        "cancelled_unmatched", "cancelled_units_matched", "refunds", "refund_lines",
        "skipped_write_off", "skipped_stock_found", "invoices_two_minutes")} == {
        "rows": 209_029, "orders": 8_127, "orders_without_customer": 717, "lines": 204_262,
        "lines_free": 308, "lines_non_goods": 984, "lines_rounded": 1, "lines_most": 675,
        "cancelled_lines": 3_783, "cancelled_full": 2_580, "cancelled_part": 17,
        "cancelled_unmatched": 1_186, "cancelled_units_matched": 102_550, "refunds": 1_386,
        "refund_lines": 2_589, "skipped_write_off": 651, "skipped_stock_found": 333,
        "invoices_two_minutes": 34}
    assert (money["paid"], money["rounding"], money["refunded"], money["cancelled_unmatched"]) \
        == ("4064726.59", "-0.001", "160120.23", "197778.72")
    assert json.loads((six["out"] / "figures.json").read_text()) == six["figures"]
    assert six["figures"]["events"]["total"] == len(six["lines"])


def test_events_come_in_order_of_time_but_for_repeats(six):
    seen: dict[str, str] = {}
    last = 0
    repeats = []
    for line in six["lines"]:
        event = json.loads(line)
        if event["id"] in seen:
            assert seen[event["id"]] == line
            repeats.append(last - event["time"])
            continue
        seen[event["id"]] = line
        assert event["time"] >= last
        last = event["time"]
    assert len(repeats) == six["figures"]["events"]["repeated"] > 100
    assert 0 <= min(repeats) and HOUR_MS < max(repeats) <= 6 * HOUR_MS
    assert json.loads(six["lines"][0])["type"] == "store.set"


ID = re.compile(r"[^\s/\x00-\x1f\x7f]{1,64}")
BODY = {
    "order.placed": ({"order", "created", "lines"},
                     {"version", "customer", "currency", "store", "channel", "fulfil_store",
                      "seller", "coupon_guide", "sharer", "live"}),
    "order.paid": ({"order"}, {"customer", "at"}),
    "order.shipped": ({"order"}, {"customer", "lines", "at", "store"}),
    "order.received": ({"order"}, {"customer", "lines", "at", "store"}),
    "order.picked_up": ({"order"}, {"customer", "lines", "at", "store", "servers"}),
    "order.refunded": ({"order", "refund", "lines"}, {"customer", "policy"}),
    "touch.shared": ({"customer", "guide"}, {"sku", "at"}),
    "customer.bound": ({"customer"}, {"guide", "store", "effective"}),
    "guide.set": ({"guide"}, {"store", "level", "kind", "status", "employer", "customers", "name",
                              "effective"}),
    "store.set": ({"store"}, {"kind", "brand", "region", "mall", "franchisee", "manager", "name",
                              "effective"}),
    "book.transferred": ({"from", "to"}, {"effective"}),
}
IDS = {"id", "tenant", "order", "customer", "store", "fulfil_store", "seller", "coupon_guide",
       "guide", "refund", "region", "mall", "franchisee", "manager", "brand", "from", "to",
       "employer"}


def test_every_event_is_within_the_specification(six):
    for line in six["lines"]:
        event = json.loads(line)
        needed, optional = BODY[event["type"]]
        names = event.keys() - {"id", "tenant", "type", "time", "source"}
        assert needed <= names <= needed | optional, line[:200]
        assert event["tenant"] == "uci" and len(line.encode()) <= 256 * 1024
        assert None not in event.values() and [] not in event.values()
        for name in IDS & event.keys():
            assert ID.fullmatch(event[name]) and len(event[name].encode()) <= 64, line[:200]


def test_lines_and_lists_are_within_bounds(six):
    for event in of_type(six, "order.placed"):
        numbers = [line["line"] for line in event["lines"]]
        assert 1 <= len(numbers) <= 2000 and len(set(numbers)) == len(numbers)
        assert min(numbers) >= 1
        for line in event["lines"]:
            assert 1 <= line["quantity"] <= 10**6 and 0 <= line["paid"] <= 10**15
            assert 1 <= len(line["sku"].encode()) <= 128
            assert line["category"] in fields.CATEGORIES + ["non-goods"]
    for event in of_type(six, "order.picked_up"):
        servers = [server["guide"] for server in event.get("servers", [])]
        assert len(servers) <= 3 and len(set(servers)) == len(servers)


def test_every_event_of_an_order_carries_its_customer_and_known_lines(six):
    orders = {event["order"]: event for event in of_type(six, "order.placed")}
    for event in six["events"].values():
        if event["type"].startswith("order."):
            order = orders[event["order"]]
            assert event.get("customer") == order.get("customer")
            known = {line["line"] for line in order["lines"]}
            listed = [one["line"] if isinstance(one, dict) else one
                      for one in event.get("lines", [])]
            assert set(listed) <= known and len(set(listed)) == len(listed)


def test_both_versions_of_an_order_have_the_same_lines(six):
    again = [event for event in of_type(six, "order.placed") if event.get("version") == 2]
    assert len(again) > 50
    for event in again:
        first = six["events"][f"placed-{event['order']}"]
        assert (first["lines"], first["created"]) == (event["lines"], event["created"])
    assert any(six["events"][f"placed-{event['order']}"].keys() != event.keys() - {"version"}
               for event in again)


def test_the_events_add_up_to_the_rows(six, read):
    """Paid and refunded in the events against the file itself, not against the converter."""
    paid: dict[tuple[str, int], int] = {}
    for event in of_type(six, "order.placed"):
        for line in event["lines"]:
            paid[event["order"], line["line"]] = line["paid"]
    position: Counter[str] = Counter()
    for one in read:
        position[one.invoice] += 1
        told = paid.get((one.invoice, position[one.invoice]))
        if told is None:
            assert one.invoice.startswith("C") or one.value == 0
        else:
            assert told == round(one.value * 100)
    assert len(paid) == 204_262
    refunded: Counter[tuple[str, int]] = Counter()
    for event in of_type(six, "order.refunded"):
        for line in event["lines"]:
            refunded[event["order"], line["line"]] += line["amount"]
    assert sum(refunded.values()) == 16_012_023
    assert all(amount <= paid[key] for key, amount in refunded.items())
    assert sum(amount == paid[key] > 0 for key, amount in refunded.items()) == 953


def test_the_overlay_has_every_declared_case(six):
    created = {event["order"]: event for event in of_type(six, "order.placed")}
    lags = Counter()
    guides = set()
    for event in of_type(six, "touch.shared"):
        order = created[event["id"].split("-")[1]]
        window = fields.WINDOW_MS.get(order["channel"], fields.WINDOW_DEFAULT_MS)
        lag = order["created"] - event.get("at", event["time"])
        lags["edge"] += lag == window
        lags["edge_inside"] += lag == window - 1
        lags["created"] += lag == 0
        lags["after"] += lag == -1
        lags["inside"] += 0 < lag < window - 1
        lags["outside"] += lag > window or lag < -1
        lags["late"] += event["time"] > order["created"] - lag
        lags["sku"] += "sku" in event
        guides.add(event["guide"])
    assert min(lags.values()) > 50 and len(lags) == 8, lags
    assert guides == set(org.GUIDES) | {org.GHOST}
    touched = {event["id"].split("-")[1] for event in of_type(six, "touch.shared")}
    assert 0.57 < len(touched) / sum("customer" in order for order in created.values()) < 0.63
    for name in ("store", "fulfil_store", "seller", "coupon_guide", "live", "sharer"):
        assert sum(name in order for order in created.values()) > 100, name
    sizes = Counter(len(event.get("servers", [])) for event in of_type(six, "order.picked_up"))
    assert set(sizes) == {0, 1, 2, 3} and min(sizes.values()) > 50
    assert sum("lines" in event for event in of_type(six, "order.picked_up")) > 100


def test_bindings_cover_most_customers_and_some_change(six):
    bound = of_type(six, "customer.bound")
    first = [event for event in bound if event["id"].endswith("-1")]
    assert 0.88 < len(first) / six["figures"]["counts"]["customers"] < 0.97
    assert len(bound) - len(first) > 300
    assert any("guide" not in event and "store" in event for event in bound)
    assert any("guide" not in event and "store" not in event for event in bound)
    assert any(event.get("effective", event["time"]) < event["time"] for event in bound)
    created = {event["created"]: event.get("customer") for event in of_type(six, "order.placed")}
    assert any(created.get(event["time"]) == event["customer"] for event in bound)


def test_the_organisation_is_as_declared(six):
    guides = of_type(six, "guide.set")
    stores = of_type(six, "store.set")
    assert {event["guide"] for event in guides} == set(org.GUIDES) | set(org.HOSTS)
    assert len(org.GUIDES) == 60 and {event["store"] for event in stores} \
        == {store.id for store in org.STORES}
    assert {event["kind"] for event in stores} == {"owned", "concession", "franchise"}
    start = [event for event in guides + stores if event["time"] == org.START_MS]
    assert len(start) == 60 + 2 - 3 + 12 - 1
    left = {event["guide"]: event for event in guides if event.get("status") == "left"}
    assert left.keys() == {"G10103", "G10402", "G10605", "G10805", "G10903", "G11104"}
    assert {guide for guide, event in left.items() if "store" not in event} \
        == {"G10805", "G10903"}
    assert [(event["from"], event["to"]) for event in of_type(six, "book.transferred")] \
        == [("G10103", "G10104")]
    customers = {event.get("customer") for event in of_type(six, "order.placed")}
    assert customers >= set(org.SELF_CUSTOMERS.values())


def test_a_month_is_a_part_of_the_six(six, data, tmp_path):
    told = command.convert(str(data), tmp_path, 2, True)
    lines = (tmp_path / "events.ndjson").read_text(encoding="utf-8").splitlines()
    whole = Counter(six["lines"])
    part = Counter(lines)
    missing = part - whole
    assert not missing, next(iter(missing))
    assert told["counts"]["rows"] == 42_481 + 35_147
    later = [line for line in six["lines"] if line not in part]
    assert all(json.loads(line)["time"] > org.at("2011-01-01") for line in later)


def test_without_late_everything_is_in_time(data, tmp_path):
    command.convert(str(data), tmp_path, 1, False)
    for line in (tmp_path / "events.ndjson").read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        if event["type"] in ("guide.set", "store.set") and "effective" not in event:
            assert event["time"] == org.START_MS
        if event["type"] in ("touch.shared", "customer.bound", "order.picked_up"):
            assert event.get("at", event.get("effective", event["time"])) == event["time"]


# ---- the command --------------------------------------------------------------------------------

def run(*arguments: str, seed: str = "0") -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "uci", *arguments], cwd=LIB, text=True,
                          env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True,
                          timeout=600, check=False)


def test_two_runs_write_the_same_bytes(data, tmp_path):
    sums = set()
    for seed in ("1", "2"):
        done = run("--data", str(data), "--out", str(tmp_path / seed), "--months", "1", seed=seed)
        assert done.returncode == 0, done.stderr
        assert "events in all" in done.stdout
        written = (tmp_path / seed / "events.ndjson").read_bytes()
        sums.add(hashlib.sha256(written + done.stdout.encode()).hexdigest())
    assert len(sums) == 1
    assert (tmp_path / "1" / "plan.yaml").read_bytes() == command.PLAN.read_bytes()


def test_a_wrong_file_ends_with_65_and_writes_nothing(tmp_path):
    wrong = tmp_path / "wrong.csv.gz"
    wrong.write_bytes(gzip.compress(
        (",".join(rows.COLUMNS) + "\n1,A,B,6,2010-12-01 08:26:00,2.55,1,EIRE\n").encode()))
    for file, message in ((wrong, "not the file that was agreed on: 2010-12: 1 lines, 15.30"),
                          (tmp_path / "absent", "no order data at")):
        done = run("--data", str(file), "--out", str(tmp_path / "out"))
        assert done.returncode == 65 and message in done.stderr
        assert not (tmp_path / "out").exists()


def test_two_events_of_one_name_are_refused():
    one = emit.event("order.paid", "paid-1", T0, {"order": "1"})
    with pytest.raises(UciError, match="two events are called paid-1"):
        emit.arranged([one, one])
