#!/usr/bin/env python3
"""Copies of the engine's sources with the mistakes of mutants.toml in them, off by default.

Usage: mutate.py ENGINE OUT            writes OUT/<file> for each file changed, and OUT/mutants.c
       mutate.py --files               prints the files changed, for cmake
A text that no longer stands in its file exactly once is an error: the mistake has to be written
anew beside the change.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

TABLE = Path(__file__).resolve().parent / "mutants.toml"


def mutants() -> list[dict[str, Any]]:
    """The table."""
    with TABLE.open("rb") as file:
        return tomllib.load(file)["mutant"]


def changed_files() -> list[str]:
    """Every file that some mistake is in, once."""
    return sorted({change["file"] for one in mutants() for change in one["change"]})


def mutated(engine: Path, name: str) -> str:
    """The file's text with all mistakes in it."""
    text = (engine / name).read_text()
    for one in mutants():
        for change in one["change"]:
            if change["file"] != name:
                continue
            if text.count(change["old"]) != 1:
                sys.exit(f"mutants.toml: {one['name']}: its text stands {text.count(change['old'])}"
                         f" times in {name}, not once: {change['old']!r}")
            text = text.replace(change["old"], change["new"])
    if name.endswith(".c"):
        text = re.sub(r'(?m)^#include "', '#include "sim/mutants.h"\n#include "', text, count=1)
    return text


def table() -> str:
    """The names, in C."""
    names = ", ".join(f'"{one["name"]}"' for one in mutants())
    return ('/* mutants: see tests/sim/mutants.h. */\n'
            '#include "sim/mutants.h"\n\n'
            '#include <stddef.h>\n\n'
            'const char *sim_mutant = "";\n\n'
            f'static const char *const names[] = {{{names}}};\n\n'
            'bool sim_mutant_choose(const char *name)\n{\n'
            '    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {\n'
            '        if (strcmp(names[i], name) == 0)\n'
            '            sim_mutant = names[i];\n'
            '    }\n'
            "    return sim_mutant[0] != '\\0';\n}\n")


def write(path: Path, text: str) -> None:
    """Only where it differs, so that nothing is built for nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def main() -> None:
    """See above."""
    if sys.argv[1:] == ["--files"]:
        print(";".join(changed_files()))
        return
    engine, out = (Path(word) for word in sys.argv[1:])
    for name in changed_files():
        write(out / name, mutated(engine, name))
    write(out / "mutants.c", table())


if __name__ == "__main__":
    main()
