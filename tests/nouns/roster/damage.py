"""What real exports do to a whole set: one switch for each damage, tolerated or refused."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from nouns.roster.sets import Set, number

TOLERATED: dict[str, Callable[[Set], None]] = {}
REFUSED: dict[str, tuple[str, Callable[[Set], None]]] = {}
"""Each with the name of the file that the refusal must name."""


def tolerated(change: Callable[[Set], None]) -> Callable[[Set], None]:
    TOLERATED[change.__name__] = change
    return change


def refused(file: str) -> Callable[[Callable[[Set], None]], Callable[[Set], None]]:
    def add(change: Callable[[Set], None]) -> Callable[[Set], None]:
        REFUSED[change.__name__] = (file, change)
        return change

    return add


@dataclass(frozen=True)
class Replace:
    """Change the bytes of a file before they are written."""

    before: bytes
    after: bytes
    count: int = -1

    def __call__(self, data: bytes) -> bytes:
        assert self.before in data
        return data.replace(self.before, self.after, self.count)


def noise(size: int) -> bytes:
    """Return letters that no zip makes much smaller."""
    return random.Random(1).randbytes(size // 2).hex().encode()


# Tolerated: the answer is the same as without.


@tolerated
def byte_order_mark(made: Set) -> None:
    for file in ("manifest", *made.tables):
        made.raw[f"{file}.csv"] = lambda data: b"\xef\xbb\xbf" + data


@tolerated
def order_of_columns(made: Set) -> None:
    for file, table in made.tables.items():
        made.tables[file] = [list(reversed(row)) for row in table]


@tolerated
def case_of_headers(made: Set) -> None:
    for at, table in enumerate(made.tables.values()):
        table[0] = [name.upper() if at % 2 else name.lower() for name in table[0]]


@tolerated
def extra_columns(made: Set) -> None:
    for table in made.tables.values():
        names = ["metadata.jp.kana", "ext_homeroom", "X", "", ""]
        for at, row in enumerate(table):
            row += names if at == 0 else ["canary", "canary", "1", "", ""]


@tolerated
def mixed_line_ends(made: Set) -> None:
    for file in ("manifest", *made.tables):
        made.raw[f"{file}.csv"] = lambda data: data.replace(b"\n", b"\r\n", data.count(b"\n") // 2)


@tolerated
def no_end_of_the_last_line(made: Set) -> None:
    for file in ("manifest", *made.tables):
        made.raw[f"{file}.csv"] = lambda data: data.rstrip(b"\n")


@tolerated
def blank_lines(made: Set) -> None:
    for file in made.tables:
        made.raw[f"{file}.csv"] = lambda data: data.replace(b"\n", b"\n\n", 3) + b"\r\n\n,,,\n"


@tolerated
def quotes_and_commas_in_names(made: Set) -> None:
    for line in made.each("users"):
        made.put("users", line, "familyName", 'O"Canary, "Jr", the 3rd')
        made.put("users", line, "givenName", "Canary\nof two lines")


@tolerated
def quotation_marks_that_nobody_escaped(made: Set) -> None:
    made.put("users", made.line("users", "identifier", number(0)), "givenName", "NICK")
    made.raw["users.csv"] = Replace(b"NICK", b'"Canary "Nick" C"')


@tolerated
def every_value_in_quotation_marks(made: Set) -> None:
    def quoted(data: bytes) -> bytes:
        return b"".join(b'"' + line.replace(b",", b'","') + b'"\n' for line in data.splitlines())

    for file in made.tables:
        made.raw[f"{file}.csv"] = quoted


@tolerated
def truth_in_capitals(made: Set) -> None:
    for line in made.each("users"):
        made.put("users", line, "enabledUser", ("TRUE", "True", "false", "1")[line % 4])
    for line in made.each("enrollments"):
        made.put("enrollments", line, "primary", ("TRUE", "False")[line % 2])


@tolerated
def grades_in_any_form(made: Set) -> None:
    for line in made.each("users"):
        made.put("users", line, "grades", ("9", "09", "K", "KG", "11th")[line % 5])


@tolerated
def roles_in_capitals(made: Set) -> None:
    for file in ("users", "roles", "enrollments"):
        if file in made.tables and "role" in made.tables[file][0]:
            for line in made.each(file):
                made.put(file, line, "role", made.get(file, line, "role").title())


@tolerated
def trailing_blanks(made: Set) -> None:
    for table in made.tables.values():
        for at, row in enumerate(table):
            row[:] = [
                f" {value}\u00a0 " if (at + len(value)) % 2 else f"{value}  " for value in row
            ]


@tolerated
def commas_at_the_end_of_some_lines(made: Set) -> None:
    for table in made.tables.values():
        for row in table[1::3]:
            row += ["", " "]


@tolerated
def status_in_bulk(made: Set) -> None:
    for table in made.tables.values():
        for at, row in enumerate(table[1:]):
            row[1:3] = [("active", "Active", "inactive", "tobedeleted")[at % 4], "10/13/2026"]


@tolerated
def in_a_folder(made: Set) -> None:
    made.folder = "OneRoster export 2026/"


@tolerated
def shadows_of_a_mac(made: Set) -> None:
    for file in ("manifest", *made.tables):
        made.extra[f"__MACOSX/._{file}.csv"] = b"\0\5\26\7"
        made.extra[f"__MACOSX/{file}.csv"] = b"\0\5\26\7"
    made.extra["._manifest.csv"] = b"\0\5\26\7"
    made.extra[".DS_Store"] = b"\0\0\0\1Bud1"


@tolerated
def files_that_are_never_read(made: Set) -> None:
    made.modes["demographics"] = "bulk"
    made.extra["demographics.csv"] = b"sourcedId,birthDate\0\xff\ncanary"
    made.extra["notes.txt"] = b"canary\xff"


@tolerated
def an_absent_file_that_is_there_all_the_same(made: Set) -> None:
    made.modes["results"] = "absent"
    made.extra["results.csv"] = b"canary\0"


@tolerated
def manifest_in_capitals(made: Set) -> None:
    made.raw["manifest.csv"] = lambda data: data.replace(b"bulk", b"Bulk").replace(b"1.0", b"1")


# Refused whole.


@refused("users.csv")
def latin_1(made: Set) -> None:
    made.put("users", 40, "givenName", "JOSE")
    made.raw["users.csv"] = Replace(b"JOSE", "José".encode("latin-1"))


@refused("enrollments.csv")
def utf_16(made: Set) -> None:
    made.raw["enrollments.csv"] = lambda data: data.decode().encode("utf-16")


@refused("classes.csv")
def promised_and_not_there(made: Set) -> None:
    del made.tables["classes"]


@refused("demographics.csv")
def promised_and_never_read_and_not_there(made: Set) -> None:
    made.modes["demographics"] = "bulk"


@refused("manifest.csv")
def no_manifest(made: Set) -> None:
    made.raw["manifest.csv"] = lambda data: b""


@refused("manifest.csv")
def unknown_version(made: Set) -> None:
    made.raw["manifest.csv"] = Replace(
        f"oneroster.version,{made.version}".encode(), b"oneroster.version,2.0"
    )


@refused("manifest.csv")
def unknown_version_of_the_manifest(made: Set) -> None:
    made.raw["manifest.csv"] = Replace(b"manifest.version,1.0", b"manifest.version,2.0")


@refused("manifest.csv")
def version_not_said(made: Set) -> None:
    made.raw["manifest.csv"] = Replace(b"oneroster.version", b"oneroster.edition")


@refused("manifest.csv")
def said_twice(made: Set) -> None:
    made.raw["manifest.csv"] = Replace(
        b"file.users,bulk\n", b"file.users,bulk\nfile.users,absent\n"
    )


@refused("manifest.csv")
def unknown_mode(made: Set) -> None:
    made.modes["users"] = "full"


@refused("manifest.csv")
def manifest_without_a_value(made: Set) -> None:
    made.raw["manifest.csv"] = Replace(b"propertyName,value", b"propertyName,mode")


@refused("classes.csv")
def a_required_column_missing(made: Set) -> None:
    made.tables["classes"] = [row[:9] + row[10:] for row in made.tables["classes"]]


@refused("users.csv")
def a_required_column_missing_that_is_never_read(made: Set) -> None:
    place = made.column("users", "familyName")
    made.tables["users"] = [row[:place] + row[place + 1 :] for row in made.tables["users"]]


@refused("users.csv")
def a_file_of_nothing(made: Set) -> None:
    made.raw["users.csv"] = lambda data: b""


@refused("orgs.csv")
def a_column_twice(made: Set) -> None:
    for at, row in enumerate(made.tables["orgs"]):
        row.append("SOURCEDID" if at == 0 else "x")


@refused("orgs.csv")
def a_column_that_is_never_read_twice(made: Set) -> None:
    for row in made.tables["orgs"]:
        row += ["metadata.x", "Metadata.X"]


@refused("enrollments.csv")
def a_nul_byte(made: Set) -> None:
    made.put("enrollments", 300, "primary", "NUL")
    made.raw["enrollments.csv"] = Replace(b"NUL", b"\0")


@refused("users.csv")
def a_quotation_mark_that_swallows_lines(made: Set) -> None:
    made.put("users", 30, "givenName", "QUOTE")
    made.put("users", 35, "givenName", "QUOTE")
    made.raw["users.csv"] = Replace(b"QUOTE", b'"Canary')


@refused("users.csv")
def quotation_marks_that_swallow_lines_and_match(made: Set) -> None:
    made.put("users", 30, "givenName", "OPENS")
    made.put("users", 35, "familyName", "CLOSES")
    made.raw["users.csv"] = lambda data: data.replace(b"OPENS", b'"x').replace(b"CLOSES", b'x"')


@refused("users.csv")
def quotation_marks_that_swallow_lines_and_leave_as_many_fields(made: Set) -> None:
    made.put("users", 30, "givenName", "OPENS")
    made.put("users", 32, "givenName", "CLOSES")
    made.raw["users.csv"] = lambda data: data.replace(b"OPENS", b'"x').replace(b"CLOSES", b'x"')


@refused("users.csv")
def quotation_marks_that_swallow_the_end_of_a_line(made: Set) -> None:
    made.put("users", 30, made.tables["users"][0][-1], "OPENS")
    made.put("users", 31, "status", "CLOSES")
    made.raw["users.csv"] = lambda data: data.replace(b"OPENS", b'"x').replace(b"CLOSES", b'x"')


@refused("users.csv")
def a_quotation_mark_that_swallows_the_rest(made: Set) -> None:
    made.put("users", 30, "givenName", "QUOTE")
    made.raw["users.csv"] = Replace(b"QUOTE", b'"Canary')


@refused("courses.csv")
def a_row_without_an_end(made: Set) -> None:
    made.put("courses", 3, "title", "LONG")
    made.raw["courses.csv"] = Replace(b"LONG", noise(1 << 21))
