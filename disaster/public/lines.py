"""Short lines for boards of lamps and slides: cut where a reader would pause, never inside of a letter."""

import unicodedata

from broadcast.texts.limits import graphemes

_PAUSES = frozenset("、。 　")  # a line ends best after these
_AFTER = frozenset("・）」』】！？.,;")  # then after these
_BEFORE = frozenset("（「『【")  # or before these
_NOT_FIRST = frozenset("、。・）」』】！？ーぁぃぅぇぉっゃゅょァィゥェォッャュョ,.!?)々")


def width(text: str) -> int:
    """Columns that a text takes: a Japanese letter two, a Latin one."""
    return sum(_width(cluster) for cluster in graphemes(text))


def wrapped(text: str, columns: int) -> list[str]:
    """The text in lines of at most ``columns`` columns (8 or more); empty where there is no text."""
    lines: list[str] = []
    rest = graphemes(" ".join(text.split()))
    while rest:
        fit = _fitting(rest, columns)
        end = _end(rest, fit) if fit < len(rest) else fit
        lines.append("".join(rest[:end]).strip())
        rest = rest[end:]
        while rest and rest[0] == " ":
            rest = rest[1:]
    return [line for line in lines if line]


def _fitting(clusters: list[str], columns: int) -> int:
    taken = 0
    for number, cluster in enumerate(clusters):
        taken += _width(cluster)
        if taken > columns:
            return max(1, number)
    return len(clusters)


def _end(clusters: list[str], fit: int) -> int:
    """Where the line ends: at the last pause (not in its first quarter), else so that the next line begins with a letter that may begin one."""
    if clusters[fit] == " ":
        return fit
    ends = [end for end in range(fit, fit // 4, -1) if clusters[end] not in _NOT_FIRST]
    best = [end for end in ends if clusters[end - 1] in _PAUSES]
    good = [end for end in ends if clusters[end - 1] in _AFTER or clusters[end] in _BEFORE]
    if best or good:
        return (best or good)[0]
    end = fit
    while end > fit // 2 + 1 and clusters[end] in _NOT_FIRST:
        end -= 1
    return end


def _width(cluster: str) -> int:
    return 2 if unicodedata.east_asian_width(cluster[0]) in "FWA" else 1
