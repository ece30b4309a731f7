"""The declared touches: what guides shared and customers opened before (or after) they bought.

600 of 1,000 orders of a customer were touched: one touch (50 of 100), two (30), three (20).

Of 1,000 touches
guide    350 the customer's own, 350 a guide of the home store, 295 any, 5 the never announced
         G99001; so left, suspended and late announced guides share too, and several compete
lag      to `created`, against the order's window: 620 inside, 200 up to 6 days before it, 40
         exactly at its far edge (outside), 50 one millisecond later (inside), 30 at `created`
         (inside), 30 one millisecond after it (outside), 30 hours to days after it (outside)
tie      50 of the second and third touches have exactly the time of the first: the id decides
sku      300 carry the sku of one of the order's lines, 60 another sku, the others none
arrival  20 arrive after they happened: 2 hours after the order, or 12 hours after the touch if
         that is sooner (event time after `at`)

The window is that of the order's channel (fields.WINDOW_MS), so the edges are real edges.
"""

from __future__ import annotations

from typing import Any, Iterator

from .emit import Event, event
from .fields import touch_ms, touching_guide
from .org import GHOST
from .stable import HOUR_MS, chance, draw, pick, weighted
from .trade import Order

OTHER_SKUS = ["85123A", "22423", "47566", "20725", "84879"]


def touch_events(order: Order, late: bool) -> Iterator[Event]:
    """The touches that belong to an order; none for a guest's."""
    if not order.customer or not chance(600, "touched", order.invoice):
        return
    count = weighted([(1, 50), (2, 30), (3, 20)], "touches", order.invoice)
    first_ms = 0
    for number in range(1, count + 1):
        name = f"touch-{order.invoice}-{number}"
        when = touch_ms(order, name)
        if number == 1:
            first_ms = when
        elif chance(50, "same time", name):
            when = first_ms
        yield _touch(order, name, when, late)


def _touch(order: Order, name: str, when: int, late: bool) -> Event:
    guide = GHOST if chance(5, "unknown guide", name) else touching_guide(order, name)
    body: dict[str, Any] = {"customer": order.customer, "guide": guide}
    about = draw("touch sku", name) % 1000
    if about < 300:
        body["sku"] = pick(order.lines, "touched line", name).sku
    elif about < 360:
        body["sku"] = pick(OTHER_SKUS, "other sku", name)
    time = when
    if late and when < order.created_ms and chance(20, "touch arrives late", name):
        time = min(order.created_ms + 2 * HOUR_MS, when + 12 * HOUR_MS)
        body["at"] = when
    return event("touch.shared", name, time, body)
