"""The declared bindings: who a customer belongs to, over time.

Of 1,000 customers
830  are bound to a guide of the home store and to that store, 1 hour to 29 days before the first
     order; of 1,000 of these, 40 a whole number of days before it to the millisecond, 20 at the
     very moment of it, 100 to the guide alone (no store)
 70  are bound to both, but 1 to 30 days after the first order
 30  are bound to the store alone
 70  are never bound

Of 1,000 bound customers 180 are bound anew at a time between 2011-01-10 and 2011-05-20 (unless that
is before their first binding): 400 of 1,000 to a colleague of the store, 560 to any guide, 40 to
none. 30 of 1,000 of these become known 1 to 5 days late (`effective` before the event time).

The home store is one of 12 by the hash of the customer's number, the guide one of its five. The
four guides who are customers are bound to themselves. One customer's bindings do not depend on any
other's, nor on how many months are read.
"""

from __future__ import annotations

from typing import Any, Iterator

from .emit import Event, event
from .org import SELF_CUSTOMERS, GUIDES, STORE_OF, STORES, Store, at
from .stable import DAY_MS, HOUR_MS, between, chance, draw, pick

SELF_GUIDE = {customer: guide for guide, customer in SELF_CUSTOMERS.items()}
REBOUND_FROM_MS, REBOUND_TO_MS = at("2011-01-10"), at("2011-05-20")


def home_store(who: str) -> Store:
    """The store of this customer (or, for a guest, of this invoice)."""
    return STORE_OF[SELF_GUIDE[who]] if who in SELF_GUIDE else pick(STORES, "home", who)


def home_guide(who: str) -> str:
    """The guide to whom this customer is bound at first, if at all."""
    return SELF_GUIDE.get(who) or pick(home_store(who).guides, "guide", who)


def binding_events(customer: str, first_ms: int, late: bool) -> Iterator[Event]:
    """The bindings of a customer whose first order is at `first_ms`."""
    kind = draw("bound", customer) % 1000
    if kind >= 930 and customer not in SELF_GUIDE:
        return
    time = first_ms - _lead_ms(customer)
    body: dict[str, Any] = {"customer": customer, "guide": home_guide(customer),
                            "store": home_store(customer).id}
    if customer not in SELF_GUIDE:
        if 830 <= kind < 900:
            time = first_ms + between(DAY_MS, 30 * DAY_MS, "bound after", customer)
        elif kind >= 900:
            del body["guide"]
        elif chance(100, "bound to guide alone", customer):
            del body["store"]
    if chance(500, "effective told", customer):
        body["effective"] = time
    yield event("customer.bound", f"bound-{customer}-1", time, body)
    if chance(180, "rebound", customer) and customer not in SELF_GUIDE:
        yield from _rebound(customer, time, late)


def _lead_ms(customer: str) -> int:
    """How long before the first order the first binding holds."""
    edge = draw("bound edge", customer) % 1000
    if edge < 20:
        return 0
    if edge < 60:
        return between(1, 29, "bound whole days", customer) * DAY_MS
    return between(HOUR_MS, 29 * DAY_MS, "bound before", customer)


def _rebound(customer: str, bound_ms: int, late: bool) -> Iterator[Event]:
    effective = between(REBOUND_FROM_MS, REBOUND_TO_MS, "rebound at", customer)
    if effective <= bound_ms:
        return
    body: dict[str, Any] = {"customer": customer}
    whom = draw("rebound to", customer) % 1000
    if whom < 960:
        guides = home_store(customer).guides if whom < 400 else GUIDES
        body["guide"] = pick(guides, "rebound guide", customer)
        body["store"] = STORE_OF[body["guide"]].id
    body["effective"] = effective
    time = effective
    if late and chance(30, "rebound late", customer):
        time += between(DAY_MS, 5 * DAY_MS, "rebound later by", customer)
    yield event("customer.bound", f"bound-{customer}-2", time, body)
