"""A plan version (SPEC §8) as plain data, and reading it from a plan file's text."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Callable

import yaml

from . import forms, names, plan_text
from .plan_text import PlanError


@dataclass
class Pay:
    """SPEC §8 `pay`: kind is percent, per_unit, per_line or tiers."""

    kind: str
    ppm: int = 0
    amount: int = 0
    mode: str = "step"
    tiers: list[tuple[int, int]] = field(default_factory=list)

    def is_nothing(self) -> bool:
        """SPEC §6: a rule that pays nothing has base 0."""
        return self.ppm == 0 and self.amount == 0 and not any(rate for _, rate in self.tiers)


@dataclass
class Rule:
    """One rule of one role."""

    role: str
    name: str
    when: dict[str, list[Any]]
    pay: Pay | None
    per_customer: int = 0
    cap_line: int | None = None
    cap_order: int | None = None
    split: dict[str, int] | None = None
    earned: str = "paid"
    hold: tuple[str, int] | None = None
    funder: str = "brand"


@dataclass
class Limit:
    """SPEC §8 `limits`: `line` in ppm, `month` as an amount, or both."""

    name: str
    roles: list[str]
    line: int | None
    month: int | None


@dataclass
class Bonus:
    """SPEC §7 `bonus`."""

    name: str
    roles: list[str]
    by: str
    table: list[tuple[int, int]]


@dataclass
class Task:
    """SPEC §5 task: `score` thresholds or `rank` places (first, last, amount)."""

    score: list[tuple[int, int]] | None
    rank: list[tuple[int, int, int]] | None


@dataclass
class Plan:
    """One version of a plan."""

    text: str
    plan_id: str
    version: int
    currency: str
    offset_ms: int
    from_ms: int
    to_ms: int
    add_back: list[str]
    exclude: list[str]
    window_ms: int
    window_by_channel: dict[str, int]
    sku_first: bool
    self_purchase: str
    exclusive: list[str]
    leaver: dict[str, str]
    refund: dict[str, str]
    roles: dict[str, list[Rule]]
    limits: list[Limit]
    bonus: list[Bonus]
    tasks: dict[str, Task]

    @property
    def label(self) -> str:
        """`plan@version`."""
        return f"{self.plan_id}@{self.version}"

    def covers(self, time_ms: int) -> bool:
        """SPEC §4: from ≤ created < to."""
        return self.from_ms <= time_ms < self.to_ms

    def overlaps(self, period: str) -> bool:
        """SPEC §7: whether the validity overlaps the period, in the plan's time zone."""
        start, end = forms.period_span(period, self.offset_ms)
        return self.from_ms < end and start < self.to_ms

    def period(self, time_ms: int) -> str:
        return forms.period_of(time_ms, self.offset_ms)

    def date(self, time_ms: int) -> str:
        return forms.date_of(time_ms, self.offset_ms)

    def rule(self, role: str, name: str) -> Rule | None:
        return next((rule for rule in self.roles.get(role, []) if rule.name == name), None)


@lru_cache(maxsize=256)
def read(text: str) -> Plan:
    """Read a plan file; raises PlanError."""
    return _Reader().plan(plan_text.compose(text), text)


