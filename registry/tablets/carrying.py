"""Entries that were carried from a tablet to headquarters as a file, because there was no network at all: taken in the same idempotent way.

The file is ``{"app": "disaster-intake", "v": 1, "device": <number>, "exported_at": <ms by the tablet's clock>, "items": [{"id", "k", "iv", "c"}, …]}``.
The answer, ``{"app": "disaster-intake", "results": [{"id", "status", "why"?}]}``, is loaded into the tablet as a receipt: only then it deletes.
"""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid
from disaster.core.extensions import db
from registry.intake.schemas import APP, MOST_ITEMS, Millis
from registry.models.intake import Device
from registry.tablets import syncing
from registry.tablets.syncing import Result

MOST_BYTES = 100_000_000
_NO_FILE = "端末から書き出したファイルではありません。端末の「ファイルに書き出す」で作ったファイルを選んでください。"


class _Carried(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    app: str = Field(pattern=f"^{APP}$")
    device: int = Field(ge=1, le=2**53)
    exported_at: Millis
    items: list[dict[str, Any]] = Field(max_length=200_000)


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of a file."""

    device: Device
    results: list[Result]

    @property
    def counts(self) -> dict[str, int]:
        """Entries by outcome."""
        return dict(Counter(str(result.status) for result in self.results))

    @property
    def receipt(self) -> str:
        """The file for the tablet."""
        return json.dumps({"app": APP, "results": [result.as_dict() for result in self.results]}, ensure_ascii=False)


def take_in(content: bytes, *, actor: str) -> Carried:
    """Take a file in, in parts; whoever is interrupted just takes it in again. A revoked tablet's file counts: a person brought it.

    Raises:
        Invalid: it is no such file, or of a tablet that was never enrolled here.
        NoKey
    """
    file = _read(content)
    device = db.session.get(Device, file.device)
    if device is None or device.seen_at is None:
        raise Invalid("このファイルの端末は、ここで登録されたものではありません。", {"file": _NO_FILE})
    offset, results = device.clock_offset * 1000, list[Result]()
    for start in range(0, len(file.items), MOST_ITEMS):
        items = file.items[start : start + MOST_ITEMS]
        parcel = syncing.parcel(device, items, actor=actor, at=clock.now(), offset_ms=offset, waiting=None)
        with transaction() as session:
            taken = syncing.take(session, [parcel])[0]
        assert isinstance(taken, list)  # only a tablet that calls by itself can be refused
        results += taken
    return Carried(device, results)


def _read(content: bytes) -> _Carried:
    if len(content) > MOST_BYTES:
        raise Invalid("ファイルが大きすぎます。", {"file": "ファイルが大きすぎます。"})
    try:
        return _Carried.model_validate_json(content)
    except ValidationError:
        raise Invalid(_NO_FILE, {"file": _NO_FILE}) from None
