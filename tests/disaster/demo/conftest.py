"""A demonstration: its application on an empty database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from disaster.app import create_app
from disaster.core.base import Base
from disaster.core.extensions import db
from disaster.core.settings import Settings


@contextmanager
def demonstration(folder: Path) -> Iterator[Flask]:
    """The application as ``--demo`` starts it, with its context pushed."""
    settings = Settings(demo=True, data_dir=folder, secret_key="test-secret", data_key="0" * 64, jma_feeds=False)
    app = create_app(settings)
    app.config["TESTING"] = True
    with app.app_context():
        Base.metadata.create_all(db.engine)
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def demo_app(tmp_path: Path) -> Iterator[Flask]:
    with demonstration(tmp_path) as app:
        yield app


@pytest.fixture
def demo_client(demo_app: Flask) -> FlaskClient:
    return demo_app.test_client()
