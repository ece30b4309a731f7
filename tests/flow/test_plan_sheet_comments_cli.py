"""`fen plan import` changes what the sheet changes: a comment stays where what it stands at stays,
and one that goes is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flow.test_plan_check_cli import HEAD
from flow.test_plan_sheet_cli import exported, imported, saved
from flow.test_replay_cli import Fen

COMMENTED = HEAD + """\
角色:
  分享:
  # 第一档
  - 规则名: 美妆   # 名称
    当:
      品类:
      - 护肤   # 老品类
      - 彩妆
      - |-
        香水
      门店: ["0012",   # 旗舰店
             "0034"]   # 新店
    佣金:
      方式: 累进     # 财务定
      阶梯:
      - [0, 1%]      # 起步
      - [1000, 2%]   # 一千
      - [5000, 3%]   # 五千
  - 规则名: 其余     # 兜底
    佣金: 3%
    分成:
      self: 70%      # 本人
      区域: 30%      # 区域
  服务: [
    {规则名: 提货, 当: {品类: 护肤},
     佣金: 1%},      # 甲
    {规则名: 自提, 佣金: 2%},   # 乙
  ]
  加盟商:
  - 封顶: {每单: 9}   # 上限
    冻结: {自: 签收, 天数: 7}
    规则名: 兜底
    佣金: 1%
  店长:
  - {规则名: 店长, 佣金: 0.5%}   # 丙
# 测试
测试: []
"""


@pytest.fixture()
def fen(fen_binary: Path, directory: Path) -> Fen:
    (directory / "p.yaml").write_text(COMMENTED, encoding="utf-8")
    return Fen(fen_binary, directory)


KEPT = [
    ("美妆", {"阶梯": "0=1%; 1000=2.5%; 5000=3%"}, [("[1000, 2%]", "[1000, 2.5%]")], ""),
    ("美妆", {"阶梯": "0=1%; 5000=3%"}, [("      - [1000, 2%]   # 一千\n", "")], "一千"),
    ("美妆", {"阶梯": "0=1%; 1000=2%; 2000=2.5%; 5000=3%"},
     [("      - [5000", "      - [2000.00, 2.5%]\n      - [5000")], ""),
    ("美妆", {"阶梯": "0=1%; 1000=2%; 5000=3%; 9000=4%"},
     [("  # 五千\n", "  # 五千\n      - [9000.00, 4%]\n")], ""),
    ("美妆", {"方式": "全额"}, [("累进 ", "全额 ")], ""),
    ("美妆", {"阶梯": "", "方式": "", "佣金": "4%"},
     [(COMMENTED[COMMENTED.index("方式: 累进"):COMMENTED.index("   # 五千")], "4%")],
     "财务定 起步 一千"),
    ("美妆", {"当品类": "护肤; 彩妆"}, [("      - |-\n        香水\n", "")], ""),
    ("美妆", {"当品类": "护肤; 彩妆; 男士"}, [("|-\n        香水", "男士")], ""),
    ("美妆", {"当品类": "护肤"}, [("      - 彩妆\n      - |-\n        香水\n", "")], ""),
    ("美妆", {"当品类": "护肤; 彩妆; 香水; 男士"},
     [("        香水\n", "        香水\n      - 男士\n")], ""),
    ("美妆", {"当门店": "0034"}, [('"0012",   # 旗舰店\n             "0034"', '"0034"')], "旗舰店"),
    ("美妆", {"当门店": "0012"}, [('             "0034"', "             ")], ""),
    ("美妆", {"规则名": "护肤"}, [("规则名: 美妆", "规则名: 护肤")], ""),
    ("美妆", {"规则名": "护肤", "承担": "总部"},
     [("规则名: 美妆", "规则名: 护肤"), ("  # 五千\n", "  # 五千\n    承担: 总部\n")], ""),
    ("其余", {"分成区域": "20%", "分成品牌": "10%"},
     [("区域: 30%      # 区域\n", "区域: 20%      # 区域\n      品牌: 10%\n")], ""),
    ("其余", {"分成区域": "", "分成品牌": "30%", "承担": "总部"},
     [("      区域: 30%      # 区域\n", "      品牌: 30%\n    承担: 总部\n")], "区域"),
    ("兜底", {"冻结自": "", "冻结天数": "", "封顶每单": ""},
     [("- 封顶: {每单: 9}   # 上限\n    冻结: {自: 签收, 天数: 7}\n    规则名", "- 规则名")], "上限"),
    ("其余", {"分成区域": "", "分成本人": ""},
     [("    分成:\n      self: 70%      # 本人\n      区域: 30%      # 区域\n", "")], "本人 区域"),
    ("提货", None, [("    {规则名: 提货, 当: {品类: 护肤},\n     佣金: 1%},      # 甲\n", "")], "甲"),
    ("自提", None, [("    {规则名: 自提, 佣金: 2%},   # 乙\n", "")], "乙"),
    ("店长", None, [("  店长:\n  - {规则名: 店长, 佣金: 0.5%}   # 丙\n", "  店长: []\n")], "丙"),
]


@pytest.mark.parametrize("rule, cells, changes, lost", KEPT, ids=lambda item: str(item)[:40])
def test_comments_stay_where_they_can_and_are_named_where_not(
        fen: Fen, rule: str, cells: dict[str, str] | None, changes: list[tuple[str, str]],
        lost: str) -> None:
    plan = COMMENTED
    rows = exported(fen)
    for row in [row for row in rows if row["规则名"] == rule]:
        if cells is None:
            rows.remove(row)
        else:
            row.update(cells)
            rows[0].update({key: "" for key in cells if key not in rows[0]})
    for old, new in changes:
        assert plan.count(old) == 1
        plan = plan.replace(old, new)
    assert imported(fen, rows) == plan
    said = fen("plan", "import", "p.yaml", "s.csv", lang="zh_CN.UTF-8").stderr
    assert re.findall("p.yaml:[0-9]+: 警告：注释“# (.*)”随所在内容一起去掉了", said) == lost.split()
    assert "改动 1 条规则" in said


def test_every_rule_may_go_and_others_come(fen: Fen) -> None:
    rows = exported(fen)
    (fen.directory / "s.csv").write_bytes(saved(rows).splitlines(keepends=True)[0])
    fen("plan", "import", "p.yaml", "s.csv")
    assert (fen.directory / "p.yaml").read_text(encoding="utf-8") == HEAD + (
        "角色:\n  分享: []\n  # 第一档\n  服务: []\n  加盟商: []\n  店长: []\n# 测试\n测试: []\n")
    (fen.directory / "s.csv").write_bytes(saved(rows))
    assert "6 rule(s) changed" in fen("plan", "import", "p.yaml", "s.csv").stderr
    assert [row["规则名"] for row in exported(fen)] == [row["规则名"] for row in rows]


def test_all_rules_of_a_role_are_others(fen: Fen) -> None:
    rows = exported(fen)
    for row in rows:
        row.update({"规则名": "新" + row["规则名"], "当品类": "新品" + row["规则名"]})
    out = imported(fen, rows)
    assert all(f"规则名: 新{name}, 当: {{品类: 新品{name}" in out
               for name in ("美妆", "其余", "提货", "自提", "兜底", "店长"))
    assert "# 第一档" in out and "# 测试" in out and "规则名: 美妆" not in out
