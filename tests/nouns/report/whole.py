"""A random district in which every clause of the guidance is shown to be followed.

``broken`` has one change for each clause, which breaks that clause and no other.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from reintegrate_cli.catalogue import TABLES
from reintegrate_cli.core.calendar import Calendar
from reintegrate_cli.core.lean import replace
from reintegrate_cli.core.loading import load
from reintegrate_cli.core.world import World
from reintegrate_cli.kept.records import KINDS
from reintegrate_cli.nouns.report.districts import TOPICS
from reintegrate_cli.nouns.report.facts import Facts
from reintegrate_cli.nouns.training.record import NINE

TODAY = date(2026, 10, 30)
REFS = ("HX4T", "M2KD", "V3NP", "T5XG", "P3RM", "J8KF")
SCHOOLS = ("Ridgeline", "Juniper", "Eastgate")


def of(table: str, name: str, **fields: Any) -> Any:
    """Make a value of a class beside that of a table's records."""
    return getattr(load(KINDS[table].partition(":")[0]), name)(**fields)


@dataclass
class District:
    """Records by table, and what else the clauses are held against."""

    tables: dict[str, list[Any]] = field(default_factory=dict)
    looked_on: date | None = TODAY - timedelta(days=90)
    retrieved_on: date = TODAY - timedelta(days=30)

    def add(self, table: str, **fields: Any) -> Any:
        record = of(table, TABLES[table].kind, entered_by="okafor", **fields)
        self.tables.setdefault(table, []).append(record)
        return record

    def change(self, table: str, case: str | None = None, at: int = 0, **fields: Any) -> None:
        """Change one record of a table: of a case, or of the district."""
        records = self.tables[table]
        own = [one for one in records if case is None or getattr(one, "case", None) == case]
        index = records.index(own[at])
        records[index] = replace(records[index], **fields)

    def drop(self, table: str, gone: Callable[[Any], bool]) -> None:
        self.tables[table] = [one for one in self.tables[table] if not gone(one)]

    @property
    def facts(self) -> Facts:
        world = World(Calendar(), self.tables)
        return Facts(world, TODAY, looked_on=self.looked_on, retrieved_on=self.retrieved_on)


def before(random: Random, least: int, most: int) -> date:
    return TODAY - timedelta(days=random.randint(least, most))


def whole(seed: int) -> District:
    """Make a district that follows every clause."""
    random = Random(seed)
    district = District()
    schools = random.sample(SCHOOLS, random.randint(2, 3))
    _staff(district, random, schools)
    _papers(district, random)
    for at, ref in enumerate(random.sample(REFS, random.randint(len(schools), len(REFS) - 1))):
        _case(district, random, ref, schools[at % len(schools)])
    closed = of("cases", "Change", on=before(random, 5, 60), kind="closed", reason="goals_met")
    district.add(
        "cases",
        ref="D4SX",
        opened_on=before(random, 400, 500),
        school=schools[0],
        setting="home",
        owner="okafor",
        changes=(closed,),
    )
    return district


def _staff(district: District, random: Random, schools: list[str]) -> None:
    district.add("staff", slug="okafor", role="specialist")
    models = ["task_force", "school_team", "specialist"]
    for at, school in enumerate(schools):
        counselor, officer = f"counselor{at}", f"officer{at}"
        district.add("staff", slug=counselor, role="school_counselor", school=school)
        district.add("staff", slug=officer, role="attendance_officer", school=school)
        for slug in (counselor, officer):
            district.add(
                "trainings",
                id=f"TR{len(district.tables.get('trainings', ())) + 1}",
                staff=slug,
                level="intensive",
                completed_on=before(random, 10, 300),
                expires_on=TODAY + timedelta(days=60),
            )
        posts = tuple(
            of("rolls", "Post", role=role, people=random.randint(1, 9), on=before(random, 1, 90))
            for role in NINE
        )
        district.add("rolls", id=f"TS{at + 1}", school=school, posts=posts)
        model = of("teams", "Chosen", on=before(random, 100, 200), model=models[at])
        seats = tuple(
            of("teams", "Seat", role=role, staff=slug)
            for role, slug in (("school_counselor", counselor), ("attendance_officer", officer))
        )
        lead = "TASKFORCE" if models[at] == "task_force" else None
        district.add(
            "teams", id=f"TM{at + 1}", school=school, models=(model,), seats=seats, lead=lead
        )
    district.add(
        "conferences", id="CO1", on=before(random, 1, 40), agencies=("TASKFORCE",), cases=()
    )


