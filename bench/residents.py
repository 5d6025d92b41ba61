"""A part of ``scripts/bench import``: a town's residents' list read, checked, written with its index, and matched with evacuees who are there already.

``--large`` takes in a prefecture's list (1,800,000 rows) instead and tells the most memory that the process held; ``--residents N`` another number.
The list is the CSV that a town hall exports (CP932), made of names as they are distributed in Japan (``bench/japanese.py``), on SQLite.
"""

import argparse
import os
import random
import tempfile
import time
from pathlib import Path

from sqlalchemy import func, select

from bench.installation import installed
from bench.japanese import Made, residents
from bench.report import figure, note, peak_rss_mb
from disaster.core.birthdates import in_era
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.incidents import running
from registry.intake import ids
from registry.intake.entering import Entry, enter_all
from registry.models.people import Person
from registry.residents import linking, taking
from registry.vocabulary import Kind

TOWN, PREFECTURE, EVACUEES = 26_000, 1_800_000, 2_000
HEADER = "宛名番号,世帯番号,氏名,氏名カナ,生年月日,性別,住所,続柄,住民状態,支援措置"


def main(arguments: list[str]) -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="bench import", description=__doc__)
    parser.add_argument("--large", action="store_true", help="1,800,000 rows (takes a quarter of an hour)")
    parser.add_argument("--residents", type=int, help="another number of rows")
    given, _ = parser.parse_known_args(arguments)
    count = given.residents or (PREFECTURE if given.large else TOWN)
    with installed(1, 1), tempfile.TemporaryDirectory(prefix="disaster-bench-") as folder:
        file = Path(folder) / "residents.csv"
        people = _write(file, count)
        note(f"{EVACUEES:,} evacuees")
        _evacuees(people)
        before = peak_rss_mb(os.getpid())
        started = time.perf_counter()
        report = taking.take_in(lambda: file.open("rb"), file.name)
        taken = time.perf_counter() - started
        incident = running.running()
        linked = linking.link(incident) if incident else 0
        whole = time.perf_counter() - started
        right = db.session.scalar(select(func.count()).where(Person.resident_id.is_not(None)))
        more = {
            "rows": report.rows,
            "import_s": round(taken, 1),
            "linked": linked,
            "evacuees": len(people),
            "stand": right,
        }
        memory = {"rss_mb": round(peak_rss_mb(os.getpid())), "rss_before_mb": round(before)}
        figure(f"import_match_{count}_s", whole, "s", **more, **memory)
    return 0


def _write(file: Path, count: int) -> list[Made]:
    """The list, and some who will be evacuees."""
    chosen, every = [], max(1, count // EVACUEES)
    with file.open("w", encoding="cp932", newline="") as out:
        out.write(HEADER + "\r\n")
        for made in residents(count, municipality()):
            name, kana = f"{made.family[0]}　{made.given[0]}", f"{made.family[1]}　{made.given[1]}"
            protected = "対象" if made.number % 1000 == 0 else ""
            cells = (
                f"{made.number:010d}", f"{made.household:010d}", name, kana, in_era(made.birth), "1" if made.male else "2",
                made.address, "", "現存", protected,
            )  # fmt: skip
            out.write(",".join(cells) + "\r\n")
            if made.number % every == 0 and len(chosen) < EVACUEES:
                chosen.append(made)
    return chosen


def _evacuees(people: list[Made]) -> None:
    """As they come at a door: kana, a birth date in short, an address without the town's name."""
    chance = random.Random(3)
    for start in range(0, len(people), 200):
        entries = []
        for made in people[start : start + 200]:
            fields = {
                "kana_family": made.family[1],
                "kana_given": made.given[1],
                "birth": f"{made.birth:%Y%m%d}" if chance.random() < 0.5 else in_era(made.birth),
                "address": made.address.removeprefix(municipality().name),
            }
            entries.append(Entry(Kind.PERSON, ids.new(int(time.time() * 1000)), fields))
        with transaction() as session:
            enter_all(session, entries, actor="account:1")
