"""避難所情報 as it stands now: every shelter that was opened, with its state. Made from the list and the states, whoever changed them.

The revision rises with every change of a state, so the same state is the same document; nothing of people is in it but how crowded a place is.
"""

import uuid
from datetime import datetime

from broadcast.alert.content import Place
from broadcast.cap.document import sender
from broadcast.lalert import schema
from broadcast.lalert.bodies import Site, located
from broadcast.lalert.editions import sender_at
from broadcast.lalert.envelope import Edition, Office, document
from broadcast.lalert.issue import SERIES, Category
from broadcast.lalert.names import SH, Node, present, told
from disaster.core.clock import iso_jst
from disaster.core.municipality import municipality
from disaster.shelters import directory
from disaster.shelters.models import Shelter
from disaster.shelters.vocabulary import Crowding, Opening, ShelterKind

KINDS = {ShelterKind.EVACUATION: "避難所", ShelterKind.EMERGENCY: "一時避難場所_開設措置なし"}
_CROWDED = {Crowding.FREE: "空き", Crowding.SOME: "混雑", Crowding.CROWDED: "混雑", Crowding.FULL: "定員一杯"}


def shelters() -> tuple[str, bytes]:
    """Name of the file and document; before any shelter was opened it names none.

    Raises:
        ValueError: the document would break our own description of the format.
    """
    every = directory.all_shelters()  # a 福祉避難所 that closed is told no more, but its change counts
    told_of = {shelter.id for shelter in directory.public_shelters()}
    changed = [shelter for shelter in every if shelter.state.changed_at and shelter.id in told_of]
    found = _edition(every, changed)
    written = document(found, _body(changed))
    if wrong := schema.problems(written):
        raise ValueError(f"not of the form of Lアラート: {wrong[0]}")
    return f"shelter-{found.document_id}-r{found.revision:05}.xml", written


def site(shelter: Shelter) -> Site:
    """What the list says of a shelter."""
    kind = ShelterKind(shelter.kind)
    return Site(shelter.address, KINDS[kind], kind.ja, shelter.lat, shelter.lng, shelter.capacity)


def _edition(every: list[Shelter], changed: list[Shelter]) -> Edition:
    town, host = municipality(), sender()
    revision = 1 + sum(shelter.state.version - 1 for shelter in every)
    times = [_newest(shelter) for shelter in changed] or [shelter.updated_at for shelter in every]
    sent, name = max(times, default=datetime.fromisoformat("1970-01-01T09:00:00+09:00")), f"{host} {town.code} shelters"
    number = len([shelter for shelter in changed if shelter.state.opening == Opening.OPEN])
    return Edition(
        distribution_id=str(uuid.uuid5(SERIES, f"{name} {revision}")),
        document_id=str(uuid.uuid5(SERIES, name)),
        revision=revision,
        type="Report" if revision == 1 else "Update",
        drill=False,
        category=Category.SHELTER.value,
        word=Category.SHELTER.ja,
        office=Office(sender_at(host), town.code, town.name, town.contact.department, town.contact.phone),
        sent=sent,
        first=min((shelter.state.changed_at for shelter in changed if shelter.state.changed_at), default=sent),
        title=f"{town.name}：避難所情報",
        headline=f"{town.name}で開設している避難所は、{number}か所です。"
        if number
        else f"{town.name}で開設している避難所はありません。",
        areas=[f"{town.name}全域"],
    )


def _newest(shelter: Shelter) -> datetime:
    state = shelter.state
    return max(at for at in (state.changed_at, state.crowding_at, shelter.updated_at) if at)


def _body(changed: list[Shelter]) -> Node:
    number = len([shelter for shelter in changed if shelter.state.opening == Opening.OPEN])
    return SH.Shelter(
        SH.TotalNumberOfShelter(str(number)), SH.Informations(*(_information(shelter) for shelter in changed))
    )


def _information(shelter: Shelter) -> Node:
    state, known = shelter.state, site(shelter)
    is_open = state.opening == Opening.OPEN
    sort = "開設" if is_open else "閉鎖" if state.opening == Opening.CLOSED else "未開設"
    at = state.opened_at if is_open else state.changed_at if sort == "閉鎖" else None
    return SH.Information(
        *present(
            located(Place(shelter.name, shelter.kana, shelter.name_en), known),
            SH.Type(known.kind),
            told(SH.TypeDetail, known.detail),
            SH.Sort(sort),
            SH.DateTime(iso_jst(at)) if at else None,
            SH.Capacity(str(known.capacity)) if known.capacity is not None else None,
            SH.Status(_CROWDED.get(shelter.crowding, "不明")) if is_open else None,
            SH.CheckedDateTime(iso_jst(state.crowding_at)) if is_open and state.crowding_at else None,
        )
    )
