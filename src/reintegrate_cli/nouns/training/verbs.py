"""``training``: each verb is declared by the module that it stands in; the first one adds."""

from reintegrate_cli.nouns.training import adding, importing, listing

__all__ = ["adding", "importing", "listing"]
