"""The tutorial's chapters that need no server; tests/kafka follows it to its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from flow.test_plan_check_cli import PLANS
from lib.tutorial import Tutorial, runner


@pytest.mark.parametrize("name, lang", [("tutorial.zh.md", "zh_CN.UTF-8"),
                                        ("tutorial.md", "en_GB.UTF-8")])
def test_every_step_says_what_the_page_says(
        fen_binary: Path, directory: Path, name: str, lang: str) -> None:
    run = runner(fen_binary, directory, lang)
    assert Tutorial(PLANS / name, directory, run, {}).follow() >= 16