class _Reader:
    """Reads one plan; holds what its parts share (decimals, the namespace of names)."""

    def __init__(self) -> None:
        self.decimals = 2
        self.offset_ms = 0
        self.names: set[str] = set()

    def plan(self, root: yaml.MappingNode, text: str) -> Plan:
        keys = plan_text.mapping(root, names.PLAN_KEYS)
        plan_text.need(keys, root, "plan", "version", "currency", "timezone", "from", "roles")
        currency = self._currency(keys["currency"])
        self.offset_ms = _number(keys["timezone"], forms.read_offset, "a time zone as +08:00")
        from_ms = self._time(keys["from"])
        to_ms = self._time(keys["to"]) if "to" in keys else forms.TIME_END
        if from_ms >= to_ms:
            raise PlanError("`from` is not before `to`", keys["from"])
        if "name" in keys:
            plan_text.text(keys["name"])
        base = _part(keys, "base", names.BASE_KEYS)
        roles = self._roles(keys["roles"])
        share = _part(keys, "share", names.SHARE_KEYS)
        if "share" in roles and "window" not in share:
            raise PlanError("`window` is missing where `share` has rules", root)
        if "tests" in keys:
            plan_text.items(keys["tests"])
        return Plan(
            text=text,
            plan_id=plan_text.identifier(keys["plan"]),
            version=_positive(keys["version"]),
            currency=currency, offset_ms=self.offset_ms, from_ms=from_ms, to_ms=to_ms,
            add_back=_texts(base.get("add_back")), exclude=_texts(base.get("exclude")),
            window_ms=_duration(share["window"]) if "window" in share else 0,
            window_by_channel=_by_channel(share.get("by_channel")),
            sku_first=_word(share, "match", names.MATCH, "any") == "sku_first",
            self_purchase=_word(keys, "self_purchase", names.SELF_PURCHASE, "none"),
            exclusive=_exclusive(keys.get("credit_order"), roles, root),
            leaver=_per_role(keys.get("leaver"), names.GUIDES, names.LEAVER),
            refund=_per_role(keys.get("refund"), names.LINE_ROLES, names.REFUND),
            roles=roles,
            limits=self._limits(keys.get("limits")),
            bonus=[self._bonus(node) for node in _items(keys.get("bonus"))],
            tasks=self._tasks(keys.get("tasks")),
        )

    def _currency(self, node: yaml.Node) -> str:
        code = plan_text.scalar(node)
        if len(code) != 3 or not (code.isascii() and code.isalpha() and code.isupper()):
            raise PlanError(f"`{code}` is not a currency code", node)
        self.decimals = names.CURRENCY_DECIMALS.get(code, 2)
        return code

    def _time(self, node: yaml.Node) -> int:
        return _number(node, lambda t: forms.read_local_time(t, self.offset_ms),
                       "a time as 2026-10-01 00:00")

    def _money(self, node: yaml.Node) -> int:
        return _number(node, lambda t: forms.read_money(t, self.decimals),
                       f"an amount with at most {self.decimals} decimals")

    def _name(self, node: yaml.Node) -> str:
        """SPEC §8: rule, limit and bonus names share one namespace."""
        name = plan_text.text(node)
        if name in self.names:
            raise PlanError(f"the name `{name}` is used twice", node)
        self.names.add(name)
        return name

    def _roles(self, node: yaml.Node) -> dict[str, list[Rule]]:
        roles = {}
        for role, rules in plan_text.mapping(node, names.RULE_ROLES).items():
            if plan_text.items(rules):
                roles[role] = [self._rule(role, rule) for rule in plan_text.items(rules)]
        return roles

    def _rule(self, role: str, node: yaml.Node) -> Rule:
        keys = plan_text.mapping(node, names.RULE_KEYS)
        rule = Rule(role, "", {}, None)
        if role == "recruit":  # SPEC §5: an amount per customer, funded by hq
            plan_text.need(keys, node, "name", "per_customer")
            _only(keys, node, "name", "when", "per_customer")
            rule.per_customer = self._money(keys["per_customer"])
        else:
            plan_text.need(keys, node, "name", "pay")
            _only(keys, node, "name", "when", "pay", "cap", "split", "earned", "hold", "funder")
            rule.pay = self._pay(keys["pay"])
        rule.name = self._name(keys["name"])
        rule.when = self._when(keys.get("when"))
        self._cap(rule, keys.get("cap"))
        rule.split = _split(keys.get("split"))
        rule.earned = _word(keys, "earned", names.FACTS, "paid")
        rule.hold = _hold(keys.get("hold"))
        rule.funder = _word(keys, "funder", names.ENTITIES, "brand")
        if rule.pay and rule.pay.kind == "tiers" and ("split" in keys or "cap" in keys):
            raise PlanError("`split` and `cap` cannot stand beside tiers", node)  # SPEC §7
        return rule

    def _pay(self, node: yaml.Node) -> Pay:
        if isinstance(node, yaml.ScalarNode):
            return Pay("percent", ppm=_percent(node))
        keys = plan_text.mapping(node, names.PAY_KEYS)
        kinds = [kind for kind in ("per_unit", "per_line", "tiers") if kind in keys]
        if len(kinds) != 1 or ("mode" in keys and kinds != ["tiers"]):
            raise PlanError("one of per_unit, per_line, tiers is needed", node)
        if kinds != ["tiers"]:
            return Pay(kinds[0], amount=self._money(keys[kinds[0]]))
        tiers = self._table(keys["tiers"], self._money, _percent)
        if tiers[0][0] != 0 or any(a[1] > b[1] for a, b in zip(tiers, tiers[1:])):
            raise PlanError("tiers start at 0 and their rates do not fall", node)  # SPEC §7
        return Pay("tiers", tiers=tiers, mode=_word(keys, "mode", names.MODE, "step"))

    def _table(self, node: yaml.Node, read_from: Callable[[yaml.Node], int],
               read_value: Callable[[yaml.Node], int]) -> list[tuple[int, int]]:
        pairs = [plan_text.pair(row) for row in plan_text.items(node)]
        table = [(read_from(start), read_value(value)) for start, value in pairs]
        if not table or any(a[0] >= b[0] for a, b in zip(table, table[1:])):
            raise PlanError("the table's steps do not rise", node)
        return table

    def _when(self, node: yaml.Node | None) -> dict[str, list[Any]]:
        if node is None:
            return {}
        readers = {
            "store_kind": lambda n: plan_text.keyword(n, names.STORE_KINDS),
            "bound_days": lambda n: _range(n, forms.read_int),
            "quantity": lambda n: _range(n, forms.read_int),
            "base": lambda n: _range(n, lambda t: forms.read_money(t, self.decimals)),
        }
        return {
            dimension: [readers.get(dimension, plan_text.text)(one) for one in _list(value)]
            for dimension, value in plan_text.mapping(node, names.WHEN_KEYS).items()
        }

    def _cap(self, rule: Rule, node: yaml.Node | None) -> None:
        if node is None:
            return
        keys = plan_text.mapping(node, names.CAP_KEYS)
        if not keys:
            raise PlanError("`line` or `order` is needed", node)
        rule.cap_line = self._money(keys["line"]) if "line" in keys else None
        rule.cap_order = self._money(keys["order"]) if "order" in keys else None

    def _limits(self, node: yaml.Node | None) -> list[Limit]:
        limits = [self._limit(item) for item in _items(node)]
        for kind in ("line", "month"):  # SPEC §5, §7: a role stands in one of each at most
            listed = [role for limit in limits if getattr(limit, kind) is not None
                      for role in limit.roles]
            if len(listed) != len(set(listed)):
                raise PlanError(f"a role stands in two limits with `{kind}`", node)
        return limits

    def _limit(self, node: yaml.Node) -> Limit:
        keys = plan_text.mapping(node, names.LIMIT_KEYS)
        plan_text.need(keys, node, "name", "roles")
        if "line" not in keys and "month" not in keys:
            raise PlanError("`line` or `month` is needed", node)
        allowed = names.LINE_ROLES if "line" in keys else names.MONTH_ROLES
        return Limit(self._name(keys["name"]), _words(keys["roles"], allowed),
                     _percent(keys["line"]) if "line" in keys else None,
                     self._money(keys["month"]) if "month" in keys else None)

    def _bonus(self, node: yaml.Node) -> Bonus:
        keys = plan_text.mapping(node, names.BONUS_KEYS)
        plan_text.need(keys, node, "name", "roles", "table")
        table = self._table(keys["table"], self._money, self._money)
        if table[0][0] == 0:
            raise PlanError("a bonus starts above 0", keys["table"])  # SPEC §7
        return Bonus(self._name(keys["name"]), _words(keys["roles"], names.SUM_ROLES),
                     _word(keys, "by", names.BY, "base"), table)

    def _tasks(self, node: yaml.Node | None) -> dict[str, Task]:
        tasks = {}
        for task_id, key_node, value in plan_text.entries(node) if node is not None else []:
            plan_text.identifier(key_node)
            keys = plan_text.mapping(value, names.TASK_KEYS)
            if len(keys) != 1:
                raise PlanError("one of score, rank is needed", value)
            score = self._table(keys["score"], _whole, self._money) if "score" in keys else None
            tasks[task_id] = Task(score, self._ranks(keys["rank"]) if "rank" in keys else None)
        return tasks

    def _ranks(self, node: yaml.Node) -> list[tuple[int, int, int]]:
        ranks = []
        for row in plan_text.items(node):
            places, amount = plan_text.pair(row)
            first, last = _range(places, forms.read_int)
            if not first or last is None or (ranks and first <= ranks[-1][1]):
                raise PlanError("the ranks do not rise", places)
            ranks.append((first, last, self._money(amount)))
        if not ranks:
            raise PlanError("no ranks", node)
        return ranks


