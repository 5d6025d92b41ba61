"""Entry point of the web server: ``gunicorn --config gunicorn.conf.py disaster.wsgi:app``."""

import sys

from disaster.core.loading import loading

with loading():
    from disaster.app import create_app
    from disaster.core import logs
    from disaster.core.settings import SettingsError, load
    from disaster.public.front import Front

try:
    config = load()
    config.require_keys()
    logs.configure(config.log_level)
    app = create_app(config)
    app.wsgi_app = Front(app.wsgi_app)  # type: ignore[method-assign,assignment]
except SettingsError as error:
    sys.exit(f"disaster: {error}")
