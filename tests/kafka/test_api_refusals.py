"""Whom the guides' API refuses: every operation of schemas/openapi.json, by construction.

The operations, their rights and what stands in their paths come from the file (which a unit test
holds to the program's table), so that one that is added is refused here without another line.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest

from lib.api import Api, Books, ask
from lib.openapi import Operation, operations
from lib.servers import wait_until

MINUTE, DAY = 60_000, 86_400_000
PLACE = {"tenant": "acme", "payee": "guide:G1", "store": "S1", "order": "O1"}
CART = json.dumps({"lines": [{"line": 1, "sku": "k", "quantity": 1, "paid": 100}]}).encode()
RIGHTS = ("guide", "manager", "finance")

every_operation = pytest.mark.parametrize("operation", operations(), ids=lambda it: it.name)


class Mint:
    """Signs claims as the retailer's own system does (schemas/api.md)."""

    def __init__(self, keys: str) -> None:
        self.key_id, text = keys.split()[:2]
        self.key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    def token(self, rights: list[str], **claims: Any) -> str:
        now = int(time.time() * 1000)
        whole = {"tenant": PLACE["tenant"], "payee": PLACE["payee"], "store": PLACE["store"],
                 "rights": rights, "from": now, "until": now + 10 * MINUTE, **claims}
        head = f"fen1.{self.key_id}.{_base64(json.dumps(whole).encode())}"
        return f"{head}.{_base64(hmac.new(self.key, head.encode(), hashlib.sha256).digest())}"


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _call(api: Api, operation: Operation, token: str | None,
          **place: str) -> tuple[int, dict[str, Any]]:
    """Status and answer; a stream that opens is 200, and closed."""
    path = operation.fill(**{**PLACE, **place})
    status, said, headers = ask(api.port, path, token, operation.method,
                                body=CART if operation.method == "POST" else None)
    if status == 401:
        assert headers["WWW-Authenticate"].startswith("Bearer")
    return status, said


def _changed(text: str, at: int) -> str:
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1:]


@every_operation
def test_refused_without_a_good_token(api: Api, books: Books, operation: Operation) -> None:
    books.post("guide:G1", 100)
    mint = Mint(api.keys.read_text())
    rights = [operation.rights[0]]
    good = mint.token(rights)
    now = int(time.time() * 1000)
    head, key_id, claims, mac = good.split(".")
    other = Mint(api.new_key(key_id))
    for token, code in [
            (None, "no-token"), ("", "no-token"), ("x", "malformed"), (f"{head}.{claims}.{mac}",
                                                                       "malformed"),
            (mint.token(rights, tenant=None), "malformed"),
            (_changed(good, len(good) - 3), "forged"),
            (f"{head}.{key_id}.{_changed(claims, 7)}.{mac}", "forged"),
            (f"{head}.{key_id}.{mint.token(rights, tenant='other').split('.')[2]}.{mac}",
             "forged"),
            (f"{head}.{key_id}.{claims}.", "forged"), (other.token(rights), "forged"),
            (f"{head}.k9.{claims}.{mac}", "unknown-key"),
            (mint.token(rights, **{"from": now - DAY // 2, "until": now - 1}), "expired"),
            (mint.token(rights, **{"from": now + 30 * MINUTE, "until": now + 60 * MINUTE}),
             "not-yet-valid"),
            (mint.token(rights, **{"from": now, "until": now + 2 * DAY}), "too-long-lived")]:
        assert _call(api, operation, token)[1].get("code") == code, token
    if operation.name != "stream":
        assert _call(api, operation, good)[0] not in (401, 403)


@every_operation
def test_refused_with_anothers_token(api: Api, books: Books, operation: Operation) -> None:
    books.post("guide:G1", 100)
    mint = Mint(api.keys.read_text())
    refused = [([right], {"tenant": "other"}) for right in operation.rights]
    refused += [([right], {}) for right in RIGHTS if right not in operation.rights]
    refused += [([], {}), (["admin"], {})]
    if operation.has("payee") and "guide" in operation.rights:
        refused += [(["guide"], {"payee": payee})
                    for payee in ("guide:G2", "guide:g1", "guide:G11", "store:G1", "hq")]
        refused.append((["guide", "manager"], {"payee": "guide:G2"}))
    if operation.has("store") and "manager" in operation.rights:
        refused += [(["manager"], {"store": store}) for store in ("S2", "S", "S11", "")]
        refused.append((["guide", "manager"], {"store": None}))
    for rights, claims in refused:
        status, said = _call(api, operation, mint.token(rights, **claims))
        assert (status, said["code"]) == (403, "not-yours"), (rights, claims)
    if operation.name != "stream":
        for right in operation.rights:
            assert _call(api, operation, mint.token([right]))[0] not in (401, 403), right


def test_refused_when_replayed_after_rotation(api: Api, books: Books) -> None:
    books.post("guide:G1", 100)
    old_keys = api.keys.read_text()
    old = Mint(old_keys)
    new_keys = api.new_key("k2")
    tokens = {one.name: old.token([one.rights[0]]) for one in operations()}
    seen = [one for one in operations() if one.name != "stream"]
    assert all(_call(api, one, tokens[one.name])[0] not in (401, 403) for one in seen)
    api.write_keys(new_keys)
    summary = operations()[0]
    wait_until(lambda: _call(api, summary, tokens[summary.name])[0] == 401, 30, "the new key")
    new = Mint(new_keys)
    for operation in operations():
        said = _call(api, operation, tokens[operation.name])[1]
        assert said["code"] == "unknown-key", operation.name
        # Its claims under the new key's name are still signed by the old one.
        head, _, claims, mac = tokens[operation.name].split(".")
        assert _call(api, operation, f"{head}.k2.{claims}.{mac}")[1]["code"] == "forged"
    assert all(_call(api, one, new.token([one.rights[0]]))[0] not in (401, 403) for one in seen)
