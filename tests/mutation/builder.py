"""Builds the programs that hold every mutant: a copy of the source, rewritten by schemata.py.

The copy and its build tree (build/mutation, -O1, no debug symbols, no warnings) are kept, and only
what changed is built again. An edit during a run changes no mutant. What the compiler refuses is
found first, file by file, and left out; a list of these is kept with the text it is about.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from operators import Mutant, enumerators_of, mutants_of
from schemata import NUMBERS_A_FILE, SWITCH_HEADER, Schema, schema_of, switch_source

COPIED = ("engine", "cmake", "proto", "schemas", "tests", "CMakeLists.txt", "CMakePresets.json")
LAYERS = ("model", "split", "post")
ERROR = re.compile(r"^(?P<file>[^:\n]+):(?P<line>\d+):\d+: (?:fatal )?error: ", re.M)


def texts_of(root: Path) -> dict[str, bytes]:
    """The source as it is now."""
    texts = {}
    for name in COPIED:
        for path in [root / name, *(root / name).rglob("*")]:
            if path.is_file() and "__pycache__" not in path.parts:
                texts[path.relative_to(root).as_posix()] = path.read_bytes()
    return texts


def write_changed(place: Path, texts: dict[str, bytes]) -> None:
    """The texts in `place`; what did not change keeps its time, and nothing else stays."""
    for name, text in texts.items():
        path = place / name
        if not path.exists() or path.read_bytes() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
    for path in place.rglob("*"):
        if path.is_file() and path.relative_to(place).as_posix() not in texts:
            path.unlink()


def run_or_stop(command: list[str], place: Path) -> None:
    run = subprocess.run(command, cwd=place, text=True, capture_output=True, check=False)
    if run.returncode != 0:
        raise SystemExit(f"mutate: {shlex.join(command)}\n{run.stdout[-3000:]}{run.stderr}")


@dataclass
class Built:
    """Every mutant by its number, its region, and the numbers of those that do not compile."""

    mutants: dict[int, Mutant] = field(default_factory=dict)
    region_of: dict[int, int] = field(default_factory=dict)
    stillborn: set[int] = field(default_factory=set)


class Builder:
    """The copy of the source in `tree`, and its build."""

    def __init__(self, root: Path, tree: Path, jobs: int) -> None:
        self.tree, self.source, self.jobs = tree, tree / "source", jobs
        self.texts = texts_of(root)
        headers = [text.decode() for name, text in self.texts.items()
                   if re.fullmatch(r"engine/\w+/\w+\.h", name)]
        neighbour = enumerators_of(headers)
        self.files = [name for layer in LAYERS for name in sorted(self.texts)
                      if re.fullmatch(rf"engine/{layer}/\w+\.[ch]", name)]
        self.mutants = {name: mutants_of(self.texts[name].decode(), name, neighbour)
                        for name in self.files}
        self.digest = hashlib.sha256("".join(headers).encode()).hexdigest()

    def all_mutants(self) -> list[Mutant]:
        return [mutant for name in self.files for mutant in self.mutants[name]]

    def numbered(self) -> dict[int, Mutant]:
        """Every mutant by the number that chooses it."""
        return {number: mutant for file in self.files
                for number, mutant in self.schema(file, set()).numbers.items()}

    def schema(self, file: str, left_out: set[int]) -> Schema:
        base = (self.files.index(file) + 1) * NUMBERS_A_FILE
        return schema_of(self.texts[file].decode(), file, self.mutants[file], base, left_out)

    def build(self, targets: list[str]) -> Built:
        """Everything there is to run, up to date."""
        self.texts["engine/base/mutant_switch.h"] = SWITCH_HEADER.encode()
        self.texts["engine/base/mutant_switch.c"] = switch_source(len(self.files)).encode()
        files = [file for file in self.files if self.mutants[file]]
        self.configure()
        with ThreadPoolExecutor(self.jobs) as pool:
            left_out = dict(zip(files, pool.map(self.left_out, files)))
        built = Built()
        texts = dict(self.texts)
        for file in files:
            schema = self.schema(file, left_out[file])
            texts[file] = schema.text.encode()
            built.mutants.update(schema.numbers)
            built.region_of.update(schema.region_of)
            built.stillborn |= left_out[file]
        write_changed(self.source, texts)
        run_or_stop(["cmake", "--build", str(self.tree), "--", f"-j{self.jobs}", *targets],
                    self.source)
        return built

    def configure(self) -> None:
        """The compiler's options are known from here on."""
        kept = {name: (self.source / name).read_bytes() for name in self.files
                if (self.source / name).exists()}
        write_changed(self.source, {**self.texts, **kept})
        run_or_stop(["cmake", "--preset", "dev", "-B", str(self.tree), "-DFEN_WERROR=OFF",
                     "-DCMAKE_C_FLAGS_DEBUG=-O1 -w", "-DFEN_BENCH=OFF"], self.source)
        rows = json.loads((self.tree / "compile_commands.json").read_text(encoding="utf-8"))
        self.commands = {Path(row["file"]).relative_to(self.source).as_posix():
                         shlex.split(row["command"]) for row in rows
                         if Path(row["file"]).is_relative_to(self.source)}

    def left_out(self, file: str) -> set[int]:
        """The file's mutants that do not compile."""
        text = self.schema(file, set()).text
        name = hashlib.sha256((self.digest + text).encode()).hexdigest()
        kept = self.tree / "stillborn" / f"{Path(file).name}.json"
        if kept.exists():
            known = json.loads(kept.read_text(encoding="utf-8"))
            if known["of"] == name:
                return set(known["numbers"])
        numbers: set[int] = set()
        while True:
            schema = self.schema(file, numbers)
            wrong = self.wrong_lines(file, schema.text)
            if not wrong:
                break
            found = {schema.at_line(line) for line in wrong} - {None}
            if not found:
                raise SystemExit(f"mutate: {file} does not compile, lines {sorted(wrong)}")
            numbers |= found
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(json.dumps({"of": name, "numbers": sorted(numbers)}), encoding="utf-8")
        return numbers

    def wrong_lines(self, file: str, text: str) -> set[int]:
        """Lines of a rewritten file that the compiler refuses."""
        overlay = self.tree / "check" / Path(file).name
        path = overlay / Path(file).relative_to("engine")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        user = path
        if file.endswith(".h"):
            user = overlay / "user.c"
            user.write_text(f'#include "{Path(file).relative_to("engine")}"\n', encoding="utf-8")
        command = self.commands[file if file.endswith(".c") else self.files[0]]
        words = [command[0], f"-I{overlay}"]
        words += [word for word in command[1:] if word.startswith(("-I", "-D", "-std", "-i", "-f"))
                  or word.startswith("/")]
        words = [word for word in words if not word.endswith(".c")]
        run = subprocess.run([*words, "-w", "-fsyntax-only", "-fmax-errors=0",
                              "-ftrack-macro-expansion=0", str(user)], cwd=self.tree, text=True,
                             capture_output=True, check=False, env={"LC_ALL": "C",
                                                                    "PATH": "/usr/bin:/bin"})
        lines = {int(found["line"]) for found in ERROR.finditer(run.stderr)
                 if Path(found["file"]) == path}
        if run.returncode != 0 and not lines:
            raise SystemExit(f"mutate: {file}: {run.stderr[:3000]}")
        return lines
