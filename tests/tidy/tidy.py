#!/usr/bin/env python3
"""tidy: the house style as a test on the source.

Usage: tests/tidy/tidy.py [--list] [ROOT]
Prints `path:line: rule: what, and what to do instead`; exit 1 if there is anything to print.
What has to be let off stands in allow.txt with its reason; what is too long and may only get
shorter stands in ratchet.txt. An entry there that nothing needs any more is itself an offence.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import rules_c
import rules_length
import rules_python
import rules_text
from source_tree import Allowances, Finding, Ratchet, SourceFile, Tree

HERE = Path(__file__).resolve().parent
Rule = Callable[[SourceFile], Iterable[Finding]]
FILE_RULES: list[Rule] = [*rules_text.RULES, *rules_python.RULES]
C_RULES: list[Rule] = [*rules_c.RULES]


def names() -> list[str]:
    """Every rule's name, as `--list` prints it and the tests call them."""
    return [rule.__name__ for rule in [*C_RULES, *FILE_RULES, *rules_length.RULES]]


class Tidy:
    """All rules over one tree."""

    def __init__(self, root: Path) -> None:
        lists = root / "tests" / "tidy"
        self.tree = Tree.read(root)
        self.allowances = Allowances("tests/tidy/allow.txt", _text(lists / "allow.txt"))
        self.ratchet = Ratchet("tests/tidy/ratchet.txt", _text(lists / "ratchet.txt"))

    def run(self, name: str) -> list[Finding]:
        """What the rule of that name has to say."""
        for rule in C_RULES:
            if rule.__name__ == name:
                return self._permitted(rule, [file for file in self.tree.files if file.is_c])
        for rule in FILE_RULES:
            if rule.__name__ == name:
                return self._permitted(rule, self.tree.files)
        for measure in rules_length.RULES:
            if measure.__name__ == name:
                return [left for file in self.tree.files for found, value in measure(file)
                        for left in self.ratchet.check(found, value)]
        raise KeyError(name)

    def _permitted(self, rule: Rule, files: Iterable[SourceFile]) -> list[Finding]:
        return [found for file in files for found in rule(file)
                if not self.allowances.permits(found)]

    def lists(self) -> list[Finding]:
        """What is wrong with allow.txt and ratchet.txt; after all rules have run."""
        return self.allowances.findings + self.allowances.unused() + self.ratchet.unused()

    def run_all(self) -> list[Finding]:
        found = [item for name in names() for item in self.run(name)]
        return sorted(found + self.lists())


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def main(arguments: list[str]) -> int:
    if arguments == ["--list"]:
        print("\n".join(names()))
        return 0
    if len(arguments) > 1 or any(item.startswith("-") for item in arguments):
        print(__doc__, file=sys.stderr)
        return 2
    found = Tidy(Path(arguments[0]) if arguments else HERE.parents[1]).run_all()
    for item in found:
        print(item)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
