"""`fen plan export` and `import`: a lossless round trip through a spreadsheet, with comments and
tests kept, and mistakes named by the sheet's row and column."""

from __future__ import annotations

import csv
import io
import os
import re
from pathlib import Path

import pytest

from flow.test_plan_check_cli import EXAMPLES, HEAD, PLANS
from flow.test_replay_cli import Fen
from lib import eventgen, plangen
from lib.choice import Choice

PLAN = HEAD + """\
# 角色和规则
角色:
  分享:  # 分享的规则
    # 美妆单独一档
    - 规则名: 美妆   # 名称
      当: {品类: [护肤, 彩妆], 门店: "0012"}
      佣金: 4.5%     # 去年 4%
      封顶: {每行: 200.00}
    - {规则名: 其余, 佣金: 3%}
  服务:
    - {规则名: 提货, 佣金: {每件: 2.00}, 计入: 提货, 承担: 总部}
测试:
  - {用例: a, 订单: {实付: 100.00, 分享: 甲}, 期望: {甲: 3.00}}  # 用例
"""


@pytest.fixture()
def fen(fen_binary: Path, directory: Path) -> Fen:
    (directory / "p.yaml").write_text(PLAN, encoding="utf-8")
    return Fen(fen_binary, directory)


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def exported(fen: Fen, *words: str) -> list[dict[str, str]]:
    return table(fen("plan", "export", "p.yaml", *words).stdout)


def evaluated(cell: str) -> str:
    is_formula = cell.startswith('="') and cell.endswith('"')
    return cell[2:-1].replace('""', '"') if is_formula else cell


def saved(rows: list[dict[str, str]], encoding: str = "utf-8-sig") -> bytes:
    """As a spreadsheet saves it: values, no formulas."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows([{key: evaluated(value) for key, value in row.items()} for row in rows])
    return out.getvalue().encode(encoding)


def imported(fen: Fen, rows: list[dict[str, str]], encoding: str = "utf-8-sig",
             code: int = 0, lang: str = "zh_CN.UTF-8") -> str:
    (fen.directory / "s.csv").write_bytes(saved(rows, encoding))
    (fen.directory / "new.yaml").unlink(missing_ok=True)
    done = fen("plan", "import", "p.yaml", "s.csv", "--out", "new.yaml", code=code, lang=lang)
    if code:
        assert not (fen.directory / "new.yaml").exists()
        return done.stderr
    return (fen.directory / "new.yaml").read_text(encoding="utf-8")


def test_the_sheet_begins_with_a_mark_and_keeps_ids_as_text(fen: Fen) -> None:
    raw = fen("plan", "export", "p.yaml").stdout
    assert raw.startswith("\ufeff角色,规则名,当品类,当门店,佣金")
    assert '"=""0012"""' in raw and "\r\n" in raw
    assert ",0012," in fen("plan", "export", "p.yaml", "--plain").stdout


REWRITTEN = [
    "1.50", ".5", "5.", "007", "1e5", "1E5", "5%", "12345678901", "(5)", "+1", "-x", "=1+1",
    "@a", "TRUE", "false", "SEPT1", "Dec1", "Mar 5", "Mar-1", "1-2", "3/4", "12:30", "3月5日", "三月五日",
    "12月", "下午3:00", "￥5", "$5", "１２", "#N/A", "'abc", '"x"', 'a"1', "1 1/2", "\u00a0x", "Ⅻ", "½",
]


@pytest.mark.parametrize("text", REWRITTEN)
def test_what_a_spreadsheet_might_rewrite_is_guarded(fen: Fen, text: str) -> None:
    quoted = text.replace('"', '\\"')
    plan = HEAD + f'''角色: {{开单: [{{规则名: "{quoted}", 当: {{品类: "{quoted}"}}, 佣金: 1%}}]}}\n'''
    (fen.directory / "p.yaml").write_text(plan, encoding="utf-8")
    row = exported(fen)[0]
    assert row["规则名"] == row["当品类"] == '="' + text.replace('"', '""') + '"'
    assert row["佣金"] == "1%"
    assert imported(fen, [row]) == plan
    row["规则名"], row["当品类"] = text, text
    assert imported(fen, [row]) == plan


