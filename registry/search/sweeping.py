"""Names that nobody has any more leave the index of names, so that no spelling of a wiped person stays behind."""

from sqlalchemy import ColumnElement, and_, delete, exists, func, select, update

from disaster.core.db import transaction
from disaster.core.extensions import db
from registry.models.search import SearchEntry, SearchName, SearchSlip, SearchSweep
from registry.search import indexing

_NAMES = 50  # whose forms, with up to 60 letters each, one statement names
PIECE = 20_000  # numbers of names that one statement looks at
_USES = (SearchEntry.family_reading, SearchEntry.given_reading, SearchEntry.family_kanji, SearchEntry.given_kanji)


def sweep() -> int:
    """Take them out, in short transactions; how many. Looks first, and waits for nobody where there is nothing to do."""
    taken, start = 0, 0
    last = db.session.scalar(select(func.max(SearchName.id))) or 0
    while start < last:
        piece = _unused(start)
        if db.session.scalar(select(SearchName.id).where(piece).limit(1)) is not None:
            taken += _take(piece)
        start += PIECE
    db.session.rollback()
    return taken


def _take(piece: ColumnElement[bool]) -> int:
    with transaction() as session:
        indexing.hold(session, shared=False)  # who has just found a name here writes its entry first
        gone = (SearchName.id, SearchName.script, SearchName.key)
        done = session.execute(delete(SearchName).where(piece).returning(*gone), execution_options=_PLAIN).all()
        for part in indexing.pieces(done, _NAMES):
            forms = {form for row in part for form in indexing.forms_of(row.script, row.key)}
            slips = SearchSlip.form.in_(forms) & SearchSlip.name_id.in_([row.id for row in part])
            session.execute(delete(SearchSlip).where(slips), execution_options=_PLAIN)
        once = update(SearchSweep).where(SearchSweep.id == 1).values(number=SearchSweep.number + 1)
        if session.execute(once.returning(SearchSweep.id), execution_options=_PLAIN).first() is None:
            session.add(SearchSweep(id=1, number=1))
        return len(done)


def _unused(start: int) -> ColumnElement[bool]:
    """Names of one piece whose number stands in no entry, in none of its four places."""
    here = SearchName.id.between(start + 1, start + PIECE)
    return and_(here, *(~exists().where(column == SearchName.id) for column in _USES))


_PLAIN = {"synchronize_session": False}
