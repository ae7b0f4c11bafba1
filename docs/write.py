"""Write the pages that follow from the source: run this after a record or the catalogue changes.

``docs/records.md`` says what is kept, and who may see it; the table of tables in
``docs/vault-format.md`` says where it lies; ``docs/reintegrate.1`` is the man page.
``tests/test_docs.py`` compares them with the source. What commands show on the other pages is
written by ``docs/screens.py``.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import reintegrate_cli
from man_page import man_page
from reintegrate_cli import catalogue
from reintegrate_cli.catalogue import BY_REF, BY_SLUG, BY_UID, IN_CASE, NOUNS, ONE_IN_CASE
from reintegrate_cli.core.loading import load
from reintegrate_cli.core.records import TOLD, WORK, Record, Value, defaults_of, fields_of, is_form

ABSENT = "; may be absent"
DOCS = Path(__file__).parent
SOURCE = Path(reintegrate_cli.__file__).parent
RULE = re.compile(r"[A-Z][0-9]{1,2}")
WORDS = {str: "text", int: "number", bool: "yes or no", date: "date", Any: "any"}

HEAD = """# What is kept

Written by `python docs/write.py` from `src/reintegrate_cli/catalogue` and the records of each
noun; `tests/test_docs.py` fails when it is out of date.

Every field has a class that says who may see it:

| class | what | where it shows |
|---|---|---|
| public | states, days, kinds | in every output |
| ref | codes that point to a case, a partner or a person | in lists and JSON; not in a mail or a calendar |
| private | what somebody wrote | inside one case: `case show`, and the record's own verb |
| secret | identity and ways to reach a student | by the few verbs that are made for it, such as `case reveal` |
| sealed | code words | never: it is compared, and not shown |

A field with *may be absent* can be left out or empty. Every record also has `entered_at` (public)
and `entered_by` (ref): when it was typed, and who typed it, beside the day on which it happened.
"""
DECISIONS = """# Decisions