def _papers(district: District, random: Random) -> None:
    for at, topic in enumerate(TOPICS):
        review = of(
            "protocols",
            "Review",
            on=before(random, 1, 90),
            by="okafor",
            trauma_informed=True,
            student_led=True,
            consulted="two students who were asked",
        )
        version = of(
            "protocols",
            "Version",
            version="1",
            kind="protocol",
            title="how it is done",
            adopted_on=before(random, 100, 300),
            review_on=TODAY + timedelta(days=random.randint(0, 200)),
            reviews=(review,),
        )
        district.add(
            "protocols",
            id=f"PR{at + 1}",
            slug=topic.upper(),
            topic=topic,
            owner="okafor",
            versions=(version,),
        )
    district.add("partners", slug="HARBOR", kind="trafficking_specialist", specialties=("sex",))
    district.add("partners", slug="CEDAR", kind="child_advocacy_center")
    for at, slug in enumerate(("HARBOR", "CEDAR")):
        district.add(
            "mous",
            id=f"M{at + 1}",
            partner=slug,
            owner="okafor",
            effective_on=before(random, 100, 300),
            ends_on=TODAY + timedelta(days=random.randint(0, 300)),
            signed_on=before(random, 301, 320),
            known_on=before(random, 301, 320),
        )


def _case(district: District, random: Random, ref: str, school: str) -> None:
    known = before(random, 200, 250)
    district.add(
        "cases",
        ref=ref,
        opened_on=known,
        school=school,
        setting="ged",
        owner="okafor",
        identified_on=known,
        school_contact="counselor0",
    )
    district.add(
        "schooling",
        case=ref,
        last_attended_on=before(random, 260, 300),
        route="diploma",
        finish_by=TODAY + timedelta(days=400),
        gap_years=2,
        ways=("online_credits",),
    )
    district.add(
        "needs", case=ref, id="U1", area="mental_health", on=known, through="staff", every="1w"
    )
    _moves(district, random, ref, known)
    _events(district, random, ref, known)
    _plan(district, random, ref, known)
    _concern(district, random, ref)


def _moves(district: District, random: Random, ref: str, known: date) -> None:
    look = of("placements", "Look", on=known, by="okafor", student_view="fine", way_back="offered")
    home = of(
        "placements",
        "Alternative",
        option="home_supports",
        ratio="1 to 24",
        trained_staff="3",
        supports="tutoring, and a counselor on Mondays",
    )
    other = of("placements", "Alternative", option="ged", ratio="1 to 12", trained_staff="1")
    district.add(
        "placements",
        case=ref,
        id="PL1",
        option="alternative",
        reasons=("safety",),
        drafted_on=known,
        recorded_on=known,
        starts_on=known - timedelta(days=100),
        made_by="school",
        known_at_time="no",
        looks=(look,),
        ended_on=known,
    )
    district.add(
        "placements",
        case=ref,
        id="PL2",
        option="ged",
        reasons=("student_wish", "behavior"),
        wish_words="I would like to finish sooner",
        alternatives=(home, other),
        argued_for_staying="her counselor, who sees her each week",
        peer_adult_plan="the chess club stays open to her",
        return_criteria="whenever she says so",
        drafted_on=before(random, 130, 140),
        decided_on=before(random, 125, 129),
        decided_by="okafor",
        cooling_off_on=before(random, 121, 124),
        starts_on=before(random, 115, 120),
        review_on=TODAY + timedelta(days=10),
        looks=(look,) * 3,
    )


def _events(district: District, random: Random, ref: str, known: date) -> None:
    review = of("incidents", "Review", on=known, by="okafor", finding="she felt cornered")
    for at, day in enumerate((known - timedelta(days=30), before(random, 20, 90))):
        district.add(
            "incidents",
            case=ref,
            id=f"I{at + 1}",
            on=day,
            observed="left the room",
            reviews=(review,),
        )
    district.add("setbacks", case=ref, id="B1", on=before(random, 5, 60), support="a day at home")
    answer = of("adjustments", "Answer", on=before(random, 5, 9), by="okafor", result="helped")
    district.add(
        "adjustments",
        case=ref,
        id="A1",
        change="reduced_load",
        agreed_by_student=True,
        starts_on=before(random, 40, 60),
        ends_on=before(random, 5, 20),
        answers=(answer,),
    )


