"""Small random plan files (SPEC §8) for property tests, within a set of features."""

from __future__ import annotations

from lib.choice import Choice
from lib.oracle import names

SKUS = ["k1", "k2"]
CATEGORIES = ["护肤", "彩妆"]
CHANNELS = ["mini", "tmall"]
BRANDS = ["L", "S"]
STORES = ["s1", "s2", "s3"]
REGIONS = ["east", "west"]
LEVELS = ["junior", "senior"]
KINDS = ["guide", "koc"]
SESSIONS = ["live1", "live2"]
TASKS = ["game", "week"]
PLAN_FROM = "2026-01-01 00:00"
ZONES = ["-05:00", "+14:00", "+00:00"]  # in each another part of a day is another month

RATES = ["4.5%", "3.25%", "2%", "7.1%", "33.3333%", "4.5%", "100%", "0.0001%", "0%"]
MONEY = ["8.00", "0.01", "2.5", "0", "200 元", "1.11"]
WHEN_TEXTS = {
    "brand": BRANDS, "category": CATEGORIES, "sku": SKUS, "channel": CHANNELS,
    "live_session": SESSIONS, "store": STORES, "region": REGIONS, "guide_store": STORES,
    "level": LEVELS, "payee_kind": KINDS, "store_kind": ["owned", "concession", "franchise"],
}
WHEN_NUMBERS = {
    "bound_days": ["0..2", "3..", "..1", "2"], "quantity": ["1", "2..", "..3"],
    "base": ["100..", "..399.99", "0..410.00"],
}
# What a registration has (SPEC §5 Recruit).
RECRUIT_WHEN = ["store", "region", "guide_store", "level", "payee_kind", "store_kind",
                "bound_days", "bound_days", "bound_days"]
SPLITS = [
    {"self": "70%", "sell_store": "20%", "region": "10%"},
    {"self": "42.8571%", "own_store": "42.8571%", "hq": "14.2858%"},
    {"self": "0%", "brand": "100%"},
    {"self": "50%", "fulfil_store": "25%", "franchisee": "12.5%", "mall": "12.5%"},
]


