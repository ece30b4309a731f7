"""`fen plan test`: cases in the plan file, differences side by side with the explanation, coverage;
`--init` from the rules' edges; and that a case comes to what the oracle says."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from flow.test_plan_check_cli import EXAMPLES, HEAD, PLANS
from flow.test_replay_cli import Fen
from lib import eventgen, plangen
from lib.choice import Choice

RULES = """\
角色:
  分享:
    - {规则名: 美妆, 当: {品类: 护肤}, 佣金: 4.5%, 封顶: {每行: 20.00}}
    - {规则名: 其余, 佣金: 3%}
  服务: [{规则名: 提货, 佣金: 3.25%, 计入: 提货}]
"""


@pytest.fixture()
def fen(fen_binary: Path, directory: Path) -> Fen:
    return Fen(fen_binary, directory)


def outcome(fen: Fen, cases: str, *words: str, code: int = 0, lang: str = "zh_CN.UTF-8",
            rules: str = RULES) -> str:
    text = HEAD + rules + ("测试:\n" + cases if cases else "")
    (fen.directory / "p.yaml").write_text(text, encoding="utf-8")
    return fen("plan", "test", "p.yaml", *words, code=code, lang=lang).stdout


def test_a_case_that_holds_passes(fen: Fen) -> None:
    out = outcome(fen, """\
  - 用例: 分享与服务
    订单: {实付: 410.00, 品类: 护肤, 分享: 甲, 服务: 乙}
    期望: {甲: 18.45, 乙: {服务: 13.32}}
""")
    assert out.startswith("✓ 分享与服务\n") and "通过 1，不符 0" in out


def test_a_difference_is_shown_side_by_side_with_the_explanation(fen: Fen) -> None:
    out = outcome(fen, """\
  - 用例: 少算了
    订单: {实付: 410.00, 品类: 护肤, 分享: 甲, 服务: 乙}
    期望: {甲: 18.40, 乙: 13.32}
""", code=1)
    assert "✗ 少算了  (p.yaml:13)" in out
    assert re.search(r"✗ guide:甲 +18\.40 +18\.45\n", out)
    assert re.search(r"\n    guide:乙 +13\.32 +13\.32\n", out)
    assert "    |   分享，规则“美妆”" in out and "4.5% × 410.00 = 18.45" in out


MONTHS = """\
角色:
  分享: [{规则名: 分享, 佣金: 2%}]
  服务: [{规则名: 提货, 佣金: {阶梯: [[0, 1%], [1000.00, 2%]]}, 计入: 提货}]
  拉新: [{规则名: 拉新, 每位: 5.00}]
奖励: [{名称: 达标, 角色: [分享], 档位: [[500.00, 10.00]]}]
上限: [{名称: 每人每月, 角色: [服务], 每月: 17.00}]
"""


def test_a_month_that_differs_is_explained_too(fen: Fen) -> None:
    out = outcome(fen, """\
  - 用例: 奖励
    订单: {实付: 600.00, 分享: 甲}
    期望: {甲: {分享: 12.00, 奖励: 9.00}}
""", code=1, rules=MONTHS)
    assert "    | 账期 2026-01，guide:甲" in out
    assert "奖励“达标”" in out and "达到 500.00：10.00" in out

    # Tiers and the month limit of who differs; the one who gets what was said has no more lines.
    out = outcome(fen, """\
  - 用例: 阶梯与上限
    订单: {实付: 1500.00, 分享: 甲, 服务: 乙}
    期望: {甲: {分享: 30.00, 奖励: 10.00}, 乙: {服务: 20.00, 封顶: 2.00}}
""", code=1, rules=MONTHS)
    assert "2% − 1% = 1% × 500.00 = 5.00" in out and "上限“每人每月”" in out
    assert out.count("    | 账期 2026-01") == 1

    # A registration counts in no rule of the month.
    out = outcome(fen, "  - {用例: 拉新, 拉新: 甲, 期望: {甲: 6.00}}\n", code=1, rules=MONTHS)
    assert "依规则“拉新”" in out and "    | 账期" not in out


def test_english_keys_and_words_mean_the_same(fen: Fen) -> None:
    out = outcome(fen, """\
  - name: share and serve
    stores: {S1: {kind: owned, region: R}}
    guides: {A: {store: S1, level: gold}}
    bound: {guide: A, store: S1, days: 3}
    order: {paid: 410.00, category: 护肤, shared: {guide: A, before: 12h}, served: {B: 1, C: 1},
            facts: [paid, picked_up], refunds: [{line: 1, amount: 205.00, policy: withhold}]}
    expect: {guide:A: {share: 9.22}, B: 3.33, C: 3.33}
