"""``scripts/bench [NAME [options]]``: measure one thing, or list what can be measured."""

import sys
from importlib import import_module

NAMES = {
    "broadcast": "bench.broadcast",  # an alert to 26,000 residents by e-mail, against other programs
    "checkin": "bench.checkin",  # families at the doors of 20 shelters, against a bare view with one INSERT
    "public": "bench.public",  # the map page for a crowd, against nginx
    "import": "bench.taking_in",  # the residents' list matched with evacuees, certificates as PDF
    "pairs": "bench.pairs",  # how surely entries of one person are recognised among Japanese names
    "isolation": "bench.isolation",  # what one dead or slow thing, or thousands who look, cost the others
    "search": "bench.search",  # how soon and how surely somebody is found, with one wrong kana too
}


def main(arguments: list[str]) -> int:
    """Run it; 2 for a name that is not known."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print("usage: scripts/bench NAME [options]\n" + "\n".join(f"  {name}" for name in NAMES))
        return 0
    name, *rest = arguments
    if name not in NAMES:
        print(f"bench: {name} is not known; there is: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    result: int = import_module(NAMES[name]).main(rest)
    return result


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
