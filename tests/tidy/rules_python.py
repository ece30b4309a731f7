"""Rules about the project's own Python: tests and tools."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from source_tree import Finding, SourceFile


def _parse(file: SourceFile) -> ast.Module | None:
    if file.suffix != ".py":
        return None
    try:
        return ast.parse(file.text)
    except SyntaxError:
        return None  # `python_syntax` says so


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def python_syntax(file: SourceFile) -> Iterator[Finding]:
    """It parses, and says what it is for."""
    if file.suffix != ".py":
        return
    try:
        tree = ast.parse(file.text)
    except SyntaxError as error:
        yield Finding(file.path, error.lineno or 1, "python", error.msg)
        return
    if ast.get_docstring(tree) is None:
        yield Finding(file.path, 1, "python", "begin with a docstring: what it is, and why")


def python_types(file: SourceFile) -> Iterator[Finding]:
    """Every function but a test says what it takes and gives."""
    tree = _parse(file)
    for node in _functions(tree) if tree else ():
        if node.name.startswith("test_"):
            continue
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        bare = [item.arg for item in arguments
                if item.annotation is None and item.arg not in {"self", "cls"}]
        if node.returns is None and node.name != "__init__":
            bare.append("its result")
        if bare:
            message = f"{node.name}: no type for {', '.join(bare)}"
            yield Finding(file.path, node.lineno, "python-types", message, node.name)


def python_sleep(file: SourceFile) -> Iterator[Finding]:
    """Tests wait for a condition (lib.servers.wait_until), never for time to pass."""
    tree = _parse(file)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in {"time.sleep", "sleep", "asyncio.sleep"}:
                message = f"{name}(): use lib.servers.wait_until"
                yield Finding(file.path, node.lineno, "sleep", message, name)


RULES = [python_syntax, python_types, python_sleep]