""", lang="en_GB.UTF-8")
    assert "✓ share and serve" in out and "1 passed, 0 failed" in out


def test_every_key_of_a_case_has_its_effect(fen: Fen) -> None:
    rules = """\
自购: 不计
独占顺序: [券, 直播, 分享, 绑定]
角色:
  券: [{规则名: c, 佣金: 1%}]
  直播: [{规则名: l, 当: {直播场次: L9}, 佣金: 2%}]
  分享: [{规则名: s, 当: {渠道: mini}, 佣金: 3%}]
  绑定: [{规则名: b, 当: {绑定天数: 40}, 佣金: 4%}]
  服务: [{规则名: v, 当: {身份: KOC}, 佣金: 10%, 计入: 提货}]
  开单: [{规则名: o, 当: {数量: 3}, 佣金: 5%}]
  店长: [{规则名: m, 当: {区域: R}, 佣金: 6%}]
  发货门店: [{规则名: f, 佣金: 7%}]
  归属门店: [{规则名: w, 佣金: 8%}]
  品牌: [{规则名: d, 当: {货号: K}, 佣金: 9%, 承担: 总部}]
"""
    out = outcome(fen, """\
  - 用例: 券
    订单: {实付: 100.00, 券: 甲, 直播: {主播: 乙, 场次: L9}, 门店: S}
    期望: {甲: 1.00, 门店:S: 7.00}
  - 用例: 直播
    订单: {实付: 100.00, 直播: {主播: 乙, 场次: L9}, 分享: 丙, 渠道: mini, 发货门店: F}
    期望: {乙: 2.00, 门店:F: 7.00}
  - 用例: 场次不符，归分享；自购不计，退一步归前一次分享
    导购: {丁: {自购: 是}}
    订单: {实付: 100.00, 直播: 乙, 分享: [{导购: 丙, 提前: 2天}, 丁], 渠道: mini}
    期望: {丙: 3.00}
  - 用例: 绑定四十天，绑定门店
    绑定: {导购: 丙, 门店: W, 天数: 40}
    订单: {实付: 100.00, 下单: 2026-03-05 08:00}
    期望: {丙: 4.00, 门店:W: 8.00}
  - 用例: 两人服务，三比一；身份看第一位
    导购: {甲: {身份: KOC}}
    订单: {实付: 100.00, 服务: {甲: 3, 乙: 1}}
    期望: {甲: 7.50, 乙: 2.50}
  - 用例: 没有提货就没有服务
    导购: {甲: {身份: KOC}}
    订单: {实付: 100.00, 服务: 甲, 履约: [付款, 发货]}
    期望: {}
  - 用例: 两行，开单、店长、品牌
    门店: {S: {区域: R, 店长: 戊, 品牌: B2}}
    订单:
      行: [{实付: 100.00, 数量: 3, 品牌: B1, 货号: K}, {实付: 10.00, 数量: 3, 开单: 庚, 货号: K}]
      开单: 己
      门店: S
      退款: [{行号: 2, 金额: 5.00, 方式: 公司承担}]
    期望:
      己: 5.00
      庚: 0.50
      戊: 6.60
      品牌:B1: 9.00
      品牌:B2: 0.90
      门店:S: 7.70
""", rules=rules)
    assert "通过 7，不符 0" in out and "已覆盖 10 / 10" in out


def test_whoever_the_case_does_not_name_must_get_nothing(fen: Fen) -> None:
    out = outcome(fen, """\
  - 用例: 忘了服务
    订单: {实付: 410.00, 分享: 甲, 服务: 乙}
    期望: {甲: 12.30}
