"""Entry point of the web server: ``gunicorn --config gunicorn.conf.py disaster.wsgi:app``."""

import sys

from disaster.app import create_app
from disaster.core import logs
from disaster.core.settings import SettingsError, load

try:
    config = load()
    config.require_keys()
    logs.configure(config.log_level)
    app = create_app(config)
except SettingsError as error:
    sys.exit(f"disaster: {error}")
