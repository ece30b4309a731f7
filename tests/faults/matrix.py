"""The fault matrix: one row a fault, each with its name, what is expected, and what shows it.

Options of a row: `open`, `redis` are those of its installation. `is_random`: it draws by lot (from
`firm.round`, too), and goes on in further rounds for as long as --duration says; with `has_rounds`
it makes these itself.

A row either runs here, on the real cluster (`run`), or is held by tests of another part (`held_by`:
file and test), which are checked to exist and to belong to a part that ./test runs. The numbers are
those of the reliability plan's fault matrix, 1 to 34; those from 35 on are ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from firm import Firm

Run = Callable[[Firm, float], str]


@dataclass
class Row:
    """One fault. run(firm, seconds) asserts what is expected and returns what was seen."""

    number: int
    fault: str
    expected: str
    run: Run | None = None
    held_by: tuple[tuple[str, str], ...] = ()
    is_short: bool = False
    needs_firm: bool = True
    options: dict[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.number:02} {self.fault}"

    @property
    def slug(self) -> str:
        """The fault as one word, for the command line: random-kills."""
        return re.sub(r"[^a-z0-9]+", "-", self.fault.lower()).strip("-")


ROWS: dict[int, Row] = {}


def row(number: int, fault: str, expected: str, *, short: bool = False,
        held_by: tuple[tuple[str, str], ...] = (), **options: object) -> Callable[[Run], Run]:
    """Register a function as the row of that number."""
    def register(run: Run) -> Run:
        assert number not in ROWS, number
        ROWS[number] = Row(number, fault, expected, run, held_by, short, options=options)
        return run

    return register


def held(number: int, fault: str, expected: str, *held_by: tuple[str, str],
         short: bool = True) -> None:
    """Register a row that tests of other parts hold."""
    assert number not in ROWS, number
    ROWS[number] = Row(number, fault, expected, None, held_by, short, needs_firm=False)
