"""No two modules need each other, and names of modules become modules in one place."""

import ast

from circles import PACKAGE, circles, imports, modules


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert [sorted(circle) for circle in circles()] == []


def test_an_import_counts_wherever_it_stands() -> None:
    known = modules()
    hidden = set(imports(known["reintegrate_cli.core.loading"], known))
    lazy = set(imports(known["reintegrate_cli.nouns.release.verbs"], known))
    assert hidden == set()
    assert "reintegrate_cli.nouns.disclosure.log" in lazy  # inside a function
    assert "reintegrate_cli.kept.store" in lazy  # below TYPE_CHECKING


def test_one_file_makes_names_of_modules_into_modules() -> None:
    """What others load by name is not ours: a part of Rich or Typer that moves about."""
    elsewhere = {
        (name, text.value)
        for name, path in modules().items()
        if "import_module(" in (source := path.read_text(encoding="utf-8"))
        for text in ast.walk(ast.parse(source))
        if isinstance(text, ast.Constant) and str(text.value).startswith(PACKAGE)
    }
    assert {name for name, _ in elsewhere} == {f"{PACKAGE}.core.loading"}
