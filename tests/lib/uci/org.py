"""The declared organisation: 3 brands, 12 stores, 60 guides, 2 live hosts, and what befalls them.

Stores (`STORES`), five guides each (`G10101` is the first of `S101`):

S101 London Oxford Street  owned       aurora   south     manager G10101
S102 London Covent Garden  owned       bramble  south     manager G10201
S103 Brighton              owned       aurora   south     manager G10301, from 2011-02-14 G10302
S104 Birmingham            owned       cobalt   midlands  manager G10401
S105 Nottingham            owned       bramble  midlands  manager G10501
S106 Leicester             owned       aurora   midlands  manager G10601; from 2011-03-01 a
                                                          franchise of F-HARLOW
S107 Manchester            franchise   aurora   north     franchisee F-HARLOW, manager G10701
S108 Leeds                 franchise   cobalt   north     franchisee F-OAKES, manager G10801
S109 Sheffield             franchise   bramble  north     franchisee F-OAKES, no manager
S110 Westgate aurora       concession  aurora   north     mall WESTGATE, manager G11001
S111 Westgate cobalt       concession  cobalt   north     mall WESTGATE, manager G11101
S112 Edinburgh             owned       bramble  scotland  manager G11201; announced on 2011-02-01

The first guide of a store is an `expert`, the next two `senior`, the others `junior`; the fifth is
a KOC (`kind: koc`). Hosts H01 and H02 (`kind: host`) belong to no store. All is announced on
2010-11-01, a month before the first order, but for S112 and these:

2011-01-14               G10605 leaves; the record still names the store
2011-01-18               G10304 is announced only now: credits before waited in suspense
2011-02-10               G10402 leaves; the record still names the store
2011-02-21               G10505 moves from S105 to S106
2011-02-25               G10903 leaves; the record names no store any more
2011-03-01 to 03-21      G10902 is suspended
2011-03-07               G10705 is announced only now
2011-03-15               G10103 leaves, the book goes to G10104 (`book.transferred`)
2011-03-28               G11104 leaves; the record still names the store
2011-04-01               G10201 is raised from `expert` to `principal`, G10204 to `senior`
2011-04-20               G10805 leaves; the record names no store any more
2011-05-12               G11203 is announced only now

G99001 is named by a few touches and pickups and is never announced. Four guides are customers
themselves (`SELF_CUSTOMERS`): under `self_purchase: none` their own purchases earn them nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .emit import Event, event


def at(text: str) -> int:
    """Milliseconds of a UTC time `YYYY-MM-DD` or `YYYY-MM-DD hh:mm`."""
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()) * 1000


START_MS = at("2010-11-01")
BRANDS = ["aurora", "bramble", "cobalt"]
HOSTS = ["H01", "H02"]
GHOST = "G99001"

# Guide -> the customer number under which the guide shops; each is a big customer of the file.
SELF_CUSTOMERS = {"G10102": "17841", "G10403": "15311", "G10802": "13089", "G11202": "14606"}

NAMES = ["Amelia", "Bao", "Callum", "Dilys", "Eilidh", "Farah", "Gwen", "Harvey", "Imogen", "Jing",
         "Kwame", "Líadan", "Morag", "Nia", "Owen", "Priya", "Rhys", "Siân", "Tom", "Wei"]


@dataclass(frozen=True, slots=True)
class Store:
    id: str
    name: str
    kind: str
    brand: str
    region: str
    manager: str | None = None
    mall: str | None = None
    franchisee: str | None = None
    announced: str = "2010-11-01"

    @property
    def guides(self) -> list[str]:
        return [f"G1{self.id[2:]}{number:02d}" for number in range(1, 6)]


STORES = [
    Store("S101", "London Oxford Street", "owned", "aurora", "south", "G10101"),
    Store("S102", "London Covent Garden", "owned", "bramble", "south", "G10201"),
    Store("S103", "Brighton", "owned", "aurora", "south", "G10301"),
    Store("S104", "Birmingham", "owned", "cobalt", "midlands", "G10401"),
    Store("S105", "Nottingham", "owned", "bramble", "midlands", "G10501"),
    Store("S106", "Leicester", "owned", "aurora", "midlands", "G10601"),
    Store("S107", "Manchester", "franchise", "aurora", "north", "G10701", None, "F-HARLOW"),
    Store("S108", "Leeds", "franchise", "cobalt", "north", "G10801", None, "F-OAKES"),
    Store("S109", "Sheffield", "franchise", "bramble", "north", None, None, "F-OAKES"),
    Store("S110", "Westgate aurora", "concession", "aurora", "north", "G11001", "WESTGATE"),
    Store("S111", "Westgate cobalt", "concession", "cobalt", "north", "G11101", "WESTGATE"),
    Store("S112", "Edinburgh", "owned", "bramble", "scotland", "G11201", announced="2011-02-01"),
]
STORE_OF = {guide: store for store in STORES for guide in store.guides}
GUIDES = list(STORE_OF)
ANNOUNCED = {"G10304": "2011-01-18 09:30", "G10705": "2011-03-07 12:00",
             "G11203": "2011-05-12 16:45"}
LEVELS = ["expert", "senior", "senior", "junior", "junior"]

# (time, id of the event, type, subject, fields that differ from the announced record; None = gone)
CHANGES: list[tuple[str, str, str, str, dict[str, Any]]] = [
    ("2011-01-14 18:00", "leave", "guide.set", "G10605", {"status": "left"}),
    ("2011-02-10 18:00", "leave", "guide.set", "G10402", {"status": "left"}),
    ("2011-02-14", "manager", "store.set", "S103", {"manager": "G10302"}),
    ("2011-02-21 08:00", "move", "guide.set", "G10505", {"store": "S106"}),
    ("2011-02-25 18:00", "leave", "guide.set", "G10903", {"status": "left", "store": None}),
    ("2011-03-01", "franchise", "store.set", "S106",
     {"kind": "franchise", "franchisee": "F-HARLOW"}),
    ("2011-03-01 09:00", "suspend", "guide.set", "G10902", {"status": "suspended"}),
    ("2011-03-15 17:30", "leave", "guide.set", "G10103", {"status": "left"}),
    ("2011-03-21 09:00", "return", "guide.set", "G10902", {"status": "active"}),
    ("2011-03-28 18:00", "leave", "guide.set", "G11104", {"status": "left"}),
    ("2011-04-01", "raise", "guide.set", "G10201", {"level": "principal"}),
    ("2011-04-01", "raise", "guide.set", "G10204", {"level": "senior"}),
    ("2011-04-20 18:00", "leave", "guide.set", "G10805", {"status": "left", "store": None}),
]
TRANSFER = ("2011-03-15 17:30", "G10103", "G10104")


def guide_record(guide: str) -> dict[str, Any]:
    """The record with which a guide is announced."""
    number = GUIDES.index(guide)
    store = STORE_OF[guide]
    record: dict[str, Any] = {"guide": guide, "store": store.id, "level": LEVELS[number % 5],
                              "name": f"{NAMES[number % 20]} {guide[3:]}"}
    if number % 5 == 4:
        record["kind"] = "koc"
    if store.franchisee:
        record["employer"] = store.franchisee
    if guide in SELF_CUSTOMERS:
        record["customers"] = [SELF_CUSTOMERS[guide]]
    return record


def store_record(store: Store) -> dict[str, Any]:
    """The record with which a store is announced."""
    record = {"store": store.id, "kind": store.kind, "brand": store.brand, "region": store.region,
              "mall": store.mall, "franchisee": store.franchisee, "manager": store.manager,
              "name": store.name}
    return {key: value for key, value in record.items() if value is not None}


def org_events(late: bool) -> list[Event]:
    """All announcements and changes. Without `late` nothing is announced after the start."""
    events = []
    for store in STORES:
        time = at(store.announced) if late else START_MS
        events.append(event("store.set", f"store-{store.id}", time, store_record(store)))
    for guide in GUIDES:
        time = at(ANNOUNCED[guide]) if late and guide in ANNOUNCED else START_MS
        events.append(event("guide.set", f"guide-{guide}", time, guide_record(guide)))
    for host in HOSTS:
        record = {"guide": host, "kind": "host", "level": "expert", "name": f"Host {host}"}
        events.append(event("guide.set", f"guide-{host}", START_MS, record))
    for when, what, kind, subject, changed in CHANGES:
        record = (guide_record(subject) if kind == "guide.set" else
                  store_record(next(store for store in STORES if store.id == subject)))
        record = {key: value for key, value in {**record, **changed}.items() if value is not None}
        record["effective"] = at(when)
        events.append(event(kind, f"{what}-{subject}", at(when), record))
    when, old, new = TRANSFER
    events.append(event("book.transferred", f"transfer-{old}-{new}", at(when),
                        {"from": old, "to": new, "effective": at(when)}))
    return events
