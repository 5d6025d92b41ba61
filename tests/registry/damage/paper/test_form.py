"""The paper as a reader of PDF sees it: letters by their variants, 〓 where the font has none, nothing cut off, embedded."""

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from registry.damage.grades import Grade
from registry.damage.paper import form, letters, receipt
from registry.damage.paper.form import Paper
from registry.damage.paper.letters import BEST, Face, Replaced
from registry.damage.vocabulary import Kind

NABE = "邉\U000e0110"  # a variant that 文字情報基盤 has
PAPER = Paper(
    Kind.DWELLING, "2026-01-00001-3", 1, "三重県員弁郡東員町大字山田1600番地", f"渡{NABE}　花子", "令和8年11月23日の台風第10号による",
    "東員町大字山田1600番地", Grade.HALF.ja, Grade.HALF, (("渡邉　太郎", "子"),), (("浸水区分", "床上浸水"),), "東員町長", date(2026, 11, 28),
)  # fmt: skip


@pytest.fixture
def face() -> Face:
    if not Path(BEST).is_file():
        pytest.skip("IPAmj明朝 is not installed (Debian: fonts-ipamj-mincho)")
    return letters.face()


def run(tool: str, pdf: bytes, tmp_path: Path, *options: str) -> str:
    """What one of poppler's tools says of a PDF."""
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed (Debian: poppler-utils)")
    (tmp_path / "paper.pdf").write_bytes(pdf)
    return subprocess.run(
        [tool, *options, str(tmp_path / "paper.pdf"), *(["-"] if tool == "pdftotext" else [])],
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def words(pdf: bytes, tmp_path: Path) -> str:
    return "".join(run("pdftotext", pdf, tmp_path).split())


class TestLetters:
    """IVS, 𠮷, private letters, emoji."""

    def test_a_variant_is_drawn_by_its_own_glyph(self, face: Face) -> None:
        drawn, replaced = face.drawn(f"渡{NABE}")
        plain, _ = face.drawn("渡邉")
        assert replaced == []
        assert drawn[0] == plain[0]
        assert drawn[1] != plain[1]
        assert face.width(drawn, 10) == face.width(plain, 10)

    def test_a_variant_that_the_font_does_not_know_has_the_usual_form_and_is_listed(self, face: Face) -> None:
        drawn, replaced = face.drawn("邉\U000e01ef")
        assert (drawn, replaced) == ("邉", [Replaced("邉\U000e01ef", missing=False)])
        assert replaced[0].codes == "U+9089 U+E01EF"

    @pytest.mark.parametrize("letter", ["\ue001", "😀", "\U0002ffff"])
    def test_a_letter_that_it_lacks_is_a_geta_and_is_listed(self, face: Face, letter: str) -> None:
        assert face.drawn(f"高{letter}橋") == ("高〓橋", [Replaced(letter, missing=True)])

    def test_rare_names_are_there(self, face: Face) -> None:
        assert face.drawn("髙﨑𠮷野濵邊齋祇園")[1] == []

    def test_a_selector_that_follows_nothing_selects_nothing(self, face: Face) -> None:
        assert face.drawn("\U000e0110渡") == ("渡", [])

    def test_a_machine_without_a_font_asks_for_the_readers_own(self) -> None:
        alone = Face("HeiseiMin-W3", None, None)
        assert not alone.embedded
        assert alone.drawn(f"渡{NABE}𠮷")[1] == [Replaced(NABE, missing=False), Replaced("𠮷", missing=True)]


class TestPaper:
    """As it comes out."""

    def test_the_six_items_can_be_read_and_copied(self, face: Face, tmp_path: Path) -> None:
        made = form.printed([PAPER], face)
        read = words(made.pdf, tmp_path)
        for item in ("罹災証明書", "2026-01-00001-3", PAPER.head_address, f"渡{NABE}花子", PAPER.cause, PAPER.place, "半壊", "床上浸水",
                     "令和8年11月28日", "東員町長", "渡邉太郎（子）"):  # fmt: skip
            assert item in read, item
        assert made.replaced == {}

    def test_every_font_is_embedded(self, face: Face, tmp_path: Path) -> None:
        table = run("pdffonts", form.printed([PAPER], face).pdf, tmp_path).splitlines()[2:]
        assert table
        assert all("IPAmjMincho" in line and line.split()[-5] == "yes" for line in table)

    def test_the_next_version_says_so_and_a_void_one_too(self, face: Face, tmp_path: Path) -> None:
        read = words(form.printed([replace(PAPER, version=2, mark="無効")], face).pdf, tmp_path)
        assert "第2版" in read
        assert "無効" in read.replace("\n", "") or {"無", "効"} <= set(read)

    def test_what_is_no_dwelling_says_that_it_was_reported(self, face: Face, tmp_path: Path) -> None:
        other = replace(PAPER, kind=Kind.OTHER, grade=None, damage="物置に被害があったとの届出", members=(), lines=())
        read = words(form.printed([other], face).pdf, tmp_path)
        assert "被災証明書" in read
        assert "届出があったことを証明" in read
        assert "全壊" not in read

    def test_long_names_and_large_families_are_not_cut_off(self, face: Face, tmp_path: Path) -> None:
        long = "寿限無" * 66 + "長介"
        family = tuple((f"子{place:02}{'名' * 30}", "子") for place in range(60))
        made = form.printed([replace(PAPER, head_name=long, members=family)], face)
        read = words(made.pdf, tmp_path)
        assert long in read
        assert all(f"子{place:02}" in read for place in range(60))
        assert read.count("名") >= 60 * 30
        pages = run("pdftotext", made.pdf, tmp_path, "-bbox")
        lowest = max(float(bottom) for bottom in re.findall(r'yMax="([\d.]+)">', pages))
        assert lowest < 842  # A4 in points; what is below would not be printed

    @pytest.mark.parametrize("count", [1, 13, 25])
    def test_the_seal_has_its_place_under_long_names_and_addresses(
        self, face: Face, tmp_path: Path, count: int
    ) -> None:
        family = tuple((f"子{place:02}{'名' * 60}", "妻の母") for place in range(count))
        place = "東員町大字六把野新田" + "番地の二十三の四" * 60
        crowded = replace(PAPER, head_name="長" * 150, head_address=place[:300], place=place, members=family)
        made = form.printed([crowded], face)
        first = run("pdftotext", made.pdf, tmp_path, "-bbox", "-l", "1")
        mayor = next(float(bottom) for bottom in re.findall(r'yMax="([\d.]+)">東員町長', first))
        assert mayor + 17 < 842 - 20  # the seal reaches 6 mm below the name, and a printer needs its margin
        read = words(made.pdf, tmp_path)
        assert all(f"子{one:02}" in read for one in range(count))

    def test_many_make_one_file_with_the_letters_of_each(self, face: Face, tmp_path: Path) -> None:
        rows = [
            replace(PAPER, number=f"n{place}", head_name="外\ue000字" if place == 3 else "山田") for place in range(20)
        ]
        made = form.printed(rows, face)
        assert "Pages:           20" in run("pdfinfo", made.pdf, tmp_path)
        assert made.replaced == {"n3": [Replaced("\ue000", missing=True)]}
        assert form.replaced_of(rows[3], face) == made.replaced["n3"]

    def test_the_receipt_holds_number_and_address(self, face: Face, tmp_path: Path) -> None:
        made = receipt.printed(
            "123-456-789-0", "罹災証明書", "2026年11月28日", "https://town.example/p", ["問い合わせ"], face
        )
        read = words(made, tmp_path)
        assert "123-456-789-0" in read
        assert "証明書ではありません" in read
