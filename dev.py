"""Commands for working on orebook; the Makefile calls this file, Windows users run it.

Standard library only: it runs before anything is installed. It makes ``.venv`` next to
itself from the hashed lock files in ``requirements/`` and repeats nothing already done.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
BUILD = ROOT / "build"
REQUIREMENTS = ROOT / "requirements"
MINIMUM = (3, 11)

DEMO_BOOK = "guangxi"
DEMO_PERIOD = "2026-05"

#: Groups of packages, each locked in its own file; test and bench contain run.
GROUPS = ("run", "test", "bench")
#: What a lock file must not hold: an address, an index option, a host name.
HOST_PATTERN = re.compile(
    r"://|--(?:extra-)?index-url|--find-links|--trusted-host"
    r"|\b[a-z0-9-]+\.(?:org|com|net|io|dev|cn|info)\b",
    re.IGNORECASE,
)
#: An address a built page would fetch by itself (a plain link to click is fine).
FETCH_PATTERN = re.compile(
    r"<(?:script|img|iframe|link)\b[^>]*\b(?:src|href)=[\"']?(?:https?:)?//[^\"'> ]+"
)
#: One thread per process: tests run side by side, and results stay repeatable.
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
)
REMOVABLE = (".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis")
REMOVABLE_OUTPUT = ("build", "dist", ".import_linter_cache")


def say(text: str) -> None:
    """Write one line for the person at the terminal, at once."""
    print(f"orebook: {text}", flush=True)


def stop(text: str) -> SystemExit:
    """Return the exit that shows a message and sets exit status 1."""
    return SystemExit(f"orebook: {text}")


# ---------------------------------------------------------------- the environment


def check_python() -> None:
    """Stop with a clear message where this Python cannot make the environment."""
    if sys.version_info < MINIMUM:
        names = (f"python3.{minor}" for minor in range(15, MINIMUM[1] - 1, -1))
        newer = next((name for name in names if shutil.which(name)), None)
        remedy = (
            f"use the one found here: make PYTHON={newer}"
            if newer
            else "install a newer one and name it: make PYTHON=/path/to/python3"
        )
        version = ".".join(map(str, sys.version_info[:3]))
        raise stop(f"needs Python 3.11 or newer, this is {version}; {remedy}")
    try:
        import ensurepip  # noqa: F401  Debian packs it apart from python3
        import venv  # noqa: F401
    except ImportError:
        package = f"python3.{sys.version_info[1]}-venv"
        raise stop(
            f"this Python cannot make environments (no ensurepip); "
            f"install it first, on Debian and Ubuntu: apt install {package}"
        ) from None


def tool(name: str) -> str:
    """Return the path of a program inside the environment."""
    return str(BIN / (f"{name}.exe" if os.name == "nt" else name))


def succeeds(command: Sequence[str]) -> bool:
    """Run quietly; say whether the exit status was 0."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def run(command: Sequence[str], env: dict[str, str] | None = None) -> None:
    """Run a command in the project folder; leave with its status when it fails."""
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **(env or {})})
    if done.returncode:
        raise SystemExit(done.returncode)


def make_environment() -> None:
    """Make ``.venv``, or make it anew when its Python no longer runs."""
    if succeeds([tool("python"), "-c", "import pip"]):
        return
    check_python()
    say(f"making .venv with Python {'.'.join(map(str, sys.version_info[:3]))}")
    run([sys.executable, "-m", "venv", "--clear", str(VENV)])


def pip_install(*arguments: str) -> list[str]:
    """Return a pip command line for the environment."""
    quiet = ("--quiet", "--disable-pip-version-check")
    return [tool("python"), "-m", "pip", "install", *quiet, *arguments]


def has_uv() -> bool:
    """Put uv into the environment if that can be done; say whether it is there."""
    if succeeds([tool("uv"), "--version"]):
        return True
    lock = str(REQUIREMENTS / "tool.lock")
    return succeeds(pip_install("--require-hashes", "--retries", "1", "-r", lock))


def install_lock(lock: Path) -> None:
    """Install a lock file, every file checked by its hash; uv first, pip otherwise."""
    say(f"installing {lock.relative_to(ROOT).as_posix()}")
    uv = [tool("uv"), "pip", "install", "--quiet", "--require-hashes"]
    place = ["--python", tool("python"), "-r", str(lock)]
    if has_uv() and succeeds([*uv, *place]):
        return
    say("uv is not to be had here; using pip, which takes longer")
    run(pip_install("--require-hashes", "-r", str(lock)))


