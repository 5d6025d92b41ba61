"""Telegrams written for tests in the form of 気象庁防災情報XML, for the municipality of the tests (東員町)."""

from datetime import datetime

TOIN = "2432400"
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<Report xmlns="http://xml.kishou.go.jp/jmaxml1/">
<Control><Title>{title}</Title><DateTime>2026-08-01T00:00:00Z</DateTime><Status>{status}</Status>
<EditorialOffice>津地方気象台</EditorialOffice><PublishingOffice>津地方気象台</PublishingOffice></Control>
<Head xmlns="http://xml.kishou.go.jp/jmaxml1/informationBasis1/"><Title>{head}</Title>
<ReportDateTime>{at}</ReportDateTime><EventID>{event}</EventID><InfoType>{info}</InfoType><Serial>{serial}</Serial>
<Headline><Text>{text}</Text>{headline}</Headline></Head>
{body}</Report>"""
_METE = '<Body xmlns="http://xml.kishou.go.jp/jmaxml1/body/meteorology1/">{}</Body>'
_SEIS = '<Body xmlns="http://xml.kishou.go.jp/jmaxml1/body/seismology1/">{}</Body>'
_LANDSLIDE = {
    2: ("レベル２土砂災害注意報", "29"),
    3: ("レベル３土砂災害警報", "09"),
    4: ("レベル４土砂災害危険警報", "49"),
    5: ("レベル５土砂災害特別警報", "39"),
}


def _report(title: str, at: datetime, **parts: str) -> bytes:
    values = {
        "status": "通常",
        "head": title,
        "event": "",
        "info": "発表",
        "serial": "",
        "text": "",
        "headline": "",
        "body": "",
    }
    return _HEAD.format(title=title, at=at.isoformat(), **{**values, **parts}).encode()


def landslide(
    level: int | None, at: datetime, *, status: str = "通常", info: str = "発表", state: str = "発表", text: str = ""
) -> bytes:
    """VPWW56 of 三重県 with 東員町 at a level; None is 発表警報・注意報はなし."""
    kind = "<Kind><Status>発表警報・注意報はなし</Status></Kind>"
    if level is not None:
        name, code = _LANDSLIDE[level]
        kind = f"<Kind><Name>{name}</Name><Code>{code}</Code><Status>{state}</Status></Kind>"
    areas = (("府県予報区等", "三重県", "240000"), ("市町村等", "東員町", TOIN))
    body = "".join(
        f'<Warning type="気象警報・注意報（{scope}）"><Item>{kind}<Area><Name>{name}</Name><Code>{code}</Code></Area></Item></Warning>'
        for scope, name, code in areas
    )
    title = "気象警報・注意報（Ｒ０６）（土砂）"
    return _report(title, at, status=status, info=info, text=text, body=_METE.format("" if info == "取消" else body))


def landslide_alert(at: datetime, *, code: str = "3") -> bytes:
    """VXWW50 of 三重県 with 東員町 in 警戒 (or 解除, code 1)."""
    name, state = {"3": ("警戒", "発表"), "1": ("解除", "解除"), "0": ("なし", "なし")}[code]
    item = f"<Item><Kind><Name>{name}</Name><Code>{code}</Code><Status>{state}</Status></Kind><Area><Name>東員町</Name><Code>{TOIN}</Code></Area></Item>"
    body = f'<TargetArea><Name>三重県</Name><Code>240000</Code></TargetArea><Warning type="土砂災害警戒情報">{item}</Warning>'
    return _report(
        "土砂災害警戒情報",
        at,
        head="三重県レベル４土砂災害危険警報",
        event="三重県土砂災害警戒情報",
        body=_METE.format(body),
    )


def old_warning(at: datetime) -> bytes:
    """VPWW54 with the same event in the old form: 大雨警報 without a level."""
    item = f"<Item><Kind><Name>大雨警報</Name><Code>03</Code><Status>発表</Status><Condition>土砂災害、浸水害</Condition></Kind><Area><Name>東員町</Name><Code>{TOIN}</Code></Area></Item>"
    body = f'<Warning type="気象警報・注意報（市町村等）">{item}</Warning>'
    return _report("気象警報・注意報（Ｈ２７）", at, body=_METE.format(body))


def quake(
    intensity: str | None, at: datetime, *, event: str = "20260801090000", info: str = "発表", serial: str = "1"
) -> bytes:
    """VXSE53 with a 震度 at 東員町 (``5-``), or without the town."""
    city = f"<City><Name>東員町</Name><Code>{TOIN}</Code><MaxInt>{intensity}</MaxInt></City>" if intensity else ""
    body = (
        f"<Intensity><Observation><MaxInt>6-</MaxInt><Pref><Name>三重県</Name><Code>24</Code><MaxInt>6-</MaxInt>"
        f"<Area><Name>三重県北部</Name><Code>460</Code><MaxInt>6-</MaxInt>{city}</Area></Pref></Observation></Intensity>"
    )
    return _report(
        "震源・震度に関する情報",
        at,
        event=event,
        info=info,
        serial=serial,
        body=_SEIS.format("" if info == "取消" else body),
    )


def river(level: int, at: datetime, *, event: str = "850506000100", lifted: bool = False, city: str = TOIN) -> bytes:
    """VXKO of a river that would flood 東員町."""
    name = {2: "レベル２氾濫注意報", 3: "レベル３氾濫警報", 4: "レベル４氾濫危険警報", 5: "レベル５氾濫特別警報"}[level]
    code, condition = (f"{level}0", f"{name}（発表）") if not lifted else ("10", f"{name}解除")
    kind = f"<Kind><Name>{name}{'解除' if lifted else ''}</Name><Code>{code}</Code><Condition>{condition}</Condition></Kind>"
    areas = (
        f'<Areas codeType="指定河川洪水予報（予報区域）"><Area><Name>員弁川</Name><Code>{event}</Code></Area></Areas>'
    )
    headline = f'<Information type="指定河川洪水予報（予報区域）"><Item>{kind}{areas}</Item></Information>'
    place = f'<Area codeType="水位観測所"><Name>北勢</Name><Code>85050600010000001</Code><City>東員町</City><CityCode>{city}</CityCode></Area>'
    body = f'<Warning type="指定河川洪水予報"><Item><Kind><Name>浸水想定地区</Name><Code>1</Code><Status>対象地域</Status></Kind><Areas>{place}</Areas></Item></Warning>'
    return _report(
        "指定河川洪水予報", at, head=f"員弁川{name}", event=event, headline=headline, body=_METE.format(body)
    )


def feed(entries: list[tuple[str, str, str]], updated: str = "2026-08-01T09:00:00+09:00") -> bytes:
    """An Atom feed; each entry is (address, title, identifier)."""
    items = "".join(
        f"<entry><title>{title}</title><id>{identifier}</id><updated>2026-08-01T00:00:00Z</updated><author><name>津地方気象台</name></author>"
        f'<link type="application/xml" href="{url}"/><content type="text">本文</content></entry>'
        for url, title, identifier in entries
    )
    head = f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ja"><title>高頻度（随時）</title><updated>{updated}</updated>'
    return f"{head}<id>https://www.data.jma.go.jp/developer/xml/feed/extra.xml</id>{items}</feed>".encode()