def _number(node: yaml.Node, read_form: Callable[[str], int | None], form: str) -> int:
    written = plan_text.scalar(node)
    value = read_form(written)
    if value is None:
        raise PlanError(f"`{written}`: {form} is needed", node)
    return value


def _percent(node: yaml.Node) -> int:
    return _number(node, forms.read_percent, "a percentage, 4 decimals, at most 100%,")


def _duration(node: yaml.Node) -> int:
    return _number(node, forms.read_duration, "a duration as 7d or 12h")


def _whole(node: yaml.Node) -> int:
    return _number(node, forms.read_int, "a whole number")


def _positive(node: yaml.Node) -> int:
    if (value := _whole(node)) < 1:
        raise PlanError("a version starts at 1", node)
    return value


def _range(node: yaml.Node, read_form: Callable[[str], int | None]
           ) -> tuple[int | None, int | None]:
    """SPEC §4: a number or a range `a..b`, `a..`, `..b`, both ends included."""
    written = plan_text.scalar(node)
    first, dots, last = written.partition("..")
    low = read_form(first) if first else None
    high = read_form(last) if last else None
    if not dots:
        high = low
    wrong = (first and low is None) or (last and high is None) or (low is None and high is None)
    if wrong or (low is not None and high is not None and low > high):
        raise PlanError(f"`{written}` is not a number or a range", node)
    return low, high


