"""What comes from outside is known by its content, bounded before it is opened, and drawn anew without anything but its picture."""

import io
import struct
import zlib

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import text

from disaster.core import audit
from disaster.core.errors import Invalid, Missing
from disaster.core.extensions import db
from registry.damage import applying, uploads
from tests.registry.damage.cases import OFFICER, applied, photograph


def png(width: int, height: int) -> bytes:
    """A PNG that says it is this large and is a few bytes long."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(9000))) + chunk(b"IEND", b"")
    )


def located() -> bytes:
    """A photograph that lies on its side and says where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif.get_ifd(0x8825)[2] = (35.0, 4.0, 40.0)  # GPSLatitude
    exif[0x010F] = "GPSMAKER"
    return photograph((4000, 3000), exif=exif)


class TestPhotographs:
    """JPEG, PNG, HEIC."""

    def test_where_it_was_taken_is_not_kept(self) -> None:
        sent = located()
        assert b"GPSMAKER" in sent
        kept = uploads.take(sent)
        assert b"Exif" not in kept.content
        assert b"GPSMAKER" not in kept.content
        assert not Image.open(io.BytesIO(kept.content)).getexif()

    def test_it_stands_upright_and_fits(self) -> None:
        kept = uploads.take(located())
        assert (kept.media_type, kept.width, kept.height) == ("image/jpeg", 1536, 2048)

    def test_what_hangs_on_behind_it_stays_outside(self) -> None:
        assert b"<script>" not in uploads.take(photograph() + b"<script>alert(1)</script>").content

    def test_a_transparent_png_is_drawn_on_white(self) -> None:
        out = io.BytesIO()
        Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(out, "PNG")
        kept = Image.open(io.BytesIO(uploads.take(out.getvalue()).content))
        assert kept.getpixel((5, 5)) == (255, 255, 255)

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "中身のない"),
            (b"GIF89a" + bytes(100), "受け付けられません"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "受け付けられません"),
            (b"MZ" + bytes(200), "受け付けられません"),
            (b"\xff\xd8\xff" + b"x" * 1000, "壊れている"),
            (photograph()[:300], "壊れている"),
            (b"\x00\x00\x00\x18ftypheic" + b"x" * 200, "壊れている"),
            (png(60_000, 60_000), "画素が多すぎ"),
            (png(65_000, 1_000), "画素が多すぎ"),
            (b"\xff\xd8\xff" + bytes(uploads.MOST_BYTES), "12MBまで"),
        ],
    )
    def test_what_is_no_photograph_is_refused_in_words(self, content: bytes, said: str) -> None:
        with pytest.raises(Invalid) as refused:
            uploads.take(content)
        assert said in refused.value.fields["files"]


class TestDocuments:
    """PDF."""

    def test_a_plain_one_is_kept_as_it_is(self) -> None:
        plain = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
        assert uploads.take(plain).content == plain

    @pytest.mark.parametrize(
        "content", [b"%PDF-1.4 cut off", b"%PDF-1.4 /JavaScript (app.alert(1)) %%EOF", b"%PDF-1.7 /EmbeddedFile %%EOF"]
    )
    def test_a_broken_or_moving_one_is_refused(self, content: bytes) -> None:
        with pytest.raises(Invalid):
            uploads.take(content)


class TestKeeping:
    """Sealed, each once, a bounded number, never looked at without a record."""

    def test_sealed_and_each_once(self, app: Flask) -> None:
        number = applied()
        assert applying.keep_files(number, [photograph(), photograph(), photograph(color="red")], actor=OFFICER) == 2
        assert applying.keep_files(number, [photograph()], actor=OFFICER) == 0
        for content in db.session.execute(text("SELECT content FROM application_files")).scalars():
            assert b"JFIF" not in content

    def test_all_of_them_or_none(self, app: Flask) -> None:
        number = applied()
        with pytest.raises(Invalid) as refused:
            applying.keep_files(number, [photograph(), b"GIF89a"], actor=OFFICER)
        assert refused.value.message.startswith("2つめのファイル：")
        assert applying.files(number) == []

    def test_no_more_than_an_application_needs(self, app: Flask) -> None:
        number = applied()
        many = [photograph((20, 20 + place)) for place in range(uploads.MOST_FILES + 1)]
        with pytest.raises(Invalid) as refused:
            applying.keep_files(number, many, actor=OFFICER)
        assert f"{uploads.MOST_FILES}個まで" in refused.value.fields["files"]

    def test_a_look_is_recorded_and_belongs_to_its_application(self, app: Flask) -> None:
        number, other = applied(), applied(name="別の人")
        applying.keep_files(number, [photograph()], actor=OFFICER)
        (one,) = applying.files(number)
        media_type, content = applying.file(number, one.id, actor="account:5")
        assert (media_type, content[:3]) == ("image/jpeg", b"\xff\xd8\xff")
        seen = db.session.query(audit.AuditEntry).filter_by(action="application.file_viewed").one()
        assert (seen.actor, seen.subject) == ("account:5", f"application:{number}")
        with pytest.raises(Missing):
            applying.file(other, one.id, actor="account:5")
