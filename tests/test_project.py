"""What holds for the whole project: locks, licences, sizes, imports, docstrings."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import dev

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "orebook"
MODULES = sorted(PACKAGE.rglob("*.py"))

MAX_MODULE_LINES = 600
MAX_FUNCTION_LINES = 80

#: Modules that `orebook --help` must not pay for.
HEAVY = {
    "clarabel",
    "duckdb",
    "highspy",
    "jinja2",
    "networkx",
    "openpyxl",
    "pandas",
    "pg8000",
    "pint",
    "pydantic",
    "scipy",
    "sqlalchemy",
}

#: Licences that let anyone use, change and sell what contains the code.
PERMISSIVE = {
    "0BSD",
    "APACHE 2.0",
    "APACHE LICENSE 2.0",
    "APACHE SOFTWARE LICENSE",
    "APACHE-2.0",
    "BSD",
    "BSD LICENSE",
    "BSD-2-CLAUSE",
    "BSD-3-CLAUSE",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT LICENSE",
    "MIT NO ATTRIBUTION LICENSE (MIT-0)",
    "MIT-0",
    "PSF-2.0",
    "PYTHON SOFTWARE FOUNDATION LICENSE",
    "ZLIB",
}

#: Modules that come as an inseparable part of a declared package.
PARTS = {"pydantic_core"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def pyproject() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def declared() -> list[Requirement]:
    project = pyproject()["project"]
    assert isinstance(project, dict)
    return [Requirement(text) for text in project["dependencies"]]


def syntax(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


# ---------------------------------------------------------------------- lock files


@pytest.mark.parametrize("path", dev.lock_files(), ids=lambda path: path.name)
def test_requirement_files_name_no_host(path: Path) -> None:
    assert dev.host_lines(path) == []


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://packages.example/simple",
        "# from http://10.0.0.1/simple",
        "numpy @ git+ssh://git.example/numpy",
        "    # via mirror.example.com",
        "--trusted-host mirror",
    ],
)
def test_a_host_would_be_noticed(tmp_path: Path, line: str) -> None:
    path = tmp_path / "run.lock"
    path.write_text(f"numpy==2.0.0\n{line}\n", encoding="utf-8")
    assert dev.host_lines(path) == [f"run.lock:2: {line.strip()}"]


@pytest.mark.parametrize("name", ["tool", *dev.GROUPS])
def test_every_locked_package_has_a_hash(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    bare = [b.split()[0] for b in blocks if "==" in b and "--hash=sha256:" not in b]
    assert bare == []


def locked(name: str) -> set[str]:
    """Return the ``name==version ; marker`` lines of a lock file."""
    text = (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")
    return {line.rstrip(" \\") for line in text.splitlines() if re.match(r"\w", line)}


@pytest.mark.parametrize("larger", ["test", "bench"])
def test_larger_locks_contain_what_the_product_runs_on(larger: str) -> None:
    names = {line.split(" ;")[0] for line in locked("run")}
    assert names <= {line.split(" ;")[0] for line in locked(larger)}


def test_run_requirements_are_the_declared_ones() -> None:
    lines = (ROOT / "requirements" / "run.in").read_text(encoding="utf-8").splitlines()
    listed = {line for line in lines if line and not line.startswith("#")}
    backend = {line for line in listed if line.startswith("flit-core")}
    assert listed - backend == {str(requirement) for requirement in declared()}
    assert backend, "the build backend must be locked with the rest"


# ------------------------------------------------------------------------ licences


def runtime_distributions() -> list[str]:
    """Return every distribution the product needs here, in any depth."""
    waiting = [requirement.name for requirement in declared()]
    found: set[str] = set()
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in found:
            continue
        found.add(name)
        needs = [Requirement(text) for text in metadata.requires(name) or ()]
        waiting += [
            need.name
            for need in needs
            if need.marker is None or need.marker.evaluate({"extra": ""})
        ]
    return sorted(found)


def licence_names(fields: metadata.PackageMetadata) -> list[str]:
    """Return the licences a distribution states, best-defined field first."""
    expression = fields.get("License-Expression")
    if expression:
        return re.split(r"\s+(?:AND|OR)\s+", expression.strip("()"))
    classifiers = fields.get_all("Classifier") or []
    stated = [
        text.rsplit(" :: ", 1)[-1]
        for text in classifiers
        if text.startswith("License ::") and not text.endswith("OSI Approved")
    ]
    return stated or [(fields.get("License") or "not stated").splitlines()[0]]


def unwanted_licences(fields: metadata.PackageMetadata) -> list[str]:
    """Return the licences of a distribution that are not on the allow list."""
    return [
        n for n in licence_names(fields) if n.strip("() ").upper() not in PERMISSIVE
    ]


@pytest.mark.parametrize("name", runtime_distributions())
def test_runtime_dependency_is_permissive(name: str) -> None:
    assert unwanted_licences(metadata.metadata(name)) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("License-Expression", "MIT AND GPL-3.0-or-later"),
        ("License", "LGPL"),
        ("Classifier", "License :: OSI Approved :: GNU General Public License (GPL)"),
        ("Summary", "states no licence"),
    ],
)
def test_a_licence_with_conditions_would_be_noticed(field: str, value: str) -> None:
    assert unwanted_licences(_fields(field, value)) != []


def _fields(field: str, value: str) -> metadata.PackageMetadata:
    from email.message import Message

    message = Message()
    message[field] = value
    return message  # type: ignore[return-value]  # the same mapping interface


# ------------------------------------------------------------------ size and shape


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def length(node: Function) -> int:
    """Return the lines of a function without decorators and docstring."""
    body = node.body[1:] if ast.get_docstring(node) and node.body[1:] else node.body
    return (node.end_lineno or node.lineno) - body[0].lineno + 1


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_module_is_of_readable_size(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MAX_MODULE_LINES, "split it by concept"
    long = {f.name: length(f) for f in functions(syntax(path))}
    assert {n: k for n, k in long.items() if k > MAX_FUNCTION_LINES} == {}


def public_without_docstring(tree: ast.Module) -> list[str]:
    """Return public functions, classes and methods that have no docstring."""
    missing = [] if ast.get_docstring(tree) else ["(module)"]
    waiting: list[tuple[str, ast.AST]] = [("", tree)]
    while waiting:
        prefix, parent = waiting.pop()
        for node in ast.iter_child_nodes(parent):
            if not isinstance(node, Function | ast.ClassDef):
                continue
            if node.name.startswith("_") or _is_overload(node):
                continue
            if not ast.get_docstring(node):
                missing.append(prefix + node.name)
            if isinstance(node, ast.ClassDef) and not _is_protocol(node):
                waiting.append((f"{prefix}{node.name}.", node))
    return missing


def _is_protocol(node: ast.ClassDef) -> bool:
    """Say whether a class only describes calls that are documented elsewhere."""
    return any(ast.unparse(base).startswith("Protocol") for base in node.bases)


def _is_overload(node: Function | ast.ClassDef) -> bool:
    names = {ast.unparse(item).rsplit(".", 1)[-1] for item in node.decorator_list}
    return bool(names & {"overload", "setter", "override"})


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_everything_public_is_documented(path: Path) -> None:
    assert public_without_docstring(syntax(path)) == []


def test_a_missing_docstring_would_be_noticed() -> None:
    tree = ast.parse('"""M."""\nclass A:\n    """A."""\n    def b(self): ...\n')
    assert public_without_docstring(tree) == ["A.b"]


# ------------------------------------------------------------------------- imports


def imported_roots(path: Path) -> set[str]:
    """Return the first name of every absolute import of a module."""
    roots: set[str] = set()
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{relative(path)}:{node.lineno} imports relatively"
            roots.add((node.module or "").split(".")[0])
    return roots


def extras() -> list[Requirement]:
    """Return what the optional extras need."""
    project = pyproject()["project"]
    assert isinstance(project, dict)
    groups = project["optional-dependencies"].values()
    return [Requirement(text) for group in groups for text in group]


def test_only_declared_packages_are_imported() -> None:
    owners = metadata.packages_distributions()
    needed = [*declared(), *extras()]
    names = {canonicalize_name(requirement.name) for requirement in needed}
    known = {"orebook", *PARTS, *sys.stdlib_module_names}
    undeclared = {
        f"{relative(path)} imports {root}"
        for path in MODULES
        for root in imported_roots(path) - known
        if not names & {canonicalize_name(owner) for owner in owners.get(root, [])}
    }
    assert undeclared == set()


def loaded_by(statement: str) -> set[str]:
    """Return the top-level modules a fresh interpreter loads for a statement."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", statement],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    names = (line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines())
    return {name.split(".")[0] for name in names}


def test_help_does_not_load_the_computing_libraries() -> None:
    loaded = loaded_by("import orebook.cli")
    assert "orebook" in loaded
    assert loaded & HEAVY == set()


def test_a_heavy_import_would_be_noticed() -> None:
    assert "pint" in loaded_by("import pint")


def test_version_is_stated_once() -> None:
    import orebook

    project = pyproject()["project"]
    assert isinstance(project, dict)
    assert project["version"] == orebook.__version__
