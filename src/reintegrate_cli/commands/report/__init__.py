"""``report``: counts over many nouns. Each report is one file of this folder, and is found here."""

from pkgutil import iter_modules

from reintegrate_cli.core.loading import load

for _file in sorted(iter_modules(__path__), key=lambda one: one.name):
    load(f"commands.report.{_file.name}")
