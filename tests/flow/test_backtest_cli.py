"""`fen backtest` on files: amounts worked out by hand, windows, exit codes, the forms it writes."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from flow.test_replay_cli import Fen

HEAD = """\
plan: shop
version: {version}
currency: CNY
timezone: "+08:00"
from: {begins} 00:00
share: {{window: 7d}}
"""
OLD = HEAD.format(version=1, begins="2026-01-01") + """\
roles:
  share: [{name: all, pay: 4.5%, funder: hq}]
  serve: [{name: till, pay: 2%, earned: picked_up, funder: brand}]
"""
# Begins only after everything: a back-test takes it as in force at all times.
NEW = HEAD.format(version=2, begins="2027-01-01") + """\
roles:
  share: [{name: all, pay: 6%, cap: {line: 20.00}, funder: hq}]
  serve: [{name: till, pay: 2%, earned: picked_up, funder: brand}]
"""
NOVEMBER = 1_793_462_400_000  # 2026-11-01 00:00 at +08:00
DAY = 86_400_000


class Day:
    """Events, each with an id and a time of its own."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, kind: str, at: int, **fields: Any) -> None:
        self.lines.append(json.dumps({"id": f"e{len(self.lines)}", "type": kind, "time": at,
                                      **fields}))

    def order(self, order: str, guide: str, at: int, paid: int, **more: Any) -> None:
        self.add("touch.shared", at - 1000, customer=f"c{order}", guide=guide)
        self.add("order.placed", at, order=order, customer=f"c{order}", created=at, **more,
                 lines=[{"line": 1, "sku": "k", "brand": "X", "quantity": 1, "paid": paid}])
        self.add("order.paid", at + 1, order=order, customer=f"c{order}")


def shop() -> Day:
    """
    order   guide           paid    4.5%    6%, at most 20.00
    O1      A, gold, S/R    410.00  18.45   24.60 -> 20.00
    O2      B, -, T/-       200.00   9.00   12.00
    O3      A               100.00   4.50    6.00   (created in December)
    O4      A               300.00   0       0      (refunded)
    O5      A             1,000.00  45.00   20.00
    and O1 is served by B: 2% of 410.00 = 8.20 under both
    """
    day = Day()
    day.add("store.set", NOVEMBER - DAY, store="S", region="R")
    day.add("store.set", NOVEMBER - DAY, store="T")
    day.add("guide.set", NOVEMBER - DAY, guide="A", store="S", level="gold")
    day.add("guide.set", NOVEMBER - DAY, guide="B", store="T")
    day.order("O1", "A", NOVEMBER, 41_000)
    day.order("O2", "B", NOVEMBER + DAY, 20_000)
    day.order("O3", "A", NOVEMBER + 30 * DAY, 10_000)
    day.order("O4", "A", NOVEMBER + DAY, 30_000)
    day.order("O5", "A", NOVEMBER + 2 * DAY, 100_000)
    day.add("order.picked_up", NOVEMBER + DAY, order="O1", customer="cO1",
            servers=[{"guide": "B"}])
    day.add("order.refunded", NOVEMBER + 3 * DAY, order="O4", customer="cO4", refund="r",
            lines=[{"line": 1, "amount": 30_000}])
    return day


WINDOW = ("--from", "2026-11-01", "--to", "2026-12-01")


@pytest.fixture()
def fen(fen_binary: Path, directory: Path) -> Fen:
    (directory / "old.yaml").write_text(OLD)
    (directory / "new.yaml").write_text(NEW)
    (directory / "day.ndjson").write_text("\n".join(shop().lines) + "\n")
    return Fen(fen_binary, directory)


def told(fen: Fen, *words: str, code: int = 0) -> dict[str, Any]:
    done = fen("backtest", "--plan", "new.yaml", "--json", *words, code=code)
    return json.loads(done.stdout)


def sums(report: dict[str, Any], dimension: str) -> dict[str, tuple[int, int]]:
    name = dimension.removeprefix("by_")
    return {row[name]: (row["before"], row["after"]) for row in report[dimension]}


