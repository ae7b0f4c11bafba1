"""A key for one school: it reads the cases of that school with the everyday commands, and no more."""

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import Run
from reintegrate_cli import keys
from reintegrate_cli.catalogue import NOUNS, TABLES
from reintegrate_cli.core.errors import Locked
from reintegrate_cli.server.heads import digest_of, mark_of, open_top, seal_head, seal_top
from reintegrate_cli.server.sealing import LABEL, Seals, is_sheet
from reintegrate_cli.server.sheets import Sheets
from ridgeline import Place, made
from servers import Server

pytestmark = [
    pytest.mark.needs("postgres"),
    pytest.mark.parametrize("shelf", ["server"], indirect=True),
]
NAMES = {table.number: name for name, table in TABLES.items()}


@pytest.fixture
def place(
    district: Run, postgres: Server, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Place:
    return made(district, postgres, database, tmp_path, monkeypatch)


def test_everyday_commands_show_the_cases_of_the_school_and_no_other(place: Place) -> None:
    lists = [
        (noun.name, "list")
        for noun in NOUNS
        if noun.tables and place.run(noun.name, "list", "--help").code == 0
    ]
    assert len(lists) > 20
    office = ("history", "conference")
    for line in (
        *lists,
        ("agenda", "--month"),
        ("checkin", "schedules"),
        ("case", "show", place.mine),
        ("case", "timeline", place.mine),
        ("contact", "plan", place.mine),
        ("case", "rights", place.mine),
        ("agenda", "--month", "--owner", "okafor"),
        ("case", "list", "--school", "Ridgeline"),
        ("checkin", "list", "--case", place.mine),
    ):
        ended = place.school(*line, "--json")
        assert ended.code in (0, 4, 5) or line[0] in office, (line, ended.err)
        assert place.other not in ended.out, line
        assert "Cascade" not in ended.out, line
    assert [row["ref"] for row in place.school("case", "list", "--json").json["items"]] == [
        place.mine
    ]
    assert {row["case"] for row in place.school("agenda", "--month", "--json").json["items"]} == {
        place.mine
    }
    assert "words of Ridgeline" in place.school("case", "show", place.mine, "--json").out
    assert place.school("case", "show", place.other).code == 5
    assert {row["slug"] for row in place.school("staff", "list", "--json").json["items"]} == {
        "okafor",
        "lee",
    }


def test_a_seat_that_does_not_go_with_the_key_is_no_damage(place: Place) -> None:
    for line in (("case", "list"), ("checkin", "list"), ()):
        ended = place.office(*line, login="r_5d20")
        assert ended.code == 3, ended.err
        assert "more than the seat of this login" in ended.err
    for seat, told in {
        ("auditor",): "more than the seat of this login",
        ("cron",): "more than the seat of this login",
        ("reader",): "",
    }.items():
        assert place.office("vault", "seat", "give", "r_9a11", "--as", *seat).code == 0
        ended = place.office("case", "list", login="r_9a11")
        assert (ended.code, told in ended.err) == (3 if told else 0, True), ended.err
    elsewhere = ("--as", "school", "--school", "Cascade")
    given = place.office("vault", "seat", "give", "r_5d20", *elsewhere)
    assert "has no key of its own yet" in given.err  # for Cascade, nobody made one
    ended = place.school("case", "list")  # the server may as well hide the rows of the school
    assert ended.code == 7
    assert "whether key and seat are for the same school" in ended.err
    for seat in ("auditor", "cron"):
        assert place.office("vault", "seat", "give", "r_5d20", "--as", seat).code == 0
        assert "the seat of this login" in place.school("case", "list").err
    assert place.office("vault", "seat", "take", "r_5d20").code == 0
    assert "the seat of this login" in place.school("case", "list").err


def test_a_school_without_a_case_is_named_when_a_key_is_made(place: Place, tmp_path: Path) -> None:
    for school, is_told in {"cascade": False, "Casscade": True}.items():
        line = ("vault", "key", "add", "--school", school, "--for", "lee", "--key-file")
        made_now = place.office(*line, str(tmp_path / school))
        assert made_now.code == 0
        assert ("no case is at that school yet" in made_now.err) is is_told


def test_who_looked_at_which_case_is_with_the_server(place: Place) -> None:
    asked = "SELECT part FROM reintegrate.record WHERE tab = %s AND scope = %s"
    bundle, _ = place.opened()
    ((part,),) = place.truth(asked, TABLES["cases"].number, keys.scope_of(bundle.school))
    place.truth("TRUNCATE reintegrate.seen")
    assert place.school("case", "show", place.mine).code == 0
    rows = place.truth("SELECT login, parts FROM reintegrate.audit('2000-01-01')")
    assert {login for login, _ in rows} == {"r_5d20"}
    items = place.office("history", "--looked", "--case", place.mine, "--json").json["items"]
    assert [(row["login"], row["refs"]) for row in items] == [("r_5d20", [place.mine])]
    assert "notes" in items[0]["tables"]
    assert [bytes(part)] in [[bytes(one) for one in parts] for _, parts in rows]


@pytest.mark.parametrize("login", ["r_5d20", "postgres"])
def test_the_district_is_not_changed_with_it(place: Place, login: str) -> None:
    before = place.truth("SELECT * FROM reintegrate.record ORDER BY tab, key")
    for line in (
        ("staff", "add", "soto", "--role", "school_counselor"),
        ("vault", "key", "rotate"),
        ("vault", "seat"),
        ("vault", "seat", "take", "r_9a11"),
        ("vault", "export", str(place.key.with_name("x.age")), "--passphrase-file", str(place.key)),
        ("undo",),
        ("history",),
    ):
        ended = place.school(*line, "--json", login=login)
        assert ended.code in (2, 3), (line, ended.err)
    assert place.truth("SELECT * FROM reintegrate.record ORDER BY tab, key") == before


def test_a_dump_opens_that_school_alone(place: Place) -> None:
    bundle, header = place.opened()
    assert not any((bundle.full, bundle.data_key, bundle.history_root, bundle.reminder_root))
    seals = Seals(bundle, header.store_id, header.salt)
    own = {keys.scope_of(bundle.school), keys.COMMON}
    opened = set()
    for row in place.rows():
        name = NAMES.get(row.tab, "")
        if row.scope in own:
            assert seals.open(name, row) is not None
            opened.add(row.scope)
            continue
        with pytest.raises(Locked):
            seals.open(name, row)
        for scope in own:  # with the keys that are there, whatever a row says of itself
            if row.tab == LABEL or TABLES[name].group == "full":
                assert seals.open(name, row._replace(scope=scope)) is None
    assert opened == own
    for (scope,) in place.truth("SELECT scope FROM reintegrate.head"):
        if bytes(scope) not in (seals.sheet(one) for one in own):
            with pytest.raises(Locked):
                seals.head_key(bytes(scope))


def test_a_case_that_goes_to_another_school_is_sealed_anew(place: Place) -> None:
    bundle, _ = place.opened()
    scope = keys.scope_of(bundle.school)
    assert (
        place.office(
            *("case", "transfer", place.mine, "--school", "Cascade", "--on", "2026-10-01"), "--json"
        ).code
        == 0
    )
    assert not [row for row in place.rows() if row.scope == scope]
    assert place.school("case", "list", "--json").json["items"] == []
    assert place.school("case", "show", place.mine).code == 5
    assert place.office("vault", "verify").code == 0


def test_what_the_office_writes_is_there_at_once(place: Place) -> None:
    added = place.office("case", "add", "--school", "Ridgeline", "--setting", "home", "--json")
    place.office("staff", "add", "soto", "--role", "school_counselor")
    place.office("case", "note", added.json["ref"], given={"text": "came back on Monday"})
    assert len(place.school("case", "list", "--json").json["items"]) == 2
    assert "came back on Monday" in place.school("case", "show", added.json["ref"], "--json").out
    assert "soto" in place.school("staff", "list", "--json").out


def forged(place: Place, seals: Seals) -> None:
    """Change a row of the school, as somebody with its key and every right on the server."""
    (row,) = [
        row
        for row in place.rows()
        if row.tab == TABLES["cases"].number and row.scope in seals.roots
    ]
    opened = seals.open("cases", row)
    assert opened is not None
    body = json.dumps({**json.loads(opened[1]), "setting": "hospital"}).encode()
    sealed = seals.seal("cases", row._replace(body=b""), opened[0], body)
    place.truth(
        "UPDATE reintegrate.record SET body = %s WHERE tab = %s AND key = %s",
        *(sealed.body, row.tab, row.key),
    )
    sheets = Sheets(seals, open_top_of(place, seals), lambda sql, values: place.truth(sql, *values))
    sums = sheets.read([row.scope])[row.scope]
    sums.change(str(row.tab), mark_of(row), mark_of(sealed))
    sums.settle()
    place.truth(
        "UPDATE reintegrate.head SET body = %s WHERE scope = %s",
        *(seal_head(seals, seals.sheet(row.scope), sums.head), seals.sheet(row.scope)),
    )


def open_top_of(place: Place, seals: Seals) -> Any:
    ((turn, head),) = place.truth("SELECT turn, head FROM reintegrate.vault")
    return open_top(seals, turn, bytes(head))


def test_a_row_that_is_forged_with_its_key_is_refused(place: Place) -> None:
    bundle, header = place.opened()
    seals = Seals(bundle, header.store_id, header.salt)
    forged(place, seals)
    assert place.school("case", "list").code == 7
    assert place.office("case", "show", place.mine).code == 7
    assert place.office("vault", "verify").code == 7


def test_a_head_over_all_that_is_forged_with_its_key_is_refused(place: Place) -> None:
    bundle, header = place.opened()
    seals = Seals(bundle, header.store_id, header.salt)
    forged(place, seals)
    top = open_top_of(place, seals)
    for scope, body in place.truth("SELECT scope, body FROM reintegrate.head"):
        if is_sheet(bytes(scope)):
            top.heads[bytes(scope).hex()] = digest_of(bytes(body))
    sealed = seal_top(seals, top, keys.Signer.new())
    place.truth("UPDATE reintegrate.vault SET head = %s", sealed)
    assert place.school("case", "list").code == 7
    assert place.office("case", "list").code == 7


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM reintegrate.record WHERE tab = 1 AND scope = %s",
        "DELETE FROM reintegrate.record WHERE tab = 0 AND scope = %s",
        "DELETE FROM reintegrate.head WHERE octet_length(scope) = 15 AND %s IS NOT NULL",
        "UPDATE reintegrate.record SET turn = turn - 1 WHERE scope = %s",
        "UPDATE reintegrate.record SET scope = 'common' WHERE scope = %s",
    ],
)
def test_what_is_dropped_or_moved_is_noticed(place: Place, statement: str) -> None:
    bundle, _ = place.opened()
    changed = place.truth("SELECT count(*) FROM reintegrate.record")
    assert place.school("case", "list").code == 0
    place.truth(statement, keys.scope_of(bundle.school))
    assert changed
    assert place.school("case", "list").code == 7


