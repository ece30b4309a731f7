"""One source of choices for generators: a seeded random.Random, or Hypothesis' draws.

A generator written against Choice runs by seed (fast, for long runs) and under Hypothesis (which
shrinks); 0 is always the plainest choice, so that shrinking ends in plain events.
"""

from __future__ import annotations

import random
from typing import Any, Callable, Sequence, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Choice:
    """Choices made of whole numbers below a bound."""

    def __init__(self, below: Callable[[int], int]) -> None:
        self.below = below

    @classmethod
    def seeded(cls, seed: int) -> "Choice":
        return cls(random.Random(seed).randrange)

    @classmethod
    def drawn(cls, draw: Callable[[Any], Any]) -> "Choice":
        return cls(lambda bound: draw(st.integers(0, bound - 1)))

    def pick(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]

    def chance(self, percent: int) -> bool:
        return self.below(100) >= 100 - percent

    def between(self, low: int, high: int) -> int:
        return low + self.below(high - low + 1)

    def some(self, items: Sequence[T], percent: int) -> list[T]:
        """Each item with the given chance, in the order given."""
        return [item for item in items if self.chance(percent)]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        rest, result = list(items), []
        while rest:
            result.append(rest.pop(self.below(len(rest))))
        return result
