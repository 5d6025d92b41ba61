"""What an import does, or would do, in numbers; and what is wrong, by line and column."""

from dataclasses import asdict, dataclass, field
from typing import Any

from broadcast.importing.columns import LABELS
from broadcast.importing.record import Mistake


@dataclass(slots=True)
class Report:
    """What an import does, or would do, in people; ``addresses`` are new ones. ``kept``: chose for themselves; ``left``: no address of theirs
    may be used any more. ``shared`` addresses stay with the first row that has them, ``replaced`` ones are no longer used."""

    file: str
    encoding: str = ""
    delimiter: str = ""
    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    kept: int = 0
    left: int = 0
    addresses: int = 0
    shared: int = 0
    replaced: int = 0
    bad: int = 0
    mistakes: list[Mistake] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    applied: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for ``--json``; line numbers and columns, never what a cell says."""
        return asdict(self)

    @property
    def labelled(self) -> list[tuple[int, str, str]]:
        """The mistakes with the columns' own names, for people."""
        return [(one.line, LABELS.get(one.field, one.field), one.reason) for one in self.mistakes]
