"""What `fen plan check` tells to write, written: the error is gone, and there was only that one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from flow.test_replay_cli import Fen

PLAN = """\
方案: p1
版本: 1
名称: 测试方案
币种: CNY
时区: "+08:00"
生效: 2026-10-01 00:00
失效: 2027-01-01 00:00
基数: {加回: [platform], 剔除: [tax]}
分享: {有效期: 7天, 分渠道: {tmall: 15天}}
独占顺序: [分享, 绑定]
角色:
  分享:
    - 规则名: 美妆分享
      当: {品类: [护肤, 彩妆], 门店类型: 自营}
      佣金: 4.5%
      封顶: {每行: 200.00, 每单: 500.00}
      分成: {本人: 70%, 成交门店: 30%}
      冻结: {自: 签收, 天数: 7}
    - {规则名: 其余分享, 佣金: 3%}
  绑定:
    - {规则名: 绑定, 佣金: 2%}
  服务:
    - {规则名: 短期, 当: {绑定天数: 30..90}, 佣金: 1%}
    - {规则名: 阶梯, 佣金: {方式: 累进, 阶梯: [[0, 1%], [10000.00, 2%]]}, 计入: 提货}
上限:
  - {名称: 单行总额, 角色: [分享, 绑定], 每行: 8%}
奖励: [{名称: 达标, 角色: [分享], 依据: 基数, 档位: [[100000.00, 500.00]]}]
任务:
  t1: {得分: [[600, 20.00], [800, 50.00]]}
测试:
  - {用例: x, 订单: {实付: 10.00, 下单: 2026-10-02 08:00, 分享: 甲}, 期望: {甲: 0.30}}
"""
NBSP, ZERO_WIDTH, WIDE_SPACE = "\u00a0", "\u200b", "\u3000"
MISTAKES = [  # in the plan, instead
    ("每行: 200.00", "每行:200.00"), ("佣金: 4.5%", "佣金:4.5%"), ("版本: 1", "版本:1"),
    ("tmall: 15天", "tmall:15天"), ("每行: 200.00", "每行：200.00"),
    ("每行: 200.00, 每单: 500.00", "每行：200.00，每单：500.00"),
    ("规则名: 其余分享, 佣金: 3%", "规则名：其余分享, 佣金：3%"),
    ("{有效期: 7天, 分渠道: {tmall: 15天}}", "{有效期：7天，匹配：任意}"), ("版本: 1", "版本：1"), ("甲: 0.30", "甲：0.30"),
    ("tmall: 15天", "tmall：15天"), ("名称: 测试方案", "名称: 测试：方案"),
    ("名称: 测试方案", "名称: 打折10％方案"), ("4.5%", "4.5％"), ("4.5%", "４.５%"), ("4.5%", "4。5%"),
    ("4.5%", "4.5 %"), ("7天, ", "7 天, "), ("7天, ", "７天, "), ("天数: 7", "天数: ７"),
    ("30..90", "30～90"), ("30..90", "30~90"), ("30..90", "30-90"), ("30..90", "30－90"),
    ("30..90", "30至90"), ("30..90", "30…90"), ("30..90", "30...90"), ("30..90", "30 .. 90"),
    ("200.00", "1,200.00"), ("200.00", '"1,200.00"'), ("200.00", "1，200.00"), ("200.00", "￥200"),
    ("[100000.00, 500.00]", "[100,000.00, 500.00]"), ("[0, 1%]", "[0，1%]"),
    ("[800, 50.00]", "[800、50.00]"), ("[0, 1%], [10000.00, 2%]", "[0, 1%], [10000.00, 2％]"),
    ("[0, 1%], [10000.00, 2%]", "[0, 1％], [10000.00, 2%]"),
    ("[分享, 绑定], 每行", "[分享，绑定], 每行"), ("[分享, 绑定], 每行", "【分享, 绑定】, 每行"),
    ("[分享, 绑定], 每行", "（分享，绑定）, 每行"), ("[护肤, 彩妆]", "【护肤, 彩妆】"),
    ("[分享, 绑定]\n", "[分享、绑定]\n"), ("{每行: 200.00, 每单: 500.00}", "（每行: 200.00）"),
    ("200.00, 每单", "200.00，每单"), ("{有效期: 7天", "｛有效期: 7天"),
    ("    - {规则名: 其余", "    － {规则名: 其余"), ("    - {规则名: 其余", "    — {规则名: 其余"),
    ("      佣金: 4.5%", NBSP * 6 + "佣金: 4.5%"), ("版本: 1", f"版本:{NBSP}1"),
    ("版本: 1", f"{ZERO_WIDTH}版本: 1"), ("签收", f"签收{ZERO_WIDTH}"), ("CNY", f"CNY{NBSP}"),
    ("版本: 1", f"版本{WIDE_SPACE}: 1"), ("7天, ", f"7{ZERO_WIDTH}天, "),
    ("方案: p1", f"方案: p1{WIDE_SPACE}"), ("名称: 测试方案", '名称: "测试\\a方案"'),
    ("CNY", "人民币"), ("CNY", "cny"), ("CNY", "“CNY”"),
    ('"+08:00"', "“+08:00”"), ('"+08:00"', '"+08：00"'),
    ("2026-10-01 00:00", "2026-10-01 00：00"), ("2026-10-01 00:00", "2026/10/1"),
    ("2026-10-01 00:00", "2026年10月1日"), ("2026-10-01 00:00", "2026-10-1 0:00"),
    ("2026-10-02 08:00", "2026-10-02T08:00:00"), ("实付: 10.00", "实付: １0.00"),
    ("每单", "毎单"), ("提货", "题货"), ("任务", "任物"),
    ("7天, 分渠道: {tmall: 15天}", "7天；匹配: 任意"), ("佣金: 3%}", "佣金: 3%}  ＃ 备注"),
    ("佣金: 4.5%", "佣金: 4.5%  ＃ 备注"), ("版本: 1", "版本: １＃"),
    ("    - {规则名: 其余", "    ＃ 备注\n    - {规则名: 其余"), ("规则名: 其余分享", '规则名: "其\\n余"'),
]
TWO = {"（每行: 200.00）", "规则名：其余分享"}  # signs, or keys, each of them an error
SUGGESTIONS = [r"请写“(.*)”$", r"write `(.*)`$", r"可写 `([^`、]*)`$", r"请改用半角“(.)”$"]
SPACES = ["请改用半角空格", "use common spaces"]
COLONS = ["请改用半角冒号加一个空格", "write `:` and a space"]


def suggested(found: dict[str, Any]) -> str:
    message: str = found["message"]
    if any(said in message for said in SPACES):
        return " " * len(found["text"])
    if any(said in message for said in COLONS):
        return ": "
    for pattern in SUGGESTIONS:
        if match := re.search(pattern, message):
            return match.group(1)
    raise AssertionError(f"no mend: {message}")


def mended(text: str, found: dict[str, Any]) -> str:
    """The plan with what the error's message tells to write in the place of its text."""
    lines = text.split("\n")
    at = len("\n".join(["", *lines[: found["line"] - 1]])) + found["column"] - 1
    wrong = found["text"]
    escaped = wrong.replace("\a", "\\a").replace("\n", "\\n")
    spellings = [f'"{wrong}"', f'"{escaped}"', wrong]
    written = next(spelling for spelling in spellings if text[at:].startswith(spelling))
    return text[:at] + suggested(found) + text[at + len(written):]


