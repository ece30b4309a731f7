"""A ledger written by `fen replay` (SPEC §10) against the oracle: every difference as a line."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, Iterable, Iterator

from .arrival import Result, fold_accounts
from .entitlement import Key

ENTRY_FIELDS = {
    "tenant", "payee", "seq", "kind", "amount", "balance", "funder", "role", "portion", "subject",
    "line", "rule", "plan", "base", "rate_ppm", "capped_by", "touch", "period", "prior",
    "earned_at", "available_on", "event",
}
# SPEC §6, Kinds: the kinds an entry of a subject may have; of a period by its role.
SUBJECT_KINDS = {
    "order": {"accrual", "reversal", "adjust", "move"}, "customer": {"recruit"},
    "task": {"task"}, "adjustment": {"manual"}, "payout": {"payout"},
}
PERIOD_KINDS = {"bonus": {"bonus"}, "cap": {"cap"}}

Total = tuple[str, Key]


def key_of(entry: dict[str, Any]) -> Total:
    """The key of SPEC §6 that an entry stands under."""
    return entry["tenant"], Key(
        entry["payee"], entry["funder"], entry["role"], entry["portion"], entry["subject"],
        entry["line"], entry["rule"], entry["plan"], entry["period"], entry["available_on"])


def entries_of(lines: Iterable[str], wrong: list[str]) -> list[dict[str, Any]]:
    """The entries of a ledger file; what is no entry of SPEC §10 is written to `wrong`."""
    entries = []
    for number, line in enumerate(lines, 1):
        entry = json.loads(line)
        if set(entry) != ENTRY_FIELDS:
            odd = sorted(set(entry) ^ ENTRY_FIELDS)
            wrong.append(f"ledger line {number}: fields differ: {', '.join(odd)}")
        else:
            entries.append(entry)
    return entries


def differences(result: Result, ledger: Iterable[str], accounts: Iterable[str] | None = None,
                dead_letters: Iterable[str] | None = None) -> Iterator[str]:
    """Everything on which the NDJSON lines of `fen replay` and the oracle disagree."""
    wrong: list[str] = []
    entries = entries_of(ledger, wrong)
    yield from wrong
    yield from ledger_differences(entries, result)
    yield from running_differences(entries)
    yield from closing_differences(entries)
    if accounts is not None:
        yield from account_differences(accounts, entries)
    if dead_letters is not None:
        yield from dead_letter_differences(dead_letters, result)


def ledger_differences(entries: list[dict[str, Any]], result: Result) -> Iterator[str]:
    """Every key on which the ledger and the oracle disagree. Of a payee beyond the range of an
    account the ledger has but the first entries, which nobody can tell from the set alone."""
    amounts: Counter[Total] = Counter()
    bases: Counter[Total] = Counter()
    for entry in entries:
        amounts[key_of(entry)] += entry["amount"]
        bases[key_of(entry)] += entry["base"]
    for key in sorted(amounts.keys() | result.totals.keys(), key=sort_key):
        if (key[0], key[1].payee) in result.beyond_range:
            continue
        have = (amounts[key], bases[key])
        want = result.totals.get(key, (0, 0))
        if have != want:
            yield (f"{key[0]} {describe(key[1])}: ledger {have[0]} base {have[1]}, "
                   f"oracle {want[0]} base {want[1]}")


def running_differences(entries: list[dict[str, Any]]) -> Iterator[str]:
    """SPEC §6, invariants 3 and 5: `seq` dense, `balance` running, kinds that fit."""
    seqs: Counter[tuple[str, str]] = Counter()
    balances: Counter[tuple[str, str]] = Counter()
    for number, entry in enumerate(entries, 1):
        owner = (entry["tenant"], entry["payee"])
        seqs[owner] += 1
        balances[owner] += entry["amount"]
        name = f"entry {number} of {owner[0]}/{owner[1]}"
        if entry["seq"] != seqs[owner]:
            yield f"{name}: seq {entry['seq']}, expected {seqs[owner]}"
            seqs[owner] = entry["seq"]
        if entry["balance"] != balances[owner]:
            yield f"{name}: balance {entry['balance']}, expected {balances[owner]}"
            balances[owner] = entry["balance"]
        if entry["amount"] == 0 and entry["base"] == 0:
            yield f"{name}: an entry of nothing"
        subject = entry["subject"].partition(":")[0]
        kinds = (PERIOD_KINDS.get(entry["role"], {"tier"}) if subject == "period"
                 else SUBJECT_KINDS.get(subject, set()))
        if entry["kind"] not in kinds:
            yield f"{name}: kind {entry['kind']} for {entry['subject']} {entry['role']}"


def closing_differences(entries: list[dict[str, Any]]) -> Iterator[str]:
    """SPEC §6: `prior` is true or false, and a period's entry of a later month is prior."""
    for number, entry in enumerate(entries, 1):
        kind, _, of_period = entry["subject"].partition(":")
        if not isinstance(entry["prior"], bool):
            yield f"entry {number}: prior is {entry['prior']!r}"
        elif kind == "period" and entry["prior"] != (of_period < entry["period"]):
            yield f"entry {number}: prior is {entry['prior']} in {entry['period']}"


