"""Rules about C: layers, calls, headers, the shape of functions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from source_tree import Finding, SourceFile

LAYERS = {
    # layer: the layers whose headers it may include, its own aside
    "base": set[str](),
    "model": {"base"},
    "plan": {"base", "model"},
    "split": {"base", "model", "plan"},
    "post": {"base", "model", "plan"},
    "wire": {"base", "model", "plan", "split", "post"},
    "stream": {"base", "model", "plan", "split", "post", "wire"},
    "redis": {"base", "model", "plan", "split", "post", "wire"},
    "api": {"base", "model", "plan", "split", "post", "wire", "stream", "redis"},
    "cli": {"base", "model", "plan", "split", "post", "wire", "stream", "redis", "api"},
}

# A library of others is spoken to in one layer, its adapter; cli wires and diagnoses.
LIBRARIES = {
    "yaml.h": {"plan"},
    "librdkafka/": {"stream", "cli"},
    "hiredis/": {"redis", "cli"},
    "event2/": {"api", "cli"},
    "openssl/": {"api"},
}

CORE = {"model", "plan", "split", "post"}

_BOUNDED = "snprintf or fen_buffer"
_SEED = "a seeded generator of our own"
# Calls that are forbidden in all C code, and what to write instead.
FORBIDDEN = {
    "strcpy": _BOUNDED, "strcat": _BOUNDED, "sprintf": _BOUNDED, "vsprintf": "vsnprintf",
    "stpcpy": _BOUNDED, "strncpy": "memcpy with a checked size", "strncat": _BOUNDED,
    "gets": "fgets or getline",
    "atoi": "a parser that reports errors", "atol": "a parser that reports errors",
    "atoll": "a parser that reports errors", "atof": "integers in the minor unit",
    "strtok": "a cursor over struct fen_str",
    "rand": _SEED, "srand": _SEED,
    "random": _SEED, "srandom": _SEED,
    "alloca": "the arena", "mktemp": "mkdtemp", "tmpnam": "mkdtemp",
    "localtime": "whole days and an offset (SPEC §6)",
    "gmtime": "whole days and an offset (SPEC §6)", "ctime": "an ISO 8601 writer",
    "asctime": "an ISO 8601 writer", "setjmp": "a status", "longjmp": "a status",
    "system": "nothing: the engine starts no shell", "popen": "nothing: the engine starts no shell",
}

# Further ones, in some places only: (rule, folders or layers, names, what instead).
_SLEEPS = {"sleep", "usleep", "nanosleep", "clock_nanosleep"}
_ALLOCATIONS = {"malloc", "calloc", "realloc", "strdup", "strndup", "asprintf", "aligned_alloc",
                "posix_memalign", "reallocarray"}
_CLOCKS = {"time", "clock", "gettimeofday", "clock_gettime", "timespec_get"}
_PRINTS = {"printf", "puts", "putchar", "vprintf", "perror", "fprintf", "vfprintf", "fputs",
           "fputc", "putc", "dprintf"}
_ENDINGS = {"exit", "_exit", "abort", "quick_exit", "assert"}


def forbidden_call(file: SourceFile) -> Iterator[Finding]:
    """Calls for which something better is at hand."""
    for line, name in file.c.calls(frozenset(FORBIDDEN)):
        yield Finding(file.path, line, "forbidden-call", f"{name}(): use {FORBIDDEN[name]}", name)


def sleep_call(file: SourceFile) -> Iterator[Finding]:
    """Waiting for time to pass instead of for what it shall bring."""
    for line, name in file.c.calls(frozenset(_SLEEPS)):
        message = f"{name}(): wait for a condition with a deadline"
        yield Finding(file.path, line, "sleep", message, name)


def clock_call(file: SourceFile) -> Iterator[Finding]:
    """The core is a function of its input: it has no clock."""
    if file.layer in CORE | {"wire"}:
        for line, name in file.c.calls(frozenset(_CLOCKS)):
            message = f"{name}(): the core has no clock, take the time from the event or the batch"
            yield Finding(file.path, line, "clock", message, name)


def allocation(file: SourceFile) -> Iterator[Finding]:
    """Hot paths live on the batch's arena and on the worker's tables; …_create is start-up."""
    if file.layer in {"model", "split", "post"} or file.path.startswith("engine/plan/match"):
        start_up = [item for item in file.c.functions if item.name.endswith("_create")]
        for line, name in file.c.calls(frozenset(_ALLOCATIONS)):
            if any(item.line <= line <= item.end for item in start_up):
                continue
            message = f"{name}() in a hot path: use the arena or a table, or say why in allow.txt"
            yield Finding(file.path, line, "allocation", message, name)


def print_call(file: SourceFile) -> Iterator[Finding]:
    """Only the command line talks to a person, and only the log to an operator."""
    talks = {"engine/base/log.c", "engine/base/assert.c", "engine/base/progress.c"}
    if file.layer not in {"", "cli"} and file.path not in talks:
        for line, name in file.c.calls(frozenset(_PRINTS)):
            message = f"{name}(): use base/log.h, or return it to cli"
            yield Finding(file.path, line, "print", message, name)


def ending_call(file: SourceFile) -> Iterator[Finding]:
    """A library does not end the process, save for a broken invariant."""
    if file.layer not in {"", "cli"} and file.path != "engine/base/assert.c":
        for line, name in file.c.calls(frozenset(_ENDINGS)):
            message = f"{name}(): return a status, or FEN_ASSERT for a mistake of our own"
            yield Finding(file.path, line, "ending", message, name)


def floating_point(file: SourceFile) -> Iterator[Finding]:
    """SPEC §2: no floating point in anything that ends in an amount."""
    if file.layer not in CORE:
        return
    words = re.compile(r"\b(float|double|strtod|strtof|strtold|_Float\d+)\b")
    for number, line in enumerate(file.c.code.split("\n"), 1):
        if match := words.search(line):
            message = f"{match[1]}: amounts are integers, products 128 bits (SPEC §2)"
            yield Finding(file.path, number, "floating-point", message, match[1])


def volatile_word(file: SourceFile) -> Iterator[Finding]:
    """volatile orders nothing between threads."""
    if file.layer:
        for number, line in enumerate(file.c.code.split("\n"), 1):
            if re.search(r"\bvolatile\b", line):
                message = "volatile: use a C11 atomic with a named partner"
                yield Finding(file.path, number, "volatile", message, "volatile")


def struct_typedef(file: SourceFile) -> Iterator[Finding]:
    """A struct says that it is one."""
    if file.layer:
        for match in re.finditer(r"\btypedef\s+(struct|union|enum)\b", file.c.code):
            line = file.c.code.count("\n", 0, match.start()) + 1
            yield Finding(file.path, line, "typedef", f"{match[1]}: write `{match[1]} fen_x`")


def layer_include(file: SourceFile) -> Iterator[Finding]:
    """A file includes only its own or lower layers, and a library only in its adapter."""
    if not file.layer:
        return
    if file.layer not in LAYERS:
        yield Finding(file.path, 1, "layer", f"engine/{file.layer} is no layer")
        return
    may = LAYERS[file.layer] | {file.layer}
    for line, name, is_system in file.c.includes:
        target = name.split("/")[0]
        library = next((key for key in LIBRARIES if name.startswith(key)), None)
        if library is not None and file.layer not in LIBRARIES[library]:
            message = f"<{name}> belongs in {', '.join(sorted(LIBRARIES[library]))}"
            yield Finding(file.path, line, "layer", message, name)
        elif not is_system and "/" not in name:
            message = f'"{name}": write "{file.layer}/{name}", the root is engine/'
            yield Finding(file.path, line, "layer", message, name)
        elif not is_system and target not in may:
            message = f'"{name}": {file.layer} does not know {target}'
            yield Finding(file.path, line, "layer", message, name)


def header_guard(file: SourceFile) -> Iterator[Finding]:
    """A guard that is the file's path."""
    if file.layer and file.suffix == ".h":
        guard = re.sub(r"[^A-Z0-9]", "_", f"FEN_{file.path[len('engine/'):]}".upper())
        if f"#ifndef {guard}\n#define {guard}\n" not in file.text:
            yield Finding(file.path, 1, "guard", f"the guard must be {guard}")