def test_another_data_key_changes_nothing_for_it(place: Place, tmp_path: Path) -> None:
    for line in (
        ("vault", "key", "rotate"),
        ("vault", "key", "add", "--key-file", str(tmp_path / "second.key")),
    ):
        assert place.office(*line).code == 0
        listed = place.school("case", "list", "--json")
        assert [row["ref"] for row in listed.json["items"]] == [place.mine], listed.err
    seats = place.office("vault", "seat", "--json").json["items"]
    assert {"login": "r_5d20", "seat": "school", "school": "Ridgeline"} in seats


def test_a_key_that_is_taken_away_opens_nothing(place: Place) -> None:
    listed = place.office("vault", "key", "--json").json["items"]
    (own,) = [row for row in listed if row["kind"] == "school"]
    assert (own["school"], own["for"]) == ("Ridgeline", "lee")
    assert place.office("vault", "key", "revoke", own["id"]).code == 0
    assert place.school("case", "list").code == 3
    assert place.truth("SELECT FROM reintegrate.head WHERE octet_length(scope) = 15") == []


def test_a_seat_that_is_taken_away_shows_nothing(place: Place) -> None:
    assert place.office("vault", "seat", "take", "r_5d20").code == 0
    ended = place.school("case", "list", "--json")
    assert (ended.code, ended.error["kind"]) == (3, "locked")
    assert place.office("vault", "seat", "take", "r_5d20").code == 5
    assert place.office("vault", "seat", "take", "postgres").code == 2
    assert place.office("vault", "seat", "give", "nobody", "--as", "reader").code == 5
    assert place.office("vault", "seat", "give", "r_9a11", "--as", "school").code == 2


