"""Amounts worked out again from what `fen explain --json` says, and from nothing else.

Exact fractions; SPEC §5's steps with the base, refunds, rates, caps, limits, servers and splits
that the explanation names. Shares no code with the engine.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from fractions import Fraction
from math import floor
from typing import Any

Explanation = dict[str, Any]
Row = tuple[Any, ...]
PPM = 1_000_000


def exact(text: str) -> Fraction:
    """"1332+1/2" as a number."""
    return sum((Fraction(part) for part in text.split("+")), Fraction(0))


def local(time_ms: int, offset_ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=time_ms + offset_ms)


def sold_line(explanation: Explanation, number: int) -> dict[str, Any]:
    lines = explanation["facts"]["order"]["lines"]
    return next(line for line in lines if line["line"] == number)


def base_of(explanation: Explanation, line: dict[str, Any]) -> int:
    sold = sold_line(explanation, line["line"])
    added = sum(amount for name, amount in sold.get("discounts", {}).items()
                if name in line["add_back"])
    taken = sum(amount for name, amount in sold.get("portions", {}).items()
                if name in line["exclude"])
    return sold.get("paid", 0) + added - taken


def fraction_of(explanation: Explanation, number: int, counts: Any) -> Fraction:
    """What refunds leave of a line; `counts` says which policies of a refund take away."""
    sold = sold_line(explanation, number)
    paid, quantity = sold.get("paid", 0), sold["quantity"]
    whole, gone = (paid or quantity), 0
    for refund in explanation["facts"]["order"].get("refunds", []):
        if refund["line"] == number and counts(refund.get("policy")):
            gone += refund.get("amount", 0) if paid else refund.get("quantity", whole)
    return Fraction(whole - min(gone, whole), whole)


VIEWS = {"withhold": lambda policy: policy != "goodwill",
         "goodwill": lambda policy: policy == "withhold",
         "all_refunds": lambda policy: True}


def paid_amount(line: dict[str, Any], credit: dict[str, Any], left: Fraction) -> Fraction:
    pay, base = credit["pay"], line["base"]
    remaining = floor(base * left)
    ratio = Fraction(remaining, base) if base else left
    if pay["kind"] in ("percent", "tiers"):
        return Fraction(remaining * pay["rate_ppm"], PPM)
    return pay["amount"] * pay.get("quantity", 1) * ratio


def steps_of(credit: dict[str, Any], name: str, step: str) -> list[dict[str, Any]]:
    return [item for item in credit["steps"] if item["pass"] == name and item["step"] == step]


def limit_lines(explanation: Explanation, name: str, amounts: dict[Row, Fraction]) -> None:
    """SPEC §5.3 on every line."""
    for line in explanation["lines"]:
        limits = {step["limit"]: step for credit in line["credits"]
                  for step in steps_of(credit, name, "limit")}
        for limit in limits.values():
            assert limit["greatest_remaining"] in {
                view["remaining"] for view in line["remaining"].values()}
            room = Fraction(limit["greatest_remaining"] * limit["rate_ppm"], PPM)
            for role in limit["roles"]:
                for credit in line["credits"]:
                    if credit["role"] == role:
                        key = (line["line"], role)
                        amounts[key] = min(amounts[key], room)
                        room -= amounts[key]


def cap_orders(explanation: Explanation, name: str, amounts: dict[Row, Fraction]) -> None:
    """SPEC §5.4 over the order's lines."""
    groups: dict[Row, list[Row]] = {}
    for line in explanation["lines"]:
        for credit in line["credits"]:
            for step in steps_of(credit, name, "cap.order"):
                group = (credit["role"], credit["rule"], credit["payee"], step["at_most"])
                groups.setdefault(group, []).append((credit["earned_at"] or 0, line["line"]))
    for (role, _, _, room), lines in groups.items():
        for _, number in sorted(lines):
            amounts[number, role] = min(amounts[number, role], room)
            room -= amounts[number, role]


def amounts_of(explanation: Explanation, name: str) -> dict[Row, Fraction]:
    """Each credit's amount after SPEC §5.1 to §5.4."""
    amounts: dict[Row, Fraction] = {}
    for line in explanation["lines"]:
        assert line["base"] == base_of(explanation, line)
        for credit in line["credits"]:
            view = "all_refunds" if name == "all_refunds" else credit["refund"]
            left = fraction_of(explanation, line["line"], VIEWS[view])
            amount = Fraction(0)
            if credit["earned_at"] is not None:
                amount = paid_amount(line, credit, left)
            for step in steps_of(credit, name, "cap.line"):
                amount = min(amount, Fraction(step["at_most"]))
            amounts[line["line"], credit["role"]] = amount
    limit_lines(explanation, name, amounts)
    cap_orders(explanation, name, amounts)
    return amounts


