"""How much the fault tests go through: little at each change, everything by hand.

``REINTEGRATE_FAULTS=long`` sets the long one; README says what it ran and what came of it.
"""

import os

LONG = os.environ.get("REINTEGRATE_FAULTS") == "long"
