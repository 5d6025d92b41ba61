"""``scripts/drill NAME [options]``: hurt the service in one way and count what was lost or doubled."""

import sys
from importlib import import_module

NAMES = {
    "kill": "drill.kill",  # a worker killed at random instants of a send
    "race": "drill.race",  # several people who approve the same alert at the same moment
    "restore": "drill.restore",  # a machine that is lost in mid-send and put back from its copy
    "offline": "drill.offline",  # tablets that were three days without a network
    "faults": "drill.faults",  # what providers, broker, database and disk do in bad moments
}


def main(arguments: list[str]) -> int:
    """Run it; 0 when nothing went wrong, 1 when something did, 2 for a name that is not known."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print("usage: scripts/drill NAME [options]\n" + "\n".join(f"  {name}" for name in NAMES))
        return 0
    name, *rest = arguments
    if name not in NAMES:
        print(f"drill: {name} is not known; there is: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    result: int = import_module(NAMES[name]).main(rest)
    return result


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
