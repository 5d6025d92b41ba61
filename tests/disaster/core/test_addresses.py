"""Addresses are built as Werkzeug builds them, although what builds them is made late."""

import sys

from flask import Flask
from werkzeug.routing import Map, Rule

from disaster.core.addresses import LateRule

WAYS = ("/", "/alerts/<int:alert_id>", "/unsubscribe/<token>", "/feeds/cap/<path:name>.xml", "/<rule>/<self>")
VALUES = (
    {},
    {"alert_id": 7},
    {"token": "a b.ä", "q": "東員"},
    {"name": "a/b", "page": 2},
    {"rule": "x", "self": "y", "append_unknown": "z"},
)


def test_every_kind_of_address_is_the_one_that_werkzeug_builds() -> None:
    for way, values in zip(WAYS, VALUES, strict=True):
        late, usual = (
            Map([kind(way, endpoint="it")]).bind("bosai.example", url_scheme="https") for kind in (LateRule, Rule)
        )
        for _ in range(2):  # the first makes the builder, the second uses it
            for unknown in (True, False):
                found = late.build("it", values, append_unknown=unknown)
                assert found == usual.build("it", values, append_unknown=unknown)


def test_an_application_that_builds_no_address_compiles_no_builder(app: Flask) -> None:
    ours = [rule for rule in app.url_map.iter_rules() if isinstance(rule, LateRule)]
    assert len(ours) > 100
    late = sys.modules[LateRule.__module__].__file__
    assert all(rule._build.__func__.__code__.co_filename == late for rule in ours)