def fact_time(explanation: Explanation, number: int, kind: str) -> int | None:
    """When a fact of a line was, the earliest."""
    order = explanation["facts"]["order"]
    if kind == "paid":
        return order.get("paid_at")
    return min((fact["at"] for fact in order.get("facts", [])
                if fact["kind"] == kind and fact.get("line", 0) in (0, number)), default=None)


def dates_of(explanation: Explanation, number: int, credit: dict[str, Any]) -> Row:
    """Period and date (SPEC §5 When)."""
    offset_ms = explanation["utc_offset_ms"]
    earned = max(fact_time(explanation, number, credit["earned"]),
                 fact_time(explanation, number, "paid"))
    assert earned == credit["earned_at"]
    time_ms, days = earned, 0
    if credit["hold_from"] is not None and credit["until"] is not None:
        time_ms = credit["until"]
    elif credit["hold_from"] is not None:
        time_ms = fact_time(explanation, number, credit["hold_from"])
        days = credit["hold_days"]
    period = local(earned, offset_ms).strftime("%Y-%m")
    if time_ms is None:
        return period, None
    return period, (local(time_ms, offset_ms) + timedelta(days=days)).strftime("%Y-%m-%d")


def pays_nothing(pay: dict[str, Any]) -> bool:
    if pay["kind"] == "tiers":
        return all(rate == 0 for _, rate in pay["tiers"])
    return not pay.get("rate_ppm", pay.get("amount"))


def shares_of(credit: dict[str, Any]) -> tuple[dict[Row, int], int]:
    """Weights under each (payee, portion, rate), and the sum of all weights."""
    weights = sum(server["weight"] for server in credit["servers"]) or 1
    shares: dict[Row, int] = {}
    for portion in credit["portions"]:
        if portion["payee"] is not None:
            key = (portion["payee"], portion["portion"], portion["rate_ppm"])
            shares[key] = shares.get(key, 0) + portion["weight"]
    return shares, weights


def funder_of(credit: dict[str, Any], payee: str, portion: str | None) -> str:
    return next(share["funder"] for share in credit["floored"]
                if share["payee"] == payee and share["portion"] == portion)


def credit_rows(explanation: Explanation, line: dict[str, Any], credit: dict[str, Any],
                passes: dict[str, dict[Row, Fraction]]) -> list[tuple[Row, int, int]]:
    """What a credit comes to: (key, amount, base)."""
    number, role = line["line"], credit["role"]
    rows: list[tuple[Row, int, int]] = []
    shares, weights = shares_of(credit)
    for (payee, portion, rate), weight in shares.items():
        funder = funder_of(credit, payee, portion)
        amount, base = {}, {}
        for name, amounts in passes.items():
            view = "all_refunds" if name == "all_refunds" else credit["refund"]
            left = fraction_of(explanation, number, VIEWS[view])
            part = Fraction(weight, weights)
            amount[name] = floor(amounts[number, role] * part * rate / PPM)
            base[name] = 0
            if portion in (None, "self"):
                base[name] = floor(floor(line["base"] * left) * part)
        key = (role, portion, number, credit["rule"], explanation["plan"],
               *dates_of(explanation, number, credit))
        own, most = amount["own_refunds"], amount.get("all_refunds")
        if most is None or funder == "hq":
            rows.append(((payee, funder, *key), own, base["own_refunds"]))
            continue
        bears = min(own, most)
        rows.append(((payee, funder, *key), bears, base["all_refunds"]))
        rows.append(((payee, "hq", *key), own - bears,
                     base["own_refunds"] - base["all_refunds"]))
    return rows


def rows_of(explanation: Explanation) -> dict[Row, tuple[int, int]]:
    """The whole order, worked out again: key to (amount, base), nothing that is zero."""
    order = explanation["facts"]["order"]
    if "lines" not in explanation or order.get("cancelled") or order.get("paid_at") is None:
        return {}
    names = {step["pass"] for line in explanation["lines"] for credit in line["credits"]
             for step in credit["steps"]}
    passes = {name: amounts_of(explanation, name) for name in sorted(names)}
    rows: dict[Row, tuple[int, int]] = {}
    for line in explanation["lines"]:
        for credit in line["credits"]:
            if credit["earned_at"] is None or pays_nothing(credit["pay"]):
                continue
            for key, amount, base in credit_rows(explanation, line, credit, passes):
                if amount or base:
                    before = rows.get(key, (0, 0))
                    rows[key] = (before[0] + amount, before[1] + base)
    return rows


