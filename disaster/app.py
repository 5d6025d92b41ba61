"""The application factory: joins every room; nobody imports this module but the entry points."""

import secrets
from pathlib import Path

from flask import Flask

import broadcast.views.approval
import broadcast.views.calls
import broadcast.views.composing
import broadcast.views.documents
import broadcast.views.headquarters
import broadcast.views.hooks
import broadcast.views.reach
import broadcast.views.readings
import broadcast.views.records
import broadcast.views.sending
import broadcast.views.settings
import broadcast.views.starting
import broadcast.views.subscribers
import broadcast.views.undeliverable
import disaster.bulletins.views
import disaster.demo.views
import disaster.incidents.models
import disaster.public.aid
import disaster.public.audio
import disaster.public.certificates
import disaster.public.feeds
import disaster.public.leaflet
import disaster.public.my_subscription
import disaster.public.pages
import disaster.public.places
import disaster.public.push
import disaster.public.signage
import disaster.public.subscribe
import disaster.shelters.list_views
import disaster.shelters.ports
import disaster.shelters.views
import disaster.staff.uploads
import disaster.staff.views
import registry.models.access
import registry.models.aid
import registry.models.certificates
import registry.models.changes
import registry.models.damage
import registry.models.giving
import registry.models.intake
import registry.models.ledger
import registry.models.my_number
import registry.models.people
import registry.models.protection
import registry.models.search
import registry.models.welfare
import registry.shelters.shelter_figures
import registry.views.access_notices
import registry.views.accesses
import registry.views.affected_households
import registry.views.aid
import registry.views.aid_settings
import registry.views.applications
import registry.views.card_sheets
import registry.views.certificate_papers
import registry.views.certificates
import registry.views.conflicts
import registry.views.desk
import registry.views.desk_closing
import registry.views.desk_notes
import registry.views.desk_reports
import registry.views.desk_supplies
import registry.views.devices
import registry.views.disclosures
import registry.views.exercises
import registry.views.follow_ups
import registry.views.inquiries
import registry.views.intake_page
import registry.views.ledger
import registry.views.my_number
import registry.views.openapi
import registry.views.pairs
import registry.views.people
import registry.views.person_steps
import registry.views.protection
import registry.views.received
import registry.views.residents_list
import registry.views.retention
import registry.views.search
import registry.views.shelter_overview
import registry.views.shelter_people
import registry.views.surveys
import registry.views.tablet_api
import registry.views.welfare
from disaster.core import db, http, municipality, settings
from disaster.core.addresses import LateRule
from disaster.core.extensions import csrf
from disaster.staff import guards

ROOT = Path(__file__).parent.parent
BLUEPRINTS = (
    disaster.staff.views.blueprint,
    disaster.bulletins.views.blueprint,
    disaster.shelters.views.blueprint,
    disaster.shelters.list_views.blueprint,
    disaster.public.pages.blueprint,
    disaster.public.feeds.blueprint,
    disaster.public.aid.blueprint,
    disaster.public.audio.blueprint,
    disaster.public.push.blueprint,
    disaster.public.signage.blueprint,
    broadcast.views.headquarters.blueprint,
    broadcast.views.starting.blueprint,
    broadcast.views.composing.blueprint,
    broadcast.views.approval.blueprint,
    broadcast.views.sending.blueprint,
    broadcast.views.settings.blueprint,
    broadcast.views.reach.blueprint,
    broadcast.views.records.blueprint,
    broadcast.views.documents.blueprint,
    broadcast.views.documents.shelters_blueprint,
    broadcast.views.hooks.blueprint,
    broadcast.views.undeliverable.blueprint,
    broadcast.views.calls.blueprint,
    broadcast.views.readings.blueprint,
    broadcast.views.subscribers.blueprint,
    disaster.public.subscribe.blueprint,
    disaster.public.my_subscription.blueprint,
    disaster.public.leaflet.blueprint,
    disaster.public.certificates.blueprint,
    registry.views.desk.blueprint,
    registry.views.desk_closing.blueprint,
    registry.views.desk_reports.blueprint,
    registry.views.desk_supplies.blueprint,
    registry.views.desk_notes.blueprint,
    registry.views.intake_page.blueprint,
    registry.views.shelter_overview.blueprint,
    registry.views.protection.blueprint,
    registry.views.disclosures.blueprint,
    registry.views.inquiries.blueprint,
    registry.views.people.blueprint,
    registry.views.person_steps.blueprint,
    registry.views.shelter_people.blueprint,
    registry.views.follow_ups.blueprint,
    registry.views.conflicts.blueprint,
    registry.views.pairs.blueprint,
    registry.views.exercises.blueprint,
    registry.views.card_sheets.blueprint,
    registry.views.access_notices.blueprint,
    registry.views.accesses.blueprint,
    registry.views.retention.blueprint,
    registry.views.tablet_api.blueprint,
    registry.views.openapi.blueprint,
    registry.views.ledger.blueprint,
    registry.views.aid.blueprint,
    registry.views.aid_settings.blueprint,
    registry.views.affected_households.blueprint,
    registry.views.my_number.blueprint,
    registry.views.residents_list.blueprint,
    registry.views.received.blueprint,
    registry.views.search.blueprint,
    registry.views.welfare.blueprint,
    registry.views.certificates.blueprint,
    registry.views.applications.blueprint,
    registry.views.certificate_papers.blueprint,
    registry.views.surveys.blueprint,
    registry.views.devices.blueprint,
)


def create_app(config: settings.Settings | None = None) -> Flask:
    """Build the application from its settings (from the environment where none are given)."""
    config = config or settings.load()
    app = Flask("disaster", root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.url_rule_class = LateRule
    app.extensions["disaster.settings"] = config
    app.extensions["disaster.municipality"] = municipality.load(config.municipality)
    app.secret_key = config.secret_key.get_secret_value() or secrets.token_hex(32)  # never a known one
    db.init_app(app, config.database)
    http.init_app(app)
    csrf.init_app(app)
    shelters_ask = disaster.shelters.ports.Ports(
        hazards=disaster.public.places.hazards_now, inside=registry.shelters.shelter_figures.inside
    )
    disaster.shelters.ports.init_app(app, shelters_ask)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if config.demo:
        app.register_blueprint(disaster.demo.views.blueprint)
    if url := config.broker_url.get_secret_value():
        from disaster.scaled import nudging  # RabbitMQ's client is loaded only where there is a broker

        nudging.init_app(app, url)
    guards.init_app(app)
    return app
