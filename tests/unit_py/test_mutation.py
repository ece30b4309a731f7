"""The mutants of tests/mutation: what is changed, what is let alone, and how one is named."""

from __future__ import annotations

import sys

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


def mutants(source: str = SOURCE) -> list[Mutant]:
    return mutants_of(source, "sample.c", enumerators_of(["enum x { FEN_X_ONE, FEN_X_TWO };"]))


def test_each_operator_is_applied() -> None:
    assert sorted((mutant.line, mutant.what) for mutant in mutants()) == [
        (9, "< -> <="), (9, "< -> >="), (9, "if -> always"), (9, "if -> never"),
        (11, "-= -> +="), (11, "1 -> 0"), (11, "statement left out"), (12, "statement left out"),
        (13, "FEN_X_ONE -> FEN_X_TWO"), (13, "sides swapped")]


def test_a_mutant_changes_its_place_and_nothing_else() -> None:
    swapped = next(row for row in mutants() if row.what == "sides swapped")
    assert swapped.applied(SOURCE) == SOURCE.replace("(b, FEN_X_ONE)", "(FEN_X_ONE, b)")
    dropped = [row for row in mutants() if row.what == "statement left out"]
    assert dropped[0].applied(SOURCE) == SOURCE.replace("thing->count -= 1;", "(void)0;")


def test_a_mutant_names_the_section_its_function_cites() -> None:
    assert {mutant.section for mutant in mutants()} == {"§5.2"}


def test_a_mutant_keeps_its_name_when_lines_move() -> None:
    moved = SOURCE.replace("/* The smaller", "static int other(void)\n{\n    return 0;\n}\n\n"
                                             "/* The smaller")
    assert {mutant.key for mutant in mutants()} < {mutant.key for mutant in mutants(moved)}


def test_alike_changes_of_a_line_are_told_apart() -> None:
    source = "static int f(int a)\n{\n    return a + a + a;\n}\n"
    assert [mutant.nth for mutant in mutants(source)] == [1, 2]
