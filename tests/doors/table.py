"""Print ``docs/access.md``: ``.venv/bin/python -m tests.doors.table > docs/access.md``, and read what changed before you commit it."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.doors import addresses, walking
from tests.doors.walking import WHO, Walk
from tests.doors.world import World, world

HEAD = """# Who may open which address

Every address, asked for real as every role on a filled town (`.venv/bin/python -m tests.doors.table` prints this file; `tests/doors` compares).
`yes`: opens; `own`: for what belongs to one's own shelter only; `–`: refused, or it does not exist for this role. `nobody` is not signed in,
`tablet` shows the token of a shelter's tablet. Roles: {roles}. People under protection are behind no door but those of `protection`.
"""


def lines(made: World, found: Walk) -> Iterator[str]:
    """The lines of the table."""
    yield "| address | method | guard | " + " | ".join(WHO) + " |"
    yield "|---" * (3 + len(WHO)) + "|"
    for address in addresses.every(made.app):
        row = found.cells[address.rule.rule, address.method]
        cells = " | ".join(row[who] for who in WHO)
        yield f"| `{address.rule.rule}` | {address.method} | {address.guard} | {cells} |"


def main() -> None:
    """Print it."""
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as made:
        if missing := addresses.undeclared(made.app, set(made.objects)):
            sys.exit("\n".join(missing))
        found = walking.walk(made)
        print(HEAD.format(roles=", ".join(f"`{role}`" for role in WHO[2:])))
        print("\n".join(lines(made, found)))
        for line in (*found.errors, *found.leaks, *found.differences):
            print(line, file=sys.stderr)
        print(f"{found.requests} requests", file=sys.stderr)


if __name__ == "__main__":
    main()
