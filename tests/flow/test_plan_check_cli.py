"""`fen plan check`: every mistake of every file at once, with place, text and mend; what is legal
and hardly meant as a warning; exit codes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from flow.test_replay_cli import Fen
from lib import servers

HEAD = """\
方案: p
版本: 1
币种: CNY
时区: "+08:00"
生效: 2026-01-01 00:00
分享: {有效期: 7天}
"""  # 6 lines
PLANS = servers.ROOT / "schemas" / "plans"
EXAMPLES = ["department-store", "franchise", "live-sale", "monthly-tiers", "tasks-recruits",
            "off-channel"]


@pytest.fixture()
def fen(fen_binary: Path, directory: Path) -> Fen:
    return Fen(fen_binary, directory)


@dataclass
class Mistake:
    """A plan behind HEAD, and the one finding it has; `«` stands before the place."""

    name: str
    marked: str
    grade: str
    text: str
    chinese: str
    english: str

    @property
    def yaml(self) -> str:
        return HEAD + self.marked.replace("«", "") + "\n"

    @property
    def place(self) -> tuple[int, int]:
        lines = (HEAD + self.marked).split("«")[0].split("\n")
        return len(lines), len(lines[-1]) + 1


MISTAKES = [
    Mistake("percentages that do not sum", "角色: {分享: [{规则名: a, 佣金: 1%, «分成: {本人: 70%, "
            "区域: 20%}}]}", "error", "分成", "各方合计 90.0000%；须为 100%",
            "come to 90.0000%; they must sum to 100%"),
    Mistake("unreachable behind a rule for all", "角色: {分享: [{规则名: a, 佣金: 1%}, "
            "«{规则名: b, 当: {品牌: L}, 佣金: 2%}]}", "warning", "规则名",
            "永远用不到：第 7 行的规则没有条件", "never used: the rule in line 7 holds for all"),
    Mistake("a payee expected twice", "角色: {商场: [{规则名: a, 佣金: 1%}]}\n"
            "测试: [{用例: c, 订单: {实付: 1.00}, 期望: {甲: 1.00, «导购:甲: 2.00}}]", "error",
            "导购:甲", "同一“期望”里已写过", "stands already in the same `expect`"),
    Mistake("a role expected twice", "角色: {商场: [{规则名: a, 佣金: 1%}]}\n"
            "测试: [{用例: c, 订单: {实付: 1.00}, 期望: {甲: {封顶: 2, 商场: 1, «cap: 2}}}]",
            "error", "cap", "同一“期望”里已写过", "stands already in the same `expect`"),
    Mistake("scores of a task the plan has not", "角色: {}\n任务: {t: {得分: [[1, 5.00]]}}\n"
            "测试: [{用例: c, 得分: {t: {甲: 2}, «typo: {甲: 5}}, 期望: {甲: 5.00}}]", "warning",
            "typo", "方案中没有这个任务", "the plan has no task of this id"),
    Mistake("two rules for all", "角色: {分享: [{规则名: a, 佣金: 1%}, «{规则名: b, 佣金: 2%}]}",
            "warning", "规则名", "本条和第 7 行的规则都没有“当”；请给那一条写上“当”，或删去其中一条",
            "neither this rule nor the one in line 7 has a `when`"),
    Mistake("unreachable behind one wider rule", "角色: {商场: [{规则名: a, 当: {品牌: [L, M]}, "
            "佣金: 1%}, «{规则名: b, 当: {品牌: M, 渠道: x}, 佣金: 2%}]}", "warning", "规则名",
            "永远用不到：第 7 行的规则已包含它的全部情形", "never used: the rule in line 7 holds"),
    Mistake("unreachable behind several together", "角色: {商场: [{规则名: a, 当: {门店类型: 自营}, "
            "佣金: 1%}, {规则名: b, 当: {门店类型: 联营}, 佣金: 2%}, "
            "«{规则名: c, 当: {门店类型: [自营, 联营]}, 佣金: 3%}]}", "warning", "规则名",
            "前面的规则合起来已包含", "hold for all of it together"),
    Mistake("unreachable behind ranges that cover all", "角色: {商场: [{规则名: a, 当: {基数: ..99.99}, "
            "佣金: 1%}, {规则名: b, 当: {基数: 100.00..}, 佣金: 2%}, «{规则名: c, 佣金: 3%}]}",
            "warning", "规则名", "前面的规则合起来", "hold for all of it together"),
    Mistake("no catch-all", "角色: {«分享: [{规则名: a, 当: {品牌: L}, 佣金: 1%}]}",
            "warning", "分享", "没有兜底规则", "no rule for the rest"),
    Mistake("a cap below what is paid at least", "角色: {分享: [{规则名: a, 佣金: {每件: 5.00}, "
            "封顶: {每行: «4.00}}]}", "warning", "4.00", "低于规则的起付金额",
            "below the amount the rule pays"),
    Mistake("an order's cap below a line's", "角色: {分享: [{规则名: a, 佣金: 1%, "
            "封顶: {每行: 4.00, 每单: «3.00}}]}", "warning", "3.00", "每单封顶低于每行封顶",
            "an order's cap below a line's"),
    Mistake("a month limit below the first tier", "角色: {分享: [{规则名: a, 佣金: {阶梯: "
            "[[0, 2%], [50000, 3%]]}}]}\n上限: [{名称: m, 角色: [分享], 每月: «900.00}]",
            "warning", "900.00", "低于规则“a”的第一档", "below the first tier of rule `a`"),
    Mistake("a line limit below a rate", "角色: {分享: [{规则名: a, 佣金: 5%}]}\n"
            "上限: [{名称: m, 角色: [分享], 每行: «4%}]", "warning", "4%",
            "低于规则“a”的比例", "below the rate of rule `a`"),
    Mistake("tiers that fall", "角色: {分享: [{规则名: a, 佣金: {阶梯: [[0, 2%], [9, «1%]]}}]}",
            "error", "1%", "阶梯的比例不能下降", "the rates of tiers do not fall"),
    Mistake("a gap between ranges", "角色: {商场: [{规则名: a, 当: {基数: «..99.99}, 佣金: 1%}, "
            "{规则名: b, 当: {基数: 101.00..}, 佣金: 2%}]}", "warning", "..99.99", "有空档",
            "a gap"),
    Mistake("a gap between ranks", "角色: {}\n任务: {t: {名次: [[1, 5.00], [«3..4, 1.00]]}}",
            "warning", "3..4", "第 2 名没有奖励", "rank 2 earns nothing"),
    Mistake("a bonus that falls", "角色: {分享: [{规则名: a, 佣金: 1%}]}\n奖励: [{名称: b, "
            "角色: [分享], 档位: [[1.00, 9.00], [2.00, «8.00]]}]", "warning", "8.00",
            "比上一档付得少", "pays less than the step before"),
    Mistake("a limit that names a role without rules", "角色: {分享: [{规则名: a, 佣金: 1%}]}\n"
            "上限: [{名称: m, 角色: [分享, «服务], 每行: 9%}]", "warning", "服务", "没有规则",
            "no rules"),
    Mistake("a role nobody can earn", "角色: {«分享: [{规则名: a, 佣金: 0%}]}",
            "warning", "分享", "没有人能得到“分享”", "nobody can earn as `share`"),
    Mistake("an entity asked for a guide's level", "角色: {商场: [{规则名: a, 当: {«级别: 金}, 佣金: 1%},"
            " {规则名: b, 佣金: 1%}]}", "warning", "级别", "永远不成立", "never holds"),
    Mistake("money with too many decimals", "角色: {分享: [{规则名: a, 佣金: {每件: «1.005}}]}",
            "error", "1.005", "最多 2 位小数", "2 decimals"),
    Mistake("a full-width percent sign", "角色: {分享: [{规则名: a, 佣金: «3％}]}",
            "error", "3％", "全角百分号；请写“3%”", "write `3%`"),
    Mistake("a full-width percent sign where money stands", "角色: {分享: [{规则名: a, 佣金: {每件: "
            "«3％}}]}", "error", "3％", "全角百分号；这里需要金额",
            "a full-width percent sign; needed here: an amount"),
    Mistake("one value where a tier has two", "角色: {分享: [{规则名: a, 佣金: {阶梯: [«[0]]}}]}",
            "error", "0", "例如“[50000.00, 4%]”", "as `[50000.00, 4%]`"),
    Mistake("a role that cannot be read, named elsewhere", "角色: {分享: «x}\n"
            "退款: {分享: 扣回}", "error", "x", "这里需要列表", "a list is needed here"),
    Mistake("a full-width comma between keys", "角色: {分享: [{规则名: a«，佣金: 3%}]}",
            "error", "，", "请改用半角“,”", "write `,`"),
    Mistake("full-width brackets", "角色: {分享: [{规则名: a, 当: {品牌: «【L】}, 佣金: 3%}, "
            "{规则名: b, 佣金: 1%}]}", "warning", "【L】", "会被当成一整个文本",
            "this is one text"),
    Mistake("an id in scientific form", "角色: {分享: [{规则名: a, 当: {品牌: «1.23E+15}, 佣金: 3%}, "
            "{规则名: b, 佣金: 1%}]}", "error", "1.23E+15", "位数已丢失",
            "its digits are lost"),
    Mistake("a task's id in scientific form", "角色: {}\n任务: {«1.23E+15: {得分: [[1, 5.00]]}}",
            "error", "1.23E+15", "位数已丢失", "its digits are lost"),
    Mistake("lost zeros", "角色: {分享: [{规则名: a, 当: {门店: ['0012', «34]}, 佣金: 3%}, "
            "{规则名: b, 佣金: 1%}]}", "warning", "34", "去掉了开头的 2 个 0",
            "dropped 2 leading zeros"),
    Mistake("lost zeros beside another rule's id", "角色: {分享: [{规则名: a, 当: {门店: '0012'}, "
            "佣金: 3%}, {规则名: b, 当: {门店: «34}, 佣金: 3%}, {规则名: c, 佣金: 1%}]}",
            "warning", "34", "去掉了开头的 2 个 0", "dropped 2 leading zeros"),
    Mistake("digits beyond the fifteenth", "角色: {分享: [{规则名: a, 当: {门店: «1234567890123450000}, "
            "佣金: 3%}, {规则名: b, 佣金: 1%}]}", "warning", "1234567890123450000",
            "只保留 15 位", "keeps 15 digits"),
    Mistake("a case that cannot be read", "角色: {分享: [{规则名: a, 佣金: 3%}]}\n"
            "测试: [{用例: x, 订单: {实付: 1, «分亨: 甲}}]", "error", "分亨", "未知的键",
            "unknown key"),
]


def test_a_channel_in_scientific_form_is_found_where_it_has_a_window(fen: Fen) -> None:
    text = HEAD.replace("{有效期: 7天}", "{有效期: 7天, 分渠道: {1.23E+15: 1天}}") + "角色: {}\n"
    (fen.directory / "p.yaml").write_text(text, encoding="utf-8")
    told = fen("plan", "check", "p.yaml", code=78, lang="zh_CN.UTF-8").stdout
    assert "p.yaml:6:21: 错误: “1.23E+15”：表格把编号变成了科学计数" in told, told


@pytest.mark.parametrize("lang", ["zh_CN.UTF-8", "en_GB.UTF-8"])
@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_each_mistake_has_place_text_and_mend(fen: Fen, mistake: Mistake, lang: str) -> None:
    (fen.directory / "p.yaml").write_text(mistake.yaml, encoding="utf-8")
    code = 78 if mistake.grade == "error" else 0
    found = [json.loads(line) for line in
             fen("plan", "check", "p.yaml", "--json", code=code, lang=lang).stdout.splitlines()]
    assert [item["grade"] for item in found] == [mistake.grade], found
    assert (found[0]["line"], found[0]["column"]) == mistake.place
    assert found[0]["text"] == mistake.text and found[0]["file"] == "p.yaml"
    assert (mistake.chinese if lang.startswith("zh") else mistake.english) in found[0]["message"]


CASE_MISTAKES = [
    ("订单: {实付: 1}", "缺少“用例”"),
    ("用例: x", "这个用例里没有发生任何事"),
    ("用例: x, 订单: {实付: 1}, 期望: {火星:甲: 1}", "收款方写导购编号"),
    ("用例: x, 订单: {实付: 1}, 期望: {甲: {分亨: 1}}", "可写 `分享`"),
    ("用例: x, 订单: {实付: 1}, 期望: {甲: 一元}", "这里需要金额"),
    ("用例: x, 订单: {实付: 1}, 期望: [甲]", "这里需要“键: 值”的映射"),
    ("用例: x, 订单: []", "列表为空"),
    ("用例: x, 订单: {行: [{实付: 1}], 品牌: L}", "请移到“行”里"),
    ("用例: x, 订单: {行: [1]}", "这里需要“键: 值”的映射"),
    ("用例: x, 订单: {实付: 1, 数量: 0}", "超出范围"),
    ("用例: x, 订单: {实付: 1, 下单: 明天}", "这里需要当地时间"),
    ("用例: x, 订单: {实付: 1, 直播: {场次: a}}", "缺少“主播”"),
    ("用例: x, 订单: {实付: 1, 直播: [甲]}", "这里需要“键: 值”的映射"),
    ("用例: x, 订单: {实付: 1, 分享: {提前: 1天}}", "缺少“导购”"),
    ("用例: x, 订单: {实付: 1, 分享: {导购: 甲, 提前: 1月}}", "这里需要时长"),
    ("用例: x, 订单: {实付: 1, 服务: {甲: 0}}", "超出范围"),
    ("用例: x, 订单: {实付: 1, 履约: []}", "列表为空"),
    ("用例: x, 订单: {实付: 1, 履约: [下单]}", "这里不能写这个词"),
    ("用例: x, 订单: {实付: 1, 退款: {行号: 2, 金额: 1}}", "订单只有 1 行"),
    ("用例: x, 订单: {实付: 1, 退款: [{行号: 1}]}", "缺少“金额”"),
    ("用例: x, 订单: {实付: 1, 退款: {金额: 1, 方式: 白送}}", "这里不能写这个词"),
    ("用例: x, 订单: {实付: 1, 优惠: [1]}", "这里需要“键: 值”的映射"),
    ("用例: x, 导购: [甲], 订单: {实付: 1}", "这里需要“键: 值”的映射"),
    ("用例: x, 导购: {甲: {级别: []}}, 订单: {实付: 1}", "这里需要一个单独的值"),
    ("用例: x, 导购: {甲: 1}, 订单: {实付: 1}", "这里需要“键: 值”的映射"),
    ("用例: x, 导购: {甲: {自购: 也许}}, 订单: {实付: 1}", "这里不能写这个词"),
    ("用例: x, 门店: {S: {类型: 摊位}}, 订单: {实付: 1}", "这里不能写这个词"),
    ("用例: x, 门店: {S: 1}, 订单: {实付: 1}", "这里需要“键: 值”的映射"),
    ("用例: x, 门店: [S], 订单: {实付: 1}", "这里需要“键: 值”的映射"),
    ("用例: x, 绑定: [甲], 订单: {实付: 1}", "这里需要“键: 值”的映射"),
    ("用例: x, 得分: [1]", "这里需要“键: 值”的映射"),
    ("用例: x, 得分: {t: {甲: 高}}", "这里需要整数"),
]


@pytest.mark.parametrize("case, message", CASE_MISTAKES, ids=[row[0] for row in CASE_MISTAKES])
def test_each_mistake_in_a_case_is_named(fen: Fen, case: str, message: str) -> None:
    text = HEAD + f"角色: {{分享: [{{规则名: a, 佣金: 3%}}]}}\n测试: [{{{case}}}]\n"
    (fen.directory / "p.yaml").write_text(text, encoding="utf-8")
    out = fen("plan", "check", "p.yaml", code=78, lang="zh_CN.UTF-8").stdout
    assert message in out and "p.yaml:8:" in out and "1 处错误" in out


def test_two_cases_of_one_name_are_an_error(fen: Fen) -> None:
    case = "{用例: x, 订单: {实付: 1}}"
    text = HEAD + f"角色: {{分享: [{{规则名: a, 佣金: 3%}}]}}\n测试: [{case}, {case}]\n"
    (fen.directory / "p.yaml").write_text(text, encoding="utf-8")
    assert "第 8 行已有同名用例" in fen("plan", "check", "p.yaml", code=78,
                                lang="zh_CN.UTF-8").stdout


def test_the_engine_passes_over_mistakes_in_cases(fen: Fen) -> None:
    text = HEAD + "角色: {分享: [{规则名: a, 佣金: 3%}]}\n测试: [{用例: x, 订单: {付: 1}}]\n"
    (fen.directory / "p.yaml").write_text(text, encoding="utf-8")
    (fen.directory / "none.ndjson").write_text("")
    fen("replay", "--plan", "p.yaml", "none.ndjson")


def test_a_window_of_zero_is_an_error(fen: Fen) -> None:
    text = HEAD.replace("7天", "0天") + "角色: {分享: [{规则名: a, 佣金: 3%}]}\n"
    (fen.directory / "p.yaml").write_text(text, encoding="utf-8")
    out = fen("plan", "check", "p.yaml", code=78, lang="zh_CN.UTF-8").stdout
    assert "p.yaml:6:11: 错误: “0天”：超出范围；须大于 0" in out


def test_all_mistakes_of_all_files_at_once(fen: Fen) -> None:
    """Joined, the plans with an error still show each of theirs."""
    errors = [mistake for mistake in MISTAKES if mistake.grade == "error"]
    for number, mistake in enumerate(errors):
        (fen.directory / f"p{number}.yaml").write_text(mistake.yaml, encoding="utf-8")
    names = [f"p{number}.yaml" for number in range(len(errors))]
    out = fen("plan", "check", *names, code=78).stdout
    for name, mistake in zip(names, errors):
        line, column = mistake.place
        assert f"{name}:{line}:{column}: error: \"{mistake.text}\": " in out
    assert f"{len(errors)} error(s), 0 warning(s)" in out


def test_one_file_shows_all_its_mistakes(fen: Fen) -> None:
    text = HEAD + """\