# dimension, name, before, after; amounts in fen, by the table of shop()
BY_HAND: list[tuple[str, str | None, int, int]] = [
    ("by_role", "share", 1845 + 900 + 4500, 2000 + 1200 + 2000),
    ("by_role", "serve", 820, 820),
    ("by_store", "S", 1845 + 4500, 2000 + 2000),
    ("by_store", "T", 900 + 820, 1200 + 820),
    ("by_region", "R", 1845 + 4500, 2000 + 2000),
    ("by_region", None, 900 + 820, 1200 + 820),
    ("by_funder", "hq", 1845 + 900 + 4500, 2000 + 1200 + 2000),
    ("by_funder", "brand:X", 820, 820),
    ("by_level", "gold", 1845 + 4500, 2000 + 2000),
    ("by_level", None, 900 + 820, 1200 + 820),
    ("by_payee", "guide:A", 1845 + 4500, 2000 + 2000),
    ("by_payee", "guide:B", 900 + 820, 1200 + 820),
]


def test_totals_by_every_dimension_are_those_worked_out_by_hand(fen: Fen) -> None:
    report = told(fen, "--against", "old.yaml", *WINDOW, "day.ndjson")
    assert report["orders"] == 4
    assert report["total"] == {"before": 8065, "after": 6020, "change": -2045}
    for dimension in {row[0] for row in BY_HAND}:
        wanted = {name: (before, after) for kind, name, before, after in BY_HAND
                  if kind == dimension}
        assert sums(report, dimension) == wanted, dimension
    assert report["payees"] == {"gain": 1, "lose": 1, "same": 0, "gained": 300, "lost": -2345}
    assert [row["payee"] for row in report["winners"]] == ["guide:B"]
    assert [row["payee"] for row in report["losers"]] == ["guide:A"]
    assert {row["change"]: row["guides"] for row in report["histogram"] if row["guides"]} \
        == {"-100…-10": 1, "0…10": 1}


def test_an_event_that_comes_twice_counts_once(fen: Fen) -> None:
    words = ("--against", "old.yaml", *WINDOW, "day.ndjson")
    assert told(fen, *words, "day.ndjson") == told(fen, *words)


def test_largest_changes_come_with_both_explanations(fen: Fen) -> None:
    changes = told(fen, "--against", "old.yaml", *WINDOW, "day.ndjson")["changes"]
    assert [(row["subject"], row["change"]) for row in changes] \
        == [("order:O5", -2500), ("order:O2", 300), ("order:O1", 155)]
    for row in changes:
        for side in ("before", "after"):
            told_side = row[f"explained_{side}"]
            assert told_side["subject"] == row["subject"]
            assert sum(due["amount"] for due in told_side["due"]) == row[side]
    text = fen("backtest", "--plan", "new.yaml", "--against", "old.yaml", *WINDOW,
               "day.ndjson").stdout
    assert "4.5% × 1,000.00 = 45.00" in text
    assert "6% × 1,000.00 = 60.00" in text
    assert "total 80.65 60.20 -20.45 -25.36%" in " ".join(text.split())


WINDOWS = [
    ((), {"O1", "O2", "O3", "O5"}),
    (("--from", "2026-11-01"), {"O1", "O2", "O3", "O5"}),
    (("--from", "2026-11-01 00:01"), {"O2", "O3", "O5"}),
    (("--to", "2026-11-01"), set()),
    (("--to", "2026-11-02"), {"O1"}),
    (("--to", "2026-11-02 00:01"), {"O1", "O2"}),
    (("--from", "2026-12-01", "--to", "2026-12-02"), {"O3"}),
]


@pytest.mark.parametrize(("window", "orders"), WINDOWS,
                         ids=lambda value: " ".join(sorted(value)))
def test_orders_count_by_their_creation(
    fen: Fen, window: tuple[str, ...], orders: set[str]
) -> None:
    report = told(fen, "--against", "old.yaml", *window, "day.ndjson")
    assert {row["subject"] for row in report["changes"]} == {f"order:{name}" for name in orders}


