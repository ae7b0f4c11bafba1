"""Reminders: at most one mail a day, none lost to a kill, and no doubt ever hidden."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from reintegrate_cli.core import records
from reintegrate_cli.core.errors import Busy, Problem, Settings, Usage
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.records import Sensitivity
from reintegrate_cli.mail import ledger as rules
from reintegrate_cli.mail import reminders, timers
from reintegrate_cli.mail.ledger import Again, Already, LedgerEntry, LedgerState, Send, Waiting
from reintegrate_cli.mail.reminders import (
    DueItem,
    LastWrite,
    MailSettings,
    News,
    NotSent,
    Outcome,
    Rejected,
    Unknown,
)
from test_mail import RECIPIENT, SENDER, Office, office

TODAY = date(2026, 10, 1)
DAY = timedelta(days=1)
LATE = DueItem(id="a", due_on=TODAY - DAY, overdue_on=TODAY, kind="item")


ONE = News(1, 1)
"""What there is to say of ``LATE``, today."""


def entry(day: date, state: LedgerState, attempt: int = 1, **more: Any) -> LedgerEntry:
    at = "2026-10-01T11:00:00+00:00"
    return LedgerEntry(day=day, state=state, at=at, attempt=attempt, count=1, **more)


# What counts, and what is said.


def test_an_item_counts_from_the_day_it_is_overdue_and_is_then_one_day_late() -> None:
    assert reminders.past_due([LATE], TODAY) == (1, 1)
    assert reminders.past_due([LATE], TODAY - DAY) == (0, 0)
    # A window of three days came first: lateness is counted from its end.
    wide = DueItem(id="b", due_on=date(2026, 9, 20), overdue_on=date(2026, 9, 24), kind="item")
    assert reminders.past_due([LATE, wide], TODAY) == (2, 8)


@given(st.lists(st.integers(-400, 400), max_size=20))
def test_a_missed_run_loses_nothing(offsets: list[int]) -> None:
    items = [replace(LATE, overdue_on=TODAY + DAY * each) for each in offsets]
    count, oldest = reminders.past_due(items, TODAY)
    later, older = reminders.past_due(items, TODAY + DAY * 7)
    assert later >= count
    assert older >= oldest + 7 or not count
    assert (count == 0) == (oldest == 0)


def test_the_mail_says_a_count_and_nothing_else() -> None:
    assert reminders.SUBJECT == "Office reminder"
    assert reminders.body(3, 2) == (
        "3 items past due; oldest 2 days.\nOpen it at your work computer.\n"
    )
    assert reminders.body(1, 1) == (
        "1 item past due; oldest 1 day.\nOpen it at your work computer.\n"
    )
    assert reminders.body(2, 1).startswith("2 items past due; oldest 1 day.")


# Settings.


GOOD: dict[str, Any] = {
    "host": "mail.district.example",
    "port": 465,
    "security": "tls",
    "from_address": "a@b.example",
    "to": "o'brien+desk@b.example",
}


def test_every_field_has_a_class_and_what_points_to_the_office_is_private() -> None:
    kinds = {
        kind: {spec.name: spec.sensitivity for spec in records.fields_of(kind)}
        for kind in (MailSettings, DueItem, LedgerEntry)
    }
    public = {name for name, kind in kinds[MailSettings].items() if kind == Sensitivity.PUBLIC}
    assert public == {"port", "security"}
    assert "b.example" not in repr(MailSettings(**GOOD))
    assert set(kinds[LedgerEntry].values()) == set(kinds[DueItem].values()) == {Sensitivity.PUBLIC}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a@",
        "@b",
        "a@b@c",
        "a@b,c@d",
        "a@b;c@d",
        "A <a@b>",
        "<a@b>",
        "a@b\n",
        "a@b\r\nCc: c@d",
        "a b@c",
        "é@b",
        "a@é",
        "a@b..c",
        ".a@b",
        "a.@b",
        "a..b@c",
        "a@-b",
        "a@[127.0.0.1]",
        "a%c@b",
        "a!c@b",
        '"a"@b',
        "a@b.",
        "a" * 65 + "@b",
        "a@" + "b." * 130 + "b",
        "a@b\0",
        "a@b#c",
        "a@b c",
        "a@b_c",
    ],
)
def test_what_is_not_exactly_one_plain_address_is_refused(text: str) -> None:
    with pytest.raises(Usage) as caught:
        reminders.address(text)
    assert not text or len(text) < 3 or text not in caught.value.message
    for field in ("to", "from_address"):
        with pytest.raises(Usage):
            MailSettings(**GOOD | {field: text})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a b",
        "a:25",
        "-a",
        "a..b",
        "a/b",
        "a\n",
        "é",
        "[::1]",
        "fe80::1%eth0",
        "a" * 64,
        "a@b",
        "smtp://a",
    ],
)
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(Usage):
        reminders.host(text)


def test_hosts_and_addresses_are_given_back_as_typed() -> None:
    for name in ("mail.b.example", "localhost", "192.0.2.1", "::1", "Mail-1.b.example"):
        assert reminders.host(name) == name
    assert reminders.address(GOOD["to"]) == GOOD["to"]
    assert reminders.address("office@localhost") == "office@localhost"


def test_mail_without_tls_stays_on_this_machine() -> None:
    for name in ("127.0.0.1", "127.255.0.9", "::1", "localhost", "LOCALHOST"):
        MailSettings(**GOOD | {"host": name, "security": "insecure_loopback"})
    for name in (
        "mail.b.example",
        "192.0.2.1",
        "0.0.0.0",  # noqa: S104
        "127.example",
        "localhost.b.example",
        "::2",
        "128.0.0.1",
    ):
        with pytest.raises(Usage):
            MailSettings(**GOOD | {"host": name, "security": "insecure_loopback"})


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_is_a_port(port: int) -> None:
    with pytest.raises(Usage):
        MailSettings(**GOOD | {"port": port})


# When a mail may go.


@pytest.mark.parametrize(
    ("ledger", "decision"),
    [
        ([], Send(1)),
        (
            [
                entry(TODAY - DAY, "intent"),
                entry(TODAY - DAY, "handing"),
                entry(TODAY - DAY, "sent"),
            ],
            Send(1),
        ),
        ([entry(TODAY, "intent")], Send(2)),
        ([entry(TODAY, "intent"), entry(TODAY, "failed")], Send(2)),
        ([entry(TODAY - DAY, "intent")], Send(1)),
        ([entry(TODAY, "sent")], Already(TODAY)),
        ([entry(TODAY, "unknown")], Already(TODAY)),
        # A clock that was put back by an hour at midnight: the mail went minutes ago.
        ([entry(TODAY + DAY, "sent")], Already(TODAY + DAY)),
        ([entry(TODAY + DAY, "sent"), entry(TODAY, "failed")], Already(TODAY + DAY)),
        # Any later day was no clock's that was right, or another --today: it closes nothing.
        ([entry(TODAY + DAY * 2, "sent")], Send(1)),
        ([entry(date(2036, 1, 1), "sent"), entry(date(2036, 1, 1), "unknown")], Send(1)),
        ([entry(TODAY + DAY * 9, "unknown"), entry(TODAY, "sent")], Already(TODAY)),
        ([entry(TODAY - DAY, "sent")], Send(1)),
        ([entry(TODAY + DAY, "failed")], Send(1)),
    ],
)
def test_the_ledger_decides(ledger: list[LedgerEntry], decision: object) -> None:
    assert rules.decide(ledger, TODAY, every=1, tried="") == decision


@pytest.mark.parametrize(
    ("ahead", "sent", "fits"),
    [(0, True, False), (1, True, False), (2, True, True), (-1, True, True), (0, False, True)],
)
def test_an_entry_closes_its_own_day_and_the_one_before_it_and_no_other(
    ahead: int, sent: bool, fits: bool
) -> None:
    ledger = [entry(TODAY + DAY * ahead, "sent" if sent else "failed")]
    decision = rules.decide(ledger, TODAY, every=1, tried="")
    assert isinstance(decision, Send) is fits


@pytest.mark.parametrize(
    ("again", "day", "tried", "waits"),
    [
        ("next_run", TODAY, "x", False),
        ("tomorrow", TODAY, "x", True),
        ("tomorrow", TODAY, "y", False),
        ("tomorrow", TODAY - DAY, "x", False),
        ("tomorrow", date(2036, 1, 1), "x", False),
        ("after_setup", TODAY, "x", True),
        ("after_setup", TODAY - DAY * 400, "x", True),
        ("after_setup", date(2036, 1, 1), "x", True),
        ("after_setup", TODAY, "y", False),
    ],
)
def test_what_was_refused_for_good_waits_for_its_day_or_for_other_settings(
    again: Again, day: date, tried: str, waits: bool
) -> None:
    failed = entry(day, "failed", cause="auth", again=again, tried="x")
    decision = rules.decide([failed, entry(TODAY, "intent")], TODAY, every=1, tried=tried)
    assert decision == (Waiting(failed) if waits else Send(2))


@pytest.mark.parametrize(
    ("ledger", "waiting"),
    [
        ([], ()),
        ([entry(TODAY, "intent")], ()),
        ([entry(TODAY, "handing")], (entry(TODAY, "handing"),)),
        ([entry(TODAY, "handing"), entry(TODAY, "sent")], ()),
        (
            [entry(TODAY - DAY * 30, "handing"), entry(TODAY, "sent")],
            (entry(TODAY - DAY * 30, "handing"),),
        ),
        ([entry(TODAY, "handing"), entry(TODAY, "intent", 2)], (entry(TODAY, "handing"),)),
    ],
)
def test_what_was_being_handed_over_waits_for_an_outcome(
    ledger: list[LedgerEntry], waiting: tuple[LedgerEntry, ...]
) -> None:
    assert rules.unresolved(ledger) == waiting


# When nobody changes anything, that is the mail.


def written(day: date, real_day: date | None = None) -> LastWrite:
    return LastWrite(day=day, real_day=real_day or day)


@pytest.mark.parametrize(
    ("last", "silent"),
    [
        (None, None),
        (written(TODAY), 0),
        (written(TODAY - DAY * 29), 29),
        (written(TODAY - DAY * 400), 400),
        # The clock passed midnight twice.
        (written(TODAY + DAY), 0),
        # Written under another --today: the real days count.
        (written(date(2036, 1, 1), TODAY - DAY * 40), 40),
        (written(TODAY + DAY * 4, TODAY), 0),
        # Written while the clock was wrong: nobody can tell.
        (written(date(2036, 1, 1)), None),
        (written(TODAY + DAY * 2), None),
    ],
)
def test_how_long_nobody_changed_anything(last: LastWrite | None, silent: int | None) -> None:
    assert reminders.news([], last, TODAY, TODAY).silent_days == silent


@pytest.mark.parametrize(
    ("told", "every"),
    [
        (News(0, 0), 0),
        (News(0, 0, 29), 0),
        (News(0, 0, 30), 7),
        (News(0, 0, None), 7),
        (News(1, 1, 30), 1),
        (News(1, 1, None), 1),
    ],
)
def test_silence_is_told_once_a_week_and_what_is_overdue_each_day(told: News, every: int) -> None:
    assert told.every == every


def test_with_nobody_there_a_mail_goes_each_week_for_as_long_as_that_lasts() -> None:
    desk = Desk()
    for ahead in range(100):
        day = TODAY + DAY * ahead
        desk.run(day, told=reminders.news([], written(TODAY), day, day))
    assert [(day - TODAY).days for day, _ in desk.posted] == list(range(30, 100, 7))
    assert desk.posted[0][1] == (
        "Nobody has written to it for 30 days.\nOpen it at your work computer.\n"
    )


def test_a_missed_week_is_caught_up_and_a_wrong_clock_does_not_cost_one() -> None:
    desk = Desk(entry(date(2036, 1, 1), "sent"), entry(TODAY - DAY * 8, "sent"))
    assert desk.run(told=News(0, 0, 31)) == Outcome.SENT
    assert desk.run(TODAY + DAY * 6, told=News(0, 0, 37)) == Outcome.ALREADY
    # What becomes overdue does not wait for the week.
    assert desk.run(TODAY + DAY * 6, told=News(1, 1, 37)) == Outcome.SENT
    assert desk.posted[-1][1] == (
        "1 item past due; oldest 1 day.\nNobody has written to it for 37 days.\n"
        "Open it at your work computer.\n"
    )
    assert desk.run(TODAY + DAY * 13, told=News(0, 0, None)) == Outcome.SENT
    assert desk.posted[-1][1] == "Open it at your work computer.\n"


class Desk:
    """A ledger, a person and a post office in memory; anything can be made to raise."""

    def __init__(self, *ledger: LedgerEntry) -> None:
        self.ledger = list(ledger)
        self.posted: list[tuple[date, str]] = []
        self.reported: list[date] = []
        self.reads = 0

    def read(self) -> list[LedgerEntry]:
        self.reads += 1
        return list(self.ledger)

    def run(
        self,
        today: date = TODAY,
        *,
        send: Callable[..., None] | None = None,
        told: News = ONE,
        tried: str = "",
    ) -> Outcome:
        def post(text: str, handing: Callable[[], None]) -> None:
            handing()
            self.posted.append((today, text))

        return reminders.run(
            told,
            ledger_read=self.read,
            ledger_append=self.ledger.append,
            send=send or post,
            tried=lambda: tried,
            report=self.reported.append,
            today=today,
            now=lambda: "2026-10-01T11:00:00+00:00",
        )

    @property
    def states(self) -> list[str]:
        return [each.state for each in self.ledger]


def test_nothing_due_reads_and_writes_nothing() -> None:
    desk = Desk(entry(TODAY - DAY, "handing"))
    assert desk.run(told=News(0, 0)) == Outcome.NOTHING_DUE
    assert (desk.reads, len(desk.ledger), desk.posted) == (0, 1, [])


def test_a_second_run_sends_nothing_and_the_next_day_sends_again() -> None:
    desk = Desk()
    assert desk.run() == Outcome.SENT
    assert desk.run() == Outcome.ALREADY
    assert desk.run(TODAY + DAY) == Outcome.SENT
    assert [day for day, _ in desk.posted] == [TODAY, TODAY + DAY]
    assert desk.posted[0][1] == reminders.body(1, 1)
    assert desk.states == ["intent", "handing", "sent"] * 2


def test_a_clock_once_ahead_costs_no_mail_of_the_days_between() -> None:
    desk = Desk(entry(date(2036, 1, 1), "sent"))
    assert desk.run() == Outcome.SENT
    assert desk.run(TODAY + DAY * 3) == Outcome.SENT
    assert desk.run(TODAY + DAY) == Outcome.SENT
    # Midnight was passed twice: the mail of the third day is minutes old.
    assert desk.run(TODAY + DAY * 2) == Outcome.ALREADY
    assert [day for day, _ in desk.posted] == [TODAY, TODAY + DAY * 3, TODAY + DAY]


@pytest.mark.parametrize(
    ("problem", "rest"),
    [
        (NotSent("refused_recipient", busy=True), "busy"),
        (Rejected("refused_recipient"), "day"),
        (NotSent("timeout", "tomorrow"), "day"),
        (Rejected("auth", "after_setup"), "setup"),
    ],
    ids=repr,
)
def test_what_failed_for_good_is_tried_no_more_than_it_says(problem: Problem, rest: str) -> None:
    desk, tries = Desk(), []

    def fail(_text: str, _handing: Callable[[], None]) -> None:
        tries.append(1)
        raise problem

    for _ in range(11):
        with pytest.raises(type(problem)) as caught:
            desk.run(send=fail)
        assert caught.value.code == (9 if isinstance(problem, Rejected) else 8)
        assert (caught.value.message, caught.value.hint) == (problem.message, problem.hint)
    assert len(tries) == (11 if rest == "busy" else 1)
    if rest == "setup":
        with pytest.raises(Rejected):
            desk.run(TODAY + DAY)
        assert desk.run(TODAY + DAY, tried="another password") == Outcome.SENT
    else:
        assert desk.run(TODAY + DAY) == Outcome.SENT


def test_a_failure_is_noted_by_one_word_and_tried_again_the_same_day() -> None:
    desk = Desk()

    def fail(_text: str, _handing: Callable[[], None]) -> None:
        raise NotSent("tls")

    for _ in range(2):
        with pytest.raises(NotSent):
            desk.run(send=fail)
    assert desk.run() == Outcome.SENT
    assert desk.states == ["intent", "failed", "intent", "failed", "intent", "handing", "sent"]
    assert [each.attempt for each in desk.ledger] == [1, 1, 2, 2, 3, 3, 3]
    assert desk.ledger[1].cause == "tls"


def test_a_refusal_after_the_handing_is_a_failure_and_no_answer_is_reported_once() -> None:
    desk = Desk()

    def refuse(_text: str, handing: Callable[[], None]) -> None:
        handing()
        raise NotSent("refused_message")

    def lose(_text: str, handing: Callable[[], None]) -> None:
        handing()
        raise Unknown

    with pytest.raises(NotSent):
        desk.run(send=refuse)
    assert desk.run(send=lose) == Outcome.AMBIGUOUS_REPORTED
    assert desk.run() == Outcome.ALREADY
    assert desk.reported == [TODAY]
    assert desk.states == ["intent", "handing", "failed", "intent", "handing", "unknown"]
    assert desk.posted == []


def test_a_stranded_mail_of_an_earlier_day_is_reported_and_does_not_cost_today_its_own() -> None:
    desk = Desk(entry(TODAY - DAY, "intent"), entry(TODAY - DAY, "handing"))
    assert desk.run() == Outcome.AMBIGUOUS_REPORTED
    assert desk.reported == [TODAY - DAY]
    assert [day for day, _ in desk.posted] == [TODAY]
    assert desk.run() == Outcome.ALREADY
    assert desk.reported == [TODAY - DAY]


@pytest.mark.parametrize(
    ("error", "states"), [(Settings("x"), ["intent", "failed"]), (KeyboardInterrupt(), ["intent"])]
)
def test_what_else_is_raised_before_the_handing_is_safe_to_try_again(
    error: BaseException, states: list[str]
) -> None:
    desk = Desk()

    def fail(_text: str, _handing: Callable[[], None]) -> None:
        raise error

    with pytest.raises(type(error)):
        desk.run(send=fail)
    assert desk.states == states
    assert desk.run() == Outcome.SENT


@pytest.mark.parametrize("error", [Settings("x"), KeyboardInterrupt(), RuntimeError()])
def test_what_else_is_raised_after_the_handing_is_a_doubt_and_is_told(error: BaseException) -> None:
    desk = Desk()

    def fail(_text: str, handing: Callable[[], None]) -> None:
        handing()
        raise error

    with pytest.raises(type(error)):
        desk.run(send=fail)
    assert desk.states == ["intent", "handing"]
    assert desk.run() == Outcome.AMBIGUOUS_REPORTED
    assert (desk.reported, desk.posted) == ([TODAY], [])


def test_a_note_that_cannot_be_written_stops_the_mail() -> None:
    desk = Desk()

    def append(note: LedgerEntry) -> None:
        if note.state == "handing":
            raise Busy("somebody else holds the vault")
        desk.ledger.append(note)

    def post(text: str, handing: Callable[[], None]) -> None:
        handing()
        desk.posted.append((TODAY, text))

    with pytest.raises(Busy):
        reminders.run(
            ONE,
            ledger_read=desk.read,
            ledger_append=append,
            send=post,
            tried=str,
            report=desk.reported.append,
            today=TODAY,
            now=str,
        )
    assert desk.posted == []
    assert desk.run() == Outcome.SENT


# Laws: whatever sequence of runs, kills, failures and days.


class Killed(BaseException):
    """Ends a run as SIGKILL does: nothing after it happens."""


class Post(RuleBasedStateMachine):
    """Days, runs, failures, and kills before or after every single step."""

    def __init__(self) -> None:
        super().__init__()
        self.day = TODAY
        self.ledger: list[LedgerEntry] = []
        self.mails: list[date] = []
        self.reported: list[date] = []
        self.doubtful: set[date] = set()
        self.steps = 0

    def step(self) -> None:
        self.steps -= 1
        if self.steps == 0:
            raise Killed

    def append(self, note: LedgerEntry) -> None:
        self.step()
        self.ledger.append(note)
        self.step()

    def send(self, how: str) -> Callable[[str, Callable[[], None]], None]:
        def send_(_text: str, handing: Callable[[], None]) -> None:
            self.step()
            if how == "early":
                raise NotSent("connect")
            handing()
            self.doubtful.add(self.day)
            self.step()
            if how == "refused":
                self.doubtful.discard(self.day)
                raise NotSent("refused_message")
            if how != "lost":
                self.mails.append(self.day)
            self.step()
            if how in ("lost", "unanswered"):
                raise Unknown
            self.doubtful.discard(self.day)

        return send_

    def report(self, day: date) -> None:
        self.step()
        self.reported.append(day)
        self.step()

    def go(self, how: str, kill: int) -> Outcome | None:
        self.steps = kill
        try:
            return reminders.run(
                ONE,
                ledger_read=lambda: list(self.ledger),
                ledger_append=self.append,
                tried=str,
                send=self.send(how),
                report=self.report,
                today=self.day,
                now=lambda: "",
            )
        except (Killed, NotSent):
            return None

    @rule(
        how=st.sampled_from(["well", "early", "refused", "lost", "unanswered"]),
        kill=st.integers(0, 14),
    )
    def a_run(self, how: str, kill: int) -> None:
        self.go(how, kill)

    @rule(days=st.integers(1, 3))
    def days_pass(self, days: int) -> None:
        self.day += DAY * days

    @rule(days=st.integers(1, 3))
    def the_clock_is_put_back(self, days: int) -> None:
        self.day = max(self.day - DAY * days, TODAY)

    @precondition(lambda self: all(each.day <= self.day for each in self.ledger))
    @rule()
    def a_run_that_goes_well_leaves_today_with_a_mail_or_a_report(self) -> None:
        before = len(self.reported)
        outcome = self.go("well", 0)
        assert outcome in (Outcome.SENT, Outcome.ALREADY, Outcome.AMBIGUOUS_REPORTED)
        assert (outcome == Outcome.AMBIGUOUS_REPORTED) == (len(self.reported) > before)
        assert self.day in self.mails or self.day in self.reported
        # A moment of doubt, of whatever day, has been told by now.
        assert self.doubtful <= set(self.reported) | set(self.mails)
        assert not rules.unresolved(self.ledger)

    @invariant()
    def never_two_mails_for_a_day(self) -> None:
        assert len(self.mails) == len(set(self.mails))

    @invariant()
    def never_noted_as_sent_unless_it_was(self) -> None:
        assert {each.day for each in self.ledger if each.state == "sent"} <= set(self.mails)

    @invariant()
    def doubt_is_never_noted_before_it_was_told(self) -> None:
        assert {each.day for each in self.ledger if each.state == "unknown"} <= set(self.reported)


TestPost = Post.TestCase
TestPost.settings = effort(max_examples=150, stateful_step_count=25, deadline=None)


# A real process, a real server, and SIGKILL at every step.


CHILD = f"""
import fcntl, json, os, signal, sys
from datetime import date
from pathlib import Path
from reintegrate_cli.mail import ledger, mail, reminders; from reintegrate_cli.core import records
import msgspec