@pytest.mark.parametrize("cell", ['="a""1"', '"=""a""""1"""', ' ="a""1" ', '"a""1"', 'a"1'])
def test_a_guarded_text_is_read_however_it_was_saved(fen: Fen, cell: str) -> None:
    """Some spreadsheets save the formula: with quotes around it, or without."""
    plan = HEAD + """角色: {开单: [{规则名: 'a"1', 佣金: 1%}]}\n"""
    (fen.directory / "p.yaml").write_text(plan, encoding="utf-8")
    (fen.directory / "s.csv").write_text(
        f"角色,规则名,佣金,计入,承担\n开单,{cell},1%,付款,品牌\n", encoding="utf-8")
    assert "0 rule(s) changed" in fen("plan", "import", "p.yaml", "s.csv").stderr
    assert (fen.directory / "p.yaml").read_text(encoding="utf-8") == plan


def test_plain_words_stand_as_they_are(fen: Fen) -> None:
    names = ["其余", "护肤（进口）", "member sale", "A-B"]
    rules = "".join(f"    - {{规则名: {name}, 当: {{品类: {name}}}, 佣金: 1%}}\n" for name in names)
    (fen.directory / "p.yaml").write_text(HEAD + "角色:\n  开单:\n" + rules, encoding="utf-8")
    rows = exported(fen)
    assert [row["规则名"] for row in rows] == [row["当品类"] for row in rows] == names


def test_a_text_too_long_for_a_formula_stands_as_it_is(fen: Fen) -> None:
    stores = [f"{number:05}" for number in range(100)]
    plan = PLAN.replace('门店: "0012"', "门店: [" + ", ".join(f'"{store}"' for store in stores) + "]")
    (fen.directory / "p.yaml").write_text(plan, encoding="utf-8")
    assert exported(fen)[0]["当门店"] == "; ".join(stores)
    assert imported(fen, exported(fen)) == plan


@pytest.mark.parametrize("rate", ["3.125%", "0.0001%", "42.8571%"])
def test_a_rate_of_more_than_two_decimals_is_guarded(fen: Fen, rate: str) -> None:
    """A spreadsheet shows and saves 3.13%."""
    (fen.directory / "p.yaml").write_text(PLAN.replace("佣金: 3%", f"佣金: {rate}"), encoding="utf-8")
    assert [row["佣金"] for row in exported(fen)] == ["4.5%", f'="{rate}"', ""]


@pytest.mark.parametrize("text", [" 护肤", "护肤 ", '=\\"1\\"'])
def test_a_text_that_no_sheet_keeps_is_refused_by_its_place(fen: Fen, text: str) -> None:
    plan = PLAN.replace("品类: [护肤, 彩妆]", f'品类: ["{text}", 彩妆]')
    (fen.directory / "p.yaml").write_text(plan, encoding="utf-8")
    done = fen("plan", "export", "p.yaml", "--out", "s.csv", code=78, lang="zh_CN.UTF-8")
    line = plan[:plan.index("品类: [")].count("\n") + 1
    assert f"p.yaml:{line}:" in done.stderr and "首尾的空格" in done.stderr
    assert not (fen.directory / "s.csv").exists()


@pytest.mark.parametrize("name", [*EXAMPLES, "demo", "full", "full-zh"])
@pytest.mark.parametrize("plain", [(), ("--plain",)])
def test_unchanged_sheets_leave_every_byte(fen: Fen, name: str, plain: tuple[str, ...]) -> None:
    plan = PLANS / f"{name}.yaml"
    fen("plan", "export", str(plan), *plain, "--out", "s.csv")
    fen("plan", "import", str(plan), "s.csv", "--out", "new.yaml")
    assert (fen.directory / "new.yaml").read_bytes() == plan.read_bytes()


def random_plan(seed: int) -> str:
    return plangen.PlanGenerator(Choice.seeded(seed), eventgen.ALL).plan()


def test_random_plans_come_back_byte_for_byte(fen: Fen) -> None:
    for seed in range(100):
        (fen.directory / "p.yaml").write_text(random_plan(seed), encoding="utf-8")
        assert imported(fen, exported(fen)) == random_plan(seed), f"seed {seed}"