def _plan(district: District, random: Random, ref: str, known: date) -> None:
    district.add(
        "wishes",
        case=ref,
        id="W1",
        about="placement",
        heard_on=known,
        heard_by="okafor",
        words="to stay near my friends",
        outcome="partly",
        decided_by="okafor",
        told_on=known,
        revisit_on=TODAY,
        reason="two classes are elsewhere",
    )
    district.add(
        "goals",
        case=ref,
        id="G1",
        horizon="short",
        set_on=known,
        heard_by="okafor",
        words="pass algebra",
    )
    district.add(
        "safety",
        case=ref,
        made_on=known,
        with_student=True,
        how="together",
        goals="a calm morning",
        proposed_on=known,
    )
    steps = tuple(
        of("referrals", "Step", on=known + timedelta(days=day), kind=kind, by="okafor", helps=True)
        for day, kind in ((3, "accepted"), (9, "visited"), (16, "visited"), (20, "confirmed"))
    )
    district.add(
        "referrals",
        case=ref,
        id="R1",
        partner="HARBOR",
        service="counseling",
        referred_on=known,
        student_agreed="yes",
        steps=steps,
    )
    for at, (with_, who) in enumerate(
        (("student", None), ("partner", "harbor"), ("staff", "counselor0"))
    ):
        terms = of(
            "schedules",
            "Terms",
            every=random.choice(["1w", "2w", "1m"]),
            anchor="last",
            starts=known,
        )
        district.add(
            "schedules",
            case=ref,
            id=f"S{at + 1}",
            with_=with_,
            who=who,
            terms=terms,
            mode="in_person",
            chosen_by="student" if with_ == "student" else "staff",
            chosen_on=known,
        )
    district.add(
        "contacts",
        case=ref,
        id="E1",
        schedule="S3",
        outcome="done",
        happened_on=before(random, 1, 40),
        by="counselor0",
        academic="handed in four of five essays",
        social="eats with two friends",
    )
    district.add(
        "care",
        case=ref,
        id="C1",
        role="therapist",
        agency="HARBOR",
        appropriate="yes",
        may_know="appointments",
    )
    entries = tuple(
        of(
            "funds",
            "Entry",
            number=at + 1,
            kind=kind,
            on=known + timedelta(days=at),
            by="okafor",
            cents=60_000,
            agreed="yes" if kind == "submitted" else None,
        )
        for at, kind in enumerate(("submitted", "authorized"))
    )
    district.add("funds", case=ref, id="FU1", source="STATE", entries=entries)


def _concern(district: District, random: Random, ref: str) -> None:
    noted = before(random, 3, 13)
    fact = of(
        "concerns",
        "Fact",
        on=noted,
        place="the bus stop",
        observed="gave out a number",
        observed_by="a driver",
        first_hand=True,
    )
    common = {
        "starts_on": noted,
        "review_on": TODAY + timedelta(days=1),
        "proposed_on": TODAY + timedelta(days=1),
        "ends_on": TODAY + timedelta(days=60),
    }
    mitigations = (
        of(
            "concerns",
            "Mitigation",
            id="Y1",
            type="key_staff",
            owner="counselor0",
            backup="okafor",
            **common,
        ),
        of(
            "concerns",
            "Mitigation",
            id="Y2",
            type="social_media",
            owner="counselor0",
            policy="WATCH",
            **common,
        ),
    )
    district.add(
        "concerns",
        case=ref,
        id="K1",
        noted_on=noted,
        noted_by="okafor",
        facts=(fact,),
        support_offered_on=noted,
        outcome="substantiated",
        decided_on=noted,
        decided_by="counselor0",
        reason="two saw it",
        mitigations=mitigations,
    )
    district.add(
        "separations",
        case=ref,
        id="SE1",
        other="D4SX",
        who_moves="D4SX",
        policy="SCHEDULES",
        places=(),
        wish_words="to keep band",
        wish_of=ref,
        starts_on=noted,
        review_on=TODAY + timedelta(days=1),
        ends_on=TODAY + timedelta(days=60),
    )


def _mitigation(district: District, ref: str, at: int, **fields: Any) -> None:
    concern = next(one for one in district.tables["concerns"] if one.case == ref)
    changed = list(concern.mitigations)
    changed[at] = replace(changed[at], **fields)
    district.change("concerns", ref, mitigations=tuple(changed))


def _alternative(district: District, ref: str, at: int, **fields: Any) -> None:
    placement = [one for one in district.tables["placements"] if one.case == ref][1]
    changed = list(placement.alternatives)
    changed[at] = replace(changed[at], **fields)
    district.change("placements", ref, 1, alternatives=tuple(changed))


def _decided(**fields: Any) -> Callable[[District, str], None]:
    return lambda district, ref: district.change("placements", ref, 1, **fields)


def _changed(table: str, at: int = 0, **fields: Any) -> Callable[[District, str], None]:
    return lambda district, ref: district.change(table, ref, at, **fields)


def _of_district(table: str, at: int = 0, **fields: Any) -> Callable[[District, str], None]:
    return lambda district, _: district.change(table, None, at, **fields)


def _denied(district: District, ref: str) -> None:
    entry = of("funds", "Entry", number=3, kind="outcome", on=TODAY, by="okafor", outcome="denied")
    fund = next(one for one in district.tables["funds"] if one.case == ref)
    district.change("funds", ref, entries=(*fund.entries, entry))


