"""The declared fields of an order and of its lines, and the events that place and pay it.

Real are the order's number, customer, time, and each line's number, stock code, quantity and paid
amount. All else is chosen by the hash of the invoice, the customer or the stock code:

channel          `export` for every country but the United Kingdom (real); of 100 others web 45,
                 app 25, store 20, marketplace 10
store            channel `store`: the customer's home store (80 of 100) or any; of the other
                 channels 25 of 100 orders name one
fulfil_store     10 of 100 orders of the other channels
seller           70 of 100 store orders, 3 of 100 others: a guide of the store (the home store)
coupon_guide     6 of 100: the customer's guide, a colleague or any
live             4 of 100: the month's session (`live-2011-03`), host H01, H02 or (1 of 5) a guide
sharer           5 of 100: a guide and a time, chosen like a touch's
version          15 of 1,000 orders are placed first without seller, coupon, live and sharer, and
                 again with them an hour later (version 2)
line: category   `non-goods` for postage, fees, discounts, samples, manual entries, vouchers; else
                 one of 8, the same for codes that differ only by letter case
line: brand      goods: one of the three, 1 code of 12 has none; non-goods have none
line: seller     1 of 10 lines of store orders with a seller: some guide of that store

An order is paid when it is placed: the invoice's time is `created`, `at` and the event time.
"""

from __future__ import annotations

from datetime import datetime, timezone
from functools import lru_cache
from typing import Any, Iterator

from .customers import home_guide, home_store
from .emit import Event, event
from .org import BRANDS, GUIDES, HOSTS, STORES
from .stable import DAY_MS, HOUR_MS, chance, draw, pick, weighted
from .trade import Line, Order, is_goods

CATEGORIES = ["kitchen", "garden", "lighting", "stationery", "textiles", "toys", "jewellery",
              "seasonal"]
NON_GOODS_CATEGORY = "non-goods"
CHANNELS = [("web", 45), ("app", 25), ("store", 20), ("marketplace", 10)]

# The plan's share windows by channel; plan.yaml says the same, and a test holds the two together.
WINDOW_MS = {"app": 3 * DAY_MS, "marketplace": 14 * DAY_MS, "export": 12 * HOUR_MS}
WINDOW_DEFAULT_MS = 7 * DAY_MS

# Where a touch lies against the window of its order.
LAGS = [("inside", 620), ("outside", 200), ("edge", 40), ("edge_inside", 50), ("created", 30),
        ("after", 30), ("days_after", 30)]

VERSIONED = ("seller", "coupon_guide", "live", "sharer")


def who(order: Order) -> str:
    """Whose hash decides for an order: the customer's, a guest's invoice's."""
    return order.customer or order.invoice


def channel(order: Order) -> str:
    if order.country != "United Kingdom":
        return "export"
    return weighted(CHANNELS, "channel", order.invoice)


def touch_ms(order: Order, name: str) -> int:
    """When the touch `name` happens, measured from the order that it comes before (or after)."""
    window = WINDOW_MS.get(channel(order), WINDOW_DEFAULT_MS)
    spot = draw("lag of touch", name)
    lag = {
        "inside": 60_000 + spot % (window - 120_000),
        "outside": window + 60_000 + spot % (6 * DAY_MS),
        "edge": window,
        "edge_inside": window - 1,
        "created": 0,
        "after": -1,
        "days_after": -(HOUR_MS + spot % (4 * DAY_MS)),
    }
    return order.created_ms - lag[weighted(LAGS, "lag", name)]


def touching_guide(order: Order, name: str) -> str:
    """A guide for what is called `name`: the customer's own, a colleague or any."""
    kind = draw("whose touch", name) % 100
    if kind < 35:
        return home_guide(who(order))
    return pick(home_store(who(order)).guides if kind < 70 else GUIDES, "touching guide", name)


@lru_cache(maxsize=None)
def goods_traits(code: str) -> tuple[str | None, str]:
    """Brand and category of a stock code."""
    if not is_goods(code):
        return None, NON_GOODS_CATEGORY
    brand = None if chance(83, "no brand", code) else pick(BRANDS, "brand", code)
    return brand, pick(CATEGORIES, "category", code.upper())


def store_of(order: Order) -> str | None:
    """The store that the order names."""
    instore = channel(order) == "store"
    if not instore and not chance(250, "store named", order.invoice):
        return None
    if chance(800, "home store", order.invoice):
        return home_store(who(order)).id
    return pick(STORES, "store", order.invoice).id


def _seller(order: Order, store: str | None, name: str) -> str:
    guides = next((one for one in STORES if one.id == store), home_store(who(order))).guides
    return pick(guides, "seller", name)


def order_body(order: Order) -> dict[str, Any]:
    """The body of `order.placed`, complete."""
    invoice, store, way = order.invoice, store_of(order), channel(order)
    body = keys(order)
    body["created"] = order.created_ms
    body["currency"] = "GBP"
    body["channel"] = way
    if store:
        body["store"] = store
    if way != "store" and chance(100, "fulfil store named", invoice):
        body["fulfil_store"] = pick(STORES, "fulfil store", invoice).id
    if chance(700 if way == "store" else 30, "sold", invoice):
        body["seller"] = _seller(order, store, invoice)
    if chance(60, "coupon", invoice):
        body["coupon_guide"] = touching_guide(order, f"coupon-{invoice}")
    if chance(40, "live", invoice):
        month = datetime.fromtimestamp(order.created_ms / 1000, timezone.utc).strftime("%Y-%m")
        host = pick(GUIDES if chance(200, "guide hosts", invoice) else HOSTS, "host", invoice)
        body["live"] = {"session": f"live-{month}", "host": host}
    if chance(50, "sharer", invoice):
        name = f"sharer-{invoice}"
        body["sharer"] = {"guide": touching_guide(order, name), "time": touch_ms(order, name)}
    sold = way == "store" and "seller" in body
    body["lines"] = [line_body(order, line, store if sold else None) for line in order.lines]
    return body


def line_body(order: Order, line: Line, store: str | None) -> dict[str, Any]:
    """One line; with a store it may have a seller of its own."""
    brand, category = goods_traits(line.sku)
    body: dict[str, Any] = {"line": line.number, "sku": line.sku}
    if brand:
        body["brand"] = brand
    body["category"] = category
    body["quantity"] = line.quantity
    body["paid"] = line.paid
    if store and chance(100, "line sold", order.invoice, line.number):
        body["seller"] = _seller(order, store, f"{order.invoice}-{line.number}")
    return body


def keys(order: Order) -> dict[str, Any]:
    """What every event about an order begins with: the order, and its customer if it has one."""
    return {"order": order.invoice, **({"customer": order.customer} if order.customer else {})}


def order_events(order: Order) -> Iterator[Event]:
    """The order placed (some twice) and paid."""
    body = order_body(order)
    placed_ms = order.created_ms
    if chance(15, "placed twice", order.invoice):
        first = {name: value for name, value in body.items() if name not in VERSIONED}
        yield event("order.placed", f"placed-{order.invoice}", placed_ms, first)
        body["version"] = 2
        yield event("order.placed", f"placed-{order.invoice}-2", placed_ms + HOUR_MS, body)
    else:
        yield event("order.placed", f"placed-{order.invoice}", placed_ms, body)
    yield event("order.paid", f"paid-{order.invoice}", placed_ms,
                {**keys(order), "at": placed_ms})
