"""A registration on the page: named by its time, without the customer's id or the event's."""

from __future__ import annotations

from browser.month import GUIDE, day, earned
from browser.page import Page
from lib.api import Api, Books

PHONE = "13800138000"


def test_a_registration_is_shown_without_its_customer(page: Page, api: Api, books: Books) -> None:
    """As a feed from before customers were left out of feeds has it: the API conceals them."""
    at = earned(3, 600)
    books.post(GUIDE, 500, role="recruit", kind="recruit", rule="拉新", line=None, base=0,
               rate_ppm=None, funder="hq", subject=f"customer:{PHONE}",
               event=f"registered-{PHONE}", available_on=day(3), **at)
    page.open(api.token(GUIDE, "acme"))
    page.wait_live()
    subject = f"customer:at-{at['earned_at']}"
    page.wait(lambda: page.texts(f"button[data-subject='{subject}'] .item-name") == ["拉新"],
              "the registration in the list")
    page.click(f"button[data-subject='{subject}']")
    page.wait(lambda: page.is_shown("#reason"), "the reason")
    said = page.text("#reason-body")
    assert "你邀请的顾客完成了注册" in said and "第 1 号分录" in said
    assert "null" not in said and "事件" not in said
    assert PHONE not in page.driver.page_source