def test_posted_is_what_published_plans_made_of_it(fen: Fen) -> None:
    published = json.dumps({"id": "p", "type": "plan.published", "time": NOVEMBER - DAY,
                            "yaml": OLD})
    events = published + "\n" + "\n".join(shop().lines) + "\n"
    done = fen("backtest", "--plan", "new.yaml", "--json", *WINDOW, "-", text=events)
    assert json.loads(done.stdout)["total"] == {"before": 8065, "after": 6020, "change": -2045}
    # A plan that is tried or given takes the place of those the events publish.
    again = fen("backtest", "--plan", "new.yaml", "--against", "new.yaml", "--json", *WINDOW, "-",
                text=events)
    assert json.loads(again.stdout)["total"] == {"before": 6020, "after": 6020, "change": 0}


def test_months_and_registrations_count_manual_entries_do_not(fen: Fen) -> None:
    def plan(version: int, bonus: str, recruit: str) -> str:
        return HEAD.format(version=version, begins="2026-01-01") + f"""\
roles:
  share: [{{name: all, pay: 1%, funder: hq}}]
  recruit: [{{name: invites, per_customer: {recruit}}}]
bonus: [{{name: target, roles: [share], by: base, table: [[1000.00, {bonus}]]}}]
"""
    (fen.directory / "old.yaml").write_text(plan(1, "5.00", "1.00"))
    (fen.directory / "new.yaml").write_text(plan(2, "50.00", "2.50"))
    day = shop()
    day.add("customer.registered", NOVEMBER + DAY, customer="n", recruiter="B")
    day.add("customer.registered", NOVEMBER + 30 * DAY, customer="m", recruiter="B")
    day.add("adjustment.posted", NOVEMBER + DAY, adjustment="a", payee="guide:A", amount=777,
            reason="r", approver="x")
    events = "\n".join(day.lines) + "\n"
    done = fen("backtest", "--plan", "new.yaml", "--against", "old.yaml", "--json", *WINDOW, "-",
               text=events)
    report = json.loads(done.stdout)
    # share 1% of 410 + 200 + 1,000; A's November base of 1,410.00 reaches 1,000.00
    assert sums(report, "by_role") == {"share": (1610, 1610), "bonus": (500, 5000),
                                       "recruit": (100, 250)}
    assert [(row["subject"], row["change"]) for row in report["changes"]] \
        == [("guide:A@2026-11", 4500), ("customer:n", 150)]
    month = report["changes"][0]
    assert [rule["amount"] for rule in month["explained_before"]["rules"]] == [500]
    assert [rule["amount"] for rule in month["explained_after"]["rules"]] == [5000]
    assert report["month_entries_left_out"] == 0
    # a window that begins within the month leaves its bonus out, and says so
    within = ("backtest", "--plan", "new.yaml", "--against", "old.yaml", "--from", "2026-11-02")
    report = json.loads(fen(*within, "--json", "-", text=events).stdout)
    assert report["month_entries_left_out"] == 2 and "bonus" not in sums(report, "by_role")
    told = fen(*within, "--html", "p.html", "-", text=events, lang="zh_CN.UTF-8").stdout
    sentence = "2 条阶梯、奖励、每月上限分录属窗口之前开始的月份，未比较；请从月初开始试算"
    assert sentence in told
    assert sentence in (fen.directory / "p.html").read_text(encoding="utf-8")


LIMITS = [
    ("25.35%", 1), ("25.36%", 0), ("20.44", 1), ("20.45", 0), ("0%", 1), ("20.45 元", 0),
]


@pytest.mark.parametrize(("limit", "code"), LIMITS)
def test_exit_code_by_the_change_of_the_total(fen: Fen, limit: str, code: int) -> None:
    """20.45 of 80.65 are 25.3564…%."""
    report = told(fen, "--against", "old.yaml", *WINDOW, "--max-delta", limit, "day.ndjson",
                  code=code)
    assert report["exceeded"] == (code == 1)


