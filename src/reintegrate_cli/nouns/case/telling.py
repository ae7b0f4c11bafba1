"""What a case tells the timeline of itself: how it opened, moved and turned; and what notes say."""

from collections.abc import Iterator
from datetime import date

from reintegrate_cli.core.events import Event, event_of
from reintegrate_cli.core.labels import label
from reintegrate_cli.nouns.case.record import Case, Note


def events(record: Case | Note) -> Iterator[Event]:
    """Yield how a case opened, moved and turned; or what a note says."""
    return _of_case(record) if isinstance(record, Case) else _of_note(record)


def _of_case(case: Case) -> Iterator[Event]:
    def event(on: date, what: str, by: str | None = None, text: str | None = None) -> Event:
        return Event(on=on, kind="case", what=what, case=case.ref, id=None, by=by, text=text)

    yield event(case.opened_on, "opened")
    if case.identified_on:
        where = f" in {case.identified_in}" if case.identified_in else ""
        yield event(case.identified_on, f"identified{where}")
    if case.moved_on:
        yield event(case.moved_on, f"moved to {case.setting}")
    for change in case.changes:
        reason = f", {change.reason}" if change.reason else ""
        until = f" until {change.until.isoformat()}" if change.until else ""
        back = change.taken_back_on
        gone = f", taken back {back.isoformat()}" if back else ""
        what = label(change.kind) + until + reason + gone
        yield event(change.on, what, change.by or None, change.note or None)


def _of_note(note: Note) -> Iterator[Event]:
    yield event_of(note, "note", note.on, "note", by=note.entered_by, text=note.text)
