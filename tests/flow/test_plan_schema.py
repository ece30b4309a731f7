"""`schemas/plan.schema.json`: it takes whatever `fen plan check` takes, refuses what a schema can
see to be wrong, has a Chinese title on every key, and knows every key in both languages."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flow.test_plan_check_cli import HEAD, MISTAKES, PLANS, Mistake
from flow.test_replay_cli import Fen
from lib import eventgen, plangen, servers
from lib.choice import Choice
from lib.json_schema import Schema, load_yaml
from lib.oracle import names

SCHEMA = Schema((servers.ROOT / "schemas" / "plan.schema.json").read_text(encoding="utf-8"))
# Mistakes that only a program can see: sums, order, money by currency, names of what is not there.
BEYOND = ("sum", "fall", "decimals", "scientific", "twice")


@pytest.fixture()
def fen(fen_binary: Path, directory: Path) -> Fen:
    return Fen(fen_binary, directory)


@pytest.mark.parametrize("path", sorted(PLANS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_example_fits(path: Path) -> None:
    assert SCHEMA.mistakes(load_yaml(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("mistake", [item for item in MISTAKES if "comma" not in item.name],
                         ids=lambda mistake: mistake.name)
def test_warnings_fit_and_errors_of_form_do_not(mistake: Mistake) -> None:
    found = SCHEMA.mistakes(load_yaml(mistake.yaml))
    is_seen = mistake.grade == "error" and not any(word in mistake.name for word in BEYOND)
    assert bool(found) == is_seen, found


BAD_FORMS = [
    ("角色: {分享: [{规则名: a, 佣金: 5}]}", "a rate without a sign"),
    ("角色: {分享: [{规则名: a, 佣金: 1.00001%}]}", "five decimals"),
    ("角色: {分享: [{佣金: 5%}]}", "no name"),
    ("角色: {分享: [{规则名: a, 佣金: {每件: 1, 每行: 2}}]}", "two ways to pay"),
    ("角色: {分享: [{规则名: a, 佣金: 5%, 计入: 下单}]}", "an unknown fact"),
    ("角色: {分享: [{规则名: a, 佣金: 5%, 封顶: {}}]}", "an empty cap"),
    ("角色: {分享: [{规则名: a, 佣金: 5%, 冻结: {自: 签收}}]}", "a hold without days"),
    ("角色: {拉新: [{规则名: a, 佣金: 5%}]}", "a recruit's percentage"),
    ("角色: {self: [{规则名: a, 佣金: 5%}]}", "self is no role of rules"),
    ("角色: {}\n上限: [{名称: a, 角色: [分享]}]", "a limit without amount"),
    ("角色: {}\n任务: {a: {得分: [[1, 1]], 名次: [[1, 1]]}}", "score and rank"),
    ("角色: {}\n独占顺序: [服务]", "serve is not exclusive"),
    ("角色: {}\n测试: [{用例: a, 订单: {分享: 甲}}]", "an order without amount"),
]


@pytest.mark.parametrize("yaml, title", BAD_FORMS, ids=[row[1] for row in BAD_FORMS])
def test_what_the_schema_refuses_the_parser_refuses(fen: Fen, yaml: str, title: str) -> None:
    assert SCHEMA.mistakes(load_yaml(HEAD + yaml)) != []
    (fen.directory / "p.yaml").write_text(HEAD + yaml + "\n", encoding="utf-8")
    fen("plan", "check", "p.yaml", code=78)


def test_random_plans_that_are_checked_fit(fen: Fen) -> None:
    """Editors must not complain of a plan that the checker takes."""
    for seed in range(200):
        text = plangen.PlanGenerator(Choice.seeded(seed), eventgen.ALL).plan()
        (fen.directory / "p.yaml").write_text(text, encoding="utf-8")
        fen("plan", "check", "p.yaml")
        assert SCHEMA.mistakes(load_yaml(text)) == [], f"seed {seed}"


def keys_of(schema: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(schema, dict):
        for name, item in schema.get("properties", {}).items():
            yield name, item
        for item in schema.values():
            yield from keys_of(item)
    elif isinstance(schema, list):
        for item in schema:
            yield from keys_of(item)


def test_every_key_has_a_chinese_title() -> None:
    for name, item in keys_of(SCHEMA.root):
        assert re.search(r"[\u4e00-\u9fff]", item["title"]), name


def test_every_key_of_a_plan_is_known_in_both_languages() -> None:
    known = {name for name, _ in keys_of(SCHEMA.root)}
    tables = (names.PLAN_KEYS, names.BASE_KEYS, names.SHARE_KEYS, names.LIMIT_KEYS,
              names.BONUS_KEYS, names.TASK_KEYS, names.RULE_KEYS, names.PAY_KEYS, names.CAP_KEYS,
              names.HOLD_KEYS, names.WHEN_KEYS, names.RULE_ROLES, names.PORTIONS)
    for table in tables:
        assert set(table) <= known, set(table) - known