MISTAKES = [
    (("day.ndjson",), 2, "which plan"),
    (("--plan", "new.yaml", "--from", "2026-12-01", "--to", "2026-11-01", "day.ndjson"), 2,
     "--from must lie before --to"),
    (("--plan", "new.yaml", "--from", "November", "day.ndjson"), 2, "--from takes a time"),
    (("--plan", "new.yaml", "--max-delta", "5.12345%", "day.ndjson"), 2, "--max-delta takes"),
    (("--plan", "new.yaml", "--max-delta", "much", "day.ndjson"), 2, "--max-delta takes"),
    (("--plan", "new.yaml", "--json", "--csv", "-", "day.ndjson"), 2, "only one of"),
    (("--plan", "new.yaml", "missing.ndjson"), 65, "missing.ndjson"),
    (("--plan", "new.yaml", "--tenant", "a/b", "day.ndjson"), 2, "--tenant takes an id"),
    (("--plan", "missing.yaml", "day.ndjson"), 65, "missing.yaml"),
    (("--plan", "bad.yaml", "day.ndjson"), 78, "bad.yaml"),
    (("--plan", "new.yaml", "--against", "yen.yaml", "day.ndjson"), 78, "cannot be compared"),
    (("--plan", "new.yaml", "--bootstrap", "127.0.0.1:1"), 69, "127.0.0.1:1"),
]


@pytest.mark.parametrize(("words", "code", "sentence"), MISTAKES)
def test_mistakes_are_said(fen: Fen, words: tuple[str, ...], code: int, sentence: str) -> None:
    (fen.directory / "bad.yaml").write_text("plan: x\nversoin: 1\n")
    (fen.directory / "yen.yaml").write_text(OLD.replace("CNY", "JPY"))
    assert sentence in fen("backtest", *words, code=code).stderr


def test_what_is_left_of_an_explanation_says_of_which_line_and_rule_it_is(fen: Fen) -> None:
    """Two lines of one amount each: the rate of the second changes, the first comes to the same."""
    rules = """\
roles:
  share:
    - {name: k, when: {sku: k}, pay: 5%%, funder: hq}
    - {name: other, pay: %s, funder: hq}
"""
    for name, version, rate in (("old", 1, "4%"), ("new", 2, "5%")):
        text = HEAD.format(version=version, begins="2026-01-01") + rules % rate
        (fen.directory / f"{name}.yaml").write_text(text)
    day = Day()
    day.add("guide.set", NOVEMBER - DAY, guide="A")
    day.add("touch.shared", NOVEMBER - 1000, customer="c", guide="A")
    day.add("order.placed", NOVEMBER, order="O", customer="c", created=NOVEMBER, lines=[
        {"line": 1, "sku": "k", "quantity": 1, "paid": 10_000},
        {"line": 2, "sku": "m", "quantity": 1, "paid": 10_000},
        {"line": 3, "sku": "k", "quantity": 1, "paid": 99_999}])
    day.add("order.paid", NOVEMBER + 1, order="O", customer="c")
    said = fen("backtest", "--plan", "new.yaml", "--against", "old.yaml", "-",
               text="\n".join(day.lines)).stdout
    before, after = said[said.index("\n1. "):].split("  after: ")
    for side, sum_of_rate in ((before, "4% × 100.00 = 4.00"), (after, "5% × 100.00 = 5.00")):
        lines = [line[4:] for line in side.splitlines()]
        at = lines.index(f"    {sum_of_rate}")
        heads = [line for line in lines[:at] if re.match(r"  \S.*, rule|Line", line)]
        assert heads[-2:] == ["Line 2", '  share, rule "other"'], side
        assert "Line 1" not in lines and "Line 3" not in lines, side
        assert "999.99" not in side.split("Line 2")[1].split("entries")[0]


