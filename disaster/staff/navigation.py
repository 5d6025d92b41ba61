"""The navigation behind the sign-in: groups of pages, of which everybody sees what their roles open.

Two rows: the groups, and the pages of the group that one is in. A person with few permissions has one group and sees its pages only.
"""

from collections.abc import Callable
from dataclasses import dataclass

from disaster.staff.permissions import Permission

_P = Permission


@dataclass(frozen=True, slots=True)
class Link:
    """One page in the navigation; it stays marked on the pages below its path."""

    path: str
    word: str
    permission: Permission
    also: tuple[
        str, ...
    ] = ()  # other addresses that belong to it, where they have no page of their own in somebody's navigation


@dataclass(frozen=True, slots=True)
class Group:
    """Pages of one kind of work; the group's word leads to the first that one may see."""

    word: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Navigation:
    """What one person sees on one page: groups, the open one (None where the page is in none), the current page's path."""

    groups: tuple[Group, ...]
    open: Group | None
    current: str


GROUPS = (
    Group(
        "状況",
        (
            Link("/headquarters/", "状況", _P.HEADQUARTERS_VIEW),
            Link("/headquarters/bulletins/", "電文", _P.HEADQUARTERS_VIEW),
        ),
    ),
    Group(
        "配信",
        (
            Link("/headquarters/alerts", "配信", _P.HEADQUARTERS_VIEW),
            Link("/headquarters/records", "記録", _P.HEADQUARTERS_VIEW),
            Link("/headquarters/subscribers", "登録者", _P.SUBSCRIBERS_MANAGE),
            Link("/headquarters/readings", "読み方", _P.HEADQUARTERS_VIEW),
            Link("/headquarters/settings", "送信の設定", _P.HEADQUARTERS_VIEW),
        ),
    ),
    Group("福祉", (Link("/welfare/", "支援が必要な人", _P.WELFARE_VIEW),)),
    Group(
        "避難所",
        (
            Link("/headquarters/overview", "全避難所", _P.OVERVIEW),
            Link("/shelter/desk", "避難所の事務", _P.SHELTERS_STATE),
            Link("/headquarters/supplies", "物資の要請", _P.OVERVIEW),
            Link("/headquarters/shelters", "開設と混み具合", _P.SHELTERS_STATE),
            Link("/headquarters/devices", "タブレット", _P.DEVICES_MANAGE),
            Link("/headquarters/shelters/import", "避難所の一覧", _P.SHELTERS_MANAGE),
        ),
    ),
    Group(
        "避難者",
        (
            Link("/registry/search", "人を探す", _P.PEOPLE_VIEW),
            Link("/registry/", "避難者の記録", _P.PEOPLE_VIEW),
            Link("/registry/residents", "住民の名簿", _P.RESIDENTS_MANAGE),
        ),
    ),
    Group(
        "台帳・支援",
        (
            Link("/registry/ledger", "被災者台帳", _P.LEDGER),
            Link("/registry/certificates/", "罹災証明書", _P.CERTIFICATES_VIEW, also=("/registry/surveys/",)),
            Link("/registry/surveys/", "被害認定調査", _P.CERTIFICATES_SURVEY),
            Link("/registry/aid", "援護", _P.AID_VIEW),
            Link("/registry/aid/measures", "支援の制度", _P.AID_VIEW),
            Link("/registry/my-number", "個人番号", _P.MY_NUMBER),
        ),
    ),
    Group(
        "情報の提供",
        (
            Link("/registry/inquiries", "安否照会", _P.INQUIRY_ANSWER),
            Link("/registry/disclosures", "台帳の情報の提供", _P.DISCLOSE),
            Link("/registry/protection", "秘匿", _P.PROTECTION_MANAGE),
            Link("/registry/access", "閲覧の記録", _P.ACCESS_VIEW),
            Link("/registry/retention", "保存と消去", _P.RETENTION_MANAGE),
        ),
    ),
    Group(
        "管理",
        (
            Link("/staff/accounts", "職員", _P.STAFF_MANAGE),
            Link("/staff/audit", "操作の記録", _P.AUDIT_VIEW),
        ),
    ),
)


def seen_by(may: Callable[[Permission], bool], path: str) -> Navigation:
    """The navigation of somebody who may what ``may`` says, on the page at ``path``. The longest path that leads there is the current one."""
    groups = tuple(
        Group(group.word, links)
        for group in GROUPS
        if (links := tuple(link for link in group.links if may(link.permission)))
    )
    here = [
        (len(at), at == link.path, link.path, group)
        for group in groups
        for link in group.links
        for at in (link.path, *link.also)
        if _leads(at, path)
    ]
    _, _, current, opened = max(here, key=lambda found: found[:2], default=(0, False, "", None))
    return Navigation(groups, opened or (groups[0] if len(groups) == 1 else None), current)


def _leads(link: str, path: str) -> bool:
    if link == path.rstrip("/") + "/" or path == link:
        return True
    return link != "/headquarters/" and path.startswith(link.rstrip("/") + "/")
