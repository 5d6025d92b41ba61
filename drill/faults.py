"""What providers, broker, database and disk do in bad moments, each tried on an installation of its own."""

import argparse
import time
from collections.abc import Callable

from drill.cases import mail, sms, surroundings, way
from drill.report import note, result
from drill.trial import Wrong

CASES: dict[str, Callable[..., None]] = {
    case.__name__: case for room in (mail, sms, surroundings, way) for case in room.CASES
}


def main(arguments: list[str]) -> int:
    """Try them all, print; 1 where something does not hold."""
    parser = argparse.ArgumentParser(prog="scripts/drill faults", description=__doc__)
    parser.add_argument("--only", choices=sorted(CASES), action="append", help="try this case (several times: these)")
    parser.add_argument("--naive", action="store_true", help="with a naive sender, for which most cases fail")
    given = parser.parse_args(arguments)
    chosen = given.only or list(CASES)
    failed = [name for name in chosen if not _holds(name, given.naive)]
    result(
        "faults",
        len(failed),
        "cases in which something does not hold",
        cases=len(chosen),
        failed=len(failed),
        names=failed,
    )
    return 1 if failed else 0


def _holds(name: str, naive: bool) -> bool:
    started = time.monotonic()
    try:
        CASES[name](naive=naive)
    except Wrong as wrong:
        note(f"{name}: does not hold: {wrong}")
        return False
    except Exception as error:
        note(f"{name}: {type(error).__name__}: {error}")
        return False
    note(f"{name}: holds ({time.monotonic() - started:.1f} s)")
    return True
