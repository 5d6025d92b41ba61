"""Calls of several tablets share a commit, and none waits for long for another."""

import threading
import time

import pytest
from flask import Flask

from registry.tablets import courier, syncing
from registry.tablets.syncing import Parcel, Result
from registry.vocabulary import Outcome

TAKEN = [Result("1", Outcome.NEW)]


@pytest.fixture
def groups(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many parcels each transaction had."""
    found: list[int] = []

    def take(_session: object, parcels: list[Parcel]) -> list[list[Result]]:
        found.append(len(parcels))
        return [TAKEN for _ in parcels]

    monkeypatch.setattr(syncing, "take", take)
    return found


def parcel() -> Parcel:
    return Parcel(1, 1, None, [])  # type: ignore[arg-type]


def test_who_is_still_opened_goes_along(app: Flask, groups: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "PATIENCE", 30)
    all_here = threading.Barrier(4)

    def opened(seconds: float) -> Parcel:
        all_here.wait(30)
        time.sleep(seconds)
        return parcel()

    def bring(seconds: float) -> None:
        with app.app_context():
            assert courier.deliver(lambda: opened(seconds)) == TAKEN

    threads = [threading.Thread(target=bring, args=(seconds,)) for seconds in (0, 0.05, 0.1, 0.2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert groups == [4]


def test_a_call_that_takes_long_to_open_holds_nobody_up(app: Flask, groups: list[int]) -> None:
    begun, over = threading.Event(), threading.Event()

    def slowly() -> Parcel:
        begun.set()
        assert over.wait(60)
        return parcel()

    def bring() -> None:
        with app.app_context():
            courier.deliver(slowly)

    slow = threading.Thread(target=bring)
    slow.start()
    assert begun.wait(60)
    assert courier.deliver(parcel) == TAKEN
    assert groups == [1]
    over.set()
    slow.join(60)
    assert groups == [1, 1]


def test_a_call_that_cannot_be_opened_is_no_longer_waited_for(app: Flask, groups: list[int]) -> None:
    def torn() -> Parcel:
        raise ValueError("torn")

    with pytest.raises(ValueError, match="torn"):
        courier.deliver(torn)
    started = time.monotonic()
    with pytest.MonkeyPatch.context() as patient:
        patient.setattr(courier, "PATIENCE", 60)
        assert courier.deliver(parcel) == TAKEN
    assert time.monotonic() - started < 30