def file_comment(file: SourceFile) -> Iterator[Finding]:
    """What the file is, and why it is so, before anything else."""
    if not (file.is_c and file.folder in {"engine", "bench", "tests"}):
        return
    name = file.path.rsplit("/", 1)[-1].removesuffix(".c").removesuffix(".h")
    if not re.match(r"/\*\s*(\*\s*)?" + re.escape(name) + r"(\.[ch])?: \S", file.text):
        yield Finding(file.path, 1, "file-comment", f"begin with /* {name}: what it is */")


def declaration_comment(file: SourceFile) -> Iterator[Finding]:
    """Each function of a public header is documented; a group without blank lines shares it."""
    if not (file.layer and file.suffix == ".h"):
        return
    lines = file.lines
    for item in file.c.declarations:
        above = item.line - 2  # index of the line above the declaration
        while above >= 0 and lines[above].strip() and not lines[above].rstrip().endswith("*/"):
            above -= 1
        if above < 0 or not lines[above].strip():
            message = f"{item.name}(): say what it does, who owns what, how it fails"
            yield Finding(file.path, item.line, "declaration-comment", message, item.name)


def public_name(file: SourceFile) -> Iterator[Finding]:
    """What a header declares begins with fen_."""
    if file.layer and file.suffix == ".h":
        for item in file.c.declarations:
            if not item.name.lower().startswith("fen_"):
                yield Finding(file.path, item.line, "name", f"{item.name}(): call it fen_…",
                              item.name)


def recursion(file: SourceFile) -> Iterator[Finding]:
    """Bytes from outside must not choose the depth of the stack."""
    if file.layer:
        for function in file.c.functions:
            found = re.search(rf"(?<![\w.>]){re.escape(function.name)}\s*\(", function.body)
            if found:
                line = function.body_line + function.body.count("\n", 0, found.start())
                yield Finding(file.path, line, "recursion", f"{function.name}() calls itself",
                              function.name)


def backward_goto(file: SourceFile) -> Iterator[Finding]:
    """goto is for the one `out:` below."""
    for function in file.c.functions:
        labels = {match[1]: match.start()
                  for match in re.finditer(r"^\s*(\w+):(?!:)", function.body, re.MULTILINE)
                  if match[1] != "default"}
        for match in re.finditer(r"\bgoto\s+(\w+)", function.body):
            if labels.get(match[1], match.end()) < match.start():
                line = function.body_line + function.body.count("\n", 0, match.start())
                yield Finding(file.path, line, "goto", f"goto {match[1]} goes up: write a loop",
                              function.name)


RULES = [forbidden_call, sleep_call, clock_call, allocation, print_call, ending_call,
         floating_point, volatile_word, struct_typedef, layer_include, header_guard, file_comment,
         declaration_comment, public_name, recursion, backward_goto]
