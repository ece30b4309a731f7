"""Bad input (SPEC §3, §9): every code by examples, and the greatest and oddest that is good."""

from __future__ import annotations

import pytest

from lib import badinput, oracle
from lib.oracle import check


@pytest.mark.parametrize("code, raw, title", badinput.SMALL + badinput.LARGE,
                         ids=[f"{row[0]}: {row[2]}" for row in badinput.SMALL + badinput.LARGE])
def test_bad_input(code: str, raw: bytes, title: str) -> None:
    result = oracle.run([], [raw])
    assert [letter.code for letter in result.dead_letters] == [code]
    assert result.counters["dead_lettered"] == 1


@pytest.mark.parametrize("raw", [row[0] for row in badinput.GOOD],
                         ids=[row[1] for row in badinput.GOOD])
def test_good_input(raw: bytes) -> None:
    assert check.read(raw)["id"]


def test_every_code_that_a_file_can_have_is_in_the_table() -> None:
    in_files = set(check.CODES) - {"MISROUTED", "FUTURE", "CRASHED"}
    assert {row[0] for row in badinput.SMALL + badinput.LARGE} == in_files


def test_a_blank_line_is_no_event() -> None:
    result = oracle.run([], [b"", b"  ", b"\t"])
    assert result.dead_letters == []
    assert result.counters["read"] == 0
