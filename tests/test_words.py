"""The words that people read: messages, hints, prompts, headings and help, taken from the source.

What is listed here was said once, and nobody says it: the program speaks plain American English.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import reintegrate_cli
from reintegrate_cli.catalogue import NOUNS
from reintegrate_cli.line import forms
from reintegrate_cli.line.typed import verbs_of

ROOT = Path(reintegrate_cli.__file__).parent
NEVER = (
    r"whoever",
    r"whom",
    r"no more(?! than \d)",
    r"has not the",
    r"nowhere",
    r"(?:it is|is) not said",
    r"lies? (?:before|after|in|not|near|beside|there)",
    r"lay(?:s|ing)?",
    r"where there is (?:none|one|no)",
    r"all the same",
    r"stands?(?! for)",
    r"shall",
    r"besides",
    r"anew",
    r"nought",
    r"thereof",
    r"went by",
    r"honored whole",
    r"none of the",
    r"opens this file no",
    r"has a term",
    r"the trafficking(?! hotline| itself)",
    r"too late",
    r"non-?compliant",
    r"unmotivated",
    r"colour",
    r"favour",
    r"behaviour",
    r"honour",
    r"programme",
    r"organis(?:e|ation)",
    r"laid down",
    r"agree an?(?:other)?",
    r"in haste",
    r"takes? (?:it|a \w+ \w+) up again",
    r"getting on",
    r"look at how (?:it|its|the path)",
    r"well as it is",
    r"one and the same",
    r"come about",
    r"was not said",
    r"score[sd]?",
)
"""Each as a pattern for whole words."""
SAID = re.compile(rf"\b(?:{'|'.join(NEVER)})\b", re.IGNORECASE)


def strings(source: str) -> Iterator[tuple[int, str]]:
    """Yield every text of a module that may reach people: docstrings of verbs alone among them."""
    tree = ast.parse(source)
    hidden: set[int] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        for place, child in enumerate(body if isinstance(body, list) else []):
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                declared = [] if place else getattr(node, "decorator_list", [])
                if not any(isinstance(one, ast.Call) for one in declared):
                    hidden.add(id(child.value))
        if isinstance(node, ast.JoinedStr):
            hidden |= {id(part) for part in node.values}
            yield (
                node.lineno,
                "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "0"
                    for part in node.values
                ),
            )
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "compile":
            hidden |= {id(child) for child in ast.walk(node)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) in hidden or " " not in node.value.strip():
                continue
            yield node.lineno, node.value


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: path.stem)
def test_nothing_is_said_in_words_that_nobody_uses(path: Path) -> None:
    said = [
        f"{path.relative_to(ROOT)}:{line}: {SAID.search(text)[0]}: {' '.join(text.split())}"  # type: ignore[index]
        for line, text in strings(path.read_text(encoding="utf-8"))
        if SAID.search(text)
    ]
    assert said == []


def test_the_words_are_found_where_people_read_them() -> None:
    source = (
        '@verb("x", "y")\ndef f():\n    """Ask whoever is there.\n\n    Example: x\n    """\n'
        '    raise Usage(f"the key opens {one} no more", hint="it stands there")\n'
        'class A:\n    """Whoever reads this wrote it."""\n'
    )
    found = [SAID.search(text) for _, text in strings(source)]
    assert [match[0].lower() for match in found if match] == ["whoever", "no more", "stands"]


@pytest.mark.parametrize("noun", [noun.name for noun in NOUNS])
def test_help_is_as_plain(noun: str) -> None:
    for verb in verbs_of(noun).values():
        texts = [*verb.told, *(one.said.help for one in verb.parameters() if one.said)]
        texts += [
            item.help for form in verb.forms.values() for item in forms.inputs_of(form) if item.help
        ]
        assert [text for text in texts if SAID.search(text)] == []


@pytest.mark.parametrize("noun", [noun.name for noun in NOUNS])
def test_help_names_nothing_that_gives_the_purpose_away_over_a_shoulder(noun: str) -> None:
    for verb in verbs_of(noun).values():
        texts = [verb.summary, *(one.said.help for one in verb.parameters() if one.said)]
        assert [text for text in texts if re.search("traffick(?!ing_spec)", text, re.I)] == []
