"""What of a passphrase is not guessed at once.

No measure of strength, which nobody can read off a passphrase: it takes away what is tried
first, in a few lines that can be read. A run along the alphabet, the digits or the keyboard, a
piece that is repeated, a password that everybody has and a year count as one character each.
"""

_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "azertyuiop",
    "qwertzuiop",
    "!@#$%^&*()",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
)
_SHORTEST_RUN = 3
# Of the lists of what was used most in passwords that became known, and of what a school has.
_COMMON = (
    "password",
    "passwort",
    "passphrase",
    "passcode",
    "letmein",
    "letme",
    "welcome",
    "iloveyou",
    "loveyou",
    "administrator",
    "admin",
    "login",
    "secret",
    "changeme",
    "default",
    "whatever",
    "trustno",
    "monkey",
    "dragon",
    "football",
    "baseball",
    "basketball",
    "soccer",
    "hockey",
    "superman",
    "batman",
    "princess",
    "sunshine",
    "starwars",
    "pokemon",
    "computer",
    "internet",
    "freedom",
    "charlie",
    "jordan",
    "michael",
    "jennifer",
    "ashley",
    "master",
    "shadow",
    "hunter",
    "killer",
    "flower",
    "summer",
    "winter",
    "spring",
    "autumn",
    "january",
    "february",
    "august",
    "september",
    "october",
    "november",
    "december",
    "monday",
    "friday",
    "sunday",
    "school",
    "student",
    "teacher",
    "counselor",
    "district",
    "office",
    "reintegrate",
    "vault",
    "hello",
    "correcthorsebatterystaple",
    "correct horse battery staple",
    "mustang",
    "cheese",
    "google",
)
_PLAIN = str.maketrans("@430!1$578", "aaeoiisstb")
"""The signs that stand for letters in passwords that are meant to look hard."""


def left(text: str) -> float:
    """Count the characters that are left once what is tried first counts as one.

    A digit counts as half a letter: there are so much fewer of them.
    """
    typed = text.lower()
    plain, at, count = typed.translate(_PLAIN), 0, 0.0
    while at < len(typed):
        size, worth = max(_run(typed, at), _common(plain, at), _year(typed, at), _again(typed, at))
        count += worth if size else 0.5 if typed[at].isdigit() else 1
        at += size or 1
    return count


def _run(text: str, at: int) -> tuple[int, float]:
    longest = 0
    for row in (*_RUNS, *(row[::-1] for row in _RUNS)):
        size = longest + 1
        while at + size <= len(text) and text[at : at + size] in row:
            longest, size = size, size + 1
    return (longest, 1) if longest >= _SHORTEST_RUN else (0, 0)


def _common(text: str, at: int) -> tuple[int, float]:
    return max(((len(word), 1.0) for word in _COMMON if text.startswith(word, at)), default=(0, 0))


def _year(text: str, at: int) -> tuple[int, float]:
    year = text[at : at + 4]
    return (4, 1) if len(year) == 4 and year.isdigit() and year[:2] in ("19", "20") else (0, 0)


def _again(text: str, at: int) -> tuple[int, float]:
    """Find the piece that is repeated from here on, the longest such stretch."""
    best = (0, 0.0)
    for size in range(1, (len(text) - at) // 2 + 1):
        piece, times = text[at : at + size], 1
        while text.startswith(piece, at + times * size):
            times += 1
        if times > 1 and times * size >= _SHORTEST_RUN and times * size > best[0]:
            best = (times * size, left(piece))
    return best
