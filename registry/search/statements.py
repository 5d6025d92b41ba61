"""The statements with which the index is asked: one for each shape of a question, made once and kept."""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from itertools import product
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    String,
    Table,
    bindparam,
    literal_column,
    or_,
    select,
    type_coerce,
    union_all,
)  # fmt: skip

from registry.models.search import SearchEntry

LIMIT = 120  # entries of one way to read the words
FEW_DAYS = 62  # a span of birth dates that leaves fewer entries than a name does
_ENTRIES: Table = SearchEntry.__table__  # type: ignore[assignment]
NAMED = (_ENTRIES.c.family_reading, _ENTRIES.c.given_reading, _ENTRIES.c.family_kanji, _ENTRIES.c.given_kanji)
_FIELDS = (type_coerce(_ENTRIES.c.subject, String).label("subject"), _ENTRIES.c.subject_id, *NAMED)
_NOTHING: ColumnElement[int] = literal_column("0")
_EMPTY: ColumnElement[str] = literal_column("''")
Shape = tuple[
    tuple[int, ...], ...
]  # the ways to read the words; of each, which part of a name (its place in NAMED) every word is
ONE: tuple[Shape, ...] = (((0,), (1,)), ((2,), (3,)))
TWO: tuple[Shape, ...] = (
    ((0, 1), (1, 0)),
    ((0, 1), (1, 0), (0,), (1,)),
    ((2, 3), (3, 2)),
    ((2, 3), (3, 2), (2,), (3,)),
)
PARTED: tuple[Shape, ...] = (*(((0, 1),) * number for number in (1, 2, 3)), ((2, 3),))
MIXED: tuple[Shape, ...] = (((0, 2), (0, 3), (1, 2), (1, 3)),)


@lru_cache(maxsize=512)
def entries(shape: Shape, births: int, few: bool, areas: bool, one_subject: bool) -> Executable:
    """Every way as a part with its own limit, so that each uses the index that fits it.

    ``few``: the birth dates are a few days. SQLite does not know how many share a name, an area or the subject and would rather read all of
    those, so what is not to lead it to an index stands there as an expression.
    """
    filters: list[ColumnElement[bool]] = []
    dated = births > 0 and few
    if births:
        born = _ENTRIES.c.birth_date
        spans = [born.between(bindparam(f"first{n}"), bindparam(f"last{n}")) for n in range(births)]
        filters.append(or_(*spans) if births > 1 else spans[0])
    if areas:
        area = _ENTRIES.c.area_code
        filters.append((area.concat(_EMPTY) if dated else area).in_(bindparam("areas", expanding=True)))
    if one_subject:
        filters.append(type_coerce(_ENTRIES.c.subject, String).concat(_EMPTY) == bindparam("subject"))
    columns = [column + _NOTHING if dated else column for column in NAMED]
    parts = []
    for number, way in enumerate(shape):
        named = [
            columns[column].in_(bindparam(f"names{number}_{place}", expanding=True)) for place, column in enumerate(way)
        ]
        part = select(*_FIELDS, literal_column(str(number)).label("way")).where(*named, *filters).limit(LIMIT)
        parts.append(select(part.subquery()))
    return union_all(*parts) if len(parts) > 1 else parts[0]


def usual() -> Iterator[tuple[Executable, dict[str, Any]]]:
    """Those of the usual questions (one word or two, alone or with a birth date or an area), with values with which they find nobody.

    A statement is compiled for the names of its values; so these are the very names that a question gives.
    """
    shapes: tuple[Shape, ...] = (*ONE, *TWO, *PARTED, *MIXED)
    for shape, (births, few), areas in product(shapes, ((0, True), (1, True), (1, False)), (False, True)):
        yield entries(shape, births, few, areas, False), nobody(shape, births, areas=areas)
    for few in (True, False):
        yield entries(((),), 1, few, False, False), nobody(((),), 1)


def nobody(shape: Shape, births: int, *, areas: bool = False) -> dict[str, Any]:
    """Values with which nobody is found."""
    born = {f"{end}{place}": date(1900, 1, 1) for place in range(births) for end in ("first", "last")}
    named = {f"names{number}_{place}": [-1] for number, way in enumerate(shape) for place in range(len(way))}
    return {"subject": None, "areas": [""] if areas else [], **born, **named}
