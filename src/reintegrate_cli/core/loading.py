"""Modules of this program by their names: the one place where a name becomes a module.

What a command does not use is not loaded; what the catalogue names is loaded when a record of
it is met, or its verb typed.
"""

from importlib import import_module
from types import ModuleType


def load(name: str) -> ModuleType:
    """Return a module of this program, loaded now if it was not.

    Args:
        name: its name below the package, such as ``nouns.wish.record``.
    """
    return import_module(f"reintegrate_cli.{name}")