""", code=1)
    assert re.search(r"✗ guide:乙 服务 +0\.00 +13\.32\n", out)


def test_a_case_without_expectation_tells_what_comes_of_it_and_fails(fen: Fen) -> None:
    out = outcome(fen, "  - {用例: 待定, 订单: {实付: 100.00, 分享: 甲}}\n", code=1)
    assert "没有写“期望”；计算结果如下" in out and "3.00" in out


def test_rules_that_no_case_reaches_are_named_with_their_line(fen: Fen) -> None:
    out = outcome(fen, "  - {用例: a, 订单: {实付: 100.00, 分享: 甲}, 期望: {甲: 3.00}}\n")
    assert "已覆盖 1 / 3" in out
    assert "分享 · 美妆  (p.yaml:9)" in out and "服务 · 提货  (p.yaml:11)" in out
    assert "其余" not in out.split("没有用例覆盖")[1]


def test_a_task_is_not_reached_by_a_rule_of_its_name(fen: Fen) -> None:
    rules = "角色: {开单: [{规则名: 赛, 佣金: 1%}]}\n任务: {赛: {得分: [[10, 20.00]]}}\n"
    order = "  - {用例: 一, 订单: {实付: 100.00, 开单: 甲}, 期望: {甲: 1.00}}\n"
    scored = "  - {用例: 二, 得分: {赛: {甲: 11}}, 期望: {甲: 20.00}}\n"
    out = outcome(fen, order, rules=rules)
    assert "已覆盖 1 / 2" in out and "任务 · 赛" in out and "开单 · 赛" not in out
    out = outcome(fen, scored, rules=rules)
    assert "已覆盖 1 / 2" in out and "开单 · 赛" in out and "任务 · 赛" not in out
    assert "已覆盖 2 / 2" in outcome(fen, order + scored, rules=rules)


def test_json_has_one_object_a_case_and_the_coverage(fen: Fen) -> None:
    cases = "  - {用例: a, 订单: {实付: 100.00, 分享: 甲}, 期望: {甲: 3.01}}\n"
    rows = [json.loads(line) for line in outcome(fen, cases, "--json", code=1).splitlines()]
    assert rows[0] == {"file": "p.yaml", "line": 13, "case": "a", "result": "failed", "payees": [
        {"payee": "guide:甲", "role": None, "expected": 301, "actual": 300}]}
    assert rows[1]["rules"] == 3 and rows[1]["reached"] == 1
    assert [item["name"] for item in rows[1]["unreached"]] == ["美妆", "提货"]


def test_json_names_what_no_case_reaches_alike_in_every_language(fen: Fen) -> None:
    rules = RULES + """\
上限: [{名称: 每月, 角色: [分享], 每月: 9.00}]
奖励:
  - {名称: 达标, 角色: [分享], 依据: 基数, 档位: [[10, 5]]}
任务:
  t: {得分: [[1, 5]]}