def _second_referral(district: District, ref: str) -> None:
    district.add(
        "referrals",
        case=ref,
        id="R2",
        partner="CEDAR",
        service="medical",
        referred_on=TODAY - timedelta(days=60),
        student_agreed="yes",
    )


def _without(table: str, gone: Callable[[Any], bool]) -> Callable[[District, str], None]:
    return lambda district, ref: district.drop(
        table, lambda one: getattr(one, "case", ref) == ref and gone(one)
    )


def _seatless(model: str, role: str) -> Callable[[District, str], None]:
    def change(district: District, ref: str) -> None:
        teams = district.tables["teams"]
        at = next(at for at, team in enumerate(teams) if team.model == model)
        left = tuple(seat for seat in teams[at].seats if seat.role != role)
        teams[at] = replace(teams[at], seats=left)

    return change


def _no_capacity(district: District, ref: str) -> None:
    closed = of("cases", "Change", on=TODAY, kind="closed", reason="no_capacity")
    at = next(at for at, case in enumerate(district.tables["cases"]) if case.ref == "D4SX")
    case = district.tables["cases"][at]
    district.tables["cases"][at] = replace(case, changes=(closed,))


def _version(**fields: Any) -> Callable[[District, str], None]:
    def change(district: District, ref: str) -> None:
        protocol = district.tables["protocols"][0]
        version = replace(protocol.versions[0], **fields)
        district.change("protocols", versions=(version,))

    return change


def _case_field(**fields: Any) -> Callable[[District, str], None]:
    def change(district: District, ref: str) -> None:
        at = next(at for at, case in enumerate(district.tables["cases"]) if case.ref == ref)
        district.tables["cases"][at] = replace(district.tables["cases"][at], **fields)

    return change


def _never_looked(district: District, ref: str) -> None:
    district.looked_on = None


def _old_guidance(district: District, ref: str) -> None:
    district.retrieved_on = TODAY - timedelta(days=400)


def _not_led(district: District, ref: str) -> None:
    protocol = district.tables["protocols"][0]
    review = replace(protocol.versions[0].reviews[0], student_led=False)
    _version(reviews=(review,))(district, ref)


def _posts(district: District, ref: str) -> None:
    roll = district.tables["rolls"][0]
    district.change("rolls", posts=roll.posts[1:])


broken: dict[int, Callable[[District, str], None]] = {
    1: _changed("schooling", finish_by=None),
    2: _changed("needs", through=None),
    3: _decided(cooling_off_on=None),
    4: _changed("placements", reasons=()),
    5: lambda district, ref: _alternative(district, ref, 0, supports=""),
    6: _changed("placements", reasons=("fear_of_recruitment",)),
    7: _changed("schooling", ways=()),
    8: _decided(argued_for_staying=""),
    9: _decided(return_criteria=""),
    10: lambda district, ref: _alternative(district, ref, 1, ratio=""),
    11: lambda district, ref: district.change("placements", ref, 1, looks=()),
    12: _decided(peer_adult_plan=""),
    13: _no_capacity,
    14: _changed("incidents", 0, reviews=()),
    15: _changed("placements", looks=(), ended_on=None),
    16: _case_field(school_contact=None),
    17: _never_looked,
    18: _of_district("trainings", expires_on=TODAY - timedelta(days=1)),
    19: _posts,
    20: _version(ended_on=TODAY),
    21: _not_led,
    22: _changed("wishes", told_on=None),
    23: _without("goals", lambda _: True),
    24: _of_district("mous", 0, ended_on=TODAY),
    25: _of_district("mous", 1, ended_on=TODAY),
    26: _second_referral,
    27: _without("schedules", lambda one: one.with_ == "partner"),
    28: _changed("care", may_know=""),
    29: _denied,
    30: _without("schedules", lambda one: one.with_ == "student"),
    31: _changed("schedules", 0, chosen_by="staff"),
    32: lambda district, ref: district.change("schedules", ref, 2, who="okafor"),
    33: _changed("contacts", academic="", social=""),
    34: _changed("setbacks", support=""),
    35: _changed("adjustments", answers=()),
    36: _changed("incidents", 1, reviews=()),
    37: _changed("concerns", support_offered_on=None),
    38: _changed("concerns", outcome=None, noted_on=TODAY - timedelta(days=40), decided_on=None),
    39: lambda district, ref: _mitigation(district, ref, 1, policy=None),
    40: lambda district, ref: _mitigation(district, ref, 0, backup=None),
    41: _changed("separations", review_on=TODAY - timedelta(days=1)),
    42: _of_district("staff", 0, ended_on=TODAY),
    43: lambda district, ref: district.change("teams", None, 0, lead=None),
    44: _seatless("school_team", "school_counselor"),
    45: _seatless("task_force", "attendance_officer"),
    46: _old_guidance,
}