def account_differences(lines: Iterable[str], entries: list[dict[str, Any]]) -> Iterator[str]:
    """SPEC §10: the accounts are the fold of the ledger; zeros of `by_period` do not matter."""
    want = fold_accounts((e["tenant"], e["payee"], e["period"], e["role"], e["available_on"],
                          e["amount"]) for e in entries)
    seqs = Counter((entry["tenant"], entry["payee"]) for entry in entries)
    seen = set()
    for line in lines:
        account = json.loads(line)
        owner = (account["tenant"], account["payee"])
        if owner in seen:
            yield f"account {owner}: stands twice"
        seen.add(owner)
        seq = account.pop("seq", None)
        if seq != seqs[owner]:
            yield f"account {owner}: seq {seq}, ledger {seqs[owner]}"
        for period, roles in list(account["by_period"].items()):
            account["by_period"][period] = {role: n for role, n in roles.items() if n}
        account["by_period"] = {p: roles for p, roles in account["by_period"].items() if roles}
        if account != want.get(owner):
            yield f"account {owner}: {account}, ledger {want.get(owner)}"
    for owner in sorted(want.keys() - seen):
        yield f"account {owner}: missing"


def dead_letter_differences(lines: Iterable[str], result: Result) -> Iterator[str]:
    """The same events in the same order, under the same codes; messages are free."""
    have = [json.loads(line) for line in lines]
    for number, (one, other) in enumerate(zip(have, result.dead_letters), 1):
        for name in ("code", "line", "event"):
            if _readable(one.get(name)) != _readable(getattr(other, name)):
                yield (f"dead letter {number}: {name} {one.get(name)!r}, "
                       f"oracle {getattr(other, name)!r} ({other.message})")
        if not one.get("message"):
            yield f"dead letter {number}: no message"
    if len(have) != len(result.dead_letters):
        yield f"dead letters: {len(have)}, oracle {len(result.dead_letters)}"


def _readable(value: Any) -> Any:
    """How many U+FFFD stand for bytes that are not UTF-8 does not matter."""
    return re.sub("\ufffd+", "\ufffd", value) if isinstance(value, str) else value


def sort_key(total: Total) -> tuple[Any, ...]:
    """An order over keys in which null comes first."""
    return (total[0], *((value is not None, value) for value in total[1]))


def describe(key: Key) -> str:
    return " ".join(f"{name}={value}" for name, value in key._asdict().items())


def totals_lines(result: Result) -> Iterator[str]:
    """The oracle's totals, one key a line, sorted."""
    for tenant, key in sorted(result.totals, key=sort_key):
        amount, base = result.totals[tenant, key]
        yield json.dumps({"tenant": tenant, **key._asdict(), "amount": amount, "base": base},
                         ensure_ascii=False)