def test_a_reader_looks_at_everything_and_changes_nothing(place: Place) -> None:
    place.truth("TRUNCATE reintegrate.seen")
    for line in (("case", "show", place.mine), ("case", "timeline", place.other), ("agenda",)):
        ended = place.office(*line, login="r_9a11")
        assert ended.code == 0, ended.err
    rows = place.truth("SELECT login FROM reintegrate.audit('2000-01-01')")
    assert {login for (login,) in rows} == {"r_9a11"}
    before = place.truth("SELECT turn FROM reintegrate.vault")
    for line in (
        ("case", "pause", place.mine),
        ("vault", "key", "rotate"),
        ("vault", "key", "add", "--key-file", str(place.key.with_name("third"))),
        ("vault", "seat", "take", "r_5d20"),
    ):
        ended = place.office(*line, "--json", login="r_9a11")
        assert ended.code == 3, (line, ended.out, ended.err)
    assert place.truth("SELECT turn FROM reintegrate.vault") == before


def test_an_auditor_reads_the_history_and_doctor_says_what_a_key_is(
    place: Place, tmp_path: Path
) -> None:
    words = tmp_path / "words"
    words.write_text("kelp anvil orbit thimble quarry\n")
    words.chmod(0o600)
    line = ("vault", "key", "add", "--reviewer", "--passphrase-file", str(words), "--for", "lee")
    assert place.office(*line).code == 0
    assert place.office("vault", "seat", "give", "r_9a11", "--as", "auditor").code == 0
    found = place.school("doctor", "--json").json["items"]
    assert [row["state"] for row in found if row["check"] in ("key", "vault")] == ["fine", "fine"]
    place.monkeypatch.setenv("REINTEGRATE_PASSPHRASE_FILE", str(words))
    place.monkeypatch.setenv("REINTEGRATE_KEY_FILE", "")
    place.monkeypatch.setenv("REINTEGRATE_VAULT", place.url.replace("postgres@", "r_9a11@"))
    entries = place.run("history", "--json")
    assert entries.code == 0, entries.err
    assert "vault seat" in entries.out
    looked = place.run("history", "--looked", "--json")
    assert "r_9a11" in {row["login"] for row in looked.json["items"]}
    assert all(row["refs"] == [] for row in looked.json["items"])
    assert place.run("case", "list").code == 3


