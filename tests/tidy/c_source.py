"""C source as the rules see it: code without comments, its functions, its declarations.

Why an own scanner: it is 150 lines, needs no package, and reads the macros of this project. It
relies on braces and parentheses being balanced, which the compiler has already checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

_CALLABLE = re.compile(r"([A-Za-z_]\w*)\s*\(")
_NOT_NAMES = {"if", "for", "while", "switch", "return", "sizeof", "_Static_assert", "_Alignof",
              "__attribute__", "_Alignas", "typeof", "defined", "static_assert"}


@dataclass(frozen=True)
class Function:
    """A function's definition. Lines count from 1; `end` is the line of its closing brace."""

    name: str
    line: int
    end: int
    body: str
    body_line: int

    @property
    def lines(self) -> int:
        return self.end - self.line + 1


@dataclass(frozen=True)
class Declaration:
    """A function's declaration in a header. `line` is that of its first token."""

    name: str
    line: int


class CSource:
    """One file. `code` has the very line breaks of `text`, comments and literals blanked."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def code(self) -> str:
        return _blank(self.text, literals=True)

    @cached_property
    def with_literals(self) -> str:
        """Like `code`, literals kept: for the names in include lines."""
        return _blank(self.text, literals=False)

    @cached_property
    def plain(self) -> str:
        """`code` without preprocessor lines and without the second branch of an #if."""
        return _without_preprocessor(self.code)

    @cached_property
    def includes(self) -> list[tuple[int, str, bool]]:
        """(line, name, whether in angle brackets)."""
        found = []
        for number, line in enumerate(self.with_literals.splitlines(), 1):
            match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if match:
                found.append((number, match[2], match[1] == "<"))
        return found

    @cached_property
    def functions(self) -> list[Function]:
        return _functions(self.plain)

    @cached_property
    def declarations(self) -> list[Declaration]:
        return _declarations(self.plain)

    def calls(self, names: frozenset[str]) -> list[tuple[int, str]]:
        """(line, name) of every call of one of `names`, macros' bodies included."""
        found = []
        for match in _CALLABLE.finditer(self.code):
            # A member of that name (`->time(`) is somebody else's function.
            before = self.code[:match.start()].rstrip()[-2:]
            if match[1] in names and not before.endswith((".", "->")):
                found.append((line_of(self.code, match.start()), match[1]))
        return found


def line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


_TOKEN = re.compile(
    r'(?P<comment>/\*.*?(?:\*/|\Z)|//(?:[^\n\\]|\\.)*)'
    r'|(?P<literal>"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\')',
    re.DOTALL,
)


def _blank(text: str, literals: bool) -> str:
    """Comments, and with `literals` the inside of quotes, replaced by spaces."""

    def spaces(match: re.Match[str]) -> str:
        if match["comment"] is not None:
            return re.sub(r"[^\n]", " ", match[0])
        if not literals:
            return match[0]
        quote = match[0][0]
        return quote + re.sub(r"[^\n]", " ", match[0][1:-1]) + quote

    return _TOKEN.sub(spaces, text)


def _without_preprocessor(code: str) -> str:
    out = []
    continued = False
    branches: list[bool] = []  # whether the branch of each open #if that we are in is kept
    for line in code.split("\n"):
        directive = None if continued else re.match(r"\s*#\s*(\w*)", line)
        if directive is not None:
            _follow(branches, directive[1])
        kept = directive is None and not continued and all(branches)
        out.append(line if kept else "")
        continued = (directive is not None or continued) and line.rstrip().endswith("\\")
    return "\n".join(out)


def _follow(branches: list[bool], directive: str) -> None:
    if directive in {"if", "ifdef", "ifndef"}:
        branches.append(True)
    elif directive in {"else", "elif"} and branches:
        branches[-1] = False
    elif directive == "endif" and branches:
        branches.pop()


def _head_name(head: str) -> tuple[str, int] | None:
    """Name and offset of the function that `head` (what stands before `{` or `;`) declares."""
    stripped = re.sub(r"__extension__|_Noreturn|__attribute__\s*\(\([^;]*?\)\)",
                      lambda match: " " * len(match[0]), head)
    if "=" in stripped or "(" not in stripped or re.match(r"\s*typedef\b", stripped):
        return None
    for match in _CALLABLE.finditer(stripped):
        if match[1] in _NOT_NAMES:
            continue
        # A declaration has a type before its name; a macro's use (FEN_TABLE(x);) has none.
        before = stripped[: match.start()].strip()
        return (match[1], match.start()) if before else None
    return None


def _statements(plain: str) -> list[tuple[str, int, int]]:
    """Top-level pieces (head, where it starts, where its `{` or `;` stands)."""
    pieces = []
    depth = 0
    start = 0
    for match in re.finditer(r"[{};]", plain):
        token, at = match[0], match.start()
        if depth == 0 and token in "{;":
            pieces.append((plain[start:at], start, at))
        depth += {"{": 1, "}": -1, ";": 0}[token]
        if depth == 0:
            start = at + 1
    return pieces


def _functions(plain: str) -> list[Function]:
    found = []
    for head, start, at in _statements(plain):
        if plain[at] != "{" or not re.search(r"\)\s*$", re.sub(r"FEN_\w+(\(.*?\))?\s*$", "", head)):
            continue
        named = _head_name(head)
        if named is None:
            continue
        end = _closing_brace(plain, at)
        found.append(Function(named[0], line_of(plain, start + named[1]), line_of(plain, end),
                              plain[at + 1 : end], line_of(plain, at)))
    return found


def _closing_brace(plain: str, at: int) -> int:
    depth = 0
    for match in re.compile(r"[{}]").finditer(plain, at):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return match.start()
    return len(plain) - 1


def _declarations(plain: str) -> list[Declaration]:
    found = []
    # `extern "C" {` would hide everything; a C header has none.
    for head, start, at in _statements(plain):
        named = _head_name(head)
        if named is None or re.match(r"\s*(static\s|inline\s)", head) and plain[at] == ";":
            continue
        first = start + len(head) - len(head.lstrip())
        found.append(Declaration(named[0], line_of(plain, first)))
    return found
