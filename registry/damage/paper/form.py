"""The unified form of the 罹災証明書 (府政防第737号, 令和2年3月30日) as PDF, A4 upright, and the town's 被災証明書 beside it.

Six items in a table, 追加記載事項, what is certified, day, mayor. Text wraps and shrinks and is never cut off; more people than the sheet holds
follow on a second sheet. Many papers make one file with one set of letters.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from disaster.core import birthdates
from registry.damage.grades import Grade
from registry.damage.paper.letters import Face, Replaced, drawing
from registry.damage.vocabulary import Kind

_WIDTH, _HEIGHT = A4
_LEFT, _RIGHT = 22 * mm, _WIDTH - 22 * mm
_LABEL = 42 * mm  # width of the left column
_PAD = 2.6 * mm
_SIZES = (12.0, 10.5, 9.0, 7.5)
_MOST_LINES = 3
_ON_SHEET = 14  # members at most; fewer where long names leave no room
_GRADES = 24 * mm  # height of the six grades
_FOOT, _MARGIN = 48 * mm, 10 * mm  # what is certified, day, mayor and seal; under them
_DWELLING = (
    "※住家とは、現実に居住（世帯が生活の本拠として日常的に使用していることをいう。）のために使用している建物をいいます。"
    "（被災者生活再建支援金や災害救助法による住宅の応急修理などの対象となる住家）"
)
_WORDS = {
    Kind.DWELLING: (
        "世帯主住所",
        "世帯主氏名",
        "罹災原因",
        "被災住家※の所在地",
        "住家※の被害の程度",
        "上記のとおり、相違ないことを証明します。",
    ),
    Kind.OTHER: (
        "住所",
        "氏名",
        "被災の原因",
        "被災した物件の所在地",
        "届出の内容",
        "上記のとおり、被災の届出があったことを証明します。",
    ),
}


@dataclass(frozen=True, slots=True)
class Paper:
    """What stands on one paper, as it was frozen. ``mark`` is written across it (無効, 見本)."""

    kind: Kind
    number: str
    version: int
    head_address: str
    head_name: str
    cause: str
    place: str
    damage: str
    grade: Grade | None
    members: Sequence[Sequence[str]]
    lines: Sequence[Sequence[str]]
    issuer: str
    issued_on: date
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Printed:
    """The file, and by number of paper the letters that do not stand there as they were written."""

    pdf: bytes
    replaced: dict[str, list[Replaced]] = field(default_factory=dict)


def printed(papers: Sequence[Paper], face: Face) -> Printed:
    """Papers as one PDF."""
    out = io.BytesIO()
    replaced: dict[str, list[Replaced]] = {}
    with drawing:
        canvas = Canvas(out, pagesize=A4, pageCompression=1, lang="ja", initialFontName=face.name)
        canvas.setTitle(papers[0].kind.ja if papers else "罹災証明書")
        canvas.setCreator("disaster-information-system")
        for paper in papers:
            if letters := _Sheet(canvas, face, paper).draw():
                replaced.setdefault(paper.number, []).extend(letters)
        canvas.save()
    return Printed(out.getvalue(), replaced)


def replaced_of(paper: Paper, face: Face) -> list[Replaced]:
    """The letters of a paper that will not stand on it as they were written, each once, without drawing it."""
    texts = [paper.head_address, paper.head_name, paper.cause, paper.place, paper.damage, paper.issuer]
    texts += [name for name, _ in paper.members] + [text for _, text in paper.lines]
    found = [one for text in texts for one in face.drawn(text)[1]]
    return list(dict.fromkeys(found))


class _Sheet:
    """One paper while it is drawn; ``y`` is how far down it is, in points from the bottom."""

    def __init__(self, canvas: Canvas, face: Face, paper: Paper) -> None:
        self.canvas, self.face, self.paper = canvas, face, paper
        self.replaced: list[Replaced] = []
        self.y = _HEIGHT - 25 * mm

    def draw(self) -> list[Replaced]:
        """Everything; the letters that were replaced."""
        paper = self.paper
        words = _WORDS[paper.kind]
        self._mark()
        self._centred(paper.kind.ja, 22, spread=6)
        self.y -= 14 * mm
        number = paper.number + (f"（第{paper.version}版。前の版に代わるものです）" if paper.version > 1 else "")
        self._row("整理番号", number)
        self._row(words[0], paper.head_address)
        self._row(words[1], paper.head_name, sizes=(15.0, *_SIZES))
        here = self._room_for(number)
        self._members(paper.members[:here], more=len(paper.members) - here)
        self._row(words[2], paper.cause)
        self._row(words[3], paper.place)
        if paper.grade is not None:
            self._grades(words[4], paper.grade)
        else:
            self._row(words[4], paper.damage)
        for label, text in paper.lines:
            self._row(label, text, sizes=_SIZES[1:])
        self._foot(words[5])
        if len(paper.members) > here:
            self._continued(paper.members[here:])
        self.canvas.showPage()
        return self.replaced

    def _room_for(self, number: str) -> int:
        """How many people stand on the first sheet, so that everything below them has its place on it too."""
        paper = self.paper
        left = _HEIGHT - 39 * mm - _FOOT - _MARGIN - 2 * _PAD - 5 * mm - self._height(paper.head_name, (15.0, *_SIZES))
        left -= sum(self._height(text) for text in (number, paper.head_address, paper.cause, paper.place))
        left -= sum(self._height(text, _SIZES[1:]) for _, text in paper.lines)
        left -= _GRADES if paper.grade is not None else self._height(paper.damage)
        if paper.kind is Kind.DWELLING:
            left -= len(self._wrapped(_DWELLING, _RIGHT - _LEFT, 8)) * 4 * mm
        here = 0
        for place in range(0, min(len(paper.members), _ON_SHEET), 2):
            left -= max(self._tall(*one) for one in paper.members[place : place + 2])
            if left < 0:
                break
            here = min(place + 2, len(paper.members))
        return here

    def _height(self, text: str, sizes: Sequence[float] = _SIZES) -> float:
        size, lines, _ = self._measured(text, _RIGHT - _LEFT - _LABEL - 2 * _PAD, sizes, _MOST_LINES)
        return float(max(11 * mm, len(lines) * size * 1.35 + 2 * _PAD))

    def _tall(self, name: str, relation: str) -> float:
        text = f"{name}（{relation}）" if relation else name
        size, lines, _ = self._measured(text, (_RIGHT - _LEFT - _LABEL) / 2 - 2 * _PAD, _SIZES[1:], 2)
        return float(len(lines) * size * 1.3 + 1.2 * mm)

    def _row(self, label: str, text: str, sizes: Sequence[float] = _SIZES) -> None:
        size, lines = self._fitted(text, _RIGHT - _LEFT - _LABEL - 2 * _PAD, sizes)
        height = max(11 * mm, len(lines) * size * 1.35 + 2 * _PAD)
        self._box(label, height)
        top = self.y + height / 2 + (len(lines) * size * 1.35) / 2
        for place, line in enumerate(lines):
            self._at(_LEFT + _LABEL + _PAD, top - (place + 1) * size * 1.35 + size * 0.28, line, size)

    def _grades(self, label: str, grade: Grade) -> None:
        """All six with the one that was found ticked, as on the form."""
        height = _GRADES
        self._box(label, height)
        column = (_RIGHT - _LEFT - _LABEL - _PAD) / 3
        places = [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (0, 2)]
        for one, (across, down) in zip(Grade, places, strict=True):
            x = _LEFT + _LABEL + _PAD + across * column
            y = self.y + height - 7 * mm - down * 7 * mm
            self.canvas.rect(x, y, 3.4 * mm, 3.4 * mm)
            if one is grade:
                self.canvas.setLineWidth(1.6)
                self.canvas.lines(
                    [
                        (x + 0.5 * mm, y + 1.8 * mm, x + 1.4 * mm, y + 0.7 * mm),
                        (x + 1.4 * mm, y + 0.7 * mm, x + 3.6 * mm, y + 3.9 * mm),
                    ]
                )
                self.canvas.setLineWidth(0.7)
            self._at(x + 5 * mm, y + 0.4 * mm, one.ja, 12 if one is grade else 10.5)

    def _members(self, members: Sequence[Sequence[str]], more: int) -> None:
        """追加記載事項: the people of the household, two in a line."""
        if not members and more <= 0:
            return
        half = (_RIGHT - _LEFT - _LABEL) / 2
        cells = [
            self._fitted(f"{name}（{relation}）" if relation else name, half - 2 * _PAD, _SIZES[1:], most=2)
            for name, relation in members
        ]
        rows = [cells[place : place + 2] for place in range(0, len(cells), 2)]
        heights = [max(len(lines) * size * 1.3 for size, lines in row) + 1.2 * mm for row in rows]
        height = max(14 * mm, sum(heights) + 2 * _PAD + (5 * mm if more > 0 else 0))  # the label has two lines
        self._box("世帯構成員", height, small="追加記載事項")
        y = self.y + height - _PAD
        for row, tall in zip(rows, heights, strict=True):
            for place, (size, lines) in enumerate(row):
                for down, line in enumerate(lines):
                    self._at(_LEFT + _LABEL + _PAD + place * half, y - (down + 1) * size * 1.3 + size * 0.2, line, size)
            y -= tall
        if more > 0:
            self._at(_LEFT + _LABEL + _PAD, self.y + 1.8 * mm, f"ほか{more}人（次の用紙に続きます）", 9)

    def _foot(self, certified: str) -> None:
        if self.paper.kind is Kind.DWELLING:
            for line in self._wrapped(_DWELLING, _RIGHT - _LEFT, 8):
                self.y -= 4 * mm
                self._at(_LEFT, self.y, line, 8)
        self.y -= 14 * mm
        self._at(_LEFT + 8 * mm, self.y, certified, 12)
        self.y -= 14 * mm
        self._at(_LEFT + 8 * mm, self.y, birthdates.in_era(self.paper.issued_on), 12)
        self.y -= 14 * mm
        text, letters = self.face.drawn(self.paper.issuer)
        self.replaced += letters
        size = 15
        while self.face.width(text, size) > _RIGHT - _LEFT - 20 * mm and size > 7:
            size -= 1
        right = _RIGHT - 20 * mm
        self._at(right - self.face.width(text, size), self.y, text, size)
        self.canvas.setDash(1, 2)
        self.canvas.rect(right + 1 * mm, self.y - 6 * mm, 17 * mm, 17 * mm)  # where the seal goes
        self.canvas.setDash()

    def _continued(self, members: Sequence[Sequence[str]]) -> None:
        """Sheets for the people who do not stand on the first."""
        self.y = 0
        for name, relation in members:
            if self.y < 40 * mm:  # room for a row of the tallest
                self.canvas.showPage()
                self._mark()
                self.y = _HEIGHT - 25 * mm
                self._centred(f"{self.paper.kind.ja}　続き（整理番号 {self.paper.number}）", 13)
                self.y -= 6 * mm
            self._row(relation or "世帯構成員", name, sizes=_SIZES[1:])

    def _box(self, label: str, height: float, small: str = "") -> None:
        self.y -= height
        self.canvas.setLineWidth(0.7)
        self.canvas.rect(_LEFT, self.y, _RIGHT - _LEFT, height)
        self.canvas.line(_LEFT + _LABEL, self.y, _LEFT + _LABEL, self.y + height)
        size, lines = self._fitted(label, _LABEL - 2 * _PAD, (11.0, 10.0, 9.0, 8.0), most=1)
        top = self.y + height / 2 + len(lines) * size * 0.65 + (4 if small else 0)
        for place, line in enumerate(lines):
            self._at(_LEFT + _PAD, top - (place + 1) * size * 1.3 + size * 0.25, line, size)
        if small:
            self._at(_LEFT + _PAD, top - (len(lines) + 1) * size * 1.3, f"（{small}）", 8)

    def _fitted(
        self, text: str, width: float, sizes: Sequence[float], most: int = _MOST_LINES
    ) -> tuple[float, list[str]]:
        """The largest size at which the text takes few lines, and the lines; at the smallest it takes as many as it needs."""
        size, lines, letters = self._measured(text, width, sizes, most)
        self.replaced += letters
        return size, lines

    def _measured(
        self, text: str, width: float, sizes: Sequence[float], most: int
    ) -> tuple[float, list[str], list[Replaced]]:
        drawn, letters = self.face.drawn(text.replace("\n", "　"))
        for size in sizes:
            lines = self._wrapped(drawn, width, size)
            if len(lines) <= most:
                break
        return size, lines, letters

    def _wrapped(self, drawn: str, width: float, size: float) -> list[str]:
        lines, line, used = [], "", 0.0
        for letter in drawn:
            wide = self.face.width(letter, size)
            if line and used + wide > width:
                lines.append(line)
                line, used = "", 0.0
            line += letter
            used += wide
        return [*lines, line]

    def _centred(self, text: str, size: float, spread: float = 0) -> None:
        text, _ = self.face.drawn(text)
        width = self.face.width(text, size) + spread * (len(text) - 1)
        begin = self.canvas.beginText((_WIDTH - width) / 2, self.y)
        begin.setFont(self.face.name, size)
        begin.setCharSpace(spread)
        begin.textOut(text)
        begin.setCharSpace(0)
        self.canvas.drawText(begin)

    def _at(self, x: float, y: float, drawn: str, size: float) -> None:
        self.canvas.setFont(self.face.name, size)
        self.canvas.drawString(x, y, drawn)

    def _mark(self) -> None:
        if not self.paper.mark:
            return
        canvas = self.canvas
        canvas.saveState()
        canvas.setFillGray(0.82)
        canvas.setFont(self.face.name, 110)
        canvas.translate(_WIDTH / 2, _HEIGHT / 2)
        canvas.rotate(35)
        canvas.drawCentredString(0, -40, self.paper.mark)
        canvas.restoreState()
