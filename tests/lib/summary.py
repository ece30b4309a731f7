#!/usr/bin/env python3
"""summary: adds up what ./test ran, and says so in one table and one closing line.

Usage: tests/lib/summary.py FOLDER
FOLDER holds one JUnit XML file a step (NAME.xml, from pytest and ctest), of mutants their fates
(NAME.ndjson, each a test), and `steps`, one line a step: NAME EXIT SECONDS. A step that failed
without a failing test to show for it (no build, a crash of the runner) counts as one failure, so
that nothing passes by not having run. A cmocka program counts by its tests, not as one. Exit 1 if
anything failed or nothing ran.
"""

from __future__ import annotations

import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

_CMOCKA_COUNT = re.compile(r"^\[  (PASSED|FAILED|SKIPPED) +\] (\d+) test\(s\)", re.MULTILINE)


@dataclass
class Count:
    """What one step or all of them came to."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: list[str] = field(default_factory=list)

    def add(self, other: Count) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.failures += other.failures


def count_case(case: ElementTree.Element) -> Count:
    """One <testcase>."""
    # ctest gives a test's name twice, pytest the module and the function.
    name = "::".join(dict.fromkeys([case.get("classname", ""), case.get("name", "")]))
    failed = case.find("failure") is not None or case.find("error") is not None
    found = {kind: int(number)
             for kind, number in _CMOCKA_COUNT.findall(case.findtext("system-out") or "")}
    if found:
        count = Count(found.get("PASSED", 0), found.get("FAILED", 0), found.get("SKIPPED", 0))
        if failed and count.failed == 0:
            count.failed = 1  # ended badly after its tests: a leak, a race
    elif failed:
        count = Count(failed=1)
    elif case.find("skipped") is not None or case.get("status") in {"notrun", "disabled"}:
        count = Count(skipped=1)
    else:
        count = Count(passed=1)
    if count.failed:
        count.failures.append(name)
    return count


def count_file(path: Path) -> Count:
    """One step's JUnit file; nothing if there is none or it is cut off."""
    total = Count()
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError):
        return total
    for case in root.iter("testcase"):
        total.add(count_case(case))
    return total


def count_mutants(path: Path) -> Count:
    """Mutants that nobody noticed, and wrong declarations, are failures."""
    total = Count()
    for row in map(json.loads, path.read_text().splitlines() if path.exists() else []):
        if row["fate"] in ("survived", "misdeclared"):
            total.add(Count(failed=1, failures=[f"{row['file']}:{row['line']}: {row['what']}"]))
        else:
            total.passed += 1
    return total


def count_step(folder: Path, name: str, status: int) -> Count:
    count = count_file(folder / f"{name}.xml")
    count.add(count_mutants(folder / f"{name}.ndjson"))
    if status != 0 and count.failed == 0:
        count.failed = 1
        count.failures.append(f"ended with {status} and no failing test")
    count.failures = [f"{name}: {failure}" for failure in count.failures]
    return count


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    total = Count()
    print(f"\n{'step':<22}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}")
    for line in (folder / "steps").read_text().splitlines():
        name, status, seconds = line.split()
        count = count_step(folder, name, int(status))
        print(f"{name:<22}{count.passed:>8}{count.failed:>8}{count.skipped:>9}{seconds:>9}")
        total.add(count)
    for failure in total.failures:
        print(f"failed: {failure}")
    print(f"\n{total.passed} passed, {total.failed} failed, {total.skipped} skipped")
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
