"""Every measurement, one after the other; what can't run for want of a program says so, and the others still do.

usage: python -m bench
"""

import sys

from bench import dormancy, front, growth, logins, mail, pages, processing, requests, search, weight
from bench.programs import Missing
from bench.wagtail.__main__ import main as against_wagtail


def main() -> int:
    missing = 0
    for measure in (
        pages.main,
        growth.main,
        logins.main,
        front.main,
        weight.main,
        against_wagtail,
        mail.main,
        dormancy.main,
        processing.main,
        search.main,
        requests.main,
    ):
        try:
            measure()
        except Missing as fault:
            print(f"\nNOT MEASURED: {fault}")
            missing = 1
    return missing


if __name__ == "__main__":
    sys.exit(main())
