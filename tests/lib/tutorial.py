"""The tutorial, followed by hand: commands say what its consoles say, edits are made as shown.

`…` on a line of its own stands for any lines, within a line for any text. Commands that name
`kafka:9092` want a broker: without one they, and what follows, are left out.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from lib import servers
from lib.servers import wait_until

BROKER, ENGINE = "kafka:9092", "engine:8080"


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


def is_line(expected: str, actual: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in expected.rstrip().split("…"))
    return re.fullmatch(pattern, actual.rstrip()) is not None


def is_same(expected: list[str], actual: list[str]) -> bool:
    """Line by line; `…` stands for any number of lines."""
    if not expected:
        return not actual
    if expected[0] == "…":
        return any(is_same(expected[1:], actual[start:]) for start in range(len(actual) + 1))
    return bool(actual) and is_line(expected[0], actual[0]) and is_same(expected[1:], actual[1:])


class Tutorial:
    """One reader with a folder; `run` runs fen and gives what it said on both ways out."""

    def __init__(self, page: Path, directory: Path, run: Callable[..., list[str]],
                 places: Mapping[str, str]) -> None:
        self.page = page
        self.directory = directory
        self.run = run
        self.places = places
        self.steps = 0

    def say(self, line: str) -> list[str]:
        words = [self.places.get(word, word) for word in shlex.split(line)]
        if words[0] == "cp":
            source = servers.ROOT / words[1]
            shutil.copy(source if source.exists() else self.directory / words[1],
                        self.directory / words[2])
            return []
        assert words[0] == "fen"
        return self.run(*words[1:])

    def step(self, command: str) -> None:
        """What the engine has yet to do is waited for."""
        line, *expected = command.splitlines()

        def is_right() -> bool:
            actual = self.say(line)
            assert is_same(expected, actual), "\n".join([line, *actual])
            return True

        waits = ENGINE in line or (BROKER in line and "publish" not in line)
        wait_until(is_right, 60 if waits else 0, line)
        self.steps += 1

    def follow(self) -> int:
        """How many commands were run."""
        for kind, body in blocks(self.page.read_text(encoding="utf-8")):
            if kind.startswith("diff"):
                edit(self.directory / kind.split()[1], body)
                continue
            for command in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                if BROKER in command and BROKER not in self.places:
                    return self.steps
                self.step(command)
        return self.steps


def runner(binary: Path, directory: Path, lang: str) -> Callable[..., list[str]]:
    """Runs the program; exit codes that the tutorial's mistakes end in are as good as 0."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "FEN_"))}
    environment["LANG"] = lang

    def run(*words: str) -> list[str]:
        done = subprocess.run([str(binary), *words], stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, cwd=directory, env=environment, timeout=600,
                              check=False)
        assert done.returncode in (0, 1, 78), f"{words}\n{done.stdout}{done.stderr}"
        return (done.stdout + done.stderr).splitlines()

    return run
