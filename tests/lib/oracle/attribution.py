"""SPEC §4: who earns on each line, under which rule, and in which state."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from . import forms, names
from .facts import Event, Facts, Order, as_of, reference_as_of
from .plan import Plan, Rule

ELIGIBLE, UNKNOWN, INELIGIBLE = "eligible", "unknown", "ineligible"


@dataclass
class Server:
    """One earner of a credit: its part of it and its state."""

    payee: str
    guide: str | None
    share: Fraction
    state: str


@dataclass
class Credit:
    """One role on one line that has a matching rule."""

    role: str
    line: Event
    rule: Rule
    payee: str  # SPEC §5 step 4: before the leaver policy; for `serve` the first server listed
    servers: list[Server]
    entities: dict[str, str] = field(default_factory=dict)  # entity role -> payee, where it exists


@dataclass
class Binding:
    """The binding of a customer as of a time."""

    guide: str | None
    since_ms: int
    store: str | None


class References:
    """Guides, stores, bindings and touches of one tenant, asked as of a time."""

    def __init__(self, facts: Facts, plan: Plan) -> None:
        self.facts = facts
        self.plan = plan

    def guide(self, guide: str | None, time_ms: int) -> Event | None:
        return reference_as_of(self.facts.guides.get(guide or "", []), time_ms)

    def store(self, store: str | None, time_ms: int) -> Event | None:
        return reference_as_of(self.facts.stores.get(store or "", []), time_ms)

    def store_of_guide(self, guide: str | None, time_ms: int) -> str | None:
        version = self.guide(guide, time_ms)
        return version["store"] if version else None

    def state(self, role: str, guide: str, buyer: str | None, time_ms: int) -> str:
        """SPEC §4, "A guide is eligible"."""
        version = self.guide(guide, time_ms)
        if version is None:
            return UNKNOWN
        if version["status"] != "active":
            return INELIGIBLE
        own = buyer is not None and buyer in (version["customers"] or [])
        if self.plan.self_purchase == "none" and role not in ("manager", "task") and own:
            return INELIGIBLE
        return ELIGIBLE

    def binding(self, customer: str | None, time_ms: int) -> Binding | None:
        """SPEC §4 `bind`: the binding, its guide followed through book.transferred."""
        record = as_of(self.facts.bindings.get(customer or "", []), time_ms)
        if record is None:
            return None
        guide, since = record["guide"], record["effective"]
        for _ in range(16):
            moves = [move for move in self.facts.transfers.get(guide or "", [])
                     if since < move["effective"] <= time_ms]
            if not moves:
                break
            move = min(moves, key=lambda m: (m["effective"], m["id"]))
            guide, since = move["to"], move["effective"]
        return Binding(guide, since, record["store"])

    def touches(self, customer: str | None, created: int, window_ms: int) -> list[Event]:
        """The touches inside the window, the greatest (`at`, event id) first."""
        inside = [touch for touch in self.facts.touches.get(customer or "", [])
                  if touch["at"] <= created < touch["at"] + window_ms]
        return sorted(inside, key=lambda t: (t["at"], t["id"]), reverse=True)


def matches(rule: Rule, dims: dict[str, Any]) -> bool:
    """SPEC §4 Rule: all dimensions given must hold; an absent attribute matches nothing."""
    for dimension, values in rule.when.items():
        have = dims.get(dimension)
        if have is None:
            return False
        if dimension in ("bound_days", "quantity", "base"):
            if not any((low is None or low <= have) and (high is None or have <= high)
                       for low, high in values):
                return False
        elif have not in values:
            return False
    return True


def first_rule(plan: Plan, role: str, dims: dict[str, Any]) -> Rule | None:
    """SPEC §4: the rules are read top down, the first whose `when` holds is used."""
    return next((rule for rule in plan.roles.get(role, []) if matches(rule, dims)), None)


def shared_dims(refs: References, time_ms: int, store: str | None, guide: str | None,
                binding: Binding | None) -> dict[str, Any]:
    """The dimensions of the selling store, of the role's guide and of the binding."""
    store_version = refs.store(store, time_ms)
    guide_version = refs.guide(guide, time_ms)
    dims: dict[str, Any] = {"store": store}
    if store_version:
        dims.update(store_kind=store_version["kind"], region=store_version["region"])
    if guide_version:
        dims.update(guide_store=guide_version["store"], level=guide_version["level"],
                    payee_kind=guide_version["kind"])
    if binding and binding.guide is not None:
        dims["bound_days"] = (time_ms - binding.since_ms) // forms.DAY_MS
    return dims


def line_base(plan: Plan, line: Event) -> int:
    """SPEC §5: base = paid + Σ discounts added back − Σ portions excluded."""
    discounts, portions = line["discounts"] or {}, line["portions"] or {}
    return (line["paid"] + sum(discounts.get(name, 0) for name in plan.add_back)
            - sum(portions.get(name, 0) for name in plan.exclude))


