"""Runs the cases side by side; one line of JSON a case: its name and what went wrong. The last names what was called."""

import json
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor

import control
import endpoints
import harness


def run(case):
    try:
        case()
        return case.__name__, None
    except BaseException:
        return case.__name__, traceback.format_exc(limit=-3)


def main(asked):
    cases = [case for case in [*control.CASES, *endpoints.CASES] if not asked or case.__name__ in asked]
    with ThreadPoolExecutor(6) as pool:
        for name, failure in pool.map(run, cases):
            print(json.dumps({"case": name, "failure": failure}), flush=True)
    print(json.dumps({"called": sorted(harness.CALLED)}), flush=True)


main(sys.argv[1:])
