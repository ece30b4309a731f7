"""Every order in which six events of one purchase can come: touches by several guides, an order,
its payment, a refund, the pickup. Each of the 720 under a tenant of its own, in one run."""

from __future__ import annotations

import itertools
import json
import subprocess
from pathlib import Path
from typing import Any

from lib import oracle
from lib.oracle import compare

ORG = {"guide.set", "store.set", "plan.published"}


def purchase(fen: Path, directory: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The org's events and plan, and the six."""
    path = directory / "one.ndjson"
    subprocess.run([fen, "generate", "-n", "1", "--touches", "3", "--customers", "1", "--guides",
                    "3", "--stores", "1", "--refund-rate", "100%", "--pickup-rate", "100%",
                    "--seed", "12", "--tenant", "t", "--start", "2026-02-08", "-o", path],
                   check=True, capture_output=True)
    events = [json.loads(line) for line in path.read_bytes().splitlines()]
    org = [event for event in events if event["type"] in ORG]
    rest = [event for event in events if event["type"] not in ORG]
    del rest[:2]  # two touches before the last two
    kinds = {event["type"] for event in rest}
    assert {"touch.shared", "order.placed", "order.paid", "order.refunded",
            "order.picked_up"} <= kinds and len(rest) == 6, [event["type"] for event in rest]
    return org, rest


def encode(event: dict[str, Any], tenant: str) -> bytes:
    return json.dumps({**event, "tenant": tenant}, ensure_ascii=False).encode() + b"\n"


def sums(account: dict[str, Any]) -> str:
    """What an account says, but not of whom and in how many steps it came to it: a sum that came
    and went again is none."""
    def without_zeros(place: Any) -> Any:
        if not isinstance(place, dict):
            return place
        kept = {name: without_zeros(field) for name, field in place.items()}
        return {name: field for name, field in kept.items() if field not in (0, {})}

    return json.dumps(without_zeros({name: value for name, value in account.items()
                                     if name not in ("tenant", "seq")}), sort_keys=True)


def accounts(path: Path) -> dict[str, set[str]]:
    """The accounts that are not empty, by tenant."""
    found: dict[str, set[str]] = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            account = json.loads(line)
            if "balance" in sums(account):
                found.setdefault(account["tenant"], set()).add(sums(account))
    return found


def test_every_order_of_a_purchase_comes_to_the_same_sums(fen_binary: Path,
                                                         directory: Path) -> None:
    org, rest = purchase(fen_binary, directory)
    with open(directory / "all.ndjson", "wb") as file:
        for number, order in enumerate(itertools.permutations(rest)):
            file.writelines(encode(event, f"p{number}") for event in [*org, *order])
    subprocess.run([fen_binary, "replay", "--accounts", directory / "accounts.ndjson",
                    directory / "all.ndjson"], check=True, capture_output=True)
    found = accounts(directory / "accounts.ndjson")
    assert len(found) == number + 1 == 720
    first = found["p0"]
    different = [tenant for tenant, said in found.items() if said != first]
    assert not different, (different[:3], first, found[different[0]])
    # And that is what the oracle says of the first.
    events = [encode(event, "t") for event in [*org, *rest]]
    (directory / "first.ndjson").write_bytes(b"".join(events))
    subprocess.run([fen_binary, "replay", "--ledger", directory / "ledger.ndjson", "--accounts",
                    directory / "one.ndjson", directory / "first.ndjson"], check=True,
                   capture_output=True)
    assert list(compare.differences(
        oracle.run([], events), (directory / "ledger.ndjson").read_text().splitlines(),
        (directory / "one.ndjson").read_text().splitlines())) == []
    assert accounts(directory / "one.ndjson") == {"t": first}