@pytest.mark.parametrize("lang", ["zh_CN.UTF-8", "en_GB.UTF-8"])
@pytest.mark.parametrize(("right", "wrong"), MISTAKES, ids=[row[1] for row in MISTAKES])
def test_what_is_told_to_write_mends_it(
    fen_binary: Path, directory: Path, right: str, wrong: str, lang: str
) -> None:
    assert right in PLAN
    text = PLAN.replace(right, wrong, 1)
    for left in range(2 if any(part in wrong for part in TWO) else 1, -1, -1):
        (directory / "p.yaml").write_text(text, encoding="utf-8")
        out = Fen(fen_binary, directory)("plan", "check", "p.yaml", "--json", lang=lang,
                                         code=78 if left > 0 else 0).stdout
        found = [json.loads(line) for line in out.splitlines()]
        wrong_ones = [item for item in found if item["grade"] == "error"]
        assert len(wrong_ones) == left, (text, found)
        if left > 0:
            text = mended(text, wrong_ones[0])


NO_MENDS = [  # what is refused and has no plain mend: a part of what is told
    ("[分享, 绑定], 每行", "（分享］, 每行", "full-width digits or signs; a list is needed"),
    ("[分享, 绑定], 每行", "［分享, 每行", "full-width"), ("[分享, 绑定], 每行", "分享, 每行", "a list is"),
    ("[分享, 绑定], 每行", "（分享, 每行", "full-width digits or signs; a list is needed"),
    ("[分享, 绑定], 每行", "[分享，甲], 每行", "full-width digits or signs; this word cannot"),
    ("[800, 50.00]", "[8, 0, 50.00]", "two values"),
    ("[800, 50.00]", "[[800], 1, 50.00]", "two values"),
    ("[800, 50.00]", "[[800, 50.00]]", "two values"),
    ("[800, 50.00]", "[800, [1], 50.00]", "two values"), ("[800, 50.00]", "[]", "two values"),
    ("[800, 50.00]", "['800,50.00']", "two values"), ("[800, 50.00]", "[８00]", "two values"),
    ("[800, 50.00]", "{800: 50.00}", "two values"),
    ("[600, 20.00], ", "&a [600, 20.00], ", "anchors"),
    ("200.00, 每单", "1,2000, 每单", "unknown key"), ("200.00, 每单", "【20, 每单", "full-width"),
    ("200.00, 每单", "[200.00], 每单", "a single value"),
    ("200.00, 每单", '"", 每单', "the value is empty"),
    ("200.00, 每单", "1e9, 每单", "needed here: an amount"),
    ("30..90", "九十", "needed here: a number or"),
    ("{绑定天数: 30..90}", "{基数: 九十}", "needed here: an amount or a range"),
    ("{绑定天数: 30..90}", "{绑定天数: 1..9999999999999999999}", "needed here: a whole number"),
    ("品类: [护肤", "品类：[护肤", "a full-width colon"), ("CNY", "人民", "a currency is three"),
    ("CNY", "￥", "full-width digits or signs; a currency"), ("CNY", "元", "write `CNY`"),
    ('"+08:00"', "东八区", "a time zone is an offset"), ("2026-10-01 00:00", "十月", "a local time"),
    ("方案: p1", "方案: 华 东", "an id has 1-64 bytes"), ("方案: p1", "方案: 华　东", "full-width space"),
    ("名称: 测试方案", f"名称: {'长' * 43}　", "shorten it"), ("规则名: 其余分享", "規則: a", "unknown key"),
    ("规则名: 其余分享, 佣金", "規則名：其余分享, 佣金", "a full-width colon"),
    ("规则名: 其余分享, 佣金", "：其余分享, 佣金", "full-width"), ("任务:\n", "任务：\n", "a full-width colon"),
    ("{有效期: 7天, 分渠道: {tmall: 15天}}", "{有效期: ' '}", "needed here: a duration"),
    ("甲: 0.30", "甲：0.30, 乙: x", "a full-width colon"),
    ("佣金: 3%}", "佣金: 3%}}", "delete `}`"), ("佣金: 3%}", "佣金: 3%}]", "delete `]`"),
    ("任务:\n", "任务:\n}\n", "not YAML"), ("佣金: 4.5%", "佣金: 甲 ＃ 备注", "a percentage"),
    ("    - {规则名: 其余", "    -{规则名: 其余", "write `- `"),
    ("    - 规则名: 美妆", "    -规则名: 美妆", "write `- `"),
    ("- {规则名: 短期", "-规则名: 乙\n    - {规则名: 短期", "write `- `"),
    ("规则名: 其余", "规则名: 其: 余", "put the text in quotes"),
    ("规则名: 其余", "规则名: @余", "put the text in quotes"),
    ("规则名: 其余", "规则名: `余", "put the text in quotes"),
    ("规则名: 其余", "规则名: %余", "put the text in quotes"), ("佣金: 3%", "佣金: %3", "as `3%`"),
    ("规则名: 其余分享", '规则名: "\\q"', "write `\\\\`"),
    ("规则名: 其余分享", '规则名: "\\xZZ"', "write `\\\\`"),
    ("规则名: 其余分享", '规则名: "\\ud800"', "write `\\\\`"),
    ("规则名: 其余分享", '规则名: "\\n"', "write one"),
    ("佣金: 3%", "佣金: 3%, 每位: 5.00", "leave it out"), ("佣金: 3%", "每位: 5.00", "write `pay`"),
    ("佣金: 3%", "佣金: 3%, 佣全: 3%", "stands in line 19; leave it out"),
    ("佣金: 3%", "佣全: 3%, 佣金: 3%", "stands in line 19; leave it out"),
    ("佣金: 3%", "佣金: &a 3%", '"&a": anchors'), ("佣金: 3%", "佣金: *a", '"*a": aliases'),
    ("佣金: 3%", "佣金: !!str 3%", '"!!str": tags'), ("佣金: 3%", "佣金: !<a> 3%", '"!<a>": tags'),
    ("佣金: 3%", "佣金: !a 3%", '"!a": tags'),
    ("测试:\n", f"#{'x' * 300000}\n", "more than 262144"),
    ("名称: 测试方案", "名称: 甲\n? [甲]\n: 乙", "a key must"), ("名称: 测试方案", "  名称: 甲\n  编号: 乙", "not YAML"),
]


