"""The guide's page in a real browser: what arrives, what is lost and comes back, who sees what."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from selenium.webdriver.common.keys import Keys

from browser.month import GUIDE, day, earned, fill_month, order
from browser.page import DESKTOP, Page, second_window
from lib.api import Api, Books, Stream

MINUS = "−"
STREAMS_OF_A_PAYEE = 8    # so many the server gives one (schemas/openapi.json)


def token(api: Api, guide: str = GUIDE, *more: str) -> str:
    return api.token(guide, "acme", *more)


def manager_token(api: Api) -> str:
    return token(api, GUIDE, "--rights", "guide,manager", "--store", "S001")


def sum_of_list(page: Page) -> int:
    """Of every amount in the list, in fen."""
    texts = page.texts(".item-amount")
    return sum(int(re.sub(r"[^0-9]", "", text)) * (-1 if text.startswith(MINUS) else 1)
               for text in texts)


def seqs_shown(page: Page) -> int:
    """How many subjects the list has; each of them once."""
    subjects = page.run("return [...document.querySelectorAll('button.item')]"
                        ".map(e => e.dataset.subject)")
    assert len(set(subjects)) == len(subjects)
    return len(subjects)


def new_order(books: Books, amount: int, number: int, guide: str = GUIDE, **more: Any) -> None:
    books.post(guide, amount, **{"subject": order(number), "available_on": day(7),
                                 **earned(0, 1), **more})


# --- what is there -------------------------------------------------------------------------------


def test_every_state_is_shown_in_words_and_figures(page: Page, api: Api, books: Books) -> None:
    fill_month(books)
    page.open(token(api))
    page.wait_live()
    assert page.text("#today-amount") == "¥222.75"
    assert page.text("#today-roles").split() == ["分享", "¥200.00", "服务", "¥15.60", "券", "¥7.15"]
    states = page.text("#orders-list")
    for words in ("待履约", "待结算", "可提现", "已退回", "部分退回", "已发放", "还有 7 天"):
        assert words in states, words
    assert f"{MINUS}¥420.00" in states
    page.click("[data-filter=back]")
    page.wait(lambda: len(page.texts("button.item")) == 2, "the two with something taken back")
    summary = api.get(f"/v1/acme/payees/{GUIDE}/summary", token(api))[1]
    for name, amount in (("month", summary["month"]["total"]), ("available", summary["available"]),
                         ("pending", summary["pending"]["total"])):
        assert page.text(f"#{name}-amount") == amount["text"]
    page.click("#why summary")
    dates = [date for date in summary["pending"]["dates"] if date["amount"]["fen"] != 0]
    page.wait(lambda: len(page.texts(".dates li")) == len(dates), "a row for each date")
    assert "日期待定" in page.text(".dates")
    assert page.run("return document.querySelectorAll('.plot rect').length") in (28, 29, 30, 31)


def test_a_refund_is_a_negative_line_with_its_cause(page: Page, api: Api, books: Books) -> None:
    fill_month(books)
    page.open(token(api))
    page.wait_live()
    page.click(f"button[data-subject='{order(88, 2)}']")
    page.wait(lambda: page.is_shown("#reason"), "the reason")
    said = page.text("#reason-body")
    for words in ("¥14.35", "美妆分享", "4.5%", "T20261118-7781", "brand:L", "冲回",
                  "退款：计佣金额减少 ¥455.56，余 ¥455.56", "R88-1", "可提现"):
        assert words in said, words
    assert page.texts(".steps .back .money") == [f"{MINUS}¥14.35"]
    books.post(GUIDE, -1435, kind="reversal", base=-45556, rate_ppm=45000, event="R88-2",
               event_type="order.cancelled",
               subject=order(88, 2), rule="美妆分享", portion="self", available_on=day(6),
               **earned(2, 700))
    page.wait(lambda: len(page.texts(".steps .back .money")) == 2, "the second, with it open")
    page.wait_text("#reason-body", "佣金已全部冲回")
    page.wait_text("#reason-body", "订单取消：计佣金额减少 ¥455.56，全部冲回")


def test_where_answers_do_not_stream_entries_are_asked_for(page: Page, api: Api,
                                                           books: Books) -> None:
    fill_month(books)
    before = page.command("Page.addScriptToEvaluateOnNewDocument",
                          source="delete window.ReadableStream")
    try:
        page.open(token(api))
        page.wait_live()
        new_order(books, 12345, 300)
        page.wait(lambda: "+¥123.45" in page.text("#orders-list"), "the order, asked for")
        with page.outage():
            api.kill()
            page.wait(lambda: page.run("return document.getElementById('link').dataset.state")
                      == "again", "the loss")
            api.start()
            new_order(books, 678, 301)
            page.wait(lambda: "+¥6.78" in page.text("#orders-list"), "what came meanwhile")
            page.wait_live()
    finally:
        page.command("Page.removeScriptToEvaluateOnNewDocument", identifier=before["identifier"])


def test_caps_are_named(page: Page, api: Api, books: Books) -> None:
    fill_month(books)
    page.open(token(api))
    page.wait_live()
    page.click(f"button[data-subject='{order(107)}']")
    page.wait_text("#reason-body", "已达单笔封顶")
    assert "¥5,120.00" in page.text("#reason-body") and "受上限约束" in page.text("#reason-body")


# --- what arrives --------------------------------------------------------------------------------


def test_arrivals_come_without_reload_and_steal_no_focus(page: Page, api: Api,
                                                         books: Books) -> None:
    fill_month(books)
    page.open(token(api))
    page.wait_live()
    page.run("window.isTheSame = true; document.querySelector('[data-filter=all]').focus();"
             "window.said = []; new MutationObserver(() => said.push("
             "document.getElementById('status').textContent)).observe("
             "document.getElementById('status'), {childList: true, characterData: true})")
    for number in range(301, 306):
        new_order(books, 1000, number)
    page.wait(lambda: page.is_shown(f"button[data-subject='{order(305)}']"), "the last of five")
    page.wait_text("#today-amount", "¥272.75")
    assert page.is_shown("#news") and "¥50.00" in page.text("#news")
    page.wait(lambda: "新到" in page.run("return said.join()"), "the status to be told")
    said = page.run("return said.filter(words => words.includes('新到'))")
    assert len(said) == 1 and said[0].endswith("新到 5 条，共 ¥50.00"), "once for all five"
    assert page.focused() == "all" and page.run("return window.isTheSame")


def test_focus_stays_on_its_order_while_others_arrive(page: Page, api: Api, books: Books) -> None:
    new_order(books, 500, 1)
    page.open(token(api))
    page.wait_live()
    page.run("document.querySelector('button.item').focus()")
    new_order(books, 700, 2)
    page.wait(lambda: seqs_shown(page) == 2, "the second order")
    assert page.focused() == order(1)


def test_two_guides_are_apart(page: Page, api: Api, books: Books) -> None:
    new_order(books, 111, 1)
    new_order(books, 222, 2, "guide:G1002")
    page.open(token(api))
    page.wait_live()
    first = page.driver.current_window_handle
    with second_window(page) as other:
        other.open(token(api, "guide:G1002"))
        other.wait_live()
        new_order(books, 333, 3, "guide:G1002")
        other.wait(lambda: seqs_shown(other) == 2, "the other guide's second order")
        assert other.text("#who") == "G1002" and sum_of_list(other) == 555
        second = other.driver.current_window_handle
        page.driver.switch_to.window(first)
        assert page.text("#who") == "G1001" and sum_of_list(page) == 111
        new_order(books, 10, 4)
        page.wait(lambda: sum_of_list(page) == 121, "the first guide's own")
        page.driver.switch_to.window(second)
        assert sum_of_list(other) == 555

def test_where_there_is_no_room_for_a_stream_entries_are_asked_for(page: Page, api: Api,
                                                                   books: Books) -> None:
    fill_month(books)
    path = f"/v1/acme/payees/{GUIDE}/stream"
    others = [Stream(api.port, path, token(api)) for _ in range(STREAMS_OF_A_PAYEE)]
    for other in others:
        other.wait(lambda stream: stream.of("snapshot"), "the others' places")
    page.open(token(api))
    page.wait_live()
    new_order(books, 12345, 300)
    page.wait(lambda: "+¥123.45" in page.text("#orders-list"), "the order, asked for")
    page.expect(f"429 {path}")
    for other in others:
        other.close()


# --- what is lost and comes back -----------------------------------------------------------------


def test_nothing_missed_or_doubled_while_the_api_is_killed(page: Page, api: Api,
                                                           books: Books) -> None:
    expected = 0
    new_order(books, 100, 1)
    page.open(token(api))
    page.wait_live()
    page.run("window.isTheSame = true")
    for round_number in range(1, 4):
        new_order(books, 7, 10 * round_number)
        with page.outage():
            api.kill()
            page.wait(lambda: page.run("return document.getElementById('link').dataset.state")
                      in ("again", "connecting"), "the loss to be shown")
            page.wait_text("#banner", "重新连接")
            new_order(books, 11, 10 * round_number + 1)
            new_order(books, 13, 10 * round_number + 2)
            api.start()
            expected = 100 + 31 * round_number
            page.wait(lambda sum_=expected: sum_of_list(page) == sum_, "all of it, each once")
            page.wait_live()
    assert seqs_shown(page) == 10 and page.run("return window.isTheSame")
    page.wait_text("#today-amount", "¥1.93")
    assert not page.is_shown("#banner")


def test_nothing_missed_or_doubled_while_redis_is_emptied(page: Page, api: Api,
                                                          books: Books) -> None:
    new_order(books, 100, 1)
    page.open(token(api))
    page.wait_live()
    for number in range(2, 5):
        books.empty()
        page.run("document.dispatchEvent(new Event('visibilitychange'))")
        page.wait_text("#link", "数据恢复中")
        assert page.text("#today-amount") != "¥0.00", "what was seen stays"
        new_order(books, 10, number)
        books.empty()
        books.rebuild()
        page.wait(lambda sum_=90 + 10 * number: sum_of_list(page) == sum_, "all of it")
        page.wait_live()
    assert seqs_shown(page) == 4 and sum_of_list(page) == 130
    page.wait_text("#today-amount", "¥1.30")


def test_offline_is_said_and_made_up_for(page: Page, api: Api, books: Books) -> None:
    fill_month(books)
    page.open(token(api))
    page.wait_live()
    with page.outage(is_felt=False):  # the stream is let go of, and may not be tried before
        page.online(False)
        page.run("window.dispatchEvent(new Event('offline'))")
        page.wait_text("#link", "离线")
        page.wait_text("#banner", "没有网络")
        new_order(books, 4200, 401)
        page.online(True)
        page.run("window.dispatchEvent(new Event('online'))")
        page.wait_live()
    page.wait(lambda: page.is_shown(f"button[data-subject='{order(401)}']"), "what came meanwhile")


# --- who may see it ------------------------------------------------------------------------------


def test_an_expired_token_ends_the_page_and_a_new_one_goes_on(page: Page, api: Api,
                                                              books: Books) -> None:
    fill_month(books)
    page.allow("401 /v1/")
    page.open(token(api, GUIDE, "--valid", "4s"))
    page.wait_text("#gate-words", "登录已过期")
    assert not page.is_shown("#own"), "no figures are left standing"
    assert page.run("return sessionStorage.length") == 0
    page.run("document.getElementById('gate-token').value = arguments[0]", token(api))
    page.click("#gate-form button")
    page.wait_live()
    assert page.text("#today-amount") == "¥222.75"


def test_the_token_leaves_the_address_and_stays_in_the_tab(page: Page, api: Api,
                                                           books: Books) -> None:
    new_order(books, 100, 1)
    page.open(token(api))
    page.wait_live()
    assert "token" not in page.driver.current_url
    page.driver.refresh()
    page.wait_live()
    with second_window(page) as other:
        other.driver.get(f"http://127.0.0.1:{api.port}/")
        other.wait(lambda: other.is_shown("#gate"), "the gate, in another tab")


def test_what_is_no_token_is_not_taken(page: Page, api: Api) -> None:
    page.open()
    page.wait(lambda: page.is_shown("#gate"), "the gate")
    page.run("document.getElementById('gate-token').value = 'abc'")
    page.click("#gate-form button")
    page.wait_text("#gate-fault", "这不是访问令牌")
    assert page.focused() == "gate-token"
    forged = token(api)[:-4] + "AAAA"
    page.open(forged)
    page.wait_text("#gate-words", "访问令牌无效")
    page.expect(f"401 /v1/acme/payees/{GUIDE}/stream")


# --- ranking, store, keyboard --------------------------------------------------------------------


def test_ranking_is_for_who_wants_it(page: Page, api: Api, books: Books) -> None:
    fill_month(books)
    page.open(token(api))
    page.wait_live()
    assert not page.is_shown(".places")
    page.click("#ranking-join")
    page.wait_text(".places", "G1001（我）")
    assert "G1002" not in page.text("#ranking-body"), "colleagues have no name here"
    assert "第 1 名" in page.text("#ranking-body") and "门店共 8 人" in page.text("#ranking-body")
    page.driver.refresh()
    page.wait_text(".places", "G1001（我）")
    page.click("#ranking-leave")
    page.wait(lambda: not page.is_shown(".places"), "the ranking to go")


def test_a_manager_sees_the_store(page: Page, api: Api, books: Books) -> None:
    fill_month(books)
    page.open(manager_token(api))
    page.wait_live()
    page.click("[data-view=store]")
    page.wait_text(".guides", "G1008")
    assert len(page.texts(".guides li")) == 8 and "S001" in page.text(".store-sum")
    said = api.get("/v1/acme/stores/S001/guides", manager_token(api))[1]
    assert said["total"]["text"] in page.text(".store-sum")
    page.open(token(api))
    page.wait_live()
    assert not page.is_shown("#views")


def test_a_manager_without_an_account_outlives_a_loss(page: Page, api: Api, books: Books) -> None:
    fill_month(books)
    page.open(token(api, "user:M", "--rights", "manager", "--store", "S001"))
    page.wait_live()
    page.wait_text(".guides", "G1008")
    with page.outage():
        api.kill()
        page.click("[data-view=store]")
        page.wait_text("#link", "重新连接")
        page.wait_text("#banner", "正在重新连接")
        assert "G1008" in page.text(".guides"), "what was seen stays"
        api.start()
        page.wait_live()
    assert not page.is_shown("#banner") and not page.is_shown("#gate")


def test_keyboard_alone_opens_and_closes_a_reason(page: Page, api: Api, books: Books) -> None:
    new_order(books, 100, 1)
    page.open(token(api), size=DESKTOP)
    page.wait_live()
    page.run("document.querySelector('[data-filter=back]').focus()")
    page.press(Keys.TAB)
    assert page.focused() == order(1)
    page.press(Keys.ENTER)
    page.wait(lambda: page.is_shown("#reason"), "the reason")
    page.press(Keys.TAB)
    assert page.run("return document.activeElement.closest('#reason') !== null")
    new_order(books, 100, 2)  # the list is made anew behind it
    page.wait(lambda: page.run("return document.querySelector(arguments[0]) !== null",
                               f"button[data-subject='{order(2)}']"), "the next order")
    page.press(Keys.ESCAPE)
    page.wait(lambda: not page.is_shown("#reason"), "it to close")
    page.wait(lambda: page.focused() == order(1), "the focus back at the order")


# --- how it looks (every state: test_states.py) ---------------------------------------------------


def test_amounts_of_any_size_fit_a_phone(page: Page, api: Api, books: Books) -> None:
    new_order(books, 1234567890123, 1)
    new_order(books, -2234567890123, 2, kind="manual", role="manual", available_on=day(0))
    page.open(token(api))
    page.wait_live()
    assert page.run("return document.documentElement.scrollWidth <= innerWidth")
    page.wait_text("#today-amount", f"{MINUS}¥10,000,000,000.00")
    assert page.is_shown("#owed")
    cut = page.run("return [...document.querySelectorAll('.money')].filter(e => {"
                   "const range = document.createRange(); range.selectNodeContents(e);"
                   "return range.getBoundingClientRect().right > innerWidth - 16})"
                   ".map(e => e.innerText)")
    assert cut == []


def test_empty_and_loading_have_faces(page: Page, api: Api, books: Books) -> None:
    new_order(books, 100, 1)
    page.open(token(api, "guide:G7"))
    page.wait_live()
    page.wait_text("#orders-list", "还没有佣金")
    page.block("*/v1/*")
    page.open(token(api))
    page.wait(lambda: page.is_shown("#own .bone"), "what stands for figures")
    assert page.run("return document.getElementById('own').ariaBusy") == "true"
    page.block()


def test_nothing_is_loaded_from_elsewhere(page: Page, api: Api, books: Books) -> None:
    new_order(books, 100, 1)
    page.open(token(api))
    page.wait_live()
    page.wait(lambda: page.run("return performance.getEntriesByType('resource').length") > 15,
              "the page's own files")
    addresses = page.run("return performance.getEntriesByType('resource').map(e => e.name)")
    assert all(one.startswith(f"http://127.0.0.1:{api.port}/") for one in addresses), addresses
    assert not any("fen1." in one for one in addresses), "the token is in no address"


def test_the_page_is_in_the_binary_as_it_stands(api: Api) -> None:
    folder = Path(__file__).resolve().parents[2] / "engine" / "api" / "page"
    for file in sorted(folder.iterdir()):
        with urlopen(f"http://127.0.0.1:{api.port}/page/{file.name}", timeout=30) as answer:
            assert answer.read() == file.read_bytes(), file.name
            assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
            assert "unsafe" not in answer.headers["Content-Security-Policy"]
