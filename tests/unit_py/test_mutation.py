"""The mutants of tests/mutation: what is changed, what is let alone, and how one is named."""

from __future__ import annotations

import sys
from pathlib import Path

from lib import servers

sys.path.insert(0, str(servers.ROOT / "tests" / "mutation"))

from operators import Mutant, enumerators_of, mutants_of  # noqa: E402

SOURCE = """\
/* sample: a < b here is a comment. SPEC §9 */
#define TWICE(x) ((x) + (x))
static const int table[] = {1, 2};

/* The smaller, SPEC §5.2. */
static int smaller(int a, int b, struct thing *thing)
{
    FEN_ASSERT(a >= 0);
    if (a < b)
        return a;
    thing->count -= 1;
    puts("a < b");
    return compare_less(b, FEN_X_ONE);
}
"""


def mutants(tmp_path: Path, source: str = SOURCE) -> list[Mutant]:
    (tmp_path / "sample.c").write_text(source, encoding="utf-8")
    return mutants_of(tmp_path, "sample.c", enumerators_of(["enum x { FEN_X_ONE, FEN_X_TWO };"]))


def test_each_operator_is_applied(tmp_path: Path) -> None:
    assert sorted((mutant.line, mutant.what) for mutant in mutants(tmp_path)) == [
        (9, "< -> <="), (9, "< -> >="), (9, "if -> always"), (9, "if -> never"),
        (11, "-= -> +="), (11, "1 -> 0"), (11, "statement left out"), (12, "statement left out"),
        (13, "FEN_X_ONE -> FEN_X_TWO"), (13, "sides swapped")]


def test_a_mutant_changes_its_place_and_nothing_else(tmp_path: Path) -> None:
    swapped = next(row for row in mutants(tmp_path) if row.what == "sides swapped")
    assert swapped.applied(SOURCE) == SOURCE.replace("(b, FEN_X_ONE)", "(FEN_X_ONE, b)")
    dropped = [row for row in mutants(tmp_path) if row.what == "statement left out"]
    assert dropped[0].applied(SOURCE) == SOURCE.replace("thing->count -= 1;", "(void)0;")


def test_a_mutant_names_the_section_its_function_cites(tmp_path: Path) -> None:
    assert {mutant.section for mutant in mutants(tmp_path)} == {"§5.2"}


def test_a_mutant_keeps_its_name_when_lines_move(tmp_path: Path) -> None:
    moved = SOURCE.replace("/* The smaller", "static int other(void)\n{\n    return 0;\n}\n\n"
                                             "/* The smaller")
    assert {mutant.key for mutant in mutants(tmp_path)} < {mutant.key for mutant
                                                           in mutants(tmp_path, moved)}


def test_alike_changes_of_a_line_are_told_apart(tmp_path: Path) -> None:
    source = "static int f(int a)\n{\n    return a + a + a;\n}\n"
    assert [mutant.nth for mutant in mutants(tmp_path, source)] == [1, 2]