@pytest.mark.parametrize("lang", ["zh_CN.UTF-8", "en_GB.UTF-8"])
@pytest.mark.parametrize(("right", "wrong", "said"), NO_MENDS, ids=[row[1][:9] for row in NO_MENDS])
def test_what_has_no_plain_mend_is_told_too(
    fen_binary: Path, directory: Path, right: str, wrong: str, said: str, lang: str
) -> None:
    assert right in PLAN
    (directory / "p.yaml").write_text(PLAN.replace(right, wrong, 1), encoding="utf-8")
    out = Fen(fen_binary, directory)("plan", "check", "p.yaml", code=78, lang=lang).stdout
    assert said in out or lang.startswith("zh"), out


def test_many_slips_end_the_reading_and_what_follows_from_one_is_not_told(
    fen_binary: Path, directory: Path
) -> None:
    fen = Fen(fen_binary, directory)
    broken = "名称 甲\n备注: 乙\n" * 200
    (directory / "p.yaml").write_text(PLAN + broken, encoding="utf-8")
    assert fen("plan", "check", "p.yaml", code=78).stdout.count("not YAML") == 50
    text = PLAN.replace("名称: ", "名称 ").replace("币种: ", "币种 ").replace("版本: ", "版本:")
    (directory / "p.yaml").write_text(text, encoding="utf-8")
    out = fen("plan", "check", "p.yaml", code=78).stdout
    assert re.findall(r"^p.yaml:(\d+):1: error", out, re.MULTILINE) == ["2", "3", "4"], out
    for lines in ("测试\n用例: 1\n订单: 2\n", "测试:\n  用例 1\n  - 用例: 2\n    订单: 3\n  - 用例: 3\n"):
        text = PLAN[: PLAN.index("测试:")] + lines
        (directory / "p.yaml").write_text(text, encoding="utf-8")
        assert fen("plan", "check", "p.yaml", code=78).stdout.count("not YAML") == 1
    for text in ("[", "- 'a", "x y\nname: 1\n", "{", "名称：", "a：b\nc：\n"):
        (directory / "p.yaml").write_text(text, encoding="utf-8")
        assert "1 error(s)" in fen("plan", "check", "p.yaml", code=78).stdout or "：" in text


