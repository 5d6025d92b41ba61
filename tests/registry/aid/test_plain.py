"""What residents read of a measure in each language, and what officers set for one disaster."""

import json
from pathlib import Path
from unittest.mock import patch

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from disaster.core.errors import Invalid
from disaster.core.extensions import db
from disaster.incidents.models import Incident
from registry.aid import amounts, measures, plain, programmes
from registry.aid.measures import Measure
from registry.damage.grades import Grade
from tests.registry.aid.papers import incident
from tests.registry.ledger.town import OFFICER


def known() -> dict[str, Measure]:
    session: Session = db.session()
    return measures.measures(session, session.get_one(Incident, incident()))


@pytest.mark.parametrize("language", ["easy_ja", "en"])
def test_every_shipped_measure_is_there_in_every_language_with_all_its_papers(app: Flask, language: str) -> None:
    for measure in known().values():
        said = plain.told(measure, language)
        assert said.translated, measure.programme.key
        assert len(said.words.documents) == len(measure.programme.documents), measure.programme.key


def test_the_amounts_are_the_same_in_every_language(app: Flask) -> None:
    """Figures of the English text, in yen, are those of the Japanese one."""
    for key, yen in {"loan": "3,500,000", "urgent_repair": "56,400", "condolence": "5,000,000"}.items():
        assert yen in plain.told(known()[key], "en").words.how_much
    assert "56,400" not in plain.told(known()["urgent_repair"], "ja").words.how_much


def test_what_was_set_for_this_disaster_replaces_the_shipped_amounts(app: Flask) -> None:
    assert plain.told(known()["urgent_repair"], "ja").amounts == ()
    measures.change(incident(), "urgent_repair", {"yen": 60_000}, seen=0, actor=OFFICER)
    gifts = {"total": 300_000, "near_half": 30_000}
    measures.change(incident(), "town_gift", {"open": True, "yen": gifts}, seen=0, actor=OFFICER)
    assert plain.told(known()["urgent_repair"], "en").amounts == ((None, 60_000),)
    assert plain.told(known()["town_gift"], "ja").amounts == ((Grade.TOTAL, 300_000), (Grade.NEAR_HALF, 30_000))


def test_a_grade_that_is_none_is_refused(app: Flask) -> None:
    with pytest.raises(Invalid):
        measures.change(incident(), "town_gift", {"yen": {"quasi_half": 30_000}}, seen=0, actor=OFFICER)


def test_a_measure_of_the_municipality_is_not_told_in_the_shipped_words(app: Flask, tmp_path: Path) -> None:
    own = programmes.shipped()["town_gift"].model_dump(mode="json")
    (tmp_path / "aid.json").write_text(json.dumps([own]), encoding="utf-8")
    with patch.object(plain, "municipality") as town:
        town.return_value.folder = tmp_path
        said = plain.told(known()["town_gift"], "en")
        assert (said.translated, said.words.name) == (False, "災害見舞金（町）")
        words = {"name": "Gift", "what": "Money.", "who": "You.", "how_much": "100 yen."}
        (tmp_path / "aid.en.json").write_text(json.dumps({"town_gift": words}), encoding="utf-8")
        plain._translated.cache_clear()
        assert plain.told(known()["town_gift"], "en").words.name == "Gift"


@pytest.mark.parametrize(("text", "yen"), [("１００，０００", 100_000), (" 187,500円 ", 187_500), ("0", 0), ("", None)])
def test_yen_as_people_type_them(text: str, yen: int | None) -> None:
    assert amounts.typed(text, "yen") == yen


@pytest.mark.parametrize("text", ["-5", "1e6", "=1+1", "百万", "100.5", "999999999999"])
def test_what_is_no_amount_is_said_at_its_field(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        amounts.typed(text, "yen-half")
    assert "0以上の数字" in refused.value.fields["yen-half"]
