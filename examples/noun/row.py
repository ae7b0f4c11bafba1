"""The row that makes the noun known; in catalogue/cases.py it stands among the others."""

from reintegrate_cli.catalogue.shape import IN_CASE, WORK, Noun, Row, Table

ROW = Noun(
    "permit",
    "Passes and papers: when they were asked for, and when they end.",
    (Table("permits", 60, "Permit", IN_CASE, "PM", since=6, dated=True),),
    rows=(Row("permit", WORK),),
    reads=155,
    group="plan",
    words="pass paper license",
)