def due_rows(explanation: Explanation) -> dict[Row, tuple[int, int]]:
    """What the explanation says is due."""
    return {(due["payee"], due["funder"], due["role"], due["portion"], due["line"], due["rule"],
             due["plan"], due["period"], due["available_on"]): (due["amount"], due["base"])
            for due in explanation["due"] if due["amount"] or due["base"]}


def step_differences(explanation: Explanation) -> list[str]:
    """Each credit's last step against the amount worked out again."""
    wrong = []
    for name in ("own_refunds", "all_refunds"):
        if not any(steps_of(credit, name, "pay") for line in explanation["lines"]
                   for credit in line["credits"]):
            continue
        amounts = amounts_of(explanation, name)
        for line in explanation["lines"]:
            for credit in line["credits"]:
                last = [step for step in credit["steps"] if step["pass"] == name][-1]
                amount = amounts[line["line"], credit["role"]]
                if exact(last["amount"]) != amount:
                    wrong.append(f"line {line['line']} {credit['role']} {name}: "
                                 f"{last['amount']} is not {amount}")
    return wrong


def counted(told: Explanation, rule: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of a period's explanation that are part of a rule's sum."""
    plan, month = rule["plan"].rpartition("@")[0], told["subject"].removeprefix("period:")
    entries = [entry for entry in told["entries"] if entry["period"] == month
               and (entry["plan"] or "").rpartition("@")[0] == plan]
    if rule["kind"] == "tier":
        return [entry for entry in entries
                if (entry["role"], entry["rule"]) == (rule["role"], rule["rule"])]
    return [entry for entry in entries if entry["role"] in rule["roles"]]


def tiers_amount(rule: dict[str, Any], base: int) -> int:
    """SPEC §7 tiers."""
    base, first = max(0, base), rule["tiers"][0][1]
    if rule["mode"] == "flat":
        return (max(tier for tier in rule["tiers"] if tier[0] <= base)[1] - first) * base // PPM
    ends = [start for start, _ in rule["tiers"][1:]] + [base]
    return sum((rate - first) * max(0, min(base, end) - start)
               for (start, rate), end in zip(rule["tiers"], ends)) // PPM


def period_rule_amount(told: Explanation, rule: dict[str, Any]) -> tuple[int, int]:
    """What a rule of a period sums and comes to (SPEC §7), from its table and the entries."""
    if not rule["in_plan"]:
        return 0, 0
    entries = counted(told, rule)
    if rule["kind"] == "tier":
        base = sum(entry["base"] for entry in entries)
        return base, tiers_amount(rule, base)
    if rule["kind"] == "bonus":
        total = sum(entry[rule["by"]] for entry in entries)
        return total, max([row for row in rule["table"] if row[0] <= total], default=[0, 0])[1]
    total = sum(entry["amount"] for entry in entries)
    return total, -max(0, total - rule["month"])


def period_differences(told: Explanation) -> list[str]:
    """What does not hold of a payee's period, explained."""
    name = f"{told['tenant']}/{told['payee']} {told['subject']}"
    wrong = [] if told["settled"] else [f"{name}: not settled"]
    posted: dict[Row, int] = {}
    for entry in told["entries"]:
        if entry["subject"] == told["subject"]:
            key = (entry["plan"], entry["role"], entry["rule"])
            posted[key] = posted.get(key, 0) + entry["amount"]
    for rule in told["rules"]:
        key = (rule["plan"], rule["role"], rule["rule"])
        total, amount = period_rule_amount(told, rule)
        parts = sum(part["part"] * part["more_ppm"] for part in rule.get("parts", []))
        named = [entry["seq"] for entry in told["entries"] if rule["rule"] in entry["counts_in"]
                 and entry["plan"].rpartition("@")[0] == rule["plan"].rpartition("@")[0]]
        if (rule.get("sum", 0), rule["amount"]) != (total, amount):
            wrong.append(f"{name}: {key} sums {rule.get('sum')} to {rule['amount']}, "
                         f"again {total} to {amount}")
        if rule["kind"] == "tier" and rule["in_plan"] and parts // PPM != amount:
            wrong.append(f"{name}: the parts of {key} come to {parts // PPM}, not {amount}")
        if rule["in_plan"] and named != [entry["seq"] for entry in counted(told, rule)]:
            wrong.append(f"{name}: {key} counts {named}")
        if rule["amount"] != rule["posted"] or posted.pop(key, 0) != rule["posted"]:
            wrong.append(f"{name}: {key} is {rule['amount']}, {rule['posted']} stands posted")
    wrong += [f"{name}: {key} posted {amount}, and no rule tells why"
              for key, amount in posted.items() if amount]
    return wrong
