"""The application factory: joins every room; nobody imports this module but the entry points."""

import importlib
import secrets
import sys
from pathlib import Path

from flask import Flask

from disaster.core import db, http, municipality, settings
from disaster.core.extensions import csrf
from disaster.staff import guards

ROOT = Path(__file__).parent.parent
BLUEPRINTS = (
    "disaster.staff.views",
    "disaster.bulletins.views",
    "disaster.shelters.views",
    "disaster.public.pages",
    "disaster.public.feeds",
    "broadcast.views.headquarters",
    "broadcast.views.starting",
    "broadcast.views.composing",
    "broadcast.views.approval",
    "broadcast.views.sending",
    "broadcast.views.records",
    "broadcast.views.hooks",
    "broadcast.views.subscriptions",
)


def create_app(config: settings.Settings | None = None) -> Flask:
    """Build the application from its settings (from the environment where none are given)."""
    config = config or settings.load()
    app = Flask("disaster", root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.extensions["disaster.settings"] = config
    app.extensions["disaster.municipality"] = municipality.load(config.municipality)
    app.secret_key = config.secret_key.get_secret_value() or secrets.token_hex(32)  # never a known one
    db.init_app(app, config.database)
    http.init_app(app)
    csrf.init_app(app)
    for name in BLUEPRINTS + (("disaster.demo.views",) if config.demo else ()):
        try:
            blueprint = importlib.import_module(name).blueprint
        except (ImportError, AttributeError) as error:
            print("not joined:", name, error, file=sys.stderr)  # noqa: T201
            continue
        app.register_blueprint(blueprint)
    guards.init_app(app)
    return app