SLIPS = [  # a line of the plan, what stands there that is no YAML, and its place
    ("名称: 测试方案", "名称: 测试: 方案", (3, 7)), ("名称: 测试方案", '名称: "测试方案', (3, 5)),
    ("名称: 测试方案", "名称 测试方案", (3, 1)), ("      佣金: 4.5%", "      佣金 4.5%", (15, 7)),
    ("    - {规则名: 其余分享, 佣金: 3%}", "    - {规则名: 其余分享, 佣金: 3%", (19, 7)),
    ("    - {规则名: 其余分享, 佣金: 3%}", "   - {规则名: 其余分享, 佣金: 3%}", (19, 4)),
    ("    - {规则名: 其余分享, 佣金: 3%}", "    -{规则名: 其余分享, 佣金: 3%}", (19, 5)),
    ("其余分享, 佣金: 3%}", "其余分享,", (19, 7)), ("  分享:\n", "  分享\n", (12, 3)),
    ("角色:\n", "角色\n", (11, 1)),
    ("[800, 50.00]]}", "[800, 50.00]}", (29, 12)), ("测试:\n", "测试:\n  @x\n", (31, 3)),
    ("佣金: 3%}", "佣金: 3%}}", (19, 26)), ("    - 规则名: 美妆", "    -规则名: 美妆", (13, 5)),
    ("规则名: 其余", "规则名: 其: 余", (19, 14)), ("规则名: 其余", "规则名: @余", (19, 13)),
    ("佣金: 3%}", "佣金: %3}", (19, 23)), ("规则名: 其余", '规则名: "其\\xZZ"', (19, 15)),
]


@pytest.mark.parametrize(("right", "slip", "place"), SLIPS, ids=[row[1] for row in SLIPS])
def test_a_slip_in_the_yaml_hides_no_other_mistake(
    fen_binary: Path, directory: Path, right: str, slip: str, place: tuple[int, int]
) -> None:
    assert right in PLAN
    text = PLAN.replace(right, slip, 1)
    text = text.replace("版本: 1", "版本: 0", 1).replace("每行: 8%", "每行: 800%", 1)
    (directory / "p.yaml").write_text(text, encoding="utf-8")
    out = Fen(fen_binary, directory)("plan", "check", "p.yaml", "--json", code=78).stdout
    found = [json.loads(line) for line in out.splitlines()]
    errors = [(item["line"], item["column"]) for item in found if item["grade"] == "error"]
    assert errors == sorted([(2, 5), place, (26, 34)]), found
    slipped = next(item for item in found if (item["line"], item["column"]) == place)
    assert slipped["message"].startswith("not YAML: ") and slipped["text"]
