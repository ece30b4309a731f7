"""`python3 -m uci --data FILE --out DIR [--months N] [--no-late]`: the file's orders as events.

Writes DIR/events.ndjson (in order of arrival), DIR/plan.yaml (the plan they are meant for) and
DIR/figures.json, and prints the figures. Exit: 0 done, 2 usage, 65 a file that is missing, cannot
be read or is not the one agreed on.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from .emit import arranged, write
from .figures import figures, table
from .overlay import overlay
from .rows import UciError, check_months, find_file, first_months, read_rows
from .trade import trade

PLAN = Path(__file__).with_name("plan.yaml")


def convert(data: str | None, out: Path, months: int | None, late: bool) -> dict[str, Any]:
    """Reads, checks, converts and writes; the figures."""
    rows = read_rows(find_file(data))
    known = check_months(rows)
    rows, end_ms = first_months(rows, len(known) if months is None else months)
    traded = trade(rows)
    events, repeated = arranged(overlay(traded, end_ms, late))
    out.mkdir(parents=True, exist_ok=True)
    told = figures(known, traded, write(events, out / "events.ndjson"), repeated)
    shutil.copyfile(PLAN, out / "plan.yaml")
    text = json.dumps(told, indent=2, ensure_ascii=False)
    (out / "figures.json").write_text(text + "\n", encoding="utf-8")
    return told


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="uci", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--data", help="the file or its folder (default: FEN_DATA, "
                                       "then ../shared/data beside the repository)")
    parser.add_argument("--out", required=True, type=Path, help="the folder to write to")
    parser.add_argument("--months", type=int, help="only the first N months (default: all)")
    parser.add_argument("--no-late", dest="late", action="store_false",
                        help="announcements, touches and bindings all come in time")
    options = parser.parse_args(arguments)
    try:
        print(table(convert(options.data, options.out, options.months, options.late)))
    except UciError as error:
        print(f"uci: {error}", file=sys.stderr)
        return 65
    return 0


if __name__ == "__main__":
    sys.exit(main())
