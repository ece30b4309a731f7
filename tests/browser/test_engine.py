"""The pages on the engine itself: Kafka, `fen run`, its projector's Redis, and the API in one.

The other tests write Redis themselves; here the engine does, and fills it again after each loss.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver

from browser.page import DESKTOP, PHONE, Page
from lib.api import Engine, now_ms
from lib.servers import Kafka, Redis, wait_until

GUIDE = "guide:G1"
TENANT = "acme"


@pytest.fixture(scope="module")
def engine(fen_binary: Path, kafka: Kafka, tmp_path_factory: pytest.TempPathFactory,
           session_directory: Path) -> Iterator[Engine]:
    redis = Redis(session_directory / "engine-redis").start()
    engine = Engine(fen_binary, redis, tmp_path_factory.mktemp("engine"), kafka.bootstrap,
                    "json")
    engine.start()
    yield engine
    assert engine.program is not None
    assert engine.program.stop() == 0, engine.program.output()
    redis.kill()


@pytest.fixture()
def page(driver: webdriver.Chrome, engine: Engine) -> Iterator[Page]:
    page = Page(driver, engine.port)
    yield page
    faults = page.faults()
    driver.get("about:blank")
    assert faults == []


def look(page: Page, name: str) -> None:
    for size, place in ((DESKTOP, "desktop"), (PHONE, "phone")):
        page.size(size)
        page.look(f"{name}-{place}")


class Adjustments:
    """Entries of the guide, each of an amount that tells it from all others together."""

    def __init__(self, engine: Engine):
        self.engine = engine
        self.count = 0

    def post(self) -> None:
        self.engine.adjust(GUIDE, 1 << self.count, self.count, TENANT)
        self.count += 1

    @property
    def sum(self) -> int:
        return (1 << self.count) - 1


def shown(page: Page) -> tuple[int, int]:
    """How many subjects the list has, and their sum in fen."""
    texts = page.texts(".item-amount")
    return len(texts), sum(int("".join(filter(str.isdigit, text))) for text in texts)


def test_nothing_missed_or_doubled_while_redis_is_emptied(page: Page, engine: Engine) -> None:
    """FLUSHALL under an open stream, also while entries are posted, and at last kill -9 as well."""
    redis = engine.redis.client()
    posted = Adjustments(engine)
    token = engine.token(GUIDE, TENANT)

    def wait_shown(what: str) -> None:
        page.wait(lambda: shown(page) == (posted.count, posted.sum), what)

    posted.post()
    page.open(token)
    wait_shown("the first entry")
    page.wait_live()
    page.run("window.isTheSame = true")
    for _ in range(3):
        redis.flushall()
        posted.post()  # while Redis is empty, or being filled
        wait_shown("what was posted while Redis was empty")
        redis.flushall()
        wait_until(lambda: redis.hget(_fence(redis), "seq") is not None, 30, "it to be filled")
        posted.post()
        redis.flushall()
        wait_shown("what came just before Redis was emptied")
        page.wait_live()
    with page.outage():
        engine.kill()
        redis.flushall()
        posted.post()
        page.wait_text("#link", "重新连接")
        engine.start()
        wait_shown("what came while the engine was dead")
        page.wait_live()
    said = engine.get(f"/v1/{TENANT}/payees/{GUIDE}/summary", token)[1]
    assert (said["seq"], said["balance"]["fen"]) == (posted.count, posted.sum)
    assert page.run("return window.isTheSame"), "without reload"
    subjects = page.run("return [...document.querySelectorAll('button.item')]"
                        ".map(e => e.dataset.subject)")
    assert sorted(subjects) == sorted(f"adjustment:A{number}" for number in range(posted.count))
    redis.close()


def _fence(redis: Any) -> str:
    """The key of a fence that stands anywhere."""
    return next(iter(redis.scan_iter("fen:*:fence")), "fen:{p0}:fence")


def bad_event(number: int, tenant: str = TENANT) -> dict[str, Any]:
    """Of three codes by turns."""
    event = {"id": f"bad-{number}", "tenant": tenant, "type": "order.paid", "time": now_ms(),
             "order": f"O{number}", "customer": "13800138000"}
    if number % 3 == 0:
        del event["order"]
    elif number % 3 == 1:
        event["type"] = "order.gone"
    return event if number % 3 < 2 else {**event, "order": "a b"}


def test_finance_sees_the_balance_and_each_dead_letter(page: Page, engine: Engine) -> None:
    finance = engine.token("user:F", TENANT, "--rights", "finance")
    engine.adjust("guide:G2", 100, 1000, TENANT)
    engine.adjust("guide:G2", 100, 1000, TENANT)  # sent twice
    page.open(finance, path="/finance", size=DESKTOP)
    page.wait_text("#letters", "没有死信")
    engine.send(*(bad_event(number) for number in range(25)), bad_event(0, "other"),
                options=("--raw-bad",))
    wait_until(lambda: engine.get(f"/v1/{TENANT}/dead-letters", finance)[1]["count"] == 25, 60,
               "the dead letters")

    def events() -> dict[str, Any]:
        return engine.get(f"/v1/{TENANT}/totals", finance)[1]["events"]
    wait_until(lambda: events()["dead"] == 26, 60, "totals that know of them")
    said = events()
    page.open(finance, path="/finance", size=DESKTOP)
    page.wait(lambda: len(page.texts("#letters tbody tr")) == 20, "the newest twenty")
    assert said["is_balanced"]
    for name in ("read", "applied", "duplicate", "late", "dead"):
        assert f"{said[name]:,}" in page.texts(".balance dd"), name
    assert "已平" in page.text(".verdict")
    codes = page.text("#letters .codes")
    for words in ("缺字段（MISSING_FIELD）9", "未知类型（UNKNOWN_TYPE）8", "编号不合规（BAD_ID）8"):
        assert words in codes, codes
    page.run("document.querySelector('#letters').scrollIntoView()")
    look(page, "finance-dead-letters")
    page.run("document.getElementById('letters-more').focus()")
    page.click("#letters-more")
    page.wait(lambda: len(page.texts("#letters tbody tr")) == 25, "all of them")
    rows = page.texts("#letters tbody tr")
    found = {number for number in range(25) for row in rows if f"bad-{number}\n" in row}
    assert found == set(range(25)), "each once"
    assert all("请发送方" in row for row in rows), "what to do next"
    assert "13800138000" not in page.text("#letters"), "nothing of customers"
    assert page.run("return document.activeElement.className").split()[-1] == "letters"
    page.run("scrollTo(0, 0)")
    look(page, "finance-balance")
    with page.outage():
        engine.kill()
        page.click("#statement-form button")
        page.wait_text("#banner", "上一次的数据")
        engine.start()
        page.wait(lambda: not page.is_shown("#banner"), "it to be back")
    page.wait(lambda: page.texts("#letters tbody tr") == rows, "the very same after a kill")


def test_finance_has_an_order_worked_out_step_by_step(page: Page, engine: Engine) -> None:
    at = now_ms()
    plan = ("方案: 直营\n版本: 1\n币种: CNY\n时区: \"+08:00\"\n生效: 2026-01-01 00:00\n"
            "分享: {有效期: 7天}\n角色: {分享: [{规则名: 其余分享, 佣金: 4.5%}]}\n")
    about = {"tenant": TENANT, "time": at, "order": "R1", "customer": "13800138000"}
    engine.send(
        {"id": "p1", "tenant": TENANT, "type": "plan.published", "time": at, "yaml": plan},
        {"id": "g1", "tenant": TENANT, "type": "guide.set", "time": at, "guide": "G1",
         "store": "S1", "effective": 0},
        {**about, "id": "t1", "type": "touch.shared", "time": at - 60000, "guide": "G1"},
        {**about, "id": "o1", "type": "order.placed", "created": at, "store": "S1",
         "lines": [{"line": 1, "sku": "cream", "quantity": 1, "paid": 41000}]},
        {**about, "id": "o2", "type": "order.paid"})
    finance = engine.token("user:F", TENANT, "--rights", "finance")
    path = f"/v1/{TENANT}/orders/R1/trace"

    def entries() -> list[dict[str, Any]]:
        return engine.get(path, finance)[1].get("entries", [])
    wait_until(entries, 60, "the order's first entry")
    engine.send({**about, "id": "o3", "type": "order.refunded", "refund": "F1",
                 "lines": [{"line": 1, "amount": 20500}]})
    wait_until(lambda: entries()[-1]["cause"] == "order.refunded", 60, "the refund")
    page.open(finance, path="/finance", size=DESKTOP)
    page.wait_text("#link", "已更新")
    page.click("#trace-form button")
    page.wait_text("#trace-fault", "请输入订单号")
    for order, fault in (("nobody", "引擎没有这个订单"), ("a b", "这不是订单号")):
        page.run("document.getElementById('order').value = arguments[0]", order)
        page.click("#trace-form button")
        page.wait_text("#trace-fault", fault)
        page.expect(f"404 /v1/{TENANT}/orders/{order}/trace")
        assert page.texts("#trace .in0") == []
    page.run("document.getElementById('order').value = 'R1'")
    page.click("#trace-form button")
    page.wait(lambda: page.texts("#trace .in0"), "the trace")
    said = page.text("#trace")
    for words in ("R1", "其余分享", "4.5%", "9.22", "退款", "G1"):
        assert words in said, said
    assert "13800138000" not in said, "nothing of customers"
    assert page.text("#trace-fault") == ""
    page.run("document.querySelector('#trace-title').scrollIntoView()")
    look(page, "finance-trace")
