"""``vault``: its state, copies, keys, what is kept in it how long, and archives of it."""

from reintegrate_cli.commands.vault import archive, copies, keeping, seats, slots

__all__ = ["archive", "copies", "keeping", "seats", "slots"]
