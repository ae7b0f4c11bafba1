"""``report page``: one file of HTML, codes alone, that a browser and a screen reader can read."""

import os
import re
import stat
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import people
from conftest import Run
from reintegrate_cli.kept import session

TODAY = "2026-10-30"


@pytest.fixture
def page(district: Run, tmp_path: Path) -> str:
    """The page of the reference month's cast."""
    session.begin(None, TODAY)
    with session.writing("arrive") as store:
        people.arrive(store)
    partner = ("partner", "add", "HARBOR", "--kind", "trafficking_specialist", "--specialty", "sex")
    assert district(*partner, "--no-input", given={"name": "Harbor", "contact": "n"}).code == 0
    out = tmp_path / "page.html"
    written = district("report", "page", "--out", str(out), "--json", today=TODAY)
    assert written.code == 0, written.err
    assert written.json["bytes"] == out.stat().st_size
    return out.read_text(encoding="utf-8")


class _Reader(HTMLParser):
    """What a reader without styles gets: headings, tables, and what is linked to."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_it_needs_nothing_beside_it_and_runs_nothing(page: str) -> None:
    reader = _Reader()
    reader.feed(page)
    names = {tag for tag, _ in reader.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "form", "base"}
    for _, attributes in reader.tags:
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        assert (attributes.get("href") or "#").startswith("#")
    policy = next(one["content"] for tag, one in reader.tags if one.get("http-equiv"))
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_every_table_says_what_it_is_and_names_its_columns(page: str) -> None:
    reader = _Reader()
    reader.feed(page)
    names = [tag for tag, _ in reader.tags]
    assert names.count("table") == names.count("caption") == names.count("thead")
    assert all(one.get("scope") in ("col", "row") for tag, one in reader.tags if tag == "th")
    assert names.count("h1") == 1
    assert names.count("main") == 1


def test_it_shows_schools_coverage_what_is_due_and_every_clause(page: str) -> None:
    assert "Not for release" in page or "not for release" in page
    for part in ("Ridgeline", "Evening-Academy", "M2KD", "late"):
        assert part in page
    assert len(re.findall(r'<th scope="row" class="number">\d+</th>', page)) == 46


def test_the_file_is_its_owners_alone_and_takes_no_others_place(
    district: Run, tmp_path: Path
) -> None:
    out = tmp_path / "page.html"
    assert district("report", "page", "--out", str(out)).code == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    before = out.read_bytes()
    assert district("report", "page", "--out", str(out)).code == 2
    assert out.read_bytes() == before
    last = district("history", "--json").json["items"][-1]
    assert last["command"] == "report page"


def test_nothing_private_is_in_it(district: Run, tmp_path: Path) -> None:
    case = ("case", "add", "--school", "Ridgeline", "--setting", "home", "--json")
    names = {"safe_name": "Canary Robin", "legal_name": "Canary Legal"}
    ref = district(*case, given=names).json["ref"]
    note = district("case", "note", ref, given={"text": "canary note"})
    assert note.code == 0, note.err
    wish = ("wish", "add", ref, "--about", "placement", "--heard-by", "okafor")
    assert district(*wish, given={"words": "canary wish"}).code == 0
    task = ("task", "add", "--case", ref, "--due", "today")
    assert district(*task, given={"text": "canary task"}).code == 0
    out = tmp_path / "page.html"
    assert district("report", "page", "--out", str(out)).code == 0
    text = out.read_text()
    assert ref in text
    assert "canary" not in text.lower()


def test_what_was_typed_is_escaped(district: Run, tmp_path: Path) -> None:
    slug = "A.B_C-D"
    case = ("case", "add", "--school", slug, "--setting", "home", "--json")
    assert district(*case).code == 0
    out = tmp_path / "page.html"
    os.environ["REINTEGRATE_CONFIG"] = str(tmp_path / "district.toml")
    (tmp_path / "district.toml").write_text(
        f'schools = {{ "{slug}" = "<b>Ridge & \\"Line\\"</b>" }}\n', encoding="utf-8"
    )
    assert district("report", "page", "--out", str(out)).code == 0
    text = out.read_text(encoding="utf-8")
    assert "<b>Ridge" not in text
    assert "&lt;b&gt;Ridge &amp; &#34;Line&#34;&lt;/b&gt;" in text


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium, without a network."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        yield opened
        opened.close()


@pytest.fixture
def shown(browser: Any, page: str, tmp_path: Path) -> Iterator[Any]:
    """The page in the browser; that it asks for anything else is a failure."""
    file = tmp_path / "shown.html"
    file.write_text(page, encoding="utf-8")
    context = browser.new_context(offline=True, bypass_csp=True)
    opened = context.new_page()
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(file.as_uri())
    yield opened
    context.close()
    assert asked == [file.as_uri()]


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("media", ["light", "dark", "print"])
def test_axe_finds_nothing_wrong(shown: Any, media: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    how = {"media": "print"} if media == "print" else {"color_scheme": media}
    shown.emulate_media(**how)
    tags = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
    found = Axe().run(shown, options={"runOnly": {"type": "tag", "values": tags}})
    assert found.response["violations"] == []
    assert len(found.response["passes"]) > 10


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("width", [1280, 794, 816, 360], ids=["screen", "A4", "Letter", "phone"])
def test_no_table_is_cut(shown: Any, width: int) -> None:
    shown.set_viewport_size({"width": width, "height": 900})
    if width in (794, 816):
        shown.emulate_media(media="print")
    wide = shown.evaluate(
        "() => [...document.querySelectorAll('table, svg, main')].filter("
        "one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1"
        " || one.scrollWidth > one.clientWidth + 1).map(one => one.tagName)"
    )
    assert wide == []


@pytest.mark.needs("chromium")
def test_it_prints_on_a4_and_letter(shown: Any, tmp_path: Path) -> None:
    import pypdf

    for paper in ("A4", "Letter"):
        file = tmp_path / f"{paper}.pdf"
        shown.pdf(path=str(file), format=paper)
        text = "".join(each.extract_text() for each in pypdf.PdfReader(str(file)).pages)
        for part in ("Caseload by school", "Coverage", "What is due", "clause by clause"):
            assert part in text
