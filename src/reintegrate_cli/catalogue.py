"""The catalogue: one row for each noun, and one for each command that keeps nothing.

Strings and numbers alone; it imports nothing of ours and knows no class. What the vault
keeps and who opens it, how records are found, what has dates, what a case shows and what
help lists all follow from these rows, so that a new noun is a folder and one row here.
"""

from typing import Literal, NamedTuple

Group = Literal["full", "history", "reminder"]
"""Who opens a table: a person; a reviewer besides; cron besides."""
Archived = Literal["record", "forever", "chained", "history", "machine", "never"]
"""What an archive does with a table.

``record`` travels and may be replaced; ``forever`` is only ever added to; ``chained`` is a log
that nothing writes over; ``history`` is appended under new numbers; ``machine`` belongs to
this machine; ``never`` is worked out again.
"""
Sort = Literal["contact", "work", "law", "district"]
"""What silences a row of the agenda: a pause silences contact, closing a case silences
contact and work; law stays. ``district`` belongs to no case."""

IN_CASE = ("case", "id")
ONE_IN_CASE = ("case",)
BY_REF = ("ref",)
BY_ID = ("id",)
BY_SLUG = ("slug",)
BY_UID = ("uid",)

CONTACT: Sort = "contact"
WORK: Sort = "work"
LAW: Sort = "law"
DISTRICT: Sort = "district"


class Table(NamedTuple):
    """A table of the vault: where it lies, who opens it, and what becomes of its records."""

    name: str
    number: int
    """Its number in the file, for good: never used again for another name."""
    kind: str = ""
    """The class of its records; none where there are rows alone."""
    key: tuple[str, ...] = ()
    """The fields that make a record's key; rows are numbered if there are none. What is worked out
    is found by a ``day`` and a ``unit`` of the index, or by a random ``item``."""
    id: str = ""
    """The one or two letters that its ids begin with."""
    called: str = ""
    """What a message calls one of them, if not by its noun."""
    hint: str = ""
    """How to see which ones there are."""
    since: int = 3
    """The schema that brought it: a file of an older one has no part of it."""
    changed: int = 0
    """The last schema that changed the shape of its records."""
    group: Group = "full"
    grows: bool = False
    module: str = ""
    """The module of its record, dates and events, if not that of its noun."""
    rules: str = ""
    """The module of its dates and events, if not that of its record."""
    dated: bool = False
    """Whether dates are worked out from it."""
    grounds: bool = False
    """Whether the dates of check-ins follow from it: what is settled is fixed before a record of
    it is kept."""
    dated_with: str = ""
    """The field without which a record has no dates."""
    tells: tuple[str, ...] = ()
    """The kinds of events that its records tell the timeline; that of its noun if left out, for
    what belongs to a case."""
    searched: bool = True
    archived: Archived = "record"
    case_field: str = ""
    """The field that names a case, where the key does not: a case that is purged takes these
    records along."""
    shared_by: str = ""
    """The field that lists cases, where a record stays without the one that is purged."""
    told_as: str = ""
    """The type of records under which a release lets the marked fields of it be told."""
    retained: str = ""
    """Its type in the retention schedule."""
    retained_from: str = ""
    """The field with the day from which the schedule counts."""


GROUPS = {
    "start": "To begin",
    "day": "Each day",
    "plan": "The student's plan",
    "event": "When things happen",
    "team": "Who helps",
    "telling": "What may be told",
    "vault": "The vault",
}
"""The groups of nouns in the help, by when they are used."""


class Row(NamedTuple):
    """A kind of row of the agenda, and what silences it."""

    kind: str
    sort: Sort
    asks: bool = False
    """It merely asks: nobody promised it and no law demands it, so none is ever late."""


