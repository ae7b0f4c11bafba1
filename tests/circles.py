"""Which modules of the program import each other in a circle, however the import is hidden.

Imports below ``TYPE_CHECKING`` and inside functions count as well: they only hide that two modules
cannot be understood apart. Run as a script, this prints every circle there is.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = "reintegrate_cli"
ROOT = Path(__file__).parents[1] / "src" / PACKAGE


def modules() -> dict[str, Path]:
    """Name every module of the program, with its file."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = [PACKAGE, *path.relative_to(ROOT).with_suffix("").parts]
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """Yield the modules of the program that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in known else str(node.module)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)


def circles() -> list[list[str]]:
    """List the groups of modules that reach each other (Tarjan's algorithm)."""
    known = modules()
    graph = {name: sorted(set(imports(path, known)) - {name}) for name, path in known.items()}
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in graph[name]:
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(group) > 1:
                found.append(sorted(group))

    for name in graph:
        if name not in index:
            visit(name)
    return found


if __name__ == "__main__":
    for group in circles():
        print(len(group), *group, sep="\n  ")  # noqa: T201
