"""Names that a typed word may mean: the very name, one with a slip of any kind, one that begins with it; each with what it costs in the ranking."""

from collections.abc import Iterable, Sequence

from rapidfuzz.distance import DamerauLevenshtein
from sqlalchemy import Connection, Row, Table, bindparam, or_, select

from disaster.core import names
from registry.models.search import Script, SearchName, SearchSlip
from registry.search.indexing import forms
from registry.search.words import Word

Costs = dict[int, float]
MOST = 80  # names that one word may mean
_WEAKER = 0.4  # a voiced mark; 斎 as 斉
_LAST = "\U0010ffff"
_ALIKE = (
    "しつ そん のめ くわ うわ あま ちて るれ こゆ ろこ らう すぬ なめ させ たく ねわ まも むま けは おほ はほ きさ ちら るろ ぬめ いり りん ひい とて ふう "
    "やせ つう あお ゆよ やゆ やよ いえ しひ"
)
_PAIRS = frozenset(frozenset(pair) for pair in _ALIKE.split())  # look or sound alike
_NAMES: Table = SearchName.__table__  # type: ignore[assignment]
_COLUMNS = (_NAMES.c.id, _NAMES.c.script, _NAMES.c.key, _NAMES.c.bare, _NAMES.c.latin)
_EXACT = (
    select(*_COLUMNS)
    .where(
        or_(
            _NAMES.c.bare.in_(bindparam("bares", expanding=True)),
            _NAMES.c.latin.in_(bindparam("latin", expanding=True)),
        )
    )
    .limit(4 * MOST)
)
_SLIPS = (
    select(*_COLUMNS)
    .distinct()
    .join(SearchSlip, SearchSlip.name_id == _NAMES.c.id)
    .where(SearchSlip.form.in_(bindparam("forms", expanding=True)))
)
_BEGINS = (
    select(*_COLUMNS)
    .where(_NAMES.c.key >= bindparam("first"), _NAMES.c.key < bindparam("last"), _NAMES.c.script == bindparam("script"))
    .order_by(_NAMES.c.key)
    .limit(MOST // 2)
)
_BEGINS_LATIN = (
    select(*_COLUMNS)
    .where(_NAMES.c.latin >= bindparam("first"), _NAMES.c.latin < bindparam("last"))
    .order_by(_NAMES.c.latin)
    .limit(MOST // 2)
)
Found = Row[int, str, str, str, str]


def exact(connection: Connection, words: Sequence[Word]) -> list[Costs]:
    """For each word the names that it is."""
    bares = {word: _bare(word) for word in words}
    latin = [word.key for word in words if word.script is Script.LATIN]
    others = [bare for word, bare in bares.items() if word.script is not Script.LATIN]
    rows = connection.execute(_EXACT, {"bares": others, "latin": latin}).all()
    found: list[Costs] = []
    for word in words:
        costs: Costs = {}
        for row in rows:
            if word.script is Script.LATIN and row.latin == word.key:
                costs[row.id] = 0.0 if row.script == Script.LATIN else 0.1
            elif row.script == word.script and row.bare == bares[word]:
                costs[row.id] = 0.0 if row.key == word.key else _WEAKER
        found.append(costs)
    return found


def alike(connection: Connection, words: Sequence[Word], *, beginnings: bool = True) -> list[Costs]:
    """For each word the names that it may be with a slip, or of which it is the beginning; the cheapest ``MOST``, cheapest first."""
    bares = [_bare(word) for word in words]
    wanted = [forms(bare) for word, bare in zip(words, bares, strict=True) if word.script is not Script.KANJI]
    slips = connection.execute(_SLIPS, {"forms": sorted(set().union(*wanted))}).all() if wanted else []
    found: list[Costs] = []
    for word, bare in zip(words, bares, strict=True):
        costs: Costs = {}
        for row in slips if word.script is not Script.KANJI else ():
            _keep(costs, row, _slip(bare, word.key, row, latin=word.script is Script.LATIN))
        if beginnings:
            _begun(connection, word, costs)
        found.append(dict(sorted(costs.items(), key=lambda one: (one[1], one[0]))[:MOST]))
    return found


def _begun(connection: Connection, word: Word, found: Costs) -> None:
    """Names that begin with the word; where nothing is found at all, names in which it stands."""
    latin = word.script is Script.LATIN
    begins = {"first": word.key, "last": word.key + _LAST, "script": word.script}
    for row in connection.execute(_BEGINS_LATIN if latin else _BEGINS, begins):
        _keep(found, row, 1.1 + 0.1 * (len(row.latin if latin else row.key) - len(word.key)))
    if not found and len(word.key) > 1:
        column = SearchName.latin if latin else SearchName.key
        inside = column.contains(word.key, autoescape=True)
        for row in connection.execute(select(*_COLUMNS).where(inside).limit(MOST)):
            _keep(found, row, 1.5)


def parted(connection: Connection, word: Word) -> list[tuple[Costs, Costs]]:
    """A whole name typed without a space, as family and given name; where both are names first, else where one is and the other has a slip."""
    key, script = word.key, word.script
    if script is Script.LATIN or not 2 <= len(key) <= 20:
        return []
    cuts = range(1, len(key))
    pieces = {key[:cut] for cut in cuts} | {key[cut:] for cut in cuts}
    known_rows = connection.execute(select(*_COLUMNS).where(_NAMES.c.script == script, _NAMES.c.key.in_(pieces)))
    known = {row.key: row.id for row in known_rows}
    both = [
        ({known[key[:cut]]: 0.1}, {known[key[cut:]]: 0.1}) for cut in cuts if {key[:cut], key[cut:]} <= known.keys()
    ]
    if script is Script.KANJI or both:
        return both
    middle = [cut for cut in sorted(cuts, key=lambda cut: abs(2 * cut - len(key)))[:6] if 1 < cut < len(key) - 1]
    first = [cut for cut in middle if key[:cut] in known]
    last = [cut for cut in middle if key[cut:] in known]
    unknown = [Word(script, key[cut:]) for cut in first] + [Word(script, key[:cut]) for cut in last]
    near = alike(connection, unknown, beginnings=False)
    one_slips = [({known[key[:cut]]: 0.1}, near[place]) for place, cut in enumerate(first)]
    return one_slips + [(near[len(first) + place], {known[key[cut:]]: 0.1}) for place, cut in enumerate(last)]


def together(words: Iterable[Word]) -> Word | None:
    """Two words of one script as a name that stands in one piece."""
    listed = list(words)
    if len(listed) != 2 or listed[0].script is not listed[1].script:
        return None
    return Word(listed[0].script, listed[0].key + listed[1].key)


def _bare(word: Word) -> str:
    if word.script is Script.KANA:
        return names.voiceless_key(word.key) or word.key
    return names.loose_kanji_key(word.key) if word.script is Script.KANJI else word.key


def _keep(found: Costs, row: Found, cost: float | None) -> None:
    if cost is not None and cost < found.get(row.id, 9.0):
        found[row.id] = cost


def _slip(bare: str, key: str, row: Found, *, latin: bool) -> float | None:
    """What a slip between the typed word and a name costs; None where they are further apart."""
    other = row.latin if latin else row.bare
    if not latin and row.script != Script.KANA:
        return None
    if bare == other:
        return 0.0 if latin or key == row.key else _WEAKER
    apart = DamerauLevenshtein.distance(bare, other, score_cutoff=2)
    if apart > 2 or (apart == 2 and min(len(bare), len(other)) < 4):
        return None
    if apart == 2:
        return 2.2
    if len(bare) != len(other):
        return 1.0
    differing = [(a, b) for a, b in zip(bare, other, strict=True) if a != b]
    if len(differing) == 2:
        return 0.85  # two letters changed places
    return 0.8 if frozenset(differing[0]) in _PAIRS else 1.0
