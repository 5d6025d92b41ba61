"""Links and hashtags of a post on Bluesky, which finds neither in a text by itself: byte ranges of its UTF-8 form.

Lexicon ``app.bsky.richtext.facet``: the start is inclusive, the end exclusive, both count bytes.
"""

import re
from typing import Any

_LINK = re.compile(r"https?://[!-~]+")
_END_OF_SENTENCE = ".,;:!?)'\""
_TAG = re.compile(
    r"(?:^|(?<=[\s（「]))[#＃](?P<tag>[^\s#＃、。！？「」（）()]*[^\W\d_][^\s#＃、。！？「」（）()]*)", re.MULTILINE
)
TAG_LIMIT = 64  # letters of a hashtag


def facets(text: str) -> list[dict[str, Any]]:
    """The facets of a text in order; none overlap."""
    found, end = [], 0
    for start, stop, feature in sorted([*_links(text), *_tags(text)], key=lambda one: one[0]):
        if start < end:
            continue  # a # inside of an address is part of the address
        index = {"byteStart": _bytes(text[:start]), "byteEnd": _bytes(text[:stop])}
        found.append({"index": index, "features": [feature]})
        end = stop
    return found


def _links(text: str) -> list[tuple[int, int, dict[str, str]]]:
    spans = []
    for match in _LINK.finditer(text):
        address = match.group().rstrip(_END_OF_SENTENCE)
        feature = {"$type": "app.bsky.richtext.facet#link", "uri": address}
        spans.append((match.start(), match.start() + len(address), feature))
    return spans


def _tags(text: str) -> list[tuple[int, int, dict[str, str]]]:
    return [
        (match.start(), match.end(), {"$type": "app.bsky.richtext.facet#tag", "tag": match["tag"]})
        for match in _TAG.finditer(text)
        if len(match["tag"]) <= TAG_LIMIT
    ]


def _bytes(text: str) -> int:
    return len(text.encode())
