"""IAM as it is enforced here: who calls, what a role may do, and the record of every call that a role made."""

import os

MODES = ("enforce", "record", "off")
MODE = os.environ.get("SANDBOX_IAM", "enforce")
