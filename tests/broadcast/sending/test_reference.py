"""One reference for every try of a delivery, and back to its number."""

from uuid import UUID

import pytest
from flask import Flask

from broadcast.sending.reference import delivery_of, maker


@pytest.mark.parametrize("number", [1, 42, 1_800_000, 2**47])
def test_a_reference_leads_back_to_its_delivery(app: Flask, number: int) -> None:
    reference = maker()(number)
    assert UUID(reference).version == 8
    assert delivery_of(reference) == number
    assert maker()(number) == reference


def test_a_made_up_reference_leads_nowhere(app: Flask) -> None:
    made = maker()(7)
    assert delivery_of(made[:-1] + ("1" if made[-1] != "1" else "2")) is None
    assert delivery_of("00000000-0000-8000-8000-000000000007") is None
    assert delivery_of("not a reference") is None