角色:
  分享:
    - {规则名: a, 当: {品牌: 1.23E+15}, 佣金: 4.5％}
    - {规则名: b, 佣金: 3%, 封顶: {每行: 10.005}, 分成: {本人: 70%}}
    - {规则名: c, 佣金: 3%}
    - {规则名: d, 佣金: 3%}
"""
    (fen.directory / "p.yaml").write_text(text, encoding="utf-8")
    out = fen("plan", "check", "p.yaml", code=78).stdout
    assert re.findall(r"^p\.yaml:(\d+):\d+: (\w+)", out, re.MULTILINE) == [
        ("9", "error"), ("9", "error"), ("10", "error"), ("10", "error"), ("12", "warning")]


def version(number: int, start: str, end: str = "", name: str = "p", pay: str = "1%") -> str:
    to = f"失效: {end} 00:00\n" if end else ""
    head = HEAD.replace("方案: p", f"方案: {name}").replace("版本: 1", f"版本: {number}")
    return (head.replace("2026-01-01", start) + to +
            f"角色: {{分享: [{{规则名: a, 佣金: {pay}}}]}}\n")


OVERLAPS = [
    ("two plans at a time", [version(1, "2026-01-01"), version(1, "2026-06-01", name="q")], 78,
     "overlaps in time with plan `q` in b.yaml"),
    ("one after the other", [version(1, "2026-01-01", "2026-06-01"),
                             version(1, "2026-06-01", name="q")], 0, ""),
    ("the same version with other content", [version(1, "2026-01-01"),
                                             version(1, "2026-01-01", pay="2%")], 78,
     "b.yaml is version 1 too, with other content"),
    ("a version that is never in force", [version(1, "2026-02-01"), version(2, "2026-01-01")], 0,
     "never in force: version 2 in b.yaml covers all of its time"),
    ("a version that comes back", [version(1, "2026-01-01"),
                                   version(2, "2026-02-01", "2026-03-01")], 0,
     "in force again when version 2 in b.yaml ends"),
    ("a successor", [version(1, "2026-01-01"), version(2, "2026-02-01")], 0, ""),
]


@pytest.mark.parametrize("title, texts, code, message", OVERLAPS, ids=[row[0] for row in OVERLAPS])
def test_files_given_together_are_held_against_each_other(
        fen: Fen, title: str, texts: list[str], code: int, message: str) -> None:
    for name, text in zip(("a.yaml", "b.yaml"), texts):
        (fen.directory / name).write_text(text, encoding="utf-8")
    out = fen("plan", "check", "a.yaml", "b.yaml", code=code).stdout
    found = [line for line in out.splitlines() if line.startswith("a.yaml:1:1:")]
    assert [message in line for line in found] == ([True] if message else []), out


def test_what_cannot_be_read_ends_in_65_and_no_file_in_2(fen: Fen) -> None:
    alone = fen("plan", "check", "none.yaml", code=65, lang="zh_CN.UTF-8")
    assert "无法读取" in alone.stderr and alone.stdout == "1 个文件未能读取\n"
    (fen.directory / "p.yaml").write_text(version(1, "2026-01-01"), encoding="utf-8")
    beside = fen("plan", "check", "none.yaml", "p.yaml", code=65).stdout.splitlines()
    assert beside[-2:] == ["0 error(s), 0 warning(s)", "1 file(s) not read"]
    assert "fen plan check --help" in fen("plan", "check", code=2).stderr
    assert "did you mean `fen plan check`" in fen("plan", "chekc", code=2).stderr
    assert "plan export" in fen("plan", "--help").stdout


def test_what_would_steer_a_terminal_is_named(fen: Fen) -> None:
    text = HEAD + 'nam\u200be: "\\e[31m\\x9b0m"\n角色: {"\\e]0;x\\a": []}\n'
    (fen.directory / "p.yaml").write_text(text, encoding="utf-8")
    out = fen("plan", "check", "p.yaml", code=78).stdout
    assert "nam<U+200B>e" in out and "<U+001B>]0;x<U+0007>" in out
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b]", out)
    found = fen("plan", "check", "p.yaml", "--json", code=78).stdout.splitlines()
    assert "\x1b]0;x\a" in [json.loads(line)["text"] for line in found]


def test_a_currency_that_is_none_of_iso_4217_is_named(fen: Fen) -> None:
    text = version(1, "2026-01-01").replace("CNY", "RMB")
    (fen.directory / "p.yaml").write_text(text, encoding="utf-8")
    out = fen("plan", "check", "p.yaml").stdout
    assert "p.yaml:3:5: warning: \"RMB\": " in out and "write `CNY`" in out


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_have_neither_errors_nor_warnings(fen: Fen, name: str) -> None:
    out = fen("plan", "check", str(PLANS / f"{name}.yaml")).stdout
    assert "0 error(s), 0 warning(s)" in out


@pytest.mark.parametrize("name", EXAMPLES)
def test_cases_of_the_examples_pass_and_reach_every_rule(fen: Fen, name: str) -> None:
    rows = [json.loads(line) for line in
            fen("plan", "test", str(PLANS / f"{name}.yaml"), "--json").stdout.splitlines()]
    assert all(row["result"] == "passed" for row in rows[:-1]) and len(rows) > 4
    assert rows[-1]["unreached"] == []
