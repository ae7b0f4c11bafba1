"""How much the fault tests go through: little at each change, everything by hand.

``REINTEGRATE_FAULTS=long`` sets the long one; CONTRIBUTING says what there is.
"""

import os

LONG = os.environ.get("REINTEGRATE_FAULTS") == "long"
