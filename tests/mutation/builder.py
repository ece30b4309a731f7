"""Builds one mutant: compiles what its file reaches, and links it before the unmutated libraries.

The baseline is a build tree of its own (build/mutation, -O1, no debug symbols, no warnings) over a
copy of the source, so that an edit during a long run changes no mutant. A mutant of a .c file costs
one compilation and one link of each program asked for: its object stands before the libraries on
the link line, so that the linker never takes the library's own. A mutant of a header costs the
compilation of every engine file that includes it.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from operators import Mutant

BUILD_SECONDS = 60


COPIED = ("engine", "cmake", "proto", "schemas", "tests", "CMakeLists.txt", "CMakePresets.json")


def copy_source(root: Path, place: Path) -> None:
    """The source as it is now in `place`; what did not change keeps its time: no rebuild."""
    wanted = set()
    for name in COPIED:
        for path in [root / name, *(root / name).rglob("*")]:
            if path.is_file() and "__pycache__" not in path.parts:
                copy = place / path.relative_to(root)
                wanted.add(copy)
                if not copy.exists() or copy.read_bytes() != path.read_bytes():
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, copy)
    for path in place.rglob("*"):
        if path.is_file() and path not in wanted:
            path.unlink()


def configure(root: Path, tree: Path, targets: list[str], jobs: int) -> None:
    """The baseline, up to date."""
    options = ["-DCMAKE_C_FLAGS_DEBUG=-O1", "-DFEN_WERROR=OFF", "-DFEN_BENCH=OFF"]
    for command in (["cmake", "--preset", "dev", "-B", str(tree), *options],
                    ["cmake", "--build", str(tree), "--", f"-j{jobs}", *targets]):
        run = subprocess.run(command, cwd=root, text=True, capture_output=True, check=False)
        if run.returncode != 0:
            raise SystemExit(f"mutate: {shlex.join(command)}\n{run.stdout[-3000:]}{run.stderr}")


@dataclass(frozen=True)
class Unit:
    """How a file of the engine is compiled."""

    file: str
    arguments: tuple[str, ...]


class Builder:
    """Compile and link commands of the baseline."""

    def __init__(self, root: Path, tree: Path) -> None:
        self.root, self.tree = root, tree
        self.units: dict[str, Unit] = {}
        for row in json.loads((tree / "compile_commands.json").read_text(encoding="utf-8")):
            file = Path(row["file"]).relative_to(root).as_posix() \
                if Path(row["file"]).is_relative_to(root) else ""
            if file.startswith("engine/"):
                words = [word for word in shlex.split(row["command"])
                         if not re.match(r"-(W|g)", word) or word.startswith("-Wl")]
                del words[words.index("-o"):words.index("-o") + 2]
                del words[words.index("-c"):words.index("-c") + 2]
                self.units[file] = Unit(file, tuple(words))
        self.links: dict[str, list[str]] = {}
        self.users = self._users()

    def _users(self) -> dict[str, list[str]]:
        """Header -> the engine files that include it, from ninja's own record."""
        text = subprocess.run(["ninja", "-C", str(self.tree), "-t", "deps"], text=True,
                              capture_output=True, check=True).stdout
        users: dict[str, list[str]] = {}
        for block in text.split("\n\n"):
            paths = [Path(line.strip()) for line in block.split("\n")[1:]]
            names = [path.relative_to(self.root).as_posix() for path in paths
                     if path.is_relative_to(self.root)]
            source = next((name for name in names if name in self.units), None)
            for name in names:
                if source is not None and name.endswith(".h"):
                    users.setdefault(name, []).append(source)
        return users

    def _link(self, program: str) -> list[str]:
        if program not in self.links:
            text = subprocess.run(["ninja", "-C", str(self.tree), "-t", "commands",
                                   f"bin/{program}"], text=True, capture_output=True,
                                  check=True).stdout
            words = shlex.split(text.strip().split("\n")[-1])
            self.links[program] = words[words.index("&&") + 1:len(words) - 2]
        return self.links[program]

    def objects(self, mutant: Mutant, place: Path) -> list[Path] | None:
        """The mutant's objects in `place`; None: it does not compile, and is no program."""
        overlay = place / "include"
        source = (self.root / mutant.file).read_text(encoding="utf-8")
        changed = overlay / Path(mutant.file).relative_to("engine")
        changed.parent.mkdir(parents=True, exist_ok=True)
        changed.write_text(mutant.applied(source), encoding="utf-8")
        files = ([mutant.file] if mutant.file.endswith(".c")
                 else sorted(set(self.users.get(mutant.file, []))))
        made = []
        for number, file in enumerate(files):
            path = changed if file == mutant.file else self.root / file
            made.append(place / f"{number}.o")
            compiler, *rest = self.units[file].arguments
            command = [compiler, f"-I{overlay}", *rest, "-w", "-O1", "-c", str(path), "-o",
                       str(made[-1])]
            run = subprocess.run(command, cwd=self.tree, capture_output=True, check=False,
                                 timeout=BUILD_SECONDS)
            if run.returncode != 0:
                return None
        return made

    def link(self, program: str, objects: list[Path], place: Path) -> Path:
        """The program with the mutant's objects."""
        words = list(self._link(program))
        words[words.index("-o") + 1] = str(place / program)
        first = next(index for index, word in enumerate(words) if word.endswith(".a"))
        words[first:first] = [str(path) for path in objects]
        if shutil.which("ld.gold"):
            words.append("-fuse-ld=gold")  # a third of the time
        subprocess.run(words, cwd=self.tree, capture_output=True, check=True,
                       timeout=BUILD_SECONDS)
        return place / program
