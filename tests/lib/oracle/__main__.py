"""Command line of the oracle.

    python3 -m oracle --plan FILE... [--ledger-totals OUT] [--accounts OUT] [--dlq OUT]
                      [--counters OUT] IN...
    python3 -m oracle compare --plan FILE... --ledger FILE [--accounts FILE] [--dlq FILE] IN...

`--plan` takes every following FILE that ends in .yaml or .yml. `-` is standard input or output.
Exit: 0 done or equal, 1 a difference, 2 usage, 78 a bad plan.
"""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Iterable, Iterator

from . import compare
from .arrival import Oracle, Result
from .plan_text import PlanError

OPTIONS = {"--ledger-totals", "--accounts", "--dlq", "--counters", "--ledger"}


class Usage(Exception):
    """A command line that cannot be understood."""


def parse(arguments: list[str]) -> tuple[str, list[str], dict[str, str], list[str]]:
    """(mode, plan files, options, event files)."""
    mode = "totals"
    if arguments[:1] == ["compare"]:
        mode, arguments = "compare", arguments[1:]
    plans: list[str] = []
    options: dict[str, str] = {}
    inputs: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--plan":
            if not rest:
                raise Usage("--plan needs a file")
            plans.append(rest.pop(0))
            while rest and rest[0].endswith((".yaml", ".yml")):
                plans.append(rest.pop(0))
        elif word in OPTIONS:
            if not rest:
                raise Usage(f"{word} needs a file")
            options[word] = rest.pop(0)
        elif word.startswith("--"):
            raise Usage(f"unknown option {word}")
        else:
            inputs.append(word)
    if not inputs or (mode == "compare" and "--ledger" not in options):
        raise Usage("no input" if not inputs else "compare needs --ledger")
    return mode, plans, options, inputs


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """A file for reading, or standard input."""
    if name == "-":
        yield sys.stdin.buffer
    else:
        with open(name, "rb") as file:
            yield file


def evaluate(plans: list[str], inputs: list[str]) -> Result:
    """The oracle's result of all event files, in their order."""
    oracle = Oracle(Path(name).read_text(encoding="utf-8") for name in plans)
    for name in inputs:
        with opened(name) as file:
            for number, line in enumerate(file, 1):
                oracle.feed(line.removesuffix(b"\n"), number)
    return oracle.result()


def write(options: dict[str, str], option: str, lines: Iterable[str]) -> None:
    if option not in options:
        return
    text = "".join(line + "\n" for line in lines)
    if options[option] == "-":
        sys.stdout.write(text)
    else:
        Path(options[option]).write_text(text, encoding="utf-8")


def dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def lines_of(name: str) -> list[str]:
    """The lines of an NDJSON file, split at line feeds only."""
    return [line for line in Path(name).read_text(encoding="utf-8").split("\n") if line]


def differences(options: dict[str, str], result: Result) -> Iterator[str]:
    """Everything on which the files of `fen replay` and the oracle disagree."""
    return compare.differences(
        result, lines_of(options["--ledger"]),
        lines_of(options["--accounts"]) if "--accounts" in options else None,
        lines_of(options["--dlq"]) if "--dlq" in options else None)


def main(arguments: list[str]) -> int:
    try:
        mode, plans, options, inputs = parse(arguments)
        result = evaluate(plans, inputs)
    except Usage as error:
        print(f"oracle: {error}\n{__doc__}", file=sys.stderr)
        return 2
    except (PlanError, UnicodeDecodeError) as error:  # only a plan is decoded outside feed
        print(f"oracle: {error}", file=sys.stderr)
        return 78
    if mode == "compare":
        found = list(differences(options, result))
        for line in found:
            print(line)
        print(f"{len(result.totals)} keys, {len(found)} differences; {dumps(result.counters)}",
              file=sys.stderr)
        return 1 if found else 0
    write(options, "--ledger-totals", compare.totals_lines(result))
    write(options, "--accounts", (dumps(account) for account in result.accounts().values()
                                  if account["by_period"] or account["by_date"]))
    write(options, "--dlq", (dumps(letter.as_json()) for letter in result.dead_letters))
    write(options, "--counters", [dumps(result.counters)])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
