"""Samples of the demo."""

from pathlib import Path

import pytest
from flask import Flask

from disaster.app import create_app
from disaster.bulletins import samples
from disaster.bulletins.telegram import read
from disaster.core.base import Base
from disaster.core.errors import Missing
from disaster.core.extensions import db
from disaster.core.settings import Settings
from tests.disaster.bulletins.conftest import NOW, opened


@pytest.mark.parametrize("sample", samples.SAMPLES, ids=lambda sample: sample.key)
def test_every_sample_names_the_town_and_says_where_it_comes_from(sample: samples.Sample) -> None:
    data = (samples.FOLDER / sample.file).read_bytes()
    assert read(data, sample.file).city("2432400") is not None
    assert sample.file in (samples.FOLDER / "SOURCES.md").read_text(encoding="utf-8")
    assert ("書き換えたもの".encode() in data) is sample.edited


@pytest.mark.parametrize("sample", samples.SAMPLES, ids=lambda sample: sample.key)
def test_a_sample_is_announced_now(sample: samples.Sample) -> None:
    bulletin = read(samples.redated((samples.FOLDER / sample.file).read_bytes(), NOW), sample.file)
    assert bulletin.reported_at == NOW


def test_an_official_sample_is_shipped_unchanged() -> None:
    name = "32-35_07_06_240613_VXSE53.xml"
    original = Path(__file__).parents[2] / "data" / "jma" / "telegrams" / "official" / name
    assert (samples.FOLDER / name).read_bytes() == original.read_bytes()


def test_the_samples_lead_from_the_warning_to_its_end(tmp_path_factory: pytest.TempPathFactory) -> None:
    app = create_app(
        Settings(
            data_dir=tmp_path_factory.mktemp("demo"), secret_key="s", data_key="0" * 64, jma_feeds=False, demo=True
        )
    )
    with app.app_context():
        Base.metadata.create_all(db.engine)
        samples.load("heavy-rain-3", actor="account:1", now=NOW)
        samples.load("landslide-4", actor="account:1", now=NOW)
        assert opened() == [("landslide", "evacuate", "4"), ("inundation", "elderly", "3")]
        samples.load("landslide-lifted", actor="account:1", now=NOW.replace(minute=1))
        assert opened() == [("landslide", "lift", "lift"), ("inundation", "elderly", "3")]
        db.session.remove()
        db.engine.dispose()


def test_there_are_no_samples_without_the_demo(app: Flask) -> None:
    with pytest.raises(Missing):
        samples.load("landslide-4", actor="account:1")