class Noun(NamedTuple):
    """What may be typed first, and what is kept for it."""

    name: str
    help: str
    tables: tuple[Table, ...] = ()
    record: str = ""
    """The module of its records and rules, if it has no folder of its own."""
    verbs: str = ""
    """The module of its verbs, if it is neither in its own folder nor in ``commands``."""
    rows: tuple[Row, ...] = ()
    """The kinds of rows that it gives the agenda."""
    reads: int = 0
    """Its place in ``case show``, in the order in which a person should read it; nought for
    none."""
    reads_in: str = ""
    """The module of its section of ``case show``, if not that of its verbs."""
    always: bool = False
    """Whether that section has something to say where the case has no record of it."""
    group: str = ""
    """Its group in the help: when it is used."""
    words: str = ""
    """What else people call it, or look for in it."""
    final: bool = False
    """Whether what its verbs do reaches somebody else or opens the vault, so that none of it can
    be undone."""


_CARE = Table(
    "care",
    6,
    "CareMember",
    IN_CASE,
    "K",
    "person on the care team",
    since=2,
    changed=4,
    dated=True,
    grounds=True,
    tells=("care", "hearing"),
)
_CASES = Table(
    "cases",
    1,
    "Case",
    BY_REF,
    hint="reintegrate case list shows the refs",
    since=2,
    changed=4,
    grounds=True,
    tells=("case",),
)
_IDENTITIES = Table(
    "identities",
    2,
    "Identity",
    ONE_IN_CASE,
    since=2,
    rules="nouns.case.rights",
    dated=True,
    grounds=True,
    dated_with="birth_date",
    tells=("rights",),
    searched=False,
)
_NOTES = Table(
    "notes",
    3,
    "Note",
    IN_CASE,
    "N",
    "note",
    since=2,
    tells=("note",),
    hint="reintegrate case show shows them",
    retained="note",
    retained_from="on",
)
_SCHEDULES = Table(
    "schedules",
    4,
    "Schedule",
    IN_CASE,
    "S",
    "schedule",
    since=2,
    changed=4,
    dated=True,
    grounds=True,
    hint="reintegrate checkin schedules shows them",
    rules="nouns.checkin.scheduled",
    tells=("schedule",),
    told_as="schedule",
)
_CHECKINS = Table(
    "contacts", 5, "CheckIn", IN_CASE, "E", "check-in", since=2, changed=4, dated=True, grounds=True
)
_SCHOOLING = Table("schooling", 23, "Schooling", ONE_IN_CASE, tells=("schooling",))
_DISCLOSURES = Table(
    "disclosures",
    32,
    "Disclosure",
    IN_CASE,
    "D",
    "entry of the disclosure log",
    changed=4,
    archived="chained",
)
_VALUES = Table(
    "values", 13, "Values", BY_ID, "H", since=2, grows=True, searched=False, archived="history"
)
_HISTORY = Table(
    "history",
    48,
    "Entry",
    BY_ID,
    "H",
    since=2,
    group="history",
    grows=True,
    searched=False,
    archived="history",
)
_PARTNERS = Table(
    "partners",
    9,
    "Partner",
    BY_SLUG,
    since=2,
    changed=4,
    hint="reintegrate partner list shows them; reintegrate partner add adds one",
)
_WAKES = Table("wakes", 14, key=("day", "unit"), since=2, searched=False, archived="never")
_UNITS = Table("units", 15, key=("unit",), since=2, searched=False, archived="never")
_DUE = Table(
    "due", 64, "DueItem", ("item",), since=2, group="reminder", searched=False, archived="never"
)
_MAIL = Table(
    "mail",
    65,
    "MailSettings",
    ("only",),
    since=2,
    group="reminder",
    searched=False,
    archived="machine",
)
_LEDGER = Table(
    "ledger",
    66,
    "LedgerEntry",
    since=2,
    group="reminder",
    grows=True,
    searched=False,
    archived="machine",
)
_SAFETY = Table(
    "safety",
    24,
    "SafetyPlan",
    ONE_IN_CASE,
    called="safety plan",
    dated=True,
    hint="reintegrate safety add makes one, with the student",
    told_as="safety_plan",
)
_STAFF = Table(
    "staff",
    8,
    "Staff",
    BY_SLUG,
    called="member of staff",
    since=2,
    grounds=True,
    hint="reintegrate staff list shows them; reintegrate staff add adds one",
)
_TASKS = Table(
    "tasks",
    10,
    "Task",
    BY_ID,
    "T",
    since=2,
    dated=True,
    tells=("task",),
    case_field="case",
    retained="task",
    retained_from="done_on",
)
_HOLDS = Table(
    "holds", 12, "Hold", BY_UID, since=2, module="mail.holds", searched=False, case_field="case"
)
_LEGAL_HOLDS = Table(
    "legal_holds",
    16,
    "LegalHold",
    BY_ID,
    "LH",
    "legal hold",
    since=2,
    changed=4,
    hint="reintegrate vault hold list shows them",
    searched=False,
    archived="forever",
    case_field="case",
)
_CERTIFICATES = Table(
    "certificates", 17, "Certificate", BY_ID, "P", since=2, searched=False, archived="forever"
)

