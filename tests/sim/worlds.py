"""fen_sim from Python: seeds, mutants, and what a world's events and ledger were."""

from __future__ import annotations

import os
import subprocess
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
JOBS = len(os.sched_getaffinity(0))
CHUNK = 50  # seeds of one run: a failure of one ends the run


@dataclass
class Mutant:
    """A mistake of mutants.toml."""

    name: str
    what: str
    seeds: int


def mutants() -> list[Mutant]:
    """All of them."""
    with (HERE / "mutants.toml").open("rb") as file:
        table = tomllib.load(file)["mutant"]
    return [Mutant(one["name"], one["what"], one["seeds"]) for one in table]


def program() -> Path:
    """The simulation: $FEN_SIM, else that of the preset dev."""
    path = Path(os.environ.get("FEN_SIM", ROOT / "build" / "dev" / "bin" / "fen_sim"))
    if not os.access(path, os.X_OK):
        raise FileNotFoundError(f"{path}: build it with cmake --build --preset dev")
    return path


def is_sanitized() -> bool:
    """Whether it is built with AddressSanitizer and UBSan."""
    return b"__asan_init" in program().read_bytes()


def run(*arguments: str) -> tuple[bool, str]:
    """Whether nothing failed, and the last thing that was said."""
    done = subprocess.run([str(program()), *arguments], capture_output=True, text=True,
                          check=False)
    if done.returncode not in (0, 1):
        return False, f"ended with {done.returncode}: {done.stdout}{done.stderr}"
    return done.returncode == 0, (done.stdout + done.stderr).strip()


def failures(first: int, count: int) -> list[str]:
    """What fails in so many seeds, on all processors."""
    starts = range(first, first + count, CHUNK)
    with ThreadPoolExecutor(JOBS) as pool:
        ends = pool.map(lambda at: run("--seed", str(at), "--seeds",
                                       str(min(CHUNK, first + count - at))), starts)
        return [said for is_good, said in ends if not is_good]


def catch(mutant: Mutant, first: int = 1) -> str:
    """How a mutant is caught; '' when it is not."""
    is_good, said = run("--mutant", mutant.name, "--seed", str(first), "--seeds",
                        str(mutant.seeds))
    lines = [line for line in said.splitlines() if line.startswith("seed ")]
    return "" if is_good else (lines[0] if lines else said)
