"""The bodies: 避難情報, 避難所情報 and お知らせ. Numbers are totals only; nothing in them is about a single person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from broadcast.alert.content import Content, Place
from broadcast.cap.vocabulary import Hazard, Kind
from broadcast.lalert.editions import area_names
from broadcast.lalert.issue import Issue
from broadcast.lalert.names import COMMONS, DE, EB, EV, GI, SH, Node, present, told
from broadcast.texts import japanese
from broadcast.texts.cleaning import one_line
from broadcast.texts.wording import is_cancel, withdrawn_kind
from disaster.core.clock import iso_jst


@dataclass(frozen=True, slots=True)
class Site:
    """What is known of a shelter beyond its name; None and empty are left out. Degrees, people."""

    address: str = ""
    kind: str = "避難所"
    detail: str = ""
    lat: float | None = None
    lng: float | None = None
    capacity: int | None = None


def evacuation(issue: Issue, population: int | None) -> Node:
    """``EvacuationOrder``. A 解除 keeps the word of what it lifts; ``population`` is told where the whole municipality is addressed."""
    content = issue.now.content
    kind, lifts = ordered(content)
    people = population if content.whole_town else None
    areas = (_area(name, issue.now.at if lifts else _since(issue, name, kind), people) for name in area_names(issue))
    return EV.EvacuationOrder(
        *present(
            _disaster(content),
            told(EV.ComplementaryInfo, complement(content)),
            EV.TotalNumber(EV.HeadCount(str(people))) if people else None,
            EV.Detail(
                *present(
                    EV.Sort(kind.ja),
                    EV.IssueOrLift("解除" if lifts else "発令"),
                    EV.Object(EV.HeadCount(str(people))) if people else None,
                    EV.Areas(*areas),
                )
            ),
        )
    )


def ordered(content: Content) -> tuple[Kind, bool]:
    """The order that is spoken of, and whether it is lifted. A 解除 that was a mistake is withdrawn: its order stands again."""
    kind = withdrawn_kind(content) if is_cancel(content) else content.kind
    if kind is not Kind.LIFT:
        return kind, False
    return content.lifted or Kind.EVACUATE, not is_cancel(content)


def _area(name: str, at: datetime, people: int | None) -> Node:
    return EV.Area(
        *present(
            EB.Location(COMMONS.areaName(name)),
            EV.DateTime(iso_jst(at)),
            EV.Object(EV.HeadCount(str(people))) if people else None,
        )
    )


def _since(issue: Issue, name: str, kind: Kind) -> datetime:
    """When this order was first given to this area, in the editions of this document."""
    for number, sent in enumerate(issue.chain, start=1):
        edition = Issue(issue.chain[:number], issue.sender)
        if ordered(sent.content) == (kind, False) and name in area_names(edition):
            return sent.at
    return issue.now.at


def shelters(issue: Issue, sites: Mapping[str, Site]) -> Node:
    """``Shelter``: those that the alert announces as open; ``sites`` by name. People in them are not counted here."""
    content = issue.now.content
    return SH.Shelter(
        *present(
            _disaster(content),
            told(SH.ComplementaryInfo, complement(content)),
            SH.TotalNumberOfShelter(str(len(content.shelters))),
            SH.Informations(*(_shelter(issue, place, sites) for place in content.shelters)),
        )
    )


def _shelter(issue: Issue, place: Place, sites: Mapping[str, Site]) -> Node:
    site = sites.get(place.name, Site())
    return SH.Information(
        *present(
            located(place, site),
            SH.Type(site.kind),
            told(SH.TypeDetail, site.detail),
            SH.Sort("不明" if is_cancel(issue.now.content) else "開設"),
            SH.DateTime(iso_jst(_opened(issue, place))),
            SH.Capacity(str(site.capacity)) if site.capacity is not None else None,
        )
    )


def located(place: Place, site: Site) -> Node:
    """Where a shelter is."""
    circle = f"{site.lat:.6f},{site.lng:.6f} 0" if site.lat is not None and site.lng is not None else ""
    return SH.Location(
        *present(
            told(DE.circle, circle),
            COMMONS.areaName(one_line(place.name)),
            told(COMMONS.areaNameKana, one_line(place.kana)),
            told(SH.Address, one_line(site.address)),
        )
    )


def _opened(issue: Issue, place: Place) -> datetime:
    """When it was first announced, in the editions of this document."""
    return next(
        (sent.at for sent in issue.chain if place.name in {p.name for p in sent.content.shelters}), issue.now.at
    )


def notice(issue: Issue) -> Node:
    """``GeneralInformation``."""
    content = issue.now.content
    words = japanese.wording(content)
    return GI.GeneralInformation(
        *present(
            GI.DisasterInformationType("お知らせ"),
            GI.Title(words.marks + words.headline),
            GI.Description(complement(content) or words.lead),
            told(GI.URL, one_line(content.url)),
        )
    )


def complement(content: Content) -> str:
    """What is happening and what to do, one sentence a line."""
    words = japanese.wording(content)
    return "\n".join((*words.correction, *words.situation, *words.actions, *((words.drill,) if words.drill else ())))


def _disaster(content: Content) -> Node | None:
    return None if content.hazard is Hazard.OTHER else EB.Disaster(EB.DisasterName(content.hazard.ja))
