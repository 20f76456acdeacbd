"""The project's own rules about its text, each a function from a checkout to the list of its violations.

`scripts/check` runs all of them; tests/architecture proves that each one can fail.
"""

from __future__ import annotations

import ast
import functools
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from _toolbox import ROOT

MAX_LINES = 400
DERIVED = ("generated", "overlay/syncropel/_sync")
CODE_FOLDERS = ("overlay", "tests", "scripts", "examples", "benchmarks")
TEXT_SUFFIXES = {
    "",
    ".bash",
    ".cfg",
    ".ini",
    ".jinja",
    ".json",
    ".md",
    ".py",
    ".toml",
    ".txt",
    ".yaml",
    ".yml",
}

# Written as patterns that do not match themselves, because this file is checked too.
NOT_OURS = re.compile(
    r"(?<![\w.~-])/(?:work|root|opt/(?:pypi|wheels))/"
    r"|/home/(?!runner\b)[a-z]+/"
    r"|\bfarm-[a-z]+"
    r"|(?:files\.)?(?:pypi|pythonhosted)\.org"
    r"|registry\.npmjs"
)
PASSED_OVER = re.compile(r"pytest\.(?:skip|xfail|importorskip)\b|\bmark\.(?:skip|skipif|xfail)\b")
BOUNDED = re.compile(r"<|==|~=")


def files(root: Path) -> Iterator[Path]:
    """Yield the files of a checkout: what git tracks or would track, or every file when there is no git."""
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    listed = done.stdout.split("\0") if done.returncode == 0 and (root / ".git").exists() else None
    found = [root / name for name in listed if name] if listed is not None else sorted(root.rglob("*"))
    for path in found:
        if path.is_file() and "__pycache__" not in path.parts:
            yield path


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _is_python(path: Path) -> bool:
    if path.suffix:
        return path.suffix == ".py"
    with path.open("rb") as stream:
        first = stream.readline()
    return first.startswith(b"#!") and b"python" in first


def python_files(root: Path, *folders: str) -> Iterator[tuple[str, ast.Module, str]]:
    """Yield name, syntax tree and text of the hand-written Python files under some folders."""
    for path in files(root):
        name = _name(path, root)
        if not name.startswith(tuple(f"{folder}/" for folder in folders or CODE_FOLDERS)):
            continue
        if name.startswith(DERIVED) or not _is_python(path):
            continue
        text = path.read_text(encoding="utf-8")
        yield name, _tree(name, text), text


@functools.cache
def _tree(name: str, text: str) -> ast.Module:
    # Half of the checks want it, and parsing is most of what each of them does.
    return ast.parse(text, filename=name)


def dependency_bounds(root: Path) -> list[str]:
    """Every requirement has an upper bound: a release of tomorrow must not break an install of today."""
    try:
        import tomllib
    except ModuleNotFoundError:  # Python 3.10
        import tomli as tomllib  # type: ignore[import-not-found,no-redef]
    data: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    project = data["project"]
    groups = {
        "build-system": data["build-system"]["requires"],
        "dependencies": project.get("dependencies", []),
        **project.get("optional-dependencies", {}),
        **data.get("dependency-groups", {}),
    }
    return [
        f"pyproject.toml: {requirement!r} in {group!r} has no upper bound"
        for group, requirements in groups.items()
        for requirement in requirements
        if not requirement.startswith(f"{project['name']}[") and not BOUNDED.search(requirement)
    ]


def file_lengths(root: Path) -> list[str]:
    """No hand-written file is longer than 400 lines."""
    lengths = ((name, len(text.splitlines())) for name, _, text in python_files(root))
    return [f"{name}: {count} lines, {MAX_LINES} are allowed" for name, count in lengths if count > MAX_LINES]


def future_annotations(root: Path) -> list[str]:
    """Every module postpones its annotations, so that 3.13 syntax in them never breaks 3.10."""
    return [
        f"{name}: starts without `from __future__ import annotations`"
        for name, tree, _ in python_files(root)
        if any(not isinstance(node, ast.Expr) for node in tree.body)
        and not any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)
    ]


def _public(body: list[ast.stmt], where: str) -> Iterator[tuple[str, ast.AST]]:
    for node in body:
        if not isinstance(
            node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        ) or node.name.startswith("_"):
            continue
        marks = {ast.unparse(mark).split(".")[-1] for mark in node.decorator_list}
        if marks & {"overload", "setter", "deleter", "override"}:
            continue
        yield f"{where}{node.name}", node
        if isinstance(node, ast.ClassDef):
            yield from _public(node.body, f"{where}{node.name}.")


def public_docstrings(root: Path) -> list[str]:
    """Every public module, class, function and method of the package says what it means."""
    problems = []
    for name, tree, _ in python_files(root, "overlay"):
        if tree.body and not ast.get_docstring(tree):
            problems.append(f"{name}: the module has no docstring")
        problems += [
            f"{name}:{node.lineno}: {label} has no docstring"  # type: ignore[attr-defined]
            for label, node in _public(tree.body, "")
            if not ast.get_docstring(node)  # type: ignore[arg-type]
        ]
    return problems


