"""``checkin``: what was agreed, what happened, what is due."""

from reintegrate_cli.nouns.checkin import agreeing, conferring, happening

__all__ = ["agreeing", "conferring", "happening"]
