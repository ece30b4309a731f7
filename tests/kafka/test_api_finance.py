"""Finance's totals: every account of the tenant once, and nobody else's."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from lib.api import Api, Books, money


def _finance(api: Api, tenant: str = "acme") -> str:
    return api.token("user:F", tenant, "--rights", "finance")


def _of(rows: list[dict], name: str) -> dict[tuple[str, str], int]:
    return {(row["period"], row[name]): row["amount"]["fen"] for row in rows}


def test_totals_by_role_funder_store_and_period(api: Api, books: Books) -> None:
    books.post("guide:G1", 100, 200)
    books.post("guide:G1", 30, role="serve", funder="hq", period="2026-10")
    books.post("guide:G2", -50, store="S2")
    books.post("store:S1", 7, role="sell_store", store="")
    books.post("guide:G1", -80, role="payout", funder="hq", kind="payout")
    books.post("guide:G1", 999, tenant="other")
    said = api.get("/v1/acme/totals", _finance(api))[1]
    assert (said["tenant"], said["payees"], said["events"]) == ("acme", 3, None)
    assert said["balance"] == money(207)
    assert (said["payable"], said["receivable"]) == (money(257), money(50))
    assert _of(said["by_role"], "role") == {
        ("2026-11", "share"): 250, ("2026-11", "sell_store"): 7, ("2026-11", "payout"): -80,
        ("2026-10", "serve"): 30}
    assert _of(said["by_funder"], "funder") == {
        ("2026-11", "brand:L"): 257, ("2026-11", "hq"): -80, ("2026-10", "hq"): 30}
    # Paid out is earned all the same; what a store itself gets is no guide's.
    assert _of(said["by_store"], "store") == {
        ("2026-11", "S1"): 300, ("2026-11", "S2"): -50, ("2026-10", "S1"): 30}


def test_thousands_of_accounts_are_walked_in_steps(api: Api, books: Books) -> None:
    pipeline = books.client.pipeline(transaction=False)
    for number in range(5000):
        pipeline.hset(f"fen:{{p0}}:account:acme/guide:G{number}",
                      mapping={"seq": 1, "balance": 3, "p:2026-11:share": 3, "store": "S1"})
    pipeline.execute()
    said = api.get("/v1/acme/totals", _finance(api))[1]
    assert (said["payees"], said["balance"]) == (5000, money(15000))


@pytest.mark.parametrize("tenant", ["a*", "a[bc]", "a?c", "a\\c"])
def test_a_tenant_is_no_pattern(api: Api, books: Books, tenant: str) -> None:
    books.post("guide:G1", 5, tenant="abc")
    books.post("guide:G1", 7, tenant=tenant)
    said = api.get(f"/v1/{quote(tenant, safe='')}/totals", _finance(api, tenant))[1]
    assert (said["tenant"], said["balance"]) == (tenant, money(7))


def test_totals_are_for_finance_alone(api: Api, books: Books) -> None:
    books.post("guide:G1", 5)
    manager = api.token("guide:G1", "acme", "--rights", "guide,manager", "--store", "S1")
    for token in (api.token(), manager, _finance(api, "other")):
        assert api.get("/v1/acme/totals", token)[0] == 403
    assert api.get("/v1/acme/totals")[0] == 401
