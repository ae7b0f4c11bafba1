"""What the practice guidance asks at each noun, in this program's own words, and where it is from.

A clause is a sentence of the guidance, in the order in which it reads. ``test_guide.py`` fails if a
noun is neither here nor among those on which the guidance has nothing to say.
"""

TITLE = "Treatment, recovery and reintegration: the tertiary tier of prevention at the school level"
PUBLISHER = (
    "National Center on Safe Supportive Learning Environments,"
    " operated by the American Institutes for Research"
)
EDITION = "2024"
"""The year of its copyright line; it has no other edition."""
ADDRESS = (
    "https://safesupportivelearning.ed.gov/human-trafficking-americas-schools/"
    "preventing-child-trafficking-at-school-level-treatment-recovery-reintegration"
)
RETRIEVED_BY = "2026-11-24"
"""The copy was in hand on this day, when the program was begun from it; it has no date itself."""
CONTRACT = "91990021A0020"
NOT_ENDORSED = (
    "Neither the U.S. Department of Education nor the American Institutes for Research has"
    " endorsed this program. The site that publishes the guidance says of itself that it"
    " does not necessarily state the Department's policy or views. What is told here is this"
    " program's own reading, and no legal advice."
)

CLAUSES = {
    1: "A student whose education was interrupted gets back into it, and is helped to finish.",
    2: "Support for mental health and social life goes on for long; the school delivers or"
    " coordinates it.",
    3: "A student is not moved on to another setting in a hurry, as often happens.",
    4: "Moves have reasons of several kinds: each is asked for and kept.",
    5: "Staff may not know what they can do for a student: tell them before anybody thinks of a"
    " move.",
    6: "Fear that a student recruits or misbehaves is no reason by itself to send them away.",
    7: "Falling behind classmates of the same age is met with ways to catch up.",
    8: "That another setting seems best is weighed against what the home school can do.",
    9: "Another setting can be right for a student; it is chosen for what it gives.",
    10: "Settings are compared by what they give: small groups, trained staff, partners on site.",
    11: "Another setting does not always serve a student: somebody looks again, and asks them.",
    12: "A move away from school can cost a student the peers and adults who do them good.",
    13: "No two cases are alike, and no recovery goes straight ahead.",
    14: "Behavior that led to an earlier move may have come of the trafficking itself.",
    15: "What happened to a student may come to light only after they were moved.",
    16: "In whatever setting a student learns, the school keeps coordinating their care.",
    17: "A system that takes this seriously does all of what follows, and can show it.",
    18: "Some staff are trained in more depth, as students meet them every day.",
    19: "Nine roles are named for it, from the front desk and the bus to the nurse.",
    20: "A district has policies, protocols and procedures for such cases.",
    21: "All of them, and every service, are trauma informed and led by the student.",
    22: "What a student wishes is followed as far as it can be.",
    23: "A student is supported in their own decisions on safety and on near and far goals.",
    24: "Agreements are made with partners that specialize in sex trafficking and in labor"
    " trafficking.",
    25: "If no specialist is near, a sexual assault service or a child advocacy or assessment"
    " center is asked.",
    26: "With specialists, the school sees to it that a student really receives care.",
    27: "Partners are asked each week or each month how it goes.",
    28: "Many others may be involved, such as probation, pretrial and child welfare; work with"
    " them is coordinated.",
    29: "If a state, county or city pays for treatment, the school helps to get it paid.",
    30: "Staff regularly check in with the student in person or by phone, and with family only if"
    " that is appropriate.",
    31: "Check-ins are agreed ahead; how often is for the student and caregivers to say.",
    32: "Social workers, psychologists or counselors at the school are conferred with regularly.",
    33: "They see whether a student is on track, in class and with others.",
    34: "Setbacks are part of recovery.",
    35: "After a setback, a counselor and teachers lighten the work for a time and add support.",
    36: "Behavior is answered with an understanding of trauma.",
    37: "Students who were trafficked do not usually recruit others.",
    38: "Only facts that somebody observed make recruitment a concern to act on.",
    39: "Public posts may be watched for a while, under a policy, as some schools do for bullying.",
    40: "One key member of staff, such as a counselor, is given what concerns recruitment.",
    41: "With good reason, schedules may be set so that two students meet less.",
    42: "A district specialist, full or part time, keeps it all together across schools.",
    43: "A local task force may share the work, or lead it.",
    44: "Without either, staff of the school do much of it among themselves.",
    45: "An attendance officer sits on the team: they are often first to notice.",
    46: "The guidance is published with its source, and without an endorsement.",
}

ASKS = {
    "about": (46,),
    "adjustment": (34, 35),
    "agenda": (31, 42),
    "attendance": (45,),
    "care": (28, 30),
    "case": (3, 13, 15, 16),
    "checkin": (27, 30, 31, 32, 33),
    "concern": (37, 38, 39, 40, 41),
    "conference": (28, 43),
    "connection": (12,),
    "contact": (30, 31),
    "cover": (42,),
    "credit": (1, 7),
    "disclose": (26, 28),
    "disclosure": (26, 28),
    "fund": (29,),
    "goal": (23,),
    "guide": (5, 17),
    "incident": (14, 36),
    "mou": (24, 25),
    "need": (2, 5),
    "partner": (24, 25),
    "placement": (3, 4, 5, 6, 8, 9, 10, 11, 12, 14, 15),
    "protocol": (20, 21),
    "referral": (26, 27),
    "release": (22, 28),
    "report": (3, 4, 11, 15, 17, 19, 42),
    "roster": (41,),
    "safety": (22, 23),
    "separation": (41,),
    "setback": (13, 34, 35),
    "staff": (18, 19, 42, 44),
    "task": (16, 42),
    "team": (43, 44, 45),
    "today": (31, 42),
    "training": (18, 19),
    "wish": (22, 23),
}
"""The clauses of each noun."""

SILENT = (
    *("closure", "completion", "crisis", "demo", "doctor", "find", "help", "history", "init"),
    *("lock", "mandated", "paper", "remind", "schema", "settle", "undo", "unlock", "vault"),
)
"""The nouns on which the guidance has nothing to say, on purpose."""

SUPPORT = {
    "somebody to talk to at school, as often as the student says": "checkin schedule",
    "counseling, delivered by the school or with a partner": "need add",
    "less work for a while, with a day on which it ends": "adjustment add",
    "credits made up beside a class of their own age": "credit add",
    "adults and friends at school, kept on purpose": "connection add",
    "a plan for being safe, made with the student": "safety add",
    "a look at what stood behind an incident, before anything follows from it": "incident review",
}
"""What a home school can give before a move is thought of (clause 5), and where it begins."""

BEFORE_A_MOVE = (
    *("adjustment", "attendance", "case", "connection", "credit", "guide", "incident", "need"),
    *("placement", "setback"),
)
"""The nouns at which somebody may think of a move, so that the support is told there."""

SAID_AT = {
    "incident add": "behavior is answered with an understanding of trauma (clause 36)",
    "placement draft": "before a move, what a home school can give: guide placement (clause 5)",
}
"""What is said in one line after a verb, where it matters, with its clause."""
