"""Rewrites a source so that one program holds all its mutants, and a switch chooses one.

Each function keeps its text and gets, before it, a copy for each of its mutants; at its start it
calls the copy whose number the environment variable MUTANT names. So a mutant is the very text
that operators.py made, whatever it changes: declarations, labels, loops. Where the function is a
header's, the copies are too, and every file that includes it has them.

Besides, the function notes which of its blocks were entered: a test can kill no mutant of a block
that it does not reach. Of these regions the innermost around a mutant is its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from operators import Body, Mutant, Token, bodies_of, closing, is_head_end, tokens_of

# Room for the numbers of one file's mutants, and of its regions.
NUMBERS_A_FILE = 10_000

# Copies are many, and hardly run: what counts is that they are compiled soon.
QUICK = '__attribute__((optimize("O0")))'

SWITCH_HEADER = """\
/* mutant_switch: which mutant runs, and which regions of the core were entered. */
#ifndef FEN_MUTANT_SWITCH_H
#define FEN_MUTANT_SWITCH_H
extern unsigned fen_mutant;
extern unsigned char fen_mutant_reached[];
#endif
"""

# Reads MUTANT before main. A mutant is bounded in memory and processor time (a timer of the
# process, so that a busy machine does not count); regions are written at the end of a run.
SWITCH_SOURCE = """\
#include "base/mutant_switch.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

unsigned fen_mutant;
unsigned char fen_mutant_reached[%(room)d];

static long number_of(const char *name)
{
    const char *text = getenv(name);
    return text == NULL ? 0 : atol(text);
}

__attribute__((constructor)) static void mutant_choose(void)
{
    fen_mutant = (unsigned)number_of("MUTANT");
    long cpu_ms = number_of("MUTANT_CPU_MS");
    if (cpu_ms > 0) {
        struct rlimit core = {0, 0};
        struct itimerval timer = {.it_value = {cpu_ms / 1000, cpu_ms %% 1000 * 1000}};
#ifndef __SANITIZE_ADDRESS__ /* it takes a large part of all addresses */
        struct rlimit memory = {4ul << 30, 4ul << 30};
        setrlimit(RLIMIT_AS, &memory);
#endif
        setrlimit(RLIMIT_CORE, &core);
        setitimer(ITIMER_PROF, &timer, NULL);
    }
}

__attribute__((destructor)) static void mutant_tell(void)
{
    const char *folder = getenv("MUTANT_REACHED");
    if (folder == NULL)
        return;
    char path[4096];
    snprintf(path, sizeof path, "%%s/%%ld", folder, (long)getpid());
    FILE *file = fopen(path, "a");
    for (unsigned region = 0; file != NULL && region < sizeof fen_mutant_reached; region++)
        if (fen_mutant_reached[region])
            fprintf(file, "%%u\\n", region);
    if (file != NULL)
        fclose(file);
}
"""


@dataclass(frozen=True)
class Region:
    """A block of a function, from start to end in the source."""

    number: int
    start: int
    end: int


@dataclass
class Schema:
    """A file with all its mutants: its new text, the number of each and the region it is in."""

    file: str
    text: str = ""
    numbers: dict[int, Mutant] = field(default_factory=dict)
    region_of: dict[int, int] = field(default_factory=dict)
    lines: list[tuple[int, int, int]] = field(default_factory=list)  # first, last, number

    def at_line(self, line: int) -> int | None:
        """The mutant whose copy stands at the line of the new text."""
        return next((number for first, last, number in self.lines if first <= line <= last), None)


def statement_end(tokens: list[Token], at: int) -> int:
    """The index after the statement that begins at tokens[at]."""
    text = tokens[at].text
    if text == "{":
        return closing(tokens, at) + 1
    if text in ("if", "for", "while", "switch"):
        end = statement_end(tokens, closing(tokens, at + 1) + 1)
        if text == "if" and end < len(tokens) and tokens[end].text == "else":
            return statement_end(tokens, end + 1)
        return end
    if text == "do":
        at = statement_end(tokens, at + 1)
    depth = 0
    while tokens[at].text != ";" or depth > 0:
        depth += (tokens[at].text in "([{") - (tokens[at].text in ")]}")
        at += 1
    return at + 1


def label_end(tokens: list[Token], at: int) -> int:
    """The index of the colon of the case at tokens[at]."""
    while tokens[at].text != ":":
        at += 1
    return at


def blocks_of(tokens: list[Token]) -> list[tuple[int, int, bool]]:
    """(from, to, whether it lacks braces): token indices of the blocks inside a body, of which
    tokens[from] is the first and tokens[to - 1] the last token."""
    blocks = []
    for index, token in enumerate(tokens[:-1]):
        is_head = token.text in ("else", "do") or (
            token.text == ")" and is_head_end(tokens, index))
        after = tokens[index + 1].text
        if is_head and after == "{":
            blocks.append((index + 2, closing(tokens, index + 1), False))
        elif is_head and after != ";":
            blocks.append((index + 1, statement_end(tokens, index + 1), True))
        elif token.text in ("case", "default") and token.kind == "name":
            colon = label_end(tokens, index)
            end, depth = colon + 1, 0
            while end < len(tokens) and depth >= 0 and not (
                    depth == 0 and tokens[end].text in ("case", "default")):
                depth += (tokens[end].text in "([{") - (tokens[end].text in ")]}")
                end += 1
            if tokens[colon + 1].text not in ("case", "default", "}"):
                blocks.append((colon + 1, end - (depth < 0), False))
    return blocks


def parameters_of(text: str) -> list[str]:
    """The names of a parameter list."""
    names = []
    depth = 0
    part = ""
    for sign in text + ",":
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            pointer = re.search(r"\(\s*\*\s*(\w+)", part)
            plain = re.search(r"(\w+)\s*(?:\[[^]]*\]\s*)*$", part)
            found = pointer or plain
            if found and part.strip() != "void":
                names.append(found[1])
            part = ""
        else:
            part += sign
    return names


@dataclass(frozen=True)
class Head:
    """A function's head: what stands before its name, and its parameters."""

    before: str
    parameters: str
    brace: int         # where the body's { is

    @property
    def returns_nothing(self) -> bool:
        return bool(re.search(r"\bvoid\b", self.before)) and "*" not in self.before


