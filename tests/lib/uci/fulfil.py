"""The declared way of the goods: shipped and received, or picked up with servers.

Channel              of 100 orders
store                100 picked up: 70 within three hours, else 2 hours to 9 days later
web, app             25 picked up at a store 2 hours to 9 days later, 70 shipped, 5 nothing (yet)
marketplace, export  95 shipped, 5 nothing (yet)

Shipped 1 to 48 hours after the order (10 of 100 in two parcels with lists of lines), half of them
by a named store; 92 of 100 received 1 to 6 days later, of these 3 told twice (the earliest `at`
holds). A pickup of two or more lines is in 20 of 100 cases done in two visits with lists of lines
(15 of 100 second visits never come). Servers: none 4, one 56, two 30, three 10 of 100; guides of
the pickup's store, half of the groups with weights of 1 to 5, in 5 of 1,000 one is the unknown
G99001. 20 of 100 pickups are told up to 50 minutes after they happened (`at` before the event
time), 3 of 100 are told again an hour later with another server, which must have no effect. 10 of
100 picked up orders are also signed for (`order.received`) a day or two later.

The refunds are real (trade.py): one event per (order, cancellation), at the cancellation's time.
"""

from __future__ import annotations

from typing import Any, Iterator

from .customers import home_store
from .emit import Event, event
from .fields import channel, keys, store_of, who
from .org import GHOST, STORES, Store
from .stable import DAY_MS, HOUR_MS, MINUTE_MS, between, chance, draw, pick, weighted
from .trade import Order, Refund

WAYS = {
    "store": [("picked", 100)],
    "web": [("picked", 25), ("shipped", 70), ("none", 5)],
    "app": [("picked", 25), ("shipped", 70), ("none", 5)],
    "marketplace": [("shipped", 95), ("none", 5)],
    "export": [("shipped", 95), ("none", 5)],
}


def fulfil_events(order: Order, late: bool) -> Iterator[Event]:
    """What happens to the goods of an order."""
    way = weighted(WAYS[channel(order)], "way", order.invoice)
    if way == "picked":
        yield from _picked_up(order, late)
    elif way == "shipped":
        yield from _shipped(order)


def _parts(order: Order, permille: int, name: str) -> list[list[int] | None]:
    """All lines at once ([None]), or two lists of line numbers that make up the order."""
    if len(order.lines) < 2 or not chance(permille, name, order.invoice):
        return [None]
    numbers = [line.number for line in order.lines]
    later = [number for number in numbers[1:] if chance(400, name, order.invoice, number)]
    later = later or numbers[-1:]
    return [[number for number in numbers if number not in set(later)], later]


def _body(order: Order, lines: list[int] | None) -> dict[str, Any]:
    return {**keys(order), **({"lines": lines} if lines else {})}


def _shipped(order: Order) -> Iterator[Event]:
    invoice = order.invoice
    shipped_ms = order.created_ms
    for number, lines in enumerate(_parts(order, 100, "parcels"), 1):
        name = f"{invoice}-{number}"
        shipped_ms += between(HOUR_MS, 48 * HOUR_MS, "shipped after", name)
        body = _body(order, lines)
        if chance(500, "shipped by store", invoice):
            body["store"] = pick(STORES, "shipping store", name).id
        yield event("order.shipped", f"shipped-{name}", shipped_ms, body)
        if chance(920, "received", name):
            received_ms = shipped_ms + between(DAY_MS, 6 * DAY_MS, "received after", name)
            yield event("order.received", f"received-{name}", received_ms, _body(order, lines))
            if chance(30, "received twice", name):
                again_ms = received_ms + between(HOUR_MS, DAY_MS, "received again", name)
                yield event("order.received", f"received-{name}-again", again_ms,
                            _body(order, lines))


def _picked_up(order: Order, late: bool) -> Iterator[Event]:
    invoice = order.invoice
    named = store_of(order)
    store = next((one for one in STORES if one.id == named), home_store(who(order)))
    soon = channel(order) == "store" and chance(700, "picked up soon", invoice)
    picked_ms = order.created_ms + (
        between(0, 3 * HOUR_MS, "picked up after", invoice) if soon else
        between(2 * HOUR_MS, 9 * DAY_MS, "picked up after", invoice))
    for number, lines in enumerate(_parts(order, 200, "visits"), 1):
        name = f"{invoice}-{number}"
        if number == 2:
            if chance(150, "second visit missing", invoice):
                return
            picked_ms += between(HOUR_MS, 5 * DAY_MS, "second visit after", invoice)
        yield from _visit(order, name, picked_ms, lines, store, late)
    if chance(100, "signed for", invoice):
        signed_ms = picked_ms + between(DAY_MS, 2 * DAY_MS, "signed for after", invoice)
        yield event("order.received", f"received-{invoice}-0", signed_ms, _body(order, None))


def _visit(order: Order, name: str, picked_ms: int, lines: list[int] | None, store: Store,
           late: bool) -> Iterator[Event]:
    body = _body(order, lines)
    time = picked_ms
    if late and chance(200, "pickup told late", name):
        time += between(MINUTE_MS, 50 * MINUTE_MS, "pickup told after", name)
        body["at"] = picked_ms
    body["store"] = store.id
    servers = _servers(store, name)
    if servers:
        body["servers"] = servers
    yield event("order.picked_up", f"picked-{name}", time, body)
    if chance(30, "pickup told twice", name):
        again = {**_body(order, lines), "store": store.id,
                 "servers": [{"guide": pick(store.guides, "wrong server", name)}]}
        yield event("order.picked_up", f"picked-{name}-again", time + HOUR_MS, again)


def _servers(store: Store, name: str) -> list[dict[str, Any]]:
    count = weighted([(0, 4), (1, 56), (2, 30), (3, 10)], "servers", name)
    first, step = draw("first server", name), between(1, 4, "server step", name)
    guides = [store.guides[(first + number * step) % 5] for number in range(count)]
    if count and chance(5, "unknown server", name):
        guides[-1] = GHOST
    if count < 2 or not chance(500, "server weights", name):
        return [{"guide": guide} for guide in guides]
    return [{"guide": guide, "weight": between(1, 5, "weight", name, guide)} for guide in guides]


def refund_event(refund: Refund) -> Event:
    """The refund of one order by one cancellation."""
    lines = [{"line": number, "amount": amount, "quantity": units}
             for number, (amount, units) in sorted(refund.lines.items())]
    return event("order.refunded", f"refund-{refund.cancellation}-{refund.order.invoice}",
                 refund.time_ms,
                 {**keys(refund.order), "refund": refund.cancellation, "lines": lines})
