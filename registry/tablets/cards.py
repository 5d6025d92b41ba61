"""QR cards of households, issued beforehand: whoever shows one is checked in without network and without typing.

The code is ``DIS1:`` and, in base64url without padding (RFC 4648 section 5), the JSON ``{"u", "s", "f", "k", "a", "p"}``: ``u`` UUID of the
household, ``f`` surname, ``k`` its kana, ``a`` address, ``p`` a list of ``[given, kana, birth, sex]``. ``s`` is the Ed25519 signature (RFC 8032,
base64url) of the bytes ``DIS1:`` and the JSON of ``[u, f, k, a, p]``, compact and in UTF-8, as JavaScript's ``JSON.stringify`` writes it. At most
1 kB, no My Number. A slip that only names a household has ``u`` alone and no signature: who holds one knows nothing and proves nothing.

The key follows from the data key, so it is in the same safe and no other file is needed.
"""

import base64
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import segno
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import func, select

from disaster.core import sealed
from disaster.core.errors import Invalid
from disaster.core.extensions import db
from registry.intake import ids
from registry.models.people import Resident

PREFIX = "DIS1:"
MOST_BYTES = 1000
UNREADABLE = "このカードは読めません。別の町のカードか、印刷が欠けています。名前で探してください。"
_HIDDEN_TOO = Resident.hidden.is_(False) & (Resident.gone == "")


class Row(NamedTuple):
    """One person on a card, as it is read at the door."""

    given: str
    kana: str
    birth: str
    sex: str


@dataclass(frozen=True, slots=True)
class Card:
    """What one card says. Households that are too large for one have several with the same ``household``."""

    household: str
    family: str
    kana: str
    address: str
    people: tuple[Row, ...]

    @property
    def text(self) -> str:
        """What the code holds."""
        said = self._said()
        signature = _key().sign(_signed(said))
        body = {"u": said[0], "s": _encoded(signature), "f": said[1], "k": said[2], "a": said[3], "p": said[4]}
        return PREFIX + _encoded(_json(body))

    def split(self) -> list["Card"]:
        """The same in as many cards as it takes."""
        if len(self.text) <= MOST_BYTES or len(self.people) < 2:
            return [self._shortened()]
        half = len(self.people) // 2
        parts = (self.people[:half], self.people[half:])
        return [card for part in parts for card in Card(*self._said()[:4], part).split()]

    def _said(self) -> tuple[str, str, str, str, list[list[str]]]:
        return self.household, self.family, self.kana, self.address, [list(row) for row in self.people]

    def _shortened(self) -> "Card":
        """One person whose names fill more than a card: what the desk needs least goes first."""
        card = self
        for name in ("address", "kana", "family"):
            if len(card.text) <= MOST_BYTES:
                break
            card = Card(**{**{field: getattr(card, field) for field in Card.__slots__}, name: ""})
        return card


def public_key() -> str:
    """What tablets verify cards with: base64 of the SubjectPublicKeyInfo (RFC 8410)."""
    return base64.b64encode(_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def read(text: str) -> Card:
    """What a card says, when this town issued it.

    Raises:
        Invalid
    """
    try:
        if not text.startswith(PREFIX):
            raise ValueError
        body: dict[str, Any] = json.loads(_decoded(text.removeprefix(PREFIX)))
        card = Card(body["u"], body["f"], body["k"], body["a"], tuple(Row(*row) for row in body["p"]))
        _key().public_key().verify(_decoded(body["s"]), _signed(card._said()))
    except (ValueError, KeyError, TypeError, AttributeError, InvalidSignature) as error:
        raise Invalid(UNREADABLE) from error
    return card


def slip(household: str) -> str:
    """The code of a slip: the household's number and nothing else."""
    return PREFIX + _encoded(_json({"u": household}))


def blanks(count: int) -> list[str]:
    """Codes of slips for households that nobody registered yet."""
    return [slip(ids.new()) for _ in range(count)]


def drawing(text: str) -> str:
    """The code as an image that stands in the page itself."""
    drawn: str = segno.make(text, error="m", micro=False).svg_data_uri(scale=4, border=4, light="#fff")
    return drawn


def of_residents(area_code: str, *, start: int = 0, count: int = 40) -> list[Card]:
    """Cards of the households of an area out of the residents' list, in its order; those who are hidden or moved away are on none."""
    mine = _HIDDEN_TOO & (Resident.area_code == area_code)
    first = func.min(Resident.id)
    page = (
        select(Resident.household_key, first)
        .where(mine)
        .group_by(Resident.household_key)
        .order_by(first)
        .offset(start)
        .limit(count)
    )
    keys = [key for key, _ in db.session.execute(page)]
    rows = select(Resident).where(Resident.household_key.in_(keys), mine).order_by(Resident.id)
    members: dict[str, list[Resident]] = {key: [] for key in keys}
    for row in db.session.scalars(rows):
        members[row.household_key].append(row)
    return [card for key in keys for card in _of(key, members[key]).split()]


def areas() -> dict[str, int]:
    """How many households the residents' list has in each area."""
    count = func.count(Resident.household_key.distinct())
    query = select(Resident.area_code, count).where(_HIDDEN_TOO).group_by(Resident.area_code)
    return {row[0]: row[1] for row in db.session.execute(query.order_by(Resident.area_code))}


def household_of(key: str) -> str:
    """The UUID under which a household of the residents' list is checked in; the same at every issue (RFC 9562 version 8)."""
    return str(uuid.UUID(bytes=_version_8(bytes.fromhex(sealed.digest(key, "card"))[:16])))


def _of(key: str, members: Sequence[Resident]) -> Card:
    head = members[0]
    family, kana = head.name.split(None, 1)[0], (head.kana.split(None, 1) or [""])[0]
    people = tuple(_row(one, family, kana) for one in members)
    return Card(household_of(key), family, kana, head.address, people)


def _row(one: Resident, family: str, kana: str) -> Row:
    """Without the surname where it is the household's; a name in one piece stays whole."""
    given = one.name.removeprefix(family).strip() or one.name
    said = one.kana.removeprefix(kana).strip() or one.kana
    return Row(given, said, one.birth_date.isoformat() if one.birth_date else one.birth_raw, str(one.sex))


def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sealed.lasting_key("cards"))


def _signed(said: Sequence[Any]) -> bytes:
    return PREFIX.encode() + _json(list(said))


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _version_8(data: bytes) -> bytes:
    value = bytearray(data)
    value[6] = value[6] & 0x0F | 0x80
    value[8] = value[8] & 0x3F | 0x80
    return bytes(value)
