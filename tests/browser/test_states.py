"""What each state of the pages looks like, on a phone and on a desktop.

Every state of `WALKS` is reached once, and looked at in both sizes: it is no blank, fits its width,
is accessible by axe-core, and the console has said nothing that was not expected. The pictures are
in build/screenshots, as NAME-phone.png and NAME-desktop.png. States that need the engine itself
(the balance of events, dead letters) are in test_engine.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from browser.month import GUIDE, day, earned, fill_month, order
from browser.page import DESKTOP, PHONE, Page
from lib.api import Api, Books, Stream

STREAMS_OF_A_PAYEE = 8


@dataclass
class Scene:
    """What a walk has to do with."""

    page: Page
    api: Api
    books: Books

    def token(self, *more: str) -> str:
        return self.api.token(GUIDE, "acme", *more)

    def finance(self) -> str:
        return self.api.token("user:F", "acme", "--rights", "finance")

    def new_order(self, amount: int, number: int) -> None:
        self.books.post(GUIDE, amount, subject=order(number), available_on=day(7), **earned(0, 1))

    def open_reason(self, subject: str) -> None:
        self.page.click(f"button[data-subject='{subject}']")
        self.page.wait(lambda: self.page.is_shown("#reason"), "the reason")

    def close_reason(self) -> None:
        self.page.run("document.getElementById('reason').close()")
        self.page.wait(lambda: not self.page.is_shown("#reason"), "it to close")

    def show(self, selector: str) -> None:
        self.page.run("document.querySelector(arguments[0]).scrollIntoView({block: 'center'})",
                      selector)


Walk = Iterator[str]


def month(scene: Scene, scheme: str = "light") -> Walk:
    page = scene.page
    fill_month(scene.books)
    page.open(scene.token(), scheme=scheme)
    page.wait_live()
    assert page.run("return document.getAnimations().length") == 0, "reduced motion"
    yield "guide-list"
    page.click("#why summary")
    page.wait(lambda: page.is_shown(".dates"), "why not yet")
    scene.show("#why")
    yield "guide-why-not-yet"
    scene.show("#ranking-join")
    yield "guide-ranking-out"
    page.click("#ranking-join")
    page.wait(lambda: page.is_shown(".places"), "the ranking")
    scene.show(".places")
    yield "guide-ranking-in"
    scene.open_reason(order(103))
    yield "guide-reason"
    scene.close_reason()
    scene.open_reason(order(107))
    yield "guide-reason-capped"
    scene.close_reason()
    scene.open_reason(order(88, 2))
    yield "guide-reason-refund"
    scene.close_reason()
    page.run("scrollTo(0, 0)")
    scene.new_order(12345, 300)
    page.wait(lambda: page.is_shown("#news"), "the news")
    page.wait_text("#today-amount", "¥346.20")
    yield "guide-arrival"


def dark(scene: Scene) -> Walk:
    for name in month(scene, "dark"):
        if name in ("guide-list", "guide-reason-refund"):
            yield f"{name}-dark"


def few_and_many(scene: Scene) -> Walk:
    page = scene.page
    scene.books.post("guide:G7", 100)
    page.open(scene.token())
    page.wait_live()
    page.wait_text("#orders-list", "还没有佣金")
    yield "guide-empty"
    scene.new_order(1234567890123, 1)
    scene.books.post(GUIDE, -2234567890123, subject=order(2), kind="manual", role="manual",
                     available_on=day(0), **earned(0, 1))
    page.wait(lambda: page.is_shown("#owed"), "what is owed")
    page.run("scrollTo(0, 0)")
    yield "guide-great-amounts"
    page.block("*/v1/*")
    page.open(scene.token())
    page.wait(lambda: page.is_shown("#own .bone"), "what stands for figures")
    yield "guide-loading"
    page.block()


def reconnecting(scene: Scene, view: str) -> Walk:
    """The server is killed, and comes back."""
    with scene.page.outage():
        scene.api.kill()
        scene.page.wait_text("#link", "重新连接")
        yield f"{view}-reconnecting"
        scene.api.start()
        scene.page.wait_live()


def losses(scene: Scene) -> Walk:
    page = scene.page
    fill_month(scene.books)
    page.open(scene.token())
    page.wait_live()
    scene.books.empty()
    page.run("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_text("#link", "数据恢复中")
    yield "guide-redis-emptied"
    scene.books.rebuild()
    page.wait_live()
    with page.outage(is_felt=False):  # the stream is let go of, and may not be tried before
        page.online(False)
        page.run("window.dispatchEvent(new Event('offline'))")
        page.wait_text("#link", "离线")
        yield "guide-offline"
        page.online(True)
        page.run("window.dispatchEvent(new Event('online'))")
        page.wait_live()
    yield from reconnecting(scene, "guide")


def polling(scene: Scene) -> Walk:
    page, path = scene.page, f"/v1/acme/payees/{GUIDE}/stream"
    fill_month(scene.books)
    others = [Stream(scene.api.port, path, scene.token()) for _ in range(STREAMS_OF_A_PAYEE)]
    for other in others:
        other.wait(lambda stream: stream.of("snapshot"), "the others' places")
    page.open(scene.token())
    page.wait_live()
    page.expect(f"429 {path}")
    yield "guide-too-many-streams"
    for other in others:
        other.close()


def gates(scene: Scene) -> Walk:
    page = scene.page
    page.open()
    page.wait(lambda: page.is_shown("#gate"), "the gate")
    yield "gate"
    page.run("document.getElementById('gate-token').value = 'abc'")
    page.click("#gate-form button")
    page.wait_text("#gate-fault", "这不是访问令牌")
    yield "gate-no-token"
    page.open(scene.token()[:-4] + "AAAA")
    page.wait_text("#gate-words", "访问令牌无效")
    page.expect(f"401 /v1/acme/payees/{GUIDE}/stream")
    yield "gate-refused"
    page.open(scene.token(), path="/finance")
    page.wait_text("#gate-words", "没有查看此页的权限")
    yield "gate-forbidden"
    page.allow("401 /v1/")  # of what is asked for at that moment
    page.open(scene.token("--valid", "2s"))
    page.wait_text("#gate-words", "登录已过期")
    yield "gate-expired"


def store(scene: Scene) -> Walk:
    page = scene.page
    fill_month(scene.books)
    page.open(scene.token("--rights", "guide,manager", "--store", "S001"))
    page.wait_live()
    page.click("[data-view=store]")
    page.wait_text(".guides", "G1008")
    yield "store"
    yield from reconnecting(scene, "store")


def finance(scene: Scene, scheme: str = "light") -> Walk:
    page = scene.page
    scene.books.feed_length = 15
    fill_month(scene.books)
    page.open(scene.finance(), path="/finance", scheme=scheme)
    page.wait(lambda: page.is_shown("#totals table"), "the totals")
    yield "finance-totals"
    page.run("document.getElementById('payee').value = 'guide:G1002'")
    page.click("#statement-form button")
    page.wait_text("#statement", "G1002")
    scene.show("#statement")
    yield "finance-statement"
    page.run("document.getElementById('payee').value = arguments[0]", GUIDE)
    page.click("#statement-form button")
    page.wait_text("#statement", "条；更早的在账本主题")
    scene.show("#statement .banner")
    yield "finance-statement-cut"
    page.command("Emulation.setEmulatedMedia", media="print")
    page.run("scrollTo(0, 0)")
    yield "finance-statement-print"
    page.command("Emulation.setEmulatedMedia", media="")
    with page.outage():
        scene.api.kill()
        page.click("#statement-form button")
        page.wait_text("#banner", "上一次的数据")
        page.run("scrollTo(0, 0)")
        yield "finance-stale"
        scene.api.start()


def finance_dark(scene: Scene) -> Walk:
    for name in finance(scene, "dark"):
        if name in ("finance-totals", "finance-statement"):
            yield f"{name}-dark"


def finance_empty(scene: Scene) -> Walk:
    scene.page.open(scene.finance(), path="/finance")
    scene.page.wait_text("#totals", "还没有分录")
    yield "finance-empty"


# Which states each walk comes by, in its order.
WALKS: dict[Callable[[Scene], Walk], tuple[str, ...]] = {
    month: ("guide-list", "guide-why-not-yet", "guide-ranking-out", "guide-ranking-in",
            "guide-reason", "guide-reason-capped", "guide-reason-refund", "guide-arrival"),
    dark: ("guide-list-dark", "guide-reason-refund-dark"),
    few_and_many: ("guide-empty", "guide-great-amounts", "guide-loading"),
    losses: ("guide-redis-emptied", "guide-offline", "guide-reconnecting"),
    polling: ("guide-too-many-streams",),
    gates: ("gate", "gate-no-token", "gate-refused", "gate-forbidden", "gate-expired"),
    store: ("store", "store-reconnecting"),
    finance: ("finance-totals", "finance-statement", "finance-statement-cut",
              "finance-statement-print", "finance-stale"),
    finance_dark: ("finance-totals-dark", "finance-statement-dark"),
    finance_empty: ("finance-empty",),
}


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__)
def test_every_state_at_both_sizes(page: Page, api: Api, books: Books,
                                   walk: Callable[[Scene], Walk]) -> None:
    seen = []
    for name in walk(Scene(page, api, books)):
        seen.append(name)
        for size, place in ((DESKTOP, "desktop"), (PHONE, "phone")):
            page.size(size)
            page.look(f"{name}-{place}", is_paper=name.endswith("print"))
    assert tuple(seen) == WALKS[walk]
