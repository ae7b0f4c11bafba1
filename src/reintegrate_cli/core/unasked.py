"""What stands for an answer that nobody has given yet, so that rules can be tried without it.

Whatever is done with it but to hand it on raises ``Unanswered``: a rule that gets as far as that
depends on the answer, and a rule that refuses before does not.
"""

from typing import Any, NoReturn


class Unanswered(BaseException):
    """A rule looked at an answer that is not given yet."""


class Unasked:
    """An answer that nobody has given yet."""

    __slots__ = ()

    def _looked_at(self, *_: Any) -> NoReturn:
        raise Unanswered

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _looked_at
    __bool__ = __str__ = __repr__ = __hash__ = __len__ = __iter__ = _looked_at
    __int__ = __index__ = __float__ = __add__ = __radd__ = __sub__ = __rsub__ = _looked_at
    __contains__ = __getitem__ = __format__ = __getattr__ = __call__ = _looked_at


UNASKED = Unasked()
