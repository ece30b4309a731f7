"""The tutorial, followed by hand: each command of its consoles says what stands there (`…`: any
lines), and each edit is made as shown."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from flow.test_plan_check_cli import PLANS
from flow.test_replay_cli import Fen
from lib import servers


def blocks(text: str) -> list[tuple[str, str]]:
    return re.findall(r"^```(\w+ ?[\w.]*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def edit(path: Path, body: str) -> None:
    """Lines with `-` become those with `+`, one by one; the first place of each."""
    text = path.read_text(encoding="utf-8")
    lines = body.splitlines()
    for old, new in zip(lines[::2], lines[1::2]):
        assert old[0] == "-" and new[0] == "+" and old[1:] in text, old
        text = text.replace(old[1:], new[1:], 1)
    path.write_text(text, encoding="utf-8", newline="")


def is_same(expected: list[str], actual: list[str]) -> bool:
    """Line by line; `…` stands for any number of lines."""
    if not expected:
        return not actual
    if expected[0] == "…":
        return any(is_same(expected[1:], actual[start:]) for start in range(len(actual) + 1))
    return bool(actual) and expected[0].rstrip() == actual[0].rstrip() and is_same(
        expected[1:], actual[1:])


def run(fen: Fen, line: str, lang: str) -> list[str]:
    words = shlex.split(line)
    if words[0] == "cp":
        source = servers.ROOT / words[1]
        shutil.copy(source if source.exists() else fen.directory / words[1],
                    fen.directory / words[2])
        return []
    assert words[0] == "fen"
    for code in (0, 1, 78):
        try:
            done = fen(*words[1:], code=code, lang=lang)
        except AssertionError:
            continue
        return (done.stdout + done.stderr).splitlines()
    raise AssertionError(line)


@pytest.mark.parametrize("name, lang", [("tutorial.zh.md", "zh_CN.UTF-8"),
                                        ("tutorial.md", "en_GB.UTF-8")])
def test_every_step_says_what_the_page_says(
        fen_binary: Path, directory: Path, name: str, lang: str) -> None:
    fen = Fen(fen_binary, directory)
    steps = 0
    for kind, body in blocks((PLANS / name).read_text(encoding="utf-8")):
        if kind.startswith("diff"):
            edit(directory / kind.split()[1], body)
            continue
        for command in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
            line, *expected = command.splitlines()
            actual = run(fen, line, lang)
            assert is_same(expected, actual), "\n".join([line, *actual])
            steps += 1
    assert steps >= 14