def head_of(source: str, body: Body) -> Head:
    """The head in front of a body."""
    opening = re.compile(rf"\b{body.name}\s*\(").search(source, body.head)
    assert opening, body.name
    depth, at = 1, opening.end()
    while depth:
        depth += (source[at] == "(") - (source[at] == ")")
        at += 1
    before = re.sub(r"\b(static|inline|extern)\b", "", source[body.head:opening.start()])
    return Head(" ".join(before.split()), source[opening.end():at - 1], source.index("{", at))


class Rewriter:
    """Makes the Schema of a file."""

    def __init__(self, source: str, file: str, mutants: list[Mutant], base: int,
                 kept: set[int] | None) -> None:
        self.source, self.base = source, base
        self.schema = Schema(file, numbers={base + 1 + index: mutant
                                            for index, mutant in enumerate(mutants)})
        self.numbers = {mutant: number for number, mutant in self.schema.numbers.items()
                        if kept is None or number in kept}
        self.region_count = 0
        self.out: list[str] = ['#include "base/mutant_switch.h"\n']
        self.line = 2

    def write(self, text: str) -> None:
        self.out.append(text)
        self.line += text.count("\n")

    def rewrite(self) -> Schema:
        done = 0
        for body in bodies_of(tokens_of(self.source)):
            if not body.tokens:
                continue
            end = self.source.index("}", body.tokens[-1].end) + 1
            mutants = [mutant for mutant in self.schema.numbers.values()
                       if body.head <= mutant.start < end]
            if mutants:
                self.write(self.source[done:body.head])
                self.function(body, end, mutants)
                done = end
        self.write(self.source[done:])
        self.schema.text = "".join(self.out)
        return self.schema

    def function(self, body: Body, end: int, mutants: list[Mutant]) -> None:
        """The copies, then the function with its switch and its regions."""
        head = head_of(self.source, body)
        self.write(f"{self.source[body.head:head.brace].rstrip()};\n")
        cases = []
        names = ", ".join(parameters_of(head.parameters))
        for mutant in mutants:
            if mutant not in self.numbers:
                continue
            number = self.numbers[mutant]
            copy = f"{body.name}__mutant_{number}"
            first = self.line
            text = self.source[head.brace:mutant.start] + mutant.text + self.source[mutant.end:end]
            self.write(f"{QUICK} static {head.before} {copy}({head.parameters})\n{text}\n")
            self.schema.lines.append((first, self.line - 1, number))
            call = f"{copy}({names})"
            ending = f"{call}; return;" if head.returns_nothing else f"return {call};"
            cases.append(f"case {number}: {ending}\n")
        regions = self.regions(body, head.brace, end)
        for mutant in mutants:
            number = next(key for key, value in self.schema.numbers.items() if value is mutant)
            self.schema.region_of[number] = max(
                (region for region in regions if region.start <= mutant.start < region.end),
                key=lambda region: region.start).number
        switch = ""
        if cases:
            switch = ("if (__builtin_expect(fen_mutant, 0)) switch (fen_mutant) {\n"
                      + "".join(cases) + "}\n")
        self.write(self.source[body.head:head.brace + 1] + self.mark(regions[0]) + switch)
        self.write(self.marked(body, head.brace + 1, end, regions[1:]))

    @staticmethod
    def mark(region: Region) -> str:
        return f" fen_mutant_reached[{region.number}] = 1; "

    def regions(self, body: Body, brace: int, end: int) -> list[Region]:
        """The function itself, then its blocks."""
        spans = [(brace, end)]
        for first, last, _ in blocks_of(body.tokens):
            if first < last:
                spans.append((body.tokens[first].start, body.tokens[last - 1].end))
        regions = []
        for start, stop in spans:
            regions.append(Region(self.base + self.region_count, start, stop))
            self.region_count += 1
        assert self.region_count < NUMBERS_A_FILE
        return regions

    def marked(self, body: Body, start: int, end: int, regions: list[Region]) -> str:
        """The rest of the body from `start`, each block noting that it was entered."""
        inserts: list[tuple[int, int, str]] = []
        blocks = [block for block in blocks_of(body.tokens) if block[0] < block[1]]
        for (_, _, lacks_braces), region in zip(blocks, regions):
            inserts.append((region.start, 1, ("{" if lacks_braces else "") + self.mark(region)))
            if lacks_braces:
                inserts.append((region.end, 0, "}"))
        text, at = [], start
        # At one place what closes stands before what opens, and the outer block opens first.
        for place, _, insert in sorted(inserts, key=lambda row: row[:2]):
            text += [self.source[at:place], insert]
            at = place
        return "".join([*text, self.source[at:end]])


def schema_of(source: str, file: str, mutants: list[Mutant], base: int,
              kept: set[int] | None = None) -> Schema:
    """The file with its mutants, numbered from base + 1, or with those kept alone."""
    return Rewriter(source, file, mutants, base, kept).rewrite()


def switch_source(file_count: int) -> str:
    return SWITCH_SOURCE % {"room": (file_count + 1) * NUMBERS_A_FILE}