path, port, kill, today = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
lock = open(path.with_suffix(".lock"), "w")
fcntl.flock(lock, fcntl.LOCK_EX)
steps = 0

def step():
    global steps
    steps += 1
    if steps == kill:
        os.kill(os.getpid(), signal.SIGKILL)

def read():
    # A line without its end was being written when a run was killed: it never counted.
    whole = path.read_text().rpartition("\\n")[0] if path.exists() else ""
    path.write_text(whole + "\\n" if whole else "")
    return [msgspec.convert(json.loads(line), ledger.LedgerEntry) for line in whole.splitlines()]

def append(entry):
    line = json.dumps(records.sealed(entry)) + "\\n"
    step()
    with path.open("a") as file:
        for half in (line[:20], line[20:]):
            file.write(half)
            file.flush()
            os.fsync(file.fileno())
            step()

def send(text, handing):
    def before():
        step()
        handing()
        step()
    step()
    settings = reminders.MailSettings(host="127.0.0.1", port=port, security="insecure_loopback",
                                      from_address={SENDER!r}, to={RECIPIENT!r})
    mail.deliver(settings, text, password=None, before_handing=before, timeout=10)
    step()

def report(day):
    step()
    print("reported", day, flush=True)
    step()

day = date.fromisoformat(today)
item = reminders.DueItem(id="a", due_on=day, overdue_on=day, kind="item")
news = reminders.news([item], reminders.LastWrite(day=day, real_day=day), day, day)
outcome = reminders.run(news, ledger_read=read, ledger_append=append, send=send, report=report,
                        tried=str, today=day, now=lambda: "2026-10-01T11:00:00+00:00")
