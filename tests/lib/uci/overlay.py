"""All events of the trade of the file: the real ones with the declared overlay around them.

What the overlay says of a customer, an order or a line depends on its own name alone. So the events
of the first n months are a part of those of all six: nothing moves when more is read. Organisation
events and bindings of a time after the months that are read are left out; touches, shipments and
pickups of the orders that are read are not.
"""

from __future__ import annotations

from typing import Iterator

from .customers import binding_events
from .emit import Event
from .fields import order_events
from .fulfil import fulfil_events, refund_event
from .org import org_events
from .touches import touch_events
from .trade import Trade


def overlay(trade: Trade, end_ms: int, late: bool) -> Iterator[Event]:
    """Every event, in no order. `late` lets announcements, touches, bindings come late."""
    yield from (one for one in org_events(late) if one.time_ms < end_ms)
    first: dict[str, int] = {}
    for order in trade.orders:
        if order.customer:
            first[order.customer] = min(order.created_ms, first.get(order.customer, end_ms))
        yield from touch_events(order, late)
        yield from order_events(order)
        yield from fulfil_events(order, late)
    for customer, first_ms in first.items():
        yield from (one for one in binding_events(customer, first_ms, late) if one.time_ms < end_ms)
    yield from map(refund_event, trade.refunds)