"""
    rows = [outcome(fen, "", "--json", rules=rules, lang=lang)
            for lang in ("zh_CN.UTF-8", "en_GB.UTF-8")]
    assert rows[0] == rows[1]
    assert [(item["kind"], item["name"], item["line"])
            for item in json.loads(rows[0].splitlines()[-1])["unreached"]] == [
        ("share", "美妆", 9), ("share", "其余", 10), ("serve", "提货", 11), ("limit", "每月", 12),
        ("bonus", "达标", 14), ("task", "t", 16)]


def test_a_plan_with_mistakes_is_not_tested(fen: Fen) -> None:
    (fen.directory / "p.yaml").write_text(HEAD + "角色: {分亨: []}\n", encoding="utf-8")
    assert "“分亨”：未知的键" in fen("plan", "test", "p.yaml", code=78, lang="zh_CN.UTF-8").stderr


def test_no_cases_is_said_and_is_no_failure(fen: Fen) -> None:
    assert "已覆盖 0 / 3" in outcome(fen, "")


@pytest.mark.parametrize("name", [*EXAMPLES, "demo", "full", "full-zh"])
def test_cases_from_the_edges_pass_as_written(fen: Fen, name: str) -> None:
    """What --init writes is read again, passes, and reaches nearly every rule."""
    plan = (PLANS / f"{name}.yaml").read_text(encoding="utf-8")
    head = re.split(r"^(?:测试|tests):", plan, flags=re.MULTILINE)[0]
    (fen.directory / "p.yaml").write_text(head, encoding="utf-8")
    fen("plan", "test", "--init", "p.yaml", "--out", "cases.yaml")
    cases = (fen.directory / "cases.yaml").read_text(encoding="utf-8")
    assert ("请逐条核对" in cases) == head.startswith(("#", "方案")) or name == "full"
    (fen.directory / "p.yaml").write_text(head + cases, encoding="utf-8")
    rows = [json.loads(line) for line in
            fen("plan", "test", "p.yaml", "--json").stdout.splitlines()]
    assert all(row["result"] == "passed" for row in rows[:-1])
    missed = {item["name"] for item in rows[-1]["unreached"]}
    # a limit that no single case can reach, a rule with a credit before it
    assert missed <= {"单行总额", "每人每月", "大单"}, missed


def passed(fen: Fen, text: str) -> tuple[list[dict], set[str]]:
    """The cases of a plan that passes, and the names that none of them reaches."""
    (fen.directory / "p.yaml").write_text(text, encoding="utf-8")
    fen("plan", "check", "p.yaml")
    rows = [json.loads(line) for line in
            fen("plan", "test", "p.yaml", "--json").stdout.splitlines()]
    return rows[:-1], {item["name"] for item in rows[-1]["unreached"]}


def edge_cases(fen: Fen, text: str) -> tuple[str, dict[str, str]]:
    """What --init writes under `tests`, and each case by its name."""
    (fen.directory / "p.yaml").write_text(text, encoding="utf-8")
    head, *cases = re.split(r"^  - (?=name: |用例: )",
                            fen("plan", "test", "--init", "p.yaml").stdout, flags=re.MULTILINE)
    return head, {one.split("\n")[0].split(": ", 1)[1].strip('"'): "  - " + one for one in cases}


def test_cases_from_the_edges_of_random_plans_pass(fen: Fen) -> None:
    """As written; a second time there is nothing to add."""
    for seed in range(40):
        plan = plangen.PlanGenerator(Choice.seeded(seed), eventgen.ALL).plan()
        (fen.directory / "p.yaml").write_text(plan, encoding="utf-8")
        cases = fen("plan", "test", "--init", "p.yaml").stdout
        rows, _ = passed(fen, plan + cases)
        assert len({row["case"] for row in rows}) == len(rows)
        assert edge_cases(fen, plan + cases)[1] == {}


def test_the_case_named_after_a_rule_reaches_it(fen: Fen) -> None:
    for seed in range(12):
        plan = plangen.PlanGenerator(Choice.seeded(seed), eventgen.ALL).plan()
        head, cases = edge_cases(fen, plan)
        _, missed = passed(fen, plan + head + "".join(cases.values()))
        for name, case in cases.items():
            if " · " not in name and name not in missed and name not in plangen.TASKS:
                assert name not in passed(fen, plan + head + case)[1], (seed, name)


EDGE_HEAD = """\
plan: p
version: 1
currency: CNY
timezone: "+08:00"
from: 2026-10-01 00:00
share: {window: 12h, by_channel: {tmall: 15d}}
credit_order: [share, bind]
"""


@pytest.mark.parametrize("rules, name, written", [
    ("share: [{name: s, pay: 4%}]", "s",
     ["shared: {guide: A, before: 6h}", "expect: {A: 40.00}"]),
    ("share: [{name: s, pay: 4%}]", "s · an hour inside the window",
     ["before: 11h", "expect: {A: 40.00}"]),
    ("share: [{name: s, pay: 4%}]", "s · the window is over", ["before: 12h", "expect: {}"]),
    ("share: [{name: s, pay: 4%}]", "s · tmall · an hour inside the window",
     ["channel: tmall", "before: 359h", "expect: {A: 40.00}"]),
    ("share: [{name: s, pay: 4%}]", "s · tmall · the window is over",
     ["channel: tmall", "before: 15d", "expect: {}"]),
    ("share: [{name: s, pay: 4%, cap: {line: 10, order: 25}}]", "s · order capped",
     ["{lines: [{paid: 350.00}, {paid: 350.00}, {paid: 350.00}]", "expect: {A: 25.00}"]),
    ("share: [{name: s, when: {live_session: L1}, pay: 4%}]", "s",
     ["live: {host: L, session: L1}", "expect: {A: 40.00}"]),
    ("recruit: [{name: r, when: {store_kind: owned, guide_store: X}, per_customer: 5}]", "r",
     ["stores: {X: {kind: owned", "guides: {A: {store: X}}", "expect: {A: 5.00}"]),
    ("bind: [{name: b, when: {bound_days: ..90}, pay: 1%}, {name: c, pay: 2%}]", "c",
     ["days: 91", "expect: {A: 20.00}"]),
    ("bind: [{name: b, when: {bound_days: ..90}, pay: 1%}, {name: c, pay: 2%}]",
     "b · bound_days 90", ["days: 90", "expect: {A: 10.00}"]),
    ("sale: [{name: t, pay: {mode: flat, tiers: [[0, 2%], [500, 3%]]}}]", "t · tier 2 499.99",
     ["paid: 499.99", "expect: {A: 9.99}"]),
    ("sale: [{name: t, pay: {mode: flat, tiers: [[0, 2%], [500, 3%]]}}]", "t · tier 2 500.00",
     ["paid: 500.00", "expect: {A: 15.00}"]),
], ids=str)
def test_an_edge_has_its_case(fen: Fen, rules: str, name: str, written: list[str]) -> None:
    _, cases = edge_cases(fen, f"{EDGE_HEAD}roles: {{{rules}}}\n")
    assert name in cases, list(cases)
    assert [text for text in written if text not in cases[name]] == [], cases[name]


def test_a_bonus_has_its_step_and_a_capped_limit_is_reached(fen: Fen) -> None:
    plan = EDGE_HEAD + """\
