"""What every test may ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from disaster.app import create_app
from disaster.core.base import Base
from disaster.core.extensions import db
from disaster.core.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a fresh installation in a folder of its own."""
    return Settings(data_dir=tmp_path, secret_key="test-secret", data_key="0" * 64, jma_feeds=False)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application on an empty database, with its context pushed."""
    app = create_app(settings)
    app.config["TESTING"] = True
    with app.app_context():
        Base.metadata.create_all(db.engine)
        yield app
        db.session.remove()
        db.engine.dispose()
