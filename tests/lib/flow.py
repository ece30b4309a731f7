"""Flow tables: a case as a finance person reads it, run through `fen replay`.

A table file holds cases:

    == SPEC §12.1 the case in words
    plan:
      roles: {...}                   any plan keys; the usual head is put in front
    events:
      d0 10:00  order.placed  order=O customer=c lines=[1 k L 39900 +platform=1100]
    entries:
      guide:A  share  +1845  brand:L

`dN HH:MM` is day N from 2026-11-02 in the plan's time zone; rows of events are in the order of
arrival. `lines` of order.placed are `number sku brand paid` (brand `~`: none), then
`+funder=discount`, `-name=portion`, `xQUANTITY`, `seller=ID`; of a refund `number amount`, then the
quantity. Entries stand in the order of each payee's seq; kind and date of availability may follow,
then any field of the entry by its name (`base=41000`), and the arithmetic after `#`.

More than one plan, or none on the command line: sections `plan NAME:`, which an event
`plan.published yaml=NAME` publishes.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterator

Event = dict[str, Any]

DAY_0 = 1_793_548_800_000  # 2026-11-02 00:00 at +08:00
HEAD = {"plan": "p", "version": "1", "currency": "CNY", "timezone": '"+08:00"',
        "from": "2026-01-01 00:00"}
NUMBERS = {"version", "amount", "score", "quantity"}
TIMES = {"created", "at", "effective", "until", "time"}


@dataclass
class FlowCase:
    """One case of a table."""

    title: str
    plan: str = ""
    plans: dict[str, str] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    entries: list[list[str]] = field(default_factory=list)


def time_of(text: str) -> int:
    """`d3T10:00:00.000`, `d3T10:00` or `d3` in ms; `-1ms` may follow."""
    match = re.fullmatch(r"d(-?\d+)(?:T(\d\d):(\d\d))?(-1ms)?", text)
    assert match, f"not a time: {text}"
    day, hour, minute, before = match.groups()
    minutes = int(hour or 0) * 60 + int(minute or 0)
    return DAY_0 + int(day) * 86_400_000 + minutes * 60_000 - (1 if before else 0)


def placed_line(text: str) -> Event:
    number, sku, brand, paid, *more = text.split()
    line: Event = {"line": int(number), "sku": sku, "paid": int(paid), "quantity": 1}
    if brand != "~":
        line["brand"] = brand
    for word in more:
        if re.fullmatch(r"x\d+", word):
            line["quantity"] = int(word[1:])
        elif word[0] in "+-":
            name, amount = word[1:].split("=")
            line.setdefault("discounts" if word[0] == "+" else "portions", {})[name] = int(amount)
        else:
            name, value = word.split("=")
            line[name] = value
    return line


def refund_line(text: str) -> Event:
    number, amount, *quantity = text.split()
    line: Event = {"line": int(number), "amount": int(amount)}
    if quantity:
        line["quantity"] = int(quantity[0])
    return line


def list_value(kind: str, name: str, items: list[str]) -> list[Any]:
    """What `[a, b]` means under this name."""
    if name == "lines" and kind == "order.placed":
        return [placed_line(item) for item in items]
    if name == "lines" and kind == "order.refunded":
        return [refund_line(item) for item in items]
    if name == "lines":
        return [int(item) for item in items]
    if name == "servers":
        parts = [item.split() for item in items]
        return [{"guide": part[0], **({"weight": int(part[1])} if part[1:] else {})}
                for part in parts]
    return items


def value_of(kind: str, name: str, text: str) -> Any:
    if text.startswith("["):
        return list_value(kind, name, [item.strip() for item in text[1:-1].split(",")])
    if name in TIMES and text.startswith("d"):
        return time_of(text)
    if name in NUMBERS:
        return int(text)
    if name == "retroactive":
        return text == "yes"
    if name in ("sharer", "live"):
        first, second = text.split("@")
        return {"guide": first, "time": time_of(second)} if name == "sharer" else {
            "session": second, "host": first}
    return text


def event_of(line: str, number: int) -> Event:
    """An event from its row: day, hour, type, fields."""
    day, hour, kind, *_ = line.split()
    time_ms = time_of(f"{day}T{hour}")
    event: Event = {"id": f"e{number:02}", "type": kind, "time": time_ms}
    for name, text in re.findall(r"(\w+)=(\[[^]]*\]|\S+)", line.split(kind, 1)[1]):
        event[name] = value_of(kind, name, text)
    if kind == "order.placed":
        event.setdefault("created", time_ms)
    return event


def earned_text(word: str) -> str:
    """`earned_at=d3T10:00` as the entry has it, in ms."""
    name, _, text = word.partition("=")
    return f"{name}={time_of(text)}" if name == "earned_at" else word


def section_of(line: str) -> tuple[str, str] | None:
    """The section a line opens, with a plan's name."""
    match = re.fullmatch(r"(plan|events|entries)(?: (\w+))?:", line.rstrip())
    return (match[1], match[2] or "") if match else None


