"""What a tablet sealed opens with any of our keys, in both forms, and with nothing else."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from pydantic import SecretStr

from bench.tablet import Json, Tablet
from disaster.core import keyfiles
from registry.intake.schemas import Item
from registry.tablets import seals
from tests.registry.tablets.desk import private_key

Forms = Callable[[], Tablet]


@pytest.fixture
def keys(app: Flask, tmp_path: Path) -> Callable[..., None]:
    """``keys(*names)`` configures these; the same name is the same key."""
    known = {"old": private_key()}
    keyfiles.create_missing(tmp_path)
    known["new"] = keyfiles.read(tmp_path, {})["intake_private_key"]
    config = app.extensions["disaster.settings"]

    def configure(*names: str) -> None:
        joined = SecretStr(",".join(known[name] for name in names))
        app.extensions["disaster.settings"] = config.model_copy(update={"intake_private_key": joined})

    return configure


@pytest.fixture(params=["point", "spki"])
def tablet(request: pytest.FixtureRequest) -> Forms:
    """A tablet that seals to what the server tells now; one that knows no point wraps its keys with RSA."""
    return lambda: Tablet(1, {request.param: seals.public()[request.param]})


def opened(items: list[Json]) -> list[bytes | None]:
    return seals.opened([Item.model_validate(item) for item in items])


def test_entries_that_were_saved_together_open(keys: Callable[..., None], tablet: Forms) -> None:
    keys("old")
    desk = tablet()
    together, alone = desk.family(0, "見本", 2), desk.family(0, "例田", 1)
    found = opened([*desk.sealed(together), *desk.sealed(alone)])
    assert [event["id"].encode() in (content or b"") for event, content in zip(together + alone, found, strict=True)]
    assert None not in found


def test_an_entry_opens_after_the_key_was_changed_as_long_as_the_old_one_is_there(
    keys: Callable[..., None], tablet: Forms
) -> None:
    keys("old")
    items = tablet().sealed(tablet().family(0, "見本", 1))
    keys("new", "old")
    assert None not in opened(items)
    assert None not in opened(tablet().sealed(tablet().family(0, "例田", 1)))
    keys("new")
    assert opened(items) == [None] * 3


def test_what_was_changed_on_the_way_does_not_open(keys: Callable[..., None], tablet: Forms) -> None:
    keys("old")
    one, other = tablet().sealed(tablet().family(0, "見本", 1))[:2]
    foreign = tablet().sealed(tablet().family(0, "例田", 1))[0]
    wrong = [{**one, "id": other["id"]}, {**one, "k": foreign["k"]}, {**one, "iv": other["iv"]}, {**one, "k": ""}]
    assert opened(wrong) == [None] * 4


def test_a_point_that_is_on_no_curve_does_not_open(keys: Callable[..., None]) -> None:
    keys("old")
    item = Tablet(1, seals.public()).sealed(Tablet(1, seals.public()).family(0, "見本", 1))[0]
    bad = ["BA" + "A" * 85 + "=", "A" * 87 + "=", item["k"][:-3] + "AA="]
    assert opened([{**item, "k": k} for k in bad]) == [None] * 3


def test_the_same_key_tells_the_same_point_for_ever(keys: Callable[..., None]) -> None:
    keys("old")
    first = seals.public()
    seals._keys.cache_clear()
    assert seals.public() == first
    keys("new")
    assert seals.public()["point"] != first["point"]