def test_a_copy_in_a_file_is_not_opened_with_it(place: Place, tmp_path: Path) -> None:
    assert place.office("vault", "backup", str(tmp_path / "copies")).code == 0
    (copy,) = (tmp_path / "copies").iterdir()
    place.monkeypatch.setenv("REINTEGRATE_VAULT", str(copy))
    place.monkeypatch.setenv("REINTEGRATE_KEY_FILE", str(place.own_key))
    ended = place.run("case", "list", "--json")
    assert (ended.code, ended.error["kind"]) == (3, "locked")
    assert "one school, in a database" in ended.error["message"]


def test_doctor_asks_nothing_of_a_school_that_is_the_office_s(place: Place) -> None:
    assert place.school("case", "note", place.mine, given={"text": "came on Monday"}).code == 0
    for at, has_cron in ((place.school, False), (place.office, True)):
        checks = {row["check"]: row for row in at("doctor", "--json").json["items"]}
        assert ("cron key" in checks) is has_cron
        assert "takes it over" in checks["tray"]["found"]
        assert has_cron or checks["key"]["found"] == "reads and changes the cases of one school"
        remedies = [row["remedy"] for row in checks.values() if "--looked-at" in str(row["remedy"])]
        assert remedies
        assert all("reintegrate doctor --looked-at" in remedy for remedy in remedies)
