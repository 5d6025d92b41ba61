"""How what several tablets wrote without knowing of each other becomes one record: plain functions, no clock, no database.

Each field of an entity is a register of several values. An event that sets a field names the events whose value its writer saw
(``base``); those are superseded. What nobody superseded are the field's heads. One head is the value. Several heads with different values are
a conflict that a person decides by one more event that names them all; until then the latest by (time, device, number) is shown.

The heads are a function of the set of events alone: the superseded ids are remembered, so an event that comes after the one that replaced it
changes nothing. Any order, any repetition gives the same document.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

# The latest says all: two who saw somebody tonight do not contradict each other, nor do two slips of one family.
QUIET = frozenset({"seen_on", "code"})
TIMES = frozenset({"start", "end", "out_until"})  # milliseconds; the same step, tapped on two tablets, is minutes apart
TOGETHER = frozenset({"confirmed_over"})  # every head counts; several decisions stand beside each other
NEAR = 10 * 60 * 1000
_WRITER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class Head(NamedTuple):
    """A value of a field that nobody superseded. ``at``: milliseconds since 1970, the tablet's error taken out; device 0 is headquarters."""

    at: int
    device: int
    seq: int
    event: str
    value: Any


@dataclass(slots=True)
class Doc:
    """What is known of one entity. ``heads`` are in order, the present value last; ``gone`` names superseded events, by field."""

    heads: dict[str, list[Head]] = field(default_factory=dict)
    gone: dict[str, list[str]] = field(default_factory=dict)

    def get(self, name: str, default: Any = None) -> Any:
        """The present value of a field."""
        heads = self.heads.get(name)
        return heads[-1].value if heads and heads[-1].value is not None else default

    def head(self, name: str) -> Head | None:
        """The event behind the present value."""
        heads = self.heads.get(name)
        return heads[-1] if heads else None

    def all(self, name: str) -> list[Any]:
        """The values of all heads of a field that are something."""
        return [head.value for head in self.heads.get(name, ()) if head.value is not None]

    def seen(self, names: Iterable[str]) -> dict[str, list[str]]:
        """What a writer who looks at this document now saw: the ``base`` of the next event."""
        return {name: [head.event for head in self.heads[name]] for name in names if name in self.heads}


def write(
    doc: Doc,
    values: Mapping[str, Any],
    *,
    event: str,
    at: int,
    device: int,
    seq: int,
    base: Mapping[str, str | Iterable[str]],
) -> None:
    """Take one event's values in. The same event again changes nothing."""
    for name, value in values.items():
        if name not in doc.heads and name not in doc.gone and name not in base:  # said for the first time: the usual
            doc.heads[name] = [Head(at, device, seq, event, value)]
            continue
        named = base.get(name, ())
        gone = {named} if isinstance(named, str) else set(named)
        gone.discard(event)
        gone.update(doc.gone.get(name, ()))
        heads = [head for head in doc.heads.get(name, ()) if head.event not in gone and head.event != event]
        if event not in gone:
            heads.append(Head(at, device, seq, event, value))
            heads.sort(key=_order)
        doc.heads[name] = heads
        if gone:
            doc.gone[name] = sorted(gone)


def differing(doc: Doc, name: str) -> bool:
    """Whether a field's heads contradict each other."""
    heads = doc.heads.get(name, ())
    if len(heads) < 2 or name in QUIET or name in TOGETHER:
        return False
    first, *others = [head.value for head in heads]
    if all(same(first, other) for other in others):
        return False
    if name in TIMES and all(isinstance(head.value, int) for head in heads):
        times = [head.value for head in heads]
        return bool(max(times) - min(times) > NEAR)
    return True


def same(one: Any, other: Any) -> bool:
    """Whether two values say the same. 1 is not True."""
    return bool(one == other) and json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def dump(doc: Doc) -> str:
    """The document as text, the same for the same events."""
    return _WRITER.encode({"heads": doc.heads, "gone": doc.gone})


def load(text: str) -> Doc:
    """The document that ``dump`` wrote."""
    read = json.loads(text)
    return Doc({name: [Head(*head) for head in heads] for name, heads in read["heads"].items()}, read["gone"])


def _order(head: Head) -> tuple[int, int, int, str]:
    return head[:4]
