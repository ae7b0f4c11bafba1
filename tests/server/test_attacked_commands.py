"""What the commands say when somebody changed the database by hand: what was kept, or exit 7."""

from pathlib import Path

import pytest

from conftest import Run
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
