"""Mutants of C source, made from its tokens: one small mistake each, as people make them.

Only function bodies are mutated: tables at file scope are layouts, held by their own tests. Skipped
besides: comments, strings, preprocessor lines, and the arguments of FEN_ASSERT and of declarations
by macro (an assertion that is wrong about a correct program fails every test, and one that says
less is no other program).

A mutant is named by what a reader sees (file, function, the line's text, what changed, which of
several alike), never by a line number, so that a declared equivalent outlives edits around it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Iterator

TOKEN = re.compile(r"""
    (?P<comment>/\*.*?\*/|//[^\n]*)
  | (?P<directive>^[ \t]*\#(?:\\\n|[^\n])*)
  | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
  | (?P<name>[A-Za-z_]\w*)
  | (?P<number>0[xX][0-9a-fA-F]+[uUlL]*|\d+[uUlL]*)
  | (?P<operator><<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||\+=|-=|\*=|/=|%=|&=|\|=|\^=|\.\.\.
      |[-+*/%&|^~!<>=?:;,.(){}\[\]])
""", re.X | re.M | re.S)

# < and <= are told apart at the boundary, < and >= everywhere.
FLIPS = {
    "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"),
    "==": ("!=",), "!=": ("==",), "&&": ("||",), "||": ("&&",),
    "+=": ("-=",), "-=": ("+=",), "+": ("-",), "-": ("+",), "*": ("+",), "/": ("*",), "%": ("/",),
    "++": ("--",), "--": ("++",), "<<": (">>",), ">>": ("<<",), "^": ("&",), "|=": ("=",),
}
SILENT = {"FEN_ASSERT", "static_assert", "_Static_assert"}
NO_STATEMENT = {"return", "goto", "case", "default", "else", "do", "typedef", "extern", "static",
                "const", "struct", "enum", "union", "unsigned", "char", "bool", "int", "size_t",
                "uint8_t", "uint32_t", "uint64_t", "int32_t", "int64_t", "fen_uint128",
                "fen_int128", "if", "for", "while", "switch"}
ORDERED = re.compile(r"(?:\w*_(?:compare|less|subtract)|is_earlier|\w*min|\w*max)$")
SECTION = re.compile(r"SPEC §(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True)
class Mutant:
    """A replacement of text[start:end] in a file; `key` is how equivalent.toml names it."""

    file: str
    function: str
    line: int
    code: str
    what: str
    nth: int
    section: str
    start: int
    end: int
    text: str

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        return (self.file, self.function, self.code, self.what, self.nth)

    def applied(self, source: str) -> str:
        return source[:self.start] + self.text + source[self.end:]


def tokens_of(source: str) -> list[Token]:
    """The tokens that mean something: no comments, no directives."""
    return [Token(match.lastgroup or "", match.group(), match.start())
            for match in TOKEN.finditer(source)
            if match.lastgroup not in ("comment", "directive")]


def closing(tokens: list[Token], at: int) -> int:
    """The index of the bracket that closes tokens[at]."""
    depth = 0
    for index in range(at, len(tokens)):
        depth += tokens[index].text in "([{"
        depth -= tokens[index].text in ")]}"
        if depth == 0:
            return index
    return len(tokens) - 1


@dataclass(frozen=True)
class Body:
    """A function: its name and the tokens between its braces."""

    name: str
    head: int
    tokens: list[Token]


def bodies_of(tokens: list[Token]) -> Iterator[Body]:
    """Every function defined in the file."""
    index = before = 0
    while index < len(tokens):
        text = tokens[index].text
        if text == "{":
            end = closing(tokens, index)
            if index > 0 and tokens[index - 1].text == ")":
                opening = index - 1
                depth = 0
                while opening > 0:
                    depth += (tokens[opening].text == ")") - (tokens[opening].text == "(")
                    if depth == 0:
                        break
                    opening -= 1
                yield Body(tokens[opening - 1].text, tokens[before].start,
                           tokens[index + 1:end])
            index = before = end + 1
        else:
            index += 1
            if text == ";":
                before = index


def enumerators_of(headers: list[str]) -> dict[str, str]:
    """Each enumerator with another of its enum: the next, the last with the first."""
    neighbour: dict[str, str] = {}
    for text in headers:
        plain = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
        for body in re.findall(r"\benum\s+\w*\s*\{([^}]*)\}", plain):
            names = [part.split("=")[0].strip() for part in body.split(",")]
            names = [name for name in names if name and not name.endswith("_COUNT")]
            if len(names) > 1:
                neighbour.update(zip(names, names[1:] + names[:1]))
    return neighbour


def is_binary(tokens: list[Token], index: int) -> bool:
    """Whether the operator stands between two values."""
    before = tokens[index - 1] if index > 0 else None
    return before is not None and (before.kind in ("number", "string") or before.text in ")]"
                                   or (before.kind == "name"
                                       and before.text not in ("return", "sizeof", "case")))


def is_pointer_star(tokens: list[Token], index: int) -> bool:
    """`struct x *y`, `(char *)z`: a star that declares or casts."""
    after = tokens[index + 1].text if index + 1 < len(tokens) else ""
    before, earlier = tokens[index - 1].text, tokens[index - 2].text if index > 1 else ""
    return (after in "),*" or earlier in ("struct", "enum", "const")
            or before in ("char", "void", "int", "bool", "uint8_t", "uint32_t", "int64_t", "const"))


Change = tuple[int, int, str, str]      # start, end, new text, what

# What ends the left side of a division.
LOOSER = set("?:;,=<>&|^{}+-") | {"==", "!=", "<=", ">=", "&&", "||", "<<", ">>", "+=", "-=", "*=",
                                  "/=", "return"}


def is_cast(tokens: list[Token], opening: int) -> bool:
    """Whether the bracket opens `(type)` before a value."""
    end = closing(tokens, opening)
    return (all(token.kind == "name" or token.text == "*" for token in tokens[opening + 1:end])
            and end + 1 < len(tokens)
            and (tokens[end + 1].kind in ("name", "number") or tokens[end + 1].text == "("))


def floor_changes(tokens: list[Token], index: int, source: str) -> Iterator[Change]:
    """A quotient rounded up: tokens[index] is the `/`."""
    first = index
    depth = 0
    while first > 0:
        text = tokens[first - 1].text
        depth += (text in ")]") - (text in "([")
        if depth < 0 or (depth == 0 and text in LOOSER):
            break
        first -= 1
    last = index + 1
    while tokens[last].text == "(" and is_cast(tokens, last):
        last = closing(tokens, last) + 1
    if tokens[last].text == "(":
        last = closing(tokens, last)
    while last + 1 < len(tokens) and tokens[last + 1].text in ("(", "[", ".", "->"):
        last = closing(tokens, last + 1) if tokens[last + 1].text in "([" else last + 2
    left = source[tokens[first].start:tokens[index - 1].end]
    right = source[tokens[index + 1].start:tokens[last].end]
    if "sizeof" not in left:
        yield (tokens[first].start, tokens[last].end,
               f"(({left}) / ({right}) + (({left}) % ({right}) != 0))", "/ rounded up")


def number_changes(token: Token) -> Iterator[Change]:
    """One more; a flag's 0 and 1 so turn into each other."""
    digits = token.text.rstrip("uUlL")
    value = int(digits, 0)
    changed = "0" if value == 1 else f"{value + 1}"
    yield token.start, token.end, changed + token.text[len(digits):], f"{token.text} -> {changed}"


def condition_changes(tokens: list[Token], index: int, source: str) -> Iterator[Change]:
    """`if (c)` taken always and never; `while` and `for` are left to their comparisons."""
    opening = index + 1
    if tokens[index].text != "if" or tokens[opening].text != "(":
        return
    inside = tokens[opening].end, tokens[closing(tokens, opening)].start
    condition = source[inside[0]:inside[1]]
    yield *inside, f"(({condition}), 1)", "if -> always"
    yield *inside, f"(({condition}), 0)", "if -> never"


def call_changes(tokens: list[Token], index: int, source: str) -> Iterator[Change]:
    """Comparisons and differences with their two sides swapped."""
    if not ORDERED.match(tokens[index].text) or index + 1 >= len(tokens) or \
            tokens[index + 1].text != "(":
        return
    end, commas, depth = closing(tokens, index + 1), [], 0
    for at in range(index + 1, end):
        depth += tokens[at].text in "([{"
        depth -= tokens[at].text in ")]}"
        if tokens[at].text == "," and depth == 1:
            commas.append(at)
    if not commas:
        return
    # Of (a, b, scale) the first two, of (a_ms, a, b_ms, b) the halves.
    middle = commas[len(commas) // 2] if len(commas) % 2 else commas[0]
    last = end if len(commas) % 2 else commas[1]
    start, stop = tokens[index + 1].end, tokens[last].start
    left = source[start:tokens[middle].start].strip()
    right = source[tokens[middle].end:stop].strip()
    if left != right:
        yield start, stop, f"{right}, {left}", "sides swapped"


def statement_changes(tokens: list[Token], index: int, source: str) -> Iterator[Change]:
    """A statement left out; `tokens[index]` is what stands before it."""
    first = index + 1
    if first >= len(tokens) or tokens[first].text in NO_STATEMENT or \
            tokens[first].text in SILENT or tokens[first].text in "{};":
        return
    end, depth = first, 0
    while end < len(tokens) and (tokens[end].text != ";" or depth > 0):
        depth += tokens[end].text in "([{"
        depth -= tokens[end].text in ")]}"
        if depth < 0:
            return
        end += 1
    if end >= len(tokens) or re.match(r"fen_\w+ \w", source[tokens[first].start:tokens[end].start]):
        return
    yield tokens[first].start, tokens[end].start, "(void)0", "statement left out"


def silent_ranges(tokens: list[Token]) -> set[int]:
    """Indices of tokens inside assertions."""
    inside: set[int] = set()
    for index, token in enumerate(tokens):
        if token.text in SILENT and index + 1 < len(tokens):
            inside.update(range(index, closing(tokens, index + 1) + 1))
    return inside


def changes_of(tokens: list[Token], source: str, neighbour: dict[str, str]) -> Iterator[Change]:
    """Every change of a function's body."""
    silent = silent_ranges(tokens)
    depth = 0
    for index, token in enumerate(tokens):
        depth += (token.text == "(") - (token.text == ")")
        if index in silent:
            continue
        if token.kind == "operator" and token.text in FLIPS:
            unary = token.text in ("++", "--")
            if (unary or is_binary(tokens, index)) and not (
                    token.text == "*" and is_pointer_star(tokens, index)):
                for other in FLIPS[token.text]:
                    yield token.start, token.end, other, f"{token.text} -> {other}"
            if token.text == "/" and is_binary(tokens, index):
                yield from floor_changes(tokens, index, source)
        elif token.text == "!" and tokens[index + 1].text != "=":
            yield token.start, token.end, "", "! left out"
        elif token.kind == "number":
            yield from number_changes(token)
        elif token.text in ("true", "false"):
            other = "false" if token.text == "true" else "true"
            yield token.start, token.end, other, f"{token.text} -> {other}"
        elif token.text in neighbour:
            yield (token.start, token.end, neighbour[token.text],
                   f"{token.text} -> {neighbour[token.text]}")
        elif token.kind == "name":
            yield from condition_changes(tokens, index, source)
            yield from call_changes(tokens, index, source)
        if depth == 0 and (token.text in "{};)" or token.text == "else"):
            # After a `)` only as the body of an if, for or while.
            if token.text != ")" or is_head_end(tokens, index):
                yield from statement_changes(tokens, index, source)
    if tokens:
        yield from first_statement(tokens, source)


def first_statement(tokens: list[Token], source: str) -> Iterator[Change]:
    """The statement right after the function's brace, which stands before the tokens."""
    opening = Token("operator", "{", tokens[0].start - 1)
    yield from statement_changes([opening, *tokens], 0, source)


def is_head_end(tokens: list[Token], at: int) -> bool:
    """Whether tokens[at] closes the head of an if, for or while."""
    depth = 0
    for index in range(at, -1, -1):
        depth += (tokens[index].text == ")") - (tokens[index].text == "(")
        if depth == 0:
            return index > 0 and tokens[index - 1].text in ("if", "for", "while")
    return False


def section_of(source: str, body: Body) -> str:
    """The SPEC section the function holds, from the comment on it, its body, or the file's head."""
    comment = source[max(0, source.rfind("\n}\n", 0, body.head)):body.head]
    end = body.tokens[-1].end if body.tokens else body.head
    for text in (comment, source[body.head:end], source[:600]):
        found = SECTION.findall(text)
        if found:
            return "§" + found[-1 if text is comment else 0]
    return "-"


def mutants_of(source: str, file: str, neighbour: dict[str, str]) -> list[Mutant]:
    """Every mutant of a file, in the order of its text."""
    seen: Counter[tuple[str, str, str]] = Counter()
    mutants = []
    for body in bodies_of(tokens_of(source)):
        section = section_of(source, body)
        for start, end, text, what in sorted(set(changes_of(body.tokens, source, neighbour))):
            first, last = source.rfind("\n", 0, start) + 1, source.find("\n", start)
            code = " ".join(source[first:last].split())
            seen[body.name, code, what] += 1
            mutants.append(Mutant(file, body.name, source.count("\n", 0, start) + 1, code, what,
                                  seen[body.name, code, what], section, start, end, text))
    return mutants