def test_a_plan_takes_the_sheet_of_another(fen: Fen) -> None:
    """Whatever has to change, the file says the sheet in the end: it then changes nothing more.
    A sheet that would leave mistakes behind (a credit order that lacks) is not written."""
    written = 0
    for seed in range(60):
        (fen.directory / "p.yaml").write_text(random_plan(seed + 1000), encoding="utf-8")
        rows = exported(fen)
        (fen.directory / "p.yaml").write_text(random_plan(seed), encoding="utf-8")
        for header in exported(fen)[0]:
            rows[0].setdefault(header, "")
        (fen.directory / "s.csv").write_bytes(saved(rows))
        try:
            fen("plan", "import", "p.yaml", "s.csv")
        except AssertionError:
            fen("plan", "import", "p.yaml", "s.csv", code=78)
            assert (fen.directory / "p.yaml").read_text(encoding="utf-8") == random_plan(seed)
            continue
        written += 1
        assert "0 rule(s) changed" in fen("plan", "import", "p.yaml", "s.csv").stderr, seed
    assert written > 20


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gbk"])
def test_saved_sheets_in_utf8_and_gbk_leave_every_byte(fen: Fen, encoding: str) -> None:
    assert imported(fen, exported(fen), encoding) == PLAN


PAIRS = HEAD.replace("方案: ", "plan: ") + """\
roles:
  sale:
    - {name: 双十一, when: {category: [鞋, 女装]}, pay: 5%}
    - {name: rest, pay: 1%}
"""


def test_gbk_that_is_utf8_too_is_known_by_the_words_of_the_plan(fen: Fen) -> None:
    """鞋, 女装 and 双十一 in GBK are valid UTF-8 of other signs."""
    (fen.directory / "p.yaml").write_text(PAIRS, encoding="utf-8")
    rows = table(fen("plan", "export", "p.yaml", lang="en_GB.UTF-8").stdout)
    assert saved(rows, "gbk").decode("utf-8") != saved(rows, "utf-8").decode("utf-8")
    for encoding in ("gbk", "utf-8", "utf-8-sig"):
        assert imported(fen, rows, encoding) == PAIRS
    rows[0]["rule"] = "母婴"
    assert imported(fen, rows, "gbk") == PAIRS.replace("双十一", "母婴")
    # of words that are none of the plan's, nobody can tell
    rows[0].update({"when category": "", "rule": "食品"})
    assert "请另存为“CSV UTF-8”" in imported(fen, rows, "gbk", code=65)
    assert "食品" in imported(fen, rows, "utf-8-sig")


@pytest.mark.parametrize("end", [",]", ", ]", "]", "\n  ]", ",\n  ]"])
def test_the_last_of_a_list_in_brackets_goes_with_its_comma(fen: Fen, end: str) -> None:
    head = HEAD + "角色:\n  开单: [\n    {规则名: A, 佣金: 1%},\n"
    (fen.directory / "p.yaml").write_text(
        head + "    {规则名: B, 佣金: 2%, 封顶: {每行: 1.00},}" + end + "\n", encoding="utf-8")
    rows = exported(fen)
    rows[1]["封顶每行"] = ""
    assert "1.00" not in imported(fen, rows)
    assert "规则名: B" not in imported(fen, rows[:1])


def test_what_has_become_of_the_plan_is_said_in_words(fen: Fen) -> None:
    rows = exported(fen)
    (fen.directory / "s.csv").write_bytes(saved(rows[1:]))
    told = fen("plan", "import", "p.yaml", "s.csv", lang="zh_CN.UTF-8").stderr
    assert "改动 1 条规则，已写入 p.yaml" in told
    assert "  分享 · 美妆：删除：适用 品类 护肤、彩妆；门店 0012；佣金 4.5%" in told


EDITS = [
    ("美妆", {"佣金": "5%"}, "佣金: 4.5%     #", "佣金: 5%     #"),
    ("美妆", {"佣金": "5.00%"}, "佣金: 4.5%     #", "佣金: 5%     #"),
    ("美妆", {"封顶每单": "500"}, "封顶: {每行: 200.00}", "封顶: {每行: 200.00, 每单: 500.00}"),
    ("美妆", {"封顶每行": ""}, "      封顶: {每行: 200.00}\n", ""),
    ("美妆", {"当品类": "护肤"}, "品类: [护肤, 彩妆]", "品类: 护肤"),
    ("美妆", {"当品类": ""}, '{品类: [护肤, 彩妆], 门店: "0012"}', '{门店: "0012"}'),
    ("美妆", {"冻结自": "签收", "冻结天数": "7"}, "      封顶: {每行: 200.00}\n",
     "      封顶: {每行: 200.00}\n      冻结: {自: 签收, 天数: 7}\n"),
    ("其余", {"封顶每单": "80"}, "佣金: 3%}", "佣金: 3%, 封顶: {每单: 80.00}}"),
    ("其余", {"承担": "总部"}, "佣金: 3%}", "佣金: 3%, 承担: 总部}"),
    ("提货", {"每件": "", "佣金": "3.25%"}, "佣金: {每件: 2.00}", "佣金: 3.25%"),
    ("提货", {"承担": ""}, "承担: 总部", "承担: 品牌"),
]