roles:
  share: [{name: s, pay: 4%, cap: {line: 10}}]
  sale: [{name: t, pay: 2%}]
limits: [{name: most, roles: [share, sale], line: 5%}]
bonus: [{name: o, roles: [sale], by: amount, table: [[10.00, 5.00]]}]
"""
    head, cases = edge_cases(fen, plan)
    assert "expect: {A: 9.99}" in cases["o · step 1 499.99"]
    assert "expect: {A: {sale: 10.00, bonus: 5.00}}" in cases["o · step 1 500.00"]
    assert passed(fen, plan + head + "".join(cases.values()))[1] == set()


def test_cases_and_names_of_the_file_are_not_written_again(fen: Fen) -> None:
    plan = EDGE_HEAD + "roles: {share: [{name: s, pay: 4%}]}\n"
    own = "tests:\n  - {name: s, order: {paid: 1.00, shared: Q}, expect: {}}\n"
    assert list(edge_cases(fen, plan + own)[1])[0] == "s (2)"
    head, cases = edge_cases(fen, plan)
    del cases["s · the window is over"]
    assert list(edge_cases(fen, plan + head + "".join(cases.values()))[1]) == [
        "s · the window is over"]


def test_cases_of_many_rules_take_seconds(fen: Fen) -> None:
    rules = ", ".join(f"{{name: r{i}, when: {{sku: s{i}}}, pay: 4%, cap: {{line: 5}}}}"
                      for i in range(1000))
    begin = time.monotonic()
    assert len(edge_cases(fen, f"{EDGE_HEAD}roles: {{share: [{rules}]}}\n")[1]) > 2000
    assert time.monotonic() - begin < 20


def test_the_case_shown_in_the_readme_passes(fen: Fen) -> None:
    page = (PLANS / "README.md").read_text(encoding="utf-8")
    cases = page.split("```yaml\n测试:\n")[1].split("```")[0]
    rules = ("基数: {加回: [platform]}\n角色: {分享: [{规则名: a, 佣金: 4.5%}], "
             "服务: [{规则名: b, 佣金: 3.25%, 计入: 提货}], 商场: [{规则名: c, 佣金: 25%}]}\n")
    assert "通过 1，不符 0" in outcome(fen, cases, rules=rules)


def test_edges_are_windows_ranges_tiers_and_caps(fen: Fen) -> None:
    rules = """\
角色:
  分享:
    - {规则名: 大单, 当: {基数: 100.00..200.00}, 佣金: 1%, 封顶: {每行: 1.50}}
    - {规则名: 阶梯, 佣金: {阶梯: [[0, 2%], [500.00, 3%]]}}
"""
    out = outcome(fen, "", "--init", rules=rules)
    for edge in ("大单 · 基数 99.99", "大单 · 基数 100.00", "大单 · 基数 200.00", "大单 · 基数 200.01",
                 "大单 · 封顶", "阶梯 · 阶梯档 2", "大单 · 有效期内一小时", "大单 · 有效期已满", "大单 · 退一半"):
        assert f"用例: {edge}\n" in out, edge
    assert "提前: 167小时" in out and "提前: 7天" in out
