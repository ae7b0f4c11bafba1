"""``disclose`` and ``disclosure``: what is told to whom, and the log of it."""

import os
from collections import defaultdict
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from reintegrate_cli.core.errors import Damaged, Problem, Refused, Settings, Usage, raise_first
from reintegrate_cli.core.hints import FLAG, PAST, PROSE, QUIET, TODAY, YOU, Unoffered
from reintegrate_cli.core.labels import label, labels
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import (
    Addressee,
    CareId,
    Form,
    Private,
    Public,
    Ref,
    Staffer,
    Value,
    Word,
    is_family,
    row_of,
)
from reintegrate_cli.core.records import Path as FilePath
from reintegrate_cli.kept import history, session
from reintegrate_cli.kept.settings import path_of
from reintegrate_cli.line import output
from reintegrate_cli.line.forms import inputs_of
from reintegrate_cli.line.output import Column, say, show
from reintegrate_cli.line.shapes import Work, lists
from reintegrate_cli.line.verbs import RefArg, verb
from reintegrate_cli.nouns.case.sections import Section, narrative
from reintegrate_cli.nouns.disclosure import grounds
from reintegrate_cli.nouns.disclosure import record as disclosures
from reintegrate_cli.nouns.disclosure.grounds import Permit, listed
from reintegrate_cli.nouns.disclosure.log import log, log_refusal
from reintegrate_cli.nouns.disclosure.record import (
    Basis,
    Content,
    Disclosure,
    DisclosureRow,
    Format,
    NameGiven,
)
from reintegrate_cli.nouns.release.record import (
    RECORD_TYPES,
    Method,
    RecordType,
    Release,
    check_items,
)
from reintegrate_cli.nouns.release.standing import facts_of

if TYPE_CHECKING:
    from reintegrate_cli.kept.exports import Draft
    from reintegrate_cli.kept.store import Store
    from reintegrate_cli.nouns.partner.record import Partner


class NewDisclosure(Form, kw_only=True):
    """What ``disclose`` takes. The command itself asks for what a ground demands."""

    to: Annotated[Ref[Addressee], "the partner; or student, or caregiver"]
    records: Annotated[
        Public[tuple[RecordType, ...]],
        Unoffered("all"),
        "only this, of what may be told; may repeat",
    ] = ()
    basis: Annotated[Public[Word | None], "the ground; consent if left out"] = None
    kind: Annotated[
        Public[Literal["request", "notice"] | None],
        "log a request, or a notice of one; nothing is handed over",
    ] = None
    method: Annotated[Public[Method | None], "how it is told; as the release says"] = None
    out: Annotated[Public[FilePath | None], "the folder that the sealed packet goes into"] = None
    format: Annotated[Public[Format | None], "what is inside of it; md if left out"] = None
    recipient_key: Annotated[
        Public[FilePath | None], "the file with the agency's age public key"
    ] = None
    name: Annotated[
        Public[NameGiven | None], "put that name of the student into it; the ref alone if not"
    ] = None
    care: Annotated[Ref[CareId | None], "which caregiver, by their id on the care team"] = None
    approved_by: Annotated[Ref[Staffer], YOU, "whose decision it was"]
    on: Annotated[Public[date], PAST, TODAY, "the day it was told"]
    within_limits: Annotated[
        Public[bool | None], FLAG, "it keeps to the limits that the student set"
    ] = None
    told: Annotated[Public[bool | None], FLAG, "they were told that it may not be passed on"] = None
    student_told: Annotated[Public[bool | None], FLAG, "the student was told of it"] = None
    parent_told: Annotated[Public[bool | None], FLAG, "a parent was told of it"] = None
    threat: Annotated[Private[str], PROSE, QUIET, "what the threat is, as you understand it"] = ""
    need_to_know: Annotated[Private[str], PROSE, QUIET, "why they need to know"] = ""
    purpose: Annotated[Private[str], PROSE, QUIET, "what they need it for"] = ""
    document: Annotated[
        Private[str], QUIET, "the document it rests on: an order, a letter, a clause of the MOU"
    ] = ""
    requester: Annotated[Private[str], QUIET, "who asked, by name or role"] = ""
    why_not_told: Annotated[Private[str], PROSE, QUIET, "why the student was not told"] = ""

    @property
    def wants_file(self) -> bool:
        """Return whether a packet is asked for."""
        return any((self.out, self.format, self.recipient_key, self.name))


COLUMNS = (
    Column("case", lambda row: row.case),
    Column("id", lambda row: row.id),
    Column("on", lambda row: row.on),
    Column("kind", lambda row: row.kind),
    Column("to", lambda row: row.to),
    Column("ground", lambda row: label(row.basis), True),
    Column("records", lambda row: labels(row.records), True),
    Column("rule", lambda row: row.rule),
)


