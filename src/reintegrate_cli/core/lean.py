"""msgspec, loaded without what it would only look at.

It asks for ``Decimal`` and ``UUID``, which no record here has, and for names that ``typing`` has
since Python 3.11 where ``typing_extensions`` is installed; and it comes with a module that
describes types to others. Loading all that, with the modules that it wants in turn, would cost a
short command a twelfth of its time, so stand-ins take its place meanwhile. What was loaded before
is left alone; so is what is loaded later, such as ``uuid`` by an export.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _Later(ModuleType):
    """A module that loads when something of it is used."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


def _stand_in(name: str, *classes: str) -> ModuleType:
    module = ModuleType(name)
    vars(module).update({one: type(one, (), {"unknown": None}) for one in classes})
    return module


_STAND_INS = {
    "typing_extensions": None,  # as if it were not installed
    "uuid": _stand_in("uuid", "UUID", "SafeUUID"),
    "decimal": _stand_in("decimal", "Decimal"),
    "msgspec.inspect": _Later("msgspec.inspect"),
}
_used = {name: module for name, module in _STAND_INS.items() if name not in sys.modules}
sys.modules.update(_used)  # type: ignore[arg-type]
try:
    import msgspec
    import msgspec.json
    from msgspec import field
    from msgspec.structs import replace
finally:
    for _name in _used:
        if _name != "msgspec.inspect":
            del sys.modules[_name]

__all__ = ["Silent", "field", "msgspec", "replace"]


class Silent:
    """What prints itself into no log and no traceback."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the name of the class alone."""
        return f"{type(self).__name__}(...)"
