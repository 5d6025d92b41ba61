"""Photographs and documents of a protected person's application, with canaries in name, metadata and content; the same of the one who may be seen."""

import io
import random

from flask import Flask
from PIL import Image

from disaster.core.extensions import db
from registry.damage import applying
from tests.doors import canaries

MARKS = tuple(f"{canaries.MARK}{place}" for place in ("NAME", "EXIF", "GPS", "PDF"))
KEPT: set[bytes] = set()  # of each protected picture a piece out of its middle, as it is kept
_DESCRIPTION, _ARTIST, _GPS, _GPS_PLACE = 270, 315, 34853, 27  # numbers of EXIF's fields


def found(content: bytes) -> bool:
    """Whether a protected person's picture, or a mark of its file, is in it."""
    return any(piece in content for piece in KEPT) or any(mark.encode() in content for mark in MARKS)


def photograph(seed: int) -> bytes:
    """A picture of noise, unlike any other, that says in its EXIF data who took it and where."""
    noise = random.Random(seed).randbytes(96 * 64 * 3)
    exif = Image.Exif()
    exif[_DESCRIPTION], exif[_ARTIST] = MARKS[1], canaries.name(1).encode("ascii", "ignore").decode()
    exif.get_ifd(_GPS)[_GPS_PLACE] = MARKS[2].encode()
    out = io.BytesIO()
    Image.frombytes("RGB", (96, 64), noise).save(out, "JPEG", exif=exif, quality=90)
    assert all(mark.encode() in out.getvalue() for mark in MARKS[1:3]), "the marks are in what is sent"
    return out.getvalue()


def document(mark: str) -> bytes:
    """As much of a PDF as is looked at."""
    return f"%PDF-1.4\n% {mark}\n%%EOF\n".encode()


def seed(app: Flask, cookie: str, application: str, survey: tuple[int, str]) -> str:
    """A named officer sends them for one protected person's application and, from the building, for another's ``survey``; a photograph's id."""
    client = app.test_client()
    client.set_cookie("session", cookie)
    name = f"{canaries.name(1)}{MARKS[0]}"
    for path, sent in (
        (f"/registry/certificates/{application}/files", [(photograph(1), ".jpg"), (document(MARKS[3]), ".pdf")]),
        (f"/registry/surveys/{survey[0]}/files", [(photograph(2), ".jpeg")]),
    ):
        files = [(io.BytesIO(content), name + end) for content, end in sent]
        assert client.post(path, data={"files": files}, content_type="multipart/form-data").status_code == 303
    db.session.rollback()
    pictures = [one for of in (application, survey[1]) for one in applying.files(of) if one.media_type == "image/jpeg"]
    for one in pictures:
        content = applying.file(one.application_id, one.id, actor="cli")[1]
        if one.width == 96:
            KEPT.add(content[len(content) // 2 :][:48])
    assert len(KEPT) == 2
    return next(one.id for one in pictures if one.width == 96)
