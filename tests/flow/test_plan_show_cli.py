"""`fen plan show` and `fen plan diff`: a plan that finance can sign, and what a new one changes."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree
from pathlib import Path

import pytest

from flow.test_plan_check_cli import PLANS
from flow.test_replay_cli import Fen

FULL = PLANS / "full-zh.yaml"


@pytest.fixture()
def fen(fen_binary: Path, directory: Path) -> Fen:
    return Fen(fen_binary, directory)


def test_text_says_rules_rates_caps_holds_funders_and_dates(fen: Fen) -> None:
    out = fen("plan", "show", str(FULL), lang="zh_CN.UTF-8").stdout
    for words in ("华东导购分佣 · cn-east@12", "2026-10-01 00:00", "2027-01-01 00:00", "美妆分享",
                  "品类 护肤、彩妆；门店类型 自营", "4.5%", "每行 200.00，每单 500.00",
                  "本人 70%，成交门店 20%，区域 10%", "签收后 7 天", "品牌", "每位 5.00",
                  "每人每月不超过 20,000.00", "100,000.00 起奖 500.00", "第 3 至 10 名 50.00",
                  "7 天，tmall 15 天", "服务 公司承担", "财务 ____"):
        assert words in out, words


def test_english_plan_shows_the_same_in_both_languages(fen: Fen) -> None:
    english = PLANS / "full.yaml"
    for lang in ("zh_CN.UTF-8", "en_GB.UTF-8"):
        assert (fen("plan", "show", str(english), lang=lang).stdout
                == fen("plan", "show", str(FULL), lang=lang).stdout)


def test_html_is_one_page_without_network(fen: Fen) -> None:
    fen("plan", "show", str(FULL), "--format", "html", "--out", "p.html", lang="zh_CN.UTF-8")
    page = (fen.directory / "p.html").read_text(encoding="utf-8")
    body = page[page.index("<body>"):page.index("</html>")]
    tree = xml.etree.ElementTree.fromstring(body)
    assert len(tree.findall("table")) == 5
    assert 'lang="zh-CN"' in page and "@page{size:A4" in page
    assert "http" not in page and "<script" not in page


def test_names_are_escaped_in_html(fen: Fen) -> None:
    text = FULL.read_text(encoding="utf-8").replace("华东导购分佣", "'<b>&\"'")
    (fen.directory / "p.yaml").write_text(text, encoding="utf-8")
    page = fen("plan", "show", "p.yaml", "-f", "html").stdout
    assert "&lt;b&gt;&amp;&quot; · cn-east@12" in page and "<b>" not in page


def test_csv_opens_in_a_spreadsheet(fen: Fen) -> None:
    out = fen("plan", "show", str(FULL), "-f", "csv", lang="zh_CN.UTF-8").stdout
    assert out.startswith("\ufeff") and "\r\n" in out
    rows = list(csv.reader(io.StringIO(out[1:])))
    assert ["分享", "美妆分享", "品类 护肤、彩妆；门店类型 自营", "4.5%", "每行 200.00，每单 500.00",
            "本人 70%，成交门店 20%，区域 10%", "付款", "签收后 7 天", "品牌"] in rows


@pytest.mark.parametrize("words", [
    ("show", "p.yaml"), ("show", "p.yaml", "-f", "csv"), ("diff", "old.yaml", "p.yaml"),
    ("export", "p.yaml"), ("test", "--init", "p.yaml"),
])
def test_the_plan_that_is_read_is_not_written_over(fen: Fen, words: tuple[str, ...]) -> None:
    text = FULL.read_text(encoding="utf-8")
    for name in ("p.yaml", "old.yaml"):
        (fen.directory / name).write_text(text, encoding="utf-8")
    done = fen("plan", *words, "--out", "./p.yaml", code=2)
    assert "--out would overwrite p.yaml" in done.stderr
    assert (fen.directory / "p.yaml").read_text(encoding="utf-8") == text


def test_an_unknown_format_is_a_mistake_of_usage(fen: Fen) -> None:
    assert "text, html or csv" in fen("plan", "show", str(FULL), "-f", "pdf", code=2).stderr
    assert "usage" in fen("plan", "show", code=2).stderr


def changed(fen: Fen, *changes: tuple[str, str], lang: str = "zh_CN.UTF-8") -> str:
    text = FULL.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (fen.directory / "new.yaml").write_text(text, encoding="utf-8")
    return fen("plan", "diff", str(FULL), "new.yaml", lang=lang).stdout


DIFFERENCES = [
    (("佣金: 4.5%", "佣金: 5%"), "分享 · 美妆分享：佣金 4.5% → 5%", "share · 美妆分享: pay 4.5% → 5%"),
    (("每单: 500.00 元}", "每单: 80.00}"), "封顶 每行 200.00，每单 500.00 → 每行 200.00，每单 80.00",
     "cap line 200.00, order 500.00 → line 200.00, order 80.00"),
    (("冻结: {自: 签收, 天数: 7}", "冻结: {自: 签收, 天数: 15}"), "冻结 签收后 7 天 → 签收后 15 天",
     "hold 7 days from received → 15 days from received"),
    (("      承担: 品牌\n", "      承担: 总部\n"), "承担 品牌 → 总部", "funder brand → hq"),
    (("品类: [护肤, 彩妆]", "品类: [护肤]"), "适用 品类 护肤、彩妆；门店类型 自营 → 品类 护肤；门店类型 自营",
     "when category 护肤, 彩妆; store_kind owned → category 护肤; store_kind owned"),
    (("品类: [护肤, 彩妆]", "品类: 护肤、彩妆"),
     "适用 品类 护肤、彩妆；门店类型 自营 → 品类 “护肤、彩妆”；门店类型 自营",
     'category 护肤, 彩妆; store_kind owned → category "护肤、彩妆"; store_kind owned'),
    (("品类: [护肤, 彩妆]", "品类: [护肤, 彩妆, ' 香水 ']"), "→ 品类 护肤、彩妆、“ 香水 ”；",
     'category 护肤, 彩妆, " 香水 ";'),
    (("品类: [护肤, 彩妆]", "品类: [护肤, '彩“妆”', '全部']"), "→ 品类 护肤、“彩““妆”””、“全部”；",
     'category 护肤, "彩“妆”", "全部";'),
    (("有效期: 7天", "有效期: 3天"), "分享有效期 7 天，tmall 15 天 → 3 天，tmall 15 天",
     "share window 7 days, tmall 15 days → 3 days, tmall 15 days"),
    (("    - {名称: 其余分享, 佣金: 3%}\n", ""), "分享 · 其余分享：删除：适用 全部；佣金 3%",
     "share · 其余分享: removed: when all; pay 3%"),
    (("  服务:\n", "  服务:\n    - {规则名: 快提, 当: {渠道: x}, 佣金: 4%}\n"),
     "服务 · 快提：新增：适用 渠道 x；佣金 4%；", "serve · 快提: added: when channel x; pay 4%; "),
    (("每行: 8%", "每行: 9%"), "上限 · 单行总额：分享、服务、绑定：每行不超过 8% → ", "limit · 单行总额: "),
    (("500 元]]}]", "600 元]]}]"), "起奖 500.00 → 分享：基数 100,000.00 起奖 600.00", "more: 600.00"),
    (("[800, 50 元]", "[800, 60 元]"), "任务 · spring-game：", "task · spring-game: "),
    (("失效: 2027-01-01 00:00\n", ""), "失效 2027-01-01 00:00 → 未定", "until 2027-01-01 00:00 → open"),
]


@pytest.mark.parametrize("change, chinese, english", DIFFERENCES, ids=lambda item: str(item)[:40])
def test_each_change_is_said_once_in_words(
        fen: Fen, change: tuple[str, str], chinese: str, english: str) -> None:
    out = changed(fen, change)
    assert chinese in out and out.endswith("共 1 处变化\n")
    out = changed(fen, change, lang="en_GB.UTF-8")
    assert english in out and out.endswith("1 change(s)\n")


@pytest.mark.parametrize("change", [
    ("[护肤, 彩妆]", "[彩妆, 护肤]"), ("[护肤, 彩妆]", "['护肤', 彩妆]"),
    ("{品类: [护肤, 彩妆], 门店类型: 自营}", "{门店类型: [自营], 品类: [彩妆, 护肤]}"),
    ("{本人: 70%, 成交门店: 20%, 区域: 10%}", "{区域: 10%, 本人: 70%, 成交门店: 20%}"),
    ("[platform]", "[ 'platform' ]"), ("[分享, 服务], 每月", "[服务, 分享], 每月"),
    ("7天", "168小时"), ("500.00 元", "500"),
])
@pytest.mark.parametrize("lang", ["zh_CN.UTF-8", "en_GB.UTF-8"])
def test_plans_equal_in_meaning_have_no_change(fen: Fen, change: tuple[str, str],
                                               lang: str) -> None:
    assert changed(fen, change, lang=lang).splitlines()[1:] in (["没有变化"], ["no change"])


@pytest.mark.parametrize("old, new", [
    ("['a, b', c]", "[a, 'b, c']"), ("['a; sku b', c]", "[a, 'b; sku c']"),
    ("['a、b', c]", "[a, 'b、c']"), ("['“a', 'b”']", "['“a、b”']"),
    ("['a\"', 'b']", "['a\", b']"), ("[a, b]", "[a, 'b ']"), ("[全部, b]", "[b]"),
])
@pytest.mark.parametrize("lang", ["zh_CN.UTF-8", "en_GB.UTF-8"])
def test_lists_that_look_alike_are_a_change(fen: Fen, old: str, new: str, lang: str) -> None:
    text = FULL.read_text(encoding="utf-8")
    for name, values in (("old.yaml", old), ("new.yaml", new)):
        (fen.directory / name).write_text(text.replace("[护肤, 彩妆]", values), encoding="utf-8")
    out = fen("plan", "diff", "old.yaml", "new.yaml", lang=lang).stdout
    assert "1 处变化" in out or "1 change(s)" in out, out


def test_of_a_long_list_what_is_new_and_what_is_gone_is_said(fen: Fen) -> None:
    codes = [f"k{number:03d}" for number in range(100)]
    old = ", 货号: [" + ", ".join(codes) + "]}"
    new = ", 货号: [新, " + ", ".join(reversed(codes[1:])) + "]}"
    text = FULL.read_text(encoding="utf-8")
    for name, more in (("old.yaml", old), ("new.yaml", new), ("none.yaml", "}")):
        (fen.directory / name).write_text(text.replace(": 自营}", f": 自营{more}"),
                                          encoding="utf-8")
    out = fen("plan", "diff", "old.yaml", "new.yaml", lang="zh_CN.UTF-8").stdout
    assert "分享 · 美妆分享：适用 货号 增加 新；去掉 k000\n共 1 处变化" in out
    out = fen("plan", "diff", "old.yaml", "new.yaml", lang="en_GB.UTF-8").stdout
    assert "share · 美妆分享: when sku added 新; removed k000\n1 change(s)" in out
    out = fen("plan", "diff", "none.yaml", "old.yaml", lang="en_GB.UTF-8").stdout
    assert "when sku none → k000, k001," in out and out.endswith("1 change(s)\n")


def test_the_order_of_rules_is_a_change(fen: Fen) -> None:
    text = FULL.read_text(encoding="utf-8")
    last = "    - {名称: 其余分享, 佣金: 3%}\n"
    text = text.replace(last, "").replace("  分享:\n", "  分享:\n" + last)
    (fen.directory / "new.yaml").write_text(text, encoding="utf-8")
    out = fen("plan", "diff", str(FULL), "new.yaml", lang="zh_CN.UTF-8").stdout
    assert "分享 · 美妆分享：在本角色规则中的次序 1 → 2" in out


def test_language_of_keys_and_comments_are_no_change(fen: Fen) -> None:
    out = fen("plan", "diff", str(FULL), str(PLANS / "full.yaml")).stdout
    assert out == "cn-east@12 → cn-east@12\nno change\n"
