"""Shorter forms of a part of a text: whole sentences where possible, cut only where one sentence is too long."""

from collections.abc import Sequence

from broadcast.texts.limits import cut


def within(lines: Sequence[str], room: int) -> tuple[str, ...]:
    """The first whole sentences that fit ``room`` letters; the first one cut where not even that fits."""
    kept: list[str] = []
    for line in lines:
        if sum(map(len, kept)) + len(line) > room:
            break
        kept.append(line)
    return tuple(kept) if kept else tuple(cut(line, room) for line in lines[:1])


def forms(lines: Sequence[str], *rooms: int, joint: str = "") -> list[str]:
    """The whole text, its beginnings within each room, and nothing: from long to short."""
    if not lines:
        return [""]
    return [joint.join(lines), *(joint.join(within(lines, room)) for room in rooms), ""]
