"""Lengths, with a ratchet: what is too long already may only get shorter."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from source_tree import Finding, SourceFile

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 500


def function_length(file: SourceFile) -> Iterator[tuple[Finding, int]]:
    """At most 70 lines, from its name to its closing brace."""
    for name, line, lines in _functions(file):
        if lines > FUNCTION_LINES_MAX:
            message = f"{name}() has {lines} lines, at most {FUNCTION_LINES_MAX}"
            yield Finding(file.path, line, "function-length", message, name), lines


def _functions(file: SourceFile) -> Iterator[tuple[str, int, int]]:
    if file.is_c and file.folder in {"engine", "bench", "tests"}:
        for function in file.c.functions:
            yield function.name, function.line, function.lines
    elif file.suffix == ".py":
        try:
            tree = ast.parse(file.text)
        except SyntaxError:
            return
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield node.name, node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1


def file_length(file: SourceFile) -> Iterator[tuple[Finding, int]]:
    """At most 500 lines, with one subject."""
    if not (file.is_c or file.suffix in {".py", ".lua", ".js", ".css"} or file.is_shell):
        return
    lines = file.text.count("\n")
    if lines > FILE_LINES_MAX:
        message = f"{lines} lines, at most {FILE_LINES_MAX}: give each subject a file"
        yield Finding(file.path, 1, "file-length", message, "-"), lines


RULES = [function_length, file_length]