def _ground_of(given: NewDisclosure) -> Basis | None:
    """Return the ground that was named; ``None`` if it is not on the list."""
    try:
        return grounds.read_basis(given.basis)
    except Refused:
        return None


def _rests_on_no_wish(_store: "Store", called: Mapping[str, Any]) -> bool:
    """Return whether nothing is told by consent: a request, a notice, or a ground of law."""
    given = called["given"]
    return given.kind is not None or _ground_of(given) != "consent"


@verb("disclosure", "add", about="release", spares=_rests_on_no_wish)
@verb("disclose", "disclose", about="release", spares=_rests_on_no_wish)
def disclose(ref: RefArg, given: NewDisclosure) -> None:
    """Tell a partner exactly what a live release allows; or on another ground of law.

    A release for a file makes one packet, sealed to the agency's age key. Every request and
    every refusal is logged as well.

    Without a release, --basis names the ground: school_official, enrolling_school,
    child_welfare_legally_responsible, court_order, subpoena, health_safety, mandated_report,
    rights_holder or dependent_parent.

    Example: reintegrate disclose HX4T --to MERID --out /media/usb --recipient-key merid.pub
    """
    _check_line(given)
    _ask_for_demands(given)
    with ExitStack() as stack:
        draft = _draft(stack, given.out)
        refused: Problem | None = None
        with session.writing(session.current.command) as store:
            store.cases.get(ref)
            work = Work(store, ref)
            asked = _asked(work, given)
            partner = None if is_family(given.to) else store.partners.get(given.to)
            if given.kind is not None:
                entry = log(store, asked)
            else:
                try:
                    permit = _permitted(work, given, asked, partner)
                except Refused as problem:
                    refused = problem
                    log_refusal(store, asked, problem.rule)
                else:
                    notice = "" if partner is None else disclosures.NOTICE
                    entry = _told(work, given, asked, permit, draft, notice)
        if refused is not None:
            raise refused
        if entry.file is not None and draft is not None:
            entry = _hand_over(entry, draft)
    _remark(entry, given)
    show(row_of(DisclosureRow, entry))


def _check_line(given: NewDisclosure) -> None:
    """Check that what was typed fits together, whatever the rules say.

    Raises:
        Usage: it does not.
    """
    if given.wants_file:
        raise_first(
            (
                given.kind,
                Usage("a request or a notice does not hand anything over", fields=["kind"]),
            ),
            (
                given.on != session.today(),
                Usage("a packet is made today; --on is for what was told before", fields=["on"]),
            ),
            (
                given.method not in (None, "encrypted_file"),
                Usage("--method says that no file is handed over", fields=["method"]),
            ),
        )


def _ask_for_demands(given: NewDisclosure) -> None:
    """At a terminal, ask for what the ground demands; an unknown ground is refused later."""
    basis = _ground_of(given)
    if basis is None or given.kind is not None or not output.can_ask():
        return
    labels = {item.name: item.help for item in inputs_of(NewDisclosure)}
    for key in grounds.DEMANDS.get(basis, ()):
        if not getattr(given, key).strip():
            setattr(given, key, output.ask(labels[key], several=key != "document", needed=True))


def _asked(work: Work, given: NewDisclosure) -> Disclosure:
    """Return the entry of what was typed: a notice, or a request for what may then be told."""
    kind = given.kind or "request"
    basis = None if kind == "notice" and given.basis is None else _ground_of(given)
    return work.new(
        Disclosure,
        given,
        kind=kind,
        at=session.real_time(),
        by=work.you,
        basis=basis,
        records=tuple(each for each in given.records if each in RECORD_TYPES),
        format=None,
        name=None,
        approved_by=None,
        log_required=disclosures.log_required(kind, basis),
    )


def _draft(stack: ExitStack, out: str | None) -> "Draft | None":
    if out is None:
        return None
    from reintegrate_cli.kept import exports

    folder = path_of(out)
    stack.enter_context(exports.in_turn(folder))
    return stack.enter_context(exports.drafting(folder / f"{os.urandom(16).hex()}.age"))


def _permitted(
    work: Work, given: NewDisclosure, asked: Disclosure, partner: "Partner | None"
) -> Permit:
    basis = grounds.read_basis(given.basis)
    way: Method | None = given.method or ("encrypted_file" if given.wants_file else None)
    permit = grounds.permit(
        basis,
        replace(asked, records=check_items(given.records), method=way),
        partner=partner,
        releases=work.store.of(Release).all(case=work.ref),
        facts=facts_of(work.store, work.ref),
        within_limits=bool(given.within_limits),
    )
    session.current.heed(work.store)  # here, so that this refusal is logged like any other
    return permit


