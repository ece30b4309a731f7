"""engine/model/exact and exact_room against Python's fractions, under UndefinedBehaviorSanitizer
(SPEC §2, §5).

That no step overflows over the declared range (SPEC §3: amounts and a line's discounts in sum at
most 10^15, quantity and weight at most 10^6, 16 servers; a plan's money at most 10^12, rates at
most 10^6 ppm) rests on these bounds, which the extremes below reach:

- a base is at most 2 x 10^15, an amount per unit times a quantity at most 10^18 < 2^60;
- amount x numerator <= 10^18 x 2 x 10^15 = 2 x 10^33 < 2^111;
- scale <= 10^6 x 2^60 < 2^80, and a part is below its scale;
- weight x ppm <= 16 x 10^6 x 10^6 < 2^44, so part x weight x ppm < 2^124 and
  whole x weight x ppm < 2^62 x 2^44 = 2^106: all below 2^128;
- the sum of two amounts stays below 2^62, which fen_exact_add asserts.
"""

from __future__ import annotations

import itertools
import math
import random
import subprocess
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import pytest

from lib import servers

PPM = 10**6
ENGINE_FILES = ("model/exact.c", "model/exact_room.c", "base/arena.c", "base/pages.c",
                "base/assert.c")
Row = tuple[int, ...]      # a n d b m e g p w W q, as exact_shim.c has them


@pytest.fixture(scope="module")
def shim(session_directory: Path) -> Path:
    program = session_directory / "exact_shim"
    root = servers.ROOT
    subprocess.run(["gcc", "-std=gnu17", "-O1", "-fsanitize=undefined,signed-integer-overflow",
                    "-fno-sanitize-recover=all", f"-I{root / 'engine'}", "-o", str(program),
                    str(root / "tests/unit_py/exact_shim.c"),
                    *(str(root / "engine" / name) for name in ENGINE_FILES)], check=True)
    return program


def expected(row: Row) -> list[str]:
    a, n, d, b, m, e, g, p, w, weights, q = row
    x, y, room = Fraction(a * n, d), Fraction(b * m, e), Fraction(g * p, PPM)
    least = min(x, room)
    share = Fraction(w, weights) * Fraction(q, PPM)
    after_x = g - x if x <= g else Fraction(g)
    after_y = after_x - y if y <= after_x else after_x
    values = [after_x, after_y, x, y, x + y, least, room - least]
    return [str(math.floor(value)) for value in (x, *(value * share for value in values))]


def is_right(line: str, row: Row) -> bool:
    """All of them, or, where there is no common scale, those without."""
    told, right = line.split(), expected(row)
    return told == right or (told[3:] == ["-"] and told[:3] == right[:3])


def check(shim: Path, rows: Iterable[Row]) -> None:
    rows = list(rows)
    text = "".join(" ".join(str(value) for value in row) + "\n" for row in rows)
    run = subprocess.run([str(shim)], input=text, text=True, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr
    lines = run.stdout.split("\n")[:-1]
    assert len(lines) == len(rows)
    wrong = [(row, line, expected(row)) for row, line in zip(rows, lines)
             if not is_right(line, row)]
    assert wrong[:3] == []


def test_every_step_is_the_rational_over_a_small_domain(shim: Path) -> None:
    """Each pair of fractions with small terms, each room, each share."""
    rows = [(a, n, d, 5 - a, m, e, g, 333_333, w, 3, 500_001)
            for d, e in itertools.product(range(1, 6), repeat=2)
            for n in range(d + 1) for m in range(e + 1)
            for a in range(6) for g in (0, 1, 7) for w in range(4)]
    check(shim, rows)


def test_no_step_overflows_at_the_ends_of_the_declared_range(shim: Path) -> None:
    """Amounts per unit of 10^18, bases of 2 x 10^15 that share no factor, 16 servers of 10^6."""
    base = 2 * 10**15
    ratios = [(0, 1), (1, 1), (1, base), (base - 1, base), (base, base), (base - 3, base - 1),
              (1, 999_983), (999_982, 999_983), (PPM, PPM), (1, PPM), (999_999, PPM)]
    amounts = [0, 1, 10**12, base, 10**18]
    shares = [(1, 1, PPM), (10**6, 16 * 10**6, 1), (16 * 10**6, 16 * 10**6, PPM),
              (1, 16 * 10**6, 999_999)]
    rows = [(a, n, d, b, m, e, base, p, *share)
            for (n, d), (m, e) in itertools.product(ratios, repeat=2)
            for a in amounts for b in amounts for p in (0, 1, PPM) for share in shares]
    check(shim, rows)


def test_every_step_is_the_rational_at_random(shim: Path) -> None:
    """Sizes drawn by the logarithm, so that small and great meet."""
    choice = random.Random(20_261_102)

    def below(most: int) -> int:
        return choice.randrange(choice.choice([k for k in (2, 10, 1000, 10**6, 10**9, 10**12,
                                                           most + 1) if k <= most + 1]))

    rows = []
    for _ in range(20_000):
        d, e, weights = (1 + below(most - 1) for most in (2 * 10**15, 10**6, 16 * 10**6))
        rows.append((below(10**18), below(d), d, below(10**18), below(e), e, below(2 * 10**15),
                     below(PPM), below(weights), weights, below(PPM)))
    check(shim, rows)
