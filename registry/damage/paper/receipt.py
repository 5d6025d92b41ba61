"""The receipt of an application (受付の控え) as PDF, A5 upright: number, day, where to look how far it is. It holds no personal data."""

import io
from datetime import datetime

import segno
from reportlab.lib.pagesizes import A5
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from disaster.core import clock
from disaster.core.municipality import municipality
from disaster.core.settings import settings
from registry.damage import numbers
from registry.damage.applying import Receipt
from registry.damage.paper import letters
from registry.damage.paper.letters import Face, drawing

_WIDTH, _HEIGHT = A5


def of(found: Receipt) -> bytes:
    """The PDF of one application."""
    town = municipality()
    office = [f"問い合わせ　{town.contact.department}　電話 {town.contact.phone}"]
    face = letters.face(str(settings().certificate_font or ""))
    return printed(found.number, found.kind_ja, at(found.received_at), progress_address(found.number), office, face)


def progress_address(number: str) -> str:
    """Where one looks how far the application with this number is."""
    return settings().link(f"/certificates/progress?number={numbers.typed(number) or ''}")


def at(instant: datetime) -> str:
    """When it came in, with its year."""
    return f"{clock.jst(instant).year}年{clock.day_and_time(instant)}"


def printed(number: str, kind_ja: str, received: str, address: str, office: list[str], face: Face) -> bytes:
    """The PDF. ``address``: of the progress page, also as QR; ``office``: lines that say whom to ask."""
    out = io.BytesIO()
    with drawing:
        canvas = Canvas(out, pagesize=A5, pageCompression=1, lang="ja", initialFontName=face.name)
        canvas.setTitle("受付の控え")
        y = _HEIGHT - 22 * mm
        for text, size, step in (
            (f"{kind_ja}の申請　受付の控え", 16, 16),
            (f"受付番号　{number}", 18, 10),
            (f"受付　{received}", 11, 12),
            ("申請がどこまで進んだかは、受付番号と、申請した方の生年月日で確かめられます。", 9, 6),
            (address, 9, 6),
        ):
            _line(canvas, face, text, size, y)
            y -= step * mm
        y -= 45 * mm
        _qr(canvas, address, 15 * mm, y, 45 * mm)
        y -= 12 * mm
        for text in ("この控えは、証明書ではありません。なくさないように保管してください。", *office):
            _line(canvas, face, text, 9, y)
            y -= 6 * mm
        canvas.showPage()
        canvas.save()
    return out.getvalue()


def _line(canvas: Canvas, face: Face, text: str, size: float, y: float) -> None:
    drawn, _ = face.drawn(text)
    while face.width(drawn, size) > _WIDTH - 30 * mm and size > 5:
        size -= 0.5
    canvas.setFont(face.name, size)
    canvas.drawString(15 * mm, y, drawn)


def _qr(canvas: Canvas, text: str, x: float, y: float, side: float) -> None:
    rows = list(segno.make(text, error="m", micro=False).matrix_iter(border=2))
    one = side / len(rows)
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                canvas.rect(x + across * one, y + side - (down + 1) * one, one * 1.02, one * 1.02, stroke=0, fill=1)