class OrderCredits:
    """SPEC §4 for one order: `of_line(line)` gives the credits of a line."""

    def __init__(self, facts: Facts, order: Order, plan: Plan) -> None:
        assert order.placed is not None
        self.refs = References(facts, plan)
        self.order = order
        self.plan = plan
        self.placed = order.placed
        self.created: int = order.placed["created"]
        self.buyer: str | None = order.placed["customer"]
        self.binding = self.refs.binding(self.buyer, self.created)
        self.window_ms = plan.window_by_channel.get(self.placed["channel"] or "", plan.window_ms)
        self.touches = self.refs.touches(self.buyer, self.created, self.window_ms)

    def of_line(self, line: Event) -> list[Credit]:
        taken = self._exclusive(line)
        store = self.placed["store"]
        if store is None and taken is not None:
            store = self.refs.store_of_guide(taken.servers[0].guide, self.created)
        credits = [taken] if taken else []
        for role in self.plan.roles:
            if role in self.plan.exclusive or role == "recruit":
                continue
            credit = (self._guide_credit(role, line, store) if role in names.GUIDE_ROLES
                      else self._entity_credit(role, line, store))
            if credit:
                credits.append(credit)
        entities = {role: payee for role in names.ENTITY_ROLES
                    if (payee := self.entity(role, line, store))}
        for credit in credits:
            credit.entities = entities
        return credits

    def _exclusive(self, line: Event) -> Credit | None:
        """SPEC §4 Exclusive credit: the first with an eligible guide and a matching rule.

        An unknown guide takes the line as well: it holds the credit in suspense.
        """
        for role in self.plan.exclusive:
            guide = self._candidate(role, line)
            if guide is None:
                continue
            store = self.placed["store"] or self.refs.store_of_guide(guide, self.created)
            credit = self._guide_credit(role, line, store)
            if credit:
                return credit
        return None

    def _guide_credit(self, role: str, line: Event, store: str | None) -> Credit | None:
        if role == "serve":
            return self._serve_credit(line, store)
        guide = self._manager(store) if role == "manager" else self._candidate(role, line)
        if guide is None:
            return None
        state = self.refs.state(role, guide, self.buyer, self.created)
        rule = first_rule(self.plan, role, self._dims(line, store, guide))
        if state == INELIGIBLE or rule is None:
            return None
        payee = f"guide:{guide}"
        return Credit(role, line, rule, payee, [Server(payee, guide, Fraction(1), state)])

    def _candidate(self, role: str, line: Event) -> str | None:
        """SPEC §4, the table of roles, for the roles of one guide."""
        if role == "coupon":
            return self.placed["coupon_guide"]
        if role == "live":
            return self.placed["live"]["host"] if self.placed["live"] else None
        if role == "sale":
            return line["seller"] or self.placed["seller"]
        if role == "bind":
            return self.binding.guide if self.binding else None
        return self._sharer(line)

    def _sharer(self, line: Event) -> str | None:
        """SPEC §4 `share`: the order's own sharer inside the window, else a touch."""
        sharer = self.placed["sharer"]
        if sharer and sharer["time"] <= self.created < sharer["time"] + self.window_ms:
            return sharer["guide"]
        touches = self.touches
        if self.plan.sku_first:  # a stable sort: the line's sku first, else as they were
            touches = sorted(touches, key=lambda touch: touch["sku"] != line["sku"])
        for touch in touches:
            state = self.refs.state("share", touch["guide"], self.buyer, self.created)
            if state != INELIGIBLE:
                return touch["guide"]
        return None

    def _manager(self, store: str | None) -> str | None:
        version = self.refs.store(store, self.created)
        return version["manager"] if version else None

    def _serve_credit(self, line: Event, store: str | None) -> Credit | None:
        """SPEC §4 `serve`: in proportion to the weights, eligible as of the pickup."""
        pickup = self.order.fact("picked_up", line["line"])
        listed = (pickup["servers"] or []) if pickup else []
        if not listed:
            return None
        rule = first_rule(self.plan, "serve", self._dims(line, store, listed[0]["guide"]))
        if rule is None:
            return None
        total = sum(server["weight"] for server in listed)
        servers = [
            Server(f"guide:{s['guide']}", s["guide"], Fraction(s["weight"], total),
                   self.refs.state("serve", s["guide"], self.buyer, pickup["at"]))
            for s in listed
        ]
        return Credit("serve", line, rule, servers[0].payee, servers)

    def _entity_credit(self, role: str, line: Event, store: str | None) -> Credit | None:
        payee = self.entity(role, line, store)
        if payee is None:
            return None
        rule = first_rule(self.plan, role, self._dims(line, store, None))
        if rule is None:
            return None
        return Credit(role, line, rule, payee, [Server(payee, None, Fraction(1), ELIGIBLE)])

    def entity(self, role: str, line: Event, store: str | None) -> str | None:
        """SPEC §4, the table of roles, for entity roles; `store` is the selling store."""
        version = self.refs.store(store, self.created) or {}
        if role == "hq":
            return "hq"
        if role == "brand":
            name = line["brand"] or version.get("brand")
        elif role in ("franchisee", "region", "mall"):
            name = version.get(role)
        else:
            name = {"sell_store": store, "own_store": self.binding and self.binding.store,
                    "fulfil_store": self._fulfil_store(line)}[role]
            return f"store:{name}" if name else None
        return f"{role}:{name}" if name else None

    def _fulfil_store(self, line: Event) -> str | None:
        """The store of the line's pickup, else of its shipment, else of the order."""
        for fact in ("picked_up", "shipped"):
            event = self.order.fact(fact, line["line"])
            if event and event["store"]:
                return event["store"]
        return self.placed["fulfil_store"] or self.placed["store"]

    def _dims(self, line: Event, store: str | None, guide: str | None) -> dict[str, Any]:
        """SPEC §4 Rule: the dimensions; `brand` is the line's own, `base` before refunds."""
        dims = shared_dims(self.refs, self.created, store, guide, self.binding)
        live = self.placed["live"]
        dims.update(brand=line["brand"], category=line["category"], sku=line["sku"],
                    channel=self.placed["channel"], quantity=line["quantity"],
                    live_session=live["session"] if live else None,
                    base=line_base(self.plan, line))
        return dims