step()
print("steps", steps)
lock.close()
"""


def child(ledger: Path, place: Office, kill: int = 0, today: date = TODAY) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            "-B",
            "-W",
            "error",
            "-c",
            CHILD,
            str(ledger),
            str(place.port),
            str(kill),
            str(today),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, err = process.communicate(timeout=30)
    assert err == ""
    return process.returncode, out


STEPS = 15
"""Three notes of three moments each, and the moments around them; checked below."""


def states(ledger: Path) -> list[str]:
    return [json.loads(line)["state"] for line in ledger.read_text().splitlines()]


def test_the_number_of_steps_is_what_the_kills_below_cover(tmp_path: Path) -> None:
    with office() as place:
        assert ended(child(tmp_path / "ledger", place)) == (0, f"steps {STEPS - 1}\n")
        assert len(place.taken) == 1


@pytest.mark.parametrize("kill", range(1, STEPS))
def test_a_kill_at_any_step_sends_nothing_twice_and_loses_nothing(
    kill: int, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger"
    with office() as place:
        code, out = ended(child(ledger, place, kill))
        assert (code, out) == (-9, "")
        once = len(place.taken)
        code, out = ended(child(ledger, place))
        assert code == 0
        assert len(place.taken) <= 1
        stranded = f"reported {TODAY}" in out
        assert stranded or len(place.taken) == 1
        assert not (stranded and len(place.taken) > once)
        assert states(ledger)[-1] == ("unknown" if stranded else "sent")
        # Once told, it is told; and tomorrow is another day.
        assert ended(child(ledger, place))[1].startswith("steps")
        assert len(place.taken) <= 1
        before = len(place.taken)
        assert ended(child(ledger, place, today=TODAY + DAY))[0] == 0
        assert len(place.taken) == before + 1


def test_only_the_moments_between_the_two_notes_are_ambiguous(tmp_path: Path) -> None:
    told = []
    with office() as place:
        for kill in range(1, STEPS):
            ledger = tmp_path / f"ledger-{kill}"
            ended(child(ledger, place, kill))
            told.append("reported" in ended(child(ledger, place))[1])
    # Intent 1-3, connecting 4, before 5, handing 6-8, after 9, answered 10, sent 11-13, end 14.
    assert [number for number, each in enumerate(told, 1) if each] == [8, 9, 10, 11, 12]


@pytest.mark.parametrize("kill", range(1, 7))
def test_a_kill_while_a_doubt_is_told_repeats_it_and_never_hides_it(
    kill: int, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger"
    with office() as place:
        ended(child(ledger, place, 9))
        told = ended(child(ledger, place, kill))[1] + ended(child(ledger, place))[1]
        assert 1 <= told.count("reported") <= 2
        assert states(ledger) == ["intent", "handing", "unknown"]
        assert place.taken == []


def test_a_kill_while_the_server_thinks_is_reported_and_not_repeated(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    with office() as place:
        place.hold.clear()
        process = child(ledger, place)
        while not place.taken:
            assert process.poll() is None
        process.kill()
        assert ended(process)[0] == -9
        place.hold.set()
        code, out = ended(child(ledger, place))
        assert (code, len(place.taken)) == (0, 1)
        assert f"reported {TODAY}" in out


def test_runs_that_overlap_send_one_mail(tmp_path: Path) -> None:
    with office() as place:
        both = [child(tmp_path / "ledger", place) for _ in range(3)]
        assert [ended(each)[0] for each in both] == [0, 0, 0]
        assert len(place.taken) == 1


def test_with_nothing_due_nothing_that_mail_needs_is_loaded() -> None:
    script = """
