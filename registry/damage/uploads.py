"""Photographs and documents that come from outside: looked at by content and never by name, bounded before they are opened, drawn anew.

A photograph is decoded and written again as JPEG without anything but its picture: where it was taken (EXIF), what hangs on behind it and what is
no picture stay outside. A document (PDF) is kept as it is and only ever handed out as a file to save.
"""

import hashlib
import io
import warnings
from dataclasses import dataclass

import pi_heif
from PIL import Image, ImageOps

from disaster.core.errors import Invalid

MOST_BYTES = 12_000_000  # of one file
MOST_PIXELS = 60_000_000  # telephones take up to 50 million
MOST_FILES = 20  # of one application
KEPT_SIDE = 2048  # pixels of the longer side; a crack of a millimetre still shows
_QUALITY = 82
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_ACTIVE = (b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/RichMedia", b"/XFA")
KINDS_JA = "写真（JPEG・PNG・HEIC）か、PDF"


@dataclass(frozen=True, slots=True)
class Taken:
    """What is kept of a file. ``width`` and ``height`` in pixels, None for a document; ``sha256`` that of what was sent."""

    media_type: str
    content: bytes
    width: int | None
    height: int | None
    sha256: str


def take(content: bytes) -> Taken:
    """Look at one file.

    Raises:
        Invalid: with the sentence under ``files``.
    """
    if not content:
        raise _wrong("中身のないファイルです。もう一度選んでください。")
    if len(content) > MOST_BYTES:
        raise _wrong(f"1つのファイルは{MOST_BYTES // 1_000_000}MBまでです。小さくして送るか、窓口へお持ちください。")
    digest = hashlib.sha256(content).hexdigest()
    if content[:5] == b"%PDF-":
        return Taken("application/pdf", _document(content), None, None, digest)
    picture = _picture(content)
    drawn = io.BytesIO()
    picture.save(drawn, "JPEG", quality=_QUALITY)
    return Taken("image/jpeg", drawn.getvalue(), *picture.size, digest)


def _document(content: bytes) -> bytes:
    if b"%%EOF" not in content[-2048:]:
        raise _wrong("PDFが途中で切れています。もう一度送ってください。")
    if any(word in content for word in _ACTIVE):
        raise _wrong(
            "このPDFには、動く部品（スクリプトや添付）が入っているため、受け付けられません。印刷し直したPDFか写真を送ってください。"
        )
    return content


def _picture(content: bytes) -> Image.Image:
    """The picture alone, upright, at most ``KEPT_SIDE`` on its longer side."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd metadata is not kept anyway
            opened = _opened(content)
            if opened.width * opened.height > MOST_PIXELS or min(opened.size) < 1:
                raise _too_many_pixels()
            opened.draft("RGB", (KEPT_SIDE, KEPT_SIDE))
            upright = ImageOps.exif_transpose(opened)
            upright.thumbnail((KEPT_SIDE, KEPT_SIDE))
            return _plain(upright)
    except Invalid:
        raise
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except (
        Exception
    ):  # decoders of damaged pictures raise anything: OSError, SyntaxError, struct.error, ValueError, MemoryError
        raise _wrong("写真が壊れているようです。撮り直すか、別の写真を送ってください。") from None


def _opened(content: bytes) -> Image.Image:
    """The picture with its size known and nothing decoded yet."""
    if content[:3] == b"\xff\xd8\xff":
        return Image.open(io.BytesIO(content), formats=("JPEG",))
    if content[:8] == b"\x89PNG\r\n\x1a\n":
        return Image.open(io.BytesIO(content), formats=("PNG",))
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        heif = pi_heif.open_heif(io.BytesIO(content), convert_hdr_to_8bit=True)
        if heif.size[0] * heif.size[1] > MOST_PIXELS:
            raise _too_many_pixels()
        return Image.frombytes(heif.mode, heif.size, bytes(heif.data), "raw", heif.mode, heif.stride)
    raise _wrong(f"この種類のファイルは受け付けられません。{KINDS_JA}を送ってください。")


def _plain(picture: Image.Image) -> Image.Image:
    """On white, in RGB, in a new picture that carries nothing else."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        sheet = Image.new("RGB", layer.size, "white")
        sheet.paste(layer, mask=layer.getchannel("A"))
        return sheet
    plain = Image.new("RGB", picture.size)
    plain.paste(picture.convert("RGB"))
    return plain


def _too_many_pixels() -> Invalid:
    return _wrong(f"写真の画素が多すぎます（{MOST_PIXELS // 10_000:,}万画素まで）。小さくして送ってください。")


def _wrong(reason: str) -> Invalid:
    return Invalid(reason, {"files": reason})
