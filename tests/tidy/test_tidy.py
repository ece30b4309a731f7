"""The source keeps the house style, and each rule of it is shown to fail on a bad sample."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

import tidy
from c_source import CSource
from source_tree import Finding

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def checked() -> tidy.Tidy:
    return tidy.Tidy(ROOT)


@pytest.mark.parametrize("rule", tidy.names())
def test_project_keeps(rule, checked):
    found = checked.run(rule)
    assert not found, "\n" + "\n".join(str(item) for item in found)


def test_lists_hold_nothing_that_is_not_needed(checked):
    for rule in tidy.names():
        checked.run(rule)
    assert not checked.lists(), "\n" + "\n".join(str(item) for item in checked.lists())


# Each sample: rule, path, text, words that the message must hold. The path decides the layer.
_UNFINISHED = "TO" + "DO"
_HOME = "/" + "home/anna/fen"
_REGISTRY = "https:" + "//registry.npm" + "js.org/x"
_LINE = "    x++;\n"
BAD = [
    ("forbidden_call", "engine/wire/a.c", "void f(char *a) { strcpy(a, a); }", "snprintf"),
    ("forbidden_call", "tests/unit/a.c", "int f(void) { return atoi(x); }", "reports errors"),
    ("forbidden_call", "engine/wire/a.h", "#define F(a) \\\n    sprintf(a, a)", "snprintf"),
    ("forbidden_call", "engine/base/a.c", "char *f(char *a) { return strtok(a, a); }", "cursor"),
    ("sleep_call", "tests/unit/a.c", "void f(void) { usleep(10); }", "condition"),
    ("sleep_call", "engine/stream/a.c", "void f(void) { sleep(1); }", "condition"),
    ("clock_call", "engine/split/a.c", "long f(void) { return time(NULL); }", "no clock"),
    ("clock_call", "engine/post/a.c", "void f(void) { clock_gettime(0, &x); }", "no clock"),
    ("allocation", "engine/split/a.c", "void *f(void) { return malloc(1); }", "arena"),
    ("allocation", "engine/plan/match.c", "char *f(char *a) { return strdup(a); }", "arena"),
    ("print_call", "engine/stream/a.c", "void f(void) { printf(\"x\"); }", "base/log.h"),
    ("ending_call", "engine/plan/a.c", "void f(void) { exit(1); }", "status"),
    ("ending_call", "engine/split/a.c", "void f(int a) { assert(a); }", "FEN_ASSERT"),
    ("floating_point", "engine/model/a.h", "double fen_rate(void);", "integers"),
    ("floating_point", "engine/post/a.c", "long f(long a) { return (long)(float)a; }", "integers"),
    ("volatile_word", "engine/base/a.c", "static volatile int stop;", "atomic"),
    ("struct_typedef", "engine/model/a.h", "typedef struct fen_a { int b; } fen_a;", "fen_x"),
    ("layer_include", "engine/split/a.c", '#include "post/tier.h"\n', "split does not know post"),
    ("layer_include", "engine/post/a.c", '#include "split/facts.h"\n', "post does not know split"),
    ("layer_include", "engine/base/a.c", '#include "model/money.h"\n', "base does not know model"),
    ("layer_include", "engine/redis/a.c", '#include "stream/w.h"\n', "redis does not know stream"),
    ("layer_include", "engine/plan/a.c", '#include "rule.h"\n', 'write "plan/rule.h"'),
    ("layer_include", "engine/split/a.c", "#include <librdkafka/rdkafka.h>\n", "stream"),
    ("layer_include", "engine/wire/a.c", '#include "proto/fen.pb-c.h"\n', "not know proto"),
    ("layer_include", "engine/other/a.c", "int x;\n", "no layer"),
    ("header_guard", "engine/base/a.h", "#ifndef A_H\n#define A_H\n#endif\n", "FEN_BASE_A_H"),
    ("file_comment", "engine/base/a.c", "#include <x.h>\n", "/* a: what it is"),
    ("declaration_comment", "engine/base/a.h", "/* a: x. */\n\nint fen_a(int b);\n", "fen_a()"),
    ("declaration_comment", "engine/base/a.h", "/* One. */\nint fen_a(int b);\n\nint fen_b(int b);",
     "fen_b()"),
    ("declaration_comment", "engine/base/a.h",
     "static inline int fen_a(int b)\n{\n    return b;\n}\n", "fen_a()"),
    ("public_name", "engine/base/a.h", "/* Go. */\nvoid go_now(int a) FEN_MUST_USE;\n", "go_now()"),
    ("recursion", "engine/wire/a.c", "int f(int a)\n{\n    return f(a - 1);\n}\n", "itself"),
    ("backward_goto", "engine/wire/a.c",
     "int f(int a)\n{\nagain:\n    if (a)\n        goto again;\n    return 0;\n}\n", "loop"),
    ("line_width", "engine/base/a.c", "/* " + "x" * 98 + " */\n", "at most 100"),
    ("line_width", "run", "#!/usr/bin/env bash\n# " + "x" * 99 + "\n", "at most 100"),
    ("white_space", "engine/base/a.c", "int a;\n\tint b;\n", "tab"),
    ("white_space", "README.md", "text \n", "end of the line"),
    ("white_space", "README.md", "text", "one newline"),
    ("white_space", "README.md", "text\r\n", "carriage return"),
    ("unfinished", "engine/base/a.c", f"/* {_UNFINISHED}: later */\n", "issue"),
    ("machine_path", "deploy/a.sh", f"cd {_HOME}/x\n", "one machine"),
    ("machine_path", "deploy/a.yaml", f"url: {_REGISTRY}\n", "registry"),
    ("leftover", "engine/base/a.c.orig", "int a;\n", "left-over"),
    ("leftover", "build/dev/a.txt", "x\n", "left-over"),
    ("leftover", "core.1234", "x\n", "left-over"),
    ("leftover", "tests/__pycache__/a.py", "x\n", "left-over"),
    ("leftover", "bench/data.csv", "x\n" * 300_000, "KiB"),
    ("leftover", "bench/data.csv", "x\0", "binary"),
    ("leftover", "bench/data.csv", "", "empty"),
    ("encoding", "README.md", "\ufeffTitle\n", "byte order mark"),
    ("link", "README.md", "See [this](docs/none.md#part).\n", "docs/none.md is not there"),
    ("shell", "run", "#!/usr/bin/env bash\necho a\n", "pipefail"),
    ("shell", "run", "#!/usr/bin/env bash\nset -euo pipefail\nif true; then\n", "line"),
    ("python_syntax", "tests/a.py", "x = 1\n", "docstring"),
    ("python_syntax", "tests/a.py", "def f(:\n", "invalid"),
    ("python_types", "tests/a.py", '"""A."""\n\ndef f(a, b: int) -> int:\n    ...\n', "for a"),
    ("python_types", "tests/a.py", '"""A."""\n\ndef f():\n    ...\n', "its result"),
    ("python_sleep", "tests/a.py", '"""A."""\nimport time\ntime.sleep(1)\n', "wait_until"),
    ("function_length", "engine/base/a.c", f"void f(void)\n{{\n{_LINE * 69}}}\n", "72 lines"),
    ("function_length", "tests/a.py", "def f():\n" + "    x = 1\n" * 70, "71 lines"),
    ("file_length", "engine/base/a.c", "int a;\n" * 501, "501 lines"),
]

GOOD = [
    ("forbidden_call", "engine/base/a.c", "/* not strcpy() */ char *a = \"atoi(1)\"; int strcpy_;"),
    ("forbidden_call", "engine/base/a.c", "void f(struct x *y) { y->signal(1); y.random(2); }"),
    ("clock_call", "engine/base/clock.c", "void f(void) { clock_gettime(0, &x); }"),
    ("allocation", "engine/plan/compile.c", "void *f(void) { return malloc(1); }"),
    ("allocation", "engine/split/a.c", "void *a_create(void)\n{\n    return calloc(1, 2);\n}\n"),
    ("print_call", "engine/cli/a.c", "void f(void) { printf(\"x\"); }"),
    ("ending_call", "engine/base/assert.c", "void f(void) { abort(); }"),
    ("floating_point", "engine/api/a.c", "double f(void) { return 1.0; }"),
    ("floating_point", "engine/model/a.c", "/* never a double */ int a;"),
    ("struct_typedef", "engine/base/a.h", "typedef int (*fen_callback)(struct fen_a *a);"),
    ("layer_include", "engine/cli/a.c", '#include "split/facts.h"\n#include "post/tier.h"\n'),
    ("layer_include", "engine/redis/a.c", '#include "wire/a.h"\n#include <hiredis/hiredis.h>\n'),
    ("declaration_comment", "engine/base/a.h",
     "/* Two of a kind. */\nint fen_a(int b);\nint fen_b(int b,\n          int c);\n"),
    ("declaration_comment", "engine/base/a.h",
     "typedef int (*fen_call)(int a);\nFEN_TABLE(x, y);\n"),
    ("recursion", "engine/base/a.c", "int f(int a)\n{\n    return a->f(1) + gf(2);\n}\n"),
    ("backward_goto", "engine/base/a.c",
     "int f(int a)\n{\n    if (a)\n        goto out;\nout:\n    return 0;\n}\n"),
    ("machine_path", "README.md", "src/home/x/a, home/x, artwork/x\n"),
    ("leftover", "tests/fuzz/corpus/plan/seed", "\0\t "),
    ("white_space", "tests/fuzz/corpus/plan/seed.txt", "\t "),
    ("link", "docs/a.md",
     "[here](a.md), [there](https://example.org), `[x](y)`\n```\n[x](y)\n```\n"),
    ("function_length", "engine/base/a.c", f"void f(void)\n{{\n{_LINE * 67}}}\n" * 2),
]


def _findings(root: Path, rule: str, path: str, text: str) -> list[Finding]:
    _git_init(root)
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(text.encode())
    return tidy.Tidy(root).run(rule)


def _git_init(root: Path) -> None:
    subprocess.run(["git", "init", "-q", str(root)], check=True)


def _names(samples: Sequence[tuple[str, ...]]) -> list[str]:
    return [f"{number}-{sample[0]}" for number, sample in enumerate(samples)]


@pytest.mark.parametrize(("rule", "path", "text", "words"), BAD, ids=_names(BAD))
def test_bad_sample_is_found(rule, path, text, words, tmp_path):
    found = [item for item in _findings(tmp_path, rule, path, text) if item.path == path]
    assert found and words in found[0].message


@pytest.mark.parametrize(("rule", "path", "text"), GOOD, ids=_names(GOOD))
def test_good_sample_passes(rule, path, text, tmp_path):
    assert _findings(tmp_path, rule, path, text) == []


def test_every_rule_has_a_bad_sample():
    assert {sample[0] for sample in BAD} == set(tidy.names())


_ALLOWED = "#include <x.h>\nvoid f(void) { printf(\"x\"); }\n"


@pytest.mark.parametrize(
    ("allow", "left"),
    [
        ("print engine/wire/a.c printf  # a reason\n", []),
        ("print engine/wire/a.c *  # a reason\n", []),
        ("print engine/wire/a.c printf\n", ["print", "allow"]),
        ("print engine/wire/a.c puts  # a reason\n", ["print", "print"]),
        ("print engine/wire/b.c printf  # a reason\n", ["print", "print"]),
    ],
)
def test_allowance_needs_a_reason_and_a_use(allow, left, tmp_path):
    _git_init(tmp_path)
    (tmp_path / "tests" / "tidy").mkdir(parents=True)
    (tmp_path / "tests" / "tidy" / "allow.txt").write_text(allow)
    (tmp_path / "engine" / "wire").mkdir(parents=True)
    (tmp_path / "engine" / "wire" / "a.c").write_text(_ALLOWED)
    checked = tidy.Tidy(tmp_path)
    assert [item.rule for item in checked.run("print_call") + checked.lists()] == left


@pytest.mark.parametrize(
    ("allowed", "words"),
    [(80, "now 72"), (72, None), (71, "at most 70")],
)
def test_ratchet_only_turns_one_way(allowed, words, tmp_path):
    _git_init(tmp_path)
    (tmp_path / "tests" / "tidy").mkdir(parents=True)
    ratchet = f"function-length engine/base/a.c f {allowed}\n"
    (tmp_path / "tests" / "tidy" / "ratchet.txt").write_text(ratchet)
    text = f"void f(void)\n{{\n{_LINE * 69}}}\n"
    found = _findings(tmp_path, "function_length", "engine/base/a.c", text)
    assert [words in item.message for item in found] == ([True] if words else [])


def test_scanner_finds_functions_and_their_lengths():
    source = CSource(
        "/* a */\n"
        "static const int table[] = {1, 2};\n"
        "struct fen_a { int b; };\n"
        "__attribute__((noinline)) static struct fen_a *\n"
        "first(int a, int (*call)(int))\n"
        "{\n"
        '    if (a) { call("}{"); }\n'
        "#ifdef X\n"
        "    while (a) {\n"
        "#else\n"
        "    for (;;) {\n"
        "#endif\n"
        "    }\n"
        "}\n"
        "int second(void) { return '{'; }\n"
    )
    assert [(item.name, item.line, item.lines) for item in source.functions] == [
        ("first", 5, 10),
        ("second", 15, 1),
    ]


def test_command_line_prints_what_it_found_and_exits_1(tmp_path, capsys):
    _git_init(tmp_path)
    (tmp_path / "a.md").write_text("text \n")
    assert tidy.main([str(tmp_path)]) == 1
    assert capsys.readouterr().out == "a.md:1: space: space at the end of the line\n"
    (tmp_path / "a.md").write_text("text\n")
    assert tidy.main([str(tmp_path)]) == 0
