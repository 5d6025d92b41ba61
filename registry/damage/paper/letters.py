"""Letters of names on paper: variants by their selectors (IVS, Unicode Technical Standard 37) where the font has them, 〓 where it has nothing.

ReportLab draws by code point, so a variant gets a private one (plane 15), which stands in no text that can be copied out of the paper: its
ToUnicode table says base letter and selector again. The map of variants is the font's own (``cmap`` format 14, OpenType 1.9).
"""

import re
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont

GETA = "〓"
BEST = "/usr/share/fonts/truetype/ipamj/ipamjm.ttf"  # Debian fonts-ipamj-mincho: every letter of 文字情報基盤, IPA Font License
KNOWN = (
    BEST,
    "/usr/share/fonts/opentype/ipaexfont-mincho/ipaexm.ttf",
    "/usr/share/fonts/opentype/ipafont-mincho/ipam.ttf",
    "/usr/share/fonts/truetype/fonts-japanese-mincho.ttf",
)
_NAME = "certificate"
_PRIVATE = 0xF0000
_BFCHAR = re.compile(r"^<([0-9A-F]{2})> <[0-9A-F]{4,}>$", re.MULTILINE)
_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
drawing = threading.Lock()  # a font's file has one place at which it is read


@dataclass(frozen=True, slots=True)
class Replaced:
    """A letter that is not on the paper as it was written. ``missing``: 〓 stands there; otherwise the usual form of the letter does."""

    letter: str
    missing: bool

    @property
    def codes(self) -> str:
        """``U+9089 U+E0100``."""
        return " ".join(f"U+{ord(part):04X}" for part in self.letter)


class Face:
    """One font, ready to draw with; ``embedded`` is False where the machine has none and the reader's own is asked for."""

    def __init__(self, name: str, path: Path | None, font: TTFont | None) -> None:
        self.name, self.path, self._font = name, path, font
        self._codes: dict[str, int] = {}
        self._variants = _variants(path) if path and font else {}

    @property
    def embedded(self) -> bool:
        """Whether the letters travel with the paper."""
        return self._font is not None

    @property
    def complete(self) -> bool:
        """Whether it has variants at all."""
        return bool(self._variants)

    def drawn(self, text: str) -> tuple[str, list[Replaced]]:
        """What to hand to ReportLab for a text, and the letters that do not come out as written."""
        out: list[str] = []
        replaced: list[Replaced] = []
        for base, selector in _clusters(text):
            letter = base
            if not self._has(ord(base)):
                replaced.append(Replaced(base + selector, missing=True))
                letter = GETA
            elif selector:
                found = self._variant(base, selector)
                if found is None:
                    replaced.append(Replaced(base + selector, missing=False))
                letter = found or base
            out.append(letter)
        return "".join(out), replaced

    def width(self, text: str, size: float) -> float:
        """Points, of a text that was ``drawn``."""
        return float(pdfmetrics.stringWidth(text, self.name, size))

    def spelled(self, code: int) -> str:
        """What a code point of ours stands for."""
        return self._spelled.get(code) or chr(code)

    @property
    def _spelled(self) -> dict[int, str]:
        return {code: spelled for spelled, code in self._codes.items()}

    def _has(self, code: int) -> bool:
        if self._font is None:
            return code < 0x10000 and not 0xD800 <= code < 0xF900  # Adobe-Japan1 by UCS-2; nobody's private letters
        return code in self._font.face.charToGlyph and not 0xE000 <= code < 0xF900

    def _variant(self, base: str, selector: str) -> str | None:
        """The letter of ours for a variant; the base itself where the selector names the usual form."""
        glyph = self._variants.get((ord(base), ord(selector)))
        if glyph is None or self._font is None:
            return None
        if glyph < 0:
            return base
        spelled = base + selector
        if spelled not in self._codes:
            code = _PRIVATE + len(self._codes)
            face = self._font.face
            face.charToGlyph[code] = glyph
            face.charWidths[code] = face.charWidths.get(ord(base), face.defaultWidth)
            self._codes[spelled] = code
        return chr(self._codes[spelled])