def _list(node: yaml.Node) -> list[yaml.Node]:
    """One value or a list of values, never an empty one."""
    values = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if not values:
        raise PlanError("an empty list", node)
    return values


def _items(node: yaml.Node | None) -> list[yaml.Node]:
    return [] if node is None else plan_text.items(node)


def _part(keys: dict[str, yaml.Node], name: str, spellings: dict[str, str]
          ) -> dict[str, yaml.Node]:
    return plan_text.mapping(keys[name], spellings) if name in keys else {}


def _word(keys: dict[str, yaml.Node], name: str, spellings: dict[str, str], default: str) -> str:
    return plan_text.keyword(keys[name], spellings) if name in keys else default


def _words(node: yaml.Node, spellings: dict[str, str]) -> list[str]:
    words = [plan_text.keyword(item, spellings) for item in plan_text.items(node)]
    if not words or len(words) != len(set(words)):
        raise PlanError("an empty list or a repeated role", node)
    return words


def _texts(node: yaml.Node | None) -> list[str]:
    texts = [plan_text.text(item) for item in _items(node)]
    if len(texts) != len(set(texts)):
        raise PlanError("a repeated name", node)
    return texts


def _only(keys: dict[str, yaml.Node], node: yaml.Node, *allowed: str) -> None:
    for key in keys:
        if key not in allowed:
            raise PlanError(f"`{key}` cannot stand here", node)


def _by_channel(node: yaml.Node | None) -> dict[str, int]:
    if node is None:
        return {}
    return {plan_text.text(key_node): _duration(value)
            for _, key_node, value in plan_text.entries(node)}


def _per_role(node: yaml.Node | None, roles: dict[str, str], words: dict[str, str]
              ) -> dict[str, str]:
    if node is None:
        return {}
    return {role: plan_text.keyword(value, words)
            for role, value in plan_text.mapping(node, roles).items()}


def _exclusive(node: yaml.Node | None, roles: dict[str, list[Rule]], root: yaml.Node
               ) -> list[str]:
    """SPEC §4, exclusive credit."""
    ruled = [role for role in names.EXCLUSIVE_ROLES if role in roles]
    if node is None:
        if len(ruled) > 1:
            raise PlanError("`credit_order` is missing", root)
        return ruled
    order = [plan_text.keyword(item, names.GUIDES) for item in plan_text.items(node)]
    wrong = [role for role in order if role not in names.EXCLUSIVE_ROLES]
    if wrong or len(order) != len(set(order)):
        raise PlanError("coupon, live, share, bind may stand here, each once", node)
    return order


def _split(node: yaml.Node | None) -> dict[str, int] | None:
    """SPEC §5 step 6: the portions sum to 100% and name `self`."""
    if node is None:
        return None
    split = {portion: _percent(value)
             for portion, value in plan_text.mapping(node, names.PORTIONS).items()}
    if "self" not in split or sum(split.values()) != forms.PPM:
        raise PlanError("a split names `self` and sums to 100%", node)
    return split


def _hold(node: yaml.Node | None) -> tuple[str, int] | None:
    if node is None:
        return None
    keys = plan_text.mapping(node, names.HOLD_KEYS)
    plan_text.need(keys, node, "from", "days")
    days = _whole(keys["days"])
    if days > forms.DAYS_MAX:
        raise PlanError(f"more than {forms.DAYS_MAX} days", keys["days"])
    return plan_text.keyword(keys["from"], names.FACTS), days