def test_one_tenant_alone_is_compared_when_asked_for(fen: Fen) -> None:
    own = [json.loads(line) for line in shop().lines]
    others = [event | {"tenant": "t2", "id": "x" + event["id"]} for event in own]
    text = "".join(json.dumps(event) + "\n" for event in [*others, *own])
    words = ("--plan", "new.yaml", "--against", "old.yaml", *WINDOW)
    alone = told(fen, *words, "day.ndjson")
    assert alone["tenant"] is None
    for tenant in ("default", "t2"):
        done = fen("backtest", *words, "--tenant", tenant, "--html", "page.html", "--json", "-",
                   text=text)
        report = json.loads(done.stdout)
        assert report["tenant"] == tenant
        assert (report["orders"], report["total"]) == (alone["orders"], alone["total"])
        assert {row["tenant"] for row in report["by_payee"] + report["changes"]} == {tenant}
        assert f"tenant: {tenant}<" in (fen.directory / "page.html").read_text(encoding="utf-8")
    both = json.loads(fen("backtest", *words, "--json", "-", text=text).stdout)
    assert both["total"]["before"] == 2 * alone["total"]["before"]


@pytest.mark.parametrize("words", [
    ("--html", "day.ndjson"), ("--csv", "./day.ndjson"), ("--html", "new.yaml"),
    ("--csv", "old.yaml"), ("--csv", "out", "--html", "out"),
])
def test_no_output_overwrites_what_is_in_use(fen: Fen, words: tuple[str, ...]) -> None:
    used = ("day.ndjson", "new.yaml", "old.yaml")
    before = [(fen.directory / name).read_bytes() for name in used]
    done = fen("backtest", "--plan", "new.yaml", "--against", "old.yaml", *words, "day.ndjson",
               code=2)
    assert "would overwrite" in done.stderr
    assert before == [(fen.directory / name).read_bytes() for name in used]


def test_orders_in_another_currency_are_told_apart(fen: Fen) -> None:
    events = [json.loads(line) for line in shop().lines]
    for event in events:
        if event.get("order") == "O5" and event["type"] == "order.placed":
            event["currency"] = "HKD"
    text = "".join(json.dumps(event) + "\n" for event in events)
    done = fen("backtest", "--plan", "new.yaml", "--against", "old.yaml", "--json", *WINDOW, "-",
               text=text)
    report = json.loads(done.stdout)
    assert report["other_currency"] == 1
    assert report["total"] == {"before": 3565, "after": 4020, "change": 455}


@pytest.mark.parametrize("lang", ["C.UTF-8", "zh_CN.UTF-8"])
def test_page_is_well_formed_and_stands_alone(fen: Fen, lang: str) -> None:
    # A brand whose name is markup: escaped wherever it stands.
    text = (fen.directory / "day.ndjson").read_text().replace('"X"', '"<b>&\'"')
    (fen.directory / "day.ndjson").write_text(text)
    fen("backtest", "--plan", "new.yaml", "--against", "old.yaml", *WINDOW, "--max-delta", "1%",
        "--html", "page.html", "day.ndjson", code=1, lang=lang)
    page = (fen.directory / "page.html").read_text(encoding="utf-8")
    root = ElementTree.fromstring(page)
    assert root.tag == "html"
    tags = {element.tag for element in root.iter()}
    assert "svg" in tags and "table" in tags
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    for element in root.iter():
        assert not {"src", "href", "action", "data"} & set(element.attrib), element.attrib
    assert not re.search(r"https?:|url\(|@import", page)
    assert "@page{size:A4" in page
    assert "-25.36%" in page
    told_funders = {"".join(cell.itertext()) for cell in root.iter("td")}
    assert "brand:<b>&'" in told_funders


def test_csv_has_every_row_and_opens_in_a_spreadsheet(fen: Fen) -> None:
    fen("backtest", "--plan", "new.yaml", "--against", "old.yaml", *WINDOW, "--csv", "all.csv",
        "day.ndjson")
    data = (fen.directory / "all.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf") and data.count(b"\r\n") == data.count(b"\n")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows[0] == {"dimension": "total", "tenant": "", "name": "", "before": "80.65",
                       "after": "60.20", "change": "-20.45"}
    titles = {"by_level": "guide level"}
    found = {(row["dimension"], row["name"]): (row["before"], row["after"]) for row in rows}
    for dimension, name, before, after in BY_HAND:
        title = titles.get(dimension, dimension.removeprefix("by_"))
        assert found[title, name or ""] == (f"{before / 100:.2f}", f"{after / 100:.2f}")


