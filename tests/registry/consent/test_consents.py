"""Whose word counts: the person's own before a guardian's, a guardian's before the family's, and the last one given or withdrawn."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from disaster.core import clock
from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.extensions import db
from registry.consent import consents
from registry.consent.consents import Said, agreed
from registry.models.giving import Consent
from registry.models.ledger import Victim
from tests.registry.disclosure.test_giving import enter, victim

NOW = clock.now()


def consent(by: str, *items: str, to: str = "company", name: str = "", withdrawn: bool = False) -> Consent:
    at = NOW - timedelta(hours=1)
    return Consent(
        by=by,
        recipient_class=to,
        recipient=name,
        items=list(items),
        from_at=at,
        withdrawn_at=NOW if withdrawn else None,
    )


@pytest.mark.parametrize(
    ("given", "items"),
    [
        ([], set()),
        ([consent("self", "A1", "A4")], {"A1", "A4"}),
        ([consent("family", "A1")], {"A1"}),
        ([consent("family", "A1"), consent("self", "A4")], {"A4"}),
        ([consent("family", "A1"), consent("self", "A1", withdrawn=True)], set()),
        ([consent("family", "A1"), consent("guardian", "A2")], {"A2"}),
        ([consent("self", "A1"), consent("self", "A2", name="みえ保険")], {"A1", "A2"}),
        ([consent("self", "A1", name="ほかの会社")], set()),
        ([consent("self", "A1", to="group")], set()),
        ([consent("self", "R6")], set()),
    ],
)
def test_what_may_go(given: list[Consent], items: set[str]) -> None:
    assert agreed(given, "company", "みえ保険", NOW) == items


def said(by: str = "self", **more: object) -> Said:
    return Said(**{"by": by, "recipient_class": "group", "items": ["A1"], "method": "signed", **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("birth", "words", "field"),
    [
        ("S35.4.12", said("neighbour"), "by"),
        ("S35.4.12", said(recipient_class="anyone"), "recipient_class"),
        ("S35.4.12", said(method="guess"), "method"),
        ("S35.4.12", said(items=[]), "items"),
        ("S35.4.12", said(items=["R6"]), "items"),
        ("S35.4.12", said("family"), "by_name"),
        ("2015-04-12", said(), "by"),
        ("2015-04-12", said("family", by_name="祖父"), "by"),
        ("2010-04-12", said("guardian", by_name="母"), "heard"),
    ],
)
def test_a_consent_that_is_none_is_refused(app: Flask, birth: str, words: Said, field: str) -> None:
    one = victim(enter("山田", birth=birth))
    with pytest.raises(Invalid) as told:
        consents.give(one.id, words, actor="cli")
    assert field in told.value.fields


def test_recorded_withdrawn_and_kept(app: Flask) -> None:
    one = victim(enter("山田", birth="2010-04-12"))
    number = consents.give(one.id, said("guardian", by_name="母", heard=True), actor="cli")
    consents.withdraw(number, actor="cli")
    with pytest.raises(Stale):
        consents.withdraw(number, actor="cli")
    with pytest.raises(Missing):
        consents.withdraw(999, actor="cli")
    with pytest.raises(Missing):
        consents.give("nobody", said(), actor="cli")
    found = consents.of(db.session(), db.session.scalars(select(Victim)).one())
    assert [(row.id, row.withdrawn_at is not None) for row in found] == [(number, True)]
