"""Rules about every text file, and about what must not be in the project at all."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from source_tree import Finding, SourceFile

LINE_WIDTH_MAX = 100
FILE_SIZE_MAX_BYTES = 400 * 1024

# Put together here, so that this very file does not offend.
_UNFINISHED = re.compile(r"\b(" + "|".join(
    ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK", "not " + "implemented"]) + r")\b")
_MACHINE_PATH = re.compile(r"(?<![\w.])/" + r"(work|root|home/\w+|tmp/fen)/")
_REGISTRY = re.compile(
    r"https?:" + r"//[^ /\"'>)]*(npm|pypi|pythonhosted|maven|crates|debian)[^ /]*")
_NARROW = {".c", ".h", ".py", ".cmake", ".sh", ".lua", ".proto", ".js", ".css", ".def"}
_LEFTOVER = re.compile(
    r"(^|/)(core(\.\d+)?|vgcore\.\d+|a\.out|compile_commands\.json|CMakeCache\.txt|\.DS_Store"
    r"|__pycache__/.*|CMakeFiles/.*|Testing/.*|nohup\.out)$"
    r"|\.(orig|rej|swp|swo|bak|pyc|o|a|so|gcda|gcno|gcov|tmp|log|jar|jsa|class|profraw)$|~$")
_TEXTLESS = {".png", ".ico", ".gz", ".woff2"}


def line_width(file: SourceFile) -> Iterator[Finding]:
    """At most 100 columns."""
    if file.suffix in _NARROW or file.is_shell or file.path.endswith("CMakeLists.txt"):
        for number, line in enumerate(file.lines, 1):
            if len(line) > LINE_WIDTH_MAX:
                message = f"{len(line)} columns, at most {LINE_WIDTH_MAX}"
                yield Finding(file.path, number, "width", message)


def white_space(file: SourceFile) -> Iterator[Finding]:
    """No tabs, no space at a line's end, one newline at the file's end."""
    if not file.is_text:
        return
    for number, line in enumerate(file.lines, 1):
        if "\r" in line:
            yield Finding(file.path, number, "space", "carriage return")
        if line != line.rstrip():
            yield Finding(file.path, number, "space", "space at the end of the line")
        if "\t" in line:
            yield Finding(file.path, number, "space", "tab")
    if file.text and (not file.text.endswith("\n") or file.text.endswith("\n\n")):
        yield Finding(file.path, len(file.lines), "space", "end the file with one newline")


def unfinished(file: SourceFile) -> Iterator[Finding]:
    """What is left to do is an issue, not a comment."""
    if not file.is_text:
        return
    for number, line in enumerate(file.lines, 1):
        if match := _UNFINISHED.search(line):
            yield Finding(file.path, number, "unfinished", f"{match[1]}: do it, or file an issue")


def machine_path(file: SourceFile) -> Iterator[Finding]:
    """Nothing of one person's machine."""
    if not file.is_text:
        return
    for number, line in enumerate(file.lines, 1):
        if match := _MACHINE_PATH.search(line):
            yield Finding(file.path, number, "machine-path", f"{match[0]} is a path of one machine")
        if match := _REGISTRY.search(line):
            yield Finding(file.path, number, "machine-path", f"{match[0]} is a package registry")


def leftover(file: SourceFile) -> Iterator[Finding]:
    """What a build, an editor or a crash left."""
    if _LEFTOVER.search(file.path) or file.folder == "build":
        yield Finding(file.path, 1, "leftover", "a left-over, or built: delete or ignore it")
    elif len(file.bytes) > FILE_SIZE_MAX_BYTES:
        yield Finding(file.path, 1, "leftover", f"{len(file.bytes) // 1024} KiB in one file")
    elif file.suffix not in _TEXTLESS and not file.is_corpus and b"\0" in file.bytes:
        yield Finding(file.path, 1, "leftover", "a binary file")
    elif not file.bytes and not file.is_corpus and Path(file.path).name != "py.typed":
        yield Finding(file.path, 1, "leftover", "an empty file")


def encoding(file: SourceFile) -> Iterator[Finding]:
    """UTF-8 without byte order mark."""
    if not file.is_text:
        return
    if file.bytes.startswith(b"\xef\xbb\xbf"):
        yield Finding(file.path, 1, "encoding", "byte order mark")
    try:
        file.bytes.decode("utf-8")
    except UnicodeDecodeError as error:
        line = file.bytes[: error.start].count(b"\n") + 1
        yield Finding(file.path, line, "encoding", "not UTF-8")


def link(file: SourceFile) -> Iterator[Finding]:
    """A relative link in a document leads somewhere."""
    if file.suffix != ".md":
        return
    inside_code = False
    for number, line in enumerate(file.lines, 1):
        if line.lstrip().startswith("```"):
            inside_code = not inside_code
        if inside_code:
            continue
        for match in re.finditer(r"\]\(([^)#\s]+)(#[^)]*)?\)", re.sub(r"`[^`]*`", "", line)):
            target = match[1]
            if re.match(r"[a-z]+:", target):
                continue
            if not (file.root / Path(file.path).parent / target).exists():
                yield Finding(file.path, number, "link", f"{target} is not there", target)


def shell(file: SourceFile) -> Iterator[Finding]:
    """A script parses and stops at its first error."""
    if not file.is_shell:
        return
    done = subprocess.run(["bash", "-n"], input=file.bytes, capture_output=True, check=False)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        yield Finding(file.path, 1, "shell", said[0] if said else "does not parse")
    # A file without #! is sourced by scripts that have said it.
    if file.bytes.startswith(b"#!") and not re.search(r"^set -euo pipefail$", file.text, re.M):
        yield Finding(file.path, 1, "shell", "say `set -euo pipefail`")


RULES = [line_width, white_space, unfinished, machine_path, leftover, encoding, link, shell]