@pytest.mark.parametrize("rule, cells, old, new", EDITS, ids=lambda item: str(item)[:30])
def test_only_what_was_changed_is_changed(
        fen: Fen, rule: str, cells: dict[str, str], old: str, new: str) -> None:
    rows = exported(fen)
    for row in rows:
        if row["规则名"] == rule:
            row.update(cells)
    assert PLAN.count(old) == 1
    assert imported(fen, rows) == PLAN.replace(old, new)


@pytest.mark.parametrize("sign", ["\u2028", "\ufeff", "\uffff", "\u00a0", "\u3000", "😀"])
def test_signs_that_yaml_does_not_take_bare_come_back(fen: Fen, sign: str) -> None:
    rows = exported(fen)
    rows[0]["当品类"] = rows[1]["规则名"] = f"甲{sign}乙"
    (fen.directory / "p.yaml").write_text(imported(fen, rows), encoding="utf-8")
    assert [evaluated(exported(fen)[0]["当品类"]), evaluated(exported(fen)[1]["规则名"])] == [
        f"甲{sign}乙"] * 2


def test_rows_added_and_removed(fen: Fen) -> None:
    rows = exported(fen)
    rows.insert(1, {"角色": "分享", "规则名": "直播间", "佣金": "2%", "封顶每单": "80"})
    assert imported(fen, rows) == PLAN.replace(
        "    - {规则名: 其余", "    - {规则名: 直播间, 佣金: 2%, 封顶: {每单: 80.00}}\n    - {规则名: 其余")
    rows = [row for row in exported(fen) if row["规则名"] != "其余"]
    assert imported(fen, rows) == PLAN.replace("    - {规则名: 其余, 佣金: 3%}\n", "")
    rows = [*exported(fen), {"角色": "券", "规则名": "券", "佣金": "1%"}]
    stderr = imported(fen, rows, code=78)
    assert "未写任何文件" in stderr and "独占顺序" in stderr
    rows[-1]["角色"] = "开单"
    assert "  开单: [{规则名: 券, 佣金: 1%}]\n测试:" in imported(fen, rows)


LIST = "第 2 行 C 列（当品类）：错误：“{}”：一格里的多个值用“;”分隔：请写“护肤; 彩妆”"
MISTAKES = [
    ({"佣金": "百分之五"}, "第 2 行 E 列（佣金）：错误：“百分之五”：这里需要百分比"),
    ({"佣金": "5％"}, "第 2 行 E 列（佣金）：错误：“5％”：全角符号；请写“5%”"),
    ({"封顶每行": "1.005"}, "第 2 行 G 列（封顶每行）：错误：“1.005”：本方案的币种最多 2 位小数"),
    ({"计入": "发或"}, "第 2 行 I 列（计入）：错误：“发或”：这里不能写这个词；可写 `发货`"),
    ({"角色": "分亨"}, "第 2 行 A 列（角色）：错误：“分亨”：未知的键；可写 `分享`"),
    ({"规则名": ""}, "第 2 行 B 列（规则名）：错误：缺少“规则名”；请填写"),
    ({"每件": "2.00"}, "第 2 行 E 列（佣金）：错误：“4.5%”：百分比与其他计佣方式同时填写"),
    ({"冻结天数": "7"}, "第 2 行 J 列（冻结自）：错误：缺少“冻结自”；请填写"),
    ({"冻结自": "签收"}, "第 2 行 K 列（冻结天数）：错误：缺少“冻结天数”；请填写"),
    ({"佣金": ""}, "第 2 行 E 列（佣金）：错误：缺少“佣金”；请填写"),
    ({"角色": "拉新"}, "第 2 行 E 列（佣金）：错误：“佣金”：拉新只写“每位”"),
    ({"当品类": "护肤,彩妆"}, LIST.format("护肤,彩妆")),
    ({"当品类": "护肤，彩妆"}, LIST.format("护肤，彩妆")),
    ({"当品类": "护肤、 彩妆"}, LIST.format("护肤、 彩妆")),
    ({"当品类": "[护肤, 彩妆]"}, LIST.format("[护肤, 彩妆]")),
    ({"当门店": "1.23E+15"}, "第 2 行 D 列（当门店）：错误：“1.23E+15”：表格把编号变成了科学计数"),
    ({"规则名": "其余"}, "第 3 行 B 列（规则名）：错误：“其余”：名称与第 2 行重复"),
]


