"""Keeping units of work in a database, and the keys that open it."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from reintegrate_cli.catalogue import SCHEMA
from reintegrate_cli.core.errors import Locked
from reintegrate_cli.core.filing import Change
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.slips import Slip
from reintegrate_cli.keys import (
    Bundle,
    Signer,
    Slot,
    carry_over,
    full_bundle,
    new_data_key,
    school_name,
    scope_of,
)
from reintegrate_cli.keys.header import Header, Place, encode_header
from reintegrate_cli.keys.rack import Seats
from reintegrate_cli.server import ledger
from reintegrate_cli.server.anchor import Anchor, Watch, anchor_of
from reintegrate_cli.server.heads import Last, Top, digest_of, seal_top
from reintegrate_cli.server.moment import Moment
from reintegrate_cli.server.sending import Past, Whole, call, rename_looks, send, write_anew
from reintegrate_cli.server.sheets import Query, schools_of, scopes_of
from reintegrate_cli.server.transaction import Transaction, overtaken
from reintegrate_cli.server.tray import Lying, settle
from reintegrate_cli.server.working_out import Staged, Work, whole_vault


class _Anew(NamedTuple):
    """How the vault is to be written anew: with which slots, sealed with what, and what stays."""

    slots: tuple[Slot, ...]
    bundle: Bundle
    changes: Mapping[str, Change]


class Laid(NamedTuple):
    """What lay in the tray, as it lies over what the vault holds."""

    staged: Staged
    refused: Sequence[Lying]
    """What goes against a rule, or does not say who wrote it."""


class Keeping:
    """What a unit of work changes, and the rack of the keys; ``keys.rack`` says what those do.

    Args:
        transaction: where it reads and writes.
        bundle: what the key at hand opens.
        watch: compares with what was seen on this machine; nothing remembers if left out.
        reads_only: whether the login's seat is one that only reads.
    """

    def __init__(
        self,
        transaction: Transaction,
        bundle: Bundle,
        watch: Watch | None = None,
        *,
        reads_only: bool = False,
    ) -> None:
        self._reads_only = reads_only
        self.staged: Staged = {}
        self.laid: Laid | None = None
        self.slip: Slip | None = None
        """With a key for one school: what is to be left in the tray."""
        self._transaction = transaction
        self._bundle = bundle
        self._watch = watch or Watch(None)
        self._anew: _Anew | None = None
        self._slots: tuple[Slot, ...] | None = None
        self._signing: Signer | None = None
        self._moment: Moment | None = None
        self.header: Header = self.moment.header

    @property
    def moment(self) -> Moment:
        """What the vault holds; read again after something was kept."""
        if self._moment is None:
            self._watch.begin()
            self._moment = _seen(self._transaction.query, self._bundle)
            self._watch.look(self._moment)
        return self._moment

    @property
    def query(self) -> Query:
        """What asks the server, in the transaction of this unit of work."""
        return self._transaction.query

    # The keys.

    @property
    def bundle(self) -> Bundle:
        return self._bundle

    @property
    def signer(self) -> Signer:
        if self._signing is None:
            self._bundle.demand_full("the key that signs")
            self._signing = Signer.opened(self.header.signer, self._bundle, self.header.store_id)
        return self._signing

    @property
    def public(self) -> bytes:
        return self.signer.public if self._bundle.full else self._bundle.public

    @property
    def seats(self) -> Seats:
        """Who may do what on the server."""
        from reintegrate_cli.server.seats import ServerSeats

        return ServerSeats(self.query, self.moment, self._bundle, self.header)

    def sign_with(self, signer: Signer) -> None:
        """Every vault on a server has a key that signs, from its first day on."""

    def to_share(self, user: str) -> Bundle:
        self._bundle.demand_full("a key for somebody else")
        return full_bundle(self._bundle.data_key, user, public=self.public)

    def renew(self, *, slots: Sequence[Slot] | None = None, reseal: bool = False) -> None:
        self._bundle.demand_full("the vault")
        renewed = tuple(self.header.slots if slots is None else slots)
        if reseal:
            self._anew = self._resealed(renewed)
        else:
            self._slots = renewed

    def _resealed(self, slots: Sequence[Slot]) -> _Anew:
        bundle = full_bundle(new_data_key(), self._bundle.user, self._bundle.slot, self.public)
        renewed = carry_over(
            slots, self._bundle, bundle, self.header.store_id, made_by="somebody else"
        )
        return _Anew(renewed, bundle, {})

    def rewrite(self, changes: Mapping[str, Change]) -> None:
        """Write everything anew under another data key; ``core.shelf`` says more."""
        self._bundle.demand_full("the vault")
        self._anew = self._resealed(self._slots or self.header.slots)._replace(changes=changes)

    # A unit of work.

    def close(self) -> None:
        """Forget what was not committed, and let go of the connection."""
        if self._moment is not None and self._moment.ledger.is_read:
            self._watch.keep(anchor_of(self._moment))
        self._forget()
        self._transaction.close()

    def _forget(self) -> None:
        self.staged.clear()
        self._anew = self._slots = self.laid = self.slip = None

    def commit(self) -> None:
        """Keep what is staged, whole or not at all; ``core.shelf`` says more."""
        if not self.staged and self._anew is None and self._slots is None:
            if self._bundle.school_root:
                self._transaction.commit("")  # who looked at what is with the server alone
            return
        if self._only_notes():
            self._note()
            return
        if self._reads_only:
            self._must_only_have_read()
            return
        moment = self.moment
        if self._transaction.hold(moment.turn) and moment.tray.is_overtaken():
            raise overtaken()
        if self.slip is not None:
            self._leave(moment, self.slip)
            return
        if moment.tray.found and self.laid is None and self._bundle.full:
            raise overtaken()
        if self._anew is None and moment.schema < SCHEMA and self._bundle.full:
            self._anew = _Anew(self._slots or self.header.slots, self._bundle, {})
        header, anchor = self._kept_anew(moment, self._anew) if self._anew else self._kept(moment)
        self._transaction.commit(self._entry(moment))
        self._watch.keep(anchor)
        if self._anew is not None:
            self._bundle = self._anew.bundle
        self.header = header
        self._signing = self._moment = None
        self._forget()

    def _leave(self, moment: Moment, slip: Slip) -> None:
        """Leave a unit of work in the tray, for a full key to take over."""
        last = moment.tray.leave(slip)
        self._transaction.commit("")
        self._watch.keep(replace(anchor_of(moment), slip=last))
        self._moment = None
        self._forget()

    def _only_notes(self) -> bool:
        is_more = self._anew is not None or self._slots is not None or self.moment.ledger.is_mended
        return self.staged.keys() == {ledger.NAME} and not is_more

    def _note(self) -> None:
        """Add to the ledger, which is nobody's to hold: cron has no right to the writer's lock.

        Raises:
            Conflict: the vault was written anew meanwhile, or somebody else noted something.
        """
        moment = self.moment
        sent = Work(moment, self.staged).worked_out()
        header = hashlib.sha256(moment.start).digest()
        self._transaction.begin_to_add()
        for row in sent.put:
            what = (row.key, row.part, row.at, row.turn, row.body, header)
            call(self.query, "mailed(%s, %s, %s, %s, %s, %s)", *what)
        self._transaction.commit("")
        self._watch.keep(replace(anchor_of(moment), noted=max(row.at or 0 for row in sent.put)))
        self._moment = None
        self.staged.clear()

    def _must_only_have_read(self) -> None:
        """Leave the entry of what was looked at to the server, which has it.

        Raises:
            Locked: there is more to be kept.
        """
        laid = self.laid.staged if self.laid is not None else {}
        is_more = self._anew is not None or self._slots is not None
        own = {table for table, rows in self.staged.items() if rows != laid.get(table)}
        if is_more or own - {"history", "values"}:
            raise Locked(
                "this login reads, and changes nothing",
                hint="a specialist can change that with reintegrate vault seat",
            )
        self._forget()

    def _entry(self, moment: Moment) -> str:
        """Return the id of this unit of work in the history; nothing if it leaves no entry."""
        staged = self.staged.get("history", {})
        return max((key[0] for key in staged), key=lambda id_: int(id_[1:]), default="")

    def _kept(self, moment: Moment) -> tuple[Header, Anchor]:
        query = self.query
        self._begin_sheets(moment)
        sent, header = Work(moment, self.staged).worked_out(), self.header
        top = sent.top
        if self._slots is not None:
            header = replace(header, slots=self._slots)
            start = encode_header(header)
            top = top or replace(moment.top, turn=moment.turn + 1)
            top.header = hashlib.sha256(start).hexdigest()
            call(query, "renewed(%s, %s)", SCHEMA, start)
        if moment.ledger.is_mended:
            call(query, "mails_forgotten()")
        send(query, sent, moment.turn + 1)
        anchor = anchor_of(moment)  # the heads say by now what was worked out
        if top is not None:
            self._take_over(top, moment.tray.last)
            sealed = seal_top(moment.seals, top, self.signer)
            call(query, "turned(%s, %s)", top.turn, sealed)
            anchor = replace(
                anchor, turn=top.turn, top=digest_of(sealed), noted=max(top.noted, anchor.noted)
            )
        return header, anchor

    def _take_over(self, top: Top, last: Mapping[bytes, Last]) -> None:
        """Take out of the tray what was laid over, and let the head over all name the last."""
        top.taken = {scope.hex(): each for scope, each in last.items()}
        if self.laid is not None:
            settle(self.query, last, self.laid.refused)

    def _begin_sheets(self, moment: Moment) -> None:
        """Begin what a school reads by where a key for it was made, and there is none yet."""
        schools = schools_of(self._slots or (), self._bundle, self.header.store_id)
        for scope in scopes_of(schools):
            if not moment.sheets.has(scope):
                moment.sheets.begin(scope, moment.rows_in(scope))

    def _kept_anew(self, moment: Moment, anew: _Anew) -> tuple[Header, Anchor]:
        """Take everything out of the tables, and put it back sealed with other keys."""
        former = replace(self.header, slots=anew.slots)
        call(self.query, "stilled()")
        moment.ledger.read_again()
        schools = schools_of(self.header.slots, self._bundle, self.header.store_id)
        names = {
            school.scope: scope_of(school_name(anew.bundle.data_key, school.code))
            for school in schools
        }
        # Numbers go on from where they were: a machine of a school remembers the last.
        last = {names[scope]: each for scope, each in moment.tray.last.items() if scope in names}
        rows = whole_vault(moment, self.staged, anew.changes)
        whole = Whole(rows, moment.last_numbers(), moment.all_given(), last)
        rename_looks(self.query, self._bundle, anew.bundle, rows.get("cases", ()))
        after = Place(self.header.epoch, moment.turn, hashlib.sha256(moment.top_body).digest())
        written = write_anew(
            self.query,
            former,
            anew.bundle,
            self.signer,
            moment.turn,
            whole,
            past=_past(moment, after, is_purge=bool(anew.changes)),
        )
        header = written.header
        if names:
            former_names, present = [*names], [*names.values()]
            call(self.query, "reseated(%s::bytea[], %s::bytea[])", former_names, present)
            settle(self.query, last, ())
        return header, replace(
            anchor_of(moment),
            salt=header.salt,
            epoch=header.epoch,
            turn=moment.turn + 1,
            top=digest_of(written.top),
            entry=max(written.history.last.values(), default=0),
            chain=written.history.chain,
        )


def _seen(query: Query, bundle: Bundle) -> Moment:
    """Return what a vault holds, as far as a key opens it."""
    if not bundle.school_root:
        return Moment(query, bundle)
    from reintegrate_cli.server.school import SchoolMoment

    return SchoolMoment(query, bundle)


def _past(moment: Moment, after: Place, *, is_purge: bool) -> Past:
    """Return what machines have to know of a vault that is written anew from what is there."""
    restored = moment.top.restored
    if not is_purge:
        return Past(after, restored, moment.top.purged)
    return Past(after, restored and replace(restored, undone=[]), after.epoch + 1)