def test_docstrings(root: Path) -> list[str]:
    """Every test states in a sentence the behaviour that it holds."""
    problems = []
    for name, tree, _ in python_files(root, "tests"):
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not node.name.startswith(
                "test_"
            ):
                continue
            said = (ast.get_docstring(node) or "").split("\n\n")[0].strip()
            if len(said.split()) < 4 or said[-1] not in ".!?":
                problems.append(f"{name}:{node.lineno}: {node.name} has no sentence that says what it holds")
    return problems


def sorted_exports(root: Path) -> list[str]:
    """Every `__all__` is sorted and names nothing twice."""
    problems = []
    for name, tree, _ in python_files(root, "overlay"):
        for node in tree.body:
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            if not (isinstance(target, ast.Name) and target.id == "__all__"):
                continue
            if not isinstance(node.value, ast.List | ast.Tuple):  # type: ignore[attr-defined]
                continue
            names = [element.value for element in node.value.elts if isinstance(element, ast.Constant)]  # type: ignore[attr-defined]
            if names != sorted(set(names)):
                problems.append(f"{name}:{node.lineno}: __all__ is not sorted, or names something twice")
    return problems


def foreign_paths(root: Path) -> list[str]:
    """No file names one developer's machine, its tools, or a package index."""
    problems = []
    for path in files(root):
        name = _name(path, root)
        if path.suffix not in TEXT_SUFFIXES or name.startswith("generated/"):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if match := NOT_OURS.search(line):
                problems.append(
                    f"{name}:{number}: {match.group()!r} belongs to one machine, not to the project"
                )
    return problems


def tests_passed_over(root: Path) -> list[str]:
    """No test is skipped or expected to fail."""
    return [
        f"{name}:{number}: a test is passed over"
        for name, _, text in python_files(root, "tests")
        for number, line in enumerate(text.splitlines(), 1)
        if PASSED_OVER.search(line)
    ]


def scripts_listed(root: Path) -> list[str]:
    """Every script has a row in scripts/README.md, and every row a script that can be executed."""
    listed = set(
        re.findall(r"^\| `scripts/(\w+)", (root / "scripts/README.md").read_text(encoding="utf-8"), re.M)
    )
    there = {
        path.name
        for path in files(root)
        if path.parent == root / "scripts" and not path.suffix and not path.name.startswith("_")
    }
    problems = [f"scripts/{name}: no row in scripts/README.md" for name in sorted(there - listed)]
    problems += [f"scripts/README.md: there is no scripts/{name}" for name in sorted(listed - there)]
    return problems + [
        f"scripts/{name}: is not executable"
        for name in sorted(there)
        if not (root / "scripts" / name).stat().st_mode & 0o100
    ]


def family_rooms(root: Path) -> list[str]:
    """Every tag of the contract has all the rooms of a service family (docs/architecture.md)."""
    routes = root / "generated/syncropel_generated/routes.json"
    tags = sorted({route["tag"] for route in json.loads(routes.read_text(encoding="utf-8"))})
    return [f"family {tag!r}: {lack}" for tag in tags for lack in _lacking(root, tag)]


def _lacking(root: Path, tag: str) -> Iterator[str]:
    rooms = {
        "the kernel": f"overlay/syncropel/kernel/services/{tag}.py",
        "tests of the kernel": f"tests/kernel/**/test_*{tag}*.py",
        "tests of the clients": f"tests/clients/**/test_*{tag}*.py",
        "conformance scenarios": f"tests/conformance/scenarios_{tag}.py",
        "a document": f"docs/services/{tag}.md",
    }
    for room, pattern in rooms.items():
        if not any(root.glob(pattern)):
            yield f"{room} is missing ({pattern})"
    package = root / "overlay/syncropel"
    modules = [*package.glob("_async/**/*.py"), *package.glob("transport/**/*.py")]
    # By the generated request of an operation, or by the route of one of several families, under its id.
    contract = json.loads((root / "generated/syncropel_generated/openapi.json").read_text(encoding="utf-8"))
    nodes = [node for path in contract["paths"].values() for node in path.values()]
    shared = [node["operationId"] for node in nodes if tag in node["tags"] and len(node["tags"]) > 1]
    ways = [f"syncropel_generated.api.{tag}", *(f'"{name}"' for name in shared)]
    texts = [module.read_text(encoding="utf-8") for module in modules]
    if not any(way in text for way in ways for text in texts):
        yield f"no client calls {' or '.join(ways)}"
    page = root / f"docs/services/{tag}.md"
    if page.is_file() and "```python" not in page.read_text(encoding="utf-8"):
        yield f"docs/services/{tag}.md has no runnable example"


CHECKS: dict[str, Callable[[Path], list[str]]] = {
    check.__name__: check
    for check in (
        dependency_bounds,
        file_lengths,
        future_annotations,
        public_docstrings,
        test_docstrings,
        sorted_exports,
        foreign_paths,
        tests_passed_over,
        scripts_listed,
        family_rooms,
    )
}


def main() -> int:
    """Run every check over this checkout, or the ones that are named, and return 1 if anything was found."""
    problems = [problem for name in sys.argv[1:] or CHECKS for problem in CHECKS[name](ROOT)]
    for problem in problems:
        print(problem)
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
