"""A copy that is put back in the place of a vault, and the mails that went since it was made."""

from datetime import date
from pathlib import Path

import pytest

from conftest import Run
from reintegrate_cli.kept import session
from reintegrate_cli.mail.ledger import LedgerEntry, LedgerState


@pytest.mark.both_shelves
def test_a_copy_that_is_put_back_sends_no_mail_again(district: Run, tmp_path: Path) -> None:
    def step(state: LedgerState) -> LedgerEntry:
        day, at = date(2026, 10, 1), "2026-10-01T06:00:00+00:00"
        return LedgerEntry(day=day, state=state, at=at, attempt=1, count=2)

    def note(*states: LedgerState) -> None:
        for state in states:
            with session.current.engine.noting_lock(), session.reading() as store:
                store.append_ledger(step(state))

    note("intent")
    copies = tmp_path / "copies"
    assert district("vault", "backup", str(copies)).code == 0
    note("handing", "sent")
    (copy,) = copies.iterdir()
    for _ in range(2):
        assert district("vault", "restore", str(copy), "--replace").code == 0
        status = district("remind", "status", "--json")
        assert [row["state"] for row in status.json["items"]] == ["intent", "handing", "sent"]
    assert district("vault", "verify").code == 0
