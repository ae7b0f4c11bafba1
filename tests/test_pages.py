"""The README and the pages show what commands show, and name no command that is not there."""

import re
import shlex
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest

from reintegrate_cli.catalogue import BY_NAME
from reintegrate_cli.kept.settings import parse_district
from reintegrate_cli.line import typed
from screens import PAGES, ROOT, written

BY_HAND = [page for page in PAGES if page.name not in ("records.md", "vault-format.md")]
ON_A_SERVER = ("scale.md",)
"""What is typed there needs a server and several people; that it is there is looked at below."""
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")


@pytest.mark.needs("age")
@pytest.mark.parametrize("page", BY_HAND, ids=lambda page: page.stem)
def test_a_page_shows_what_its_commands_show_now(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert written(text) == text, "run python docs/screens.py"


@pytest.mark.parametrize("page", BY_HAND, ids=lambda page: page.stem)
def test_what_stands_in_a_block_is_run_or_read(page: Path) -> None:
    for kind, text in FENCE.findall(page.read_text(encoding="utf-8")):
        if kind == "toml":
            parse_district(text.encode())
        elif kind == "sh":  # those of the README are run by test_examples and the gate
            assert page.name in ("README.md", *ON_A_SERVER), text
        else:
            assert kind == "console", text
            assert text.startswith("$ ")


def named(text: str) -> list[list[str]]:
    """List the commands that stand inside of sentences and tables, as words."""
    lines = (one.split() for one in INLINE.findall(FENCE.sub("", text)))
    found = []
    for words in lines:
        called = words[0] == "reintegrate"
        words = words[called:]
        if not words or words[0] not in BY_NAME:
            continue
        if called or (words[1:2] and words[1] in typed.verbs_of(words[0])) or len(words) > 2:
            found.append(words)
    return found


@pytest.mark.parametrize("page", BY_HAND, ids=lambda page: page.stem)
def test_a_command_that_is_named_is_there_with_its_options(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    lines = "\n".join(block for kind, block in FENCE.findall(text) if kind == "sh")
    typed_there = [
        shlex.split(line)[1:] for line in lines.splitlines() if line.startswith("reintegrate ")
    ]
    for words in [*named(text), *(typed_there if page.name in ON_A_SERVER else ())]:
        verb, rest = typed.verb_of(words[0], words[1:])
        if verb is None:
            assert rest in ([], ["--help"]), words
            continue
        known = {name for one in verb.parameters() for name in one.spellings} | {"--help"}
        assert {one for one in words if one.startswith("--")} <= known, words


def test_commands_are_named_in_sentences() -> None:
    assert sum(len(named(page.read_text(encoding="utf-8"))) for page in BY_HAND) > 60


class Fetched(HTMLParser):
    """Collects what a browser would fetch to show a page."""

    def __init__(self) -> None:
        super().__init__()
        self.places: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        place = given.get("src") or (given.get("href") if tag == "link" else None)
        if place and given.get("rel") != "canonical":
            self.places.append(place)


def test_the_site_builds_without_a_warning_and_fetches_nothing(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    pages = [*tmp_path.rglob("*.html")]
    assert {page.stem for page in BY_HAND} - {"README"} <= {page.stem for page in pages}
    for page in pages:
        fetched = Fetched()
        fetched.feed(page.read_text(encoding="utf-8"))
        assert fetched.places
        assert not [one for one in fetched.places if "//" in one], page
    for sheet in tmp_path.rglob("*.css"):
        assert not re.search(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", sheet.read_text()), sheet


def test_the_man_page_is_installed_where_man_looks() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert shared == {"docs/reintegrate.1": "share/man/man1/reintegrate.1"}
    assert (ROOT / "docs" / "reintegrate.1").is_file()