@pytest.mark.parametrize("cells, message", MISTAKES, ids=lambda item: str(item)[:30])
def test_a_mistake_is_named_by_row_and_column(
        fen: Fen, cells: dict[str, str], message: str) -> None:
    rows = exported(fen)
    rows[0].update(cells)
    stderr = imported(fen, rows, code=78)
    assert f"s.csv：{message}" in stderr and "未写任何文件" in stderr


def test_zeros_that_a_spreadsheet_dropped_are_seen_down_the_column(fen: Fen) -> None:
    rows = exported(fen)
    rows[1]["当门店"] = "34"
    (fen.directory / "s.csv").write_bytes(saved(rows))
    done = fen("plan", "import", "p.yaml", "s.csv", "--out", "new.yaml", lang="zh_CN.UTF-8")
    assert "第 3 行 D 列（当门店）：警告：“34”：比同列的“0012”短" in done.stderr


def test_all_mistakes_of_a_sheet_at_once_in_english(fen: Fen) -> None:
    rows = exported(fen)
    rows[0]["佣金"] = "x"
    rows[1]["佣金"] = "y"
    rows[2]["计入"] = "z"
    stderr = imported(fen, rows, code=78, lang="en_GB.UTF-8")
    assert re.findall(r"s\.csv: row (\d), column (\w)", stderr) == [
        ("2", "E"), ("3", "E"), ("4", "I")]


def test_rows_in_another_order_are_refused(fen: Fen) -> None:
    rows = exported(fen)
    rows[0], rows[1] = rows[1], rows[0]
    assert "次序不同" in imported(fen, rows, code=78)


def test_unknown_headers_and_stray_values_are_refused(fen: Fen) -> None:
    (fen.directory / "s.csv").write_text("角色,规则名,佣斤\n分享,其余,3%\n", encoding="utf-8")
    assert "第 1 行 C 列（佣斤）" in fen("plan", "import", "p.yaml", "s.csv", code=78,
                                  lang="zh_CN.UTF-8").stderr
    (fen.directory / "s.csv").write_text("角色;规则名;佣金\n分享;其余;3%\n", encoding="utf-8")
    said = fen("plan", "import", "p.yaml", "s.csv", code=78, lang="zh_CN.UTF-8").stderr
    assert "第 1 行：错误：首行须有表头“角色”和“规则名”" in said and "缺少这一列" not in said
    rows = exported(fen)
    rows[0][""] = ""
    rows[1][""] = "x"
    assert "第 3 行 M 列：错误：“x”：该列没有表头" in imported(fen, rows, code=78)


def test_a_column_that_is_missing_is_named_and_nothing_is_written(fen: Fen) -> None:
    """It says neither that the values stay nor that they go."""
    rows = [{key: value for key, value in row.items() if key not in ("当门店", "封顶每行", "冻结自")}
            for row in exported(fen)]
    stderr = imported(fen, rows, code=78)
    assert re.findall("s.csv：第 1 行：错误：“(.*)”：缺少这一列", stderr) == ["当门店", "封顶每行"]
    assert imported(fen, [{key: value for key, value in row.items() if key != "冻结自"}
                          for row in exported(fen)]) == PLAN


def test_signs_that_part_values_come_back_within_one(fen: Fen) -> None:
    plan = PLAN.replace("[护肤, 彩妆]", '["鞋、包", "a,b", "[x]", "a；b", "c;d", "e\\\\f", "g，h"]')
    (fen.directory / "p.yaml").write_text(plan, encoding="utf-8")
    assert imported(fen, exported(fen)) == plan
    done = fen("plan", "import", "p.yaml", "s.csv", lang="zh_CN.UTF-8")
    assert "警告" not in done.stderr and "改动 0 条规则" in done.stderr


TIERED = HEAD + """\
角色:
  服务: [{规则名: 提货, 佣金: {阶梯: [[0, 1%], [1000, 2%]]}}]
  分享: [{规则名: 其余, 佣金: 3%}]
上限: [{名称: 每月, 角色: [分享], 每月: 20000}]
独占顺序: [分享]
"""


