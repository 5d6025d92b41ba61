"""How long a text is in each channel's own measure, and how to cut it without breaking a letter.

Pure functions. Sources: 3GPP TS 23.038 (GSM 7-bit alphabet) and TS 23.040 (joined messages), twitter-text configuration v3,
Mastodon's counting rules, Unicode UAX #29.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SMS_SINGLE_UCS2, SMS_JOINED_UCS2 = 70, 67
SMS_SINGLE_GSM7, SMS_JOINED_GSM7 = 160, 153
X_LIMIT = 280
MASTODON_LIMIT = 500
BLUESKY_LIMIT, BLUESKY_BYTES = 300, 3000  # graphemes, bytes of UTF-8 (lexicon app.bsky.feed.post)
LINE_LIMIT = 5000
URL_LENGTH = 23  # any address on X and Mastodon

_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_EXTENSION = frozenset("\f^{}\\[~]|€")  # two septets each

_ZWJ, _VS16 = "\u200d", "\ufe0f"
_SKIN = "\U0001f3fb-\U0001f3ff"
_PICTURE = "\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2b05-\u2b55\u303d\u3297\u3299\U0001f000-\U0001faff"
_TEXTUAL = "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u2934\u2935\u3030"  # a picture only with VS16
_ONE = f"(?:[{_TEXTUAL}]{_VS16}|[{_PICTURE}])[{_SKIN}]?{_VS16}?"
EMOJI = re.compile(
    "[0-9#*]\ufe0f?\u20e3"
    "|[\U0001f1e6-\U0001f1ff]{2}"
    "|\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"
    f"|{_ONE}(?:{_ZWJ}{_ONE})*"
)
_WEB = re.compile(r"https?://(?P<host>[^\s/?#:<>\"「」（）、。]+)(?::\d+)?(?P<path>[/?#][!-~]*)?", re.IGNORECASE)
BARE_ADDRESS = re.compile(
    r"(?<![@A-Za-z0-9_.$-])(?P<host>(?:[A-Za-z0-9-]+\.)+(?:com|net|org|info|jp|gov|edu|io|co))(?P<path>/[!-~]*)?(?![A-Za-z0-9-])"
)
_MENTION = re.compile(r"(?<![\w/])(@\w+)@[\w.-]+\w")

Measure = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Segments:
    """An SMS as it is billed: ``units`` are septets of GSM-7 or code units of UTF-16."""

    encoding: str  # "GSM-7" or "UCS-2"
    units: int
    count: int


def utf16_units(text: str) -> int:
    """Length in UTF-16 code units: letters beyond the BMP (𠮷, emoji) count two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def is_gsm7(text: str) -> bool:
    """Whether every letter is in the GSM 7-bit alphabet or its extension table."""
    return all(letter in _GSM7 or letter in _GSM7_EXTENSION for letter in text)


def sms_segments(text: str) -> Segments:
    """Count the segments of an SMS: 160 and 153 joined in GSM-7, else 70 and 67 joined in UCS-2.

    No segment ends inside an escape pair or a surrogate pair, so a text may need one more than division says.
    """
    if is_gsm7(text):
        sizes = [2 if letter in _GSM7_EXTENSION else 1 for letter in text]
        return _pack("GSM-7", sizes, SMS_SINGLE_GSM7, SMS_JOINED_GSM7)
    return _pack("UCS-2", [utf16_units(letter) for letter in text], SMS_SINGLE_UCS2, SMS_JOINED_UCS2)


def _pack(encoding: str, sizes: list[int], single: int, joined: int) -> Segments:
    total = sum(sizes)
    if total <= single:
        return Segments(encoding, total, 1)
    count, room = 1, joined
    for size in sizes:
        if size > room:
            count, room = count + 1, joined
        room -= size
    return Segments(encoding, total, count)


def x_weight(text: str) -> int:
    """Weighted length of a post on X (twitter-text v3): 280 is the limit, an address 23, an emoji 2, Japanese 2 a letter."""
    text = unicodedata.normalize("NFC", text)
    weight, position = 0, 0
    for start, end in _addresses(text):
        weight += _weight_without_addresses(text[position:start]) + URL_LENGTH
        position = end
    return weight + _weight_without_addresses(text[position:])


def _weight_without_addresses(text: str) -> int:
    rest, emoji = EMOJI.subn("", text)
    return 2 * emoji + sum(1 if _light(ord(letter)) else 2 for letter in rest)


