"""The closing table of ./test: what counts as passed, and what ends with 1."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lib import summary

CASES = """<testsuite><testcase classname="a" name="b"/><testcase classname="a" name="c">
<failure message="x"/></testcase><testcase classname="a" name="d"><skipped/></testcase></testsuite>
"""


def _summed(folder: Path, steps: str) -> int:
    (folder / "steps").write_text(steps)
    return summary.main([str(folder)])


def test_cases_are_counted_by_their_end(tmp_path: Path,
                                        capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "flow.xml").write_text(CASES)
    assert _summed(tmp_path, "flow 1 7\n") == 1
    said = capsys.readouterr().out
    assert "failed: flow: a::c" in said and said.endswith("1 passed, 1 failed, 1 skipped\n")


def test_a_step_that_broke_is_a_failure_and_a_run_of_nothing_too(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _summed(tmp_path, "build 2 7\n") == 1
    assert "build: ended with 2 and no failing test" in capsys.readouterr().out
    assert _summed(tmp_path, "build 0 7\n") == 1
    assert capsys.readouterr().out.endswith("0 passed, 0 failed, 0 skipped\n")


def test_mutants_are_tests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def write(*fates: str) -> None:
        (tmp_path / "mutation.ndjson").write_text("".join(
            json.dumps({"file": "a.c", "line": line, "what": "< -> <=", "fate": fate}) + "\n"
            for line, fate in enumerate(fates)))

    write("killed", "same code", "equivalent")
    assert _summed(tmp_path, "mutation 0 200\n") == 0
    assert capsys.readouterr().out.endswith("3 passed, 0 failed, 0 skipped\n")
    write("killed", "survived", "misdeclared")
    assert _summed(tmp_path, "mutation 1 200\n") == 1
    said = capsys.readouterr().out
    assert "failed: mutation: a.c:1: < -> <=" in said
    assert said.endswith("1 passed, 2 failed, 0 skipped\n")
