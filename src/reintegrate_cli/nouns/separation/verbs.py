"""``separation``: two students are kept apart for a while, with the least change."""

from reintegrate_cli.nouns.separation.adding import section as section
from reintegrate_cli.nouns.separation.checking import check as check
from reintegrate_cli.nouns.separation.slips import slip as slip
from reintegrate_cli.nouns.separation.suggesting import suggest as suggest
