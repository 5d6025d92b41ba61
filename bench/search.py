"""``scripts/bench search``: how soon somebody is found among a town's residents, and whether with one wrong kana they stand among the first ten.

``--large``: among a prefecture's. Measured is ``registry.search.ranking.find`` with its ranking and the reading of the hits, without HTTP, on SQLite, on
residents that are made up with names as they are distributed in Japan (``bench/japanese.py``). The queries are those of a desk: whole readings, one
part, kanji, Latin letters, a part with a birth date, a telephone, a town's name, a reading with a slip.
"""

import argparse
import random
import statistics
import time
from collections.abc import Iterator
from itertools import islice

from sqlalchemy import insert

from bench.installation import Installation, installed
from bench.japanese import Made, residents, with_a_slip
from bench.report import figure, note
from disaster.core import names
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.core.places import Places
from disaster.serving import rehearsal
from registry.models.people import Resident
from registry.models.search import Subject
from registry.search import indexing
from registry.search.indexing import Indexer
from registry.search.ranking import Scope, find
from registry.vocabulary import Sex

TOWN, PREFECTURE = 26_000, 1_800_000
PIECE = 20_000
QUERIES, SLIPS = 1_000, 1_000


def main(arguments: list[str]) -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="bench search", description=__doc__)
    parser.add_argument("--large", action="store_true", help="among 1,800,000 residents (takes half an hour)")
    parser.add_argument("--residents", type=int, help="another number of residents")
    given = parser.parse_args(arguments)
    with installed(1, 1) as town:
        measure(town, given.residents or (PREFECTURE if given.large else TOWN), recall=not given.large)
    return 0


def measure(town: Installation, count: int, *, recall: bool) -> None:
    """Fill and ask."""
    note(f"writing {count:,} residents")
    chosen = fill(count)
    rehearsal.rehearse(town.app)  # as the web server does before it takes a request
    rehearsal.settle()
    chance = random.Random(7)
    queries = [query for made in islice(_cycle(chosen), QUERIES) for query in [_query(made, chance)]]
    took, spent = _timed(queries)
    p99 = statistics.quantiles(took, n=100)[98]
    more = {"median_ms": round(statistics.median(took), 2), "max_ms": round(max(took), 1), "queries": len(took)}
    more["cpu_p99_ms"] = round(statistics.quantiles(spent, n=100)[98], 2)  # what a busy machine does not change
    figure(f"search_p99_ms_{count}", p99, "ms", **more)
    if recall:
        slips = [(made, with_a_slip(made.kana, chance)) for made in islice(_cycle(chosen), SLIPS)]
        found = sum(_stands(made, query, 10) for made, query in slips)
        exact = sum(_stands(made, made.kana, 10) for made, _ in slips)
        figure(
            "search_recall_at_10",
            found / len(slips),
            "share",
            without_a_slip=round(exact / len(slips), 3),
            residents=count,
        )


def fill(count: int) -> list[Made]:
    """Write residents with their index; some of them, evenly spread."""
    places, at, chosen = Places(municipality()), now(), []
    every = max(1, count // 1000)
    made = residents(count, municipality())
    indexer: Indexer | None = None
    while part := list(islice(made, PIECE)):
        with transaction() as session:
            indexer = indexer or Indexer(session)
            rows = [_row(one, places, at) for one in part]
            session.connection().execute(insert(Resident.__table__), rows)  # type: ignore[arg-type]
            indexer.put([indexing.resident(row["id"], row) for row in rows], fresh=True)  # type: ignore[call-overload]
        chosen += [one for one in part if one.number % every == 0]
    return chosen


def _row(made: Made, places: Places, at: object) -> dict[str, object]:
    return {
        "id": made.number,
        "source_key": str(made.number),
        "household_key": str(made.household),
        "name": f"{made.family[0]}　{made.given[0]}",
        "kana": f"{made.family[1]}　{made.given[1]}",
        "birth_raw": made.birth.isoformat(),
        "birth_date": made.birth,
        "birth_precision": "day",
        "sex": Sex.MALE if made.male else Sex.FEMALE,
        "address": made.address,
        "area_code": places.read(made.address).area_code,
        "relation": "",
        "phone_digest": None,
        "hidden": made.number % 500 == 0,
        "gone": "",
        "row_hash": "",
        "updated_at": at,
    }


def _cycle(chosen: list[Made]) -> Iterator[Made]:
    while True:
        yield from chosen


def _query(made: Made, chance: random.Random) -> str:
    """What somebody types to find this resident."""
    family, given, birth = made.family, made.given, made.birth
    area = made.address.removeprefix(municipality().name).split("大字")[-1].rstrip("0123456789番地")
    kinds = (
        made.kana,
        made.kana,
        family[1],
        family[1][:2],
        f"{family[0]} {given[0]}",
        f"{family[0]}{given[0]}",
        family[1] + given[1],
        names.romaji_key(family[1]) + " " + names.romaji_key(given[1]),
        f"{family[1]} {birth.year}",
        f"{family[1]} {family[0]} {birth:%Y%m%d}",
        f"{birth:%Y-%m-%d}",
        f"{given[1]} {birth:%Y/%m/%d}",
        f"{family[1]} {area}",
        "0594-00-1234",
        with_a_slip(made.kana, chance),
        with_a_slip(made.kana, chance),
        with_a_slip(family[1], chance) if len(family[1]) > 2 else family[1],
    )
    return chance.choice(kinds)


def _timed(queries: list[str]) -> tuple[list[float], list[float]]:
    """Milliseconds of each, and of the processor, after a warm-up."""
    for query in queries[:20]:
        find(query, Scope())
    took, spent = [], []
    for query in queries:
        started, cpu = time.perf_counter(), time.process_time()
        find(query, Scope())
        took.append((time.perf_counter() - started) * 1000)
        spent.append((time.process_time() - cpu) * 1000)
        db.session.rollback()
    return took, spent


def _stands(made: Made, query: str, most: int) -> bool:
    wanted = str(made.number)
    return any(hit.id == wanted for hit in find(query, Scope(cleared=True), most=most, subjects=[Subject.RESIDENT]))
