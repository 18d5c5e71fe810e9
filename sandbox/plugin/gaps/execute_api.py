"""`<api>.execute-api.<region>.<suffix>`, the host that a template publishes, reaches the API whatever the suffix is."""

import re

from plugin.contract import point

point("app", "_EXECUTE_API_RE", re.Pattern)


def install() -> None:
    from ministack import app

    app._EXECUTE_API_RE = re.compile(r"^([a-z0-9]+)\.execute-api\.")
