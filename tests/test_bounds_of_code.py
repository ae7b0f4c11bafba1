"""No file, function or line of the program is longer than a reader can take in."""

import ast
from collections.abc import Iterator
from pathlib import Path

import reintegrate_cli

ROOT = Path(reintegrate_cli.__file__).parent
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_LINE = 450, 45, 100


def too_long(text: str) -> Iterator[str]:
    """Yield what is too long in the text of a file, each with its length."""
    lines = text.splitlines()
    if len(lines) > LONGEST_FILE:
        yield f"{len(lines)} lines"
    for number, line in enumerate(lines, start=1):
        if len(line) > LONGEST_LINE:
            yield f"line {number}: {len(line)} characters"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{node.name}: {length} lines"


def test_files_functions_and_lines_are_short() -> None:
    files = {path: path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py")}
    assert len(files) > 200
    assert {path: faults for path, text in files.items() if (faults := [*too_long(text)])} == {}


def test_the_bounds_are_those_of_the_last_line_that_is_allowed() -> None:
    function = "def f() -> None:\n" + "    pass\n" * (LONGEST_FUNCTION - 1)
    wide = "#" * LONGEST_LINE + "\n"
    text = function + wide + "\n" * (LONGEST_FILE - LONGEST_FUNCTION - 1)
    assert [*too_long(text)] == []
    assert [*too_long(text + "\n")] == ["451 lines"]
    assert [*too_long(f"#{wide}")] == ["line 1: 101 characters"]
    assert [*too_long(f"{function}    pass\n")] == ["f: 46 lines"]
