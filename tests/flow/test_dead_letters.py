"""SPEC §9: every code names what it should, alone and in its order, through `fen replay`; and no
code is without a case.

The codes a file's line can have have their rows in `lib/badinput.py`. The others are about the
record around an event, which a file has not: here stands which C test makes each.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from flow.test_replay_cli import Fen
from lib import badinput
from lib.oracle import check

ROOT = Path(__file__).resolve().parents[2]
BAD = badinput.SMALL + badinput.LARGE
# code: the tests that have it, as FILE::FUNCTION
OF_RECORDS = {
    "MISROUTED": ["test_event_route.c::test_keys_agree_with_their_events",
                  "test_event_route.c::test_partition_and_clock"],
    "FUTURE": ["test_event_route.c::test_partition_and_clock"],
    "CRASHED": ["test_dead_letter.c::test_headers_out_of_form"],
}


@pytest.fixture()
def fen(fen_binary: Path, directory: Path) -> Fen:
    return Fen(fen_binary, directory)


def engine_codes() -> list[str]:
    """The codes of the engine's enumeration, in its order, which is that of SPEC §9."""
    text = (ROOT / "engine/wire/event_decode.h").read_text(encoding="utf-8")
    names = re.findall(r"^    FEN_REFUSAL_(\w+),", text, re.MULTILINE)
    assert names[0] == "NONE" and names[-1] == "COUNT"
    return names[1:-1]


def c_function(place: str) -> str:
    """The text of a C test."""
    file, name = place.split("::")
    text = (ROOT / "tests/unit" / file).read_text(encoding="utf-8")
    body = re.search(rf"^static void {name}\(.*?^}}", text, re.MULTILINE | re.DOTALL)
    assert body and re.search(rf"\b{name}[,)]", text[text.index("int main("):]), place
    return body.group()


def test_engine_and_oracle_have_the_same_codes_in_the_same_order() -> None:
    assert engine_codes() == list(check.CODES)


@pytest.mark.parametrize("code", engine_codes())
def test_no_code_is_without_a_case(code: str) -> None:
    if code in OF_RECORDS:
        assert all(f"FEN_REFUSAL_{code}" in c_function(place) for place in OF_RECORDS[code])
    else:
        assert [row for row in BAD if row[0] == code]


@pytest.mark.parametrize("code", [code for code in engine_codes() if code not in OF_RECORDS])
def test_each_row_has_its_code(fen: Fen, code: str) -> None:
    lines = [raw for row_code, raw, _ in BAD if row_code == code]
    assert all(b"\n" not in raw for raw in lines)
    good = badinput.raw(badinput.valid("order.paid", id="good"))
    fen("replay", "--dlq", "dlq", "-", text=b"\n".join([*lines, good]))
    text = (fen.directory / "dlq").read_text(encoding="utf-8")
    letters = [json.loads(letter) for letter in text.split("\n")[:-1]]  # texts have odd line ends
    found = [(letter["line"], letter["code"]) for letter in letters]
    assert found == [(number, code) for number in range(1, len(lines) + 1)]
    assert all(str(letter["message"]) for letter in letters)


def test_what_is_good_has_none(fen: Fen) -> None:
    lines = []
    for number, (raw, _) in enumerate(badinput.GOOD):
        lines.append(raw)
        assert json.loads(raw)["id"], number
    fen("replay", "--dlq", "dlq", "-", text=b"\n".join(lines))
    assert (fen.directory / "dlq").read_text(encoding="utf-8") == ""
