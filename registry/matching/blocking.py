"""Which entries are worth comparing: those that share something of what one person's entries share, whatever went wrong with the rest."""

from collections.abc import Iterable, Iterator

from disaster.core import names
from registry.matching.likeness import Entry

MOST = 300  # entries under one key; more (a common name in a prefecture) tell nothing, and other keys bring the pair together


def pairs(entries: Iterable[Entry], *, about: frozenset[str] | None = None) -> Iterator[tuple[Entry, Entry]]:
    """Every pair that shares a key, once. ``about``: only pairs with one of these entries."""
    blocks: dict[tuple[object, ...], list[Entry]] = {}
    for entry in entries:
        for key in keys(entry):
            blocks.setdefault(key, []).append(entry)
    seen: set[tuple[str, str]] = set()
    for block in blocks.values():
        if len(block) > MOST:
            continue
        for place, one in enumerate(block):
            for other in block[place + 1 :]:
                pair = (one.id, other.id) if one.id < other.id else (other.id, one.id)
                if pair not in seen and (about is None or not about.isdisjoint(pair)):
                    seen.add(pair)
                    yield one, other


def keys(entry: Entry) -> set[tuple[object, ...]]:
    """What entries of one person share: the day of birth, the telephone, the address, the year with the beginning of a name, the name itself."""
    family, given = _sounds(entry.kana_family or entry.family), _sounds(entry.kana_given or entry.given)
    whole = "".join(sorted((family[:4], given[:4]))) or _sounds(entry.kana or entry.name)[:8]
    written = names.loose_kanji_key(entry.family + entry.given or entry.name)
    found: set[tuple[object, ...]] = {("whole", whole), ("written", written)}
    if entry.birth:
        if entry.precision == "day":
            found.add(("birth", entry.birth))
        found |= {("year", part, part_name[:3], entry.birth.year) for part, part_name in ((0, family), (1, given))}
    if entry.phone:
        found.add(("phone", entry.phone))
    if entry.address_key:
        found.add(("address", entry.address_key))
        if not entry.area_code or not entry.address_key.startswith(entry.area_code):
            found.add(("street", entry.address_key[:10]))
    if entry.resident is not None:
        found.add(("resident", entry.resident))
    return {key for key in found if all(part != "" for part in key)}


def _sounds(name: str) -> str:
    """Latin letters for kana and Latin names, the letters themselves for kanji."""
    return names.romaji_key(name) or names.loose_kanji_key(name)
