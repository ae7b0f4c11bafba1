"""Words and names compared as people write them: by one function, wherever typed words meet.

``José`` is one word however its accent was typed, and typed without it too; so is ``O'Dell``
with any of the marks that people use for an apostrophe. What is compared is never what is
shown or kept.
"""

_APOSTROPHES = "'\u2018\u2019\u201b\u02bc\u02b9\u02bb\u2032\u00b4\u1ffd\u0060\uff07\ua78c"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad\ufe58\ufe63\uff0d"
_PLAIN = {ord(mark): "'" for mark in _APOSTROPHES} | {ord(dash): "-" for dash in _DASHES}
_PLAIN[0xAD] = ""  # it only says where a line may break
_LETTERS = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ħ": "h", "æ": "ae", "œ": "oe"})
"""Letters that do not come apart, and what is typed where the keyboard has none of them."""
_MARKS = range(0x300, 0x370)
"""Accents and the like on Latin, Greek and Cyrillic letters; in other scripts they are letters."""
_TITLES = frozenset(
    ["mr", "mrs", "ms", "miss", "mx", "dr", "sr", "sra", "srta", "señor", "señora", "jr"]
)


def folded(text: str, *, with_case: bool = False) -> str:
    """Bring a text into the one form that is compared.

    Composed and decomposed letters, their width and case, accents, apostrophes, dashes, spaces
    and marks that nobody sees make no difference.

    Args:
        text: what was typed.
        with_case: whether capitals are to make a difference after all.
    """
    import unicodedata  # a large table, which a command without a word can do without

    apart = unicodedata.normalize("NFKD", text.translate(_PLAIN)).translate(_PLAIN)
    seen = "".join(char for char in apart if char.isspace() or _counts(char))
    if not with_case:
        seen = seen.casefold().translate(_LETTERS)
    return " ".join(unicodedata.normalize("NFKC", seen).split())


def _counts(char: str) -> bool:
    import unicodedata

    return ord(char) not in _MARKS and unicodedata.category(char) not in ("Cf", "Cc")


def words(text: str) -> list[str]:
    """List the words of a text, as they are compared; an apostrophe parts no word."""
    import unicodedata

    plain = folded(text).replace("'", "")
    return "".join(
        char if unicodedata.category(char)[0] in "LMN" else " " for char in plain
    ).split()


def same_person(one: str, other: str) -> bool:
    """Return whether two names may be those of one person.

    The words of one are among those of the other, in any order; a letter alone stands for a
    name that begins with it, and titles do not count.
    """
    mine, theirs = _name(one), _name(other)
    if not mine or not theirs:
        return False
    few, many = sorted((mine, theirs), key=len)
    within = all(any(_may_be(part, name) for name in many) for part in few)
    return within or "".join(mine) == "".join(theirs)


def _name(text: str) -> list[str]:
    titles = {folded(title) for title in _TITLES}
    return [word for word in words(text) if word not in titles]


def _may_be(part: str, name: str) -> bool:
    if 1 in (len(part), len(name)):
        return part[0] == name[0]
    return part == name