NOUNS: tuple[Noun, ...] = (
    Noun(
        "adjustment",
        "Less work for a while: until when, and what a teacher is told.",
        (
            Table(
                "adjustments",
                26,
                "Adjustment",
                IN_CASE,
                "A",
                changed=4,
                dated=True,
                told_as="supports",
            ),
        ),
        rows=(Row("adjustment", WORK),),
        reads=120,
        group="plan",
        words="accommodation workload extension deadline",
    ),
    Noun(
        "agenda",
        "What is overdue and what comes, by week, day or days.",
        final=True,
        group="day",
        words="calendar week month upcoming overdue due deadlines",
    ),
    Noun(
        "attendance",
        "What those notice who see absences first.",
        (
            Table(
                "attendance",
                28,
                "Flag",
                IN_CASE,
                "F",
                "attendance signal",
                dated=True,
                told_as="attendance",
            ),
        ),
        rows=(Row("attendance", WORK, asks=True),),
        reads=150,
        group="event",
        words="absence absent truancy absences",
    ),
    Noun(
        "care",
        "A case's care team, and whether family may be contacted.",
        (_CARE,),
        rows=(Row("hearing", LAW),),
        reads=50,
        group="team",
        words="team caregiver family hearing court probation",
    ),
    Noun(
        "case",
        "Cases: open, show, pause, close, reopen.",
        (_CASES, _IDENTITIES, _NOTES),
        rows=(Row("birthday", LAW),),
        group="day",
        words="student intake transfer pause reopen timeline note child pupil",
    ),
    Noun(
        "checkin",
        "Check-ins: what was chosen, what happened, what is due.",
        (_SCHEDULES, _CHECKINS),
        rows=(
            Row("checkin", CONTACT),
            Row("conferral", CONTACT),
            Row("partner_checkin", CONTACT),
            Row("schedule", CONTACT, asks=True),
        ),
        reads=80,
        reads_in="nouns.checkin.conferring",
        always=True,
        group="day",
        words="schedule appointment visit meeting call session occurrence reminder",
    ),
    Noun(
        "completion",
        "What the TAB key does: a script for bash, zsh or fish.",
        group="start",
        words="tab shell bash zsh fish",
    ),
    Noun(
        "conference",
        "Meetings of agencies, and what each may hear of whom.",
        (Table("conferences", 33, "Conference", BY_ID, "O", dated=True, shared_by="cases"),),
        rows=(Row("conference", WORK),),
        group="telling",
        words="meeting agencies",
    ),
    Noun(
        "connection",
        "Adults, peers and activities that hold a student.",
        (Table("connections", 21, "Connection", IN_CASE, "X"),),
        reads=110,
        group="plan",
        words="mentor friend activity peer adult",
    ),
    Noun(
        "contact",
        "How a student wants to be reached.",
        (
            Table(
                "contact",
                7,
                "SafeContact",
                ONE_IN_CASE,
                since=2,
                changed=4,
                dated=True,
                grounds=True,
                told_as="contact",
            ),
        ),
        rows=(Row("contact", CONTACT, asks=True),),
        reads=40,
        always=True,
        group="day",
        words="phone reach telephone text email channel code",
    ),
    Noun(
        "credit",
        "Interrupted schooling, credits, and what is still needed.",
        (Table("credits", 22, "Credit", IN_CASE, "Q", dated=True, told_as="credits"), _SCHOOLING),
        rows=(Row("credit", WORK),),
        reads=90,
        group="plan",
        words="transcript course grade class school",
    ),
    Noun(
        "demo",
        "A throw-away fictional district to try things in.",
        final=True,
        group="start",
        words="try example tutorial practice",
    ),
    Noun(
        "disclose",
        "Tell a partner what a release allows, and log it.",
        verbs="nouns.disclosure.verbs",
        final=True,
        group="telling",
        words="share send packet tell",
    ),
    Noun(
        "disclosure",
        "The log of what was asked, told and refused.",
        (_DISCLOSURES,),
        reads=180,
        final=True,
        group="telling",
        words="log shared",
    ),
    Noun(
        "doctor",
        "What is wrong with this machine's set-up, and how to mend it.",
        group="start",
        words="diagnose check config problem setup",
    ),
    Noun(
        "find",
        "Find where a word stands, without showing it.",
        group="day",
        words="search grep look",
    ),
    Noun(
        "goal",
        "What a student wants to reach, step by step, in their words.",
        (Table("goals", 19, "Goal", IN_CASE, "G", told_as="goals"),),
        reads=20,
        group="plan",
        words="aim step plan",
    ),
    Noun(
        "help",
        "What a noun or a verb does, or more about a topic.",
        group="start",
        words="manual topic about docs guide",
    ),
    Noun(
        "history",
        "Who did what, and who read which case.",
        (_VALUES, _HISTORY),
        "kept.history",
        group="vault",
        words="audit log who",
    ),
    Noun(
        "incident",
        "What was seen, its review, and days out of school.",
        (
            Table(
                "incidents",
                27,
                "Incident",
                IN_CASE,
                "I",
                changed=4,
                rules="nouns.incident.discipline",
                dated=True,
            ),
        ),
        rows=(Row("incident", WORK),),
        reads=140,
        group="event",
        words="discipline behavior suspension removal expulsion",
    ),
    Noun(
        "init", "Make a vault.", final=True, group="start", words="create setup start new install"
    ),
    Noun(
        "lock", "Forget the key at once, and clear the screen.", group="vault", words="logout close"
    ),
    Noun(
        "mou",
        "Agreements with partners: what they say, and when they end.",
        (Table("mous", 29, "Mou", BY_ID, "M", "MOU", dated=True),),
        rows=(Row("mou", DISTRICT),),
        group="team",
        words="agreement memorandum contract",
    ),
    Noun(
        "need",
        "What a student needs, who delivers it, and what nobody does.",
        (Table("needs", 20, "Need", IN_CASE, "U", dated=True, told_as="supports"),),
        rows=(Row("need", WORK),),
        reads=100,
        group="plan",
        words="service transport gap",
    ),
    Noun(
        "partner",
        "Community partners.",
        (_PARTNERS,),
        group="team",
        words="agency provider organization coverage",
    ),
    Noun(
        "referral",
        "Referrals to partners, until the student says that care is given.",
        (Table("referrals", 30, "Referral", IN_CASE, "R", dated=True),),
        rows=(Row("referral", WORK),),
        reads=160,
        group="team",
        words="refer referred",
    ),
    Noun(
        "release",
        "Releases of information: who may be told what, until when.",
        (Table("releases", 31, "Release", IN_CASE, "L", changed=4, dated=True),),
        rows=(Row("release", LAW, asks=True),),
        reads=170,
        group="telling",
        words="consent authorization signature sign",
    ),
    Noun(
        "remind",
        "Mail a count of what is overdue; made for cron.",
        (_WAKES, _UNITS, _DUE, _MAIL, _LEDGER),
        "mail.reminders",
        final=True,
        group="vault",
        words="mail email cron notify",
    ),
    Noun(
        "safety",
        "A student's own plan to stay safe.",
        (_SAFETY,),
        rows=(Row("safety", WORK),),
        reads=60,
        group="plan",
        words="crisis danger emergency",
    ),
    Noun(
        "schema",
        "The JSON Schema of what a command reads with --from.",
        group="vault",
        words="json fields keys",
    ),
    Noun(
        "setback",
        "Setbacks: ordinary events, and what helped.",
        (Table("setbacks", 25, "Setback", IN_CASE, "B"),),
        reads=130,
        group="event",
        words="relapse",
    ),
    Noun(
        "staff",
        "Staff of the district.",
        (_STAFF,),
        group="team",
        words="colleague teacher counselor user employee person",
    ),
    Noun(
        "task",
        "Plain tasks with a date.",
        (_TASKS,),
        rows=(Row("task", WORK),),
        group="day",
        words="todo reminder",
    ),
    Noun(
        "today",
        "What is overdue and due today.",
        verbs="commands.agenda",
        group="day",
        words="day now",
    ),
    Noun(
        "undo",
        "Take back your own last unit of work.",
        verbs="commands.history",
        group="vault",
        words="revert back",
    ),
    Noun(
        "unlock",
        "Open the vault for five idle minutes.",
        verbs="commands.lock",
        group="vault",
        words="login open password passphrase",
    ),
    Noun(
        "vault",
        "The vault: its state, copies of it, and its keys.",
        (_HOLDS, _LEGAL_HOLDS, _CERTIFICATES),
        "kept.retention",
        final=True,
        group="vault",
        words="backup restore export import key purge password retention",
    ),
    Noun(
        "wish",
        "What a student wants, in their words, and what became of it.",
        (Table("wishes", 18, "Wish", IN_CASE, "W", changed=4, dated=True),),
        rows=(Row("wish", WORK),),
        reads=10,
        group="plan",
        words="want voice preference",
    ),
)