class _Font(TTFont):  # type: ignore[misc]
    """ReportLab's font with a table for copying text that is right beyond U+FFFF and for variants."""

    spelled: Any = staticmethod(chr)

    def addObjects(self, doc: Any) -> None:
        """As the base class, then the tables anew."""
        subsets = [list(subset) for subset in self.state[doc].subsets]
        super().addObjects(doc)
        tables = [thing for key, thing in doc.idToObject.items() if str(key).startswith("toUnicodeCMap:")]
        for table, subset in zip(tables[-len(subsets) :], subsets, strict=True):
            table.content = _BFCHAR.sub(partial(self._copied, subset), table.content)

    def _copied(self, codes: list[int], line: re.Match[str]) -> str:
        right = self.spelled(codes[int(line[1], 16)]).encode("utf-16-be").hex().upper()
        return f"<{line[1]}> <{right}>"


def face(path: str = "") -> Face:
    """The font of a path, the best one that is there, or the reader's own Mincho where the machine has none."""
    for candidate in [path] if path else KNOWN:
        if Path(candidate).is_file() and (found := _loaded(candidate)) is not None:
            return found
    return _readers_own()


@lru_cache(maxsize=4)
def _loaded(path: str) -> Face | None:
    """One object for one file: ReportLab finds fonts by their names, and variants get their code points in it. None for what cannot be embedded."""
    name = f"{_NAME}-{Path(path).stem}"
    try:
        font = _Font(name, path)
    except (TTFError, OSError, struct.error):
        return None
    pdfmetrics.registerFont(font)
    found = Face(name, Path(path), font)
    font.spelled = found.spelled
    return found


@lru_cache(maxsize=1)
def _readers_own() -> Face:
    reader = UnicodeCIDFont("HeiseiMin-W3")
    pdfmetrics.registerFont(reader)
    return Face(reader.fontName, None, None)


def there(path: str = "") -> Path | None:
    """The font file that would be used, without reading it."""
    return next((Path(one) for one in ([path] if path else KNOWN) if Path(one).is_file()), None)


def _clusters(text: str) -> Iterator[tuple[str, str]]:
    """Each letter with the selector that follows it."""
    place = 0
    while place < len(text):
        following = text[place + 1] if place + 1 < len(text) else ""
        if _selects(following):
            yield text[place], following
            place += 2
        else:
            if not _selects(text[place]):  # a selector that follows nothing selects nothing
                yield text[place], ""
            place += 1


def _selects(letter: str) -> bool:
    return bool(letter) and any(ord(letter) in span for span in _SELECTORS)


def _variants(path: Path) -> dict[tuple[int, int], int]:
    """``{(base, selector): glyph}`` of a TrueType file, -1 for the usual glyph of the base; empty where it has none or is odd."""
    with path.open("rb") as file:
        data = file.read()
    try:
        start = _subtable(data)
        return dict(_read(data, start)) if start else {}
    except (struct.error, IndexError):
        return {}


def _subtable(data: bytes) -> int | None:
    """Where the format 14 subtable of ``cmap`` begins."""
    for place in range(struct.unpack_from(">H", data, 4)[0]):
        tag, _, offset, _ = struct.unpack_from(">4sIII", data, 12 + 16 * place)
        if tag != b"cmap":
            continue
        for entry in range(struct.unpack_from(">H", data, offset + 2)[0]):
            at = offset + struct.unpack_from(">I", data, offset + 8 + 8 * entry)[0]
            if struct.unpack_from(">H", data, at)[0] == 14:
                return int(at)
    return None


def _read(data: bytes, start: int) -> Iterator[tuple[tuple[int, int], int]]:
    (records,) = struct.unpack_from(">I", data, start + 6)
    for record in range(records):
        at = start + 10 + 11 * record
        selector = int.from_bytes(data[at : at + 3], "big")
        usual, other = struct.unpack_from(">II", data, at + 3)
        if usual:
            for place in range(struct.unpack_from(">I", data, start + usual)[0]):
                here = start + usual + 4 + 4 * place
                first = int.from_bytes(data[here : here + 3], "big")
                for base in range(first, first + data[here + 3] + 1):
                    yield (base, selector), -1
        if other:
            for place in range(struct.unpack_from(">I", data, start + other)[0]):
                here = start + other + 4 + 5 * place
                yield (
                    (int.from_bytes(data[here : here + 3], "big"), selector),
                    struct.unpack_from(">H", data, here + 3)[0],
                )
