"""A vault moves from a file into a database and back: each record, each entry, nothing else."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import Run
from reintegrate_cli.catalogue import RECORDS
from reintegrate_cli.kept import archives, origins, session
from reintegrate_cli.keys import agefile

WORDS = "seven quiet herons walk past the mill"
Moved = Callable[[str, str], None]


@pytest.fixture
def words(tmp_path: Path) -> Path:
    file = tmp_path / "words"
    file.write_text(f"{WORDS}\n")
    file.chmod(0o600)
    return file


@pytest.fixture
def full(district: Run, case: str) -> str:
    """A case with a note, one that was taken back, a task, and a hold on another case."""
    for _ in range(2):
        assert district("case", "note", case, given={"text": "a quiet word"}).code == 0
    assert district("undo").code == 0
    call = {"text": "call"}
    assert district("task", "add", "--due", "2026-10-09", "--case", case, given=call).code == 0
    other = district("case", "add", "--school", "Ridgeline", "--setting", "home", "--json").json
    held = district("vault", "hold", "add", "--case", other["ref"], given={"reason": "a subpoena"})
    assert held.code == 0, held.err
    assert (
        district("vault", "hold", "release", "LH1", given={"reason": "counsel says so"}).code == 0
    )
    return case


@pytest.fixture
def moved(district: Run, words: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Moved:
    """Move what is in the vault at hand into a new one."""

    def move(place: str, name: str) -> None:
        file, folder = tmp_path / f"{name}.age", tmp_path / name
        given = ["--passphrase-file", str(words)]
        out = district("vault", "export", str(file), *given, "--json")
        assert out.code == 0, out.err
        folder.mkdir()
        monkeypatch.setenv("REINTEGRATE_VAULT", place)
        monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(folder / "key"))
        made = district(
            *("init", "--user", "okafor", "--no-keyring", "--key-file", str(folder / "key")),
            *("--recovery-to", str(folder / "recovery")),
        )
        assert made.code == 0, made.err
        taken = district("vault", "import", str(file), *given, "--replace")
        assert taken.code == 0, taken.err
        assert "each record and each entry reads back" in taken.err + taken.out

    return move


def _held() -> tuple[dict[str, list[Any]], list[str], str, bytes]:
    """All records but where they came from, the chain of the history, its end, and who signs."""
    session.begin(None, None)
    with session.reading() as store:
        own = {name: list(store.shelf.rows(name)) for name in RECORDS if name != "origins"}
        history = list(store.shelf.rows("history"))
        chains = [row["origin"] or row["chain"] for row in history]
        return own, chains, history[-1]["chain"], store.rack.public


def test_all_of_it_goes_into_a_database_and_back(
    district: Run, full: str, moved: Moved, database: str, tmp_path: Path
) -> None:
    shown = district("agenda", "--json").json
    records, chains, last, public = _held()
    places = ("there", database, "N3"), ("back", str(tmp_path / "back" / "caseload.vault"), "N4")
    for name, place, free in places:
        moved(place, name)
        there, theirs, *_ = _held()
        assert there == records
        assert set(chains) <= set(theirs)
        assert district("agenda", "--json").json == shown
        assert district("vault", "verify").code == 0
        entry = district("history", "--json").json["items"]
        imported = next(row for row in entry[::-1] if row["command"] == "vault import")
        with session.reading() as store:
            former = store.of(origins.Origin).all()[-1]
        assert former.id in imported["refs"]
        assert (former.last, former.public) == (last, public.hex())
        assert former.entries == len(chains)
        note = district("case", "note", full, "--json", given={"text": "x"})
        assert note.json["id"] == free
        assert district("undo").code == 0
        _, chains, last, public = _held()
    assert district("vault", "status", "--json").json["former"] == 2


def test_an_archive_whose_history_was_changed_is_not_taken(
    district: Run, full: str, words: Path, tmp_path: Path, database: str, moved: Moved
) -> None:
    session.begin(None, None)
    with session.reading() as store:
        plain, _ = archives.written(store, "2026-10-01T12:00:00+00:00")
    whole = json.loads(plain)
    moved(database, "there")

    def cut(document: dict[str, Any]) -> None:
        document["tables"]["history"].pop()

    def rename(document: dict[str, Any]) -> None:
        document["tables"]["history"][1]["by"] = "hale"

    def forge(document: dict[str, Any]) -> None:
        document["ending"]["proof"] = "00" * 96

    def another(document: dict[str, Any]) -> None:
        document["ending"]["public"] = "11" * 32

    def stripped(document: dict[str, Any]) -> None:
        del document["ending"]

    def older(document: dict[str, Any]) -> None:
        stripped(document)
        document["version"] = 1

    def both(document: dict[str, Any]) -> None:
        document["version"] = 1

    for change in (cut, rename, forge, another, stripped, older, both):
        document = json.loads(plain)
        change(document)
        file = tmp_path / f"{change.__name__}.age"
        file.write_bytes(agefile.seal_archive(json.dumps(document).encode(), None, WORDS))
        taken = district("vault", "import", str(file), "--passphrase-file", str(words), "--replace")
        assert taken.code == 7, (change.__name__, taken.err)
    assert whole["ending"]["last"] == whole["tables"]["history"][-1]["chain"]
    with session.reading() as store:
        assert len(store.of(origins.Origin).all()) == 1


def test_an_archive_that_nobody_signed_for_says_so(
    district: Run, full: str, words: Path, tmp_path: Path, database: str, moved: Moved
) -> None:
    session.begin(None, None)
    with session.reading() as store:
        plain, _ = archives.written(store, "2026-10-01T12:00:00+00:00")
    document = json.loads(plain)
    moved(database, "there")
    del document["ending"], document["tables"]["origins"]
    document |= {"version": 1, "schema": 5, "store": "00" * 16}  # as the version before had it
    file = tmp_path / "older.age"
    file.write_bytes(agefile.seal_archive(json.dumps(document).encode(), None, WORDS))
    taken = district("vault", "import", str(file), "--passphrase-file", str(words), "--replace")
    assert taken.code == 0, taken.err
    assert "nobody signed for this archive" in taken.err
    with session.reading() as store:
        assert store.of(origins.Origin).all()[-1].public == ""