def install_project() -> None:
    """Install orebook itself, editable, without network (its backend is locked)."""
    offline = ("--no-deps", "--no-index", "--no-build-isolation")
    run(pip_install(*offline, "--editable", str(ROOT)))


def fingerprint(lock: Path) -> str:
    """Return a hash that changes when the group must be installed again."""
    parts = (lock.read_bytes(), (ROOT / "pyproject.toml").read_bytes())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def prepare(group: str) -> None:
    """Have the environment hold a group of packages; do nothing when it does."""
    make_environment()
    lock = REQUIREMENTS / f"{group}.lock"
    stamp = VENV / f".orebook-{group}"
    wanted = fingerprint(lock)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    began = time.monotonic()
    install_lock(lock)
    install_project()
    stamp.write_text(wanted)
    if group != "run":
        (VENV / ".orebook-run").write_text(fingerprint(REQUIREMENTS / "run.lock"))
    say(f"environment ready in {time.monotonic() - began:.0f} s")


# ------------------------------------------------------------------- the commands


def demo(arguments: Sequence[str]) -> None:
    """Run one month of the example group and write its report."""
    prepare("run")
    source = ROOT / "examples" / DEMO_BOOK
    if not source.is_dir():
        raise stop(f"the example book {source} is missing; get a complete copy")
    scratch = BUILD / "demo"
    book, report = scratch / DEMO_BOOK, scratch / "report"
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(source, book, ignore=shutil.ignore_patterns(".orebook"))
    for command in demo_commands(book, report):
        shown = " ".join(
            Path(part).name if part == command[0] else part for part in command
        )
        say(shown)
        run([*command, *arguments])
    pages = sorted(report.rglob("index.html")) or sorted(report.rglob("*.html"))
    say("done")
    say(f"look at  {pages[0] if pages else report}")
    say(f"the book {book} (a copy: change it and run the commands above again)")


def demo_commands(book: Path, report: Path) -> list[list[str]]:
    """Return the command lines of the demo, in order."""
    where = [os.path.relpath(path, ROOT) for path in (book, report)]
    orebook = tool("orebook")
    return [
        [orebook, "run", where[0], DEMO_PERIOD],
        [orebook, "report", where[0], DEMO_PERIOD, "--out", where[1]],
    ]


def test(arguments: Sequence[str]) -> None:
    """Run the fast tests and doctests; all of them with the coverage gate."""
    prepare("test")
    pytest = [tool("python"), "-m", "pytest", "-q"]
    everything = ["-n", "2", "--dist", "loadfile", "--doctest-modules"]
    gate = ["--cov", "--cov-report", "term:skip-covered", "orebook", "tests"]
    run([*pytest, *(arguments or [*everything, *gate])], env=ONE_THREAD)


def slow(arguments: Sequence[str]) -> None:
    """Run the tests marked slow."""
    prepare("test")
    files = [
        str(path)
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        if "mark.slow" in path.read_text(encoding="utf-8")
    ]
    if not files:
        say("no test is marked slow")
        return
    pytest = [tool("python"), "-m", "pytest", "-q", "-n", "2", "-m", "slow"]
    run([*pytest, *files, *arguments], env=ONE_THREAD)


def lint(arguments: Sequence[str]) -> None:
    """Check style and format, and that the change notes can be built."""
    prepare("test")
    run([tool("ruff"), "check", *arguments, "."])
    run([tool("ruff"), "format", "--check", "."])
    draft = ["build", "--draft", "--version", "next"]
    if not succeeds([tool("towncrier"), *draft]):
        raise stop("changes/ does not build; see changes/README.md for the file names")


def types(arguments: Sequence[str]) -> None:
    """Check the types of the package, strictly."""
    prepare("test")
    run([tool("mypy"), *arguments])


def layers(arguments: Sequence[str]) -> None:
    """Check that each room imports only from the rooms below it."""
    prepare("test")
    run([tool("lint-imports"), *arguments])