Half a page each: what was decided about the program, and what spoke against it. Written by
`python docs/write.py`.
"""
KEYS = {
    IN_CASE: "a case has any number of them",
    ONE_IN_CASE: "a case has one",
    BY_REF: "found by its ref, such as `HX4T`",
    BY_SLUG: "found by its slug",
    BY_UID: "found by its UID",
}
GROUPS = {
    "full": "a full key alone opens it",
    "history": "a reviewer's key opens it, too",
    "reminder": "cron's key opens it, too",
}
ARCHIVED = {
    "record": "an archive takes it along",
    "forever": "an archive takes it along, and only adds to it",
    "chained": "an archive takes it along, and nothing writes over it",
    "history": "an archive takes it along under new numbers",
    "machine": "it stays on this machine",
    "never": "it is worked out again from the records",
}


def records_page() -> str:
    """Return the page on all that is kept."""
    rows = "".join(
        f"| [{noun.name}](#{noun.name}) | {noun.help} | {', '.join(one.name for one in noun.tables)} |\n"
        for noun in NOUNS
        if noun.tables
    )
    parts = [HEAD, f"| noun | what | tables |\n|---|---|---|\n{rows}"]
    for noun in NOUNS:
        if noun.tables:
            parts.append(f"## {noun.name}\n\n{noun.help}\n")
            parts += (_table(table) for table in noun.tables)
            parts += _rules(_files(noun))
    parts += ["## Rules of every noun\n", *_rules(_shared_files())]
    return "\n".join(parts)


def _table(table: catalogue.Table) -> str:
    """Describe a table, its class and all of its fields."""
    if not table.kind:
        return f"### `{table.name}`\n\nRows without a class.\n\n{_facts(table)}"
    kind = getattr(load(catalogue.module_of(table.name)), table.kind)
    inner = "".join(
        f"\n#### `{one.__name__}`\n\n{_told(one)}\n\n{_fields(one)}" for one in _inside(kind)
    )
    return (
        f"### `{table.name}`: {table.kind}\n\n{_told(kind)}\n\n{_facts(table)}\n"
        f"{_fields(kind)}{inner}"
    )


def _told(kind: type) -> str:
    """Return what a class says of itself, its arguments as a list."""
    text, _, _ = inspect.cleandoc(kind.__doc__ or "").partition("\nRaises:")
    text = re.sub(r"^    (\w+): ", r"- `\1`: ", text.replace("\nArgs:\n", "\n"), flags=re.M)
    return text.strip().replace("``", "`")


def _facts(table: catalogue.Table) -> str:
    """Say what the catalogue has on a table."""
    noun = catalogue.BY_NAME[catalogue.NOUN_OF[table.name]]
    found = KEYS.get(table.key, "")
    facts = [found] if found else []
    if table.id:
        facts.append(f"ids are `{table.id}1`, `{table.id}2`")
    if table.case_field:
        facts.append(f"`{table.case_field}` names its case, and it goes when that is purged")
    if table.shared_by:
        facts.append(f"`{table.shared_by}` names its cases, and loses one that is purged")
    if table.dated:
        rows = ", ".join(f"`{row.kind}` ({row.sort})" for row in noun.rows)
        facts.append(f"the agenda works out dates from it; rows of its noun: {rows}")
    if table.grounds:
        facts.append("the dates of check-ins follow from it")
    if catalogue.tells(table.name):
        kinds = ", ".join(f"`{kind}`" for kind in catalogue.tells(table.name))
        facts.append(f"the timeline tells it as {kinds}")
    if table.told_as:
        facts.append(f"a release for `{table.told_as}` lets what is marked below be told")
    if not table.searched:
        facts.append("`find` does not look into it")
    if table.retained:
        since = f", from `{table.retained_from}` on" if table.retained_from else ""
        facts.append(f"the retention schedule counts it as `{table.retained}`{since}")
    facts += [GROUPS[table.group], ARCHIVED[table.archived]]
    return "".join(f"- {fact}\n" for fact in facts)


def _fields(kind: type) -> str:
    """List the fields of a class."""
    defaults = defaults_of(kind)
    shared = {spec.name for spec in fields_of(Record)} if issubclass(kind, Record) else set()
    lines = ["| field | what it takes | class |", "|---|---|---|"]
    for spec in fields_of(kind):
        if spec.name in shared:
            continue
        what = _type(spec.type)
        if spec.name in defaults:
            what += _left_out(defaults[spec.name])
        if WORK in spec.notes:
            what += "; who has something to do"
        if TOLD in spec.notes:
            what += "; may be told"
        lines.append(f"| `{spec.key}` | {what} | {spec.sensitivity.name.lower()} |")
    return "\n".join(lines) + "\n"


def _left_out(default: Any) -> str:
    """Say what holds where a field is left out."""
    if isinstance(default, bool):
        return "; yes if left out" if default else ""
    return f"; `{default}` if left out" if isinstance(default, str | int) and default else ABSENT


def _type(kind: Any) -> str:
    """Say what a type takes, in words."""
    if get_origin(kind) in (Union, UnionType):
        return " or ".join(_type(part) for part in get_args(kind) if part is not NoneType)
    if get_origin(kind) is Literal:
        return ", ".join(f"`{word}`" for word in get_args(kind))
    if get_origin(kind) is tuple:
        return f"any number of: {_type(get_args(kind)[0])}"
    if get_origin(kind) is dict:
        return "an object"
    if is_form(kind):
        return f"`{kind.__name__}`"
    return WORDS.get(kind) or re.sub(r"\B([A-Z])", r" \1", kind.__name__).lower()


def _inside(kind: type) -> list[type]:
    """List the classes that stand inside of another, in the order of its fields."""
    found: list[type] = []
    for spec in fields_of(kind):
        for part in _parts(spec.type):
            if is_form(part) and issubclass(part, Value) and part not in found:
                found += [part, *(one for one in _inside(part) if one not in found)]
    return found


def _parts(kind: Any) -> Iterator[Any]:
    yield kind
    for part in get_args(kind):
        yield from _parts(part)


def _files(noun: catalogue.Noun) -> list[Path]:
    folder = SOURCE / "nouns" / noun.name
    if folder.is_dir():
        return sorted(folder.glob("*.py"))
    return [SOURCE / f"{noun.record.replace('.', '/')}.py"]


def _shared_files() -> list[Path]:
    """List the files that belong to no noun."""
    own = {path for noun in NOUNS if noun.tables for path in _files(noun)}
    return [path for path in sorted(SOURCE.rglob("*.py")) if path not in own]


def _rules(paths: list[Path]) -> list[str]:
    """List the rules by which files refuse, each with the sentences that say so."""
    told: dict[str, list[str]] = {}
    where: dict[str, str] = {}
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for rule, sentence in _refusals(node, of_a_noun="nouns" in path.parts):
                where.setdefault(rule, path.name)
                known = told.setdefault(rule, [])
                if sentence and sentence not in known:
                    known.append(sentence)
    if not told:
        return []
    rows = [
        f"| {rule} | {'<br>'.join(told[rule]) or f'see `{where[rule]}`'} |"
        for rule in sorted(told, key=lambda rule: (rule[0], len(rule), rule))
    ]
    return ["| rule | what is refused |\n|---|---|\n" + "\n".join(rows) + "\n"]


def _refusals(node: ast.AST, *, of_a_noun: bool) -> Iterator[tuple[str, str]]:
    """Yield the rules that an expression names, each with the sentence beside it."""
    parts: list[ast.expr | None] = []
    named: list[str] = []
    if isinstance(node, ast.Call):
        parts += node.args
        named = [_text(word.value) for word in node.keywords if word.arg == "rule"]
    elif isinstance(node, ast.Tuple):
        parts += node.elts
    elif isinstance(node, ast.Dict):
        parts += node.values
    texts = [_text(part) for part in parts]
    if of_a_noun:
        named += [text for text in texts if RULE.fullmatch(text) and not _is_id_of(node)]
    alone = isinstance(node, ast.Dict)
    sentences = (text for text in texts if " " in text and text.strip("… "))
    sentence = "" if alone else next(sentences, "")
    yield from ((rule, sentence) for rule in named if rule)


def _is_id_of(node: ast.AST) -> bool:
    """Say whether a call looks a record up by its id, which may look like the name of a rule."""
    name = getattr(getattr(node, "func", None), "attr", "")
    return name in ("find", "get")


def _text(part: ast.expr | None) -> str:
    """Return a text of the source, with three dots for what is filled in."""
    if isinstance(part, ast.JoinedStr):
        return "".join(_text(one) or "…" for one in part.values)
    return str(part.value) if isinstance(part, ast.Constant) and part.value else ""


def format_page(page: str) -> str:
    """Return the page on the file's format with its table of tables written anew."""
    tables = sorted(catalogue.TABLES.values(), key=lambda table: table.number)
    rows = "".join(
        f"| {table.number} | {table.name} | {', '.join(table.key) or 'its place'} | "
        f"{table.group} | {table.since} |\n"
        for table in tables
    )
    head = "| number | table | key | opens with | schema |\n|---|---|---|---|---|\n"
    before, _, rest = page.partition(head)
    _, _, after = rest.partition("\n\n")
    return f"{before}{head}{rows}\n{after}"


def decisions_page() -> str:
    """Return the page that lists the decisions."""
    rows = ""
    for path in sorted((DOCS / "decisions").glob("0*.md")):
        title, _, _ = path.read_text(encoding="utf-8").partition("\n")
        rows += f"- [{path.name[:4]}]({path.name}): {re.sub(r'^# *[0-9]+[.:] *', '', title)}\n"
    return f"{DECISIONS}\n{rows}"


def pages() -> dict[Path, str]:
    """Return every page that is written, with the text that it should have."""
    layout = DOCS / "vault-format.md"
    return {
        DOCS / "records.md": records_page(),
        layout: format_page(layout.read_text(encoding="utf-8")),
        DOCS / "reintegrate.1": man_page(),
        DOCS / "decisions" / "index.md": decisions_page(),
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