def test_a_packed_file_is_not_a_report_without_orders(fen: Fen) -> None:
    (fen.directory / "day.ndjson.gz").write_bytes(
        gzip.compress((fen.directory / "day.ndjson").read_bytes()))
    words = ("--plan", "new.yaml", "--against", "old.yaml", "day.ndjson.gz")
    done = fen("backtest", *words, code=65)
    assert "day.ndjson.gz is packed" in done.stderr and "gzip -dc day.ndjson.gz" in done.stderr
    assert done.stdout == ""
    assert "是压缩文件" in fen("backtest", *words, code=65, lang="zh_CN.UTF-8").stderr


@pytest.mark.parametrize(("lang", "empty", "refused"), [
    ("C.UTF-8", "no order was created in this time", "1 line(s) that are no valid event"),
    ("zh_CN.UTF-8", "这段时间内没有订单", "1 行不是有效事件")])
def test_text_and_page_say_what_was_not_compared(fen: Fen, lang: str, empty: str,
                                                 refused: str) -> None:
    day = (fen.directory / "day.ndjson").read_text()
    (fen.directory / "day.ndjson").write_text(day + "no event\n")
    words = ("--plan", "new.yaml", "--against", "old.yaml", "--html", "page.html")
    done = fen("backtest", *words, "--from", "2030-01-01", "day.ndjson", lang=lang)
    page = (fen.directory / "page.html").read_text(encoding="utf-8")
    assert empty in done.stdout and empty in done.stderr and empty in page
    assert refused in done.stdout and refused in page
    assert empty not in fen("backtest", *words, "day.ndjson", lang=lang).stdout


def test_csv_keeps_ids_that_a_spreadsheet_would_rewrite(fen: Fen) -> None:
    text = (fen.directory / "day.ndjson").read_text()
    for name, odd in (('"S"', '"0012"'), ('"T"', '"=1+1"'), ('"R"', '"1-2"'), ('"gold"', '"7E5"'),
                      ('"A"', '"0034"')):
        text = text.replace(name, odd)
    fen("backtest", "--plan", "new.yaml", "--against", "old.yaml", *WINDOW, "--csv", "all.csv",
        "-", text=text, lang="zh_CN.UTF-8")
    data = (fen.directory / "all.csv").read_text(encoding="utf-8-sig")
    names = {(row[0], row[2]) for row in csv.reader(io.StringIO(data, newline=""))}
    assert {("门店", '="0012"'), ("门店", '="=1+1"'), ("区域", '="1-2"'), ("导购级别", '="7E5"'),
            ("收款方", "guide:0034"), ("角色", "分享")} <= names, names


def test_text_goes_nowhere_when_a_form_is_standard_output(fen: Fen) -> None:
    done = fen("backtest", "--plan", "new.yaml", "--against", "old.yaml", "--html", "-",
               "day.ndjson")
    assert done.stdout.startswith("<!DOCTYPE html>") and done.stdout.endswith("</html>\n")


def test_text_is_chinese_where_the_language_is(fen: Fen) -> None:
    told_text = fen("backtest", "--plan", "new.yaml", "--against", "old.yaml", *WINDOW,
                    "day.ndjson", lang="zh_CN.UTF-8").stdout
    for sentence in ("试算 shop@2 new.yaml", "对比 shop@1 old.yaml", "导购级别", "承担方",
                     "1 个收款方增加，合计 +3.00；1 个减少，合计 -23.45；0 个不变",
                     "2 名导购，按各自的变化分布", "变化最大的 3 项及其解释"):
        assert sentence in told_text, told_text


def test_an_input_that_is_missing_is_called_so(fen: Fen) -> None:
    said = fen("backtest", "--plan", "new.yaml", "--against", "old.yaml", *WINDOW, "none.ndjson",
               code=65).stderr
    assert "none.ndjson cannot be read: No such file or directory" in said