def bench(arguments: Sequence[str]) -> None:
    """Race against other programs; --smoke for a short run of each race."""
    prepare("bench")
    folder = ROOT / "benchmarks"
    races = [p for p in sorted(folder.glob("*.py")) if not p.name.startswith("_")]
    if not races:
        say("no race in benchmarks/")
    for race in races:
        say(f"race {race.stem}")
        run([tool("python"), str(race), *arguments], env=ONE_THREAD)


def docs(arguments: Sequence[str]) -> None:
    """Build the documentation into build/site; any warning fails."""
    prepare("test")
    site = BUILD / "site"
    build = [tool("mkdocs"), "build", "--strict", "--quiet", "--site-dir", str(site)]
    run([*build, *arguments], env={"NO_MKDOCS_2_WARNING": "1"})
    foreign = sorted(foreign_fetches(site.rglob("*.html")))
    if foreign:
        listed = "\n  ".join(foreign)
        raise stop(f"pages must not fetch from elsewhere, but these do:\n  {listed}")
    say(f"documentation in {site}")


def foreign_fetches(pages: Iterable[Path]) -> set[str]:
    """Return every tag in the pages that would fetch from another machine."""
    found: set[str] = set()
    for page in pages:
        found.update(FETCH_PATTERN.findall(page.read_text(encoding="utf-8")))
    return found


def lock(arguments: Sequence[str]) -> None:
    """Write the lock files anew; --upgrade also takes newer versions."""
    make_environment()
    if not has_uv():
        raise stop("uv is needed to write lock files and cannot be installed here")
    options = ["--universal", "--python-version", "3.11", "--generate-hashes"]
    options += ["--no-emit-index-url", "--no-emit-find-links", "--no-header", "-q"]
    known: list[str] = []
    for name in ("tool", *GROUPS):
        target = f"requirements/{name}.lock"
        compile_ = [tool("uv"), "pip", "compile", *options, *arguments, *known]
        run([*compile_, f"requirements/{name}.in", "-o", target])
        if name in GROUPS:
            known += ["-c", target]
    locks(())


def locks(arguments: Sequence[str]) -> None:
    """Check that no lock file names a host."""
    found = [line for path in lock_files() for line in host_lines(path)]
    if found:
        listed = "\n  ".join(found)
        raise stop(
            f"lock files must name no host; write them by make lock:\n  {listed}"
        )
    say(f"{len(lock_files())} requirement files name no host")


def lock_files() -> list[Path]:
    """Return all requirement and lock files."""
    return sorted(p for p in REQUIREMENTS.iterdir() if p.suffix in {".in", ".lock"})


def host_lines(path: Path) -> list[str]:
    """Return ``file:line: text`` for each line of a file that names a host."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [
        f"{path.name}:{number}: {line.strip()}"
        for number, line in enumerate(lines, start=1)
        if HOST_PATTERN.search(line)
    ]


def clean(arguments: Sequence[str]) -> None:
    """Remove what was built; --all removes .venv too."""
    targets = [ROOT / name for name in (*REMOVABLE, *REMOVABLE_OUTPUT)]
    for folder in ("orebook", "tests", "benchmarks"):
        targets += (ROOT / folder).rglob("__pycache__")
    if "--all" in arguments:
        targets.append(VENV)
    for target in targets:
        if target.is_dir():
            shutil.rmtree(target, ignore_errors=True)
        else:
            target.unlink(missing_ok=True)


def show_help(arguments: Sequence[str]) -> None:
    """Show this list."""
    print("usage: make TARGET [ARGS=...]   or   python dev.py TARGET [...]\n")
    for name, command in COMMANDS.items():
        print(f"  {name:<8} {(command.__doc__ or '').splitlines()[0]}")


COMMANDS: dict[str, Callable[[Sequence[str]], None]] = {
    "demo": demo,
    "test": test,
    "lint": lint,
    "types": types,
    "layers": layers,
    "slow": slow,
    "bench": bench,
    "docs": docs,
    "lock": lock,
    "locks": locks,
    "clean": clean,
    "help": show_help,
}


def main(arguments: Sequence[str]) -> None:
    """Run the command named first."""
    name, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    if name not in COMMANDS:
        raise stop(f"no command {name!r}; there are: {', '.join(COMMANDS)}")
    check_python()
    try:
        COMMANDS[name](rest)
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main(sys.argv[1:])