def plan_text(lines: list[str]) -> str:
    """The plan with the usual head, of which it may say each key otherwise."""
    own = {line.split(":")[0] for line in lines if not line.startswith(" ")}
    head = [f"{key}: {value}" for key, value in HEAD.items() if key not in own]
    return "\n".join(head + lines) + "\n"


def case_of(block: str) -> FlowCase:
    """A case from its text, heading first."""
    title, rest = block.split("\n", 1)
    case, section = FlowCase(title.strip()), ("", "")
    plans: dict[str, list[str]] = {}
    for line in rest.split("\n"):
        if section_of(line):
            section = section_of(line) or section
        elif line.strip() and not line.lstrip().startswith("#"):
            if section[0] == "plan":
                plans.setdefault(section[1], []).append(line[2:])
            elif section[0] == "events":
                case.events.append(event_of(line.strip(), len(case.events) + 1))
            else:
                case.entries.append([earned_text(word)
                                     for word in line.partition(" #")[0].split()])
    case.plans = {name: plan_text(lines) for name, lines in plans.items()}
    case.plan = case.plans.pop("", "")
    for event in case.events:
        if event["type"] == "plan.published":
            event["yaml"] = case.plans[event["yaml"]]
    return case


def cases_of(path: Path) -> Iterator[FlowCase]:
    """The cases of a table file."""
    for block in re.split(r"^== ", path.read_text(encoding="utf-8"), flags=re.M)[1:]:
        yield case_of(block)


def all_cases(folder: Path) -> list[FlowCase]:
    """The cases of every table of a folder."""
    return [case for path in sorted(folder.glob("*.table")) for case in cases_of(path)]


def tenant_events(case: FlowCase, tenant: str) -> list[Event]:
    """The case as events of a tenant of its own, its plan published first."""
    published = [{"id": "plan", "type": "plan.published", "time": DAY_0 - 30 * 86_400_000,
                  "yaml": case.plan}] if case.plan else []
    return [{**event, "tenant": tenant} for event in [*published, *case.events]]


def by_tenant(lines: list[str]) -> dict[str, list[Event]]:
    """The entries of a ledger by their tenant."""
    ledgers: dict[str, list[Event]] = {}
    for line in lines:
        entry = json.loads(line)
        ledgers.setdefault(entry["tenant"], []).append(entry)
    return ledgers


def replay(fen: Path, case: FlowCase) -> list[Event]:
    """The case's ledger."""
    with tempfile.TemporaryDirectory(prefix="fen-flow-") as name:
        directory = Path(name)
        (directory / "plan.yaml").write_text(case.plan, encoding="utf-8")
        plan = ["--plan", str(directory / "plan.yaml")] if case.plan else []
        lines = "".join(json.dumps(event) + "\n" for event in case.events)
        run = subprocess.run([str(fen), "replay", *plan, "--ledger", "-", "--dlq",
                              str(directory / "dlq"), "-"],
                             input=lines, text=True, capture_output=True, check=False)
        assert run.returncode == 0, run.stderr
        letters = (directory / "dlq").read_text(encoding="utf-8")
        assert letters == "", letters
    return [json.loads(line) for line in run.stdout.split("\n")[:-1]]


def text_of(value: Any) -> str:
    return {None: "null", True: "true", False: "false"}.get(value, str(value)) \
        if value is None or isinstance(value, bool) else str(value)


def rows_of(case: FlowCase, ledger: list[Event]) -> list[list[str]]:
    """The ledger in the form of the table, with as many columns as the table gives."""
    rows = []
    expected = sorted_rows(case)
    entries = sorted(ledger, key=lambda entry: (entry["payee"], entry["seq"]))
    for number, entry in enumerate(entries):
        row = [entry["payee"], entry["role"], f"{entry['amount']:+d}", entry["funder"],
               entry["kind"], text_of(entry["available_on"])]
        if number < len(expected):
            names = [word.split("=")[0] for word in expected[number] if "=" in word]
            row = row[:len(expected[number]) - len(names)]
            row += [f"{name}={text_of(entry.get(name))}" for name in names]
        rows.append(row)
    return rows


def sorted_rows(case: FlowCase) -> list[list[str]]:
    """The expected rows by payee; each payee's own order kept."""
    return sorted(case.entries, key=lambda row: row[0])
