"""What the commands say when somebody changed the database by hand: what was kept, or exit 7."""

from pathlib import Path

import pytest

from conftest import Run
from reintegrate_cli.server import moment
from servers import Server

ATTACKS = {
    "a task deleted": "DELETE FROM reintegrate.record WHERE tab = 10",
    "a case deleted": "DELETE FROM reintegrate.record WHERE tab = 1 AND ctid ="
    " (SELECT max(ctid) FROM reintegrate.record WHERE tab = 1)",
    "the index emptied": "DELETE FROM reintegrate.record WHERE tab IN (14, 15)",
    "what is due emptied": "DELETE FROM reintegrate.record WHERE tab = 64",
    "an entry of the history deleted": "DELETE FROM reintegrate.record WHERE tab = 48 AND at = 2",
    "a turn put back": "UPDATE reintegrate.vault SET turn = turn - 1",
    "a function that raises": "CREATE OR REPLACE FUNCTION reintegrate.whole(of_tabs smallint[])"
    " RETURNS TABLE (tab smallint, key bytea, scope bytea, part bytea, at bigint, turn bigint,"
    " body bytea) LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'x'; END $$",
    "a trigger on what was seen": "CREATE FUNCTION public.no() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = 'XXABC'; END $$;"
    " CREATE TRIGGER no BEFORE INSERT ON reintegrate.seen FOR EACH ROW EXECUTE FUNCTION public.no()",
}
SHOWN = ("agenda --week --json", "case list --json", "case show REF --json", "history --json")


@pytest.fixture
def shelf() -> str:
    """What the vault of these tests lies on."""
    return "server"


@pytest.mark.parametrize("name", ATTACKS)
def test_a_command_shows_what_was_kept_or_nothing(
    postgres: Server,
    database: str,
    district: Run,
    case: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    cron = str(tmp_path / "cron-key")
    mail = ("--host", "127.0.0.1", "--from-address", "office@alder.example")
    to = ("--to", "okafor@alder.example")
    for each in (
        ("case", "add", "--school", "Larkspur", "--setting", "home"),
        ("remind", "setup", "--reminder-key", cron, *mail, *to),
    ):
        assert district(*each).code == 0
    assert district("task", "add", "--due", "2026-10-02", given={"text": "call"}).code == 0
    lines = [line.replace("REF", case).split() for line in SHOWN]
    honest = [district(*line).out.removesuffix("]}\n") for line in lines]
    postgres.run(ATTACKS[name], url=database)
    for line, was in zip(lines, honest, strict=True):
        ended = district(*line)
        # Looking at a case is an entry of the history: there may be more of these by now.
        is_same = ended.code == 0 and ended.out.startswith(was)
        assert is_same or ended.code == 7, (line, ended)
    assert district("vault", "verify").code == 7
    doctor = district("doctor", "--json")
    assert doctor.code == 9
    assert any(row["state"] == "wrong" for row in doctor.json["items"])
    before = postgres.run("SELECT count(*) FROM reintegrate.record", url=database)
    wrote = district("task", "add", "--due", "2026-10-02", given={"text": "call"}).code
    if wrote == 7:
        assert postgres.run("SELECT count(*) FROM reintegrate.record", url=database) == before
    monkeypatch.setenv("REINTEGRATE_KEY_FILE", cron)
    reminded = district("remind")
    if name in ("what is due emptied", "a turn put back", "a function that raises"):
        assert reminded.code == 7
    else:
        assert reminded.code in (0, 7, 8)


@pytest.mark.parametrize("name", ["set back", "deleted"])
def test_one_task_of_a_big_table_is_shown_as_it_is_or_not_at_all(
    postgres: Server, database: str, district: Run, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(moment, "_FEW", 2)  # as if these were more than are read at once
    for _ in range(3):
        assert district("task", "add", "--due", "2026-10-02", given={"text": "call"}).code == 0
    postgres.run("CREATE TABLE public.old AS SELECT * FROM reintegrate.record", url=database)
    assert district("task", "edit", "T2", "--due", "2026-10-05").code == 0
    shown = district("task", "show", "T2", "--json")
    assert (shown.code, shown.json["due_on"]) == (0, "2026-10-05")
    ((edited,),) = postgres.run(
        "SELECT key FROM public.old o JOIN reintegrate.record n USING (tab, key)"
        " WHERE tab = 10 AND o.body <> n.body",
        url=database,
    )
    if name == "deleted":
        postgres.run("DELETE FROM reintegrate.record WHERE key = %s", edited, url=database)
    else:
        postgres.run(
            "UPDATE reintegrate.record r SET turn = o.turn, body = o.body FROM public.old o"
            " WHERE r.tab = 10 AND o.tab = 10 AND o.key = r.key AND r.key = %s",
            edited,
            url=database,
        )
    for line in ("task show T2", "task done T2", "task edit T2 --due 2026-10-06"):
        refused = district(*line.split(), "--json")
        assert refused.code == 7, line
        assert "damaged or was changed" in refused.error["message"]
    assert district("task", "show", "T3", "--json").code == 0