import sys
from datetime import date
from reintegrate_cli.mail import mail, reminders
def never(*_): raise AssertionError
outcome = reminders.run(reminders.News(0, 0), ledger_read=never, ledger_append=never, send=never,
                        report=never, tried=never, today=date(2026, 10, 1), now=never)
print(outcome, *sorted({"smtplib", "email", "ssl", "socket", "rich", "keyring",
                        "cryptography", "typer"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-B", "-c", script], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("nothing_due\n", "")


def test_no_sentence_has_a_value_in_it_and_none_names_what_this_is_for() -> None:
    causes = get_args(reminders.Cause)
    problems: list[Problem] = [Unknown(), *map(NotSent, causes), *map(Rejected, causes)]
    problems += [NotSent(cause, busy=True) for cause in causes]
    problems += [
        kind(cause, again)
        for kind in (NotSent, Rejected)
        for cause in causes
        for again in get_args(Again)
    ]
    for problem in problems:
        told = problem.message + problem.hint
        assert problem.message[0].islower()
        assert not problem.message.endswith(".")
        assert not re.search(r"student|victim|survivor|traffick|reintegrate|@|/", told)
        assert problem.code == (9 if isinstance(problem, Rejected) else 8)


# Cron and systemd.


NASTY = '/srv/a b/it\'s 100% $HOME "x" `id` \\ ;&/caseload.vault'


SHELLS = [shell for name in ("dash", "bash", "busybox") if (shell := shutil.which(name))]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_hands_every_path_over_whole(tmp_path: Path, shell: str) -> None:
    folder = tmp_path / "a b's 50% $x"
    folder.mkdir()
    program = folder / "program"
    program.write_text(f'#!/bin/sh\n(env; printf "%s\\n" "argument $*") >{tmp_path}/seen\n')
    program.chmod(0o700)
    script = tmp_path / "script"
    text = timers.cron_script(program=str(program), vault=NASTY, key_file="/k", config="/c")
    script.write_text(text)
    done = subprocess.run(
        [*named(shell), str(script)],
        capture_output=True,
        text=True,
        check=True,
        env={"HOME": "/home/x", "LEAK": "1"},
    )
    assert done.stdout + done.stderr == ""
    seen = (tmp_path / "seen").read_text().splitlines()
    assert f"REINTEGRATE_VAULT={NASTY}" in seen
    assert {"REINTEGRATE_KEY_FILE=/k", "REINTEGRATE_CONFIG=/c", "HOME=/home/x"} <= set(seen)
    assert seen[-1] == "argument remind"
    assert not [line for line in seen if line.startswith("LEAK")]


def named(shell: str) -> list[str]:
    return [shell, "sh"] if shell.endswith("busybox") else [shell]


FAILS = {
    "says much": ('echo "reintegrate $REINTEGRATE_VAULT"; echo "HX4T /srv" >&2; exit 8', 8),
    "is killed": ("kill -9 $$", 137),
    "breaks": ("kill -SEGV $$", 139),
    "is not there": (None, 127),
}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("how", FAILS)
def test_whatever_the_program_does_cron_hears_one_line_without_a_word_of_it(
    tmp_path: Path, shell: str, how: str
) -> None:
    does, code = FAILS[how]
    program, script = tmp_path / "reintegrate", tmp_path / "script"
    if does is not None:
        program.write_text(f"#!/bin/sh\n{does}\n")
        program.chmod(0o700)
    script.write_text(timers.cron_script(program=str(program), vault="/srv/v", key_file="/srv/k"))
    done = subprocess.run(
        [*named(shell), str(script)],
        capture_output=True,
        text=True,
        check=False,
        env={"HOME": "/home/x"},
    )
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr == f"Something is wrong ({code}). Open it at your work computer.\n"


def test_the_crontab_line_is_a_path_and_hides_itself_where_that_tells() -> None:
    untold = ("reintegrate", "/srv/v", "/srv/k")
    assert timers.crontab("/home/x/office-reminder/run-5a5a", untold) == (
        "0 7-17 * * * /home/x/office-reminder/run-5a5a\n"
    )
    assert timers.crontab("/home/it's 100%/run", untold) == (
        "0 7-17 * * * '/home/it'\"'\"'s 100\\%/run'\n"
    )
    for home in ("/home/Reintegrate", "/srv/v", "/srv/k"):
        assert timers.crontab(f"{home}/run", untold).splitlines()[0] == 'MAILTO=""'


@pytest.mark.parametrize("path", ["relative", "", "/a\nb", "/a\0b", "/a\x1bb", "/" + "a" * 1000])
def test_a_path_that_does_not_fit_on_a_line_is_refused(path: str) -> None:
    with pytest.raises(Settings) as caught:
        timers.crontab(path, ())
    assert not path or path not in caught.value.message
    if len(path) < 100:
        with pytest.raises(Settings):
            timers.cron_script(program="/p", vault=path, key_file="/k")
        with pytest.raises(Settings):
            timers.service_unit(program="/p", vault=path, user="u", reminder_key="/k")


def test_the_service_takes_its_secrets_as_credentials_and_can_write_one_folder() -> None:
    unit = timers.service_unit(
        program="/opt/a $b/50%/run",
        vault='/srv/a "b"/100%/v',
        user="okafor",
        reminder_key="/etc/k",
        mail_password="/etc/p",
    )
    lines = unit.splitlines()
    for wanted in (
        "Type=oneshot",
        "User=okafor",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "LoadCredentialEncrypted=reminder-key:/etc/k",
        "LoadCredentialEncrypted=mail-password:/etc/p",
        'ExecStart="/opt/a $$b/50%%/run" remind',
        'Environment="REINTEGRATE_VAULT=/srv/a \\"b\\"/100%%/v"',
        'ReadWritePaths="/srv/a \\"b\\"/100%%"',
        "Restart=on-failure",
        "SyslogIdentifier=office-reminder",
    ):
        assert wanted in lines
    assert "Description=Office reminder" in lines
    plain = timers.service_unit(
        program="/p", vault="/v", user="u", reminder_key="/k", encrypted=False
    )
    assert "LoadCredential=reminder-key:/k" in plain.splitlines()
    assert "mail-password" not in plain
    with pytest.raises(Settings):
        timers.service_unit(program="/p", vault="/v", user="u\nExecStart=x", reminder_key="/k")


def test_the_timer_catches_up_a_morning_that_was_missed() -> None:
    lines = timers.TIMER.splitlines()
    assert "OnCalendar=*-*-* 07:00:00" in lines
    assert "Persistent=true" in lines
