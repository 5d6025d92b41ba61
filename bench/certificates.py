"""Certificates as PDF: many as one file, as an officer prints them."""

import argparse
import time
from dataclasses import replace
from datetime import date

from bench.report import figure, note
from registry.damage.grades import Grade
from registry.damage.paper.form import Paper, printed
from registry.damage.paper.letters import face
from registry.damage.vocabulary import Kind

MANY = 200
TO_REACH = 10  # a second
FAMILY = (("渡邉\U000e0110　太郎", "世帯主"), ("渡邉\U000e0110　花子", "妻"), ("渡邉\U000e0110　一郎", "子"))
SURNAMES = "佐藤鈴木高橋田中伊藤渡辺山本中村小林加藤吉田山田佐々木山口松本井上木村林斎藤清水"


def papers(number: int) -> list[Paper]:
    """Papers that differ in every line, as a town's do."""
    one = Paper(
        Kind.DWELLING, "", 1, "", "", "令和8年11月23日の台風第10号による", "", Grade.HALF.ja, Grade.HALF, FAMILY, (("浸水区分", "床上浸水"),),
        "東員町長", date(2026, 12, 1),
    )  # fmt: skip
    return [
        replace(
            one, number=f"2026-01-{place:05d}-0", head_address=f"三重県員弁郡東員町大字山田{place}番地", place=f"東員町大字山田{place}番地",
            head_name=SURNAMES[place % 40 : place % 40 + 2] + "　太郎", grade=list(Grade)[place % 6],
        )
        for place in range(number)
    ]  # fmt: skip


def main(arguments: list[str]) -> int:
    """Measure; one figure."""
    parser = argparse.ArgumentParser(prog="scripts/bench import", description=__doc__)
    parser.add_argument("--certificates", type=int, default=MANY, help="papers in the file")
    options, _ = parser.parse_known_args(arguments)
    font = face()
    if not font.embedded:
        note(
            "bench import: no font for certificates is installed (Debian: fonts-ipamj-mincho); measured without embedding"
        )
    sheets = papers(options.certificates)
    printed(sheets[:1], font)  # the font is read
    rates = []
    for _ in range(3):
        begun = time.perf_counter()
        made = printed(sheets, font)
        rates.append(len(sheets) / (time.perf_counter() - begun))
    begun = time.perf_counter()
    printed(sheets[:1], font)
    alone = time.perf_counter() - begun
    figure(
        "certificates_per_s", sorted(rates)[1], "1/s", to_reach=TO_REACH, papers=len(sheets), bytes=len(made.pdf), one_alone_ms=round(alone * 1000),
        font=font.path.name if font.path else "",
    )  # fmt: skip
    return 0