def _light(point: int) -> bool:
    return point <= 4351 or 8192 <= point <= 8205 or 8208 <= point <= 8223 or 8242 <= point <= 8247


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    """Spans of the web addresses in a text, as X finds them."""
    spans = [match.span() for match in _WEB.finditer(text) if _is_host(match["host"])]
    for match in BARE_ADDRESS.finditer(text):
        if _is_host(match["host"]) and not any(start <= match.start() < end for start, end in spans):
            spans.append(match.span())
    return iter(sorted(spans))


def _is_host(host: str) -> bool:
    labels = host.split(".")
    return len(labels) > 1 and len(host) <= 253 and all(label and _label_length(label) <= 63 for label in labels)


def _label_length(label: str) -> int:
    """Length of a label as the name system sees it (punycode of letters beyond ASCII)."""
    return len(label) if label.isascii() else len(label.encode("punycode")) + len("xn--")


def mastodon_length(text: str) -> int:
    """Characters as Mastodon counts them: graphemes, an address 23, a mention without its server."""
    text = _WEB.sub("x" * URL_LENGTH, text)
    return grapheme_count(_MENTION.sub(r"\1", text))


def graphemes(text: str) -> list[str]:
    """Split into what a reader sees as one letter (UAX #29, extended clusters, without the rules of Indic conjuncts)."""
    clusters: list[str] = []
    for letter in text:
        if clusters and not _is_plain(letter) and _joins(clusters[-1], letter):
            clusters[-1] += letter
        else:
            clusters.append(letter)
    return clusters


def grapheme_count(text: str) -> int:
    """Number of letters a reader sees."""
    return len(graphemes(text))


def _is_plain(letter: str) -> bool:
    """Letters that never join the one before: most of any Japanese or English text."""
    return (
        " " <= letter <= "~"
        or "\u3041" <= letter <= "\u3096"
        or "\u30a1" <= letter <= "\u30ff"
        or "\u4e00" <= letter <= "\u9fff"
    )


def _joins(cluster: str, letter: str) -> bool:
    last = cluster[-1]
    if last == "\r":
        return letter == "\n"
    if last == "\n" or letter in "\r\n":
        return False
    if unicodedata.category(letter) in ("Mn", "Me", "Mc") or letter == _ZWJ or _is_mark(ord(letter)):
        return True
    if last == _ZWJ:
        return not _is_regional(letter) and EMOJI.match(cluster) is not None and EMOJI.match(letter) is not None
    if _is_regional(last) and _is_regional(letter):
        return len(cluster) % 2 == 1 and all(map(_is_regional, cluster))
    return _hangul_joins(ord(last), ord(letter))


def _is_mark(point: int) -> bool:
    return 0x1F3FB <= point <= 0x1F3FF or 0xE0020 <= point <= 0xE007F or point in (0xFF9E, 0xFF9F, 0x200C)


def _is_regional(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"


def _hangul_joins(last: int, point: int) -> bool:
    syllable = 0xAC00 <= last <= 0xD7A3
    open_syllable = syllable and (last - 0xAC00) % 28 == 0
    if 0x1100 <= last <= 0x115F:
        return 0x1100 <= point <= 0x11A7 or 0xAC00 <= point <= 0xD7A3
    if 0x1160 <= last <= 0x11A7 or open_syllable:
        return 0x1160 <= point <= 0x11FF
    return (0x11A8 <= last <= 0x11FF or syllable) and 0x11A8 <= point <= 0x11FF


def cut(text: str, limit: int, measure: Measure = len, *, mark: str = "…") -> str:
    """The text, or its longest beginning of whole graphemes that fits ``limit`` together with ``mark``.

    Empty when not even the mark fits. ``measure`` must not shrink when letters are added.
    """
    if measure(text) <= limit:
        return text
    clusters = graphemes(text)
    lengths = range(len(clusters) + 1)
    keep = bisect_right(lengths, limit, key=lambda count: measure("".join(clusters[:count]) + mark)) - 1
    return "".join(clusters[:keep]).rstrip() + mark if keep >= 0 else ""


def spoken_seconds(text: str) -> int:
    """About how many seconds a slow announcement of the text takes (5.5 morae a second, pauses at 、 and 。).

    Best given in kana; a kanji counts 1.8 morae.
    """
    pauses = 0.35 * text.count("、") + 0.8 * text.count("。")
    morae = sum(_morae(letter) for letter in text)
    return round(morae / 5.5 + pauses)


def _morae(letter: str) -> float:
    if letter in "ゃゅょぁぃぅぇぉャュョァィゥェォ":
        return 0
    if "ぁ" <= letter <= "ヿ":
        return 1
    if "\u4e00" <= letter <= "\u9fff":
        return 1.8
    return 2 if letter.isalnum() else 0