BY_NAME = {noun.name: noun for noun in NOUNS}
TABLES = {table.name: table for noun in NOUNS for table in noun.tables}
NOUN_OF = {table.name: noun.name for noun in NOUNS for table in noun.tables}
ROWS = {row.kind: row for noun in NOUNS for row in noun.rows}
TO_COME = (
    *("separation", "team", "school", "cover", "placement", "concern", "mitigation", "funding"),
    *("training", "protocol", "paper", "mandated"),
)
"""Kinds of rows whose nouns are still to come: a script may ask for them now."""
KINDS = tuple(dict.fromkeys((*ROWS, *TO_COME)))
OF_A_CASE = tuple(name for name, table in TABLES.items() if table.key[:1] in (("case",), ("ref",)))
"""The tables whose records belong to one case, and go with it."""
RECORDS = tuple(
    name for name, table in TABLES.items() if table.archived in ("record", "forever", "chained")
)
"""The tables of what people enter; the others are worked out, or the history, or this machine's."""
SCHEMA = max(max(table.since, table.changed) for table in TABLES.values())
"""What the shapes of records add up to; an older program refuses a newer file."""


def called(table: str) -> str:
    """Give what a message calls a record of a table."""
    return TABLES[table].called or NOUN_OF[table]


def one_of(noun: str) -> str:
    """Give what a message calls one of the records that a noun lists."""
    tables = BY_NAME[noun].tables
    return called(tables[0].name) if tables else noun


def kind_of(table: str) -> str:
    """Give the kind of row that stands in for a record from which no date can be worked out."""
    return BY_NAME[NOUN_OF[table]].rows[0].kind


def tells(table: str) -> tuple[str, ...]:
    """Give the kinds of events that records of a table tell."""
    row = TABLES[table]
    of_a_case = row.key in (IN_CASE, ONE_IN_CASE)
    return row.tells or ((NOUN_OF[table],) if of_a_case else ())


def module_of(table: str) -> str:
    """Name the module of a table's records."""
    noun = BY_NAME[NOUN_OF[table]]
    return TABLES[table].module or noun.record or f"nouns.{noun.name}.record"


def rules_of(table: str) -> str:
    """Name the module with the dates and events of a table."""
    return TABLES[table].rules or module_of(table)


def verbs_of(noun: str) -> str:
    """Name the module of a noun's verbs."""
    row = BY_NAME[noun]
    has_folder = bool(row.tables) and not row.record
    return row.verbs or (f"nouns.{noun}.verbs" if has_folder else f"commands.{noun}")


def hint_of(table: str) -> str:
    """Say how to see which records of a table there are."""
    return TABLES[table].hint or f"reintegrate {NOUN_OF[table]} list shows them"
