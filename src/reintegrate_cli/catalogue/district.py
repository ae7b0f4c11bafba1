"""The rows of nouns whose records belong to the district, to several cases, or to this machine."""

from reintegrate_cli.catalogue.shape import (
    BY_ID,
    BY_SLUG,
    BY_UID,
    DISTRICT,
    IN_CASE,
    WORK,
    Noun,
    Row,
    Table,
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
    common=True,
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
_STAFF = Table(
    "staff",
    8,
    "Staff",
    BY_SLUG,
    called="member of staff",
    since=2,
    grounds=True,
    hint="reintegrate staff list shows them; reintegrate staff add adds one",
    common=True,
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
_CELL_RELEASES = Table(
    "cell_releases",
    58,
    "CellRelease",
    BY_ID,
    "NR",
    called="release of numbers",
    since=5,
    searched=False,
    archived="forever",
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
_PROTOCOLS = Table(
    "protocols",
    34,
    "Protocol",
    BY_ID,
    "PR",
    named="slug",
    since=5,
    dated=True,
    hint="reintegrate protocol list shows them; reintegrate protocol add adds one",
    common=True,
)
_FOLLOWED = Table(
    "followed",
    35,
    "Following",
    IN_CASE,
    "FP",
    "followed protocol",
    since=5,
    module="nouns.protocol.following",
    hint="reintegrate protocol list --case {case} shows them",
)
_CERTIFICATES = Table(
    "certificates",
    17,
    "Certificate",
    BY_ID,
    "P",
    since=2,
    changed=5,
    searched=False,
    archived="forever",
)
_ORIGINS = Table(
    "origins",
    59,
    "Origin",
    BY_ID,
    "FV",
    "former vault",
    since=6,
    module="kept.origins",
    hint="reintegrate vault status says how many there are",
    searched=False,
    archived="forever",
)
_TRAININGS = Table("trainings", 38, "Training", BY_ID, "TR", "training", since=5, dated=True)
_ROLLS = Table(
    "rolls",
    39,
    "Roll",
    BY_ID,
    "TS",
    "school's roll",
    since=5,
    module="nouns.training.rolls",
    dated=True,
    searched=False,
)
OFFERINGS = Table(
    "offerings",
    47,
    "Offerings",
    BY_ID,
    "RO",
    "roster",
    since=5,
    searched=False,
    hint="reintegrate roster status shows it",
)
SOURCES = Table(
    "sources",
    57,
    "Source",
    BY_ID,
    "FS",
    "source of funding",
    named="slug",
    since=5,
    module="nouns.fund.source",
    hint="reintegrate fund sources shows them; reintegrate fund source SLUG adds one",
    common=True,
)
"""What pays for care; the noun that keeps it has records of a case besides."""

NOUNS: tuple[Noun, ...] = (
    Noun(
        "conference",
        "Meetings of agencies, and what each may hear.",
        (Table("conferences", 33, "Conference", BY_ID, "O", dated=True, shared_by="cases"),),
        rows=(Row("conference", WORK),),
        group="telling",
        words="meeting agencies",
    ),
    Noun(
        "cover",
        "Who covers while somebody is away.",
        (
            Table(
                "covers", 41, "Cover", BY_ID, "CV", since=5, dated=True, grounds=True, common=True
            ),
        ),
        rows=(Row("cover", DISTRICT),),
        group="team",
        words="substitute vacation away leave",
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
        "mou",
        "Agreements with partners: what they say, and when they end.",
        (Table("mous", 29, "Mou", BY_ID, "M", "MOU", dated=True, common=True),),
        rows=(Row("mou", DISTRICT),),
        group="team",
        words="agreement memorandum contract",
    ),
    Noun(
        "partner",
        "Community partners.",
        (_PARTNERS,),
        group="team",
        words="agency provider organization coverage",
    ),
    Noun(
        "protocol",
        "Policies, protocols and procedures: versions, steps and reviews.",
        (_PROTOCOLS, _FOLLOWED),
        rows=(Row("protocol", DISTRICT, reviews=True),),
        reads=145,
        group="team",
        words="policy procedure checklist steps version rules board",
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
        "report",
        "Counts: for a supervisor, and for somebody outside.",
        (_CELL_RELEASES,),
        "nouns.report.record",
        "commands.report",
        group="telling",
        words="statistics count consistency workload caseload supervisor excel xlsx workbook",
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
        "team",
        "Response teams by school: their seats, and who answers for what.",
        (
            Table(
                "teams",
                40,
                "Team",
                BY_ID,
                "TM",
                since=5,
                dated=True,
                grounds=True,
                hint="reintegrate team check shows them",
                common=True,
            ),
        ),
        rows=(Row("team", DISTRICT),),
        group="team",
        words="model seat officer specialist task force response",
    ),
    Noun(
        "training",
        "Who is trained, at which school, and who is still to come.",
        (_TRAININGS, _ROLLS),
        rows=(Row("training", DISTRICT),),
        group="team",
        words="course certificate professional development gaps",
    ),
    Noun(
        "vault",
        "The vault: its state, copies of it, and its keys.",
        (_HOLDS, _LEGAL_HOLDS, _CERTIFICATES, _ORIGINS),
        "kept.retention",
        final=True,
        group="vault",
        words="backup restore export import key purge password retention",
    ),
)
