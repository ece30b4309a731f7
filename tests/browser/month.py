"""A month of a guide, to be looked at: orders in every state, a refund, a cap, a payout."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from lib.api import Books

SHOPS = timezone(timedelta(hours=8))
GUIDE = "guide:G1001"


def now() -> datetime:
    return datetime.now(SHOPS)


def moment(days_ago: int = 0, minutes: int = 0) -> int:
    """So many days ago, today's minutes past midnight at the least; ms since 1970."""
    start = now().replace(hour=0, minute=0, second=0, microsecond=0)
    return int((start - timedelta(days=days_ago) + timedelta(minutes=minutes)).timestamp() * 1000)


def day(days: int) -> str:
    """The date so many days from today."""
    return (now() + timedelta(days=days)).date().isoformat()


def earned(days_ago: int, minutes: int = 0) -> dict[str, Any]:
    at = moment(days_ago, minutes)
    return {"earned_at": at, "period": day(-days_ago)[:7]}


def order(number: int, days_ago: int = 0) -> str:
    return f"order:O{day(-days_ago).replace('-', '')}-{number:06d}"


def fill_month(books: Books) -> None:
    """Everything a guide may see, and a store full of others."""
    _earlier_days(books)
    books.post(GUIDE, -42000, kind="payout", role="payout", subject="payout:P7", line=None,
               rule=None, plan=None, base=0, rate_ppm=None, available_on=day(-3),
               **earned(3, 600))
    refunded = {"subject": order(88, 2), "rule": "美妆分享", "portion": "self",
                "available_on": day(6)}
    books.post(GUIDE, 2870, base=91112, rate_ppm=45000, touch="T20261118-7781",
               **{**refunded, **earned(2, 700)})
    books.post(GUIDE, -1435, kind="reversal", base=-45556, rate_ppm=45000, event="R88-1",
               event_type="order.refunded",
               **{**refunded, **earned(2, 900)})
    gone = {"subject": order(91, 1), "rule": "其余分享", "rate_ppm": 30000, "available_on": day(7)}
    books.post(GUIDE, 897, base=29900, **{**gone, **earned(1, 640)})
    books.post(GUIDE, -897, base=-29900, kind="reversal", event="R91-1",
               event_type="order.refunded",
               **{**gone, **earned(1, 1020)})
    books.post(GUIDE, 1560, subject=order(103), role="serve", rule="提货服务", rate_ppm=32500,
               base=53333, portion="self", available_on=day(7), **earned(0, 1))
    books.post(GUIDE, 20000, subject=order(107), rule="美妆分享", rate_ppm=45000, base=512000,
               portion="self", capped_by="cap.order", touch="T20261122-0042", available_on=None,
               line=1, **earned(0, 2))
    books.post(GUIDE, 400, 315, subject=order(107), role="coupon", rule="券核销", rate_ppm=None,
               base=512000, portion=None, available_on=day(0), line=2, **earned(0, 2))
    for number in range(2, 9):
        books.post(f"guide:G{1000 + number}", 4000 + (number * 7919) % 60000,
                   subject=order(200 + number), store="S001", **earned(0, 1))


def _earlier_days(books: Books) -> None:
    for days_ago in range(23, 0, -2):
        for number in range(1 + (days_ago * 5) % 3):
            amount = 380 + (days_ago * 7919 + number * 1543) % 5200
            role = ("share", "serve", "bind", "sale")[(days_ago + number) % 4]
            rule = {"share": "美妆分享", "serve": "提货服务", "bind": "新客绑定",
                    "sale": "大单"}[role]
            books.post(GUIDE, amount, subject=order(number + 1, days_ago), role=role, rule=rule,
                       base=amount * 100 // 4, rate_ppm=40000, portion=None, store="S001",
                       available_on=day(7 - days_ago), **earned(days_ago, 600 + 90 * number))
