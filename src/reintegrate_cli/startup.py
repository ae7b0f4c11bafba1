"""How a process of this program begins: what is put off, and what is closed to others."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def put_off(*names: str) -> None:
    """Let modules load where they are first used, which in most commands is nowhere.

    Python's own modules import them at the top for a rare end: ``dataclasses`` has ``inspect``
    for a class that has no description, ``pathlib`` comes with ``ipaddress`` for the brackets
    of a URL.
    """
    from importlib.util import find_spec, module_from_spec
    from types import ModuleType

    class Later(ModuleType):
        # ``importlib.util.LazyLoader`` loads a module as soon as it is imported a second time.
        def __getattr__(self, name: str) -> Any:
            self.__class__ = ModuleType  # type: ignore[assignment]
            if self.__spec__ is not None and self.__spec__.loader is not None:
                self.__spec__.loader.exec_module(self)
            return getattr(self, name)

    for name in names:
        spec = None if name in sys.modules else find_spec(name)
        if spec is not None:
            module = module_from_spec(spec)
            module.__class__ = Later
            sys.modules[name] = module


@contextmanager
def functions_later(*names: str) -> Iterator[None]:
    """Let what is imported within take functions out of modules that load when those are called.

    Rich takes a function each out of four modules for ends that a table never comes to; they
    would cost a thirtieth of a short table. A module that is loaded already is taken as it is.
    """
    from importlib import import_module
    from types import ModuleType

    class Functions(ModuleType):
        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)

            def call(*args: Any) -> Any:
                if sys.modules.get(self.__name__) is self:
                    del sys.modules[self.__name__]
                return getattr(import_module(self.__name__), name)(*args)

            return call

    stubs = {name: Functions(name) for name in names if name not in sys.modules}
    sys.modules.update(stubs)
    try:
        yield
    finally:
        for name, stub in stubs.items():
            if sys.modules.get(name) is stub:
                del sys.modules[name]


def check_platform() -> None:
    """Require a system on which the program runs.

    Raises:
        Settings: the system is neither Linux nor macOS.
    """
    if sys.platform not in ("linux", "darwin"):
        from reintegrate_cli.core.errors import Settings

        raise Settings("reintegrate runs on Linux and macOS", hint="on Windows, use WSL")


def harden() -> None:
    """Leave no core file, and let no other process of this user read this one's memory.

    Every signal that would end the command unwinds it from here on. What never comes near a
    vault, such as help, does without: it would be a fifth of its cost.
    """
    import os
    import resource

    from reintegrate_cli.core import signals

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)
    if sys.platform == "linux":
        import ctypes

        set_dumpable = 4
        ctypes.CDLL(None, use_errno=True).prctl(set_dumpable, 0, 0, 0, 0)
    signals.raise_on_every()
