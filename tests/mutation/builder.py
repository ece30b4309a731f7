"""Builds the programs that hold the mutants: a copy of the source, rewritten by schemata.py.

There are two copies, each with its build: `plain`, and `checked` under sanitizers (build/mutation,
-O1, no debug symbols, no warnings). They are kept, and only what changed is built again. An edit
during a run changes no mutant. What the compiler refuses is found first, file by file, and left
out; a list of these is kept with the text it is about.
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
# Of UndefinedBehaviorSanitizer what a mutant may run into, and no more: it is slow to compile.
OPTIONS = {
    "plain": (),
    "checked": ("-DFEN_SANITIZE=address,bounds,shift,signed-integer-overflow,nonnull-attribute",
                "-DFEN_JEMALLOC=OFF"),
}
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
    """The source as it was when this was made, and the copies of it in `place`."""

    def __init__(self, root: Path, place: Path, jobs: int) -> None:
        self.place, self.jobs = place, jobs
        self.texts = texts_of(root)
        headers = [text.decode() for name, text in self.texts.items()
                   if re.fullmatch(r"engine/(\w+/)+\w+\.h", name)]
        neighbour = enumerators_of(headers)
        self.files = [name for layer in LAYERS for name in sorted(self.texts)
                      if re.fullmatch(rf"engine/{layer}/\w+\.[ch]", name)]
        self.mutants = {name: mutants_of(self.texts[name].decode(), name, neighbour)
                        for name in self.files}
        self.headers = hashlib.sha256("".join(headers).encode()).hexdigest()
        self.commands: dict[str, list[str]] = {}
        self.unchanged: dict[str, str] = {}

    def all_mutants(self) -> list[Mutant]:
        return [mutant for name in self.files for mutant in self.mutants[name]]

    def numbered(self) -> dict[int, Mutant]:
        """Every mutant by the number that chooses it."""
        return {self.base(file) + 1 + index: mutant for file in self.files
                for index, mutant in enumerate(self.mutants[file])}

    def base(self, file: str) -> int:
        return (self.files.index(file) + 1) * NUMBERS_A_FILE

    def schema(self, file: str, kept: set[int]) -> Schema:
        return schema_of(self.texts[file].decode(), file, self.mutants[file], self.base(file),
                         kept)

    def source(self, copy: str) -> Path:
        return self.place / copy / "source"

    def rewrite(self, copy: str, chosen: set[int]) -> Built:
        """A copy of the source with the chosen mutants in it."""
        self.texts["engine/base/mutant_switch.h"] = SWITCH_HEADER.encode()
        self.texts["engine/base/mutant_switch.c"] = switch_source(len(self.files)).encode()
        files = [file for file in self.files if self.mutants[file]]
        self.configure(copy)
        with ThreadPoolExecutor(self.jobs) as pool:
            stillborn = dict(zip(files, pool.map(lambda file: self.stillborn(file, chosen),
                                                 files)))
        built = Built()
        texts = dict(self.texts)
        for file in files:
            schema = self.schema(file, chosen - stillborn[file])
            texts[file] = schema.text.encode()
            built.mutants.update(schema.numbers)
            built.region_of.update(schema.region_of)
            built.stillborn |= stillborn[file]
        write_changed(self.source(copy), texts)
        return built

    def configure(self, copy: str) -> None:
        """The copy's build; the compiler's options are known from here on."""
        source = self.source(copy)
        kept = {name: (source / name).read_bytes() for name in self.files
                if (source / name).exists()}
        write_changed(source, {**self.texts, **kept})
        # Those of the copy are still of the last run while files are looked at one by one.
        write_changed(self.place / "headers", {name: text for name, text in self.texts.items()
                                               if name.endswith(".h")})
        tree = self.place / copy / "build"
        run_or_stop(["cmake", "--preset", "dev", "-B", str(tree), "-DFEN_WERROR=OFF",
                     "-DCMAKE_C_FLAGS_DEBUG=-O1 -w", "-DFEN_BENCH=OFF", *OPTIONS[copy]], source)
        rows = json.loads((tree / "compile_commands.json").read_text(encoding="utf-8"))
        self.commands = {Path(row["file"]).relative_to(source).as_posix():
                         shlex.split(row["command"]) for row in rows
                         if Path(row["file"]).is_relative_to(source)}

    def build(self, copy: str, targets: list[str]) -> Path:
        """The programs of a copy, up to date; returns their folder."""
        tree = self.place / copy / "build"
        run_or_stop(["cmake", "--build", str(tree), "--", f"-j{self.jobs}", *targets],
                    self.source(copy))
        return tree / "bin"

    def stillborn(self, file: str, chosen: set[int]) -> set[int]:
        """The file's mutants among the chosen that do not compile."""
        left = {number for number in chosen
                if self.base(file) < number < self.base(file) + NUMBERS_A_FILE}
        known = self.place / "stillborn" / f"{Path(file).name}-{len(left)}.json"
        name = hashlib.sha256((self.headers + self.schema(file, left).text).encode()).hexdigest()
        if known.exists():
            row = json.loads(known.read_text(encoding="utf-8"))
            if row["of"] == name:
                return set(row["numbers"])
        refused: set[int] = set()
        while True:
            schema = self.schema(file, left - refused)
            wrong = self.wrong_lines(file, schema.text)
            if not wrong:
                break
            found = {schema.at_line(line) for line in wrong} - {None}
            if not found:
                raise SystemExit(f"mutate: {file} does not compile, lines {sorted(wrong)}")
            refused |= found
        known.parent.mkdir(exist_ok=True)
        known.write_text(json.dumps({"of": name, "numbers": sorted(refused)}), encoding="utf-8")
        return refused

    def compiler(self, file: str) -> list[str]:
        """The compiler with the file's paths, definitions and language."""
        command = self.commands[file if file.endswith(".c") else self.files[0]]
        return [command[0], "-w"] + [
            word for word in command[1:]
            if word.startswith(("-I", "-D", "-std", "-f")) and "sanitize" not in word]

    def wrong_lines(self, file: str, text: str) -> set[int]:
        """Lines of a rewritten file that the compiler refuses."""
        overlay = self.place / "check" / Path(file).name
        path = overlay / Path(file).relative_to("engine")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        user = path
        if file.endswith(".h"):
            user = overlay / "user.c"
            user.write_text(f'#include "{Path(file).relative_to("engine")}"\n', encoding="utf-8")
        compiler, *rest = self.compiler(file)
        headers = self.place / "headers" / "engine"
        run = subprocess.run([compiler, f"-I{overlay}", f"-I{headers}", *rest, "-fsyntax-only",
                              "-fmax-errors=0",
                              "-ftrack-macro-expansion=0", str(user)], text=True,
                             capture_output=True, check=False,
                             env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})
        lines = {int(found["line"]) for found in ERROR.finditer(run.stderr)
                 if Path(found["file"]) == path}
        if run.returncode != 0 and not lines:
            raise SystemExit(f"mutate: {file}: {run.stderr[:3000]}")
        return lines

    def is_same_code(self, mutant: Mutant) -> bool:
        """Whether the compiler makes the very same instructions of a .c file with and without the
        mutant: then it is no other program, whatever its text says."""
        if not mutant.file.endswith(".c"):
            return False
        source = self.texts[mutant.file].decode()
        if mutant.file not in self.unchanged:
            self.unchanged[mutant.file] = self.instructions(mutant.file, source)
        lost = source[mutant.start:mutant.end].count("\n") - mutant.text.count("\n")
        padded = source[:mutant.start] + mutant.text + "\n" * lost + source[mutant.end:]
        return self.instructions(mutant.file, padded) == self.unchanged[mutant.file]

    def instructions(self, file: str, text: str) -> str:
        """The assembler text of a file, optimised."""
        run = subprocess.run([*self.compiler(file), "-O2", "-g0", "-S", "-x", "c", "-o", "-", "-"],
                             input=f'# 1 "{file}"\n{text}', text=True, capture_output=True,
                             check=True)
        return run.stdout
