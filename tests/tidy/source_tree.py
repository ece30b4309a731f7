"""The files of the project, and the two lists that let something off: allow.txt, ratchet.txt."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from c_source import CSource

TEXT_SUFFIXES = {".c", ".h", ".py", ".cmake", ".sh", ".lua", ".proto", ".js", ".css", ".html",
                 ".md", ".yaml", ".yml", ".json", ".xml", ".txt", ".ini", ".properties", ".def",
                 ".table", ".supp", ".service", ".scd", ".toml"}


@dataclass(frozen=True, order=True)
class Finding:
    """One offence. `detail` is what allow.txt and ratchet.txt know it by (a call, a function)."""

    path: str
    line: int
    rule: str
    message: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


@dataclass(frozen=True)
class SourceFile:
    """A file, its path relative to the root, with / between folders."""

    root: Path
    path: str

    @cached_property
    def bytes(self) -> bytes:
        return (self.root / self.path).read_bytes()

    @cached_property
    def text(self) -> str:
        return self.bytes.decode("utf-8", errors="replace")

    @cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @cached_property
    def c(self) -> CSource:
        return CSource(self.text)

    @property
    def suffix(self) -> str:
        return Path(self.path).suffix

    @property
    def folder(self) -> str:
        return self.path.split("/")[0] if "/" in self.path else ""

    @property
    def layer(self) -> str:
        """The layer of engine/ that the file is in, else ''."""
        parts = self.path.split("/")
        return parts[1] if len(parts) >= 3 and parts[0] == "engine" else ""

    @property
    def is_c(self) -> bool:
        return self.suffix in {".c", ".h"}

    @property
    def is_shell(self) -> bool:
        return self.suffix == ".sh" or self.bytes.startswith(b"#!/usr/bin/env bash")

    @property
    def is_corpus(self) -> bool:
        """Seeds of fuzzers hold any bytes whatever."""
        return self.path.startswith("tests/fuzz/corpus/")

    @property
    def is_text(self) -> bool:
        return not self.is_corpus and (
            self.suffix in TEXT_SUFFIXES or self.is_shell or Path(self.path).name == "LICENSE"
        )


@dataclass
class Tree:
    """All files of a folder that git tracks or would track."""

    root: Path
    files: list[SourceFile] = field(default_factory=list)

    @classmethod
    def read(cls, root: Path) -> Tree:
        command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others",
                   "--exclude-standard"]
        listed = subprocess.run(command, capture_output=True, check=False)
        if listed.returncode == 0:
            paths = {name for name in listed.stdout.decode().split("\0") if name}
        else:  # a source archive, without git
            paths = {file.relative_to(root).as_posix() for file in root.rglob("*")
                     if not file.relative_to(root).as_posix().startswith(("build/", ".git/"))}
        present = sorted(path for path in paths if (root / path).is_file())
        return cls(root, [SourceFile(root, path) for path in present])


class Allowances:
    """allow.txt: `RULE PATH DETAIL  # reason`, one a line; DETAIL `*` is any. Unused: offence."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.findings: list[Finding] = []
        self.entries: dict[tuple[str, str, str], int] = {}
        self._used: set[tuple[str, str, str]] = set()
        for number, line in enumerate(text.splitlines(), 1):
            words, _, reason = line.partition("#")
            parts = words.split()
            if not parts:
                continue
            if len(parts) != 3 or not reason.strip():
                message = "write: RULE PATH DETAIL  # reason"
                self.findings.append(Finding(name, number, "allow", message))
                continue
            self.entries[(parts[0], parts[1], parts[2])] = number

    def permits(self, finding: Finding) -> bool:
        for detail in (finding.detail, "*"):
            key = (finding.rule, finding.path, detail)
            if key in self.entries:
                self._used.add(key)
                return True
        return False

    def unused(self) -> list[Finding]:
        return [Finding(self.name, number, key[0], f"nothing needs this any more: {' '.join(key)}")
                for key, number in self.entries.items() if key not in self._used]


class Ratchet:
    """ratchet.txt: `RULE PATH DETAIL NUMBER`: what is too long already may only get shorter."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.entries: dict[tuple[str, str, str], tuple[int, int]] = {}
        self._seen: set[tuple[str, str, str]] = set()
        for number, line in enumerate(text.splitlines(), 1):
            parts = line.partition("#")[0].split()
            if parts:
                rule, path, detail, limit = parts
                self.entries[(rule, path, detail)] = (int(limit), number)

    def check(self, finding: Finding, value: int) -> list[Finding]:
        """The finding, unless it is on the list with this very number."""
        key = (finding.rule, finding.path, finding.detail)
        if key not in self.entries:
            return [finding]
        self._seen.add(key)
        limit, number = self.entries[key]
        if value > limit:
            return [finding]
        if value < limit:
            message = f"now {value}, well done: write that down ({' '.join(key)})"
            return [Finding(self.name, number, finding.rule, message)]
        return []

    def unused(self) -> list[Finding]:
        return [Finding(self.name, number, key[0], f"short enough now, delete it: {' '.join(key)}")
                for key, (_, number) in self.entries.items() if key not in self._seen]
