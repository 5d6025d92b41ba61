"""What an import did, or would do, in numbers; nobody's data stands in it but the lines on which something is wrong."""

from dataclasses import asdict, dataclass, field
from typing import Any

from registry.residents.record import Gaiji, Mistake

MOST_SHOWN = 200


@dataclass(slots=True)
class Report:
    """Numbers of rows and residents. ``unread``: letters that became 〓. ``missing``: residents who stand and are not in the list any more.

    ``unclear``: rows with a birth date, sex or state that could not be read (they are taken in without it).
    """

    file: str
    encoding: str = ""
    delimiter: str = ""
    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    repeated: int = 0
    gone: int = 0
    missing: int = 0
    households: int = 0
    without_area: int = 0
    bad: int = 0
    mistakes: list[Mistake] = field(default_factory=list)
    unread: int = 0
    gaiji: list[Gaiji] = field(default_factory=list)
    unclear: dict[str, int] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    my_number: bool = False
    too_many_missing: bool = False
    linked: int = 0
    applied: bool = False

    def add(self, mistakes: list[Mistake]) -> None:
        """Count a row that is wrong."""
        self.bad += 1
        self.mistakes += mistakes[: max(0, MOST_SHOWN - len(self.mistakes))]

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)
