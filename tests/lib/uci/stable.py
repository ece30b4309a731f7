"""Choices that depend on names alone.

The overlay asks "which guide?", "after how many hours?" thousands of times. Every answer is a
function of the question's name (`draw("store", customer)`): the same on every machine, in every
run, for every order of asking, and untouched by what else is asked. BLAKE2b is used for its even
spread and because hashlib has it everywhere; Python's own hash() differs from run to run.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Sequence, TypeVar

T = TypeVar("T")

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


def draw(*name: object) -> int:
    """64 even bits for this name. A bar between the parts keeps ("a", "bc") from ("ab", "c")."""
    text = "|".join(map(str, name))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def chance(permille: int, *name: object) -> bool:
    """True for `permille` of 1,000 names."""
    return draw(*name) % 1000 < permille


def pick(choices: Sequence[T], *name: object) -> T:
    """One of `choices`, each equally likely."""
    return choices[draw(*name) % len(choices)]


def weighted(choices: Sequence[tuple[T, int]], *name: object) -> T:
    """One of `choices`, each as likely as its weight says."""
    left = draw(*name) % sum(weight for _, weight in choices)
    for choice, weight in choices:
        if left < weight:
            return choice
        left -= weight
    raise AssertionError("the weights do not cover the draw")


def between(low: int, high: int, *name: object) -> int:
    """A whole number from low to high, both included."""
    return low + draw(*name) % (high - low + 1)
