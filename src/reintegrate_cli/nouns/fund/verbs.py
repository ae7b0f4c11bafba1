"""``fund``: each verb is declared by the module that it stands in."""

from reintegrate_cli.nouns.fund import entering, exporting, listing, sources
from reintegrate_cli.nouns.fund.listing import section

__all__ = ["entering", "exporting", "listing", "section", "sources"]