class PlanGenerator:
    """Makes plan texts; `features` are those of eventgen."""

    def __init__(self, choice: Choice, features: frozenset[str]) -> None:
        self.choice = choice
        self.features = features
        self.count = 0
        self.chinese = "chinese_keys" in features and choice.chance(40)

    def word(self, spellings: dict[str, str], english: str) -> str:
        """One spelling of a key or keyword; a plan may mix them (SPEC §8)."""
        if not self.chinese:
            return english
        return self.choice.pick([one for one, name in spellings.items() if name == english])

    def has(self, feature: str, percent: int) -> bool:
        return feature in self.features and self.choice.chance(percent)

    def name(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def mapping(self, spellings: dict[str, str], pairs: dict[str, str]) -> str:
        return "{" + ", ".join(f"{self.word(spellings, key)}: {value}"
                               for key, value in pairs.items()) + "}"

    def listing(self, items: list[str]) -> str:
        return "[" + ", ".join(items) + "]"

    def plan(self, plan_id: str = "p", version: int = 1,
             validity: tuple[str, str] | None = None) -> str:
        """A plan text, valid from PLAN_FROM for ever unless said otherwise."""
        keys = {
            "plan": plan_id, "version": str(version), "name": '"测试方案"', "currency": "CNY",
            "timezone": f'"{self.zone()}"', "from": validity[0] if validity else PLAN_FROM,
        }
        if validity:
            keys["to"] = validity[1]
        roles = self.roles()
        keys.update(self.base())
        if "share" in roles:
            keys["share"] = self.share()
        if self.has("self_purchase", 40):
            keys["self_purchase"] = self.word(names.SELF_PURCHASE, "allow")
        exclusive = [role for role in names.EXCLUSIVE_ROLES if role in roles]
        if len(exclusive) > 1 or self.has("credit_order", 20):
            keys["credit_order"] = self.credit_order(exclusive)
        keys.update(self.policies(roles))
        keys["roles"] = self.mapping(names.RULE_ROLES, {
            role: self.rules(role) for role in roles})
        keys.update(self.sums(roles))
        lines = [f"{self.word(names.PLAN_KEYS, key)}: {value}" for key, value in keys.items()]
        return "\n".join(lines) + "\n"

    def zone(self) -> str:
        """Seldom another one, unless payees' events are what the case is about."""
        if self.has("zones", 75 if "many_payee_facts" in self.features else 10):
            return self.choice.pick(ZONES)
        return "+08:00"

    def roles(self) -> list[str]:
        guides = [role for role in ("share", "serve", "bind", "live", "coupon", "sale", "manager")
                  if role in self.features]
        roles = self.choice.some(guides, 65) or guides[:1]
        if "entities" in self.features:
            roles += self.choice.some(list(names.ENTITY_ROLES), 12)
        if self.has("recruits", 70):
            roles.append("recruit")
        return roles

    def base(self) -> dict[str, str]:
        parts = {}
        if self.choice.chance(60):
            parts["add_back"] = self.listing(["platform"])
        if self.choice.chance(40):
            parts["exclude"] = self.listing(["tax"])
        return {"base": self.mapping(names.BASE_KEYS, parts)} if parts else {}

    def share(self) -> str:
        windows = ["7d", "2d", "12h", "36h"] if "windows" in self.features else ["7d"]
        window = self.choice.pick(windows)
        if self.chinese:
            window = window.replace("d", "天").replace("h", "小时")
        parts = {"window": window}
        if self.has("by_channel", 50):
            parts["by_channel"] = "{tmall: 3d}"
        if self.has("sku_first", 50):
            parts["match"] = self.word(names.MATCH, "sku_first")
        return self.mapping(names.SHARE_KEYS, parts)

    def credit_order(self, exclusive: list[str]) -> str:
        kept = self.choice.some(self.choice.shuffled(exclusive), 80)
        return self.listing([self.word(names.GUIDES, role) for role in kept])

    def policies(self, roles: list[str]) -> dict[str, str]:
        keys = {}
        if self.has("leaver", 60):
            guides = [role for role in roles if role in names.GUIDE_ROLES]
            keys["leaver"] = self.mapping(names.GUIDES, {
                role: self.word(names.LEAVER, self.choice.pick(["pay", "store", "house"]))
                for role in guides})
        if self.has("goodwill", 70):
            keys["refund"] = self.mapping(names.LINE_ROLES, {
                role: self.word(names.REFUND, self.choice.pick(["goodwill", "withhold"]))
                for role in roles if role != "recruit"})
        return keys

    def rules(self, role: str) -> str:
        most = 3 if "many_subjects" in self.features else 2
        titles = [f"{role}-{number}" for number in range(self.choice.between(most - 1, most))]
        return self.listing([self.rule(role, title, last=title == titles[-1])
                             for title in titles])

    def rule(self, role: str, title: str, last: bool) -> str:
        parts = {"name": title}
        if self.has("when", 10 if last else 80):
            has_own = role == "recruit" and "many_subjects" in self.features
            parts["when"] = self.when(RECRUIT_WHEN if has_own else [*WHEN_TEXTS, *WHEN_NUMBERS])
        if role == "recruit":
            parts["per_customer"] = self.choice.pick(["5.00", "0.01", "2.50"])
            return self.mapping(names.RULE_KEYS, parts)
        parts["pay"] = self.pay()
        tiers = parts["pay"].startswith("{") and "[[" in parts["pay"]
        if not tiers and self.has("split", 30):
            parts["split"] = self.mapping(names.PORTIONS, self.choice.pick(SPLITS))
        if not tiers:
            parts.update(self.cap())
        if self.has("earned", 80 if role == "serve" else 25):
            facts = ["picked_up", "shipped", "received", "paid"]
            fact = self.choice.pick(["picked_up"] * 4 + facts if role == "serve" else facts)
            parts["earned"] = self.word(names.FACTS, fact)
        if self.has("hold", 50):
            fact = self.word(names.FACTS, self.choice.pick(
                ["received", "paid", "shipped", "picked_up"]))
            parts["hold"] = self.mapping(
                names.HOLD_KEYS, {"from": fact, "days": self.choice.pick(["7", "0", "30"])})
        if "entities" in self.features and self.choice.chance(40):
            funder = self.choice.pick(["brand", "hq", "mall", "sell_store", "own_store"])
            parts["funder"] = self.word(names.ENTITIES, funder)
        return self.mapping(names.RULE_KEYS, parts)

    def when(self, dimensions: list[str]) -> str:
        parts = {}
        for _ in range(self.choice.pick([1, 1, 1, 2])):
            dimension = self.choice.pick(dimensions)
            if dimension in WHEN_NUMBERS:
                parts[dimension] = f'"{self.choice.pick(WHEN_NUMBERS[dimension])}"'
            else:
                values = self.choice.some(WHEN_TEXTS[dimension], 60)
                values = values or WHEN_TEXTS[dimension][:1]
                if dimension == "store_kind":
                    values = [self.word(names.STORE_KINDS, value) for value in values]
                parts[dimension] = self.listing(values) if len(values) > 1 else values[0]
        return self.mapping(names.WHEN_KEYS, parts)

    def pay(self) -> str:
        if self.has("tiers", 35):
            parts = {}
            if self.choice.chance(50):
                mode = self.choice.pick(["step", "flat"])
                parts["mode"] = self.word(names.MODE, mode)
            parts["tiers"] = self.choice.pick([
                "[[0, 2%], [300.00, 3%], [500.00, 10%]]", "[[0, 0%], [399.00, 4%]]"])
            return self.mapping(names.PAY_KEYS, parts)
        if self.has("per_unit", 20):
            return self.mapping(names.PAY_KEYS, {"per_unit": self.choice.pick(MONEY)})
        if self.has("per_line", 20):
            return self.mapping(names.PAY_KEYS, {"per_line": self.choice.pick(MONEY)})
        return self.choice.pick(RATES)

    def cap(self) -> dict[str, str]:
        parts = {}
        if self.has("cap_line", 30):
            parts["line"] = self.choice.pick(["10.00", "0.50", "200.00"])
        if self.has("cap_order", 30):
            parts["order"] = self.choice.pick(["15.00", "0.75", "500.00"])
        return {"cap": self.mapping(names.CAP_KEYS, parts)} if parts else {}

    def sums(self, roles: list[str]) -> dict[str, str]:
        """Limits, bonuses and tasks."""
        keys = {}
        limits = []
        if self.has("line_limits", 60):
            listed = self.choice.some(self.choice.shuffled(
                [role for role in roles if role != "recruit"]), 80)
            if listed:
                limits.append(self.limit(listed, line=self.choice.pick(["8%", "5%", "0.5%"])))
        bonus = self.has("bonus", 60)
        if self.has("month_limits", 60):
            month = self.choice.pick(["10.00", "0", "50.00"])
            if limits and self.choice.chance(20):  # one limit may have both
                limits = [self.limit(listed, line="5%", month=month)]
                listed = []
            else:
                listed = self.choice.some(roles, 80) + (["bonus"] if bonus else [])
            if listed:
                limits.append(self.limit(listed, month=month))
        if limits:
            keys["limits"] = self.listing(limits)
        if bonus:
            keys["bonus"] = self.listing([self.bonus(roles)])
        if self.has("tasks", 80):
            keys["tasks"] = "{%s, %s}" % (
                "game: " + self.mapping(names.TASK_KEYS,
                                        {"score": "[[600, 20.00], [800, 50.00]]"}),
                "week: " + self.mapping(names.TASK_KEYS,
                                        {"rank": "[[1, 5.00], [2..3, 3.00]]"}))
        return keys

    def limit(self, listed: list[str], **most: str) -> str:
        return self.mapping(names.LIMIT_KEYS, {
            "name": self.name("limit-"),
            "roles": self.listing([self.word(names.MONTH_ROLES, role) for role in listed]),
            **most})

    def bonus(self, roles: list[str]) -> str:
        listed = self.choice.some(roles, 80) or roles[:1]
        return self.mapping(names.BONUS_KEYS, {
            "name": self.name("bonus-"),
            "roles": self.listing([self.word(names.SUM_ROLES, role) for role in listed]),
            "by": self.word(names.BY, self.choice.pick(["base", "amount"])),
            "table": "[[0.10, 1.00], [10.00, 5.00], [390.00, 9.99]]"})