def _told(
    work: Work,
    given: NewDisclosure,
    asked: Disclosure,
    permit: Permit,
    draft: "Draft | None",
    notice: str,
) -> Disclosure:
    """Log what is told; if it is a file, seal it beside its place first."""
    ids = tuple(release.id for release in permit.releases)
    entry = replace(
        asked,
        kind="disclosure",
        log_required=disclosures.log_required("disclosure", permit.basis),
        approved_by=given.approved_by,
        records=permit.records,
        withheld=permit.withheld,
        aim=permit.aims[0] if len(permit.aims) == 1 else None,
        release=ids[0] if ids else None,
        releases=ids if len(ids) > 1 else (),
        method=permit.method,
    )
    if permit.method != "encrypted_file":
        entry = replace(entry, notice_given=bool(given.told))
        return log(work.store, entry, session.real_time())
    if draft is None or given.recipient_key is None:
        raise _unplaced({"out": draft, "recipient_key": given.recipient_key})
    from reintegrate_cli.nouns.disclosure import sealing

    recipient = sealing.read_key(path_of(given.recipient_key))
    items = sealing.items_for(work, permit.records)
    packet = sealing.packet(work, permit, items, notice, given.name)
    draft.write(sealing.sealed(packet, given.format or "md", recipient))
    counts = (Content(records=type_, items=len(told)) for type_, told in items.items())
    entry = replace(
        entry,
        format=given.format or "md",
        name=given.name,
        notice_given=bool(notice),
        file=draft.name,
        contents=tuple(counts),
        handed_over=False,
    )
    return log(work.store, entry)


def _unplaced(places: Mapping[str, object]) -> Usage:
    missing = [key for key, place in places.items() if place is None]
    return Usage(
        "missing: " + ", ".join("--" + key.replace("_", "-") for key in missing),
        fields=missing,
        hint="the packet is sealed to the agency's age public key; they make it with age-keygen, "
        "and give you the line that begins with age1",
    )


def _hand_over(entry: Disclosure, draft: "Draft") -> Disclosure:
    """Put the packet into its place, now that its entry is kept, and mark it handed over."""
    try:
        draft.put_in_place()
    except Settings as problem:
        say(f"{entry.case}/{entry.id} is logged as not handed over")
        raise problem from None
    with session.writing(session.current.command) as store:
        kept = store.of(Disclosure).get(entry.case, entry.id)
        return store.of(Disclosure).put(disclosures.handed(kept, session.real_time()))


def _remark(entry: Disclosure, given: NewDisclosure) -> None:
    """Say what was told, and what is still to be told to whom."""
    if entry.kind != "disclosure":
        return
    if entry.records:
        say(f"told: {listed(entry.records)}")
        say(f"withheld: {listed(entry.withheld)}")
    if entry.file is not None:
        say(f"{Path(given.out or '') / entry.file}", whole=True)
        say("it opens with the agency's own key alone; hand it over yourself")
    elif not entry.notice_given and entry.basis != "rights_holder":
        say(f"tell them: {disclosures.NOTICE}")
    if entry.student_told is None:
        say("tell the student what was told, and who was told")


@lists("disclosure", COLUMNS, disclosures.KINDS)
def list_(work: Work, entries: list[Disclosure]) -> list[DisclosureRow]:
    """List what was asked, told and refused; the words are in case show.

    Example: reintegrate disclosure list --case HX4T --status refusal
    """
    return [row_of(DisclosureRow, entry) for entry in entries]


class Verified(Value, frozen=True, kw_only=True):
    """What a verification of the log looked at, in numbers."""

    whole: Public[bool]
    cases: Public[int]
    entries: Public[int]


@verb("disclosure", "verify")
def verify() -> None:
    """Work out every chain of the disclosure log again, and compare it with the history.

    Example: reintegrate disclosure verify
    """
    with session.reading() as store:
        logs: dict[str, list[Disclosure]] = defaultdict(list)
        for entry in store.of(Disclosure).all():
            logs[entry.case].append(entry)
        cases, entries = len(logs), sum(map(len, logs.values()))
        named: dict[str, set[str]] = defaultdict(set)
        for unit in history.read(store.shelf):  # a purge takes the names of its case
            for table, *key in (name.split("/") for name in unit.changed):
                if table == "disclosures" and len(key) == 2:
                    named[key[0]].add(key[1])
    for ref in sorted({*logs, *named}):
        broken = disclosures.broken(logs[ref], named[ref])
        if broken:
            raise Damaged(
                f"the disclosure log does not hold together at {ref}/{broken[0]}",
                hint="restore a backup beside it, and compare; reintegrate vault verify",
            )
    show(Verified(whole=True, cases=cases, entries=entries))


def section(store: "Store", ref: str) -> Section:
    """Return the disclosure log of a case."""
    entries = store.of(Disclosure).all(case=ref)
    return Section(
        {"disclosures": entries},
        heading="disclosure log" if entries else "",
        pairs=[(entry.id, narrative(entry)) for entry in entries],
        rows=entries,
        columns=COLUMNS[1:],
    )