@pytest.mark.parametrize("cells, message", [
    ({"阶梯": "0=1%, 1000=2%"}, "第 3 行 E 列（阶梯）：错误：“0=1%, 1000=2%”：一格里的多个值用“;”分隔"),
    ({"阶梯": "0=1%；1000=2％"}, "第 3 行 E 列（阶梯）：错误：“1000=2％”：全角符号；请写“1000=2%”"),
    ({"阶梯": ""}, "第 3 行 E 列（阶梯）：错误：缺少“阶梯”；请填写"),
    ({"佣金": "3%"}, "第 3 行 C 列（佣金）：错误：“3%”：百分比与其他计佣方式同时填写"),
    ({"规则名": "每月"}, "第 3 行 B 列（规则名）：错误：“每月”：方案里的上限或奖励已用了这个名称"),
])
def test_one_mistake_is_said_once(fen: Fen, cells: dict[str, str], message: str) -> None:
    (fen.directory / "p.yaml").write_text(TIERED, encoding="utf-8")
    rows = exported(fen)
    rows[1].update(cells)
    stderr = imported(fen, rows, code=78)
    assert f"s.csv：{message}" in stderr and "有 1 处错误" in stderr


def test_what_the_rest_of_the_plan_lacks_is_named_by_its_line(fen: Fen) -> None:
    rows = exported(fen)
    rows.append({**dict.fromkeys(rows[0], ""), "角色": "券", "规则名": "券", "佣金": "1%"})
    stderr = imported(fen, rows, code=78)
    assert "p.yaml:1:1: 错误: “方案”：缺少“独占顺序”" in stderr and "方案的其余部分会有错误" in stderr


def test_headers_in_english_name_mistakes_in_english(fen: Fen) -> None:
    plan = PLANS / "full.yaml"
    (fen.directory / "p.yaml").write_bytes(plan.read_bytes())
    rows = exported(fen)
    rows[0].update({"hold from": "", "hold days": "7"})
    stderr = imported(fen, rows, code=78)
    assert "（hold from）：错误：缺少“hold from”；请填写" in stderr


def test_bytes_that_are_no_text_end_in_65(fen: Fen) -> None:
    (fen.directory / "s.csv").write_bytes(b"\xff\xff\xff,\x80\n")
    assert "neither UTF-8 nor GBK" in fen("plan", "import", "p.yaml", "s.csv", code=65).stderr
    (fen.directory / "s.csv").write_bytes(b'role,"rule\n')
    assert "row 1: a quote" in fen("plan", "import", "p.yaml", "s.csv", code=65).stderr


def test_the_plan_itself_is_replaced_without_out(fen: Fen) -> None:
    rows = exported(fen)
    rows[0]["佣金"] = "6%"
    (fen.directory / "s.csv").write_bytes(saved(rows))
    assert "1 rule(s) changed" in fen("plan", "import", "p.yaml", "s.csv").stderr
    assert (fen.directory / "p.yaml").read_text(encoding="utf-8") == PLAN.replace("4.5% ", "6% ")
    assert not (fen.directory / "p.yaml.new").exists()


def test_a_link_stays_one_and_permissions_stay(fen: Fen) -> None:
    target, link = fen.directory / "p.yaml", fen.directory / "link.yaml"
    target.chmod(0o600)
    link.symlink_to("p.yaml")
    rows = exported(fen)
    rows[0]["佣金"] = "6%"
    (fen.directory / "s.csv").write_bytes(saved(rows))
    before = set(fen.directory.iterdir())
    assert "written to link.yaml" in fen("plan", "import", "link.yaml", "s.csv").stderr
    assert link.is_symlink() and target.stat().st_mode & 0o777 == 0o600
    assert target.read_text(encoding="utf-8") == PLAN.replace("4.5% ", "6% ")
    assert set(fen.directory.iterdir()) == before


def test_what_is_no_file_is_written_to_and_not_replaced(fen: Fen) -> None:
    (fen.directory / "s.csv").write_bytes(saved(exported(fen)))
    pipe = fen.directory / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    fen("plan", "import", "p.yaml", "s.csv", "--out", "pipe")
    assert os.read(reader, 65536).decode() == PLAN and pipe.is_fifo()
    os.close(reader)
    assert fen("plan", "import", "p.yaml", "s.csv", "--out", "-").stdout == PLAN
