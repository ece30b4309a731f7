"""The finance page in a real browser: totals, events, statements on paper and as CSV."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from browser.month import GUIDE, fill_month
from browser.page import DESKTOP, Page
from lib.api import Api, Books
from lib.servers import wait_until


def token(api: Api) -> str:
    return api.token("user:F", "acme", "--rights", "finance")


def open_page(page: Page, api: Api) -> None:
    page.open(token(api), path="/finance", size=DESKTOP)
    page.wait(lambda: page.is_shown("#totals table"), "the totals")


def test_totals_are_the_accounts(page: Page, api: Api, books: Books) -> None:
    fill_month(books)
    open_page(page, api)
    balance = sum(account["balance"] for account in books.accounts.values())
    assert f"¥{balance / 100:,.2f}" in page.text("#sums .main")
    assert "共 8 个收款方" in page.text("#as-of")
    said = api.get("/v1/acme/totals", token(api))[1]
    period = said["by_role"][0]["period"]
    for rows in (said["by_role"], said["by_funder"], said["by_store"]):
        for row in rows:
            if row["period"] == period:
                assert row["amount"]["text"] in page.text("#totals")
    assert "只读 Redis" in page.text("#events"), "this process reads no events"


def test_a_statement_to_read_to_print_and_as_csv(page: Page, api: Api, books: Books,
                                                 directory: Path) -> None:
    fill_month(books)
    open_page(page, api)
    page.run("document.getElementById('payee').value = arguments[0]", GUIDE)
    page.click("#statement-form button")
    page.wait(lambda: page.is_shown("#statement table"), "the statement")
    entries = [entry for record in books.records[f"acme/{GUIDE}"] for entry in record["entries"]]
    assert len(page.texts("#statement tbody tr")) == len(entries)
    assert "−¥420.00" in page.text("#statement") and "已发放" in page.text("#statement")
    balance = books.accounts[f"acme/{GUIDE}"]["balance"]
    assert page.texts("#statement tbody tr:last-child td")[-1] == f"¥{balance / 100:,.2f}"
    page.command("Emulation.setEmulatedMedia", media="print")
    assert not page.is_shown("#totals") and page.is_shown("#statement table")
    page.command("Emulation.setEmulatedMedia", media="")
    _compare_csv(_download(page, directory), entries, balance)


def _download(page: Page, directory: Path) -> Path:
    """What the button saves."""
    page.command("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(directory))
    page.click("#csv")
    page.wait(lambda: list(directory.glob("*.csv")), "the file")
    return next(directory.glob("*.csv"))


def _compare_csv(path: Path, entries: list[dict[str, Any]], balance: int) -> None:
    """The file as a spreadsheet reads it is the statement."""
    assert re.fullmatch(r"acme-guide-G1001-\d{4}-\d\d-\d\d\.csv", path.name), path.name
    text = path.read_bytes()
    assert text.startswith(b"\xef\xbb\xbf"), "the mark by which Excel knows UTF-8"
    assert text.endswith(b"\r\n") and text.count(b"\n") == text.count(b"\r\n") == len(entries) + 1
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline="")))
    for name in ("seq", "role", "subject", "funder", "period", "event", "kind"):
        assert [row[name] for row in rows] == [str(entry[name]) for entry in entries], name
    for name in ("rule", "plan", "available_on", "capped_by"):
        assert [row[name] for row in rows] == [entry[name] or "" for entry in entries], name
    for name in ("amount", "balance", "base"):
        assert all(re.fullmatch(r"-?\d+\.\d\d", row[name]) for row in rows), name
        assert [Decimal(row[name]) * 100 for row in rows] == [one[name] for one in entries], name
    assert sum(Decimal(row["amount"]) for row in rows) * 100 == balance
    assert Decimal(rows[-1]["balance"]) * 100 == balance


def test_a_statement_says_on_paper_that_it_is_cut(page: Page, api: Api, books: Books) -> None:
    books.feed_length = 5
    fill_month(books)
    open_page(page, api)
    page.run("document.getElementById('payee').value = arguments[0]", GUIDE)
    page.click("#statement-form button")
    page.wait_text("#statement", "条；更早的在账本主题")
    page.command("Emulation.setEmulatedMedia", media="print")
    assert page.is_shown("#statement .printed") and not page.is_shown("#banner")
    page.command("Emulation.setEmulatedMedia", media="")


def test_no_formula_gets_into_a_spreadsheet(page: Page, api: Api, books: Books) -> None:
    fill_month(books)
    open_page(page, api)
    entry = {**books.records[f"acme/{GUIDE}"][0]["entries"][0], "rule": '=1+"a",\nb'}
    text = page.driver.execute_async_script(
        "const done = arguments[1], entries = arguments[0];"
        "import('/page/statement.js').then(it => done(it.csvOf(entries)))", [entry])
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert rows[0]["rule"] == "'=1+\"a\",\nb"


def test_only_finance_gets_in(page: Page, api: Api, books: Books) -> None:
    fill_month(books)
    page.open(api.token(GUIDE, "acme"), path="/finance")
    page.wait_text("#gate-words", "没有查看此页的权限")
    open_page(page, api)
    ended = token(api)
    api.write_keys(api.new_key("k2"))  # whatever k1 signed is refused from now on
    wait_until(lambda: api.get("/v1/acme/totals", ended)[0] == 401, 30, "the end of the key")
    page.run("document.getElementById('payee').value = 'hq'")
    page.click("#statement-form button")
    page.wait(lambda: page.is_shown("#gate"), "the gate")
    page.expect("401 /v1/acme/payees/hq/summary")
    assert "访问令牌无效" in page.text("#gate-words") and not page.is_shown("#finance")


def test_what_was_read_stays_when_the_api_is_gone(page: Page, api: Api, books: Books) -> None:
    fill_month(books)
    open_page(page, api)
    with page.outage():
        api.kill()
        page.run("document.getElementById('payee').value = 'hq'")
        page.click("#statement-form button")
        page.wait_text("#banner", "上一次的数据")
        assert page.is_shown("#totals table")
        api.start()
        page.wait(lambda: not page.is_shown("#banner"), "the totals anew")
