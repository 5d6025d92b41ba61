"""Read one telegram of 気象庁防災情報XML.

``office`` is Control/PublishingOffice, the office that stands behind the telegram and the author in the feed;
``editorial_office`` the one that wrote it. Works without a database and without the network.
"""

from typing import Any

from disaster.bulletins.reading import kinds, types
from disaster.bulletins.reading.areas import collect
from disaster.bulletins.reading.document import child, parse, text
from disaster.bulletins.reading.facts import Area, Bulletin, Unreadable

STATUSES = ("通常", "訓練", "試験")


def read(data: bytes, name: str = "") -> Bulletin:
    """Read a telegram; ``name`` is its file name or address, which may tell the type.

    Raises:
        Unreadable: it is no telegram; the text is one line for the person who gave it.
    """
    root = parse(data)
    control, head = child(root, "Control"), child(root, "Head")
    title = text(control, "Title")
    kind = types.tell(name, title)
    if not title and kind is None:
        raise Unreadable("電文の種類（Control/Title）がありません。")
    head_title, info_type = text(head, "Title"), text(head, "InfoType")
    return Bulletin(
        type=kind,
        title=title,
        status=text(control, "Status"),
        info_type=info_type,
        report_datetime=text(head, "ReportDateTime"),
        office=" ".join((text(control, "PublishingOffice") or text(control, "EditorialOffice")).split()),
        editorial_office=text(control, "EditorialOffice"),
        head_title=head_title,
        headline=text(head, "Headline", "Text"),
        event_id=" ".join(text(head, "EventID").split()),
        serial=text(head, "Serial"),
        areas=collect(root, kinds.Context(kind, head_title, info_type)),
    )


def as_json(bulletin: Bulletin, city_code: str) -> dict[str, Any]:
    """What ``telegram read --json`` prints of one telegram; ``municipality`` is null where it does not name the town itself."""
    own = bulletin.city(city_code)
    return {
        "type": bulletin.type,
        "title": bulletin.title or None,
        "status": bulletin.status or None,
        "info_type": bulletin.info_type or None,
        "report_datetime": bulletin.report_datetime or None,
        "office": bulletin.office or None,
        "areas": [_area(area) for area in bulletin.areas],
        "municipality": None if own is None else _area(own),
    }


def _area(area: Area) -> dict[str, Any]:
    said = dict.fromkeys(
        (kind.code, kind.name, None if kind.level is None else int(kind.level), kind.state) for kind in area.kinds
    )
    kinds = [{"code": code, "name": name, "level": level, "state": state} for code, name, level, state in said]
    return {"code": area.code, "name": area.name, "kinds": kinds}
